"""Doubt: open errors and questions at the cells that decide a state, level or verdict, and what can't be judged then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.basis.codes import places, positions
from cpaudit.analysis.basis.milestones import grid, placed
from cpaudit.dataset import remembered

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset

_PLACE = ["file", "sheet", "cell"]
#: A question that is a contradiction: which side is right, nobody knows yet.
_CONTRADICTIONS = ("online_offline_differ",)


@remembered
def at_milestones(ds: Dataset) -> pd.DataFrame:
    """Return the open errors and questions at cells that a milestone of a plant was read from.

    Columns: plant, step (positions, as in the grid), serious (an error, or both channels contradict each other), said.
    """
    import pandas as pd

    row, column = placed(ds)
    happened = ~(ds.events["date"] > pd.Timestamp(ds.as_of)).to_numpy(bool)
    events = ds.events[_PLACE].assign(plant=row, step=column)[(row >= 0) & (column >= 0) & happened]
    found = _problems(ds).merge(events, on=_PLACE).drop_duplicates(["plant", "step", "said"])
    return pd.DataFrame(found[["plant", "step", "serious", "said"]].reset_index(drop=True))


@remembered
def at_values(ds: Dataset) -> pd.DataFrame:
    """Return the open errors and questions at cells that the values of a plant were read from: plant, serious, said."""
    import pandas as pd

    values = ds.measurements[_PLACE].assign(plant=positions(ds.measurements["plant_id"], ds.plants["plant_id"]))
    found = _problems(ds).merge(values[values["plant"] >= 0], on=_PLACE).drop_duplicates(["plant", "said"])
    return pd.DataFrame(found[["plant", "serious", "said"]].reset_index(drop=True))


def serious(ds: Dataset) -> np.ndarray:
    """Return, by plant and milestone, whether the cell that decides has an open error or is contradicted."""
    import numpy as np

    where = at_milestones(ds).query("serious")
    found = np.zeros(grid(ds).state.shape, bool)
    found[where["plant"], where["step"]] = True
    return found


def values_wrong(ds: Dataset) -> np.ndarray:
    """Return, by plant, whether a value that its level rests on has an open error."""
    import numpy as np

    found = np.zeros(len(ds.plants), bool)
    found[at_values(ds).query("serious")["plant"]] = True
    return found


@remembered
def unjudged(ds: Dataset) -> np.ndarray:
    """Return, by plant and milestone, what isn't done and follows a milestone of which nobody knows how it ended."""
    import numpy as np

    found = grid(ds)
    unclear = np.isin(found.state, ("unclear", "not_reported", "late_unknown"))
    after = np.zeros_like(unclear)
    for at, step in enumerate(ds.programme.plant_milestones()):  # in the notice's order: those before come first
        for before in step.after:
            if before in found.milestones:
                after[:, at] |= unclear[:, found.of(before)] | after[:, found.of(before)]
    unsettled: np.ndarray = after & ~found.done
    return unsettled


def said(ds: Dataset, *found: pd.DataFrame) -> pd.Series:
    """Return what is doubtful of each plant (in the order of ``ds.plants``) as text; null where nothing is.

    ``found``: rows of :func:`at_milestones` or :func:`at_values`.
    """
    import pandas as pd

    each = (
        pd.concat(found)
        .sort_values("serious", ascending=False, kind="stable")
        .groupby("plant")["said"]
        .agg(lambda s: s.iloc[0] + (f" 等 {len(s)} 处" if len(s) > 1 else ""))
    )
    return pd.Series(each.reindex(range(len(ds.plants))).to_numpy(object), dtype="str")


def _problems(ds: Dataset) -> pd.DataFrame:
    open_ = ds.problems[ds.problems["severity"].isin(["error", "warning"]) & ds.problems["cell"].notna()]
    told = places(open_) + "：" + open_["message"]
    grave = open_["severity"].eq("error") | open_["code"].isin(_CONTRADICTIONS)
    return open_[_PLACE].assign(serious=grave.to_numpy(bool), said=told)
