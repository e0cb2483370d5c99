"""The page 对标: where a trade's plants stand against the benchmarks, before and after the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit import indicators
from cpaudit.analysis import attainment
from cpaudit.analysis.across import limits as energy
from cpaudit.analysis.basis.standing import scorer
from cpaudit.fields import choices
from cpaudit.labels import worded
from cpaudit.views import parts
from cpaudit.views.columns import columns
from cpaudit.views.figures import benchmarks as benchmark_figures
from cpaudit.views.page import Block, Caveat, Column, Heading, Page, Table, Text
from cpaudit.views.tables.base import table
from cpaudit.vocabulary import VERIFICATIONS

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.selection import Selection


def benchmarking_page(ds: Dataset, selection: Selection | None = None) -> Page:
    """返回所选行业的“对标”页；没有选定行业时，页上请人选一个。

    Return the page 对标 of the trade that the selection names; without one, a sentence asks for it.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.views.benchmarking_page(ds, cp.Selection.of(industry="水泥")).title
    '对标'
    """
    return parts.page_of("benchmarking", "对标", ds, selection, _blocks, of_values=True, many="同行业企业之间的比较")


def _blocks(ds: Dataset) -> list[Block]:
    trades = ds.plants["industry"].unique()
    if len(trades) > 1:
        known = "、".join(parts.industry_name(i) for i in trades)
        return [Caveat(f"请选定一个行业再对标，不同行业的基准值不能相比。可选：{known}。", "plain")]
    if not (ds.measurements["state"] == "reported").any():
        return [Caveat("所选企业没有填报指标实测值，无法与基准值对照。", "plain")]
    detail = indicators.explanations(scorer(ds))
    scores = scorer(ds).scores()
    blocks: list[Block] = [*_unofficial(list(detail["system"].unique())), Heading("各工序的级别")]
    blocks += [benchmark_figures.levels(ds, scores), Heading("各项指标与基准值")]
    for _, rows in detail.groupby("system", sort=False):
        blocks.append(benchmark_figures.strips(ds, rows))
    limits = attainment.energy_limits(ds)
    if len(limits):
        blocks += [Heading("单位产品能耗与限额标准"), *_reason(ds, energy.reason(ds)), _limits(ds, limits)]
    return blocks


_PLACES = {"over": "超过限额", "within": "在限额以内", "unknown": "不能判断"}
_LISTED = {"yes": "是", "no": "否", "unknown": "不明"}


def _reason(ds: Dataset, frame: pd.DataFrame) -> list[Block]:
    """Return what the limits say of plants listed for 综合能耗高, and of those that are over a limit and aren't."""
    if frame.empty:
        return []
    counts = {key: int((frame.loc[frame["listed"] == "yes", "after"] == key).sum()) for key in _PLACES}
    said = f"因综合能耗高列入的 {sum(counts.values())} 家企业中，审核后仍超过限额的 {counts['over']} 家，在限额以内的 "
    said += f"{counts['within']} 家，不能判断的 {counts['unknown']} 家（没有适用的限额、实测值或修正系数）"
    others = int(((frame["listed"] == "no") & (frame["after"] == "over")).sum())
    said += f"；没有因此列入而审核后超过限额的 {others} 家，须核实。" if others else "。"
    frame = frame.assign(listed=frame["listed"].map(_LISTED), **{p: frame[p].map(_PLACES) for p in ("before", "after")})
    cols = {
        **columns("name", "unit"),
        "listed": Column("因综合能耗高列入"),
        **{period: Column(label) for period, label in choices("measurements", "period").items()},
    }
    note = f"审核前后都按 {ds.as_of} 有效的能耗限额标准判断；有一项产品超过其限额即为超过。"
    made = table("energy_reason", "综合能耗高的企业与限额标准", worded(frame, ds), cols, note)
    return [Text(said), made]


def _limits(ds: Dataset, frame: pd.DataFrame) -> Table:
    """Return where each product's energy stands against the limits in force."""
    places = {1: "1级（先进值）", 2: "2级（准入值）", 3: "3级（限额值）", 4: "超过限额"}
    frame = frame.assign(place=[places.get(level, "缺修正系数，不能判断") for level in frame["level"].astype(object)])
    cols = {**columns("name", "unit"), "system": Column("限额标准"), "indicator_name": Column("产品或工序")}
    cols |= {"value": Column("审核后实测值", "number", decimals=None), **columns("measure"), "place": Column("所在级别")}
    note = f"按 {ds.as_of} 有效的标准；超过限额值的，属综合能耗高。"
    return table("energy_limits", "单位产品能耗在限额标准中的位置", worded(frame, ds), cols, note)


def _unofficial(used: list[str]) -> list[Block]:
    found = [indicators.find_system(s) for s in used]
    said = [f"{s.title}（{VERIFICATIONS[s.status]}）" for s in found if s.status != "official"]
    return [Caveat(f"所用评价指标体系未全部核对正式文本，级别和基准值不作为正式结论：{'、'.join(said)}。")] if said else []
