"""The ledger of planted mistakes: who may still carry one, what was planted where, and which cells stay as they are."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from cpaudit.sample.mess.kinds import expected
from cpaudit.sample.workbooks.sheets import Cell, Row, Sheet, Spot
from cpaudit.sample.world import Plant

Found = tuple[Sheet, Row]
#: So many plants are tried at random, and so many gone through, before a mistake is left out.
_TRIES, _SCANNED = 60, 1000


@dataclass(frozen=True, eq=False)
class Mistake:
    """One planted mistake, under the mess's own name for its kind; see kinds.py for what must be found of it."""

    kind: str
    sheet: Sheet
    place: Spot
    plant: str
    note: str


@dataclass
class Mistakes:
    """The sheets of a sample and the mistakes in them.

    A plant carries at most one mistake of each family (who it is, dates, figures), so that none hides another. Each mistake is
    dealt by a game of its own, to plants and not to rows: whatever the day, the same plants carry the same ones, as long as
    there is something to be wrong about.
    """

    sheets: list[Sheet]
    plants: list[Plant]
    as_of: dt.date
    seed: int
    planted: list[Mistake] = field(default_factory=list)
    #: Cells that are spelled in another way and mean the same: nothing is to be said of them.
    alone: list[tuple[Sheet, Row, str]] = field(default_factory=list)
    rng: random.Random = field(init=False)
    _family: str = ""
    _dealt: int = 0
    _used: set[int] = field(default_factory=set)
    _kept: set[tuple[int, str]] = field(default_factory=set)
    _by_plant: dict[int, list[Found]] = field(default_factory=dict)
    _by_layout: dict[str, list[Sheet]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.begin("")
        for sheet in self.sheets:
            self._by_layout.setdefault(sheet.layout, []).append(sheet)
            for row in sheet.rows:
                if row.plant:
                    self._by_plant.setdefault(id(row.plant), []).append((sheet, row))

    def of(self, layout: str, *endings: str) -> list[Sheet]:
        """Return the sheets of a layout, or only those in files of the given endings."""
        return [s for s in self._by_layout.get(layout, ()) if not endings or s.file.endswith(endings)]

    def begin(self, family: str) -> None:
        """Begin a family of mistakes: every plant may carry one of it."""
        self._used.clear()
        self._family, self._dealt = family, 0
        self._next()

    def _next(self) -> None:
        self._dealt += 1
        self.rng = random.Random(f"{self.seed} {self._family} {self._dealt}")  # noqa: S311 - a game, not a secret

    def take(self, sheets: Iterable[Sheet], fits: Callable[[Row], bool] = lambda _: True) -> Found | None:
        """Return a random row that fits, of a plant that carries no mistake of the family yet; None where there is none."""
        self._next()
        wanted = {id(s) for s in sheets}
        if not wanted or not self.plants:
            return None
        for n in range(_TRIES):
            plant = self.plants[self.rng.randrange(len(self.plants))]
            if found := self._row(plant, wanted, fits, few=n < _TRIES - 1):
                return found
        start = self.rng.randrange(len(self.plants))
        for n in range(min(len(self.plants), _SCANNED)):
            if found := self._row(self.plants[(start + n) % len(self.plants)], wanted, fits, few=False):
                return found
        return None

    def _row(self, plant: Plant, wanted: set[int], fits: Callable[[Row], bool], *, few: bool) -> Found | None:
        if not self._free(plant):
            return None
        mine = [found for found in self._by_plant.get(id(plant), ()) if id(found[0]) in wanted]
        tried = self.rng.sample(mine, min(len(mine), 3)) if few else mine
        fitting = [found for found in tried if fits(found[1])]
        if not fitting:
            return None
        self._used.add(id(plant))
        return fitting[0] if few else self.rng.choice(fitting)

    def _free(self, plant: Plant) -> bool:
        return id(plant) not in self._used and not plant.site and not plant.twin

    def rows_of(self, plant: Plant | None, layout: str) -> list[Row]:
        """Return the rows about a plant in the sheets of a layout."""
        return [row for sheet, row in self._by_plant.get(id(plant), []) if sheet.layout == layout]

    def put(self, kind: str, found: Found, key: str, value: Cell, note: str) -> None:
        """Write a wrong value into a cell and record it."""
        found[1].cells[key] = value
        self.record(kind, found, key, note)

    def record(self, kind: str, found: Found, key: str, note: str) -> None:
        """Record a mistake at a cell that already stands wrong there; the cell stays as it is."""
        sheet, row = found
        self.keep(row, key)
        plant = row.plant.full_name if row.plant else str(row.cells.get("name") or "")
        self.planted.append(Mistake(kind, sheet, Spot(row=row, key=key), plant, note))

    def record_at(self, kind: str, sheet: Sheet, place: Spot, note: str) -> None:
        """Record a mistake of a title, note, heading or of the sheet as a whole."""
        self.planted.append(Mistake(kind, sheet, place, "", note))

    def keep(self, row: Row, *keys: str) -> None:
        """Keep cells from being spelled in another way later on; no keys: the whole row."""
        self._kept |= {(id(row), key) for key in keys or row.cells}

    def kept(self, row: Row, key: str) -> bool:
        """Whether a cell must stay as it is."""
        return (id(row), key) in self._kept

    def known_by_name(self) -> set[int]:
        """Return the ids of the plants whose code the roster doesn't give: there only the name identifies them."""
        lost = ("uscc_missing", "uscc_check_digit", "uscc_number", "uscc_length", "uscc_letters", "uscc_organisation_digit")
        rows = [m.place.row for m in self.planted if m.kind in lost and m.sheet.layout == "roster"]
        return {id(row.plant) for row in rows if row}

    def left_alone(self) -> dict[str, dict[str, str]]:
        """Return file → sheet → the cells that are only spelled in another way."""
        order = {id(s): {id(r): i for i, r in enumerate(s.rows)} for s in self.sheets}
        found: dict[str, dict[str, list[str]]] = {}
        for sheet, row, key in self.alone:
            cell = sheet.address(Spot(row=row, key=key), order[id(sheet)])
            found.setdefault(sheet.file, {}).setdefault(sheet.name, []).append(cell)
        return {file: {name: " ".join(cells) for name, cells in sheets.items()} for file, sheets in found.items()}

    def listed(self) -> list[dict[str, Any]]:
        """Return what was planted, in the order of files and cells, with addresses."""
        order = {id(s): i for i, s in enumerate(self.sheets)}
        index = {id(s): {id(r): i for i, r in enumerate(s.rows)} for s in self.sheets}

        def position(m: Mistake) -> tuple[int, int, str, str]:
            return order.get(id(m.sheet), len(order)), index.get(id(m.sheet), {}).get(id(m.place.row), -1), m.place.key, m.kind

        return [
            {
                "kind": m.kind,
                "file": m.sheet.file,
                "sheet": m.sheet.name,
                "cell": m.sheet.address(m.place, index.get(id(m.sheet), {})),
                "plant": m.plant,
                "note": m.note,
                **expected(m.kind),
            }
            for m in sorted(self.planted, key=position)
        ]
