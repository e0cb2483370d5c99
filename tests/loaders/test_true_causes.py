"""What is told is true: versions and deadlines, rows that are no plant, counties, times, 无, long cells, identities."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlwt

from cpaudit import loaders
from cpaudit.loaders.cells import marks
from cpaudit.loaders.handback import check
from tests.support.builders import credit_code
from tests.support.workbooks import (
    AS_OF,
    DONE,
    LISTED,
    NAME_A,
    OPTIONS,
    PROGRESS,
    ROSTER,
    A,
    B,
    book,
    load,
    option,
    read,
    rewrite,
    sent,
    told,
    told_in,
)

JUDGED = ["企业名称", "统一社会信用代码", "告知书送达日期", "完成验收日期", "验收结果", "目前状态"]
PASSED: list[Any] = [NAME_A, A, "2021-12-25", "2022-10-01", "通过", "正常推进"]
FAILED: list[Any] = [NAME_A, A, "2021-12-25", "2022-10-09", "未通过", "正常推进"]


def codes(found: loaders.Loaded, but: tuple[str, ...] = ()) -> set[str]:
    frame = found.frames["problems"]
    return set(frame.loc[frame["severity"] != "note", "code"]) - set(but)


def accepted(found: loaders.Loaded) -> list[str]:
    events = found.frames["events"]
    return events.loc[events["milestone"] == "accepted", "result"].tolist()


# -- versions


def two(folder: Path, first: str, second: str) -> loaders.Loaded:
    book(folder / "石家庄市甲.xlsx", {"进度": [[first], JUDGED, PASSED]})
    book(folder / "石家庄市乙.xlsx", {"进度": [[second], JUDGED, FAILED]})
    return load(folder)


@pytest.mark.parametrize("later", ["截至2032年10月10日", "导出时间：2022-11-16", "数据截至2023年1月"])
def test_a_day_of_export_after_the_data_date_decides_nothing_and_is_said(tmp_path: Path, later: str) -> None:
    found = two(tmp_path, "进度表（截至2022年10月1日）", f"进度表（{later}）")
    assert accepted(found) == ["unread"]
    assert codes(found) >= {"contradiction", "export_in_future"}


@pytest.mark.parametrize(
    "due",
    [
        "请于2022年11月10日前上报",
        "上报截止日期：2022年11月10日",
        "最迟2022-11-10报送",
        "2022年11月10日之前填报",
        "请于11月10日前报送",
    ],
)
def test_a_deadline_is_no_day_of_export(tmp_path: Path, due: str) -> None:
    found = two(tmp_path, "进度表（请于2022年10月10日前上报）", f"进度表（{due}）")
    assert accepted(found) == ["unread"]
    assert "superseded" not in codes(found)


@pytest.mark.parametrize("day", ["截至2022年10月10日", "2022年10月10日上报", "导出时间：2022-10-10"])
def test_a_later_export_still_wins(tmp_path: Path, day: str) -> None:
    found = two(tmp_path, "进度表（截至2022年10月1日）", f"进度表（{day}）")
    assert accepted(found) == ["failed"]


def test_a_row_that_is_disputed_is_not_said_to_be_the_same(tmp_path: Path) -> None:
    found = sent(tmp_path, 进度=[PROGRESS, DONE, [*DONE[:-1], "已停产"]])
    said = found.frames["problems"]["code"].tolist()
    assert "contradiction" in said
    assert "row_repeated" not in said


# -- rosters


def roster(folder: Path, *rows: list[Any]) -> loaders.Loaded:
    book(folder / "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, *LISTED, *rows]})
    return loaders.read([folder], programme="hebei-2021-2", as_of=AS_OF)


NO_PLANTS = [
    "3家",
    "石家庄市共3家",
    "以上共3家",
    "全市3家",
    "小計",
    "合 計",
    "以下为空",
    "总数：3",
    "企业名称",
    "重点行业",
    "水泥行业3家",
    "Total",
]
NO_PLANTS += [
    "三家",
    "长安区",
    "石家庄市",
    "一、水泥行业",
    "（一）石家庄市",
    "单位名称",
    "上述企业共2家",
    "第一批",
    "强制类",
    "水泥",
    "长安区（2家）",
]


@pytest.mark.parametrize("said", NO_PLANTS)
@pytest.mark.parametrize("beside", [[None, None, None], [3, "石家庄市", "长安区"]], ids=["alone", "beside"])
def test_what_counts_or_heads_rows_is_never_a_plant(tmp_path: Path, said: str, beside: list[Any]) -> None:
    found = roster(tmp_path, [*beside, said])
    assert len(found.frames["plants"]) == 2
    assert codes(found) <= {"not_a_plant", "roster_total"}


@pytest.mark.parametrize("name", ["三家电器有限公司", "示例小计量厂", "总数据公司", "百家好食品厂", "水泥制品厂", "石家庄市甲厂"])
def test_a_firm_whose_name_is_like_that_is_one(tmp_path: Path, name: str) -> None:
    assert len(roster(tmp_path, [3, "石家庄市", "长安区", name, None, "化工"]).frames["plants"]) == 3


@pytest.mark.parametrize(
    ("county", "code"),
    [
        *(
            ("井陉县、平山县", "county_vague"),
            ("石家庄市", "county_vague"),
            ("井陉县（园区）", "county_vague"),
            ("裕华区等", "county_vague"),
        ),
        *(
            ("正定新区", "county_vague"),
            ("某某镇", "county_unknown"),
            ("130121", "county_unknown"),
            ("路北区", "county_unknown"),
        ),
    ],
)
def test_a_county_is_refused_for_its_true_cause(tmp_path: Path, county: str, code: str) -> None:
    found = roster(tmp_path, [3, "石家庄市", county, "示例丙化工有限公司", None, "化工"])
    assert codes(found, ("uscc_missing",)) == {code}


def test_a_plant_without_a_city_is_told_that(tmp_path: Path) -> None:
    assert "unit_blank" in codes(roster(tmp_path, [3, None, None, "示例丙化工有限公司", None, "化工"]))


# -- cells


@pytest.mark.parametrize("time", [dt.time(8, 30), "8:30", "08:30:00"])
def test_a_time_is_no_day_and_is_told_so(tmp_path: Path, time: Any) -> None:
    found = sent(tmp_path, 进度=[JUDGED, [*PASSED[:3], time, *PASSED[4:]]])
    assert "date_invalid" in codes(found)
    assert "result_without_date" not in codes(found)
    assert accepted(found) == ["unread"]


@pytest.mark.parametrize("nothing", ["无", "/", "暂无", "—"])
def test_a_word_for_nothing_is_not_said_to_be_blank(tmp_path: Path, nothing: str) -> None:
    row = option(1, 12)
    row[2], row[4] = "1", nothing
    assert codes(sent(tmp_path, 方案=[OPTIONS, row])) == {"answer_none"}
    found = sent(tmp_path / "2", 进度=[JUDGED, [*PASSED[:4], nothing, PASSED[5]]])
    assert "result_unread" in codes(found)
    assert "result_missing" not in codes(found)


@pytest.mark.parametrize("formula", [b't="s"><f>A1</f></c>', b't="s"><f>A1</f><v></v></c>', b'><f t="shared" si="0"/></c>'])
def test_a_formula_without_its_result_is_told_as_one(tmp_path: Path, formula: bytes) -> None:
    path = book(tmp_path / "石家庄市.xlsx", {"进度": [JUDGED, PASSED]})
    rewrite(path, rb'(<c r="E2")[^>]*>.*?</c>', rb"\1 " + formula)
    found = load(tmp_path)
    assert "formula_without_value" in codes(found)
    assert accepted(found) == ["unread"]


@pytest.mark.parametrize("identity", ["130102198001011234", 130102198001011234, "11010519491231002X", "130102 19800101 1234"])
def test_an_identity_number_is_quoted_nowhere(tmp_path: Path, identity: Any) -> None:
    found = sent(tmp_path, 进度=[JUDGED, [NAME_A, identity, *PASSED[2:]]])
    said = found.frames["problems"].to_csv()
    assert all(part not in said for part in ("19800101", "198001011", "19491231"))


@pytest.mark.parametrize(
    ("said", "read"), [("⑫.5", "⑫.5"), ("12.⑤", "12.⑤"), ("12.5⑤", "12.5"), ("① 12.5", "12.5"), ("③,500", "③,500")]
)
def test_a_circled_digit_that_may_be_part_of_a_number_is_no_mark(said: str, read: str) -> None:
    assert marks.split(said)[0] == read


# -- files


def test_a_sheet_of_blanks_is_empty(tmp_path: Path) -> None:
    assert codes(sent(tmp_path, 进度=[JUDGED, PASSED], Sheet2=[[" "]], Sheet3=[["\u3000", None], ["\u200b"]])) == set()


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (rb'<row r="2"', rb'<row r="2" ht="0" customHeight="1"'),
        (rb"<sheetData>", rb'<cols><col min="5" max="5" width="0" customWidth="1"/></cols><sheetData>'),
        (rb"<sheetFormatPr", rb'<sheetFormatPr zeroHeight="1"'),
        (rb"<sheetFormatPr[^>]*>", rb'<sheetFormatPr defaultRowHeight="0" customHeight="1"/>'),
        (rb"<sheetFormatPr", rb'<sheetFormatPr defaultColWidth="0"'),
        (
            rb"<sheetFormatPr[^>]*>",
            rb'<sheetFormatPr defaultRowHeight="15" defaultColWidth="0.0"/><cols><col min="1" max="4" width="9"/></cols>',
        ),
    ],
)
def test_what_has_no_height_or_width_is_hidden_and_said(tmp_path: Path, pattern: bytes, text: bytes) -> None:
    rewrite(book(tmp_path / "石家庄市.xlsx", {"进度": [JUDGED, PASSED]}), pattern, text)
    assert "hidden_cells" in load(tmp_path).frames["problems"]["code"].tolist()


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (rb"<sheetFormatPr|<row", lambda found: found[0] + (b' zeroHeight="1"' if b"F" in found[0] else b' ht="15"')),
        (rb"<sheetFormatPr|<row", lambda found: found[0] + (b' zeroHeight="1"' if b"F" in found[0] else b' hidden="0"')),
        (rb"<sheetFormatPr[^>]*>", rb'<sheetFormatPr defaultColWidth="0"/><cols><col min="1" max="40" width="9"/></cols>'),
        (rb"<sheetFormatPr[^>]*>", rb'<sheetFormatPr zeroHeight="0" defaultRowHeight="15" defaultColWidth="9"/>'),
    ],
)  # fmt: skip
def test_what_says_its_own_height_or_width_is_seen(tmp_path: Path, pattern: bytes, text: Any) -> None:
    rewrite(book(tmp_path / "石家庄市.xlsx", {"进度": [JUDGED, PASSED]}), pattern, text)
    assert load(tmp_path).frames["problems"].empty


@pytest.mark.parametrize("what", ["row", "column"])
def test_it_is_so_in_an_old_workbook_too(tmp_path: Path, what: str) -> None:
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("进度")
    for at, cells in enumerate([JUDGED, PASSED]):
        for column, value in enumerate(cells):
            sheet.write(at, column, value)
    if what == "row":
        sheet.row(1).height, sheet.row(1).height_mismatch = 0, True
    else:
        sheet.col(4).width = 0
    workbook.save(str(tmp_path / "石家庄市.xls"))
    found = load(tmp_path)
    assert "hidden_cells" in found.frames["problems"]["code"].tolist()
    assert accepted(found) == ["passed"]


PHONE = 13912345678


@pytest.mark.parametrize("written", [PHONE, float(PHONE), str(PHONE), "031188887777", f"86{PHONE}", "１３９１２３４５６７８"])
def test_a_telephone_number_is_no_amount_and_is_quoted_nowhere(tmp_path: Path, written: Any) -> None:
    found = sent(tmp_path, 方案=[OPTIONS, option(1, written), option(2, 12.5)])
    assert found.frames["options"]["investment_wan_yuan"].fillna(-1).tolist() == [-1, 12.5]
    assert "number_phone" in codes(found)
    assert not any(digits in frame.to_csv() for frame in found.frames.values() for digits in ("3912345678", "1188887777"))


def test_a_number_as_long_as_that_counts_with_its_unit(tmp_path: Path) -> None:
    head = [*OPTIONS, "节电(kWh/a)"]
    found = sent(
        tmp_path, 方案=[head, option(1, 5, "13912345678kWh"), option(2, 5, 12_999_999_999), option(3, 5, "13,912,345,678")]
    )
    assert found.frames["options"]["electricity_wan_kwh"].round(1).tolist() == [1391234.6, 1300000.0, 1391234.6]


def test_two_parts_of_one_name_refuse_the_file(tmp_path: Path) -> None:
    path = book(tmp_path / "石家庄市.xlsx", {"进度": [JUDGED, PASSED]})
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("xl/worksheets/sheet1.xml", b"<worksheet/>")
    found = load(tmp_path)
    assert len(found.frames["events"]) == 0
    assert "同名" in found.frames["problems"].to_csv()


@pytest.mark.parametrize("suffix", [".doc", ".wps", ".bak"])
def test_a_workbook_under_another_name_is_called_that(tmp_path: Path, suffix: str) -> None:
    book(tmp_path / "a.xlsx", {"进度": [JUDGED, PASSED]}).rename(tmp_path / f"石家庄市{suffix}")
    assert "后缀与内容不符" in load(tmp_path).frames["problems"].to_csv()


LINE = f"{NAME_A},{A},2021-12-25,2022-10-01,通过,正常推进"


@pytest.mark.parametrize(("spoilt", "code"), [("x" * 200_000, "row_cell_long"), ("正\0常", "row_garbled")])
def test_one_bad_cell_of_a_text_costs_its_row_alone_and_is_told_as_it_is(tmp_path: Path, spoilt: str, code: str) -> None:
    bad = f"示例乙水泥有限公司,{B},2021-12-25,,,{spoilt}"
    (tmp_path / "石家庄市.csv").write_text("\n".join([",".join(JUDGED), bad, LINE]) + "\n" + "\0" * 300, encoding="utf-8")
    found = load(tmp_path)
    assert codes(found) == {code}
    assert accepted(found) == ["passed"]


def test_a_file_that_names_one_city_and_is_titled_another_is_said(tmp_path: Path) -> None:
    book(tmp_path / "唐山市.xlsx", {"进度": [["石家庄市进度表"], JUDGED, PASSED]})
    assert "sender_differs" in codes(load(tmp_path))


DITTOS = ["同上", "〃", "“", "”", "“〃”", "（同上）", '"', "″", "同前", "同上。", "「〃」"]


@pytest.mark.parametrize("ditto", DITTOS)
@pytest.mark.parametrize("code", [A, B, None, "同上"])
def test_as_above_is_no_name_of_a_plant(tmp_path: Path, ditto: str, code: str | None) -> None:
    found = sent(tmp_path, 进度=[PROGRESS, DONE, [ditto, code, "2021-12-26", None, None, None, "正常推进"]])
    assert found.frames["events"]["plant_id"].tolist() == [A]
    assert told(found) == [("row_named_nothing", "A3")]
    assert f"“{ditto}”" in found.frames["problems"]["message"][0]


@pytest.mark.parametrize("ditto", DITTOS)
def test_as_above_is_no_plant_of_a_roster(tmp_path: Path, ditto: str) -> None:
    listed = [*LISTED, [3, "石家庄市", "长安区", ditto, credit_code(3), "化工"]]
    frames = read(tmp_path, listed=listed)
    assert frames["plants"]["plant_id"].tolist() == [A, B]
    assert ("row_named_nothing", "D5") in told_in(frames)


MISSPELT = {
    "progress": ({"进度": [["企业名秤", *JUDGED[1:]], [NAME_A, A, "2022-13-01", "2022-10-01", "通过", "正常推进"]]}, "C2"),
    "options": ({"方案": [["企业名秤", *OPTIONS[1:]], option(1, "约12")]}, "G2"),
    "below a title": ({"方案": [["方案绩效表"], ["企业名秤", *OPTIONS[1:]], option(1, 5), option(2, "约12")]}, "G4"),
}


@pytest.mark.parametrize(("sheets", "below"), MISSPELT.values(), ids=MISSPELT)
def test_a_misspelt_heading_hides_no_error_below_it(tmp_path: Path, sheets: dict[str, list[list[Any]]], below: str) -> None:
    found = sent(tmp_path, **sheets)
    problems = told(found)
    assert problems[0] == ("table_incomplete", "")
    assert below in [cell for _, cell in problems]
    assert not len(found.frames["events"]) + len(found.frames["options"])  # nothing of it is taken
    checked = check(tmp_path / "石家庄市.xlsx", programme="hebei-2021-2", as_of=AS_OF)
    assert {"", below} <= {*checked.problems["cell"]}
    assert not checked.problems["code"].str.startswith("plant_").any()  # without a roster nobody can say so


def test_a_sheet_that_only_its_heading_is_wrong_with_has_one_error(tmp_path: Path) -> None:
    assert told(sent(tmp_path, 进度=[["企业名秤", *JUDGED[1:]], PASSED])) == [("table_incomplete", "")]


def test_a_row_without_a_name_says_which_one_stands_above(tmp_path: Path) -> None:
    rows = [option(1, 5), [None, None, *option(2, 6)[2:]], [None, None, *option(3, 7)[2:]]]
    found = sent(tmp_path, 方案=[OPTIONS, *rows])
    assert told(found) == [("row_unnamed", "A3"), ("row_unnamed", "A4")]
    assert all("A2" in said and "合并单元格" in said for said in found.frames["problems"]["message"])
    first = sent(tmp_path / "2", 方案=[OPTIONS, *rows[1:]])
    assert not any("合并单元格" in said for said in first.frames["problems"]["message"])
