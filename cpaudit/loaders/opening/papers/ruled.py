"""Ruled tables of a PDF that has text → grids: rosters and lists of results are published so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cpaudit.loaders.opening.books.runs import UNSEEN
from cpaudit.loaders.opening.files import OtherFormatError
from cpaudit.loaders.opening.grids import Grid, LeftOut, Refused, check_size, even
from cpaudit.loaders.opening.papers import pdf

if TYPE_CHECKING:
    from cpaudit.loaders.opening.files import Source
    from cpaudit.loaders.opening.papers.printed import Cell, PrintedTable

#: Lines above a table that can be its title; the rest is prose.
_TITLES = 5
#: A line break within a cell comes from the column's width, but between two words of Latin letters.
_WRAP = re.compile(r"(?<![A-Za-z])\s*\n\s*|\s*\n\s*(?![A-Za-z])")
_LINES, _CODE = re.compile(r"\s*\n\s*"), re.compile(r"\w{15,}")
_STACKED = re.compile(r"[-+]?\d[\d.,]*%?(?:\s*\n\s*[-+]?\d[\d.,]*%?)+\D{0,6}")
#: What stands between two pages of a table: the number of the page.
_PAGE_NUMBER = re.compile(r"[\s\-—–·第共页/0-9]*")


def read(source: Source) -> list[Grid]:
    """Return the tables of a PDF; one that goes on over several pages is one grid, its heading repeated or not.

    Rows count from the first line kept above the table. A merged cell stands once, at its first place.

    Raises:
        OtherFormatError: a scan, or text without a ruled table.
        ReadError: protected, or too many pages or cells.
    """
    try:
        found = pdf.read(source.path, source.name, "报送")
    except pdf.ScanError as error:
        raise OtherFormatError("scan") from error
    grids: list[Grid] = []
    for parts in _whole(found.tables):
        first = parts[0]
        rows: list[list[str | None]] = [[line] for line in first.caption.splitlines()[-_TITLES:] if line.strip()]
        merged: list[tuple[int, int, int, int]] = []
        left_out = {(at, 0): LeftOut(UNSEEN, line) for at, line in enumerate(first.unseen[:_TITLES], len(rows))}
        rows += [[None] for _ in left_out]
        refused: dict[int, Refused] = {}
        for part in parts:
            merged += _merged(part.rows, len(rows))
            left_out |= _left_out(part.rows, len(rows))
            refused |= {
                at: Refused("row_over_rules", {}) for at, row in enumerate(part.rows, len(rows)) if any(c.over for c in row)
            }
            rows += _values(part.rows)
        rows += [[line] for note in parts[-1].notes[:_TITLES] for line in note.splitlines() if not _PAGE_NUMBER.fullmatch(line)]
        rows = even(rows)
        check_size(source, first.label, len(rows), len(rows[0]) if rows else 0)
        grids.append(Grid(first.label, rows, merged=tuple(merged), left_out=left_out, refused=refused))
    # A page that is a picture may be part of the table: it is said.
    grids += [Grid(said.partition("（")[0], [], unread="该页没有文字，可能是扫描图") for said in found.unread]
    if not found.tables and not found.unread:
        raise OtherFormatError("pdf_plain")
    return grids


def _whole(tables: list[PrintedTable]) -> list[list[PrintedTable]]:
    """Put together what pages have parted: as many columns, and nothing but a page's number between."""
    whole: list[list[PrintedTable]] = []
    for table in tables:
        last = whole[-1][-1] if whole else None
        between = [*last.notes, table.caption] if last else []
        if last and last.width == table.width and all(_PAGE_NUMBER.fullmatch(line) for line in between):
            whole[-1].append(table)
        else:
            whole.append([table])
    return whole


def _joined(text: str) -> str:
    """Return a cell's lines as one; numbers one above the other stay apart, but for the parts of a code.

    >>> _joined("示例甲\\n化工"), _joined("12.5\\n13"), _joined("911301000\\n00000019Q"), _joined("2022-\\n10-01")
    ('示例甲化工', '12.5 13', '91130100000000019Q', '2022-10-01')
    """
    joined = _WRAP.sub("", text)
    return _LINES.sub(" ", text) if _STACKED.fullmatch(text) and not _CODE.fullmatch(joined) else joined


def _values(rows: list[list[Cell]]) -> list[list[str | None]]:
    seen: set[int] = set()

    def value(cell: Cell) -> str | None:
        again = id(cell) in seen
        seen.add(id(cell))
        return None if again else _joined(cell.text) or None

    return [[value(cell) for cell in row] for row in rows]


def _left_out(rows: list[list[Cell]], first: int) -> dict[tuple[int, int], LeftOut]:
    """Return the cells in which text isn't read, each at its first place."""
    found: dict[int, tuple[tuple[int, int], Cell]] = {}
    for at, row in enumerate(rows, start=first):
        for column, cell in enumerate(row):
            if cell.left:
                found.setdefault(id(cell), ((at, column), cell))
    return {place: LeftOut(cell.how, cell.left) for place, cell in found.values()}


def _merged(rows: list[list[Cell]], first: int) -> list[tuple[int, int, int, int]]:
    """Return the cells that cover several places."""
    spans: dict[int, tuple[int, int, int, int]] = {}
    for at, row in enumerate(rows, start=first):
        for column, cell in enumerate(row):
            if not cell.place:  # nothing is drawn here
                continue
            top, left, bottom, right = spans.get(id(cell), (at, column, at, column))
            spans[id(cell)] = (min(top, at), min(left, column), max(bottom, at), max(right, column))
    return [span for span in spans.values() if span[:2] != span[2:]]
