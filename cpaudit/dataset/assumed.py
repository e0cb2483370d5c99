"""The ledger of returns of a snapshot that has none: who has data must have sent them; of the others nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.fields import tables
from cpaudit.programme.owed import OWN, Arrival, ledger

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from cpaudit.programme import Programme

_PLACE = ("file", "sheet", "cell")


def returns(programme: Programme, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of ``returns`` as far as the other tables show what came.

    A plant whose row was blank can't be told from one without a row: it counts as not reported, which accuses nobody.
    """
    plants = frames["plants"].astype(object).where(frames["plants"].notna(), None)
    steps = {scope: frozenset(m.id for m in programme.milestones if m.scope == scope) for scope in ("plant", "unit")}
    events = frames["events"]
    own, paper = events["plant_id"].isna(), events["channel"].eq("offline")
    measured = frames["measurements"][~frames["measurements"]["state"].eq("missing")]
    parts = [
        (("progress", ""), "plant_id", events[paper & ~own], steps["plant"]),
        (("progress", ""), "plant_id", frames["status_history"], steps["plant"]),
        (("export", ""), "plant_id", events[~paper & ~own], steps["plant"]),
        ((OWN, ""), "unit", events[own], steps["unit"]),
        (("options", ""), "plant_id", frames["options"], frozenset()),
        (("measurements", ""), "plant_id", frames["measurements"], frozenset()),
        *((("measurements", p), "plant_id", measured[measured["period"] == p], frozenset()) for p in ("before", "after")),
    ]
    came: dict[tuple[str, str], dict[str, Arrival]] = {}
    for about, column, rows, milestones in parts:
        first = rows.drop_duplicates(column)
        for subject, *place in first[[column, *_PLACE]].itertuples(index=False, name=None):
            file, sheet, cell = (text if isinstance(text, str) else "" for text in place)
            came.setdefault(about, {}).setdefault(subject, Arrival(file, sheet, cell, milestones))
    listed = [{str(column): value for column, value in row.items()} for row in plants.to_dict("records")]
    return tables()["returns"].coerce(ledger(programme, listed, came))
