"""What returns say of a plant itself, carried into the roster's row and its history; a deadline that both say must agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.fields import UNREAD
from cpaudit.loaders.problems import ProblemPlace
from cpaudit.loaders.tables.doubts import unread

if TYPE_CHECKING:
    from cpaudit.loaders.tables.gathered import Load


def carry(state: Load) -> None:
    """Take each plant's status, permit and deadline of its own from what its unit returned."""
    for said in state.tables.pop("_status", []):
        record = dict(said)
        at = {name: record.pop(name) for name in ("file", "sheet", "cell")}
        proof = record.pop("proof")
        plant = state.plant(record["plant_id"])
        record |= _deadline(state, plant, record, at)
        plant.update(record | {"unread_fields": unread.joined(plant.get("unread_fields"), record["unread_fields"])})
        if record["status"] not in ("active", UNREAD):
            change = {"plant_id": record["plant_id"], "status": record["status"], "since": record["status_since"], "proof": proof}
            state.tables["status_history"].append(change | at)


def _deadline(state: Load, plant: dict[str, Any], record: dict[str, Any], at: dict[str, Any]) -> dict[str, Any]:
    """Return what becomes of the deadline that is a plant's own: the list's, the return's, or nobody's where they differ."""
    listed, returned = plant.get("own_deadline"), record["own_deadline"]
    if listed is None or returned == listed:
        return {}
    if returned is None:
        return {"own_deadline": listed}
    place = ProblemPlace(at["file"], at["sheet"] or "", at["cell"] or "", plant["unit"])
    state.problems.add("own_deadline_differs", place, plant_id=plant["plant_id"], value=returned, listed=listed)
    return {"own_deadline": None, "unread_fields": unread.joined(record["unread_fields"], "own_deadline")}
