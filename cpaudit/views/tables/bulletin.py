"""Funnel, pace and bulletin as tables ready to show; each says which of its rules are the workbench's own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cpaudit.dataset import dated
from cpaudit.labels import measure_of, usual, worded
from cpaudit.labels.lists import named
from cpaudit.measures import measures
from cpaudit.programme.conventions import conventions
from cpaudit.views import measured, readings
from cpaudit.views.columns import column, columns
from cpaudit.views.page import ROW, Column, Table
from cpaudit.views.parts import day_text
from cpaudit.views.tables.base import GIVEN, basis, demonstration_note, named_groups, progress_basis, table
from cpaudit.views.unheard import none, silence

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset

_CHANGES = ("rank_before", "pct_change", "accepted_change", "overdue_change")
_NODES = {"plants": "ranked_plants", "due": "nodes_due", "done": "nodes_done", "pct": "nodes_done_pct"}
_PACE = "应完成为工作台约定（通知未作规定）：上一节点期限到本节点期限之间按直线推进。"


def funnel(ds: Dataset, by: str | None = None) -> Table:
    """Return the stages, in all or by unit, industry or roster, with what stands apart below them."""
    from cpaudit.analysis import funnel as analysis

    frame = worded(found := analysis.funnel(ds, by), ds, item=_items(ds))
    frame = named_groups(frame, by) if by else frame
    apart = ~found["item"].isin({"listed", "failed", *ds.programme.stages})
    frame["clause"] = frame["clause"].mask(apart & (frame["clause"] == ""), "通知未列，按上报状态")
    cols = {**(columns(by) if by else {}), **columns(kind=usual("kind", code="stage"), item="item")}
    cols |= {"n": column("n_plants", measure=ROW), "of_listed": measured.column("listed")}
    cols |= {"pct": Column("占名单", "percent", "%"), **columns("n_staying", "of_staying", "pct_staying")}
    gone = measure_of(ds.programme, "left")
    note = demonstration_note(ds) + f"{gone.label}：{gone.definition}" + silence(ds) + _announced(ds)
    note += readings.of_groups(ds, by)
    made = table("funnel", f"各阶段企业数（{dated.day(ds)}）", frame, {**cols, **columns("clause")}, note)
    own = {*measures(), *ds.programme.stages}
    return replace(made, measures=tuple(item if item in own else "" for item in found["item"]))


def _items(ds: Dataset) -> dict[str, str]:
    """Return what the funnel's stages and the plants beside them are called."""
    return {**named("measures"), **{id: measure_of(ds.programme, id).label for id in (*measures(), *ds.programme.stages)}}


def _announced(ds: Dataset) -> str:
    """Say how many plants the notice names, and how many are here."""
    here = f"所选数据中列入名单 {len(ds.plants)} 家。"
    each = "、".join(f"{r.label} {r.size} 家" for r in ds.programme.rosters if r.size)
    total = ds.programme.plants_announced
    if total is None:
        return f"通知公布{each}，{here}" if each else here
    return f"通知公布 {total} 家（{each}），{here}"


def pace(ds: Dataset, by: str) -> Table:
    """Return the distance from the expected pace by unit, industry or roster, or day by day (``day``)."""
    from cpaudit.analysis import pace as analysis

    counts = {"done": measured.column("step_done"), "expected": measured.column("expected")}
    if by == "day":
        steps = [m.id for m in ds.programme.plant_milestones()]
        frame = worded(analysis.s_curve(ds, steps), ds, milestone={m.id: m.label for m in ds.programme.milestones})
        cols = columns(milestone="label", date="date") | counts | {"n": measured.column("step_counted")}
        return table(
            "s_curve", f"逐日进度与应有进度（{dated.day(ds)}）", frame, cols, progress_basis(ds) + demonstration_note(ds) + _PACE
        )
    frame = named_groups(worded(analysis.pace(ds, by), ds), by)
    cols = {**columns(by, "label"), "n": measured.column("step_counted"), **counts}
    cols |= columns("distance", "done_pct", "expected_pct", "distance_pct")
    note = demonstration_note(ds) + readings.of_groups(ds, by) + _PACE
    note += "相差为负即落后；不适用的、未完成即退出的、期限不明的、结果不明的和未报送的不计入。"
    return table("pace", f"进度与应有进度（{dated.day(ds)}）", frame, {**cols, **columns("clause")}, note)


def bulletin(ds: Dataset, earlier: Dataset | None = None, milestone: str | None = None, units: tuple[str, ...] = ()) -> Table:
    """Return the units (all, or those given, ranked among all) of the bulletin, compared with ``earlier`` if there is one."""
    from cpaudit.analysis import bulletin as analysis

    frame = analysis.bulletin(ds, earlier, milestone)
    frame = frame[frame["unit"].isin(units)] if units else frame
    frame = worded(frame.assign(band=frame["band"].fillna(frame["group"].map(analysis.GROUPS))), ds)
    cols = columns("rank", "band", "unit", "listed")
    cols |= {column: measured.column(id) for column, id in _NODES.items()}
    cols |= columns(
        "accepted", "overdue", "worst_overdue_days", "unclear", "not_reported", "part_unreported", "left", "given_pct"
    )
    cols["errors"] = measured.column("errors")
    cols |= columns(*_CHANGES) if earlier else {}
    label = ds.programme.milestone(milestone).label if milestone else "已到期节点"
    title = f"通报：各单位{label}完成情况（{dated.day(ds)}）"
    note = demonstration_note(ds) + _rules(ds, earlier, milestone) + GIVEN + silence(ds)
    note += readings.note(readings.of_deadlines(ds))
    if clauses := [c for c in frame["clause"].unique() if c]:  # the same for every unit; '' where no deadline has passed
        note += basis(*clauses)
    return table("bulletin", title, frame, cols, note)


def laggards(ds: Dataset) -> Table:
    """Return the plants with overdue milestones by name."""
    from cpaudit.analysis import bulletin as analysis

    cols = columns("unit", "name", "county", "industry", "milestones", "n_overdue")
    cols |= {"deadline": Column("最长逾期节点的期限", "date"), **columns(days="worst_overdue_days"), **columns("clause")}
    note = demonstration_note(ds) + "逾期按自然日计，未通过而期限已过的计入；已退出的、未报送的和结果不明的节点不在此列。"
    note += readings.note(readings.of_deadlines(ds))
    title = f"通报：逾期企业名单（{dated.day(ds)}）"
    return table("laggards", title, worded(analysis.laggards(ds), ds), cols, note, empty=none(ds, "没有逾期未完成的节点。"))


def _rules(ds: Dataset, earlier: Dataset | None, milestone: str | None) -> str:
    rules = conventions().bulletin
    bands = "、".join(f"{b.label} {b.min_pct:g}% 及以上" for b in rules.bands)
    counted = "全部适用企业的该节点" if milestone else "期限已过的各节点"
    text = f"节点完成率＝已完成节点÷应完成节点（{counted}，不含已退出的企业、结果不明和未报送的节点）；相同的名次相同。"
    text += f"分档（{bands}）和“计入企业不超过 {rules.small_unit} 家、未报送的企业或节点超过 {rules.max_silent_pct:g}%、"
    text += "整个节点未报送、或名次和档次取决于结果不明的节点的单列，不排名”是工作台约定，不是正式标准。"
    return text + (f"上期为 {day_text(earlier.as_of)}。" if earlier else "没有上期数据，未列与上期的比较。")
