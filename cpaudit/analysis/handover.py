"""移交：通知四（三）要求移交其他部门的名单。

Hand-over: the lists that go to other authorities (notice 四（三）), to the public (二（二）5) and to the next batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis import attainment, benefits
from cpaudit.analysis.basis import deciding, matters, statuses
from cpaudit.analysis.basis.codes import grouping, groups, positions, sums
from cpaudit.analysis.basis.lists import Listing, definitions, lists_of
from cpaudit.analysis.basis.milestones import DONE, UNKNOWN, Grid, grid, last_day_margin
from cpaudit.analysis.carry_over import carry_over, undecided
from cpaudit.dataset import remembered
from cpaudit.dataset.dated import require_current
from cpaudit.errors.arguments import one_of
from cpaudit.fields import labels
from cpaudit.programme.document import by_clauses

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.programme import Milestone

__all__ = ["RESULTS", "definitions", "held", "listing", "lists_of", "receiver", "results", "results_of", "waiting"]

#: How a plant's audit ended, or where it stands; failures come before what is merely not done.
RESULTS = labels("result", "acceptance_failed")
#: What a list can say of a plant that nobody knows.
_UNSETTLED = (*UNKNOWN, "status_unread")
_ENERGY = ["energy_tce", "electricity_wan_kwh", "coal_t"]


def listing(ds: Dataset, list_id: str) -> pd.DataFrame:
    """返回一份移交名单，每家企业一行。

    Columns: plant_id, then those that ``handover.yaml`` names for the list, in its order. A row per plant, in the roster's order.

    A plant of which a list would say something unclear isn't on it (:func:`held`). Codes as in plants; besides: result (a key
    of ``RESULTS``), verdict and reason (:func:`attainment.plants`), levels (1 … 4; null unknown), matter (labels), steps
    (milestones, ";"), worst_days, basis (text), permit_written (a state of :data:`milestones.STATES`), late_days (after the
    deadline of acceptance: of the day of acceptance, else of the as-of date; null where not late), carried (a key of
    :data:`carry_over.REASONS`).

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> "plant_id" in cp.analysis.handover.listing(ds, "enforcement")
    True

    Raises:
        UsageError: there is no such list (its last line lists them), or the data are not of the day itself: older, or of a
            later one.
    """
    import pandas as pd

    what = _asked(ds, list_id)
    require_current(ds)
    columns = ["plant_id", *what.columns]
    if what.rows == "carry_over":
        return carry_over(ds).rename(columns={"reason": "carried"})[columns]
    known = _columns(ds)
    if what.rows == "enforcement":
        kept, told = matters.told(ds)
        return pd.DataFrame({c: told[c] if c in told else known[c].take(kept) for c in columns})
    return pd.DataFrame({c: known[c] for c in columns})[~_doubtful(ds, what)].reset_index(drop=True)


def _asked(ds: Dataset, list_id: str) -> Listing:
    lists = lists_of(ds).lists
    return lists[one_of(f"{ds.programme.title}没有编号为“{{}}”的名单", list_id, {key: what.title for key, what in lists.items()})]


def held(ds: Dataset, list_id: str) -> int:
    """返回一份清单因结果不明、是否适用不明或没有报送而暂不列入的企业数。"""
    return int(waiting(ds, list_id).sum())


def waiting(ds: Dataset, list_id: str) -> np.ndarray:
    """返回一份清单待核实的企业：结果不明、是否适用不明或没有报送，每家一个真假值。"""
    import numpy as np

    what = _asked(ds, list_id)
    if what.rows == "enforcement":
        state = grid(ds).state  # that a permit may not have had to be written is nobody's case
        return np.asarray(((np.isin(state, UNKNOWN) & (state != "applies_unknown")) | matters.in_doubt(ds)).any(axis=1))
    return undecided(ds) if what.rows == "carry_over" else _doubtful(ds, what)


def _doubtful(ds: Dataset, what: Listing) -> np.ndarray:
    """Whether what a list says of each plant is unclear, or wasn't reported."""
    import numpy as np

    told = [np.isin(np.asarray(_columns(ds)[c], object), _UNSETTLED) for c in ("result", "permit_written") if c in what.columns]
    doubtful: np.ndarray = np.logical_or.reduce([np.zeros(len(ds.plants), bool), *(np.asarray(each, bool) for each in told)])
    if what.published:  # only what is beyond doubt
        judged = [m.has_result for m in ds.programme.plant_milestones()]
        doubtful |= deciding.serious(ds)[:, judged].any(axis=1)
        doubtful |= deciding.values_wrong(ds) & ~np.asarray(_columns(ds)["level_after"].isna(), bool)
    return doubtful


def receiver(ds: Dataset, list_id: str) -> tuple[str, str]:
    """返回一份名单移交给谁，以及所依据的条款。

    Return to whom a list goes ("" for the public) and by which clause, as the programme says, else as the list does.
    """
    what = _asked(ds, list_id)
    for order in ds.programme.handovers:
        if order.id == list_id:
            return order.receiver, by_clauses(order.clause)
    duty, follows = next((d for d in ds.programme.duties if d.id == what.duty), None), ds.programme.consequences
    if what.to_issuers:
        ruled = what.rows == "carry_over" and follows.rolls_over is not None
        return "、".join(ds.programme.document.issuers), by_clauses(follows.clause) if ruled else what.clause
    return what.receiver, by_clauses(duty.clause) if duty else what.clause


def results(ds: Dataset, by: str | None = None) -> pd.DataFrame:
    """返回各种审核结果的企业数，可按单位、行业、名单、区县或咨询机构分组。

    Columns: the grouping (none: one row), plants, then one per key of :func:`results_of`.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.handover.results(ds)["plants"].item()
    446

    Raises:
        UsageError: no such grouping; its last line lists them; or the day is earlier than the snapshot's, whose values say
            nothing of it.
    """
    import numpy as np

    by = grouping(by)
    found = _columns(ds)["result"]
    flags = {"plants": np.ones(len(found), bool), **{r: found == r for r in results_of(ds)}}
    return sums(flags) if by is None else sums(flags, groups(ds, by)).reset_index(names=by)


@remembered
def _columns(ds: Dataset) -> dict[str, Any]:
    """Return every column that a list of plants may want, as an array; shared, so not to be changed."""
    import numpy as np
    import pandas as pd

    found, final = grid(ds), ds.programme.final.id
    last, assessed, permit = (
        found.state[:, found.of(final)],
        _state(ds, _assessment(ds)),
        _state(ds, ds.programme.with_role("permit")),
    )
    deadline, days = found.deadline[:, found.of(final)], found.days[:, found.of(final)]
    done, failed = np.isin(last, DONE), last == "failed"
    since = (np.datetime64(ds.as_of, "D") - deadline).astype(float) + last_day_margin(ds)
    late = np.where(np.isin(last, ["done_late", "overdue"]), days, np.where(failed & (since > 0), since, np.nan))
    rules = [
        ("accepted", done),
        ("unclear", last == "unclear"),
        ("status_unread", statuses.unread(ds)),
        ("left", statuses.left(ds)),
        ("acceptance_failed", failed),
        ("assessment_failed", assessed == "failed"),
        ("unclear", assessed == "unclear"),
        ("not_reported", last == "not_reported"),
        ("unclear", assessed == "not_reported"),  # not passed yet, or passed and not told
        ("not_accepted", np.isin(assessed, DONE)),
    ]
    otherwise = "not_assessed" if _assessment(ds) else "not_accepted"
    result = np.select([where for _, where in rules], [name for name, _ in rules], default=otherwise)
    energy, verdicts = attainment.category(ds, "resource_energy"), attainment.plants(ds)
    savings = _savings(ds)
    return {
        **{str(column): ds.plants[column].array for column in ds.plants},
        "deadline": pd.array(deadline.astype("datetime64[s]")),
        "accepted_on": _days(found, final),
        "late_days": pd.array(late, dtype="Float64").astype("Int64"),
        "result": pd.array(result, dtype="str"),
        "permit_written": pd.array(permit, dtype="str"),
        "permit_written_on": _days(found, step.id if (step := ds.programme.with_role("permit")) else None),
        "energy_before": energy["before"].array,
        "energy_after": energy["after"].array,
        **{column: verdicts[column].array for column in ("level_before", "level_after", "verdict", "reason", "verification")},
        **{column: savings[column].array for column in _ENERGY},
        "doubt": deciding.said(ds, deciding.at_milestones(ds), deciding.at_values(ds)).array,
    }


def _assessment(ds: Dataset) -> Milestone | None:
    """Return the assessment, where it isn't the last milestone itself."""
    step = ds.programme.with_role("assessment")
    return None if step is None or step.final or step.scope != "plant" else step


def results_of(ds: Dataset) -> dict[str, str]:
    """返回这一批次会有的各种审核结果：编号 → 名称。"""
    known = labels("result", "acceptance_failed", ds.programme.words)
    absent = set() if _assessment(ds) else {"assessment_failed", "not_assessed"}
    absent |= set() if ds.programme.final.has_result else {"acceptance_failed"}
    return {key: label for key, label in known.items() if key not in absent}


def _state(ds: Dataset, step: Milestone | None) -> np.ndarray:
    """Return the states of a milestone; nothing of one that the programme doesn't have."""
    import numpy as np

    found = grid(ds)
    known: np.ndarray = found.state[:, found.of(step.id)] if step else np.full(len(found.state), None, object)
    return known


def _days(found: Grid, milestone: str | None) -> Any:
    import numpy as np
    import pandas as pd

    if milestone is None:
        return pd.array(np.full(len(found.state), "NaT", "datetime64[s]"))
    return pd.array(found.done_on[:, found.of(milestone)].astype("datetime64[s]"))


def _savings(ds: Dataset) -> pd.DataFrame:
    """Return what the implemented options save, by the plant's position; null where none states it."""
    options = benefits.of_status(ds, "implemented")
    plant = positions(options["plant_id"], ds.plants["plant_id"])
    return benefits.summed(options, plant, _ENERGY).reindex(range(len(ds.plants)))
