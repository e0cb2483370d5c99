"""Two rows that speak of one thing: the same is kept once, what differs is decided by a rule that says so, or held."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from cpaudit import loaders
from tests.support.workbooks import (
    AS_OF,
    DONE,
    LISTED,
    NAME_A,
    NAME_B,
    OPTIONS,
    PROGRESS,
    A,
    B,
    book,
    measured,
    roster,
)
from tests.support.workbooks import MEASURED as MEASURED_HEAD

ASSESSED = ["企业名称", "统一社会信用代码", "告知书送达日期", "完成评估日期", "评估结果", "完成验收日期", "目前状态"]


def row(day: str | None, result: str | None = "通过", status: str = "正常推进", notified: str = "2021-12-28") -> list[Any]:
    return [NAME_A, A, notified, day, result, None, status]


def returned(folder: Path, files: dict[str, list[list[Any]]], title: str = "石家庄市进度表") -> dict[str, pd.DataFrame]:
    roster(folder)
    for name, rows in files.items():
        book(folder / name, {"进度表": [[title], ASSESSED, *rows]})
    return loaders.read([folder], programme="hebei-2021-2", as_of=AS_OF).frames


def event(frames: dict[str, pd.DataFrame], milestone: str = "assessed") -> tuple[str | None, str] | None:
    found = frames["events"].query("milestone == @milestone")
    assert len(found) < 2
    return None if found.empty else (str(found["date"].iloc[0])[:10], found["result"].iloc[0])


def told(frames: dict[str, pd.DataFrame], code: str) -> pd.DataFrame:
    return frames["problems"].query("code == @code")


def names_both(problem: Any, *places: tuple[str, str]) -> bool:
    return all(file in problem.message and cell in problem.message for file, cell in places)


# -- versions of one return


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("石家庄市.xlsx", "石家庄市（修改版）.xlsx"),
        ("石家庄市.xlsx", "更正/石家庄市.xlsx"),
        ("石家庄市进度 .xlsx", "石家庄市-最终稿.xlsx"),
        ("石家庄市（修改版）.xlsx", "石家庄市（终稿）.xlsx"),
        ("石家庄市20221001.xlsx", "石家庄市20221105.xlsx"),
        ("石家庄市2022-10-01.xlsx", "石家庄市2022.11.5.xlsx"),
        ("石家庄市（10月1日）.xlsx", "石家庄市（11月5日）.xlsx"),
        ("石家庄市（12月28日）.xlsx", "石家庄市（1月5日）.xlsx"),
        ("石家庄市2022年9月.xlsx", "石家庄市2022年10月.xlsx"),
        ("石家庄市V1.xlsx", "石家庄市V2.xlsx"),
        ("石家庄市第二稿.xlsx", "石家庄市第三稿.xlsx"),
        ("石家庄市（作废）.xlsx", "石家庄市.xlsx"),
        ("石家庄市初稿.xlsx", "石家庄市.xlsx"),
    ],
)
def test_the_later_version_counts_and_both_cells_are_named(tmp_path: Path, older: str, newer: str) -> None:
    frames = returned(tmp_path, {older: [row("2022-06-20")], newer: [row("2022-06-01", status="停产")]})
    assert event(frames) == ("2022-06-01", "passed")
    assert frames["plants"].set_index("plant_id").loc[A, "status"] == "suspended"
    assert set(told(frames, "superseded")["cell"]) == {"D3", "G3"}
    for problem in told(frames, "superseded").itertuples():
        assert (problem.file, problem.severity) == (older, "warning")
        assert names_both(problem, (older, problem.cell), (newer, problem.cell))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("石家庄市.xlsx", "石家庄市（2）.xlsx"),
        ("石家庄市.xlsx", "石家庄市 - 副本.xlsx"),
        ("石家庄市.xlsx", "石家庄市（未修改）.xlsx"),
        ("石家庄市.xlsx", "石家庄市（待更正）.xlsx"),
        ("石家庄市.xlsx", "石家庄市（不是最终稿）.xlsx"),
        ("石家庄市.xlsx", "石家庄市（未定稿）.xlsx"),
        ("石家庄市20221105.xlsx", "石家庄市2022年11月.xlsx"),
        ("石家庄市20221105.xlsx", "石家庄市20221001（修改版）.xlsx"),
        ("石家庄市（修改版）.xlsx", "石家庄市（更正）.xlsx"),
        ("a/石家庄市.xlsx", "b/石家庄市.xlsx"),
    ],
)
def test_where_nothing_says_which_is_later_neither_counts(tmp_path: Path, one: str, other: str) -> None:
    frames = returned(tmp_path, {one: [row("2022-06-20")], other: [row("2022-06-01", status="停产")]})
    date, result = event(frames) or ("", "")
    assert (date, result) == ("NaT", "unread")
    assert frames["plants"].set_index("plant_id").loc[A, "status"] == "unread"
    assert frames["status_history"].empty
    problems = told(frames, "contradiction")
    assert set(zip(problems["file"], problems["cell"], strict=True)) == {(f, c) for f in (one, other) for c in ("D3", "G3")}
    assert all(names_both(p, (one, p.cell), (other, p.cell)) for p in problems.itertuples())
    assert frames["sources"]["rows_held"].sum() == 2


def test_what_both_say_alike_stands_beside_what_is_disputed(tmp_path: Path) -> None:
    frames = returned(tmp_path, {"石家庄市.xlsx": [row("2022-06-20")], "石家庄市补充.xlsx": [row("2022-06-20", "未通过")]})
    assert event(frames, "notified") == ("2021-12-28", "done")
    assert event(frames) == ("NaT", "unread")
    assert set(told(frames, "contradiction")["cell"]) == {"E3"}


def test_a_step_that_one_file_reports_and_the_other_leaves_blank_is_disputed(tmp_path: Path) -> None:
    frames = returned(tmp_path, {"石家庄市.xlsx": [row("2022-06-20")], "石家庄市(2).xlsx": [row(None, None)]})
    assert event(frames) == ("NaT", "unread")


def test_a_correction_takes_a_step_back_and_a_supplement_does_not(tmp_path: Path) -> None:
    frames = returned(tmp_path / "1", {"石家庄市.xlsx": [row("2022-06-20")], "石家庄市更正.xlsx": [row(None, None)]})
    assert event(frames) is None
    assert "空白" in told(frames, "superseded")["message"].iloc[0]
    frames = returned(tmp_path / "2", {"石家庄市.xlsx": [row("2022-06-20")], "石家庄市补报.xlsx": [row(None, None)]})
    assert event(frames) == ("2022-06-20", "passed")


@pytest.mark.parametrize(
    "later", ["导出时间：2022-11-05 09:30", "截至2022年11月5日", "制表日期 2022.11.05", "数据更新至20221105"]
)
def test_the_title_says_when_it_was_exported(tmp_path: Path, later: str) -> None:
    roster(tmp_path)
    book(tmp_path / "a/石家庄市.xlsx", {"进度表": [[later], ASSESSED, row("2022-06-01")]})
    book(tmp_path / "b/石家庄市.xlsx", {"进度表": [["导出时间：2022-10-08"], ASSESSED, row("2022-06-20")]})
    frames = loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).frames
    assert event(frames) == ("2022-06-01", "passed")


def test_the_days_of_publishing_and_of_the_notice_are_no_days_of_export(tmp_path: Path) -> None:
    roster(tmp_path)
    book(tmp_path / "a/石家庄市.xlsx", {"进度表": [["名单公布日期：2021-12-20"], ASSESSED, row("2022-06-01")]})
    book(tmp_path / "b/石家庄市.xlsx", {"进度表": [["名单公布日期：2021-12-30"], ASSESSED, row("2022-06-20")]})
    frames = loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).frames
    assert event(frames) == ("NaT", "unread")


def test_a_column_of_export_times_decides_row_by_row(tmp_path: Path) -> None:
    head = [*ASSESSED, "导出时间"]
    frames = returned(tmp_path, {})
    book(
        tmp_path / "石家庄市.xlsx",
        {
            "甲": [head, [*row("2022-06-01"), dt.datetime(2022, 11, 5, 9, 30)]],
            "乙": [head, [*row("2022-06-20"), dt.datetime(2022, 11, 5, 8, 0)]],
        },
    )
    frames = loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).frames
    assert event(frames) == ("2022-06-01", "passed")
    assert told(frames, "superseded")["sheet"].tolist() == ["乙"]


# -- within a file


def test_the_same_table_in_two_sheets_counts_once(tmp_path: Path) -> None:
    roster(tmp_path)
    table = [ASSESSED, row("2022-06-20")]
    book(tmp_path / "石家庄市.xlsx", {"进度表": table, "进度表（打印）": table})
    frames = loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).frames
    assert event(frames) == ("2022-06-20", "passed")
    assert told(frames, "row_repeated")[["severity", "sheet", "cell"]].to_numpy().tolist() == [["note", "进度表（打印）", "A2"]]
    about = frames["sources"].set_index("path").loc["石家庄市.xlsx"]
    assert about[["rows_read", "rows_stored", "rows_repeated"]].tolist() == [2, 1, 1]


def test_two_rows_of_one_plant_in_one_sheet_that_differ_are_both_held(tmp_path: Path) -> None:
    frames = returned(tmp_path, {"石家庄市.xlsx": [row("2022-06-20"), row("2022-06-01")]})
    assert event(frames) == ("NaT", "unread")
    assert sorted(told(frames, "contradiction")["cell"]) == ["D3", "D4"]


@pytest.mark.parametrize("hidden", ["sheet", "row"])
@pytest.mark.parametrize("first", [True, False])
def test_the_visible_wins_over_the_hidden(tmp_path: Path, hidden: str, first: bool) -> None:
    roster(tmp_path)
    path = tmp_path / "石家庄市.xlsx"
    tables = {"旧": [ASSESSED, row("2022-06-20")], "今": [ASSESSED, row("2022-06-01")]}
    book(path, dict(sorted(tables.items(), key=lambda t: (t[0] == "旧") != first)))
    workbook = openpyxl.load_workbook(path)
    if hidden == "sheet":
        workbook["旧"].sheet_state = "hidden"
    else:
        workbook["旧"].row_dimensions[2].hidden = True
    workbook.save(path)
    frames = loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).frames
    if hidden == "row" and event(frames) == ("NaT", "unread"):
        pytest.fail("a hidden row was held against a visible one")
    assert event(frames) == ("2022-06-01", "passed")
    assert {"旧"} == set(frames["problems"].query("severity == 'warning' or code == 'hidden_cells'")["sheet"])


# -- whose plant it is


def test_a_plant_in_another_units_return_is_an_error_and_no_value(tmp_path: Path) -> None:
    frames = returned(tmp_path, {"唐山市.xlsx": [row("2022-07-09", "未通过", "关闭")], "石家庄市.xlsx": [row("2022-06-20")]})
    assert event(frames) == ("2022-06-20", "passed")
    (problem,) = told(frames, "plant_of_other_unit").itertuples()
    assert (problem.severity, problem.file, problem.cell, problem.unit) == ("error", "唐山市.xlsx", "A3", "tangshan")


def test_it_is_one_too_where_its_own_unit_sends_nothing(tmp_path: Path) -> None:
    frames = returned(tmp_path, {"唐山市.xlsx": [row("2022-06-20")]})
    assert frames["events"].empty
    assert len(told(frames, "plant_of_other_unit")) == 1


def test_and_where_only_the_title_names_the_sender(tmp_path: Path) -> None:
    frames = returned(tmp_path, {"进度.xlsx": [row("2022-06-20")]}, title="唐山市进度表")
    assert len(told(frames, "plant_of_other_unit")) == 1


def test_every_row_of_a_plant_of_another_unit_has_its_problem(tmp_path: Path) -> None:
    roster(tmp_path)
    rows = [[NAME_A, A, f"WD{n}", f"方案{n}", "无/低费", "已实施", 1.0] for n in range(3)]
    book(tmp_path / "唐山市.xlsx", {"方案": [OPTIONS, *rows]})
    frames = loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).frames
    assert frames["options"].empty
    assert sorted(frames["problems"].query("file == '唐山市.xlsx'")["cell"]) == ["A2", "A3", "A4"]


# -- rosters


def listed(folder: Path, **lists: list[list[Any]]) -> dict[str, pd.DataFrame]:
    head = ["序号", "市", "县(市、区)", "企业名称", "统一社会信用代码", "所属行业"]
    for name, rows in lists.items():
        book(folder / f"{name}.xlsx", {"名单": [[name], head, *rows]})
    return loaders.read([folder], programme="hebei-2021-2", as_of=AS_OF).frames


def test_a_plant_on_two_lists_that_agree_is_one_plant(tmp_path: Path) -> None:
    frames = listed(tmp_path, 强制类名单=LISTED, 强制类名单之二=LISTED[:1])
    assert len(frames["plants"]) == 2
    assert set(told(frames, "plant_duplicate")["severity"]) == {"note"}


def test_lists_that_disagree_on_the_trade_leave_it_open(tmp_path: Path) -> None:
    other = [*LISTED[0][:5], "水泥"]
    frames = listed(tmp_path, 强制类名单=LISTED, 强制类名单之二=[other])
    assert frames["plants"].set_index("plant_id").loc[A, "industry"] == ""
    assert sorted(told(frames, "contradiction")["file"]) == ["强制类名单.xlsx", "强制类名单之二.xlsx"]


def test_a_corrected_list_replaces_the_other(tmp_path: Path) -> None:
    other = [*LISTED[0][:5], "水泥"]
    frames = listed(tmp_path, 强制类名单=LISTED, 强制类名单更正=[other])
    assert frames["plants"].set_index("plant_id").loc[A, "industry"] == "cement"
    assert len(told(frames, "superseded")) == 1


def test_a_plant_on_the_lists_of_both_kinds_is_of_neither(tmp_path: Path) -> None:
    frames = listed(tmp_path, 强制类名单=LISTED, 重点行业名单=LISTED[:1])
    assert frames["plants"].set_index("plant_id").loc[A, "roster"] == "unread"
    assert len(told(frames, "contradiction")) == 2


def test_a_plant_that_two_units_are_given_is_nobodys_and_its_returns_say_why(tmp_path: Path) -> None:
    book(tmp_path / "石家庄市.xlsx", {"进度表": [PROGRESS, DONE]})
    frames = listed(tmp_path, 强制类名单=LISTED, 强制类名单之二=[[1, "唐山市", "路北区", *LISTED[0][3:]]])
    assert A not in set(frames["plants"]["plant_id"])
    assert len(told(frames, "contradiction")) >= 2
    assert len(told(frames, "plant_disputed")) == 1


# -- options


def offered(folder: Path, **sheets: list[list[Any]]) -> dict[str, pd.DataFrame]:
    roster(folder)
    book(folder / "石家庄市.xlsx", {name: [OPTIONS, *rows] for name, rows in sheets.items()})
    return loaders.read([folder], programme="hebei-2021-2", as_of=AS_OF).frames


def of_b(number: Any, name: str, kind: str = "无/低费", invested: Any = 1.0) -> list[Any]:
    return [NAME_B, B, number, name, kind, "已实施", invested]


@pytest.mark.parametrize("apart", [True, False])
def test_numbers_that_begin_anew_in_each_class_are_different_options(tmp_path: Path, apart: bool) -> None:
    low, high = [of_b(n, f"方案{n}") for n in (1, 2, 3)], [of_b(n, f"方案{n}", "中/高费", 100.0) for n in (1, 2)]
    frames = offered(tmp_path, **({"无低费": low, "中高费": high} if apart else {"方案": low + high}))
    assert len(frames["options"]) == 5
    assert frames["options"]["investment_wan_yuan"].sum() == 203
    assert frames["problems"].empty


def test_options_without_numbers_are_numbered_and_said(tmp_path: Path) -> None:
    frames = offered(tmp_path, 方案=[of_b(None, "换电机"), of_b("—", "换水泵"), of_b("", "换风机"), of_b("WD1", "换灯")])
    assert frames["options"]["number"].is_unique
    assert frames["options"]["investment_wan_yuan"].sum() == 4
    assert told(frames, "option_unnumbered")["cell"].tolist() == ["C2", "C3", "C4"]


def test_options_without_numbers_in_two_copies_of_a_table_count_once(tmp_path: Path) -> None:
    rows = [of_b(None, "换电机"), of_b(None, "换水泵")]
    frames = offered(tmp_path, 方案=rows, 副本=rows[::-1])
    assert len(frames["options"]) == 2
    assert frames["sources"]["rows_repeated"].sum() == 2


@pytest.mark.parametrize("name", ["其中：设备费", "其中:土建费用", "其中设备费", "（其中：安装费）", "其中：", "包括：设备费"])
def test_a_part_of_an_option_is_none_of_its_own(tmp_path: Path, name: str) -> None:
    frames = offered(tmp_path, 方案=[of_b("ZG1", "换锅炉", "中/高费", 10.0), of_b(None, name, "中/高费", 8.0)])
    assert frames["options"]["investment_wan_yuan"].tolist() == [10.0]
    assert told(frames, "option_part")["cell"].tolist() == ["D3"]


def test_the_parts_below_it_are_none_either_but_an_option_is(tmp_path: Path) -> None:
    rows = [
        of_b("ZG1", "换锅炉"),
        of_b(None, "其中：设备费"),
        of_b(None, "安装费"),
        of_b(None, "换电机"),
        of_b("2", "其中三台换变频"),
    ]
    frames = offered(tmp_path, 方案=rows)
    assert frames["options"]["name"].tolist() == ["换锅炉", "换电机", "其中三台换变频"]


def test_one_number_for_two_options_is_held(tmp_path: Path) -> None:
    frames = offered(tmp_path, 方案=[of_b(1, "换电机", invested=5.0), of_b(1, "换水泵", invested=7.0)])
    assert len(frames["options"]) == 1
    assert frames["options"]["investment_wan_yuan"].isna().all()
    assert len(told(frames, "contradiction")) == 2


@pytest.mark.parametrize(
    ("first", "second", "kept", "invested"),
    [
        ([of_b("WD1", "换电机", invested=7.5)], [of_b("WD9", "换电机", invested=7.5)], 1, 7.5),
        ([of_b("WD1", "换电机", invested=7.5)], [of_b(3, "换 电机", invested="7.50")], 1, 7.5),
        ([of_b("WD1", "换电机", invested=7.5)], [of_b(None, "换电机", invested=7.5)], 1, 7.5),
        ([of_b("WD1", "电机"), of_b("WD2", "水泵", invested=4)], [of_b("WD1", "水泵", invested=4), of_b("WD2", "电机")], 2, 5),
        ([of_b("WD3", "换灯"), of_b("WD4", "换灯")], [of_b("WD1", "换灯"), of_b("WD2", "换灯")], 2, 2),
        # what may be two
        ([of_b("WD1", "换电机", invested=7.5)], [of_b("WD2", "换电机", invested=8)], 2, 15.5),
        ([of_b("WD1", "换电机")], [of_b("WD2", "换水泵")], 2, 2),
        ([of_b("WD1", "换电机")], [of_b("ZG1", "换电机", "中/高费")], 2, 2),
        ([of_b("WD1", "换电机", invested=None)], [of_b("WD2", "换电机", invested=None)], 2, 0),
        ([of_b("WD1", "换电机"), of_b("WD2", "换电机")], [], 2, 2),
    ],
)
@pytest.mark.parametrize("files", [1, 2])
def test_one_option_under_two_numbers_in_two_tables_counts_once(
    tmp_path: Path, first: list[list[Any]], second: list[list[Any]], kept: int, invested: float, files: int
) -> None:
    if files == 1:
        frames = offered(tmp_path, 方案=first, 附表=second)
    else:
        book(tmp_path / "石家庄市（附表）.xlsx", {"方案": [OPTIONS, *second]})
        frames = offered(tmp_path, 方案=first)
    assert (len(frames["options"]), frames["options"]["investment_wan_yuan"].sum()) == (kept, invested)
    said = told(frames, "option_renumbered")
    assert len(said) == len(first) + len(second) - kept
    assert set(said["severity"]) <= {"warning"}
    assert told(frames, "contradiction").empty


def test_a_row_without_number_and_name_is_rejected(tmp_path: Path) -> None:
    frames = offered(tmp_path, 方案=[of_b(None, "", invested=99.0)])
    assert frames["options"].empty
    assert told(frames, "option_unnamed")["cell"].tolist() == ["C2"]


# -- measurements and the units' own work


@pytest.mark.parametrize(("again", "kept"), [(100.0, 100.0), (98.0, None)])
def test_a_value_given_twice_counts_once_or_not_at_all(tmp_path: Path, again: float, kept: float | None) -> None:
    roster(tmp_path)
    name, unit = "可比熟料综合能耗", "kgce/t"
    book(
        tmp_path / "石家庄市.xlsx",
        {"实测": [MEASURED_HEAD, measured(name, unit, 110.0, 100.0), measured(name, unit, 110.0, again)]},
    )
    frames = loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).frames
    if frames["measurements"].empty:
        pytest.fail(str(frames["problems"]["message"].tolist()))
    after = frames["measurements"].query("period == 'after'")
    assert len(after) == 1
    assert (after["value"].iloc[0] == kept) if kept else (after["state"].iloc[0] == "unread")


WORK = ["工作事项", "上报日期", "上报文号"]


def work(folder: Path, files: dict[str, tuple[str, str]]) -> dict[str, pd.DataFrame]:
    roster(folder)
    for name, (title, day) in files.items():
        book(folder / name, {"辖区工作": [[title], WORK, ["许可落实情况上报", day, "示例函〔2022〕7号"]]})
    return loaders.read([folder], programme="hebei-2021-2", as_of=AS_OF).frames


def test_the_title_says_whose_work_it_is(tmp_path: Path) -> None:
    frames = work(tmp_path, {"辖区工作完成情况.xlsx": ("石家庄市清洁生产审核辖区工作完成情况", "2022-02-24")})
    assert frames["events"]["unit"].tolist() == ["shijiazhuang"]


@pytest.mark.parametrize("title", ["辖区工作完成情况", "石家庄市、唐山市工作完成情况", "各市工作"])
def test_work_of_nobody_knows_whom_is_an_error(tmp_path: Path, title: str) -> None:
    frames = work(tmp_path, {"辖区工作完成情况.xlsx": (title, "2022-02-24")})
    assert frames["events"].empty
    assert told(frames, "sender_unknown")[["severity", "cell"]].to_numpy().tolist() == [["error", "A3"]]


def test_work_told_twice_is_one_or_disputed(tmp_path: Path) -> None:
    twice = {"石家庄市a.xlsx": ("", "2022-02-24"), "石家庄市b.xlsx": ("", "2022-02-24")}
    assert event(work(tmp_path / "1", twice), "permit_reported") == ("2022-02-24", "done")
    twice["石家庄市b.xlsx"] = ("", "2022-03-24")
    frames = work(tmp_path / "2", twice)
    assert event(frames, "permit_reported") == ("NaT", "unread")
    assert len(told(frames, "contradiction")) == 2
