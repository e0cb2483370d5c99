"""Whoever reads a command's answer or its remarks may leave: the work is done to the end, and the exit code tells of the work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cpaudit import snapshots
from tests.support import started
from tests.support.workbooks import AS_OF, roster

#: Which streams have no reader: stdout, stderr, both.
BROKEN = {0: (), 1: (1,), 2: (2,), 3: (1, 2)}


def codes(broken: str, *commands: list[str]) -> list[list[int]]:
    """For each command: its code with nothing broken (0), without a reader of stdout (1), of stderr (2), of both (3)."""
    return [
        [code([part.replace("{n}", each) for part in arguments], BROKEN[int(each)]) for each in broken] for arguments in commands
    ]


def code(arguments: list[str], broken: tuple[int, ...]) -> int:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            out, error = (writer if stream in broken else nowhere.fileno() for stream in (1, 2))
            return started.run(arguments, stdout=out, stderr=error).returncode
    finally:
        os.close(writer)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    roster(tmp_path / "raw")
    (tmp_path / "raw" / "石家庄市.xlsx").write_bytes(b"no workbook")  # an error to be told, and the snapshot is written
    return tmp_path / "raw"


def test_a_load_ends_as_it_would_have_and_the_snapshot_is_there(raw: Path, tmp_path: Path) -> None:
    day = ["--as-of", str(AS_OF)]
    [loaded, refused] = codes(
        "012",
        ["load", str(raw), *day, "--warehouse", str(tmp_path / "wh{n}")],
        ["load", str(tmp_path / "nothing"), *day, "--warehouse", str(tmp_path / "none{n}")],
    )
    assert loaded == [1] * 3
    assert refused == [3] * 3
    for n in range(3):
        assert snapshots.dates(tmp_path / f"wh{n}") == [AS_OF]
        assert not (tmp_path / f"none{n}").exists()


def test_every_kind_of_answer_ends_as_it_would_have(raw: Path, tmp_path: Path) -> None:
    home, out = ["--warehouse", str(tmp_path / "wh")], tmp_path / "out{n}"
    [[first]] = codes("0", ["load", str(raw), "--as-of", str(AS_OF), *home])
    assert first == 1
    asked = [
        ["problems", *home],
        ["progress", *home, "--format", "csv"],
        ["handover", *home, "--out", str(out)],
        ["check", str(raw / "名单.xlsx"), "--out", f"{out}.xlsx", *home, "--as-of", str(AS_OF)],
        ["warehouse", "list", *home],
        ["progress", *home, "--unit", "没有"],
        [],
        ["--help"],
    ]
    for arguments, found in zip(asked, codes("03", *asked), strict=True):
        assert len(set(found)) == 1, (arguments, found)
        assert found[0] in (0, 1, 2), arguments


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("arguments", [(), ("--help",), ("--version",)])
def test_what_has_no_room_is_told_by_the_code(arguments: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        run = subprocess.run(
            [sys.executable, "-P", "-m", "cpaudit", *arguments], check=False, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert run.returncode == 3
    assert "Traceback" not in run.stderr
    assert run.stderr.count("\n") == 1


PANIC = """
import cpaudit.cli as cli
class Panic(BaseException):
    pass
def give_up(arguments):
    raise Panic("a library in another language gave up")
cli._answer = give_up
cli.main(["progress"])
"""


def test_a_library_that_gives_up_is_a_fault_of_the_program() -> None:
    """Polars' own errors of the worst kind are no Exceptions: Python would end with 1, which means that a snapshot is written."""
    run = subprocess.run([sys.executable, "-P", "-c", PANIC], check=False, capture_output=True, text=True)
    assert run.returncode == 70
    assert "程序出错（Panic" in run.stderr


SLOWLY = """
import os, subprocess, sys, time
ours, theirs = os.pipe()
os.set_blocking(theirs, False)
run = subprocess.Popen([sys.executable, "-P", "-m", "cpaudit", *sys.argv[1:]], stdout=theirs)
os.close(theirs)
said = b""
while piece := os.read(ours, 1000):
    said += piece
    time.sleep(0.001)
print(len(said), run.wait())
"""


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_who_is_slow_gets_all_of_it(raw: Path, tmp_path: Path, unbuffered: str) -> None:
    """Without a buffer of our own, what a pipe or a disk didn't take at once was lost, with exit code 0."""
    home = ["--warehouse", str(tmp_path / "wh")]
    codes("0", ["load", str(raw), "--as-of", str(AS_OF), *home])
    asked = ["score", "--help"] if not unbuffered else ["progress", "--by", "plant", *home, "--format", "json"]
    own = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    whole = subprocess.run([sys.executable, "-P", "-m", "cpaudit", *asked], check=True, capture_output=True, env=own).stdout
    slow = subprocess.run([sys.executable, "-c", SLOWLY, *asked], check=True, capture_output=True, text=True, env=own).stdout
    assert slow.split() == [str(len(whole)), "0"]


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_disk_that_takes_a_part_only_is_told_by_the_code(tmp_path: Path, unbuffered: str) -> None:
    limit = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512)); sys.argv = ['cpaudit', '--help']; "
    )
    limit += "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); from cpaudit.cli import main; main()"
    own = os.environ | {"PYTHONUNBUFFERED": unbuffered, "PYTHONDONTWRITEBYTECODE": "1"}
    with (tmp_path / "out").open("w") as out:
        run = subprocess.run(
            [sys.executable, "-P", "-c", limit], check=False, stdout=out, stderr=subprocess.PIPE, text=True, env=own
        )
    assert run.returncode == 3
    assert "结果不完整" in run.stderr


def test_a_terminal_that_goes_away_is_a_reader_who_has_left(raw: Path, tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    command = ["load", str(raw), "--as-of", str(AS_OF), "--warehouse", str(tmp_path / "wh")]
    run = subprocess.Popen(
        [sys.executable, "-P", "-m", "cpaudit", *command], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    os.close(ours)
    assert run.wait(300) == 1
    assert snapshots.dates(tmp_path / "wh") == [AS_OF]


LATE = """
import os, signal
import cpaudit.cli as cli
def answer(arguments):
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        raise ImportError("what a library made of it")
cli._answer = answer
cli.main(["progress"])
"""


def test_an_interrupt_that_a_library_makes_something_else_of_is_still_one() -> None:
    run = subprocess.run([sys.executable, "-P", "-c", LATE], check=False, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (130, "已按要求停止。\n")


def test_a_template_is_written_as_any_other_file(tmp_path: Path) -> None:
    (tmp_path / "there.xlsx").write_bytes(b"old")
    (tmp_path / "link.xlsx").symlink_to("there.xlsx")
    found = codes(
        "0",
        ["systems", "template", "--out", str(tmp_path / "link.xlsx"), "--force"],
        ["systems", "template", "--out", str(tmp_path / "own.xlsx")],
    )
    assert found == [[0], [0]]
    assert (tmp_path / "link.xlsx").is_symlink()
    assert (tmp_path / "there.xlsx").read_bytes().startswith(b"PK")
    (tmp_path / "usual").write_bytes(b"")
    assert (tmp_path / "own.xlsx").stat().st_mode == (tmp_path / "usual").stat().st_mode
