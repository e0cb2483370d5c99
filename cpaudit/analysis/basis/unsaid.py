"""What nobody can say of steps: of which plants, and of which whole groups; a count over nobody known is no zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.basis import statuses
from cpaudit.analysis.basis.codes import groups, positions, sums
from cpaudit.analysis.basis.milestones import DONE, UNKNOWN, grid, last_day_margin
from cpaudit.dataset import remembered

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset

#: What says of a step how far it is.
_KNOWN = (*DONE, "failed", "overdue", "due_soon", "not_due")
#: Counts of plants with any such step: nobody counted proves nothing where a step is unknown of all.
_ANY = ("failed", "overdue", "due_soon")


@remembered
def gone(ds: Dataset) -> np.ndarray:
    """Return whether each plant left without having done the last step; of those whose last step is unclear nobody knows."""
    found, at = grid(ds), grid(ds).of(ds.programme.final.id)
    left: np.ndarray = statuses.left(ds) & ~found.done[:, at] & (found.state[:, at] != "unclear")
    return left


@remembered
def some(ds: Dataset) -> np.ndarray:
    """Return whether of each plant no return and no export has a cell for some step that binds it, or for any."""
    found: np.ndarray = (grid(ds).state == "not_reported").any(axis=1)
    return found


@remembered
def end(ds: Dataset) -> np.ndarray:
    """Return whether nobody knows of each plant if it has done the last step: unclear, or not reported."""
    import numpy as np

    found: np.ndarray = np.isin(grid(ds).state[:, grid(ds).of(ds.programme.final.id)], ["unclear", "not_reported"])
    return found


def at_stages(ds: Dataset, state: str) -> dict[str, int]:
    """Return how many plants are in a state at each stage of the programme: stage → plants."""
    found = grid(ds)
    return {stage: int((found.state[:, found.of(m.id)] == state).sum()) for stage, m in ds.programme.stages.items()}


def blind(ds: Dataset, by: pd.Series | None = None) -> pd.DataFrame:
    """Return, group by group (None: in all), of which steps nothing is known of any plant though some have to do it.

    Rows as :func:`~cpaudit.analysis.basis.codes.sums` returns them, a column per milestone.
    """
    import numpy as np

    found = grid(ds)
    unknown, known = _hidden(ds), np.isin(found.state, _KNOWN)
    counts = [sums(dict(zip(found.milestones, where.T, strict=True)), by) for where in (unknown, known)]
    return (counts[0] > 0) & (counts[1] == 0)


def comparable(now: Dataset, before: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return, of two days, where a step of a plant can be compared: nobody asks on either day how far it was.

    Plants down, milestones across, each as its own day's grid; of a plant that the other day lacks the day itself decides.
    """
    days = [_hidden(now), _hidden(before)]
    if not all(len(day) for day in days):
        return ~days[0], ~days[1]
    found = []
    for (ds, mine), (other, theirs) in (((now, days[0]), (before, days[1])), ((before, days[1]), (now, days[0]))):
        at = positions(ds.plants["plant_id"], other.plants["plant_id"])
        found.append(~mine & ~(theirs[at] & (at >= 0)[:, None]))
    return found[0], found[1]


def _hidden(ds: Dataset) -> np.ndarray:
    """Where nobody knows whether a step was done, by plants that left among others: what they had done isn't told either."""
    import numpy as np

    state = grid(ds).state
    hidden: np.ndarray = np.isin(state, UNKNOWN) | ((state == "left") & ~statuses.told(ds))
    return hidden


def muted(ds: Dataset, frame: pd.DataFrame, by: str | None) -> pd.DataFrame:
    """Return counts of plants by group with null for what nobody can count: steps unknown of all, and zeros that rest on them.

    ``frame`` has the column ``by`` and the counts of :func:`cpaudit.analysis.progress.counts`.
    """
    import numpy as np

    found, steps = grid(ds), ds.programme.plant_milestones()
    hidden = blind(ds, groups(ds, by) if by else None)
    hidden = hidden.reindex(frame[by] if by else [0], fill_value=False).reset_index(drop=True)
    past = np.asarray(found.deadline - np.timedelta64(last_day_margin(ds), "D") < np.datetime64(ds.as_of, "D"))
    asked = {
        "failed": [m.id for m in steps if m.has_result],
        "overdue": [m.id for at, m in enumerate(steps) if past[:, at].any()],
        "due_soon": [m.id for m in steps],
    }
    for stage, m in ds.programme.stages.items():
        if stage in frame and hidden[m.id].any():
            frame[stage] = frame[stage].astype("Int64").mask(hidden[m.id].to_numpy(bool))
    for name in _ANY:
        nobody = hidden[asked[name]].to_numpy(bool).any(axis=1)
        if name in frame and nobody.any():
            counted = frame[name].astype("Int64")
            frame[name] = counted.mask(np.asarray(counted.eq(0).fillna(False), bool) & nobody)
    return frame
