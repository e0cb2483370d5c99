"""Headings that nearly are the form's, columns that hold contacts, and rows that are no record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cpaudit.loaders.sheets.contacts import masked
from cpaudit.loaders.sheets.words import row_word
from tests.support.builders import credit_code
from tests.support.workbooks import LISTED, NAME_A, NAME_B, OPTIONS, PROGRESS, ROSTER, A, B, book, load, option, read, told_in

FULL = ["企业名称", "统一社会信用代码", "告知书送达日期", "完成评估日期", "评估结果", "评估得分", "完成验收日期", "目前状态"]
ROW = [NAME_A, A, "2021-12-25", "2022-06-20", "通过", 85, "2022-10-01", "正常推进"]


def returned(tmp_path: Path, heading: str, instead_of: str) -> Any:
    columns = [heading if column == instead_of else column for column in FULL]
    return read(tmp_path, 进度=[columns, ROW])


@pytest.mark.parametrize(
    ("heading", "meant"),
    [
        ("完成评估曰期", "完成评估日期"),
        ("通过评估时间", "完成评估日期"),
        ("完评成估日期", "完成评估日期"),
        ("完成评估的日期", "完成评估日期"),
        ("评估完成的时间", "完成评估日期"),
        ("完成评估日期2", "完成评估日期"),
        ("完成评 估曰\n期", "完成评估日期"),
        ("序号完成评估日期", "完成评估日期"),
        ("评估得份", "评估得分"),
        ("评估结裹", "评估结果"),
        ("告知书送达曰期", "告知书送达日期"),
        ("目前壮态", "目前状态"),
        ("完成验收曰期", "完成验收日期"),
        ("统一社会信用代吗", "统一社会信用代码"),
    ],
)
def test_a_heading_that_is_nearly_the_forms_is_an_error_that_names_the_column(heading: str, meant: str, tmp_path: Path) -> None:
    problems = returned(tmp_path, heading, meant)["problems"]
    [found] = problems[problems["code"] == "column_near"].to_dict("records")
    assert found["severity"] == "error"
    assert f"“{meant}”" in found["message"]
    assert found["cell"] == f"{'ABCDEFGH'[FULL.index(meant)]}1"


def test_what_stands_below_a_doubtful_heading_is_unread_not_undone(tmp_path: Path) -> None:
    events = returned(tmp_path, "完成评估曰期", "完成评估日期")["events"].set_index("milestone")
    assert (events.loc["assessed", "result"], events.loc["assessed", "cell"]) == ("unread", "D2")
    assert pd.isna(events.loc["assessed", "date"])


def test_a_status_below_a_doubtful_heading_is_unread_not_normal(tmp_path: Path) -> None:
    plants = returned(tmp_path, "目前壮态", "目前状态")["plants"].set_index("plant_id")
    assert plants.loc[A, "status"] == "unread"


@pytest.mark.parametrize(
    "heading",
    ["*完成评估日期", "完成评估日期*", "4.完成评估日期", "（四）完成评估日期", "四、完成评估日期", "完成\n评估日期",
     "完成评估日期（必填）", "完成评估日期（年（月日））", "【完成评估日期】"[1:-1], "4）完成评估日期"],
)  # fmt: skip
def test_signs_numbers_and_brackets_about_a_heading_leave_it_what_it_is(heading: str, tmp_path: Path) -> None:
    frames = returned(tmp_path, heading, "完成评估日期")
    events = frames["events"].set_index("milestone")
    assert str(events.loc["assessed", "date"])[:10] == "2022-06-20"
    assert not [code for code, _ in told_in(frames) if code.startswith("column")]


@pytest.mark.parametrize(
    ("heading", "amount"),
    [("节水（m³）", 12.0), ("节水((t/a))", 12.0), ("6.节水（吨/年）", 12.0), ("＊节水（ｔ／ａ）", 12.0), ("节水[m3/a]", 12.0)],
)
def test_a_heading_with_a_unit_is_read_in_it(heading: str, amount: float, tmp_path: Path) -> None:
    frames = read(tmp_path, 方案=[[*OPTIONS, heading], option(1, 5.0, 12)])
    assert frames["options"]["water_t"].tolist() == [amount]


def test_a_heading_near_that_of_an_option_is_an_error(tmp_path: Path) -> None:
    frames = read(tmp_path, 方案=[[*OPTIONS, "节水量", "节电數", "实施年度", "空列"], option(1, 5.0, 12, 3, 2022, None)])
    told = dict(zip(frames["problems"]["cell"], frames["problems"]["code"], strict=True))
    assert told == {"H1": "column_near", "I1": "column_near", "J1": "column_unknown", "K1": "column_empty"}
    severity = dict(zip(frames["problems"]["code"], frames["problems"]["severity"], strict=True))
    assert severity == {"column_near": "error", "column_unknown": "warning", "column_empty": "note"}
    assert frames["options"]["water_t"].isna().all()


@pytest.mark.parametrize("heading", ["备注", "所在街道", "环评批复时间", "主管科室意见", "整改情况", "注册资本"])
def test_a_column_with_data_is_never_left_out_with_a_mere_note(heading: str, tmp_path: Path) -> None:
    frames = read(tmp_path, 进度=[[*PROGRESS, heading], [NAME_A, A, "2021-12-25", None, None, None, "正常推进", "有"]])
    assert told_in(frames) == [("column_unknown", "H1")]
    assert frames["problems"]["severity"].tolist() == ["warning"]


def test_a_column_with_data_and_no_heading_is_told(tmp_path: Path) -> None:
    columns = [*PROGRESS[:3], None, *PROGRESS[3:]]
    frames = read(tmp_path, 进度=[columns, [NAME_A, A, "2021-12-25", "2022-01-05", None, None, None, "正常推进"]])
    assert told_in(frames) == [("column_unheaded", "D1")]


def test_a_column_that_is_like_one_already_there_is_asked_about(tmp_path: Path) -> None:
    frames = read(tmp_path, 进度=[[*FULL, "完成评估曰期"], [*ROW, "2022-07-01"]])
    assert ("column_beside", "I1") in told_in(frames)
    assert str(frames["events"].set_index("milestone").loc["assessed", "date"])[:10] == "2022-06-20"


def test_a_table_that_lacks_its_first_column_says_which_heading_may_be_it(tmp_path: Path) -> None:
    problems = returned(tmp_path, "企业各称", "企业名称")["problems"]
    [found] = problems[problems["code"] == "table_incomplete"].to_dict("records")
    assert "“企业各称”疑为“企业名称”" in found["message"]


# -- contacts

PERSONS = ("张示例", "李示范", "王样本")
WAYS = ("13900001111", "0311-86001234", "139 0000 2222", "shili@example.com", "(0311)86005678")


@pytest.mark.parametrize(
    "headings",
    [
        ["联系人", "联系电话"],
        ["联系人2", "电话2"],
        ["备用联系人", "备用联系人手机"],
        ["负责人", "手机"],
        ["经办人（签字）", "办公电话"],
        ["环保专员姓名", "电子邮箱"],
        ["第二联系人", "微信号"],
        ["法人", "Tel"],
    ],
)
def test_nothing_of_contacts_is_quoted(headings: list[str], tmp_path: Path) -> None:
    columns = [*PROGRESS, *headings]
    rows: list[list[Any]] = [
        [NAME_A, A, "2021-12-25", None, None, None, "正常推进", PERSONS[0], WAYS[0]],
        [None, None, None, None, None, None, None, PERSONS[1], WAYS[1]],
        [f"示例丙厂（联系人{PERSONS[2]} {WAYS[0]}）", "9113", f"{WAYS[2]}", None, None, None, "不明", PERSONS[2], WAYS[3]],
        [f"填表人：{PERSONS[0]}", None, f"联系电话：{WAYS[4]}", None, None, None, None, None, None],
        [NAME_B, f"电话{WAYS[1]}", "2021-12-26", None, None, None, "正常推进", None, 13900001111],
    ]
    book(tmp_path / "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, *LISTED]})
    book(tmp_path / "石家庄市.xlsx", {"进度": [columns, *rows]})
    found = load(tmp_path)
    shown = [*found.frames.values(), found.columns(), found.understood()]
    said = " ".join(str(cell) for frame in shown for cell in frame.to_numpy().ravel())
    assert not [secret for secret in (*PERSONS, *WAYS) if secret in said]
    assert [cell for code, cell in told_in(found.frames) if code == "column_contacts"] == ["H1", "I1"]


def test_what_is_no_contact_is_quoted_as_it_is() -> None:
    for said in (
        "911398010000000017",
        "91130121MA0000015W",
        "2022-06-01",
        "1234567.8",
        "000000019",
        "示例电话机厂",
        "2021-12-20至2022-01-31",
    ):
        assert masked(said) == said


# -- rows that are no record


@pytest.mark.parametrize(
    "word",
    ["小计4家", "合计6家", "小计", "共6家", "本页小计4家", "总计：", "平均", "其中：水泥2家", "以下空白", "备注：无",
     "填表人：张示例",
     "审核人：", "日期：2022-01-05", "石家庄市合计", "合计（6家）",
     "合 计", "共计六家企业", "……", "单位（盖章）：", "注1：见附件", "强制类小计"],
)  # fmt: skip
@pytest.mark.parametrize("column", [0, 1, 3])
def test_a_row_that_is_no_plant_never_becomes_one(word: str, column: int, tmp_path: Path) -> None:
    row: list[Any] = [None, "石家庄市", None, None, None, "水泥"]
    row[column] = word
    frames = read(tmp_path, listed=[LISTED[0], row, LISTED[1]])
    assert frames["plants"]["name"].tolist() == [NAME_A, NAME_B]


@pytest.mark.parametrize(
    "name",
    ["合计化工厂", "共和化工有限公司", "小计量器具有限公司", "注塑机械厂", "审核电子厂", "日期食品厂",
     "完美化工有限公司", "总和建材有限公司",
     "平均值仪表厂", "说明书印刷厂", "手机配件厂", "其中镇水泥厂", "备注文具有限公司", "略阳化工有限公司", "空白印刷有限公司"],
)  # fmt: skip
def test_a_plant_whose_name_begins_like_such_a_row_is_one(name: str, tmp_path: Path) -> None:
    assert row_word(name) == ""
    code = credit_code(3)
    frames = read(tmp_path, listed=[[1, "石家庄市", "长安区", name, code, "化工"], LISTED[1]])
    assert frames["plants"]["name"].tolist() == [name, NAME_B]


def test_what_stands_below_a_return_is_no_plant_either(tmp_path: Path) -> None:
    below = [["小计2家"], ["填表人：张示例", "审核人：李示范", "2022-11-01"], [None, "以下空白"], ["备注", None, "B厂停产"]]
    done = [[NAME_A, A, "2021-12-25", None, None, None, "正常推进"], [NAME_B, B, "2021-12-26", None, None, None, "正常推进"]]
    frames = read(tmp_path, 进度=[PROGRESS, *done, *below])
    assert told_in(frames) == []
    assert len(frames["events"]) == 2
