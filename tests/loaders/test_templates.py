"""Templates: what a unit fills into an empty form arrives whole and without a complaint."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from cpaudit import loaders
from cpaudit.cli import run
from cpaudit.errors import UsageError
from cpaudit.fields import tables
from cpaudit.indicators import find_system
from cpaudit.loaders.sheets.layouts import layouts
from cpaudit.loaders.templates import filling as templates
from tests.support.builders import plant
from tests.support.workbooks import AS_OF, LISTED, NAME_A, NAME_B, ROSTER, A, B, book

PROGRAMME = "hebei-2021-2"


def form(kind: str, **options: Any) -> openpyxl.Workbook:
    content = templates.make(kind, programme=PROGRAMME, **options)
    return openpyxl.load_workbook(io.BytesIO(content))


def first(workbook: openpyxl.Workbook) -> tuple[Worksheet, int, dict[str, int]]:
    """The sheet to fill in, the row of its header, and heading → column."""
    sheet = workbook.worksheets[0]
    header = next(r for r in range(1, 10) if sheet.cell(r, 2).value)
    return sheet, header, {c.value: c.column for c in sheet[header] if c.value}


def fill(workbook: openpyxl.Workbook, rows: list[dict[str, Any]], path: Path) -> None:
    sheet, header, columns = first(workbook)
    for at, row in enumerate(rows, start=header + 1):
        for heading, value in row.items():
            sheet.cell(at, columns[heading]).value = value
    path.parent.mkdir(parents=True, exist_ok=True)
    workbook.save(path)


def load(folder: Path) -> dict[str, pd.DataFrame]:
    return loaders.read([folder], programme=PROGRAMME, as_of=AS_OF).frames


def problems(frames: dict[str, pd.DataFrame]) -> list[tuple[str, str]]:
    return list(frames["problems"][["code", "message"]].itertuples(index=False, name=None))


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    book(tmp_path / "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, *LISTED]})
    return tmp_path


def test_a_filled_roster_arrives_whole(tmp_path: Path) -> None:
    workbook = form("roster")
    sheet, _, _ = first(workbook)
    sheet["A3"], sheet["A4"] = "名单类别：重点行业", "名单公布日期：2021-12-20"
    row = {"序号": 1, "市": "石家庄市", "县(市、区)": "长安区", "企业名称": NAME_A, "统一社会信用代码": A, "所属行业": "化工",
           "列入原因": "双超、双有", "年产危废能力(吨)": 120.5, "排污许可管理类别": "重点管理", "评估层级": "市级",
           "主管部门": "生态环境", "从严级别": "Ⅱ级"}  # fmt: skip
    fill(workbook, [row], tmp_path / "名单.xlsx")
    frames = load(tmp_path)
    assert problems(frames) == []
    expected = {
        "plant_id": A, "uscc": A, "name": NAME_A, "unit": "shijiazhuang", "county": "130102", "industry": "chemicals",
        "roster": "key_industry", "reasons": "over_limit;toxic", "hazardous_waste_t": 120.5, "permit_class": "key",
        "assessor": "city", "authority": "environment", "stricter_level": 2, "listed_on": pd.Timestamp("2021-12-20"),
    }  # fmt: skip
    assert frames["plants"].iloc[0][list(expected)].to_dict() == expected


def test_a_filled_progress_table_arrives_whole(listed: Path) -> None:
    days = {"告知书送达日期": "2021-12-25", "登录填报日期": "2022-01-10", "信息公开日期": "2022-01-12",
            "纳入许可证日期": "2022-01-20", "方案制定日期": "2022-05-10", "评估申请日期": "2022-05-20",
            "完成评估日期": "2022-06-20", "方案实施完成日期": "2022-10-08",
            "验收申请日期": "2022-10-20", "完成验收日期": "2022-11-10"}  # fmt: skip
    row = {"序号": 1, "企业名称": NAME_A, "统一社会信用代码": A, "县（市、区）": "长安区", "排污许可证编号": "P-1",
           **{heading: dt.date.fromisoformat(day) for heading, day in days.items()},
           "评估结果": "通过", "评估得分": 88, "验收结果": "未通过", "验收得分": 55.5, "目前状态": "停产",
           "状态起始日期": dt.date(2022, 11, 1), "证明材料": "停产说明", "单独确定的验收期限": dt.date(2023, 3, 31)}  # fmt: skip
    fill(form("progress", unit="shijiazhuang"), [row], listed / "石家庄市进度表.xlsx")
    frames = load(listed)
    assert problems(frames) == []
    events = frames["events"].set_index("milestone")
    assert sorted(events["date"].dt.strftime("%Y-%m-%d")) == sorted(days.values())
    assert events.loc[["assessed", "accepted"], ["result", "score"]].to_numpy().tolist() == [["passed", 88.0], ["failed", 55.5]]
    state = frames["plants"].set_index("plant_id").loc[A]
    said = (state["status"], state["permit_no"], state["own_deadline"], state["status_since"])
    assert said == ("suspended", "P-1", pd.Timestamp("2023-03-31"), pd.Timestamp("2022-11-01"))
    assert frames["status_history"]["proof"].tolist() == ["停产说明"]


@pytest.mark.parametrize("system", ["demo_brewing", "hw_incineration_draft", "demo_forms"])
def test_filled_indicators_arrive_whole(listed: Path, system: str) -> None:
    workbook = form("measurements", chosen=[system])
    sheet, header, columns = first(workbook)
    indicators = find_system(system).inputs()
    printed = [sheet.cell(header + 1 + n, columns["二级指标"]).value for n in range(len(indicators))]
    assert printed == [i.name for i in indicators]
    words = {"number": (3.5, 2.5), "level": ("Ⅱ级", "Ⅰ级"), "yes_no": ("否", "是")}
    stored = {"number": (3.5, 2.5), "level": (2, 1), "yes_no": (0, 1)}
    written = [list(i.choices)[:2] if i.choices else words[i.answer] for i in indicators]
    rows = [{"企业名称": NAME_A, "统一社会信用代码": A, **dict(zip(("审核前", "审核后"), said, strict=True))} for said in written]
    rows[0]["审核后"] = "不适用"
    fill(workbook, rows, listed / "石家庄市指标.xlsx")
    frames = load(listed)
    assert [p for p in problems(frames) if p[0] != "before_after_identical"] == []
    found = frames["measurements"].set_index(["period", "indicator"])
    assert found.loc[("after", indicators[0].id), "state"] == "not_applicable"
    for indicator in indicators[1:]:
        values = list(indicator.choices.values())[:2] or stored[indicator.answer]
        for period, value in zip(("before", "after"), values, strict=True):
            assert found.loc[(period, indicator.id), ["value", "state"]].tolist() == [value, "reported"]


def test_a_choice_is_made_from_a_list_and_what_varies_says_so() -> None:
    workbook = form("measurements", chosen=["demo_forms"])
    sheet, header, columns = first(workbook)
    rows = {sheet.cell(at, columns["二级指标"]).value: at for at in range(header + 1, sheet.max_row + 1)}
    cell = sheet.cell(rows["冷却方式"], columns["审核后"]).coordinate
    [check] = [v for v in sheet.data_validations.dataValidation if cell in v.sqref]
    name, _, area = check.formula1.partition("!")
    assert [c.value for [c] in workbook[name][area.replace("$", "")]] == ["湿冷", "空冷", "不适用"]
    column = next(c for heading, c in columns.items() if heading.startswith("Ⅰ级基准值"))
    printed = {name: sheet.cell(at, column).value for name, at in rows.items()}
    said = [printed[n] for n in ("冷却方式", "单位产品综合能耗", "单位产品取水量", "入炉物料含水率", "转炉工序能耗")]
    assert said == [None, "因企业而异", "因企业而异", "5～6", "≤-20"]


def test_a_system_that_is_only_listed_has_no_form() -> None:
    with pytest.raises(UsageError, match="尚未录入指标"):
        form("measurements", chosen=["cement_2014"])


def test_filled_options_arrive_whole(listed: Path) -> None:
    amounts = {c: n + 0.5 for n, c in enumerate(layouts()["options"].columns) if n > 5}
    headings = {c: layouts()["options"].columns[c].headings[0] for c in amounts}
    row = {
        "企业名称": NAME_B,
        "统一社会信用代码": B,
        "方案编号": "ZG1",
        "方案名称": "余热回收",
        "方案类型": "中/高费",
        "实施情况": "已实施",
    }
    total = {"企业名称": "合计", **{headings[c]: v for c, v in amounts.items()}}
    rows = [row | {headings[c]: v for c, v in amounts.items()}, total]
    fill(form("options"), rows, listed / "石家庄市方案.xlsx")
    frames = load(listed)
    assert problems(frames) == []
    option = frames["options"].iloc[0]
    assert option[list(amounts)].to_dict() == amounts
    assert (option["plant_id"], option["number"], option["class"], option["status"]) == (
        B,
        "ZG1",
        "medium_high_cost",
        "implemented",
    )


def test_a_filled_table_of_the_units_own_work_arrives_whole(listed: Path) -> None:
    workbook = form("unit_work", unit="shijiazhuang")
    sheet, header, _ = first(workbook)
    known = [sheet.cell(header + 1 + n, 1).value for n in range(3)]
    rows = [{"上报日期": dt.date(2022, 2, 20 + n), "上报文号": f"石环〔2022〕{n}号"} for n in range(3)]
    fill(workbook, rows, listed / "石家庄市辖区工作表.xlsx")
    frames = load(listed)
    assert problems(frames) == []
    assert len(frames["events"]) == len([k for k in known if k]) == 3
    assert set(frames["events"]["unit"]) == {"shijiazhuang"}


@pytest.mark.parametrize("kind", [k for k in templates.KINDS if k != "roster"])
def test_a_form_that_nobody_filled_in_says_nothing(listed: Path, kind: str) -> None:
    chosen = ["demo_general"] if kind == "measurements" else []
    plants = pd.DataFrame([plant(A, name=NAME_A, industry="chemicals"), plant(B, name=NAME_B, industry="cement")])
    content = templates.make(kind, programme=PROGRAMME, unit="shijiazhuang", plants=plants, chosen=chosen)
    (listed / f"石家庄市{kind}.xlsx").write_bytes(content)
    frames = load(listed)
    # One that holds nothing but its headings was sent without data, which is said.
    assert {code for code, _ in problems(frames)} <= {"file_without_data"}
    assert [len(frames[t]) for t in ("events", "measurements", "options")] == [0, 0, 0]


@pytest.mark.parametrize("kind", templates.KINDS)
def test_headings_are_those_of_the_layout_and_cannot_be_overwritten(kind: str) -> None:
    sheet, header, columns = first(form(kind))
    assert list(columns) == [c.headings[0] for c in layouts()[kind].columns.values()]
    assert sheet.protection.sheet
    assert not sheet.protection.password
    assert all(sheet.cell(header, c).protection.locked for c in columns.values())
    free = {c: sheet.column_dimensions[openpyxl.utils.get_column_letter(c)].protection.locked for c in columns.values()}
    assert not any(free.values())
    assert sheet.print_title_rows == f"${header}:${header}"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.freeze_panes is not None


def checks_of(sheet: Worksheet, column: int, row: int) -> list[Any]:
    at = f"{openpyxl.utils.get_column_letter(column)}{row}"
    return [v for v in sheet.data_validations.dataValidation if at in v.sqref]


def test_codes_are_text_of_eighteen_signs_and_dates_are_dates() -> None:
    sheet, header, columns = first(form("progress"))
    code, day = columns["统一社会信用代码"], columns["告知书送达日期"]
    formats = {c: sheet.column_dimensions[openpyxl.utils.get_column_letter(c)].number_format for c in (code, day)}
    assert formats == {code: "@", day: "yyyy-mm-dd"}
    (length,) = checks_of(sheet, code, header + 1)
    assert (length.type, length.operator or "equal", length.formula1) == ("textLength", "equal", "18")
    assert [v.type for v in checks_of(sheet, day, header + 500)] == ["date"]


def test_counties_come_from_a_hidden_list_of_the_unit_alone() -> None:
    workbook = form("roster", unit="dingzhou")
    sheet, header, columns = first(workbook)
    (check,) = checks_of(sheet, columns["县(市、区)"], header + 1)
    lists = workbook["选项"]
    assert lists.sheet_state == "hidden"
    area = check.formula1.rpartition("!")[2].replace("$", "")
    assert [c.value for row in lists[area] for c in row] == ["定州市"]


def test_a_measured_value_is_a_number_or_not_applicable_and_a_level_is_chosen() -> None:
    workbook = form("measurements", chosen=["demo_brewing"])
    sheet, header, columns = first(workbook)
    kinds = [checks_of(sheet, columns["审核后"], header + 1 + n)[0].type for n in range(4)]
    assert kinds == ["list", "list", "list", "custom"]
    assert '"不适用"' in checks_of(sheet, columns["审核后"], header + 4)[0].formula1


def test_invented_benchmarks_are_called_so_wherever_they_stand() -> None:
    workbook = form("measurements", chosen=["demo_brewing"])
    _, _, columns = first(workbook)
    assert [h for h in columns if "基准值" in h] == [f"{k}级基准值（示范数据）" for k in ("Ⅰ", "Ⅱ", "Ⅲ")]
    assert any("不得用于正式判定" in str(c.value) for row in workbook["填表说明"] for c in row)


def test_an_explanation_stands_at_each_heading_and_on_a_page_of_its_own() -> None:
    workbook = form("options")
    sheet, header, columns = first(workbook)
    assert "单位：万元" in sheet.cell(header, columns["投资(万元)"]).comment.text
    assert "可填：无/低费、中/高费" in sheet.cell(header, columns["方案类型"]).comment.text
    assert {c.value for c in workbook["填表说明"]["A"]} >= set(columns)


def test_a_unit_gets_its_plants_filled_in(warehouse: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "石家庄市进度表.xlsx"
    assert run(["template", "进度表", "--unit", "石家庄", "--warehouse", str(warehouse), "--out", str(out)]) == 0
    assert "已填好" in capsys.readouterr().out
    # one of them is on the roster without a code
    assert {code for code, _ in problems(load_with(warehouse, out))} <= {"uscc_missing"}
    workbook = openpyxl.load_workbook(out)
    sheet, header, columns = first(workbook)
    names = [sheet.cell(r, columns["企业名称"]).value for r in range(header + 1, sheet.max_row + 1)]
    known = snapshot_plants(warehouse)
    assert sorted(names) == sorted(known.loc[known["unit"] == "shijiazhuang", "name"])
    assert any("示范数据" in str(sheet.cell(r, 1).value) for r in range(1, header))


def test_a_roster_filled_in_from_a_snapshot_reads_as_it_was(tmp_path: Path) -> None:
    plants = [plant(A, name=NAME_A, industry="chemicals", stricter_level=2, hazardous_waste_t=100.0),
              plant(B, name=NAME_B, industry="cement", roster="key_industry", reasons="energy;toxic",
                    listed_on="2021-12-25")]  # fmt: skip
    known = tables()["plants"].coerce(pd.DataFrame(plants))
    (tmp_path / "名单.xlsx").write_bytes(templates.make("roster", programme=PROGRAMME, unit="shijiazhuang", plants=known))
    frames = load(tmp_path)
    assert problems(frames) == []
    same = [c for c in known.columns if c not in ("file", "sheet", "cell")]
    pd.testing.assert_frame_equal(frames["plants"][same], known[same])


def snapshot_plants(warehouse: Path) -> pd.DataFrame:
    from cpaudit import snapshots

    return snapshots.read(warehouse)[1]["plants"]


def load_with(warehouse: Path, path: Path) -> dict[str, pd.DataFrame]:
    return loaders.read([path], programme=PROGRAMME, as_of=AS_OF, known=snapshot_plants(warehouse)).frames


def test_a_form_that_is_there_already_is_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert run(["template", "unit_work"]) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["辖区工作表.xlsx", "辖区工作表2.xlsx"]


@pytest.mark.parametrize(
    "wrong",
    [
        ["月报"],
        ["progress", "--system", "demo_brewing"],
        ["measurements", "--system", "none"],
        ["measurements", "--industry", "航天"],
        ["measurements", "--industry", "皮革"],
        ["progress", "--unit", "北京市"],
        ["progress", "--out", "a.csv"],
    ],
)
def test_a_wrong_call_is_one_sentence(wrong: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["template", *wrong]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.endswith("。\n")
    assert list(tmp_path.iterdir()) == []
