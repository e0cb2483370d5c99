"""The sample programme: fictitious, the same every time, as messy as real files, and honest about where."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from stdnum.cn import uscc

from cpaudit import sample
from cpaudit.errors import UsageError
from cpaudit.programme import divisions, industries, units
from cpaudit.reference import root
from tests.support.paths import ROOT

pytestmark = pytest.mark.together

SMALL = 60
#: Kinds that other tests plant: by name, or (these) by what is said at their cell.
BY_SENTENCE = {"answer_blank", "class_by_number", "class_differs", "date_far_ahead", "file_ignored", "indicator_converted"}
BY_SENTENCE |= {"class_column_missing", "result_column_missing", "status_column_missing", "row_named_nothing", "row_remark"}
BY_SENTENCE |= {"sheet_cover_unread", "sheet_hidden_unread"}
DIVISIONS = {d.code for d in divisions()}


@pytest.fixture(scope="module")
def truth(raw: Path) -> dict[str, Any]:
    return json.loads((raw / "truth.json").read_text(encoding="utf-8"))


@cache
def grids(path: Path) -> dict[str, list[list[Any]]]:
    """Sheet name → rows of a file, read by libraries that the sample isn't written with."""
    if path.suffix == ".csv":
        return {"": list(csv.reader(io.StringIO(path.read_bytes().decode("gb18030"), newline="")))}
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def all_rows(folder: Path) -> list[tuple[str, list[Any]]]:
    files = sorted(f for f in folder.rglob("*") if f.suffix in (".xlsx", ".xls", ".csv"))
    return [(f.name, row) for f in files for rows in grids(f).values() for row in rows]


@cache
def workbook(path: Path) -> Any:
    import openpyxl

    return openpyxl.load_workbook(path, data_only=True)


def at(folder: Path, planted: dict[str, Any]) -> Any:
    if planted["kind"] == "cell_error" and planted["file"].endswith(".xlsx"):
        return workbook(folder / planted["file"])[planted["sheet"]][planted["cell"]].value
    letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", planted["cell"]).groups()  # type: ignore[union-attr]
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    rows = grids(folder / planted["file"])[planted["sheet"]]
    return rows[int(digits) - 1][column - 1]


def digests(folder: Path) -> dict[str, str]:
    files = (f for f in folder.rglob("*") if f.is_file())
    return {f.relative_to(folder).as_posix(): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_and_another_seed_gives_others(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        sample.write(tmp_path / name, plants=SMALL, seed=seed)
    a, b, c = (digests(tmp_path / name) for name in "abc")
    assert a == b
    assert a.keys() == c.keys()
    different = [name for name in a if a[name] != c[name]]
    assert len(different) > 0.9 * len(a)


def test_it_has_the_notices_446_plants_in_all_14_units(truth: dict[str, Any]) -> None:
    assert (truth["counts"]["mandatory"], truth["counts"]["key_industry"]) == (403, 43)
    assert set(truth["counts"]["by_unit"]) == set(units())
    assert min(truth["counts"]["by_unit"].values()) >= 3
    assert len({p["plant_id"] for p in truth["plants"]}) == 446
    assert len({p["industry"] for p in truth["plants"]}) >= 12


@pytest.mark.parametrize("plants", [42, 43, 100, 447])
@pytest.mark.slow
def test_other_totals_are_met_exactly(tmp_path: Path, plants: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cpaudit.sample.workbooks.files.contents", lambda *_: ())  # the counts are those of the tables
    counts = sample.write(tmp_path, plants=plants)["counts"]
    assert counts["plants"] == plants
    assert counts["mandatory"] + counts["key_industry"] == plants
    assert set(counts["by_unit"]) == set(units())


def test_too_few_plants_and_too_many_are_refused_in_a_chinese_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="至少需要 42 家"):
        sample.write(tmp_path, plants=41)
    with pytest.raises(UsageError, match="至多 50000 家"):
        sample.write(tmp_path, plants=50_001)


def test_every_file_of_a_province_is_there_in_its_real_format(raw: Path) -> None:
    rosters = sorted(f.name for f in (raw / "名单").iterdir())
    assert rosters == ["附件1 强制类企业名单.xlsx", "附件2 重点行业企业名单.xls"]
    returns = {f.stem for f in (raw / "上报").iterdir()}
    assert returns == {u.name for u in units().values()}
    for name in ("名单/附件2 重点行业企业名单.xls", "上报/承德市.xls", "上报/衡水市.xls"):
        assert (raw / name).read_bytes().startswith(b"\xd0\xcf\x11\xe0"), f"{name} is no real .xls"
    for name in ("进度", "辖区工作", "指标实测", "方案"):
        content = (raw / "上报/定州市" / f"{name}.csv").read_bytes()
        assert "定州市" in content.decode("gb18030")
        with pytest.raises(UnicodeDecodeError):
            content.decode("utf-8")


def test_every_file_says_that_it_is_invented(raw: Path) -> None:
    for path in sorted(raw.rglob("*")):
        if path.suffix in (".xlsx", ".xls", ".csv"):
            for sheet, rows in grids(path).items():
                top = "".join(str(cell) for row in rows[:3] for cell in row if cell)
                assert "示范数据" in top, (path, sheet)
    assert "名单公布日期：2021年12月20日" in str(grids(raw / "名单/附件1 强制类企业名单.xlsx"))


def test_no_name_could_be_a_real_firms(raw: Path, truth: dict[str, Any]) -> None:
    assert all("示例" in p["name"] for p in truth["plants"])
    trades = {trade.label for trade in industries().values()}
    texts = {str(c).strip() for _, row in all_rows(raw) for c in row} - trades
    seen = [text for text in texts if text.rstrip(".)）").endswith(("公司", "厂", "集团"))]
    assert len(seen) > 446
    assert [name for name in seen if "示例" not in name] == []


def test_codes_have_right_check_digits_and_a_region_that_no_county_has(truth: dict[str, Any]) -> None:
    codes = [p["uscc"] for p in truth["plants"] if p["uscc"]]
    assert len(codes) > 430
    assert [c for c in codes if not uscc.is_valid(c)] == []
    assert {c[2:6] for c in codes} == {"1398"}
    assert not any(code.startswith("1398") for code in DIVISIONS)


def test_some_firms_have_two_plants_told_apart_by_the_bracket(truth: dict[str, Any]) -> None:
    shared = [code for code, n in Counter(p["uscc"] for p in truth["plants"] if p["uscc"]).items() if n == 2]
    assert len(shared) >= 3
    for code in shared:
        first, second = (p["name"] for p in truth["plants"] if p["uscc"] == code)
        assert first.partition("（")[0] == second.partition("（")[0]
        assert first != second


def test_no_contact_data_anywhere(raw: Path) -> None:
    text = "".join(str(cell) for _, row in all_rows(raw) for cell in row if cell is not None)
    for word in ("联系人", "联系方式", "电话", "手机", "法人", "负责人", "邮箱", "@"):
        assert word not in text, word


def test_every_kind_of_mistake_that_a_reader_tells_is_planted_or_tested_elsewhere(truth: dict[str, Any]) -> None:
    kinds = set(yaml.safe_load((root() / "problems.yaml").read_text(encoding="utf-8"))["problems"])
    planted = Counter(p["kind"] for p in truth["planted"])
    others = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__))
    elsewhere = BY_SENTENCE.union(*(re.findall(r"\w+", text) for text in others))
    assert {k for k in kinds - elsewhere if planted[k] < 2} == set()
    places = [(p["kind"], p["file"], p["sheet"], p["cell"]) for p in truth["planted"]]
    assert len(set(places)) == len(places)


def test_three_times_as_many_plants_carry_three_times_as_many_mistakes(truth: dict[str, Any]) -> None:
    from cpaudit.sample.writing import _returns, _world

    many = len(_returns(_world.__wrapped__(1338, 3), 3, dt.date(2022, 11, 15)).planted)
    assert 2.6 < many / len(truth["planted"]) < 3.2


def planted(truth: dict[str, Any], code: str) -> list[dict[str, Any]]:
    return [p for p in truth["planted"] if p["kind"] == code]


@pytest.mark.parametrize(
    ("code", "pattern"),
    [
        ("uscc_missing", r"-|`|0|\u200b|\u200b0"),
        ("uscc_cleaned", r"[0-9A-Z]{18}(）|\(__\)|01）)"),
        ("uscc_check_digit", r"[0-9A-Z]{18}"),
        ("uscc_number", r"9\.?1139\d+(e|E)\+17"),
        ("uscc_length", r"[0-9A-Z]{17}"),
        ("uscc_letters", r"[0-9A-Z]*O[0-9A-Z]*"),
        ("uscc_organisation_digit", r"[0-9A-Z]{18}"),
        ("organisation_code", r"[0-9A-Z]{8}-?[0-9X]"),
        ("organisation_code_digit", r"[0-9A-Z]{8}-?[0-9]"),
        ("uscc_differs", r"[0-9A-Z]{18}"),
        ("name_differs", r"示例.*控股集团"),
        ("plant_doubtful", r".*示例.*"),
        ("name_truncated", r".*示例.*"),
        ("name_former", r".*[（(]原.*示例.*"),
        ("plant_not_on_roster", r".*示例无名.*"),
        ("plant_ambiguous", r"示例..化工|河北示例..集团有限公司"),
        ("plant_duplicate", r".*示例.*"),
        ("county_corrected", "囊都区|仁泽区|义县|滦州区|深泽市"),
        ("county_former", "永年县|满城县|藁城市|任县"),
        ("county_unknown", "遵化市|涿州市|示例区"),
        ("county_split", "桥东区|邯郸县|邢台县"),
        ("unit_from_county", r""),
        ("code_unknown", "一般管理|见附表|国家级|另行确定|水利"),
        ("roster_total", r".*共[\dlO]*[lO][\dlO]*家.*"),
        ("column_unknown", "备注"),
        ("cell_error", r"#DIV/0!|#N/A"),
        ("number_inexact", r".*([≥约<]|左右|以上).*"),
        ("number_became_date", r"2025-.*"),
        ("date_invalid", r"2022-02-30|2022年13月5日|1月底|20220132"),
        ("date_in_future", r"2023.*"),
        ("indicator_unit", r".+/t"),
        ("indicator_unknown", r"单位产品综合排污系数（旧）|吨产品折旧指标"),
        ("indicator_in_parts", r"煤气脱硫脱氰"),
        ("system_stub", r".*清洁生产评价指标体系.*"),
        ("limiting_missing", r"|None|-"),
        ("total_mismatch", r"\d+\.?\d*"),
        ("value_negative", r"-\d+(\.\d+)?"),
        ("amount_negative", r"-\d+(\.\d+)?"),
        ("percent_over", r"[1-9]\d\d+(\.\d+)?"),
        ("percent_fraction", r"(0\.\d+|1(\.0)?)"),
        ("value_scale", r"\d+(\.\d+)?(e-\d+)?"),
        ("value_slip", r"\d+(\.\d+)?(e-\d+)?"),
        ("value_jump", r"\d+(\.\d+)?(e-\d+)?"),
        ("answers_repeated", r".*\d.*"),
        ("saving_exceeds", r"\d+(\.\d+)?"),
        ("option_end_of_pipe", r".*(除尘器|污水处理站|末端治理).*"),
    ],
)
def test_the_truth_points_at_the_cell_that_holds_the_mistake(raw: Path, truth: dict[str, Any], code: str, pattern: str) -> None:
    found = planted(truth, code)
    assert found
    for mistake in found:
        value = at(raw, mistake)
        assert re.fullmatch(pattern, str(value)), (mistake, value)


def test_all_five_spellings_of_no_code_occur(raw: Path, truth: dict[str, Any]) -> None:
    spellings = {at(raw, m) for m in planted(truth, "uscc_missing")}
    assert spellings == {"-", "\u200b", "0", "\u200b0", "`"}


def test_planted_codes_really_fail_the_check(raw: Path, truth: dict[str, Any]) -> None:
    for mistake in planted(truth, "uscc_check_digit"):
        assert not uscc.is_valid(at(raw, mistake))


def test_a_sheet_that_is_no_table_is_planted_whole(raw: Path, truth: dict[str, Any]) -> None:
    for mistake in planted(truth, "table_unknown"):
        assert mistake["cell"] == ""
        assert "照片编号" in str(grids(raw / mistake["file"])[mistake["sheet"]])


def test_a_date_out_of_order_is_earlier_than_the_step_before(truth: dict[str, Any], raw: Path) -> None:
    differing = {(m["file"], m["cell"]) for m in planted(truth, "online_offline_differ")}
    for mistake in planted(truth, "date_order"):
        assert (mistake["file"], mistake["cell"]) in differing, "the system has the right date"
        assert at(raw, mistake) not in (None, "")


def test_formula_errors_are_seen_as_errors_by_a_spreadsheet(raw: Path, truth: dict[str, Any]) -> None:
    workbooks = [m for m in planted(truth, "cell_error") if m["file"].endswith(".xlsx")]
    assert len(workbooks) >= 2
    for mistake in workbooks:
        cell = workbook(raw / mistake["file"])[mistake["sheet"]][mistake["cell"]]
        assert cell.data_type == "e"


def test_nothing_is_dated_after_the_day_of_the_data(tmp_path: Path) -> None:
    as_of = dt.date(2022, 3, 1)
    truth = sample.write(tmp_path, plants=SMALL, as_of=as_of)
    future = {(m["file"], m["sheet"], m["cell"]) for m in truth["planted"] if m["kind"] == "date_in_future"}
    assert truth["as_of"] == "2022-03-01"
    for path in (tmp_path / "上报").glob("*.xlsx"):
        for sheet, rows in grids(path).items():
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if isinstance(value, dt.date) and value > as_of and rows[2][c] != "单独确定的验收期限":
                        assert (path.relative_to(tmp_path).as_posix(), sheet, f"{chr(65 + c)}{r + 1}") in future
