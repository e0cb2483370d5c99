"""The page of batches side by side, of all programmes of the warehouse or of those named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit.errors import NoSnapshotError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from cpaudit.dataset import Dataset
    from cpaudit.views.page import Page


def compare(*batches: Dataset | str) -> Page:
    """返回几个批次并列的一页：同样距期限时的进度、各单位各行业历年、名单之间的流转、列入而未完成审核的企业。

    Return the page on which batches stand side by side. A batch is a data set, or the id of a programme of the default
    warehouse, with ``/`` and a day for an earlier snapshot of it; none takes every programme there.

    >>> import cpaudit as cp
    >>> cp.compare(cp.example()).title
    '批次对照'

    Raises:
        UsageError: no such programme or day, or one programme twice.
        SnapshotError: there is no snapshot, or it is damaged.
    """
    from cpaudit.views.report.batches import batches_report

    named = [one for one in batches if isinstance(one, str) and one.strip()]
    given = [one for one in batches if not isinstance(one, str)]
    return batches_report(*given, *(open_batches(*named) if named or not given else ()))


def open_batches(*named: str, as_of: str | dt.date | None = None, warehouse: str | Path | None = None) -> tuple[Dataset, ...]:
    """打开几个批次，写“批次”或“批次/日期”；不写则打开快照目录中的全部批次，供并列比较。

    Return the batches named as ``programme`` or ``programme/day``; none named takes every programme of the warehouse.
    ``as_of``: the day of those for which none is given.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as empty:  # doctest: +ELLIPSIS
    ...     open_batches(warehouse=empty)
    Traceback (most recent call last):
        ...
    cpaudit.errors...

    Raises:
        UsageError: no such programme or day.
        SnapshotError: there is no snapshot, or it is damaged.
    """
    from cpaudit import snapshots
    from cpaudit.dataset import Dataset, offered
    from cpaudit.selection import batch_named, day_of

    home = Path(warehouse or snapshots.default_warehouse())
    there = [offered.only[-1].programme.id] if offered.only else snapshots.programmes(home)
    wanted = [batch_named(text, day_of(as_of)) for text in named or there]
    if not wanted:
        raise NoSnapshotError(f"在 {home} 下没有快照，请先用 cpaudit load 读取各地报来的文件。")
    return tuple(Dataset.open(home, day, programme=its) for its, day in wanted)


def within(batches: Sequence[Dataset], unit: str) -> tuple[Dataset, ...]:
    """Return what batches have of some units, those alone that have them; all of them whole where none is named.

    Raises:
        UsageError: no batch has a unit of that name; its last line lists those that they have.
    """
    from cpaudit.selection import Selection, units_named

    wanted = units_named(unit, [each for ds in batches for each in ds.programme.units])
    mine = [ds for ds in batches if not wanted or set(wanted) & set(ds.programme.units)]
    return tuple(ds.select(Selection(units=wanted)) for ds in mine)
