"""Headers in a sheet: the rows whose cells are the headings of a layout, in one row or in several."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.loaders.cells.texts import blank_text, key
from cpaudit.loaders.opening.grids import filled
from cpaudit.loaders.sheets.headings import Meaning, is_amount, meanings, parts, plain
from cpaudit.loaders.sheets.layouts import Layout, layouts_of
from cpaudit.loaders.sheets.near import nearest
from cpaudit.loaders.sheets.words import contact
from cpaudit.quantities.spellings import meant
from cpaudit.workspace.caches import lru_cache

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cpaudit.loaders.opening.grids import Grid

#: A header has one row, or two or three where headings are grouped.
_TALLEST = 3
_DAY = re.compile(r"(?:19|20)\d{2}[-./年]?[01]?\d[-./月]?[0-3]?\d日?")
#: Longer text is no heading.
_LONGEST = 60
#: Where a heading's unit or remark may begin.
_REMARK = re.compile(r"(?<!^)[(\[【〔/:,、-]")

#: What names a row of units.
_LABELS = frozenset(("单位", "计量单位", "数值单位", "金额单位"))

#: The first column, and the one after the last.
Span = tuple[int, int]
#: How many columns were found of a layout that isn't there, that layout, what it lacks, and what that may be called.
_Near = tuple[int, "Layout | None", tuple[str, ...], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Header:
    """A header that is understood; rows and columns count from 0, each dictionary as in ``regions.Recognised``."""

    layout: Layout
    first: int
    height: int
    columns: dict[str, int]
    unknown: dict[int, str]
    foreign: dict[int, tuple[str, str, str]]
    repeated: dict[int, tuple[str, str]]
    units: dict[str, str]
    contacts: set[int]

    @property
    def last(self) -> int:
        """The header's last row."""
        return self.first + self.height - 1

    def moved(self, first: int, left: int) -> Header:
        """Return the header where it stands in the sheet."""
        columns = {name: at + left for name, at in self.columns.items()}
        unknown = {at + left: what for at, what in self.unknown.items()}
        foreign = {at + left: what for at, what in self.foreign.items()}
        repeated = {at + left: what for at, what in self.repeated.items()}
        contacts = {at + left for at in self.contacts}
        return Header(self.layout, first, self.height, columns, unknown, foreign, repeated, self.units, contacts)


class Headers:
    """Looks for headers in one sheet, and remembers which layout the rest comes nearest to."""

    def __init__(self, grid: Grid, form: str = "") -> None:
        self._grid, self._form = grid, form
        every: set[Any] = set()
        for row in grid.rows:
            every.update(row)
        if unseen := {v for v in every if type(v) is str and v and blank_text(v)}:  # cells that hold blanks alone hold nothing
            for row in grid.rows:
                row[:] = [None if type(v) is str and v in unseen else v for v in row]
        #: The texts of this sheet, as they are written; no prose.
        self.texts = {v for v in every if type(v) is str and v and len(v) <= _LONGEST}
        #: Those that are headings of some layout.
        self._headings = {text for text in self.texts if _bare_known(text, form)}
        self._best: _Near = (1, None, (), {})
        self._matched: dict[tuple[tuple[str, ...], ...], Header | None] = {}

    def nearest(self) -> tuple[Layout | None, tuple[str, ...], dict[str, str]]:
        """Return the layout of which most columns were found, the required ones that weren't, and what they may be called."""
        return self._best[1:]

    def within(self, span: Span) -> list[Header]:
        """Return the headers between two columns, from above."""
        found: list[Header] = []
        known, rows, at = self._headings.__contains__, self._grid.rows, 0
        whole = span == (0, len(rows[0])) if rows else True
        while at < len(rows):
            row = rows[at] if whole else rows[at][slice(*span)]
            if not self._headings.isdisjoint(row) and sum(map(known, row)) > 1:
                free = found[-1].last + 1 if found else 0
                best: Header | None = None
                for first in range(max(free, at - _TALLEST + 1), at + 1):
                    for last in range(at, min(first + _TALLEST, len(rows))):
                        if any(_dated(rows[line][slice(*span)]) for line in range(first, last + 1) if line != at):
                            continue  # a record between two headers is no line of theirs
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

    def _match(self, first: int, last: int, span: Span) -> Header | None:
        texts = tuple(tuple(_said(v) for v in row[slice(*span)]) for row in self._grid.rows[first : last + 1])
        if _units(texts[-1]):
            texts = (*texts[:-1], tuple("" if key(v).strip(":") in _LABELS else v for v in texts[-1]))
        if texts not in self._matched:
            self._matched[texts] = self._best_layout(texts)
        found = self._matched[texts]
        return found and found.moved(first, span[0])

    def _best_layout(self, texts: tuple[tuple[str, ...], ...]) -> Header | None:
        best, near = _judged(texts, self._form)
        if near[0] > self._best[0]:
            self._best = near
        return best


@lru_cache(maxsize=1024)  # small files of one form share their headers
def _judged(texts: tuple[tuple[str, ...], ...], form: str) -> tuple[Header | None, _Near]:
    """Return the header that rows are, and the layout that they come nearest to without being one: see ``Headers._best``."""
    columns = [_column(names, form) for names in _candidates(texts)]
    best: Header | None = None
    close: _Near = (1, None, (), {})
    adds = any(said and column.found for said, column in zip(texts[-1], columns, strict=True))
    if len(texts) > 1 and not adds and not _units(texts[-1]):
        return None, close  # the rows above it say as much without it
    for layout in layouts_of(form).values():
        if not any(layout.key in column.found for column in columns):
            continue
        header = _read(layout, columns, len(texts))
        present = {*header.columns, *(column for _, column, _ in header.foreign.values())}
        lacking = tuple(c for c in (*layout.required, *layout.distinctive) if c not in present)
        if lacking and all(_may_be_near(layout, column) for column in lacking):
            meant = {nearest(layout.key, key(heading)) for heading in header.unknown.values()}
            lacking = tuple(c for c in lacking if c not in meant)
        if not lacking and (best is None or len(header.columns) > len(best.columns)):
            best = header
        if lacking and len(header.columns) > close[0]:
            near = {nearest(layout.key, key(heading)): heading for heading in header.unknown.values()}
            close = (len(header.columns), layout, lacking, {c: near[c] for c in lacking if c in near})
    return best, close


class _Column(NamedTuple):
    """What a column's heading may be: layout → what it means there, as it is shown, and whether it names contacts."""

    shown: str
    found: dict[str, Meaning]
    contact: bool


@lru_cache(maxsize=16_384)  # small files of one form share their headings
def _column(names: tuple[str, ...], form: str) -> _Column:
    said, found = [key(name) for name in names], dict[str, Meaning]()
    for name in said:
        for layout, what in meanings(name, form).items():
            found.setdefault(layout, what)
    return _Column(" ".join(names[-1].split()) if names else "", found, any(map(contact, said)))


def _candidates(texts: tuple[tuple[str, ...], ...]) -> list[tuple[str, ...]]:
    """Return per column what its heading may be: the groups above joined with it, itself, and what stands above a blank."""
    columns: list[tuple[str, ...]] = []
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
        if len(path) > 1 and meant(bare := key(path[-1]).strip("()[]【】")):  # it stands in a row of its own
            names.insert(0, f"{path[-2]}({bare})")
        columns.append(tuple(names))
    return columns


def _dated(row: list[Any]) -> bool:
    """Whether a cell is a day and nothing else, as no heading is."""
    return any(isinstance(v, dt.date) or (isinstance(v, str) and _DAY.fullmatch(v.strip())) for v in row)


def _read(layout: Layout, columns: list[_Column], height: int) -> Header:
    """Return what the headings mean in one layout."""
    taken: dict[str, tuple[int, int]] = {}
    header = Header(layout, 0, height, {}, {}, {}, {}, {}, set())
    for at, (shown, meant_by, names_contact) in enumerate(columns):
        found = meant_by.get(layout.key)
        if found is None:
            if names_contact:
                header.contacts.add(at)
            elif shown and not key(shown).startswith(tuple(map(key, layout.beside))):
                header.unknown[at] = shown
        elif found.wrong:
            header.foreign[at] = (shown, found.column, found.wrong)
        elif found.column in taken and taken[found.column][0] <= found.rank:
            header.repeated[at] = (shown, found.column)
        else:
            if found.column in taken:
                other = taken[found.column][1]
                header.repeated[other] = (columns[other].shown, found.column)
            taken[found.column] = (found.rank, at)
            header.columns[found.column] = at
            header.units[found.column] = found.unit
    return header


def _may_be_near(layout: Layout, column: str) -> bool:
    """Whether a table can be read without a column: its heading is told, and what depends on it stays open."""
    return column.startswith("event:") or column == "status" or (layout.table == "options" and is_amount(layout, column))


def _units(row: Sequence[Any]) -> bool:
    """Whether a row holds nothing but units, behind a word that says so."""
    held = [v for v in row if filled(v) and not (isinstance(v, str) and key(v).strip(":") in _LABELS)]
    return bool(held) and all(isinstance(v, str) and meant(key(v).strip("()[]【】")) for v in held)


def _bare_known(text: str, form: str) -> bool:
    said = plain(key(text))
    return said in parts(form) or _REMARK.split(said, maxsplit=1)[0].strip("*※★☆") in parts(form)


def _said(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
