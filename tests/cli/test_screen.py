"""What reaches the terminal: no name commands it. And what a folder that is shut or a full disk does to a command."""

from __future__ import annotations

import os
import pty
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


def on_a_terminal(*arguments: str) -> str:
    """What a command sends to a real terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "cpaudit", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "dumb"},
    )
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
    return said.decode(errors="replace")


def nothing_commands(said: str) -> bool:
    return not any(each in said for each in (*COMMANDS, "\x1b", "\x07", "\x9b", "\b"))


@pytest.mark.parametrize("kind", ["table", "csv", "json"])
def test_a_name_commands_no_terminal_in_any_format(warehouse: Path, kind: str) -> None:
    said = on_a_terminal("progress", "--by", "plant", "--format", kind, "--warehouse", str(warehouse))
    assert "示例厂" in said
    assert nothing_commands(said)


def test_a_table_in_a_pipe_is_as_clean_and_data_stay_as_they_are(warehouse: Path) -> None:
    def piped(kind: str) -> str:
        command = [sys.executable, "-m", "cpaudit", "progress", "--by", "plant", "--format", kind, "--warehouse", str(warehouse)]
        return subprocess.run(command, capture_output=True, check=True).stdout.decode()

    assert nothing_commands(piped("table"))
    assert NAME in piped("csv")


@pytest.mark.parametrize(
    "arguments",
    [
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
    ],
)
def test_no_sentence_about_a_name_commands_the_terminal(arguments: list[str]) -> None:
    said = on_a_terminal(*arguments)
    assert said.strip()
    assert nothing_commands(said)


# -- shut folders


def without_privileges(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a user whom permissions bind, even where the tests run as root."""
    bound = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    return subprocess.run([*bound, sys.executable, "-m", "cpaudit", *arguments], check=False, capture_output=True, cwd=cwd)


@pytest.fixture
def shut(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder of returns that may be listed but not entered."""
    folder = tmp_path / "上报"
    (folder / "石家庄").mkdir(parents=True)
    (folder / "石家庄" / "进度表.csv").write_text("企业名称\n甲\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o000])
@pytest.mark.parametrize("which", [".", "石家庄"])
def test_a_folder_that_may_not_be_entered_is_named_in_a_sentence(shut: Path, tmp_path: Path, which: str, mode: int) -> None:
    (shut / which).chmod(mode)
    try:
        for arguments in (
            ["load", str(shut), "--warehouse", "w"],
            ["check", str(shut / "石家庄" / "进度表.csv"), "--warehouse", "w"],
        ):
            done = without_privileges(*arguments, cwd=tmp_path)
            said = done.stderr.decode()
            assert done.returncode not in (0, 70), said
            assert "权限" in said
            assert "程序出错" not in said
            assert (shut / which).name in said
    finally:
        (shut / which).chmod(0o700)
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize(
    "arguments", [["progress"], ["dashboards"], ["report", "--all"], ["dashboards", "export", "out"], ["load", "上报"]]
)
def test_a_warehouse_that_may_not_be_entered_is_named_in_a_sentence(
    warehouse: Path, tmp_path: Path, arguments: list[str]
) -> None:
    (tmp_path / "上报").mkdir()
    (tmp_path / "上报" / "进度表.csv").write_text("企业名称\n甲\n", encoding="utf-8")
    warehouse.chmod(0o600)
    try:
        done = without_privileges(*arguments, "--warehouse", str(warehouse), cwd=tmp_path)
    finally:
        warehouse.chmod(0o700)
    assert done.returncode not in (0, 70), done.stderr.decode()
    assert "程序出错" not in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


# -- a full disk behind what is said beside the answer


def test_a_full_disk_for_progress_and_remarks_stops_no_command(warehouse: Path, tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        for arguments in (["sample", "raw"], ["load", "raw", "--warehouse", "w", "--as-of", "2022-11-15"]):
            done = subprocess.run(
                [sys.executable, "-m", "cpaudit", *arguments], check=False, cwd=tmp_path, stderr=full, stdout=subprocess.DEVNULL
            )
            assert done.returncode in (0, 1)
    assert snapshots.newest(tmp_path / "w")
