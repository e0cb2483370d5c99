"""Batches side by side as tables ready to show; a batch goes by its title."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cpaudit.analysis.across import batches as analysis
from cpaudit.fields import measure
from cpaudit.labels import usual, worded
from cpaudit.programme.conventions import conventions
from cpaudit.views import readings
from cpaudit.views.columns import columns
from cpaudit.views.page import Column, Said, Table
from cpaudit.views.tables.base import batch_names, demonstration_note, named_groups, table

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

#: What sentences call the steps of batches that may end with different ones.
_OF_ALL = (
    ("before", ""),
    ("counted", "审核已完成"),
    ("judged", "节点"),
    ("last", "审核"),
    ("reached", "完成审核"),
    ("then", "尚未"),
)
#: The ways to look at batches, as ``cpaudit compare --by`` calls them.
WAYS = ("distance", "unit", "industry", "cohort", "flow", "unaudited", "repeat", "plant")
_GROUPED = ("unit", "industry", "cohort")
_YEARS = (
    "完成率比上一批次，为同一组与所给批次中前一个有其企业的批次相比；各批次数据日期、进展阶段不同，"
    "进行中的批次低于以往不等于落后。"
)
_FEW = (
    f"企业不超过 {conventions().bulletin.small_unit} 家的、"
    f"未报送或结果不明的超过 {conventions().bulletin.max_silent_pct:g}% 的，不列比率。"
)
_DISTANCE = (
    "距期限为负的是期限之后。家数为有期限、没有退出、结果已知，且在数据日期前已到这一天的企业；不明的不计入，另列。"
    "各批次的期限、名单、要求不同，比率供对照，不是排名。" + _FEW
)
_FLOW = "完成审核后又列入的，是到期重新审核；未通过、逾期而又列入的，是转入；列入与否只看所给的批次。"
_REPEAT = "距这一天为负的，应重新审核的日期已过；列入原因没有填写、没有读懂或没有周期的不列；几个原因各有周期的取最短的。"
_UNAUDITED = (
    "所给的批次列入过、而没有一个批次说明已完成审核的企业；“有批次结果不明”为是的（含未报送），可能已经完成，须先核实，列在后面。"
)


def compared(given: tuple[Dataset, ...], by: str = "distance", plant: str = "") -> Table:
    """Return one of ``WAYS`` to look at batches; ``plant``: whose listings ``plant`` shows."""
    made = _compared(given, by, plant)
    told = {id: Said(m.label, m.definition) for id in made.measured() if (m := measure(id, _OF_ALL)) != measure(id)}
    cols = {name: replace(c, said=told[c.measure]) if c.measure in told else c for name, c in made.columns.items()}
    return replace(made, columns=cols, told=told)


def _compared(given: tuple[Dataset, ...], by: str, plant: str) -> Table:
    read = dict.fromkeys(readings.note(readings.of_deadlines(ds)) for ds in given)  # each batch's notice, told once where alike
    note = "".join([*read, *dict.fromkeys(demonstration_note(ds) for ds in given)])
    if by == "distance":
        cols = columns("batch", "days_before", n="n_plants")
        cols |= {
            "done": Column("已完成审核", "integer", "家"),
            "done_pct": Column("完成率", "percent", "%"),
            **columns("unknown"),
        }
        return table(
            "batches_distance", "同样距期限若干天时的进度", _titled(analysis.at_distance(*given)), cols, _DISTANCE + note
        )
    if by in _GROUPED:
        cols = {**columns(by, "batch"), "year": Column("名单年份"), **columns("listed", "left")}
        cols |= {"accepted": Column("已完成审核", "integer", "家"), "accepted_pct": Column("占名单的完成率", "percent", "%")}
        cols |= {"change_pct": Column("完成率比上一批次", "number", "百分点", 1), **columns("overdue", "not_reported", "unclear")}
        found = named_groups(worded(_titled(analysis.groups(*given, by=by))), by)
        found["year"] = found["year"].astype("str").where(found["year"].notna(), "")
        note += "".join(dict.fromkeys(readings.of_groups(ds, by) for ds in given))
        return table(f"batches_{by}", f"各{usual(by).label}历年各批次的进度", found, cols, _YEARS + _FEW + note)
    if by == "flow":
        cols = columns("batch", "next_batch", "outcome", n="n_plants")
        found = _titled(worded(analysis.flows(*given)), "batch", "next_batch")
        empty = "须给出两个以上的批次。" if len(given) < 2 else "所给的批次没有共同的上报单位和企业，名单之间没有流转。"
        return table(
            "batches_flow", "名单之间的流转", found, {**cols, **columns("again", "again_pct")}, _FLOW + _FEW + note, empty=empty
        )
    if by == "unaudited":
        cols = columns("name", "unit", "county", "industry", "roster", "times", "first_batch")
        cols |= {"batch": Column("最近列入批次"), **columns("deadline", "outcome", "doubtful")}
        found = _titled(_named(worded(analysis.unaudited(*given)), given), "batch", "first_batch")
        found["doubtful"] = found["doubtful"].map({True: "是", False: "否"})
        empty = "列入过的企业都在所给的某个批次完成了审核。"
        return table("batches_unaudited", "没有批次说明已完成审核的企业", found, cols, _UNAUDITED + note, empty=empty)
    if by == "repeat":
        cols = columns("name", "unit", "county", "industry", "reasons", "batch", accepted_on="done_on")
        cols["years"] = Column("周期", "integer", "年")
        cols |= {"due_on": Column("应重新审核的日期", "date"), "days": Column("距这一天", "integer", "天")}
        cols |= {"again": Column("其后又列入"), "ruled": Column("周期的依据")}
        found = _titled(worded(analysis.repeats(*given)))
        for name, words in (("again", ("是", "否")), ("ruled", ("通知", "工作台的约定"))):
            found[name] = found[name].map({True: words[0], False: words[1]})
        empty = "所给批次中没有完成审核、且列入原因有重新审核周期的企业。"
        return table("batches_repeat", "完成审核后到期应重新审核的企业", found, cols, _REPEAT + note, empty=empty)
    found = analysis.plants(*given)
    found = found[found["plant_id"] == plant] if plant else found
    cols = columns("batch", "name", "unit", "county", "industry", "roster", "listed_on", "deadline", "outcome")
    titled = _titled(_named(worded(found), given), "batch", "first_batch")
    cols |= columns(accepted_on="done_on", first_batch="first_batch")
    return table("batches_plant", "企业历次列入的情况", titled, cols, note)


def _named(frame: pd.DataFrame, given: tuple[Dataset, ...]) -> pd.DataFrame:
    """Return the frame with the lists by their names: each batch has lists of its own."""
    known = {(ds.programme.id, roster.id): roster.label for ds in given for roster in ds.programme.rosters}
    pairs = zip(frame["batch"], frame["roster"], strict=True)
    return frame.assign(roster=[known.get(pair, pair[1]) for pair in pairs])


def _titled(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    """Return the frame with the batches by their titles; one that no programme file tells of keeps its own name."""
    return batch_names(frame, *(names or ("batch",)))
