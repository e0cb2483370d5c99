"""Attributes: what the rosters' own columns (the programme's ``attributes``) say of each plant."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cpaudit.dataset import remembered

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset

#: The columns of plants that a target's conditions may ask about.
FACTS = ("plant_id", "industry", "roster", "unit", "county", "reasons", "hazardous_waste_t", "unread_fields")


@remembered
def attributes(ds: Dataset) -> list[dict[str, Any]]:
    """Return, by plant, what stands in the rosters' own columns: id → a flag, number, text or day; blank ones aren't there.

    What stands there and isn't understood is “unread”.
    """
    return [json.loads(said) if isinstance(said, str) and said else {} for said in ds.plants["attributes"].tolist()]


def facts(ds: Dataset, *more: str) -> list[dict[str, Any]]:
    """Return each plant as conditions ask about it (``FACTS`` and ``more`` columns, None where missing; attributes by id)."""
    columns = {name: ds.plants[name] for name in (*FACTS, *more)}
    asked = {
        name: [None if gone else value for value, gone in zip(column.tolist(), column.isna().tolist(), strict=True)]
        for name, column in columns.items()
    }
    asked["attributes"] = list(attributes(ds))
    return [dict(zip(asked, values, strict=True)) for values in zip(*asked.values(), strict=True)]


def attribute(ds: Dataset, id: str) -> list[Any]:
    """Return one of them for each plant; None where the cell is blank."""
    return [said.get(id) for said in attributes(ds)]
