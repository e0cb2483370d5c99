"""Where the plants of a data set stand against their indicator systems, computed once for all analyses that ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.dataset import remembered
from cpaudit.dataset.dated import require_values
from cpaudit.indicators.standing.scorer import Scorer

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset


@remembered
def scorer(ds: Dataset) -> Scorer:
    """Return the measurements of a data set prepared for every question about standings.

    Raises:
        UsageError: they say nothing of its day.
    """
    require_values(ds)
    return Scorer(ds.measurements)
