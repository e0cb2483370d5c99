"""Snapshots read, by day or by name; readers take no lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.fields import TABLES
from cpaudit.snapshots.content import check, table
from cpaudit.snapshots.days import folder_in_force, folder_named

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import pandas as pd

    from cpaudit.snapshots.content import Manifest


def read(warehouse: Path, as_of: dt.date | None = None, *, name: str | None = None) -> tuple[Manifest, dict[str, pd.DataFrame]]:
    """Read the snapshot in force at ``as_of`` (the newest one not later than that day, else the first; None takes the newest).

    ``name`` picks one instead, in force or not: its day, or its version (or the beginning of it). Columns that the field
    dictionary has got since it was written are empty; a table that its format didn't have isn't among the frames.

    Raises:
        SnapshotError: there is none, it is damaged, or of a format that this program can't read.
        UsageError: no snapshot, or several, go by ``name``.
    """
    folder = folder_in_force(warehouse, as_of) if name is None else folder_named(warehouse, name)
    manifest, contents = check(folder)
    frames = {name: table(folder, name, contents[name]) for name in TABLES if name in contents}
    return manifest, frames


def in_force(warehouse: Path, as_of: dt.date | None = None) -> Manifest:
    """Return what the snapshot that :func:`read` would take says of itself, every file held against its hash.

    Raises:
        SnapshotError: there is none, or it is damaged.
    """
    return check(folder_in_force(warehouse, as_of))[0]


def version_in_force(warehouse: Path, as_of: dt.date | None = None) -> str:
    """Return the version that :func:`read` would take, its files unread.

    Raises:
        SnapshotError: there is none, or its pointer is damaged.
    """
    return folder_in_force(warehouse, as_of).name
