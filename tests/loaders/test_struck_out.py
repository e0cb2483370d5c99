"""What is struck out in a sheet isn't read, and that is said at its cell; a row struck out is no row."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import xlwt
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.formatting.rule import CellIsRule, DataBarRule, FormulaRule, IconSetRule, Rule
from openpyxl.styles import Border, Color, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.worksheet.table import Table, TableStyleInfo

from cpaudit.loaders.opening import readers
from cpaudit.loaders.opening.files import Source
from tests.support import documents
from tests.support.workbooks import (
    DONE,
    NAME_A,
    NAME_B,
    OPTIONS,
    PROGRESS,
    A,
    B,
    load,
    option,
    rewrite,
    told,
)

OTHER = [NAME_B, B, "2021-12-26", None, None, None, "正常推进"]


def struck(folder: Path, rows: list[list[Any]], *cells: str, name: str = "石家庄市.xlsx") -> Any:
    """Write a workbook in which some cells ("B3") or rows ("3") are struck out; return what is read."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in rows:
        sheet.append(row)
    for at in cells:
        for cell in [sheet[at]] if at[0].isalpha() else sheet[int(at)]:
            cell.font = Font(strike=True)
    workbook.save(folder / name)
    return load(folder)


def runs(*parts: tuple[str, dict[str, Any]]) -> CellRichText:
    return CellRichText(*(TextBlock(InlineFont(**look), text) if look else text for text, look in parts))


STRIKE, UP, DOWN = {"strike": True}, {"vertAlign": "superscript"}, {"vertAlign": "subscript"}


def notified(found: Any) -> list[str]:
    return found.frames["events"]["plant_id"].tolist()


def test_a_row_struck_out_is_not_read_and_said_so(tmp_path: Path) -> None:
    found = struck(tmp_path, [PROGRESS, DONE, OTHER], "2")
    assert notified(found) == [B]
    assert told(found) == [("row_left_out", "A2")]
    [problem] = found.frames["problems"].itertuples()
    assert problem.severity == "warning"
    assert NAME_A in problem.message


@pytest.mark.parametrize("rows", [("2", "3"), ("1", "2", "3")])
def test_nothing_is_left_where_all_is_struck_out_and_that_is_said(tmp_path: Path, rows: tuple[str, ...]) -> None:
    found = struck(tmp_path, [PROGRESS, DONE, OTHER], *rows)
    assert notified(found) == []
    assert {code for code, _ in told(found)} == ({"row_left_out"} if len(rows) == 2 else {"sheet_left_out"})


def test_the_name_alone_struck_out_strikes_the_row(tmp_path: Path) -> None:
    found = struck(tmp_path, [PROGRESS, DONE, OTHER], "A2")
    assert (notified(found), told(found)) == ([B], [("row_left_out", "A2")])


def test_a_name_struck_out_over_several_rows_strikes_them_all(tmp_path: Path) -> None:
    rows = [OPTIONS, option(1, 10), [None, None, *option(2, 20)[2:]], option(3, 5)]
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in rows:
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    sheet["A2"].font = Font(strike=True)
    workbook.save(tmp_path / "石家庄市.xlsx")
    found = load(tmp_path)
    assert found.frames["options"]["number"].tolist() == ["ZG3"]
    assert told(found) == [("row_left_out", "A2"), ("row_left_out", "A3")]


@pytest.mark.parametrize("value", [12.5, "12.5", dt.date(2022, 1, 1), True])
def test_a_value_struck_out_is_blank_and_said_so(tmp_path: Path, value: Any) -> None:
    found = struck(tmp_path, [OPTIONS, option(1, value), option(2, 20)], "G2")
    assert found.frames["options"]["investment_wan_yuan"].isna().tolist() == [True, False]
    assert told(found) == [("text_left_out", "G2")]


def test_a_date_struck_out_is_no_event(tmp_path: Path) -> None:
    row = [NAME_A, A, dt.date(2021, 12, 25), dt.date(2022, 1, 5), None, None, "正常推进"]
    found = struck(tmp_path, [PROGRESS, row], "D2")
    assert found.frames["events"]["milestone"].tolist() == ["notified"]
    assert told(found) == [("text_left_out", "D2")]


def test_a_column_that_is_not_used_may_hold_what_it_likes_and_none_of_it_is_quoted(tmp_path: Path) -> None:
    found = struck(tmp_path, [[*PROGRESS, "联系人"], [*DONE, "张保密"]], "H2")
    assert not any(code.endswith("left_out") for code, _ in told(found))
    assert "保密" not in found.frames["problems"].to_csv()


RICH = {
    "a correction": (runs(("12.5", STRIKE), ("13", {})), 13, "text_left_out"),
    "a correction, the new value first": (runs(("13", {}), ("12.5", STRIKE)), 13, "text_left_out"),
    "a digit in the middle struck": (runs(("1", {}), ("2", STRIKE), ("3", {})), 13, "text_left_out"),
    "two corrections": (runs(("1", STRIKE), ("2", STRIKE), ("7", {})), 7, "text_left_out"),
    "all of it": (runs(("12", STRIKE), ("5", STRIKE)), None, "text_left_out"),
    "a raised note": (runs(("12.5", {}), ("1", UP)), 12.5, "mark_left_out"),
    "a raised note in brackets": (runs(("12.5", {}), ("[1]", UP)), 12.5, "text_left_out"),
    "a raised word": (runs(("12.5", {}), ("注2", UP)), 12.5, "text_left_out"),
    "a raised circle": (runs(("12.5", {}), ("①", UP)), 12.5, "mark_left_out"),
    "two raised notes": (runs(("12.5", {}), ("1,2", UP)), 12.5, "text_left_out"),
    "a power": (runs(("10", {}), ("3", UP)), None, "number_text"),
    "a lowered digit": (runs(("12.5", {}), ("1", DOWN)), None, "number_text"),
    "a raised letter": (runs(("12.5", {}), ("a", UP)), 12.5, "mark_left_out"),
}


@pytest.mark.parametrize(("cell", "meant", "code"), RICH.values(), ids=RICH)
@pytest.mark.parametrize("shared", [False, True])
def test_text_in_several_looks(tmp_path: Path, cell: CellRichText, meant: float | None, code: str, shared: bool) -> None:
    if shared:
        workbook = xlsxwriter.Workbook(str(tmp_path / "石家庄市.xlsx"))
        sheet = workbook.add_worksheet()
        looks = {"strike": {"font_strikeout": True}, "vertAlign": {"font_script": 1}}
        for at, row in enumerate([OPTIONS, option(1, None), option(2, 20)]):
            sheet.write_row(at, 0, row)
        parts: list[Any] = []
        for part in cell:
            if isinstance(part, TextBlock):
                look = "strike" if part.font.strike else "vertAlign"
                form = {"font_script": 2} if part.font.vertAlign == "subscript" else looks[look]
                parts += [workbook.add_format(form), part.text]
            else:
                parts.append(str(part))
        sheet.write_rich_string(1, 6, *parts)
        workbook.close()
        found = load(tmp_path)
    else:
        found = struck(tmp_path, [OPTIONS, option(1, cell), option(2, 20)])
    first = found.frames["options"]["investment_wan_yuan"].tolist()[0]
    assert (first if meant is not None else str(first)) == (meant if meant is not None else "nan")
    assert told(found) == [(code, "G2")]


def test_new_text_in_a_cell_that_was_struck_out_counts(tmp_path: Path) -> None:
    """Excel gives the first run the cell's own look and says it of the others only."""
    cell = CellRichText("12.5", TextBlock(InlineFont(sz=11), "13"))
    found = struck(tmp_path, [OPTIONS, option(1, cell)], "G2")
    assert found.frames["options"]["investment_wan_yuan"].tolist() == [13]
    assert told(found) == [("text_left_out", "G2")]


def test_raised_digits_of_a_unit_stay_a_unit(tmp_path: Path) -> None:
    head = runs(("节水(m", {}), ("3", UP), (")", {}))
    plain = struck(tmp_path, [[*OPTIONS, "节水(m³)"], option(1, 10, 5)])
    rich = struck(tmp_path, [[*OPTIONS, head], option(1, 10, 5)])
    assert rich.frames["options"]["water_t"].tolist() == plain.frames["options"]["water_t"].tolist()
    assert told(rich) == told(plain)


def test_a_heading_or_title_struck_out_is_said(tmp_path: Path) -> None:
    found = struck(tmp_path, [["石家庄市进度表"], PROGRESS, DONE], "A1", "E2")
    assert set(told(found)) == {("text_left_out", "A1"), ("text_left_out", "E2")}


def test_a_style_that_says_it_does_not_strike_strikes_nothing(tmp_path: Path) -> None:
    struck(tmp_path, [PROGRESS, DONE, OTHER], "2")
    rewrite(tmp_path / "石家庄市.xlsx", rb'<strike val="1"\s*/>', b'<strike val="0"/>', "xl/styles.xml")
    found = load(tmp_path)
    assert (notified(found), told(found)) == ([A, B], [])


def test_a_strike_in_another_namespace_prefix_strikes(tmp_path: Path) -> None:
    struck(tmp_path, [PROGRESS, DONE, OTHER], "2")
    path = tmp_path / "石家庄市.xlsx"
    rewrite(path, rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", "xl/styles.xml")
    rewrite(path, rb"xmlns=", rb"xmlns:x=", "xl/styles.xml")
    assert ("row_left_out", "A2") in told(load(tmp_path))


def test_a_hundred_struck_styles_and_strings_are_found_too(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(OPTIONS)
    for n in range(1, 251):
        sheet.append(option(n, n))
        sheet.cell(n + 1, 7).font = Font(strike=n % 2 == 0, sz=6 + n / 10)
    workbook.save(tmp_path / "石家庄市.xlsx")
    found = load(tmp_path)
    assert found.frames["options"]["investment_wan_yuan"].sum() == sum(range(1, 251, 2))
    assert sum(code == "text_left_out" for code, _ in told(found)) == 125


def test_the_old_format_strikes_too(tmp_path: Path) -> None:
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("进度")
    gone = xlwt.easyxf("font: struck_out on")
    for at, (row, look) in enumerate([(PROGRESS, None), (DONE, gone), (OTHER, None)]):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(at, column, value, *([look] if look else []))
    workbook.save(str(tmp_path / "石家庄市.xls"))
    found = load(tmp_path)
    assert (notified(found), told(found)) == ([B], [("row_left_out", "A2")])


OLD = {
    "a correction": ([("12.5", "struck_out on"), ("13", "")], 13, "text_left_out"),
    "a raised note": ([("12.5", ""), ("1", "escapement superscript")], 12.5, "mark_left_out"),
    "a power": ([("10", ""), ("3", "escapement superscript")], None, "number_text"),
    "a lowered digit": ([("12.5", ""), ("1", "escapement subscript")], None, "number_text"),
    "a raised word": ([("13", ""), ("注1", "escapement superscript")], 13, "text_left_out"),
}


@pytest.mark.parametrize(("parts", "meant", "code"), OLD.values(), ids=OLD)
@pytest.mark.parametrize("before", [0, 3000])
def test_text_in_several_looks_in_the_old_format(
    tmp_path: Path, parts: list[tuple[str, str]], meant: float | None, code: str, before: int
) -> None:
    """``before``: so many other texts that the list of strings goes on over several records."""
    workbook = xlwt.Workbook()
    for n in range(before):
        (workbook.add_sheet("封面") if not n else workbook.get_sheet(0)).write(n, 0, f"说明文字第{n}条" if n % 2 else f"note {n}")
    sheet = workbook.add_sheet("方案")
    for at, row in enumerate([OPTIONS, option(1, None), option(2, 20)]):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(at, column, value)
    fonts = [(text, xlwt.easyfont(look)) for text, look in parts]
    sheet.write_rich_text(1, 6, fonts)
    workbook.save(str(tmp_path / "石家庄市.xls"))
    found = load(tmp_path)
    first = found.frames["options"]["investment_wan_yuan"].tolist()[0]
    assert str(first) == ("nan" if meant is None else str(float(meant)))
    assert told(found) == [(code, "G2")]


# -- what nobody sees


def looking(folder: Path, head: str = "", **looks: Any) -> Any:
    """Write a workbook in which the first plant's name looks otherwise; ``head``: the ground of its headings, white on it."""
    workbook = openpyxl.Workbook()
    for row in (PROGRESS, DONE, OTHER):
        workbook.active.append(row)
    for look, value in looks.items():
        setattr(workbook.active["A2"], look, value)
    if head:
        for cell in workbook.active[1]:
            cell.font, cell.fill = Font(color="FFFFFFFF"), PatternFill("solid", fgColor=head)
    workbook.save(folder / "石家庄市.xlsx")
    return load(folder)


UNSEEN = {
    "white": {"font": Font(color="FFFFFFFF")},
    "white of another program": {"font": Font(color="00FFFFFF")},
    "nearly white": {"font": Font(color="FFFAFAFA")},
    "the theme's ground": {"font": Font(color=Color(theme=0))},
    "white by number": {"font": Font(color=Color(indexed=9))},
    "a theme's black made white": {"font": Font(color=Color(theme=1, tint=0.99))},
    "white on white": {"font": Font(color="FFFFFFFF"), "fill": PatternFill("solid", fgColor="FFFFFFFF")},
    "red on red": {"font": Font(color="FFC00000"), "fill": PatternFill("solid", fgColor="FFC00000")},
    "blacked out": {"font": Font(), "fill": PatternFill("solid", fgColor="FF000000")},
    "white in a run": {"value": runs((NAME_A, {"color": "FFFFFFFF"}))},
    "the theme's ground in a run": {"value": runs((NAME_A, {"color": Color(theme=0)}))},
    "a format that shows nothing": {"number_format": ";;;"},
    "a format that shows another text": {"number_format": '0;-0;0;"示例丁公司"'},
    "a format that shows more than the text": {"number_format": '@"（已取消）"'},
    "a word before the text": {"number_format": '0;-0;0;"原"@'},
    "a format's own white": {"number_format": "[White]@"},
    "a format's own white, in Chinese": {"number_format": "0;-0;0;[白色]@"},
    "a format's own white, by number": {"number_format": "[Color2]General"},
}


@pytest.mark.parametrize("looks", UNSEEN.values(), ids=UNSEEN)
def test_what_nobody_sees_is_not_read_and_said(tmp_path: Path, looks: dict[str, Any]) -> None:
    found = looking(tmp_path, **looks)
    assert notified(found) == [B]
    assert told(found) == [("row_left_out", "A2")]


SEEN = {
    "white on a dark ground": {"font": Font(color="FFFFFFFF"), "fill": PatternFill("solid", fgColor="FF003366")},
    "yellow": {"font": Font(color="FFFFFF00")},
    "the theme's ground on a dark one": {
        "font": Font(color=Color(theme=0)),
        "fill": PatternFill("solid", fgColor=Color(theme=1)),
    },
    "grey": {"font": Font(color=Color(theme=0, tint=-0.35))},
    "white on a pattern": {"font": Font(color="FFFFFFFF"), "fill": PatternFill("darkGrid", fgColor="FFFFFFFF")},
    "black on yellow": {"fill": PatternFill("solid", fgColor="FFFFFF00")},
    "white in a run on a dark ground": {
        "value": runs((NAME_A, {"color": "FFFFFFFF"})),
        "fill": PatternFill("solid", fgColor="FF003366"),
    },
    "a format for texts": {"number_format": "0;-0;0;@"},
    "a format's own red": {"number_format": "[Red]@"},
    "a text filled up with points": {"number_format": "@*."},
    "a format's own white on a dark ground": {
        "number_format": "[White]@",
        "fill": PatternFill("solid", fgColor="FF003366"),
    },
    "an accountant's format": {"number_format": '_-* #,##0.00_-;-* #,##0.00_-;_-* "-"??_-;_-@_-'},
}


@pytest.mark.parametrize("looks", SEEN.values(), ids=SEEN)
def test_what_is_seen_is_read(tmp_path: Path, looks: dict[str, Any]) -> None:
    assert notified(looking(tmp_path, head="FF003366", **looks)) == [A, B]


GROUNDS = {
    "a table's headings": ("TableStyleMedium2", ("1",)),
    "a table's light style": ("TableStyleLight9", ("1",)),
    "a table in the dark": ("TableStyleDark1", ("1", "2", "3")),
    "a table of their own style": ("本单位", ("1", "2")),
    "a conditional ground": ("", ("1",)),
    "a conditional ground for a row": ("", ("3",)),
}


@pytest.mark.parametrize(("style", "rows"), GROUNDS.values(), ids=GROUNDS)
def test_white_on_the_ground_of_a_table_or_a_condition_is_read(tmp_path: Path, style: str, rows: tuple[str, ...]) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in (PROGRESS, DONE, OTHER):
        sheet.append(row)
    for at in rows:
        for cell in sheet[at]:
            cell.font = Font(color="FFFFFFFF")
        if not style:
            dark = PatternFill(bgColor="FF003366", fill_type="solid")
            sheet.conditional_formatting.add(f"A{at}:G{at}", FormulaRule(formula=["TRUE"], fill=dark))
    if style:
        table = Table(displayName="T", ref="A1:G3", tableStyleInfo=TableStyleInfo(name=style, showRowStripes=True))
        sheet.add_table(table)
    workbook.save(tmp_path / "石家庄市.xlsx")
    found = load(tmp_path)
    assert (notified(found), told(found)) == ([A, B], [])


@pytest.mark.parametrize("style", ["TableStyleMedium2", "TableStyleLight1", ""])
def test_white_rows_of_a_light_table_or_a_condition_on_letters_alone_are_not(tmp_path: Path, style: str) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in (PROGRESS, DONE, OTHER):
        sheet.append(row)
    sheet["A2"].font = Font(color="FFFFFFFF")
    if style:
        sheet.add_table(Table(displayName="T", ref="A1:G3", tableStyleInfo=TableStyleInfo(name=style)))
    else:
        sheet.conditional_formatting.add("A2:G3", FormulaRule(formula=["TRUE"], font=Font(color="FF9C0006")))
    workbook.save(tmp_path / "石家庄市.xlsx")
    found = load(tmp_path)
    assert (notified(found), told(found)) == ([B], [("row_left_out", "A2")])


HIDING = {
    "struck": {"font": Font(strike=True)},
    "white": {"font": Font(color="FFFFFFFF")},
    "the theme's ground": {"font": Font(color=Color(theme=0))},
    "struck and grey": {"font": Font(strike=True, color="FF808080")},
    "struck on red": {"font": Font(strike=True), "fill": PatternFill(bgColor="FFFFC7CE", fill_type="solid")},
}
SHOWING = {
    "red": {"font": Font(color="FF9C0006"), "fill": PatternFill(bgColor="FFFFC7CE", fill_type="solid")},
    "bold": {"font": Font(b=True)},
    "white on blue": {"font": Font(color="FFFFFFFF"), "fill": PatternFill(bgColor="FF003366", fill_type="solid")},
    "a ground": {"fill": PatternFill(bgColor="FFC6EFCE", fill_type="solid")},
    "a strike that is off": {"font": Font(strike=False, b=True)},
}


@pytest.mark.parametrize("look", [*HIDING, *SHOWING])
def test_what_a_condition_may_strike_or_hide_is_read_and_asked_about(tmp_path: Path, look: str) -> None:
    workbook = openpyxl.Workbook()
    for row in (PROGRESS, DONE, OTHER):
        workbook.active.append(row)
    rule = FormulaRule(formula=['$G2="正常推进"'], **{**HIDING, **SHOWING}[look])
    workbook.active.conditional_formatting.add("A2:G3", rule)
    workbook.save(tmp_path / "石家庄市.xlsx")
    found = load(tmp_path)
    assert (notified(found), told(found)) == ([A, B], [("conditional_look", "A2")] if look in HIDING else [])


OLD_LOOKS = {
    "white": ("font: color white", "", False),
    "white on white": ("font: color white; pattern: pattern solid, fore_colour white", "", False),
    "red on red": ("font: color red; pattern: pattern solid, fore_colour red", "", False),
    "a format that shows nothing": ("", ";;;", False),
    "white on a dark ground": ("font: color white; pattern: pattern solid, fore_colour dark_blue", "", True),
    "yellow": ("font: color yellow", "", True),
    "black on grey": ("pattern: pattern solid, fore_colour gray25", "", True),
}


@pytest.mark.parametrize(("look", "form", "seen"), OLD_LOOKS.values(), ids=OLD_LOOKS)
@pytest.mark.parametrize("in_a_run", [False, True])
def test_what_nobody_sees_in_the_old_format(tmp_path: Path, look: str, form: str, seen: bool, in_a_run: bool) -> None:
    workbook, style = xlwt.Workbook(), xlwt.easyxf(look, form or None)
    sheet = workbook.add_sheet("进度")
    for at, row in enumerate([PROGRESS, DONE, OTHER]):
        for column, value in enumerate(row):
            if (at, column) == (1, 0) and in_a_run:
                sheet.write_rich_text(at, column, [(NAME_A, style.font)], style)
            elif value is not None:
                sheet.write(at, column, value, *([style] if (at, column) == (1, 0) else []))
    workbook.save(str(tmp_path / "石家庄市.xls"))
    assert notified(load(tmp_path)) == ([A, B] if seen else [B])


@pytest.mark.parametrize(
    ("colour", "ground", "read"),
    [("FFFFFF", "", "通过"), ("FFFFFF", "000080", "未通过"), ("FDFDFD", "auto", "通过"), ("C00000", "C00000", "通过"),
     ("000000", "000000", "通过"), ("FFFFFF", "FFFFFF", "通过"), ("auto", "000000", "未通过"), ("C00000", "FFFF00", "未通过")],
)  # fmt: skip
def test_text_of_a_word_document_is_read_where_it_is_seen_on_its_ground(
    tmp_path: Path, colour: str, ground: str, read: str
) -> None:
    rows = [[*PROGRESS[:-1], "验收结果", "目前状态"], [NAME_A, A, "2021-12-25", None, None, "2022-10-01", "", "正常推进"]]
    shade = f"<w:shd w:val='clear' w:fill='{ground}'/>" if ground else ""
    said = documents.cell(documents.paragraph(documents.run("未", f"<w:color w:val='{colour}'/>"), "通过"), properties=shade)
    table = documents.table(rows[0], documents.row(*rows[1][:6], said, rows[1][7]))
    documents.document(tmp_path / "石家庄市.docx", table)
    events = load(tmp_path).frames["events"].set_index("milestone")["result"]
    assert events["accepted"] == {"通过": "passed", "未通过": "failed"}[read]


@pytest.mark.parametrize(
    ("colour", "marker", "read"),
    [("000000", "black", "通过"), ("FFFF00", "yellow", "通过"), ("FFFFFF", "white", "通过"), ("auto", "black", "未通过"),
     ("000000", "yellow", "未通过"), ("FFFFFF", "darkBlue", "未通过")],
)  # fmt: skip
def test_what_a_marker_of_its_own_colour_covers_is_not_read(tmp_path: Path, colour: str, marker: str, read: str) -> None:
    rows = [[*PROGRESS[:-1], "验收结果", "目前状态"], [NAME_A, A, "2021-12-25", None, None, "2022-10-01", "", "正常推进"]]
    look = f"<w:color w:val='{colour}'/><w:highlight w:val='{marker}'/>"
    said = documents.cell(documents.paragraph(documents.run("未", look), "通过"))
    documents.document(tmp_path / "石家庄市.docx", documents.table(rows[0], documents.row(*rows[1][:6], said, rows[1][7])))
    events = load(tmp_path).frames["events"].set_index("milestone")["result"]
    assert events["accepted"] == {"通过": "passed", "未通过": "failed"}[read]


def test_each_workbook_is_read_by_its_own_styles_and_colours(tmp_path: Path) -> None:
    """Styles that many files share are looked at once; the same styles say something else under another theme."""
    offered = {"plain": {}, "struck": {"strike": True}, "light": {"color": Color(theme=0)}, "dark": {"color": Color(theme=0)}}
    first = {}
    for name, look in [*offered.items(), *offered.items()]:
        workbook = openpyxl.Workbook()
        workbook.active.append([NAME_A])
        workbook.active["A1"].font = Font(**look)
        path = tmp_path / f"{name}.xlsx"
        workbook.save(path)
        if name == "dark":
            rewrite(path, b'lastClr="FFFFFF"', b'lastClr="203040"', "xl/theme/theme1.xml")
        [grid] = readers.read(Source(path, path.name))
        first[name] = grid.rows[0][0]
    assert first == {"plain": NAME_A, "struck": "", "light": "", "dark": NAME_A}


LOW = {
    "one point": {"font": Font(sz=1)},
    "two points and bold": {"font": Font(sz=2, b=True)},
    "half a point": {"font": Font(sz=0.5)},
    "one point in red": {"font": Font(sz=1, color="FFC00000")},
    "one point in a run": {"value": runs((NAME_A, {"sz": 1}))},
}


@pytest.mark.parametrize("looks", LOW.values(), ids=LOW)
def test_letters_too_low_to_be_read_are_not_read_and_said(tmp_path: Path, looks: dict[str, Any]) -> None:
    found = looking(tmp_path, **looks)
    assert (notified(found), told(found)) == ([B], [("row_left_out", "A2")])
    assert "小得看不见" in found.frames["problems"]["message"].iloc[0]


@pytest.mark.parametrize("looks", [{"font": Font(sz=5)}, {"font": Font(sz=72)}, {"value": runs((NAME_A, {"sz": 6}))}])
def test_small_and_large_letters_are_read(tmp_path: Path, looks: dict[str, Any]) -> None:
    assert notified(looking(tmp_path, **looks)) == [A, B]


@pytest.mark.parametrize(("height", "read"), [(20, [B]), (40, [B]), (100, [A, B]), (220, [A, B])])
@pytest.mark.parametrize("in_a_run", [False, True])
def test_low_letters_in_the_old_format(tmp_path: Path, height: int, read: list[str], in_a_run: bool) -> None:
    workbook, style = xlwt.Workbook(), xlwt.easyxf(f"font: height {height}")
    sheet = workbook.add_sheet("进度")
    for at, row in enumerate([PROGRESS, DONE, OTHER]):
        for column, value in enumerate(row):
            if (at, column) == (1, 0) and in_a_run:
                sheet.write_rich_text(at, column, [(NAME_A, style.font)])
            elif value is not None:
                sheet.write(at, column, value, *([style] if (at, column) == (1, 0) else []))
    workbook.save(str(tmp_path / "石家庄市.xls"))
    assert notified(load(tmp_path)) == read


# -- conditions that ask for no more than the value

WHITE, CROSSED = {"font": Font(color="FFFFFFFF")}, {"font": Font(strike=True)}


def by_rule(folder: Path, rule: Any, area: str = "A2:G3", value: Any = NAME_A) -> Any:
    workbook = openpyxl.Workbook()
    for row in (PROGRESS, [value, *DONE[1:]], OTHER):
        workbook.active.append(row)
    workbook.active.conditional_formatting.add(area, rule)
    workbook.save(folder / "石家庄市.xlsx")
    return load(folder)


def worded(kind: str, operator: str, text: str, **look: Any) -> Rule:
    return Rule(type=kind, operator=operator or None, text=text or None, formula=["FALSE"], dxf=DifferentialStyle(**look))


CERTAIN = {
    "equal": CellIsRule(operator="equal", formula=[f'"{NAME_A}"'], **WHITE),
    "equal and struck": CellIsRule(operator="equal", formula=[f'"{NAME_A}"'], **CROSSED),
    "not equal": CellIsRule(operator="notEqual", formula=[f'"{NAME_B}"'], **CROSSED),
    "between": CellIsRule(operator="between", formula=[f'"{NAME_A}"', f'"{NAME_A}"'], **WHITE),
    "contains": worded("containsText", "containsText", "甲化工", **WHITE),
    "begins": worded("beginsWith", "beginsWith", "示例甲", **CROSSED),
    "ends": worded("endsWith", "endsWith", "化工有限公司", **WHITE),
    "contains not": worded("notContainsText", "notContains", "水泥", **CROSSED),
}


@pytest.mark.parametrize("rule", CERTAIN.values(), ids=CERTAIN)
def test_what_a_condition_on_its_value_hides_is_not_read_and_said(tmp_path: Path, rule: Any) -> None:
    found = by_rule(tmp_path, rule, "A2:A3")
    assert (notified(found), told(found)) == ([B], [("row_left_out", "A2")])


OPEN = {
    "a cell": CellIsRule(operator="equal", formula=["$J$1"], **WHITE),
    "a formula": CellIsRule(operator="equal", formula=['"示例"&"甲"'], **CROSSED),
    "the highest": Rule(type="top10", rank=1, dxf=DifferentialStyle(**WHITE)),
    "above the average": Rule(type="aboveAverage", dxf=DifferentialStyle(**CROSSED)),
    "a day": Rule(type="timePeriod", timePeriod="today", formula=["FALSE"], dxf=DifferentialStyle(**WHITE)),
}


@pytest.mark.parametrize("rule", OPEN.values(), ids=OPEN)
def test_what_a_condition_may_hide_that_takes_more_than_the_value_is_asked_about(tmp_path: Path, rule: Any) -> None:
    found = by_rule(tmp_path, rule, "A2:A3")
    assert (notified(found), told(found)) == ([A, B], [("conditional_look", "A2")])


IDLE = {
    "another value": CellIsRule(operator="equal", formula=['"示例丙公司"'], **WHITE),
    "a number": CellIsRule(operator="lessThan", formula=["0"], **WHITE),
    "another word": worded("containsText", "containsText", "已取消", **CROSSED),
    "no errors": worded("containsErrors", "", "", **WHITE),
    "no duplicates": Rule(type="duplicateValues", dxf=DifferentialStyle(**WHITE)),
    "red": CellIsRule(operator="equal", formula=[f'"{NAME_A}"'], font=Font(color="FFC00000")),
}


@pytest.mark.parametrize("rule", IDLE.values(), ids=IDLE)
def test_a_condition_that_holds_for_no_cell_is_passed_by(tmp_path: Path, rule: Any) -> None:
    found = by_rule(tmp_path, rule, "A2:A3")
    assert (notified(found), told(found)) == ([A, B], [])


def test_a_name_twice_is_hidden_where_duplicates_are(tmp_path: Path) -> None:
    found = by_rule(tmp_path, Rule(type="duplicateValues", dxf=DifferentialStyle(**WHITE)), "A2:A3", value=NAME_B)
    assert {code for code, _ in told(found)} == {"row_left_out"}


@pytest.mark.parametrize(("value", "read"), [(0, 0.0), (5, None), (12.5, 12.5)])
def test_a_zero_shown_as_nothing_is_zero(tmp_path: Path, value: float, read: float | None) -> None:
    workbook = openpyxl.Workbook()
    for row in (OPTIONS, option(1, value)):
        workbook.active.append(row)
    workbook.active.conditional_formatting.add("G2:G3", CellIsRule(operator="lessThan", formula=["10"], **WHITE))
    workbook.save(tmp_path / "石家庄市.xlsx")
    found = load(tmp_path)
    amounts = found.frames["options"]["investment_wan_yuan"].tolist()
    assert [None if amount != amount else amount for amount in amounts] == [read]  # noqa: PLR0124 - NaN
    assert told(found) == ([("text_left_out", "G2")] if read is None else [])


def test_white_by_a_condition_on_a_dark_ground_is_read_and_asked_about(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    for row in (PROGRESS, DONE, OTHER):
        workbook.active.append(row)
    workbook.active["A2"].fill = PatternFill("solid", fgColor="FF003366")
    workbook.active["A2"].font = Font(color="FFFFFF00")
    workbook.active.conditional_formatting.add("A2:A3", CERTAIN["equal"])
    workbook.save(tmp_path / "石家庄市.xlsx")
    found = load(tmp_path)
    assert (notified(found), told(found)) == ([A, B], [("conditional_look", "A2")])


@pytest.mark.parametrize("kind", ["dataBar", "iconSet"])
def test_a_bar_or_an_icon_in_a_numbers_place_is_said(tmp_path: Path, kind: str) -> None:
    workbook = openpyxl.Workbook()
    for row in (OPTIONS, option(1, 12.5), option(2, 13.5)):
        workbook.active.append(row)
    made = DataBarRule("min", None, "max", None, color="FF638EC6", showValue=False)
    rule = made if kind == "dataBar" else IconSetRule("3Arrows", "percent", [0, 33, 67], showValue=False)
    workbook.active.conditional_formatting.add("G2:G3", rule)
    workbook.save(tmp_path / "石家庄市.xlsx")
    found = load(tmp_path)
    assert found.frames["options"]["investment_wan_yuan"].isna().all()
    assert told(found) == [("text_left_out", "G2"), ("text_left_out", "G3")]


# -- what later versions add behind a sheet's rows

LATER = (
    '<extLst><ext xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"'
    ' xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" uri="{78C0D931-6437-407d-A8EE-F0AAD7539E65}">'
)
LIST = (
    "<x14:dataValidations><x14:dataValidation type='list'><x14:formula1><xm:f>Sheet2!$A$1:$A$9</xm:f></x14:formula1>"
    "<xm:sqref>G2:G9</xm:sqref></x14:dataValidation></x14:dataValidations>"
)
LOOK = (
    "<x14:conditionalFormattings><x14:conditionalFormatting><x14:cfRule type='expression' priority='1' id='{1}'>"
    "<xm:f>Sheet2!$A$1=1</xm:f><x14:dxf>%s</x14:dxf></x14:cfRule><xm:sqref>A2:B3</xm:sqref></x14:conditionalFormatting>"
    "</x14:conditionalFormattings>"
)
ADDED = {
    "a list of answers": (LIST, []),
    "a strike": (LOOK % "<font><strike/></font>", [("conditional_look", "A2")]),
    "white letters": (LOOK % "<font><color rgb='FFFFFFFF'/></font>", [("conditional_look", "A2")]),
    "white on blue": (LOOK % "<font><color rgb='FFFFFFFF'/></font><fill><patternFill/></fill>", []),
    "red letters and a list": (LOOK % "<font><color rgb='FFC00000'/></font>" + LIST, []),
    "a strike and a list": (LOOK % "<font><strike/></font>" + LIST, [("conditional_look", "A2")]),
}


@pytest.mark.parametrize(("added", "problems"), ADDED.values(), ids=ADDED)
def test_what_stands_behind_the_rows_changes_no_cell(tmp_path: Path, added: str, problems: list[tuple[str, str]]) -> None:
    workbook = openpyxl.Workbook()
    for row in (PROGRESS, DONE, OTHER):
        workbook.active.append(row)
    path = tmp_path / "石家庄市.xlsx"
    workbook.save(path)
    rewrite(path, b"</worksheet>", f"{LATER}{added}</ext></extLst></worksheet>".encode())
    found = load(tmp_path)
    assert (notified(found), told(found)) == ([A, B], problems)


# -- letters of a Word document


def answered(folder: Path, look: str, *, shade: str = "", properties: str = "", styles: str = "") -> Any:
    """Read a Word document whose result says 未 in another look, before 通过."""
    rows = [[*PROGRESS[:-1], "验收结果", "目前状态"], [NAME_A, A, "2021-12-25", None, None, "2022-10-01", "", "正常推进"]]
    said = documents.cell(documents.paragraph(documents.run("未", look), "通过"), properties=shade)
    table = documents.table(rows[0], documents.row(*rows[1][:6], said, rows[1][7], properties=properties))
    documents.document(folder / "石家庄市.docx", table, styles=styles)
    return load(folder)


def fill(inside: str) -> str:
    return f"<w14:textFill>{inside}</w14:textFill>"


def solid(inside: str) -> str:
    return f"<w14:solidFill>{inside}</w14:solidFill>"


SCHEME = "<w14:schemeClr w14:val='%s'/>"
FADED = {
    "no fill": fill("<w14:noFill/>"),
    "white": fill(solid("<w14:srgbClr w14:val='FFFFFF'/>")),
    "the theme's ground": fill(solid(SCHEME % "bg1")),
    "all shines through": fill(solid("<w14:srgbClr w14:val='000000'><w14:alpha w14:val='100000'/></w14:srgbClr>")),
    "no fill in red": "<w:color w:val='FF0000'/>" + fill("<w14:noFill/>"),
    "white in white outlines": fill(solid(SCHEME % "bg1"))
    + "<w14:textOutline>" + solid("<w14:srgbClr w14:val='FFFFFF'/>") + "</w14:textOutline>",
    "one point": "<w:sz w:val='2'/>",
    "two points": "<w:sz w:val='4'/>",
    "a hair wide": "<w:w w:val='1'/>",
}  # fmt: skip
PLAIN = {
    "black, though white for old programs": "<w:color w:val='FFFFFF'/>" + fill(solid("<w14:srgbClr w14:val='000000'/>")),
    "the theme's letters": fill(solid(SCHEME % "tx1")),
    "a grey of the theme's ground": fill(solid("<w14:schemeClr w14:val='bg1'><w14:lumMod w14:val='50000'/></w14:schemeClr>")),
    "half shines through": fill(solid("<w14:srgbClr w14:val='000000'><w14:alpha w14:val='50000'/></w14:srgbClr>")),
    "hollow letters": fill("<w14:noFill/>")
    + "<w14:textOutline>" + solid("<w14:srgbClr w14:val='000000'/>") + "</w14:textOutline>",
    "a gradient": fill("<w14:gradFill><w14:gsLst/></w14:gradFill>"),
    "five points": "<w:sz w:val='10'/>",
    "narrow": "<w:w w:val='66'/>",
}  # fmt: skip


@pytest.mark.parametrize("look", FADED.values(), ids=FADED)
def test_letters_of_a_document_that_nobody_sees_are_not_read_and_said(tmp_path: Path, look: str) -> None:
    found = answered(tmp_path, look)
    assert found.frames["events"].set_index("milestone")["result"]["accepted"] == "passed"
    assert told(found) == [("text_left_out", "G2")]


@pytest.mark.parametrize("look", PLAIN.values(), ids=PLAIN)
def test_letters_of_a_document_that_are_seen_are_read(tmp_path: Path, look: str) -> None:
    found = answered(tmp_path, look)
    assert found.frames["events"].set_index("milestone")["result"]["accepted"] == "failed"
    assert told(found) == []


def test_white_fill_on_a_dark_cell_is_seen_and_a_style_may_say_it(tmp_path: Path) -> None:
    look = fill(solid("<w14:srgbClr w14:val='FFFFFF'/>"))
    dark = answered(tmp_path, look, shade="<w:shd w:val='clear' w:fill='000080'/>")
    assert dark.frames["events"].set_index("milestone")["result"]["accepted"] == "failed"
    styled = f"<w:style w:type='character' w:styleId='x'><w:rPr>{look}</w:rPr></w:style>"
    named = answered(tmp_path, "<w:rStyle w:val='x'/>", styles=styled)
    assert named.frames["events"].set_index("milestone")["result"]["accepted"] == "passed"


@pytest.mark.parametrize(
    ("height", "read"),
    [("w:val='20' w:hRule='exact'", []), ("w:val='1' w:hRule='exact'", []), ("w:val='300' w:hRule='exact'", [A]),
     ("w:val='1' w:hRule='atLeast'", [A]), ("w:val='1'", [A])],
)  # fmt: skip
def test_a_row_of_a_document_without_height_is_not_read_and_said(tmp_path: Path, height: str, read: list[str]) -> None:
    found = answered(tmp_path, "", properties=f"<w:trHeight {height}/>")
    assert sorted(set(found.frames["events"]["plant_id"])) == read
    assert [code for code, _ in told(found)] == ([] if read else ["row_left_out"])


# -- lines from corner to corner, rules that win, letters of the whole document, drawings


@pytest.mark.parametrize(("ways", "read"), [({"diagonalUp": True}, [B]), ({"diagonalDown": True}, [B]), ({}, [A, B])])
@pytest.mark.parametrize("style", ["thin", "thick", None])
def test_a_line_from_corner_to_corner_strikes_out(tmp_path: Path, ways: Any, read: list[str], style: Any) -> None:
    found = looking(tmp_path, border=Border(diagonal=Side(style=style), **ways))
    assert notified(found) == (read if style else [A, B])
    assert told(found) == ([("row_left_out", "A2")] if notified(found) == [B] else [])


def test_a_line_that_parts_a_heading_strikes_nothing_out(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    for row in (["项目\n序号", *PROGRESS], [None, *DONE], [None, *OTHER]):
        workbook.active.append(row)
    workbook.active["A1"].border = Border(diagonal=Side(style="thin"), diagonalDown=True)
    workbook.save(tmp_path / "石家庄市.xlsx")
    found = load(tmp_path)
    assert (notified(found), told(found)) == ([A, B], [("column_empty", "A1")])


@pytest.mark.parametrize("ways", [(1, 0), (0, 1), (1, 1)])
def test_a_line_from_corner_to_corner_strikes_out_in_the_old_format(tmp_path: Path, ways: tuple[int, int]) -> None:
    workbook, style = xlwt.Workbook(), xlwt.XFStyle()
    style.borders.diag, (style.borders.need_diag1, style.borders.need_diag2) = 1, ways
    sheet = workbook.add_sheet("进度")
    for at, row in enumerate([PROGRESS, DONE, OTHER]):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(at, column, value, *([style] if (at, column) == (1, 0) else []))
    workbook.save(str(tmp_path / "石家庄市.xls"))
    assert notified(load(tmp_path)) == [B]


@pytest.mark.parametrize("line", ["tl2br", "tr2bl"])
@pytest.mark.parametrize(("value", "read"), [("single", "unread"), ("nil", "passed")])
def test_a_line_from_corner_to_corner_strikes_out_in_a_document(tmp_path: Path, line: str, value: str, read: str) -> None:
    found = answered(tmp_path, "<w:vanish/>", shade=f"<w:tcBorders><w:{line} w:val='{value}'/></w:tcBorders>")
    assert found.frames["events"].set_index("milestone")["result"]["accepted"] == read


def test_a_rule_that_wins_over_one_that_hides_leaves_it_open(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    for row in (PROGRESS, DONE, OTHER):
        workbook.active.append(row)
    formats = workbook.active.conditional_formatting
    formats.add("A2:A3", FormulaRule(formula=["TRUE"], font=Font(color="FFFF0000"), stopIfTrue=True))
    formats.add("A2:A3", CellIsRule(operator="equal", formula=[f'"{NAME_A}"'], **WHITE))
    workbook.save(tmp_path / "石家庄市.xlsx")
    found = load(tmp_path)
    assert (notified(found), told(found)) == ([A, B], [("conditional_look", "A2")])


WHOLE = {
    "the document's letters": "<w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val='2'/></w:rPr></w:rPrDefault></w:docDefaults>",
    "the usual style": "<w:style w:type='paragraph' w:default='1' w:styleId='a'><w:rPr><w:sz w:val='2'/></w:rPr></w:style>",
}


@pytest.mark.parametrize("styles", WHOLE.values(), ids=WHOLE)
def test_a_document_in_letters_too_low_is_not_read_and_said_but_where_it_says_otherwise(tmp_path: Path, styles: str) -> None:
    low = answered(tmp_path, "", styles=styles)
    assert (low.frames["events"].empty, told(low)) == (True, [("sheet_left_out", "")])
    usual = styles.replace("w:val='2'", "w:val='21'")
    assert answered(tmp_path, "<w:vanish/>", styles=usual).frames["events"]["result"].tolist() == ["done", "passed"]


@pytest.mark.parametrize("colour", ["w:themeColor='background1'", "w:val='auto' w:themeColor='bg1'"])
def test_the_ground_of_the_theme_is_unseen_by_its_name_alone(tmp_path: Path, colour: str) -> None:
    found = answered(tmp_path, f"<w:color {colour}/>")
    assert found.frames["events"].set_index("milestone")["result"]["accepted"] == "passed"
    grey = answered(tmp_path, "<w:color w:themeColor='background1' w:themeShade='80'/>")
    assert grey.frames["events"].set_index("milestone")["result"]["accepted"] == "failed"


@pytest.mark.parametrize(("text", "problems"), [("本行作废", [("drawn_text", "C2")]), ("", []), (" ", [])])
def test_a_box_of_text_drawn_over_a_sheet_is_said(tmp_path: Path, text: str, problems: list[tuple[str, str]]) -> None:
    with xlsxwriter.Workbook(tmp_path / "石家庄市.xlsx") as workbook:
        sheet = workbook.add_worksheet("进度")
        for at, row in enumerate((PROGRESS, DONE, OTHER)):
            sheet.write_row(at, 0, row)
        sheet.insert_textbox("C2", text)
    found = load(tmp_path)
    assert (notified(found), told(found)) == ([A, B], problems)


@pytest.mark.parametrize("at", ["J2", "C9", "A30"])
def test_a_box_of_text_beside_the_rows_is_nobodys_concern(tmp_path: Path, at: str) -> None:
    with xlsxwriter.Workbook(tmp_path / "石家庄市.xlsx") as workbook:
        sheet = workbook.add_worksheet("进度")
        for row, values in enumerate((PROGRESS, DONE, OTHER)):
            sheet.write_row(row, 0, values)
        sheet.insert_textbox(at, "填表说明")
    assert told(load(tmp_path)) == []
