"""The warehouse says what it serves: which days lie there, which one counts, and never an older one for one that is damaged."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import time
from pathlib import Path

import pytest

import cpaudit as cp
from cpaudit import loaders, snapshots
from cpaudit.cli import run
from cpaudit.errors import SnapshotError
from tests.support import crash
from tests.support.service import Viewer, running, until

BEFORE, DAY = dt.date(2022, 6, 1), dt.date(2022, 11, 15)


@pytest.fixture(scope="module")
def filled(sixty: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with two days."""
    home = Path(shutil.copytree(sixty / "warehouse", tmp_path_factory.mktemp("warehouse") / "two"))
    loaders.load([sixty / "raw"], as_of=BEFORE, warehouse=home)
    return home


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "warehouse"))


#: The day that it is where the data come from, whatever the machine's zone is.
BEIJING = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=8)).date()


def listed(home: Path, out: Path, code: int) -> dict[str, dict[str, object]]:
    assert run(["warehouse", "list", "--warehouse", str(home), "--format", "json", "--out", str(out)]) == code
    return {row["as_of"]: row for row in json.loads(out.read_text(encoding="utf-8"))}


def test_the_list_tells_of_each_day_what_it_is_and_which_one_counts(home: Path, tmp_path: Path) -> None:
    rows = listed(home, tmp_path / "l.json", 0)
    assert list(rows) == [str(BEFORE), str(DAY)]
    for day, row in rows.items():
        manifest = snapshots.in_force(home, dt.date.fromisoformat(day))
        assert (row["programme"], row["version"], row["plants"]) == ("hebei-2021-2", manifest.version, 60)
        assert (row["problems"], row["demonstration"], row["kept"]) == (manifest.rows["problems"], "是", 0)
    assert rows[str(BEFORE)]["state"] == "有效"
    assert rows[str(DAY)]["state"] == "有效，不指定日期时采用"


def test_the_list_names_what_is_damaged_and_goes_on(home: Path, tmp_path: Path) -> None:
    (home / "hebei-2021-2" / str(BEFORE) / "current").unlink()
    next((home / "hebei-2021-2" / str(DAY)).glob("*/events.parquet")).write_bytes(b"x")
    rows = listed(home, tmp_path / "l.json", 1)
    assert "current 缺失" in str(rows[str(BEFORE)]["state"])
    assert "events.parquet 与写入时不一致" in str(rows[str(DAY)]["state"])


def test_a_day_that_is_still_to_come_is_pointed_out(home: Path, tmp_path: Path) -> None:
    """As an earlier version of the program could write one."""
    manifest, frames = snapshots.read(home)
    snapshots.write(home, manifest.programme, dt.date(9999, 12, 31), frames, demonstration=True, program_version="0")
    assert "晚于今天" in str(listed(home, tmp_path / "l.json", 0)["9999-12-31"]["state"])
    assert run(["warehouse", "remove", "9999-12-31", "--yes", "--warehouse", str(home)]) == 0
    assert cp.open(warehouse=home).as_of == DAY


@pytest.mark.parametrize("gone", ["a link to a disk that is away", "a link to itself", "a file", "a pipe"])
def test_a_day_whose_folder_cannot_be_reached_is_named_and_no_older_one_stands_in(
    gone: str, home: Path, tmp_path: Path, sixty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    day = home / "hebei-2021-2" / str(DAY)
    shutil.rmtree(day)
    if gone.startswith("a link"):
        day.symlink_to(day if "itself" in gone else tmp_path / "away")
    elif gone == "a file":
        day.write_bytes(b"")
    else:
        os.mkfifo(day)
    for command in (["progress"], ["score"], ["problems"], ["load", str(sixty / "raw"), "--as-of", str(DAY)]):
        assert run([*command, "--warehouse", str(home)]) == 3
        said = capsys.readouterr().err.strip().splitlines()[-1]
        assert str(day) in said
    rows = listed(home, tmp_path / "l.json", 1)
    assert "不是可以进入的目录" in str(rows[str(DAY)]["state"])
    assert run(["progress", "--as-of", str(BEFORE), "--warehouse", str(home)]) == 0


def test_a_wrong_day_is_removed_once_that_is_confirmed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["warehouse", "remove", str(DAY), "--warehouse", str(home)]
    assert run(command) == 2
    assert "--yes" in capsys.readouterr().err
    assert cp.open(warehouse=home).as_of == DAY
    assert run([*command, "--yes"]) == 0
    assert f"现在以 {BEFORE} 的快照为准" in capsys.readouterr().out
    assert cp.open(warehouse=home).as_of == BEFORE
    assert run(["progress", "--warehouse", str(home)]) == 0


def test_data_of_a_day_to_come_are_not_loaded(sixty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw, home = sixty / "raw", tmp_path / "warehouse"
    tomorrow = BEIJING + dt.timedelta(days=1)
    for day in (str(tomorrow), "9999-12-31"):
        assert run(["load", str(raw), "--as-of", day, "--warehouse", str(home)]) == 2
        assert f"数据日期 {day} 晚于今天" in capsys.readouterr().err
    assert not home.exists()
    assert run(["load", str(raw), "--as-of", str(BEIJING), "--warehouse", str(home)]) == 1
    assert snapshots.dates(home) == [BEIJING]


def test_data_of_a_day_to_come_are_not_restored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for day in (DAY, dt.date(9999, 12, 31)):
        snapshots.write(tmp_path / "w", "hebei-2021-2", day, crash.frames(1), demonstration=True, program_version="0")
    assert run(["warehouse", "backup", str(tmp_path / "b.zip"), "--warehouse", str(tmp_path / "w")]) == 0
    assert run(["warehouse", "restore", str(tmp_path / "b.zip"), "--warehouse", str(tmp_path / "back")]) == 2
    assert "hebei-2021-2 9999-12-31" in capsys.readouterr().err
    assert not (tmp_path / "back").exists()


def test_the_start_notebook_saves_no_day_to_come(home: Path, sixty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(snapshots.WAREHOUSE_VARIABLE, str(home))
    page = cp.start(str(sixty / "raw"), "9999-12-31", save=True)
    assert any("晚于今天" in getattr(block, "text", "") for block in page.blocks) or "晚于今天" in str(page)
    assert snapshots.dates(home) == [BEFORE, DAY]


def test_every_way_in_says_the_same_of_a_lost_pointer(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "hebei-2021-2" / str(DAY) / "current").unlink()
    with pytest.raises(SnapshotError) as told:
        len(cp.open(warehouse=home).plants)
    assert str(home / "hebei-2021-2" / str(DAY) / "current") in str(told.value)
    place = ["--warehouse", str(home)]
    for command in (
        ["progress"],
        ["report", "--all", "--out", str(tmp_path / "out")],
        ["dashboards", "export", str(tmp_path / "out")],
        ["dashboards"],
    ):
        assert run([*command, *place]) == 3
        assert capsys.readouterr().err.strip() == str(told.value)
    assert not (tmp_path / "out").exists()


def test_a_running_service_shows_no_older_day_for_a_lost_pointer(sixty: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(sixty / "few", tmp_path / "few"))  # the fewer plants, the sooner a service is ready
    manifest, frames = snapshots.read(home)
    snapshots.write(home, manifest.programme, BEFORE, frames, demonstration=True, program_version="0")
    with running(home, tmp_path / "log") as service:
        assert str(DAY) in Viewer(service).enter().text
        (home / "hebei-2021-2" / str(DAY) / "current").unlink()
        until(lambda: "current 缺失" in Viewer(service).enter().text, 120, every=1)
        (home / "hebei-2021-2" / str(DAY) / "current").write_text("?", encoding="utf-8")
        until(lambda: "current 已损坏" in Viewer(service).enter().text, 120, every=1)


def test_today_is_the_day_in_china_wherever_the_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    from cpaudit import selection

    for zone in ("UTC", "America/New_York", "Pacific/Kiritimati"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert selection.today() == (dt.datetime.now(dt.UTC) + dt.timedelta(hours=8)).date()
    monkeypatch.undo()
    time.tzset()
