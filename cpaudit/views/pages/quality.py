"""The page 数据质量: problems by unit and kind, agreement of online and offline, leads worth checking."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from cpaudit.errors.arguments import dataset_of
from cpaudit.selection import Selection, selection_of
from cpaudit.views import parts
from cpaudit.views.figures import quality as quality_figures
from cpaudit.views.page import Block, Caveat, Heading, Page, Text
from cpaudit.views.tables import annexes, plausibility
from cpaudit.views.tables import base as tables
from cpaudit.views.tables import reconcile as reconcile_tables

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset

_LEADS = "线索以全部企业为参照推算，选定一个上报单位时只列该单位的，不按行业、名单筛选。"


def quality_page(ds: Dataset, selection: Selection | None = None) -> Page:
    """返回所选企业的“数据质量”页。

    Return the page 数据质量 of the plants that the selection shows.

    Leads are looked for among all plants, as only against these something is unusual; of them a unit's own are shown.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.views.quality_page(ds, cp.Selection.of(unit="辛集")).title
    '数据质量'
    """
    dataset_of(ds)
    chosen = selection_of(selection)
    unit = chosen.units[0] if len(chosen.units) == 1 else ""
    whole = ds.select(as_of=chosen.as_of)
    return parts.page_of("quality", "数据质量", ds, chosen, partial(_blocks, whole=whole, unit=unit), of_values=True)


def _blocks(ds: Dataset, whole: Dataset, unit: str) -> list[Block]:
    blocks: list[Block] = [Heading("数据问题")]
    if ds.problems.empty:
        blocks.append(Caveat("没有发现数据问题。", "good"))
    else:
        by_unit = replace(tables.problems_by_unit(ds.problems), id="problems_by_unit", title="各单位的数据问题")
        blocks += [quality_figures.problem_bars(ds), by_unit, annexes.problem_kinds(ds), annexes.problem_list(ds, 40)]
    blocks += [Heading("线上线下一致性"), *_agreement(ds), Heading("值得核实的数据")]
    return [*blocks, Text(_LEADS), replace(plausibility.plausibility(whole, unit=unit), limit=40)]


def _agreement(ds: Dataset) -> list[Block]:
    if ds.events.empty:
        return [Caveat("没有线上或线下的节点记录，无从核对。", "plain")]
    return [quality_figures.agreement_bars(ds), reconcile_tables.reconcile(ds, "unit")]
