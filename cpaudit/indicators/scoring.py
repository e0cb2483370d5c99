"""Scoring: membership, composite index and level of each plant, process and period (DESIGN §4), one expression for all.

Everything is counted in integers: weights in ten-thousandths, each group's part rounded down to a millionth of that. A sum
of doubles puts one exact 85 in five below 85.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

import narwhals as nw

from cpaudit.indicators.frames import KEYS, SCALE, answers, level_rules, to_pandas

if TYPE_CHECKING:
    import pandas as pd

_LEVELS = (1, 2, 3)


def score(measurements: Any, indicators: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return index and level of every plant, system, process and period that has measurements.

    Columns: plant_id, system, process, period; index_1 … index_3 (points, 0 to 100, rounded down to 0.01), limiting_1 …
    limiting_3 (whether all applicable limiting indicators meet that level), level (1 to 3, 4 below level III, null where the
    system has no weights), n_indicators (applicable), n_not_applicable, n_missing, status (how far the system is verified).
    An indicator without a row counts as missing, and missing as not met. Sorted by the first four columns.
    """
    parts = _group_parts(answers(measurements, indicators))
    scored = parts.group_by(KEYS).agg(
        *(nw.col(f"part_{k}").sum() for k in _LEVELS),
        *(nw.col(c).sum() for c in ("n_indicators", "n_not_applicable", "n_missing")),
        *(nw.col(f"{what}_fail_{k}").max() for what in ("limiting", "others") for k in _LEVELS),
        whole=nw.col("counted").sum(),
        n_groups=(nw.col("counted") > 0).sum(),
    )
    scored = scored.join(level_rules(), on="system", how="left")
    scored = scored.with_columns(*(nw.min_horizontal(f"part_{k}", nw.col("whole") * SCALE).alias(f"part_{k}") for k in _LEVELS))
    scored = scored.with_columns(*(_holds(k).alias(f"holds_{k}") for k in _LEVELS))
    scored = scored.with_columns(
        *(_index(k).alias(f"index_{k}") for k in _LEVELS),
        *((nw.col(f"limiting_fail_{k}") == 0).alias(f"limiting_{k}") for k in _LEVELS),
        level=nw.when(nw.col("scorable")).then(
            nw.when(nw.col("holds_1"))
            .then(1)
            .otherwise(nw.when(nw.col("holds_2")).then(2).otherwise(nw.when(nw.col("holds_3")).then(3).otherwise(4)))
        ),
    )
    names = [*(f"index_{k}" for k in _LEVELS), *(f"limiting_{k}" for k in _LEVELS), "level"]
    frame = scored.select(*KEYS, *names, "n_indicators", "n_not_applicable", "n_missing", "status").sort(KEYS)
    return to_pandas(frame, integers=("level",))


def category_levels(measurements: Any, indicators: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return, for each plant, system, process and period, the level that each category of indicators reaches.

    Columns: the four keys; category (a key of ``CATEGORIES``, or ``hazardous_waste`` for the indicators flagged so, whatever
    their category); level (the worst over the category's applicable indicators, missing counts as 4; null where none
    applies), known_level (the same over the reported ones), n_indicators (applicable), n_missing, n_below_1 … n_below_3.
    """
    single = answers(measurements, indicators)
    flagged = single.filter(nw.col("hazardous_waste")).with_columns(category=nw.lit("hazardous_waste"))
    both = nw.concat([single, flagged])
    frame = both.group_by([*KEYS, "category"]).agg(
        level=nw.col("level_met").max(),
        known_level=nw.col("known_level").max(),
        n_indicators=nw.col("applicable").sum(),
        n_missing=nw.col("missing").sum(),
        **{f"n_below_{k}": (nw.col("level_met") > k).sum() for k in _LEVELS},
    )
    return to_pandas(frame.sort([*KEYS, "category"]), integers=("level", "known_level"))


def explain(measurements: Any, indicators: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return every indicator's part in the result, one row each.

    Columns: the four keys; group, group_name, category, indicator, name, unit, value, state (reported, not_applicable,
    missing), level_met (1 to 4, null where not applicable), baseline_1 … baseline_3, limiting, hazardous_waste,
    quantitative, lower_is_better, weight (share of the whole that the indicator really has, 0 to 1, after the shares of
    those not applicable have gone to their group), contribution_1 … contribution_3 (points), order.
    """
    single = answers(measurements, indicators)
    groups = single.group_by([*KEYS, "group"]).agg(
        inside=(nw.col("weight") * nw.col("applicable")).sum(), gw=nw.col("group_weight").max()
    )
    whole = (
        single.filter(~nw.col("bonus"), nw.col("applicable"))
        .select(*KEYS, "group", "group_weight", "weight")
        .group_by([*KEYS, "group"])
        .agg(nw.col("group_weight").max(), inside=nw.col("weight").sum())
        .filter(nw.col("inside") > 0)
        .group_by(KEYS)
        .agg(whole=nw.col("group_weight").sum())
    )
    frame = single.join(groups, on=[*KEYS, "group"], how="left").join(whole, on=KEYS, how="left")
    share = nw.when(nw.col("applicable"), nw.col("inside") > 0).then(
        nw.col("gw") / nw.col("whole") * nw.col("weight") / nw.col("inside")
    )
    frame = frame.with_columns(share=share.otherwise(nw.when(nw.col("whole") > 0).then(0.0)))
    frame = frame.with_columns(*((nw.col("share") * nw.col(f"met_{k}") * 100).alias(f"contribution_{k}") for k in _LEVELS))
    frame = frame.drop("weight").rename({"share": "weight"})
    names = ["group", "group_name", "category", "indicator", "name", "unit", "value", "state", "level_met"]
    names += [*(f"baseline_{k}" for k in _LEVELS), "limiting", "hazardous_waste", "quantitative", "lower_is_better", "weight"]
    frame = frame.select(*KEYS, *names, *(f"contribution_{k}" for k in _LEVELS), "order").sort([*KEYS, "order"])
    return to_pandas(frame, integers=("level_met",))


def improvement(measurements: Any, indicators: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return how the quantitative indicators that are reported in both periods changed.

    Columns: plant_id, system, process, indicator, name, category, hazardous_waste, before, after, change_pct (per cent of
    the value before, positive where it became better; null where that was 0).
    """
    single = answers(measurements, indicators).filter(nw.col("quantitative"), nw.col("state") == "reported")
    keys = ["plant_id", "system", "process", "indicator"]
    before = single.filter(nw.col("period") == "before").select(
        *keys, "name", "category", "hazardous_waste", "lower_is_better", "order", before=nw.col("value")
    )
    after = single.filter(nw.col("period") == "after").select(*keys, after=nw.col("value"))
    both = before.join(after, on=keys, how="inner")
    change = (nw.col("after") - nw.col("before")) / nw.col("before").abs() * 100
    signed = nw.when(nw.col("lower_is_better")).then(-change).otherwise(change)
    both = both.with_columns(change_pct=nw.when(nw.col("before") != 0).then(signed)).sort(
        ["plant_id", "system", "process", "order"]
    )
    return to_pandas(both.select(*keys, "name", "category", "hazardous_waste", "before", "after", "change_pct"))


def _group_parts(single: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """Sum inside the groups and round each part down: floor(group weight · met / applicable), in millionths of 1/10000."""
    applicable = nw.col("applicable")
    parts = single.group_by([*KEYS, "group"]).agg(
        *((nw.col("weight") * nw.col(f"met_{k}")).sum().alias(f"met_{k}") for k in _LEVELS),
        *(
            (nw.col("limiting") & applicable & ~nw.col(f"met_{k}")).max().cast(nw.Int64).alias(f"limiting_fail_{k}")
            for k in _LEVELS
        ),
        *(
            (~nw.col("limiting") & applicable & ~nw.col(f"met_{k}")).max().cast(nw.Int64).alias(f"others_fail_{k}")
            for k in _LEVELS
        ),
        gw=nw.col("group_weight").max(),
        bonus=nw.col("bonus").max(),
        inside=(nw.col("weight") * applicable).sum(),
        n_indicators=applicable.sum(),
        n_not_applicable=(nw.col("state") == "not_applicable").sum(),
        n_missing=nw.col("missing").sum(),
    )
    inside = nw.when(nw.col("inside") > 0).then(nw.col("inside")).otherwise(1)
    return parts.with_columns(
        *((nw.col("gw") * nw.col(f"met_{k}") * SCALE // inside).alias(f"part_{k}") for k in _LEVELS),
        counted=nw.when(nw.col("inside") > 0, ~nw.col("bonus")).then(nw.col("gw")).otherwise(0),
    )


def _holds(level: int) -> nw.Expr:
    """Whether a level's rule holds, exactly: each group's part lost less than one unit by rounding down."""
    part, full = nw.col(f"part_{level}"), nw.col("whole") * SCALE
    need = nw.col(f"min_{level}")  # hundredths of a point
    index = nw.when(need == 100 * 100).then(part == full).otherwise((part + nw.col("n_groups")) * 100 * 100 > need * full)
    fails = [
        (nw.col(f"{what}_{level}") == asked) & (nw.col(f"{what}_fail_{asked}") > 0)
        for what in ("limiting", "others")
        for asked in _LEVELS
    ]
    return (nw.col("whole") > 0) & index & ~reduce(or_, fails)


def _index(level: int) -> nw.Expr:
    """The index in points, rounded down to a hundredth; but an index that holds its threshold isn't shown below it."""
    hundredths = (
        (nw.col(f"part_{level}") + nw.col("n_groups") - 1).clip(0)
        * 10_000
        // nw.when(nw.col("whole") > 0).then(nw.col("whole") * SCALE).otherwise(1)
    )
    return nw.when(nw.col("scorable"), nw.col("whole") > 0).then(hundredths / 100)
