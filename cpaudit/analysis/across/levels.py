"""The level after the audit of each plant, as readers choose among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import attainment
from cpaudit.dataset import remembered
from cpaudit.vocabulary import LEVEL_CHOICES

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset


@remembered
def levels(ds: Dataset) -> pd.Series:
    """返回每家企业审核后的级别（取最差的工序），按企业编号。

    Return each plant's level after the audit (its worst process), a key of ``LEVEL_CHOICES``, by plant_id.

    Levels don't depend on other plants, so they are those of any selection.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> len(cp.analysis.levels.levels(ds))
    446
    """
    each = attainment.plants(ds).set_index("plant_id")["level_after"]
    names = dict(enumerate(LEVEL_CHOICES, start=1))
    return each.map(lambda level: names[int(level)], na_action="ignore").astype(object).where(each.notna(), "unknown")
