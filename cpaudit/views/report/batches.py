"""The report of batches side by side: how far each is, units and trades over the years, lists that follow each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.errors import UsageError
from cpaudit.errors.arguments import dataset_of
from cpaudit.views.figures.batches import at_distance, over_the_years
from cpaudit.views.page import Block, Heading, Page, Text
from cpaudit.views.parts import demonstration, stamp
from cpaudit.views.tables.batches import compared

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.dataset import Dataset


def batches_report(*batches: Dataset, own: str = "") -> Page:
    """Return the report in which batches stand side by side; ``own``: the programme whose stamp it bears, '' the newest one's.

    >>> import cpaudit as cp
    >>> cp.views.batches_report(cp.example()).headings() == list(SECTIONS)
    True

    Raises:
        UsageError: none is given, one is no data set, or two are of one programme.
    """
    for ds in batches:
        dataset_of(ds)
    if not batches:
        raise UsageError("请至少给一个批次的数据，如 cp.open(programme=…) 得到的 ds。")
    newest = max(batches, key=lambda ds: (ds.programme.id == own, ds.as_of))
    blocks: list[Block] = [*demonstration(next((ds for ds in batches if ds.demonstration), newest))]
    for heading, write in _WRITERS.items():
        blocks += [Heading(heading), *write(batches)]
    subtitle = "；".join(ds.programme.title for ds in batches)
    return Page("batches", "批次对照", subtitle, stamp(newest, complete=True), tuple(blocks))


def _overview(batches: tuple[Dataset, ...]) -> list[Block]:
    each = "；".join(f"{ds.programme.title}：数据截至 {ds.as_of}，企业 {len(ds.plants)} 家" for ds in batches)
    alone = [] if len(batches) > 1 else [Text("只有一个批次，没有可以并列的；读入另一个批次后再看。")]
    return [Text(f"{each}。"), *alone]


def _distance(batches: tuple[Dataset, ...]) -> list[Block]:
    return [at_distance(batches), compared(batches, "distance")]


def _flow(batches: tuple[Dataset, ...]) -> list[Block]:
    try:
        return [compared(batches, "flow")]
    except UsageError as unknown:  # which list came first
        return [Text(str(unknown))]


_WRITERS: dict[str, Callable[[tuple[Dataset, ...]], list[Block]]] = {
    "概况": _overview,
    "同样距期限时": _distance,
    "各单位历年": lambda batches: [over_the_years(batches, "unit"), compared(batches, "unit")],
    "各行业历年": lambda batches: [over_the_years(batches, "industry"), compared(batches, "industry")],
    "首次列入的批次": lambda batches: [compared(batches, "cohort")],
    "名单之间的流转": _flow,
    "到期应重新审核的企业": lambda batches: [compared(batches, "repeat")],
    "列入过而没有完成审核的企业": lambda batches: [compared(batches, "unaudited")],
}
SECTIONS = tuple(_WRITERS)
