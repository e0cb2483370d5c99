"""A fictitious programme's raw files, as messy as real ones, with the truth about every planted mistake beside them."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cpaudit.sample.world import Plant

__all__ = ["write"]

_PROGRAMME = "hebei-2021-2"


def write(folder: Path, *, plants: int = 446, seed: int = 1080, as_of: dt.date = dt.date(2022, 11, 15)) -> dict[str, Any]:
    """Write rosters, system export and the units' returns into ``folder``, and ``truth.json``; return the truth.

    The truth: ``seed``, ``as_of``, ``plants`` (one entry per rostered plant), ``counts``, and ``planted``: every mistake put
    in on purpose with code (a key of problems.yaml), file (relative, with "/"), sheet ("" for CSV), cell (A1), plant, note.
    The same arguments give the same bytes. All firms are invented; see data/sample/README.md.

    Raises:
        UsageError: fewer plants than three for each unit.
    """
    from cpaudit.sample.mess import planting as mess
    from cpaudit.sample.mess import spelling
    from cpaudit.sample.workbooks.files import write_sheets
    from cpaudit.sample.workbooks.tables import build
    from cpaudit.sample.world import plants_of

    folder = Path(folder)
    found = plants_of(seed, plants, _PROGRAMME)
    sheets = build(found, as_of, random.Random(f"{seed} tables"))  # noqa: S311 - a game, not a secret
    mistakes = mess.plant(sheets, found, as_of, random.Random(f"{seed} mess"))  # noqa: S311
    spelling.vary(mistakes, random.Random(f"{seed} spelling"))  # noqa: S311
    write_sheets(folder, mistakes.sheets)
    by_name = mistakes.known_by_name()
    truth = {
        "seed": seed,
        "as_of": as_of.isoformat(),
        "plants": [_entry(p, as_of, by_name=id(p) in by_name) for p in found],
        "counts": _counts(found),
        "planted": mistakes.listed(),
    }
    (folder / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return truth


def _entry(plant: Plant, as_of: dt.date, *, by_name: bool) -> dict[str, Any]:
    return {
        "plant_id": f"name:{plant.name}" if by_name else plant.plant_id,
        "uscc": None if by_name else plant.uscc,
        "name": plant.full_name,
        "unit": plant.unit,
        "county": plant.county,
        "industry": plant.industry,
        "roster": plant.roster,
        "status": plant.standing(as_of).status,
        "consultant": plant.consultant,
        "ownership": plant.ownership,
        "attained": plant.attained,
    }


def _counts(found: list[Plant]) -> dict[str, Any]:
    rosters, by_unit = Counter(p.roster for p in found), Counter(p.unit for p in found)
    return {"plants": len(found), **rosters, "by_unit": dict(by_unit)}
