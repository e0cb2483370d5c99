"""Loaders: what people write in tables is read as meant, and what can't be is told at its cell."""

from __future__ import annotations

import csv
import datetime as dt
import re
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from stdnum.cn import uscc

from cpaudit import loaders, snapshots
from cpaudit.dataset import Dataset
from cpaudit.errors import ReadError
from cpaudit.loaders.cells.credit_codes import organisation_digit, read_code
from cpaudit.loaders.cells.places import find_county
from cpaudit.loaders.cells.texts import blank, name
from cpaudit.loaders.cells.values import Wrong, date, number
from cpaudit.loaders.opening.grids import CellError, address
from cpaudit.loaders.plants.identity import split_former
from tests.support.builders import credit_code as code
from tests.support.workbooks import (
    AS_OF,
    LISTED,
    MEASURED,
    NAME_A,
    NAME_B,
    OPTIONS,
    PROGRESS,
    ROSTER,
    A,
    B,
    book,
    measured,
    read,
    told_in,
)

# -- single values


@pytest.mark.parametrize(
    "written",
    [
        *("2022-06-01", "2022/6/1", "2022.6.1", "2022年6月1日", " 2022-06-01 ", "２０２２－０６－０１", "20220601", "44713"),
        *(44713, dt.datetime(2022, 6, 1), dt.date(2022, 6, 1)),
    ],
)
def test_a_date_is_read_in_every_usual_spelling(written: Any) -> None:
    assert date(written) == dt.date(2022, 6, 1)


@pytest.mark.parametrize("written", ["2022-02-30", "6月1日", "进行中", "22.6.1", 12, "2022年"])
def test_what_is_no_whole_date_is_not_guessed(written: Any) -> None:
    with pytest.raises(Wrong, match="date_invalid"):
        date(written)


@pytest.mark.parametrize("written", [None, "", " ", "-", "—", "——", "/", "无", "\u200b", "\u3000"])
def test_nothing_is_written_in_many_ways(written: Any) -> None:
    assert blank(written)
    assert date(written) is None
    assert number(written) is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [(1.5, 1.5), ("1.5", 1.5), ("１．５", 1.5), ("1,234.5", 1234.5), (" 12 ", 12.0), ("-3", -3.0), ("0", 0.0)],
)
def test_a_number_is_read_in_every_usual_spelling(written: Any, meant: float) -> None:
    assert number(written) == meant


@pytest.mark.parametrize(
    ("written", "wrong"),
    [("约12", "number_inexact"), ("12吨", "number_unit"), ("<0.5", "number_inexact"), ("1-6", "number_text"),
     (dt.datetime(2025, 1, 6), "number_became_date"), (CellError("#DIV/0!"), "cell_error"), ("#N/A", "cell_error")],
)  # fmt: skip
def test_what_is_no_number_says_why(written: Any, wrong: str) -> None:
    with pytest.raises(Wrong, match=wrong):
        number(written)


def test_an_error_cell_is_not_blank() -> None:
    assert not blank(CellError("#REF!"))


def test_names_are_equal_whatever_the_width_of_their_brackets() -> None:
    assert name("示例化工(河北) 有限公司") == name("示例化工（河北）有限公司\u200b")


def test_a_cell_is_addressed_as_the_spreadsheet_does() -> None:
    assert [address(0, 0), address(6, 2), address(0, 25), address(0, 26), address(9, 27)] == ["A1", "C7", "Z1", "AA1", "AB10"]


# -- codes, names, counties


@pytest.mark.parametrize("tail", ["）", "(__)", "01）"])
def test_a_code_with_a_tail_is_cleaned_and_said_so(tail: str) -> None:
    assert read_code(A + tail)[:3] == (A, None, True)


@pytest.mark.parametrize("spelling", ["-", "\u200b", "0", "\u200b0", "`", 0])
def test_no_code_is_written_in_many_ways(spelling: Any) -> None:
    assert read_code(spelling).problem == "uscc_missing"


@pytest.mark.parametrize("stored", [911301000000000128.0, "9.11398E+17"])
def test_a_code_kept_as_a_number_is_lost(stored: Any) -> None:
    assert read_code(stored)[:3] == (None, "uscc_number", False)


def test_a_wrong_check_digit_is_found() -> None:
    wrong = A[:-1] + ("0" if A[-1] != "0" else "1")
    assert read_code(wrong).problem == "uscc_check_digit"


def test_codes_that_begin_with_a_letter_are_sound() -> None:
    body = "N2130100MA000000" + organisation_digit("MA000000")
    assert read_code(body + uscc.calc_check_digit(body)).problem is None


def test_a_former_name_is_taken_out_even_where_its_bracket_is_open() -> None:
    assert split_former("示例化工有限公司（原示例化工厂） ".strip()) == ("示例化工有限公司", "示例化工厂")
    assert split_former("示例化工有限公司（原示例化工厂") == ("示例化工有限公司", "示例化工厂")
    assert split_former("示例化工（河北）有限公司") == ("示例化工（河北）有限公司", None)


@pytest.mark.parametrize(
    ("written", "unit", "code_", "problem"),
    [
        ("长安区", "shijiazhuang", "130102", None),
        ("晋州", "shijiazhuang", "130183", None),
        ("永年县", "handan", "130408", "county_former"),
        ("任县", "xingtai", "130505", "county_former"),
        ("囊都区", "xingtai", "130502", "county_corrected"),
        ("义县", "baoding", "130633", "county_corrected"),
        ("滦州区", "tangshan", "130284", "county_corrected"),
        ("辛集市", "xinji", "130181", None),
        ("定州市", "dingzhou", "130682", None),
        ("雄县", "xiongan", "130638", None),
        ("示例区", "shijiazhuang", None, "county_unknown"),
        ("路北区", "shijiazhuang", None, "county_unknown"),
    ],
)
def test_a_county_is_found_by_its_name_its_former_one_or_a_known_slip(
    written: str, unit: str, code_: str | None, problem: str | None
) -> None:
    assert find_county(written, unit) == (code_, problem)


# -- tables


@pytest.mark.parametrize("above", [0, 1, 4])
def test_the_header_is_found_wherever_it_stands(tmp_path: Path, above: int) -> None:
    titles = [[f"第 {n} 行标题"] for n in range(above)]
    row = [NAME_A, A, "2021-12-25", "2022-13-40", None, None, "正常推进"]
    frames = read(tmp_path, 进度=[*titles, PROGRESS, row])
    assert told_in(frames) == [("date_invalid", f"D{above + 2}")]


def test_columns_are_known_by_their_headings_not_their_order(tmp_path: Path) -> None:
    row = [NAME_A, A, "2021-12-25", None, None, None, "正常推进"]
    frames = read(tmp_path, 进度=[PROGRESS[::-1], row[::-1]])
    event = frames["events"].iloc[0]
    assert (event["plant_id"], event["milestone"], event["cell"]) == (A, "notified", "E2")


def test_a_heading_that_no_form_has_is_told_and_left_out(tmp_path: Path) -> None:
    frames = read(tmp_path, 进度=[[*PROGRESS, "所在街道"], [NAME_A, A, "2021-12-25", None, None, None, "正常推进", "保密"]])
    assert told_in(frames) == [("column_unknown", "H1")]
    assert not any("保密" in frame.to_csv() for frame in frames.values())


def test_a_sheet_that_follows_no_form_is_told_once(tmp_path: Path) -> None:
    assert told_in(read(tmp_path, 其他=[["甲", "乙"], ["一", "二"], ["三", "四"]])) == [("table_unknown", "")]


def test_a_csv_file_reads_in_either_encoding(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        folder = tmp_path / encoding
        (folder / "石家庄市").mkdir(parents=True)
        with (folder / "石家庄市" / "进度.csv").open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows([PROGRESS, [NAME_A, A, "2021年12月25日", "", "", "", "正常推进"]])
        assert read(folder)["events"]["date"].tolist() == [pd.Timestamp(2021, 12, 25)], encoding


def test_the_roster_tells_its_kind_its_date_and_whether_it_is_a_demonstration(tmp_path: Path) -> None:
    plants = read(tmp_path, title="重点行业企业名单（名单公布日期：2021年12月20日）示范数据")["plants"]
    assert set(plants["roster"]) == {"key_industry"}
    assert set(plants["listed_on"]) == {pd.Timestamp(2021, 12, 20)}
    assert loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).demonstration


@pytest.mark.parametrize(
    ("printed", "problems"), [("共2家", []), ("共3家", [("roster_total", "A1")]), ("共l2家", [("roster_total", "A1")])]
)
def test_the_printed_number_of_plants_is_held_against_the_rows(tmp_path: Path, printed: str, problems: list[Any]) -> None:
    assert told_in(read(tmp_path, title=f"强制类企业名单（{printed}）")) == problems


def test_a_plant_listed_twice_counts_once(tmp_path: Path) -> None:
    frames = read(tmp_path, listed=[*LISTED, [3, *LISTED[0][1:]]])
    assert told_in(frames) == [("plant_duplicate", "D5")]
    assert len(frames["plants"]) == 2


def test_two_sites_of_one_firm_are_two_plants(tmp_path: Path) -> None:
    listed = [[n, "石家庄市", "长安区", f"示例甲集团有限公司{site}", A, "水泥"] for n, site in ((1, "（水泥）"), (2, "(热电厂)"))]
    row = ["示例甲集团有限公司（热电厂）", A, "2021-12-25", None, None, None, "正常推进"]
    frames = read(
        tmp_path, listed=listed, 进度=[PROGRESS, row, ["示例甲集团有限公司", A, "2021-12-26", None, None, None, "正常推进"]]
    )
    assert frames["plants"]["plant_id"].tolist() == [f"{A}@水泥", f"{A}@热电厂"]
    assert frames["events"]["plant_id"].tolist() == [f"{A}@热电厂"]
    assert told_in(frames) == [("plant_ambiguous", "A3")]


def test_a_plant_off_the_roster_costs_its_row_only(tmp_path: Path) -> None:
    rows = [
        ["无关公司", code(9), "2021-12-25", None, None, None, "正常推进"],
        [NAME_B, B, "2021-12-26", None, None, None, "正常推进"],
    ]
    frames = read(tmp_path, 进度=[PROGRESS, *rows])
    assert told_in(frames) == [("plant_not_on_roster", "A2")]
    assert frames["events"]["plant_id"].tolist() == [B]


def test_a_wrong_code_is_repaired_by_the_name_and_still_told(tmp_path: Path) -> None:
    wrong = A[:-1] + ("0" if A[-1] != "0" else "1")
    frames = read(tmp_path, 进度=[PROGRESS, [NAME_A, wrong, "2021-12-25", None, None, None, "正常推进"]])
    assert told_in(frames) == [("uscc_check_digit", "B2")]
    assert frames["events"]["plant_id"].tolist() == [A]


def test_a_cut_name_is_completed_by_the_code(tmp_path: Path) -> None:
    frames = read(tmp_path, 进度=[PROGRESS, ["示例甲化..", A, "2021-12-25", None, None, None, "正常推进"]])
    assert told_in(frames) == [("name_truncated", "A2")]
    assert frames["events"]["plant_id"].tolist() == [A]


def test_a_date_after_the_day_of_the_data_is_not_adopted(tmp_path: Path) -> None:
    frames = read(tmp_path, 进度=[PROGRESS, [NAME_A, A, "2021-12-25", "2022-01-05", "2023-01-05", None, "正常推进"]])
    assert told_in(frames) == [("date_in_future", "E2")]
    disclosed = frames["events"].set_index("milestone").loc["disclosed"]
    assert (disclosed["result"], disclosed["date"] is pd.NaT) == ("unread", True)


def test_dates_out_of_order_are_told_at_the_later_step(tmp_path: Path) -> None:
    frames = read(tmp_path, 进度=[PROGRESS, [NAME_A, A, "2021-12-25", "2021-12-01", None, None, "正常推进"]])
    assert told_in(frames) == [("date_order", "D2")]


def test_a_step_whose_predecessor_is_unreadable_is_not_blamed(tmp_path: Path) -> None:
    frames = read(tmp_path, 进度=[PROGRESS, [NAME_A, A, "不详", "2022-01-05", None, None, "正常推进"]])
    assert told_in(frames) == [("date_invalid", "C2")]


def test_a_plant_that_left_has_its_status_its_day_and_its_proof(tmp_path: Path) -> None:
    header = [*PROGRESS, "状态起始日期", "证明材料"]
    frames = read(tmp_path, 进度=[header, [NAME_A, A, None, None, None, None, "停产", "2022-03-01", "停产证明"]])
    plant = frames["plants"].set_index("plant_id").loc[A]
    assert (plant["status"], plant["status_since"]) == ("suspended", pd.Timestamp(2022, 3, 1))
    history = frames["status_history"].set_index("plant_id").loc[A]
    assert (history["status"], history["proof"]) == ("suspended", "停产证明")


def test_missing_and_not_applicable_are_two_things(tmp_path: Path) -> None:
    rows = [measured("工业废渣掺加比例", "%", "不适用", 9), measured("循环水利用率", "%", None, 96)]
    values = read(tmp_path, 指标实测=[MEASURED, *rows])["measurements"]
    states = values.set_index(["indicator", "period"])["state"].to_dict()
    assert states["waste_material", "before"] == "not_applicable"
    assert states["water_reuse", "before"] == "missing"


def test_a_period_left_wholly_blank_was_not_reported(tmp_path: Path) -> None:
    rows = [measured("可比熟料综合能耗", "kgce/t", 105, None), measured("循环水利用率", "%", 95, None)]
    frames = read(tmp_path, 指标实测=[MEASURED, *rows])
    assert set(frames["measurements"]["period"]) == {"before"}
    assert told_in(frames) == []


def test_a_limiting_indicator_left_blank_is_told(tmp_path: Path) -> None:
    rows = [measured("可比熟料综合能耗", "kgce/t", 105, "—"), measured("循环水利用率", "%", 95, 96)]
    assert told_in(read(tmp_path, 指标实测=[MEASURED, *rows])) == [("limiting_missing", "H2")]


def test_a_value_in_a_unit_of_another_kind_is_not_adopted(tmp_path: Path) -> None:
    frames = read(tmp_path, 指标实测=[MEASURED, measured("单位产品新鲜水用量", "kgce/t", 210, 200)])
    assert told_in(frames) == [("indicator_unit", "F2")]
    assert frames["measurements"]["value"].isna().all()


@pytest.mark.parametrize(
    ("system", "unit", "value", "meant"),
    [
        *(("demo_cement", "m³/t", 0.4, 0.4), ("demo_cement", "立方米/吨", 0.4, 0.4), ("demo_cement", "L/t", 400, 0.4)),
        *(("demo_ceramics", "t/t", 0.4, 0.4), ("demo_ceramics", "吨/吨", 0.4, 0.4), ("demo_ceramics", "kg/t", 400, 0.4)),
    ],
)
def test_a_cubic_metre_of_water_is_a_ton_both_ways(tmp_path: Path, system: str, unit: str, value: float, meant: float) -> None:
    def read_as(number: str, rows: list[list[Any]]) -> None:
        found = read(tmp_path / number, 指标实测=rows)
        assert found["measurements"]["value"].tolist() == [meant, meant]
        assert not found["problems"]["severity"].eq("error").any()

    stated = measured("单位产品新鲜水用量", unit, value, value)
    stated[2] = system
    read_as("1", [MEASURED, stated])
    read_as("2", [MEASURED, [*stated[:5], None, f"{value}{unit}", f"{value} {unit}"]])
    read_as("3", [[*MEASURED[:6], f"审核前（{unit}）", f"审核后（{unit}）"], [*stated[:5], None, value, value]])


@pytest.mark.parametrize(("unit", "heading"), [("t/t", "kgce/t"), ("m³/t", "m³/kL"), ("t/t", "L/t"), ("m³/t", "万m³/t")])
def test_a_value_is_in_no_unit_where_its_heading_and_its_row_say_two(tmp_path: Path, unit: str, heading: str) -> None:
    head = [*MEASURED[:6], f"审核前（{heading}）", MEASURED[7]]
    frames = read(tmp_path, 指标实测=[head, measured("单位产品新鲜水用量", unit, 0.4, 0.3)])
    assert told_in(frames)[0] == ("units_differ", "G2")
    assert frames["measurements"]["state"].tolist() == ["unread", "reported"]


def test_a_heading_of_another_unit_takes_none_of_its_values(tmp_path: Path) -> None:
    head = [*MEASURED[:6], "审核前（kgce/t）", "审核后（kgce/t）"]
    frames = read(tmp_path, 指标实测=[head, measured("单位产品新鲜水用量", None, 0.4, 0.3)])
    assert told_in(frames) == [("indicator_unit", "F2")]
    assert frames["measurements"]["value"].isna().all()


@pytest.mark.parametrize("unit", ["㎏ce/t", "kgce／t", "KGCE/T", " kgce / t "])
def test_a_unit_may_be_written_in_other_characters(tmp_path: Path, unit: str) -> None:
    assert told_in(read(tmp_path, 指标实测=[MEASURED, measured("可比熟料综合能耗", unit, 105, 100)])) == []


def test_an_indicator_that_the_system_lacks_costs_its_row(tmp_path: Path) -> None:
    frames = read(tmp_path, 指标实测=[MEASURED, measured("没有的指标", "%", 1, 2), measured("循环水利用率", "%", 95, 96)])
    assert told_in(frames) == [("indicator_unknown", "E2")]
    assert set(frames["measurements"]["indicator"]) == {"water_reuse"}


def test_values_all_equal_before_and_after_are_doubted(tmp_path: Path) -> None:
    rows = [
        measured("可比熟料综合能耗", "kgce/t", 105, 105),
        measured("熟料综合电耗", "kWh/t", 55, 55),
        measured("循环水利用率", "%", 95, 95),
    ]
    assert told_in(read(tmp_path, 指标实测=[MEASURED, *rows])) == [("before_after_identical", "H2")]


@pytest.mark.parametrize(("printed", "problems"), [(30.5, []), ("30.5 ", []), (31, [("total_mismatch", "G4")])])
def test_the_printed_total_is_held_against_the_rows(tmp_path: Path, printed: Any, problems: list[Any]) -> None:
    rows = [[NAME_B, B, f"WD{n}", "方案", "无/低费", "已实施", amount] for n, amount in ((1, 10.25), (2, 20.25))]
    frames = read(tmp_path, 方案=[OPTIONS, *rows, ["合计", None, None, None, None, None, printed]])
    assert told_in(frames) == problems
    assert frames["options"]["investment_wan_yuan"].tolist() == [10.25, 20.25]


def test_what_a_file_says_is_cut_in_messages(tmp_path: Path) -> None:
    frames = read(tmp_path, 进度=[PROGRESS, ["长" * 500, code(9), "2021-12-25", None, None, None, "正常推进"]])
    assert frames["problems"]["message"].str.len().max() < 100


def test_braces_in_a_cell_are_only_text(tmp_path: Path) -> None:
    frames = read(tmp_path, 进度=[PROGRESS, ["{0}{name.__class__}", code(9), "2021-12-25", None, None, None, "正常推进"]])
    assert "{0}{name.__class__}" in frames["problems"]["message"].iloc[0]


def test_what_is_no_return_is_said_and_not_read(tmp_path: Path) -> None:
    others = ("truth.json", "README.md", "说明.txt", ".hidden.xlsx", "~$名单.xlsx", "照片.jpg")
    for other in others:
        (tmp_path / other).write_bytes(b"anything")
    frames = read(tmp_path)
    read_ = frames["sources"].set_index("path")["read"]
    assert read_.to_dict() == {"名单.xlsx": "yes", **dict.fromkeys(others, "no")}
    severity = frames["problems"].set_index("file")["severity"].to_dict()
    assert severity == dict(zip(others, ("note", "note", "warning", "warning", "note", "warning"), strict=True))


# -- the whole sample


def test_the_sample_has_every_plant_of_the_notice(ds: Dataset) -> None:
    assert len(ds.plants) == ds.plants["plant_id"].nunique() == 446
    assert ds.demonstration


def test_loading_the_same_files_again_gives_the_same_snapshot(raw: Path, warehouse: Path) -> None:
    again = loaders.read([raw], programme="hebei-2021-2", as_of=AS_OF)
    manifest, frames = snapshots.read(warehouse)
    for table, frame in again.frames.items():
        pd.testing.assert_frame_equal(frame, frames[table], check_dtype=False)
    assert manifest.demonstration == again.demonstration


# -- found by reading the loaders against real habits


def test_level_answered_no_is_not_level_I(tmp_path):
    f = read(tmp_path, 指标实测=[MEASURED, measured("能源管理体系", None, "否", "是")])
    assert f["measurements"]["value"].isna().all()
    assert len(told_in(f)) == 2


def forms(indicator: str, unit: str | None, before: Any, after: Any, system: str = "demo_forms") -> list[Any]:
    return [NAME_B, B, system, "1号线", indicator, unit, before, after]


def test_what_benchmarks_depend_on_is_answered_by_its_label_and_never_missed(tmp_path: Path) -> None:
    rows = [
        forms("冷却方式", None, "湿冷", "空冷"),
        forms("生产线规模", "t/d", 5000, None),
        forms("产业政策符合性", None, "是", "是"),
    ]
    frames = read(tmp_path, 指标实测=[MEASURED, *rows])
    assert told_in(frames) == []
    found = frames["measurements"].set_index(["indicator", "period"])
    assert found.loc["cooling", "value"].tolist() == [1, 2]
    assert found.loc[("scale", "after"), "state"] == "missing"


@pytest.mark.parametrize("said", ["水冷", 1, "Ⅰ级", "是"])
def test_a_choice_that_is_not_offered_is_told_with_those_that_are(tmp_path: Path, said: Any) -> None:
    frames = read(tmp_path, 指标实测=[MEASURED, forms("冷却方式", None, said, "空冷")])
    assert told_in(frames) == [("code_unknown", "G2")]
    assert "湿冷、空冷" in " ".join(frames["problems"].iloc[0][["message", "hint"]])


def test_an_indicator_judged_by_its_parts_is_answered_part_by_part(tmp_path: Path) -> None:
    whole, part = forms("余压余热利用", None, "Ⅰ级", "Ⅰ级"), forms("余热已回收", None, "否", "是")
    frames = read(tmp_path, 指标实测=[MEASURED, whole, part])
    assert told_in(frames) == [("indicator_in_parts", "E2")]
    assert "余压发电配置率、余压发电量" in frames["problems"]["hint"].iloc[0]
    assert frames["measurements"][["indicator", "value"]].values.tolist() == [["waste_heat", 0], ["waste_heat", 1]]


def test_a_system_that_is_only_listed_is_refused_in_its_own_words(tmp_path: Path) -> None:
    frames = read(tmp_path, 指标实测=[MEASURED, forms("综合能耗", "kgce/t", 100, 90, system="cement_2014")])
    assert told_in(frames) == [("system_stub", "C2")]
    assert "尚未录入指标，不能评分" in frames["problems"]["message"].iloc[0]
    assert frames["sources"]["rows_rejected"].tolist() == [0, 1]


def test_a_formula_error_in_place_of_a_level_is_an_error_cell(tmp_path: Path) -> None:
    rows = [MEASURED, forms("生产线装备", None, "#DIV/0!", "Ⅱ级")]
    assert told_in(read(tmp_path, 指标实测=rows)) == [("cell_error", "G2")]


def test_yes_no_answered_7_is_wrong(tmp_path):
    f = read(tmp_path, 指标实测=[MEASURED, measured("产业政策符合性", None, 7, "Ⅲ级")])
    assert f["measurements"]["value"].isna().all()


def test_code_of_A_with_name_of_B_is_not_certain(tmp_path):
    f = read(tmp_path, 进度=[PROGRESS, [NAME_B, A, "2021-12-25", None, None, None, "正常推进"]])
    assert told_in(f)


def test_second_row_of_a_plant_is_told(tmp_path):
    r = [NAME_A, A, "2021-12-25", None, None, None, "正常推进"]
    assert told_in(read(tmp_path, 进度=[PROGRESS, r, [*r[:2], "2021-12-28", *r[3:]]]))


def test_roster_duplicate_without_code(tmp_path):
    assert len(read(tmp_path, listed=[*LISTED, [3, *LISTED[0][1:4], "-", "化工"]])["plants"]) == 2


def test_xinji_under_its_city_reports_itself(tmp_path):
    f = read(tmp_path, listed=[[1, "石家庄市", "辛集市", NAME_A, A, "化工"]])
    assert f["plants"]["unit"].tolist() == ["xinji"]


@pytest.mark.parametrize("c", ["石家庄市长安区", "高新区"])
def test_county_with_city_or_zone(tmp_path, c):
    assert read(tmp_path, listed=[[1, "石家庄市", c, NAME_A, A, "化工"]])["plants"]["county"].notna().all()


def test_unit_inside_a_longer_file_name(tmp_path):
    book(tmp_path / "名单.xlsx", {"n": [["强制类"], ROSTER, *LISTED]})
    book(
        tmp_path / "石家庄市2022年报表.xlsx",
        {"w": [["工作事项", "上报日期", "上报文号"], ["许可落实情况上报", "2022-02-20", "x"]]},
    )
    assert loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).frames["events"]["unit"].tolist() == ["shijiazhuang"]


def test_failed_or_blank_result(tmp_path):
    f = read(
        tmp_path, 进度=[[*PROGRESS, "验收结果"], [NAME_A, A, "2021-12-25", "2022-01-05", None, "2022-11-01", "正常推进", None]]
    )
    assert "passed" not in set(f["events"]["result"])


def test_time_of_day_in_an_export():
    assert date("2022-06-01 08:30:00") == dt.date(2022, 6, 1)


def test_error_text_in_a_csv_date(tmp_path):
    (tmp_path / "石家庄市").mkdir()
    (tmp_path / "石家庄市" / "进度.csv").write_text(",".join(PROGRESS) + f"\n{NAME_A},{A},#REF!,,,,正常推进\n", "utf-8")
    assert [c for c, _ in told_in(read(tmp_path))] == ["cell_error"]


def test_an_open_quote_in_a_large_csv_is_told_at_its_row(tmp_path):
    book(tmp_path / "名单.xlsx", {"n": [["强制类"], ROSTER, *LISTED]})
    (tmp_path / "石家庄市.csv").write_text('a,b\n"' + "x" * 200000, "utf-8")
    frames = loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).frames
    assert told_in(frames) == [("row_quote", "A2"), ("table_unknown", "")]


def test_same_file_name_in_two_folders(tmp_path):
    for n in (0, 1):
        book(tmp_path / str(n) / "名单.xlsx", {"n": [["强制类"], ROSTER, LISTED[n]]})
    f = loaders.read([tmp_path / "0", tmp_path / "1"], programme="hebei-2021-2", as_of=AS_OF).frames
    assert sorted(f["plants"]["uscc"]) == sorted([A, B])


def test_wrong_dimension_in_the_sheet(tmp_path):
    q = tmp_path / "名单.xlsx"
    book(q, {"n": [["强制类"], ROSTER, *LISTED]})
    with zipfile.ZipFile(q) as z:
        parts = {n: z.read(n) for n in z.namelist()}
    with zipfile.ZipFile(q, "w") as z:
        for n, c in parts.items():
            z.writestr(n, re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', c))
    assert len(loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).frames["plants"]) == 2


def test_xlsx_named_xls(tmp_path):
    book(tmp_path / "x.xlsx", {"n": [["强制类"], ROSTER, *LISTED]})
    (tmp_path / "x.xlsx").rename(tmp_path / "x.xls")
    assert len(loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).frames["plants"]) == 2


def test_all_bad_paths_and_files_at_once(tmp_path):
    (tmp_path / "e1").mkdir()
    (tmp_path / "e2").mkdir()
    (tmp_path / "z.xlsx").touch()
    with pytest.raises(ReadError) as e:
        loaders.read([tmp_path / "e1", tmp_path / "e2", tmp_path / "z.xlsx"], programme="hebei-2021-2", as_of=AS_OF)
    assert str(e.value).count("\n") == 2


def test_percent_text_where_the_unit_is_percent(tmp_path):
    f = read(tmp_path, 指标实测=[MEASURED, measured("循环水利用率", "%", "95%", 96)])
    assert f["measurements"]["value"].tolist() == [95, 96]
