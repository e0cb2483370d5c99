"""What every table's reader needs: the sheet at hand and its rows, with their cells by column name."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cpaudit.fields import choices
from cpaudit.fields import field as definition
from cpaudit.loaders.cells import texts, values
from cpaudit.loaders.cells.answers import codes
from cpaudit.loaders.cells.values import Wrong
from cpaudit.loaders.opening.grids import CellError, address, filled
from cpaudit.loaders.problems import ProblemPlace
from cpaudit.loaders.sheets import as_written
from cpaudit.loaders.sheets.regions import hidden_parts, rows_above, shared_amounts, titles
from cpaudit.loaders.sheets.stated import Units, units
from cpaudit.loaders.sheets.statements import statements
from cpaudit.loaders.sheets.words import ditto, row_word
from cpaudit.loaders.tables import amounts, kinds, unused
from cpaudit.loaders.tables.doubts import days, deleted, unnamed
from cpaudit.programme import find_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cpaudit.loaders.opening.grids import Grid
    from cpaudit.loaders.sheets.regions import Recognised
    from cpaudit.loaders.tables.claims import Fate
    from cpaudit.loaders.tables.gathered import Load


#: So many rows of one kind are named one by one.
_NAMED = 20


@dataclass(frozen=True)
class Sheet:
    """One table of a file, understood."""

    load: Load
    file: str
    unit: str | None
    grid: Grid
    what: Recognised
    #: Column → what every row says where the table hasn't that column: the title's plant, the layout's defaults.
    given: dict[str, Any] = field(default_factory=dict)
    #: Data row → what became of it; a row that is missing here was lost, which is a fault of the program.
    fates: dict[int, Fate] = field(default_factory=dict)
    #: Whether a problem at the table's header says that none of its rows is used.
    given_up: list[str] = field(default_factory=list)
    #: (column, unit) that numbers are shown in against their heading, as has been told.
    shown: set[tuple[str, str]] = field(default_factory=set)
    _plants: dict[tuple[Any, Any], tuple[str | None, Row]] = field(default_factory=dict)

    def rows(self) -> list[Row]:
        """Return the data rows below the header that say what they are about; the others are told, once."""
        return self._used

    def data(self) -> list[Row]:
        """Return all data rows, each of which ends in one fate."""
        return self._data

    def totals(self) -> list[Row]:
        """Return the total rows (合计, 总计), which hold the sum of all rows."""
        return [Row(self, at, self.grid.rows[at]) for at in self.what.rows("total")]

    def texts(self) -> list[tuple[int, int, str]]:
        """Return (row, column, text) of what stands around the table: rows above the header, notes below."""
        return [(at, column, texts.text(said)) for at, column, said in titles(self.grid, self.what)]

    def has(self, column: str) -> bool:
        """Whether the table has a column, or one whose numbers are added to it."""
        return column in self.what.columns or bool(self.added(column))

    def added(self, column: str) -> list[str]:
        """Return the columns of this table whose numbers are added to ``column``."""
        return self.adding.get(column, [])

    @cached_property
    def adding(self) -> dict[str, list[str]]:
        """Column → the columns of this table whose numbers are added to it."""
        found: dict[str, list[str]] = {}
        for name in self.what.columns:
            if target := self.what.layout.columns[name].adds_to:
                found.setdefault(target, []).append(name)
        return found

    @cached_property
    def groups(self) -> dict[int, kinds.Said]:
        """Row → the list that begins there, in a roster of several."""
        return kinds.groups(self)

    @cached_property
    def units(self) -> Units:
        """What is known of the units of this table's amounts."""
        return units(self.grid, self.what, self.file)

    @cached_property
    def plain(self) -> dict[str, int]:
        """Column → position, where a number in that cell is the column's number as it stands."""
        known = self.units
        apart = {*self.adding, *known.scales, *known.disputed, *known.beside}
        return {c: at for c, at in self.what.columns.items() if c not in apart}

    @cached_property
    def _used(self) -> list[Row]:
        subject = self.what.layout.required[0]
        refused = self.grid.refused
        return [r for r in self._data if r.at not in refused and not r.unnamed(subject) and not deleted.why(r)]

    @cached_property
    def _data(self) -> list[Row]:
        return [Row(self, at, self.grid.rows[at]) for at in self.what.rows("data")]

    def check(self) -> None:
        """Tell of the columns and rows that aren't used, and of what is hidden."""
        what, tell = self.what, self.load.problems.add
        unused.check(self)
        amounts.check(self)
        for at, column, rows in shared_amounts(self.grid, what):
            place, value = self.place(at, what.columns[column]), self.grid.rows[at][what.columns[column]]
            tell("amount_merged", place, field=self.label(column), value=value, rows=rows)
        if above := rows_above(self.grid, what):
            said = "、".join(str(at + 1) for at in above[:_NAMED]) + ("……" if len(above) > _NAMED else "")
            tell("rows_above", self.place(above[0], what.span[0]), count=len(above), here=said)
        if hidden := hidden_parts(self.grid, what):
            tell("hidden_cells", self.place(what.header, what.span[0]), what=hidden)
        for at, position, code, holes in as_written.told(self.grid, what):
            tell(code, self.place(at, position), **holes)
        beside = what.contacts | {what.columns[what.layout.required[0]]}  # a form's row with nothing filled in
        for at in what.rows("note"):
            position = next(c for c in range(*what.span) if filled(self.grid.rows[at][c]))
            said = texts.text(self.grid.rows[at][position])
            if position not in beside and not (said[:1].isdigit() or row_word(said) or any(statements(said))):
                tell("row_remark", self.place(at, position), value=said)
        subject, named = what.layout.required[0], None
        for row in self._data:
            if refused := self.grid.refused.get(row.at):
                row.reject(refused.code, subject, None, **refused.holes)
                if refused.code == "row_columns_differ":
                    row.fate("held")
            elif row.unnamed(subject):
                unnamed.reject(row, subject, named)
                continue
            elif gone := deleted.why(row):
                row.reject(*gone, None, field=self.label(gone[1]), value=row.text(gone[1]))
            named = row if row.at not in self.grid.refused else named

    def label(self, column: str) -> str:
        """Return a column's heading as the form prints it."""
        return self.what.layout.columns[column].headings[0]

    def place(self, row: int, column: int) -> ProblemPlace:
        """Return where a cell stands."""
        return ProblemPlace(self.file, self.grid.sheet, address(row, column), self.unit)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet."""

    sheet: Sheet
    at: int
    cells: list[Any]

    def __getitem__(self, column: str) -> Any:
        position = self.sheet.what.columns.get(column)
        return self.sheet.given.get(column) if position is None else self.cells[position]

    def text(self, column: str) -> str:
        """Return a column's text; '' where the cell is blank."""
        value = self[column]
        if type(value) is str:
            return texts.said(value)
        return "" if value is None else texts.text(value)

    def written(self, column: str) -> str:
        """Return what stands in a column's cell, though it may be a way to say nothing (无, /)."""
        return "" if self[column] is None else texts.text(self[column])

    def unnamed(self, subject: str) -> bool:
        """Whether the row doesn't say what it is about: its cell is blank, or refers to the row above."""
        return not (said := self.text(subject)) or ditto(said)

    def first(self) -> Any:
        """Return what the first filled cell of the form's columns says."""
        return next((v for at in sorted(self.sheet.what.columns.values()) if filled(v := self.cells[at])), "")

    def place(self, column: str) -> ProblemPlace:
        """Return where a column's cell stands (the row's first, where the table hasn't that column)."""
        return self.sheet.place(self.at, self.sheet.what.columns.get(column, self.sheet.what.span[0]))

    def source(self, column: str | None = None) -> dict[str, str]:
        """Return the provenance columns of a row of the tidy tables."""
        at = self.sheet.what.columns.get(column, self.sheet.what.span[0]) if column else self.sheet.what.span[0]
        return {"file": self.sheet.file, "sheet": self.sheet.grid.sheet, "cell": address(self.at, at)}

    def plant(self, name: str = "name") -> str | None:
        """Return the plant that the row is about, None where it isn't certain (which is told)."""
        said, known = (self[name], self["uscc"]), self.sheet._plants
        if said not in known:
            load = self.sheet.load
            found = load.registry.find(*said, self.place(name), self.place("uscc"), load.problems)
            if found and not self._own(found, name):
                found = None
            known[said] = (found, self)
        found, first = known[said]
        if found is None:
            if first is not self:
                self.tell("row_same_plant", name, None, value=self[name], first=first.place(name).cell)
            self.fate("rejected")
        else:
            self.sheet.load.arrivals.row(self, found)
        return found

    def _own(self, plant_id: str, name: str) -> bool:
        """Whether a plant is the sender's own, or nobody knows who sent this; that it isn't is told."""
        load, mine = self.sheet.load, self.sheet.unit
        if plant_id in load.disputed:
            self.tell("plant_disputed", name, plant_id, value=self[name])
            return False
        theirs = load.registry.plants[plant_id].unit
        if not mine or not theirs or mine == theirs:
            return True
        self.tell("plant_of_other_unit", name, plant_id, value=self[name], unit=find_unit(theirs).name)
        return False

    def date(self, column: str, label: str, plant_id: str | None, *, future: bool = False) -> dt.date | None:
        """Return a date that can be, and isn't after the as-of date (unless ``future``); what is wrong is told."""
        found: dt.date | None = self._read(values.date, column, label, plant_id)
        return found if found and days.possible(self, column, label, found, plant_id, future=future) else None

    def numbers(self, labels: Mapping[str, str], plant_id: str | None) -> dict[str, float | None]:
        """Return the number of each column, named with its label, as :meth:`number` does."""
        cells, plain = self.cells, self.sheet.plain
        found: dict[str, float | None] = {}
        for column, label in labels.items():
            value = cells[plain[column]] if column in plain else None
            found[column] = value if values.usual(value) else self.number(column, label, plant_id)
        return found

    def number(self, column: str, label: str, plant_id: str | None) -> float | None:
        """Return a number in its field's unit, with the columns that are added to it; what is wrong is told."""
        found = self._amount(column, label, plant_id)
        if self.sheet.adding:
            for other in self.sheet.added(column):
                more = self._amount(other, self.sheet.label(other), plant_id)
                found = more if found is None else found + (more or 0.0)
        return found

    def _amount(self, column: str, label: str, plant_id: str | None) -> float | None:
        value = self[column]
        if values.usual(value) and column in self.sheet.plain:  # most are
            return value
        return amounts.read(self, column, label, plant_id)

    def code(self, table: str, column: str, plant_id: str | None) -> str | None:
        """Return the code whose label (or id) the cell holds; what is wrong is told."""
        said = self.text(column)
        if not said:
            return None
        if isinstance(wrong := self[column], CellError):
            self.tell(wrong.problem, column, plant_id, field=definition(table, column).label, value=wrong)
            return None
        known = codes(table, column)
        if (code := known.get(texts.key(said))) is not None:
            return code
        allowed = "、".join(choices(table, column).values())
        self.tell("code_unknown", column, plant_id, field=definition(table, column).label, value=said, allowed=allowed)
        return None

    def tell(self, code: str, column: str, plant_id: str | None, **holes: object) -> None:
        """Note a problem at a cell of this row."""
        self.sheet.load.problems.add(code, self.place(column), plant_id=plant_id, **holes)

    def reject(self, code: str, column: str, plant_id: str | None, **holes: object) -> None:
        """Note the problem for which nothing of this row is used."""
        self.tell(code, column, plant_id, **holes)
        self.fate("rejected")

    def claim(self, table: str, about: tuple[Any, ...], *records: dict[str, Any]) -> None:
        """Say something of a thing: ``records`` become rows of a tidy table unless other rows say otherwise of it."""
        self.sheet.load.claims.add(table, about, self, records)
        self.sheet.fates.setdefault(self.at, "stored")

    def fate(self, fate: Fate) -> None:
        """Note what became of this row."""
        self.sheet.fates[self.at] = fate

    def _read(self, reader: Callable[[Any], Any], column: str, label: str, plant_id: str | None) -> Any:
        try:
            return reader(self[column])
        except Wrong as wrong:
            self.tell(wrong.code, column, plant_id, field=label, value=self[column])
            return None
