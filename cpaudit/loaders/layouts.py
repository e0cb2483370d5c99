"""The layouts that returns follow, and the sheet that follows one: header found wherever it is, columns by their headings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from cpaudit.loaders.grids import Grid, Value, address
from cpaudit.loaders.values import clean, is_blank, shown_whole, squeeze
from cpaudit.reference import Definition, read_definition, root

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A header lies among the first rows; what stands above it are title rows.
_SEARCHED_ROWS = 40
_NOTE = re.compile(r"(注|备注|说明|填表|填报|制表|审核人|联系|单位负责|共|本表|以上)")
_TOTALS = ("合计", "总计", "小计")


class Column(Definition):
    """A column of a layout: the headings that it goes by."""

    headings: tuple[str, ...]
    note: str = ""


class Title(Definition):
    """What the rows outside the table say: a text → the roster it names; the label of a date; the printed size."""

    roster: dict[str, str]
    listed_on: str
    size: str


class Layout(Definition):
    """One table form; ``values`` gives other spellings of codes (column → spelling → code)."""

    id: str
    label: str
    table: str
    required: tuple[str, ...]
    columns: dict[str, Column]
    channel: Literal["online", "offline"] | None = None
    title: Title | None = None
    distinctive: tuple[str, ...] = ()
    total: str = ""
    not_applicable: tuple[str, ...] = ()
    answers: dict[str, int] = {}
    left_out: tuple[str, ...] = ()
    values: dict[str, dict[str, str]] = {}

    @model_validator(mode="after")
    def _names_hold(self) -> Layout:
        unknown = [c for c in (*self.required, *self.distinctive, *self.values) if c not in self.columns]
        if unknown:
            raise ValueError(f"没有这样的列：{'、'.join(unknown)}")
        return self

    def heading(self, key: str) -> str:
        """Return the column's first heading, the one that the form prints."""
        return self.columns[key].headings[0]


@cache
def layouts() -> dict[str, Layout]:
    """Return every layout: id → :class:`Layout`.

    >>> layouts()["progress"].heading("event:accepted")
    '完成验收日期'
    """
    return {p.stem: read_definition(p, Layout) for p in sorted((root() / "layouts").glob("*.yaml"))}


@cache
def _headings(layout_id: str) -> dict[str, str]:
    return {squeeze(h): key for key, c in layouts()[layout_id].columns.items() for h in c.headings}


@dataclass(slots=True)
class Row:
    """One data row of a sheet."""

    sheet: Sheet
    index: int
    cells: list[Value]

    def get(self, key: str) -> Value:
        """Return the cell of a column; None where the sheet doesn't have the column."""
        column = self.sheet.columns.get(key)
        return self.cells[column] if column is not None and column < len(self.cells) else None

    def at(self, key: str) -> str:
        """Return the address of the cell of a column that the sheet has."""
        return address(self.index, self.sheet.columns[key])

    def first(self) -> str:
        """Return the address of the row's first cell."""
        return address(self.index, min(self.sheet.columns.values()))


@dataclass(slots=True)
class Sheet:
    """A grid that follows a layout; ``columns`` maps the layout's columns to their positions."""

    grid: Grid
    layout: Layout
    header: int
    columns: dict[str, int]
    unit: str | None = None
    rows: list[Row] = field(default_factory=list)
    totals: list[Row] = field(default_factory=list)
    #: Text outside the table: titles above, notes below; (address, text).
    remarks: list[tuple[str, str]] = field(default_factory=list)
    rejected: int = 0

    def where(self, cell: str) -> tuple[str, str, str]:
        """Return file, sheet and cell, as a problem names a place."""
        return self.grid.file, self.grid.sheet, cell

    def unknown_headings(self) -> Iterator[tuple[str, str]]:
        """Yield address and text of the headings that the layout doesn't have."""
        taken = set(self.columns.values())
        ignored = {squeeze(t) for t in self.layout.left_out}
        for column, value in enumerate(self.grid.rows[self.header]):
            if column not in taken and not is_blank(value) and squeeze(shown_whole(value)) not in ignored:
                yield address(self.header, column), clean(shown_whole(value))


def recognise(grid: Grid) -> Sheet | None:
    """Return the grid as a sheet of the layout that fits best; None where none fits."""
    best: tuple[int, Layout, int, dict[str, int]] | None = None
    for index, cells in enumerate(grid.rows[:_SEARCHED_ROWS]):
        keys = [squeeze(v) for v in cells if isinstance(v, str)]
        if len(keys) < 3:
            continue
        for layout in layouts().values():
            columns = _columns(layout, cells)
            if set(layout.required) | set(layout.distinctive) <= set(columns) and (best is None or len(columns) > best[0]):
                best = (len(columns), layout, index, columns)
    if best is None:
        return None
    _, layout, header, columns = best
    sheet = Sheet(grid, layout, header, columns)
    _split(sheet)
    return sheet


def has_content(grid: Grid) -> bool:
    """Whether a grid holds a table at all: prose in one column is none."""
    return any(sum(not is_blank(v) for v in cells) >= 2 for cells in grid.rows)


def _columns(layout: Layout, cells: list[Value]) -> dict[str, int]:
    known = _headings(layout.id)
    columns: dict[str, int] = {}
    for position, value in enumerate(cells):
        if isinstance(value, str) and (key := known.get(squeeze(value))) is not None:
            columns.setdefault(key, position)
    return columns


def _split(sheet: Sheet) -> None:
    """Sort the grid's rows into data, totals and remarks."""
    for index, cells in enumerate(sheet.grid.rows):
        if index == sheet.header:
            continue
        filled = [(c, v) for c, v in enumerate(cells) if v is not None and not (isinstance(v, str) and not clean(v))]
        if not filled:
            continue
        row = Row(sheet, index, cells)
        if index < sheet.header or _is_remark(row, filled):
            sheet.remarks += [(address(index, c), shown_whole(v)) for c, v in filled]
        elif any(isinstance(v, str) and squeeze(v) in _TOTALS for _, v in filled[:3]):
            sheet.totals.append(row)
        elif not set(sheet.layout.required) <= set(_columns(sheet.layout, cells)):  # else the header, printed again
            sheet.rows.append(row)


def _is_remark(row: Row, filled: list[tuple[int, Value]]) -> bool:
    first = filled[0][1]
    if len(filled) > 2 or not isinstance(first, str):
        return False
    return bool(_NOTE.match(clean(first))) or len(filled) == 1 and filled[0][0] != row.sheet.columns.get("name")
