"""What scoring joins: every indicator of every plant, process and period with its answer, and each system's level rules."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import narwhals as nw
import polars as pl

from cpaudit.indicators.systems import indicator_table, systems

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

KEYS = ["plant_id", "system", "process", "period"]
#: A group's part is counted in millionths of a weight's ten-thousandth.
SCALE = 1_000_000
_LEVELS = (1, 2, 3)


def answers(measurements: Any, indicators: pd.DataFrame | None = None) -> nw.DataFrame[Any]:
    """Return one row per indicator of each system that a plant, process and period reports for.

    Beside the columns of :func:`~cpaudit.indicators.systems.indicator_table`: the four keys, value (null unless reported),
    state, applicable, missing, met_1 … met_3, level_met (1 to 4; null where not applicable), known_level (the same, null
    where missing too).
    """
    given = nw.from_native(_to_polars(measurements[[*KEYS, "indicator", "value", "state"]]))
    table = nw.from_native(_bounds(indicators))
    whole = given.select(*KEYS).unique().join(table, on="system", how="inner")
    frame = whole.join(given, on=[*KEYS, "indicator"], how="left")
    na = (nw.col("state") == "not_applicable").fill_null(False)
    reported = ((nw.col("state") == "reported") & ~nw.col("value").is_null()).fill_null(False)
    frame = frame.with_columns(applicable=~na, missing=~na & ~reported, reported=reported)
    signed = nw.col("value") * nw.col("sign")
    frame = frame.with_columns(
        *(
            (
                nw.col("reported")
                & (
                    ~nw.col(f"asks_{k}")
                    | nw.when(nw.col("strict")).then(signed > nw.col(f"bound_{k}")).otherwise(signed >= nw.col(f"bound_{k}"))
                )
            )
            .fill_null(False)
            .alias(f"met_{k}")
            for k in _LEVELS
        ),
        value=nw.when(nw.col("reported")).then(nw.col("value")),
        state=nw.when(na)
        .then(nw.lit("not_applicable"))
        .otherwise(nw.when(reported).then(nw.lit("reported")).otherwise(nw.lit("missing"))),
    )
    level = (
        nw.when(nw.col("met_1"))
        .then(1)
        .otherwise(nw.when(nw.col("met_2")).then(2).otherwise(nw.when(nw.col("met_3")).then(3).otherwise(4)))
    )
    frame = frame.with_columns(level_met=nw.when(nw.col("applicable")).then(level))
    return frame.with_columns(known_level=nw.when(~nw.col("missing")).then(nw.col("level_met")))


def level_rules() -> nw.DataFrame[Any]:
    """Return each system's rules: system, status, scorable, min_1 … (hundredths of a point), limiting_1 …, others_1 … (levels)."""
    return nw.from_native(_level_rules())


@cache
def _level_rules() -> pl.DataFrame:
    rows = []
    for system in systems().values():
        row: dict[str, Any] = {"system": system.id, "status": system.status, "scorable": system.scorable}
        for k in _LEVELS:
            rule = system.level_rules.at(k)
            row |= {f"min_{k}": int(rule.min_index * 100), f"limiting_{k}": rule.limiting, f"others_{k}": rule.others}
        rows.append(row)
    integers = {f"{what}_{k}": pl.Int64 for what in ("min", "limiting", "others") for k in _LEVELS}
    frame = pl.DataFrame(rows, schema_overrides=integers)
    return frame.with_columns(pl.col(f"{what}_{k}").fill_null(0) for what in ("limiting", "others") for k in _LEVELS)


def _bounds(indicators: pd.DataFrame | None) -> pl.DataFrame:
    return _with_bounds(indicators) if indicators is not None else _shipped()


@cache
def _shipped() -> pl.DataFrame:
    return _with_bounds(indicator_table())


def _with_bounds(indicators: pd.DataFrame) -> pl.DataFrame:
    """Turn “better is lower” round, so that one comparison serves all; equal decimals stay equal (1e-9 of the limit)."""
    table = _to_polars(indicators).with_columns(sign=pl.when(pl.col("lower_is_better")).then(-1.0).otherwise(1.0))
    slack = [
        pl.when(pl.col("strict")).then(0.0).otherwise(1e-9 * pl.max_horizontal(1.0, pl.col(f"baseline_{k}").abs()))
        for k in _LEVELS
    ]
    return table.with_columns((pl.col("sign") * pl.col(f"baseline_{k}") - slack[k - 1]).alias(f"bound_{k}") for k in _LEVELS)


def _to_polars(frame: Any) -> pl.DataFrame:
    return frame if isinstance(frame, pl.DataFrame) else pl.from_pandas(frame, nan_to_null=True)


def to_pandas(frame: nw.DataFrame[Any], integers: Iterable[str] = ()) -> pd.DataFrame:
    """Return the frame as pandas holds it; ``integers`` may be null."""
    result: pd.DataFrame = nw.to_native(frame).to_pandas()
    return result.astype(dict.fromkeys(integers, "Int64"))
