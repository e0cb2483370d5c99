"""Hand-over: the lists that go to other authorities (notice 四（三）), to the public (二（二）5) and to the next batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal, Self

from pydantic import model_validator

from cpaudit.analysis import attainment, benefits, progress
from cpaudit.analysis.carry_over import carry_over
from cpaudit.reference import Definition, read_definition, root
from cpaudit.vocabulary import Verification

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

#: How a plant's audit ended, or where it stands; failures come before what is merely not done.
RESULTS = {
    "accepted": "通过验收",
    "acceptance_failed": "验收未通过",
    "assessment_failed": "评估未通过",
    "not_accepted": "已通过评估但尚未通过验收",
    "not_assessed": "尚未通过评估",
    "left": "已退出",
}
_ENERGY = ["energy_tce", "electricity_wan_kwh", "coal_t"]


class Heading(Definition):
    """How a column of the lists is shown."""

    label: str
    type: Literal["text", "integer", "number", "percent", "date", "level"] = "text"
    unit: str = ""


class Letter(Definition):
    """The words of the cover note; holes: programme, notice, number, clause."""

    title: str
    opening: str
    closing: str


class Listing(Definition):
    """One list: which plants, which columns; receiver and clause only where the programme's hand-overs don't give them."""

    title: str
    file: str
    letter: Letter
    rows: Literal["all", "enforcement", "carry_over"]
    columns: tuple[str, ...]
    note: str
    receiver: str = ""
    duty: str = ""
    clause: str = ""


class Matter(Definition):
    """Something that enforcement is told of: milestones in one state."""

    label: str
    milestones: tuple[str, ...]
    state: Literal["failed", "overdue"]
    bases: tuple[str, ...]


class Basis(Definition):
    """A provision that may apply, to the plants of some rosters; ``otherwise`` is said of the others."""

    text: str
    rosters: tuple[str, ...]
    otherwise: str
    status: Verification
    seen_at: tuple[str, ...]


class Definitions(Definition):
    """The file ``handover.yaml``."""

    columns: dict[str, Heading]
    lists: dict[str, Listing]
    matters: dict[str, Matter]
    bases: dict[str, Basis]

    @model_validator(mode="after")
    def _references_hold(self) -> Self:
        for key, listing in self.lists.items():
            if unknown := [c for c in listing.columns if c not in self.columns]:
                raise ValueError(f"清单 {key} 的列 {unknown[0]} 未在 columns 中定义")
        for key, matter in self.matters.items():
            if unknown := [b for b in matter.bases if b not in self.bases]:
                raise ValueError(f"事项 {key} 的依据 {unknown[0]} 未在 bases 中定义")
        return self


@cache
def definitions() -> Definitions:
    """Return the lists that ship.

    >>> list(definitions().lists)
    ['energy_supervision', 'permit_authority', 'enforcement', 'results', 'carry_over']
    """
    return read_definition(root() / "handover.yaml", Definitions)


def listing(ds: Dataset, list_id: str) -> pd.DataFrame:
    """Return one list: the columns that ``handover.yaml`` names, in its order; a row per plant, in the roster's order.

    Codes as in plants; besides: result (a key of ``RESULTS``), verdict and reason (:func:`attainment.plants`),
    levels (1 … 4; null unknown), matter (labels), steps (milestones, ";"), worst_days, basis (text), permit_written (a state
    of :data:`progress.STATES`), late_days (after the deadline of acceptance: of the day of acceptance, else of the as-of
    date; null where not late), carried (a key of :data:`carry_over.REASONS`).
    """
    what = definitions().lists[list_id]
    if what.rows == "carry_over":
        frame = carry_over(ds).rename(columns={"reason": "carried"})
    else:
        frame = _plants(ds)
        if what.rows == "enforcement":
            found = _matters(ds)
            frame = frame.merge(found, on="plant_id", how="inner")
    return frame[["plant_id", *what.columns]].reset_index(drop=True)


def receiver(ds: Dataset, list_id: str) -> tuple[str, str]:
    """Return to whom a list goes ("" for the public) and by which clause, as the programme says, else as the list does."""
    what = definitions().lists[list_id]
    for order in ds.programme.handovers:
        if order.id == list_id:
            return order.receiver, f"通知{order.clause}"
    duty = next((d for d in ds.programme.duties if d.id == what.duty), None)
    return what.receiver, f"通知{duty.clause}" if duty else what.clause


def results(ds: Dataset, by: str | None = None) -> pd.DataFrame:
    """Return how many plants have which result, in all or by unit, industry or roster: the grouping, plants, then ``RESULTS``."""
    import pandas as pd

    frame = _plants(ds)
    counts = pd.DataFrame({"plants": 1, **{r: (frame["result"] == r).astype(int) for r in RESULTS}}, index=frame.index)
    if by is None:
        return pd.DataFrame([counts.sum()])
    return counts.groupby(frame[by], sort=False).sum().reset_index(names=by)


@lru_cache(maxsize=4)  # several lists of one data set share it
def _plants(ds: Dataset) -> pd.DataFrame:
    """One row per plant with every column that a list may want."""
    import numpy as np
    import pandas as pd

    states = progress.milestone_states(ds)
    frame = ds.plants.drop(columns=["file", "sheet", "cell"]).copy()
    ids = frame["plant_id"]
    last, assessed, permit = (
        states[states["milestone"] == step].set_index("plant_id").reindex(ids)
        for step in (ds.programme.final.id, "assessed", "permit_written")
    )
    frame["deadline"] = last["deadline"].to_numpy()
    done = last["state"].isin(progress.DONE).to_numpy()
    frame["accepted_on"] = last["done_on"].where(done).to_numpy()
    late = last["days"].where(last["state"].isin(["done_late", "overdue"]))
    failed = last["state"].eq("failed").to_numpy()
    since = (pd.Timestamp(ds.as_of) - last["deadline"]).dt.days + (0 if ds.programme.deadline_inclusive else 1)
    late = late.mask(failed & (since > 0).to_numpy(), since)
    frame["late_days"] = late.astype("Int64").array
    conditions = {
        "accepted": done,
        "left": (frame["status"] != "active").to_numpy(),
        "acceptance_failed": failed,
        "assessment_failed": assessed["state"].eq("failed").to_numpy(),
        "not_accepted": assessed["state"].isin(progress.DONE).to_numpy(),
    }
    frame["result"] = np.select(list(conditions.values()), list(conditions), default="not_assessed")
    frame["permit_written"], frame["permit_written_on"] = permit["state"].to_numpy(), permit["done_on"].to_numpy()
    verdicts = attainment.plants(ds).set_index("plant_id")[["level_before", "level_after", "verdict", "reason"]]
    energy = attainment.category(ds, "resource_energy")
    frame["energy_before"], frame["energy_after"] = energy["before"].array, energy["after"].array
    return frame.join(verdicts, on="plant_id").join(_savings(ds), on="plant_id")


def _savings(ds: Dataset) -> pd.DataFrame:
    return benefits.of_status(ds, "implemented").groupby("plant_id")[_ENERGY].sum(min_count=1)


def _matters(ds: Dataset) -> pd.DataFrame:
    """Return, per plant with any: matter (labels), steps (milestones, ";"), worst_days (overdue; null: only failures), basis."""
    import pandas as pd

    known = definitions()
    told = {(m, matter.state): key for key, matter in known.matters.items() for m in matter.milestones}
    states = progress.milestone_states(ds)
    states = states[states["state"].isin(["failed", "overdue"])]
    each: dict[str, _Told] = {}
    columns = (states[c].tolist() for c in ("plant_id", "roster", "milestone", "state", "days"))
    for plant_id, roster, milestone, state, days in zip(*columns, strict=True):
        if key := told.get((milestone, state)):
            mine = each.setdefault(plant_id, _Told(roster))
            mine.matters.add(key)
            mine.steps.append(milestone)
            mine.days.append(0 if state == "failed" else int(days))
    rows = []
    for plant_id, mine in each.items():
        matters = [key for key in known.matters if key in mine.matters]
        rows.append(
            {
                "plant_id": plant_id,
                "matter": "；".join(known.matters[key].label for key in matters),
                "steps": ";".join(mine.steps),
                "worst_days": max(mine.days) or None,
                "basis": _basis(ds, matters, mine.roster),
            }
        )
    return pd.DataFrame(rows, columns=["plant_id", "matter", "steps", "worst_days", "basis"]).astype({"worst_days": "Int64"})


@dataclass
class _Told:
    roster: str
    matters: set[str] = field(default_factory=set)
    steps: list[str] = field(default_factory=list)
    days: list[int] = field(default_factory=list)


def _basis(ds: Dataset, matters: list[str], roster: str) -> str:
    known = definitions()
    keys = dict.fromkeys(b for m in matters for b in known.matters[m].bases)
    clause = next((h.clause for h in ds.programme.handovers if h.id == "enforcement"), "")
    provisions = [known.bases[k].text if roster in known.bases[k].rosters else known.bases[k].otherwise for k in keys]
    return "；".join([f"通知{clause}", *provisions])
