"""批次之间：同样距期限多远时各走到哪里，名单之间怎样流转，谁列入过而从未完成审核。

Batches side by side: at like distances from their deadlines, lists that follow each other, plants over all their audits.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from cpaudit.analysis import progress
from cpaudit.analysis.basis import statuses
from cpaudit.analysis.basis.codes import grouping, percent
from cpaudit.analysis.basis.milestones import DONE, UNKNOWN, grid
from cpaudit.errors import UsageError
from cpaudit.errors.arguments import dataset_of
from cpaudit.fields import labels
from cpaudit.programme.conventions import conventions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset

#: What came of a plant in one batch.
OUTCOMES = labels("outcome", "under_way")
#: Days to the deadline that batches are compared at; below nothing, after it.
DISTANCES = (360, 270, 180, 90, 60, 30, 10, 0, -30, -90, -180, -365)
_PLANT = ("plant_id", "name", "unit", "county", "industry", "roster")


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

    return pd.concat([_plants(ds) for ds in _ordered(batches)], ignore_index=True)


def at_distance(*batches: Dataset, days: Sequence[int] = DISTANCES) -> pd.DataFrame:
    """返回各批次在同样距期限若干天时完成审核的企业数，便于把进行中的批次与以往的比。

    Return how many plants had finished their audit at like distances from their own deadlines.

    Columns: batch, days_before (days to the deadline; negative: after it), n (plants that have a deadline, didn't leave, of
    which it is known, and for which that day has come by the batch's data date), done, done_pct (null of no more plants than
    are too few to rank, and where too many are unknown), unknown (plants of that kind of which nobody knows). A distance that
    no plant of a batch has come to has no row.

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
    for ds in _ordered(batches):
        found, final = grid(ds), ds.programme.final.id
        at = found.of(final)
        deadline, done_on, state = found.deadline[:, at], found.done_on[:, at], found.state[:, at]
        unknown = np.isin(state, UNKNOWN) | (statuses.unread(ds) & ~np.isin(state, DONE))
        stays = ~np.isnat(deadline) & ~(statuses.left(ds) & ~np.isin(state, DONE)) & (state != "not_applicable")
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
    """返回各批次按单位（行业、名单、区县、咨询机构）的进度，一行一个批次的一组。

    Columns: batch, the grouping, then listed, left, accepted, accepted_pct, overdue, not_reported, unclear as in
    :func:`cpaudit.analysis.progress.summary`; accepted_pct is null of few plants, and where too many are silent or unclear.

    >>> import cpaudit as cp
    >>> cp.analysis.batches.groups(cp.example(), by="unit").shape[0]
    14

    Raises:
        UsageError: no such grouping, one is no data set, or two are of one programme.
    """
    import pandas as pd

    by = grouping(by) or "unit"
    shown = ["listed", "left", "accepted", "accepted_pct", "overdue", "not_reported", "unclear"]
    parts = [progress.summary(ds, by).assign(batch=ds.programme.id) for ds in _ordered(batches)]
    frame = pd.concat(parts, ignore_index=True)
    unknown = frame["not_reported"] + frame["part_unreported"] + frame["unclear"].astype("Int64").fillna(0)
    frame["accepted_pct"] = _share(frame["accepted"], frame["listed"] - unknown, unknown, of=frame["listed"])
    return frame[["batch", by, *shown]]


def flows(*batches: Dataset) -> pd.DataFrame:
    """返回名单之间的流转：上一批次各种结果的企业中，多少列入了下一批次。

    Return, for each batch and the next, what became of the plants by their outcome in the first.

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

    ordered = _ordered(batches)
    if len(ordered) > 1 and (undated := [ds.programme.title for ds in ordered if not _listed(ds)]):
        raise UsageError(f"{undated[0]}没有名单公布日期和印发日期，不知道在哪个批次之后，不能看名单之间的流转。")
    seen, rows = set[str](), []
    for old, new in pairwise(ordered):
        mine, listed = _plants(old), set(new.plants["plant_id"])
        here = set(mine["plant_id"])
        head = (old.programme.id, new.programme.id)
        for outcome in OUTCOMES:
            of = mine.loc[mine["outcome"] == outcome, "plant_id"]
            if len(of):
                rows.append((*head, outcome, len(of), int(of.isin(listed).sum())))
        back, first = listed & (seen - here), listed - seen - here
        rows += [(*head, name, len(those), len(those)) for name, those in (("earlier", back), ("first", first)) if those]
        seen |= here
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
    every["first_batch"] = by_plant["first_batch"].transform("first")
    finished = every.loc[every["outcome"] == "accepted", "plant_id"]
    last = every[~every["plant_id"].isin(finished)].drop_duplicates("plant_id", keep="last")  # one listing of several, counted
    kept = [*_PLANT, "times", "first_batch", "batch", "deadline", "outcome", "doubtful"]
    return last.sort_values(["doubtful", "listed_on"], ascending=[True, False], kind="stable")[kept].reset_index(drop=True)


def _share(part: pd.Series, whole: pd.Series, unknown: pd.Series | int = 0, of: pd.Series | None = None) -> pd.Series:
    """Return a share in per cent (of ``whole``, or ``of``), null of few plants and where too many more are ``unknown``."""
    rules = conventions().bulletin
    sure = (whole > rules.small_unit) & (unknown <= rules.max_silent_pct / 100 * (whole + unknown))
    return percent(part, whole if of is None else of).where(sure)


def _plants(ds: Dataset) -> pd.DataFrame:
    import pandas as pd

    found = grid(ds)
    at = found.of(ds.programme.final.id)
    return pd.DataFrame(
        {
            **{column: ds.plants[column].array for column in _PLANT},
            "batch": pd.array([ds.programme.id] * len(ds.plants), dtype="str"),
            "first_batch": ds.plants["cohort"].fillna(ds.programme.id).array,
            "listed_on": ds.plants["listed_on"].array,
            "deadline": found.deadline[:, at].astype("datetime64[s]"),
            "outcome": pd.array(_outcome(ds), dtype="str"),
            "accepted_on": found.done_on[:, at].astype("datetime64[s]"),
        }
    )


def _outcome(ds: Dataset) -> np.ndarray:
    """Return what came of each plant; what nobody knows comes before what accuses."""
    import numpy as np

    found = grid(ds)
    at = found.of(ds.programme.final.id)
    last = found.state[:, at]
    rules = {
        "accepted": np.isin(last, DONE),
        "not_reported": last == "not_reported",
        "unclear": np.isin(last, UNKNOWN) | statuses.unread(ds),
        "left": statuses.left(ds),
        "failed": (found.state == "failed").any(axis=1),
        "overdue": found.overdue[:, at],
    }
    return np.select(list(rules.values()), list(rules), default="under_way")


def _ordered(batches: Sequence[Dataset]) -> list[Dataset]:
    """Return the batches by the day of their lists."""
    for ds in batches:
        dataset_of(ds)
    if not batches:
        raise UsageError("请至少给一个批次的数据，如 cp.open(programme=…) 得到的 ds。")
    ids = [ds.programme.id for ds in batches]
    if twice := [each for each in dict.fromkeys(ids) if ids.count(each) > 1]:
        raise UsageError(f"批次 {twice[0]} 给了两次；一个批次只取一份快照，同一批次前后两天的比较请用 cpaudit diff。")
    return sorted(batches, key=lambda ds: (_listed(ds) or "9", ds.programme.id))


def _listed(ds: Dataset) -> str:
    """Return the day of a batch's first list, else that of its notice; '' where nobody tells."""
    import pandas as pd

    first = ds.plants["listed_on"].min()
    return f"{ds.programme.document.published or ''}" if pd.isna(first) else f"{first:%Y-%m-%d}"
