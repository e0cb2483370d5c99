"""The page 试行: the present plants under a new programme, beside the present one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cpaudit.analysis import attainment, progress
from cpaudit.analysis.basis.deadlines import shared
from cpaudit.labels import worded
from cpaudit.views import measured, parts, readings
from cpaudit.views.columns import columns
from cpaudit.views.page import Block, Caveat, Column, Heading, KeyFigure, KeyFigures, Page, Table
from cpaudit.views.tables.base import table

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.programme import Programme

_ATTAINMENT = ("judged", "attained", "not_attained", "cannot_judge", "left")
_LISTED = 40


def programme_trial(ds: Dataset, new: Programme) -> Page:
    """Return the page: progress, overdue milestones and verdicts of the same plants by both programmes."""
    then = replace(ds, programme=new)
    title = f"试行：{new.title}"
    blocks: list[Block] = [*parts.demonstration(ds)]
    said = f"以下用现有企业（{parts.day_text(ds.as_of)}）试行新的规定，只供了解影响；名单、进度仍是现行批次的，不改动快照。"
    blocks.append(Caveat(said, "plain"))
    if ds.plants.empty:
        blocks.append(Caveat("没有列入名单的企业，不能试行。", "plain"))
        return Page("programme_trial", title, f"对照现行批次：{ds.programme.title}", parts.stamp(ds), tuple(blocks))
    verdicts = _verdicts(ds, then)
    both = [stage for stage in ds.programme.stages if stage in new.stages]
    blocks += [
        Heading("达标结论的变化"),
        *readings.of_verdicts(then),
        _changes(verdicts),
        _counts(ds, then, "attainment", "达标情况", _ATTAINMENT),
    ]
    blocks += [
        _changed(verdicts),
        Heading("进度的变化"),
        *readings.of_deadlines(then),
        _counts(ds, then, "progress", "审核进度", ("listed", *both, "overdue", "due_soon")),
    ]
    blocks.append(_milestones(ds, then))
    return Page("programme_trial", title, f"对照现行批次：{ds.programme.title}", parts.stamp(ds), tuple(blocks))


def _verdicts(ds: Dataset, then: Dataset) -> pd.DataFrame:
    now, later = attainment.plants(ds), attainment.plants(then)
    frame = now[["plant_id", "name", "unit", "industry", "verdict", "left"]].rename(columns={"verdict": "present"})
    return frame.assign(
        new=later["verdict"].to_numpy(), reason=later["reason"].to_numpy(), verification=later["verification"].to_numpy()
    )


def _changes(verdicts: pd.DataFrame) -> KeyFigures:
    staying = verdicts[~verdicts["left"]]
    n = len(staying)
    lost = int(((staying["present"] == "attained") & (staying["new"] != "attained")).sum())
    won = int(((staying["present"] != "attained") & (staying["new"] == "attained")).sum())
    changed = int((staying["present"] != staying["new"]).sum())
    return KeyFigures(
        (
            KeyFigure("verdicts_changed", "结论改变", changed, of=n, note="未退出的企业"),
            KeyFigure("verdicts_lost", "不再达标", lost, of=n, tone="bad" if lost else "plain"),
            KeyFigure("verdicts_won", "变为达标", won, of=n, tone="good" if won else "plain"),
        )
    )


def _counts(ds: Dataset, then: Dataset, id: str, title: str, counted: tuple[str, ...]) -> Table:
    import pandas as pd

    summary = progress.summary if id == "progress" else attainment.summary
    now, later = parts.only(summary(ds)), parts.only(summary(then))
    rows = [(measured.label(id, then), now[id], later[id]) for id in counted]  # null where nothing came of any plant
    frame = pd.DataFrame(rows, columns=["label", "present", "new"]).astype({"present": "Int64", "new": "Int64"})
    frame["difference"] = frame["new"] - frame["present"]
    cols = {**columns(label="amount"), "present": Column("现行批次", "integer", "家"), "new": Column("新批次", "integer", "家")}
    cols["difference"] = Column("增减", "integer", "家")
    return table(f"trial_{id}", title, frame, cols)


def _changed(verdicts: pd.DataFrame) -> Table:
    frame = verdicts[~verdicts["left"] & (verdicts["present"] != verdicts["new"])]
    frame = worded(frame, present=dict(attainment.VERDICTS), new=dict(attainment.VERDICTS))
    cols = {**columns("name", "unit", "industry"), "present": Column("现行批次"), "new": Column("新批次")}
    cols["reason"] = Column("新批次的理由")
    empty = "没有结论改变的企业。"
    return table("trial_verdicts", "结论改变的企业", frame, cols, empty=empty, limit=_LISTED)


def _milestones(ds: Dataset, then: Dataset) -> Table:
    import pandas as pd

    states = {name: progress.milestone_states(each) for name, each in (("present", ds), ("new", then))}
    known = {m.id: m.label for p in (then.programme, ds.programme) for m in p.plant_milestones()}
    rows = []
    for milestone, label in known.items():
        row: dict[str, object] = {"label": label}
        for name, frame in states.items():
            mine = frame[frame["milestone"] == milestone]
            row[f"{name}_deadline"] = pd.Timestamp(shared(mine["deadline"].to_numpy("datetime64[D]")))
            row[f"{name}_overdue"] = int(mine["overdue"].sum())
        rows.append(row)
    cols = columns(label="milestone")
    cols |= {"present_deadline": Column("现行期限", "date"), "new_deadline": Column("新期限", "date")}
    cols |= {
        "present_overdue": Column("现行逾期未完成", "integer", "家"),
        "new_overdue": Column("新批次逾期未完成", "integer", "家"),
    }
    note = "期限空着的，没有规定期限或各企业不同；名单公布后若干日的，按现有名单的公布日期推算。"
    return table("trial_milestones", "各节点的期限和逾期", pd.DataFrame(rows), cols, note)
