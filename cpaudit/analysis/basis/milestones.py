"""Milestones: what each plant and unit had done by the as-of date, held against the notice's deadlines (二（二）)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpaudit.analysis.basis import statuses
from cpaudit.analysis.basis.codes import positions
from cpaudit.analysis.basis.deadlines import days_between, deadlines, own_unread, settled, unit_deadlines
from cpaudit.analysis.basis.outcomes import reached
from cpaudit.analysis.basis.working import words, working_days
from cpaudit.dataset import remembered
from cpaudit.errors.arguments import dataset_of, one_of
from cpaudit.fields import labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset

#: The states of a milestone, from done to out of the question.
STATES = labels("state", "done_on_time")
DONE = ("done_on_time", "done_late", "done_unknown")
AHEAD = ("due_soon", "not_due")
#: Of which nobody knows whether they are done, or late: they count neither for nor against anybody.
UNKNOWN = ("unclear", "not_reported", "late_unknown", "applies_unknown")

PLANT = ("plant_id", "name", "unit", "county", "industry", "roster")


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """What all analyses of progress reckon with: plants down (as in ``ds.plants``), milestones across (the notice's order).

    ``deadline`` and ``done_on`` are datetime64[D], NaT where open; ``basis`` says what a deadline rests on (a key of
    ``BASES``); ``offline`` says where ``done_on`` comes from; ``state``
    holds keys of :data:`STATES`; ``days`` are those of :func:`milestone_states`, NaN where null.
    """

    milestones: tuple[str, ...]
    deadline: np.ndarray
    done_on: np.ndarray
    offline: np.ndarray
    state: np.ndarray
    days: np.ndarray
    basis: np.ndarray

    def of(self, milestone: str) -> int:
        """Return the column of a milestone."""
        return self.milestones.index(milestone)

    @property
    def done(self) -> np.ndarray:
        """Where a milestone is done."""
        import numpy as np

        return np.isin(self.state, DONE)

    @property
    def overdue(self) -> np.ndarray:
        """Where a milestone is late and not done: not done at all, or failed and its deadline over."""
        late: np.ndarray = (self.state == "overdue") | ((self.state == "failed") & (self.days > 0))
        return late


@remembered
def grid(ds: Dataset) -> Grid:
    """返回全部企业各节点的数组，企业为行、节点为列，只供读取。

    Return the milestones of all plants as arrays; shared, so never write into them.
    """
    import numpy as np

    steps = ds.programme.plant_milestones()
    listed = ds.plants["listed_on"].to_numpy("datetime64[D]")
    done_on, offline, failed, unread = reached(ds, *placed(ds), (len(ds.plants), len(steps)), listed)
    deadline, basis = deadlines(ds, steps, done_on)
    for at, m in enumerate(steps):
        if m.deadline.every:
            done_on[:, at] = settled(m.deadline, deadline[:, at], done_on[:, at])
    bound, unsure = np.ones(deadline.shape, bool), np.zeros(deadline.shape, bool)
    for at, m in enumerate(steps):
        if m.permit_classes:
            bound[:, at] = ds.plants["permit_class"].isin(m.permit_classes)
            unsure[:, at] = ds.plants["permit_class"].isna()
    done_on[~bound & ~unsure] = "NaT"
    told = {"undated": np.array([m.final for m in steps]) & own_unread(ds)[:, None]}
    told |= {"failed": failed, "unread": unread, "bound": bound, "unsure": unsure, "silent": ~statuses.told(ds)}
    told |= {"bounded": basis != "none", "left": statuses.left(ds)[:, None], "unknown": statuses.unread(ds)[:, None]}
    if ds.programme.interpretations.suspension.choice == "overdue_stays":
        since = ds.plants["status_since"].to_numpy("datetime64[D]")
        told["gone_on"] = np.where(statuses.left(ds), since, np.datetime64("NaT"))[:, None]
    state, days = _states(ds, deadline, done_on, **told)
    return Grid(tuple(m.id for m in steps), deadline, done_on, offline, state, days, basis)


@remembered
def placed(ds: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """返回每条节点记录在数组中的行和列，不在其中的为 -1；只供读取。"""
    steps = [m.id for m in ds.programme.plant_milestones()]
    return positions(ds.events["plant_id"], ds.plants["plant_id"]), positions(ds.events["milestone"], steps)


def milestone_states(ds: Dataset, where: np.ndarray | None = None) -> pd.DataFrame:
    """返回每家企业各节点在截至日期的状态，每个节点一行。

    Return the state of every milestone of every plant at the as-of date; ``where`` (like a field of the grid) keeps some.

    Columns: plant_id, name, unit, county, industry, roster, milestone, deadline, done_on (dates), channel (of done_on), state
    (a key of ``STATES``), days (late for done_late, overdue and what failed and is late; left for due_soon and not_due; 0 on
    time, null otherwise), overdue (late and not done: ``overdue``, or ``failed`` with its deadline over), working_days
    (working days left, after the as-of date up to the deadline, for due_soon and not_due; null otherwise), working_days_basis
    (a key of ``WORKING_DAYS``, null with it). Rows: plants in order, milestones in the notice's order.

    What counts as done: :func:`.outcomes.reached`. What isn't understood (result or date unread), or what one side passed and
    the other didn't, is ``unclear``: neither done nor failed nor late. What isn't done and late only if the plant's status, or
    its own deadline, says so, which nobody could read, is ``late_unknown``; what is done by such a deadline is
    ``done_unknown``. What no return and no export of the plant has a cell for is ``not_reported``; a blank cell is not done, as
    reported. A plant that left keeps what it did; the rest is ``left``. Where nobody knows whether a milestone binds a plant
    (permit class blank) it is ``applies_unknown`` until done. A plant's own deadline replaces the final milestone's. Days are
    natural; working days are told besides. Holidays and what was overdue when a plant left: ``interpretations`` of the
    programme.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.milestones.milestone_states(ds).columns.tolist()[6:9]
    ['milestone', 'deadline', 'done_on']
    """
    return _everything(ds) if where is None else _listed(ds, where)


@remembered
def _everything(ds: Dataset) -> pd.DataFrame:
    import numpy as np

    return _listed(ds, np.ones(grid(ds).state.shape, bool))


def _listed(ds: Dataset, where: np.ndarray) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    found = grid(ds)
    plant, step = np.nonzero(where)
    deadline, done_on, state = found.deadline[plant, step], found.done_on[plant, step], found.state[plant, step]
    channel = np.where(np.isnat(done_on), -1, np.where(found.offline[plant, step], 0, 1))
    return pd.DataFrame(
        {
            **{column: ds.plants[column].array.take(plant) for column in PLANT},
            "milestone": words(found.milestones, step),
            "deadline": deadline.astype("datetime64[s]"),
            "done_on": done_on.astype("datetime64[s]"),
            "channel": words(("offline", "online"), channel),
            "state": words(tuple(STATES), _known_states(state)),
            "days": pd.array(found.days[plant, step], dtype="Float64").astype("Int64"),
            "overdue": found.overdue[plant, step],
            **working_days(ds.as_of, last_day_margin(ds), deadline, np.isin(state, AHEAD)),
        }
    )


def steps_asked(ds: Dataset, milestones: Sequence[str] | None) -> list[str]:
    """返回所问的各节点的编号；写编号或名称都可以，只问一个时可以只写一个词；不写取几个主要的节点。

    Return the milestones of plants that are asked about, by id; None: the first stage, the assessment and the last one; of a
    notice without an assessment all stages, where it has more than five the first and the last four.

    Raises:
        UsageError: plants have no such milestone; its last line lists all.
    """
    if milestones is None:
        stages, middle = [m.id for m in ds.programme.stages.values()], ds.programme.with_role("assessment")
        if middle and middle.scope == "plant":
            return list(dict.fromkeys([stages[0], middle.id, ds.programme.final.id]))
        return stages if len(stages) <= 5 else [stages[0], *stages[-4:]]
    known = {m.id: m.label for m in ds.programme.plant_milestones()}
    each = [milestones] if isinstance(milestones, str) or not isinstance(milestones, Iterable) else milestones
    return [one_of("企业没有名为“{}”的节点", one, known) for one in each]


def unit_states(ds: Dataset) -> pd.DataFrame:
    """返回各单位自身事项的状态，每项一行。

    Return the state of the units' own milestones (permit report, results, summary).

    Columns: unit, milestone, label, deadline, done_on, state, days, working_days, working_days_basis: as for plants. Units
    that no plant is listed of owe nothing: not_applicable.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.milestones.unit_states(ds).columns.tolist()[:3]
    ['unit', 'milestone', 'label']
    """
    import numpy as np
    import pandas as pd

    dataset_of(ds)
    steps = [m for m in ds.programme.milestones if m.scope == "unit"]
    here = units_shown(ds)
    row, column = positions(ds.events["unit"], here), positions(ds.events["milestone"], [m.id for m in steps])
    row[ds.events["plant_id"].notna().to_numpy(bool)] = -1  # its own events carry no plant
    done_on, _, _, unread = reached(ds, row, column, (len(here), len(steps)))
    deadline, done_on = unit_deadlines(ds, steps, here, done_on)
    owing = statuses.unit_told(ds)
    bound = np.array([[unit in owing] for unit in here], bool).reshape(-1, 1)
    silent = ~np.array([[m.id in owing.get(unit, ()) for m in steps] for unit in here], bool).reshape(done_on.shape)
    no = np.zeros((1, 1), bool)
    told: dict[str, np.ndarray] = dict.fromkeys(("failed", "left", "unknown", "unsure", "undated"), no)
    told |= {"unread": unread, "bound": bound, "silent": silent}
    state, days = _states(ds, deadline, done_on, **told)
    return pd.DataFrame(
        {
            "unit": pd.array([unit for unit in here for _ in steps], dtype="str"),
            "milestone": pd.array([m.id for m in steps] * len(here), dtype="str"),
            "label": pd.array([m.label for m in steps] * len(here), dtype="str"),
            "deadline": deadline.ravel().astype("datetime64[s]"),
            "done_on": done_on.ravel().astype("datetime64[s]"),
            "state": pd.array(state.ravel(), dtype="str"),
            "days": pd.array(days.ravel(), dtype="Float64").astype("Int64"),
            "overdue": state.ravel() == "overdue",
            **working_days(ds.as_of, last_day_margin(ds), deadline.ravel(), np.isin(state.ravel(), AHEAD)),
        }
    )


def units_shown(ds: Dataset) -> list[str]:
    """返回表中应列出的上报单位。

    Return the units that a table has rows for: all of the programme, or the one of a narrower selection.
    """
    if len(ds.plants) and ds.plants["unit"].nunique() == 1:
        return [str(ds.plants["unit"].iloc[0])]
    return list(ds.programme.units)


def _states(ds: Dataset, deadline: np.ndarray, done_on: np.ndarray, **told: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return states and days; the first condition that holds gives the state.

    ``told``, each as the grid or a column of it: failed, unread, left, unknown (the plant's status isn't understood), bound,
    silent (no return has a cell for it), undated (its own deadline isn't understood), unsure (nobody knows whether it is
    bound), gone_on (the day it left, where what was overdue then stays so; optional), bounded (whether there is a deadline;
    optional).
    """
    import numpy as np

    margin = last_day_margin(ds)
    late = days_between(done_on, deadline) + margin  # NaN compares false
    ahead = days_between(deadline, np.datetime64(ds.as_of, "D")) - margin
    done, left, adrift = ~np.isnat(done_on), told["left"], np.zeros((1, 1), bool)
    if "gone_on" in told:
        then = days_between(deadline, told["gone_on"]) - margin
        adrift = left & np.isnat(told["gone_on"]) & (ahead < 0)  # late by then, or not: nobody knows
        left, ahead = left & ~(then < 0), np.where(then < 0, then, ahead)
    rules = [
        ("not_applicable", np.broadcast_to(~told["bound"] & ~told["unsure"], done.shape)),
        ("done_late", done & (late > 0)),
        ("done_unknown", done & np.isnat(deadline) & told.get("bounded", False)),
        ("done_on_time", done),
        ("unclear", np.broadcast_to(told["unread"], done.shape)),
        ("late_unknown", np.broadcast_to(adrift, done.shape)),
        ("left", np.broadcast_to(left, done.shape)),
        ("applies_unknown", np.broadcast_to(told["unsure"], done.shape)),
        ("failed", np.broadcast_to(told["failed"], done.shape)),
        ("not_reported", np.broadcast_to(told["silent"], done.shape)),
        ("late_unknown", ((ahead < 0) & told["unknown"]) | told["undated"]),  # late, or gone, or in time
        ("overdue", ahead < 0),
        ("due_soon", ahead <= ds.programme.due_soon_days),
    ]
    state = np.select([where for _, where in rules], [name for name, _ in rules], default="not_due")
    null = np.isin(state, [*UNKNOWN, "done_unknown", "left", "not_applicable"])
    null |= (state == "failed") & (~(ahead < 0) | told["unknown"])
    days = np.select(
        [null, state == "done_on_time", state == "done_late", np.isin(state, ["overdue", "failed"])],
        [np.nan, 0, late, -ahead],
        ahead,
    )
    return state, days


def last_day_margin(ds: Dataset) -> int:
    """返回最后一个按期之日比期限早几天：0，或 1（期限当日即为逾期的）。"""
    return 0 if ds.programme.deadline_inclusive else 1


def _known_states(state: np.ndarray) -> np.ndarray:
    """Return where each state stands in :data:`STATES`; one that isn't there is a fault, never a state of another name."""
    import numpy as np

    names, where = np.unique(state.astype(str), return_inverse=True)
    if unknown := set(names.tolist()) - set(STATES):
        raise ValueError(f"no state of a milestone: {'、'.join(sorted(unknown))}")
    return np.array([list(STATES).index(name) for name in names.tolist()], np.intp)[where]
