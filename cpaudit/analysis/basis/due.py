"""Deadlines as a table: the day of every milestone of every plant, and what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.basis.milestones import grid

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset


def deadlines(ds: Dataset) -> pd.DataFrame:
    """返回每家企业各节点的期限和它的由来，每个节点一行。

    Return the deadline of every milestone of every plant, and what it rests on.

    Columns: plant_id, milestone, deadline (null where there is none or nobody knows), basis (a key of
    ``cpaudit.programme.deadlines.BASES``: date, listing, after, column, every, none, unknown).

    >>> import cpaudit as cp
    >>> cp.analysis.progress.deadlines(cp.example())["basis"].unique().tolist()
    ['listing', 'date', 'column']
    """
    import numpy as np
    import pandas as pd

    found = grid(ds)
    plants = np.repeat(np.arange(len(found.deadline)), len(found.milestones))
    return pd.DataFrame(
        {
            "plant_id": ds.plants["plant_id"].array.take(plants),
            "milestone": pd.array(list(found.milestones) * len(found.deadline), dtype="str"),
            "deadline": found.deadline.ravel().astype("datetime64[s]"),
            "basis": pd.array(found.basis.ravel().tolist(), dtype="str"),
        }
    )
