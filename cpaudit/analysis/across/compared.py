"""Comparisons that work reports make: a part against the whole, milestone by milestone, and this day against the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.basis import statuses, unsaid
from cpaudit.analysis.basis.codes import percent
from cpaudit.analysis.basis.deadlines import shared
from cpaudit.analysis.basis.milestones import UNKNOWN, grid, last_day_margin
from cpaudit.analysis.progress import judges
from cpaudit.dataset.dated import undated
from cpaudit.errors.arguments import dataset_of

if TYPE_CHECKING:
    import numpy as np
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

    Columns: milestone, label, deadline (of nearly all the part's plants; null without such), due (whether its last day has
    passed for the whole's usual deadline), n (plants that it binds, that haven't left without it, and of which it is
    known), done, done_pct, unknown (plants that it may bind and of which nobody knows), then whole_n, whole_done, whole_pct,
    whole_unknown,
    distance_pct (points: part less whole), clause. Percentages are null over nothing.

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
        frame[f"{head}unknown"] = np.isin(found.state, UNKNOWN).sum(axis=0)
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
    columns = ["milestone", "label", "deadline", "due", "n", "done", "done_pct", "unknown"]
    return frame[[*columns, "whole_n", "whole_done", "whole_pct", "whole_unknown", "distance_pct", "clause"]]


def with_before(now: Dataset, before: Dataset) -> pd.DataFrame:
    """返回同一批企业的各项数量比以前某一天有何变化。

    Return how the counts of the same plants changed since an earlier day.

    Columns: measure (a key of :func:`measures`), before, now, change (null where a day has no values of its own), whole (whether
    no plant was left out). Counted are plants of which something came on both days, and of these the steps of which it is known
    on both how far they are; not counted are verdicts and options of plants that had them before and sent none now: what nobody
    reported or understands neither rose nor fell. options_implemented counts options.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> len(cp.analysis.compared.with_before(ds, ds.at("2022-06-01"))) > 0
    True
    """
    import pandas as pd

    dataset_of(now)
    dataset_of(before)
    silent = {plant for ds in (before, now) for plant in ds.plants["plant_id"][statuses.untold(ds)]}
    pair = [ds.reduced(set(ds.plants["plant_id"]) - silent) if silent else ds for ds in (before, now)]
    lost = _lost(*pair)
    days = [_each(ds, where) for ds, where in zip(pair, unsaid.comparable(*pair), strict=True)]
    compared = list(measures(now))
    frame = pd.DataFrame({"measure": compared, "whole": [not silent] * len(compared)})
    for name, ds, each in zip(("before", "now"), pair, days, strict=True):
        kept = {m: ~ds.plants["plant_id"].isin(lost.get(m, set())).to_numpy(bool) for m in compared}
        known = [(each.get(m, (None, True)), kept[m]) for m in compared]
        counted = [None if flags is None else int(flags[mine].sum()) for (flags, _), mine in known]
        frame["whole"] &= pd.Series([bool(whole and mine.all()) for (_, whole), mine in known])
        frame[name] = pd.array(counted, dtype="Int64") if None in counted else counted
    frame["change"] = frame["now"] - frame["before"]
    return frame[["measure", "before", "now", "change", "whole"]]


def _each(ds: Dataset, where: np.ndarray) -> dict[str, tuple[np.ndarray | None, bool]]:
    """Return of each measure what each plant adds to it, of the steps in ``where`` (None: of none), and whether these are all."""
    from cpaudit.analysis import attainment, benefits, progress

    found = grid(ds)
    steps = {stage: found.of(m.id) for stage, m in ds.programme.stages.items()}
    rows: dict[str, tuple[np.ndarray | None, bool]] = {name: (flags, True) for name, flags in progress.counts(ds).items()}
    for stage, at in steps.items():
        here = where[:, at]
        rows[stage] = found.done[:, at] & here if here.any() or not len(here) else None, bool(here.all())
    rows["overdue"] = (found.overdue & where).any(axis=1), bool(where.all())
    rows["failed"] = ((found.state == "failed") & where).any(axis=1), bool(where.all())
    if not undated(ds):
        each = attainment.plants(ds)
        verdict = each["verdict"].mask(each["left"])
        rows["judged"] = verdict.isin(["attained", "not_attained"]).to_numpy(bool), True
        rows["attained"] = verdict.eq("attained").to_numpy(bool), True
        carried_out = benefits.of_status(ds, "implemented")["plant_id"].value_counts()
        rows["options_implemented"] = ds.plants["plant_id"].map(carried_out).fillna(0).to_numpy(int), True
    return rows


def _lost(before: Dataset, now: Dataset) -> dict[str, set[str]]:
    """Return, by measure, the plants that had it before and of which nothing tells it now."""
    from cpaudit.analysis import attainment

    if undated(before) or undated(now):
        return {}
    judged = [attainment.plants(ds).set_index("plant_id")["verdict"].ne("cannot_judge") for ds in (before, now)]
    sent = [
        set(ds.returns.loc[ds.returns["kind"].eq("options") & ds.returns["state"].eq("received"), "plant_id"])
        for ds in (before, now)
    ]
    unjudged = {str(plant) for plant in judged[0].index[judged[0]] if plant in judged[1] and not judged[1][plant]}
    return {"judged": unjudged, "attained": unjudged, "options_implemented": sent[0] - sent[1]}


def _usual(ds: Dataset) -> pd.Series:
    """Return the deadline that nearly all plants have, per milestone; null where there is none such."""
    import pandas as pd

    found = grid(ds)
    days = [shared(found.deadline[found.state[:, at] != "not_applicable", at]) for at in range(len(found.milestones))]
    return pd.Series(days, dtype="datetime64[s]")
