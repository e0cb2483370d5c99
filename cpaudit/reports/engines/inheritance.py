"""What all reports of a batch look up alike: read and computed by one process, handed to all that are forked later."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit import dataset
from cpaudit.analysis import attainment, bulletin, progress
from cpaudit.dataset.dated import undated

if TYPE_CHECKING:
    import datetime as dt

    Opened = dict[tuple[Path, str], dataset.Dataset]


def gather(warehouse: str, as_of: dt.date, programme: str) -> Opened:
    """Open the snapshots of ``as_of`` and of before, compute the whole programme's tables, and return both.

    In a process of its own: Polars reads and computes here, and no process survives a fork with its threads.

    Raises:
        SnapshotError: there is none, or it is damaged.
    """
    home = Path(warehouse)
    ds = dataset.Dataset.open(home, as_of, programme=programme)
    before = ds.before(home)
    progress.summary(ds)
    if not undated(ds):
        attainment.summary(ds)
    bulletin.bulletin(ds, before)
    # They are passed on with the tables in their memos.
    return {(home.resolve(), one.version): one for one in (ds, before) if one}


def adopt(gathered: Opened) -> None:
    """Have everything that is forked from now on start with it."""
    dataset.inherit(gathered)
