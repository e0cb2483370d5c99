"""Old snapshots of a warehouse, removed: which ones are no longer needed, and away with them, each whole or not at all."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpaudit import durable
from cpaudit.errors import NoSnapshotError, SnapshotError
from cpaudit.snapshots import place
from cpaudit.snapshots.listing import overview
from cpaudit.snapshots.place import POINTER, pointer
from cpaudit.snapshots.writing import PATIENCE_S, remove

if TYPE_CHECKING:
    from pathlib import Path

    from cpaudit.snapshots.listing import Day


@dataclass(frozen=True, slots=True)
class Superfluous:
    """What may go: whole days, and versions of other days that a later one has taken the place of."""

    days: tuple[Day, ...]
    versions: tuple[Path, ...]


def superfluous(warehouse: Path, keep: int, programme: str = "") -> Superfluous:
    """Return what is older than the newest ``keep`` days of each programme (or of one), and all versions not in force.

    A damaged day neither goes nor counts: somebody has to look at it.
    """
    days: list[Day] = []
    versions: list[Path] = []
    for its in [programme] if programme else place.programmes(warehouse):
        sound = [day for day in overview(warehouse, its) if day.programme == its and not day.fault]
        days += sound[:-keep]
        versions += [day.home / name for day in sound[-keep:] for name in day.kept]
    return Superfluous(tuple(days), tuple(versions))


def prune(warehouse: Path, gone: Superfluous) -> None:
    """Remove what :func:`superfluous` named; a version that has come into force meanwhile stays.

    Raises:
        SnapshotError: one can't be removed; those before it are gone.
    """
    for day in gone.days:
        with suppress(NoSnapshotError):  # somebody else did
            remove(warehouse, day.as_of, day.programme)
    for version in gone.versions:
        home = version.parent
        try:
            with durable.draft(home, PATIENCE_S, inherit=POINTER) as draft:
                if pointer(home) != version.name and version.exists():
                    durable.replace(version, draft / version.name)
        except durable.Busy as error:
            raise SnapshotError(f"另一个 cpaudit 正在写入 {home}，没有清理完；请等它结束后再试。") from error
        except OSError as error:
            raise SnapshotError(f"{version} 没有删除（{durable.reason(error)}），请检查写入权限后再试。") from error
