"""What lies in a warehouse, day by day, damaged snapshots included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpaudit.errors import SnapshotError
from cpaudit.snapshots.content import check
from cpaudit.snapshots.days import dates, folder_of, pointer, versions

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from cpaudit.snapshots.content import Manifest


@dataclass(frozen=True, slots=True)
class Day:
    """A day's snapshot: what the version in force says of itself, else the sentence why it can't be opened.

    ``version`` is '' where it can't be told which one is in force; ``kept`` are the other versions.
    """

    as_of: dt.date
    version: str
    manifest: Manifest | None
    fault: str
    kept: tuple[str, ...]


def overview(warehouse: Path) -> list[Day]:
    """Return all days that have a snapshot, oldest first, every file held against its hash."""
    found = []
    for day in dates(warehouse):
        home = warehouse / day.isoformat()
        manifest, fault = None, ""
        try:
            manifest, _ = check(folder_of(warehouse, day))
        except SnapshotError as error:
            fault = str(error)
        version = pointer(home) or ""
        found.append(Day(day, version, manifest, fault, tuple(p.name for p in versions(home) if p.name != version)))
    return found
