"""Tables in a sheet: where each stands, what its headings mean, which rows are title, header, data, total or note."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from cpaudit.loaders.cells.texts import blank, key
from cpaudit.loaders.opening.grids import Refused, filled, letters
from cpaudit.loaders.sheets import as_written, own
from cpaudit.loaders.sheets.crammed import crammed
from cpaudit.loaders.sheets.headers import Header, Headers, Span
from cpaudit.loaders.sheets.headings import is_amount
from cpaudit.loaders.sheets.layouts import Layout
from cpaudit.loaders.sheets.words import row_word, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cpaudit.loaders.opening.grids import Grid

#: What a single filled cell must end with to be a plant's row rather than a note.
_FIRM = re.compile(r"(公司|厂|矿|集团|中心|站|所)([（(][^（）()]*[）)]?)?$")
#: What parts a remark's or a signature's first word from the rest.
_MARK = re.compile("[:：、.]")
#: A longer text that stands alone among the rows is a remark.
_LONGEST_ANSWER = 20
_REMARKS = re.compile("[:：。]")
#: What no row of a total or a note holds: a code, or this many dates, and this many texts beside them.
_DATED, _DATES, _ANSWERS = re.compile(r"\d{4}[-./年]\d{1,2}[-./月]\d{1,2}"), 2, 4
#: So many rows above a header, with so many cells each, are no title; nor is one with a plant's code.
_ABOVE = (2, 3)
_CODE = re.compile(r"[0-9A-Z]{18}")
_FIGURE = re.compile(r"[-+(]?[\d.,，%]+[)%家户项个]?")
_NUMBERING = re.compile(r"[甲乙丙丁戊]|[A-Z]|\d{1,2}|[(]\d{1,2}[)]")


@dataclass(frozen=True, slots=True)
class Recognised:
    """A table that is understood; rows and columns count from 0."""

    layout: Layout
    #: The header's last row.
    header: int
    #: Column name → position.
    columns: dict[str, int]
    #: Position → heading that means nothing here.
    unknown: dict[int, str]
    #: Position → (heading, column, what it says for a unit) where that can't be turned into the column's.
    foreign: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    #: Position → (heading, column) where an earlier or surer heading already gave the column.
    repeated: dict[int, tuple[str, str]] = field(default_factory=dict)
    #: Column name → the unit that its heading says, '' where it says none.
    units: dict[str, str] = field(default_factory=dict)
    #: Where contacts stand: nothing of them is read or quoted.
    contacts: frozenset[int] = frozenset()
    #: The header's first row, and the first and last-but-one column of the table.
    first: int = 0
    span: Span = (0, 0)
    #: Row → "title", "header", "data", "total", "subtotal" or "note"; blank rows are left out.
    kinds: dict[int, str] = field(default_factory=dict)

    def rows(self, *kinds: str) -> list[int]:
        """Return the rows of some kinds, in order."""
        return [at for at, kind in self.kinds.items() if kind in kinds]


@dataclass(frozen=True, slots=True)
class Found:
    """What stands in a sheet: its tables, and the layout that the rest comes nearest to, with what it lacks."""

    tables: list[Recognised]
    nearest: Layout | None = None
    lacking: tuple[str, ...] = ()
    #: Column lacking → the heading that may be meant for it.
    near: dict[str, str] = field(default_factory=dict)


def find(grid: Grid, form: str = "") -> Found:
    """Return the tables of a sheet, in the layouts of a form (:func:`.forms.form_of`): one above the other, and side by
    side where an empty column parts them.
    """
    width = len(grid.rows[0]) if grid.rows else 0
    search = _Search(grid, form)
    bands = _bands(grid, width)
    if len(bands) > 1:
        apart = [search.tables(band) for band in bands]
        if sum(map(bool, apart)) > 1:
            return Found([search.settled(table) for tables in apart for table in tables])
    tables = [search.settled(table) for table in search.tables((0, width))]
    return Found(tables) if tables else Found([], *search.headers.nearest())


def _bands(grid: Grid, width: int) -> list[Span]:
    """Return the runs of columns between wholly empty ones."""
    used = [any(filled(row[c]) for row in grid.rows) for c in range(width)]
    edges = [c for c in range(width + 1) if (c < width and used[c]) != (c > 0 and used[c - 1])]
    return list(zip(edges[::2], edges[1::2], strict=True))


class _Search:
    """Looks for tables in one sheet."""

    def __init__(self, grid: Grid, form: str) -> None:
        self._grid, self.headers = grid, Headers(grid, form)

    def settled(self, table: Recognised) -> Recognised:
        """Return a table once its rows are fit to be read."""
        as_written.settle(self._grid, table, self.headers.texts)
        return table

    def tables(self, span: Span) -> list[Recognised]:
        """Return the tables between two columns."""
        headers = self.headers.within(span)
        starts = [self._start(h.first, span, headers[n - 1].last if n else -1) for n, h in enumerate(headers)]
        ends = [*starts[1:], len(self._grid.rows)][: len(headers)]
        found: list[Recognised] = []
        for header, start, end in zip(headers, starts, ends, strict=True):
            _spread(self._grid, header.columns, header.layout, (header.last + 1, end))
            kinds = self._kinds(header, start, end, span)
            last = found[-1] if found else None
            if last and last.layout.id == header.layout.id and last.columns == header.columns and start == header.first:
                last.kinds.update(kinds)  # the header printed again on the next page
                continue
            found.append(
                Recognised(
                    header.layout, header.last, header.columns, header.unknown, header.foreign, header.repeated,
                    header.units, frozenset(header.contacts), header.first, span, kinds,
                )
            )  # fmt: skip
        return found

    def _start(self, first: int, span: Span, last_header: int) -> int:
        """Return the first of the title rows above a header: rows of few texts, up to a blank one."""
        at = first
        while at - 1 > last_header and self._loose(at - 1, span):
            at -= 1
        if last_header < 0:
            return 0
        return at

    def _loose(self, at: int, span: Span) -> bool:
        cells = [v for v in self._grid.rows[at][slice(*span)] if filled(v)]
        if len(cells) != 1 or not isinstance(cells[0], str) or _FIRM.search(cells[0]) or crammed(cells[0], span[1] - span[0]):
            return False
        return row_word(cells[0]) in ("", "note")

    def _kinds(self, header: Header, start: int, end: int, span: Span) -> dict[int, str]:
        kinds: dict[int, str] = {}
        rows, whole = self._grid.rows, span == (0, len(self._grid.rows[0]))
        subject = header.columns[header.layout.required[0]]
        for at in range(start, end):
            row = rows[at] if whole else rows[at][slice(*span)]
            if at < header.first or at <= header.last:
                if any(map(filled, row)):
                    kinds[at] = "title" if at < header.first else "header"
                continue
            if at == header.last + 1 and _numbering(row):
                kinds[at] = "header"
                continue
            if at in self._grid.refused or ((at, subject) in self._grid.left_out and not filled(rows[at][subject])):
                kinds[at] = "data"  # a row that is rejected, not one that is blank
                continue
            kind = _kind(row, subject - span[0], parts=header.layout.table == "options")
            alone = list(islice(filter(filled, row), 2)) if kind in ("note", "data") else []
            only = alone[0] if len(alone) == 1 else None
            if isinstance(only, str) and not row_word(only) and crammed(only, len(header.columns)):
                self._grid.refused[at] = Refused("row_in_one_cell", {})
                kind = "data"
            if kind:
                kinds[at] = kind
        self._not_notes(kinds, {*header.columns.values()} - {span[0]}, span)
        return kinds

    def _not_notes(self, kinds: dict[int, str], columns: set[int], span: Span) -> None:
        """Take a lone text among the data as data: it stands under a heading, in a row whose other cells are missing."""
        below = False
        for at in sorted(kinds, reverse=True):
            if kinds[at] == "note" and below:
                row = self._grid.rows[at]
                held = [c for c in range(*span) if filled(row[c])]
                said = str(row[held[0]])
                if len(held) == 1 and held[0] in columns and len(said) <= _LONGEST_ANSWER and not _REMARKS.search(said):
                    kinds[at] = "data" if not row_word(said) else "note"
            below = below or kinds[at] == "data"


def _kind(row: Sequence[Any], subject: int, *, parts: bool) -> str:
    """Return what a row below a header is; '' for a blank one. ``parts``: rows of shares are the table's own affair."""
    held = list(islice(((at, v) for at, v in enumerate(row) if v is not None and v != ""), 3))
    if not held:
        return ""
    about = row[subject]
    for at, value in held:
        if type(value) is str and (word := row_word(value)):
            if at == subject and _record([v for c, v in enumerate(row) if c != at and v is not None and v != ""]):
                return "data"  # a record of something called so: 示例公司等2家
            if word in ("total", "subtotal"):
                return word
            if (word == "share" and parts) or (at > subject and filled(about)):
                continue
            firm = isinstance(about, str) and _FIRM.search(about) is not None
            if not firm or (at == subject and _MARK.search(value)):
                return "subtotal" if word == "share" else "note"
    if len(held) == 1:
        # alone in its row: a plant about which nothing is said, a stray value, or a note
        named = isinstance(about, str) and about != "" and (subject > 0 or _FIRM.search(about))
        return "data" if named or not isinstance(held[0][1], str) else "note"
    return "data"


def _record(beside: Sequence[Any]) -> bool:
    """Whether what stands beside a name is a record's: answers in words, and a code or dates, which no total has."""
    said = [v.strip() for v in beside if isinstance(v, str)]
    dates = sum(isinstance(v, dt.date) for v in beside) + sum(bool(_DATED.match(v)) for v in said)
    coded = any(map(_CODE.fullmatch, said))
    words = [v for v in said if not blank(v) and not _FIGURE.fullmatch(v) and not row_word(v)]
    answers = len(words) + sum(isinstance(v, dt.date) for v in beside)
    return (coded or dates >= _DATES) and answers >= _ANSWERS


def _numbering(row: Sequence[Any]) -> bool:
    """Whether a row only numbers the columns: 1 2 3 …, or 甲 乙 1 2 …"""
    said = [unicodedata.normalize("NFKC", key(v)) for v in row if filled(v)]  # ① ② ③ too
    numbers = [int(n) for s in said if (n := s.strip("()")).isdigit() and len(n) < 3]
    return (
        len(said) > 2
        and len(numbers) > 1
        and all(_NUMBERING.fullmatch(s.upper()) for s in said)
        and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        and numbers[0] in (1, 2, 3)
    )


def _spread(grid: Grid, columns: dict[str, int], layout: Layout, body: Span) -> None:
    """Write what a cell merged over several rows says into each of them; not numbers: nobody knows how they are shared."""
    names = {at: name for name, at in columns.items() if not is_amount(layout, name)}
    work = 0
    for top, left, bottom, _ in grid.merged:
        if left not in names or bottom == top or not body[0] <= top < body[1]:
            continue
        last = min(bottom, body[1] - 1)
        work += last - top
        if work > len(grid.rows) * len(columns):
            return  # merged cells that lie over each other, which no program writes
        for at in range(top + 1, last + 1):
            if not filled(grid.rows[at][left]):
                grid.rows[at][left] = grid.rows[top][left]
                if left_out := grid.left_out.get((top, left)):
                    grid.left_out.setdefault((at, left), left_out)


def shared_amounts(grid: Grid, table: Recognised) -> Iterator[tuple[int, str, int]]:
    """Yield (row, column name, rows) of the amounts in cells that are merged over several data rows."""
    names = {at: name for name, at in table.columns.items() if is_amount(table.layout, name)}
    for top, left, bottom, _ in grid.merged:
        if left in names and bottom > top and table.kinds.get(top) == "data" and filled(grid.rows[top][left]):
            yield top, names[left], bottom - top + 1


def hidden_parts(grid: Grid, table: Recognised) -> str:
    """Return in words which rows and columns of a table are hidden, such as ``行（第 5 行等 3 行）、列（C）``; else ""."""
    rows = sorted(grid.hidden_rows & table.kinds.keys())
    columns = [letters(c) for c in sorted(grid.hidden_columns) if table.span[0] <= c < table.span[1]]
    said = ["工作表"] if grid.hidden else []
    if rows:
        more = f"等 {len(rows)} 行" if len(rows) > 1 else ""
        said.append(f"行（第 {rows[0] + 1} 行{more}）")
    if columns:
        said.append(f"列（{'、'.join(columns[:10])}{'等' if len(columns) > 10 else ''}）")
    return "、".join(said)


def rows_above(grid: Grid, table: Recognised) -> list[int]:
    """Return the rows above a header that look like a table's; [] where they may be titles."""
    fewest, cells = _ABOVE
    found = [at for at in table.rows("title") if sum(map(filled, grid.rows[at][slice(*table.span)])) >= cells]
    coded = any(_CODE.fullmatch(v.strip()) for at in found for v in grid.rows[at] if isinstance(v, str))
    return found if len(found) >= fewest or coded else []


def other_sheet(name: str) -> bool:
    """Whether a sheet is called like one that holds no table: instructions, a list of problems."""
    return own.adds(name) or key(name) in map(key, words().other_sheets)


def titles(grid: Grid, table: Recognised) -> Iterator[tuple[int, int, str]]:
    """Yield (row, column, text) of what stands around a table: its title rows and notes."""
    for at in table.rows("title", "note"):
        for column in range(*table.span):
            value = grid.rows[at][column]
            if isinstance(value, str) and value.strip():
                yield at, column, value
