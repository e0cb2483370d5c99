"""The progress page: where all plants of a selection stand, who is late, what must be done next."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cpaudit.analysis import attainment, completeness, progress
from cpaudit.labels import worded
from cpaudit.selection import Selection, selection_of
from cpaudit.views import key_figures, measured, parts, readings, unheard
from cpaudit.views.columns import columns
from cpaudit.views.figures import attainment as attainment_figures
from cpaudit.views.figures import calendar as calendar_figures
from cpaudit.views.figures import maps
from cpaudit.views.figures import overview as figures
from cpaudit.views.first import overview
from cpaudit.views.page import Block, Column, Heading, Page, Table, Text
from cpaudit.views.tables.base import GIVEN, counted, table, working_days_note
from cpaudit.views.totals import all_together

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

_COUNTS = ("overdue", "failed", "unclear", "not_reported", "part_unreported", "left")


def progress_page(ds: Dataset, selection: Selection | None = None) -> Page:
    """返回所选企业的“审核进度总览”页。

    Return the page 审核进度总览 of the plants that the selection shows.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.views.progress_page(ds, cp.Selection.of(unit="辛集")).title
    '辛集市审核进度'
    """
    chosen = selection_of(selection)
    unit = parts.unit_name(chosen.units[0]) if len(chosen.units) == 1 else ""
    title = f"{unit}审核进度" if unit else "审核进度总览"
    return parts.page_of("progress", title, ds, chosen, partial(_blocks, one_unit=bool(unit)), shown_in_title=(unit,))


def _blocks(ds: Dataset, one_unit: bool) -> list[Block]:
    blocks: list[Block] = [overview.of_progress(ds), Heading("进度"), key_figures.of_progress(ds)]
    if one_unit:
        blocks += [
            figures.funnel(ds),
            figures.curve(ds),
            figures.advance_bars(ds, "county"),
            figures.advance_bars(ds, "industry"),
        ]
    else:
        blocks += [maps.tile_map(ds), figures.funnel(ds), figures.curve(ds), figures.advance_bars(ds, "unit")]
        blocks += [maps.heat_map(ds), by_unit(ds)]
    blocks.append(by_industry(ds))
    if ds.programme.targets:
        blocks += [Heading("达标情况"), *(parts.left_out(ds) or _attained(ds))]
    blocks += [
        Heading("逾期与待办"),
        Text(overdue_sentence(ds)),
        *readings.of_deadlines(ds),
        calendar_figures.due_dates(ds),
        to_do(ds, 60),
        overdue(ds, 40),
    ]
    return [*blocks, *([unfinished(ds, 40)] if one_unit else [])]


def _attained(ds: Dataset) -> list[Block]:
    blocks: list[Block] = [*parts.interpretations(ds), key_figures.of_attainment(ds)]
    return [*blocks, attainment_figures.attainment_bars(ds), attainment_by_industry(ds)]


def by_unit(ds: Dataset) -> Table:
    """Return the table of units, with how complete their data are beside it."""
    frame = progress.summary(ds, "unit").merge(
        completeness.completeness(ds)[["unit", "given_pct", "with_after_pct", "errors"]], on="unit", how="left"
    )
    cols = columns("unit") | counted(ds, *_COUNTS)
    cols |= columns("given_pct", "with_after_pct") | {"errors": measured.column("errors")}
    note = (
        f"按行政区划顺序；企业不超过 {parts.small_unit()} 家的单位，比率仅供参考。"
        f"{GIVEN}数据错误为本单位上报文件中的错误。{unheard.silence(ds)}"
    )
    known = completeness.completeness(ds)
    owed, active = known["answers_required"].sum(), known["active"].sum()
    together = progress.summary(ds).assign(
        given_pct=100 * known["answers_given"].sum() / owed if owed else None,
        with_after_pct=(known["with_after_pct"] * known["active"]).sum(min_count=1) / active if active else None,
        errors=known["errors"].sum(),
    )
    whole = all_together(ds, "unit", together, frame)
    return table("by_unit", "各单位进度与数据完整性", worded(frame, ds), cols, note, whole=whole)


def by_industry(ds: Dataset) -> Table:
    """Return the table of trades."""
    cols = columns("industry") | counted(ds, *_COUNTS)
    frame = worded(progress.summary(ds, "industry"), ds)
    whole = all_together(ds, "industry", progress.summary(ds), frame)
    return table("by_industry", "各行业进度", frame, cols, unheard.silence(ds), whole=whole)


def attainment_by_industry(ds: Dataset) -> Table:
    """Return the verdicts by trade."""
    cols = {**columns("industry"), "plants": measured.column("listed")}
    cols |= columns("left", "judged", "attained", "not_attained", "cannot_judge", "attained_pct")
    frame = worded(attainment.summary(ds, "industry"), ds)
    whole = all_together(ds, "industry", attainment.summary(ds), frame)
    return table("attainment_by_industry", "各行业达标情况", frame, cols, whole=whole)


def overdue_sentence(ds: Dataset) -> str:
    """Say how many plants are late, with which milestones."""
    states = progress.milestone_states(ds)
    late = states[states["overdue"]]
    unclear = states[states["state"] == "unclear"]
    apart = ""
    if len(unclear):
        many = measured.told("unclear", unclear["plant_id"].nunique(), "的企业")
        apart = f"{many}（{len(unclear)} 个节点），这些节点不计为逾期。"
    if unheard.all_silent(ds):
        return f"截至{parts.day_text(ds.as_of)}，{unheard.silence(ds)}"
    apart += unheard.silence(ds)
    if late.empty:
        return f"截至{parts.day_text(ds.as_of)}，{'可以判断的企业中' if unheard.aside(ds) else ''}没有企业逾期。{apart}"
    order = [m for m in ds.programme.plant_milestones() if (late["milestone"] == m.id).any()]
    each = "、".join(f"{m.label} {(late['milestone'] == m.id).sum()} 家" for m in order)
    return (
        f"截至{parts.day_text(ds.as_of)}，{measured.told('overdue', late['plant_id'].nunique(), '的企业')}，"
        f"{measured.told('n_overdue', len(late))}：{each}；{measured.told('worst_overdue_days', late['days'].max())}。{apart}"
    )


def overdue(ds: Dataset, limit: int | None = None) -> Table:
    """Return every plant with overdue milestones, the longest overdue first."""
    states = progress.milestone_states(ds)
    steps = {m.id: m.label for m in ds.programme.milestones}
    late = states[states["overdue"]]
    missed: dict[str, list[tuple[str, pd.Timestamp]]] = {}
    for plant, step, deadline in zip(late["plant_id"], late["milestone"], late["deadline"], strict=True):
        missed.setdefault(plant, []).append((steps[step], deadline))
    keys = ["name", "unit", "county", "industry"]
    frame = progress.plants(ds).rename(columns={"n_overdue": "n", "worst_overdue_days": "days"})
    frame = frame[frame["n"].fillna(0) > 0].sort_values(["days", "n"], ascending=False, kind="stable")
    frame["steps"] = ["、".join(step for step, _ in missed[plant]) for plant in frame["plant_id"]]
    frame["deadline"] = [min(deadline for _, deadline in missed[plant]) for plant in frame["plant_id"]]
    frame = worded(frame, ds)
    cols = columns(*keys, "steps", n="n_overdue")
    cols |= {"deadline": Column("最早期限", "date"), **columns(days="worst_overdue_days")}
    if ds.plants["unit"].nunique() == 1:
        del cols["unit"]
    title = f"有逾期的企业（{len(frame)} 家，{len(late)} 个节点）" if len(frame) else "有逾期的企业"
    return table("overdue", title, frame, cols, empty=unheard.none(ds, "没有逾期未完成的节点。"), limit=limit)


def to_do(ds: Dataset, limit: int | None = None) -> Table:
    """Return what falls due soon, by date; long lists of plants are cut, with their number."""
    title = f"{ds.programme.due_soon_days} 天内到期的事项（按期限排列）"
    note = "企业一栏为空的是单位自身的事项；条款为通知条款。"
    return _duties(ds, ("due_soon",), "to_do", title, note, unheard.none(ds, "没有即将到期的事项。"), limit)


def unfinished(ds: Dataset, limit: int | None = None) -> Table:
    """Return what is overdue, was not passed or is unclear, by date."""
    note = "天数为已逾期天数，取最长的一家；未通过的须整改后重新申请，结果不明的须核实后补报日期和结果，"
    note += "是否逾期不明的须核实企业状态或单独确定的期限。"
    title, empty = "逾期、未通过和结果不明的事项（按期限排列）", unheard.none(ds, "没有逾期、未通过或结果不明的事项。")
    return _duties(ds, ("overdue", "failed", "unclear", "late_unknown"), "unfinished", title, note, empty, limit)


def _duties(ds: Dataset, states: tuple[str, ...], id: str, title: str, note: str, empty: str, limit: int | None) -> Table:
    frame = progress.to_do(ds)
    frame = worded(frame[frame["state"].isin(states)], ds, state=progress.STATES)
    frame["plants_list"] = [_some(names, n) for names, n in zip(frame["plants"], frame["n_plants"], strict=True)]
    frame["n_plants"] = frame["n_plants"].where(frame["n_plants"] > 0).astype("Int64")
    cols = columns("deadline", "unit", "label", "actor", "state")
    cols |= columns("days", *(["working_days"] if "due_soon" in states else []), "n_plants", "plants_list", "clause")
    if ds.plants["unit"].nunique() == 1:
        del cols["unit"]
    return table(id, title, frame, cols, note + working_days_note(frame), empty, limit)


def _some(names: str, n: int, shown: int = 5) -> str:
    first = names.split("、")[:shown]
    return "、".join(first) + (f" 等 {n} 家" if n > shown else "")
