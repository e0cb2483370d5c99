"""Batches side by side as tables ready to show; a batch goes by its title."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.across import batches as analysis
from cpaudit.labels import worded
from cpaudit.programme import load_programme
from cpaudit.programme.conventions import conventions
from cpaudit.views import readings
from cpaudit.views.page import Column, Table
from cpaudit.views.tables.base import columns, demonstration_note, table

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

_BATCH = Column("批次")
#: The ways to look at batches, as ``cpaudit compare --by`` calls them.
WAYS = ("distance", "unit", "industry", "flow", "unaudited", "plant")
_FEW = (
    f"企业不超过 {conventions().bulletin.small_unit} 家的、"
    f"未报送或结果不明的超过 {conventions().bulletin.max_silent_pct:g}% 的，不列比率。"
)
_DISTANCE = (
    "距期限为负的是期限之后。家数为有期限、没有退出、结果已知，且在数据日期前已到这一天的企业；不明的不计入，另列。"
    "各批次的期限、名单、要求不同，比率供对照，不是排名。" + _FEW
)
_FLOW = "完成审核后又列入的，是到期重新审核；未通过、逾期而又列入的，是转入；列入与否只看所给的批次。"
_UNAUDITED = (
    "所给的批次列入过、而没有一个批次说明已完成审核的企业；“有批次结果不明”为是的（含未报送），可能已经完成，须先核实，列在后面。"
)


def compared(given: tuple[Dataset, ...], by: str = "distance", plant: str = "") -> Table:
    """Return one of ``WAYS`` to look at batches; ``plant``: whose listings ``plant`` shows."""
    read = dict.fromkeys(readings.note(readings.of_deadlines(ds)) for ds in given)  # each batch's notice, told once where alike
    note = "".join([*read, *dict.fromkeys(demonstration_note(ds) for ds in given)])
    if by == "distance":
        cols = {"batch": _BATCH, **columns("days_before"), "n": Column("企业", "integer", "家")}
        cols |= {
            "done": Column("已完成审核", "integer", "家"),
            "done_pct": Column("完成率", "percent", "%"),
            **columns("unknown"),
        }
        return table(
            "batches_distance", "同样距期限若干天时的进度", _titled(analysis.at_distance(*given)), cols, _DISTANCE + note
        )
    if by in ("unit", "industry"):
        cols = {"batch": _BATCH, **columns(by, "listed", "left"), "accepted": Column("已完成审核", "integer", "家")}
        cols |= {"accepted_pct": Column("占名单的完成率", "percent", "%"), **columns("overdue", "not_reported", "unclear")}
        found = _titled(analysis.groups(*given, by=by))
        title = f"各批次按{'单位' if by == 'unit' else '行业'}的进度"
        return table(f"batches_{by}", title, worded(found), cols, _FEW + note)
    if by == "flow":
        cols = {"batch": _BATCH, "next_batch": Column("下一批次"), **columns("outcome"), "n": Column("企业", "integer", "家")}
        found = _titled(worded(analysis.flows(*given)), "batch", "next_batch")
        empty = "须给出两个以上的批次。"
        return table(
            "batches_flow", "名单之间的流转", found, {**cols, **columns("again", "again_pct")}, _FLOW + _FEW + note, empty=empty
        )
    if by == "unaudited":
        cols = columns("name", "unit", "county", "industry", "roster", "times")
        cols |= {
            "first_batch": Column("首次列入批次"),
            "batch": Column("最近列入批次"),
            **columns("deadline", "outcome", "doubtful"),
        }
        found = _titled(_named(worded(analysis.unaudited(*given)), given), "batch", "first_batch")
        found["doubtful"] = found["doubtful"].map({True: "是", False: "否"})
        empty = "列入过的企业都在所给的某个批次完成了审核。"
        return table("batches_unaudited", "没有批次说明已完成审核的企业", found, cols, _UNAUDITED + note, empty=empty)
    found = analysis.plants(*given)
    found = found[found["plant_id"] == plant] if plant else found
    cols = {"batch": _BATCH, **columns("name", "unit", "county", "industry", "roster", "listed_on", "deadline", "outcome")}
    titled = _titled(_named(worded(found), given), "batch", "first_batch")
    cols |= {"accepted_on": Column("完成日期", "date"), "first_batch": Column("首次列入批次")}
    return table("batches_plant", "企业历次列入的情况", titled, cols, note)


def _named(frame: pd.DataFrame, given: tuple[Dataset, ...]) -> pd.DataFrame:
    """Return the frame with the lists by their names: each batch has lists of its own."""
    known = {(ds.programme.id, roster.id): roster.label for ds in given for roster in ds.programme.rosters}
    pairs = zip(frame["batch"], frame["roster"], strict=True)
    return frame.assign(roster=[known.get(pair, pair[1]) for pair in pairs])


def _titled(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    """Return the frame with the batches by their titles; one that no programme file tells of keeps its own name."""
    from cpaudit.programme.model import programme_ids

    known = {each: load_programme(each).title for each in programme_ids()}
    return frame.assign(**{name: frame[name].map(lambda its: known.get(its, its)) for name in names or ("batch",)})
