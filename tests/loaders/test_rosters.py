"""Rosters: which list each is, what a code with two names is, and why a roster isn't read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cpaudit import loaders
from cpaudit.errors import ReadError
from tests.support.builders import credit_code
from tests.support.workbooks import AS_OF, LISTED, NAME_A, ROSTER, A, B, book, told_in

KINDS = ("roster_kind_missing", "roster_kinds_differ", "roster_kind_unknown", "roster_kind_differs")


def listed(folder: Path, file: str, sheets: dict[str, list[list[Any]]]) -> dict[str, pd.DataFrame]:
    book(folder / file, sheets)
    return loaders.read([folder], programme="hebei-2021-2", as_of=AS_OF).frames


def errors(frames: dict[str, pd.DataFrame]) -> list[tuple[str, str]]:
    return [(code, cell) for code, cell in told_in(frames) if code in KINDS]


@pytest.mark.parametrize(
    ("file", "tab", "above", "kind"),
    [
        ("名单.xlsx", "名单", ["强制类企业名单"], "mandatory"),
        ("名单.xlsx", "名单", ["附件2 重点行业清洁生产审核企业名单"], "key_industry"),
        ("名单.xlsx", "重点行业", [], "key_industry"),
        ("名单.xlsx", "强制类（403家）", [], "mandatory"),
        ("附件2 重点行业.xlsx", "Sheet1", [], "key_industry"),
        ("附件2 重点行业.xlsx", "Sheet1", ["注：已列入附件1强制类名单的企业不再重复列入。"], "key_industry"),
        ("名单.xlsx", "名单", ["重点行业企业名单（不含强制类）"], "key_industry"),
        ("名单.xlsx", "名单", ["强制类、重点行业企业名单", "重点行业"], "key_industry"),
        ("强制类和重点行业名单汇总.xlsx", "强制类", ["石家庄市"], "mandatory"),
        ("名单.xlsx", "重 点 行 业", ["附件二"], "key_industry"),
    ],
)
def test_the_kind_comes_from_what_stands_with_the_rows(file: str, tab: str, above: list[str], kind: str, tmp_path: Path) -> None:
    note = "注：已列入附件1强制类名单的企业不再重复列入。"
    frames = listed(tmp_path, file, {tab: [*([said] for said in above), ROSTER, *LISTED, [note]]})
    assert frames["plants"]["roster"].tolist() == [kind, kind]
    assert errors(frames) == []


@pytest.mark.parametrize(
    ("file", "tab", "above", "told"),
    [
        ("名单.xlsx", "名单", [], "roster_kind_missing"),
        ("名单.xlsx", "名单", ["石家庄市企业名单"], "roster_kind_missing"),
        ("名单.xlsx", "名单", ["强制类、重点行业企业名单"], "roster_kind_missing"),
        ("名单.xlsx", "名单", ["注：强制类企业另附"], "roster_kind_missing"),
        ("名单.xlsx", "名单", ["企业名单（除强制类外）"], "roster_kind_missing"),
        ("附件1 强制类.xlsx", "名单", ["重点行业企业名单"], "roster_kinds_differ"),
        ("名单.xlsx", "强制类", ["重点行业企业名单"], "roster_kinds_differ"),
        ("重点行业.xlsx", "强制类", [], "roster_kinds_differ"),
        ("名单.xlsx", "名单", ["强制类企业名单", "重点行业企业名单"], "roster_kinds_differ"),
    ],
)
def test_none_or_two_that_disagree_is_an_error_and_no_kind(
    file: str, tab: str, above: list[str], told: str, tmp_path: Path
) -> None:
    frames = listed(tmp_path, file, {tab: [*([said] for said in above), ROSTER, *LISTED, ["注：强制类"]]})
    assert frames["plants"]["roster"].tolist() == ["unread", "unread"]
    assert [code for code, _ in errors(frames)] == [told]
    assert set(frames["problems"].loc[frames["problems"]["code"] == told, "severity"]) == {"error"}


def test_a_column_says_the_kind_of_each_row(tmp_path: Path) -> None:
    rows = [
        [*LISTED[0], "强制类"],
        [*LISTED[1], "重点行业企业"],
        [3, "唐山市", "路北区", "示例丙陶瓷有限公司", credit_code(3), "陶瓷", "自愿"],
    ]
    frames = listed(tmp_path, "名单.xlsx", {"名单": [["企业名单"], [*ROSTER, "名单类别"], *rows]})
    assert frames["plants"]["roster"].tolist() == ["mandatory", "key_industry", "unread"]
    assert errors(frames) == [("roster_kind_unknown", "G5")]


def test_a_row_that_contradicts_its_title_has_no_kind_and_a_blank_one_has_the_titles(tmp_path: Path) -> None:
    rows = [[*LISTED[0], "重点行业"], [*LISTED[1], None]]
    frames = listed(tmp_path, "名单.xlsx", {"名单": [["强制类企业名单"], [*ROSTER, "名单类别"], *rows]})
    assert frames["plants"]["roster"].tolist() == ["unread", "mandatory"]
    assert errors(frames) == [("roster_kind_differs", "G3")]


# -- one code, two names


@pytest.mark.parametrize(
    ("first", "second", "asked"),
    [
        ("示例甲水泥有限公司", "示例乙钢铁有限公司", True),
        ("示例甲水泥有限公司", "示例甲水泥厂", True),
        ("示例甲水泥有限公司", "示例甲建材有限公司", True),
        ("示例甲水泥有限公司（一分厂）", "示例乙水泥有限公司（二分厂）", True),
        ("示例甲水泥有限公司", "示例甲水泥有限责任公司", True),
        ("示例甲水泥有限公司（一分厂）", "示例甲水泥有限公司（二分厂）", False),
        ("示例甲水泥有限公司", "示例甲水泥有限公司（二分厂）", False),
    ],
)
def test_one_code_with_two_names_is_a_question(first: str, second: str, asked: bool, tmp_path: Path) -> None:
    rows = [[1, "石家庄市", "长安区", first, A, "水泥"], [2, "石家庄市", "长安区", second, A, "水泥"]]
    frames = listed(tmp_path, "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, *rows]})
    found = [(code, cell) for code, cell in told_in(frames) if code == "code_two_names"]
    assert found == ([("code_two_names", "E4")] if asked else [])


# -- refusals


@pytest.mark.parametrize(
    ("header", "row", "cause"),
    [
        (ROSTER, [1, "石市", "赵县", NAME_A, A, "化工"], "“石市”"),
        (ROSTER, [1, "北京市", "朝阳区", NAME_A, A, "化工"], "“北京市”"),
        (ROSTER, [1, "河南省郑州市", "金水区", NAME_A, A, "化工"], "“河南省郑州市”"),
        (["序号", "县区", "企业名称", "统一社会信用代码", "所属行业"], [1, "赵县", NAME_A, A, "化工"], "缺少列“市”"),
        (["序号", "市", "县区", "企业名称", "统一社会信用代码"], [1, "石家庄市", "赵县", NAME_A, A], "缺少列“所属行业”"),
        (
            ["序号", "市", "县区", "企业名称", "统一社会信用代码", "所属亍业"],
            [1, "石家庄市", "赵县", NAME_A, A, "化工"],
            "“所属亍业”疑为“所属行业”",
        ),
        (
            ["序号", "设区巿", "县区", "企业名称", "代码", "所属行业"],
            [1, "石家庄市", "赵县", NAME_A, A, "化工"],
            "“设区巿”疑为“市”",
        ),
        (ROSTER, None, "只有表头"),
        (["甲", "乙", "丙", "丁"], ["一", "二", "三", "四"], "“企业名称、市、所属行业”"),
    ],
)
def test_a_refusal_names_its_cause(header: list[str], row: list[Any] | None, cause: str, tmp_path: Path) -> None:
    with pytest.raises(ReadError) as refused:
        listed(tmp_path, "名单.xlsx", {"名单": [["强制类企业名单"], header, *([row] if row else [])]})
    assert cause in str(refused.value)
    assert str(refused.value).count("\n") == 0


def test_a_refusal_of_many_rows_says_the_value_not_the_heading(tmp_path: Path) -> None:
    rows = [[n, "石市", "赵县", f"示例{n}化工有限公司", credit_code(n), "化工"] for n in range(1, 41)]
    with pytest.raises(ReadError, match=r"共 40 行，都未采用.*“石市”.*40 处"):
        listed(tmp_path, "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, *rows]})


def test_a_real_heading_with_brackets_in_brackets_is_read(tmp_path: Path) -> None:
    header = [
        "序号",
        "企业名称",
        "统一社会信用代码",
        "所属地市",
        "所属区县",
        "行业\n［固定污染源排污许可分类管理名录（2017年版）］",
    ]
    rows = [[1, NAME_A, A, "石家庄市", "井陉县", "水泥"], [2, "示例乙钢铁有限公司", B, "石家庄市", "平山县", "钢铁"]]
    frames = listed(tmp_path, "名单.xlsx", {"名单": [["强制类名单"], header, *rows]})
    assert frames["plants"]["county"].tolist() == ["130121", "130131"]
    assert told_in(frames) == []


@pytest.mark.parametrize(
    "name",
    [
        "示例丙化工有限公司、示例丁化工有限公司",
        "示例丙化工有限公司等3家",
        "示例丙化工有限公司/示例丁水泥厂",
        "示例丙集团（含下属3家）",
        "示例丙集团及下属企业",
    ],
)
def test_a_row_that_names_several_firms_lists_none(tmp_path: Path, name: str) -> None:
    row = [3, "石家庄市", "长安区", name, credit_code(3), "化工"]
    frames = listed(tmp_path, "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, *LISTED, row]})
    assert sorted(frames["plants"]["plant_id"]) == sorted([A, B])
    assert ("name_several", "D5") in told_in(frames)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("示例丙化工有限公司（已关闭）", True),
        ("示例丙化工有限公司（已搬迁）", True),
        ("示例丙化工有限公司（取消）", True),
        ("示例丙化工有限公司 停产", True),
        ("示例丙化工有限公司（不列入）", True),
        ("示例丙化工有限公司（拟剔除）", True),
        ("示例丙化工有限公司（一分厂）", False),
        ("示例丙化工（石家庄）有限公司", False),
        ("示例丙和平+化工有限公司", False),
    ],
)
def test_a_name_that_says_what_a_status_should_is_asked_about(tmp_path: Path, name: str, asked: bool) -> None:
    row = [3, "石家庄市", "长安区", name, credit_code(3), "化工"]
    frames = listed(tmp_path, "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, *LISTED, row]})
    assert len(frames["plants"]) == 3
    assert (("name_says_status", "D5") in told_in(frames)) is asked


@pytest.mark.parametrize(
    ("name", "asked"),
    [("××", True), ("某公司", True), ("待定", True), ("XX", True), ("***", True), ("待 补", True), ("某某机械有限公司", False)],
)
def test_a_name_that_is_none_is_asked_about_and_its_code_counts(tmp_path: Path, name: str, asked: bool) -> None:
    row = [3, "石家庄市", "长安区", name, credit_code(3), "化工"]
    frames = listed(tmp_path, "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, *LISTED, row]})
    assert len(frames["plants"]) == 3
    assert (("name_is_none", "D5") in told_in(frames)) is asked
