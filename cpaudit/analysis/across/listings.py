"""Batches in the order of their lists, and what came of each plant on one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.basis import statuses
from cpaudit.analysis.basis.codes import cohorts
from cpaudit.analysis.basis.milestones import DONE, UNKNOWN, grid
from cpaudit.analysis.carry_over import audited
from cpaudit.errors import UsageError
from cpaudit.errors.arguments import dataset_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset

#: What says which plant it is, and where.
PLANT = ("plant_id", "name", "unit", "county", "industry", "roster")


def of(ds: Dataset) -> pd.DataFrame:
    """Return what came of each plant of a batch, as :func:`cpaudit.analysis.batches.plants` does."""
    import pandas as pd

    found = grid(ds)
    at = found.of(ds.programme.final.id)
    return pd.DataFrame(
        {
            **{column: ds.plants[column].array for column in PLANT},
            "batch": pd.array([ds.programme.id] * len(ds.plants), dtype="str"),
            "first_batch": cohorts(ds).array,
            "listed_on": ds.plants["listed_on"].array,
            "deadline": found.deadline[:, at].astype("datetime64[s]"),
            "outcome": pd.array(_outcome(ds), dtype="str"),
            "accepted_on": found.done_on[:, at].astype("datetime64[s]"),
        }
    )


def _outcome(ds: Dataset) -> np.ndarray:
    """Return what came of each plant; what nobody knows comes before what accuses."""
    import numpy as np

    found = grid(ds)
    at = found.of(ds.programme.final.id)
    last, (counted, unsure) = found.state[:, at], audited(ds)
    rules = {
        "accepted": np.isin(last, DONE),
        "counted": counted,
        "not_reported": last == "not_reported",
        "unclear": np.isin(last, UNKNOWN) | statuses.unread(ds) | unsure,
        "left": statuses.left(ds),
        "failed": (found.state == "failed").any(axis=1),
        "overdue": found.overdue[:, at],
    }
    return np.select(list(rules.values()), list(rules), default="under_way")


def meet(one: Dataset, other: Dataset) -> bool:
    """Return whether two batches are of the same units, or list some of the same plants."""
    units = set(one.programme.units) & set(other.programme.units)
    return bool(units) or bool(set(one.plants["plant_id"]) & set(other.plants["plant_id"]))


def in_order(batches: Sequence[Dataset]) -> list[Dataset]:
    """Return the batches by the day of their lists."""
    for ds in batches:
        dataset_of(ds)
    if not batches:
        raise UsageError("请至少给一个批次的数据，如 cp.open(programme=…) 得到的 ds。")
    ids = [ds.programme.id for ds in batches]
    if twice := [each for each in dict.fromkeys(ids) if ids.count(each) > 1]:
        raise UsageError(f"批次 {twice[0]} 给了两次；一个批次只取一份快照，同一批次前后两天的比较请用 cpaudit diff。")
    return sorted(batches, key=lambda ds: (day(ds) or "9", ds.programme.id))


def day(ds: Dataset) -> str:
    """Return the day of a batch's first list, else that of its notice; '' where nobody tells."""
    import pandas as pd

    first = ds.plants["listed_on"].min()
    return f"{ds.programme.document.published or ''}" if pd.isna(first) else f"{first:%Y-%m-%d}"
