"""Rows that a system says are deleted, and those of which it can't be told whether they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cpaudit.loaders.tables.reader import Row


def why(row: Row) -> tuple[str, str] | None:
    """Return (problem, column) of a row that doesn't count, None where it does."""
    layout, columns = row.sheet.what.layout, row.sheet.what.columns
    for column, answers in layout.dropped.items():
        if (said := row.text(column)) in answers:
            return "row_dropped", column
        if column in columns and said not in layout.kept.get(column, (said,)):
            return "row_state_unknown", column
    return None
