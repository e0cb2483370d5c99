"""Comparisons that work reports make: a part against the whole, milestone by milestone, and this day against the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis.basis import statuses
from cpaudit.analysis.basis.codes import percent
from cpaudit.analysis.basis.milestones import UNKNOWN, grid, last_day_margin
from cpaudit.analysis.progress import judges
from cpaudit.dataset.dated import undated
from cpaudit.errors.arguments import dataset_of

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset


def measures(ds: Dataset) -> dict[str, int]:
    """返回两天之间比较哪些数，以及多了是好（1）、是坏（-1）还是无所谓好坏（0）。"""
    steps = dict.fromkeys(ds.programme.stages, 1) | {"overdue": -1} | ({"failed": -1} if judges(ds) else {})
    verdicts = {"judged": 0, "attained": 1} if ds.programme.targets else {}
    return {"listed": 0} | steps | {"left": 0} | verdicts | {"options_implemented": 1}


def with_whole(part: Dataset, whole: Dataset) -> pd.DataFrame:
    """返回一部分企业与全部企业在各节点上的对比。

    Return how far a part's plants are beside all plants, milestone by milestone in the notice's order.

    Columns: milestone, label, deadline (the usual one of the part; null where there is none), due (whether its last day has
    passed for the whole's usual deadline), n (plants that it binds and that haven't left without it), done, done_pct, then
    whole_n, whole_done, whole_pct, distance_pct (points: part less whole), clause. Percentages are null over nothing.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> len(cp.analysis.compared.with_whole(ds.select(unit="唐山"), ds)) > 0
    True
    """
    import numpy as np
    import pandas as pd

    dataset_of(part)
    dataset_of(whole)
    steps = part.programme.plant_milestones()
    frame = pd.DataFrame(
        {"milestone": [m.id for m in steps], "label": [m.label for m in steps], "clause": [m.clause for m in steps]}
    )
    for ds, head in ((part, ""), (whole, "whole_")):
        found = grid(ds)
        counted = ~np.isin(found.state, ["left", *UNKNOWN, "not_applicable"])
        frame[f"{head}n"], frame[f"{head}done"] = counted.sum(axis=0), (counted & found.done).sum(axis=0)
        quiet = (frame[f"{head}n"] == 0) & (found.state == "not_reported").any(axis=0)
        if quiet.any():
            frame[f"{head}done"] = frame[f"{head}done"].astype("Int64").mask(quiet)
        frame["done_pct" if not head else "whole_pct"] = percent(frame[f"{head}done"], frame[f"{head}n"])
    frame["distance_pct"] = frame["done_pct"] - frame["whole_pct"]
    usual = {head: _usual(ds) for ds, head in ((part, "part"), (whole, "whole"))}
    frame["deadline"] = usual["part"]
    last = usual["whole"] - pd.Timedelta(days=last_day_margin(whole))
    frame["due"] = last < pd.Timestamp(whole.as_of)
    columns = ["milestone", "label", "deadline", "due", "n", "done", "done_pct"]
    return frame[[*columns, "whole_n", "whole_done", "whole_pct", "distance_pct", "clause"]]


def with_before(now: Dataset, before: Dataset) -> pd.DataFrame:
    """返回同一批企业的各项数量比以前某一天有何变化。

    Return how the counts of the same plants changed since an earlier day.

    Columns: measure (a key of :func:`measures`), before, now, change (null where a day has no values of its own). Counted are
    plants of which something came on both days; options_implemented counts options.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> len(cp.analysis.compared.with_before(ds, ds.at("2022-06-01"))) > 0
    True
    """
    import pandas as pd

    dataset_of(now)
    dataset_of(before)
    # what nobody reported on one of the days neither rose nor fell
    silent = {plant for ds in (before, now) for plant in ds.plants["plant_id"][statuses.untold(ds)]}
    both = [ds.reduced(set(ds.plants["plant_id"]) - silent) if silent else ds for ds in (before, now)]
    counts = [_counts(ds) for ds in both]
    compared = list(measures(now))
    frame = pd.DataFrame({"measure": compared})
    for name, each in zip(("before", "now"), counts, strict=True):
        counted = [each[measure] for measure in compared]
        frame[name] = pd.array(counted, dtype="Int64") if None in counted else counted
    frame["change"] = frame["now"] - frame["before"]
    return frame


def _counts(ds: Dataset) -> dict[str, int | None]:
    from cpaudit.analysis import attainment, benefits, progress

    rows: dict[Any, Any] = {name: int(flags.sum()) for name, flags in progress.counts(ds).items()}
    if not undated(ds):
        rows = {**attainment.summary(ds).iloc[0], **rows, "options_implemented": benefits.totals(ds)["options"].iloc[0]}
    return {measure: int(rows[measure]) if measure in rows else None for measure in measures(ds)}


def _usual(ds: Dataset) -> pd.Series:
    """Return the deadline that most plants have, per milestone; null where none has one."""
    import numpy as np
    import pandas as pd

    found = grid(ds)
    columns = [pd.Series(found.deadline[found.state[:, at] != "not_applicable", at]) for at in range(len(found.milestones))]
    modes = [c.mode() for c in columns]
    return pd.Series([m.iloc[0] if len(m) else np.datetime64("NaT") for m in modes], dtype="datetime64[s]")
