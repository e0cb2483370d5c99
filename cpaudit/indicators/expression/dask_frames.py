"""Dask frames: the same expression in every partition, once all rows of a plant are in one."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from cpaudit.indicators.expression.frames import COLUMNS, KEYS

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    Function = Callable[..., pd.DataFrame]


def where_dask_is(function: Function) -> Function:
    """Return a function of measurements and indicators that takes Dask frames too; what it answers hangs on one plant at a time.

    Narwhals' own Dask backend isn't used: Dask can't plan our chain of sums and joins (as of 2026.8), and its workers
    score faster in Polars.
    """

    @wraps(function)
    def either(measurements: Any, indicators: Any = None) -> pd.DataFrame:
        if not type(measurements).__module__.startswith("dask."):
            return function(measurements, indicators)
        frame = measurements[COLUMNS].shuffle(on="plant_id")
        whole: pd.DataFrame = frame.map_partitions(function, indicators, meta=function(frame._meta, indicators)).compute()
        keys = [k for k in KEYS if k in whole]
        return whole.sort_values(keys, ignore_index=True, kind="stable")

    return either
