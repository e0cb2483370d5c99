"""What a command ends with tells a script what happened: the same six numbers, for every command that there is."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from cpaudit import snapshots
from cpaudit.cli import commands, main, run
from tests.support.paths import ROOT

DAY = dt.date(2022, 11, 15)


class Places:
    """Folders and files that the commands below are given."""

    def __init__(self, top: Path, sixty: Path) -> None:
        self.top = top
        self.raw, self.warehouse, self.few = sixty / "raw", sixty / "warehouse", sixty / "few"
        self.file, self.empty, self.broken = top / "file", top / "empty", top / "broken.xlsx"
        self.plant = str(snapshots.read(self.warehouse)[1]["plants"]["plant_id"].iloc[0])
        self.damaged = top / "damaged"
        shutil.copytree(self.warehouse, self.damaged)
        (self.damaged / "hebei-2021-2" / str(DAY) / "current").unlink()
        self.file.write_text("no folder")
        self.empty.mkdir()
        self.broken.write_bytes(b"PK\x03\x04 no workbook")
        (top / "broken.yaml").write_text("a: [1\n")
        self.message = top / "提示.wecom.json"
        self.message.write_text('{"msgtype": "text", "text": {"content": "示范"}}', encoding="utf-8")
        self.pipe, self.loop, self.long, self.blocked = top / "pipe", top / "loop", "n" * 300, top / "blocked"
        os.mkfifo(self.pipe)
        self.loop.symlink_to(self.loop)
        (self.blocked / "上报" / "石家庄市.xlsx").mkdir(parents=True)  # where a file is to be written
        shutil.copy(ROOT / "data/reference/indicator_systems/demo_general.yaml", top / "demo_general.yaml")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, sixty: Path) -> Places:
    return Places(tmp_path_factory.mktemp("codes"), sixty)


@pytest.fixture
def places(made: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """The services end at once; everything is written into a fresh folder."""
    from cpaudit.bench.common import Result

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CPAUDIT_WAREHOUSE", str(made.warehouse))
    monkeypatch.setenv("CPAUDIT_WEBHOOK", "https://example.invalid/x?key=y")
    monkeypatch.setattr("cpaudit.serving.serve", lambda **given: snapshots.read(given["warehouse"]))
    monkeypatch.setattr("cpaudit.serving.lab.serve_lab", lambda *given, **more: None)
    monkeypatch.setattr("cpaudit.bench.run", lambda names: [Result("x", 1.0, "倍", "1", "y")])
    # Both have tests of their own: tests/cli/test_machine.py.
    monkeypatch.setattr("cpaudit.cli.machine.demo.cpaudit", SimpleNamespace(main=lambda *given, **more: 0))
    monkeypatch.setattr("cpaudit.desk.bundling.collect", lambda folder, *given, **more: (folder.mkdir(), 1)[1:] * 2)
    return made


#: Command → arguments with which it does its work on a sample that has errors, and the code that says so.
WORKS: dict[str, tuple[str, int]] = {
    "sample": ("new --plants 60", 0),
    "load": ("{raw} --as-of 2022-11-15 --dry-run", 1),
    "problems": ("", 0),
    "warehouse list": ("", 0),
    "warehouse verify": ("", 0),
    "warehouse remove": ("2022-11-15 --yes --warehouse copy", 0),
    "warehouse prune": ("--keep 1", 0),
    "warehouse backup": ("new.zip", 0),
    "warehouse restore": ("kept.zip --warehouse new", 0),
    "check": ("{raw}/上报/石家庄市.xlsx --as-of 2022-11-15 --out marked.xlsx", 1),
    "template": ("progress --unit 石家庄市", 0),
    "match": ("", 0),
    "returns": ("--remind new", 0),
    "reconcile": ("", 0),
    "diff": ("2022-11-15 2022-11-15", 0),
    "compare": ("", 0),
    "carry-over": ("", 0),
    "trace": ("石家庄市 --raw {raw}", 0),
    "progress": ("", 0),
    "attainment": ("", 0),
    "benefits": ("", 0),
    "score": ("", 0),
    "explain": ("{plant}", 0),
    "funnel": ("", 0),
    "pace": ("", 0),
    "bulletin": ("", 0),
    "forecast": ("", 0),
    "plausibility": ("", 0),
    "handover": ("", 0),
    "summary": ("--unit 石家庄市", 0),
    "systems list": ("", 0),
    "systems show": ("cement_2014", 0),
    "systems check": ("", 0),
    "systems template": ("", 0),
    "systems import": ("template.xlsx", 3),
    "systems confirm": ("{top}/demo_general.yaml", 3),
    "programmes check": ("", 0),
    "programmes new": ("new-1 --title 一 --issuer 厅 --province 湖北 --roster 甲 --step 通过验收=2027-12-31", 0),
    "report": ("--unit 石家庄市 --out new", 0),
    "dashboards": ("", 0),
    "dashboards export": ("new --no-plants --jobs 1 --warehouse {few}", 0),
    "lab": ("new", 0),
    "bench": ("", 0),
    "demo": ("new", 0),
    "desktop": ("", 0),
    "recipes": ("cron --out new", 0),
    "bundle": ("new", 0),
    "init": ("new", 0),
    "definitions list": ("", 0),
    "definitions copy": ("units.csv", 0),
    "definitions check": ("", 0),
    "upgrade": ("", 0),
    "letterhead": ("new", 0),
    "digest": ("--unit 石家庄市", 0),
    "digest-send": ("{message}", 0),
}
#: Those that do their work in a workspace alone.
AT_HOME = ("definitions check", "definitions copy", "upgrade")
#: Commands → arguments with which nothing can be written or shown: a file is damaged or missing, a folder empty or no folder.
NOTHING = {
    "sample": ["{file} --plants 60", "{loop} --plants 60"],
    "load": [
        *("{top}/none", "{empty}", "{broken}", "{raw}/系统导出", "{raw} --decisions none", "{raw} --warehouse {file}"),
        *("{loop}", "{long}", "{raw}/名单 --decisions {pipe}", "{raw}/名单 --decisions /dev/zero"),
    ],
    "check": ["{top}/none.xlsx", "{broken}", "{empty}", "{raw}/上报/石家庄市.xlsx --as-of 2022-11-15 --out {file}/x.xlsx"],
    "template": ["progress --out {file}/x.xlsx"],
    "trace": ["石家庄市 --raw {top}/none", "石家庄市 --raw {long}"],
    "progress": ["--out {file}/x", "--out {loop}", "--out {long}", "--warehouse {long}"],
    "returns": ["--out {file}/x", "--remind {file}"],
    "handover": ["--out {file}"],
    "report": ["--unit 石家庄市 --out {file}"],
    "systems check": ["{top}/none.yaml", "{empty}", "{pipe}", "{loop}"],
    "systems import": ["{top}/none.docx", "{broken}", "{empty}"],
    "systems confirm": ["{top}/none.yaml", "{empty}", "{top}/broken.yaml", "{pipe}", "{loop}"],
    "systems template": ["--out {file}/x.xlsx"],
    "programmes new": ["new-1 --title 一 --issuer 厅 --province 湖北 --roster 甲 --step 通过验收=2027-12-31 --out {file}/x.yaml"],
    "programmes check": ["{top}/none.yaml", "{empty}", "{pipe}", "{loop}", "{long}"],
    "dashboards export": ["{file} --no-plants --jobs 1 --warehouse {few}"],
    "lab": ["{file}", "{loop}"],
    "warehouse backup": ["{file}/x.zip"],
    "warehouse restore": ["{top}/none.zip", "{broken}", "{empty}", "{pipe}"],
    "bench": ["--json {file}/x"],
    "init": ["{file}", "{file}/new"],
    "letterhead": ["{file}", "{file}/new"],
    "digest": ["--unit 石家庄市 --out {file}"],
    "digest-send": ["{top}/none.json", "{file}", "{pipe}", "{empty}", "{message} {file}"],
}
#: What is wrong beside what every command may be given wrong.
WRONG = {
    "sample": ["x --plants 1", "x --as-of yesterday", "x --as-of 9999-12-31", "{blocked} --plants 60"],
    "load": ["", "{raw} --as-of 9999-12-31", "{raw} --as-of 9999-12-31 --dry-run", "{raw} --programme none"],
    "check": ["{raw}/上报/石家庄市.xlsx --as-of 9999-12-31", "{raw}/上报/石家庄市.xlsx --programme none"],
    "demo": ["new --plants 5"],
    "recipes": ["none"],
    "desktop": ["none"],
    "bundle": ["", "new --platform amiga", "new --without x"],
    "template": ["none"],
    "diff": ["2022-11-15", "2022-11-15 2022-01-01"],
    "trace": ["无此企业", "无此\udcff"],
    "compare": ["--unit 武汉市", "hebei-2021-2/2099-01-01", "hebei-2021-2 hebei-2021-2", "--plant 某厂"],
    "explain": ["", "无此企业", "无此\udcff"],
    "score": ["--plant 无此企业", "--plant 无此\udcff"],
    "benefits": ["--by curve --benefit 无"],
    "bulletin": ["--milestone 无", "--since 9999-12-31"],
    "summary": [""],
    "report": ["", "--kind none --all", "--all --as-of 2100-12-31", "--all --format docx --reference-doc none"],
    "dashboards export": ["new --as-of 2100-12-31"],
    "systems show": ["none"],
    "programmes new": ["", "new-1", "new-1 --title 一 --issuer 厅 --province 湖北 --roster 甲 --step 验收=明年"],
    "warehouse remove": ["2022-11-15", "2022-11-14 --yes", "today --yes"],
    "warehouse prune": ["", "--keep 0"],
    "warehouse backup": ["", "new.tar"],
    "warehouse restore": [""],
    "bench": [],
    "dashboards": ["nothing"],
    "init": [""],
    "letterhead": [""],
    "digest": ["--format ics", "--format text,md", "--format ,", "--as-of 2100-12-31"],
    "digest-send": [""],
    "definitions copy": ["", "none", "../units.csv"],
}
#: Commands that open no snapshot of the warehouse that they are given.
UNOPENED = {"load", "lab", "desktop", "warehouse restore"}


def leaves(group: click.Group | None = None, before: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    for name, command in (group or commands()).commands.items():
        path = (*before, name)
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield " ".join(path), command
        if isinstance(command, click.Group):
            yield from leaves(command, path)


LEAVES = dict(leaves())


def call(name: str, arguments: str, places: Places) -> list[str]:
    return [*name.split(), *(word.format(**vars(places)) for word in arguments.split())]


def given(arguments: str, option: str, value: object) -> str:
    """Return the arguments with that value of the option, and no other."""
    return f"{re.sub(rf'{option} [^ ]+', '', arguments)} {option} {value}"


def has(name: str, option: str) -> bool:
    return any(option in parameter.opts for parameter in LEAVES[name].params)


def told(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr()
    error = said.err or said.out  # what is wrong with definitions is the answer that was asked for
    assert "Traceback" not in error
    assert error.endswith("。\n"), error
    return error


def test_every_command_has_its_cases() -> None:
    assert set(LEAVES) == set(WORKS)
    assert set(NOTHING) | set(WRONG) <= set(LEAVES)


@pytest.mark.parametrize("name", WORKS)
def test_a_command_that_did_its_work(name: str, places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "systems import":
        assert run(["systems", "template", "--out", "template.xlsx"]) == 0
    if name == "warehouse remove":
        shutil.copytree(places.warehouse, "copy")
    if name == "warehouse restore":
        assert run(["warehouse", "backup", "kept.zip"]) == 0
    if name in AT_HOME:
        assert run(["init", "office"]) == 0
        monkeypatch.setenv("CPAUDIT_PROJECT", "office")
    arguments, code = WORKS[name]
    assert run(call(name, arguments, places)) == code


@pytest.mark.parametrize("name", WORKS)
def test_wrong_usage(name: str, places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    good = WORKS[name][0]
    wrong = [*WRONG.get(name, []), f"{good} --no-such-option"]
    wrong += [given(good, "--unit", unit) for unit in ("北京市", "北\udcff")] if has(name, "--unit") else []
    wrong += [given(good, "--as-of", day) for day in ("2022-13-01", "0001-01-01")] if has(name, "--as-of") else []
    wrong += [given(good, "--format", "pdf2")] if has(name, "--format") else []
    wrong += [given(good, "--warehouse", places.empty)] if has(name, "--warehouse") and name not in UNOPENED else []
    for arguments in wrong:
        assert run(call(name, arguments, places)) == 2, arguments
        told(capsys)


@pytest.mark.parametrize("name", LEAVES)
def test_an_option_of_one_value_given_twice_is_refused_and_none_is_taken_in_silence(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for option in LEAVES[name].params:
        if not isinstance(option, click.Option) or option.multiple or option.is_flag:
            continue
        for spelt in option.opts:
            for words in ([spelt, "1", spelt, "2"], [f"{spelt}=1", spelt, "1"]):
                assert run([*name.split(), *words]) == 2
                assert f"选项 {option.opts[0]} 给了 2 次" in told(capsys)


@pytest.mark.parametrize("name", WORKS)
def test_nothing_was_written(name: str, places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    lost = list(NOTHING.get(name, []))
    if has(name, "--warehouse") and not name.startswith("warehouse") and name not in UNOPENED:
        lost.append(given(WORKS[name][0], "--warehouse", places.damaged))
    for arguments in lost:
        assert run(call(name, arguments, places)) == 3, arguments
        told(capsys)


@pytest.mark.parametrize("name", WORKS)
def test_a_fault_of_the_program_and_an_interruption(
    name: str, places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for error, code in ((ZeroDivisionError("x"), 70), (KeyboardInterrupt(), 130)):

        def fail(error: BaseException = error, **_: object) -> None:
            raise error

        monkeypatch.setattr(LEAVES[name], "callback", fail)
        assert run(call(name, WORKS[name][0], places)) == code
        told(capsys)


def test_an_interruption_before_there_is_a_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cpaudit.cli.screen.take_over", interrupted)
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 130
    assert capsys.readouterr().err == ""


def test_the_data_have_errors(places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """1 says: there is something to be put right, and what could be written is."""
    assert run(call("load", "{raw} --as-of 2022-11-15 --warehouse new", places)) == 1
    assert snapshots.dates(tmp_path / "new") == [DAY]
    assert run(call("check", "{raw}/上报/石家庄市.xlsx --as-of 2022-11-15 --out marked.xlsx", places)) == 1
    assert (tmp_path / "marked.xlsx").exists()
    for kind in ("systems", "programmes"):
        assert run(call(f"{kind} check", "{top}/broken.yaml", places)) == 1
    assert run(call("trace", "石家庄市 --raw {empty}", places)) == 1
    assert run(call("warehouse list", "--warehouse {damaged}", places)) == 1


@pytest.mark.parametrize(("failing", "code"), [({"衡水市"}, 1), ({"衡水市", "石家庄市"}, 3)], ids=["one", "all"])
def test_reports_that_failed(failing: set[str], code: int, places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """1 where the others are there, 3 where there is none."""
    from cpaudit.reports.outcomes import Outcome

    outcomes = [
        Outcome(name, "failed", 1.0, error="x") if name in failing else Outcome(name, "ok", 1.0)
        for name in ("衡水市", "石家庄市")
    ]
    monkeypatch.setattr("cpaudit.reports.run", lambda *_, **__: outcomes)
    assert run(["report", "--unit", "衡水市", "--unit", "石家庄市"]) == code


def test_load_interrupted_at_the_keyboard_leaves_what_was_there(places: Places, tmp_path: Path) -> None:
    home = tmp_path / "copy"
    shutil.copytree(places.warehouse, home)
    version = snapshots.newest(home)
    command = [sys.executable, "-P", "-m", "cpaudit", "load", str(places.raw), "--as-of", "2022-11-16", "--warehouse", str(home)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stderr
        process.stderr.readline()  # the first file is being read
        process.send_signal(signal.SIGINT)
        assert "已按要求停止。" in process.stderr.read()
    assert process.returncode == 130
    assert snapshots.newest(home) == version


def test_the_handbook_tells_every_code() -> None:
    codes = ["0", "1", "2", "3", "70", "130"]
    table = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (\d+) \|", table.partition("## 退出码")[2].partition("\n## ")[0], re.M) == codes
    for path in ("README.md", "README.en.md", "docs/analyst.md"):
        line = next(x for x in (ROOT / path).read_text(encoding="utf-8").splitlines() if re.match(r"(- )?(退出码|Exit codes)", x))
        assert re.findall(r"(\d+) (?=\w)", line) == codes, path
