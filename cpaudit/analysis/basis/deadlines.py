"""Deadlines: the day on which each plant must have done each milestone, as the programme reads its notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from cpaudit.dataset import Dataset
    from cpaudit.programme import Milestone


def deadlines(ds: Dataset, steps: tuple[Milestone, ...]) -> np.ndarray:
    """Return the deadline of each plant and milestone; what isn't known is open."""
    import numpy as np

    listed = ds.plants["listed_on"].to_numpy("datetime64[D]")
    own = ds.plants["own_deadline"].to_numpy("datetime64[D]")
    found = np.empty((len(listed), len(steps)), "datetime64[D]")
    for at, m in enumerate(steps):
        rule = m.deadline
        dates = listed + np.timedelta64(rule.days_after_listing, "D") if rule.date is None else np.datetime64(rule.date, "D")
        dates = _in_force(ds, np.broadcast_to(dates, len(listed)))
        found[:, at] = np.where(np.isnat(own), dates, own) if m.final else dates
        found[own_unread(ds) & m.final, at] = "NaT"
    return found


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
