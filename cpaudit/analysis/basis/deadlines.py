"""Deadlines: the day on which each plant must have done each milestone, as the programme reads it, and what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.analysis.basis.attributes import attribute
from cpaudit.programme.deadlines import BASES, later

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    import numpy as np

    from cpaudit.dataset import Dataset
    from cpaudit.programme import Milestone
    from cpaudit.programme.deadlines import Deadline

_BASES = tuple(BASES)
#: A day is said of all plants where at least so many of them share it.
_SHARED = 0.9


class Deadlines(NamedTuple):
    """By plant and milestone: the day (datetime64[D], NaT where there is none or nobody knows) and what it rests on.

    ``basis`` holds keys of :data:`~cpaudit.programme.deadlines.BASES`: a day that is NaT is never passed.
    """

    day: np.ndarray
    basis: np.ndarray


def deadlines(ds: Dataset, steps: tuple[Milestone, ...], done_on: np.ndarray) -> Deadlines:
    """Return the deadlines of each plant; ``done_on`` (plants down, ``steps`` across) is what some of them start from."""
    import numpy as np

    n = len(ds.plants)
    day, basis = np.full((n, len(steps)), "NaT", "datetime64[D]"), np.full((n, len(steps)), "unknown", object)
    for at, m in enumerate(steps):
        done = {other.id: done_on[:, column] for column, other in enumerate(steps)}
        found = _of(ds, m.deadline, np.ones(n, bool), done, m.id)
        day[:, at], basis[:, at] = _in_force(ds, found.day), found.basis
        if m.final:
            own = ds.plants["own_deadline"].to_numpy("datetime64[D]")
            day[:, at] = np.where(np.isnat(own), day[:, at], own)
            basis[~np.isnat(own), at] = "column"
            day[own_unread(ds), at], basis[own_unread(ds), at] = "NaT", "unknown"
    return Deadlines(day, basis)


def _of(ds: Dataset, rule: Deadline, mine: np.ndarray, done: dict[str, np.ndarray], step: str) -> Deadlines:
    """Return what one deadline comes to for the plants of ``mine``; the others stay open."""
    import numpy as np

    n = len(mine)
    day, basis = np.full(n, "NaT", "datetime64[D]"), np.full(n, rule.form, object)
    match rule.form:
        case "date":
            day[:] = np.datetime64(str(rule.date), "D")
        case "listing" | "after":
            start = ds.plants["listed_on"].to_numpy("datetime64[D]") if rule.form == "listing" else done[str(rule.after)]
            days = rule.days_after_listing if rule.form == "listing" else rule.days
            months = rule.months_after_listing if rule.form == "listing" else rule.months
            day = each(start, lambda one: later(one, days=days, months=months))
            if rule.form == "listing":
                basis[np.isnat(start)] = "unknown"
        case "every":
            since = ds.plants["listed_on"].to_numpy("datetime64[D]")
            day = coming(rule, since, done[step], ds.as_of)
            basis[np.isnat(day)] = "unknown"
        case "column":
            day, unread = _column(ds, str(rule.column))
            basis[np.isnat(day)] = "unknown"
            blank = np.isnat(day) & ~unread
            if rule.else_ and blank.any():
                other = _of(ds, rule.else_, mine & blank, done, step)
                day[blank], basis[blank] = other.day[blank], other.basis[blank]
        case "by":
            basis[:] = "unknown"
            column = ds.plants[str(rule.by)].to_numpy(object)
            known = np.isin(column.astype(str), list(rule.cases))
            for key, case in (*rule.cases.items(), *([(None, rule.else_)] if rule.else_ else [])):
                where = mine & (~known if key is None else column == key)
                found = _of(ds, case, where, done, step)
                day[where], basis[where] = found.day[where], found.basis[where]
    return Deadlines(np.where(mine, day, np.datetime64("NaT")), basis)


def each(days: np.ndarray, to: Callable[[dt.date], dt.date]) -> np.ndarray:
    """Return a day for each day, worked out once per distinct one; NaT stays."""
    import numpy as np

    distinct, where = np.unique(days, return_inverse=True)
    found = [to(one) if one is not None else None for one in distinct.tolist()]
    return np.array(found, "datetime64[D]")[where]


def shared(days: np.ndarray) -> np.datetime64:
    """Return the day that at least nine in ten of the days are; NaT where they differ more: one would be said of all.

    >>> import numpy as np
    >>> str(shared(np.array(["2022-06-01"] * 9 + ["2022-07-01"], "datetime64[D]"))), str(shared(np.array([], "datetime64[D]")))
    ('2022-06-01', 'NaT')
    """
    import numpy as np

    day, times = np.unique(days[~np.isnat(days)], return_counts=True)
    found: np.datetime64 = day[times.argmax()] if times.size and times.max() >= _SHARED * times.sum() else np.datetime64("NaT")
    return found


def coming(rule: Deadline, since: np.ndarray, done_on: np.ndarray, as_of: dt.date) -> np.ndarray:
    """Return, of what comes round again, the day that counts now: of the period in which the last return came, while that
    lasts; else of the first period without one. Periods count from ``since``; NaT where nobody knows when they began.
    """
    import numpy as np

    def due(pair: tuple[dt.date | None, dt.date | None]) -> dt.date | None:
        begun, last = pair
        if last is None:
            return rule.next(begun) if begun else None
        covered = rule.next(last)
        assert covered
        return covered if covered >= as_of else rule.next(_after(covered))

    pairs = list(zip(since.tolist(), done_on.tolist(), strict=True))
    known = {pair: due(pair) for pair in set(pairs)}
    return np.array([known[pair] for pair in pairs], "datetime64[D]")


def settled(rule: Deadline, day: np.ndarray, done_on: np.ndarray) -> np.ndarray:
    """Return the days on which what comes round again was done, of the period that counts now alone; NaT elsewhere."""
    import numpy as np

    covers = each(done_on, lambda one: rule.next(one) or one)
    return np.where(covers >= day, done_on, np.datetime64("NaT"))


def unit_deadlines(
    ds: Dataset, steps: Sequence[Milestone], here: Sequence[str], done_on: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the deadlines of units' own milestones (``here`` down, ``steps`` across), and when they were done: of what comes
    round again, in the period that counts now.
    """
    import numpy as np
    import pandas as pd

    day, done_on = np.full(done_on.shape, "NaT", "datetime64[D]"), done_on.copy()
    first = ds.plants["listed_on"].min()
    begun = ds.programme.document.published or (None if pd.isna(first) else first.date())
    since = np.array([begun] * len(here), "datetime64[D]")
    for at, m in enumerate(steps):
        if m.deadline.every:
            day[:, at] = coming(m.deadline, since, done_on[:, at], ds.as_of)
            done_on[:, at] = settled(m.deadline, day[:, at], done_on[:, at])
        else:  # a unit is not on a roster: its other deadlines are dates
            printed = [ds.programme.in_force(ds.programme.deadline_of(m.deadline, {"unit": unit})) for unit in here]
            day[:, at] = np.array(printed, "datetime64[D]")
    return day, done_on


def _after(day: dt.date) -> dt.date:
    return later(day, days=1)


def _column(ds: Dataset, heading: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the days of a roster's column, and where something stands there that nobody could read."""
    import numpy as np

    if ds.programme.own_column(heading):
        return ds.plants["own_deadline"].to_numpy("datetime64[D]"), own_unread(ds)
    column = next((a for a in ds.programme.columns if heading in (a.id, a.label)), None)
    said: Sequence[Any] = attribute(ds, column.id) if column else [None] * len(ds.plants)
    days = [np.datetime64(value, "D") if isinstance(value, str) and value != "unread" else np.datetime64("NaT") for value in said]
    return np.array(days, "datetime64[D]"), np.array([value == "unread" for value in said], bool)


def own_unread(ds: Dataset) -> np.ndarray:
    """Return for each plant whether it has a deadline of its own that nobody could read."""
    return ds.plants["unread_fields"].fillna("").str.contains("own_deadline", regex=False).to_numpy(bool)


def _in_force(ds: Dataset, dates: np.ndarray) -> np.ndarray:
    """Return what printed deadlines stand for (:meth:`Programme.in_force`)."""
    import numpy as np

    if ds.programme.interpretations.holidays.choice == "as_printed":
        return dates
    printed, where = np.unique(dates, return_inverse=True)
    return np.array([ds.programme.in_force(day) for day in printed.tolist()], "datetime64[D]")[where]


def days_between(one: np.ndarray, other: Any) -> np.ndarray:
    """Return whole days, NaN where either is open."""
    import numpy as np

    difference = one - other
    return np.where(np.isnat(difference), np.nan, difference.astype(np.int64))
