"""A list as a workbook that an office can print and pass on: title, where it comes from, bordered rows, notes, page set-up."""

from __future__ import annotations

import datetime as dt
import io
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cpaudit.views.page import Column, Table

_FONT, _HEAD = "仿宋", "黑体"
#: Widths in characters: texts are wrapped beyond the second, long ones (reasons, provisions) beyond the third.
_NARROW, _WIDE, _WIDEST = 6, 34, 46
#: Points of a line of text.
_LINE = 14.5
#: Lists with more columns than this are printed on A3.
_A4_COLUMNS = 12


def workbook(table: Table, source: str) -> bytes:
    """Return the table as a workbook; ``source`` (programme, document, date, 示范数据) stands under the title."""
    import pandas as pd
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": table.title, "created": dt.datetime(2000, 1, 1)})
    formats = _formats(book)
    sheet = book.add_worksheet("清单")
    last = max(len(table.columns) - 1, 1)
    sheet.merge_range(0, 0, 0, last, table.title, formats["title"])
    sheet.merge_range(1, 0, 1, last, source, formats["source"])
    sheet.set_row(0, 28)
    texts = [[_text(v, column) for v in table.frame[name]] for name, column in table.columns.items()]
    widths = [_width(column, shown) for column, shown in zip(table.columns.values(), texts, strict=True)]
    sheet.set_row(2, _height([c.heading for c in table.columns.values()], widths))
    for row, shown in enumerate(zip(*texts, strict=True), start=3):
        sheet.set_row(row, _height(list(shown), widths))
    for at, (name, column) in enumerate(table.columns.items()):
        sheet.write_string(2, at, column.heading, formats["head"])
        sheet.set_column(at, at, widths[at])
        for row, value in enumerate(table.frame[name], start=3):
            if pd.isna(value):
                sheet.write_blank(row, at, None, formats["text"])
            elif column.kind == "date":
                sheet.write_datetime(row, at, pd.Timestamp(value).to_pydatetime(), formats["date"])
            elif column.kind in ("integer", "number", "percent"):
                sheet.write_number(row, at, value, formats["integer" if column.kind == "integer" else "number"])
            else:
                sheet.write_string(row, at, str(value), formats["text"])
    below = 3 + len(table.frame)
    if table.frame.empty:
        sheet.merge_range(below, 0, below, last, table.empty, formats["note"])
        below += 1
    elif len(table.columns) > 1:
        sheet.autofilter(2, 0, below - 1, len(table.columns) - 1)
    if table.note:
        sheet.merge_range(below, 0, below, last, f"注：{table.note}", formats["note"])
        sheet.set_row(below, 32)
    sheet.freeze_panes(3, 2)
    _print(sheet, len(table.columns))
    book.close()
    return out.getvalue()


def _formats(book: Any) -> dict[str, Any]:
    cell = {"font_name": _FONT, "font_size": 10.5, "border": 1, "valign": "vcenter", "text_wrap": True}
    bare = {"font_name": _FONT, "font_size": 10.5, "text_wrap": True}
    return {
        "title": book.add_format({"font_name": _HEAD, "font_size": 16, "align": "center", "valign": "vcenter"}),
        "source": book.add_format({**bare, "align": "center"}),
        "head": book.add_format({**cell, "font_name": _HEAD, "align": "center", "bg_color": "#EDEDED"}),
        "text": book.add_format(cell),
        "date": book.add_format({**cell, "num_format": "yyyy-mm-dd", "align": "center"}),
        "integer": book.add_format({**cell, "num_format": "0"}),
        "number": book.add_format({**cell, "num_format": "#,##0.00"}),
        "note": book.add_format({**bare, "valign": "top"}),
    }


def _print(sheet: Any, columns: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(9 if columns <= _A4_COLUMNS else 8)  # A4, A3
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.repeat_rows(2)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def _text(value: Any, column: Column) -> str:
    from cpaudit.render.html import cell_text

    return cell_text(value, column)


def _width(column: Column, texts: list[str]) -> float:
    lengths = sorted(map(_length, texts)) or [0]
    most = lengths[int(0.95 * (len(lengths) - 1))]  # a few long ones are wrapped
    # A heading may take two lines, or three where the values are short.
    wanted = max(_NARROW, most + 2, _length(column.heading) / 3 + 3)
    return min(wanted, _WIDE if most <= 2 * _WIDE else _WIDEST)


def _height(texts: list[str], widths: list[float]) -> float:
    """Return the height of a row: spreadsheet programs don't all fit it to wrapped text themselves."""
    lines = max(math.ceil(_length(text) / (width - 1.5)) for text, width in zip(texts, widths, strict=True))
    return _LINE * max(lines, 1) + 4


def _length(text: str) -> int:
    return sum(2 if ord(c) > 255 else 1 for c in text)
