"""What became of the reports of a batch, one by one and as a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cpaudit.views.page import Table

STATUSES = {"ok": "完成", "unchanged": "未变", "failed": "失败"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one report; ``files`` by format (``failed``: the notebook of one that failed).

    ``unchanged``: it was there already, made from the same. ``error`` names the cell that failed and says why.
    """

    name: str
    status: Literal["ok", "unchanged", "failed"]
    seconds: float
    files: dict[str, Path] = field(default_factory=dict)
    error: str = ""


def outcome_table(outcomes: Sequence[Outcome]) -> Table:
    """Return the outcomes as a table: name, status, seconds, file, error."""
    import pandas as pd

    from cpaudit.views.columns import columns
    from cpaudit.views.page import Column, Table

    rows = [
        {
            "name": o.name,
            "status": STATUSES[o.status],
            "seconds": o.seconds,
            "file": next((path.name for path in (o.files.get("html"), o.files.get("failed")) if path), ""),
            "error": o.error,
        }
        for o in outcomes
    ]
    cols = {"name": Column("报告"), **columns("status"), "seconds": Column("用时", "number", "秒")}
    cols |= {**columns("file"), "error": Column("失败原因")}
    return Table("reports", "报告", pd.DataFrame(rows, columns=list(cols)), cols, empty="没有生成报告。")
