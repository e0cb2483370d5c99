"""When a fictitious plant reaches each milestone of the notice: mostly on time, some late, some never."""

from __future__ import annotations

import datetime as dt
import random

_DAY = dt.timedelta(days=1)
LISTED_ON = dt.date(2021, 12, 20)

#: milestone → (first usual day, last day in time, days that a late one may take, share that never gets there)
_WINDOWS: dict[str, tuple[dt.date, dt.date, int, float]] = {
    "notified": (dt.date(2021, 12, 22), dt.date(2021, 12, 30), 12, 0.008),
    "registered": (dt.date(2022, 1, 5), dt.date(2022, 1, 31), 40, 0.02),
    "disclosed": (dt.date(2022, 1, 6), dt.date(2022, 1, 31), 50, 0.03),
    "permit_written": (dt.date(2022, 1, 5), dt.date(2022, 1, 31), 45, 0.03),
    "plan_ready": (dt.date(2022, 3, 20), dt.date(2022, 6, 1), 60, 0.03),
    "assessment_applied": (dt.date(2022, 3, 25), dt.date(2022, 6, 1), 20, 0.01),
    "assessed": (dt.date(2022, 4, 25), dt.date(2022, 7, 1), 50, 0.01),
    "implemented": (dt.date(2022, 8, 15), dt.date(2022, 11, 1), 40, 0.05),
    "acceptance_applied": (dt.date(2022, 8, 20), dt.date(2022, 11, 1), 20, 0.01),
    "accepted": (dt.date(2022, 9, 15), dt.date(2022, 11, 30), 20, 0.01),
}
#: The chain; information disclosure and the permit stand beside it.
_CHAIN = (
    "notified",
    "registered",
    "plan_ready",
    "assessment_applied",
    "assessed",
    "implemented",
    "acceptance_applied",
    "accepted",
)
_GAPS = {"registered": 4, "disclosed": 4, "plan_ready": 20, "assessed": 10, "implemented": 30, "accepted": 9}
_FAILS = {"assessed": 0.045, "accepted": 0.05}


def walk(rng: random.Random, *, permit: bool, diligence: float, as_of: dt.date) -> tuple[dict[str, dt.date], dict[str, bool]]:
    """Return milestone → date up to ``as_of``, and for assessment and acceptance whether they were passed.

    ``diligence`` (0..1) is the share of steps that are taken in time.
    """
    dates: dict[str, dt.date] = {}
    passed: dict[str, bool] = {}
    previous = LISTED_ON
    for milestone in _CHAIN:
        day = _day(milestone, previous, rng, diligence)
        if day is None or day > as_of:
            break
        dates[milestone] = previous = day
        if milestone in _FAILS:
            passed[milestone] = rng.random() > _FAILS[milestone]
            if not passed[milestone]:
                break
    for milestone in ("disclosed", "permit_written"):
        if "notified" in dates and (permit or milestone == "disclosed"):
            day = _day(milestone, dates["notified"], rng, diligence)
            if day is not None and day <= as_of:
                dates[milestone] = day
    return dates, passed


def _day(milestone: str, previous: dt.date, rng: random.Random, diligence: float) -> dt.date | None:
    start, last, slack, never = _WINDOWS[milestone]
    if rng.random() < never:
        return None
    earliest = max(start, previous + _GAPS.get(milestone, 0) * _DAY)
    if earliest > last or rng.random() > diligence:
        first = max(earliest, last + _DAY)
        day = first + int(rng.triangular(0, slack, slack / 4)) * _DAY
    elif milestone.endswith("_applied"):
        day = min(last, earliest + rng.randint(0, 7) * _DAY)
    else:
        day = earliest + int(rng.triangular(0, (last - earliest).days, (last - earliest).days * 0.7)) * _DAY
    working = day - max(0, day.weekday() - 4) * _DAY  # offices stamp nothing on weekends
    return max(working, previous)
