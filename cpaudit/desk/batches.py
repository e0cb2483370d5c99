"""The page of batches side by side, of all programmes of the warehouse or of those named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.errors import NoSnapshotError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cpaudit.dataset import Dataset
    from cpaudit.views.page import Block, Page


def compare(*batches: Dataset | str) -> Page:
    """返回几个批次并列的一页：同样距期限时的进度、各单位各行业、名单之间的流转、列入而未完成审核的企业。

    Return the page on which batches stand side by side. A batch is a data set, or the id of a programme of the default
    warehouse, with ``/`` and a day for an earlier snapshot of it; none takes every programme there.

    >>> import cpaudit as cp
    >>> cp.compare(cp.example()).title
    '批次对照'

    Raises:
        UsageError: no such programme or day, or one programme twice.
        SnapshotError: there is no snapshot, or it is damaged.
    """
    from cpaudit.views.figures.batches import at_distance
    from cpaudit.views.page import Heading, Page, Text
    from cpaudit.views.parts import demonstration, stamp
    from cpaudit.views.tables.batches import compared

    named = [one for one in batches if isinstance(one, str) and one.strip()]
    given = [one for one in batches if not isinstance(one, str)]
    shown = (*given, *(opened(named) if named or not given else ()))
    many = len(shown) > 1
    blocks: list[Block] = [*demonstration(next((ds for ds in shown if ds.demonstration), shown[0]))]
    blocks.append(Text("；".join(f"{ds.programme.title}：数据截至 {ds.as_of}，企业 {len(ds.plants)} 家" for ds in shown) + "。"))
    if not many:
        blocks.append(Text("只有一个批次，没有可以并列的；读入另一个批次后再看。"))
    blocks += [
        Heading("同样距期限时"),
        at_distance(shown),
        compared(shown, "distance"),
        Heading("各单位"),
        compared(shown, "unit"),
        Heading("各行业"),
        compared(shown, "industry"),
        Heading("没有批次说明已完成审核的企业"),
        compared(shown, "unaudited"),
    ]
    if many:
        try:
            flow: Block = compared(shown, "flow")
        except UsageError as unknown:  # which list came first
            flow = Text(str(unknown))
        blocks[-6:-6] = [Heading("名单之间的流转"), flow]
    newest = max(shown, key=lambda ds: ds.as_of)
    return Page("batches", "批次对照", "；".join(ds.programme.title for ds in shown), stamp(newest, complete=True), tuple(blocks))


def opened(named: Sequence[str], warehouse: Path | None = None) -> tuple[Dataset, ...]:
    """Return the batches named as ``programme`` or ``programme/day``; none named takes every programme of the warehouse.

    Raises:
        UsageError: no such programme or day.
        SnapshotError: there is no snapshot, or it is damaged.
    """
    from cpaudit import snapshots
    from cpaudit.dataset import Dataset, offered
    from cpaudit.selection import parse_date

    home = warehouse or snapshots.default_warehouse()
    there = [offered.only[-1].programme.id] if offered.only else snapshots.programmes(home)
    wanted = [text.strip() for text in named] or there
    if not wanted:
        raise NoSnapshotError(f"在 {home} 下没有快照，请先用 cpaudit load 读取各地报来的文件。")
    found = []
    for text in wanted:
        its, _, day = text.partition("/")
        found.append(Dataset.open(home, parse_date(day) if day else None, programme=its))
    return tuple(found)
