"""What enforcement is told of each plant: milestones failed or overdue beyond doubt, and the provisions that may apply."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cpaudit.analysis.basis import deciding, statuses
from cpaudit.analysis.basis.lists import lists_of, steps_meant
from cpaudit.analysis.basis.milestones import grid
from cpaudit.programme.document import by_clauses

if TYPE_CHECKING:
    import numpy as np

    from cpaudit.dataset import Dataset


def in_doubt(ds: Dataset) -> np.ndarray:
    """Where something that is told to enforcement is in doubt: the cell that decides it, or a step before it."""
    found = grid(ds)
    doubt: np.ndarray = (deciding.serious(ds) | deciding.unjudged(ds)) & ((found.state == "failed") | found.overdue)
    return doubt


def told(ds: Dataset) -> tuple[np.ndarray, dict[str, Any]]:
    """Return the positions of the plants with any, and of each: matter (labels), steps (milestones, ";"), worst_days (overdue;
    null: only failures), basis."""
    import numpy as np
    import pandas as pd

    known = lists_of(ds)
    wanted: dict[tuple[str, str], str] = {}
    for key, matter in known.matters.items():
        for m in steps_meant(ds.programme, matter.milestones):
            wanted.setdefault((m, str(matter.state)), key)
    found, rosters = grid(ds), ds.plants["roster"].tolist()
    each: dict[int, _Told] = {}
    # who may have left the programme is nobody's case, nor is what is in doubt
    beyond = ~(statuses.unread(ds)[:, None] | in_doubt(ds))
    for state, where in (("failed", found.state == "failed"), ("overdue", found.overdue)):
        for at, column in zip(*(axis.tolist() for axis in np.nonzero(where & beyond)), strict=True):
            milestone = found.milestones[column]
            if kind := wanted.get((milestone, state)):
                mine = each.setdefault(at, _Told(rosters[at]))
                mine.matters.add(kind)
                mine.steps.setdefault(column, milestone)
                if state == "overdue":
                    mine.days.append(int(found.days[at, column]))
    each = dict(sorted(each.items()))
    of = [[key for key in known.matters if key in mine.matters] for mine in each.values()]
    return np.array(list(each), np.intp), {
        "matter": pd.array(["；".join(known.matters[key].label for key in matters) for matters in of], dtype="str"),
        "steps": pd.array([";".join(mine.steps[at] for at in sorted(mine.steps)) for mine in each.values()], dtype="str"),
        "worst_days": pd.array([max(mine.days, default=None) for mine in each.values()], dtype="Int64"),
        "basis": pd.array([_basis(ds, m, mine.roster) for m, mine in zip(of, each.values(), strict=True)], dtype="str"),
    }


@dataclass
class _Told:
    roster: str
    matters: set[str] = field(default_factory=set)
    steps: dict[int, str] = field(default_factory=dict)
    days: list[int] = field(default_factory=list)


def _basis(ds: Dataset, matters: list[str], roster: str) -> str:
    known, called = lists_of(ds), {r.id: r.label for r in ds.programme.rosters}
    keys = dict.fromkeys(b for m in matters for b in known.matters[m].bases)
    clause = next((h.clause for h in ds.programme.handovers if h.id == "enforcement"), "")
    others = {"roster": called.get(roster, "未读懂的一类")}
    provisions = [b.text if roster in b.rosters else b.otherwise.format_map(others) for b in (known.bases[k] for k in keys)]
    return "；".join([by_clauses(clause), *provisions])
