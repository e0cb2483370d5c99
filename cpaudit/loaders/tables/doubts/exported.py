"""Plants of which only an export tells: their unit reported nothing of their progress that it could be held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.loaders.problems import ProblemPlace
from cpaudit.programme import find_unit

if TYPE_CHECKING:
    from cpaudit.loaders.tables.gathered import Load

#: So many plants are named.
_NAMED = 3


def tell(load: Load, returns: list[dict[str, Any]]) -> None:
    """Ask once per unit; ``returns``: the rows of the ledger."""
    owed = {r["plant_id"]: r["unit"] for r in returns if r["kind"] == "progress" and r["owed"] == "yes"}
    lacking = {r["plant_id"] for r in returns if r["kind"] == "progress" and r["owed"] == "yes" and r["state"] == "nothing"}
    alone: dict[str, dict[str, dict[str, Any]]] = {}
    for row in returns:
        if row["kind"] == "export" and row["state"] == "received" and row["plant_id"] in lacking:
            alone.setdefault(row["unit"], {}).setdefault(row["plant_id"], row)
    for unit, rows in alone.items():
        name, first = find_unit(unit).name, next(iter(rows.values()))
        names = "、".join(load.plant(plant_id)["name"] for plant_id in list(rows)[:_NAMED]) + ("等" if len(rows) > _NAMED else "")
        sent = any(of == unit and plant_id not in lacking for plant_id, of in owed.items())
        place = ProblemPlace(first["file"], first["sheet"] or "", "", unit)
        code = "plants_export_only" if sent else "unit_export_only"
        load.problems.add(code, place, value=name, count=len(rows), here=names, by=name)
