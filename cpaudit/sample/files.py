"""Sheets to files: xlsx, old xls, and CSV in GB18030, the same bytes for the same content."""

from __future__ import annotations

import csv
import datetime as dt
import io
from itertools import groupby
from pathlib import Path

from cpaudit.sample import xls
from cpaudit.sample.sheets import Cell, FormulaError, Sheet

#: Workbooks carry the day on which they were made; a fixed one keeps the bytes the same.
_MADE = dt.datetime(2022, 11, 15, 9, 0)
_DATE_FORMAT = "yyyy-mm-dd"


def write_sheets(folder: Path, sheets: list[Sheet]) -> None:
    """Write every file; sheets of one file stand together in ``sheets``. A text file without rows but a total isn't sent."""
    for file, group in groupby(sheets, key=lambda s: s.file):
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        content = list(group)
        if path.suffix == ".csv" and all(row.cells.get("name_of_plant") == "合计" for row in content[0].rows):
            continue
        {".xlsx": _xlsx, ".xls": _xls, ".csv": _csv}[path.suffix](path, content)


def _xlsx(path: Path, sheets: list[Sheet]) -> None:
    import xlsxwriter

    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": "示范数据", "created": _MADE})
    title = book.add_format({"bold": True, "align": "center", "font_size": 14})
    header = book.add_format({"bold": True, "border": 1, "text_wrap": True, "align": "center", "bg_color": "#E8EEF4"})
    date = book.add_format({"num_format": _DATE_FORMAT})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        page.freeze_panes(len(sheet.titles) + 1, 0)
        page.set_column(0, len(sheet.columns) - 1, 14)
        for r, line in enumerate(sheet.grid()):
            if r < len(sheet.titles) and len(sheet.columns) > 1:
                page.merge_range(r, 0, r, len(sheet.columns) - 1, line[0], title)
                continue
            for c, value in enumerate(line):
                if value is None:
                    continue
                if r == len(sheet.titles):
                    page.write_string(r, c, str(value), header)
                elif isinstance(value, dt.date):
                    page.write_datetime(r, c, dt.datetime.combine(value, dt.time()), date)
                elif isinstance(value, FormulaError):
                    page.write_formula(r, c, value.formula, None, value.shown)
                elif isinstance(value, str):
                    page.write_string(r, c, value)
                else:
                    page.write_number(r, c, value)
    book.close()
    path.write_bytes(content.getvalue())  # a full disk is told as for any other file


def _xls(path: Path, sheets: list[Sheet]) -> None:
    def plain(value: Cell) -> str | float | dt.date | None:
        return value.shown if isinstance(value, FormulaError) else value

    grids = [(sheet.name, len(sheet.titles), [[plain(v) for v in line] for line in sheet.grid()]) for sheet in sheets]
    path.write_bytes(xls.workbook(grids))


def _csv(path: Path, sheets: list[Sheet]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for sheet in sheets:
        width = len(sheet.columns)
        for line in sheet.grid():
            writer.writerow([*(_text(v) for v in line), *[""] * (width - len(line))])
    path.write_bytes(text.getvalue().encode("gb18030"))


def _text(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return f"{value.year}/{value.month}/{value.day}"
    if isinstance(value, FormulaError):
        return value.shown
    if isinstance(value, float):
        return f"{value:.10g}" if abs(value) < 1e15 else f"{value:.5E}"
    return str(value)
