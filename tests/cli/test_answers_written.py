"""Where an answer goes: to a full disk, a closed screen, a pipe, a link, and with whose rights it lies there."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import IO

import pytest

from cpaudit import snapshots
from cpaudit.fields import TABLES
from tests.support import started
from tests.support.builders import dataset, event, plant


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    ds = dataset(plants=[plant("t1", unit="tangshan")], events=[event("t1", "notified", "2022-01-05", unit="tangshan")])
    frames = {name: getattr(ds, name) for name in TABLES}
    snapshots.write(tmp_path / "warehouse", "hebei-2021-2", ds.as_of, frames, demonstration=True, program_version="0")
    return tmp_path / "warehouse"


def cpaudit(
    *arguments: str, warehouse: Path, stdout: IO[bytes] | None = None, close: tuple[int, ...] = ()
) -> subprocess.CompletedProcess[str]:
    return started.run(arguments, stdout=stdout, close=close, CPAUDIT_WAREHOUSE=str(warehouse))


@pytest.mark.parametrize("arguments", [["progress"], ["progress", "--format", "csv"], ["--help"]])
def test_a_full_disk_for_the_answer_is_told(warehouse: Path, arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = cpaudit(*arguments, warehouse=warehouse, stdout=full)
    assert done.returncode == 3
    assert "磁盘空间不足" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "stands"),
    [
        (["progress", "--out", "答复.csv", "--format", "csv"], "答复.csv"),
        (["template", "progress", "--unit", "唐山", "--out", "表.xlsx"], "表.xlsx"),
        (["warehouse", "remove", "2022-07-01", "--yes"], None),
    ],
)
def test_what_is_done_stays_done_where_only_its_words_have_no_room(
    warehouse: Path, tmp_path: Path, arguments: list[str], stands: str | None
) -> None:
    at = [str(tmp_path / each) if each == stands else each for each in arguments]
    with Path("/dev/full").open("wb") as full:
        done = cpaudit(*at, warehouse=warehouse, stdout=full)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1), done.stderr
    assert re.search("^.*已(写入|删除).*，只是这里的说明没有写全（磁盘空间不足）。$", done.stderr.strip())
    assert (tmp_path / stands).stat().st_size if stands else cpaudit("progress", warehouse=warehouse).returncode == 2


def test_a_closed_screen_is_no_fault(warehouse: Path, tmp_path: Path) -> None:
    """As some schedulers leave it; what is opened meanwhile doesn't get what was meant for the screen."""
    done = cpaudit("progress", "--out", str(tmp_path / "out.csv"), "--format", "csv", warehouse=warehouse, close=(0, 1))
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8-sig").startswith("上报单位")
    assert cpaudit("progress", warehouse=warehouse, close=(1, 2)).returncode == 0


def test_an_answer_goes_where_a_link_or_a_pipe_leads_and_replaces_neither(warehouse: Path, tmp_path: Path) -> None:
    """As the administrator one could replace /dev/null."""
    pipe, link, kept = tmp_path / "pipe", tmp_path / "link", tmp_path / "kept.csv"
    os.mkfifo(pipe)
    link.symlink_to(kept)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True)
    assert cpaudit("progress", "--format", "csv", "--out", str(pipe), warehouse=warehouse).returncode == 0
    said = reader.communicate(timeout=60)[0]
    assert pipe.is_fifo()
    assert cpaudit("progress", "--format", "csv", "--out", str(link), warehouse=warehouse).returncode == 0
    assert link.is_symlink()
    assert kept.read_text(encoding="utf-8") == said


def test_an_answer_that_can_not_be_written_leaves_nothing_behind(warehouse: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert cpaudit("progress", "--format", "csv", "--out", str(tmp_path / "folder"), warehouse=warehouse).returncode == 3
    assert [p.name for p in tmp_path.iterdir() if p != warehouse] == ["folder"]


def test_an_answer_is_as_private_as_the_user_s_other_files(warehouse: Path, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        cpaudit("progress", "--format", "csv", "--out", str(tmp_path / "out.csv"), warehouse=warehouse)
    finally:
        os.umask(before)
    assert (tmp_path / "out.csv").stat().st_mode & 0o777 == 0o600


def test_beside_what_was_sent_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    """A folder that somebody has packed may hold links that lead anywhere, to what isn't there yet as well."""
    from cpaudit.cli.files import _beside
    from cpaudit.serving.lab import prepare

    (tmp_path / "表_已标注.xlsx").symlink_to(tmp_path / "elsewhere.xlsx")
    assert _beside(tmp_path / "表.xlsx", ".xlsx").name == "表_已标注2.xlsx"
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "01_progress.ipynb").symlink_to(tmp_path / "elsewhere.ipynb")
    prepare(tmp_path / "books")
    assert not (tmp_path / "elsewhere.ipynb").exists()
