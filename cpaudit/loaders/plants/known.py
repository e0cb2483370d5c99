"""The plants that rows are matched with where the files read bring no roster: an earlier one's, or those that the rows name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.loaders.cells.credit_codes import read_code
from cpaudit.loaders.cells.texts import name as printed
from cpaudit.loaders.plants.identity import split_former
from cpaudit.loaders.plants.matching import Known

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.loaders.tables.gathered import Load
    from cpaudit.loaders.tables.reader import Row, Sheet

#: The column that names the plant, by what layouts call it.
_NAMES = ("name_of_plant", "name")


def register(load: Load, sheets: list[Sheet], known: pd.DataFrame) -> None:
    """Let the rows be about the ``known`` plants (columns as in ``plants``); without any, about whomever they name.

    Rows are then still held against one another, but nobody can say that a plant is on no roster.
    """
    rows = known.astype(object).where(known.notna(), None).to_dict("records") if len(known) else _named(sheets)
    for row in rows:
        county = row.get("county")
        load.registry.add(Known(row["plant_id"], row["uscc"], row["name"], row["unit"], row["former_names"], county))
        load.tables["plants"].append({str(column): value for column, value in row.items()})


def _named(sheets: list[Sheet]) -> list[dict[str, Any]]:
    """Return one plant per code that the rows give, and per name that stands beside no code anywhere."""
    found: dict[str, dict[str, Any]] = {}
    for sheet in sheets:
        column = next((c for c in _NAMES if c in sheet.what.columns), None)
        for row in sheet.rows() if column else ():
            if row.text(str(column)):
                plant = _plant(row, str(column))
                found.setdefault(plant["plant_id"], plant)
    coded = {p["name"] for p in found.values() if p["uscc"]}
    return [p for p in found.values() if p["uscc"] or p["name"] not in coded]


def _plant(row: Row, column: str) -> dict[str, Any]:
    name, former = split_former(printed(row[column]))
    code = read_code(row["uscc"]).code
    plant = {"plant_id": code or f"name:{name}", "uscc": code, "name": name, "former_names": former}
    return plant | {"unit": row.sheet.unit or "", "industry": None}
