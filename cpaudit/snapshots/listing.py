"""What lies in a warehouse, programme by programme and day by day, damaged snapshots included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpaudit.errors import SnapshotError
from cpaudit.snapshots import place
from cpaudit.snapshots.content import check, table
from cpaudit.snapshots.days import dates, folder_of
from cpaudit.snapshots.place import pointer, versions, written

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from cpaudit.snapshots.content import Manifest


@dataclass(frozen=True, slots=True)
class Day:
    """A programme's snapshot of a day: what the version in force says of itself, else the sentence why it can't be opened.

    ``programme`` and ``version`` are '' where they can't be told; ``home`` is the folder, ``kept`` are the other versions.
    """

    programme: str
    as_of: dt.date
    home: Path
    version: str
    manifest: Manifest | None
    fault: str
    kept: tuple[str, ...]


def overview(warehouse: Path, programme: str = "") -> list[Day]:
    """Return all days that have a snapshot (of one programme, or of each), oldest first; every table is read as for use."""
    known = [programme] if programme else place.programmes(warehouse)
    homes = {place.home(warehouse, its, day): (its, day) for its in known for day in dates(warehouse, its)}
    for day, its in place.unsorted(warehouse).items():
        old = warehouse / day.isoformat()
        if its is None and written(old):
            homes[old] = ("", day)
        elif its in known and old not in homes:
            homes[old] = (its, day)
    found = [_day(warehouse, home, *at) for home, at in sorted(homes.items(), key=lambda one: (one[1], str(one[0])))]
    return [day for day in found if day]


def _day(warehouse: Path, home: Path, programme: str, day: dt.date) -> Day | None:
    """Return what a day's snapshot says, None where it was removed meanwhile."""
    version, manifest, fault = pointer(home) or "", None, ""
    try:
        if programme and (serving := place.home(warehouse, programme, day)) != home:
            raise SnapshotError(f"{serving} 已有同一天的快照，放在旧位置的 {home} 没有采用；请核对后移走其中一份。")
        manifest, contents = check(folder_of(warehouse, programme, day), programme)
        for name, content in contents.items():
            table(home / version, name, content, manifest.rows[name])
    except SnapshotError as error:
        if not written(home):
            return None
        if (pointer(home) or "") != version:  # a writer put another in force
            return _day(warehouse, home, programme, day)
        manifest, fault = None, str(error)
    return Day(programme, day, home, version, manifest, fault, tuple(p.name for p in versions(home) if p.name != version))
