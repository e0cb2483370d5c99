"""Programmes side by side in a warehouse; old warehouses taken over; old snapshots pruned; all backed up and restored."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cpaudit import snapshots
from cpaudit.cli import run
from cpaudit.errors import NoSnapshotError, SnapshotError, UsageError
from tests.support import crash
from tests.support.crash import AS_OF, frames, number, start

WEEK = dt.timedelta(days=7)
A, B = "hebei-2021-2", "hebei-2018"
DECISIONS = "decisions.csv"


def write(warehouse: Path, n: int, programme: str = A, day: dt.date = AS_OF) -> str:
    return snapshots.write(warehouse, programme, day, frames(n), demonstration=True, program_version="0").version


def held(warehouse: Path) -> dict[tuple[str, dt.date], int]:
    """The number in force by programme and day."""
    return {
        (its, day): number(snapshots.read(warehouse, day, its)[1])
        for its in snapshots.programmes(warehouse)
        for day in snapshots.dates(warehouse, its)
    }


def as_once(warehouse: Path) -> Path:
    """A warehouse as earlier programs kept it: days beside each other, whatever programme they are of."""
    for shelf in list(warehouse.iterdir()):
        for day in list(shelf.iterdir()):
            day.rename(warehouse / day.name)
        shelf.rmdir()
    return warehouse


def killed(job: Callable[..., None], where: Callable[[str], tuple[Path, ...]]) -> Iterator[Path]:
    """Do a job in places of its own, killed at each kind of step, and at last to its end; yield each place thereafter."""
    process, its = start(job, *where("whole"), -1)
    process.join()
    steps = crash.telling(its.recv())
    assert len(steps) > 7, "too few kinds of steps: does the hook see what happens?"
    for step in [*steps, -2]:
        at = where(str(step))
        process, _ = start(job, *at, step)
        process.join()
        assert process.exitcode == (-signal.SIGKILL if step >= 0 else 0)
        yield at[0]


# -- side by side


def test_programmes_with_the_same_and_with_interleaved_dates_stay_apart(tmp_path: Path) -> None:
    expected = {}
    for n, (its, weeks) in enumerate([(A, 0), (B, 0), (A, 2), (B, 1), (A, 1)]):
        write(tmp_path, n, its, AS_OF + weeks * WEEK)
        expected[its, AS_OF + weeks * WEEK] = n
    assert held(tmp_path) == expected
    assert number(snapshots.read(tmp_path, AS_OF + 2 * WEEK, A)[1]) == 2
    with pytest.raises(UsageError, match="数据最新到"):
        snapshots.read(tmp_path, AS_OF + 2 * WEEK, B)
    snapshots.remove(tmp_path, AS_OF, B)
    assert held(tmp_path) == {at: n for at, n in expected.items() if at != (B, AS_OF)}


@pytest.mark.parametrize(
    "ask",
    [
        snapshots.read,
        snapshots.in_force,
        snapshots.dates,
        snapshots.newest,
        lambda home: snapshots.remove(home, AS_OF),
        lambda home: snapshots.read(home, name=str(AS_OF)),
    ],
)
def test_with_several_and_none_named_nobody_chooses(tmp_path: Path, ask: Callable[[Path], object]) -> None:
    write(tmp_path, 1)
    write(tmp_path, 2, B)
    with pytest.raises(UsageError, match=f"2 个批次.*--programme[^\n]*\n{B}、{A}$"):
        ask(tmp_path)
    assert len(held(tmp_path)) == 2


def test_a_version_is_found_by_its_name_whatever_programme_it_is_of(tmp_path: Path) -> None:
    write(tmp_path, 1)
    assert snapshots.read(tmp_path, name=write(tmp_path, 2, B))[0].programme == B


@pytest.mark.parametrize("programme", ["../w", "a/b", "..", ".", "2022-07-01", ".x"])
def test_what_is_no_programme_leads_nowhere(tmp_path: Path, programme: str) -> None:
    write(tmp_path, 1)
    with pytest.raises(UsageError, match="不是批次编号"):
        snapshots.read(tmp_path, programme=programme)


def test_a_programme_without_snapshots_says_so(tmp_path: Path) -> None:
    write(tmp_path, 1)
    with pytest.raises(NoSnapshotError, match=f"没有批次 {B} 的快照"):
        snapshots.read(tmp_path, programme=B)


def test_a_shelf_under_another_programmes_name_is_not_served(tmp_path: Path) -> None:
    write(tmp_path, 1)
    (tmp_path / A).rename(tmp_path / B)
    with pytest.raises(SnapshotError, match=f"属于批次 {A}，却放在批次 {B} 之下"):
        snapshots.read(tmp_path)
    assert "却放在" in snapshots.overview(tmp_path)[0].fault


# -- warehouses from before


@pytest.fixture
def old(tmp_path: Path) -> Path:
    write(tmp_path / "old", 1, A, AS_OF)
    write(tmp_path / "old", 2, B, AS_OF + WEEK)
    write(tmp_path / "old", 3, A, AS_OF + 2 * WEEK)
    return as_once(tmp_path / "old")


OLD = {(A, AS_OF): 1, (B, AS_OF + WEEK): 2, (A, AS_OF + 2 * WEEK): 3}


def test_a_warehouse_from_before_is_read_and_taken_over_by_the_next_load(old: Path) -> None:
    assert held(old) == OLD
    assert [(d.programme, d.as_of, d.fault) for d in snapshots.overview(old)] == [(*at, "") for at in sorted(OLD)]
    write(old, 4, B, AS_OF)
    assert held(old) == {**OLD, (B, AS_OF): 4}
    assert sorted(p.name for p in old.iterdir()) == sorted([A, B])


def test_loading_a_day_again_keeps_the_version_from_before_beside_the_new_one(old: Path) -> None:
    before = snapshots.in_force(old, AS_OF, A).version
    write(old, 5, A, AS_OF)
    assert held(old)[A, AS_OF] == 5
    assert number(snapshots.read(old, name=before)[1]) == 1


def test_what_was_damaged_before_stays_damaged_and_no_older_day_stands_in(old: Path) -> None:
    day = old / str(AS_OF + 2 * WEEK)
    (day / "current").unlink()
    next(day.glob("*/manifest.json")).write_text("{", encoding="utf-8")
    write(old, 4, B, AS_OF)
    for its in (A, B):
        with pytest.raises(SnapshotError, match="current 缺失"):
            snapshots.read(old, programme=its)
    (lost,) = [d for d in snapshots.overview(old) if d.fault]
    assert (lost.programme, lost.as_of) == ("", AS_OF + 2 * WEEK)


def test_a_lost_pointer_costs_the_other_programme_nothing(old: Path) -> None:
    (old / str(AS_OF + 2 * WEEK) / "current").unlink()
    for _ in range(2):
        assert number(snapshots.read(old, programme=B)[1]) in (2, 4)
        with pytest.raises(SnapshotError, match="current 缺失"):
            snapshots.read(old, programme=A)
        write(old, 4, B, AS_OF)
    write(old, 5, A, AS_OF + 2 * WEEK)
    assert held(old) == {**OLD, (B, AS_OF): 4, (A, AS_OF + 2 * WEEK): 5}


def test_the_same_day_in_both_places_is_told(old: Path, tmp_path: Path) -> None:
    write(tmp_path / "new", 7, A, AS_OF)
    shutil.copytree(tmp_path / "new" / A, old / A)
    assert held(old)[A, AS_OF] == 7
    assert ["旧位置" in d.fault for d in snapshots.overview(old) if (d.programme, d.as_of) == (A, AS_OF)] == [True, False]
    write(old, 4, B, AS_OF)
    assert (old / str(AS_OF)).is_dir()


def test_killed_at_any_step_of_taking_over_nothing_is_lost(old: Path, tmp_path: Path) -> None:
    after = {**OLD, (A, AS_OF): 9}
    found = []
    for home in killed(crash.migrate_until_step, lambda step: (Path(shutil.copytree(old, tmp_path / step)),)):
        found.append(held(home))
        assert found[-1] in (OLD, after)
    assert OLD in found
    assert found[-1] == after


# -- pruned


@pytest.fixture
def grown(tmp_path: Path) -> Path:
    """Three days of one programme, the middle one written twice, and two of another."""
    home = tmp_path / "grown"
    for n, weeks in enumerate((0, 1, 1, 2)):
        write(home, n, A, AS_OF + weeks * WEEK)
    for n, weeks in enumerate((0, 3)):
        write(home, 10 + n, B, AS_OF + weeks * WEEK)
    return home


def test_pruning_leaves_the_newest_days_of_each_programme_and_what_is_in_force(grown: Path) -> None:
    gone = snapshots.superfluous(grown, 2)
    assert ([(d.programme, d.as_of) for d in gone.days], len(gone.versions)) == ([(A, AS_OF)], 1)
    snapshots.prune(grown, gone)
    assert held(grown) == {(A, AS_OF + WEEK): 2, (A, AS_OF + 2 * WEEK): 3, (B, AS_OF): 10, (B, AS_OF + 3 * WEEK): 11}
    assert len(list(grown.rglob("manifest.json"))) == 4
    assert snapshots.superfluous(grown, 2) == snapshots.Superfluous((), ())


def test_a_damaged_day_is_not_pruned_and_does_not_count(grown: Path) -> None:
    newest = grown / A / str(AS_OF + 2 * WEEK)
    next(newest.glob("*/plants.parquet")).write_bytes(b"x")
    snapshots.prune(grown, snapshots.superfluous(grown, 1, A))
    assert snapshots.dates(grown, A) == [AS_OF + WEEK, AS_OF + 2 * WEEK]
    assert snapshots.dates(grown, B) == [AS_OF, AS_OF + 3 * WEEK]


def test_killed_at_any_step_of_pruning_what_is_to_stay_is_there(grown: Path, tmp_path: Path) -> None:
    before, stays = held(grown), {(A, AS_OF + 2 * WEEK): 3, (B, AS_OF + 3 * WEEK): 11}
    found = before
    for home in killed(crash.prune_until_step, lambda step: (Path(shutil.copytree(grown, tmp_path / step)),)):
        found = held(home)
        assert stays.items() <= found.items() <= before.items()
        snapshots.prune(home, snapshots.superfluous(home, 1))
        assert held(home) == stays
    assert found == stays


# -- backed up and restored


def test_what_is_restored_is_what_was_backed_up(grown: Path, tmp_path: Path) -> None:
    (grown / DECISIONS).write_text("判定\n", encoding="utf-8")
    file = tmp_path / "b" / "备份.zip"
    assert snapshots.backup(grown, file, DECISIONS) == (6, [])
    home = tmp_path / "back"
    assert snapshots.restore(file, home, DECISIONS) == (6, 0, "")
    assert held(home) == held(grown)
    assert (home / DECISIONS).read_text(encoding="utf-8") == "判定\n"
    assert snapshots.restore(file, home, DECISIONS) == (0, 6, "")
    assert [p.name for p in file.parent.iterdir()] == ["备份.zip"]


def test_a_warehouse_from_before_can_be_backed_up(old: Path, tmp_path: Path) -> None:
    assert snapshots.backup(old, tmp_path / "b.zip", DECISIONS)[0] == 3
    snapshots.restore(tmp_path / "b.zip", tmp_path / "back", DECISIONS)
    assert held(tmp_path / "back") == OLD


def test_decisions_that_differ_from_the_backup_s_stay_and_it_is_said(
    grown: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (grown / DECISIONS).write_text("甲", encoding="utf-8")
    snapshots.backup(grown, tmp_path / "b.zip", DECISIONS)
    home = tmp_path / "back"
    asked = ["warehouse", "restore", str(tmp_path / "b.zip"), "--warehouse", str(home)]
    for there, said in ((None, False), ("甲", False), ("乙", True), ("", True)):
        if there is not None:
            (home / DECISIONS).write_text(there, encoding="utf-8")
        assert run(asked) == 0
        assert (f"{home / DECISIONS} 与备份" in capsys.readouterr().err) == said
        assert (home / DECISIONS).read_text(encoding="utf-8") == ("甲" if there is None else there)
    for odd in (
        (home / DECISIONS).mkdir,
        lambda: (home / DECISIONS).symlink_to("x"),
        lambda: os.mkfifo(home / DECISIONS),
    ):
        (home / DECISIONS).rmdir() if (home / DECISIONS).is_dir() else (home / DECISIONS).unlink()
        odd()
        assert run(asked) == 0
        assert "保留现有的" in capsys.readouterr().err


def test_what_is_damaged_is_named_and_not_backed_up(grown: Path, tmp_path: Path) -> None:
    day = grown / B / str(AS_OF)
    next(day.glob("*/plants.parquet")).write_bytes(b"x")
    count, faults = snapshots.backup(grown, tmp_path / "b.zip", DECISIONS)
    assert (count, len(faults)) == (5, 1)
    assert "plants.parquet 与写入时不一致" in faults[0]
    snapshots.restore(tmp_path / "b.zip", tmp_path / "back", DECISIONS)
    assert (B, AS_OF) not in held(tmp_path / "back")


def test_a_backup_that_may_hold_what_is_damaged_now_is_not_overwritten(grown: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    snapshots.backup(grown, file, DECISIONS)
    whole = file.read_bytes()
    next((grown / B / str(AS_OF)).glob("*/plants.parquet")).write_bytes(b"x")
    with pytest.raises(SnapshotError, match="没有覆盖"):
        snapshots.backup(grown, file, DECISIONS)
    assert file.read_bytes() == whole


def test_a_day_that_has_something_else_in_force_is_not_overwritten(grown: Path, tmp_path: Path) -> None:
    snapshots.backup(grown, tmp_path / "b.zip", DECISIONS)
    home = tmp_path / "home"
    write(home, 99, A, AS_OF)
    with pytest.raises(UsageError, match=f"没有恢复任何内容：{A} {AS_OF}"):
        snapshots.restore(tmp_path / "b.zip", home, DECISIONS)
    assert held(home) == {(A, AS_OF): 99}


def _with(name: str, content: bytes = b"x", how: int = zipfile.ZIP_STORED) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        with zipfile.ZipFile(file, "a", how) as archive:
            archive.writestr(name, content)

    return change


def _byte(at: float) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        content = bytearray(file.read_bytes())
        content[int(len(content) * at)] ^= 0x20
        file.write_bytes(bytes(content))

    return change


@pytest.mark.parametrize(
    "change",
    [
        _with("../outside"),
        _with("/outside"),
        _with("../2022-07-01/current"),
        _with("..\\2022-07-01\\current"),
        _with("x/2022-07-01/0123456789ab/run.py"),
        _with("x/2022-07-01/0123456789ab/manifest.json"),
        _with("x/2022-07-01/current", b"0123456789ab\n"),
        _with("notes.txt"),
        _with("x/2022-07-01/0123456789ab/plants.parquet", bytes(1 << 20), zipfile.ZIP_DEFLATED),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(file.read_bytes()[:-40]),
        *map(_byte, (0.02, 0.3, 0.6, 0.97)),
    ],
)
def test_a_file_that_is_no_sound_backup_restores_nothing(grown: Path, tmp_path: Path, change: Callable[[Path], None]) -> None:
    file, home = tmp_path / "b.zip", tmp_path / "in" / "home"
    snapshots.backup(grown, file, DECISIONS)
    change(file)
    with pytest.raises(SnapshotError, match=r"^[^\n]*。$"):
        snapshots.restore(file, home, DECISIONS)
    assert not home.exists()
    assert not (tmp_path / "outside").exists()


def test_a_backup_that_could_not_be_restored_is_not_written(grown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "b.zip"
    monkeypatch.setattr(sys.modules["cpaudit.snapshots.backup"], "_MOST_MEMBERS", 30)
    with pytest.raises(SnapshotError, match="快照太多，没有写入备份"):
        snapshots.backup(grown, file, DECISIONS)
    assert not file.exists()
    snapshots.prune(grown, snapshots.superfluous(grown, 1))
    snapshots.backup(grown, file, DECISIONS)
    assert snapshots.restore(file, tmp_path / "back", DECISIONS) == (2, 0, "")


def test_a_restore_needs_no_room_elsewhere(grown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's temporary folder is often small and in memory."""
    snapshots.backup(grown, tmp_path / "b.zip", DECISIONS)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    assert snapshots.restore(tmp_path / "b.zip", tmp_path / "back", DECISIONS) == (6, 0, "")


def test_what_a_killed_backup_left_is_swept_by_the_next(grown: Path, tmp_path: Path) -> None:
    file = tmp_path / "b" / "b.zip"
    snapshots.backup(grown, file, DECISIONS)
    process, _ = start(crash.back_up_until_step, grown, file, 4)
    process.join()
    assert len(list(file.parent.iterdir())) == 2
    snapshots.backup(grown, file, DECISIONS)
    assert list(file.parent.iterdir()) == [file]


def test_killed_at_any_step_of_a_backup_the_last_one_is_whole(grown: Path, tmp_path: Path) -> None:
    file = tmp_path / "b" / "b.zip"
    snapshots.backup(grown, file, DECISIONS)
    last = len(file.read_bytes())
    for _ in killed(crash.back_up_until_step, lambda _step: (grown, file)):
        assert zipfile.ZipFile(file).testzip() is None
        assert len(file.read_bytes()) == last


def test_killed_at_any_step_of_restoring_each_day_is_whole_or_absent_and_again_brings_all(grown: Path, tmp_path: Path) -> None:
    file, whole = tmp_path / "b.zip", held(grown)
    (grown / DECISIONS).write_text("判定\n", encoding="utf-8")
    snapshots.backup(grown, file, DECISIONS)

    def empty(step: str) -> tuple[Path, Path]:
        (tmp_path / step).mkdir()
        return tmp_path / step, file

    for home in killed(crash.restore_until_step, empty):
        assert held(home).items() <= whole.items()
        snapshots.restore(file, home, DECISIONS)
        assert held(home) == whole
        assert (home / DECISIONS).read_text(encoding="utf-8") == "判定\n"
        assert sorted(p.name for p in home.iterdir()) == [DECISIONS, B, A]
