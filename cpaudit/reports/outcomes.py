"""What became of the reports of a batch, one by one and as a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cpaudit.views.page import Table


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one report; ``html`` is None where it failed, ``error`` then names the cell and says why."""

    unit: str
    status: Literal["ok", "failed"]
    seconds: float
    html: Path | None
    notebook: Path | None
    error: str = ""


def outcome_table(outcomes: Sequence[Outcome]) -> Table:
    """Return the outcomes as a table: unit, status, seconds, file, error."""
    import pandas as pd

    from cpaudit.views.page import Column, Table

    rows = [
        {
            "unit": o.unit,
            "status": "完成" if o.status == "ok" else "失败",
            "seconds": o.seconds,
            "file": (o.html or o.notebook or Path()).name,
            "error": o.error,
        }
        for o in outcomes
    ]
    columns = {
        "unit": Column("上报单位"),
        "status": Column("状态"),
        "seconds": Column("用时", "number", "秒"),
        "file": Column("文件"),
        "error": Column("失败原因"),
    }
    return Table("reports", "报告", pd.DataFrame(rows, columns=list(columns)), columns, empty="没有生成报告。")
