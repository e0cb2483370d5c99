"""What was lost or ignored without a word: rows in one cell, stated units, lists inside a list, former names, columns twice."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from cpaudit import loaders
from tests.support.builders import credit_code
from tests.support.workbooks import AS_OF, DONE, LISTED, NAME_A, NAME_B, OPTIONS, PROGRESS, ROSTER, A, B, book, load, option, sent

BARE = [*OPTIONS[:-1], "投资"]
NUMBERED = ["序号", *PROGRESS]


def problems(found: loaders.Loaded, file: str = "石家庄市.xlsx") -> list[tuple[str, str]]:
    frame = found.frames["problems"]
    return [
        (c, a) for c, a, f, s in frame[["code", "cell", "file", "severity"]].itertuples(index=False) if f == file and s != "note"
    ]


def account(found: loaders.Loaded, file: str) -> tuple[int, int, int, int]:
    row = found.frames["sources"].set_index("path").loc[file]
    return tuple(int(row[f"rows_{what}"]) for what in ("read", "stored", "rejected", "held"))  # type: ignore[return-value]


# -- a record in one cell

CRAMMED = {
    "tabs": "\t",
    "wide commas": "，",
    "semicolons": ";",
    "bars": "|",
    "blanks": "  ",
    "wide blanks": "　",
    "new lines": "\n",
    "enumeration commas": "、",
}


@pytest.mark.parametrize("sign", CRAMMED.values(), ids=CRAMMED)
@pytest.mark.parametrize("column", [0, 1, 4])
def test_a_record_in_one_cell_of_a_workbook_is_counted_and_refused(tmp_path: Path, sign: str, column: int) -> None:
    record = [2, NAME_B, B, "2021-12-25", "", "", "", "正常推进"]
    crammed = [None] * column + [sign.join(map(str, record))]
    found = sent(tmp_path, 进度=[NUMBERED, [1, *DONE], crammed])
    assert problems(found) == [("row_in_one_cell", "B3")]
    assert account(found, "石家庄市.xlsx") == (2, 1, 1, 0)


@pytest.mark.parametrize("sign", ["\t", "，", ";", "|"])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_line_with_another_separator_than_its_file_is_counted_and_refused(tmp_path: Path, sign: str, at: int) -> None:
    lines = [f"{n},示例甲化工有限公司,{A},2021-12-25,,,,正常推进" for n in range(1, 4)]
    lines[at - 1] = lines[at - 1].replace(",", sign)
    (tmp_path / "石家庄市.csv").write_text("\n".join([",".join(NUMBERED), *lines]) + "\n", encoding="utf-8")
    found = load(tmp_path)
    assert account(found, "石家庄市.csv")[0] == 3
    assert ("row_in_one_cell", f"B{at + 1}") in problems(found, "石家庄市.csv")


@pytest.mark.parametrize(
    "remark", ["石家庄市生态环境局 2022年10月8日", "注：以上数据，截至9月，共2家", "示例甲，示例乙，示例丙已停产"]
)
def test_a_remark_is_no_record(tmp_path: Path, remark: str) -> None:
    found = sent(tmp_path, 进度=[NUMBERED, [1, *DONE], [remark]])
    assert (problems(found), account(found, "石家庄市.xlsx")[0]) == ([], 1)


# -- units


@pytest.mark.parametrize(
    "title",
    [
        *(
            "单位：千 元",
            "人民币千元",
            "（人民币千元）",
            "单位：K元",
            "單位：千元",
            "单位∶千元",
            "单位︰千元",
            "計量：千元",
            "计量：千元",
        ),
        *(
            "填报口径：千元",
            "按千元填列",
            "金额单位：人民币千元",
            "单位：人民币（千元）",
            "单位：千圆",
            "以 千元 填报",
            "单位﹕ 千 元 填报人：示例",
        ),
        *("石家庄市（千元）方案表（2022年）", "币种：人民币 单位：千元", "单位：千元，吨"),
    ],
)
def test_thousands_are_taken_as_thousands_however_it_is_said(tmp_path: Path, title: str) -> None:
    found = sent(tmp_path, 方案=[[title], BARE, option(1, 125)])
    assert found.frames["options"]["investment_wan_yuan"].tolist() == [12.5]


@pytest.mark.parametrize(
    "title",
    [
        *(
            "单位：仟圆",
            "单位：仟元",
            "单位：1000元",
            "单位：港币",
            "单位：角",
            "单位：元/吨",
            "单位：千",
            "币种：美元",
            "（美元）",
        ),
        *("单位：元（千）", "計量單位：仟元", "按日元填列", "单位：百佰", "单位：￡", "单位：十", "单位：元/t产品"),
    ],
)
def test_a_word_that_is_no_unit_of_the_form_is_an_error_and_nothing_is_taken(tmp_path: Path, title: str) -> None:
    found = sent(tmp_path, 方案=[[title], BARE, option(1, 125)])
    assert [code for code, _ in problems(found)] in (["column_units_differ"], ["unit_unknown"])
    assert found.frames["options"]["investment_wan_yuan"].isna().all()


def test_an_odd_unit_beside_explicit_headings_is_said_at_its_cell(tmp_path: Path) -> None:
    found = sent(tmp_path, 方案=[["方案表", "单位：捆"], OPTIONS, option(1, 12)])
    assert problems(found) == [("unit_unknown", "B1")]
    assert found.frames["options"]["investment_wan_yuan"].tolist() == [12]


@pytest.mark.parametrize(
    "title", ["单位：元氏县", "单位：石家庄", "单位：示例有限公司", "各单位：请于10月前报", "单位：家", "统计口径：规模以上"]
)
def test_who_sends_is_no_unit(tmp_path: Path, title: str) -> None:
    found = sent(tmp_path, 方案=[[title], BARE, option(1, 12)])
    asked = [("unit_unsaid", "G2")]  # and none is said anywhere else
    assert (problems(found), found.frames["options"]["investment_wan_yuan"].tolist()) == (asked, [12])


@pytest.mark.parametrize("heading", ["投资（万元）（千元）", "投资(千元)(万元)", "投资（万元）[元]", "投资（万元，千元）"])
def test_a_heading_with_two_units_is_an_error(tmp_path: Path, heading: str) -> None:
    found = sent(tmp_path, 方案=[[*OPTIONS[:-1], heading], option(1, 125)])
    assert [code for code, _ in problems(found)] == ["heading_unit_unknown"]
    assert found.frames["options"]["investment_wan_yuan"].isna().all()


# -- lists inside a list


def listed(folder: Path, title: str, rows: list[list[Any]]) -> tuple[list[str], list[str]]:
    book(folder / "名单.xlsx", {"名单": [[title], ROSTER, *rows]})
    frames = loaders.read([folder], programme="hebei-2021-2", as_of=AS_OF).frames
    codes = frames["problems"]["code"]
    return frames["plants"]["roster"].tolist(), codes[codes.str.startswith("roster_kind")].tolist()


@pytest.mark.parametrize(
    "group",
    [
        *(["二、重点行业企业"], ["（二）重点行业"], ["重点行业"], [None, "二、重点行业企业"], ["附件2 重点行业企业名单"]),
        *(["二、重点行业企业", None, "共1家"], [None, None, None, "重点行业企业"], ["三、自愿性企业"], ["二、重点企业"]),
    ],
)
def test_a_group_inside_a_list_of_another_kind_is_an_error(tmp_path: Path, group: list[Any]) -> None:
    kinds, told = listed(tmp_path, "强制类企业名单", [LISTED[0], group, LISTED[1]])
    assert (kinds, set(told)) == (["mandatory", "unread"], {"roster_kind_differs"})


@pytest.mark.parametrize("title", ["企业名单", "强制类和重点行业企业名单"])
def test_groups_say_the_kind_where_the_title_names_none(tmp_path: Path, title: str) -> None:
    kinds, told = listed(tmp_path, title, [["一、强制类"], LISTED[0], ["二、重点行业（1家）"], LISTED[1]])
    assert (kinds, told) == (["mandatory", "key_industry"], [])


@pytest.mark.parametrize("group", ["注：以下含重点行业", "一、水泥行业", "（一）长安区", "重点行业小计：1家", "强制类"])
def test_what_begins_no_other_list_leaves_the_kind_alone(tmp_path: Path, group: str) -> None:
    assert listed(tmp_path, "强制类企业名单", [LISTED[0], [group], LISTED[1]]) == (["mandatory"] * 2, [])


# -- former names


@pytest.mark.parametrize(
    ("written", "former"),
    [
        *(
            ("（曾用名 示例老厂）", "示例老厂"),
            ("（曾用名：示例老厂）", "示例老厂"),
            ("（原：示例旧厂）", "示例旧厂"),
            ("（原名 示例旧厂）", "示例旧厂"),
        ),
        *(
            ("（更名前：示例老厂）", "示例老厂"),
            ("（由示例老厂更名）", "示例老厂"),
            ("【原示例老厂】", "示例老厂"),
            ("（前身为示例老厂）", "示例老厂"),
        ),
    ],
)
def test_a_former_name_is_one_however_it_is_noted(tmp_path: Path, written: str, former: str) -> None:
    row = [1, "石家庄市", "长安区", NAME_A + written, A, "化工"]
    book(tmp_path / "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, row]})
    plant = loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).frames["plants"].iloc[0]
    assert (plant["name"], plant["former_names"], plant["plant_id"]) == (NAME_A, former, A)
    assert pd.isna(plant["site"])


@pytest.mark.parametrize("site", ["原料车间", "二分厂", "前进厂", "原厂区"])
def test_a_site_is_no_former_name(tmp_path: Path, site: str) -> None:
    row = [1, "石家庄市", "长安区", f"{NAME_A}（{site}）", A, "化工"]
    book(tmp_path / "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, row]})
    plant = loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).frames["plants"].iloc[0]
    assert (plant["site"], pd.isna(plant["former_names"])) == (site, True)


# -- two columns of one meaning

JUDGED = ["企业名称", "统一社会信用代码", "告知书送达日期", "完成验收日期", "验收结果", "目前状态"]
PASSED: list[Any] = [NAME_A, A, "2021-12-25", "2022-10-01", "通过", "正常推进"]


@pytest.mark.parametrize(
    ("heading", "first", "second", "cells"),
    [
        ("验收结果", "通过", "未通过", ("E2", "G2")),
        ("验收结果", None, "通过", ("E2", "G2")),
        ("完成验收结果", "通过", "待定", ("E2", "G2")),
        ("完成验收日期", "2022-10-01", "2022-10-09", ("D2", "G2")),
        ("验收日期", "2022-10-01", dt.datetime(2022, 9, 1), ("D2", "G2")),
    ],
)
def test_two_columns_that_disagree_are_held_and_both_named(
    tmp_path: Path, heading: str, first: str | None, second: Any, cells: tuple[str, str]
) -> None:
    row = [*PASSED, second]
    row[4 if "结果" in heading else 3] = first
    found = sent(tmp_path, 进度=[[*JUDGED, heading], row])
    events = found.frames["events"]
    assert events.loc[events["milestone"] == "accepted", "result"].tolist() == ["unread"]
    frame = found.frames["problems"]
    (told,) = frame[frame["code"] == "columns_differ"].itertuples()
    assert told.cell == cells[0]
    assert all(cell in told.message for cell in cells)


@pytest.mark.parametrize(
    ("heading", "second"), [("验收结果", "通过 "), ("验收结果", None), ("验收日期", dt.datetime(2022, 10, 1))]
)
def test_two_columns_that_say_the_same_do_no_harm(tmp_path: Path, heading: str, second: Any) -> None:
    found = sent(tmp_path, 进度=[[*JUDGED, heading], [*PASSED, second]])
    events = found.frames["events"]
    assert events.loc[events["milestone"] == "accepted", "result"].tolist() == ["passed"]


def test_two_columns_of_names_or_codes_that_disagree_hold_the_row(tmp_path: Path) -> None:
    found = sent(tmp_path, 进度=[[*JUDGED, "企业名称"], [*PASSED, NAME_B]])
    assert account(found, "石家庄市.xlsx") == (1, 0, 0, 1)
    assert "row_columns_differ" in [code for code, _ in problems(found)]
    code = sent(tmp_path / "2", 进度=[[*JUDGED, "统一社会信用代码"], [*PASSED, credit_code(9)]])
    assert account(code, "石家庄市.xlsx") == (1, 0, 0, 1)


def test_the_same_amount_in_two_units_is_one_and_another_is_held(tmp_path: Path) -> None:
    found = sent(tmp_path, 方案=[[*OPTIONS, "投资（千元）"], option(1, 12.5, 125), option(2, 12.5, 12.5)])
    assert found.frames["options"]["investment_wan_yuan"].fillna(-1).tolist() == [12.5, -1]


@pytest.mark.parametrize(
    ("hidden", "seen", "heading", "kept"),
    [
        ("未通过", "通过", "验收结果", "passed"),
        ("通过", "未通过", "完成验收结果", "failed"),
        ("通过", None, "验收结果", "unread"),
        ("待定", "通过", "*验收结果", "passed"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_column_that_is_seen_wins_over_a_hidden_one_which_is_said(
    tmp_path: Path, hidden: str, seen: str | None, heading: str, kept: str, first: bool
) -> None:
    values = (hidden, seen) if first else (seen, hidden)
    path = book(tmp_path / "石家庄市.xlsx", {"进度": [[*JUDGED, heading], [*PASSED[:4], values[0], PASSED[5], values[1]]]})
    unseen = "E" if first else "G"
    workbook = openpyxl.load_workbook(path)
    workbook["进度"].column_dimensions[unseen].hidden = True
    workbook.save(path)
    found = load(tmp_path)
    events = found.frames["events"]
    assert events.loc[events["milestone"] == "accepted", "result"].tolist() == [kept]
    assert ("column_repeated_unseen", f"{unseen}1") in problems(found)
    assert "columns_differ" not in {code for code, _ in problems(found)}


def test_a_hidden_amount_in_another_unit_does_not_lend_its_unit(tmp_path: Path) -> None:
    path = book(tmp_path / "石家庄市.xlsx", {"方案": [[*OPTIONS[:6], "投资（千元）", "投资（万元）"], option(1, 999, 12.5)]})
    workbook = openpyxl.load_workbook(path)
    workbook["方案"].column_dimensions["G"].hidden = True
    workbook.save(path)
    assert load(tmp_path).frames["options"]["investment_wan_yuan"].tolist() == [12.5]


# -- raised words


@pytest.mark.parametrize("level", ["superscript", "subscript"])
@pytest.mark.parametrize(("pieces"), [("^未", "通过"), ("通过", "^待定"), ("^不予", "通过"), ("通过", "^（拟）")])
def test_a_raised_word_is_no_mark(tmp_path: Path, level: str, pieces: tuple[str, ...]) -> None:
    path = book(tmp_path / "石家庄市.xlsx", {"进度": [JUDGED, PASSED]})
    workbook = openpyxl.load_workbook(path)
    up = InlineFont(vertAlign=level)
    runs = [TextBlock(up, piece[1:]) if piece.startswith("^") else piece for piece in pieces]
    workbook["进度"]["E2"] = CellRichText(*runs)
    workbook.save(path)
    found = load(tmp_path)
    events = found.frames["events"]
    assert events.loc[events["milestone"] == "accepted", "result"].tolist() == ["unread"]
    assert ("result_unread", "E2") in problems(found) or ("result_not_final", "E2") in problems(found)
