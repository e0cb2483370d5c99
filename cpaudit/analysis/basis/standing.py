"""Where the plants of a data set stand against their indicator systems, prepared once for everything that asks."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from cpaudit.indicators.standing.scorer import Scorer

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset


@lru_cache(maxsize=4)  # a data set is frozen and compared by identity
def scorer(ds: Dataset) -> Scorer:
    """Return the measurements of a data set prepared for every question about standings."""
    return Scorer(ds.measurements)
