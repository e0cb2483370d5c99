"""The ledger of planted mistakes: who may still carry one, what was planted where, and which cells stay as they are."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from cpaudit.sample.workbooks.sheets import Cell, Row, Sheet, Spot
from cpaudit.sample.world import Plant

Found = tuple[Sheet, Row]
#: So many rows are tried before all are gone through.
_TRIES = 200


@dataclass(frozen=True, eq=False)
class Mistake:
    """One planted mistake; ``code`` is a key of problems.yaml."""

    code: str
    sheet: Sheet
    place: Spot
    plant: str
    note: str


@dataclass
class Mistakes:
    """The sheets of a sample and the mistakes in them.

    A plant carries at most one mistake of each family (who it is, dates, figures), so that none hides another.
    """

    sheets: list[Sheet]
    as_of: dt.date
    rng: random.Random
    planted: list[Mistake] = field(default_factory=list)
    _used: set[int] = field(default_factory=set)
    _kept: set[tuple[int, str]] = field(default_factory=set)
    _by_plant: dict[int, list[Found]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for sheet in self.sheets:
            for row in sheet.rows:
                if row.plant:
                    self._by_plant.setdefault(id(row.plant), []).append((sheet, row))

    def of(self, layout: str, *endings: str) -> list[Sheet]:
        """Return the sheets of a layout, or only those in files of the given endings."""
        return [s for s in self.sheets if s.layout == layout and (not endings or s.file.endswith(endings))]

    def begin(self) -> None:
        """Begin a family of mistakes: every plant may carry one of it."""
        self._used.clear()

    def take(self, sheets: Iterable[Sheet], fits: Callable[[Row], bool] = lambda _: True) -> Found | None:
        """Return a random row that fits, of a plant that carries no mistake of the family yet; None where there is none."""
        found = list(sheets)
        size = sum(len(s.rows) for s in found)
        for _ in range(min(size, _TRIES)):  # most rows fit most mistakes
            sheet = self.rng.choices(found, [len(s.rows) for s in found])[0]
            row = self.rng.choice(sheet.rows)
            if row.plant and self._free(row.plant) and fits(row):
                break
        else:
            rows = [(s, r) for s in found for r in s.rows if r.plant and self._free(r.plant) and fits(r)]
            if not rows:
                return None
            sheet, row = self.rng.choice(rows)
        self._used.add(id(row.plant))
        return sheet, row

    def _free(self, plant: Plant) -> bool:
        return id(plant) not in self._used and not plant.site and not plant.twin

    def rows_of(self, plant: Plant | None, layout: str) -> list[Row]:
        """Return the rows about a plant in the sheets of a layout."""
        return [row for sheet, row in self._by_plant.get(id(plant), []) if sheet.layout == layout]

    def put(self, code: str, found: Found, key: str, value: Cell, note: str) -> None:
        """Write a wrong value into a cell and record it."""
        found[1].cells[key] = value
        self.record(code, found, key, note)

    def record(self, code: str, found: Found, key: str, note: str) -> None:
        """Record a mistake at a cell that already stands wrong there; the cell stays as it is."""
        sheet, row = found
        self.keep(row, key)
        plant = row.plant.full_name if row.plant else str(row.cells.get("name") or "")
        self.planted.append(Mistake(code, sheet, Spot(row=row, key=key), plant, note))

    def record_at(self, code: str, sheet: Sheet, place: Spot, note: str) -> None:
        """Record a mistake of a title, note, heading or of the sheet as a whole."""
        self.planted.append(Mistake(code, sheet, place, "", note))

    def keep(self, row: Row, *keys: str) -> None:
        """Keep cells from being spelled in another way later on; no keys: the whole row."""
        self._kept |= {(id(row), key) for key in keys or row.cells}

    def kept(self, row: Row, key: str) -> bool:
        """Whether a cell must stay as it is."""
        return (id(row), key) in self._kept

    def known_by_name(self) -> set[int]:
        """Return the ids of the plants whose code the roster doesn't give: there only the name identifies them."""
        lost = ("uscc_missing", "uscc_check_digit", "uscc_number", "uscc_length", "uscc_letters", "uscc_organisation_digit")
        rows = [m.place.row for m in self.planted if m.code in lost and m.sheet.layout == "roster"]
        return {id(row.plant) for row in rows if row}

    def listed(self) -> list[dict[str, Any]]:
        """Return what was planted, in the order of files and cells, with addresses."""
        order = {id(s): i for i, s in enumerate(self.sheets)}
        index = {id(s): {id(r): i for i, r in enumerate(s.rows)} for s in self.sheets}

        def position(m: Mistake) -> tuple[int, int, str, str]:
            return order[id(m.sheet)], index[id(m.sheet)].get(id(m.place.row), -1), m.place.key, m.code

        return [
            {
                "code": m.code,
                "file": m.sheet.file,
                "sheet": m.sheet.name,
                "cell": m.sheet.address(m.place),
                "plant": m.plant,
                "note": m.note,
            }
            for m in sorted(self.planted, key=position)
        ]
