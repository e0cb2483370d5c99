"""What ``cp.open`` is: the newest snapshot, or the one of a day, as a data set."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from cpaudit.dataset.data import Dataset


def open_dataset(as_of: str | dt.date | None = None, *, warehouse: str | Path | None = None, programme: str = "") -> Dataset:
    """打开数据：``cp.open()`` 取最新快照，``cp.open("2022-06-01")`` 看那一天。

    ``warehouse``: the folder of snapshots; None takes the workspace's. ``programme``: '' takes the only one there; of several,
    that of the environment (``CPAUDIT_PROGRAMME``).

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as empty:  # doctest: +ELLIPSIS
    ...     open_dataset(warehouse=empty)
    Traceback (most recent call last):
        ...
    cpaudit.errors...

    Raises:
        UsageError: ``as_of`` is no date, later than the data, or before any plant was listed; there are several programmes, and
            nobody says which.
        SnapshotError: there is no snapshot, or it is damaged.
    """
    return Dataset.open(warehouse, as_of, programme=programme)
