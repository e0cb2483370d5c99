"""Checks: what was said before, of milestones that are over and of the same one up to today, and what came of it."""

from __future__ import annotations

import datetime as dt
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from cpaudit.analysis.basis.milestones import UNKNOWN, grid, last_day_margin
from cpaudit.analysis.walks import intervals
from cpaudit.analysis.walks.given import given
from cpaudit.errors.arguments import dataset_of, number_of
from cpaudit.programme.calendar import working_days
from cpaudit.programme.conventions import ForecastRules, conventions

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.programme import Milestone

#: How many earlier milestones must be there to compare: one doesn't tell how much they differ.
_WANTED = 2
_days = partial(number_of, what="提前的天数（days_ahead）", instead="请写 0 至 3660 的整数，如 30", most=3660, whole=True)


class _Check(NamedTuple):
    """What was said of a milestone so many days ahead (of its deadline, or of today: ``until``), and what came."""

    milestone: str
    label: str
    days_ahead: int
    until: dt.date
    n: int
    expected_pct: float
    made_pct: float
    off_pct: float
    clause: str


def checks(ds: Dataset, milestone: str, days_ahead: int, rules: ForecastRules | None = None) -> pd.DataFrame:
    """返回以前的预测后来是否应验：已过期限的节点（有自己的期限的最近两个、最近的同类节点），和本节点自己到今天为止。

    Columns: milestone, label, days_ahead (of other milestones that at which as many working days were left), until (the day by
    which: a deadline, or the data's), n (plants with a chance), expected_pct (their mean chance), made_pct, off_pct (expected −
    made, points), clause. First come milestones that are over and have a deadline of their own: the last two that can be
    compared, and the last of the same kind (those that have a result, or those that have none). Then the same milestone, as it
    was foretold ``rules.look_back`` days ago up to today. None of fewer than ``rules.min_seen`` plants or of less than
    half of those that were open, and none at all while the milestone before is still under way.
    """
    import pandas as pd

    dataset_of(ds)
    found = _found(ds, ds.programme.milestone(milestone), int(_days(days_ahead)), rules or conventions().forecast)
    rows = dict.fromkeys([*found.before, *found.alike, *found.own])
    return pd.DataFrame(list(rows), columns=_Check._fields)


class _Found(NamedTuple):
    """The last two milestones before, the last of the same kind, and the milestone itself; ``last``: the one before it."""

    before: list[_Check]
    alike: list[_Check]
    own: list[_Check]
    last: str


def _found(ds: Dataset, target: Milestone, ahead: int, rules: ForecastRules) -> _Found:
    nodes = ds.programme.plant_milestones()
    earlier = nodes[: grid(ds).of(target.id)]
    # What is due on one day with the step before it (an application) has another clock.
    clocked = [m for one, m in zip([None, *earlier], earlier, strict=False) if one is None or m.deadline != one.deadline]
    if not clocked or not over(ds, clocked[-1]):
        return _Found([], [], [], "")
    ended = [m for m in reversed(clocked) if over(ds, m)]
    before = list(islice((row for m in ended for row in _ended(ds, target, ahead, m, rules)), _WANTED))
    alike = [m for m in ended if m.has_result == target.has_result][:1]
    own, due = list[_Check](), ds.programme.fixed_day(target)
    for days in rules.look_back if due is None or due >= ds.as_of else ():
        said = _said(ds, target, ds.as_of - dt.timedelta(days), rules, ds.as_of)
        own += _held(target, days, ds.as_of, said, rules)
    return _Found(before, [row for m in alike for row in _ended(ds, target, ahead, m, rules)], own, ended[0].id)


def _ended(ds: Dataset, target: Milestone, ahead: int, m: Milestone, rules: ForecastRules) -> Iterator[_Check]:
    """Yield what was said of a milestone that is over with as many working days left, and what came."""
    days, due = _as_far(ds, target, ahead, m), ds.programme.fixed_day(m)
    assert due
    yield from _held(m, days, due, _compared(ds, m, days, rules), rules)


def _held(m: Milestone, days: int, until: dt.date, said: _Said, rules: ForecastRules) -> Iterator[_Check]:
    """Yield what was said and what came; nothing of too few plants, or of a part that needn't be like the others."""
    both, n = said.both, len(said.both)
    if n >= rules.min_seen and 2 * n >= said.open:
        expected, made = float(both["chance_pct"].mean()), float(both["made"].mean()) * 100
        yield _Check(m.id, m.label, days, until, n, expected, made, expected - made, m.clause)


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


def contradicted(ds: Dataset, milestone: str, days: int, rules: ForecastRules) -> str:
    """Say why checks don't bear a forecast out; '' if they do.

    What the milestone itself showed is in the present forecast as well: chance excuses nothing there. As long as its own rush
    to the deadline can't be seen, all rests on how others ended: it excuses nothing there either, and one of them must be alike.
    Nobody looks further ahead than the milestone's own run was held against.
    """
    if days > rules.look_back[-1]:
        return (
            f"距期限还有 {days} 天，超过本节点自己可以对照的 {rules.look_back[-1]} 天，期限前会怎样赶工也还看不到，不作推算；"
            f"期限前 {rules.look_back[-1]} 天以内再看。"
        )
    found = _found(ds, ds.programme.milestone(milestone), days, rules)
    near = days <= rules.near
    if not found.before:
        return f"提前 {days} 天的推算还没有已过期限的节点可以对照（上一节点的期限过后才有），不作推算。"
    if len(found.before) < _WANTED:
        return f"提前 {days} 天的推算只有“{found.before[0].label}”可以对照，一个节点看不出各节点之间差多少，不作推算。"
    if len(found.own) < len(rules.look_back):
        return f"本节点近 {rules.look_back[-1]} 天的推算没有足够的企业可以对照，不作推算。"
    for row in found.own:
        if abs(row.off_pct) > rules.max_error:
            said = f"{row.days_ahead} 天前推算本节点到 {row.until} 的完成情况（{row.n} 家）"
            return _against(row, said, rules, "本节点的快慢与以往各步不同")
    if not near and not (found.alike and found.before[0].milestone == found.last):
        return (
            f"距期限还有 {days} 天，本节点期限前会怎样赶工还看不到，最近的同类节点又无从对照，"
            f"不作推算；期限前 {rules.near} 天以内再看。"
        )
    for row in (found.before[0], *(() if near else found.alike)):
        if abs(row.off_pct) > rules.max_error and not (near and _by_chance(row, rules)):
            said = f"提前 {row.days_ahead} 天推算“{row.label}”（{row.n} 家，剩余工作日与此次相同）"
            return _against(row, said, rules, "也超出抽样误差" if near else "期限前的赶工尚无从推算")
    return ""


def _against(row: _Check, said: str, rules: ForecastRules, why: str) -> str:
    off = f"平均推算值 {row.expected_pct:.1f}%，实际 {row.made_pct:.1f}%，相差超过 {rules.max_error:g} 个百分点"
    return f"{said}，{off}，{why}，不作推算。"


def _by_chance(row: _Check, rules: ForecastRules) -> bool:
    """Whether as few plants may differ so much from what was said by chance alone."""
    import numpy as np

    lower, upper = intervals.wilson(np.array([row.made_pct / 100]), np.array([float(row.n)]), rules.confidence)
    return bool(lower[0] <= row.expected_pct / 100 <= upper[0])


def over(ds: Dataset, milestone: Milestone) -> bool:
    """Whether a milestone has a deadline for all that has passed."""
    return (due := ds.programme.fixed_day(milestone)) is not None and due < ds.as_of


def compared(ds: Dataset, milestone: str, days_ahead: int, rules: ForecastRules | None = None) -> pd.DataFrame:
    """返回期限前若干天有推算值的企业、推算值和是否按期，不论当时是否会给出。

    Columns: plant_id, chance_pct, lower_pct, upper_pct, made (1/0).
    """
    dataset_of(ds)
    return _compared(ds, ds.programme.milestone(milestone), int(_days(days_ahead)), rules or conventions().forecast).both


class _Said(NamedTuple):
    """Plants with a chance and what came of them, and how many were open, with a chance or not."""

    both: pd.DataFrame
    open: int


def _compared(ds: Dataset, milestone: Milestone, ahead: int, rules: ForecastRules) -> _Said:
    due = ds.programme.fixed_day(milestone)
    assert due
    return _said(ds, milestone, due - dt.timedelta(days=ahead), rules, None)


def _said(ds: Dataset, milestone: Milestone, day: dt.date, rules: ForecastRules, until: dt.date | None) -> _Said:
    """Return what was said on a day, by the deadline or by a day before it, and what came of it."""
    told = given(ds.rewound(day).reduced(ds.plants["plant_id"]), milestone.id, rules, until)
    told = told[["plant_id", "chance_pct", "lower_pct", "upper_pct"]].merge(_outcomes(ds, milestone.id, until), on="plant_id")
    return _Said(told.dropna(ignore_index=True), len(told))


def _outcomes(ds: Dataset, milestone: str, until: dt.date | None) -> pd.DataFrame:
    """Return plant_id and made (1/0) of those that didn't leave, of which it is known, and whose last day has passed."""
    import numpy as np

    found = grid(ds)
    at = found.of(milestone)
    last, now = found.deadline[:, at] - np.timedelta64(last_day_margin(ds), "D"), np.datetime64(ds.as_of, "D")
    made = found.done[:, at] if until else found.state[:, at] == "done_on_time"
    settled = ((last < now) | bool(until)) & ~np.isin(found.state[:, at], ["left", *UNKNOWN])
    frame: pd.DataFrame = ds.plants.loc[settled, ["plant_id"]]
    return frame.assign(made=made[settled].astype(int))
