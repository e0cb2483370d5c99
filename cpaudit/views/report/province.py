"""The work report of the province: as a unit's, with the units beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.across import compared
from cpaudit.dataset import dated
from cpaudit.views import readings
from cpaudit.views.figures import maps
from cpaudit.views.figures import overview as figures
from cpaudit.views.figures import units as unit_figures
from cpaudit.views.page import Block, Page
from cpaudit.views.pages import attainment as attained
from cpaudit.views.pages import progress
from cpaudit.views.report import advance, duties, quality, results
from cpaudit.views.report.bulletin import ranks
from cpaudit.views.report.city import page_of
from cpaudit.views.report.overview import overview
from cpaudit.views.report.scope import Scope, said
from cpaudit.views.tables import annexes
from cpaudit.views.tables import bulletin as bulletin_tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.dataset import Dataset


def province_report(ds: Dataset, before: Dataset | None = None) -> Page:
    """Return the work report of the province; ``before`` as in :func:`~cpaudit.views.report.city.city_report`."""
    scope = Scope("全省", ds, ds, before, before)
    return page_of("province", "全省清洁生产审核工作报告", scope, _WRITERS)


def _progress(scope: Scope) -> list[Block]:
    ds = scope.mine
    if ds.plants.empty:
        return [*said(_NOBODY)]
    beside = compared.with_whole(ds, ds)
    blocks: list[Block] = [*said(advance.against_deadlines(ds, beside), advance.since(scope))]
    blocks += [
        *readings.of_deadlines(ds),
        annexes.milestones(ds),
        *advance.changes(scope),
        figures.curve(ds),
        progress.by_industry(ds),
    ]
    return [*blocks, figures.advance_bars(ds, "industry")]


def _units(scope: Scope) -> list[Block]:
    ds = scope.mine
    if ds.plants.empty:
        return [*said(_NOBODY)]
    several = ds.plants["unit"].nunique() > 1
    blocks: list[Block] = [maps.tile_map(ds), progress.by_unit(ds)] if several else [progress.by_unit(ds)]
    return [*blocks, unit_figures.ranking(ds), ranks(ds, scope.before)]


def _attained(scope: Scope) -> list[Block]:
    blocks = results.attained(scope)
    if scope.mine.plants.empty or dated.undated(scope.mine) or not scope.mine.programme.targets:
        return blocks
    # Who misses what stands in the annex: the list is long.
    kept = [b for b in blocks if getattr(b, "id", "") not in ("targets_missed", "targets_open")]
    return [*kept, progress.attainment_by_industry(scope.mine)]


def _troubles(scope: Scope) -> list[Block]:
    kept = [b for b in duties.troubles(scope) if getattr(b, "id", "") not in ("overdue", "departed")]
    return kept


def _annexes(scope: Scope) -> list[Block]:
    ds = scope.mine
    return [
        bulletin_tables.bulletin(ds, scope.before),
        progress.overdue(ds),
        *([attained.missed(ds)] if ds.programme.targets and not dated.undated(ds) else []),
        annexes.departed(ds),
        annexes.all_plants(ds),
    ]


_NOBODY = "没有列入名单的企业，本节无内容。"
_WRITERS: dict[str, Callable[[Scope], list[Block]]] = {
    "总体情况": overview,
    "进度": _progress,
    "各单位比较": _units,
    "达标情况": _attained,
    "方案与效益": results.options,
    "数据质量与线上线下一致性": quality.quality,
    "存在问题": _troubles,
    "下一步工作": duties.next_steps,
    "附表": _annexes,
}
SECTIONS = tuple(_WRITERS)
