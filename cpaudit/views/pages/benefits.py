"""The page 方案与效益: options by class and status, how benefits concentrate, what they cost, standard coal beside."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cpaudit.views import key_figures, parts, unheard
from cpaudit.views.figures import benefits as benefit_figures
from cpaudit.views.page import Block, Caveat, Heading, Page
from cpaudit.views.tables import annexes
from cpaudit.views.tables import benefits as benefit_tables

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset
    from cpaudit.selection import Selection

#: What concentration and cost curve are about unless a reader asks for something else.
USUAL_BENEFIT = "energy_tce"


def benefits_page(ds: Dataset, selection: Selection | None = None, benefit: str = USUAL_BENEFIT) -> Page:
    """返回所选企业的“方案与效益”页。

    Return the page 方案与效益 of the plants that the selection shows.

    ``benefit`` (a column, label or alias) is what concentration and cost curve are about.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.views.benefits_page(ds, cp.Selection.of(unit="辛集"), "节水").title
    '方案与效益'

    Raises:
        UsageError: there is no such benefit.
    """
    chosen = benefit_tables.find_benefit(benefit)
    return parts.page_of("benefits", "方案与效益", ds, selection, partial(_blocks, benefit=chosen), of_values=True)


def _blocks(ds: Dataset, benefit: str) -> list[Block]:
    if ds.options.empty:
        return [Caveat(unheard.unsent(ds, "options") or "没有填报清洁生产方案。", "plain")]
    blocks: list[Block] = [key_figures.of_benefits(ds), Heading("方案实施情况"), benefit_figures.status_bars(ds)]
    blocks += [benefit_tables.by_status(ds), Heading("投资与效益")]
    if (ds.options["status"] == "implemented").any():
        blocks += [benefit_figures.benefit_bars(ds), annexes.benefits_by_class(ds)]
        blocks += [Heading("集中程度"), benefit_figures.lorenz(ds, benefit), benefit_tables.largest(ds, benefit)]
        blocks += [benefit_tables.concentrations(ds), Heading("边际成本"), benefit_figures.cost(ds, benefit)]
        blocks += [Heading("填报与折算的节能量"), benefit_tables.standard_coal(ds)]
    else:
        blocks.append(Caveat("没有已实施的方案，尚未产生效益。", "plain"))
    return [*blocks, Heading("合计核对"), benefit_tables.totals_check(ds)]
