"""Which snapshots there are, and which one is in force on a day; an older one never stands in for one that is damaged."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING

from cpaudit import durable
from cpaudit.errors import NoSnapshotError, SnapshotError, UsageError
from cpaudit.snapshots import asked
from cpaudit.snapshots.content import RELOAD, VERSION, programme_of

if TYPE_CHECKING:
    from pathlib import Path

#: The file that names a day's version in force.
POINTER = "current"


def dates(warehouse: Path) -> list[dt.date]:
    """Return the dates that have a snapshot, damaged ones too, oldest first."""
    return [day for day in _folders(warehouse) if written(warehouse / day.isoformat())]


def dates_of(warehouse: Path, programme: str = "") -> list[dt.date]:
    """Return the dates that have a snapshot of a programme ('': of the newest snapshot's), oldest first.

    Of which programme a damaged one was nobody knows: it stays, so that no older one stands in for it.
    """
    known = {day: programme_in_force(warehouse / day.isoformat()) for day in dates(warehouse)}
    wanted = programme or (known[max(known)] if known else None)
    return [day for day, its in known.items() if wanted is None or its is None or its == wanted]


def programmes(warehouse: Path) -> list[str]:
    """Return the programmes that have a snapshot in force, as far as it can be told, that of the oldest one first."""
    known = [programme_in_force(warehouse / day.isoformat()) for day in dates(warehouse)]
    return [its for its in dict.fromkeys(known) if its]


def programme_in_force(home: Path) -> str | None:
    """Return of which programme a day's snapshot is, None where there is none or it can't be told."""
    version = pointer(home)
    return programme_of(home / version) if version else None


def newest(warehouse: Path) -> str:
    """Return the version of the newest snapshot in force, '' where there is none or its pointer is damaged."""
    known = dates(warehouse)
    return (known and pointer(warehouse / known[-1].isoformat())) or ""


def folder_in_force(warehouse: Path, as_of: dt.date | None, programme: str = "", *, projecting: bool = False) -> Path:
    """Return the folder of the version that serves a day (None: the newest), of a programme as in :func:`dates_of`.

    Raises:
        SnapshotError: there is none, or it can't be told which.
        UsageError: the day is later than the data, and not ``projecting``.
    """
    while True:
        known = dates_of(warehouse, programme)
        if not known:
            whose = f"批次 {programme} 的" if dates(warehouse) else ""
            raise NoSnapshotError(f"在 {warehouse} 下没有{whose}快照，请先用 cpaudit load 读取各地报来的文件。")
        day = asked.serving(known, as_of, projecting=projecting)
        if found := _folder(warehouse, day):
            return found


def folder_of(warehouse: Path, day: dt.date) -> Path:
    """Return the folder of the version in force of a day that has a snapshot, whatever programme it is of.

    Raises:
        SnapshotError: it was removed meanwhile, or it can't be told which version is in force.
    """
    if found := _folder(warehouse, day):
        return found
    raise NoSnapshotError(f"{warehouse} 下没有 {day} 的快照，请改正日期。")


def _folder(warehouse: Path, day: dt.date) -> Path | None:
    """Return the folder of a day's version in force, None where the day was removed meanwhile."""
    home = warehouse / day.isoformat()
    version = pointer(home)
    if version is not None:
        return home / version
    if os.path.lexists(home) and not home.is_dir():
        raise SnapshotError(f"{pointer_fault(home)}；请接上磁盘，或把它移走后再试。")
    if day in dates(warehouse):
        raise SnapshotError(f"{pointer_fault(home)}，{RELOAD}，或用 cpaudit warehouse remove {day} 删去这一天的快照。")
    return None


def folder_named(warehouse: Path, name: str) -> Path:
    """Return the folder of the version that goes by a day or by (the beginning of) its name.

    Raises:
        SnapshotError: it can't be told which version is in force on that day.
        UsageError: none, or several, go by that name.
    """
    known = dates(warehouse)
    if name in map(str, known):
        return folder_of(warehouse, dt.date.fromisoformat(name))
    if not known:
        return folder_in_force(warehouse, None)  # tells that there is none
    found = [p for p in sorted(warehouse.glob(f"*/{name}*")) if VERSION.fullmatch(p.name)] if name.isalnum() else []
    if len(found) == 1:
        return found[0]
    days = "、".join(map(str, known))
    if found:
        raise UsageError(f"“{name}”对应 {len(found)} 版快照（{'、'.join(p.name for p in found)}），请写全版本号。")
    raise UsageError(f"{warehouse} 下没有名为“{name}”的快照，请写快照的日期（现有 {days}）或版本号。")


def pointer(home: Path) -> str | None:
    """Return the version in force, None where the pointer is missing or damaged."""
    if not (home / POINTER).is_file():  # a pipe would be waited for
        return None
    try:
        said = durable.small(home / POINTER).decode().strip()
    except (OSError, UnicodeDecodeError):
        return None
    return said if VERSION.fullmatch(said) else None


def pointer_fault(home: Path) -> str:
    """Return what is wrong with a day's pointer."""
    if not home.is_dir():
        return f"{home} 不是可以进入的目录（所链接的磁盘可能没有接上），不能确定哪一版快照有效"
    return f"{home / POINTER} {'已损坏' if (home / POINTER).exists() else '缺失'}，不能确定哪一版快照有效"


def versions(home: Path) -> list[Path]:
    """Return the folders of a day's versions."""
    return sorted(p for p in home.iterdir() if VERSION.fullmatch(p.name) and p.is_dir()) if home.is_dir() else []


def _folders(warehouse: Path) -> list[dt.date]:
    found = []
    for path in warehouse.iterdir() if warehouse.is_dir() else ():
        try:
            day = dt.date.fromisoformat(path.name)
        except ValueError:
            continue
        if path.name == day.isoformat():
            found.append(day)
    return sorted(found)


def written(home: Path) -> bool:
    """Return whether a day's snapshot was ever whole: it has its pointer, or has lost it, or the whole folder.

    Where somebody is writing the first version of a day, or died at that or at removing it, a draft beside the versions holds
    a pointer. Any other draft says nothing of the day: a later writer died there.
    """
    if (home / POINTER).exists() or (os.path.lexists(home) and not home.is_dir()):
        return True
    return bool(versions(home)) and not any((left / POINTER).exists() for left in durable.drafts(home))
