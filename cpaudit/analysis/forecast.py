"""预测：每家企业按期完成的可能，从本批次以往各步的快慢推算，不是结论；以往预测应验的情况。

A plant takes the step at hand, then each later one, with the hazards of :mod:`.steps`; the chance is the share that is through
by the deadline. Its interval: all hazards and factors at once lower or higher by z of their standard errors: the wide side.

A chance is held back where what was foretold before (:func:`checks`) contradicts it, or there is nothing of the kind.
"""

from __future__ import annotations

from statistics import mode
from typing import TYPE_CHECKING, NamedTuple

from cpaudit.analysis.basis.milestones import steps_asked
from cpaudit.analysis.walks import intervals
from cpaudit.analysis.walks.checks import checks, compared, contradicted, over
from cpaudit.analysis.walks.given import BASES, given
from cpaudit.errors.arguments import dataset_of
from cpaudit.programme.conventions import ForecastRules, conventions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from cpaudit.dataset import Dataset

__all__ = ["BASES", "Together", "backtest", "checks", "compared", "forecast", "lead", "together"]


_APART = "期限与多数企业不同，以往没有同样提前的推算可以对照，不作推算。"


class Together(NamedTuple):
    """How many of the plants with a chance will do it in time, and between which numbers."""

    n: int
    expected: float
    lower: float
    upper: float


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
    unless ``unchecked``, where :func:`checks` finds earlier forecasts off or none to compare with, or the plant's deadline is not
    that of most.

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
    frame = given(ds, target.id, rules)
    if unchecked:
        return frame
    told, days = frame["chance_pct"].notna(), lead(frame)
    if days is None or not told.any():
        return frame
    apart, why = told & frame["days_left"].ne(days), contradicted(ds, target.id, days, rules)
    for those, reason in ((told, why), (apart, _APART)) if why else ((apart, _APART),):
        frame.loc[those, ["chance_pct", "lower_pct", "upper_pct"]] = float("nan")
        frame[["n", "basis"]] = frame[["n", "basis"]].mask(those)
        frame.loc[those, "reason"] = reason
    return frame


def lead(frame: pd.DataFrame) -> int | None:
    """返回预测提前的天数（多数企业距期限的天数），没有预测时为 None。"""
    left = [int(days) for days in frame["days_left"].dropna() if days >= 0]
    return mode(left) if left else None


def together(frame: pd.DataFrame, found: pd.DataFrame, rules: ForecastRules | None = None) -> Together | None:
    """返回有推算值的企业中预计按期完成的家数和区间；没有推算值时为 None。

    Return how many of the plants with a chance (``frame``: of :func:`forecast`) are expected in time, and the interval: what
    the chances leave open together, what chance does to as many plants, and how far :func:`checks` (``found``) was off.

    >>> import cpaudit as cp
    >>> of = cp.analysis.forecast
    >>> together(of.forecast(ds := cp.example(), "accepted"), of.checks(ds, "accepted", 15)) is None
    True
    """
    told = frame.dropna(subset="chance_pct")
    if told.empty:
        return None
    chance, lower, upper = (told[name].to_numpy(float) / 100 for name in ("chance_pct", "lower_pct", "upper_pct"))
    off = found["off_pct"].to_numpy(float) / 100
    confidence = (rules or conventions().forecast).confidence
    low, high = intervals.of_sum(chance, lower, upper, off, confidence)
    return Together(len(told), float(chance.sum()), low, high)


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
        if not over(ds, m) or (asked is not None and m.id not in asked):
            continue
        for ahead in rules.days_ahead:
            told = compared(ds, m.id, ahead, rules)
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
