"""What if some values were others: the same measurements with changes, scored again; and what keeps a unit from a level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.indicators.expression.details import explain
from cpaudit.indicators.expression.frames import COLUMNS, KEYS, LEVELS
from cpaudit.indicators.expression.scoring import score

if TYPE_CHECKING:
    import pandas as pd

_CELL = [*KEYS, "indicator"]


def what_if(measurements: pd.DataFrame, changes: pd.DataFrame, indicators: Any = None) -> pd.DataFrame:
    """Return the scores of the units that ``changes`` touches, with those values in place of the reported ones.

    Args:
        measurements: the measurements table of a data set.
        changes: plant_id, system, process, period, indicator, value (null: as if it didn't apply). Parts of composite
            indicators and parameters can be changed like indicators.
        indicators: as :func:`~cpaudit.indicators.score` takes them.

    Returns:
        as :func:`~cpaudit.indicators.score`.

    Raises:
        ValueError: a cell is changed twice.
    """
    touched = measurements[COLUMNS].merge(changes[KEYS].drop_duplicates(), on=KEYS)
    return score(changed(touched, changes), indicators)


def changed(measurements: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Return measurements with the values of ``changes`` (see :func:`what_if`) in place of theirs.

    Raises:
        ValueError: a cell is changed twice.
    """
    import pandas as pd

    if changes.duplicated(_CELL).any():
        raise ValueError("a cell is changed twice")
    new = changes[[*_CELL, "value"]].copy()
    new["state"] = new["value"].notna().map({True: "reported", False: "not_applicable"}).astype("str")
    replaced = measurements.merge(new[_CELL], on=_CELL, how="left", indicator=True)["_merge"].eq("both").to_numpy()
    return pd.concat([measurements.loc[~replaced, COLUMNS], new[COLUMNS]], ignore_index=True)


def obstacles(measurements: Any, level: int, indicators: Any = None) -> pd.DataFrame:
    """Return what keeps every unit from ``level``: limiting indicators first, then those that cost most points.

    Only units that have a composite index and miss the level have rows.

    Returns:
        plant_id, system, process, period; kind (``limiting``: a limiting indicator below the level; ``points``: another
        that doesn't meet it); indicator, name, unit, value, state, level_met, baseline (of the level), text, gap, gap_pct,
        lost (points of the index of that level that it doesn't bring). Sorted by the keys, kind, lost (most first).

    Raises:
        ValueError: ``level`` is not 1, 2 or 3.
    """
    if level not in LEVELS:
        raise ValueError(f"level must be 1, 2 or 3, not {level}")
    scores = score(measurements, indicators)
    missed = scores.loc[(scores["level"] > level).fillna(False), KEYS]
    rows = explain(measurements, indicators).merge(missed, on=KEYS)
    rows = rows[(rows["level_met"] > level).fillna(False) & ~rows["bonus"]].copy()
    rows["kind"] = rows["limiting"].map({True: "limiting", False: "points"}).astype("str")
    rows["lost"] = rows["weight"] * 100 - rows[f"contribution_{level}"]
    rows = rows.rename(columns={f"{name}_{level}": name for name in ("baseline", "text", "gap", "gap_pct")})
    order = [True] * (len(KEYS) + 1)
    rows = rows.sort_values([*KEYS, "kind", "lost", "order"], ascending=[*order, False, True])
    told = ["indicator", "name", "unit", "value", "state", "level_met", "baseline", "text", "gap", "gap_pct", "lost"]
    return rows[[*KEYS, "kind", *told]].reset_index(drop=True)
