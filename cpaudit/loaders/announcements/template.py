"""The workbook in which a person types an indicator system where no file can be read: the same headings that the import knows."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from cpaudit.loaders.announcements.words import Role, words
from cpaudit.vocabulary import CATEGORIES

_ROWS = 120
#: Column → width; the levels stand between.
_BEFORE: dict[Role, int] = {"group": 22, "group_weight": 14, "name": 32, "unit": 12, "weight": 14}
_AFTER: dict[Role, int] = {"limiting": 10, "category": 18, "hazardous_waste": 14, "remark": 40}
_HELP = (
    "一行填一项二级指标；一级指标及其权重只填在本组第一行，以下各行留空或合并单元格均可。",
    "基准值照原文填写，连同比较符：如 ≤0.35、≥95、<30、6～9、2+3n、0.8/n；定性要求填文字，三级相同的填在三格或合并。",
    "原文写明某级不作要求的，填“不作要求”；“—”表示达不到该级的（能耗限额），填“达不到”；原文空缺的留空，导入后会要求核对。",
    "只须答是或否、没有具体文字的指标，三级都填“是”。",
    "权重照原文填写，小数或百分数均可。标题下方注明二级指标权重的写法。",
    "限定性指标在“限定性”栏填“是”，或在名称后加 *。涉及危险废物的指标在该栏填“是”。",
    "类别可以不填，不填时由一级指标名称判断，判断不了的导入后会要求填写。",
    "备注/出处填写原文的页码、表号或需要说明的事项。",
    "基准值随企业情况变化的（字母），请在表下写明含义，如“注：n 为镀种数”。",
    "填好后：cpaudit systems import 本文件。",
)


def template() -> bytes:
    """Return the empty template as a workbook: the table with drop-downs, and a sheet of instructions."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"title": "清洁生产评价指标体系导入模板", "created": dt.datetime(2000, 1, 1)})
    sheet = book.add_worksheet("指标表")
    bold = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True, "valign": "vcenter"})
    # Text cells: a spreadsheet would turn 3-4 into a date and 0.30 into 0.3.
    cell = book.add_format({"num_format": "@", "border": 1, "text_wrap": True, "valign": "vcenter"})
    for row, labels in enumerate(words().head.values()):
        sheet.write_string(row, 0, labels[0], bold)
        sheet.merge_range(row, 1, row, 4, "", cell)
    conventions = list(words().head).index("weights")
    sheet.data_validation(conventions, 1, conventions, 1, _choice(list(words().weight_conventions)))
    header = len(words().head) + 1
    levels = [(words().level_headings[0].format(n=some[0]), 18) for some in words().levels.values()]
    columns = [(words().headings[r][0], w) for r, w in _BEFORE.items()] + levels
    columns += [(words().headings[r][0], w) for r, w in _AFTER.items()]
    for at, (heading, width) in enumerate(columns):
        sheet.write_string(header, at, heading, bold)
        sheet.set_column(at, at, width)
        for row in range(header + 1, header + 1 + _ROWS):
            sheet.write_blank(row, at, None, cell)
    choices: dict[Role, list[str]] = {"category": list(CATEGORIES.values()), "limiting": ["是"], "hazardous_waste": ["是"]}
    for role, some in choices.items():
        at = len(_BEFORE) + len(levels) + list(_AFTER).index(role)
        sheet.data_validation(header + 1, at, header + _ROWS, at, _choice(some))
    sheet.freeze_panes(header + 1, 3)
    sheet.ignore_errors({"number_stored_as_text": f"A1:L{header + 1 + _ROWS}"})
    notes = book.add_worksheet(words().instructions)
    notes.set_column(0, 0, 110, book.add_format({"text_wrap": True}))
    for row, line in enumerate(_HELP):
        notes.write_string(row, 0, f"{row + 1}. {line}")
    book.close()
    return out.getvalue()


def _choice(some: list[str]) -> dict[str, Any]:
    return {
        "validate": "list",
        "source": some,
        "ignore_blank": True,
        "error_title": "请从列表中选择",
        "error_message": "、".join(some),
    }
