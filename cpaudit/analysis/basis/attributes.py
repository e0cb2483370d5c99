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


def attribute(ds: Dataset, id: str) -> list[Any]:
    """Return one of them for each plant; None where the cell is blank."""
    return [said.get(id) for said in attributes(ds)]
