"""Whoever reads a command's answer or its remarks may leave: the work is done to the end, and the exit code tells of the work."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cpaudit import snapshots
from tests.support.workbooks import AS_OF, roster

#: Runs each command in processes of its own: 0 with both streams going nowhere, 1 and 2 with one that has no reader, 3 with two.
EACH = """
import json, os, sys
import pandas
import cpaudit.loaders.loading
from cpaudit.cli import commands
commands()
codes = []
for arguments in json.loads(sys.argv[1]):
    mine = []
    for broken in map(int, sys.argv[2]):
        child = os.fork()
        if not child:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            for stream in (1, 2):
                os.dup2(nowhere, stream)
            if broken:
                reader, writer = os.pipe()
                os.close(reader)
                for stream in {1: (1,), 2: (2,), 3: (1, 2)}[broken]:
                    os.dup2(writer, stream)
                os.close(writer)
            # as a new interpreter would make them
            sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
            sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)
            from cpaudit.cli import main
            code = 99
            try:
                main([part.replace("{n}", str(broken)) for part in arguments])
            except SystemExit as ended:
                code = ended.code
            finally:
                os._exit(code)
        mine.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    codes.append(mine)
print(json.dumps(codes))
"""


def codes(broken: str, *commands: list[str]) -> list[list[int]]:
    """For each command: its code with nothing broken (0), without a reader of stdout (1), of stderr (2), of both (3)."""
    run = subprocess.run(
        [sys.executable, "-P", "-c", EACH, json.dumps(commands), broken], capture_output=True, text=True, check=True, timeout=600
    )
    found: list[list[int]] = json.loads(run.stdout)
    return found


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
