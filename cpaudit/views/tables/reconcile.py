"""Online against offline (notice 四（二）) as tables ready to show, and to send back with the addresses of both cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cpaudit.dataset import dated
from cpaudit.fields import codes, field, labels
from cpaudit.labels import usual
from cpaudit.programme.document import by_clauses
from cpaudit.views.columns import columns
from cpaudit.views.page import Table
from cpaudit.views.parts import unit_name
from cpaudit.views.tables.base import table

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

By = Literal["unit", "field", "plant", "item"]

_STATES = labels("state", "same")
_NEWER = labels("newer", "online")
_NEWEST = "“较新一方”指该企业最近一条记录日期较晚的一方，两边同日的不能判断。"


def reconcile(ds: Dataset, by: By) -> Table:
    """Return the agreement by unit, field or plant, or every field that doesn't agree (``item``)."""
    from cpaudit.analysis import reconcile as analysis

    asked = analysis.clause(ds)
    clause = (
        f"依据：{by_clauses(asked)}，线上线下数据须一致。" if asked is not None else "通知没有要求线上线下核对，所列只供参考。"
    )
    title = f"线上线下核对（{dated.day(ds)}）"
    if by == "item":
        return _items(ds, analysis.items(ds), f"{title}：不一致之处", clause + _NEWEST)
    frame = _labelled(ds, analysis.agreement(ds, by))
    heads = {"unit": ("unit",), "field": ("milestone", "field"), "plant": ("name", "unit")}[by]
    cols = columns(*heads, "comparable", "same", "differ", "agreement_pct", unread=usual("unread", beside="comparable"))
    cols |= columns("only_online", "only_offline")
    note = (
        clause
        + "一致率＝一致÷可比字段；只有一方填写的和有一方未读懂的不计入，另列。"
        + ("示范数据。" if ds.demonstration else "")
    )
    return table(f"reconcile_{by}", title, frame, cols, note)


def _items(ds: Dataset, found: pd.DataFrame, title: str, note: str) -> Table:
    frame = _labelled(ds, found[found["state"] != "same"])
    results = codes("events", "result")
    for side in ("online", "offline"):
        frame[side] = frame[side].replace(results)
        file, sheet, cell = (frame[f"{side}_{what}"].fillna("") for what in ("file", "sheet", "cell"))
        frame[f"{side}_at"] = (file + " " + sheet + " " + cell).str.replace("  ", " ").str.strip()
    frame["state"], frame["newer"] = frame["state"].map(_STATES), frame["newer"].map(_NEWER)
    cols = columns("unit", "name", "milestone", "field")
    cols |= columns(**{side: usual(side, beside="field") for side in ("online", "offline")}, state=usual("state", code="differ"))
    cols |= columns("newer", online_at="online_cell", offline_at="offline_cell")
    return table("reconcile_item", title, frame, cols, note, "线上线下完全一致。")


def _labelled(ds: Dataset, frame: pd.DataFrame) -> pd.DataFrame:
    """Turn codes into labels; only the columns that are there."""
    frame = frame.copy()
    if "plant_id" in frame:
        frame["name"] = frame["plant_id"].map(ds.plants.set_index("plant_id")["name"])
    if "unit" in frame:
        frame["unit"] = frame["unit"].map(unit_name)
    if "milestone" in frame:
        frame["milestone"] = frame["milestone"].map({m.id: m.label for m in ds.programme.milestones})
        frame["field"] = frame["field"].map({f: field("events", f).label for f in ("date", "result", "score")})
    return frame
