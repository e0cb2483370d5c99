"""What all reports of a batch look up alike: read and computed by one process, handed to all that are forked later."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit import dataset
from cpaudit.analysis import attainment, bulletin, progress

if TYPE_CHECKING:
    import datetime as dt


def gather(warehouse: str, as_of: dt.date) -> bytes:
    """Open the snapshots of ``as_of`` and of before, compute the whole programme's tables, and return both.

    In a process of its own: Polars reads and computes here, and no process survives a fork with its threads.

    Raises:
        SnapshotError: there is none, or it is damaged.
    """
    home = Path(warehouse)
    ds = dataset.Dataset.open(home, as_of)
    before = ds.before(home)
    progress.summary(ds)
    attainment.summary(ds)
    bulletin.bulletin(ds, before)
    opened = {(home.resolve(), one.version, one.as_of): one for one in (ds, before) if one}
    return pickle.dumps(opened)  # with the tables in their memos


def adopt(gathered: bytes) -> None:
    """Have everything that is forked from now on start with it."""
    dataset.inherit(pickle.loads(gathered))  # noqa: S301 - from our own process
