"""The work report of one unit, in the order of official reports; every sentence is written from the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.dataset import dated
from cpaudit.programme import find_unit
from cpaudit.selection import Selection
from cpaudit.views import parts
from cpaudit.views.directory import directory
from cpaudit.views.measured import in_own_words
from cpaudit.views.page import Block, Heading, Page
from cpaudit.views.report.advance import advance
from cpaudit.views.report.duties import next_steps, troubles
from cpaudit.views.report.overview import overview
from cpaudit.views.report.quality import quality
from cpaudit.views.report.results import attained, options
from cpaudit.views.report.scope import Scope
from cpaudit.views.tables import annexes

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.dataset import Dataset


def city_report(ds: Dataset, unit: str, before: Dataset | None = None) -> Page:
    """Return the work report of a unit (its id or any of its names); ``ds`` is the whole province, for comparison.

    ``before`` is the province at the snapshot before (:meth:`Dataset.before`); without it a sentence says there is none.

    Raises:
        UsageError: there is no such unit.
    """
    where = find_unit(unit, ds.programme.units)
    only = Selection(units=(where.id,))
    mine = ds.select(only)
    scope = Scope(where.name, mine, ds, before.select(only) if before else None, before, unit=where.id)
    title = f"{where.name}清洁生产审核工作报告"
    return page_of("city", title, scope, _WRITERS)


def page_of(id: str, title: str, scope: Scope, writers: dict[str, Callable[[Scope], list[Block]]]) -> Page:
    """Return the report that the writers of its sections make."""
    blocks: list[Block] = []
    for heading, write in writers.items():
        blocks += [Heading(heading), *write(scope)]
    mine = scope.mine
    subtitle = f"{mine.programme.title}　截至{parts.day_text(mine.as_of)}"
    return Page(
        id, title, subtitle, parts.stamp(mine), in_own_words(blocks, mine), directory(scope.whole, mine.plants["plant_id"])
    )


def _annexes(scope: Scope) -> list[Block]:
    told = len(scope.mine.problems) and not dated.undated(scope.mine)
    problems = [annexes.problem_list(scope.mine)] if told else []
    return [annexes.all_plants(scope.mine), *problems]


_WRITERS: dict[str, Callable[[Scope], list[Block]]] = {
    "总体情况": overview,
    "进度": advance,
    "达标情况": attained,
    "方案与效益": options,
    "数据质量与线上线下一致性": quality,
    "存在问题与逾期清单": troubles,
    "下一步工作": next_steps,
    "附表": _annexes,
}
SECTIONS = tuple(_WRITERS)
