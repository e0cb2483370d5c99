"""What a load understood of each sheet, as tables to show: a row per column, and beneath it how many rows of which kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.views.columns import columns
from cpaudit.views.page import Column, Table

if TYPE_CHECKING:
    import pandas as pd

_KINDS = {
    "title": "标题", "header": "表头", "data": "数据", "total": "合计", "subtotal": "小计", "note": "说明", "unread": "未识别",
}  # fmt: skip
_USES = {
    "used": "采用", "unused": "表式之内，不采用", "unknown": "表式之外，未采用", "repeated": "重复，未采用",
    "unit": "单位不符，未采用", "no_heading": "没有表头，未采用", "unread": "表外，未读",
}  # fmt: skip
_ACCOUNT = ("sheets_read", "sheets_said", "rows_read", "rows_stored", "rows_repeated", "rows_rejected", "rows_held")
_FATES = ("采用", "重复", "未采用", "矛盾")
#: Reasons listed under a sheet; a count stands for the rest.
_REASONS = 5
#: Longer samples are cut.
_SAMPLE = 20


def account(sources: pd.DataFrame) -> str:
    """Return in one sentence what became of all files, sheets and rows; the numbers add up."""
    read = int((sources["read"] == "yes").sum())
    files = f"文件 {len(sources)} 个，读取 {read} 个" + (f"，未读取 {len(sources) - read} 个" if read < len(sources) else "")
    sheets_read, sheets_said, rows, *fates = (int(sources[column].sum()) for column in _ACCOUNT)
    left = f"，未读取 {sheets_said} 张（均有说明）" if sheets_said else ""
    parts = "、".join(f"{label} {count} 行" for label, count in zip(_FATES, fates, strict=True))
    return f"账目：{files}；工作表读取 {sheets_read} 张{left}；数据 {rows} 行：{parts}。"


def _columns() -> dict[str, Column]:
    """Return what is told of each column of a sheet."""
    return {
        "column": Column("列"),
        "heading": Column("表头"),
        **columns(label="field"),
        "use": Column("处理"),
        "filled": Column("有内容的行", "integer"),
        "sample": Column("示例"),
    }


def sheets(rows: pd.DataFrame, taken: pd.DataFrame) -> list[Table]:
    """Return one table per sheet and table in it, from what the loaders understood (``Loaded.understood`` and ``.columns``)."""
    groups = rows.groupby(["file", "sheet", "table"], sort=False)
    cols, found = _columns(), []
    for number, (_, group) in enumerate(groups, start=1):
        file, sheet, table = group[["file", "sheet", "table"]].iloc[0]
        here = taken[(taken["file"] == file) & (taken["sheet"] == sheet) & (taken["table"] == table)]
        frame = here[list(cols)].assign(use=here["use"].map(_USES), sample=here["sample"].map(_short))
        name = f"{file}　{sheet}".strip() + {0: "　表外", 1: ""}.get(table, f"　第 {table} 张表")
        note = _note(group)
        found.append(Table(f"understood_{number}", name, frame, cols, note=note, empty="没有识别出表格。" + note))
    return found


def summary(rows: pd.DataFrame, layouts: dict[str, str]) -> Table:
    """Return one row per table found in a sheet: form, data rows, how many are left out; 0 rows where nothing was understood."""
    import pandas as pd

    found = []
    for (file, sheet, table), group in rows.groupby(["file", "sheet", "table"], sort=False):
        data = group[group["kind"] == "data"]
        label = layouts.get(group["layout"].iloc[0], "") if table else "表外"
        counts = {"data": len(data), "left_out": int((data["left_out"] != "").sum()), "other": len(group) - len(data)}
        found.append({"file": file, "sheet": sheet, "label": label, **counts})
    cols = columns("file", "sheet", label="layout")
    cols |= {"data": Column("数据行", "integer", "行"), "left_out": Column("其中未采用", "integer", "行")}
    cols["other"] = Column("其他行", "integer", "行")
    note = "其他行：标题、表头、合计、说明和表外的行。逐列的识别结果可用 cpaudit load 文件夹 --dry-run 查看。"
    return Table("understood", "逐表识别结果", pd.DataFrame(found, columns=list(cols)), cols, note, "没有识别出表格。")


def left_out(taken: pd.DataFrame) -> Table:
    """Return the columns that hold something and were not taken, though the form doesn't say so."""
    frame = taken[~taken["use"].isin(["used", "unused"]) & (taken["filled"] > 0)]
    frame = frame.assign(use=frame["use"].map(_USES), sample=frame["sample"].map(_short))
    cols = columns("file", "sheet") | {n: c for n, c in _columns().items() if n != "label"}
    return Table("left_out", "没有采用的列", frame[list(cols)].reset_index(drop=True), cols, empty="有内容的列都已识别。")


def _note(rows: pd.DataFrame) -> str:
    counts = rows["kind"].value_counts()
    said = "，".join(f"{label} {counts[kind]} 行" for kind, label in _KINDS.items() if kind in counts)
    if hidden := int(rows["hidden"].sum()):
        said += f"，其中隐藏 {hidden} 行"
    left = rows[rows["left_out"] != ""]
    if left.empty:
        return f"{said}。"
    reasons = [f"第 {row.row} 行：{row.left_out}" for row in left.head(_REASONS).itertuples()]
    more = [f"另有 {len(left) - _REASONS} 行"] if len(left) > _REASONS else []
    return f"{said}；未采用 {len(left)} 行。" + "；".join([*reasons, *more]) + "。"


def _short(sample: str) -> str:
    said = " ".join(sample.split())
    return said if len(said) <= _SAMPLE else said[: _SAMPLE - 1] + "…"
