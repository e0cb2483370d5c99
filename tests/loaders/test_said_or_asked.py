"""Ways in which offices write that leave something open: it is asked at its cell, and neither taken for granted nor lost."""

from __future__ import annotations

import datetime as dt
import struct
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pandas as pd
import pytest
import typst
import xlwt
from docx.oxml import parse_xml
from openpyxl.comments import Comment

from tests.support.builders import credit_code
from tests.support.workbooks import (
    MEASURED,
    NAME_A,
    NAME_B,
    OPTIONS,
    ROSTER,
    A,
    B,
    book,
    load,
    loaders_read,
    option,
    read,
    roster,
    sent,
    told_in,
)

STEPS = ["企业名称", "统一社会信用代码", "告知书送达日期", "完成评估日期", "评估结果", "完成验收日期", "验收结果", "目前状态"]
FORM = ["序号", "项目名称", "项目内容", "投资额(万元)", "经济效益(万元)", "节电(万kWh)"]
EXPORT = ["数据状态", "企业名称", "统一社会信用代码", "登录填报时间", "完成评估时间", "评估结果", "完成验收时间", "验收结果"]


def row(name: str = NAME_A, code: str = A, *, day: Any = "2022-10-01", result: Any = "通过") -> list[Any]:
    return [name, code, "2021-12-28", "2022-06-20", "通过", day, result, "正常推进"]


def accepted(frames: dict[str, pd.DataFrame]) -> dict[str, str]:
    events = frames["events"]
    found = events[events["milestone"] == "accepted"]
    return dict(zip(found["plant_id"], found["result"], strict=True))


def codes(frames: dict[str, pd.DataFrame]) -> set[str]:
    return {code for code, _ in told_in(frames)}


# -- whose row it is


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (f"{NAME_A}等2家", A),
        (f"{NAME_A}等两家企业", A),
        (f"{NAME_A}/{NAME_B}", A),
        (f"{NAME_A}、{NAME_B}", A),
        (f"{NAME_A}\n{NAME_B}", f"{A}\n{B}"),
        (f"{NAME_A}{NAME_B}", B),
        (f"{NAME_A}及其子公司", A),
    ],
)
def test_a_row_of_several_plants_is_nobodys_and_is_told(tmp_path: Path, name: str, code: str) -> None:
    frames = sent(tmp_path, 进度=[STEPS, row(name, code)]).frames
    assert not accepted(frames)
    assert codes(frames) & {"plant_doubtful", "plant_ambiguous"}


@pytest.mark.parametrize("parting", ["\n", "、", "/", " "])
def test_two_codes_in_a_cell_are_told_and_neither_is_taken(tmp_path: Path, parting: str) -> None:
    frames = sent(tmp_path, 进度=[STEPS, row(NAME_A, f"{A}{parting}{B}")]).frames
    assert accepted(frames) == {A: "passed"}  # by its name
    assert ("uscc_several", "B2") in told_in(frames)


@pytest.mark.parametrize("written", ["示例丙有限公司三分厂", "示例丙有限公司（二分厂）", "示例丙有限公司水泥车间"])
def test_another_plant_of_a_firm_isnt_taken_for_the_one_on_the_roster(tmp_path: Path, written: str) -> None:
    code = credit_code(3)
    listed = [[1, "石家庄市", "长安区", "示例丙有限公司一分厂", code, "化工"]]
    frames = read(tmp_path, listed=listed, 进度=[STEPS, row(written, code)])
    assert not accepted(frames)
    assert ("plant_doubtful", "A2") in told_in(frames)


@pytest.mark.parametrize("more", [{}, {"石家庄市.xlsx": "示例乙"}])
def test_a_table_of_one_plant_that_names_two_is_asked_about(tmp_path: Path, more: dict[str, str]) -> None:
    options = [["WD1", "照明", "c", 1, 2, 3], ["ZG1", "余热", "c", 100, 20, 30]]
    second = [] if more else [[f"{NAME_B}清洁生产绩效表"], *options]
    path = tmp_path / (f"{NAME_B}.xlsx" if more else "石家庄市.xlsx")
    book(path, {"绩效": [[f"{NAME_A}清洁生产绩效表"], FORM, *options, *second]})
    frames = load(tmp_path).frames
    assert frames["options"].empty
    assert "title_plants_differ" in codes(frames)


def test_rows_that_begin_a_group_are_no_options_and_give_the_class(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["一", "无/低费方案"],
        [1, "照明", "c", 1, 2, 3],
        [2, "阀门", "c", 2, 2, 3],
        ["二、中/高费方案（1项）"],
        [1, "余热", "c", 100, 20, 30],
    ]
    frames = sent(tmp_path, 绩效=[[f"{NAME_A}清洁生产绩效表"], FORM, *rows]).frames
    found = sorted(zip(frames["options"]["name"], frames["options"]["class"], strict=True))
    assert found == [("余热", "medium_high_cost"), ("照明", "no_low_cost"), ("阀门", "no_low_cost")]
    assert frames["options"]["investment_wan_yuan"].sum() == 103
    assert {"option_group", "classes_by_group"} <= codes(frames)


def test_a_number_that_contradicts_its_group_leaves_the_class_open(tmp_path: Path) -> None:
    frames = sent(tmp_path, 绩效=[[f"{NAME_A}清洁生产绩效表"], FORM, ["中/高费方案"], ["WD1", "照明", "c", 1, 2, 3]]).frames
    assert list(frames["options"]["class"]) == ["unread"]
    assert "class_group_differs" in codes(frames)


# -- what a heading, a comment, a unit's own column say


@pytest.mark.parametrize(
    "said",
    [
        "完成验收日期（计划）",
        "验收时间（预计）",
        "完成验收日期(未完成填计划日期)",
        "验收日期（上轮）",
        "完成验收日期（初验）",
        "验收日期（竣工）",
        "验收日期（自验）",
    ],
)
def test_dates_that_their_heading_calls_planned_are_no_dates_of_acceptance(tmp_path: Path, said: str) -> None:
    head = [said if h == "完成验收日期" else h for h in STEPS]
    frames = sent(tmp_path, 进度=[head, row()]).frames
    assert accepted(frames) == {A: "unread"}
    assert ("column_near", "F1") in told_in(frames)


@pytest.mark.parametrize("said", ["完成验收日期（年月日）", "完成验收日期（必填）", "验收日期*", "完成验收日期（限填日期）"])
def test_remarks_in_headings_that_change_nothing_do_no_harm(tmp_path: Path, said: str) -> None:
    head = [said if h == "完成验收日期" else h for h in STEPS]
    assert accepted(sent(tmp_path, 进度=[head, row()]).frames) == {A: "passed"}


def commented(folder: Path, rows: list[list[Any]], cell: str, said: str, author: str = "示例") -> dict[str, pd.DataFrame]:
    path = book(folder / "石家庄市.xlsx", {"表": rows})
    workbook = openpyxl.load_workbook(path)
    workbook["表"][cell].comment = Comment(said, author)
    workbook.save(path)
    return load(folder).frames


@pytest.mark.parametrize(
    "said",
    ["更正：应为未通过", "结果有误", "改为不通过", "待核实", "已撤销", "复核后不合格", "改成整改", "退回整改", "这家没有通过"],
)
def test_an_answer_whose_comment_corrects_it_isnt_taken(tmp_path: Path, said: str) -> None:
    frames = commented(tmp_path, [STEPS, row()], "G2", said)
    assert accepted(frames) == {A: "unread"}
    assert ("comment_corrects", "G2") in told_in(frames)


def test_other_comments_are_told_and_never_quoted(tmp_path: Path) -> None:
    frames = commented(tmp_path, [STEPS, row()], "G2", "示例某 13900000000 已核")
    assert accepted(frames) == {A: "passed"}
    assert "comments_unread" in codes(frames)
    assert not any("1390" in str(v) or "示例某" in str(v) for v in frames["problems"].to_numpy().ravel())


def test_comments_beyond_all_measure_are_told_and_not_read(tmp_path: Path) -> None:
    path = book(tmp_path / "石家庄市.xlsx", {"表": [STEPS, row()]})
    workbook = openpyxl.load_workbook(path)
    for at in range(3, 253):
        workbook["表"].cell(at, 1).comment = Comment("x" * 30_000 + f"{at}" * 20_000, "示例")
    workbook.save(path)
    frames = load(tmp_path).frames
    assert accepted(frames) == {A: "passed"}
    assert "comments_too_many" in codes(frames)


def test_a_comment_at_a_name_is_told_and_the_roster_decides(tmp_path: Path) -> None:
    frames = commented(tmp_path, [STEPS, row()], "A2", "名称有误")
    assert accepted(frames) == {A: "passed"}
    assert "comments_unread" in codes(frames)


@pytest.mark.parametrize(
    ("cell", "said", "author"), [("A1", "请写全称", "示例"), ("G2", "【检查 1】有误", "示例"), ("G2", "应为通过", "填表说明")]
)
def test_explanations_and_what_a_check_wrote_are_no_comments_of_the_office(
    tmp_path: Path, cell: str, said: str, author: str
) -> None:
    frames = commented(tmp_path, [STEPS, row()], cell, said, author)
    assert accepted(frames) == {A: "passed"}
    assert not codes(frames) & {"comment_corrects", "comments_unread"}


@pytest.mark.parametrize("cell", ["A1", "G2"])
@pytest.mark.parametrize(
    ("said", "asked"),
    [("以下有误，以纸质为准", True), ("更正：应为评估日期", True), ("按实际情况填写", False), ("填通过或未通过", False)],
)
def test_a_comment_at_a_title_or_heading_that_corrects_is_asked_about(tmp_path: Path, cell: str, said: str, asked: bool) -> None:
    frames = commented(tmp_path, [["石家庄市进展情况表"], STEPS, row()], cell, said)
    assert accepted(frames) == {A: "passed"}
    assert (("comment_at_heading", cell) in told_in(frames)) is asked


def test_a_unit_in_a_headings_comment_governs_its_column(tmp_path: Path) -> None:
    head = [*OPTIONS[:-1], "投资"]
    rows = [head, [NAME_B, B, "ZG1", "方案", "中/高费", "已实施", 125000]]
    frames = commented(tmp_path, rows, "G1", "单位：元")
    assert list(frames["options"]["investment_wan_yuan"]) == [12.5]


def drawn(n: int, said: str, wide: bool) -> bytes:
    """The records of the n-th comment's drawing and text in an .xls, as [MS-XLS] 2.4.181 and 2.4.329 lay them out."""
    text = said.encode("utf-16-le" if wide else "latin-1")
    cut = len(text) // 2 // 2 * 2  # text goes on in several records
    parts = [text[:cut], text[cut:]] if cut else [text]
    records = [(0x5D, struct.pack("<4H", 0x15, 0x12, 0x19, n) + bytes(14) + bytes(4))]
    records += [(0x01B6, struct.pack("<H8x2HI", 0x0212, len(said), 8, 0))]
    records += [(0x3C, bytes([wide]) + part) for part in parts] + [(0x3C, bytes(8))]
    return b"".join(struct.pack("<2H", kind, len(body)) + body for kind, body in records)


def commented_in_xls(
    folder: Path, rows: list[list[Any]], notes: dict[tuple[int, int], str], author: str
) -> dict[str, pd.DataFrame]:
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("表")
    for at, values in enumerate(rows):
        for column, value in enumerate(values):
            if value is not None:
                sheet.write(at, column, value)
    by = struct.pack("<HB", len(author), 1) + author.encode("utf-16-le") + b"\0"
    records = b"".join(drawn(n, said, not said.isascii()) for n, said in enumerate(notes.values(), start=1))
    for n, (at, column) in enumerate(notes, start=1):
        body = struct.pack("<4H", at, column, 0, n) + by
        records += struct.pack("<2H", 0x1C, len(body)) + body
    plain = sheet.get_biff_data
    sheet.get_biff_data = lambda: plain()[:-4] + records + plain()[-4:]
    folder.mkdir(parents=True, exist_ok=True)
    workbook.save(str(folder / "石家庄市.xls"))
    return load(folder).frames


@pytest.mark.parametrize("said", ["更正：应为未通过", "结果有误", "改为不通过", "待核实" * 200])
def test_comments_of_the_old_format_count_as_those_of_the_new(tmp_path: Path, said: str) -> None:
    frames = commented_in_xls(tmp_path, [STEPS, row()], {(0, 1): "ok", (1, 6): said}, "示例")
    assert accepted(frames) == {A: "unread"}
    assert ("comment_corrects", "G2") in told_in(frames)


@pytest.mark.parametrize(("said", "told"), [("OK 12.5", True), ("示例某 13900000000 已核", True), ("【检查 1】有误", False)])
def test_other_comments_of_the_old_format_are_told_and_never_quoted(tmp_path: Path, said: str, told: bool) -> None:
    frames = commented_in_xls(tmp_path, [STEPS, row()], {(1, 6): said}, "示例")
    assert accepted(frames) == {A: "passed"}
    assert ("comments_unread" in codes(frames)) is told
    assert not any("1390" in str(v) or "示例某" in str(v) for v in frames["problems"].to_numpy().ravel())
    assert not codes(commented_in_xls(tmp_path, [STEPS, row()], {(1, 6): "应为通过"}, "填表说明")) & {"comment_corrects"}


def commented_in_word(folder: Path, rows: list[list[Any]], at: int, column: int, said: str) -> dict[str, pd.DataFrame]:
    document = docx.Document()
    document.add_paragraph("石家庄市进展情况表")
    table = document.add_table(len(rows), len(rows[0]))
    for line, values in zip(table.rows, rows, strict=True):
        for cell, value in zip(line.cells, values, strict=True):
            cell.text = "" if value is None else str(value)
    document.add_comment(table.cell(at, column).paragraphs[0].runs, text=said, author="示例")
    folder.mkdir(parents=True, exist_ok=True)
    document.save(str(folder / "石家庄市.docx"))
    return load(folder).frames


@pytest.mark.parametrize("said", ["应为未通过", "更正：应为未通过", "结果有误", "待核实"])
def test_an_answer_of_a_word_document_whose_comment_corrects_it_isnt_taken(tmp_path: Path, said: str) -> None:
    frames = commented_in_word(tmp_path, [STEPS, row()], 1, 6, said)
    assert accepted(frames) == {A: "unread"}
    assert ("comment_corrects", "G3") in told_in(frames)


def test_other_comments_of_a_word_document_are_told_and_never_quoted(tmp_path: Path) -> None:
    frames = commented_in_word(tmp_path, [STEPS, row()], 1, 6, "示例某 13900000000 已核")
    assert accepted(frames) == {A: "passed"}
    assert "comments_unread" in codes(frames)
    assert not any("1390" in str(v) or "示例某" in str(v) for v in frames["problems"].to_numpy().ravel())
    amounts = commented_in_word(tmp_path / "2", [[*OPTIONS[:-1], "投资"], option(1, 125000)], 0, 6, "单位：元")["options"]
    assert list(amounts["investment_wan_yuan"]) == [12.5]


@pytest.mark.parametrize(("ticked", "expected"), [("1", "unread"), ("0", "unread")])
def test_the_box_of_an_old_form_is_part_of_what_a_cell_says(tmp_path: Path, ticked: str, expected: str) -> None:
    document = docx.Document()
    table = document.add_table(2, len(STEPS))
    for at, values in enumerate((STEPS, row(result=""))):
        for cell, value in zip(table.rows[at].cells, values, strict=True):
            cell.text = str(value)
    name = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    box = f'<w:ffData><w:checkBox><w:default w:val="{ticked}"/></w:checkBox></w:ffData>'
    for inside in (f'<w:fldChar w:fldCharType="begin">{box}</w:fldChar>', '<w:fldChar w:fldCharType="end"/>', "<w:t>通过</w:t>"):
        table.cell(1, 6).paragraphs[0]._p.append(parse_xml(f'<w:r xmlns:w="{name}">{inside}</w:r>'))
    document.save(str(tmp_path / "石家庄市.docx"))
    assert accepted(load(tmp_path).frames) == {A: expected}


@pytest.mark.parametrize(
    ("head", "cells", "expected"),
    [
        (["投资", "经济效益", "金额单位"], [125000, 30000, "元"], (12.5, 3.0)),
        (["金额单位", "投资", "经济效益"], ["千元", 125, 30], (12.5, 3.0)),
        (["投资", "经济效益", "单位"], [125000, 30000, "元"], (12.5, 3.0)),
        (["投资", "单位", "经济效益(万元)"], [125000, "元", 3], (12.5, 3.0)),
    ],
)
def test_a_column_of_units_governs_the_sums_that_say_none(
    tmp_path: Path, head: list[str], cells: list[Any], expected: tuple[float, float]
) -> None:
    frames = sent(tmp_path, 方案=[[*OPTIONS[:-1], *head], [NAME_B, B, "ZG1", "方案", "中/高费", "已实施", *cells]]).frames
    [found] = frames["options"][["investment_wan_yuan", "economic_benefit_wan_yuan"]].itertuples(index=False, name=None)
    assert found == expected


@pytest.mark.parametrize("label", ["单位", "计量单位：", ""])
def test_a_row_of_units_below_the_headings_is_read_or_contradicts_them(tmp_path: Path, label: str) -> None:
    units = [label, "", "", "", "", "", "元"]
    amount = [NAME_B, B, "ZG1", "方案", "中/高费", "已实施", 125000]
    said = sent(tmp_path / "1", 方案=[[*OPTIONS[:-1], "投资"], units, amount]).frames
    assert list(said["options"]["investment_wan_yuan"]) == [12.5]
    differs = sent(tmp_path / "2", 方案=[OPTIONS, units, amount]).frames
    assert differs["options"]["investment_wan_yuan"].isna().all()


def test_an_indicator_without_a_unit_is_asked_about(tmp_path: Path) -> None:
    rows = [[NAME_B, B, "demo_cement", "1号线", "单位产品颗粒物排放量", unit, 0.1, 0.07] for unit in (None, "kg/t")]
    rows[1][3] = "2号线"
    frames = sent(tmp_path, 指标=[MEASURED, *rows]).frames
    assert ("indicator_unit_unsaid", "F2") in told_in(frames)
    assert ("indicator_unit_unsaid", "F3") not in told_in(frames)


# -- how days and numbers are written


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2022-09-30T16:00:00Z", dt.date(2022, 10, 1)),
        ("2022-09-30T16:00:00.000Z", dt.date(2022, 10, 1)),
        ("2022-09-30T15:59:59Z", dt.date(2022, 9, 30)),
        ("2022-10-01T00:00:00+08:00", dt.date(2022, 10, 1)),
        ("2022-10-01T00:00:00", dt.date(2022, 10, 1)),
    ],
)
def test_a_moment_of_another_zone_is_the_day_that_it_is_here(tmp_path: Path, written: str, day: dt.date) -> None:
    events = sent(tmp_path, 进度=[STEPS, row(day=written)]).frames["events"]
    assert [pd.Timestamp(d).date() for d in events.loc[events["milestone"] == "accepted", "date"]] == [day]


@pytest.mark.parametrize("written", ["0,500", "1000,000", "1. 234", "5 .5", "12,34", "1,234,5"])
def test_numbers_that_can_be_read_in_two_ways_arent_taken(tmp_path: Path, written: str) -> None:
    frames = sent(tmp_path, 方案=[OPTIONS, [NAME_B, B, "ZG1", "方案", "中/高费", "已实施", written]]).frames
    assert frames["options"]["investment_wan_yuan"].isna().all()
    assert ("number_text", "G2") in told_in(frames)


@pytest.mark.parametrize(("written", "number"), [("1,234", 1234), ("1，234.5", 1234.5), ("1 234", 1234), ("12 345.6", 12345.6)])
def test_grouped_thousands_are_read(tmp_path: Path, written: str, number: float) -> None:
    frames = sent(tmp_path, 方案=[OPTIONS, [NAME_B, B, "ZG1", "方案", "中/高费", "已实施", written]]).frames
    assert list(frames["options"]["investment_wan_yuan"]) == [number]


def test_a_number_that_became_a_date_is_asked_about(tmp_path: Path) -> None:
    frames = sent(tmp_path, 方案=[OPTIONS, [NAME_B, B, dt.date(2022, 1, 2), "方案", "中/高费", "已实施", 5]]).frames
    assert ("option_number_date", "C2") in told_in(frames)


# -- lists and records that don't count


@pytest.mark.parametrize("state", ["作废", "", "9", "无效", "待审"])
def test_a_record_whose_state_isnt_known_is_told_and_counts_for_nothing(tmp_path: Path, state: str) -> None:
    roster(tmp_path)
    record = [state, NAME_A, A, "2022-01-20", "2022-06-20", "通过", "2022-10-01", "通过"]
    book(tmp_path / "系统导出.xlsx", {"导出": [EXPORT, record]})
    frames = loaders_read(tmp_path).frames
    assert not accepted(frames)
    assert ("row_state_unknown", "A2") in told_in(frames)


@pytest.mark.parametrize(
    "title",
    [
        "调出强制类企业名单",
        "经同意取消或暂缓的强制类企业名单",
        "强制类通过评估验收企业名单",
        "强制类未通过验收企业名单",
        "移出企业名录（强制类）",
        "不再实施强制类审核企业名单",
        "强制类企业核减名单",
        "强制类企业名单（剔除部分）",
        "免于强制类审核企业名单",
        "强制类关停企业名单",
        "强制类验收合格企业名单",
    ],
)
def test_a_list_of_plants_that_left_passed_or_failed_lists_nobody(tmp_path: Path, title: str) -> None:
    roster(tmp_path)
    book(tmp_path / "附件.xlsx", {"表": [[title], ROSTER, [1, "石家庄市", "长安区", "示例丙有限公司", credit_code(3), "化工"]]})
    frames = loaders_read(tmp_path).frames
    assert sorted(frames["plants"]["plant_id"]) == sorted([A, B])
    assert "roster_of_others" in codes(frames)


@pytest.mark.parametrize(
    "title",
    [
        "强制类企业名单",
        "应通过验收的强制类企业名单",
        "强制类企业名单（2022年11月30日前通过验收）",
        "强制类企业名单（不含关停企业）",
    ],
)
def test_a_roster_by_another_name_is_still_a_roster(tmp_path: Path, title: str) -> None:
    listed = [[1, "石家庄市", "长安区", NAME_A, A, "化工"]]
    assert list(read(tmp_path, listed=listed, title=title)["plants"]["plant_id"]) == [A]


@pytest.mark.parametrize(
    ("city", "county", "unit"),
    [("石家庄市", "辛集市", "xinji"), ("保定市", "雄县", "xiongan"), ("石家庄市", "雄县", None), ("唐山市", "定州市", None)],
)
def test_a_county_of_another_city_is_asked_about(tmp_path: Path, city: str, county: str, unit: str | None) -> None:
    listed = [[1, "石家庄市", "长安区", NAME_A, A, "化工"], [2, city, county, NAME_B, B, "水泥"]]
    frames = read(tmp_path, listed=listed)
    assert dict(zip(frames["plants"]["plant_id"], frames["plants"]["unit"], strict=True)).get(B) == unit
    assert ("unit_county_differ" in codes(frames)) == (unit is None)


def test_one_name_with_two_codes_is_asked_about(tmp_path: Path) -> None:
    listed = [[1, "石家庄市", "长安区", NAME_A, A, "化工"], [2, "石家庄市", "长安区", NAME_A, B, "化工"]]
    assert ("name_two_codes", "D4") in told_in(read(tmp_path, listed=listed))


def test_lists_that_differ_in_their_titles_alone_are_told_with_what_the_titles_say(tmp_path: Path) -> None:
    for name in ("附件1强制类", "附件2重点行业"):
        book(tmp_path / f"{name}.xlsx", {"表": [ROSTER, [1, "石家庄市", "长安区", NAME_A, A, "化工"]]})
    said = loaders_read(tmp_path).frames["problems"]
    [first, second] = said.loc[said["code"] == "contradiction", "message"]
    assert all("强制类" in message and "重点行业" in message and "空白" not in message for message in (first, second))


def test_a_shortcut_is_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "石家庄市.xlsx.lnk").write_bytes(b"L\0\0\0")
    frames = load(tmp_path).frames
    assert {"file_unread", "unit_nothing_read"} <= codes(frames)


def test_three_peers_are_enough_to_ask_about_a_slipped_unit(tmp_path: Path) -> None:
    rows = [[NAME_B, B, f"ZG{n}", f"方案{n}", "中/高费", "已实施", v] for n, v in enumerate((10, 12, 15, 120000))]
    frames = sent(tmp_path, 方案=[OPTIONS, *rows]).frames
    assert ("amount_slip", "G5") in told_in(frames)
    assert frames["options"]["investment_wan_yuan"].max() == 15


@pytest.mark.parametrize(
    ("written", "expected"), [("#strike[未通过]通过", "passed"), ("#strike[通过]", "unread"), ("通过", "passed")]
)
def test_what_is_struck_out_in_a_pdf_isnt_read(tmp_path: Path, written: str, expected: str) -> None:
    cells = ",".join(f"[{value}]" for value in (*STEPS, *row(result=written)))
    page = '#set page(width: 30cm, height: 10cm)\n#set text(font: "Noto Serif CJK SC", size: 9pt)\n'
    source = tmp_path / "page.typ"
    source.write_text(f"{page}#table(columns: {len(STEPS)}, {cells})", encoding="utf-8")
    (tmp_path / "石家庄市.pdf").write_bytes(typst.compile(str(source)))
    source.unlink()
    frames = load(tmp_path).frames
    assert accepted(frames) == {A: expected}
    assert ("text_left_out" in codes(frames)) == ("strike" in written)


@pytest.mark.parametrize(("assessed", "told"), [("2022-10-20", True), ("2022-10-01", False)])
def test_steps_are_held_against_the_last_one_that_has_a_date(tmp_path: Path, assessed: str, told: bool) -> None:
    late = [*row()[:3], assessed, *row()[4:]]
    assert ("date_order" in codes(sent(tmp_path, 进度=[STEPS, late]).frames)) == told


# -- what is printed


def printed(folder: Path, rows: list[list[Any]], around: str = "{}", **cells: str) -> dict[str, pd.DataFrame]:
    """A PDF of a ruled table; ``cells`` are written as Typst, by address; ``around`` is what the table stands in."""
    said = [
        cells.get(f"{chr(65 + column)}{at}", f"[{'' if v is None else v}]")
        for at, values in enumerate(rows, start=1)
        for column, v in enumerate(values)
    ]
    page = '#set page(width: 30cm, height: 30cm)\n#set text(font: "Noto Serif CJK SC", size: 9pt)\n'
    table = f"#table(columns: (5cm, {'auto, ' * (len(rows[0]) - 1)}), {', '.join(said)})"
    (folder / "石家庄市.pdf").write_bytes(typst.compile((page + around.format(table)).encode()))
    return load(folder).frames


UNSEEN = {
    "white on white": "#text(fill: white)[未]通过",
    "nearly white": "#text(fill: rgb(252, 252, 250))[未]通过",
    "in the colour of its cell": "#box(fill: yellow)[#text(fill: yellow)[未]]通过",
    "a white before it in grey": "#text(fill: luma(255))[未]通过",
    "in other inks": "#text(fill: cmyk(0%, 0%, 0%, 0%))[未]通过",
    "whited out": "#box[未#place(top + left, dx: -1pt, dy: -1pt, rect(width: 12pt, height: 12pt, fill: white))]通过",
}


@pytest.mark.parametrize("said", UNSEEN.values(), ids=UNSEEN)
def test_text_that_nobody_sees_is_left_out_and_said(tmp_path: Path, said: str) -> None:
    frames = printed(tmp_path, [STEPS, row()], G2=f"[{said}]")
    assert accepted(frames) == {A: "passed"}
    assert ("text_left_out", "G2") in told_in(frames)


def test_a_title_that_nobody_sees_says_nothing_and_is_said(tmp_path: Path) -> None:
    frames = printed(tmp_path, [STEPS, row()], "#text(fill: white)[石家庄市未通过验收企业名单]\n\n{}")
    assert accepted(frames) == {A: "passed"}
    assert "text_left_out" in codes(frames)


@pytest.mark.parametrize("look", ["fill: navy)[#text(fill: white)[{}]]", "fill: black)[#text(fill: yellow)[{}]]"])
def test_light_text_on_a_dark_ground_is_read(tmp_path: Path, look: str) -> None:
    cells = {f"{chr(65 + n)}1": f"table.cell({look.format(heading)}" for n, heading in enumerate(STEPS)}
    frames = printed(tmp_path, [STEPS, row()], **cells)
    assert (accepted(frames), "text_left_out" in codes(frames)) == ({A: "passed"}, False)


@pytest.mark.parametrize("turn", [90, -90, 180, 270])
def test_a_page_that_lies_on_its_side_is_read(tmp_path: Path, turn: int) -> None:
    frames = printed(tmp_path, [STEPS, row(), row(NAME_B, B, result="未通过")], f"#rotate({turn}deg, reflow: true)[{{}}]")
    assert accepted(frames) == {A: "passed", B: "failed"}
    assert codes(frames) <= {"date_before_listing"}


@pytest.mark.parametrize("where", ["A2", "B2", "F2"])
@pytest.mark.parametrize("beside", [True, False])
def test_text_that_runs_over_its_cell_costs_its_row(tmp_path: Path, where: str, beside: bool) -> None:
    said: list[Any] = row()
    at = ord(where[0]) - 65
    text = f"{said[at]}更正为另一处的文字更正为另一处的文字"
    said[at + 1] = said[at + 1] if beside else None
    over = f"[#box(width: 1cm, height: 9pt)[#place[#box(width: 20cm)[{text}]]]]"
    frames = printed(tmp_path, [STEPS, said, row(NAME_B, B)], **{where: over})
    assert accepted(frames) == {B: "passed"}
    assert ("row_over_rules", "A2") in told_in(frames)


def test_text_that_falls_into_the_row_below_costs_both(tmp_path: Path) -> None:
    long = "[#box(width: 1cm, height: 9pt)[#place[#box(width: 4cm)[" + "示例甲化工有限公司" * 6 + "]]]]"
    frames = printed(tmp_path, [STEPS, row(), row(NAME_B, B), row()], A2=long)
    assert accepted(frames).get(B) is None
    assert {("row_over_rules", "A3")} <= {*told_in(frames)}


STACKED = {
    "two values": r"[10 \ 20]",
    "two values with points": r"[12.5 \ 13]",
    "two paragraphs": "[10\n\n20]",
    "a fraction": "[$1/2$]",
    "a low mark": "[12.5#sub[1]]",
    "two low marks": "[12#sub[34]]",
}


@pytest.mark.parametrize("said", STACKED.values(), ids=STACKED)
def test_numbers_of_one_printed_cell_arent_glued_together(tmp_path: Path, said: str) -> None:
    frames = printed(tmp_path, [OPTIONS, option(1, 0), option(2, 11)], G2=said)
    assert list(frames["options"]["investment_wan_yuan"].fillna(-1)) == [-1, 11]
    assert ("number_text", "G2") in told_in(frames)


@pytest.mark.parametrize("cells", [{"B2": f"[{A[:9]} \\ {A[9:]}]"}, {"F2": "[2022-10- \\ 01]"}, {"G2": "[通 \\ 过]"}])
def test_what_the_width_of_a_printed_column_parted_is_one(tmp_path: Path, cells: dict[str, str]) -> None:
    assert accepted(printed(tmp_path, [STEPS, row()], **cells)) == {A: "passed"}


# -- a title against a heading


@pytest.mark.parametrize(
    "word", ["未通过验收企业名单", "不予通过企业", "拟通过验收企业公示", "整改企业验收情况", "申请验收企业", "验收不合格企业"]
)
@pytest.mark.parametrize("where", ["title", "sheet", "file"])
def test_a_title_that_denies_what_a_heading_says_passes_nobody(tmp_path: Path, word: str, where: str) -> None:
    roster(tmp_path)
    titles = [[f"石家庄市{word}"]] if where == "title" else [["石家庄市清洁生产审核情况"]]
    rows = [
        *titles,
        ["企业名称", "统一社会信用代码", "告知书送达日期", "通过验收日期", "目前状态"],
        [NAME_A, A, "2022-01-01", "2022-10-01", "正常推进"],
    ]
    book(tmp_path / f"石家庄市{word if where == 'file' else ''}.xlsx", {word if where == "sheet" else "进度": rows})
    frames = load(tmp_path).frames
    assert accepted(frames) == {A: "unread"}
    assert "title_denies" in codes(frames)


@pytest.mark.parametrize("title", ["石家庄市通过验收企业情况", "石家庄市清洁生产审核进度表（第二批）"])
def test_a_title_that_denies_nothing_leaves_what_a_heading_says(tmp_path: Path, title: str) -> None:
    roster(tmp_path)
    rows = [
        [title],
        ["企业名称", "统一社会信用代码", "告知书送达日期", "通过验收日期", "目前状态"],
        [NAME_A, A, "2022-01-01", "2022-10-01", "正常推进"],
    ]
    book(tmp_path / "石家庄市.xlsx", {"进度": rows})
    assert accepted(load(tmp_path).frames) == {A: "passed"}
