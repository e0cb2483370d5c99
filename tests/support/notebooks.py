"""Notebooks written by hand, as JSON."""

from __future__ import annotations

import json
from pathlib import Path


def write(path: Path, *cells: str, parameters: str = "", **metadata: str) -> None:
    """Write a notebook; a cell that begins with ``#:`` is Markdown; ``parameters`` is the cell tagged so, and comes first."""
    made = [_cell(0, parameters, ["parameters"])] if parameters else []
    made += [_cell(at, text, []) for at, text in enumerate(cells, start=1)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}, **metadata}
    book = {"cells": made, "metadata": about, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(book, ensure_ascii=False), encoding="utf-8")


def _cell(at: int, text: str, tags: list[str]) -> dict[str, object]:
    about: dict[str, object] = {"id": f"c{at}", "metadata": {"tags": tags} if tags else {}}
    if text.startswith("#:"):
        return {"cell_type": "markdown", "source": text[2:].strip(), **about}
    return {"cell_type": "code", "source": text, "outputs": [], "execution_count": None, **about}
