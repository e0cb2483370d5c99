"""Which snapshots there are, and which one is in force on a day; an older one never stands in for one that is damaged."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from cpaudit import durable
from cpaudit.errors import NoSnapshotError, SnapshotError, UsageError
from cpaudit.snapshots.content import RELOAD, VERSION

if TYPE_CHECKING:
    from pathlib import Path

#: The file that names a day's version in force.
POINTER = "current"


def dates(warehouse: Path) -> list[dt.date]:
    """Return the dates that have a snapshot, damaged ones too, oldest first."""
    return [day for day in _folders(warehouse) if written(warehouse / day.isoformat())]


def newest(warehouse: Path) -> str:
    """Return the version of the newest snapshot in force, '' where there is none or its pointer is damaged."""
    known = dates(warehouse)
    return (known and pointer(warehouse / known[-1].isoformat())) or ""


def folder_in_force(warehouse: Path, as_of: dt.date | None) -> Path:
    """Return the folder of the version in force at a day (None: at the newest).

    Raises:
        SnapshotError: there is none, or it can't be told which.
    """
    while True:
        known = dates(warehouse)
        if not known:
            raise NoSnapshotError(f"在 {warehouse} 下没有快照，请先用 cpaudit load 读取各地报来的文件。")
        # A day before the first snapshot is seen by winding that one back.
        day = ([d for d in known if as_of is None or d <= as_of] or known[:1])[-1]
        home = warehouse / day.isoformat()
        version = pointer(home)
        if version is not None:
            return home / version
        if day in dates(warehouse):  # else it was removed meanwhile
            raise SnapshotError(f"{pointer_fault(home)}，{RELOAD}，或用 cpaudit warehouse remove {day} 删去这一天的快照。")


def folder_named(warehouse: Path, name: str) -> Path:
    """Return the folder of the version that goes by a day or by (the beginning of) its name.

    Raises:
        SnapshotError: it can't be told which version is in force on that day.
        UsageError: none, or several, go by that name.
    """
    known = dates(warehouse)
    if name in map(str, known):
        return folder_in_force(warehouse, dt.date.fromisoformat(name))
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
        said = (home / POINTER).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return said if VERSION.fullmatch(said) else None


def pointer_fault(home: Path) -> str:
    """Return what is wrong with a day's pointer."""
    return f"{home / POINTER} {'已损坏' if (home / POINTER).exists() else '缺失'}，不能确定哪一版快照有效"


def versions(home: Path) -> list[Path]:
    """Return the folders of a day's versions."""
    return sorted(p for p in home.iterdir() if VERSION.fullmatch(p.name) and p.is_dir())


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
    """Return whether a day's snapshot was ever whole: it has its pointer, or has lost it.

    Where somebody is writing the first version of a day, or died at that or at removing it, a draft beside the versions holds
    a pointer. Any other draft says nothing of the day: a later writer died there.
    """
    if (home / POINTER).exists():
        return True
    return home.is_dir() and bool(versions(home)) and not any((left / POINTER).exists() for left in durable.drafts(home))
