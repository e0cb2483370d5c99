"""The documentation's gallery: a picture of every notebook's page, drawn from the sample."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from docs import hooks, pictures

pytestmark = pytest.mark.browser


def test_every_notebook_has_a_picture_and_a_question(
    executed: Callable[[Path], dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notebooks").symlink_to(pictures.NOTEBOOKS)
    folder = tmp_path / "docs" / "images" / "gallery"
    books = {path.stem: executed(path) for path in pictures.notebooks()}
    pictures.draw({name: pictures.page(book, name) for name, book in books.items()}, folder)
    monkeypatch.setattr(hooks, "ROOT", tmp_path)
    shown = hooks.on_page_markdown("<!-- table: gallery -->")
    for name in books:
        drawn = folder / f"{name}.jpg"
        assert 20_000 < drawn.stat().st_size < 250_000, "neither empty nor heavy"
        assert size(drawn.read_bytes()) == (pictures.WIDTH, pictures.HEIGHT)
        assert f"](images/gallery/{name}.jpg)\n" in shown
        assert f"`notebooks/{name}.ipynb`" in shown
    assert shown.count("\n![") == len(books)


def size(jpeg: bytes) -> tuple[int, int]:
    """Width and height of a JPEG file: in the segment that starts its frame."""
    place = 2
    while jpeg[place + 1] not in (0xC0, 0xC2):
        place += 2 + struct.unpack(">H", jpeg[place + 2 : place + 4])[0]
    height, width = struct.unpack(">HH", jpeg[place + 5 : place + 9])
    return width, height
