"""Rows that don't say what they are about: blank there, a word for nothing, or a reference to the row above."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cpaudit.loaders.tables.reader import Row

_ABOVE = "；上面的 {cell} 填有“{name}”，本行如是同一家（合并单元格另存、取消合并后只有首行有名称），也须写明"


def reject(row: Row, subject: str, above: Row | None) -> None:
    """Refuse a row; ``above``: the nearest one above it that says what it is about."""
    holes: dict[str, object] = {"field": row.sheet.label(subject)}
    if row.written(subject):
        row.reject("row_named_nothing", subject, None, **holes, value=row[subject])
        return
    said = _ABOVE.format(cell=above.place(subject).cell, name=above.text(subject)) if above else ""
    row.reject("row_unnamed", subject, None, **holes, value=row.first(), above=said)
