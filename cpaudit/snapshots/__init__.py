"""Snapshots on disk: immutable versions of the eight tables under ``<warehouse>/<as_of>/``, replaced whole or not at all.

Layout: ``<warehouse>/<as_of>/<version>/{plants,…}.parquet``, ``manifest.json`` and, beside the versions, a file
``current`` that names the one in force. It is replaced last, so a reader sees the old version or the new one, never a mix.
Readers take no lock. A version is named by the hash of its content, so nothing in it can change unnoticed.
"""

from __future__ import annotations

from cpaudit.snapshots.asked import before, serving
from cpaudit.snapshots.content import FORMAT, Manifest
from cpaudit.snapshots.days import dates, dates_of, newest, programmes
from cpaudit.snapshots.listing import Day, overview
from cpaudit.snapshots.place import DEFAULT_WAREHOUSE, WAREHOUSE_VARIABLE, default_warehouse
from cpaudit.snapshots.reading import in_force, read, version_in_force, version_of
from cpaudit.snapshots.writing import remove, write

__all__ = [
    "DEFAULT_WAREHOUSE",
    "FORMAT",
    "WAREHOUSE_VARIABLE",
    "Day",
    "Manifest",
    "before",
    "dates",
    "dates_of",
    "default_warehouse",
    "in_force",
    "newest",
    "overview",
    "programmes",
    "read",
    "remove",
    "serving",
    "version_in_force",
    "version_of",
    "write",
]
