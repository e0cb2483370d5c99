"""The sample programme as a data set, for trying things out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset


@cache
def example() -> Dataset:
    """返回示范数据：一批虚构企业的完整数据，不需要任何文件，可用来试各项功能。

    446 plants of the programme hebei-2021-2 as of 2022-11-15, all invented, with the mistakes that real returns have. It ships
    with the program as a snapshot and writes nothing. Within a process it is one object.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> ds.demonstration, str(ds.as_of), len(ds.plants)
    (True, '2022-11-15', 446)
    """
    from cpaudit import snapshots
    from cpaudit.dataset import Dataset
    from cpaudit.reference import shipped

    return Dataset.of_snapshot(*snapshots.read(shipped("data/example"), programme="hebei-2021-2"))
