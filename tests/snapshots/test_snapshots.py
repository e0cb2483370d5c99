"""Snapshots: whatever happens to a writer, the last good one can be read; whatever happens to a file, it is told."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cpaudit as cp
from cpaudit import durable, loaders, snapshots
from cpaudit.cli import run
from cpaudit.dataset import Dataset
from cpaudit.errors import SnapshotError, UsageError
from cpaudit.fields import TABLES, Field, tables
from tests.support import crash
from tests.support.crash import AS_OF, number, start, write

WEEK = dt.timedelta(days=7)
KILLS = int(os.environ.get("CPAUDIT_KILLS", "25"))


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file of a folder: when it was changed, and its bytes."""
    return {str(p.relative_to(folder)): (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.rglob("*") if p.is_file()}


def leftovers(warehouse: Path) -> list[str]:
    return [p.name for p in (warehouse / "hebei-2021-2" / str(AS_OF)).glob(".writing-*")]


def in_force(warehouse: Path) -> int:
    return number(snapshots.read(warehouse)[1])


# -- immutable


def test_the_same_content_again_changes_nothing_on_the_disk(tmp_path: Path) -> None:
    first = write(tmp_path, 1)
    before = state(tmp_path)
    assert write(tmp_path, 1) == first
    assert state(tmp_path) == before


@pytest.mark.slow
def test_the_same_files_loaded_again_change_not_a_byte(raw: Path, tmp_path: Path) -> None:
    listed = [raw / "名单"]
    first = loaders.load(listed, as_of=AS_OF, warehouse=tmp_path).manifest
    before = state(tmp_path)
    assert loaders.load(listed, as_of=AS_OF, warehouse=tmp_path).manifest == first
    assert state(tmp_path) == before


def test_the_manifest_names_sources_with_their_hashes_and_the_program(tmp_path: Path) -> None:
    content = crash.frames(1)
    content["sources"] = tables()["sources"].coerce([{"path": "名单.xlsx", "sha256": "ab" * 32}])
    before = dt.datetime.now().astimezone().replace(microsecond=0)
    snapshots.write(tmp_path, "hebei-2021-2", AS_OF, content, demonstration=True, program_version="1.2.3")
    manifest, _ = snapshots.read(tmp_path)
    assert manifest.sources == {"名单.xlsx": "ab" * 32}
    assert manifest.program_version == "1.2.3"
    assert before <= manifest.written <= dt.datetime.now().astimezone()


def test_an_earlier_version_stays_and_can_come_into_force_again(tmp_path: Path) -> None:
    first = write(tmp_path, 1).version
    second = write(tmp_path, 2).version
    assert in_force(tmp_path) == 2
    assert number(snapshots.read(tmp_path, name=first)[1]) == 1
    assert number(snapshots.read(tmp_path, name=second[:6])[1]) == 2
    write(tmp_path, 1)
    assert in_force(tmp_path) == 1


@pytest.mark.parametrize("name", ["2022-07-02", "ffffffffffff", "*", "../x", ""])
def test_a_snapshot_that_is_not_there_names_those_that_are(tmp_path: Path, name: str) -> None:
    write(tmp_path, 1)
    with pytest.raises(UsageError, match=str(AS_OF)):
        snapshots.read(tmp_path, name=name)


# -- killed, raced, without room


#: More than any writer writes before it is killed, however slow the machine was when the length of a write was measured.
_MOST = 10_000


@pytest.mark.slow
def test_a_killed_writer_never_costs_the_last_good_snapshot(tmp_path: Path) -> None:
    """Writers are killed with signal 9 at moments spread evenly over twice the measured length of a write.

    Twice, and again where none of them was hit at work: a machine that got slower meanwhile would else be killed too early.
    """
    begin = time.perf_counter()
    for n in range(3):
        write(tmp_path, n)
    length = (time.perf_counter() - begin) / 3
    good, hits = {2}, 0
    for kill in range(4 * KILLS):
        if kill >= KILLS and hits:
            break
        first = _MOST * (kill + 1)
        process, its = start(crash.write_forever, tmp_path, first)
        while its.recv() < first + kill % 3:  # so many are written, and the next one begins
            pass
        time.sleep(2 * length * (kill % KILLS) / KILLS)
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        hits += len(leftovers(tmp_path))
        good |= set(range(first, first + _MOST))
        found = in_force(tmp_path)
        assert found in good
        assert kill % 3 == 0 or found >= first, "what was written whole is in force"
    assert in_force(tmp_path) > 2
    assert hits, "no kill hit a writer at work: the test proves nothing"
    write(tmp_path, 1)
    assert leftovers(tmp_path) == []
    assert in_force(tmp_path) == 1


@pytest.mark.slow
def test_killed_before_any_step_the_old_snapshot_or_the_new_one_is_in_force(tmp_path: Path) -> None:
    """Every single change on the disk is tried as the moment of death, from the lock to the last clean-up."""
    write(tmp_path, 0)
    outcomes = []
    for step in range(200):
        process, its = start(crash.write_until_step, tmp_path, step + 1, step, signal.SIGKILL)
        process.join()
        found = in_force(tmp_path)
        assert found in (step + 1, outcomes[-1] if outcomes else 0)
        outcomes.append(found)
        if its.poll() and process.exitcode == 0:
            break
    assert len(outcomes) > 20, "too few steps: does the hook see what happens?"
    assert process.exitcode == 0
    assert len(set(outcomes)) > 2
    assert leftovers(tmp_path) == []


@pytest.mark.slow
def test_two_writers_and_a_reader_at_once_never_see_a_mix(tmp_path: Path) -> None:
    write(tmp_path, 0)
    writers = [start(crash.write_some, tmp_path, range(first, first + 8)) for first in (10, 20)]
    reads = set()
    while any(process.is_alive() for process, _ in writers):
        reads.add(in_force(tmp_path))
    for process, its in writers:
        process.join()
        assert its.recv() == "done"
    assert in_force(tmp_path) in (17, 27)
    assert reads <= {0, *range(10, 18), *range(20, 28)}
    assert leftovers(tmp_path) == []


def test_a_writer_at_work_is_neither_disturbed_nor_overtaken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cpaudit.snapshots.writing.PATIENCE_S", 0.2)
    write(tmp_path, 0)
    process, its = start(crash.write_until_step, tmp_path, 1, 10, signal.SIGSTOP)
    assert process.pid
    _wait_until_stopped(process.pid)
    drafts = leftovers(tmp_path)
    assert len(drafts) == 1
    with pytest.raises(SnapshotError, match="另一个 cpaudit load 正在写入"):
        write(tmp_path, 2)
    assert leftovers(tmp_path) == drafts
    os.kill(process.pid, signal.SIGCONT)
    assert its.recv() == "done"
    process.join()
    assert in_force(tmp_path) == 1


def _wait_until_stopped(pid: int) -> None:
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        time.sleep(0.01)


@pytest.mark.parametrize("most", [0, 1, 500, 1500, 3000])
def test_without_room_for_it_a_snapshot_is_not_written_and_the_last_one_stays(tmp_path: Path, most: int) -> None:
    write(tmp_path, 1)
    before = state(tmp_path)
    process, its = start(crash.write_with_little_room, tmp_path, 2, most)
    said = its.recv()
    process.join()
    assert said.startswith("快照无法写入")
    assert "文件超过系统允许的大小" in said
    assert said.endswith("原有快照未改动；请检查磁盘空间和写入权限。")
    assert state(tmp_path) == before
    assert in_force(tmp_path) == 1
    write(tmp_path, 2)
    assert in_force(tmp_path) == 2


def test_a_full_disk_is_told_in_chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SnapshotError, match="磁盘空间不足"):
        write(tmp_path, 1)


def test_a_place_that_is_open_elsewhere_for_a_moment_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows refuses to replace a file that a reader has open just then."""
    refusals, replace = [1, 1], Path.replace

    def refuse(source: Path, target: Path) -> Path:
        if refusals:
            refusals.pop()
            raise PermissionError(errno.EACCES, "in use")
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", refuse)
    write(tmp_path, 1)
    assert in_force(tmp_path) == 1
    assert refusals == []
    refusals += [1] * 100
    monkeypatch.setattr(durable, "_PAUSES_S", (0.0,))
    with pytest.raises(SnapshotError, match="没有权限"):
        write(tmp_path, 2)
    monkeypatch.undo()
    assert in_force(tmp_path) == 1


# -- damaged


def truncate(folder: Path) -> str:
    path = folder / "events.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    return "events.parquet 与写入时不一致"


def flip(folder: Path) -> str:
    path = folder / "plants.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return "plants.parquet 与写入时不一致"


def lose(folder: Path) -> str:
    (folder / "options.parquet").unlink()
    return "缺少 options.parquet"


def lose_manifest(folder: Path) -> str:
    (folder / "manifest.json").unlink()
    return "缺少 manifest.json"


def cut_manifest(folder: Path) -> str:
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes()[:100])
    return "manifest.json 与写入时不一致"


def change_manifest(folder: Path) -> str:
    _edit(folder, demonstration=False)
    return "manifest.json 与写入时不一致"


def a_list_for_a_manifest(folder: Path) -> str:
    (folder / "manifest.json").write_text("[1]")
    return "manifest.json 与写入时不一致"


def lose_everything(folder: Path) -> str:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    return "缺少 manifest.json"


def _edit(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


@pytest.mark.parametrize(
    "damage",
    [truncate, flip, lose, lose_manifest, cut_manifest, change_manifest, a_list_for_a_manifest, lose_everything],
    ids=lambda d: d.__name__,
)
def test_damage_is_told_in_one_sentence_and_loading_anew_mends_it(tmp_path: Path, damage) -> None:
    snapshots.write(tmp_path, "hebei-2021-2", dt.date(2022, 6, 1), crash.frames(9), demonstration=True, program_version="0")
    what = damage(tmp_path / "hebei-2021-2" / str(AS_OF) / write(tmp_path, 1).version)
    with pytest.raises(SnapshotError) as told:
        Dataset.open(tmp_path)  # the older one is no answer
    assert what in str(told.value)
    assert str(told.value).count("。") == 1
    assert str(told.value).endswith("请用 cpaudit load 重新读取原始文件。")
    write(tmp_path, 1)
    assert in_force(tmp_path) == 1
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("content", [b"", b"../../x", b"\xff\xfe", b"abc"])
def test_a_damaged_pointer_is_told_and_loading_anew_mends_it(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, 1)
    (tmp_path / "hebei-2021-2" / str(AS_OF) / "current").write_bytes(content)
    with pytest.raises(SnapshotError, match="current 已损坏"):
        snapshots.read(tmp_path)
    write(tmp_path, 1)
    assert in_force(tmp_path) == 1


def lost_beside_a_dead_writer_s_draft(pointer: Path) -> None:
    process, _ = start(crash.write_until_step, pointer.parents[2], 3, 8, signal.SIGKILL)
    process.join()
    assert leftovers(pointer.parents[2])
    pointer.unlink()


@pytest.mark.parametrize(
    "damage",
    [lambda path: path.unlink(), lambda path: path.write_bytes(b"?"), lost_beside_a_dead_writer_s_draft],
    ids=["missing", "damaged", "missing beside a draft"],
)
def test_a_lost_pointer_of_the_newest_day_is_told_and_an_older_day_never_served_for_it(
    tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    write(tmp_path, 1, AS_OF - WEEK)
    write(tmp_path, 2)
    pointer = tmp_path / "hebei-2021-2" / str(AS_OF) / "current"
    damage(pointer)
    for open_it in (
        lambda: snapshots.read(tmp_path),
        lambda: snapshots.read(tmp_path, AS_OF),
        lambda: snapshots.in_force(tmp_path),
        lambda: snapshots.read(tmp_path, name=str(AS_OF)),
        lambda: len(cp.open(warehouse=tmp_path).plants),
    ):
        with pytest.raises(SnapshotError) as told:
            open_it()
        assert str(pointer) in str(told.value)
        assert str(told.value).count("。") == 1
        assert f"cpaudit warehouse remove {AS_OF}" in str(told.value)
    assert snapshots.newest(tmp_path) == ""
    assert number(snapshots.read(tmp_path, AS_OF - WEEK)[1]) == 1, "asked for by its own day, the older one is right"
    write(tmp_path, 2)
    assert in_force(tmp_path) == 2


def test_a_first_snapshot_of_a_day_killed_at_any_step_is_there_or_was_never_there(tmp_path: Path) -> None:
    """A death between the version and its pointer must not look like a pointer that was lost."""
    write(tmp_path, 0, AS_OF - WEEK)
    found = []
    for step in range(200):
        home = tmp_path / str(step)
        shutil.copytree(tmp_path / "hebei-2021-2", home / "hebei-2021-2", ignore=shutil.ignore_patterns(str(AS_OF)))
        process, its = start(crash.write_until_step, home, 1, step, signal.SIGKILL)
        process.join()
        found.append(in_force(home))
        if its.poll() and process.exitcode == 0:
            break
        write(home, 2)
        assert (in_force(home), leftovers(home)) == (2, [])
    assert set(found) == {0, 1}
    assert found == sorted(found)


def test_a_first_snapshot_that_could_not_be_put_in_force_was_never_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, 1, AS_OF - WEEK)
    move = durable.move

    def full(source: Path, target: Path) -> None:
        if target.name == "current":
            raise OSError(errno.ENOSPC, "full")
        move(source, target)

    monkeypatch.setattr(durable, "move", full)
    with pytest.raises(SnapshotError, match="原有快照未改动"):
        write(tmp_path, 2)
    assert in_force(tmp_path) == 1


# -- removed


def test_a_day_copied_under_another_date_is_told_and_not_served_as_that_day(tmp_path: Path) -> None:
    write(tmp_path, 1)
    other = AS_OF + WEEK
    shutil.copytree(tmp_path / "hebei-2021-2" / str(AS_OF), tmp_path / "hebei-2021-2" / str(other))
    with pytest.raises(SnapshotError, match=rf"数据日期是 {AS_OF}.*{other}.*remove {other}"):
        snapshots.read(tmp_path)
    assert [bool(day.fault) for day in snapshots.overview(tmp_path)] == [False, True]
    snapshots.remove(tmp_path, other)
    assert in_force(tmp_path) == 1


@pytest.mark.parametrize("name", ["current", "*/manifest.json", "*/plants.parquet"])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path: Path, name: str) -> None:
    write(tmp_path, 1)
    (file,) = (tmp_path / "hebei-2021-2" / str(AS_OF)).glob(name)
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(SnapshotError, match="已损坏"):
        snapshots.read(tmp_path)


def _drop(said: dict[str, Any]) -> None:
    said["rows"].pop("plants")


def _say_text(said: dict[str, Any]) -> None:
    said["rows"]["plants"] = "many"


def _say_no_hash(said: dict[str, Any]) -> None:
    said["hashes"].pop("plants")


def _say_a_list(said: dict[str, Any]) -> None:
    said["hashes"] = ["plants"]


def _lead_elsewhere(said: dict[str, Any]) -> None:
    said["hashes"]["../../elsewhere"] = "0"


def _say(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    def forge(said: dict[str, Any]) -> None:
        said[key] = value

    return forge


_OTHER_TYPES = [
    _say(key, value)
    for key, values in {
        "format": ([], {}, "2", True, 2.0),
        "programme": (["hebei-2021-2"], None, 5),
        "sources": (5, [], {"a": 1}),
        "demonstration": ("no", 0, None),
        "program_version": (None, ["0"]),
        "written": (0, "soon"),
        "as_of": (20221115, [AS_OF.isoformat()]),
        "more": ("said",),
    }.items()
    for value in values
]


def _say_fewer(said: dict[str, Any]) -> None:
    said["rows"]["plants"] = -5


@pytest.mark.parametrize("forge", [_drop, _say_text, _say_no_hash, _say_a_list, _lead_elsewhere, _say_fewer, *_OTHER_TYPES])
def test_a_manifest_that_hangs_together_and_was_never_written_by_us_is_damage(
    tmp_path: Path, forge: Callable[[dict[str, Any]], None]
) -> None:
    version = tmp_path / "hebei-2021-2" / str(AS_OF) / write(tmp_path, 1).version
    said = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
    forge(said)
    _forged(version, said)
    with pytest.raises(SnapshotError, match=r"已损坏（manifest\.json"):
        snapshots.read(tmp_path)
    assert snapshots.overview(tmp_path)[0].fault


def _forged(version: Path, said: dict[str, Any]) -> None:
    """Put a manifest in force that hangs together."""
    content = {k: v for k, v in said.items() if k not in ("version", "program_version", "written")}
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    said["version"] = hashlib.sha256(text.encode()).hexdigest()[:12]
    (version / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    version.rename(version.with_name(said["version"]))
    (version.parent / "current").write_text(said["version"], encoding="utf-8")


def test_a_manifest_that_counts_other_rows_than_there_are_is_damage(tmp_path: Path) -> None:
    version = tmp_path / "hebei-2021-2" / str(AS_OF) / write(tmp_path, 1).version
    said = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
    said["rows"]["plants"] += 7
    _forged(version, said)
    with pytest.raises(SnapshotError, match=r"已损坏（.*行，清单写"):
        snapshots.read(tmp_path)


def test_a_manifest_nested_without_end_is_damage_and_can_be_listed_and_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    version = tmp_path / "hebei-2021-2" / str(AS_OF) / write(tmp_path, 1).version
    (version / "manifest.json").write_text('{"a":' * 200_000, encoding="utf-8")
    with pytest.raises(SnapshotError, match=r"已损坏（manifest\.json"):
        snapshots.read(tmp_path)
    assert run(["warehouse", "list", "--warehouse", str(tmp_path)]) == 1
    assert "损坏" in capsys.readouterr().out
    assert run(["warehouse", "remove", str(AS_OF), "--yes", "--warehouse", str(tmp_path)]) == 0


def test_after_a_wrong_day_is_removed_the_day_before_is_in_force(tmp_path: Path) -> None:
    write(tmp_path, 1, AS_OF - WEEK)
    write(tmp_path, 2)
    write(tmp_path, 3)
    assert snapshots.remove(tmp_path, AS_OF) == 2
    assert in_force(tmp_path) == 1
    assert snapshots.dates(tmp_path) == [AS_OF - WEEK]
    write(tmp_path, 4)
    assert in_force(tmp_path) == 4


def test_a_day_whose_pointer_is_lost_can_be_removed(tmp_path: Path) -> None:
    write(tmp_path, 1, AS_OF - WEEK)
    write(tmp_path, 2)
    (tmp_path / "hebei-2021-2" / str(AS_OF) / "current").unlink()
    snapshots.remove(tmp_path, AS_OF)
    assert in_force(tmp_path) == 1


def test_what_is_no_snapshot_is_not_removed(tmp_path: Path) -> None:
    write(tmp_path, 1, AS_OF - WEEK)
    mine = tmp_path / "hebei-2021-2" / str(AS_OF) / "我的文件"
    mine.parent.mkdir()
    mine.write_text("mine")
    with pytest.raises(SnapshotError, match=f"没有 {AS_OF} 的快照（现有 {AS_OF - WEEK}）"):
        snapshots.remove(tmp_path, AS_OF)
    write(tmp_path, 2)
    before = state(tmp_path)
    with pytest.raises(SnapshotError, match="不属于快照的“我的文件”，没有删除任何内容"):
        snapshots.remove(tmp_path, AS_OF)
    assert state(tmp_path) == before
    assert in_force(tmp_path) == 2


def test_killed_at_any_step_of_removing_the_day_is_there_whole_or_the_day_before_is_in_force(tmp_path: Path) -> None:
    write(tmp_path / "as it was", 1, AS_OF - WEEK)
    write(tmp_path / "as it was", 2)
    write(tmp_path / "as it was", 3)
    found = []
    for step in range(200):
        home = tmp_path / str(step)
        shutil.copytree(tmp_path / "as it was", home)
        process, its = start(crash.remove_until_step, home, step)
        process.join()
        found.append(in_force(home))
        if its.poll() and process.exitcode == 0:
            break
        write(home, 4)
        assert (in_force(home), leftovers(home)) == (4, [])
    assert process.exitcode == 0
    assert set(found) == {3, 1}
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize(("format", "said"), [(99, "较新的 cpaudit 9.9.*请升级"), (0, "较旧的 cpaudit 9.9.*重新读取原始文件")])
def test_a_format_of_another_time_says_which_way_out(tmp_path: Path, format: int, said: str) -> None:
    folder = tmp_path / "hebei-2021-2" / str(AS_OF) / write(tmp_path, 1).version
    _edit(folder, format=format, program_version="9.9")
    with pytest.raises(SnapshotError, match=said):
        snapshots.read(tmp_path)


def dictionary_with(monkeypatch: pytest.MonkeyPatch, **columns: Field | None) -> None:
    """Give the plants table other columns than it had when the snapshot was written; None takes one away."""
    plants = tables()["plants"]
    changed = {k: v for k, v in {**plants.columns, **columns}.items() if v}
    new = {**tables(), "plants": plants.model_copy(update={"columns": changed})}
    monkeypatch.setattr("cpaudit.snapshots.content.tables", lambda: new)


def test_a_column_that_came_since_is_empty_in_an_older_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, 1)
    dictionary_with(monkeypatch, colour=Field(label="颜色", type="text"), weight=Field(label="重量", type="integer"))
    plants = snapshots.read(tmp_path)[1]["plants"]
    assert len(plants) == 20
    assert plants[["colour", "weight"]].isna().all(axis=None)
    assert plants["weight"].dtype == "Int64"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"colour": Field(label="颜色", type="text", required=True)}, "缺少必填的 颜色"),
        ({"permit_no": None}, "多出 permit_no"),
        ({"plant_id": Field(label="企业编号", type="number")}, "数据类型不同"),
    ],
)
def test_columns_that_cannot_be_filled_ask_to_load_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: dict[str, Field | None], said: str
) -> None:
    write(tmp_path, 1)
    dictionary_with(monkeypatch, **columns)
    with pytest.raises(SnapshotError, match=f"企业表.*{said}.*重新读取原始文件"):
        snapshots.read(tmp_path)


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    content = crash.frames(3)
    snapshots.write(tmp_path, "hebei-2021-2", AS_OF, content, demonstration=False, program_version="0")
    _, found = snapshots.read(tmp_path)
    for name in TABLES:
        pd.testing.assert_frame_equal(found[name], content[name])
