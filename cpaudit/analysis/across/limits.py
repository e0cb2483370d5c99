"""综合能耗高：列入原因与能耗限额标准的对照。

The reason 综合能耗高 held against the limits of energy in force.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import attainment
from cpaudit.errors.arguments import dataset_of
from cpaudit.fields import UNREAD

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset


def reason(ds: Dataset) -> pd.DataFrame:
    """返回因综合能耗高列入的企业，以及能耗超过限额的其他企业，与现行能耗限额标准相比如何。

    Return what the limits of energy in force on the day say of the reason 综合能耗高, before and after the audit.

    Columns: plant_id, name, unit, industry, listed (yes, no, or unknown where the reasons are blank or unread), before, after
    (over: a product is over its limit; within: every product that is reported is within its own; unknown: no product has a
    limit and a value, or a correction isn't given). Rows: plants listed for it, and others that are over a limit.

    >>> import cpaudit as cp
    >>> cp.analysis.limits.reason(cp.example()).columns.tolist()[4:]
    ['listed', 'before', 'after']

    Raises:
        UsageError: it is no data set; the day is earlier than the snapshot's, whose values say nothing of it.
    """
    import pandas as pd

    dataset_of(ds)
    about = ds.plants[["plant_id", "name", "unit", "industry"]]
    said = [r.split(";") if isinstance(r, str) and r else [UNREAD] for r in ds.plants["reasons"].tolist()]
    listed = ["yes" if "energy" in reasons else "unknown" if UNREAD in reasons else "no" for reasons in said]
    frame = about.assign(listed=pd.array(listed, dtype="str"))
    for period in ("before", "after"):
        levels = attainment.energy_limits(ds, period).groupby("plant_id")["level"]
        place = {str(plant): _place(mine) for plant, mine in levels}
        frame[period] = pd.array([place.get(plant, "unknown") for plant in frame["plant_id"]], dtype="str")
    kept = (frame["listed"] == "yes") | (frame["before"] == "over") | (frame["after"] == "over")
    return frame[kept].reset_index(drop=True)


def _place(levels: pd.Series) -> str:
    """Return where a plant's products are: over if one is over its limit, within if every one is known to be within its own."""
    return "over" if (levels == 4).any() else "unknown" if levels.isna().any() else "within"
