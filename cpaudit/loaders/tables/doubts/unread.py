"""What a row says of a plant and isn't understood: nothing that hangs on it may go by the rule for those who say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.fields import field
from cpaudit.loaders.cells.texts import blank
from cpaudit.loaders.tables import unused

if TYPE_CHECKING:
    from cpaudit.loaders.tables.reader import Row, Sheet


def fields() -> tuple[str, ...]:
    """Return the columns of plants that are noted where what stands in them isn't understood."""
    codes = field("plants", "unread_fields").codes
    assert isinstance(codes, dict)
    return tuple(codes)


def positions(sheet: Sheet) -> dict[str, int]:
    """Return where the cells of these columns stand, also those whose heading, or its unit, isn't understood."""
    foreign = {column: at for at, (_, column, _) in sheet.what.foreign.items()}
    found = {**unused.doubtful(sheet), **foreign, **sheet.what.columns}
    return {column: found[column] for column in fields() if column in found}


def noted(row: Row, record: dict[str, Any], where: dict[str, int]) -> dict[str, Any]:
    """Return a record of a plant with the columns that say something of which nothing was taken."""
    found = [c for c, at in where.items() if record.get(c) is None and not blank(row.cells[at])]
    return {**record, "unread_fields": ";".join(found) or None}


def joined(*said: str | None) -> str | None:
    """Return all the columns that any of several notes names."""
    every = {column for one in said if one for column in one.split(";")}
    return ";".join(c for c in fields() if c in every) or None
