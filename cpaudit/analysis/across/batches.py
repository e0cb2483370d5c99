"""批次之间：同样距期限多远时各走到哪里，名单之间怎样流转，谁列入过而从未完成审核。

Batches side by side: at like distances from their deadlines, lists that follow each other, plants over all their audits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import progress
from cpaudit.analysis.across import listings
from cpaudit.analysis.basis import statuses
from cpaudit.analysis.basis.codes import grouping, percent
from cpaudit.analysis.basis.milestones import DONE, UNKNOWN, grid
from cpaudit.analysis.carry_over import audited
from cpaudit.errors import UsageError
from cpaudit.fields import labels
from cpaudit.programme.conventions import conventions
from cpaudit.programme.deadlines import later

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from cpaudit.dataset import Dataset

#: What came of a plant in one batch.
OUTCOMES = labels("outcome", "under_way")
#: Those of plants whose audit is done.
FINISHED = ("accepted", "counted")
#: Days to the deadline that batches are compared at; below nothing, after it.
DISTANCES = (360, 270, 180, 90, 60, 30, 10, 0, -30, -90, -180, -365)


def plants(*batches: Dataset) -> pd.DataFrame:
    """返回各批次每家企业的结果，每个批次每家一行，批次按名单公布先后排列。

    Return what came of each plant in each batch; the same plant goes by the same plant_id.

    Columns: plant_id, name, unit, county, industry, roster, batch, first_batch (which listed it first), listed_on, deadline (of
    the last milestone, the plant's own where it has one), outcome (a key of ``OUTCOMES``), accepted_on.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.batches.plants(ds)["outcome"].isin(cp.analysis.batches.OUTCOMES).all().item()
    True

    Raises:
        UsageError: one is no data set, or two are of one programme.
    """
    import pandas as pd

    return pd.concat([listings.of(ds) for ds in listings.in_order(batches)], ignore_index=True)


def at_distance(*batches: Dataset, days: Sequence[int] = DISTANCES) -> pd.DataFrame:
    """返回各批次在同样距期限若干天时完成审核的企业数，便于把进行中的批次与以往的比。

    Return how many plants had finished their audit at like distances from their own deadlines.

    Columns: batch, days_before (days to the deadline; negative: after it), n (plants that have a deadline, didn't leave, don't
    count as audited otherwise, of which it is known, and for which that day has come by the batch's data date), done, done_pct
    (null of no more plants than are too few to rank, and where too many are unknown), unknown (plants of that kind of which
    nobody knows). A distance that no plant of a batch has come to has no row.

    >>> import cpaudit as cp
    >>> found = cp.analysis.batches.at_distance(cp.example())
    >>> found["done"].is_monotonic_increasing or len(found) > 0
    True

    Raises:
        UsageError: one is no data set, or two are of one programme.
    """
    import numpy as np
    import pandas as pd

    rows = []
    for ds in listings.in_order(batches):
        found, final = grid(ds), ds.programme.final.id
        at = found.of(final)
        deadline, done_on, state = found.deadline[:, at], found.done_on[:, at], found.state[:, at]
        unknown = np.isin(state, UNKNOWN) | (statuses.unread(ds) & ~np.isin(state, DONE))
        # what counts as audited has no day of its own, so that it is neither done nor behind
        stays = ~np.isnat(deadline) & ~audited(ds)[0] & ~(statuses.left(ds) & ~np.isin(state, DONE)) & (state != "not_applicable")
        for distance in sorted(days, reverse=True):
            on = deadline - np.timedelta64(distance, "D")
            come = stays & (on <= np.datetime64(ds.as_of, "D"))
            if come.any():
                counted = come & ~unknown
                done = counted & (done_on <= on)
                rows.append((ds.programme.id, distance, counted.sum(), done.sum(), (come & unknown).sum()))
    frame = pd.DataFrame(rows, columns=["batch", "days_before", "n", "done", "unknown"])
    frame.insert(4, "done_pct", _share(frame["done"], frame["n"], frame["unknown"]))
    return frame.astype({"batch": "str"})


def groups(*batches: Dataset, by: str = "unit") -> pd.DataFrame:
    """返回各单位（行业、名单、区县、咨询机构、首次列入批次）历年各批次的进度，一行一个批次的一组，同组的相连、先后排列。

    Columns: batch, year (of its list; null where nobody knows), the grouping, then listed, left, accepted, accepted_pct,
    overdue, not_reported, unclear as in :func:`cpaudit.analysis.progress.summary`, change_pct (points of accepted_pct since the
    batch before that lists some of the group; null without). accepted_pct is null of few plants, and where too many are silent
    or unclear. A unit has a row for each batch that is also its own.

    >>> import cpaudit as cp
    >>> cp.analysis.batches.groups(cp.example(), by="unit").shape[0]
    14

    Raises:
        UsageError: no such grouping, one is no data set, or two are of one programme.
    """
    import pandas as pd

    by = grouping(by) or "unit"
    shown = ["listed", "left", "accepted", "accepted_pct", "overdue", "not_reported", "unclear"]
    parts = [
        progress.summary(ds, by).assign(batch=ds.programme.id, year=ds.plants["listed_on"].min().year)
        for ds in listings.in_order(batches)
    ]
    every = pd.concat(parts, ignore_index=True)
    unknown = every["not_reported"] + every["part_unreported"] + every["unclear"].astype("Int64").fillna(0)
    every["accepted_pct"] = _share(every["accepted"], every["listed"] - unknown, unknown, of=every["listed"])
    frame = every.iloc[every[by].factorize(use_na_sentinel=False)[0].argsort(kind="stable")].reset_index(drop=True)
    rate = frame["accepted_pct"].where(frame["listed"] > 0)
    earlier = rate.groupby(frame[by], dropna=False).ffill().groupby(frame[by], dropna=False).shift()
    frame["change_pct"], frame["year"] = rate - earlier, frame["year"].astype("Int64")
    return frame[["batch", "year", by, *shown, "change_pct"]]


def flows(*batches: Dataset) -> pd.DataFrame:
    """返回名单之间的流转：上一批次各种结果的企业中，多少列入了下一批次；没有共同单位和企业的批次之间没有流转。

    Return, for each batch and the next that shares units with it (or plants), what became of the plants by their outcome in the
    first; plants of units that the next has none of are not counted.

    Columns: batch, next_batch, outcome (a key of ``OUTCOMES``; ``first`` are plants of the next that no earlier batch here
    lists, ``earlier`` those that an earlier one lists but not ``batch``), n, again (of them listed in the next), again_pct (null
    of few plants).
    Plants that finished and are listed again are due again; those that failed or were late are carried over.

    >>> import cpaudit as cp
    >>> cp.analysis.batches.flows(cp.example()).empty
    True

    Raises:
        UsageError: one is no data set, two are of one programme, or of one nobody knows when its list was published.
    """
    import pandas as pd

    ordered, rows = listings.in_order(batches), []
    if len(ordered) > 1 and (undated := [ds.programme.title for ds in ordered if not listings.day(ds)]):
        raise UsageError(f"{undated[0]}没有名单公布日期和印发日期，不知道在哪个批次之后，不能看名单之间的流转。")
    for at, new in enumerate(ordered):
        old = next((each for each in reversed(ordered[:at]) if listings.meet(each, new)), None)
        if old is None:
            continue
        mine, listed = listings.of(old), set(new.plants["plant_id"])
        if shared := set(old.programme.units) & set(new.programme.units):
            mine = mine[mine["unit"].isin(shared) | mine["plant_id"].isin(listed)]
        here, head = set(old.plants["plant_id"]), (old.programme.id, new.programme.id)
        seen = set[str]().union(*(each.plants["plant_id"] for each in ordered[:at]))
        for outcome in OUTCOMES:
            of = mine.loc[mine["outcome"] == outcome, "plant_id"]
            if len(of):
                rows.append((*head, outcome, len(of), int(of.isin(listed).sum())))
        back, first = listed & (seen - here), listed - seen - here
        rows += [(*head, name, len(those), len(those)) for name, those in (("earlier", back), ("first", first)) if those]
    frame = pd.DataFrame(rows, columns=["batch", "next_batch", "outcome", "n", "again"])
    frame["again_pct"] = _share(frame["again"], frame["n"])
    return frame.astype({"batch": "str", "next_batch": "str", "outcome": "str"})


def unaudited(*batches: Dataset) -> pd.DataFrame:
    """返回列入过名单而没有一个批次说明已完成审核的企业，每家一行，结果不明的在后，其余最近一次列入的在前。

    Return the plants that some batch lists and of which no batch says that they finished.

    Columns: plant_id, name, unit, county, industry, roster (as last listed), times (how many of the batches list it),
    first_batch, batch (the last), deadline, outcome (in the last), doubtful (whether a batch doesn't say what came of it: it
    may have finished).

    >>> import cpaudit as cp
    >>> found = cp.analysis.batches.unaudited(cp.example())
    >>> "accepted" in set(found["outcome"])
    False

    Raises:
        UsageError: one is no data set, or two are of one programme.
    """
    every = plants(*batches)
    by_plant = every.groupby("plant_id")
    every["times"] = by_plant["batch"].transform("size")
    every["doubtful"] = every["outcome"].isin(["unclear", "not_reported"]).groupby(every["plant_id"]).transform("any")
    earliest = every.drop_duplicates("plant_id").set_index("plant_id")["first_batch"]
    every["first_batch"] = every["plant_id"].map(earliest)
    finished = every.loc[every["outcome"].isin(FINISHED), "plant_id"]
    last = every[~every["plant_id"].isin(finished)].drop_duplicates("plant_id", keep="last")  # one listing of several, counted
    kept = [*listings.PLANT, "times", "first_batch", "batch", "deadline", "outcome", "doubtful"]
    return last.sort_values(["doubtful", "listed_on"], ascending=[True, False], kind="stable")[kept].reset_index(drop=True)


def _share(part: pd.Series, whole: pd.Series, unknown: pd.Series | int = 0, of: pd.Series | None = None) -> pd.Series:
    """Return a share in per cent (of ``whole``, or ``of``), null of few plants and where too many more are ``unknown``."""
    rules = conventions().bulletin
    sure = (whole > rules.small_unit) & (unknown <= rules.max_silent_pct / 100 * (whole + unknown))
    return percent(part, whole if of is None else of).where(sure)


def repeats(*batches: Dataset) -> pd.DataFrame:
    """返回完成审核后到期应重新审核的企业：按列入原因的周期（如双有企业五年），每家一行，最早到期的在前。

    Return when plants that finished are due again, by the cycle of the reasons for which they were listed: what the notice of
    their last audit says (``consequences.repeat_years``), else ``data/reference/conventions.yaml``.

    Columns: plant_id, name, unit, county, industry, reasons, batch (in which it finished last), accepted_on, years, due_on,
    again (whether a later batch lists it), days (from the newest data date to due_on; below nothing: it has passed), ruled
    (whether the notice says so, not the convention). A plant of which no reason has a cycle, or is known, has no row.

    >>> import cpaudit as cp
    >>> found = cp.analysis.batches.repeats(cp.example())
    >>> set(found["years"])
    {5}

    Raises:
        UsageError: one is no data set, or two are of one programme.
    """
    import pandas as pd

    ordered, rows = listings.in_order(batches), []
    every = plants(*ordered)
    done = every[(every["outcome"] == "accepted") & every["accepted_on"].notna()]
    last = every.groupby("plant_id")["batch"].last()
    asof = max(ds.as_of for ds in ordered)
    latest = done.sort_values("accepted_on", kind="stable").drop_duplicates("plant_id", keep="last")  # the audit before is over
    rules = {ds.programme.id: ds.programme.consequences.repeat_years for ds in ordered}
    reasons = {ds.programme.id: dict(zip(ds.plants["plant_id"], ds.plants["reasons"], strict=True)) for ds in ordered}
    for row in latest.to_dict("records"):
        said, own = reasons[row["batch"]][row["plant_id"]], rules[row["batch"]]
        cycles = conventions().consequences.repeat_years if own is None else own
        years = [cycles[reason] for reason in (said.split(";") if isinstance(said, str) else ()) if reason in cycles]
        if years:
            due = later(row["accepted_on"].date(), months=12 * min(years))
            more = {"reasons": said, "years": min(years), "due_on": due, "again": last[row["plant_id"]] != row["batch"]}
            rows.append(row | more | {"days": (due - asof).days, "ruled": own is not None})
    kept = [*listings.PLANT[:-1], "reasons", "batch", "accepted_on", "years", "due_on", "again", "days", "ruled"]
    frame = pd.DataFrame(rows, columns=kept).sort_values("due_on", kind="stable").reset_index(drop=True)
    return frame.assign(due_on=pd.to_datetime(frame["due_on"]))
