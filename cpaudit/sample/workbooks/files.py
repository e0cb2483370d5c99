"""Sheets to files: xlsx, old xls, and CSV in GB18030, the same bytes for the same content."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from itertools import groupby
from pathlib import PurePosixPath

from cpaudit.sample.workbooks import xls
from cpaudit.sample.workbooks.sheets import Cell, FormulaError, Sheet

_DATE_FORMAT = "yyyy-mm-dd"
#: Cells are written as they are, and parts kept in memory rather than in temporary files.
_PLAIN = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}


def contents(sheets: list[Sheet], day: dt.date) -> Iterator[tuple[str, bytes]]:
    """Yield every file and its bytes; sheets of one file stand together in ``sheets``. Workbooks carry ``day`` as theirs."""
    write = {".xlsx": _xlsx, ".xls": _xls, ".csv": _csv, ".jpg": _picture}
    for file, group in groupby(sheets, key=lambda s: s.file):
        content = list(group)
        if sent(file, content):
            yield file, write[PurePosixPath(file).suffix](content, dt.datetime.combine(day, dt.time(9)))


def sent(file: str, content: list[Sheet]) -> bool:
    """Whether a file is sent at all: a text file without rows but a total isn't."""
    return not file.endswith(".csv") or any(row.cells.get("name_of_plant") != "合计" for row in content[0].rows)


def _picture(_: list[Sheet], __: dt.datetime) -> bytes:
    """Return a picture of nothing: what a scan is to a program."""
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\x00" * 2048 + b"\xff\xd9"


def _xlsx(sheets: list[Sheet], made: dt.datetime) -> bytes:
    import xlsxwriter

    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, _PLAIN)
    book.set_properties({"title": "示范数据", "created": made})
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
    return content.getvalue()


def _xls(sheets: list[Sheet], _: dt.datetime) -> bytes:
    def plain(value: Cell) -> str | float | dt.date | None:
        return value.shown if isinstance(value, FormulaError) else value

    grids = [(sheet.name, len(sheet.titles), [[plain(v) for v in line] for line in sheet.grid()]) for sheet in sheets]
    return xls.workbook(grids)


def _csv(sheets: list[Sheet], _: dt.datetime) -> bytes:
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\r\n")
    for sheet in sheets:
        width = len(sheet.columns)
        for line in sheet.grid():
            writer.writerow([*(text(v) for v in line), *[""] * (width - len(line))])
    return lines.getvalue().encode("gb18030")


def text(value: Cell) -> str:
    """Return a cell as a text file has it."""
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return f"{value.year}/{value.month}/{value.day}"
    if isinstance(value, FormulaError):
        return value.shown
    if isinstance(value, float):
        return f"{value:.10g}" if abs(value) < 1e15 else f"{value:.5E}"
    return str(value)
