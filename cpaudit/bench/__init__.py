"""Benchmarks: what a step costs as a ratio to its floor and to a peer in the same run, and how long an answer takes."""

from __future__ import annotations

import importlib
import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit import startup
from cpaudit.bench.common import Result, Scratch
from cpaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cpaudit.views.page import Table

#: Each is a module of this package with a function ``measure(scratch)``.
NAMES = ("load", "scoring", "analysis", "reports", "dashboards", "calibration", "power")


def run(names: Sequence[str] = ()) -> list[Result]:
    """Run the benchmarks named (none: all) on a fresh sample programme.

    Raises:
        UsageError: there is no benchmark of that name.
    """
    wrong = [n for n in names if n not in NAMES]
    if wrong:
        raise UsageError(f"没有名为“{wrong[0]}”的测速项目；可选 {'、'.join(NAMES)}。")
    with tempfile.TemporaryDirectory() as folder, startup.children_leave_working_folder():
        scratch = Scratch(Path(folder))
        return [result for name in names or NAMES for result in importlib.import_module(f"cpaudit.bench.{name}").measure(scratch)]


def table(results: list[Result]) -> Table:
    """Return the results as a table to show."""
    import pandas as pd

    from cpaudit.views.page import Column, Table

    cols = {"name": Column("项目"), "value": Column("结果", "number", decimals=2), "unit": Column("单位")}
    cols |= {"goal": Column("目标"), "how": Column("量法")}
    return Table("bench", "测速结果", pd.DataFrame([asdict(r) for r in results]), cols)


def to_json(results: list[Result]) -> bytes:
    """Return a list of {name, value, unit, goal, how}."""
    return (json.dumps([asdict(r) for r in results], ensure_ascii=False, indent=1) + "\n").encode()
