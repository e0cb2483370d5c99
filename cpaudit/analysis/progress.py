"""进度：每家企业、每个单位走到哪一步，还有什么要办。

Progress: where each plant and group of plants stands, and what must be done next (二（二）).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis.basis import deciding, statuses, unsaid
from cpaudit.analysis.basis.codes import grouping, groups, percent, positions, sums
from cpaudit.analysis.basis.deadlines import days_between
from cpaudit.analysis.basis.due import deadlines
from cpaudit.analysis.basis.milestones import (
    AHEAD,
    DONE,
    STATES,
    grid,
    last_day_margin,
    milestone_states,
    steps_asked,
    unit_states,
    units_shown,
)
from cpaudit.analysis.basis.working import WORKING_DAYS
from cpaudit.dataset import remembered
from cpaudit.errors.arguments import number_of
from cpaudit.fields import labels
from cpaudit.programme import industries

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset

__all__ = [
    "DONE",
    "STAGES",
    "STATES",
    "WORKING_DAYS",
    "counts",
    "curve",
    "deadlines",
    "in_order",
    "judges",
    "late_when_left",
    "milestone_states",
    "plants",
    "said",
    "summary",
    "to_do",
    "unit_states",
]

#: What the stages of a plant's way are mostly called; which ones a programme has: :attr:`Programme.stages`.
STAGES = labels("stage", "listed")
_OPEN = ("failed", "overdue", *AHEAD)


@remembered
def plants(ds: Dataset) -> pd.DataFrame:
    """返回每家企业走到哪一步，每家一行。

    Return where each plant stands.

    Columns: plant_id, uscc, name, unit, county, industry, roster, status, stage (``listed`` or the furthest of the
    programme's stages that it reached), stage_sure (whether nothing after it is unclear or wasn't reported),
    n_overdue (null where nothing came, as is the status then), worst_overdue_days, next_milestone, next_deadline (the first
    one not done), accepted_on, failed (whether an assessment or acceptance was not passed and not made good since), unclear,
    due_soon (whether a milestone is), not_reported (whether no return and no export says anything of its progress),
    part_unreported (whether none has a cell for some step of it, though for others), doubt (open
    errors and questions at the cells that its milestones were read from, with these cells; null: none).

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> len(cp.analysis.progress.plants(ds))
    446
    """
    import numpy as np
    import pandas as pd

    found = grid(ds)
    furthest, sure, stages = np.zeros(len(ds.plants), int), np.ones(len(ds.plants), bool), ds.programme.stages
    for at, step in enumerate(stages.values(), start=1):
        column = found.of(step.id)
        furthest[found.done[:, column]] = at
        sure = (sure | found.done[:, column]) & ~np.isin(found.state[:, column], ["unclear", "not_reported"])
    overdue, ahead = found.overdue, np.isin(found.state, _OPEN)
    untold = statuses.untold(ds)
    worst = np.where(overdue, found.days, -1).max(axis=1, initial=-1)
    first, some = ahead.argmax(axis=1), ahead.any(axis=1)
    following = np.where(some, found.deadline[np.arange(len(first)), first], np.datetime64("NaT"))
    shown = ("plant_id", "uscc", "name", "unit", "county", "industry", "roster", "status")
    return pd.DataFrame(
        {
            **{column: ds.plants[column].array for column in shown[:-1]},
            # what a roster doesn't say of a plant, only its return does
            "status": ds.plants["status"].mask(untold & ds.plants["status"].eq("active")).array,
            "stage": pd.array(["listed", *stages], dtype="str").take(furthest),
            "stage_sure": sure,
            "n_overdue": pd.array(np.where(untold, np.nan, overdue.sum(axis=1)), dtype="Float64").astype("Int64"),
            "worst_overdue_days": pd.array(np.where(worst >= 0, worst, np.nan), dtype="Float64").astype("Int64"),
            "next_milestone": pd.array([*found.milestones, None], dtype="str").take(np.where(some, first, -1)),
            "next_deadline": following.astype("datetime64[s]"),
            "accepted_on": found.done_on[:, found.of(ds.programme.final.id)].astype("datetime64[s]"),
            **{state: (found.state == state).any(axis=1) for state in ("failed", "unclear", "due_soon")},
            "not_reported": untold,
            "part_unreported": unsaid.some(ds) & ~untold,
            "doubt": deciding.said(ds, deciding.at_milestones(ds)).array,
        }
    )


@remembered
def summary(ds: Dataset, by: str | None = None) -> pd.DataFrame:
    """返回处于各种进度的企业数，可按单位、行业、名单、区县或咨询机构分组。

    Return how many plants stand where, in all or by unit, industry, roster, county or consultant.

    Columns: the grouping (none: one row), listed, active, left (without acceptance), status_unread, not_reported (plants of
    whose progress nothing came), part_unreported (of whom something came, but not of every step), then one per stage of the
    programme (done; notified, registered, assessed, implemented, accepted and its own; accepted is the last milestone), failed
    (where a milestone can be), unclear, overdue, due_soon (plants with at least one such milestone), accepted_pct (of those
    listed), accepted_active_pct (of those listed less those that left). Percentages are null over nothing; so is whatever a
    return would say where nothing came of any plant that is listed, a stage of which nothing is known of any, and a zero that
    rests on such a step. By unit, every unit of the programme has its row.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.progress.summary(ds)["listed"].tolist()
    [446]

    Raises:
        UsageError: no such grouping; its last line lists them.
    """
    by = grouping(by)
    each = counts(ds)
    frame = in_order(ds, sums(each, groups(ds, by)), by) if by else sums(each)
    silent = (frame["listed"] > 0) & (frame["not_reported"] == frame["listed"])
    if silent.any():
        told = said(ds)
        frame[told] = frame[told].astype("Int64").mask(silent)
    frame = unsaid.muted(ds, frame, by)
    frame["accepted_pct"] = percent(frame["accepted"], frame["listed"])
    frame["accepted_active_pct"] = percent(frame["accepted"], frame["listed"] - frame["left"])
    return frame


def counts(ds: Dataset) -> dict[str, np.ndarray]:
    """按企业返回参与计数的各项标志，供求和。

    Return what is counted of each plant (in the order of ``ds.plants``), ready to be summed.

    listed, active, left (without acceptance), status_unread, not_reported, part_unreported, the programme's stages (done),
    failed (where any milestone can be), unclear, overdue, due_soon (any milestone is).
    """
    import numpy as np

    found = grid(ds)
    done = found.done
    left = unsaid.gone(ds)
    each = {
        "listed": np.ones(len(left), bool),
        "active": statuses.active(ds) & ~statuses.untold(ds),
        "left": left,
        "status_unread": statuses.unread(ds),
    }
    each |= {"not_reported": statuses.untold(ds), "part_unreported": unsaid.some(ds) & ~statuses.untold(ds)}
    each |= {stage: done[:, found.of(step.id)] for stage, step in ds.programme.stages.items()}
    states = ("failed", "unclear", "due_soon") if judges(ds) else ("unclear", "due_soon")
    each |= {state: (found.state == state).any(axis=1) for state in states}
    return each | {"overdue": found.overdue.any(axis=1)}


def judges(ds: Dataset) -> bool:
    """返回这一批次有没有分通过、未通过的节点。"""
    return any(m.has_result for m in ds.programme.plant_milestones())


def said(ds: Dataset) -> list[str]:
    """返回报表说明的各项计数的列名；没有任何报送的，这些数字为空。"""
    states = ("failed", "unclear") if judges(ds) else ("unclear",)
    return ["active", "left", "status_unread", *ds.programme.stages, *states, "overdue", "due_soon"]


def late_when_left(ds: Dataset) -> int:
    """返回企业退出时已逾期而未完成的节点数（怎样看待，见批次的 interpretations.suspension）。"""
    import numpy as np

    found, since = grid(ds), ds.plants["status_since"].to_numpy("datetime64[D]")[:, None]
    open_ = np.isin(found.state, ["left", "overdue"]) & statuses.left(ds)[:, None]
    return int((open_ & (days_between(since, found.deadline) + last_day_margin(ds) > 0)).sum())


def in_order(ds: Dataset, summed: pd.DataFrame, by: str) -> pd.DataFrame:
    """把按组求得的和按公布的次序排成行。

    Return sums indexed by a grouping as rows in official order, the grouping as the first column.

    By unit, every unit of the programme has its row; other groupings show those that occur.
    """
    summed = summed.sort_index()
    order = {"unit": units_shown(ds), "industry": list(industries()), "roster": [r.id for r in ds.programme.rosters]}.get(by, [])
    if by != "unit":
        order = [k for k in order if k in summed.index]
    return summed.reindex([*order, *(k for k in summed.index if k not in order)], fill_value=0).reset_index(names=by)


@remembered
def to_do(ds: Dataset, horizon_days: int | None = None) -> pd.DataFrame:
    """按日期返回待办事项：已逾期、未通过、结果不明和即将到期的。

    Return what must be done, by date: everything overdue, failed, of which nobody knows how it
    went or whether it is late (unclear, late_unknown), or due within ``horizon_days`` (None: due soon).

    Columns: unit, milestone, label, actor, deadline, state (overdue, failed, unclear, late_unknown, due_soon
    or, further ahead, not_due),
    days, working_days (left; null for what is overdue), working_days_basis (a key of ``WORKING_DAYS``), n_plants, plants (names
    joined by 、; empty for a unit's own duty), clause. Sorted by deadline, then unit.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.progress.to_do(ds)["deadline"].is_monotonic_increasing
    True
    """
    import numpy as np
    import pandas as pd

    horizon: float = ds.programme.due_soon_days
    if horizon_days is not None:
        horizon = number_of(horizon_days, "提前的天数（horizon_days）", "请写不小于 0 的整数，如 30", whole=True)
    steps = {m.id: m for m in ds.programme.milestones}
    found, own = grid(ds), unit_states(ds)
    near = np.isin(found.state, AHEAD) & (found.days <= horizon)  # NaN compares false
    own = own[own["state"].isin(["overdue", "unclear", "late_unknown"]) | (own["state"].isin(AHEAD) & (own["days"] <= horizon))]

    cells = np.nonzero(near | np.isin(found.state, ["overdue", "failed", "unclear", "late_unknown"]))
    unit, name = ds.plants["unit"].to_numpy(object), ds.plants["name"].tolist()
    together: dict[tuple[Any, ...], list[int]] = {}
    keys = zip(unit[cells[0]], cells[1].tolist(), found.deadline[cells].tolist(), found.state[cells].tolist(), strict=True)
    for at, key in enumerate(keys):
        together.setdefault(key, []).append(at)
    first = np.zeros_like(near)  # a group shares its deadline, and so its days
    first[tuple(axis[[each[0] for each in together.values()]] for axis in cells)] = True
    columns = ["unit", "milestone", "deadline", "state", "days", "working_days", "working_days_basis"]
    grouped = milestone_states(ds, first)[columns].assign(
        n_plants=[len(each) for each in together.values()],
        plants=pd.array(["、".join(name[cells[0][at]] for at in each) for each in together.values()], dtype="str"),
    )
    parts = [grouped, own[columns].assign(n_plants=0, plants="")]
    frame = pd.concat([f for f in parts if len(f)] or parts[1:], ignore_index=True)
    for column in ("label", "actor", "clause"):
        frame[column] = pd.array([getattr(steps[m], column) for m in frame["milestone"]], dtype="str")
    places = [positions(frame[column], list(known)) for column, known in (("milestone", steps), ("unit", ds.programme.units))]
    frame = frame.take(np.lexsort((*places, frame["deadline"].to_numpy())))
    columns[2:2] = ["label", "actor"]
    return frame[[*columns, "n_plants", "plants", "clause"]].reset_index(drop=True)


def curve(ds: Dataset, milestones: Sequence[str] | None = None) -> pd.DataFrame:
    """逐日返回完成某一节点的累计企业数。

    Return how many plants had done a milestone at the end of each day on which one did, up to the as-of date.

    Columns: milestone, date, done (cumulative), listed (plants in all). A last row per milestone stands at the as-of date.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.progress.curve(ds).columns.tolist()
    ['milestone', 'date', 'done', 'listed']

    Raises:
        UsageError: plants have no such milestone; its last line lists them.
    """
    import numpy as np
    import pandas as pd

    found = grid(ds)
    parts = []
    for milestone in steps_asked(ds, milestones):
        at = found.of(milestone)
        dates = found.done_on[found.done[:, at], at]
        days = np.unique(np.append(dates, np.datetime64(ds.as_of, "D")))
        done = np.searchsorted(np.sort(dates), days, side="right")
        parts.append(
            pd.DataFrame({"milestone": milestone, "date": days.astype("datetime64[s]"), "done": done, "listed": len(ds.plants)})
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["milestone", "date", "done", "listed"])
