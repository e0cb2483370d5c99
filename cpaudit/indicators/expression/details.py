"""What stands behind a level: by category, by indicator, and how the values moved between two periods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.indicators.expression.dask_frames import where_dask_is
from cpaudit.indicators.expression.engine import engine
from cpaudit.indicators.expression.frames import KEYS, LEVELS, each, named, to_pandas
from cpaudit.indicators.expression.membership import answers

if TYPE_CHECKING:
    import pandas as pd

#: The pseudo-category of the indicators on hazardous waste (涉及危险废物的指标), whatever group they stand in.
HAZARDOUS_WASTE = "hazardous_waste"


@where_dask_is
def category_levels(measurements: Any, indicators: Any = None) -> pd.DataFrame:
    """Return the level that every category of indicators reaches: the worst over its applicable indicators.

    That is how the notice's targets (主要污染物、主要资源能源消耗指标达到…级; 涉及危废的指标达到…级) are read here. Bonus
    groups (加分) only add points and count in no category.

    Returns:
        plant_id, system, process, period; category (one of vocabulary.CATEGORIES, or ``hazardous_waste`` for the
        indicators marked so, which also count in their own category); level (Int64, 1 … 4, missing counts 4; null if
        no indicator applies); known_level (the same over the reported ones only); n_indicators (applicable),
        n_missing, n_below_1 … n_below_3 (applicable ones that don't meet level I, II, III). Sorted by the first five.
    """
    import narwhals as nw

    c = nw.col
    rows = answers(engine(measurements, indicators)).filter(~c("bonus"))
    rows = rows.with_columns(
        known_level=nw.when(c("state") == "reported").then(c("level_met")),
        n_missing=nw.when(c("state") == "missing").then(c("applies")).otherwise(nw.lit(0)),
        **{f"n_below_{k}": c("applies") - c(f"met_{k}") for k in LEVELS},
    )
    marked = rows.filter(c("hazardous_waste")).with_columns(category=nw.lit(HAZARDOUS_WASTE))
    below = [f"n_below_{k}" for k in LEVELS]
    found = (
        nw.concat([rows, marked])
        .group_by([*KEYS, "category"])
        .agg(c("level_met", "known_level").max(), c("applies", "n_missing", *below).sum())
        .select(
            *KEYS,
            "category",
            c("level_met").alias("level"),
            "known_level",
            c("applies").alias("n_indicators"),
            "n_missing",
            *below,
        )
    )
    types = {"level": "Int64", "known_level": "Int64"} | dict.fromkeys(["n_indicators", "n_missing", *below], "int64")
    return to_pandas(found, [*KEYS, "category"]).astype(types)


@where_dask_is
def explain(measurements: Any, indicators: Any = None) -> pd.DataFrame:
    """Return every indicator of every unit: its answer, the level it meets and the points it brings.

    Returns:
        plant_id, system, process, period, group, group_name, category, indicator, name, unit, value (null unless
        reported), state (reported, not_applicable, missing), level_met (Int64, 1 … 4, missing counts 4; null where it
        doesn't apply or can't be scored), baseline_1 … baseline_3, text_1 … text_3 (what a level asks in words), gap_1 … gap_3
        (how far the value falls short of the level, in its unit; 0 where it doesn't; null for what isn't a number),
        gap_pct_1 … gap_pct_3 (in per cent of the benchmark's size; null where that is 0), limiting, hazardous_waste,
        quantitative, lower_is_better, bonus, weight (effective share of the whole, after what doesn't apply was shared out; bonus
        groups add to 1), contribution_1 … contribution_3 (points; they add up to the index before its cap and its
        rounding; weight and contributions are null where the system has no weights), order (printing order).
        Sorted by plant_id, system, process, period, order.
    """
    import narwhals as nw

    c = nw.col
    rows = answers(engine(measurements, indicators))
    rows = rows.with_columns(own=c("weight") * c("applies"), off=c("weight") * (1 - c("applies")) * c("shared"))
    rows = rows.with_columns(left=c("total") - c("off").sum().over(*KEYS, "g"))
    gone = (c("left") <= 0) & (c("total") > 0) & ~c("bonus") & (c("empty_group") == "drop")
    rows = rows.with_columns(gone=nw.when(gone).then(c("head") * c("group_weight")).otherwise(nw.lit(0)))
    rows = rows.with_columns(rest=c("whole") - c("gone").sum().over(*KEYS))
    weight = nw.when(c("own") > 0).then(c("group_weight") * c("own") / (c("left") * c("rest"))).otherwise(nw.lit(0.0))
    rows = rows.with_columns(weight=nw.when(c("weighted")).then(weight))
    contributions = [f"contribution_{k}" for k in LEVELS]
    found = rows.with_columns(named(each("met") * (c("weight") * 100), "met", "contribution")).select(
        *[*KEYS, "group", "group_name", "category", "indicator", "name", "unit", "value", "state", "level_met"],
        *[f"{name}_{k}" for name in ("baseline", "text") for k in LEVELS],
        *["limiting", "hazardous_waste", "quantitative", "lower_is_better", "bonus", "weight", *contributions, "order"],
    )
    types = {"level_met": "Int64"} | dict.fromkeys(["value", "weight", *contributions], "float64")
    return _with_gaps(to_pandas(found, [*KEYS, "order"]).astype(types))


def _with_gaps(frame: pd.DataFrame) -> pd.DataFrame:
    """Add how far each value falls short of the levels, in its unit and in per cent (benchmarks may be negative, or 0)."""
    import numpy as np

    sign = np.where(frame["lower_is_better"], 1.0, -1.0)
    counts = (frame["quantitative"] & frame["level_met"].notna()).to_numpy()
    level_met = frame["level_met"].fillna(4).to_numpy(dtype=np.int64)
    gaps = {}
    for k in LEVELS:
        baseline = frame[f"baseline_{k}"].to_numpy(dtype=np.float64)
        gap = np.where(level_met <= k, 0.0, (frame["value"].to_numpy() - baseline) * sign)
        gaps[f"gap_{k}"] = np.where(counts & frame["value"].notna(), gap, np.nan)
        size = np.where(baseline == 0, np.nan, np.abs(baseline))
        gaps[f"gap_pct_{k}"] = gaps[f"gap_{k}"] / size * 100
    return frame.assign(**gaps)


@where_dask_is
def improvement(measurements: Any, indicators: Any = None) -> pd.DataFrame:
    """Return how each measured value moved from before the audit to after it.

    Returns:
        one row per quantitative indicator reported in both periods: plant_id, system, process, indicator, name, unit,
        category, hazardous_waste, before, after, change_pct (per cent of the value before; positive is better,
        whichever direction that is; null if the value before was 0). Sorted by plant_id, system, process, printing order.
    """
    import narwhals as nw

    c = nw.col
    rows = answers(engine(measurements, indicators)).filter(c("quantitative") & (c("state") == "reported"))
    line = ["plant_id", "system", "process", "indicator"]
    told = [*line, "name", "unit", "category", "hazardous_waste", "sign", "order", c("value").alias("before")]
    before = rows.filter(c("period") == "before").select(*told)
    after = rows.filter(c("period") == "after").select(*line, c("value").alias("after"))
    change = c("sign") * (c("after") - c("before")) / c("before").abs() * 100
    change = change + 0.0  # never "-0"
    found = before.join(after, on=line, how="inner").with_columns(change_pct=nw.when(c("before") != 0).then(change))
    sort = ["plant_id", "system", "process", "order"]
    return to_pandas(found, sort)[[*line, "name", "unit", "category", "hazardous_waste", "before", "after", "change_pct"]]
