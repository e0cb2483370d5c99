"""Working days left to deadlines, as columns of a table, and words at places of an array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.fields import labels

if TYPE_CHECKING:
    import datetime as dt

    import numpy as np

#: What a number of working days rests on.
WORKING_DAYS = labels("working_days_basis", "published")


def working_days(as_of: dt.date, margin: int, deadline: np.ndarray, ahead: np.ndarray) -> dict[str, Any]:
    """Return the columns working_days and working_days_basis; ``margin``: how many days before a deadline its last day lies."""
    import numpy as np
    import pandas as pd

    from cpaudit.programme import calendar

    ahead = ahead & ~np.isnat(deadline)
    known, where = np.unique(deadline[ahead], return_inverse=True)
    counted = pd.array(np.full(len(deadline), None), dtype="Int64")
    counted[ahead] = calendar.working_days(as_of, known - np.timedelta64(margin, "D"))[where]
    guessed = np.array([bool(calendar.unpublished(as_of, day)) for day in known.tolist()], bool)
    basis = np.full(len(deadline), -1)
    basis[ahead] = guessed[where]
    return {"working_days": counted, "working_days_basis": words(tuple(WORKING_DAYS), basis)}


def words(words: tuple[str, ...], at: np.ndarray) -> Any:
    """Return the words at some places as text; -1 is missing."""
    import pandas as pd

    return pd.array([*words, None], dtype="str").take(at)
