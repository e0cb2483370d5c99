"""The bulletin (通报): how all units stand at the milestones that are due, what changed, who is late by name, what is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cpaudit.analysis import bulletin, progress
from cpaudit.analysis.across import compared
from cpaudit.programme.conventions import conventions
from cpaudit.views import key_figures, measured, parts, readings, unheard
from cpaudit.views.figures import units as unit_figures
from cpaudit.views.page import Block, Page, Table
from cpaudit.views.report import advance, duties, overview
from cpaudit.views.report.city import page_of
from cpaudit.views.report.scope import Scope, each, said
from cpaudit.views.tables import bulletin as bulletin_tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.dataset import Dataset

_SHOWN = ("rank", "band", "unit", "plants", "due", "done", "pct", "rank_before", "pct_change", "change")
_ANNEXED = "节点完成率＝已完成节点÷应完成节点（期限已过的各节点）；其余各列和分档、排名的约定见附表。"


def bulletin_report(ds: Dataset, before: Dataset | None = None) -> Page:
    """Return the bulletin of the province; ``before`` as in :func:`~cpaudit.views.report.city.city_report`."""
    scope = Scope("全省", ds, ds, before, before)
    title = f"关于{ds.programme.title}进展情况的通报"
    return replace(page_of("bulletin", title, scope, _WRITERS), formal=True)


def _overview(scope: Scope) -> list[Block]:
    ds = scope.mine
    if ds.plants.empty:
        return overview.overview(scope)
    beside = compared.with_whole(ds, ds)
    row = parts.only(progress.summary(ds))
    words = [overview.listed(scope), overview.stages(scope, row) + overview.troubles(ds, row)]
    words += [advance.against_deadlines(ds, beside), advance.since(scope)]
    return [*parts.opening(ds), *said(*words), *readings.of_deadlines(ds), key_figures.of_progress(ds), *advance.changes(scope)]


def _units(scope: Scope) -> list[Block]:
    ds = scope.mine
    return [*said(bands(ds), apart(ds)), unit_figures.ranking(ds), ranks(ds, scope.before)]


def ranks(ds: Dataset, before: Dataset | None) -> Table:
    """Return the units' ranks in a few columns; the whole table stands in the annex."""
    whole = bulletin_tables.bulletin(ds, before)
    shown = {name: c for name, c in whole.columns.items() if name in _SHOWN}
    return replace(
        whole, id="ranks", title="各单位已到期节点完成情况", frame=whole.frame[list(shown)], columns=shown, note=_ANNEXED
    )


def bands(ds: Dataset) -> str:
    """Say which units are in which band, in the order of their rank."""
    frame = bulletin.bulletin(ds)
    frame = frame[frame["group"] == "ranked"]
    if frame.empty:
        return "没有参加排名的单位。"
    rows = parts.records(frame)
    if len(rows) == 1:
        only = f"{parts.unit_name(rows[0]['unit'])}（{rows[0]['pct']:.1f}%，{rows[0]['band']}）"
        return f"可以参加排名的只有{only}一个单位，没有可比的，不说名次。分档为工作台约定，不是正式标准。"
    told = []
    for band in conventions().bulletin.bands:
        names = [f"{parts.unit_name(r['unit'])}（{r['pct']:.1f}%）" for r in rows if r["band"] == band.label]
        told += [f"{band.label} {len(names)} 个：{'、'.join(names)}"] if names else []
    return f"按节点完成率，{len(rows)} 个单位参加排名，{'；'.join(told)}。分档为工作台约定，不是正式标准。"


def apart(ds: Dataset) -> str:
    """Say which units are too small to be ranked, and which have nothing due, and of which nothing, or too little, came."""
    rows = parts.records(bulletin.bulletin(ds))
    small = [
        f"{parts.unit_name(r['unit'])}（应完成 {r['due']} 个，已完成 {r['done']} 个）" for r in rows if r["group"] == "small"
    ]
    none = [parts.unit_name(r["unit"]) for r in rows if r["group"] == "none" and r["listed"]]
    open_ = [parts.unit_name(r["unit"]) for r in rows if r["group"] == "unsettled"]
    partly = [parts.unit_name(r["unit"]) for r in rows if r["group"] == "partly"]
    text = f"计入的企业不超过 {parts.small_unit()} 家的 {len(small)} 个单位单列，不排名：{'、'.join(small)}。" if small else ""
    text += f"没有到期节点的单位：{'、'.join(none)}。" if none else ""
    text += f"报送不全、单列不排名的单位：{'、'.join(partly)}。" if partly else ""
    text += f"名次和档次取决于结果不明的节点、核实前单列不排名的单位：{'、'.join(open_)}。" if open_ else ""
    return text + unheard.silence(ds)


def _late(scope: Scope) -> list[Block]:
    ds = scope.mine
    frame = bulletin.laggards(ds)
    if frame.empty:
        return [*said(_nobody_late(ds), duties.not_passed(ds))]
    counts = frame["unit"].value_counts()
    order = [u for u in ds.programme.units if u in counts.index]
    each_unit = each([(parts.unit_name(u), int(counts[u])) for u in order])
    late, longest = measured.told("overdue", len(frame), "的企业"), measured.told("worst_overdue_days", frame["days"].max())
    text = f"{late}，{longest}。按单位：{each_unit}。名单见附表。"
    return [*said(text, unheard.silence(ds), duties.not_passed(ds) + duties.carried(ds))]


def _nobody_late(ds: Dataset) -> str:
    if unheard.all_silent(ds):
        return unheard.silence(ds)
    return f"{'可以判断的企业没有逾期。' if (open_ := unheard.aside(ds)) else '没有企业逾期。'}{open_}"


def _annexes(scope: Scope) -> list[Block]:
    return [bulletin_tables.bulletin(scope.mine, scope.before), bulletin_tables.laggards(scope.mine)]


_WRITERS: dict[str, Callable[[Scope], list[Block]]] = {
    "总体情况": _overview,
    "各单位完成情况": _units,
    "逾期情况": _late,
    "下一步要求": duties.next_steps,
    "附表": _annexes,
}
SECTIONS = tuple(_WRITERS)
