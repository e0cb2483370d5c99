"""Which snapshots there are, and which one is in force on a day; an older one never stands in for one that is damaged."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING

from cpaudit.errors import NoSnapshotError, SnapshotError, UsageError
from cpaudit.snapshots import asked, place
from cpaudit.snapshots.content import RELOAD
from cpaudit.snapshots.place import POINTER, enterable, pointer, versions, written

if TYPE_CHECKING:
    from pathlib import Path


#: So many are named in a sentence.
_TOLD = 20


def dates(warehouse: Path, programme: str = "") -> list[dt.date]:
    """Return the dates that have a snapshot of a programme (see :func:`place.meant`), damaged ones too, oldest first.

    Raises:
        UsageError: there are several programmes, and nobody says which.
    """
    programme = place.meant(warehouse, programme)
    return [day for day in place.days(warehouse, programme) if written(place.home(warehouse, programme, day))]


def newest(warehouse: Path, programme: str = "") -> str:
    """Return the version of the newest snapshot in force, '' where there is none or its pointer is damaged."""
    programme = place.meant(warehouse, programme)
    homes = (place.home(warehouse, programme, day) for day in reversed(place.days(warehouse, programme)))
    # A service asks every few seconds: no more days are looked at than have to be.
    home = next(filter(written, homes), None)
    return (home and pointer(home)) or ""


def folder_in_force(warehouse: Path, as_of: dt.date | None, programme: str = "", *, projecting: bool = False) -> Path:
    """Return the folder of the version that serves a day (None: the newest) of a programme.

    Raises:
        SnapshotError: there is none, or it can't be told which.
        UsageError: the day is later than the data, and not ``projecting``; several programmes, and nobody says which.
    """
    programme = place.meant(warehouse, programme)
    while True:
        known = dates(warehouse, programme)
        if not known:
            raise _none(warehouse, programme)
        day = asked.serving(known, as_of, projecting=projecting)
        if found := _folder(warehouse, programme, day):
            return found


def folder_of(warehouse: Path, programme: str, day: dt.date) -> Path:
    """Return the folder of the version in force of a day that has a snapshot.

    Raises:
        SnapshotError: it was removed meanwhile, or it can't be told which version is in force.
    """
    if found := _folder(warehouse, programme, day):
        return found
    raise NoSnapshotError(f"{warehouse} 下没有 {day} 的快照，请改正日期。")


def _folder(warehouse: Path, programme: str, day: dt.date) -> Path | None:
    """Return the folder of a day's version in force, None where the day was removed meanwhile."""
    home = place.home(warehouse, programme, day)
    version = pointer(home)
    if version is not None:
        return home / version
    if os.path.lexists(home) and not enterable(home):
        raise SnapshotError(f"{pointer_fault(home)}；请接上磁盘或取得权限，或把它移走后再试。")
    if written(home):
        raise SnapshotError(f"{pointer_fault(home)}，{RELOAD}，或用 cpaudit warehouse remove {day} 删去这一天的快照。")
    return None


def folder_named(warehouse: Path, name: str, programme: str = "") -> Path:
    """Return the folder of the version that goes by a day or by (the beginning of) its name.

    Raises:
        SnapshotError: it can't be told which version is in force on that day.
        UsageError: none, or several, go by that name; the day is of several programmes, and nobody says which.
    """
    known = [programme] if programme else place.programmes(warehouse) or [""]
    if found := _versions_named(warehouse, name, known):
        if len(found) == 1:
            return found[0]
        first = "、".join(p.name for p in found[:_TOLD])
        raise UsageError(f"“{name}”对应 {len(found)} 版快照（{first}{'等' if len(found) > _TOLD else ''}），请写全版本号。")
    programme = place.meant(warehouse, programme)
    days = dates(warehouse, programme)
    if name in map(str, days):
        return folder_of(warehouse, programme, dt.date.fromisoformat(name))
    if not days:
        raise _none(warehouse, programme)
    there = "、".join([*["……"][: len(days) > _TOLD], *map(str, days[-_TOLD:])])
    raise UsageError(f"{warehouse} 下没有名为“{name}”的快照，请写快照的日期（现有 {there}）或版本号。")


def _versions_named(warehouse: Path, name: str, programmes: list[str]) -> list[Path]:
    homes = {place.home(warehouse, its, day) for its in programmes for day in place.days(warehouse, its)}
    return sorted(version for home in homes for version in versions(home) if name and version.name.startswith(name))


def _none(warehouse: Path, programme: str) -> NoSnapshotError:
    whose = f"批次 {programme} 的" if programme else ""
    if programme and programme == os.environ.get(place.PROGRAMME_VARIABLE):
        whose = f"批次 {programme}（环境变量 {place.PROGRAMME_VARIABLE} 所指）的"
    return NoSnapshotError(f"在 {warehouse} 下没有{whose}快照，请先用 cpaudit load 读取各地报来的文件。")


def pointer_fault(home: Path) -> str:
    """Return what is wrong with a day's pointer."""
    if not enterable(home):
        return f"{home} 不是可以进入的目录（没有权限，或所链接的磁盘没有接上），不能确定哪一版快照有效"
    return f"{home / POINTER} {'已损坏' if (home / POINTER).exists() else '缺失'}，不能确定哪一版快照有效"
