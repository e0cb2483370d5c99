"""线上线下对照：系统导出与各单位报表逐项比较。

Reconciliation (notice 四（二）): the system's export held against the units' own returns, field by field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from cpaudit.analysis.basis.codes import in_words
from cpaudit.dataset import remembered
from cpaudit.errors.arguments import dataset_of, one_of
from cpaudit.fields import UNREAD

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

By = Literal["unit", "field", "plant"]

#: The duty of the programme that this answers to; its clause stands in the programme's file.
DUTY = "online_offline"
_FIELDS = ("date", "result", "score")
_KEY = ["plant_id", "milestone"]


def clause(ds: Dataset) -> str | None:
    """返回要求线上线下一致的条款，通知没有这一要求时为 None。

    Return the clause that orders online and offline to agree, "" where it isn't known; None where the notice doesn't order it.
    """
    dataset_of(ds)
    return next((d.clause for d in ds.programme.duties if d.id == DUTY), None)


@remembered
def items(ds: Dataset) -> pd.DataFrame:
    """返回线上线下逐项对照的结果，每家企业每个节点每项一行。

    Return one row per plant, milestone and field (date; result and score of what is judged).

    Columns: plant_id, unit, milestone, field (date, result, score), online, offline (text: ISO date, code, number; null
    where that side has none), state (same, differ, unread, only_online, only_offline), newer (online, offline, unknown),
    online_file, online_sheet, online_cell, offline_file, offline_sheet, offline_cell.

    What one side has filled in but isn't understood (unread) agrees with nothing and contradicts nothing. A date that only one
    side has is a row of its own; results and scores are held against each other only where both sides
    have reached the milestone, and only if the field is filled in anywhere on both sides: an export without scores doesn't
    contradict a return with them. ``newer`` is the side whose latest entry about the plant has the later date; neither
    says when it was written, so equal dates can't be told apart (unknown).

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.reconcile.items(ds).columns.tolist()[:4]
    ['plant_id', 'unit', 'milestone', 'field']
    """
    import pandas as pd

    events = ds.events[ds.events["plant_id"].notna()]
    sides = {channel: events[events["channel"] == channel].set_index(_KEY) for channel in ("online", "offline")}
    ends = ("_online", "_offline")
    wide = sides["online"].merge(sides["offline"], how="outer", left_index=True, right_index=True, suffixes=ends)
    judged = wide.index.get_level_values("milestone").isin([m.id for m in ds.programme.milestones if m.has_result])
    both = wide["result_online"].notna() & wide["result_offline"].notna()
    places = {f"{c}_{w}": wide[f"{w}_{c}"] for c in sides for w in ("file", "sheet", "cell")}
    parts = []
    for field in _FIELDS:
        values = {channel: _text(wide[f"{field}_{channel}"]) for channel in sides}
        if field == "date":  # an event without a date is there, and not understood
            values = {c: v.mask(v.isna() & wide[f"result_{c}"].eq(UNREAD), UNREAD) for c, v in values.items()}
        there = values["online"].notna() | values["offline"].notna()
        if field != "date":
            there &= both & judged & all(v.notna().any() for v in values.values())
        parts.append(pd.DataFrame({"field": field, **values, **places}, index=wide.index)[there])
    found = pd.concat(parts).reset_index()
    found["unit"] = found["plant_id"].map(ds.plants.set_index("plant_id")["unit"])
    found["state"] = _state(found)
    found["newer"] = found["plant_id"].map(_newer(events)).astype("str").fillna("unknown")
    rank = pd.DataFrame(
        {
            "plant": found["plant_id"].map({p: n for n, p in enumerate(ds.plants["plant_id"])}),
            "milestone": found["milestone"].map({m.id: n for n, m in enumerate(ds.programme.milestones)}),
            "field": found["field"].map({f: n for n, f in enumerate(_FIELDS)}),
        }
    )
    found = found.loc[rank.sort_values(["plant", "milestone", "field"], kind="stable").index]
    columns = ["plant_id", "unit", "milestone", "field", "online", "offline", "state", "newer", *places]
    return found[columns].reset_index(drop=True)


@remembered
def agreement(ds: Dataset, by: By = "unit") -> pd.DataFrame:
    """返回线上线下的一致率，可按单位、节点字段或企业汇总。

    Return how far both sides agree, by unit, by milestone and field, or by plant.

    Columns: unit (by unit) or milestone, field (by field) or plant_id, unit (by plant); comparable (both sides have a
    value), same, differ, agreement_pct (same ÷ comparable, null over nothing), unread, only_online, only_offline.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> len(cp.analysis.reconcile.agreement(ds)) > 0
    True

    Raises:
        UsageError: no such grouping; its last line lists them.
    """
    known = {"unit": ["unit"], "field": ["milestone", "field"], "plant": ["plant_id", "unit"]}
    by = cast(By, one_of("不能按“{}”汇总", by, in_words(known)))
    found, keys = items(ds), known[by]
    for state in ("same", "differ", UNREAD, "only_online", "only_offline"):
        found[state] = (found["state"] == state).astype(int)
    counts = found.groupby(keys, sort=False)[["same", "differ", UNREAD, "only_online", "only_offline"]].sum().reset_index()
    if by == "unit":
        order = {unit: n for n, unit in enumerate(ds.programme.units)}
        counts = counts.sort_values("unit", key=lambda s: s.map(order))
    counts["comparable"] = counts["same"] + counts["differ"]
    counts["agreement_pct"] = counts["same"] / counts["comparable"].where(counts["comparable"] > 0) * 100
    columns = ["comparable", "same", "differ", "agreement_pct", UNREAD, "only_online", "only_offline"]
    return counts[[*keys, *columns]].reset_index(drop=True)


def _text(values: pd.Series) -> pd.Series:
    """Return dates, codes and numbers as text, so that one column can hold them all."""
    import pandas as pd

    texts: pd.Series = values
    if pd.api.types.is_datetime64_any_dtype(values):
        texts = values.dt.strftime("%Y-%m-%d")
    elif pd.api.types.is_float_dtype(values):
        texts = values.map(lambda v: f"{v:g}", na_action="ignore")
    return texts.astype("str")


def _state(found: pd.DataFrame) -> pd.Series:
    import numpy as np
    import pandas as pd

    on, off = found["online"].notna(), found["offline"].notna()
    same = on & off & (found["online"] == found["offline"]).fillna(False)
    unread = (found["online"] == UNREAD).fillna(False) | (found["offline"] == UNREAD).fillna(False)
    states = np.select([unread, same, on & off, on], [UNREAD, "same", "differ", "only_online"], "only_offline")
    return pd.Series(states, index=found.index, dtype="str")


def _newer(events: pd.DataFrame) -> dict[str, str]:
    """Return plant_id → the channel with the later latest entry; plants where both are equal are left out."""
    import pandas as pd

    sides = {c: events[events["channel"] == c].groupby("plant_id")["date"].max() for c in ("online", "offline")}
    latest = pd.concat(sides, axis=1)
    online = (latest["online"] > latest["offline"]) | latest["offline"].isna()
    offline = (latest["offline"] > latest["online"]) | latest["online"].isna()
    return dict.fromkeys(latest.index[online], "online") | dict.fromkeys(latest.index[offline], "offline")
