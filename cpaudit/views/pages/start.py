"""The page 从这里开始: what was read, the problems by unit, the files to send back, and the newest snapshot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cpaudit import fields
from cpaudit.analysis.basis.codes import crossed
from cpaudit.labels import usual, worded
from cpaudit.views import parts
from cpaudit.views.columns import columns
from cpaudit.views.measured import in_own_words
from cpaudit.views.page import Block, Caveat, Column, Heading, KeyFigure, KeyFigures, Page, Table, Text
from cpaudit.views.tables import base as tables
from cpaudit.views.tables import understood
from cpaudit.views.tables.base import table

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from cpaudit.dataset import Dataset

_TITLE = "从这里开始"
_NONE = (
    "还没有快照。读取报送文件：在上面的 folder 填文件夹，save 改为 True，再全部运行一次（或在终端运行 cpaudit load 文件夹）。"
    "只想试用：在终端运行 make demo，或先用 cpaudit sample 目录 生成示范数据再读取。"
)


@dataclass(frozen=True, slots=True, eq=False)
class Received:
    """What a folder held. ``sources`` and ``problems`` as in a data set; ``rows`` and ``cols``: what was understood.

    ``marked``: path (of a file), written (its marked copy); None where none was asked for.
    """

    folder: str
    sources: pd.DataFrame
    rows: pd.DataFrame
    cols: pd.DataFrame
    problems: pd.DataFrame
    plants: int
    as_of: dt.date
    saved: bool
    demonstration: bool
    marked: pd.DataFrame | None = None


def start_page(
    received: Received | None,
    ds: Dataset | None,
    days: list[dt.date],
    *,
    fault: str = "",
    missing: str = "",
    layouts: dict[str, str],
) -> Page:
    """Return the page. ``fault``: why the folder couldn't be read; ``missing``: why no snapshot opens although there are some;
    ``layouts``: the labels of the forms."""
    blocks: list[Block] = list(parts.demonstration(ds)) if ds else []
    if fault:
        blocks.append(Caveat(fault, "bad"))
    if received:
        blocks += _received(received, layouts)
    if ds is None:
        if received and received.demonstration:
            blocks.insert(0, Caveat("示范数据：企业、数值均为虚构，仅用于演示。"))
        blocks.append(Caveat(missing or _NONE, "bad" if missing else "plain"))
        return Page("start", _TITLE, "", None, tuple(blocks))
    blocks += _snapshot(ds, days)
    if not received:
        blocks += [Heading("读到了什么"), sources(ds.sources, layouts), Heading("数据问题"), *_problems(ds.problems)]
        blocks += [Heading("退回的文件"), to_send_back(ds.sources, ds.problems)]
    return Page("start", _TITLE, ds.programme.title, parts.stamp(ds), in_own_words(blocks, ds))


def sources(frame: pd.DataFrame, layouts: dict[str, str]) -> Table:
    """Return the files that were read: form, sheets, rows."""
    frame = worded(frame)
    frame["layout"] = [_forms(text, layouts) for text in frame["layout"]]
    frame["sheets"] = [str(text).replace(";", "、") for text in frame["sheets"]]
    cols = columns("path", "unit", "layout", "sheets", "rows_read", "rows_stored", "rows_repeated", "rows_rejected", "rows_held")
    return table("sources", f"来源文件（{len(frame)} 个）", frame, cols, _ACCOUNT)


#: What the columns of the sources' table mean.
_ACCOUNT = (
    "名单、系统导出含各单位的企业，不归任何单位。读取的行等于采用、重复（与另一行内容相同，只采用一次）、未采用（有问题说明）、"
    "矛盾（与另一行不一致，两处都未采用）之和。"
)


def to_send_back(frame: pd.DataFrame, problems: pd.DataFrame, marked: pd.DataFrame | None = None) -> Table:
    """Return the files with errors or doubts, with the marked copy, or the command that makes it."""
    counts = crossed(problems["file"], problems["severity"]).reindex(columns=["error", "warning"], fill_value=0)
    found = worded(frame[["path", "unit"]]).merge(counts.reset_index(), left_on="path", right_on="file")
    found = found[(found["error"] > 0) | (found["warning"] > 0)].sort_values(["error", "warning"], ascending=False, kind="stable")
    cols = columns("path", "unit", "error", "warning")
    if marked is None:
        note = "在终端运行 cpaudit check 文件，得到标注好的工作簿：问题单元格着色并加批注，另附清单；原文件不改动。"
        note += "要一次标注全部文件，在上面填 folder 和 marked 再运行。"
    else:
        found = found.merge(marked, on="path", how="left")
        cols["written"] = Column("标注好的文件")
        note = "问题单元格着色并加批注，另附清单；原文件没有改动。逐个文件检查，与全部文件一起读取时的问题数可能略有出入。"
    empty = "没有须退回的文件。"
    return table("to_send_back", f"须退回更正或说明的文件（{len(found)} 个）", found, cols, note, empty)


def _received(read: Received, layouts: dict[str, str]) -> list[Block]:
    data = read.rows[read.rows["kind"] == "data"]
    left = int((data["left_out"] != "").sum())
    errors = int((read.problems["severity"] == "error").sum())
    figures = (
        KeyFigure("files_read", "读取文件", len(read.sources), "个"),
        KeyFigure("sheets_read", usual("sheets").label, len(read.rows.drop_duplicates(["file", "sheet"])), "张"),
        KeyFigure("rows_understood", "采用的数据行", len(data) - left, "行", of=len(data), tone="warn" if left else "good"),
        KeyFigure("plants_read", "名单企业", read.plants),
        KeyFigure("errors_found", usual("error").label, errors, "处", of=len(read.problems), tone="bad" if errors else "good"),
    )
    said = f"读取“{read.folder}”，数据日期 {parts.day_text(read.as_of)}。"
    said += "已存为快照。" if read.saved else "以上为试读，没有存为快照；核对无误后把 save 改为 True 再运行。"
    blocks: list[Block] = [Heading("读到了什么"), KeyFigures(figures), Text(said), sources(read.sources, layouts)]
    blocks += [understood.summary(read.rows, layouts), understood.left_out(read.cols)]
    blocks += [Heading("数据问题"), *_problems(read.problems)]
    return [*blocks, Heading("退回的文件"), to_send_back(read.sources, read.problems, read.marked)]


def _problems(problems: pd.DataFrame) -> list[Block]:
    if problems.empty:
        return [Caveat("没有发现数据问题。", "good")]
    by_unit = replace(tables.problems_by_unit(problems), id="problems_by_unit", title="各单位的数据问题")
    return [by_unit, replace(tables.problems_by_kind(problems), id="problem_kinds", title="各类数据问题")]


def _snapshot(ds: Dataset, days: list[dt.date]) -> list[Block]:
    errors = int((ds.problems["severity"] == "error").sum())
    figures = (
        KeyFigure("snapshot_plants", fields.tables()["plants"].label, len(ds.plants), of=ds.programme.plants_announced),
        KeyFigure("snapshot_events", "节点记录", len(ds.events), "条"),
        KeyFigure("snapshot_measurements", "指标实测值", len(ds.measurements), "个"),
        KeyFigure("snapshot_options", usual("options").label, len(ds.options), "项"),
        KeyFigure("snapshot_errors", usual("error").label, errors, "处", of=len(ds.problems), tone="bad" if errors else "good"),
    )
    written = f"，{ds.written:%Y-%m-%d %H:%M} 写入（UTC）" if ds.written else ""
    said = f"最新快照的数据日期为 {parts.day_text(ds.as_of)}，版本 {ds.version}{written}。"
    others = [str(d) for d in days[-6:-1]]
    said += f"另有 {'、'.join(others)} 的快照。" if others else ""
    return [Heading("最新快照"), KeyFigures(figures), Text(said)]


def _forms(text: str, layouts: dict[str, str]) -> str:
    known = [layouts.get(form, form) for form in str(text).split(";") if form]
    return "、".join(dict.fromkeys(known)) or "未识别"
