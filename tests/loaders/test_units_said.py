"""Units are said or asked: wherever an office writes one it governs its numbers; two that disagree are never chosen between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cpaudit import loaders
from tests.support.workbooks import LISTED, OPTIONS, book, load, option, sent, told

BARE = [*OPTIONS[:-1], "投资"]


def amounts(found: loaders.Loaded, column: str = "investment_wan_yuan") -> list[float]:
    return found.frames["options"][column].tolist()


def errors(found: loaders.Loaded) -> list[tuple[str, str]]:
    problems = found.frames["problems"]
    return list(problems.loc[problems["severity"] == "error", ["code", "cell"]].itertuples(index=False, name=None))


# -- around the table


@pytest.mark.parametrize(
    "above",
    [
        *([["方案绩效表"], ["单位：元"]], [["方案绩效表（单位：元）"]], [["方案绩效表 单位：人民币元"]], [["金额单位：元"]]),
        *([["方案绩效表（元）"]], [["石家庄市方案绩效表", None, None, "单位：", "元"]], [["计量单位：元、吨、万kWh"]]),
        *([["本表以元为单位"]], [["金额单位为元。填报单位：元氏县生态环境局"]], [["单 位 : 元"]]),
    ],
)
def test_a_unit_above_the_table_governs_it(tmp_path: Path, above: list[list[Any]]) -> None:
    found = sent(tmp_path, 方案=[*above, BARE, option(1, 125000)])
    assert amounts(found) == [12.5]
    assert errors(found) == []


@pytest.mark.parametrize(
    "below", ["注：金额单位为元", "注：1. 单位：元", "说明：本表金额按元计", "（单位：元）", "备注：投资单位：元"]
)
def test_a_unit_in_the_note_below_governs_the_table(tmp_path: Path, below: str) -> None:
    assert amounts(sent(tmp_path, 方案=[BARE, option(1, 125000), option(2, 3000), [below]])) == [12.5, 0.3]


@pytest.mark.parametrize("name", ["方案（元）", "方案(单位元)", "方案 单位-元", "元"])
def test_a_unit_in_the_sheets_name_governs_it(tmp_path: Path, name: str) -> None:
    known = name in ("方案（元）", "方案(单位元)")
    assert amounts(sent(tmp_path, **{name: [BARE, option(1, 125000)]})) == [12.5 if known else 125000]


@pytest.mark.parametrize("group", ["资金（元）", "单位：元", "投入（单位：元）", "资金(人民币元)", "效益[元]"])
def test_a_unit_of_a_group_of_headings_governs_those_below_it(tmp_path: Path, group: str) -> None:
    rows = [
        [*OPTIONS[:-1], group, None, "节水（t）"],
        [None] * 6 + ["投资", "经济效益", None],
        option(1, 125000, 3000, 7),
    ]
    found = sent(tmp_path, ("G1:H1",), 方案=rows)
    assert (amounts(found), amounts(found, "economic_benefit_wan_yuan"), amounts(found, "water_t")) == ([12.5], [0.3], [7])


@pytest.mark.parametrize("unit", ["元", "人民币元", "RMB", "圆"])
def test_a_unit_in_the_cell_beside_governs_its_number(tmp_path: Path, unit: str) -> None:
    found = sent(tmp_path, 方案=[[*BARE, "单位"], option(1, 125000, unit), option(2, 7, "万元"), option(3, 5, None)])
    assert amounts(found) == [12.5, 7, 5]
    assert told(found) == []


def test_a_unit_beside_of_another_kind_is_an_error_that_names_the_right_one(tmp_path: Path) -> None:
    found = sent(tmp_path, 方案=[[*BARE, "单位"], option(1, 125, "吨")])
    assert errors(found) == [("number_unit", "G2")]
    assert "万元" in found.frames["problems"]["message"].iloc[0]
    assert found.frames["options"]["investment_wan_yuan"].isna().all()


@pytest.mark.parametrize(
    "title", ["填报单位：元氏县", "单位：家", "上报单位：石家庄市", "单位名称：元通公司", "单位：吨", "单位产品能耗（吨）"]
)
def test_what_says_nothing_of_money_leaves_it_alone(tmp_path: Path, title: str) -> None:
    found = sent(tmp_path, 方案=[[title], BARE, option(1, 12)])
    assert amounts(found) == [12]


# -- two that disagree


@pytest.mark.parametrize(
    ("above", "heading", "below"),
    [
        *(("单位：元", "投资（万元）", None), ("单位：千元", "投资/元", None), ("单位：元", "投资", "注：金额单位：万元")),
        *(("方案表（单位：元）", "投资", "注：单位：千元"), ("单位：万美元", "投资", None), ("单位：港元", "投资（万元）", None)),
    ],
)
def test_two_units_of_one_column_are_an_error_and_none_is_chosen(
    tmp_path: Path, above: str, heading: str, below: str | None
) -> None:
    found = sent(
        tmp_path, 方案=[[above], [*OPTIONS[:-1], heading], option(1, 125000), option(2, 30), *([[below]] if below else [])]
    )
    assert errors(found) == [("column_units_differ", "G2")]
    assert found.frames["options"]["investment_wan_yuan"].isna().all()


LONG = "石家庄市2022年第二批强制性清洁生产审核企业中高费方案实施情况及投资效益汇总表（2022年第三季度）"


@pytest.mark.parametrize(
    "title", [f"{LONG}，单位：元", f"单位：元。{LONG}", f"{LONG}（单位：元）{LONG}", f"{LONG}{LONG}按元填列"]
)
def test_a_quoted_title_shows_its_beginning_and_the_unit_that_it_says(tmp_path: Path, title: str) -> None:
    problems = sent(tmp_path, 方案=[[title], OPTIONS, option(1, 125000)]).frames["problems"]
    [said] = problems.loc[problems["code"] == "column_units_differ", "message"]
    quoted = said.rpartition("元（“")[2].partition("”）")[0]
    assert quoted.startswith(title[:8].replace("：", ":"))
    assert "元" in quoted
    assert len(quoted) < 60


def test_where_two_units_disagree_a_number_with_its_own_is_sure(tmp_path: Path) -> None:
    found = sent(tmp_path, 方案=[["单位：元"], OPTIONS, option(1, "12.5万元"), option(2, "30000元"), option(3, 7)])
    assert errors(found) == [("column_units_differ", "G2")]
    assert found.frames["options"]["investment_wan_yuan"].fillna(-1).tolist() == [12.5, 3, -1]


def test_the_same_unit_said_twice_in_other_words_is_one(tmp_path: Path) -> None:
    found = sent(tmp_path, 方案=[["单位：人民币万元"], OPTIONS, option(1, 12), ["注：金额以万元为单位"]])
    assert (amounts(found), told(found)) == ([12], [])


# -- headings


@pytest.mark.parametrize(
    ("heading", "column", "written", "meant"),
    [
        *(("节电（GWh）", "electricity_wan_kwh", 1.1, 110), ("节电（亿kWh/a）", "electricity_wan_kwh", 0.07, 700)),
        *(("经济效益（千元/年）", "economic_benefit_wan_yuan", 1.1, 0.11), ("节水（万m³）", "water_t", 1.2, 12000)),
        *(("节水（m³）", "water_t", 35, 35), ("节水（立方米/年）", "water_t", 35, 35), ("节煤（公吨）", "coal_t", 7, 7)),
        *(("综合节能（公斤标煤）", "energy_tce", 3300, 3.3), ("折标煤（吨）", "energy_tce", 7, 7)),
        *(("节煤(kt)", "coal_t", 0.3, 300), ("经济效益（元，年）", "economic_benefit_wan_yuan", 5, 0.0005)),
        *(("削减COD（KG）", "cod_t", 3.3, 0.0033), ("减排CO2（tCO2e）", "co2_t", 9, 9)),
    ],
)  # fmt: skip
def test_a_column_in_any_known_unit_is_converted_to_the_last_digit(
    tmp_path: Path, heading: str, column: str, written: float, meant: float
) -> None:
    found = sent(tmp_path, 方案=[[*OPTIONS, heading], option(1, 10, written)])
    assert errors(found) == []
    assert amounts(found, column) == [meant]


@pytest.mark.parametrize(
    "heading",
    [
        "节电（t）",
        "节电（tce）",
        "节水（万元）",
        "节煤（t/d）",
        "节煤（吨/月）",
        "综合节能（kWh）",
        "节煤（m³）",
    ],
)
def test_a_column_of_another_kind_is_an_error_that_names_the_right_unit(tmp_path: Path, heading: str) -> None:
    found = sent(tmp_path, 方案=[[*OPTIONS, heading], option(1, 10, 5)])
    assert errors(found) == [("heading_unit", "H1")]
    assert any(unit in found.frames["problems"]["message"].iloc[0] for unit in ("万kWh/a", "t/a", "tce/a"))


@pytest.mark.parametrize(
    "heading", ["节电（千焦度）", "投入（大洋）", "节水（桶）", "节煤（车）", "经济效益（美元）", "节煤（万担）"]
)
def test_a_column_in_an_unknown_unit_is_never_a_mere_note(tmp_path: Path, heading: str) -> None:
    found = sent(tmp_path, 方案=[[*OPTIONS, heading], option(1, 10, 5)])
    known = heading != "投入（大洋）"
    assert errors(found) == ([("heading_unit_unknown", "H1")] if known else [])


# -- cells


@pytest.mark.parametrize(
    ("written", "meant"),
    [("12.5吨", 12.5), ("3.2kg", 0.0032), ("1.2万吨", 12000), ("500 公斤", 0.5), ("7t/a", 7), ("3方", 3), ("２万m³", 20000)],
)
def test_a_unit_inside_a_cell_is_converted(tmp_path: Path, written: str, meant: float) -> None:
    found = sent(tmp_path, 方案=[[*OPTIONS, "节水(t/a)"], option(1, 10, written)])
    assert (amounts(found, "water_t"), told(found)) == ([meant], [])


@pytest.mark.parametrize("written", ["12.5kWh", "5万元", "7%", "2t/d", "4tce", "6次"])
def test_a_unit_of_another_kind_inside_a_cell_is_an_error_that_names_the_right_one(tmp_path: Path, written: str) -> None:
    found = sent(tmp_path, 方案=[[*OPTIONS, "节水(t/a)"], option(1, 10, written)])
    assert errors(found) == [("number_unit", "H2")]
    assert "t/a" in found.frames["problems"]["message"].iloc[0]


@pytest.mark.parametrize("written", ["3桶", "4车", "12袋"])
def test_a_word_that_is_no_unit_beside_a_number_is_an_error_and_no_value(tmp_path: Path, written: str) -> None:
    found = sent(tmp_path, 方案=[[*OPTIONS, "节水(t/a)"], option(1, 10, written)])
    assert errors(found) == [("number_text", "H2")]
    assert not any(value > 0 for value in amounts(found, "water_t"))


def test_a_cells_own_unit_goes_before_its_columns(tmp_path: Path) -> None:
    found = sent(tmp_path, 方案=[[*OPTIONS[:-1], "投资（元）"], option(1, "12.5万元"), option(2, "30000"), option(3, 5000.0)])
    assert amounts(found) == [12.5, 3, 0.5]


# -- percents


def percents(folder: Path, cells: list[tuple[float, str]], heading: str = "投资(万元)") -> loaders.Loaded:
    workbook = openpyxl.Workbook()
    workbook.active.append([*OPTIONS[:-1], heading])
    for at, (number, form) in enumerate(cells, start=2):
        workbook.active.append(option(at, number))
        workbook.active.cell(at, 7).number_format = form
    workbook.save(folder / "石家庄市.xlsx")
    return load(folder)


@pytest.mark.parametrize("form", ["0%", "0.00%", "0.0%;[Red]-0.0%", "#,##0%", "0 %"])
def test_a_percent_in_a_column_of_money_is_an_error(tmp_path: Path, form: str) -> None:
    found = percents(tmp_path, [(44.5, form), (12.5, "0.00")])
    assert errors(found) == [("number_unit", "G2")]
    assert found.frames["options"]["investment_wan_yuan"].fillna(-1).tolist() == [-1, 12.5]


def measured_percents(folder: Path, cells: list[tuple[Any, str]]) -> loaders.Loaded:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["企业名称", "统一社会信用代码", "评价指标体系", "工序", "二级指标", "单位", "审核前", "审核后"])
    name, code = LISTED[1][3:5]
    sheet.append([name, code, "demo_cement", "1号线", "循环水利用率", "%", cells[0][0], cells[1][0]])
    for column, (_, form) in enumerate(cells, start=7):
        sheet.cell(2, column).number_format = form
    workbook.save(folder / "石家庄市.xlsx")
    return load(folder)


@pytest.mark.parametrize(
    "cell", [(0.85, "0%"), (0.85, "0.00%"), (85, "General"), ("85%", "General"), ("85 ％", "@"), ("850‰", "@")]
)
def test_a_share_is_the_same_however_it_is_written(tmp_path: Path, cell: tuple[Any, str]) -> None:
    found = measured_percents(tmp_path, [cell, (86, "General")])
    assert found.frames["measurements"]["value"].tolist() == [85, 86]
    assert told(found) == []


def test_a_csv_says_its_unit_in_its_title_too(tmp_path: Path) -> None:
    lines = ["单位：元,,,,,,", ",".join(BARE), ",".join(map(str, option(1, 125000)))]
    (tmp_path / "石家庄市.csv").write_text("\n".join(lines), encoding="utf-8")
    assert amounts(load(tmp_path)) == [12.5]


def test_each_of_two_tables_on_a_sheet_has_its_own_unit(tmp_path: Path) -> None:
    rows = [["单位：元"], BARE, option(1, 125000), [], ["单位：万元"], BARE, option(2, 7)]
    book(tmp_path / "石家庄市.xlsx", {"方案": rows})
    assert amounts(load(tmp_path)) == [12.5, 7]


# -- off by a thousand


def peers(*amounts_: Any, kind: str = "中/高费") -> list[list[Any]]:
    rows = [option(n, amount) for n, amount in enumerate(amounts_, start=1)]
    return [OPTIONS, *([*row[:4], kind, *row[5:]] for row in rows)]


USUAL = (12, 30, 8, 45, 20, 16, 25)


@pytest.mark.parametrize("slipped", [120_000, 300_000, 80_000.5, 0.002, 0.0012, 12_000])
def test_an_amount_a_thousand_times_off_its_peers_is_an_error_and_no_figure(tmp_path: Path, slipped: float) -> None:
    found = sent(tmp_path, 方案=peers(*USUAL, slipped))
    assert errors(found) == [("amount_slip", "G9")]
    assert found.frames["options"]["investment_wan_yuan"].fillna(-1).tolist() == [*USUAL, -1]


@pytest.mark.parametrize("confirmed", ["120000万元", "12亿元", "20元", "120000 万元"])
def test_who_writes_the_unit_into_the_cell_confirms_the_amount(tmp_path: Path, confirmed: str) -> None:
    assert errors(sent(tmp_path, 方案=peers(*USUAL, confirmed))) == []


@pytest.mark.parametrize(
    "amounts_", [(*USUAL, 2000), (*USUAL, 0.5), (1, 9, 80, 700, 6000, 50000, 400000), (12, 30, 120_000), (*USUAL, 0)]
)
def test_a_wide_but_even_column_and_too_few_peers_are_left_alone(tmp_path: Path, amounts_: tuple[float, ...]) -> None:
    assert errors(sent(tmp_path, 方案=peers(*amounts_))) == []


def test_several_slipped_amounts_are_all_told(tmp_path: Path) -> None:
    found = sent(tmp_path, 方案=peers(*USUAL, 120_000, 90_000, 300_000))
    assert sorted(errors(found)) == [("amount_slip", "G10"), ("amount_slip", "G11"), ("amount_slip", "G9")]
