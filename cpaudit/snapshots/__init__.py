"""Snapshots on disk: immutable versions of the eight tables, by programme and day, replaced whole or not at all.

Layout: ``<warehouse>/<programme>/<as_of>/<version>/{plants,…}.parquet``, ``manifest.json`` and, beside the versions, a file
``current`` that names the one in force. It is replaced last, so a reader sees the old version or the new one, never a mix.
Days that an earlier program put into the warehouse itself are read there, and put on the shelf of their programme by the next
writer. Readers take no lock. A version is named by the hash of its content, so nothing in it can change unnoticed.
"""

from __future__ import annotations

from cpaudit.snapshots.asked import before, serving
from cpaudit.snapshots.backup import backup, restore
from cpaudit.snapshots.content import FORMAT, Manifest
from cpaudit.snapshots.days import dates, newest
from cpaudit.snapshots.listing import Day, overview
from cpaudit.snapshots.place import (
    DEFAULT_WAREHOUSE,
    PROGRAMME_VARIABLE,
    WAREHOUSE_VARIABLE,
    default_warehouse,
    meant,
    programmes,
    read_for,
)
from cpaudit.snapshots.pruning import Superfluous, prune, superfluous
from cpaudit.snapshots.reading import definitions, files_in_force, in_force, read, version_folder
from cpaudit.snapshots.writing import remove, write

__all__ = [
    "DEFAULT_WAREHOUSE",
    "FORMAT",
    "PROGRAMME_VARIABLE",
    "WAREHOUSE_VARIABLE",
    "Day",
    "Manifest",
    "Superfluous",
    "backup",
    "before",
    "dates",
    "default_warehouse",
    "definitions",
    "files_in_force",
    "in_force",
    "meant",
    "newest",
    "overview",
    "programmes",
    "prune",
    "read",
    "read_for",
    "remove",
    "restore",
    "serving",
    "superfluous",
    "version_folder",
    "write",
]
