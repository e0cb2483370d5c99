"""A sheet before it is written: title rows, header, rows, notes; and where on it a cell will stand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from cpaudit.reference import file, read_yaml
from cpaudit.sample.world import Plant


@dataclass(frozen=True)
class FormulaError:
    """A formula whose result is an error."""

    formula: str
    shown: str


Cell = str | int | float | dt.date | FormulaError | None


@dataclass(eq=False)
class Row:
    """One row: column key → cell, and the plant that it is about."""

    cells: dict[str, Cell]
    plant: Plant | None = None


@dataclass(eq=False)
class Sheet:
    """One sheet of one file. ``columns``: key → heading. ``name`` is empty for a CSV file."""

    file: str
    name: str
    layout: str
    unit: str
    columns: dict[str, str]
    titles: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def text_only(self) -> bool:
        """Whether the file can hold nothing but text (CSV)."""
        return self.file.endswith(".csv")

    def grid(self) -> list[list[Cell]]:
        """Return the rows as they will be written; titles and notes stand in the first column."""
        lines: list[list[Cell]] = [[title] for title in self.titles]
        lines.append(list(self.columns.values()))
        lines += [[row.cells.get(key) for key in self.columns] for row in self.rows]
        lines.append([])
        lines += [[note] for note in self.notes]
        return lines

    def address(self, place: Spot, order: dict[int, int]) -> str:
        """Return the A1 address of a place on this sheet; empty for the sheet as a whole. ``order``: id of a row → where."""
        if place.part == "sheet":
            return ""
        if place.part == "title":
            return f"A{place.index + 1}"
        if place.part == "note":
            return f"A{len(self.titles) + 1 + len(self.rows) + 1 + place.index + 1}"
        column = _letters(list(self.columns).index(place.key))
        if place.row is None:
            return f"{column}{len(self.titles) + 1}"
        return f"{column}{len(self.titles) + 2 + order[id(place.row)]}"


@dataclass(frozen=True, eq=False)
class Spot:
    """A cell named by what it holds rather than by where it stands, so that rows may still be put in before it."""

    part: Literal["cell", "title", "note", "sheet"] = "cell"
    row: Row | None = None
    key: str = ""
    index: int = 0


def headings(layout: str) -> dict[str, str]:
    """Return the columns of a layout: key → the heading printed first.

    >>> headings("unit_work")
    {'milestone': '工作事项', 'date': '上报日期', 'document': '上报文号'}
    """
    columns = read_yaml(file("layouts", layout))["columns"]
    return {key: column["headings"][0] for key, column in columns.items()}


def total_row(sheet: Sheet) -> Row:
    """Return the row 合计 of an options sheet: the sums of the numbers above it, texts left out as a spreadsheet does."""
    keys = list(sheet.columns)
    cells: dict[str, Cell] = {"name_of_plant": "合计"}
    for key in keys[keys.index("investment_wan_yuan") :]:
        values = [row.cells.get(key) for row in sheet.rows]
        cells[key] = float(sum((Decimal(str(v)) for v in values if isinstance(v, int | float)), Decimal(0)))
    return Row(cells)


def _letters(index: int) -> str:
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
