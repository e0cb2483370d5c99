"""Progress: what each plant and unit has done by the as-of date, held against the notice's deadlines (二（二）)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from cpaudit.programme import industries, units

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.programme import Milestone

#: The states of a milestone, from done to out of the question.
STATES = {
    "done_on_time": "按期完成",
    "done_late": "逾期完成",
    "failed": "未通过",
    "overdue": "逾期未完成",
    "due_soon": "即将到期",
    "not_due": "未到期",
    "not_applicable": "不适用",
    "left": "已退出",
}
DONE = ("done_on_time", "done_late")

#: The stages of a plant's way through the audit; a plant counts in every stage up to the furthest that it reached.
STAGES = {
    "listed": "列入名单",
    "notified": "告知",
    "registered": "登录填报",
    "assessed": "通过评估",
    "implemented": "方案实施完成",
    "accepted": "通过验收",
}
_PLANT = ["plant_id", "name", "unit", "county", "industry", "roster"]


def milestone_states(ds: Dataset) -> pd.DataFrame:
    """Return the state of every milestone of every plant at the as-of date.

    Columns: plant_id, name, unit, county, industry, roster, milestone, deadline, done_on (dates), channel (of done_on), state
    (a key of ``STATES``), days (late for done_late and overdue, left for due_soon and not_due, 0 on time, null otherwise).
    Rows: plants in order, milestones in the notice's order.

    The offline date counts, the online one where there is none. An assessment or acceptance that was not passed isn't done:
    it is ``failed`` until a later one passes. A plant that left the programme keeps what it did; the rest is ``left``. A
    plant's own deadline replaces that of the final milestone. Whether the deadline's day itself is in time is the
    programme's ``deadline_inclusive``.
    """
    return _milestone_states(ds).copy()


@lru_cache(maxsize=4)  # a data set is frozen and compared by identity: the pages ask several times
def _milestone_states(ds: Dataset) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    steps = ds.programme.plant_milestones()
    plants = ds.plants[[*_PLANT, "status", "permit_class", "listed_on", "own_deadline"]]
    frame = plants.merge(pd.DataFrame({"milestone": [m.id for m in steps], "_order": range(len(steps))}), how="cross")
    frame["deadline"] = pd.concat([_deadlines(frame[frame["milestone"] == m.id], m) for m in steps]).sort_index()
    frame = frame.merge(_reached(ds), on=["plant_id", "milestone"], how="left")
    day = pd.Timestamp(ds.as_of)
    margin = 0 if ds.programme.deadline_inclusive else 1
    late = (frame["done_on"] - frame["deadline"]).dt.days + margin
    left = (frame["deadline"] - day).dt.days - margin
    bound = pd.Series(True, index=frame.index)
    for m in steps:
        if m.permit_classes:
            bound &= (frame["milestone"] != m.id) | frame["permit_class"].isin(m.permit_classes)
    done = frame["done_on"].notna()
    conditions = {
        "not_applicable": ~bound,
        "done_late": done & (late > 0),
        "done_on_time": done,
        "left": frame["status"] != "active",
        "failed": frame["failed"].eq(True),
        "overdue": left < 0,
        "due_soon": left <= ds.programme.due_soon_days,
    }
    frame["state"] = np.select(list(conditions.values()), list(conditions), default="not_due")
    days = pd.Series(
        np.select([frame["state"] == "done_late", frame["state"] == "overdue"], [late, -left], default=left), index=frame.index
    )
    days = days.mask(frame["state"] == "done_on_time", 0).where(~frame["state"].isin(["failed", "left", "not_applicable"]))
    frame["days"] = days.astype("Int64")
    frame.loc[frame["state"] == "not_applicable", ["done_on", "channel"]] = [pd.NaT, None]
    return frame[[*_PLANT, "milestone", "deadline", "done_on", "channel", "state", "days"]]


def _deadlines(plants: pd.DataFrame, milestone: Milestone) -> pd.Series:
    """Return the deadline of each row; a missing listing date leaves it open."""
    import pandas as pd

    rule = milestone.deadline
    if rule.days_after_listing is not None:
        dates = plants["listed_on"] + pd.Timedelta(days=rule.days_after_listing)
    else:
        assert rule.date
        dates = pd.Series(pd.Timestamp(rule.date), index=plants.index)
    dates = dates.astype("datetime64[s]")
    return plants["own_deadline"].fillna(dates) if milestone.final else dates


def _reached(ds: Dataset) -> pd.DataFrame:
    """Return, per plant and milestone with any event: done_on and channel of the first that wasn't failed, and failed."""
    keys = ["plant_id", "milestone"]
    events = _happened(ds.events[ds.events["plant_id"].notna()], ds, keys)
    passed = events[events["result"] != "failed"].drop_duplicates(keys)[[*keys, "date", "channel"]]
    failed = events.loc[events["result"] == "failed", keys].drop_duplicates().assign(failed=True)
    return passed.rename(columns={"date": "done_on"}).merge(failed, on=keys, how="outer")


def _happened(events: pd.DataFrame, ds: Dataset, keys: list[str]) -> pd.DataFrame:
    """Return the events up to the as-of date in order of time: offline ones of each key, online ones where it has none."""
    import pandas as pd

    events = events[events["date"] <= pd.Timestamp(ds.as_of)]
    offline = events.loc[events["channel"] == "offline", keys].drop_duplicates()
    events = events.merge(offline.assign(_offline=True), on=keys, how="left")
    return events[(events["channel"] == "offline") | events["_offline"].isna()].sort_values("date", kind="stable")


def plants(ds: Dataset) -> pd.DataFrame:
    """Return where each plant stands.

    Columns: plant_id, uscc, name, unit, county, industry, roster, status, stage (a key of ``STAGES``: the furthest reached),
    n_overdue, worst_overdue_days, next_milestone, next_deadline (the first one not done), accepted_on, failed (whether an
    assessment or acceptance was not passed and not made good since), due_soon (whether a milestone is).
    """
    states = milestone_states(ds)
    frame = ds.plants[["plant_id", "uscc", "name", "unit", "county", "industry", "roster", "status"]].copy()
    done = states[states["state"].isin(DONE)]
    reached = {stage: set(done.loc[done["milestone"] == stage, "plant_id"]) for stage in STAGES}
    frame["stage"] = "listed"
    for stage, ids in reached.items():
        frame.loc[frame["plant_id"].isin(ids), "stage"] = stage
    overdue = states[states["state"] == "overdue"].groupby("plant_id")["days"].agg(["count", "max"])
    frame["n_overdue"] = frame["plant_id"].map(overdue["count"]).fillna(0).astype(int)
    frame["worst_overdue_days"] = frame["plant_id"].map(overdue["max"]).astype("Int64")
    coming = (
        states[states["state"].isin(["failed", "overdue", "due_soon", "not_due"])]
        .drop_duplicates("plant_id")
        .set_index("plant_id")
    )
    frame["next_milestone"] = coming["milestone"].reindex(frame["plant_id"]).to_numpy()
    frame["next_deadline"] = coming["deadline"].reindex(frame["plant_id"]).to_numpy()
    accepted = done[done["milestone"] == ds.programme.final.id].set_index("plant_id")["done_on"]
    frame["accepted_on"] = accepted.reindex(frame["plant_id"]).to_numpy()
    for state in ("failed", "due_soon"):
        frame[state] = frame["plant_id"].isin(states.loc[states["state"] == state, "plant_id"])
    return frame


def summary(ds: Dataset, by: str | None = None) -> pd.DataFrame:
    """Return how many plants stand where, in all or by unit, industry, roster or county.

    Columns: the grouping (none: one row), listed, active, left, then done: notified, registered, assessed, implemented,
    accepted; failed, overdue, due_soon (plants with at least one such milestone), accepted_pct (of those listed),
    accepted_active_pct (of those listed less those that left without acceptance). Percentages are null over nothing. By
    unit, every unit of the programme has its row.
    """
    import pandas as pd

    each = _each_plant(ds)
    counted = ["listed", "active", "left", "notified", "registered", "assessed", "implemented", "accepted", "failed"]
    counted += ["overdue", "due_soon", "_gone"]
    if by is None:
        frame = pd.DataFrame([each[counted].sum()])
    else:
        frame = each.groupby(by, dropna=False)[counted].sum()
        order = {"unit": _units(ds), "industry": list(industries()), "roster": [r.id for r in ds.programme.rosters]}.get(by, [])
        if by != "unit":
            order = [k for k in order if k in frame.index]
        frame = frame.reindex([*order, *(k for k in frame.index if k not in order)], fill_value=0).reset_index(names=by)
    frame["accepted_pct"] = _percent(frame["accepted"], frame["listed"])
    frame["accepted_active_pct"] = _percent(frame["accepted"], frame["listed"] - frame["_gone"])
    return frame.drop(columns="_gone")


def _each_plant(ds: Dataset) -> pd.DataFrame:
    """One row per plant with 0/1 columns, ready to be summed."""
    states = milestone_states(ds)
    each = plants(ds)
    each["listed"] = 1
    each["active"] = (each["status"] == "active").astype(int)
    each["left"] = 1 - each["active"]
    for stage in list(STAGES)[1:]:
        ids = states.loc[(states["milestone"] == stage) & states["state"].isin(DONE), "plant_id"]
        each[stage] = each["plant_id"].isin(ids).astype(int)
    each["overdue"] = (each["n_overdue"] > 0).astype(int)
    each[["failed", "due_soon"]] = each[["failed", "due_soon"]].astype(int)
    each["_gone"] = each["left"] * (1 - each["accepted"])
    return each


def _percent(part: pd.Series, whole: pd.Series) -> pd.Series:
    return (part / whole.where(whole > 0) * 100).astype(float)


def _units(ds: Dataset) -> list[str]:
    """The units that a table has rows for: all of the programme, or those of a narrower selection."""
    if len(ds.plants) and ds.plants["unit"].nunique() == 1:
        return [str(ds.plants["unit"].iloc[0])]
    return [u for u in units() if u in ds.programme.units]


def unit_states(ds: Dataset) -> pd.DataFrame:
    """Return the state of the units' own milestones (permit report, results, summary).

    Columns: unit, milestone, label, deadline, done_on, state, days; states and days as for plants.
    """
    import pandas as pd

    keys = ["unit", "milestone"]
    own = _happened(ds.events[ds.events["plant_id"].isna()], ds, keys).drop_duplicates(keys)
    dates = own.set_index(keys)["date"]
    rows = []
    for unit in _units(ds):
        for m in ds.programme.milestones:
            if m.scope != "unit":
                continue
            assert m.deadline.date  # a unit is not on a roster: its deadlines are dates
            done, deadline = dates.get((unit, m.id)), pd.Timestamp(m.deadline.date)
            rows.append((unit, m.id, m.label, deadline, done, *_unit_state(ds, deadline, done)))
    frame = pd.DataFrame(rows, columns=["unit", "milestone", "label", "deadline", "done_on", "state", "days"])
    return frame.astype({"deadline": "datetime64[s]", "done_on": "datetime64[s]", "days": "Int64"})


def _unit_state(ds: Dataset, deadline: pd.Timestamp, done: pd.Timestamp | None) -> tuple[str, int]:
    import pandas as pd

    margin = 0 if ds.programme.deadline_inclusive else 1
    late = ((done if done is not None else pd.Timestamp(ds.as_of)) - deadline).days + margin
    if done is not None:
        return ("done_late", late) if late > 0 else ("done_on_time", 0)
    if late > 0:
        return "overdue", late
    return ("due_soon" if -late <= ds.programme.due_soon_days else "not_due"), -late


def to_do(ds: Dataset, horizon_days: int | None = None) -> pd.DataFrame:
    """Return what must be done, by date: everything overdue, failed or due within ``horizon_days`` (None: due soon).

    Columns: unit, milestone, label, actor, deadline, state (overdue, failed, due_soon or, further ahead, not_due), days,
    n_plants, plants (names joined by 、; empty for a unit's own duty), clause. Sorted by deadline, then unit.
    """
    import pandas as pd

    horizon = ds.programme.due_soon_days if horizon_days is None else horizon_days
    steps = {m.id: m for m in ds.programme.milestones}
    order = {m: at for at, m in enumerate(steps)}

    def wanted(frame: pd.DataFrame) -> pd.DataFrame:
        near = frame["state"].isin(["due_soon", "not_due"]) & (frame["days"] <= horizon)
        return frame[frame["state"].isin(["overdue", "failed"]) | near.fillna(False)]

    keys = ["unit", "milestone", "deadline", "state"]
    mine = wanted(milestone_states(ds))
    grouped = mine.groupby(keys, sort=False, dropna=False).agg(
        days=("days", "max"), n_plants=("plant_id", "count"), plants=("name", "、".join)
    )
    own = wanted(unit_states(ds))[[*keys, "days"]].assign(n_plants=0, plants="")
    frame = pd.concat([grouped.reset_index(), own], ignore_index=True) if len(grouped) else own
    frame["label"] = frame["milestone"].map({i: m.label for i, m in steps.items()})
    frame["actor"] = frame["milestone"].map({i: m.actor for i, m in steps.items()})
    frame["clause"] = frame["milestone"].map({i: m.clause for i, m in steps.items()})
    at = {u: n for n, u in enumerate(units())}
    frame = frame.assign(_u=frame["unit"].map(at), _m=frame["milestone"].map(order)).sort_values(
        ["deadline", "_u", "_m"], kind="stable"
    )
    columns = ["unit", "milestone", "label", "actor", "deadline", "state", "days", "n_plants", "plants", "clause"]
    return frame[columns].reset_index(drop=True)


def curve(ds: Dataset, milestones: Sequence[str] = ("notified", "assessed", "accepted")) -> pd.DataFrame:
    """Return how many plants had done a milestone at the end of each day on which one did, up to the as-of date.

    Columns: milestone, date, done (cumulative), listed (plants in all). A last row per milestone stands at the as-of date.
    """
    import pandas as pd

    states = milestone_states(ds)
    parts = []
    for milestone in milestones:
        dates = states.loc[(states["milestone"] == milestone) & states["state"].isin(DONE), "done_on"]
        today = pd.Series([0], index=[pd.Timestamp(ds.as_of).as_unit("s")])
        done = pd.concat([dates.value_counts(), today]).groupby(level=0).sum().sort_index().cumsum()
        parts.append(
            pd.DataFrame({"milestone": milestone, "date": done.index, "done": done.to_numpy(), "listed": len(ds.plants)})
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["milestone", "date", "done", "listed"])
