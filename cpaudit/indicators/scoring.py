"""Composite index and cleaner-production level of every unit: one Narwhals expression in integer arithmetic.

A level is won or lost at 85 and at 100, where sums of decimal fractions go wrong; so weights are counted in
1/10000, a group's part is rounded down to 1/10^6 of that, and the index to 1/100 point, never up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.indicators.frames import KEYS, answers, flag, frames, to_pandas

if TYPE_CHECKING:
    import pandas as pd

#: Parts of a weight unit; every number stays below 2^53, so that engines which divide as doubles agree.
SCALE = 10**6

_LEVELS = (1, 2, 3)


def score(measurements: Any, indicators: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the index and level of every unit (plant, system, process, period).

    Membership is 100 or 0 and cumulative; what doesn't apply leaves its group, whose weights are shared out anew;
    a group without an applicable indicator is left out of the whole; what is missing is not met. Level I, II or III
    is the first whose rule (index and limiting indicators, in some systems all others too) holds.

    Args:
        measurements: the measurements table of a data set, or any frame that Narwhals knows with its columns.
        indicators: another indicator table than the shipped one (:func:`~cpaudit.indicators.indicator_table`).

    Returns:
        plant_id, system, process, period; index_1 … index_3 (points 0 … 100, rounded down to 1/100, null where the
        system has no weights or nothing applies); limiting_1 … limiting_3 (every applicable limiting indicator
        meets that level); level (Int64, 1 … 4, 4: below level III; null like the index); n_indicators (of the
        system), n_not_applicable (or not scorable), n_missing; status (verification of the system). Sorted by the first four.

    Raises:
        ValueError: a key occurs twice in ``measurements``.
    """
    frame = to_pandas(scored(*frames(measurements, indicators)), KEYS)
    counts = dict.fromkeys(["n_indicators", "n_not_applicable", "n_missing"], "int64")
    types = {"level": "Int64", **counts} | {f"limiting_{k}": "bool" for k in _LEVELS} | {f"index_{k}": "float64" for k in _LEVELS}
    return frame.astype(types)


def scored(long: Any, table: Any) -> Any:
    """Return the columns of :func:`score` as a Narwhals expression over two lazy frames of one backend.

    ``long`` has the columns of measurements, ``table`` is a prepared indicator table (:mod:`.frames`).
    """
    import narwhals as nw

    c = nw.col
    rows = answers(long, table).with_columns(
        declined=1 - c("applies"),
        missing=c("applies") * nw.when(c("state") == "missing").then(nw.lit(1)).otherwise(nw.lit(0)),
        one=nw.lit(1),
        all=c("weight") * c("applies"),
        **{f"won_{k}": c("weight") * c(f"met_{k}") for k in _LEVELS},
        **{f"limit_{k}": flag((c("applies") == 1) & c("limiting") & (c(f"met_{k}") == 0)) for k in _LEVELS},
        **{f"bar_{k}": flag((c("applies") == 1) & (c(f"need_{k}") > 0) & (c("level_met") > c(f"need_{k}"))) for k in _LEVELS},
    )
    counts = ["one", "declined", "missing"]
    flags = [f"{name}_{k}" for name in ("limit", "bar") for k in _LEVELS]
    rules = ["index_cap", *(f"min_index_{k}" for k in _LEVELS)]
    groups = rows.group_by([*KEYS, "status", "group", "bonus"]).agg(
        c("all", *(f"won_{k}" for k in _LEVELS), *counts).sum(), c("group_weight", *flags, *rules).max()
    )
    units = (
        _parts(groups)
        .group_by([*KEYS, "status"])
        .agg(c("whole", *(f"{name}_{k}" for name in ("part", "slack") for k in _LEVELS), *counts).sum(), c(*flags, *rules).max())
    )
    units = units.with_columns(**{f"hundredths_{k}": _hundredths(k) for k in _LEVELS})
    level = nw.lit(4)
    for k in reversed(_LEVELS):
        holds = (c(f"hundredths_{k}") >= c(f"min_index_{k}")) & (c(f"bar_{k}") == 0)
        level = nw.when(holds).then(nw.lit(k)).otherwise(level)
    return units.select(
        *KEYS,
        # Rounded because some engines divide by multiplying: 9999 / 100 would be 99.99000000000001.
        *((c(f"hundredths_{k}") / 100).round(2).alias(f"index_{k}") for k in _LEVELS),
        *((c(f"limit_{k}") == 0).alias(f"limiting_{k}") for k in _LEVELS),
        nw.when(c("whole") > 0).then(level).alias("level"),
        c("one").alias("n_indicators"),
        c("declined").alias("n_not_applicable"),
        c("missing").alias("n_missing"),
        "status",
    )


def _parts(groups: Any) -> Any:
    """Add each group's weight in the whole (0 for a bonus group or an empty one), its parts and their slack."""
    import narwhals as nw

    c = nw.col
    some = nw.when(c("all") > 0).then(c("all")).otherwise(nw.lit(1))
    won = {k: c("group_weight") * c(f"won_{k}") * SCALE for k in _LEVELS}
    return groups.with_columns(
        whole=nw.when((c("all") > 0) & ~c("bonus")).then(c("group_weight")).otherwise(nw.lit(0)),
        **{f"part_{k}": won[k] // some for k in _LEVELS},
        # A part that was rounded down lacks less than one; a whole part lacks nothing.
        **{f"slack_{k}": flag(won[k] % some != 0) for k in _LEVELS},
    )


def _hundredths(k: int) -> Any:
    """The index in 1/100 points, rounded down: the true sum lies in [part, part + slack), or is part without slack."""
    import narwhals as nw

    c = nw.col
    above = 10_000 * (c(f"part_{k}") + c(f"slack_{k}")) - flag(c(f"slack_{k}") > 0)
    index = above // (nw.when(c("whole") > 0).then(c("whole")).otherwise(nw.lit(1)) * SCALE)
    capped = nw.when(index > c("index_cap")).then(c("index_cap")).otherwise(index)
    return nw.when(c("whole") > 0).then(capped)
