"""Given: the chance of each plant as a frame, by what past steps say and held against nothing, or why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis.basis import statuses
from cpaudit.analysis.basis.milestones import UNKNOWN, grid, last_day_margin
from cpaudit.analysis.walks import chances, intervals
from cpaudit.analysis.walks.steps import GROUPS, steps
from cpaudit.fields import labels

if TYPE_CHECKING:
    import datetime as dt

    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.programme.conventions import ForecastRules

#: What a chance mainly rests on: the narrowest group with enough steps of its own.
BASES = labels("basis", "unit")


def given(ds: Dataset, milestone: str, rules: ForecastRules, until: dt.date | None = None) -> pd.DataFrame:
    """Return the frame of :func:`cpaudit.analysis.forecast.forecast`, held against nothing; ``until``: a day before deadlines."""
    import numpy as np
    import pandas as pd

    target = ds.programme.milestone(milestone)
    found = grid(ds)
    at = found.of(target.id)
    rows = np.flatnonzero(~np.isin(found.state[:, at], ["left", "not_applicable"]) & ~found.done[:, at])
    today = np.array(ds.as_of, "datetime64[D]")
    left = (found.deadline[:, at] - np.timedelta64(last_day_margin(ds), "D") - today)[rows]
    ahead = ~np.isnat(left) & (left >= np.timedelta64(0, "D"))
    if until:
        left = np.minimum(left, np.datetime64(until, "D") - today)  # NaT stays
    known = steps(ds, target.id, rules)
    reached, stay = known.reached[rows], today - known.since[rows]
    days = np.where(ahead, left, np.timedelta64(0, "D")).astype(int)
    seen = chances.seen(known, rows, days)
    chain = [found.of(m) for m in known.chain]
    failed = (found.state[rows][:, chain] == "failed").any(axis=1)
    unclear = failed | np.isin(found.state[rows][:, chain], UNKNOWN).any(axis=1) | statuses.unread(ds)[rows]
    told = ahead & (stay >= np.timedelta64(0, "D")) & (seen >= rules.min_seen)
    held, told = told & unclear, told & ~unclear

    z = intervals.quantile(rules.confidence)
    chance, lower, upper = all_three = np.full((3, len(rows)), np.nan)
    all_three[:, told] = chances.chances(known, rows[told], days[told], (0, -z, z))
    taken = {name: known.taken[name][rows] for name in GROUPS}
    basis = (taken["unit"] >= rules.min_group).astype(int)
    n = np.choose(basis, [taken[name] for name in GROUPS])

    frame = ds.plants[["plant_id", "name", "unit", "county", "industry", "roster"]].iloc[rows].reset_index(drop=True)
    quiet = statuses.untold(ds)[rows]  # how far it is, nobody knows
    frame["reached"] = pd.array(["listed", *known.chain, None], dtype="str").take(np.where(quiet, -1, reached))
    frame["days_in_step"] = _whole(np.where(np.isnat(stay) | quiet, np.nan, stay.astype(float)))
    frame["deadline"] = found.deadline[rows, at].astype("datetime64[s]")
    frame["days_left"] = _whole(np.where(np.isnat(left), np.nan, left.astype(float)))
    frame["steps_left"] = _whole(np.where(quiet, np.nan, len(known.chain) - reached))
    frame["chance_pct"], frame["lower_pct"], frame["upper_pct"] = chance * 100, lower * 100, upper * 100
    frame["n"] = _whole(np.where(told, n, np.nan))
    frame["basis"] = pd.array([*GROUPS, None], dtype="str").take(np.where(told, basis, -1))
    each = zip(frame["days_left"], frame["days_in_step"], frame["basis"], frame["n"], seen, strict=True)
    failed_why = f"{dict(ds.programme.words)['judged']}未通过，能否再次通过没有以往结果可依，不作推算。"
    frame["reason"] = np.select(
        [failed & ahead, held | quiet],
        [failed_why, "有节点结果不明、未报送或企业状态未读懂，不作推算。"],
        np.array([_reason(*row, rules.min_seen) for row in each], object),
    )
    return frame.assign(clause=target.clause)


def _reason(left: Any, stay: Any, basis: Any, n: Any, seen: int, wanted: int) -> str:
    """Say what a chance rests on, or why there is none."""
    import pandas as pd

    if pd.notna(basis):
        return f"依据{BASES[basis]}已走过的 {n} 步。"
    if pd.isna(left):
        return "没有期限，无从推算。"
    if left < 0:
        return f"期限已过 {-left} 天，不作推算。"
    if pd.isna(stay) or stay < 0:
        return "没有起算日期，无从推算。"
    return f"剩余各步还会经过的时段，以往可参照的企业最少只有 {seen} 家次，不足 {wanted} 家次，不作推算。"


def _whole(values: np.ndarray) -> Any:
    import pandas as pd

    return pd.array(values, dtype="Float64").astype("Int64")
