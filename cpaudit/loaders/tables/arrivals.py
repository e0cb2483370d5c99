"""What arrived: which plants had a row in which kind of return, and what units sent that nobody could read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cpaudit.loaders.cells import texts
from cpaudit.loaders.tables import unused
from cpaudit.programme.owed import LISTING, OWN, Arrival, Unread, kinds_named, kinds_of_layouts, ledger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cpaudit.loaders.problems import ProblemPlace
    from cpaudit.loaders.sheets.layouts import Layout
    from cpaudit.loaders.tables.reader import Row, Sheet
    from cpaudit.programme import Programme

#: Columns that say which plant a row is about, as forms are sent out filled in.
_IDENTITY = frozenset(("name", "name_of_plant", "uscc", "unit", "county", "industry"))


@dataclass
class Arrivals:
    """What one load has received, kind by kind: see :func:`cpaudit.programme.owed.ledger`."""

    came: dict[tuple[str, str], dict[str, Arrival]] = field(default_factory=lambda: defaultdict(dict))
    unread: list[Unread] = field(default_factory=list)
    _steps: dict[int, frozenset[str]] = field(default_factory=dict)
    _held: dict[int, list[int]] = field(default_factory=dict)

    def row(self, row: Row, plant_id: str) -> None:
        """Note that a row about a plant came."""
        if kind := kinds_of_layouts().get(row.sheet.what.layout.id):
            bare = kind != LISTING and all(texts.blank(row.cells[at]) for at in self._answers(row.sheet))
            self._add((kind, ""), plant_id, row.place("")[:3], self._columns(row.sheet), bare)

    def answered(self, row: Row, plant_id: str, period: str) -> None:
        """Note that a plant's values of a period came."""
        self._add(("measurements", period), plant_id, row.place("")[:3], frozenset())

    def own(self, sheet: Sheet, unit: str, steps: frozenset[str]) -> None:
        """Note that the table of a unit's own work came, and the duties that it lists."""
        self._add((OWN, ""), unit, sheet.place(sheet.what.header, sheet.what.span[0])[:3], steps)

    def lost(self, place: ProblemPlace, layout: Layout | None = None) -> None:
        """Note something that a unit sent and nobody could read; ``layout``: what it is, where that is known."""
        if place.unit:
            kind = layout and kinds_of_layouts().get(layout.id)
            kinds = frozenset([kind]) if kind else kinds_named(place.sheet) if place.sheet else kinds_named(place.file)
            self.unread.append(Unread(place.unit, kinds, place.file, place.sheet))

    def rows(self, programme: Programme, plants: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows of ``returns``."""
        known = {p["plant_id"] for p in plants}
        came: Mapping[tuple[str, str], Mapping[str, Arrival]] = {
            about: {s: a for s, a in found.items() if about[0] == OWN or s in known} for about, found in self.came.items()
        }
        return ledger(
            programme,
            [dict.fromkeys(("industry", "listed_on", "own_deadline", "unread_fields")) | p for p in plants],
            came,
            self.unread,
        )

    def _add(
        self, about: tuple[str, str], subject: str, place: tuple[str, str, str], steps: frozenset[str], bare: bool = False
    ) -> None:
        before = self.came[about].get(subject)
        if before is None or (before.bare and not bare):
            self.came[about][subject] = Arrival(*place, steps | (before.milestones if before else frozenset()), bare)
        elif not steps <= before.milestones:
            self.came[about][subject] = before._replace(milestones=before.milestones | steps)

    def _answers(self, sheet: Sheet) -> list[int]:
        """Return where a table's cells stand that say more of a plant than which one it is."""
        if id(sheet) not in self._held:
            columns = sheet.what.layout.columns
            named = {name: at for name, at in sheet.what.columns.items() if name not in _IDENTITY and not columns[name].unused}
            self._held[id(sheet)] = [*named.values(), *unused.doubtful(sheet).values()]
        return self._held[id(sheet)]

    def _columns(self, sheet: Sheet) -> frozenset[str]:
        """Return the milestones that a table has columns for; of one that wasn't read, a blank cell says nothing."""
        if id(sheet) not in self._steps:
            self._steps[id(sheet)] = frozenset(c.removeprefix("event:") for c in sheet.what.columns if c.startswith("event:"))
        return self._steps[id(sheet)]
