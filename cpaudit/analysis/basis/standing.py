"""Where the plants of a data set stand against their indicator systems, computed once for all analyses that ask."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from cpaudit.indicators.standing.kernel import Kernel

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset


@lru_cache(maxsize=4)  # a data set is frozen and compared by identity
def kernel(ds: Dataset) -> Kernel:
    """Return the measurements of a data set as dense arrays, with all that is scored from them."""
    return Kernel(ds.measurements)
