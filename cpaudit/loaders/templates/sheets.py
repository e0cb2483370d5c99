"""A template as a workbook: headings that are protected, cells that check what is typed, and a page that explains."""

from __future__ import annotations

import datetime as dt
import io
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cpaudit.loaders.opening.grids import address
from cpaudit.loaders.sheets.own import CHOICES, GUIDE

if TYPE_CHECKING:
    from cpaudit.loaders.sheets.layouts import Layout
    from cpaudit.loaders.tables.asked import Asked

#: How many rows have drop-downs and input checks.
_ROWS = 2000
_CODE_LENGTH = 18
_EXAMPLES = {"number": "12.5", "integer": "1", "uscc": "18 位数字和大写字母"}
_TYPES = {"date": "日期", "number": "数值", "integer": "整数", "uscc": "文本，18 位", "answer": "数值、级别或是/否"}
_GENERAL = (
    "表头橙色的列必填，蓝色的列按实际填写，灰色的列供参考。",
    "请勿改动表头、增减或移动列；数据区可以增删行、排序。",
    "日期写成 {day} 的样子，要写到日；没有完成的留空，不写“进行中”等文字。",
    "数值只填数，不带单位和说明；单位见表头。没有数据的留空。",
    "统一社会信用代码的单元格已设为文本，请完整填写 18 位。",
    "企业名称写全称，与名单一致。",
    "填好后可先用 cpaudit check 检查一遍再报送。",
)
_MEASURED = "“不适用”与留空是两回事：没有这项工艺才填“不适用”；暂时没有数据的留空，不得分，级别取决于它的无法判定。"
#: The columns of 填表说明 and their widths.
_GUIDE = (("列", 26), ("必填", 6), ("填什么", 16), ("单位", 12), ("可填内容", 44), ("说明", 56))
_MIDDLE = {"valign": "vcenter"}
_LINE = {"border": 1, "border_color": "#BFBFBF"}


@dataclass(frozen=True)
class Column:
    """One column of a template: its heading, what goes in, and the cells that are filled in already."""

    name: str
    heading: str
    type: str
    choices: tuple[str, ...] = ()
    open: bool = False
    required: bool = False
    note: str = ""
    unit: str | None = None


@dataclass
class Form:
    """A template before it is written: rows above the header, columns, and rows by column name."""

    layout: Layout
    sheet: str
    titles: list[str]
    columns: list[Column]
    #: A day as one writes it, of the notice's own time.
    day: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    #: What the rows ask for, in their order: the values have input checks of their own.
    asked: list[Asked] = field(default_factory=list)


def write(forms: list[Form]) -> bytes:
    """Return the workbook: a sheet per form (all of one layout), 填表说明, and the hidden lists behind the drop-downs."""
    import xlsxwriter

    out = io.BytesIO()
    safe = {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, safe)
    book.set_properties({"title": forms[0].titles[0], "created": dt.datetime(2000, 1, 1)})
    sheets = [book.add_worksheet(form.sheet) for form in forms]
    guide, lists = book.add_worksheet(GUIDE), book.add_worksheet(CHOICES)
    lists.hide()
    sources: dict[tuple[str, ...], str] = {}
    for form, sheet in zip(forms, sheets, strict=True):
        _table(book, sheet, form)
        _checks(sheet, lists, sources, form)
    _guide(book, guide, forms[0])
    book.close()
    return out.getvalue()


def _table(book: Any, sheet: Any, form: Form) -> None:
    header = len(form.titles)
    _titles(book, sheet, form)
    _header(book, sheet, form, header)
    _rows(book, sheet, form, header)
    sheet.freeze_panes(header + 1, _frozen(form.columns))
    allowed = ("format_cells", "format_columns", "format_rows", "insert_rows", "delete_rows", "sort", "autofilter")
    sheet.protect("", dict.fromkeys(allowed, True))
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(header)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def _titles(book: Any, sheet: Any, form: Form) -> None:
    big = book.add_format({"bold": True, "font_size": 16, **_MIDDLE})
    plain, fill_in = book.add_format(_MIDDLE), book.add_format({"bg_color": "#FFF9E5", "locked": False, **_MIDDLE})
    sheet.set_row(0, 30)
    for row, text in enumerate(form.titles):
        free = "：" in text
        for at in range(len(form.columns)):  # else the columns' lines run through the title
            sheet.write_blank(row, at, None, plain)
        if free:
            sheet.merge_range(row, 0, row, min(4, len(form.columns)) - 1, text, fill_in)
        else:
            sheet.write_string(row, 0, text, plain if row else big)
        if free and (kinds := [f"{text.partition('：')[0]}：{k}" for k in form.layout.title.roster]) and text in kinds:
            sheet.data_validation(row, 0, row, 0, {"validate": "list", "source": kinds})


def _header(book: Any, sheet: Any, form: Form, at: int) -> None:
    look = {"bold": True, "text_wrap": True, "align": "center", **_MIDDLE, **_LINE}
    colours = {"must": "#FCE4D6", "may": "#DDEBF7", "beside": "#EDEDED"}
    looks = {name: book.add_format({**look, "bg_color": colour}) for name, colour in colours.items()}
    sheet.set_row(at, 34)
    for index, column in enumerate(form.columns):
        kind = "beside" if column.type == "beside" else "must" if column.required else "may"
        sheet.write_string(at, index, column.heading, looks[kind])
        if text := explained(column, form.day):
            lines = sum(1 + _width(line) // 34 for line in text.split("\n"))
            box = {"author": "填表说明", "width": 220, "height": 18 * lines + 12, "font_name": "宋体", "font_size": 9}
            sheet.write_comment(at, index, text, box)


def explained(column: Column, day: str) -> str:
    """Return what the note at a heading says; ``day``: as one writes it."""
    lines = [column.note]
    if column.unit:
        lines.append(f"单位：{column.unit}")
    if 0 < len(column.choices) <= 10:
        lines.append(f"可填：{'、'.join(column.choices)}")
    elif column.choices:
        lines.append("请从下拉列表中选择")
    elif example := {**_EXAMPLES, "date": day}.get(column.type):
        lines.append(f"例：{example}")
    return "\n".join(filter(None, lines))


def _checks(sheet: Any, lists: Any, sources: dict[tuple[str, ...], str], form: Form) -> None:
    """Put an input check on every column; long lists stand on the hidden sheet, without headings that a reader could know."""
    header = len(form.titles)
    for at, column in enumerate(form.columns):
        area = (header + 1, at, header + _ROWS, at)
        if column.choices:
            check = {"validate": "list", "source": _listed(lists, sources, column.choices), "show_error": not column.open}
            sheet.data_validation(*area, {**check, "error_title": "不在列表内", "error_message": "请从下拉列表中选择。"})
        elif column.type == "answer":
            for row, asked in enumerate(form.asked, start=header + 1):
                sheet.data_validation(row, at, row, at, _answer(lists, sources, form.layout, asked, address(row, at)))
        elif by_type := _by_type(column.type, form.day):
            sheet.data_validation(*area, by_type)


def _listed(lists: Any, sources: dict[tuple[str, ...], str], choices: tuple[str, ...]) -> str:
    if choices not in sources:
        at = len(sources)
        for row, choice in enumerate(choices):
            lists.write_string(row, at, choice)
        first, last = address(0, at).rstrip("1"), len(choices)
        sources[choices] = f"={CHOICES}!${first}$1:${first}${last}"
    return sources[choices]


def _by_type(kind: str, day: str) -> dict[str, Any] | None:
    if kind == "date":
        between = {"minimum": dt.date(2000, 1, 1), "maximum": dt.date(2099, 12, 31)}
        return {
            "validate": "date",
            "criteria": "between",
            **between,
            "error_title": "不是日期",
            "error_message": f"请写成 {day} 的样子。",
        }
    if kind in ("number", "integer"):
        bounds = {"minimum": -1e15, "maximum": 1e15} if kind == "number" else {"minimum": 0, "maximum": 1_000_000}
        check = {"validate": "decimal" if kind == "number" else "integer", "criteria": "between", **bounds}
        return {**check, "error_title": "不是数值", "error_message": "请只填数值，不带单位和说明。"}
    if kind == "uscc":
        check = {"validate": "length", "criteria": "==", "value": _CODE_LENGTH, "error_title": "位数不对"}
        return {**check, "error_message": "统一社会信用代码应为 18 位，请对照营业执照填写。"}
    return None


def _answer(lists: Any, sources: dict[tuple[str, ...], str], layout: Layout, asked: Asked, cell: str) -> dict[str, Any]:
    """Return the check of a value: one of the answers to choose from, or a number, or 不适用."""
    absent = layout.not_applicable[0]
    if asked.choices:
        source = _listed(lists, sources, (*asked.choices, absent))
        return {"validate": "list", "source": source, "error_message": "请从下拉列表中选择。"}
    formula = f'=OR(ISNUMBER({cell}),{cell}="{absent}")'
    return {
        "validate": "custom",
        "value": formula,
        "error_title": "不是数值",
        "error_message": f"请只填数值；没有这项工艺的填“{absent}”。",
    }


def _rows(book: Any, sheet: Any, form: Form, header: int) -> None:
    """Give the columns their formats and put in what is known already."""
    formats = {"date": "yyyy-mm-dd", "uscc": "@", "text": "@", "integer": "0"}
    for at, column in enumerate(form.columns):
        look = {"num_format": formats.get(column.type, "General"), "locked": False, **_MIDDLE, **_LINE}
        if column.type == "beside":
            look["font_color"] = "#595959"
        lined = book.add_format(look)
        texts = [str(row[column.name]) for row in form.rows if row.get(column.name) is not None]
        sheet.set_column(at, at, min(40, max(11, 1.1 * _width(column.heading), *(_width(t) + 2 for t in texts or [""]))), lined)
        for row, values in enumerate(form.rows, start=header + 1):
            value = values.get(column.name)
            if value is None or value != value:  # noqa: PLR0124
                sheet.write_blank(row, at, None, lined)
            elif isinstance(value, (int, float)):
                sheet.write_number(row, at, value, lined)
            else:
                sheet.write_string(row, at, str(value), lined)


def _frozen(columns: list[Column]) -> int:
    """Return how many columns stay in sight: up to the plant's name, where that stands near the left."""
    at = next((i for i, c in enumerate(columns) if c.name in ("name", "name_of_plant")), -1)
    return at + 1 if at < 4 else 0


def _guide(book: Any, sheet: Any, form: Form) -> None:
    title = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format({"bold": True, "bg_color": "#DDEBF7", **_LINE})
    body = book.add_format({"text_wrap": True, "valign": "top", **_LINE})
    sheet.write_string(0, 0, f"{form.layout.label}：填表说明", title)
    general = [
        *(text.format(day=form.day) for text in _GENERAL),
        *([_MEASURED] if any(c.type == "answer" for c in form.columns) else []),
        *form.remarks,
    ]
    for row, text in enumerate(general, start=1):
        sheet.write_string(row, 0, f"{row}. {text}")
    top = len(general) + 2
    for at, (text, width) in enumerate(_GUIDE):
        sheet.write_string(top, at, text, head)
        sheet.set_column(at, at, width)
    for row, column in enumerate(form.columns, start=top + 1):
        kind = "从列表选择" if column.choices else "供参考" if column.type == "beside" else _TYPES.get(column.type, "文本")
        choices = "、".join(column.choices) if len(column.choices) <= 10 else f"下拉列表，共 {len(column.choices)} 项"
        texts = (column.heading, "是" if column.required else "", kind, column.unit or "", choices, column.note)
        for at, text in enumerate(texts):
            sheet.write_string(row, at, text, body)
        # not every program makes room for wrapped text by itself
        sheet.set_row(row, 16 * max(1 + _width(text) // width for text, (_, width) in zip(texts, _GUIDE, strict=True)))
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.protect()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
