"""预测：每家企业按期完成的可能，从本批次以往各步的快慢推算，不是结论；以往预测应验的情况。

A plant takes the step at hand, then each later one, with the hazards of :mod:`.steps`; the chance is the share that is through
by the deadline. Its interval: all hazards and factors at once lower or higher by z of their standard errors: the wide side.

A chance is held back where earlier forecasts of the same kind and lead (:func:`checks`) contradict it, or there are none.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from statistics import mode
from typing import TYPE_CHECKING, Any

from cpaudit.analysis.basis import statuses
from cpaudit.analysis.basis.milestones import UNKNOWN, grid, last_day_margin, steps_asked
from cpaudit.analysis.walks import chances, intervals
from cpaudit.analysis.walks.steps import GROUPS, steps
from cpaudit.errors.arguments import dataset_of, number_of
from cpaudit.fields import labels
from cpaudit.programme.calendar import working_days
from cpaudit.programme.conventions import ForecastRules, conventions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.programme import Milestone

#: What a chance mainly rests on: the narrowest group with enough steps of its own.
BASES = labels("basis", "unit")
_days = partial(number_of, what="提前的天数（days_ahead）", instead="请写 0 至 3660 的整数，如 30", most=3660, whole=True)


def forecast(
    ds: Dataset, milestone: str | None = None, rules: ForecastRules | None = None, *, unchecked: bool = False
) -> pd.DataFrame:
    """返回每家企业按期完成某一节点的可能性，每家一行。

    Return the chance of each active plant that hasn't done a milestone (None: the final one) to do it by its deadline.

    Columns: plant_id, name, unit, county, industry, roster, reached (the furthest milestone of the chain, ``listed`` before
    the first), days_in_step (since then), deadline, days_left, steps_left, chance_pct, lower_pct, upper_pct, n (steps that
    the plants of the basis took), basis (a key of ``BASES``), reason (Chinese: what it rests on, or why there is none),
    clause. chance, interval, n and basis are null where an interval still ahead was seen in fewer than ``rules.min_seen``
    stays, the deadline has passed, a date is missing, a step is unclear, nothing was reported, the status is unread, and,
    unless ``unchecked``, where :func:`checks` finds earlier forecasts off or none to compare with.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> "chance_pct" in cp.analysis.forecast.forecast(ds)
    True

    Raises:
        UsageError: the programme has no such milestone.
    """
    dataset_of(ds)
    rules = rules or conventions().forecast
    target = ds.programme.milestone(milestone) if milestone else ds.programme.final
    frame = _chances_given(ds, target.id, rules)
    if unchecked:
        return frame
    told, days = frame["chance_pct"].notna(), lead(frame)
    why = _contradicted(checks(ds, target.id, days, rules), days, rules) if days is not None and told.any() else ""
    if why:
        frame.loc[told, ["chance_pct", "lower_pct", "upper_pct"]] = float("nan")
        frame[["n", "basis"]] = frame[["n", "basis"]].mask(told)
        frame.loc[told, "reason"] = why
    return frame


def checks(ds: Dataset, milestone: str, days_ahead: int, rules: ForecastRules | None = None) -> pd.DataFrame:
    """返回以前对别的节点的预测后来是否应验：最近一个已过期限的同类节点，和最近一个自有期限、已过期限的节点。

    Columns: milestone, label, days_ahead (at which as many working days were left), n (plants with a chance), expected_pct
    (their mean chance), made_pct, off_pct (expected − made, points), clause. A row each, one where both are the same, or none:
    only milestones whose deadline has passed, with at least ``rules.min_seen`` plants, and none while the one before this is
    still under way. Of the same kind are those that have a result, or those that have none.
    """
    import pandas as pd

    dataset_of(ds)
    days_ahead, rules = int(_days(days_ahead)), rules or conventions().forecast
    target, nodes = ds.programme.milestone(milestone), ds.programme.plant_milestones()
    earlier = nodes[: grid(ds).of(target.id)]
    # What is due on one day with the step before it (an application) has another clock.
    own = [m for one, m in zip([None, *earlier], earlier, strict=False) if one is None or m.deadline != one.deadline]
    rows: dict[str, tuple[Any, ...]] = {}
    for ranked in (sorted(earlier, key=lambda m: m.has_result and target.has_result), own) if own and _over(ds, own[-1]) else ():
        over = (m for m in ranked[::-1] if _over(ds, m))
        found = (row for m in over if (row := rows.get(m.id) or _held_against(ds, target, days_ahead, m, rules)))
        rows |= {row[0]: row for row in [next(found, None)] if row}
    columns = ["milestone", "label", "days_ahead", "n", "expected_pct", "made_pct", "off_pct", "clause"]
    return pd.DataFrame(list(rows.values()), columns=columns)


def _held_against(ds: Dataset, target: Milestone, days_ahead: int, m: Milestone, rules: ForecastRules) -> tuple[Any, ...] | None:
    """Return what was said and what came of an earlier milestone, None of too few plants."""
    days = _as_far(ds, target, days_ahead, m)
    both = _compared(ds, m, days, rules)
    if len(both) < rules.min_seen:
        return None
    expected, made = both["chance_pct"].mean(), both["made"].mean() * 100
    return (m.id, m.label, days, len(both), expected, made, expected - made, m.clause)


def lead(frame: pd.DataFrame) -> int | None:
    """返回预测提前的天数（多数企业距期限的天数），没有预测时为 None。"""
    left = [int(days) for days in frame["days_left"].dropna() if days >= 0]
    return mode(left) if left else None


def _as_far(ds: Dataset, target: Milestone, days_ahead: int, other: Milestone) -> int:
    """Return how many days before another deadline as many working days are left as so many days before the target's."""
    due, day = ds.programme.fixed_day(target), ds.programme.fixed_day(other)
    if due is None or day is None:
        return days_ahead
    import numpy as np

    left = int(working_days(due - dt.timedelta(days_ahead), np.array([due], "datetime64[D]"))[0])
    days = 0
    while int(working_days(day - dt.timedelta(days), np.array([day], "datetime64[D]"))[0]) < left:
        days += 1
    return days


def _contradicted(found: pd.DataFrame, days: int, rules: ForecastRules) -> str:
    """Say why checks don't bear a forecast out; '' if they do, or if chance alone may have made the difference."""
    import numpy as np

    if found.empty:
        return f"提前 {days} 天的推算还没有已过期限的节点可以对照（上一节点的期限过后才有），不作推算。"
    for last in found.to_dict("records"):
        lower, upper = intervals.wilson(np.array([last["made_pct"] / 100]), np.array([float(last["n"])]), rules.confidence)
        if abs(last["off_pct"]) > rules.max_error and not lower[0] <= last["expected_pct"] / 100 <= upper[0]:
            return (
                f"提前 {last['days_ahead']} 天推算“{last['label']}”（{last['n']} 家，剩余工作日与此次相同），平均推算值 "
                f"{last['expected_pct']:.1f}%，实际 {last['made_pct']:.1f}%，相差超过 {rules.max_error:g} 个百分点，"
                "也超出抽样误差，不作推算。"
            )
    return ""


def _chances_given(ds: Dataset, milestone: str, rules: ForecastRules) -> pd.DataFrame:
    """Return the frame of :func:`forecast`, not held against earlier ones."""
    import numpy as np
    import pandas as pd

    target = ds.programme.milestone(milestone)
    found = grid(ds)
    at = found.of(target.id)
    rows = np.flatnonzero(~np.isin(found.state[:, at], ["left", "not_applicable"]) & ~found.done[:, at])
    today = np.array(ds.as_of, "datetime64[D]")
    left = (found.deadline[:, at] - np.timedelta64(last_day_margin(ds), "D") - today)[rows]
    ahead = ~np.isnat(left) & (left >= np.timedelta64(0, "D"))
    known = steps(ds, target.id, rules)
    reached, stay = known.reached[rows], today - known.since[rows]
    days = np.where(ahead, left, np.timedelta64(0, "D")).astype(int)
    seen = chances.seen(known, rows, days)
    chain = [found.of(m) for m in known.chain]
    failed = (found.state[rows][:, chain] == "failed").any(axis=1)
    unclear = failed | np.isin(found.state[rows][:, chain], UNKNOWN).any(axis=1) | statuses.unread(ds)[rows]
    given = ahead & (stay >= np.timedelta64(0, "D")) & (seen >= rules.min_seen)
    held, given = given & unclear, given & ~unclear

    z = intervals.quantile(rules.confidence)
    chance, lower, upper = all_three = np.full((3, len(rows)), np.nan)
    all_three[:, given] = chances.chances(known, rows[given], days[given], (0, -z, z))
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
    frame["n"] = _whole(np.where(given, n, np.nan))
    frame["basis"] = pd.array([*GROUPS, None], dtype="str").take(np.where(given, basis, -1))
    told = zip(frame["days_left"], frame["days_in_step"], frame["basis"], frame["n"], seen, strict=True)
    failed_why = f"{dict(ds.programme.words)['judged']}未通过，能否再次通过没有以往结果可依，不作推算。"
    frame["reason"] = np.select(
        [failed & ahead, held | quiet],
        [failed_why, "有节点结果不明、未报送或企业状态未读懂，不作推算。"],
        np.array([_reason(*row, rules.min_seen) for row in told], object),
    )
    return frame.assign(clause=target.clause)


def backtest(ds: Dataset, milestones: Sequence[str] | None = None, rules: ForecastRules | None = None) -> pd.DataFrame:
    """返回以往各日的预测应验情况，按可能性分段。

    Return how forecasts made on earlier days came true, by band of the chance that was given.

    A forecast is made ``rules.days_ahead`` days before each milestone's deadline from what was known on that day
    (:meth:`Dataset.at`), and held against what came by the deadline. ``milestones`` None takes all with a fixed deadline that
    has passed. Columns: milestone, label, days_ahead, from_pct, to_pct (the band, its upper end belongs to the last only), n
    (plants with a chance in it), expected_pct (their mean chance), made, made_pct, lower_pct, upper_pct (Wilson's interval of
    made_pct), clause. Bands without a plant have no row. Plants that left since are not counted, nor those whose own
    deadline is still ahead.

    >>> import cpaudit as cp
    >>> set(cp.analysis.forecast.backtest(cp.example(), ["assessed"])["n"].gt(0).tolist())
    {True}

    Raises:
        UsageError: plants have no such milestone; its last line lists them.
    """
    import numpy as np
    import pandas as pd

    dataset_of(ds)
    asked = None if milestones is None else steps_asked(ds, milestones)
    rules = rules or conventions().forecast
    columns = ["milestone", "label", "days_ahead", "from_pct", "to_pct", "n", "expected_pct", "made", "made_pct"]
    columns += ["lower_pct", "upper_pct", "clause"]
    edges = np.array(rules.bands)
    parts = []
    for m in ds.programme.plant_milestones():
        if not _over(ds, m) or (asked is not None and m.id not in asked):
            continue
        for ahead in rules.days_ahead:
            told = _compared(ds, m, ahead, rules)
            told["band"] = np.clip(np.searchsorted(edges, told["chance_pct"], side="right") - 1, 0, len(edges) - 2)
            sums = told.groupby("band").agg(n=("made", "size"), expected_pct=("chance_pct", "mean"), made=("made", "sum"))
            sums = sums.reset_index().assign(milestone=m.id, label=m.label, days_ahead=ahead, clause=m.clause)
            parts.append(sums.assign(from_pct=edges[sums["band"]], to_pct=edges[sums["band"] + 1]))
    parts = [p for p in parts if len(p)]
    if not parts:
        return pd.DataFrame(columns=columns)
    frame = pd.concat(parts, ignore_index=True).astype({"made": "int64"})
    share = frame["made"] / frame["n"]
    lower, upper = intervals.wilson(share.to_numpy(), frame["n"].to_numpy(float), rules.confidence)
    frame["made_pct"], frame["lower_pct"], frame["upper_pct"] = share * 100, lower * 100, upper * 100
    return frame[columns]


def _over(ds: Dataset, milestone: Milestone) -> bool:
    """Whether a milestone has a deadline for all that has passed."""
    return (due := ds.programme.fixed_day(milestone)) is not None and due < ds.as_of


def compared(ds: Dataset, milestone: str, days_ahead: int, rules: ForecastRules | None = None) -> pd.DataFrame:
    """返回期限前若干天有推算值的企业、推算值和是否按期，不论当时是否会给出。

    Columns: plant_id, chance_pct, made (1/0).
    """
    dataset_of(ds)
    return _compared(ds, ds.programme.milestone(milestone), int(_days(days_ahead)), rules or conventions().forecast)


def _compared(ds: Dataset, milestone: Milestone, ahead: int, rules: ForecastRules) -> pd.DataFrame:
    due = ds.programme.fixed_day(milestone)
    assert due
    told = _chances_given(ds.rewound(due - dt.timedelta(days=ahead)).reduced(ds.plants["plant_id"]), milestone.id, rules)
    return told[["plant_id", "chance_pct"]].dropna().merge(_outcomes(ds, milestone.id), on="plant_id")


def _outcomes(ds: Dataset, milestone: str) -> pd.DataFrame:
    """Return plant_id and made (1/0) of those whose deadline has passed, that didn't leave before and of which it is known."""
    import numpy as np

    found = grid(ds)
    at = found.of(milestone)
    last = found.deadline[:, at] - np.timedelta64(last_day_margin(ds), "D")
    settled = (last < np.datetime64(ds.as_of, "D")) & ~np.isin(found.state[:, at], ["left", *UNKNOWN])
    frame: pd.DataFrame = ds.plants.loc[settled, ["plant_id"]]
    return frame.assign(made=(found.state[settled, at] == "done_on_time").astype(int))


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
