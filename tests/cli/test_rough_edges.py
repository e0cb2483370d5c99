"""What stood in the way of somebody who tried it for the first time, each edge with its neighbours."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import click
import openpyxl
import pytest

import cpaudit as cp
from cpaudit import cli
from cpaudit.analysis import attainment, benefits, progress
from cpaudit.cli import run
from cpaudit.cli.terminal.layout import lines, width
from cpaudit.dataset import Dataset
from cpaudit.errors import CpauditError
from cpaudit.render import tabular
from cpaudit.render.paper import docx, pdf
from cpaudit.render.web import html, markdown
from cpaudit.views.page import Page
from cpaudit.views.tables import base, explanations

Told = pytest.CaptureFixture[str]
COMMANDS = cli.commands()


pytestmark = pytest.mark.usefixtures("nowhere")


def leaves(command: click.Command = COMMANDS, *path: str) -> list[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with how it is called."""
    own = [] if isinstance(command, click.Group) and not command.invoke_without_command else [(path, command)]
    below = command.commands.items() if isinstance(command, click.Group) else ()
    return own + [leaf for name, each in below for leaf in leaves(each, *path, name)]


LEAVES = leaves()
NAMES = [" ".join(path) for path, _ in LEAVES]

# -- the whole stands below its parts, and is no part of the data


@pytest.mark.parametrize("of", ["progress", "attainment", "benefits"])
def test_a_table_of_units_ends_with_the_whole_province_and_its_data_do_not(
    of: str, warehouse: Path, ds: Dataset, tmp_path: Path, capsys: Told
) -> None:
    assert run([of, "--by", "unit", "--warehouse", str(warehouse)]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    assert rows[-1].startswith("│ 全省")
    counted = {"progress": progress.summary(ds)["listed"], "attainment": attainment.summary(ds)["plants"]}
    whole = int(counted.get(of, benefits.totals(ds)["plants"]).iloc[0])
    assert rows[-1].split("│")[2].strip() == f"{whole:,}"
    for kind in ("csv", "json"):
        assert run([of, "--by", "unit", "--warehouse", str(warehouse), "--format", kind]) == 0
        said = capsys.readouterr().out
        found = list(csv.reader(io.StringIO(said)))[1:] if kind == "csv" else json.loads(said)
        assert len(found) == 14
        assert "全省" not in said
    assert run([of, "--by", "unit", "--warehouse", str(warehouse), "--format", "xlsx", "--out", "t.xlsx"]) == 0
    sheet = openpyxl.load_workbook("t.xlsx").active
    assert sheet
    at = next(row for row in range(4, 30) if sheet.cell(row, 1).value == "全省")
    assert sheet.cell(at, 2).value == whole
    assert sheet.auto_filter.ref.endswith(str(at - 1))


@pytest.mark.parametrize("by", ["industry", "roster", "cohort"])
def test_of_other_groups_too_and_of_one_alone_there_is_none(by: str, ds: Dataset) -> None:
    for make in (base.progress, base.attainment):
        made = make(ds, by)
        assert bool(made.total) == (len(made.frame) > 1)
        one = make(ds.select(unit="辛集", industry="水泥"), by)
        assert bool(one.total) == (len(one.frame) > 1)


def test_of_a_part_it_is_called_a_sum(ds: Dataset) -> None:
    made = base.progress(ds.select(unit="石家庄"), "industry")
    assert made.total["industry"] == "合计"
    assert made.total["listed"] == len(ds.select(unit="石家庄").plants)


def test_it_stands_in_papers_and_pages_and_a_notebook_keeps_it(ds: Dataset) -> None:
    from cpaudit.render.notebook.stored import block_json, block_of

    made = base.progress(ds, "unit")
    page = Page("p", "进度", "", None, (made,))
    assert re.search(r"\| 全省 \| 446 \|", markdown.page(page))
    assert "<tfoot>" in html.table_html(made)
    assert html.table_html(made).index("</tbody>") < html.table_html(made).index("全省")
    assert "全省" in _words(docx.write(page, {}))
    assert pdf.write(page, {})[:5] == b"%PDF-"
    kept = block_of(json.loads(json.dumps(block_json(made))))
    assert tabular.to_text(kept) == tabular.to_text(made)


def _words(document: bytes) -> str:
    import docx as library

    return "\n".join(cell.text for t in library.Document(io.BytesIO(document)).tables for row in t.rows for cell in row.cells)


# -- a yes is a yes


def test_what_is_answered_by_yes_or_no_is_shown_so_and_stays_a_number_as_data(ds: Dataset) -> None:
    wanted = {(s.id, i.id) for s in cp.indicators.systems().values() for i in s.indicators() if i.answer == "yes_no"}
    mine = ds.measurements[[pair in wanted for pair in zip(ds.measurements["system"], ds.measurements["indicator"], strict=True)]]
    row = mine[(mine["state"] == "reported") & (mine["period"] == "after")].iloc[0]
    made = explanations.explanation(ds, row["plant_id"], "after")
    names = {i.name for s in cp.indicators.systems().values() for i in s.indicators() if (s.id, i.id) in wanted}
    text = tabular.to_text(made)
    asked = [line.split("│") for line in text.splitlines() if line.startswith("│") and line.split("│")[3].strip() in names]
    assert asked
    assert {cells[6].strip() for cells in asked} <= {"是", "否", "—"}
    data = json.loads(tabular.to_json(made))
    assert {r["value"] for r in data if r["name"] in names} <= {0, 1, None}
    assert all(isinstance(r["value"], int | float | None) for r in data)
    assert "是" in html.table_html(made)


# -- on a terminal


def on_a_terminal(*arguments: str) -> str:
    code = f"from cpaudit.cli import main; main({list(arguments)!r})"
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", code], stdout=theirs, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    os.close(theirs)
    said = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        said += piece
    os.close(ours)
    assert process.wait() == 0
    return said.decode()


@pytest.mark.posix
def test_a_long_answer_is_cut_on_a_terminal_and_says_how_long_it_is(sixty: Path, capsys: Told) -> None:
    said = on_a_terminal("problems", "--warehouse", str(sixty / "warehouse"))
    assert run(["problems", "--warehouse", str(sixty / "warehouse"), "--format", "json"]) == 0
    count = len(json.loads(capsys.readouterr().out))
    rows = [line for line in said.splitlines() if line.startswith("│ ")]
    if count > 200:
        assert len(rows) == 200
        assert f"列出前 200 行，共 {count:,} 行" in said
    else:
        assert len(rows) == count
    assert run(["problems", "--warehouse", str(sixty / "warehouse")]) == 0
    assert len([line for line in capsys.readouterr().out.splitlines() if line.startswith("│ ")]) == count


@pytest.mark.slow
@pytest.mark.posix
def test_an_export_that_is_interrupted_ends_cleanly_and_leaves_nothing(warehouse: Path, tmp_path: Path) -> None:
    given = [sys.executable, "-P", "-m", "cpaudit", "dashboards", "export", "out", "--no-plants", "--warehouse", str(warehouse)]
    process = subprocess.Popen(given, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stderr
    assert "导出看板" in process.stderr.readline()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    rest = process.stderr.read()
    assert process.wait(timeout=60) == 130
    assert "已按要求停止" in rest
    assert "Traceback" not in rest
    assert not list((tmp_path / "out").rglob("*")) if (tmp_path / "out").exists() else True


# -- help


@pytest.mark.parametrize("columns", [60, 80, 110])
@pytest.mark.parametrize(("path", "command"), LEAVES, ids=NAMES)
def test_help_fits_the_terminal_and_breaks_no_word(path: tuple[str, ...], command: click.Command, columns: int) -> None:
    context = command.make_context("cpaudit " + " ".join(path), [], resilient_parsing=True, terminal_width=columns)
    said = command.get_help(context)
    long = [line for line in said.splitlines() if width(line) > columns]
    # What can't be broken may stand out: a choice of words that is one.
    assert [line for line in long if not re.fullmatch(r"\s*\S+( \S+)?", line)] == []
    whole = " ".join(p.help or "" for p in command.params if isinstance(p, click.Option)) + (command.help or "")
    for word in set(re.findall(r"[A-Za-z0-9_./-]{4,}", whole)):
        assert word in said, word


@pytest.mark.parametrize("name", ["attainment", "progress", "benefits", "funnel", "pace", "diff", "reconcile", "compare"])
def test_help_says_what_by_can_be(name: str, capsys: Told) -> None:
    by = next(p for p in COMMANDS.commands[name].params if p.name == "by")
    assert run([name, "--help"]) == 0
    said = capsys.readouterr().out
    assert all(word in said for word in by.type.words)
    assert by.help


def test_lines_begin_with_no_closing_mark() -> None:
    text = "“快照”目录，默认 data/warehouse（或工作区的 warehouse）。写入文件；没有的，新建。" * 3
    for room in range(16, 60):
        found = lines(text, room)
        assert re.sub(r"\s", "", "".join(found)) == re.sub(r"\s", "", text)
        assert not [line for line in found if line[0] in "，。；：、！？”）"]


@pytest.mark.parametrize("where", ["before", "behind"])
def test_help_of_reports_tells_of_the_workspace_wherever_it_is_named(where: str, capsys: Told) -> None:
    assert run(["init", "office"]) == 0
    book = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    cell = {"cell_type": "code", "id": "p", "metadata": {"tags": ["parameters"]}, "source": "river = 'x'  # 河流"}
    book["cells"] = [{**cell, "outputs": [], "execution_count": None}]
    Path("office/reports/沿河.ipynb").write_text(json.dumps(book), encoding="utf-8")
    capsys.readouterr()
    named = ["--project", "office"]
    assert run(["report", *named, "--help"] if where == "before" else ["report", "--help", *named]) == 0
    assert "沿河" in capsys.readouterr().out


def test_every_command_takes_a_workspace() -> None:
    assert [
        name for name, (_, command) in zip(NAMES, LEAVES, strict=True) if "project" not in {p.name for p in command.params}
    ] == ["init"]


# -- what is given


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=NAMES)
def test_an_option_that_is_empty_is_refused(path: tuple[str, ...], command: click.Command, capsys: Told) -> None:
    """As where a shell's variable is empty: nothing is taken for everything."""
    for option in (p for p in command.params if isinstance(p, click.Option) and not p.is_flag):
        for given in ([option.opts[0], ""], [f"{option.opts[0]}="], [option.opts[0], "  "]):
            assert run([*path, *given]) == 2
            assert f"选项 {option.opts[0]} 后面是空的" in capsys.readouterr().err


LONG = "名" * 300


def _refused(*_: object) -> None:
    raise CpauditError("没有网络。")


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=NAMES)
def test_a_folder_for_a_file_and_a_name_that_is_too_long_are_no_fault_of_the_program(
    path: tuple[str, ...], command: click.Command, sixty: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    if path in (("bench",), ("lab",), ("desktop",), ("dashboards",), ("demo",)):  # which start something
        return
    Path("folder").mkdir()
    Path("file").touch()
    monkeypatch.setenv("CPAUDIT_WAREHOUSE", str(sixty / "few"))
    monkeypatch.setattr("cpaudit.desk.bundling.own_wheel", _refused)
    needed = {p.name: ["x"] for p in command.params if isinstance(p, click.Argument) and p.required}
    for parameter in command.params:
        if parameter.name in ("help", "project") or isinstance(parameter.type, click.types.BoolParamType):
            continue
        for value in ("folder", "file", LONG, f"{LONG}/x.csv", "file/x.csv"):
            given = {**needed, parameter.name: [value]} if isinstance(parameter, click.Argument) else needed
            words = [word for each in given.values() for word in each]
            words += [parameter.opts[0], value] if isinstance(parameter, click.Option) else []
            code = run([*path, *words])
            told = capsys.readouterr()
            assert code != 70, (words, told.err)
            assert "Traceback" not in told.err


@pytest.mark.parametrize(
    ("path", "command", "option"),
    [(path, command, p) for path, command in LEAVES for p in command.params if getattr(p.type, "folder", None) is not None],
    ids=[
        f"{' '.join(path)} {p.name}"
        for path, command in LEAVES
        for p in command.params
        if getattr(p.type, "folder", None) is not None
    ],
)
def test_that_it_cannot_write_is_said_before_anything_is_computed(
    path: tuple[str, ...], command: click.Command, option: click.Parameter, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    """No data set is opened, nothing is read, and nothing is left behind."""
    Path("file").touch()
    opened: list[object] = []
    monkeypatch.setattr("cpaudit.dataset.Dataset.open", lambda *a, **k: opened.append(a))
    needed = ["x" for p in command.params if isinstance(p, click.Argument) and p.required and p is not option]
    for value in (LONG, "file/below", *(["file"] if option.type.folder else [])):
        given = [value] if isinstance(option, click.Argument) else [option.opts[0], value]
        words = [*needed, *given]
        if path == ("summary",):
            words += ["--unit", "石家庄"]
        if path == ("warehouse", "backup"):
            continue
        assert run([*path, *words]) == 3, words
        assert "无法写入" in capsys.readouterr().err
    assert opened == []
    assert [p.name for p in Path().iterdir()] == ["file"]


@pytest.mark.parametrize("day", ["2022-11-15", "2022/11/15", "2022年11月15日"])
def test_a_day_is_taken_as_people_write_it(day: str, warehouse: Path, capsys: Told) -> None:
    assert run(["progress", "--as-of", day, "--warehouse", str(warehouse)]) == 0
    assert "2022-11-15" in capsys.readouterr().out


# -- what is written


def test_a_city_chooses_among_no_invented_systems(tmp_path: Path, sixty: Path) -> None:
    demos = {s.title for s in cp.indicators.systems().values() if s.status == "demonstration"}

    def offered(*more: str) -> set[str]:
        assert run(["template", "measurements", "--out", "t.xlsx", *more]) == 0
        book = openpyxl.load_workbook("t.xlsx")
        Path("t.xlsx").unlink()
        return {str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value}

    assert not demos & offered()
    assert demos & offered("--system", "demo_cement")
    assert demos & offered("--unit", "衡水", "--warehouse", str(sixty / "few"))


def test_nothing_hidden_is_left_where_something_could_not_be_written(warehouse: Path, tmp_path: Path, capsys: Told) -> None:
    Path("there.csv").mkdir()
    (tmp_path / "there.csv" / "x").touch()
    before = set(tmp_path.rglob("*"))
    wrong = ["progress", "--format", "csv", "--out", "there.csv", "--warehouse", str(warehouse)]
    assert run(wrong) == 3
    assert run(["handover", "--out", "there.csv/x", "--warehouse", str(warehouse)]) == 3
    assert run(["report", "--unit", "没有", "--out", "r", "--warehouse", str(warehouse)]) == 2
    assert run(["dashboards", "export", "d", "--as-of", "2000-01-01", "--warehouse", str(warehouse)]) == 2
    assert set(tmp_path.rglob("*")) == before


# -- in a workspace of one's own


@pytest.mark.slow
def test_a_report_says_what_the_office_has_written_in_its_own_words(sixty: Path, capsys: Told) -> None:
    assert run(["init", "office"]) == 0
    order = ["report", "--unit", "衡水", "--format", "html,xlsx", "--warehouse", str(sixty / "few")]
    assert run([*order, "--out", "plain", "--project", "-"]) == 0
    plain = next(Path("plain").glob("清洁生产审核报告_*.html")).read_text(encoding="utf-8")
    assert "列入名单" in plain
    words = "sentences:\n  - {says: 列入名单, write: 纳入本批审核}\n"
    Path("office/definitions/wording.yaml").write_text(words, encoding="utf-8")
    capsys.readouterr()
    assert run([*order, "--out", "own", "--project", "office"]) == 0
    own = next(Path("own").glob("清洁生产审核报告_*.html")).read_text(encoding="utf-8")
    assert "纳入本批审核" in own
    assert own.count("纳入本批审核") <= plain.count("列入名单")


def test_measurements_are_of_the_program_and_not_of_a_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    from cpaudit import bench, startup, workspace
    from cpaudit.bench.common import Result

    assert run(["init", "office"]) == 0
    Path("office/definitions/units.csv").write_text("unit,name\nwrong", encoding="utf-8")
    seen: list[object] = []

    def measure(_names: object) -> list[object]:
        seen.extend((workspace.current(), startup.environment()["CPAUDIT_PROJECT"]))
        return [Result("x", 1.0, "倍", "1", "y")]

    monkeypatch.setattr(bench, "run", measure)
    assert run(["bench", "scoring", "--project", "office"]) == 0
    assert seen == [None, "-"]
