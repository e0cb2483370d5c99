"""The columns that a programme's rosters have of their own: what stands there, told where it isn't understood."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cpaudit.fields import UNREAD
from cpaudit.loaders.cells import texts
from cpaudit.loaders.sheets.contacts import masked

if TYPE_CHECKING:
    from cpaudit.loaders.tables.reader import Row
    from cpaudit.programme.rosters import Attribute

_FLAGS = {"是": True, "有": True, "√": True, "属于": True, "y": True, "yes": True}
_FLAGS |= {"否": False, "无": False, "×": False, "不属于": False, "n": False, "no": False}


def own_columns(row: Row, plant_id: str) -> str | None:
    """Return what a row says under them, by id, as the tables keep it; None where it says nothing.

    What isn't understood is “unread”: no condition holds or fails by it.
    """
    found: dict[str, Any] = {}
    for own in row.sheet.load.programme.columns:
        column = f"attribute:{own.id}"
        if column in row.sheet.what.columns and not texts.blank(row[column]):
            found[own.id] = _read(row, own, column, plant_id)
    return json.dumps(found, ensure_ascii=False, sort_keys=True) if found else None


def _read(row: Row, own: Attribute, column: str, plant_id: str) -> Any:
    match own.type:
        case "flag":
            said = texts.key(row.text(column)).casefold()
            if said in _FLAGS:
                return _FLAGS[said]
            row.tell("code_unknown", column, plant_id, field=own.label, value=row.text(column), allowed="是、否")
            return UNREAD
        case "date":
            day = row.date(column, own.label, plant_id, future=True)
            return day.isoformat() if day else UNREAD
        case "number":
            number = row.number(column, own.label, plant_id)
            return UNREAD if number is None else number
    return masked(row.text(column))
