"""Commands: what they print, which exit code they end with, and one Chinese sentence for what is wrong."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from cpaudit.cli import run
from cpaudit.dataset import Dataset
from cpaudit.render import tabular
from cpaudit.views.tables import base

CLI = [sys.executable, "-m", "cpaudit"]


def test_wrong_usage_is_one_chinese_sentence_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [
        ["audit"],
        ["progress", "--foo"],
        ["progress", "--unit"],
        ["progress", "--unit", "北京市"],
        ["progress", "--format", "pdf"],
        ["progress", "--by", "month"],
        ["score", "--as-of", "2022-13-01"],
        ["explain"],
        ["sample", "a", "b"],
        ["sample", "a", "--plants", "many"],
        ["systems", "show", "nothing"],
        ["report"],
        ["report", "--all", "--unit", "石家庄"],
        ["bench", "weather"],
    ]
    for arguments in wrong:
        assert run(arguments) == 2, arguments
        error = capsys.readouterr().err
        assert error.count("\n") == 1, (arguments, error)
        assert error.endswith("。\n"), (arguments, error)
        assert "Traceback" not in error


def test_a_bulletin_asks_for_a_milestone_that_exists_and_an_earlier_day(
    warehouse: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for wrong, said in ((["--milestone", "开工"], "没有叫“开工”的企业节点"), (["--since", "2999-01-01"], "须早于数据日期")):
        assert run(["bulletin", "--warehouse", str(warehouse), *wrong]) == 2
        assert said in capsys.readouterr().err


def test_a_units_bulletin_shows_its_rank_among_all(warehouse: Path, tmp_path: Path) -> None:
    rows = {}
    for unit in ([], ["--unit", "衡水市"]):
        out = tmp_path / "b.json"
        assert run(["bulletin", "--warehouse", str(warehouse), "--format", "json", "--out", str(out), *unit]) == 0
        rows[bool(unit)] = [r for r in json.loads(out.read_text(encoding="utf-8")) if r["unit"] == "衡水市"]
    assert rows[True] == rows[False]
    assert rows[True][0]["rank"] > 1


def test_no_snapshot_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["progress", "--warehouse", str(tmp_path / "没有")]) == 2
    assert "请先用 cpaudit load" in capsys.readouterr().err


def test_help_is_chinese_and_lists_the_commands_in_the_order_of_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    page = capsys.readouterr().out
    assert page.index("sample") < page.index("load") < page.index("progress") < page.index("report")
    for english in ("Usage", "Options", "Commands", "Show this"):
        assert english not in page


def test_the_order_of_commands_doesnt_hang_on_what_was_imported_before() -> None:
    code = "import {}\nfrom cpaudit.cli import run\nrun(['--help'])"
    first, second = (
        subprocess.run([sys.executable, "-c", code.format(module)], capture_output=True, text=True, check=True).stdout
        for module in ("cpaudit.cli.pages_out", "cpaudit.cli.history")
    )
    assert first == second != ""


@pytest.mark.parametrize(
    "command", ["progress", "funnel", "pace", "bulletin", "forecast", "attainment", "benefits", "score", "problems"]
)
def test_a_table_comes_in_every_format_with_the_same_rows(
    command: str, warehouse: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    base = [command, "--warehouse", str(warehouse), "--unit", "唐山市"]
    for kind in ("csv", "json", "xlsx"):
        assert run([*base, "--format", kind, "--out", str(tmp_path / f"t.{kind}")]) == 0
    lines = list(csv.reader(io.StringIO((tmp_path / "t.csv").read_text(encoding="utf-8-sig"))))
    objects = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    assert sheet.auto_filter.ref.startswith("A3:")  # heading and rows; title and source stand above, a note below
    assert len(lines) - 1 == len(objects) == sheet[sheet.auto_filter.ref][-1][0].row - 3 > 0
    assert lines[0] == [*(cell.value for cell in sheet[3]), "数据性质"]  # which the workbook says above
    assert run(base) == 0
    assert lines[0][0] in capsysbinary.readouterr().out.decode()


def test_progress_by_unit_adds_up_to_the_roster(warehouse: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.json"
    assert run(["progress", "--warehouse", str(warehouse), "--format", "json", "--out", str(out)]) == 0
    assert sum(row["listed"] for row in json.loads(out.read_text(encoding="utf-8"))) == 446


@pytest.mark.parametrize("by", ["unit", "industry", "roster"])
def test_each_row_of_attainment_adds_up(by: str, warehouse: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.json"
    assert run(["attainment", "--by", by, "--warehouse", str(warehouse), "--format", "json", "--out", str(out)]) == 0
    for row in json.loads(out.read_text(encoding="utf-8")):
        assert row["plants"] == row["left"] + row["judged"] + row["cannot_judge"]
        assert row["judged"] == row["attained"] + row["not_attained"]


def test_a_number_in_csv_has_no_digits_that_come_of_its_binary_form(ds: Dataset) -> None:
    table = base.benefits(ds, "unit")
    table.frame.loc[0, "investment_wan_yuan"] = 122.1 + 0.63
    table.frame.loc[1, "investment_wan_yuan"] = 1234567890.12
    text = tabular.to_csv(table).decode("utf-8-sig")
    assert "122.73," in text
    assert "1234567890.12," in text
    assert not re.search(r"\d{14}", text)


def test_explain_takes_a_code_or_a_name_and_asks_back_when_several_fit(
    warehouse: Path, ds: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    plant = ds.measurements["plant_id"].iloc[0]
    name = ds.plants.set_index("plant_id").at[plant, "name"]
    assert run(["explain", plant, "--warehouse", str(warehouse), "--period", "before"]) == 0
    assert name in capsys.readouterr().out
    assert run(["explain", "公司", "--warehouse", str(warehouse)]) == 2
    assert "请写全称" in capsys.readouterr().err


def test_a_broken_program_says_so_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cpaudit.views.tables.systems.systems", lambda: 1 / 0)
    assert run(["systems", "list"]) == 70
    error = capsys.readouterr().err
    assert "--debug" in error
    assert "Traceback" not in error


def test_a_reader_that_leaves_early_is_no_error(warehouse: Path) -> None:
    with subprocess.Popen(
        [*CLI, "progress", "--by", "plant", "--warehouse", str(warehouse)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.read(10)
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


@pytest.mark.parametrize(
    ("asked", "heading"),
    [
        (["--level", "I"], "距Ⅰ级的差距"),
        (["--level", "I", "--show", "way"], "达到Ⅰ级的最小改进"),
        (["--show", "open"], "缺失数据的影响"),
    ],
)
def test_explain_tells_what_stops_a_level_the_way_up_and_what_is_open(
    warehouse: Path, ds: Dataset, capfd: pytest.CaptureFixture[str], asked: list[str], heading: str
) -> None:
    after = ds.measurements[(ds.measurements["period"] == "after") & (ds.measurements["state"] == "reported")]
    plant = str(after["plant_id"].iloc[0])
    assert run(["explain", plant, "--warehouse", str(warehouse), *asked]) == 0
    assert heading in capfd.readouterr().out


def test_explain_needs_a_level_to_find_the_way_to(warehouse: Path, ds: Dataset, capfd: pytest.CaptureFixture[str]) -> None:
    plant = str(ds.measurements["plant_id"].iloc[0])
    assert run(["explain", plant, "--warehouse", str(warehouse), "--show", "way"]) == 2
    assert "--level" in capfd.readouterr().err
