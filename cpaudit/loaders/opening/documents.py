"""Tables in a Word document → grids: one per table, with the paragraphs above it as its title rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.loaders.opening.grids import Grid, check_size, even

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cpaudit.loaders.opening.files import Source

#: Paragraphs above a table that can be its title; the rest of the document is prose.
_TITLES = 5


def read(source: Source) -> list[Grid]:
    """Return the tables of a .docx, called 表1, 表2 …; rows count from the first paragraph kept above the table.

    A merged cell stands once, at its first place. Tables inside a cell are read as that cell's text.

    Raises:
        ReadError: a table is too large.
    """
    import docx
    from docx.table import Table

    with source.path.open("rb") as file:
        document = docx.Document(file)
    grids: list[Grid] = []
    above: list[str] = []
    for block in document.iter_inner_content():
        if not isinstance(block, Table):
            above = [*above, block.text.strip()][-_TITLES:] if block.text.strip() else above
            continue
        name, rows = f"表{len(grids) + 1}", list[list[str | None]]([title] for title in above)
        rows += [list(_cells(row)) for row in block._tbl.tr_lst]
        rows = even(rows)
        check_size(source, name, len(rows), len(rows[0]) if rows else 0)
        grids.append(Grid(name, rows, merged=tuple(_merged(block._tbl.tr_lst, len(above)))))
        above = []
    return grids


def _merged(rows: list[Any], first: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield the cells merged over several rows."""
    started: dict[int, tuple[int, int]] = {}
    for at, row in enumerate(rows, start=first):
        column = row.grid_before
        for cell in row.tc_lst:
            if cell.vMerge == "continue" and column in started:
                started[column] = (started[column][0], at)
            elif column in started:
                yield _range(started, column)
            if cell.vMerge == "restart":
                started[column] = (at, at)
            column += cell.grid_span
    yield from (_range(started, column) for column in list(started))


def _range(started: dict[int, tuple[int, int]], column: int) -> tuple[int, int, int, int]:
    top, bottom = started.pop(column)
    return top, column, bottom, column


def _cells(row: Any) -> Iterator[str | None]:
    """Yield a row's cells on the table's grid; the places that a merged cell covers are None."""
    yield from [None] * min(row.grid_before, 100)
    for cell in row.tc_lst:
        covered = cell.vMerge == "continue"
        yield None if covered else "\n".join("".join(p.itertext(*_TEXT)) for p in cell.iter(_PARAGRAPH)).strip()
        yield from [None] * min(cell.grid_span - 1, 100)


_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PARAGRAPH, _TEXT = f"{_WORD}p", (f"{_WORD}t",)
