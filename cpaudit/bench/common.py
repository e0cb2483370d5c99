"""What the benchmarks share: a result, the sample programme in a scratch folder, interleaved timing."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Result:
    """One measurement: ``value`` in ``unit`` (倍; ms where a person waits), the goal, and how it was measured."""

    name: str
    value: float
    unit: str
    goal: str
    how: str


class Scratch:
    """The sample programme in a scratch folder, made when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ds: Dataset | None = None

    @property
    def raw(self) -> Path:
        """The raw files."""
        from cpaudit import sample

        target = self.folder / "raw"
        if not target.exists():
            sample.write(target)
        return target

    @property
    def warehouse(self) -> Path:
        """A warehouse with their snapshot."""
        import datetime as dt

        from cpaudit import loaders

        target = self.folder / "warehouse"
        if not target.exists():
            loaders.load([self.raw], warehouse=target, programme="hebei-2021-2", as_of=dt.date(2022, 11, 15))
        return target

    @property
    def ds(self) -> Dataset:
        """The snapshot in memory."""
        from cpaudit.dataset import Dataset

        if self._ds is None:
            self._ds = Dataset.open(self.warehouse)
        return self._ds


def interleaved(n: int, *calls: Callable[[], Any]) -> list[float]:
    """Return the median seconds of each call; all run interleaved, one warm-up each."""
    times: list[list[float]] = [[] for _ in calls]
    for round_ in range(n + 1):
        for call, seen in zip(calls, times, strict=True):
            start = time.perf_counter()
            call()
            if round_:
                seen.append(time.perf_counter() - start)
    return [statistics.median(seen) for seen in times]
