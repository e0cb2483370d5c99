"""The recipes for work at set times: they run as they stand, and never make reports of old data after a load that failed."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cpaudit.cli import run
from cpaudit.desk.recipes import RECIPES, files, placed
from tests.support.paths import ROOT
from tests.support.workspaces import NOTICE, own

Told = pytest.CaptureFixture[str]
#: What cron gives a program, and little more.
BARE = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C", "HOME": "/"}
#: A path with what shells, units and Python make something else of.
ODD = "工作 区 'a' $HOME `b` 100% \"c\""


pytestmark = pytest.mark.usefixtures("nowhere")


class Office:
    """A folder with a program that notes how it is called, and ends as it is told to."""

    def __init__(self, folder: Path, load: int = 0, report: int = 0) -> None:
        self.home, self.programs, self.out, self._log = folder, folder / ".venv" / "bin", folder / "结 果", folder.parent / "log"
        self.programs.mkdir(parents=True)
        (folder / "cpaudit.toml").touch()
        program = self.programs / "cpaudit"
        log = shlex.quote(str(self._log))
        said = f'printf "%s\\n" "$PWD" "$@" "" >> {log}; case $1 in load) exit {load};; report) exit {report};; esac; exit 99'
        program.write_text(f"#!/bin/sh\n{said}\n", encoding="utf-8")
        program.chmod(0o755)

    def texts(self, name: str) -> dict[str, str]:
        return placed(name, self.home, self.programs, self.out)

    def calls(self) -> list[list[str]]:
        """What was called: each time the folder, the command, its arguments."""
        return [each.split("\n") for each in self._log.read_text(encoding="utf-8").split("\n\n") if each]


def cron(texts: dict[str, str], folder: Path) -> int:
    (folder / "daily.sh").write_text(texts["daily.sh"], encoding="utf-8")
    return subprocess.run(["bash", folder / "daily.sh"], cwd="/", env=BARE, check=False).returncode


def systemd(texts: dict[str, str], _folder: Path) -> int:
    """Obey the unit as systemd.service(5) says of Type=oneshot."""
    unit = configparser.RawConfigParser(strict=False, comment_prefixes="#")
    commands = re.findall(r"^ExecStart=(.+)$", texts["cpaudit-reports.service"], re.M)
    unit.read_string(texts["cpaudit-reports.service"])
    said = unit["Service"]
    assert said["Type"] == "oneshot"
    fine = {0, *map(int, said["SuccessExitStatus"].split())}
    for line in commands:
        words = [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(line)]
        place = said["WorkingDirectory"].replace("%%", "%")
        code = subprocess.run(words, cwd=place, env=BARE, check=False).returncode
        if code not in fine:
            return code
    return 0


def airflow(version: int) -> Callable[[dict[str, str], Path], int]:
    """Obey the DAG as Airflow does: a shell for each task, and none after one that failed."""

    def obey(texts: dict[str, str], _folder: Path) -> int:
        tasks: list[Any] = []

        class Task:
            def __init__(self, **said: Any) -> None:
                self.said, self.after = said, [None]
                tasks.append(self)

            def __rshift__(self, other: Any) -> None:
                other.after = [self]

        class Dag:
            def __init__(self, _name: str, **said: Any) -> None:
                assert said["max_active_runs"] == 1
                assert said["start_date"].utcoffset() is not None

            def __enter__(self) -> Dag:
                return self

            def __exit__(self, *_: object) -> None:
                return None

        names = {
            2: {"airflow": {"DAG": Dag}, "airflow.operators": {}, "airflow.operators.bash": {"BashOperator": Task}},
            3: {
                **{"airflow": {}, "airflow.providers": {}, "airflow.providers.standard": {}},
                **{"airflow.providers.standard.operators": {}, "airflow.sdk": {"DAG": Dag}},
                "airflow.providers.standard.operators.bash": {"BashOperator": Task},
            },
        }[version]
        with pytest.MonkeyPatch.context() as patch:
            for name, holds in names.items():
                module = types.ModuleType(name)
                module.__dict__.update(holds, __path__=[])
                patch.setitem(sys.modules, name, module)
            exec(compile(texts["cpaudit_reports.py"], "dag", "exec"), {"__name__": "dag"})
        done: set[Any] = {None}
        worst = 0
        for task in tasks:
            if not done.issuperset(task.after):
                continue
            shell = ["bash", "-c", task.said["bash_command"]]
            environment = {**(BARE if task.said["append_env"] else {}), **task.said["env"]}
            code = subprocess.run(shell, cwd=task.said["cwd"], env=environment, check=False).returncode
            worst = worst or code
            done |= set() if code else {task}
        return worst

    return obey


OBEY = {"cron": cron, "systemd": systemd, "airflow": airflow(3), "airflow 2": airflow(2)}


@pytest.mark.parametrize("how", OBEY)
@pytest.mark.parametrize("code", [0, 1])
def test_what_was_loaded_is_reported_also_where_the_data_have_errors(how: str, code: int, tmp_path: Path) -> None:
    office = Office(tmp_path / ODD, load=code)
    assert OBEY[how](office.texts(how.split(maxsplit=1)[0]), tmp_path) == 0
    load, report = office.calls()
    assert load == [str(office.home), "load"]
    assert report[:3] == [str(office.home), "report", "--all"]
    assert report[-2:] == ["--out", str(office.out)]


@pytest.mark.parametrize("how", OBEY)
@pytest.mark.parametrize("code", [2, 3, 70, 127, 130])
def test_after_a_load_that_failed_no_report_is_made_and_the_failure_is_told(how: str, code: int, tmp_path: Path) -> None:
    office = Office(tmp_path / "office", load=code)
    assert OBEY[how](office.texts(how.split(maxsplit=1)[0]), tmp_path) != 0
    assert [call[1] for call in office.calls()] == ["load"]


@pytest.mark.parametrize("how", ["cron", "airflow", "airflow 2"])
def test_a_report_that_failed_is_told(how: str, tmp_path: Path) -> None:
    office = Office(tmp_path / "office", report=3)
    assert OBEY[how](office.texts(how.split(maxsplit=1)[0]), tmp_path) == 3


def test_where_the_folder_or_the_program_is_gone_nothing_is_made(tmp_path: Path) -> None:
    office = Office(tmp_path / "office")
    texts = office.texts("cron")
    shutil.rmtree(office.programs)
    assert cron(texts, tmp_path) == 127
    shutil.rmtree(office.home)
    assert cron(texts, tmp_path) == 3


def test_without_a_workspace_data_raw_is_loaded(tmp_path: Path) -> None:
    office = Office(tmp_path / "office")
    (office.home / "cpaudit.toml").unlink()
    assert cron(office.texts("cron"), tmp_path) == 0
    assert office.calls()[0][1:] == ["load", "data/raw"]


@pytest.mark.parametrize("name", RECIPES)
def test_the_documentation_holds_each_file_whole(name: str) -> None:
    page = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
    for text in files(name).values():
        assert f"\n{text}```\n" in page


def test_the_command_lists_prints_and_writes_them_and_overwrites_nothing(tmp_path: Path, capsys: Told) -> None:
    assert run(["recipes"]) == 0
    said = capsys.readouterr().out
    assert all(name in said and file in said for name in RECIPES for file in files(name))
    assert run(["recipes", "cron"]) == 0
    assert capsys.readouterr().out == files("cron")["daily.sh"]
    assert run(["recipes", "--out", "files"]) == 0
    assert {p.name for p in Path("files").iterdir()} == {name for each in RECIPES for name in files(each)}
    Path("files/daily.sh").write_text("mine", encoding="utf-8")
    capsys.readouterr()
    assert run(["recipes", "cron", "--out", "files"]) == 2
    assert Path("files/daily.sh").read_text(encoding="utf-8") == "mine"
    assert run(["recipes", "windows"]) == 2
    assert "可选 cron、systemd、airflow" in capsys.readouterr().err


def test_in_a_workspace_they_name_it_and_the_program_that_runs(tmp_path: Path, capsys: Told) -> None:
    assert run(["init", "工作 区"]) == 0
    assert run(["recipes", "systemd", "--project", "工作 区", "--out", "files"]) == 0
    unit = Path("files/cpaudit-reports.service").read_text(encoding="utf-8")
    assert f"WorkingDirectory={tmp_path / '工作 区'}\n" in unit
    assert f'--out "{tmp_path / "工作 区" / "output" / "reports"}"\n' in unit
    assert "/srv/" not in unit


@pytest.mark.slow
def test_the_cron_job_of_a_workspace_reads_what_came_and_reports_it_and_keeps_reports_where_nothing_can_be_read(
    tmp_path: Path, capsys: Told
) -> None:
    """The real program, two runs at the same time, then one that can't read what came."""
    assert run(["init", "工作 区"]) == 0
    office = own(tmp_path / "工作 区")
    notice = ["programmes", "new", "yunhe-2027", *NOTICE, "--unit", "示例云河县", "--unit", "示例云山县"]
    assert run([*notice, "--project", str(office), "--out", str(office / "definitions/programmes/yunhe-2027.yaml")]) <= 1
    toml = office / "cpaudit.toml"
    said = toml.read_text(encoding="utf-8")
    toml.write_text(said.replace('# programme = "hebei-2021-2"', 'programme = "yunhe-2027"'), encoding="utf-8")
    assert run(["sample", str(office / "incoming"), "--project", str(office), "--plants", "60"]) == 0
    program = office / ".venv" / "bin" / "cpaudit"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m cpaudit "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    out = tmp_path / "结 果"
    script = tmp_path / "daily.sh"
    text = placed("cron", office, program.parent, out)["daily.sh"]
    script.write_text(text.replace("html,docx,pdf,xlsx", "html,xlsx"), encoding="utf-8")
    both = [subprocess.Popen(["bash", script], cwd="/", env=BARE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [each.communicate(timeout=300)[1] for each in both]
    assert [each.returncode for each in both] == [0, 0], told
    made = {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()}
    assert [name for name in made if name.endswith(".xlsx")]
    shutil.rmtree(office / "incoming")
    (office / "incoming").mkdir()
    assert subprocess.run(["bash", script], cwd="/", env=BARE, capture_output=True, check=False).returncode == 3
    assert {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()} == made
