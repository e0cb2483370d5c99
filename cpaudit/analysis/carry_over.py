"""Carry-over: who goes from this batch onto the next one's list, with the batch that listed the plant first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.progress import DONE, milestone_states

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

#: Why a plant is carried over. The first four are its status; the others are for plants that are still active.
#: A plant that was closed or cancelled is carried nowhere. (The notice rules none of this: it is this workbench's reading.)
REASONS = {
    "rolled_over": "转下一批",
    "deferred": "暂缓",
    "suspended": "停产",
    "relocated": "搬迁",
    "failed": "评估或验收未通过",
    "overdue": "逾期未验收",
}
_PLANT = ["plant_id", "uscc", "name", "unit", "county", "industry", "roster", "reasons", "hazardous_waste_t", "permit_class"]
_PLANT += ["assessor", "authority", "stricter_level", "batch"]


def carry_over(ds: Dataset) -> pd.DataFrame:
    """Return the plants that were not accepted and go onto the next batch's list, in the order of the roster.

    Columns: plant_id, uscc, name, unit, county, industry, roster, reasons, hazardous_waste_t, permit_class, assessor,
    authority, stricter_level, batch (as in plants), first_batch (the cohort: the batch that listed the plant first), reason (a
    key of ``REASONS``), since (date: of the status, of the failure, or the deadline that passed), failed_milestone (not passed
    and not made good since), last_milestone and last_date (the furthest one done; null where none is), proof (of the status).

    An active plant is carried over once its acceptance is overdue, or was not passed. As of a day before the deadline that
    is nobody yet: ``carry_over(ds.at(day))`` asks who it would be if nothing more came in.
    """
    import numpy as np

    states = milestone_states(ds)
    frame = ds.plants[[*_PLANT, "cohort", "status", "status_since"]]
    final = states.loc[states["milestone"] == ds.programme.final.id, ["plant_id", "state", "deadline"]]
    failed = _last(states[states["state"] == "failed"], ["plant_id"])[["plant_id", "milestone"]]
    done = _last(states[states["state"].isin(DONE)], ["plant_id"])[["plant_id", "milestone", "done_on"]]
    failures = ds.events.loc[ds.events["result"] == "failed", ["plant_id", "milestone", "date"]].sort_values(
        "date", kind="stable"
    )
    proofs = ds.status_history[["plant_id", "status", "since", "proof"]].sort_values("since", kind="stable", na_position="first")
    keys = ["plant_id", "failed_milestone"]
    for more, on in (
        (final, ["plant_id"]),
        (failed.rename(columns={"milestone": "failed_milestone"}), ["plant_id"]),
        (done.rename(columns={"milestone": "last_milestone", "done_on": "last_date"}), ["plant_id"]),
        (_last(failures.rename(columns={"milestone": "failed_milestone", "date": "failed_on"}), keys), keys),
        (_last(proofs.drop(columns="since"), ["plant_id", "status"]), ["plant_id", "status"]),
    ):
        frame = frame.merge(more, on=on, how="left")
    active = frame["status"] == "active"
    lapsed = active & (frame["state"] == "overdue")
    conditions = {
        "accepted": frame["state"].isin(DONE),
        **{status: frame["status"] == status for status in ("rolled_over", "deferred", "suspended", "relocated")},
        "failed": (active & (frame["state"] == "failed")) | (lapsed & frame["failed_milestone"].notna()),
        "overdue": lapsed,
    }
    frame["reason"] = np.select(list(conditions.values()), list(conditions), default="")
    since = frame["status_since"].mask(frame["reason"] == "overdue", frame["deadline"])
    frame["since"] = since.mask(frame["reason"] == "failed", frame["failed_on"])
    frame["first_batch"] = frame["cohort"].fillna(frame["batch"])
    columns = [*_PLANT, "first_batch", "reason", "since", "failed_milestone", "last_milestone", "last_date", "proof"]
    return frame.loc[frame["reason"].isin(REASONS), columns].reset_index(drop=True)


def _last(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return frame.drop_duplicates(keys, keep="last")
