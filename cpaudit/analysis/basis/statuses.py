"""Who is in the programme: plants that are active, that left it, of which nobody knows (status unread), that are silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.dataset import remembered
from cpaudit.fields import UNREAD

if TYPE_CHECKING:
    import numpy as np

    from cpaudit.dataset import Dataset


def active(ds: Dataset) -> np.ndarray:
    """Return whether each plant (in the order of ``ds.plants``) goes on with its audit."""
    return ds.plants["status"].eq("active").to_numpy(bool)


def unread(ds: Dataset) -> np.ndarray:
    """Return whether what was said of each plant's status isn't understood: it may be active or may have left."""
    return ds.plants["status"].eq(UNREAD).to_numpy(bool)


def left(ds: Dataset) -> np.ndarray:
    """Return whether each plant left the programme (stopped, moved, closed, put off …), with or without acceptance."""
    gone: np.ndarray = ~active(ds) & ~unread(ds)
    return gone


@remembered
def told(ds: Dataset) -> np.ndarray:
    """Return whether a return or an export lists each milestone of each plant (plants down, milestones across), done or not."""
    import numpy as np

    from cpaudit.analysis.basis.codes import positions

    steps = [m.id for m in ds.programme.plant_milestones()]
    found = np.zeros((len(ds.plants), len(steps)), bool)
    rows = ds.returns[ds.returns["state"].isin(["received", "blank"]) & ds.returns["milestones"].notna()]
    where = positions(rows["plant_id"], ds.plants["plant_id"])
    listed = rows["milestones"].to_numpy(object)
    for said in set(listed):
        mine = where[(listed == said) & (where >= 0)]
        found[mine[:, None], [at for at, step in enumerate(steps) if step in said.split(";")]] = True
    return found


@remembered
def untold(ds: Dataset) -> np.ndarray:
    """Return whether no return and no export says anything of each plant's progress; those that left said so."""
    nothing: np.ndarray = ~told(ds).any(axis=1) & ~left(ds)
    return nothing


@remembered
def silent(ds: Dataset) -> np.ndarray:
    """Return whether each plant has no row in any return or export."""
    heard = set(ds.returns.loc[ds.returns["state"].isin(["received", "blank"]), "plant_id"].dropna())
    quiet: np.ndarray = ~ds.plants["plant_id"].isin(heard).to_numpy(bool)
    return quiet


@remembered
def unit_told(ds: Dataset) -> dict[str, frozenset[str]]:
    """Return unit → its own milestones that its return lists, for each unit that owes one (with plants on the roster)."""
    rows = ds.returns[ds.returns["plant_id"].isna()]
    owing = dict.fromkeys(ds.plants["unit"], frozenset[str]())
    rows = rows[rows["unit"].isin(list(owing))]
    said = rows[rows["state"].eq("received") & rows["milestones"].notna()]
    return owing | {unit: frozenset(steps.split(";")) for unit, steps in zip(said["unit"], said["milestones"], strict=True)}
