"""Data sets that a process has from the start: all that it may open, or what its parent read already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cpaudit.dataset.data import Dataset

#: Filled by :func:`offer_only`.
only: list[Dataset] = []


def offer_only(ds: Dataset) -> None:
    """Make ``ds`` all that this process can open from now on; a service does so for the process of one viewer."""
    only[:] = [ds]


def the_only(programme: str) -> Dataset | None:
    """Return what :func:`offer_only` made all there is, None where a process may open anything.

    Raises:
        UsageError: another programme is asked for.
    """
    if only and programme not in ("", only[-1].programme.id):
        raise UsageError(f"这里只提供{only[-1].programme.title}的数据，不能打开批次“{programme}”。")
    return only[-1] if only else None


#: Filled by :func:`inherit`: warehouse and version → the whole snapshot.
inherited: dict[tuple[Path, str], Dataset] = {}


def inherit(ready: Mapping[tuple[Path, str], Dataset]) -> None:
    """Have :meth:`Dataset.open` give these data sets, open already, as long as their version is in force."""
    for place, ds in ready.items():
        whole = ds._whole or ds
        if ds is not whole:
            whole._views[ds._cut] = ds
        inherited[place] = whole
