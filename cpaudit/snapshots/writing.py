"""Snapshots written and removed, each whole or not at all, whatever happens to the process that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit import durable
from cpaudit.errors import NoSnapshotError, SnapshotError
from cpaudit.snapshots import place
from cpaudit.snapshots.content import check, prepare
from cpaudit.snapshots.days import dates, pointer_fault
from cpaudit.snapshots.place import POINTER, pointer, versions, written

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from cpaudit.snapshots.content import Manifest

#: How long a writer waits for another one; a write takes about a second.
PATIENCE_S = 60.0


def write(
    warehouse: Path,
    programme: str,
    as_of: dt.date,
    frames: Mapping[str, pd.DataFrame],
    *,
    demonstration: bool,
    program_version: str,
) -> Manifest:
    """Write one snapshot and put it in force; the same content again changes nothing on the disk.

    A version that is there but damaged is replaced. Two writers of one day come one after the other, the later one is in
    force. What lies there from before each programme had a shelf is put on its shelf first.

    Raises:
        SnapshotError: the warehouse can't be written; what was in force before still is.
    """
    home = warehouse / programme / as_of.isoformat()
    manifest, files = prepare(programme, as_of, frames, demonstration, program_version)
    version = home / manifest.version
    try:
        place.migrate(warehouse)
        with durable.draft(home, PATIENCE_S, inherit=POINTER) as draft:
            first = not written(home)
            if first:
                not_in_force(draft)
            try:
                try:
                    manifest, _ = check(version, programme)
                except SnapshotError:
                    new, old = draft / "new", draft / "old"
                    new.mkdir()
                    for name, content in files.items():
                        durable.write(new / name, content)
                    durable.sync(new)
                    if version.exists():
                        durable.move(version, old)
                    durable.move(new, version)
                if pointer(home) != manifest.version:
                    durable.write(draft / "pointer", f"{manifest.version}\n".encode())
                    durable.move(draft / "pointer", home / POINTER)
            except BaseException:
                if first and not (home / POINTER).exists():  # a day's first version that is not in force was never there
                    for left in versions(home):
                        durable.replace(left, draft / left.name)
                raise
    except durable.Busy as error:
        raise SnapshotError(f"另一个 cpaudit load 正在写入 {home}，原有快照未改动；请等它结束后再试。") from error
    except OSError as error:
        raise SnapshotError(
            f"快照无法写入 {home}（{durable.reason(error)}），原有快照未改动；请检查磁盘空间和写入权限。"
        ) from error
    return manifest


def remove(warehouse: Path, day: dt.date, programme: str = "") -> int:
    """Remove a programme's snapshot of a day with all its versions; return how many there were. The day before is in force then.

    The pointer goes first, in one step. Whoever is killed after that leaves a draft, so that the day doesn't count as damaged.

    Raises:
        NoSnapshotError: that day has no snapshot.
        SnapshotError: something else lies there too, or it can't be changed; nothing is removed then.
        UsageError: there are several programmes, and nobody says which.
    """
    programme = place.meant(warehouse, programme)
    home = place.home(warehouse, programme, day)
    known = dates(warehouse, programme)
    if day not in known:
        there = f"现有 {'、'.join(map(str, known))}" if known else "还没有快照"
        raise NoSnapshotError(f"{warehouse} 下没有 {day} 的快照（{there}），没有删除任何内容；请改正日期。")
    if not place.enterable(home):
        raise SnapshotError(f"{pointer_fault(home)}，没有删除任何内容；请接上磁盘或取得权限，或把它移走。")
    try:
        with durable.draft(home, PATIENCE_S, inherit=POINTER) as draft:
            gone = versions(home)
            ours = {POINTER, ".lock", draft.name, *(p.name for p in gone)}
            foreign = sorted(p.name for p in home.iterdir() if p.name not in ours)
            if foreign:
                raise SnapshotError(f"{home} 中有不属于快照的“{foreign[0]}”，没有删除任何内容；请先把它移走。")
            if (home / POINTER).exists():
                durable.move(home / POINTER, draft / POINTER)
            else:
                not_in_force(draft)
            for version in gone:
                durable.replace(version, draft / version.name)
    except durable.Busy as error:
        raise SnapshotError(f"另一个 cpaudit 正在写入 {home}，没有删除任何内容；请等它结束后再试。") from error
    except OSError as error:
        raise SnapshotError(f"{home} 的快照没有删除干净（{durable.reason(error)}），请检查写入权限后再删除一次。") from error
    return len(gone)


def not_in_force(draft: Path) -> None:
    """Have readers know that versions beside a draft are not in force, rather than in force with their pointer lost."""
    durable.write(draft / POINTER, b"")
    durable.sync(draft)
