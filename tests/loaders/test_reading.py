"""Reading: the table is found wherever it stands in whatever file, and what isn't used is said."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
import struct
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
import xlsxwriter
import xlwt

from cpaudit import loaders
from cpaudit.cli import run
from cpaudit.loaders.cells.texts import blank
from cpaudit.loaders.cells.values import Wrong, date, number
from cpaudit.loaders.opening import opener as opening
from cpaudit.loaders.opening.files import Source
from cpaudit.loaders.opening.grids import CellError, Grid, Shown
from tests.support.workbooks import DONE, NAME_A, NAME_B, OPTIONS, PROGRESS, A, B, book, load, option, rewrite, roster, sent, told


def only(path: Path) -> Grid:
    [grid] = opening.read(Source(path, path.name))
    return grid


def notified(found: Any) -> list[tuple[str, str]]:
    events = found.frames["events"]
    return list(events[["plant_id", "cell"]].itertuples(index=False, name=None))


# -- kinds of files


def test_a_word_table_is_read_and_its_merged_cells_once(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("进度表（石家庄市）")
    table = document.add_table(rows=3, cols=len(PROGRESS))
    for at, row in enumerate((PROGRESS, DONE, [NAME_B, B, "2021-12-26", "", "", "", "正常推进"])):
        for column, value in enumerate(row):
            table.cell(at, column).text = value or ""
    table.cell(1, 3).merge(table.cell(1, 4)).text = "2022-01-05"
    document.save(str(tmp_path / "石家庄市.docx"))
    found = load(tmp_path)
    assert told(found) == []
    events = found.frames["events"]
    assert list(events[["plant_id", "milestone", "cell"]].itertuples(index=False, name=None)) == [
        (A, "notified", "C3"),
        (A, "registered", "D3"),
        (B, "notified", "C4"),
    ]
    assert set(events["sheet"]) == {"表1"}


def test_a_macro_workbook_is_read_and_its_macros_are_not(tmp_path: Path) -> None:
    (tmp_path / "宏.bin").write_bytes(b"macro")
    workbook = xlsxwriter.Workbook(str(tmp_path / "石家庄市.xlsm"))
    workbook.add_vba_project(str(tmp_path / "宏.bin"))
    for at, row in enumerate((PROGRESS, DONE)):
        workbook.worksheets_objs[0].write_row(at, 0, row) if at else workbook.add_worksheet("进度").write_row(at, 0, row)
    workbook.close()
    assert notified(load(tmp_path)) == [(A, "C2")]


def old(path: Path, rows: list[list[Any]]) -> Path:
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("进度")
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, CellError):
                sheet.row(at).set_cell_error(column, value.text)
            elif value is not None:
                sheet.write(at, column, value, xlwt.easyxf(num_format_str="0%") if value == 0.95 else xlwt.Style.default_style)
    workbook.save(str(path))
    return path


@pytest.mark.parametrize("name", ["石家庄市.xls", "石家庄市.et", "石家庄市.xlsx"])
def test_the_old_binary_format_is_read_whatever_its_name(tmp_path: Path, name: str) -> None:
    old(tmp_path / name, [PROGRESS, DONE])
    assert notified(load(tmp_path)) == [(A, "C2")]


def test_an_et_that_is_no_workbook_says_how_to_save_it(tmp_path: Path) -> None:
    (tmp_path / "石家庄市.et").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000))
    assert "WPS" in load(tmp_path).frames["problems"]["message"].iloc[0]


@pytest.mark.parametrize("separator", [",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_text_is_read_in_the_encodings_and_separators_that_are_sent(tmp_path: Path, encoding: str, separator: str) -> None:
    with (tmp_path / "石家庄市.csv").open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=separator).writerows([PROGRESS, DONE])
    assert notified(load(tmp_path)) == [(A, "C2")]


def test_text_that_a_system_calls_xls_is_read(tmp_path: Path) -> None:
    (tmp_path / "石家庄市.xls").write_text("\n".join("\t".join(c or "" for c in r) for r in (PROGRESS, DONE)), "gbk")
    assert notified(load(tmp_path)) == [(A, "C2")]


def test_a_file_that_might_hold_data_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    (tmp_path / "石家庄市.ofd").write_bytes(b"PK")
    assert told(load(tmp_path)) == [("file_unread", ""), ("unit_nothing_read", "")]


# -- what a reader of values alone would lose


def test_an_error_cell_is_an_error_in_xlsx_and_in_xls(tmp_path: Path) -> None:
    workbook = xlsxwriter.Workbook(str(tmp_path / "新.xlsx"))
    sheet = workbook.add_worksheet()
    sheet.write_formula(2, 1, "=1/0", None, "#DIV/0!")
    sheet.write_formula(9, 4, "=NA()", None, "#N/A")
    workbook.close()
    rows = only(tmp_path / "新.xlsx").rows
    assert (rows[2][1], rows[9][4]) == (CellError("#DIV/0!"), CellError("#N/A"))
    rows = only(old(tmp_path / "旧.xls", [["a"], [None, CellError("#REF!")], ["b"]])).rows
    assert rows[1][1] == CellError("#REF!")


def test_a_formula_saved_without_its_result_is_not_blank(tmp_path: Path) -> None:
    found = sent(tmp_path, 方案=[OPTIONS, option(1, "=1+1"), option(2, 3)])
    assert told(found) == [("formula_without_value", "G2")]


def calculated(path: Path, results: dict[int, bytes], flags: int, build: int, tokens: bytes = b"\x1e\7\0") -> Path:
    """An .xls of options whose investments are formulas, by row, with the results that a program left (see [MS-XLS])."""
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("方案")
    for at, row in enumerate([OPTIONS, *(option(n) for n in results)]):
        for column, value in enumerate(row):
            sheet.write(at, column, value)
    parsed, plain = struct.pack("<H", len(tokens)) + tokens, sheet.get_biff_data
    formulas = [struct.pack("<3H", n, 6, 15) + result + struct.pack("<HI", flags, 0) + parsed for n, result in results.items()]

    def with_formulas() -> bytes:
        said = plain()
        records = b"".join(struct.pack("<2H", 0x06, len(body)) + body for body in formulas)
        return said[:8] + struct.pack("<H", build) + said[10:-4] + records + said[-4:]

    sheet.get_biff_data = with_formulas
    path.parent.mkdir(exist_ok=True)
    workbook.save(str(path))
    return path


BLANK, ZERO, SEVEN, TEXT = bytes.fromhex("030000000000ffff"), bytes(8), struct.pack("<d", 7), bytes.fromhex("000000000000ffff")


EXCEL, COPIED = 0x18AF, 0x0DBB


@pytest.mark.parametrize(
    ("results", "flags", "lacking"),
    [
        *(([BLANK, BLANK], 0, ["G2", "G3"]), ([BLANK, BLANK], 2, ["G2", "G3"]), ([ZERO, ZERO], 2, ["G2", "G3"])),
        *(([ZERO, SEVEN], 2, []), ([ZERO, ZERO], 0, []), ([BLANK, SEVEN], 0, [])),
    ],
)
def test_a_formula_of_the_old_format_without_its_result_is_said_at_its_cell(
    tmp_path: Path, results: list[bytes], flags: int, lacking: list[str]
) -> None:
    calculated(tmp_path / "石家庄市.xls", dict(enumerate(results, start=1)), flags, EXCEL)
    found = load(tmp_path)
    assert [cell for code, cell in told(found) if code == "formula_without_value"] == lacking
    blanks = len(lacking) or results.count(BLANK)
    assert found.frames["options"]["investment_wan_yuan"].isna().sum() == blanks


def test_a_formula_of_the_old_format_may_come_to_nothing(tmp_path: Path) -> None:
    nothing = b"\x17\0\0"  # the constant ""
    calculated(tmp_path / "1" / "石家庄市.xls", {1: BLANK}, 0, EXCEL, nothing)
    assert told(load(tmp_path / "1")) == []
    calculated(tmp_path / "2" / "石家庄市.xls", {1: BLANK}, 0, COPIED, nothing)
    assert told(load(tmp_path / "2")) == [("formula_without_value", "G2")]


NUMBERS = {
    "a sum of two": b"\x1e\1\0\x1e\2\0\x03",
    "a product of two": b"\x1e\1\0\x1e\2\0\x05",
    "a percent": b"\x1e\1\0\x14",
    "SUM by itself": b"\x25\1\0\2\0\5\xc0\5\xc0\x19\x10\0\0",
    "ROUND": b"\x1e\1\0\x1e\2\0\x41\x1b\0",
    "SUM of several": b"\x1e\1\0\x1e\2\0\x42\2\4\0",
}


@pytest.mark.parametrize("tokens", NUMBERS.values(), ids=NUMBERS)
def test_a_formula_of_numbers_is_never_blank_though_others_have_results(tmp_path: Path, tokens: bytes) -> None:
    calculated(tmp_path / "石家庄市.xls", {1: SEVEN, 2: BLANK}, 0, EXCEL, tokens)
    found = load(tmp_path)
    assert told(found) == [("formula_without_value", "G3")]
    assert found.frames["options"]["investment_wan_yuan"].isna().tolist() == [False, True]


def test_a_formula_whose_text_is_missing_is_said_at_its_cell(tmp_path: Path) -> None:
    calculated(tmp_path / "石家庄市.xls", {1: SEVEN, 2: TEXT}, 0, EXCEL)
    assert told(load(tmp_path)) == [("formula_without_value", "G3")]


def test_a_formula_that_a_program_wrote_is_said_at_its_cell(tmp_path: Path) -> None:
    old(tmp_path / "石家庄市.xls", [OPTIONS, option(1, xlwt.Formula("1+2")), option(2, 3)])
    assert told(load(tmp_path)) == [("formula_without_value", "G2")]


def test_a_formula_with_an_empty_result_is_blank(tmp_path: Path) -> None:
    path = book(tmp_path / "x.xlsx", {"x": [[None, '=IF(A1="","",A1)', "x"]]})
    rewrite(path, rb'<c r="B1"', rb'<c r="B1" t="str"')
    assert only(path).rows == [["", "", "x"]]


def test_a_percent_is_read_as_it_is_shown(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    for at, form in enumerate(("0%", "0.0%;[Red]-0.0%", "0.00", '0"%"'), start=1):
        workbook.active.cell(1, at, 0.95).number_format = form
    workbook.save(tmp_path / "x.xlsx")
    assert only(tmp_path / "x.xlsx").rows == [[Shown(95, "%"), Shown(95, "%"), 0.95, Shown(0.95, "%")]]
    assert only(old(tmp_path / "x.xls", [[0.95, 0.5]])).rows == [[Shown(95, "%"), 0.5]]


def test_addresses_do_not_shift_where_the_first_rows_and_columns_are_blank(tmp_path: Path) -> None:
    rows = [[], [], [None, None, *PROGRESS], [None, None, *DONE]]
    assert notified(sent(tmp_path, 进度=rows)) == [(A, "E4")]


def test_hidden_rows_and_columns_are_read_and_told(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in (PROGRESS, DONE):
        sheet.append(row)
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["B"].hidden = True
    workbook.save(tmp_path / "石家庄市.xlsx")
    found = load(tmp_path)
    assert notified(found) == [(A, "C2")]
    [message] = found.frames["problems"]["message"]
    assert "第 2 行" in message
    assert "列（B）" in message


# -- where the header stands


def test_headings_in_two_rows_are_joined(tmp_path: Path) -> None:
    rows = [
        ["企业名称", "统一社会信用代码", "告知书送达日期", "完成验收", None, None, "目前状态"],
        [None, None, None, "日期", "结果", "得分", None],
        [NAME_A, A, "2021-12-25", "2022-11-10", "通过", 88, "正常推进"],
    ]
    found = sent(tmp_path, ("A1:A2", "D1:F1"), 进度=rows)
    event = found.frames["events"].set_index("milestone").loc["accepted"]
    assert (event["result"], event["score"], event["cell"]) == ("passed", 88, "D3")


def test_a_unit_in_a_row_of_its_own_belongs_to_the_heading(tmp_path: Path) -> None:
    rows = [[*OPTIONS[:-1], "投资"], [None] * 6 + ["元"], option(1, 500)]
    found = sent(tmp_path, 方案=rows)
    assert told(found) == [("heading_converted", "G2")]
    assert found.frames["options"]["investment_wan_yuan"].tolist() == [0.05]
    assert told(sent(tmp_path, 方案=[rows[0], [None] * 6 + ["(万元)"], rows[2]])) == []


def test_two_tables_one_above_the_other(tmp_path: Path) -> None:
    rows = [
        ["表一 进度"],
        PROGRESS,
        DONE,
        ["填表说明：据实填写"],
        [],
        ["表二 方案"],
        OPTIONS,
        option(1, 10),
        ["合计", None, None, None, None, None, 10],
    ]
    found = sent(tmp_path, 全部=rows)
    assert told(found) == []
    assert notified(found) == [(A, "C3")]
    assert found.frames["options"]["cell"].tolist() == ["A8"]
    understood = found.understood()
    kinds = understood[understood["file"] == "石家庄市.xlsx"].set_index("row")["kind"].to_dict()
    assert kinds == {1: "title", 2: "header", 3: "data", 4: "note", 6: "title", 7: "header", 8: "data", 9: "total"}


def test_two_tables_side_by_side(tmp_path: Path) -> None:
    rows = [[*PROGRESS, None, *OPTIONS], [*DONE, None, *option(1, 10)], [*[None] * 8, *option(2, "约3")]]
    found = sent(tmp_path, 全部=rows)
    assert notified(found) == [(A, "C2")]
    assert found.frames["options"]["cell"].tolist() == ["I2", "I3"]
    assert told(found) == [("number_inexact", "O3")]


def test_a_header_printed_again_on_the_next_page_is_no_data(tmp_path: Path) -> None:
    second = [NAME_B, B, "2021-12-26", None, None, None, "正常推进"]
    found = sent(tmp_path, 进度=[PROGRESS, DONE, PROGRESS, second])
    assert notified(found) == [(A, "C2"), (B, "C4")]
    assert told(found) == []


def test_a_row_that_numbers_the_columns_is_no_data(tmp_path: Path) -> None:
    assert told(sent(tmp_path, 方案=[OPTIONS, list(range(1, 8)), option(1, 10)])) == []


@pytest.mark.parametrize("word", ["合计", "合 计", "总计：", "合计（2项）"])
def test_a_total_is_no_option_and_is_held_against_the_sum(tmp_path: Path, word: str) -> None:
    rows = [OPTIONS, option(1, 10), ["小计", *[None] * 5, 10], option(2, 20), [None, word, *[None] * 4, 31]]
    found = sent(tmp_path, 方案=rows)
    assert len(found.frames["options"]) == 2
    assert told(found) == [("total_mismatch", "G5")]


def test_a_name_merged_over_several_rows_stands_in_each(tmp_path: Path) -> None:
    rows = [OPTIONS, option(1, 10), [None, None, *option(2, 20)[2:]]]
    found = sent(tmp_path, ("A2:A3", "B2:B3"), 方案=rows)
    assert told(found) == []
    assert found.frames["options"]["plant_id"].tolist() == [B, B]


def test_an_amount_merged_over_several_rows_is_counted_once_and_told(tmp_path: Path) -> None:
    found = sent(tmp_path, ("G2:G3",), 方案=[OPTIONS, option(1, 10), option(2)])
    assert told(found) == [("amount_merged", "G2")]
    assert found.frames["options"]["investment_wan_yuan"].sum() == 10


def test_a_row_that_names_no_plant_is_told(tmp_path: Path) -> None:
    assert told(sent(tmp_path, 进度=[PROGRESS, DONE, [None, None, "2021-12-26", "2022-01-05"]])) == [("row_unnamed", "A3")]


# -- what headings mean


@pytest.mark.parametrize(
    "heading", ["投资（万元）", "投资/万元", "投资额", "投资金额(万元)", "投资【单位：万元】", "投 资\n(万元)", "*投资(万元)"]
)
def test_a_heading_is_known_by_its_aliases_and_with_its_unit(tmp_path: Path, heading: str) -> None:
    found = sent(tmp_path, 方案=[[*OPTIONS[:-1], heading], option(1, 10)])
    assert told(found) == ([] if "万元" in heading else [("unit_unsaid", "G1")])
    assert found.frames["options"]["investment_wan_yuan"].tolist() == [10]


@pytest.mark.parametrize(
    ("heading", "factor", "tons"), [("节水(kg)", "1kg=0.001t/a", 0.5), ("节水（万吨/年）", "1万t=10000t/a", 5_000_000)]
)
def test_a_heading_in_another_unit_is_converted_and_names_the_factor(
    tmp_path: Path, heading: str, factor: str, tons: float
) -> None:
    found = sent(tmp_path, 方案=[[*OPTIONS, heading], option(1, 10, 500)])
    assert told(found) == [("heading_converted", "H1")]
    assert factor in found.frames["problems"]["message"][0]
    assert found.frames["options"]["water_t"].tolist() == [tons]


def test_a_second_column_of_one_meaning_is_told(tmp_path: Path) -> None:
    found = sent(tmp_path, 方案=[[*OPTIONS, "投资额"], option(1, 10, 10), option(2, 10, 99)])
    assert sorted(told(found)) == [("column_repeated", "H1"), ("columns_differ", "G3")]
    assert found.frames["options"]["investment_wan_yuan"].fillna(-1).tolist() == [10, -1]


def test_a_sheet_that_lacks_a_column_names_it(tmp_path: Path) -> None:
    found = sent(tmp_path, 进度=[PROGRESS[:-1], DONE[:-1]])
    [message] = found.frames["problems"]["message"]
    assert "进度表" in message
    assert "目前状态" in message


# -- the layouts that other systems use


# fmt: off
PLATFORM = [
    "数据状态（0：正常 1：更新 2：删除）", "数据最后修改时间", "企业名称", "组织机构代码", "注册所在地", "企业性质", "所属行业",
    "名单发布机关", "名单发布日期", "文号", "强制执行时限", "提交审核报告时间", "完成验收时间", "完成评估时间", "审核机构名称",
    "验收证明材料", "最近一轮清洁生产审核时段", "上轮清洁生产验收时间",
]
MUNICIPAL = [
    "文号 [xxxx全空]", "企业名称 [特殊符号替换不了]", "统一社会信用代码", "组织机构代码 [xxxx全空]",
    "所属行业", "县（市区）", "设区市", "名单发布机关", "名单发布日期",
]
PERFORMANCE = [
    "序号", "项目名称", "项目内容", "投资额(万元)", "经济效益(万元)", "节电(万kWh)", "折标煤(t)", "CO2(t)", "原辅料(t)",
    "节水(t)",
    "COD(t)", "氨氮(t)", "烟尘(t)", "粉尘(t)", "SO2(t)", "NOx(t)", "VOC(t)", "固废(t)", "废液(t)", "重金属(t)", "其他",
]
# fmt: on


def test_the_credit_platform_gives_dates_online(tmp_path: Path) -> None:
    row: list[Any] = [None] * 18
    row[0], row[2], row[3], row[6], row[7], row[12], row[13] = 0, NAME_A, A, "化工", "示例厅", "2022.11.1", "2022-06-20"
    deleted = [2, *row[1:2], NAME_B, B, *row[4:]]
    found = sent(tmp_path, 信用平台=[PLATFORM, row, deleted])
    events = found.frames["events"].set_index("milestone")
    assert events["channel"].to_dict() == {"assessed": "online", "accepted": "online"}
    assert events["cell"].to_dict() == {"assessed": "N2", "accepted": "M2"}
    assert set(events["result"]) == {"unread"}  # the platform says when, not with what result
    said = [("row_dropped", "A3"), ("result_not_carried", "N1"), ("result_not_carried", "M1")]
    assert told(found) == [*said, ("unit_export_only", "")]  # no return of its unit to hold it against


def test_a_municipal_return_is_the_list_where_no_roster_is_given(tmp_path: Path) -> None:
    row = [None, NAME_A, A, None, "化工", "长安区", "石家庄市", "示例厅", "2021.12.20"]
    other = [None, "示例丙陶瓷有限公司", None, None, "陶瓷", "长安区", "石家庄市", None, None]
    book(tmp_path / "归集.xlsx", {"归集": [MUNICIPAL, row, other]})
    alone = load(tmp_path, listed=False)
    assert alone.frames["plants"]["name"].tolist() == [NAME_A, "示例丙陶瓷有限公司"]
    beside = load(tmp_path)
    assert len(beside.frames["plants"]) == 2
    assert [c for c, _ in told(beside)] == ["plant_not_on_roster"]


@pytest.mark.parametrize(("titled", "kept"), [("", dt.date(2021, 12, 20)), ("，名单公布日期：2021-12-18", dt.date(2021, 12, 18))])
@pytest.mark.parametrize("form", ["platform", "municipal"])
def test_the_day_of_listing_comes_from_the_platform_or_the_return_where_the_list_has_none(
    tmp_path: Path, form: str, titled: str, kept: dt.date
) -> None:
    heads = PLATFORM if form == "platform" else MUNICIPAL
    said = {"企业名称": NAME_A, "统一社会信用代码": A, "名单发布日期": "2021.12.20", "设区市": "石家庄市", "所属行业": "化工"}
    said["数据状态（0：正常"] = "0"
    roster(tmp_path, f"强制类企业名单{titled}")
    book(tmp_path / "石家庄市.xlsx", {"表": [heads, [said.get(h.split(" ")[0]) for h in heads]]})
    found = load(tmp_path, listed=False)
    assert found.frames["plants"]["listed_on"].dropna().dt.date.tolist() == [kept, *([kept] if titled else [])]


@pytest.mark.parametrize(("title", "file"), [(f"{NAME_B}验收绩效表", "绩效表"), ("验收绩效表", f"绩效表 {NAME_B}")])
def test_the_performance_table_is_one_plants_options(tmp_path: Path, title: str, file: str) -> None:
    row = ["ZG1", "余热利用", "回收余热", 100, 20, 3, 40, 100, 1, 2, 0.1, 0.2, 1.5, 2.5, 3, 4, 5, 6, 7, 0.002, "安静"]
    totals = ["合计", None, None, 100, 21, *row[5:-1], None]
    book(tmp_path / f"{file}.xlsx", {"绩效": [[title], PERFORMANCE, row, totals]})
    found = load(tmp_path)
    option_ = found.frames["options"].iloc[0]
    said = option_[["plant_id", "number", "class", "status"]].tolist()
    assert said == [B, "ZG1", "medium_high_cost", "implemented"]
    assert option_["particulate_t"] == 4  # soot and dust
    assert option_["heavy_metals_kg"] == 2  # the form gives tonnes
    assert told(found) == [("total_mismatch", "E4"), ("classes_by_number", "A2")]


@pytest.mark.parametrize("words", ["累计完成投资", "全年完成投资额", "已投入资金", "审核期内投资", "完成投资（合并）"])
def test_a_row_with_words_for_a_number_and_no_name_is_no_option(tmp_path: Path, words: str) -> None:
    rows = [[f"ZG{n}", f"方案{n}", "", 100, 20, *[None] * 16] for n in (1, 2)]
    title = [f"{NAME_B}清洁生产绩效表"]
    found = sent(tmp_path, 绩效=[title, PERFORMANCE, *rows, [words, None, None, 200, 40, *[None] * 16]])
    assert found.frames["options"]["investment_wan_yuan"].sum() == 200
    assert ("option_number_words", "A5") in told(found)


def test_a_performance_table_of_nobody_is_told_and_not_used(tmp_path: Path) -> None:
    found = sent(tmp_path, 绩效=[["绩效表"], PERFORMANCE, ["ZG1", "余热利用", "", 100, 20, *[None] * 16]])
    assert told(found) == [("title_without_plant", "A2")]
    assert found.frames["options"].empty


def test_tables_about_other_things_are_refused_with_the_reason(tmp_path: Path) -> None:
    sheets = {
        "档案卡": [
            ["纳入强制清洁生产企业名单", "通过清洁生产审核", "有效期至", "是否有效期内"],
            ["是", "是", "2025-01-01", "是"],
        ],
        "简称": [["name", "full_name", "group"], ["示例", NAME_A, "—"]],
        "撤销": [["企业名称", "名单", "原因"], [NAME_A, "拟撤销", "退出"]],
    }
    found = sent(tmp_path, **sheets)
    problems = found.frames["problems"]
    assert set(problems["sheet"]) == set(sheets)
    assert set(problems["code"]) <= {"table_unknown", "table_incomplete"}
    unread = found.understood().query("kind == 'unread'")
    assert unread.groupby("sheet").size().to_dict() == {"撤销": 2, "档案卡": 2, "简称": 2}


# -- values


@pytest.mark.parametrize(
    "written",
    ["2022年6月1日 ", "2022.06.01", "2022/6/1 8:30", "2022-06-01T08:30:00Z", 44713.0, "44713.5", "2022、6、1"],
)
def test_a_date_in_further_spellings(written: Any) -> None:
    assert date(written) == dt.date(2022, 6, 1)


@pytest.mark.parametrize("written", ["2022-6", "2022年6月", "2022.10", "202206", 202206.0, "2022年06月份"])
def test_a_month_is_no_day(written: Any) -> None:
    with pytest.raises(Wrong, match="date_month_only"):
        date(written)


@pytest.mark.parametrize("written", [0, 0.0, "0", "00", "0000", "`", "\u200b0", dt.time(0)])
def test_a_date_of_nought_is_blank(written: Any) -> None:
    assert date(written) is None


@pytest.mark.parametrize("written", ["——", "－", "\u200b", "\ufeff`", "　", "无", "/"])
def test_blanks_in_all_spellings(written: str) -> None:
    assert blank(written)


@pytest.mark.parametrize(
    ("written", "unit", "meant"),
    [
        *(("3.2 t", "t/a", 3.2), ("3.2吨", "t", 3.2), ("１，２３４.5", "t", 1234.5)),
        *(("95%", "%", 95), ("3.2kg", "t", 0.0032), ("12万", "万元", 12), ("1e3", "t", 1000)),
    ],
)
def test_a_number_may_carry_its_own_unit(written: str, unit: str, meant: float) -> None:
    assert number(written, unit) == meant


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        *((w, "number_inexact") for w in ("约3.2", "≥95", "95%以上", "3.2t左右", "<=5", "不低于 5")),
        *((w, "number_unit") for w in ("3.2kWh", "12万", "3.2 kg/h", "3.2吨标煤", "3.2箱")),
        *((w, "number_text") for w in ("3-5", "3/5", "1,23", "1e999", "nan", "见附件", "3.2(估)")),
    ],
)
def test_a_number_that_is_not_certain_says_why(written: str, wrong: str) -> None:
    with pytest.raises(Wrong, match=wrong):
        number(written, "t")


# -- what was understood


def test_every_filled_cell_of_a_data_row_is_accounted_for(tmp_path: Path) -> None:
    found = sent(tmp_path, 进度=[[*PROGRESS, "备注", None], [*DONE, "材料齐全", "无表头"]])
    columns = found.columns().query("file == '石家庄市.xlsx'").set_index("column")
    assert columns["use"].to_dict() == {**dict.fromkeys("ABCDEFG", "used"), "H": "unknown", "I": "no_heading"}
    said = columns.loc["C", ["heading", "field", "filled", "sample"]].tolist()
    assert said == ["告知书送达日期", "event:notified", 1, "2021-12-25"]


def test_a_row_left_out_says_why(tmp_path: Path) -> None:
    found = sent(tmp_path, 进度=[PROGRESS, ["无关公司", None, "2021-12-25", None, None, None, "正常推进"]])
    [reason] = found.understood().query("file == '石家庄市.xlsx' and kind == 'data'")["left_out"]
    assert "不在名单之内" in reason


def test_a_dry_run_shows_what_it_understood_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    roster(tmp_path / "in")
    book(tmp_path / "in" / "石家庄市.xlsx", {"进度": [PROGRESS, DONE], "其他": [["甲", "乙"], [1, 2]]})
    assert run(["load", str(tmp_path / "in"), "--dry-run", "--as-of", "2022-11-15", "--warehouse", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().out
    for expected in ("石家庄市.xlsx　进度", "告知书送达日期", "表头 1 行，数据 1 行", "未识别 2 行", "没有写入快照"):
        assert expected in said
    assert not (tmp_path / "out").exists()


def test_names_from_an_archive_in_another_encoding_can_be_shown(tmp_path: Path) -> None:
    roster(tmp_path)
    target = tmp_path / "石家庄市.xlsx".encode("gbk").decode("utf-8", "surrogateescape")
    book(tmp_path / "x.xlsx", {"进度": [PROGRESS, DONE]})
    shutil.move(tmp_path / "x.xlsx", target)
    assert set(load(tmp_path).frames["events"]["file"]) == {"石家庄市.xlsx"}


# -- which file, whose


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    roster(tmp_path)
    paths = [tmp_path / unit / "报送" / "进度表.xlsx" for unit in ("石家庄市", "保定市")]
    for path in paths:
        book(path, {"进度": [PROGRESS, DONE]})
    found = loaders.read([tmp_path / "名单.xlsx", *paths], programme="hebei-2021-2", as_of=dt.date(2022, 11, 15)).frames
    names = ["名单.xlsx", "石家庄市/报送/进度表.xlsx", "保定市/报送/进度表.xlsx"]
    assert found["sources"]["path"].tolist() == names
    assert found["sources"]["unit"].tolist()[1:] == ["shijiazhuang", "baoding"]


@pytest.mark.parametrize("given", ["石家庄市", "石家庄市/进度表.xlsx"])
def test_a_file_that_is_named_alone_belongs_to_the_unit_of_its_folder(tmp_path: Path, given: str) -> None:
    roster(tmp_path)
    book(tmp_path / "石家庄市" / "进度表.xlsx", {"进度": [PROGRESS, DONE]})
    paths = [tmp_path / "名单.xlsx", tmp_path / given]
    found = loaders.read(paths, programme="hebei-2021-2", as_of=dt.date(2022, 11, 15)).frames
    assert found["sources"]["unit"].tolist()[1:] == ["shijiazhuang"]
