"""What stands behind a level, indicator by indicator: the answer, the level that it meets, the points that it brings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.indicators.expression.dask_frames import where_dask_is
from cpaudit.indicators.expression.engine import engine
from cpaudit.indicators.expression.frames import KEYS, LEVELS, each, named, to_pandas
from cpaudit.indicators.expression.membership import answers

if TYPE_CHECKING:
    import pandas as pd

#: The columns of :func:`explain` before the gaps, with their types.
EXPLAINED = {
    **dict.fromkeys([*KEYS, "group", "group_name", "category", "indicator", "name", "unit"], "str"),
    "value": "float64",
    "state": "str",
    "level_met": "Int64",
    "counts": "bool",
    **{f"baseline_{k}": "float64" for k in LEVELS},
    **{f"text_{k}": "str" for k in LEVELS},
    **dict.fromkeys(["limiting", "hazardous_waste", "quantitative", "lower_is_better", "bonus"], "bool"),
    "weight": "float64",
    **{f"contribution_{k}": "float64" for k in LEVELS},
    "order": "int64",
}


@where_dask_is
def explain(measurements: Any, indicators: Any = None) -> pd.DataFrame:
    """返回各工序每项指标的填报值、达到的级别和得分。

    Return every indicator of every unit: its answer, the level it meets and the points it brings.

    Returns:
        plant_id, system, process, period, group, group_name, category, indicator, name, unit, value (null unless
        reported), state (reported, not_applicable, missing), level_met (Int64, 1 … 4; null where there is no value, it
        doesn't apply or can't be scored), counts (whether it applies and can be scored), baseline_1 … baseline_3,
        text_1 … text_3 (what a level asks in words), gap_1 … gap_3 (how
        far the value falls short of the level, in its unit; 0 where it doesn't; null for what isn't a number),
        gap_pct_1 … gap_pct_3 (in per cent of the benchmark's size; null where that is 0), limiting, hazardous_waste,
        quantitative, lower_is_better, bonus, weight (effective share of the whole, after what doesn't apply was shared out; bonus
        groups add to 1), contribution_1 … contribution_3 (points; they add up to the index before its cap and its
        rounding; weight and contributions are null where the system has no weights), order (printing order).
        Sorted by plant_id, system, process, period, order.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> "contribution_1" in cp.indicators.explain(ds.plant("霁丑特种水泥").measurements)
    True
    """
    import narwhals as nw

    c = nw.col
    rows = answers(engine(measurements, indicators)).with_columns(counts=nw.col("applies") == 1)
    rows = rows.with_columns(own=c("weight") * c("applies"), off=c("weight") * (1 - c("applies")))
    rows = rows.with_columns(off=c("off").sum().over(*KEYS, "g")).with_columns(left=c("total") - c("off") * c("shared"))
    gone = (c("off") >= c("counted")) & (c("counted") > 0) & ~c("bonus") & (c("empty_group") == "drop")
    rows = rows.with_columns(gone=nw.when(gone).then(c("head") * c("group_weight")).otherwise(nw.lit(0)))
    rows = rows.with_columns(rest=c("whole") - c("gone").sum().over(*KEYS))
    weight = nw.when(c("own") > 0).then(c("group_weight") * c("own") / (c("left") * c("rest"))).otherwise(nw.lit(0.0))
    rows = rows.with_columns(weight=nw.when(c("weighted")).then(weight))
    found = rows.with_columns(named(each("met") * (c("weight") * 100), "met", "contribution")).select(*EXPLAINED)
    return with_gaps(to_pandas(found, [*KEYS, "order"]).astype(EXPLAINED))


def with_gaps(frame: pd.DataFrame) -> pd.DataFrame:
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
