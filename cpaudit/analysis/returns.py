"""报送台账：哪个单位应报什么，来了什么，还缺哪些企业。

The ledger of returns: which unit owes which return for how many plants by when, and what of it came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis.basis import statuses
from cpaudit.dataset import remembered
from cpaudit.dataset.dated import require_values
from cpaudit.fields import labels

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

#: How far a return has come, from all to nothing; what isn't due yet comes last.
STATES = labels("state", "partly")
_KEY = ["unit", "kind", "period"]


@remembered
def ledger(ds: Dataset) -> pd.DataFrame:
    """返回报送台账：每个上报单位应报的每种报表一行，应报几家，报来几家。

    Return what each unit owes and what came of it.

    Columns: unit, kind, period, due (the earliest of its plants'; null: at any time), owed, received, blank (a row came, its
    cells are empty), unread (it may be in something that came and couldn't be read), nothing (plants; of a unit's own return
    1 or 0), state (a key of ``STATES``), sources (files, by 、), clause. Plants that left owe nothing but the progress table.
    Units that the roster lists no plant of owe nothing. Rows: units in official order, returns as the programme lists them.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> len(cp.analysis.returns.ledger(ds)) == 14 * len(ds.programme.owed)
    True

    Raises:
        UsageError: the day is earlier than the snapshot's, whose values say nothing of it.
    """
    import numpy as np
    import pandas as pd

    rows = _owed(ds)
    came = {state: rows["state"].eq(state) for state in ("received", "blank", "unread", "nothing")}
    flags = rows[[*_KEY, "due", "clause"]].assign(owed=1, **{state: where.astype(int) for state, where in came.items()})
    flags["sources"] = rows["file"].where(~came["nothing"])
    how: dict[str, Any] = {"due": "min", "owed": "sum", **dict.fromkeys(came, "sum"), "sources": _named, "clause": "first"}
    frame = flags.groupby(_KEY, dropna=False, sort=False).agg(how).reset_index()
    whole, some = frame["received"] == frame["owed"], frame["received"] + frame["blank"] > 0
    ahead = frame["due"] > pd.Timestamp(ds.as_of)
    frame["state"] = pd.array(
        np.select([whole, ahead & ~some, some, frame["unread"] > 0], ["received", "not_due", "partly", "unread"], "nothing"),
        dtype="str",
    )
    return frame[[*_KEY, "due", "owed", "received", "blank", "unread", "nothing", "state", "sources", "clause"]]


@remembered
def lacking(ds: Dataset) -> pd.DataFrame:
    """返回到期未报的逐项清单：哪个单位的哪家企业缺哪种报表。

    Return what is due and didn't come, return by return.

    Columns: unit, kind, period, plant_id, name, county (null for a unit's own return), due, came (how it didn't: a key of the
    state of ``returns``: blank, unread, nothing), sources (the file that couldn't be read), clause. Rows: as in
    :func:`ledger`, plants as on the roster.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.returns.lacking(ds).columns.tolist()[:3]
    ['unit', 'kind', 'period']

    Raises:
        UsageError: the day is earlier than the snapshot's, whose values say nothing of it.
    """
    import pandas as pd

    rows = _owed(ds)
    rows = rows[~rows["state"].eq("received") & ~(rows["due"] > pd.Timestamp(ds.as_of))]
    known = ds.plants.set_index("plant_id")[["name", "county"]].reindex(rows["plant_id"])
    frame = rows[[*_KEY, "plant_id"]].assign(
        name=known["name"].array, county=known["county"].array, due=rows["due"], came=rows["state"]
    )
    frame["sources"] = rows["file"].where(rows["state"].eq("unread"))
    frame["clause"] = rows["clause"]
    return frame.reset_index(drop=True)


def _owed(ds: Dataset) -> pd.DataFrame:
    """Return the rows of ``returns`` that are owed at the as-of date, with their clause.

    Units in official order, returns as the programme lists them.

    Raises:
        UsageError: the ledger is that of a later day.
    """
    import numpy as np
    import pandas as pd

    require_values(ds)
    gone = set(ds.plants["plant_id"][statuses.left(ds)])
    rows = ds.returns[ds.returns["owed"].eq("yes")]
    rows = rows[~rows["plant_id"].isin(gone) | rows["kind"].eq("progress")]
    asked = {(o.kind, o.period or ""): (at, o.clause) for at, o in enumerate(ds.programme.owed)}
    mine = [asked[about] for about in zip(rows["kind"], rows["period"].fillna(""), strict=True)]
    rows = rows.assign(clause=pd.array([clause for _, clause in mine], dtype="str"))
    official = {unit: at for at, unit in enumerate(ds.programme.units)}
    return rows.take(np.lexsort(([at for at, _ in mine], [official[unit] for unit in rows["unit"]])))


def _named(files: pd.Series) -> str:
    return "、".join(dict.fromkeys(files.dropna()))
