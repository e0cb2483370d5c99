"""变动：上一期以来哪些企业完成了节点，哪些新近逾期；离得最近的是哪个期限。

Who moved since an earlier day, and which deadline comes next: what the first page opens with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.basis.codes import positions
from cpaudit.analysis.basis.deadlines import shared
from cpaudit.analysis.basis.milestones import AHEAD, PLANT, UNKNOWN, grid, last_day_margin
from cpaudit.dataset import remembered
from cpaudit.errors.arguments import dataset_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.programme import Milestone


def moves(now: Dataset, before: Dataset) -> pd.DataFrame:
    """返回上一期以来完成了节点的、新近有逾期的和逾期已消除的企业，一家一个节点一行。

    Return which plants have done a milestone since an earlier day, which are late now and weren't then, and the reverse.

    Columns: plant_id, name, unit, county, industry, roster, milestone, kind (``done``; ``overdue``: with each milestone that it
    is late with; ``caught_up``: with each that it was late with). Only where of plant and milestone it was known on both days
    how far they were: what nobody reported neither moved nor stayed.

    >>> import cpaudit as cp
    >>> from cpaudit.analysis.across.moves import moves
    >>> ds = cp.example()
    >>> sorted(set(moves(ds, ds.at("2022-06-15"))["kind"]))
    ['caught_up', 'done', 'overdue']
    """
    import numpy as np
    import pandas as pd

    dataset_of(now)
    dataset_of(before)
    there, then = grid(now), grid(before)
    at = positions(now.plants["plant_id"], before.plants["plant_id"])
    known = ~np.isin(there.state, UNKNOWN) & (at >= 0)[:, None] & ~np.isin(then.state, UNKNOWN)[at]
    late, was = there.overdue & known, then.overdue[at] & known
    kinds = {
        "done": known & there.done & ~then.done[at],
        "overdue": late & ~was.any(axis=1)[:, None],
        "caught_up": was & ~late.any(axis=1)[:, None],
    }
    parts = []
    for kind, flags in kinds.items():
        plants, steps = np.nonzero(flags)
        rows = now.plants[list(PLANT)].iloc[plants].reset_index(drop=True)
        names = pd.array([there.milestones[step] for step in steps], dtype="str")
        parts.append(rows.assign(milestone=names, kind=pd.array([kind] * len(rows), dtype="str")))
    return pd.concat(parts, ignore_index=True)


@remembered
def next_deadline(ds: Dataset) -> tuple[Milestone, pd.Timestamp] | None:
    """返回离得最近、还有企业没有完成的期限：节点和最后一天；各企业期限不同的节点取最近的一天，没有时为 None。

    Of several milestones that are due on one day it is the last one. Days that nearly all plants share come before those of
    single plants: one plant's own deadline tomorrow isn't the one that all look at.

    >>> import cpaudit as cp
    >>> from cpaudit.analysis.across.moves import next_deadline
    >>> step, day = next_deadline(cp.example())
    >>> step.id, str(day.date())
    ('accepted', '2022-11-30')
    """
    import numpy as np
    import pandas as pd

    found = grid(ds)
    first = np.datetime64(ds.as_of, "D") + np.timedelta64(last_day_margin(ds), "D")  # the earliest deadline that can be kept
    open_ = np.isin(found.state, (*AHEAD, "failed")) & (found.deadline >= first)
    usual: list[tuple[np.datetime64, int, Milestone]] = []
    own: list[tuple[np.datetime64, int, Milestone]] = []
    for at, step in enumerate(ds.programme.plant_milestones()):
        mine = open_[:, at]
        if not mine.any():
            continue
        day = shared(found.deadline[found.state[:, at] != "not_applicable", at])
        if day >= first:  # NaT is not
            usual.append((day, at, step))
        else:
            own.append((found.deadline[mine, at].min(), at, step))
    if not (usual or own):
        return None
    day, _, step = min(usual or own, key=lambda one: (one[0], -one[1]))
    return step, pd.Timestamp(day)
