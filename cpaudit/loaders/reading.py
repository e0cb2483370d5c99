"""What the readers of all tables share: the programme, the date, the problems, and whose row it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from cpaudit.loaders import values
from cpaudit.loaders.identity import Code, Match, Plant, Register, read_code
from cpaudit.loaders.problems import Problems
from cpaudit.loaders.values import Wrong
from cpaudit.programme import Programme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cpaudit.loaders.grids import Value
    from cpaudit.loaders.layouts import Row, Sheet

T = TypeVar("T")


@dataclass
class Reading:
    """One run over the files; ``tables`` collects the accepted rows of each table."""

    programme: Programme
    as_of: dt.date
    problems: Problems = field(default_factory=Problems)
    register: Register = field(default_factory=lambda: Register([]))
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def report(self, wrong: Wrong, row: Row, key: str, plant: Plant | None = None) -> None:
        """Note a problem at the cell of a column (at the row's first cell where the sheet lacks the column)."""
        cell = row.at(key) if key in row.sheet.columns else row.first()
        self.problems.add(
            wrong.code,
            row.sheet.where(cell),
            value=row.get(key),
            unit=plant.unit if plant else row.sheet.unit,
            plant_id=plant.plant_id if plant else None,
            holes=wrong.holes,
        )

    def take(self, parsed: T | Wrong, row: Row, key: str, plant: Plant | None = None) -> T | None:
        """Return what a cell says; None where it is wrong, which is then reported."""
        if isinstance(parsed, Wrong):
            self.report(parsed, row, key, plant)
            return None
        return parsed

    def date(self, row: Row, key: str, *, future: bool = False) -> dt.date | None | Wrong:
        """Return the date of a cell; one after the as-of date is wrong unless the column looks ahead."""
        day = values.date(row.get(key))
        if isinstance(day, dt.date) and day > self.as_of and not future:
            return Wrong("date_in_future", {"field": row.sheet.layout.heading(key), "value": day, "as_of": self.as_of})
        return day

    def code(self, row: Row, key: str, allowed: dict[str, str]) -> str | None | Wrong:
        """Return the code of a cell's label."""
        layout = row.sheet.layout
        return values.code(row.get(key), layout.heading(key), allowed, layout.values.get(key))

    def matched(self, sheet: Sheet, name: str = "name", *, once: bool, inherit: str = "") -> Iterator[tuple[Row, Plant]]:
        """Yield the rows whose plant is on the roster, with the plant; the others are counted as rejected.

        Args:
            sheet: the sheet.
            name: the column of plants' names.
            once: a plant has one row; a second one is a problem.
            inherit: a column that is filled in data rows: where it is and name and code are blank (cells merged
                downwards), the row belongs to the plant above.
        """
        known: dict[tuple[Value, Value, str | None], Match] = {}
        first: dict[str, str] = {}
        above: Plant | None = None
        continued = False
        for row in sheet.rows:
            given = row.get(name), row.get("uscc"), _unit_of(row)
            if inherit and continued and values.is_blank(given[0]) and given[1] is None and not values.is_blank(row.get(inherit)):
                match = Match(above)
            elif given in known:
                match = known[given]
            else:
                match = known[given] = self._identify(row, name, strict=once)
            above, continued = match.plant, True
            if match.plant is None:
                sheet.rejected += 1
            elif once and match.plant.plant_id in first:
                holes = {"name": match.plant.name.plain, "first": first[match.plant.plant_id]}
                self.report(Wrong("plant_duplicate", holes), row, name, match.plant)
                sheet.rejected += 1
            else:
                first.setdefault(match.plant.plant_id, row.at(name))
                yield row, match.plant

    def _identify(self, row: Row, name: str, *, strict: bool) -> Match:
        written = values.text(row.get(name))
        if isinstance(written, Wrong):
            self.report(written, row, name)
            written = None
        code = code_of(row, strict=strict)
        match = self.register.match(written or "", code, _unit_of(row))
        if match.plant is None:
            if not isinstance(values.text(row.get(name)), Wrong):
                self.report(match.name_problem or Wrong("plant_not_on_roster", {"name": written or ""}), row, name)
            return match
        if match.name_problem:
            self.report(match.name_problem, row, name, match.plant)
        if match.code_problem:
            self.report(match.code_problem, row, "uscc", match.plant)
        return match


def code_of(row: Row, *, strict: bool) -> Code:
    """Return the credit code of a row; ``strict``: an empty cell is a missing code, too."""
    code = read_code(row.get("uscc"))
    if strict and code.code is None and code.wrong is None and "uscc" in row.sheet.columns:
        return Code(None, Wrong("uscc_missing", {"value": ""}))
    return code


def _unit_of(row: Row) -> str | None:
    from cpaudit.loaders.places import unit_of

    if row.sheet.unit or "unit" not in row.sheet.columns:
        return row.sheet.unit
    written = row.get("unit")
    unit = unit_of(written) if isinstance(written, str) else None
    return unit.id if unit else None
