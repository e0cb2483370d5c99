"""Snapshots read, by day or by name; readers take no lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.errors import SnapshotError
from cpaudit.fields import TABLES
from cpaudit.snapshots.content import check, files_of, table
from cpaudit.snapshots.content import definitions as kept_definitions
from cpaudit.snapshots.days import folder_in_force, folder_named, folder_of
from cpaudit.snapshots.place import shelf_of

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import pandas as pd

    from cpaudit.snapshots.content import Manifest


def read(
    warehouse: Path, as_of: dt.date | None = None, programme: str = "", *, name: str | None = None
) -> tuple[Manifest, dict[str, pd.DataFrame]]:
    """Read the snapshot that serves ``as_of`` (see :func:`cpaudit.snapshots.asked.serving`; None takes the newest).

    ``name`` picks one instead, in force or not: its day, or its version (or the beginning of it). Columns that the field
    dictionary has got since it was written are empty; a table that its format didn't have isn't among the frames.

    Raises:
        SnapshotError: there is none, it is damaged, or of a format that this program can't read.
        UsageError: ``as_of`` is later than the data; no snapshot, or several, go by ``name``.
    """
    folder, manifest, contents = _checked(warehouse, as_of, programme, name)
    frames = {name: table(folder, name, contents[name], manifest.rows[name]) for name in TABLES if name in contents}
    return manifest, frames


def in_force(warehouse: Path, as_of: dt.date | None = None, programme: str = "") -> Manifest:
    """Return what the snapshot that :func:`read` would take says of itself, every file held against its hash.

    Raises:
        SnapshotError: there is none, or it is damaged.
        UsageError: as :func:`read`.
    """
    return _checked(warehouse, as_of, programme)[1]


def definitions(warehouse: Path, as_of: dt.date | None = None, programme: str = "") -> dict[str, str]:
    """Return the workspace's definitions that the snapshot was read with which :func:`read` would take: name → text.

    Raises:
        SnapshotError: there is none, or it is damaged.
        UsageError: as :func:`read`.
    """
    return kept_definitions(_checked(warehouse, as_of, programme)[0])


def version_folder(warehouse: Path, programme: str, day: dt.date) -> Path:
    """Return the folder of the version in force of a programme's day that has a snapshot.

    Raises:
        SnapshotError: there is none, or its pointer is damaged.
    """
    return folder_of(warehouse, programme, day)


def files_in_force(warehouse: Path, programme: str, day: dt.date) -> tuple[str, dict[str, bytes]]:
    """Return which version is in force on a day, and its own files by name, to be handed on; what else lies there is nobody's.

    Raises:
        SnapshotError: there is none, or it is damaged.
    """
    folder = folder_of(warehouse, programme, day)
    return folder.name, files_of(folder, programme)


def _checked(
    warehouse: Path, as_of: dt.date | None, programme: str, name: str | None = None
) -> tuple[Path, Manifest, dict[str, bytes]]:
    """Return the folder of the version meant, its manifest and its files."""
    gone = None
    while True:
        folder = folder_in_force(warehouse, as_of, programme) if name is None else folder_named(warehouse, name, programme)
        try:
            return folder, *check(folder, shelf_of(warehouse, folder))
        except SnapshotError:
            if folder.exists() or folder == gone:
                raise
            gone = folder  # a writer may have put it on the shelf of its programme meanwhile
