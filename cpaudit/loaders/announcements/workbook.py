"""The sheets of a workbook as printed tables: what cells show, merged ranges, and the template's head block."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from cpaudit.errors import ReadError
from cpaudit.loaders.announcements.words import words
from cpaudit.loaders.opening.grids import address
from cpaudit.loaders.opening.papers.printed import UNREADABLE, Announcement, Cell, PrintedTable, raised, readable

if TYPE_CHECKING:
    from pathlib import Path

#: An announcement's table has dozens of rows; a sheet of more is none, or was formatted to its end.
_MOST_ROWS, _MOST_COLUMNS = 3000, 60


def read(path: Path) -> Announcement:
    """Return every sheet that shows something; a formula that wasn't computed is marked, not taken as blank."""
    import openpyxl

    with path.open("rb") as file:
        book = openpyxl.load_workbook(file, rich_text=True, keep_links=False)
    computed = book
    if any(c.data_type == "f" for sheet in book.worksheets for row in sheet.iter_rows() for c in row):
        with path.open("rb") as file:
            computed = openpyxl.load_workbook(file, data_only=True, keep_links=False)
    found = Announcement(path.name, "")
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            found.unread.append(f"隐藏的工作表“{sheet.title}”")
            continue
        if sheet.title == words().instructions:
            continue
        if table := _table(sheet, computed[sheet.title], path.name):
            found.tables.append(table)
            found.lines += [c.text for row in table.rows[:3] for c in dict.fromkeys(row) if c.text]
    return found


def _table(sheet: Any, computed: Any, name: str) -> PrintedTable | None:
    filled = [c for row in sheet.iter_rows() for c in row if c.value is not None]
    if not filled:
        return None
    height, width = max(c.row for c in filled), max(c.column for c in filled)
    if height > _MOST_ROWS or width > _MOST_COLUMNS:
        raise ReadError(f"{name} 的工作表“{sheet.title}”有 {height} 行 {width} 列，不像指标表，请删去无关的行列后再导入。")
    rows = [
        [
            Cell(_shown(cell, computed.cell(cell.row, cell.column).value), f"{sheet.title}!{cell.coordinate}", bool(cell.font.b))
            if cell.value is not None
            else Cell("", f"{sheet.title}!{address(cell.row - 1, cell.column - 1)}")
            for cell in row
        ]
        for row in sheet.iter_rows(1, height, 1, width)
    ]
    for merged in sheet.merged_cells.ranges:
        if merged.min_row <= height and merged.min_col <= width:
            first = rows[merged.min_row - 1][merged.min_col - 1]
            for r in range(merged.min_row, min(merged.max_row, height) + 1):
                for c in range(merged.min_col, min(merged.max_col, width) + 1):
                    rows[r - 1][c - 1] = first
    return PrintedTable(sheet.title, rows, [f"{sheet.title} 第{n}行" for n in range(1, height + 1)])


def _shown(cell: Any, computed: Any) -> str:
    """Return what the cell shows; what it shows beyond its value (a sign in its number format) is marked."""
    from openpyxl.cell.rich_text import CellRichText, TextBlock

    value = cell.value
    if isinstance(value, CellRichText):
        high = (isinstance(p, TextBlock) and p.font.vertAlign == "superscript" for p in value)
        texts = (readable(p.text if isinstance(p, TextBlock) else p) for p in value)
        return "".join(raised(t) if h else t for t, h in zip(texts, high, strict=True))
    if cell.data_type == "f":
        if computed is None:
            return UNREADABLE.format("公式未计算")
        value = computed
    if isinstance(value, str) and value.startswith("#") and value.rstrip("!?").isupper():
        return UNREADABLE.format(f"公式错误{value}")
    if isinstance(value, (dt.date, dt.time, dt.timedelta)):
        return UNREADABLE.format(f"日期{value}")
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (int, float)):
        return _number(value, cell.number_format)
    return readable(str(value))


def _number(value: float, shape: str) -> str:
    plain = f"{value:.15g}" if abs(value) < 1e15 else str(value)
    if re.search(r'["≤≥<>]|E\+', shape):
        return plain + UNREADABLE.format(f"格式{shape}")
    if shape.endswith("%"):
        return f"{value * 100:.12g}%"
    return f"{value:.15f}".rstrip("0").rstrip(".") if "e" in plain else plain
