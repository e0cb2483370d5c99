"""The work report of one trade: beside the province, its plants against the benchmarks, unit by unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.errors import UsageError
from cpaudit.programme import industries
from cpaudit.selection import Selection
from cpaudit.views import parts
from cpaudit.views.figures import attainment as attainment_figures
from cpaudit.views.page import Block, Heading, Page
from cpaudit.views.pages import benchmarking
from cpaudit.views.report import duties, results
from cpaudit.views.report.advance import advance
from cpaudit.views.report.city import page_of
from cpaudit.views.report.overview import overview
from cpaudit.views.report.scope import Scope, nothing
from cpaudit.views.tables import annexes
from cpaudit.views.tables import base as tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.dataset import Dataset


def trade_report(ds: Dataset, trade: str, before: Dataset | None = None) -> Page:
    """Return the report of a trade (by any of its names); ``ds`` is the whole province, ``before`` as in a city report.

    Raises:
        UsageError: there is no such trade.
    """
    if not trade.strip():
        raise UsageError(f"请写明行业，如 {'、'.join(i.label for i in list(industries().values())[:3])}。")
    only = Selection.of(industry=trade)
    id = only.industries[0]
    name = f"{parts.industry_name(id)}行业"
    scope = Scope(name, ds.select(only), ds, before.select(only) if before else None, before, trade=id)
    return page_of("trade", f"{name}清洁生产审核报告", scope, _WRITERS)


def _benchmarks(scope: Scope) -> list[Block]:
    """Write how the plants' measured values stand against the benchmarks, system by system."""
    mine = scope.mine
    if instead := nothing(scope):
        return instead
    found = benchmarking.benchmarking_page(scope.whole, Selection(industries=(scope.trade,))).blocks
    # The page's own headings stand a level lower here; what it says about the data is said above.
    opening = parts.opening(scope.whole)
    blocks = [Heading(b.text, 3) if isinstance(b, Heading) else b for b in found if b not in opening]
    levels: list[Block] = [attainment_figures.flow(mine)] if len(mine.plants) > 1 else []
    return [*levels, *blocks]


def _options(scope: Scope) -> list[Block]:
    mine, blocks = scope.mine, results.options(scope)
    several = mine.plants["unit"].nunique() > 1 and (mine.options["status"] == "implemented").any()
    return [*blocks, tables.benefits(mine, "unit")] if several else blocks


def _annexes(scope: Scope) -> list[Block]:
    return [annexes.all_plants(scope.mine)]


_WRITERS: dict[str, Callable[[Scope], list[Block]]] = {
    "总体情况": overview,
    "进度": advance,
    "达标情况": results.attained,
    "对标情况": _benchmarks,
    "方案与效益": _options,
    "存在问题与逾期清单": duties.troubles,
    "下一步工作": duties.next_steps,
    "附表": _annexes,
}
SECTIONS = tuple(_WRITERS)
