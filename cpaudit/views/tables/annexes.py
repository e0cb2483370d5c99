"""The tables of the work report."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cpaudit.analysis import attainment, benefits, progress
from cpaudit.analysis.basis.deadlines import shared
from cpaudit.dataset import dated
from cpaudit.fields import UNREAD, codes, field
from cpaudit.fields import benefits as benefit_fields
from cpaudit.labels import worded
from cpaudit.reference import read_yaml, root
from cpaudit.views import measured
from cpaudit.views.columns import column, columns
from cpaudit.views.page import ROW, Column, Table
from cpaudit.views.tables.base import judged, staged, table
from cpaudit.views.unheard import none, unstated
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset

_STATE_COUNTS: tuple[str, ...] = ("done_on_time", "done_late", "done_unknown", "overdue", "due_soon", "not_due", "failed")
#: Of which a table has a column only where there are some.
_RARE = ("done_unknown", "late_unknown", "applies_unknown")
_STATE_COUNTS += ("unclear", "not_reported", "late_unknown", "applies_unknown", "left")


def milestones(ds: Dataset) -> Table:
    """Return, per milestone of the plants: deadline, how many it binds, and how many stand in which state."""
    import numpy as np
    import pandas as pd

    states = progress.milestone_states(ds)
    rows: list[dict[str, Any]] = []
    apart: list[str] = []
    for m in ds.programme.plant_milestones():
        mine = states[(states["milestone"] == m.id) & (states["state"] != "not_applicable")]
        counts = mine["state"].value_counts()
        day = shared(mine["deadline"].to_numpy("datetime64[D]"))
        apart += [m.label] if np.isnat(day) and mine["deadline"].notna().any() else []
        row = {"label": m.label, "deadline": pd.Timestamp(day), "bound": len(mine)}
        rows.append(row | {s: int(counts.get(s, 0)) for s in _STATE_COUNTS} | {"clause": m.clause})
    cols = {**columns(label="milestone", deadline="deadline"), "bound": measured.column("bound")}
    shown = [s for s in _STATE_COUNTS if s not in _RARE or any(row[s] for row in rows)]
    cols |= {s: Column(progress.STATES[s], "integer", "家") for s in shown} | columns("clause")
    note = "个别企业另有期限的按其本身期限判断。" + (f"{'、'.join(apart)}的期限各企业不同，不列。" if apart else "")
    classes = codes("plants", "permit_class")
    for m in ds.programme.plant_milestones():
        if m.permit_classes:
            note += f"{m.label}只适用于{'、'.join(classes.get(c, c) for c in m.permit_classes)}企业。"
    # What a clause says of itself in brackets would make its rows tall.
    for row in rows:
        row["clause"], _, remark = str(row["clause"]).partition("（据")
        told = f"{row['clause']}{'（据' + remark if remark else ''}"
        note += f"条款为{told}。" if remark and told not in note else ""
    return table("milestones", "各节点完成情况", pd.DataFrame(rows), cols, note)


def own_milestones(ds: Dataset, unit: str) -> Table:
    """Return the milestones of the unit itself."""
    frame = progress.unit_states(ds)
    frame = worded(frame[frame["unit"] == unit], ds, state=progress.STATES)
    cols = columns("label", "deadline", "done_on", "state", "days")
    note = "逾期的天数为逾期天数，未到期的为剩余天数。"
    return table("own_milestones", "本单位自身的上报事项", frame, cols, note)


def targets_missed(ds: Dataset) -> Table:
    """Return every target that a plant misses, with the reason."""
    return _targets(ds, "not_attained", "targets_missed", "未达标企业及原因", "没有判定为未达标的企业。")


def targets_open(ds: Dataset) -> Table:
    """Return every target that cannot be judged, with the reason."""
    return _targets(ds, "cannot_judge", "targets_open", "无法判定的企业及原因", "没有无法判定的企业。", limit=30)


def _targets(ds: Dataset, verdict: str, id: str, title: str, empty: str, limit: int | None = None) -> Table:
    gone = attainment.plants(ds).set_index("plant_id")["left"]
    frame = attainment.targets(ds)
    frame = worded(frame[(frame["verdict"] == verdict) & ~frame["plant_id"].map(gone).fillna(False).astype(bool)], ds)
    judged = attainment.plants(ds).set_index("plant_id")["verdict"]
    n = int((judged.reindex(frame["plant_id"].unique()) == verdict).sum())
    others = frame["plant_id"].nunique() - n
    clauses = frame["clause"].unique()
    cols = {
        **columns("name", "industry"),
        "clause": Column("目标条款"),
        **columns("required_level", "level_before", "level_after"),
    }
    cols |= columns("reason")
    shown = f"{title}（{n} 家）" if len(frame) else title
    told = "；".join(f"{t.clause} {t.label}" for t in ds.programme.targets if t.clause in clauses)
    note = f"级别为目标所涉指标的级别（各工序中最低的）；不含已退出的企业。{f'目标条款：{told}。' if told else ''}"
    note += f"另列出 {others} 家因其他目标已判定为未达标的企业。" if others else ""
    return table(id, shown, frame, cols, note, empty, limit)


def benefits_by_class(ds: Dataset) -> Table:
    """Return each benefit of the implemented options: no/low cost, medium/high cost, together."""
    import pandas as pd

    total = benefits.totals(ds).iloc[0]
    each = benefits.totals(ds, "class").set_index("class")
    kinds = {k: label for k, label in codes("options", "class").items() if k != UNREAD or k in each.index}
    amounts = {"investment_wan_yuan": field("options", "investment_wan_yuan"), **benefit_fields()}
    amounts = {name: f for name, f in amounts.items() if pd.notna(total[name])}
    rows: list[dict[str, Any]] = []
    for name, f in amounts.items():
        row = {"label": f.label, "measure": f.unit or "", "total": total[name]}
        rows.append(row | {k: each[name].get(k, float("nan")) for k in kinds})
    cols = columns(label="amount", measure="measure")
    cols |= {k: Column(f"{label}方案", "number", decimals=2) for k, label in kinds.items()}
    cols["total"] = column("total", measure=ROW)
    counts = "、".join(f"{kinds[k]} {n} 项" for k, n in each["options"].items())  # type: ignore[index]
    note = f"只计已实施的方案（{counts}）；各项效益分别合计，不相互折算；没有企业填报的项目不列。{unstated(total)}"
    made = table("benefits", "已实施方案的投资与效益", pd.DataFrame(rows, columns=list(cols)), cols, note)
    return replace(made, measures=tuple(amounts))


def options_by_status(ds: Dataset) -> Table:
    """Return the options by class and status."""
    frame = benefits.by_status(ds)
    rank = {code: n for n, code in enumerate((*codes("options", "class"), *codes("options", "status")))}
    frame = frame.sort_values(["class", "status"], key=lambda c: c.map(rank))
    frame = worded(frame, ds, status=codes("options", "status"))
    cols = columns("class", status=field("options", "status")) | columns("options")
    cols |= {"investment_wan_yuan": column("investment_wan_yuan", decimals=1), **columns("no_investment")}
    return table("options_by_status", "方案实施情况", frame, cols)


def problem_kinds(ds: Dataset) -> Table:
    """Return how often each kind of problem occurs, errors first."""
    counts = ds.problems.groupby(["severity", "code"]).size().reset_index(name="n")
    rank = {s: n for n, s in enumerate(codes("problems", "severity"))}
    counts = counts.sort_values(["severity", "n"], key=lambda c: c.map(rank) if c.name == "severity" else -c, kind="stable")
    counts["kind"] = [_kinds().get(code, ("其他问题", ""))[0] for code in counts["code"]]
    counts["hint"] = [_kinds().get(code, ("", ""))[1] for code in counts["code"]]
    cols = columns("severity", kind="message") | {"n": Column("次数", "integer", "处"), **columns("hint")}
    return table("problem_kinds", f"数据问题分类（共 {len(ds.problems)} 处）", worded(counts, ds), cols)


def problem_list(ds: Dataset, limit: int | None = None) -> Table:
    """Return the problems with their plant, if they are one's, and their place, errors first."""
    rank = {s: n for n, s in enumerate(codes("problems", "severity"))}
    frame = worded(ds.problems.sort_values("severity", key=lambda c: c.map(rank), kind="stable"), ds)
    frame["name"] = frame["plant_id"].map(ds.plants.set_index("plant_id")["name"])
    cols = columns("severity", "name", "file", "sheet", "cell", "message", "hint")
    return table("problems", "数据问题明细", frame, cols, limit=limit)


def online_offline(ds: Dataset) -> Table:
    """Return where the system's data and the unit's own differ."""
    frame = ds.problems[ds.problems["code"] == "online_offline_differ"].copy()
    frame["name"] = frame["plant_id"].map(ds.plants.set_index("plant_id")["name"])
    title, empty = "线上与线下不一致的数据", "没有发现线上与线下不一致的数据。"
    return table("online_offline", title, frame, columns("name", "message", "file", "sheet", "cell"), empty=empty, limit=30)


def not_passed(ds: Dataset) -> Table:
    """Return the assessments and acceptances that were not passed and not made good."""
    states = progress.milestone_states(ds)
    steps = {m.id: m.label for m in ds.programme.milestones}
    frame = worded(states[states["state"] == "failed"], ds, milestone=steps)
    cols = columns("name", "county", "industry", milestone="failed_milestone") | columns("deadline")
    title = f"{measured.label('failed', ds)}的企业"
    return table("not_passed", title, frame, cols, empty=none(ds, f"没有{title}。"))


def departed(ds: Dataset) -> Table:
    """Return the plants that left without acceptance, with status and date."""
    frame = worded(ds.plants[progress.counts(ds)["left"]], ds)
    cols = columns("name", "county", "industry", "status", status_since="since")
    return table("departed", "已退出的企业", frame, cols, empty=none(ds, "没有退出的企业。"))


def all_plants(ds: Dataset) -> Table:
    """Return every plant: stage, levels before and after, verdict."""
    frame, untold, asked = progress.plants(ds), dated.left_out(ds, "级别和达标结论"), bool(ds.programme.targets)
    if not untold:
        verdicts = attainment.plants(ds).set_index("plant_id")[["level_before", "level_after", "verdict", "verification"]]
        frame = frame.join(verdicts, on="plant_id")
    frame = worded(frame, ds, **({} if untold else {"verdict": attainment.VERDICTS}))
    if not untold:
        frame["verdict"] = judged(ds, frame)
    frame["stage"] = staged(frame)
    cols = columns("name", "uscc", "county", "industry", "roster", "status", "stage", "accepted_on", "n_overdue")
    cols |= {} if untold else columns("level_before", "level_after", *(["verdict"] if asked else []))
    note = untold or "级别为企业整体（各工序中最低的）清洁生产水平；空白为数据不足或评价指标体系没有综合评价。"
    listed = table("all_plants", f"企业清单（{len(frame)} 家）", frame, cols, note, "没有列入名单的企业。")
    read = (ds.plants[part].fillna("").astype(str) for part in ("file", "sheet", "cell"))
    return replace(listed, places=tuple(place if place[0] else None for place in zip(*read, strict=True)))


@cache
def _kinds() -> dict[str, tuple[str, str]]:
    """Return code → what the problem is and what to do, without the values of single cases."""
    known = read_yaml(root() / "problems.yaml")["problems"]
    return {code: (_general(p["message"]), _general(p["hint"])) for code, p in known.items()}


def _general(template: str) -> str:
    return re.sub(r"\s*\{\w+\}\s*", "…", template)
