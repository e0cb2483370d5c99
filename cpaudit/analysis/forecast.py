"""预测：每家企业按期完成的可能，从本批次以往各步的快慢推算，不是结论；以往预测应验的情况。

A plant takes the step at hand, then each later one, with the hazards of :mod:`.steps`; the chance is the share that is through
by the deadline. Its interval: all hazards and factors at once lower or higher by z of their standard errors: the wide side.

A chance is held back where earlier forecasts of the same kind and lead (:func:`checks`) contradict it, or there are none.
"""

from __future__ import annotations

import datetime as dt
from statistics import NormalDist, mode
from typing import TYPE_CHECKING, Any

from cpaudit.analysis.basis import statuses
from cpaudit.analysis.basis.milestones import UNKNOWN, grid, last_day_margin
from cpaudit.analysis.basis.steps import GROUPS, Steps, interval, steps
from cpaudit.fields import labels
from cpaudit.programme.conventions import ForecastRules, conventions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.programme import Milestone

#: What a chance mainly rests on: the narrowest group with enough steps of its own.
BASES = labels("basis", "trade")


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
    rules = rules or conventions().forecast
    target = ds.programme.milestone(milestone) if milestone else ds.programme.final
    frame = _chances_given(ds, target.id, rules)
    if unchecked:
        return frame
    told, days = frame["chance_pct"].notna(), lead(frame, rules)
    why = _contradicted(checks(ds, target.id, days, rules), days, rules) if days is not None and told.any() else ""
    if why:
        frame.loc[told, ["chance_pct", "lower_pct", "upper_pct"]] = float("nan")
        frame[["n", "basis"]] = frame[["n", "basis"]].mask(told)
        frame.loc[told, "reason"] = why
    return frame


def checks(ds: Dataset, milestone: str, days_ahead: int, rules: ForecastRules | None = None) -> pd.DataFrame:
    """返回以前对同类节点的预测后来是否应验。

    Columns: milestone, label, days_ahead, n (plants with a chance), expected_pct (their mean chance), made_pct, off_pct
    (expected − made, points), clause. Only milestones whose deadline has passed, and at least ``rules.min_seen`` plants.
    """
    import pandas as pd

    rules = rules or conventions().forecast
    target = ds.programme.milestone(milestone)
    before = ds.programme.plant_milestones()[: grid(ds).of(target.id)]
    rows = []
    for m in before:
        if m.has_result == target.has_result and _over(ds, m):
            both = _compared(ds, m, days_ahead, rules)
            rows.append((m.id, m.label, days_ahead, len(both), both["chance_pct"].mean(), both["made"].mean() * 100, m.clause))
    columns = ["milestone", "label", "days_ahead", "n", "expected_pct", "made_pct", "clause"]
    frame = pd.DataFrame([row for row in rows if row[3] >= rules.min_seen], columns=columns)
    frame.insert(6, "off_pct", frame["expected_pct"] - frame["made_pct"])
    return frame


def lead(frame: pd.DataFrame, rules: ForecastRules | None = None) -> int | None:
    """返回预测提前的天数，没有预测时为 None。

    It is what most plants of a frame of :func:`forecast` have left, and no less than the back-test's shortest.
    """
    left = [int(days) for days in frame["days_left"].dropna() if days >= 0]
    return max(mode(left), min((rules or conventions().forecast).days_ahead)) if left else None


def _contradicted(found: pd.DataFrame, days: int, rules: ForecastRules) -> str:
    """Say why checks don't bear a forecast out; '' if they do."""
    if found.empty:
        return f"提前 {days} 天的推算还没有同类节点的结果可以对照，不作推算。"
    worst = found.iloc[int(found["off_pct"].abs().to_numpy().argmax())]
    if abs(worst["off_pct"]) <= rules.max_error:
        return ""
    return (
        f"同样提前 {days} 天推算“{worst['label']}”（{worst['n']} 家），平均推算值 {worst['expected_pct']:.1f}%，"
        f"实际 {worst['made_pct']:.1f}%，相差超过 {rules.max_error:g} 个百分点，不作推算。"
    )


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
    days_left = np.where(ahead, left, np.timedelta64(0, "D")).astype(int)
    known = steps(ds, target.id, rules.intervals)
    reached, stay = known.reached[rows], today - known.since[rows]
    remaining = np.arange(len(known.chain)) >= reached[:, None]
    seen = _seen(known, rows, remaining, today, days_left)
    chain = [found.of(m) for m in known.chain]
    unclear = np.isin(found.state[rows][:, chain], UNKNOWN).any(axis=1) | statuses.unread(ds)[rows]
    given = ahead & (stay >= np.timedelta64(0, "D")) & (seen >= rules.min_seen)
    held, given = given & unclear, given & ~unclear

    z = _quantile(rules.confidence)
    chance, lower, upper = all_three = np.full((3, len(rows)), np.nan)
    all_three[:, given] = _chances(known, rows[given], today, days_left[given], (0, -z, z))
    taken = {name: known.taken[name][rows] for name in GROUPS}
    basis = np.select([taken["unit_trade"] >= rules.min_group, taken["trade"] >= rules.min_group], [2, 1], 0)
    n = np.choose(basis, [taken[name] for name in GROUPS])

    frame = ds.plants[["plant_id", "name", "unit", "county", "industry", "roster"]].iloc[rows].reset_index(drop=True)
    quiet = statuses.untold(ds)[rows]  # how far it is, nobody knows
    frame["reached"] = pd.array(["listed", *known.chain, None], dtype="str").take(np.where(quiet, -1, reached))
    frame["days_in_step"] = _whole(np.where(np.isnat(stay) | quiet, np.nan, stay.astype(float)))
    frame["deadline"] = found.deadline[rows, at].astype("datetime64[s]")
    frame["days_left"] = _whole(np.where(np.isnat(left), np.nan, left.astype(float)))
    frame["steps_left"] = _whole(np.where(quiet, np.nan, remaining.sum(axis=1)))
    frame["chance_pct"], frame["lower_pct"], frame["upper_pct"] = chance * 100, lower * 100, upper * 100
    frame["n"] = _whole(np.where(given, n, np.nan))
    frame["basis"] = pd.array([*GROUPS, None], dtype="str").take(np.where(given, basis, -1))
    told = zip(frame["days_left"], frame["days_in_step"], frame["basis"], frame["n"], seen, strict=True)
    why = [_reason(*row, rules.min_seen) for row in told]
    frame["reason"] = np.where(held | quiet, "有节点结果不明、未报送或企业状态未读懂，不作推算。", np.array(why, object))
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
    >>> bool(cp.analysis.forecast.backtest(cp.example())["n"].gt(0).all())
    True
    """
    import numpy as np
    import pandas as pd

    rules = rules or conventions().forecast
    columns = ["milestone", "label", "days_ahead", "from_pct", "to_pct", "n", "expected_pct", "made", "made_pct"]
    columns += ["lower_pct", "upper_pct", "clause"]
    edges = np.array(rules.bands)
    parts = []
    for m in ds.programme.plant_milestones():
        if not _over(ds, m) or (milestones is not None and m.id not in milestones):
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
    lower, upper = _wilson(share.to_numpy(), frame["n"].to_numpy(float), rules.confidence)
    frame["made_pct"], frame["lower_pct"], frame["upper_pct"] = share * 100, lower * 100, upper * 100
    return frame[columns]


def _over(ds: Dataset, milestone: Milestone) -> bool:
    """Whether a milestone has a deadline for all that has passed."""
    return (due := ds.programme.fixed_day(milestone)) is not None and due < ds.as_of


def _compared(ds: Dataset, milestone: Milestone, ahead: int, rules: ForecastRules) -> pd.DataFrame:
    """Return the plants that had a chance so many days before a milestone's deadline, with chance_pct and made."""
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


def _seen(known: Steps, rows: np.ndarray, remaining: np.ndarray, today: np.ndarray, days_left: np.ndarray) -> np.ndarray:
    """Return, by plant, in how many stays the scarcest interval was seen that one of its steps left may still meet."""
    import numpy as np

    now = (today - known.deadline[rows]).astype(float)
    first, last = now + 1, now + np.maximum(days_left, 1)[:, None]
    ends = np.append(known.edges[1:], np.inf)
    least = np.full(len(rows), np.iinfo(int).max)
    for start, end, seen in zip(known.edges, ends, known.seen, strict=True):
        met = (remaining & (first < end) & (last >= start)).any(axis=1)
        least = np.where(met, np.minimum(least, seen), least)
    dated = ~(remaining & np.isnat(known.deadline[rows])).any(axis=1)  # a step without a deadline has no clock
    return np.where(dated, least, 0)


def _chances(known: Steps, rows: np.ndarray, today: np.ndarray, days_left: np.ndarray, errors: tuple[float, ...]) -> np.ndarray:
    """Return the chance that all steps left are taken in the days left, for hazards and factors so many errors higher."""
    import numpy as np

    order = np.argsort(-days_left, kind="stable")  # who has the most days left first, so that those at work are always a slice
    rows, left = rows[order], days_left[order]
    width, reached, due = len(known.chain), known.reached[rows], known.deadline[rows].T
    now = np.where(np.isnat(due), 0, (today - due).astype(int))
    with np.errstate(divide="ignore"):  # a hazard of 1: nobody stays on
        logs = np.stack([np.log1p(-known.hazard(z)) for z in errors])
    factor = np.stack([(known.factor[rows] * np.exp(z * np.sqrt(known.variance[rows]))).T for z in errors])
    share = np.repeat((np.arange(width + 1)[:, None] == reached)[:, None, :], len(errors), axis=1).astype(float)
    for day in range(1, int(left.max(initial=0)) + 1):
        some = int(np.searchsorted(-left, -day, side="right"))
        met = interval(known.edges, now[:, :some] + day)
        taking = 1 - np.exp(logs[:, met] * factor[:, :, :some])
        for k in range(int(reached.min()), width):  # in order: several steps may be taken on one day
            flow = share[k, :, :some] * taking[:, k]
            share[k, :, :some] -= flow
            share[k + 1, :, :some] += flow
    chances = np.empty((len(errors), len(rows)))
    chances[:, order] = np.clip(share[width], 0, 1)
    return chances


def _quantile(confidence: float) -> float:
    """Return how many standard errors an interval reaches to each side."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _wilson(share: np.ndarray, n: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Return Wilson's score interval of a share seen in ``n`` plants."""
    import numpy as np

    z = _quantile(confidence)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return np.clip(middle - half, 0, share), np.clip(middle + half, share, 1)


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
    return f"距期限同样远近时，以往可参照的企业最少只有 {seen} 家次，不足 {wanted} 家次，不作推算。"


def _whole(values: np.ndarray) -> Any:
    import pandas as pd

    return pd.array(values, dtype="Float64").astype("Int64")
