"""What reaches the terminal: no name commands it. And what a folder that is shut or a full disk does to a command."""

from __future__ import annotations

import itertools
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cpaudit import snapshots
from cpaudit.fields import TABLES
from tests.support.builders import dataset, event, plant

#: What clears a terminal, sets its title, rings, goes back over the line, turns text around.
COMMANDS = ("\x1b[2J", "\x1b]0;owned\x07", "\x9b31m", "\x7f", "\u202e", "\u2066", "\b\b")
NAME = "示例厂" + "甲".join(COMMANDS) + "末"


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    ds = dataset(
        plants=[plant("t1", unit="tangshan", name=NAME)], events=[event("t1", "notified", "2022-01-05", unit="tangshan")]
    )
    frames = {name: getattr(ds, name) for name in TABLES}
    snapshots.write(tmp_path / "warehouse", "hebei-2021-2", ds.as_of, frames, demonstration=True, program_version="0")
    return tmp_path / "warehouse"


#: Runs command after command in one process, each as if it had just been started; says before each which one it is.
EACH = """
import json, sys
from cpaudit.cli import main
for at, arguments in enumerate(json.loads(sys.argv[1])):
    print(f"[{at}]", flush=True)
    print(f"[{at}]", file=sys.stderr, flush=True)
    try:
        main(arguments)
    except SystemExit as ended:
        print(f"<{ended.code}>", file=sys.stderr, flush=True)
"""


def each(*commands: list[str]) -> list[str]:
    return [sys.executable, "-c", EACH, json.dumps(commands)]


def parted(said: str, count: int) -> list[str]:
    """What each of the commands said."""
    parts = re.split(r"\[\d+\]\r?\n", said)[1:]
    assert len(parts) == count, said
    return parts


def on_a_terminal(*commands: list[str]) -> list[str]:
    """What each of the commands sends to a real terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(each(*commands), stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "dumb"})
    os.close(theirs)
    said = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        said += piece
    process.wait(60)
    os.close(ours)
    # both streams go to one terminal: each command is announced twice
    return parted(re.sub(r"(\[\d+\]\r?\n)\1", r"\1", said.decode(errors="replace")), len(commands))


def nothing_commands(said: str) -> bool:
    return not any(each in said for each in (*COMMANDS, "\x1b", "\x07", "\x9b", "\b"))


def test_a_name_commands_no_terminal_in_any_format(warehouse: Path) -> None:
    kinds = ("table", "csv", "json")
    for said in on_a_terminal(*(["progress", "--by", "plant", "--format", k, "--warehouse", str(warehouse)] for k in kinds)):
        assert "示例厂" in said
        assert nothing_commands(said)


def test_a_table_in_a_pipe_is_as_clean_and_data_stay_as_they_are(warehouse: Path) -> None:
    kinds = ("table", "csv")
    commands = [["progress", "--by", "plant", "--format", kind, "--warehouse", str(warehouse)] for kind in kinds]
    table, data = parted(subprocess.run(each(*commands), capture_output=True, check=True).stdout.decode(), 2)
    assert "示例厂" in table
    assert nothing_commands(table)
    assert NAME in data


def test_no_sentence_about_a_name_commands_the_terminal() -> None:
    commands = [
        ["load", NAME],
        ["load", "--roster", NAME],
        [NAME],
        ["progress", "--unit", NAME],
        ["progress", "--by", NAME],
        ["progress", "--as-of", NAME],
        ["progress", "--warehouse", NAME],
        ["explain", NAME],
        ["check", NAME],
        ["dashboards", "--access", NAME],
        ["dashboards", "--address", NAME],
        ["lab", f"/proc/{NAME}"],
    ]
    for command, said in zip(commands, on_a_terminal(*commands), strict=True):
        assert re.search(r"\S+.*<[1-9]\d*>", said, re.DOTALL), command
        assert said.strip().partition("<")[0], command
        assert nothing_commands(said), command


# -- shut folders


def without_privileges(*commands: list[str], cwd: Path) -> list[str]:
    """What each of the commands says as a user whom permissions bind, even where the tests run as root."""
    bound = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    done = subprocess.run([*bound, *each(*commands)], check=True, capture_output=True, cwd=cwd)
    return parted(done.stderr.decode(), len(commands))


def test_a_folder_that_may_not_be_entered_is_named_in_a_sentence(tmp_path: Path) -> None:
    """One that may be listed but not entered, neither, or nothing at all: the folder of returns, or one inside it."""
    closed, commands = [], []
    for which, mode in itertools.product([".", "石家庄"], [0o600, 0o400, 0o000]):
        folder = tmp_path / f"上报{mode}" / which / "上报"
        (folder / "石家庄").mkdir(parents=True)
        (folder / "石家庄" / "进度表.csv").write_text("企业名称\n甲\n", encoding="utf-8")
        for command in (["load", str(folder)], ["check", str(folder / "石家庄" / "进度表.csv")]):
            closed.append(folder / which)
            commands.append([*command, "--warehouse", "w"])
        (folder / which).chmod(mode)
    try:
        for folder, command, said in zip(closed, commands, without_privileges(*commands, cwd=tmp_path), strict=True):
            assert not said.endswith(("<0>\n", "<70>\n")), (command, said)
            assert "权限" in said, (command, said)
            assert "程序出错" not in said, (command, said)
            assert folder.name in said, (command, said)
    finally:
        for folder in closed:
            folder.chmod(0o700)
    assert not (tmp_path / "w").exists()


def test_a_warehouse_that_may_not_be_entered_is_named_in_a_sentence(warehouse: Path, tmp_path: Path) -> None:
    (tmp_path / "上报").mkdir()
    (tmp_path / "上报" / "进度表.csv").write_text("企业名称\n甲\n", encoding="utf-8")
    commands = [["progress"], ["dashboards"], ["report", "--all"], ["dashboards", "export", "out"], ["load", "上报"]]
    warehouse.chmod(0o600)
    try:
        for said in without_privileges(*([*c, "--warehouse", str(warehouse)] for c in commands), cwd=tmp_path):
            assert not said.endswith(("<0>\n", "<70>\n")), said
            assert "程序出错" not in said
            assert "Traceback" not in said
    finally:
        warehouse.chmod(0o700)


# -- a full disk behind what is said beside the answer


def test_a_full_disk_for_progress_and_remarks_stops_no_command(warehouse: Path, tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        for arguments in (["sample", "raw", "--plants", "60"], ["load", "raw", "--warehouse", "w", "--as-of", "2022-11-15"]):
            done = subprocess.run(
                [sys.executable, "-m", "cpaudit", *arguments], check=False, cwd=tmp_path, stderr=full, stdout=subprocess.DEVNULL
            )
            assert done.returncode in (0, 1)
    assert snapshots.newest(tmp_path / "w")
