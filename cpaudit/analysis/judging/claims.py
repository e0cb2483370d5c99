"""What is marked 不适用, decides a verdict, and waits for a person's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.basis.codes import places
from cpaudit.analysis.basis.standing import scorer
from cpaudit.analysis.judging.verdicts import stand
from cpaudit.indicators.standing.blocks import DECLINED

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from cpaudit.analysis.judging.verdicts import Standings
    from cpaudit.dataset import Dataset
    from cpaudit.indicators.standing.standings import Standing

_OTHER = {"before": "after", "after": "before"}


def unconfirmed(ds: Dataset) -> pd.DataFrame:
    """Return what is marked 不适用 and keeps verdicts open until somebody confirms it, in the order of plants.

    What counts as not answered (``interpretations.not_applicable``), and quantities with a value at the other time.

    Columns: plant_id, plant_name, unit, process, period, name (of the indicator), limiting, places (file, sheet and cell of
    each answer that is so marked).
    """
    import pandas as pd

    order = {plant: at for at, plant in enumerate(ds.plants["plant_id"])}
    rows = [
        (plant, one.system, one.process, period, row["indicator"], row["name"], row["limiting"])
        for plant, period, one, waiting in _waiting(stand(ds, scorer(ds)))
        for at, row in enumerate(one.block.form.rows)
        if at in waiting
    ]
    columns = ["plant_id", "system", "process", "period", "indicator", "name", "limiting"]
    found = pd.DataFrame(rows, columns=columns).sort_values(
        ["plant_id", "process", "period"], key=lambda c: c.map(order) if c.name == "plant_id" else c, kind="stable"
    )
    who = ds.plants.set_index("plant_id")
    found.insert(1, "plant_name", found["plant_id"].map(who["name"]))
    found.insert(2, "unit", found["plant_id"].map(who["unit"]))
    return found.assign(places=_places(ds, found)).drop(columns=["system", "indicator"]).reset_index(drop=True)


def _waiting(found: Standings) -> Iterator[tuple[str, str, Standing, set[int]]]:
    """Yield plant, period, where a process stands, and the positions of what waits there."""
    import numpy as np

    for (plant, period), several in found.confirmed.items():
        others = {(s.system, s.process): s for s in found.marked.get((plant, _OTHER[period]), ())}
        for one in several:
            other = others.get((one.system, one.process))
            sided = {row["indicator"] for row in one.lost(other)} if other else set()
            declined = np.flatnonzero(one.block.states[one.row] == DECLINED).tolist()
            waiting = {at for at in declined if one.block.form.rows[at]["indicator"] in sided}.union(one.asked)
            if waiting:
                yield plant, period, one, waiting


def _places(ds: Dataset, found: pd.DataFrame) -> list[str]:
    """Return where the answers stand; those of an indicator's parts, where it has parts."""
    from cpaudit.indicators import find_system

    unit = ["plant_id", "system", "process", "period"]
    marked = ds.measurements[ds.measurements["state"] == "not_applicable"]
    keys = marked[[*unit, "indicator"]].itertuples(index=False, name=None)
    at = dict(zip(keys, places(marked), strict=True))
    parts = {
        (system, i.id): [i.id, *(part.id for part in i.inputs())]
        for system in found["system"].unique()
        for i in find_system(system).indicators()
    }
    rows = found[[*unit, "indicator"]].itertuples(index=False, name=None)
    return [
        "；".join(dict.fromkeys(at[*key, p] for p in parts[key[1], indicator] if (*key, p) in at)) for *key, indicator in rows
    ]
