"""Composite index and cleaner-production level of every unit: one Narwhals expression in integer arithmetic.

A level is won or lost at 85 and at 100, where sums of decimal fractions go wrong; so weights are integers, a group's part
is rounded down to 1/10^6 of a weight, and the index to 1/100 point, never up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.indicators.frames import KEYS, LEVELS, Engine, engine, flag, membership, to_pandas

if TYPE_CHECKING:
    import pandas as pd

#: Parts of a weight unit; every number stays below 2^53, so that engines which divide as doubles agree.
SCALE = 10**6


def score(measurements: Any, indicators: Any = None) -> pd.DataFrame:
    """Return the index and level of every unit (plant, system, process, period).

    Membership is 100 or 0 and cumulative; what doesn't apply leaves its group, whose weights are shared out anew (unless
    the system says otherwise); what is missing is not met. Level I, II or III is the first whose rule (index and limiting
    indicators, in some systems all others too) holds.

    Args:
        measurements: the measurements table of a data set, or any frame that Narwhals knows with its columns; lazy frames of
            Polars, DuckDB, Dask or PySpark are scored where they are.
        indicators: the indicator systems to score by (None: those that ship), or a changed copy of their table
            (:func:`~cpaudit.indicators.indicator_table`).

    Returns:
        plant_id, system, process, period; index_1 … index_3 (points 0 … 100, rounded down to 1/100, null where the
        system has no weights or nothing applies); limiting_1 … limiting_3 (every applicable limiting indicator
        meets that level); level (Int64, 1 … 4, 4: below level III; null like the index); n_indicators (of the
        system), n_not_applicable (or not scorable), n_missing; status (verification of the system). Sorted by the first four.

    Raises:
        ValueError: a key occurs twice in ``measurements``.
    """
    frame = to_pandas(scored(engine(measurements, indicators)), KEYS)
    counts = dict.fromkeys(["n_indicators", "n_not_applicable", "n_missing"], "int64")
    types = {"level": "Int64", **counts} | {f"limiting_{k}": "bool" for k in LEVELS} | {f"index_{k}": "float64" for k in LEVELS}
    return frame.astype(types)


def scored(engine: Engine) -> Any:
    """Return the columns of :func:`score` as a Narwhals expression.

    Only rows that were handed in are joined and summed; what is missing follows from what the system asks in all.
    """
    import narwhals as nw

    c = nw.col
    sums = _sums(engine)
    groups = membership(engine).with_columns(**sums).group_by([*KEYS, "form", "g"]).agg(c(*sums).sum())
    carried = [*(n for n in sums if n not in _INSIDE), "empty", *(f"{name}_{k}" for name in ("part", "slack") for k in LEVELS)]
    units = _parts(groups.join(engine.groups, on="g", how="inner")).group_by([*KEYS, "form"]).agg(c(*carried).sum())
    units = units.join(engine.rules, on="form", how="inner")
    dropped = nw.when(c("empty_group") == "drop").then(c("empty")).otherwise(nw.lit(0))
    units = units.with_columns(
        whole=c("whole") - dropped,
        **{f"{kind}_{k}": c(f"n_{kind}") - c(f"{kind}_off") - c(f"{kind}_met_{k}") for kind in _kinds(engine) for k in LEVELS},
    )
    refused = (c("empty_group") == "refuse") & (c("empty") > 0)
    units = units.with_columns(
        judged=c("weighted") & (c("whole") > 0) & ~refused, **{f"hundredths_{k}": _hundredths(k) for k in LEVELS}
    )
    level = nw.lit(4)
    for k in reversed(LEVELS):
        holds = c(f"hundredths_{k}") >= c(f"min_index_{k}")
        for kind, rule in _KINDS.items():
            for need in engine.needs[f"{rule}_{k}"]:
                holds = holds & ((c(f"{rule}_at_{k}") != need) | (c(f"{kind}_{need}") == 0))
        level = nw.when(holds).then(nw.lit(k)).otherwise(level)
    return units.select(
        *KEYS,
        # Rounded because some engines divide by multiplying: 9999 / 100 would be 99.99000000000001.
        *(nw.when(c("judged")).then((c(f"hundredths_{k}") / 100).round(2)).alias(f"index_{k}") for k in LEVELS),
        *((c(f"limits_{k}") == 0).alias(f"limiting_{k}") for k in LEVELS),
        nw.when(c("judged")).then(level).alias("level"),
        "n_indicators",
        (c("n_indicators") - c("n_scorable") + c("declined")).alias("n_not_applicable"),
        (c("n_scorable") - c("declined") - c("reported")).alias("n_missing"),
        "status",
    )


#: How the two kinds of indicators are counted, and the rule that may ask a level of each.
_KINDS = {"limits": "limiting", "asks": "others"}


def _kinds(engine: Engine) -> list[str]:
    """The kinds to count: other than limiting ones only where a system asks a level of them."""
    return ["limits", *(["asks"] if any(engine.needs[f"others_{k}"] for k in LEVELS) else [])]


#: Sums that matter inside a group only.
_INSIDE = ("off", "won_1", "won_2", "won_3")


def _sums(engine: Engine) -> dict[str, Any]:
    """What is summed over a unit's answers: weights off (not applicable) and won, and how many answers are of which kind."""
    import narwhals as nw

    c = nw.col
    sums = {"off": c("weight") * c("declined")} | {f"won_{k}": c("weight") * c(f"met_{k}") for k in LEVELS}
    sums |= {"declined": c("counts") * c("declined"), "reported": c("counts") * c("reported")}
    for kind in _kinds(engine):
        sums |= {f"{kind}_off": c(kind) * c("declined")} | {f"{kind}_met_{k}": c(kind) * c(f"met_{k}") for k in LEVELS}
    return sums


def _parts(groups: Any) -> Any:
    """Add the parts of the index that a group brings, and the weight of a group in which nothing applies.

    part_k: points at level k in 1/10^6 of a weight unit, rounded down; slack_k: 1 where something was cut off.
    """
    import narwhals as nw

    c = nw.col
    groups = groups.with_columns(left=c("total") - c("off") * c("shared"))
    some = nw.when(c("left") > 0).then(c("left")).otherwise(nw.lit(1))
    won = {k: c("group_weight") * c(f"won_{k}") * SCALE for k in LEVELS}
    return groups.with_columns(
        empty=nw.when((c("left") <= 0) & (c("total") > 0) & ~c("bonus")).then(c("group_weight")).otherwise(nw.lit(0)),
        **{f"part_{k}": won[k] // some for k in LEVELS},
        # A part that was rounded down lacks less than one; a whole part lacks nothing.
        **{f"slack_{k}": flag(won[k] % some != 0) for k in LEVELS},
    )


def _hundredths(k: int) -> Any:
    """The index in 1/100 points, rounded down: the true sum lies in [part, part + slack), or is part without slack."""
    import narwhals as nw

    c = nw.col
    above = 10_000 * (c(f"part_{k}") + c(f"slack_{k}")) - flag(c(f"slack_{k}") > 0)
    index = above // (nw.when(c("whole") > 0).then(c("whole")).otherwise(nw.lit(1)) * SCALE)
    return nw.when(index > c("index_cap")).then(c("index_cap")).otherwise(index)
