"""转批：本批次哪些企业转入下一批名单，为什么。

Carry-over: who goes from this batch onto the next one's list, with the batch that listed the plant first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis.basis import statuses
from cpaudit.analysis.basis.attributes import facts
from cpaudit.analysis.basis.codes import cohorts
from cpaudit.analysis.basis.milestones import DONE, UNKNOWN, grid
from cpaudit.dataset import remembered
from cpaudit.fields import labels

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset

#: Why a plant is carried over. The first four are its status; the others are for plants that are still active.
#: A plant that was closed or cancelled is carried nowhere; of one whose status or acceptance isn't understood it is
#: undecided. (The notice rules none of this: it is this workbench's reading.)
REASONS = labels("reason", "rolled_over")
_PLANT = ["plant_id", "uscc", "name", "unit", "county", "industry", "roster", "reasons", "hazardous_waste_t", "permit_class"]
_PLANT += ["assessor", "authority", "stricter_level", "batch"]


def carry_over(ds: Dataset) -> pd.DataFrame:
    """返回未通过验收、应转入下一批次的企业，按名单次序。

    Return the plants that were not accepted and go onto the next batch's list, in the order of the roster.

    Columns: plant_id, uscc, name, unit, county, industry, roster, reasons, hazardous_waste_t, permit_class, assessor,
    authority, stricter_level, batch (as in plants), first_batch (as :func:`.codes.cohorts` has it), reason (a
    key of ``REASONS``), since (date: of the status, of the failure, or the deadline that passed), failed_milestone (not passed
    and not made good since), last_milestone and last_date (the furthest one done; null where none is), proof (of the status).

    An active plant is carried over once its acceptance is overdue, or was not passed. As of a day before the deadline that
    is nobody yet: ``carry_over(ds.at(day))`` asks who it would be if nothing more came in.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.carry_over.carry_over(ds).columns.tolist()[:3]
    ['plant_id', 'uscc', 'name']
    """
    import numpy as np
    import pandas as pd

    found, why = grid(ds), reasons(ds)
    at, kept = found.of(ds.programme.final.id), np.flatnonzero(why != "")
    reason = why[kept]
    failed, done = _furthest(found.state[kept] == "failed"), _furthest(found.done[kept])
    mine = {column: ds.plants[column].array.take(kept) for column in (*_PLANT, "status", "status_since")}
    names = pd.array([*found.milestones, None], dtype="str")
    failures = _latest(ds.events[ds.events["result"].eq("failed")], "milestone", "date", "date")
    failed_at = [found.milestones[step] if step >= 0 else None for step in failed.tolist()]
    failed_on = np.array([failures.get(key) for key in zip(mine["plant_id"], failed_at, strict=True)], "datetime64[s]")
    since = np.select([reason == "failed", reason == "overdue"], [failed_on, found.deadline[kept, at]], mine["status_since"])
    proofs = _latest(ds.status_history, "status", "proof", "since")
    return pd.DataFrame(
        {
            **{column: mine[column] for column in _PLANT},
            "first_batch": cohorts(ds).array.take(kept),
            "reason": pd.array(reason, dtype="str"),
            "since": since.astype("datetime64[s]"),
            "failed_milestone": names.take(failed),
            "last_milestone": names.take(done),
            "last_date": np.where(done >= 0, found.done_on[kept, done], np.datetime64("NaT")).astype("datetime64[s]"),
            "proof": pd.array([proofs.get(key) for key in zip(mine["plant_id"], mine["status"], strict=True)], dtype="str"),
        }
    )


def reasons(ds: Dataset) -> np.ndarray:
    """返回每家企业转入下一批次的原因，不转入的为空文本。

    Return why each plant (in the order of ``ds.plants``) is carried over, a key of ``REASONS``; "" where it isn't. What the
    notice itself says (``consequences.rolls_over``) wins over the workbench's reading.
    """
    import numpy as np

    found = grid(ds)
    state, status = found.state[:, found.of(ds.programme.final.id)], ds.plants["status"].to_numpy(object)
    active = status == "active"
    lapsed = active & (state == "overdue")
    ruled = ds.programme.consequences.rolls_over
    conditions = {
        "": np.isin(state, DONE) | undecided(ds) | audited(ds)[0],
        **{each: status == each for each in ("rolled_over", "deferred", "suspended", "relocated")},
        "failed": (active & (state == "failed")) | (lapsed & (found.state == "failed").any(axis=1)),
        "overdue": active & found.overdue[:, found.of(ds.programme.final.id)],
    }
    # a cause that the notice doesn't name is none: a plant that failed and is late goes by the one that it names
    mine = {cause: where for cause, where in conditions.items() if ruled is None or cause in ("", *ruled)}
    return np.select(list(mine.values()), list(mine), default="")


def undecided(ds: Dataset) -> np.ndarray:
    """返回哪些企业无法判定是否转入下一批：状态或验收结果没有读懂，没有报送，或是否算作已审核不明。

    One boolean per plant, in the order of ``ds.plants``.
    """
    import numpy as np

    found = grid(ds)
    at = found.of(ds.programme.final.id)
    counted, unsure = audited(ds)
    unknown: np.ndarray = ~found.done[:, at] & ~counted & (statuses.unread(ds) | np.isin(found.state[:, at], UNKNOWN) | unsure)
    return unknown


@remembered
def audited(ds: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """返回哪些企业按通知算作已完成一轮审核（如通过验收的试点项目所含企业），哪些是否算作不明。

    Two booleans per plant, in the order of ``ds.plants``: whether it counts as audited (``consequences.counts_as_audited``), and
    whether nobody knows, as what the condition asks of it is blank or unread.
    """
    import numpy as np

    yes, unsure = np.zeros(len(ds.plants), bool), np.zeros(len(ds.plants), bool)
    for rule in (each.applies_to for each in ds.programme.consequences.counts_as_audited if each.applies_to):
        answers = [rule.binds(plant, frozenset()) for plant in facts(ds)]
        yes |= np.array([answer is True for answer in answers], bool)
        unsure |= np.array([answer is None for answer in answers], bool)
    return yes, unsure & ~yes


def _furthest(where: np.ndarray) -> np.ndarray:
    """Return the last column that is true in each row, -1 where none is."""
    import numpy as np

    last: np.ndarray = np.where(where.any(axis=1), where.shape[1] - 1 - where[:, ::-1].argmax(axis=1), -1)
    return last


def _latest(rows: pd.DataFrame, key: str, value: str, by: str) -> dict[tuple[Any, Any], Any]:
    """Return (plant, key) → value, of the latest of the rows that have them."""
    order = rows[by].to_numpy("datetime64[s]").astype("int64").argsort(kind="stable")  # without a date: the earliest
    one, other, found = (rows[column].to_numpy(object)[order].tolist() for column in ("plant_id", key, value))
    return dict(zip(zip(one, other, strict=True), found, strict=True))
