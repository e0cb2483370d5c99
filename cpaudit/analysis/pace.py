"""进度快慢：与匀速推进相比，快了还是慢了多少家。

Pace: how far all should be at a day if they moved evenly from deadline to deadline, and how far they are.

A convention of the workbench (工作台约定), the notice has none. For each plant and milestone the line rises from 0 at the
last day of the milestone before it to 1 at its own last day. Before it stands what the programme's ``after`` names (the
latest where several); where that falls due no earlier, the one before that; where there is none, the day of listing.
Without a known start all falls due on the last day. What is expected of a group is the sum of its plants' lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.basis.codes import PLANT_GROUPS, groups, in_words, percent
from cpaudit.analysis.basis.milestones import UNKNOWN, grid, last_day_margin, steps_asked
from cpaudit.analysis.progress import in_order
from cpaudit.errors.arguments import one_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.programme import Milestone, Programme


def pace(ds: Dataset, by: str = "unit") -> pd.DataFrame:
    """返回各组在各节点上与应有进度的差距。

    Return how far each group is from the expected pace, milestone by milestone.

    Columns: the grouping (unit, industry, roster, county or consultant), milestone, label, n (plants that it binds, that
    haven't left, whose deadline is known and of which something is known), done, expected (plants, may be broken), distance
    (done − expected), done_pct, expected_pct, distance_pct (points), clause. Percentages are null over nothing.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.pace.pace(ds)["unit"].nunique()
    14

    Raises:
        UsageError: no such grouping; its last line lists them.
    """
    import numpy as np
    import pandas as pd

    by = one_of("不能按“{}”分组", by, in_words(PLANT_GROUPS))
    found = grid(ds)
    counted = _counted(ds)
    share = _rise(*_lines(ds), _today(ds))
    steps = ds.programme.plant_milestones()
    each = np.stack([counted, counted & found.done, share * counted]).reshape(3, len(counted), len(steps))
    wide = pd.DataFrame(each.transpose(1, 2, 0).reshape(len(counted), 3 * len(steps)))
    sums = in_order(ds, wide.groupby(groups(ds, by), dropna=False).sum(), by)
    frame = sums.loc[sums.index.repeat(len(steps)), [by]].reset_index(drop=True)
    for column in ("milestone", "label", "clause"):
        frame[column] = [getattr(m, column.replace("milestone", "id")) for m in steps] * len(sums)
    numbers = sums.drop(columns=by).to_numpy(float).reshape(-1, 3)
    frame["n"], frame["done"], frame["expected"] = numbers[:, 0].astype(int), numbers[:, 1].astype(int), numbers[:, 2]
    unsaid = in_order(
        ds, pd.DataFrame((found.state == "not_reported").astype(int)).groupby(groups(ds, by), dropna=False).sum(), by
    )
    quiet = (unsaid.drop(columns=by).to_numpy().ravel() > 0) & (frame["n"] == 0).to_numpy()
    if quiet.any():  # nothing came, so nothing can be held against it
        frame["done"] = frame["done"].astype("Int64").mask(quiet)
        frame["expected"] = frame["expected"].mask(quiet)
    frame["distance"] = (frame["done"] - frame["expected"]).astype(float)
    for column in ("done", "expected", "distance"):
        frame[f"{column}_pct"] = percent(frame[column], frame["n"])
    columns = ["n", "done", "expected", "distance", "done_pct", "expected_pct", "distance_pct", "clause"]
    return frame[[by, "milestone", "label", *columns]]


def s_curve(ds: Dataset, milestones: Sequence[str] | None = None) -> pd.DataFrame:
    """逐日返回已完成的企业数和应完成的企业数。

    Return, day by day, how many plants had done a milestone and how many were expected to: an S-curve against its plan.

    Columns: milestone, date, done (cumulative; null after the as-of date), expected, n (as in :func:`pace`). From the day
    on which the first line starts to the last deadline of all, or the as-of date if that is later.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.pace.s_curve(ds).columns.tolist()[:2]
    ['milestone', 'date']

    Raises:
        UsageError: plants have no such milestone; its last line lists them.
    """
    import numpy as np
    import pandas as pd

    found, counted = grid(ds), _counted(ds)
    milestones = steps_asked(ds, milestones)
    starts, lasts = _lines(ds)
    today = _today(ds)
    chosen = [found.of(m) for m in milestones]
    dates = np.concatenate([starts[:, chosen].ravel(), lasts[:, chosen].ravel(), [today]])
    dates = dates[~np.isnat(dates)]
    days = np.arange(dates.min(), dates.max() + np.timedelta64(1, "D"))
    parts = []
    for milestone, at in zip(milestones, chosen, strict=True):
        mine = counted[:, at]
        done = np.searchsorted(np.sort(found.done_on[mine & found.done[:, at], at]), days, side="right")
        lines, plants = _distinct(starts[mine, at], lasts[mine, at])
        expected = _rise(lines[:, 0], lines[:, 1], days[:, None]) @ plants
        parts.append(
            pd.DataFrame({"milestone": milestone, "date": days.astype("datetime64[s]"), "expected": expected, "n": mine.sum()})
        )
        parts[-1]["done"] = pd.array(np.where(days <= today, done, np.nan), dtype="Float64").astype("Int64")
    return pd.concat(parts, ignore_index=True)[["milestone", "date", "done", "expected", "n"]]


def _today(ds: Dataset) -> np.datetime64:
    """The as-of date, for arrays of days."""
    import numpy as np

    return np.datetime64(ds.as_of, "D")


def _counted(ds: Dataset) -> np.ndarray:
    """Where a milestone counts: it binds the plant, which hasn't left without it, its deadline is known, and what came of it."""
    import numpy as np

    found = grid(ds)
    counted: np.ndarray = ~np.isin(found.state, ["left", *UNKNOWN, "not_applicable"]) & ~np.isnat(found.deadline)
    return counted


def _lines(ds: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return the days on which each plant's line of each milestone starts and ends.

    It starts on the latest day on which an earlier step is due before it, or when the plant was listed: a plant's own deadline
    may lie before those of the steps that lead there.
    """
    import numpy as np

    found = grid(ds)
    lasts = found.deadline - np.timedelta64(last_day_margin(ds), "D")
    listed = ds.plants["listed_on"].to_numpy("datetime64[D]")
    starts = np.empty_like(lasts)
    for at, m in enumerate(ds.programme.plant_milestones()):
        start = np.full(len(lasts), "NaT", dtype=lasts.dtype)
        for before in _steps_before(ds.programme, m):
            latest = np.fmax.reduce(lasts[:, [found.of(name) for name in before]], axis=1)  # one without a deadline is none
            start = np.where(np.isnat(start) & (latest < lasts[:, at]), latest, start)
        starts[:, at] = np.where(np.isnat(start), listed, start)
    return starts, lasts


def _steps_before(programme: Programme, milestone: Milestone) -> Iterator[list[str]]:
    """Yield the plant's steps that lead to one, those right before it first."""
    steps = {m.id: m for m in programme.plant_milestones()}
    before = [name for name in milestone.after if name in steps]
    while before:
        yield before
        before = [name for one in before for name in steps[one].after if name in steps]


def _rise(start: np.ndarray, last: np.ndarray, day: np.ndarray | np.datetime64) -> np.ndarray:
    """Return the share of the line done at the end of a day: 0 up to its start, 1 from its last day on."""
    import numpy as np

    length = (last - start).astype(float)
    step = np.isnat(start) | (length <= 0)
    gone = (day - start).astype(float) / np.where(step, 1, length)
    return np.where(step, day >= last, np.clip(gone, 0, 1))


def _distinct(starts: np.ndarray, lasts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the different lines and how many plants have each; few, since most deadlines are shared."""
    import numpy as np

    pairs, counts = np.unique(np.stack([starts, lasts], axis=1).astype(np.int64), axis=0, return_counts=True)
    return pairs.astype("datetime64[D]"), counts
