"""Data sets that a process has from the start: all that it may open, or what its parent read already."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from cpaudit.dataset.data import Dataset

#: Filled by :func:`offer_only`.
only: list[Dataset] = []


def offer_only(ds: Dataset) -> None:
    """Make ``ds`` all that this process can open from now on; a service does so for the process of one viewer."""
    only[:] = [ds]


#: Filled by :func:`inherit`: warehouse, version and day asked for → data set.
inherited: dict[tuple[Path, str, dt.date | None], Dataset] = {}


def inherit(ready: Mapping[tuple[Path, str, dt.date | None], Dataset]) -> None:
    """Have :meth:`Dataset.open` give these data sets, open already, as long as their version is in force."""
    inherited.update(ready)
