"""The figures of a unit's yearly work summary, in the notice's order (二（二）6); every one from the other analyses."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cpaudit.analysis import attainment, benefits, progress
from cpaudit.analysis.basis import milestones
from cpaudit.analysis.carry_over import reasons, undecided
from cpaudit.analysis.options import concentration
from cpaudit.fields import UNREAD, field
from cpaudit.fields import benefits as benefit_fields

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

_CLASSES = ("no_low_cost", "medium_high_cost", UNREAD)
_COUNTED = ("options", "plants", "no_investment", "no_economic_benefit", "payback_options")
_AMOUNTS = (*_COUNTED, "investment_wan_yuan", "economic_benefit_wan_yuan", "payback_years")


def facts(ds: Dataset) -> dict[str, Any]:
    """返回工作总结所用的各项数字。

    Return the figures of the plants of ``ds`` (a unit's part of the data set); an amount that nobody states is None.

    Keys: progress (:func:`progress.summary`), rosters and industries (code → plants, none that are 0), options (class → status
    → number), amounts (class and ``all`` → options, plants, no_investment, no_economic_benefit, payback_options,
    investment_wan_yuan, economic_benefit_wan_yuan, payback_years of the implemented ones), environment
    (benefit → yearly quantity of the implemented options, the economic one left out), concentration (of
    the economic benefit: plants, plants_for_80; None without any), assessed and accepted (see :func:`step`),
    attainment (:func:`attainment.summary`), unofficial (the verifications, but official, of what levels and verdicts rest
    on), carry_over (plants), undecided (plants that may have to be: see :func:`carry_over.undecided`),
    left (status → plants).

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.work_summary.facts(ds.select(unit="唐山")) != {}
    True
    """
    by_status = benefits.by_status(ds)
    counts = {(c, s): int(n) for c, s, n in zip(by_status["class"], by_status["status"], by_status["options"], strict=True)}
    known = field("options", "status").codes or ()
    total, each = benefits.totals(ds), benefits.totals(ds, "class").set_index("class")
    rows: dict[str, Any] = {"all": total.iloc[0], **{c: each.loc[c] for c in _CLASSES if c in each.index}}
    nothing = dict.fromkeys(_AMOUNTS) | dict.fromkeys(_COUNTED, 0)
    spread = concentration.summary(ds, amounts=["economic_benefit_wan_yuan"])
    gone = ds.plants.loc[progress.counts(ds)["left"], "status"]
    return {
        "progress": _only(progress.summary(ds)),
        "rosters": _counted(ds.plants["roster"]),
        "industries": _counted(ds.plants["industry"]),
        "options": {c: {s: counts.get((c, s), 0) for s in known} for c in _CLASSES},
        "amounts": {k: {a: _amount(rows[k], a) for a in _AMOUNTS} if k in rows else dict(nothing) for k in ("all", *_CLASSES)},
        "environment": {b: _plain(rows["all"][b]) for b in benefit_fields() if b != "economic_benefit_wan_yuan"},
        "concentration": _only(spread) if len(spread) else None,
        **{stage: step(ds, m.id) for stage, m in ds.programme.stages.items() if m.has_result},
        "attainment": _only(attainment.summary(ds)),
        "unofficial": attainment.unofficial(ds),
        "carry_over": int((reasons(ds) != "").sum()),
        "undecided": int(undecided(ds).sum()),
        "left": _counted(gone),
    }


def step(ds: Dataset, milestone: str) -> dict[str, Any]:
    """返回评估或验收的进行情况。

    Return how a step with a result (assessment, acceptance) went.

    Keys: passed, on_time, late, undated (by a deadline that nobody knows), failed, unclear, not_reported (plants), first and
    last (dates; None without any), by_assessor (code → plants passed, none that are 0; "" for plants whose assessor isn't
    known), score (mean of the passed that state one;
    None).
    """
    import numpy as np
    import pandas as pd

    found, (row, column), events = milestones.grid(ds), milestones.placed(ds), ds.events
    at = found.of(milestone)
    state, done, offline = found.state[:, at], found.done[:, at], found.offline[:, at]
    days = found.done_on[done, at].astype("datetime64[s]")
    # The scores are those of the events that count: passed, of that day and channel.
    counts = (column == at) & (row >= 0) & done[row] & events["result"].eq("passed").to_numpy(bool)
    counts &= events["date"].to_numpy("datetime64[D]") == found.done_on[row, at]
    counts &= events["channel"].eq("offline").to_numpy(bool) == offline[row]
    scores = events["score"].to_numpy()[counts]
    scores = scores[~np.isnan(scores)]
    return {
        "passed": int(done.sum()),
        "on_time": int((state == "done_on_time").sum()),
        "late": int((state == "done_late").sum()),
        "undated": int((state == "done_unknown").sum()),
        "failed": int((state == "failed").sum()),
        "unclear": int((state == "unclear").sum()),
        "not_reported": int((state == "not_reported").sum()),
        "first": pd.Timestamp(days.min()) if len(days) else None,
        "last": pd.Timestamp(days.max()) if len(days) else None,
        "by_assessor": _counted(ds.plants["assessor"][done].fillna("")),
        "score": float(scores.mean()) if len(scores) else None,
    }


def _counted(codes: pd.Series) -> dict[str, int]:
    """Return how many there are of each code, the most first."""
    return dict(Counter(code for code in codes.tolist() if isinstance(code, str)).most_common())


def _only(frame: pd.DataFrame) -> dict[str, Any]:
    return {str(column): _plain(frame[column].iloc[0]) for column in frame}


def _amount(row: Any, name: str) -> Any:
    # a row of mixed columns is all floats: what is counted is whole again
    return int(row[name]) if name in _COUNTED else _plain(row[name])


def _plain(value: Any) -> Any:
    """Return a number as Python's own, None where it is missing."""
    import pandas as pd

    if not isinstance(value, str) and pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value
