"""What every table's reader needs: the sheet at hand, its cells by column name, and the lists that grow."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cpaudit.fields import field as definition
from cpaudit.loaders import values
from cpaudit.loaders.grids import address
from cpaudit.loaders.identity import Registry
from cpaudit.loaders.problems import Place, Problems
from cpaudit.loaders.values import Wrong

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.loaders.grids import Grid
    from cpaudit.loaders.layouts import Recognised
    from cpaudit.programme import Programme


@dataclass
class Load:
    """Everything that one load has gathered: rows by table, problems, the plants known."""

    programme: Programme
    as_of: dt.date
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    problems: Problems = field(default_factory=Problems)
    registry: Registry = field(default_factory=Registry)
    demonstration: bool = False
    _plants: dict[str, dict[str, Any]] = field(default_factory=dict)

    def plant(self, plant_id: str) -> dict[str, Any]:
        """Return the row of a rostered plant."""
        if not self._plants:  # rosters are read whole before anything asks
            self._plants = {p["plant_id"]: p for p in self.tables["plants"]}
        return self._plants[plant_id]


@dataclass(frozen=True)
class Sheet:
    """One recognised sheet of a file."""

    load: Load
    file: str
    unit: str | None
    grid: Grid
    what: Recognised

    def rows(self) -> list[Row]:
        """Return the rows below the header."""
        return [Row(self, at, cells) for at, cells in self.what.body(self.grid)]

    def place(self, row: int, column: int) -> Place:
        """Return where a cell stands."""
        return Place(self.file, self.grid.sheet, address(row, column), self.unit)


@dataclass(frozen=True)
class Row:
    """One row of a sheet."""

    sheet: Sheet
    at: int
    cells: list[Any]

    def __getitem__(self, column: str) -> Any:
        position = self.sheet.what.columns.get(column)
        return self.cells[position] if position is not None and position < len(self.cells) else None

    def text(self, column: str) -> str:
        """Return a column's text; '' where the cell is blank."""
        return "" if values.blank(self[column]) else values.text(self[column])

    def place(self, column: str) -> Place:
        """Return where a column's cell stands (the row's first, where the table hasn't that column)."""
        return self.sheet.place(self.at, self.sheet.what.columns.get(column, 0))

    def source(self, column: str | None = None) -> dict[str, str]:
        """Return the provenance columns of a row of the tidy tables."""
        place = self.place(column) if column else self.sheet.place(self.at, 0)
        return {"file": place.file, "sheet": place.sheet, "cell": place.cell}

    def plant(self, name: str = "name") -> str | None:
        """Return the plant that the row is about, None where it isn't certain (which is told)."""
        load = self.sheet.load
        return load.registry.find(self[name], self["uscc"], self.place(name), self.place("uscc"), load.problems)

    def date(self, column: str, label: str, plant_id: str | None, *, future: bool = False) -> dt.date | None:
        """Return a date that isn't after the as-of date (unless ``future``); what is wrong is told."""
        found: dt.date | None = self._read(values.date, column, label, plant_id)
        as_of = self.sheet.load.as_of
        if found and found > as_of and not future:
            self.tell("date_in_future", column, plant_id, field=label, value=found, as_of=as_of)
            return None
        return found

    def number(self, column: str, label: str, plant_id: str | None) -> float | None:
        """Return a number; what is wrong is told."""
        return self._read(values.number, column, label, plant_id)  # type: ignore[no-any-return]

    def code(self, table: str, column: str, plant_id: str | None) -> str | None:
        """Return the code whose label (or id) the cell holds; what is wrong is told."""
        said, known = self.text(column), definition(table, column).codes
        assert isinstance(known, dict)
        if not said:
            return None
        for code, label in known.items():
            if values.key(said) in (values.key(label), code):
                return code
        allowed = "、".join(known.values())
        self.tell("code_unknown", column, plant_id, field=definition(table, column).label, value=said, allowed=allowed)
        return None

    def tell(self, code: str, column: str, plant_id: str | None, **holes: object) -> None:
        """Note a problem at a cell of this row."""
        self.sheet.load.problems.add(code, self.place(column), plant_id=plant_id, **holes)

    def _read(self, reader: Callable[[Any], Any], column: str, label: str, plant_id: str | None) -> Any:
        try:
            return reader(self[column])
        except Wrong as wrong:
            self.tell(wrong.code, column, plant_id, field=label, value=self[column])
            return None
