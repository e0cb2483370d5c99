"""Tables in a sheet: where each stands, what its headings mean, which rows are title, header, data, total or note."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cpaudit.loaders.grids import filled, letters
from cpaudit.loaders.headings import column_field, meaning, parts, total_word, unit, words
from cpaudit.loaders.layouts import Layout, layouts
from cpaudit.loaders.values import key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cpaudit.loaders.grids import Grid

#: A header has one row, or two or three where headings are grouped.
_TALLEST = 3
#: Longer text is no heading.
_LONGEST = 60
#: What a single filled cell must end with to be a plant's row rather than a note.
_FIRM = re.compile(r"(公司|厂|矿|集团|中心|站|所)([（(][^（）()]*[）)]?)?$")
#: Where a heading's unit or remark may begin.
_REMARK = re.compile(r"(?<!^)[(\[【〔/:,、-]")
_NUMBERING = re.compile(r"[甲乙丙丁戊]|[A-Z]|\d{1,2}|[(]\d{1,2}[)]")

Span = tuple[int, int]


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
    #: Position → (heading, column, unit) where the heading's unit isn't the form's.
    foreign: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    #: Position → (heading, column) where an earlier or surer heading already gave the column.
    repeated: dict[int, tuple[str, str]] = field(default_factory=dict)
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


def find(grid: Grid) -> Found:
    """Return the tables of a sheet: one above the other, and side by side where an empty column parts them."""
    width = len(grid.rows[0]) if grid.rows else 0
    search = _Search(grid)
    bands = _bands(grid, width)
    if len(bands) > 1:
        apart = [search.tables(band) for band in bands]
        if sum(map(bool, apart)) > 1:
            return Found([table for tables in apart for table in tables])
    tables = search.tables((0, width))
    return Found(tables) if tables else Found([], *search.nearest())


def _bands(grid: Grid, width: int) -> list[Span]:
    """Return the runs of columns between wholly empty ones."""
    used = [any(filled(row[c]) for row in grid.rows) for c in range(width)]
    edges = [c for c in range(width + 1) if (c < width and used[c]) != (c > 0 and used[c - 1])]
    return list(zip(edges[::2], edges[1::2], strict=True))


class _Search:
    """Looks for headers in one sheet."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        every: set[Any] = set()
        for row in grid.rows:
            every.update(row)
        distinct = {v for v in every if type(v) is str and v and len(v) <= _LONGEST}
        #: The texts of this sheet that are headings of some layout, as they are written.
        self._headings = {text for text in distinct if _bare_known(text)}
        self._best: tuple[int, Layout | None, tuple[str, ...]] = (1, None, ())
        self._matched: dict[tuple[tuple[str, ...], ...], _Header | None] = {}

    def nearest(self) -> tuple[Layout | None, tuple[str, ...]]:
        """Return the layout of which most columns were found, and the required columns that weren't."""
        return self._best[1:]

    def tables(self, span: Span) -> list[Recognised]:
        """Return the tables between two columns."""
        headers = self._headers(span)
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
                    header.first, span, kinds,
                )
            )  # fmt: skip
        return found

    def _headers(self, span: Span) -> list[_Header]:
        found: list[_Header] = []
        known, rows, at = self._headings.__contains__, self._grid.rows, 0
        whole = span == (0, len(rows[0])) if rows else True
        while at < len(rows):
            row = rows[at] if whole else rows[at][slice(*span)]
            if not self._headings.isdisjoint(row) and sum(map(known, row)) > 1:
                free = found[-1].last + 1 if found else 0
                best: _Header | None = None
                for first in range(max(free, at - _TALLEST + 1), at + 1):
                    for last in range(at, min(first + _TALLEST, len(rows))):
                        header = self._match(first, last, span)
                        if header and (best is None or (len(header.columns), -header.height) > (len(best.columns), -best.height)):
                            best = header
                if best and best.last + 1 < len(rows) and _units(rows[best.last + 1][slice(*span)]):
                    best = self._match(best.first, best.last + 1, span) or best
                if best:
                    found.append(best)
                    at = best.last
            at += 1
        return found

    def _match(self, first: int, last: int, span: Span) -> _Header | None:
        texts = tuple(tuple(_said(v) for v in row[slice(*span)]) for row in self._grid.rows[first : last + 1])
        if texts not in self._matched:
            self._matched[texts] = self._best_layout(texts)
        found = self._matched[texts]
        return found and found.moved(first, span[0])

    def _best_layout(self, texts: tuple[tuple[str, ...], ...]) -> _Header | None:
        candidates = _candidates(texts)
        best: _Header | None = None
        for layout in layouts().values():
            header = _read(layout, candidates, len(texts))
            present = {*header.columns, *(column for _, column, _ in header.foreign.values())}
            lacking = tuple(c for c in (*layout.required, *layout.distinctive) if c not in present)
            if not lacking and (best is None or len(header.columns) > len(best.columns)):
                best = header
            if lacking and len(header.columns) > self._best[0]:
                self._best = (len(header.columns), layout, lacking)
        return best

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
        return len(cells) == 1 and isinstance(cells[0], str) and not _FIRM.search(cells[0]) and not total_word(cells[0])

    def _kinds(self, header: _Header, start: int, end: int, span: Span) -> dict[int, str]:
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
            if kind := _kind(row, rows[at][subject], subject > span[0]):
                kinds[at] = kind
        return kinds


def _kind(row: Sequence[Any], subject: Any, inside: bool) -> str:
    """Return what a row below a header is; '' for a blank one."""
    held = [v for v in row if v is not None and v != ""]
    if not held:
        return ""
    for value in held[:3]:
        if type(value) is str and (word := total_word(value)):
            return word
    if len(held) == 1:
        # alone in its row: a plant about which nothing is said, a stray value, or a note
        named = isinstance(subject, str) and subject != "" and (inside or _FIRM.search(subject))
        return "data" if named or not isinstance(held[0], str) else "note"
    return "data"


def _units(row: Sequence[Any]) -> bool:
    """Whether a row holds nothing but units."""
    held = [v for v in row if filled(v)]
    return bool(held) and all(isinstance(v, str) and unit(key(v).strip("()[]【】")) in words().units for v in held)


def _numbering(row: Sequence[Any]) -> bool:
    """Whether a row only numbers the columns: 1 2 3 …, or 甲 乙 1 2 …"""
    said = [key(v) for v in row if filled(v)]
    numbers = [int(n) for s in said if (n := s.strip("()")).isdigit() and len(n) < 3]
    return (
        len(said) > 2
        and len(numbers) > 1
        and all(_NUMBERING.fullmatch(s.upper()) for s in said)
        and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        and numbers[0] in (1, 2, 3)
    )


@dataclass(frozen=True, slots=True)
class _Header:
    layout: Layout
    first: int
    height: int
    columns: dict[str, int]
    unknown: dict[int, str]
    foreign: dict[int, tuple[str, str, str]]
    repeated: dict[int, tuple[str, str]]

    @property
    def last(self) -> int:
        return self.first + self.height - 1

    def moved(self, first: int, left: int) -> _Header:
        """Return the header where it stands in the sheet."""
        shift = [{at + left: what for at, what in d.items()} for d in (self.unknown, self.foreign, self.repeated)]
        columns = {name: at + left for name, at in self.columns.items()}
        return _Header(self.layout, first, self.height, columns, *shift)  # type: ignore[arg-type]


def _candidates(texts: tuple[tuple[str, ...], ...]) -> list[list[str]]:
    """Return per column what its heading may be: the groups above joined with it, itself, and what stands above a blank."""
    columns: list[list[str]] = []
    carried = [""] * len(texts)
    for at in range(len(texts[0])):
        own = [row[at] for row in texts]
        for level, text in enumerate(own):
            if text:
                carried[level] = text
                carried[level + 1 :] = [""] * (len(texts) - level - 1)
        lowest = max((n for n, text in enumerate(own) if text), default=-1)
        # a group stands above its first column only; the others are blank beside it
        path = [carried[n] for n in range(lowest) if carried[n]] + ([own[lowest]] if lowest >= 0 else [])
        names = ["".join(path[n:]) for n in range(len(path))]
        if len(path) > 1 and unit(bare := key(path[-1]).strip("()[]【】")) in words().units:  # it stands in a row of its own
            names.insert(0, f"{path[-2]}({bare})")
        columns.append(names)
    return columns


def _read(layout: Layout, candidates: list[list[str]], height: int) -> _Header:
    """Return what the headings mean in one layout."""
    taken: dict[str, tuple[int, int]] = {}
    header = _Header(layout, 0, height, {}, {}, {}, {})
    for at, names in enumerate(candidates):
        found = next((m for n in names if (m := meaning(layout.id, key(n)))), None)
        shown = " ".join(names[-1].split()) if names else ""
        if found is None:
            if shown:
                header.unknown[at] = shown
        elif found.unit:
            header.foreign[at] = (shown, found.column, found.unit)
        elif found.column in taken and taken[found.column][0] <= found.rank:
            header.repeated[at] = (shown, found.column)
        else:
            if found.column in taken:
                other = taken[found.column][1]
                header.repeated[other] = (candidates[other][-1], found.column)
            taken[found.column] = (found.rank, at)
            header.columns[found.column] = at
    return header


def _bare_known(text: str) -> bool:
    said = key(text)
    return said in parts() or _REMARK.split(said, maxsplit=1)[0].strip("*※★☆") in parts()


def _said(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _spread(grid: Grid, columns: dict[str, int], layout: Layout, body: Span) -> None:
    """Write what a cell merged over several rows says into each of them; not numbers: nobody knows how they are shared."""
    names = {at: name for name, at in columns.items() if not is_number(layout, name)}
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


def is_number(layout: Layout, column: str) -> bool:
    """Whether a layout's column holds amounts."""
    about = column_field(layout, column)
    return column.startswith(("value:", "score:")) or (about is not None and about.type in ("number", "integer"))


def shared_amounts(grid: Grid, table: Recognised) -> Iterator[tuple[int, str, int]]:
    """Yield (row, column name, rows) of the amounts in cells that are merged over several data rows."""
    names = {at: name for name, at in table.columns.items() if is_number(table.layout, name)}
    for top, left, bottom, _ in grid.merged:
        if left in names and bottom > top and table.kinds.get(top) == "data" and filled(grid.rows[top][left]):
            yield top, names[left], bottom - top + 1


def hidden_parts(grid: Grid, table: Recognised) -> str:
    """Return in words which rows and columns of a table are hidden, such as ``行（第 5 行等 3 行）、列（C）``; "" where none is."""
    rows = sorted(grid.hidden_rows & table.kinds.keys())
    columns = [letters(c) for c in sorted(grid.hidden_columns) if table.span[0] <= c < table.span[1]]
    said = ["工作表"] if grid.hidden else []
    if rows:
        more = f"等 {len(rows)} 行" if len(rows) > 1 else ""
        said.append(f"行（第 {rows[0] + 1} 行{more}）")
    if columns:
        said.append(f"列（{'、'.join(columns[:10])}{'等' if len(columns) > 10 else ''}）")
    return "、".join(said)


def other_sheet(name: str) -> bool:
    """Whether a sheet is called like one that holds no table: instructions, a list of problems."""
    return key(name) in map(key, words().other_sheets)


def titles(grid: Grid, table: Recognised) -> Iterator[tuple[int, int, str]]:
    """Yield (row, column, text) of what stands around a table: its title rows and notes."""
    for at in table.rows("title", "note"):
        for column in range(*table.span):
            value = grid.rows[at][column]
            if isinstance(value, str) and value.strip():
                yield at, column, value
