"""The ledger of returns as tables ready to show, and the reminder (催报) that a unit gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import returns as analysis
from cpaudit.analysis.basis import statuses
from cpaudit.dataset import dated
from cpaudit.fields import codes, field, labels
from cpaudit.labels import worded
from cpaudit.programme import find_unit
from cpaudit.programme.owed import letter as words
from cpaudit.views import measured, parts
from cpaudit.views.columns import columns
from cpaudit.views.page import Column, Table
from cpaudit.views.tables.base import demonstration_note, table
from cpaudit.views.tables.handover import EMPTY, Letter

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

_COUNTS = ("received", "blank", "unread", "nothing")
_NOTE = "应报的表由批次的定义文件规定；已退出的企业只应报进度表，未列企业的单位不应报。应报日期为空的随时应报。"


def ledger(ds: Dataset) -> Table:
    """Return what each unit owes and what came of it."""
    frame = _worded(analysis.ledger(ds), state=analysis.STATES)
    cols = {**columns("unit"), **_returned("kind", "period", "due")}
    cols |= {name: measured.column(f"return_{name}") for name in ("owed", *codes("returns", "state"))}
    cols |= _returned("state") | columns("sources", "clause")
    note = _NOTE + _conventions(ds) + demonstration_note(ds)
    return table("returns", f"报送台账（{dated.day(ds)}）", frame, cols, note, empty="名单中没有企业，没有应报的表。")


def overview(ds: Dataset) -> Table:
    """Return a row per unit: how far each return of its has come; of those that came in part, how many plants' rows."""
    import pandas as pd

    rows = parts.records(analysis.ledger(ds))
    kinds, periods = codes("returns", "kind"), codes("returns", "period")
    cols, told = {**columns("unit")}, dict[str, dict[str, str]]()
    for owed in ds.programme.owed:
        cols[_key(owed.kind, owed.period)] = Column(periods.get(owed.period or "", "") + kinds[owed.kind])
    for row in rows:
        label = analysis.STATES[row["state"]]
        text = f"{label} {row['received']}/{row['owed']} 家" if row["state"] == "partly" else label
        told.setdefault(row["unit"], {"unit": parts.unit_name(row["unit"])})[_key(row["kind"], row["period"])] = text
    frame = pd.DataFrame(list(told.values()), columns=list(cols))
    return table("returns_overview", f"报送台账（{dated.day(ds)}）", frame, cols, demonstration_note(ds))


def _returned(*names: str) -> dict[str, Column]:
    return columns(**{name: field("returns", name) for name in names})


def _key(kind: str, period: object) -> str:
    return f"{kind}_{period}" if isinstance(period, str) else kind


def lacking(ds: Dataset, unit: str = "", limit: int | None = None) -> Table:
    """Return what is due and didn't come, return by return; of one unit where ``unit`` names it."""
    frame = analysis.lacking(ds)
    frame = frame[frame["unit"] == unit] if unit else frame
    cols = columns("unit") | _returned("kind", "period") | columns("name", "county") | _returned("due")
    cols |= {**columns("came"), "sources": Column("收到而未读懂的文件"), **columns("clause")}
    if unit or ds.plants["unit"].nunique() == 1:
        del cols["unit"]
    title = f"{parts.unit_name(unit)}到期未报清单" if unit else "到期未报清单"
    note = "企业一栏为空的是单位自身的报表；“收到未读懂”的可能在所列文件中，请重新报送可以读取的表格。" + demonstration_note(ds)
    return table("lacking", f"{title}（{dated.day(ds)}）", _worded(frame), cols, note, empty="到期应报的都已报来。", limit=limit)


def letter(ds: Dataset, unit: str) -> Letter:
    """Return the reminder to a unit: what is due and didn't come; what only the sender knows is marked."""
    where, document = find_unit(unit, ds.programme.units), ds.programme.document
    told, n = owing(ds, where.id)
    duty = next((d for d in ds.programme.duties if d.id == "online_offline"), None)  # what the notice itself asks of returns
    holes = {"programme": ds.programme.title, "cited": document.cited, "asked": f"{duty.label}的要求" if duty else ""}
    silent = int((statuses.silent(ds) & ds.plants["unit"].eq(where.id)).sum())
    judged = f"其中 {silent} 家企业没有读到任何报表，其进度无法判断，暂不计入通报。" if silent else ""
    lack = f"应报而未报来的有：{told}" if told else "应报的都已报来"
    return Letter(
        title=words().title.format(**holes),
        number=EMPTY.format("发文字号"),
        to=where.name,
        paragraphs=(
            words().opening.format(**holes),
            f"截至{parts.day_text(ds.as_of)}，{lack}。{judged}",
            words().closing.format(**holes),
        ),
        attachments=(f"{where.name}到期未报清单（{n} 项，xlsx）",),
        signers=document.issuers,
        date=EMPTY.format("成文日期"),
        badge="示范数据：企业、数值均为虚构，本件仅供演示，不得作为正式文件使用。" if ds.demonstration else "",
    )


def owing(ds: Dataset, unit: str) -> tuple[str, int]:
    """Return what is due of a unit and didn't come, return by return ('' for nothing), and of how many rows that is."""
    frame = analysis.lacking(ds)
    mine = _worded(frame[frame["unit"] == unit])
    told = [_item(kind, period, rows) for (kind, period), rows in mine.groupby(["kind", "period"], sort=False, dropna=False)]
    return "；".join(told), len(mine)


def _item(kind: object, period: object, rows: pd.DataFrame) -> str:
    """Say of one return for how many plants it is missing, and since when."""
    import pandas as pd

    named = f"{kind}（{period}）" if isinstance(period, str) else str(kind)
    due = rows["due"].min()
    since = f"，应于{parts.day_text(due)}前报送" if pd.notna(due) else ""
    plants = int(rows["plant_id"].notna().sum())
    unread = int(rows["came"].eq(labels("came", "unread")["unread"]).sum())
    lost = f"（{unread} 家可能在收到而未能读取的文件中）" if unread and plants else "（收到的文件未能读取）" if unread else ""
    many = f"{'' if named.endswith('）') else ' '}{plants} 家" if plants else ""
    return f"{named}{many}{since}{lost}"


def _conventions(ds: Dataset) -> str:
    notes = dict.fromkeys(f"{owed.note}。" for owed in ds.programme.owed if owed.note)
    return "".join(notes)


def _worded(frame: pd.DataFrame, **maps: dict[str, str]) -> pd.DataFrame:
    return worded(frame, None, kind=codes("returns", "kind"), period=codes("returns", "period"), **maps)
