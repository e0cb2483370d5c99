"""One's own notebook run for an export: in a kernel that can open the exported data set and nothing else."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

from cpaudit import durable, startup
from cpaudit.render.notebook import outputs
from cpaudit.serving.definitions import heading, shown_part
from cpaudit.serving.settings import settings

if TYPE_CHECKING:
    from pathlib import Path

    from cpaudit.dataset import Dataset

#: What the kernel is told before the notebook: of the file nothing but our own data set is read.
_OPENING = "import pickle; from cpaudit.dataset import offer_only; offer_only(pickle.load(open({!r}, 'rb')))"


def run(ds: Dataset, notebook: Path, title: str) -> tuple[str, str]:
    """Return what a notebook shows as HTML, and one sentence why it could not be run to its end ('' where it could).

    With a ``title`` it has the house's header, and its Markdown; without one a page that is explored has them.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError

    from cpaudit.processes.kernel import kernel_manager

    startup.skip_iri_grammar()
    book = shown_part(notebook)
    parts: list[str] = []
    with durable.scratch() as scratch:
        given = scratch / "data"
        given.write_bytes(pickle.dumps(ds))
        if title:
            book.cells.insert(0, nbformat.v4.new_code_cell(heading(title)))  # type: ignore[no-untyped-call]
        book.cells.insert(0, nbformat.v4.new_code_cell(_OPENING.format(str(given))))  # type: ignore[no-untyped-call]
        manager = kernel_manager(scratch, {**startup.environment(), "PYTHONHASHSEED": "0"})
        limit = settings().cell_s
        client = NotebookClient(
            book, kernel_manager_class=manager, timeout=limit, allow_errors=True, resources={"metadata": {"path": str(scratch)}}
        )
        try:
            client.execute()
        except CellTimeoutError:
            return "", f"有一格运行超过 {limit} 秒，已停止。请缩小计算范围。"
        except Exception as error:  # a dead kernel above all; the other pages go on
            return "", f"内核没有完成运行（{type(error).__name__}）。请检查内存是否够用。"
    for at, cell in enumerate(book.cells[1:], start=0 if title else 1):
        if cell.cell_type == "markdown" and title:
            parts.append(outputs.written(cell.source))
        if cell.cell_type == "code":
            if failed := outputs.fault(cell.outputs):
                return "".join(parts), _sentence(at, *failed)
            parts.append(outputs.drawn(cell.outputs))
    return "".join(parts), ""


def _sentence(at: int, kind: str, words: str) -> str:
    """Return what failed: our own errors say what to do; of others the author needs kind and words."""
    from cpaudit import errors

    ours = isinstance(getattr(errors, kind, None), type)
    return f"{words.rstrip('。')}。" if ours else f"第 {at} 格出错（{kind}：{words.rstrip('。')}）。请改正笔记本后再试。"
