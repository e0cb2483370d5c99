"""The engine's two frames: every indicator of every unit with its answer, and the prepared indicator table."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from cpaudit.indicators.systems import indicator_table

if TYPE_CHECKING:
    import narwhals as nw
    import pandas as pd
    import polars as pl

#: A unit of scoring: one plant's process under one system in one period.
KEYS = ["plant_id", "system", "process", "period"]

#: What the engine reads of the measurements.
COLUMNS = [*KEYS, "indicator", "value", "state"]

#: A value this close (relative, absolute below 1) to an inclusive benchmark meets it: 0.1+0.2 is no more than 0.3.
TOLERANCE = 1e-9


@cache
def _shipped() -> pl.DataFrame:
    import polars as pl

    return pl.from_pandas(prepare(indicator_table()))


def prepare(indicators: pd.DataFrame) -> pd.DataFrame:
    """Return an indicator table with the columns that the engine compares.

    Added: sign (+1/-1: signed values are better the larger they are) and bound_1 … bound_3, so that a signed value
    meets level k exactly if it is not below bound_k: tolerance, strict comparison and levels that ask for nothing
    are all inside the bound.
    """
    import numpy as np

    table = indicators.copy()
    table["sign"] = np.where(table["lower_is_better"], -1.0, 1.0)
    for k in (1, 2, 3):
        asked = table[f"baseline_{k}"].astype("float64") * table["sign"]
        inclusive = asked - TOLERANCE * np.maximum(1.0, asked.abs())
        bound = np.where(table["strict"], np.nextafter(asked, np.inf), inclusive)
        table[f"bound_{k}"] = np.where(asked.isna(), -np.inf, bound)
    return table


def frames(measurements: Any, indicators: pd.DataFrame | None) -> tuple[nw.LazyFrame[Any], nw.LazyFrame[Any]]:
    """Return measurements (any frame that Narwhals knows) and the prepared indicators as lazy Polars frames.

    Raises:
        ValueError: a key (plant, system, process, period, indicator) occurs twice, so that weights would count twice.
    """
    import narwhals as nw
    import polars as pl

    given = nw.from_native(measurements).select(COLUMNS)
    eager = given.collect("polars") if isinstance(given, nw.LazyFrame) else given
    # Through one Arrow chunk per column: a pandas frame made by concat has hundreds, each converted on its own.
    arrow = eager.to_arrow().combine_chunks()
    long = pl.DataFrame(arrow).cast({c: pl.Float64 if c == "value" else pl.String for c in COLUMNS})
    if long.select([*KEYS, "indicator"]).is_duplicated().any():
        raise ValueError("measurements hold a key twice: " + ", ".join([*KEYS, "indicator"]))
    table = _shipped() if indicators is None else pl.from_pandas(prepare(indicators))
    return nw.from_native(long.lazy()), nw.from_native(table.lazy())


def answers(long: Any, table: Any) -> Any:
    """Return one row per unit and indicator of its system, as a Narwhals expression over two frames of one backend.

    ``long`` has :data:`COLUMNS`; ``table`` is an indicator table from :func:`prepare`. An indicator without a row is
    missing, and so is a reported one without a (finite) value. Added to the columns of both: state (cleaned),
    applies (1/0), level_met (1 … 4: the best level whose benchmark the value meets; missing counts 4; null where
    the indicator doesn't apply or can't be scored), met_1 … met_3 (1/0).
    """
    import narwhals as nw

    c = nw.col
    units = long.select(KEYS).unique()
    rows = units.join(table, on="system", how="inner").join(long, on=[*KEYS, "indicator"], how="left")
    declined = (c("state") == "not_applicable").fill_null(False)
    reported = (c("state") == "reported").fill_null(False) & c("value").is_finite().fill_null(False)
    rows = rows.with_columns(
        state=nw.when(declined)
        .then(nw.lit("not_applicable"))
        .otherwise(nw.when(reported).then(nw.lit("reported")).otherwise(nw.lit("missing"))),
        value=nw.when(reported).then(c("value")),
        signed=nw.when(reported).then(c("value") * c("sign")).otherwise(nw.lit(float("-inf"))),
        reported=reported,
        applies=flag(~declined & c("scorable")),
    )
    rows = rows.with_columns(
        **{f"met_{k}": flag(c("reported") & (c("applies") == 1) & (c("signed") >= c(f"bound_{k}"))) for k in (1, 2, 3)}
    )
    # Benchmarks are in order (the model sees to it), so the levels met can be counted.
    return rows.with_columns(level_met=nw.when(c("applies") == 1).then(4 - c("met_1") - c("met_2") - c("met_3")))


def flag(condition: Any) -> Any:
    """Return a condition as 1 and 0, which can be summed; null counts as 0."""
    import narwhals as nw

    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))


def to_pandas(frame: Any, sort: list[str]) -> pd.DataFrame:
    """Return a lazy Narwhals frame as pandas, sorted by ``sort``."""
    collected = frame.sort(sort).collect()
    result: pd.DataFrame = collected.to_pandas()
    return result.reset_index(drop=True)
