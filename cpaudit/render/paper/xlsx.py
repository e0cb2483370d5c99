"""Lists as workbooks that an office can print and pass on: title, where it comes from, bordered rows, notes, page set-up."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from typing import TYPE_CHECKING, Any

from cpaudit.render.paper import outline
from cpaudit.render.web.html import cell_text
from cpaudit.views import theme
from cpaudit.views.page import Caveat, KeyFigures, Table
from cpaudit.views.yes_no import Answer

if TYPE_CHECKING:
    from cpaudit.views.page import Column, Page

_FONT, _HEAD = "仿宋", "黑体"
#: Widths in characters: of anything, of a date; texts are wrapped beyond the third, long ones (reasons, provisions) beyond
#: the last.
_NARROW, _DAY, _WIDE, _WIDEST = 6, 12, 34, 46
#: Points of a line of text.
_LINE = 14.5
#: Lists with more columns than this are printed on A3.
_A4_COLUMNS = 12
#: What a sheet may not be called by, and how long its name may be.
_FORBIDDEN, _LONGEST = re.compile(r"[\[\]:*?/\\']"), 31
_ORIGIN = "出处"
#: A sheet whose table has no title that a sheet may bear.
_UNNAMED = "清单"
#: How many characters of the source stand at the foot of a page: spreadsheet programs allow 255 for all that stands there.
_FOOT = 180


def write(page: Page) -> bytes:
    """Return the page's tables as a workbook: a cover with title, origin and contents, then a sheet per table, whole."""
    day = page.stamp.as_of if page.stamp else dt.date(2000, 1, 1)
    out = io.BytesIO()
    book = _new(out, page.title, day)
    formats = _formats(book)
    tables = [(item.label, item.block) for item in outline.outline(page) if isinstance(item.block, Table)]
    names = _sheet_names([(label, table) for label, table in tables if len(table.frame)])
    _cover(book, formats, page, names, [t for _, t in tables])
    demo = "　示范数据" if page.stamp and page.stamp.demonstration else ""
    for name, table in names.items():
        _sheet(book, formats, name, table, f"{page.title}　{outline.stamp(page)}{demo}", back="封面")
    book.close()
    return out.getvalue()


def workbook(*tables: Table, source: str) -> bytes:
    """Return tables as a workbook, a sheet each, called as the table is.

    ``source`` (programme, document, date, snapshot, 示范数据) stands under the title and at the foot of every printed page.
    """
    out = io.BytesIO()
    book = _new(out, tables[0].title, dt.date(2000, 1, 1))
    formats = _formats(book)
    for name, table in _sheet_names([("", table) for table in tables]).items():
        _sheet(book, formats, name, table, source)
    book.close()
    return out.getvalue()


def _new(out: io.BytesIO, title: str, day: dt.date) -> Any:
    import xlsxwriter

    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": title, "created": dt.datetime(day.year, day.month, day.day)})
    return book


def _sheet_names(tables: list[tuple[str, Table]]) -> dict[str, Table]:
    """Return sheet name → table: the caption's number and as much of the title as fits; no two are alike."""
    names: dict[str, Table] = {}
    for label, table in tables:
        whole = _FORBIDDEN.sub("", f"{label} {table.title.partition('（')[0]}").strip() or _UNNAMED
        taken = {name.casefold() for name in names}
        tails = ("", *(f"（{n}）" for n in range(2, len(tables) + 2)))
        names[next(n for tail in tails if (n := whole[: _LONGEST - len(tail)].strip() + tail).casefold() not in taken)] = table
    return names


def _cover(book: Any, formats: dict[str, Any], page: Page, names: dict[str, Table], tables: list[Table]) -> None:
    sheet = book.add_worksheet("封面")
    sheet.set_column(0, 0, 46)
    sheet.set_column(1, 1, 16)
    sheet.set_column(2, 2, 30)
    sheet.merge_range(0, 0, 0, 2, f"{page.title}（附表）", formats["title"])
    sheet.set_row(0, 32)
    rows: list[tuple[str, str]] = [("范围", page.subtitle)]
    if page.stamp:
        where = page.stamp
        rows += [("数据日期", where.day), ("依据", where.document), ("快照版本", where.version)]
        rows += [("企业", f"{where.plants:,} 家")]
        rows += [("数据性质", "示范数据，企业、数值均为虚构")] if where.demonstration else []
    rows += [("说明", block.text) for block in page.blocks if isinstance(block, Caveat)]
    at = 1
    for label, text in rows:
        sheet.write_string(at, 0, label, formats["text"])
        sheet.merge_range(at, 1, at, 2, outline.close(text), formats["text"])
        sheet.set_row(at, _height([label, outline.close(text)], [46, 44]))
        at += 1
    items = [item for block in page.blocks if isinstance(block, KeyFigures) for item in block.items]
    if items:
        at = _head(sheet, formats, at + 1, ("主要数字", "数值", "计量单位"))
        for item in items:
            sheet.write_string(at, 0, item.label, formats["text"])
            if item.value is None:
                sheet.write_string(at, 1, "—", formats["text"])
            else:
                sheet.write_number(at, 1, item.value, formats[f"number{item.decimals}"])
            sheet.write_string(at, 2, item.unit, formats["text"])
            at += 1
    if said := outline.definitions((i.measure for i in items if i.measure), {i.measure: i.said for i in items if i.said}):
        sheet.merge_range(at, 0, at, 2, said, formats["note"])
        sheet.set_row(at, _height([said], [92]))
        at += 1
    at = _head(sheet, formats, at + 1, ("附表", "行数", "工作表"))
    for name, table in names.items():
        sheet.write_string(at, 0, table.title, formats["text"])
        sheet.write_number(at, 1, len(table.frame), formats["integer"])
        sheet.write_url(at, 2, f"internal:'{name}'!A1", formats["link"], name)
        sheet.set_row(at, _height([table.title], [46]))
        at += 1
    for table in (t for t in tables if t.frame.empty):
        sheet.write_string(at, 0, table.title, formats["text"])
        sheet.write_number(at, 1, 0, formats["integer"])
        sheet.write_string(at, 2, table.empty, formats["text"])
        at += 1
    sheet.print_area(0, 0, at - 1, 2)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _head(sheet: Any, formats: dict[str, Any], at: int, texts: tuple[str, ...]) -> int:
    for column, text in enumerate(texts):
        sheet.write_string(at, column, text, formats["head"])
    return at + 1


def _sheet(book: Any, formats: dict[str, Any], name: str, table: Table, source: str, back: str = "") -> None:
    sheet = book.add_worksheet(name)
    columns = list(table.columns.items())
    texts = [[cell_text(v, column) for v in table.frame[key]] for key, column in columns]
    widths = [_width(column, shown) for (_, column), shown in zip(columns, texts, strict=True)]
    headings = [column.heading for _, column in columns]
    origins = [" ".join(filter(None, place)) if place else "" for place in table.places]
    if origins:
        texts, widths, headings = [*texts, origins], [*widths, _WIDE], [*headings, _ORIGIN]
    last, whole = max(len(headings) - 1, 1), sum(widths) or _WIDEST  # a frame may have no column at all
    sheet.merge_range(0, 0, 0, last, table.title, formats["title"])
    sheet.merge_range(1, 0, 1, last, source, formats["source"])
    sheet.set_row(0, 28 * math.ceil(1.6 * _length(table.title) / whole))
    sheet.set_row(1, _height([source], [whole]))
    sheet.set_row(2, _height(headings, widths))
    for at, heading in enumerate(headings):
        sheet.write_string(2, at, heading, formats["head"])
        sheet.set_column(at, at, widths[at])
    for row, shown in enumerate(zip(*texts, strict=True), start=3):
        sheet.set_row(row, _height(list(shown), widths))
    for at, (key, column) in enumerate(columns):
        for row, value in enumerate(table.frame[key], start=3):
            _cell(sheet, formats, (row, at), value, column)
    for row, text in enumerate(origins, start=3):
        sheet.write_string(row, len(columns), text, formats["text"])
    below = _below(sheet, formats, table, last, whole)
    if back:
        sheet.write_url(below, 0, f"internal:'{back}'!A1", formats["link"], "返回封面")
    sheet.freeze_panes(3, 2 if len(columns) > 3 else 1)
    sheet.print_area(0, 0, below - 1, last)
    _print(sheet, len(headings), source)


def _cell(sheet: Any, formats: dict[str, Any], place: tuple[int, int], value: Any, column: Column) -> None:
    import pandas as pd

    if pd.isna(value):
        sheet.write_blank(*place, None, formats["text"])
    elif isinstance(value, Answer):
        sheet.write_string(*place, value.word, formats["text"])
    elif column.kind == "date":
        sheet.write_datetime(*place, pd.Timestamp(value).to_pydatetime(), formats["date"])
    elif column.kind in ("integer", "number", "percent") and math.isfinite(value):
        look = "integer" if column.kind == "integer" else "given" if column.decimals is None else f"number{column.decimals}"
        sheet.write_number(*place, value, formats[look])
    else:
        sheet.write_string(*place, str(value), formats["text"])


def _below(sheet: Any, formats: dict[str, Any], table: Table, last: int, whole: float) -> int:
    """Write what stands below the rows, and the filter above them; return the first free row."""
    below = 3 + len(table.frame)
    for at, (value, column) in enumerate(zip(table.line(), table.columns.values(), strict=False)):
        _cell(sheet, formats, (below, at), value, column)
    if table.frame.empty:
        sheet.merge_range(below, 0, below, last, table.empty, formats["note"])
        below += 1
    elif last > 1 or len(table.columns) > 1:
        sheet.autofilter(2, 0, below - 1, last)
    below += bool(table.total)
    said = outline.definitions(table.measured(), table.told) if len(table.frame) else ""
    for note in (f"注：{text}" for text in (table.note, said) if text):
        sheet.merge_range(below, 0, below, last, note, formats["note"])
        sheet.set_row(below, _height([note], [whole]))
        below += 1
    return below


def _formats(book: Any) -> dict[str, Any]:
    cell = {"font_name": _FONT, "font_size": 10.5, "border": 1, "valign": "vcenter", "text_wrap": True}
    bare = {"font_name": _FONT, "font_size": 10.5, "text_wrap": True}
    return {
        "title": book.add_format(
            {"font_name": _HEAD, "font_size": 16, "align": "center", "valign": "vcenter", "text_wrap": True}
        ),
        "source": book.add_format({**bare, "align": "center"}),
        "head": book.add_format({**cell, "font_name": _HEAD, "align": "center", "bg_color": theme.PRINTED_HEAD}),
        "text": book.add_format({**cell, "num_format": "@"}),
        "date": book.add_format({**cell, "num_format": "yyyy-mm-dd", "align": "center"}),
        "integer": book.add_format({**cell, "num_format": "0"}),
        "given": book.add_format({**cell, "num_format": "General"}),
        **{f"number{n}": book.add_format({**cell, "num_format": f"#,##0.{'0' * n}".rstrip(".")}) for n in range(10)},
        "note": book.add_format({**bare, "valign": "top"}),
        "link": book.add_format({**bare, "font_color": theme.ACCENT, "underline": 1, "valign": "vcenter"}),
    }


_FOOT_FONT = '&"-,Regular"'


def _print(sheet: Any, columns: int, source: str) -> None:
    sheet.set_landscape()
    sheet.set_paper(9 if columns <= _A4_COLUMNS else 8)  # A4, A3
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.center_horizontally()
    sheet.repeat_rows(2)
    sheet.fit_to_pages(1, 0)
    foot = source if len(source) <= _FOOT else f"…{source[-_FOOT:]}"  # date, snapshot and 示范数据 stand last
    # The font stands between size and text: digits that follow a size are taken for more of it.
    sheet.set_footer(f"&L&8{_FOOT_FONT}{foot.replace('&', '&&')}&R&8{_FOOT_FONT}第 &P 页，共 &N 页")


def _width(column: Column, texts: list[str]) -> float:
    lengths = sorted(map(_length, texts)) or [0]
    most = lengths[int(0.95 * (len(lengths) - 1))]  # a few long ones are wrapped
    # A heading may take two lines, or three where the values are short.
    least = _DAY if column.kind == "date" else _NARROW
    wanted = max(least, most + 2, _length(column.heading) / 3 + 3)
    return min(wanted, _WIDE if most <= 2 * _WIDE else _WIDEST)


def _height(texts: list[str], widths: list[float]) -> float:
    """Return the height of a row: spreadsheet programs don't all fit it to wrapped text themselves."""
    lines = max(math.ceil(_length(text) / (width - 1.5)) for text, width in zip(texts, widths, strict=True)) if texts else 1
    return _LINE * max(lines, 1) + 4


def _length(text: str) -> int:
    return sum(2 if ord(c) > 255 else 1 for c in text)
