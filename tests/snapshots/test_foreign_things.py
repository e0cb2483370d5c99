"""What others leave in a warehouse, or hand over as a backup, reads no other's file, moves none, and hides no snapshot."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import re
import struct
import sys
import zipfile
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import polars as pl
import pytest

import cpaudit as cp
from cpaudit import snapshots
from cpaudit.cli import run
from cpaudit.errors import NoSnapshotError, SnapshotError, UsageError
from cpaudit.snapshots import content, place
from tests.support.crash import AS_OF, frames, number, start

A, B, NOBODY = "hebei-2021-2", "hebei-2018", 65534
WEEK = dt.timedelta(days=7)


def write(warehouse: Path, n: int, programme: str = A, day: dt.date = AS_OF) -> str:
    return snapshots.write(warehouse, programme, day, frames(n), demonstration=True, program_version="0").version


def version_of(warehouse: Path) -> Path:
    return next((warehouse / A / str(AS_OF)).glob("?" * 12))


def read(warehouse: Path) -> int:
    return number(snapshots.read(warehouse)[1])


def forged(home: Path, change: Callable[[dict[str, bytes], dict[str, object]], None], programme: str = A) -> Path:
    """Put a version that hangs together and no load wrote into a day's folder, in force."""
    manifest, files = content.prepare(programme, AS_OF, frames(1), True, "0")
    said = json.loads(files["manifest.json"])
    change(files, said)
    said["version"] = content._version(said)
    files["manifest.json"] = content._json(said).encode()
    (home / said["version"]).mkdir(parents=True)
    for name, written in files.items():
        (home / said["version"] / name).write_bytes(written)
    (home / "current").write_text(said["version"] + "\n", encoding="utf-8")
    assert manifest.programme == programme
    return home


# -- which programmes there are


def test_a_programme_whose_last_day_was_removed_is_none_to_choose_from(tmp_path: Path) -> None:
    write(tmp_path, 1)
    write(tmp_path, 2, B)
    snapshots.remove(tmp_path, AS_OF, B)
    assert (snapshots.programmes(tmp_path), read(tmp_path)) == ([A], 1)


@pytest.mark.parametrize(
    "name", ["原始文件/2022-11-15", ".backup/2022-11-15/0123456789ab", "2022-11-15/x", "备份/2022-11-15/current/x"]
)
def test_other_folders_with_days_in_them_are_no_programmes(tmp_path: Path, name: str) -> None:
    write(tmp_path, 1)
    (tmp_path / name).mkdir(parents=True)
    if name.startswith("备份"):
        (tmp_path / name).parent.rename(tmp_path / "备份" / "2022-11-15" / "kept")
    assert (snapshots.programmes(tmp_path), read(tmp_path)) == ([A], 1)


def as_nobody(warehouse: Path) -> list[str]:
    """What somebody without rights is answered: by reading, by listing, by a backup."""
    (warehouse.parent / "open").mkdir()
    (warehouse.parent / "open").chmod(0o777)
    process, its = start(_asked, warehouse)
    said = its.recv()
    process.join()
    return list(said)


def _asked(told: Connection, warehouse: Path) -> None:
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    said = []
    for ask in (
        lambda: read(warehouse),
        lambda: snapshots.overview(warehouse)[-1].fault,
        lambda: snapshots.backup(warehouse, warehouse.parent / "open" / "b.zip", "decisions.csv"),
    ):
        try:
            said.append(str(ask()))
        except Exception as error:
            said.append(f"{type(error).__name__}: {error}")
    told.send(said)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A warehouse that everybody may read."""
    if os.geteuid():
        pytest.skip("only root can become somebody else")
    home = tmp_path / "w"
    write(home, 1)
    for folder in (home, *home.parents):
        if not folder.stat().st_mode & 0o001:
            folder.chmod(0o755)
    return home


def test_the_folder_that_a_file_system_keeps_for_itself_stops_nobody(shared: Path) -> None:
    (shared / "lost+found").mkdir(mode=0o700)
    assert as_nobody(shared) == ["1", "", "(1, [])"]


@pytest.mark.parametrize("name", ["", B, f"{A}/{AS_OF + WEEK}", f"{A}/{AS_OF}"])
def test_a_folder_that_may_not_be_entered_is_a_sentence_and_nothing_else_is_served(shared: Path, name: str) -> None:
    (shared / name).mkdir(exist_ok=True)
    (shared / name).chmod(0)
    for said in as_nobody(shared):
        assert re.search("不能进入|不是可以进入的目录|没有权限", said), said
        assert re.match(r"SnapshotError|/|\(\d, \['/", said), said
        assert "Errno" not in said


def test_the_environment_s_programme_is_meant_even_where_another_is_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 1)
    monkeypatch.setenv("CPAUDIT_PROGRAMME", B)
    with pytest.raises(NoSnapshotError, match=f"批次 {B}（环境变量 CPAUDIT_PROGRAMME 所指）的快照"):
        read(tmp_path)
    assert number(snapshots.read(tmp_path, programme=A)[1]) == 1
    for odd in ("../x", "x" * 5000, "a\nb"):
        monkeypatch.setenv("CPAUDIT_PROGRAMME", odd)
        with pytest.raises(UsageError, match="环境变量 CPAUDIT_PROGRAMME）不是批次编号"):
            read(tmp_path)


def test_files_are_read_for_the_environment_s_programme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("企业名称\n示例厂\n", encoding="utf-8")
    monkeypatch.setenv("CPAUDIT_PROGRAMME", "hebei-1999")
    assert run(["load", str(tmp_path / "in"), "--warehouse", str(tmp_path / "w")]) == 2
    assert "hebei-1999" in capsys.readouterr().err


def test_the_first_notebook_reads_files_for_the_environment_s_programme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("企业名称\n示例厂\n", encoding="utf-8")
    write(tmp_path / "w", 1)
    monkeypatch.setenv("CPAUDIT_WAREHOUSE", str(tmp_path / "w"))
    monkeypatch.setenv("CPAUDIT_PROGRAMME", "hebei-1999")
    assert "hebei-1999" in str(cp.start(str(tmp_path / "in"), str(AS_OF), save=True).blocks)


def test_a_warehouse_that_anybody_may_have_put_above_is_not_taken_for_one_s_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "shared" / "mine" / "work"
    for folder in (here, tmp_path / "shared" / "data" / "warehouse"):
        folder.mkdir(parents=True)
    monkeypatch.delenv("CPAUDIT_WAREHOUSE", raising=False)
    monkeypatch.chdir(here)
    assert snapshots.default_warehouse() == tmp_path / "shared" / "data" / "warehouse"
    (tmp_path / "shared").chmod(0o1777)
    assert snapshots.default_warehouse() == Path("data/warehouse")
    (tmp_path / "shared" / "mine" / "data" / "warehouse").mkdir(parents=True)
    assert snapshots.default_warehouse() == tmp_path / "shared" / "mine" / "data" / "warehouse"


# -- what lies there leads nowhere


@pytest.mark.parametrize("programme", ["../out", "{}/out", "a/b", "..", "2021-01-01", "x\ny", "x\\y", ".x", "x" * 250])
def test_a_manifest_s_programme_moves_no_day_elsewhere(tmp_path: Path, programme: str) -> None:
    home = tmp_path / "in" / "w"
    day = forged(home / str(AS_OF), lambda *_: None, programme.format(tmp_path))
    write(home, 2, A, AS_OF + WEEK)
    assert day.is_dir()
    assert sorted(p.name for p in home.iterdir()) == sorted([A, str(AS_OF)])
    assert [p.name for p in tmp_path.iterdir()] == ["in"]
    assert [p.name for p in home.parent.iterdir()] == ["w"]


def test_a_link_in_place_of_a_draft_costs_no_other_day_its_pointer(tmp_path: Path) -> None:
    write(tmp_path, 1)
    write(tmp_path, 2, A, AS_OF + WEEK)
    (tmp_path / A / str(AS_OF) / ".writing-x").symlink_to(tmp_path / A / str(AS_OF + WEEK))
    write(tmp_path, 3)
    assert (read(tmp_path), number(snapshots.read(tmp_path, AS_OF)[1])) == (2, 3)


def test_a_file_larger_than_any_is_damage_and_takes_no_memory(tmp_path: Path) -> None:
    write(tmp_path, 1)
    os.truncate(version_of(tmp_path) / "plants.parquet", 1 << 42)
    with pytest.raises(SnapshotError, match=r"plants.parquet 大得不合理"):
        read(tmp_path)


@pytest.mark.parametrize("bomb", [pl.repeat(None, 3_000_000, dtype=pl.String), pl.repeat("字" * 2000, 20_000)])
def test_a_table_that_unfolds_without_end_is_damage(tmp_path: Path, bomb: pl.Expr, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "_MOST_TEXT", 100_000_000)

    def unfold(files: dict[str, bytes], said: dict[str, object]) -> None:
        table = pl.select(plant_id=bomb)
        packed = io.BytesIO()
        table.write_parquet(packed, compression="zstd", statistics=False)
        files["plants.parquet"] = packed.getvalue()
        said["rows"] |= {"plants": table.height}  # type: ignore[operator]
        said["hashes"] |= {"plants": hashlib.sha256(packed.getvalue()).hexdigest()}  # type: ignore[operator]

    home = forged(tmp_path / A / str(AS_OF), unfold)
    assert sum(p.stat().st_size for p in home.rglob("*.parquet")) < 300_000
    with pytest.raises(SnapshotError, match="大得不合理"):
        read(tmp_path)
    assert "大得不合理" in snapshots.overview(tmp_path)[0].fault


# -- backups


@pytest.mark.parametrize("left", ["file", "link", "pipe", "folder"])
def test_what_else_lies_in_a_version_s_folder_is_in_no_backup_and_spoils_none(tmp_path: Path, left: str) -> None:
    write(tmp_path / "w", 1)
    (tmp_path / "secret").write_text("不该带走", encoding="utf-8")
    there = version_of(tmp_path / "w") / ".DS_Store"
    match left:
        case "file":
            there.write_bytes(b"x")
        case "link":
            there.symlink_to(tmp_path / "secret")
        case "pipe":
            os.mkfifo(there)
        case _:
            there.mkdir()
    assert snapshots.backup(tmp_path / "w", tmp_path / "b.zip", "decisions.csv") == (1, [])
    assert "不该带走".encode() not in (tmp_path / "b.zip").read_bytes()
    snapshots.restore(tmp_path / "b.zip", tmp_path / "back", "decisions.csv")
    assert read(tmp_path / "back") == 1


def test_decisions_that_are_a_link_are_not_handed_on_and_it_is_said(tmp_path: Path) -> None:
    write(tmp_path / "w", 1)
    (tmp_path / "secret").write_text("不该带走", encoding="utf-8")
    (tmp_path / "w" / "decisions.csv").symlink_to(tmp_path / "secret")
    count, told = snapshots.backup(tmp_path / "w", tmp_path / "b.zip", "decisions.csv")
    assert (count, len(told)) == (1, 1)
    assert "decisions.csv 是链接" in told[0]
    assert zipfile.ZipFile(tmp_path / "b.zip").namelist().count("decisions.csv") == 0


def test_restoring_writes_through_no_link(tmp_path: Path) -> None:
    write(tmp_path / "w", 1)
    (tmp_path / "w" / "decisions.csv").write_text("判定\n", encoding="utf-8")
    snapshots.backup(tmp_path / "w", tmp_path / "b.zip", "decisions.csv")
    (tmp_path / "mine").write_text("要紧", encoding="utf-8")
    for name in (".decisions.csv", "decisions.csv"):
        home = tmp_path / f"to{name}"
        home.mkdir()
        (home / name).symlink_to(tmp_path / "mine")
        snapshots.restore(tmp_path / "b.zip", home, "decisions.csv")
        assert (tmp_path / "mine").read_text(encoding="utf-8") == "要紧"
        assert read(home) == 1


def test_a_backup_goes_where_a_link_leads_and_replaces_no_pipe(tmp_path: Path) -> None:
    write(tmp_path / "w", 1)
    (tmp_path / "link.zip").symlink_to(tmp_path / "real.zip")
    snapshots.backup(tmp_path / "w", tmp_path / "link.zip", "decisions.csv")
    assert (tmp_path / "link.zip").is_symlink()
    assert zipfile.is_zipfile(tmp_path / "real.zip")
    os.mkfifo(tmp_path / "pipe.zip")
    with pytest.raises(SnapshotError, match="不是文件"):
        snapshots.backup(tmp_path / "w", tmp_path / "pipe.zip", "decisions.csv")
    assert (tmp_path / "pipe.zip").is_fifo()


def test_a_backup_with_an_endless_directory_is_one_sentence_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = b"x/2022-07-01/current"
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 0x21, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0) + name
    many = entry * 200_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(many), 0, 0)
    (tmp_path / "b.zip").write_bytes(many + end)
    made = []

    class Counted(zipfile.ZipInfo):
        def __init__(self, *arguments: object) -> None:
            made.append(1)
            super().__init__(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(zipfile, "ZipInfo", Counted)
    with pytest.raises(SnapshotError, match="不是完好的备份文件"):
        snapshots.restore(tmp_path / "b.zip", tmp_path / "back", "decisions.csv")
    assert len(made) < 1000


# -- and others at work meanwhile


@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_what_is_removed_or_replaced_while_it_is_looked_at_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    home = tmp_path / "w"

    def meanwhile(folder: Path, programme: str = "") -> object:
        """What holds a version against its hashes, as somebody changes the day right before."""
        if not changed:
            changed.append(how)
            if how == "removed":
                snapshots.remove(home, AS_OF)
            else:
                write(home, 2)
                snapshots.prune(home, snapshots.superfluous(home, 2))
        return holds(folder, programme)

    for module, holds in (("listing", content.check), ("backup", content.files_of)):
        changed: list[str] = []
        write(home, 1)
        write(home, 3, A, AS_OF + WEEK)
        with monkeypatch.context() as patch:
            patch.setattr(sys.modules[f"cpaudit.snapshots.{module}"], holds.__name__, meanwhile)
            if module == "listing":
                assert [d.fault for d in snapshots.overview(home)] == [""] * (1 if how == "removed" else 2)
            else:
                count = 1 if how == "removed" else 2
                assert snapshots.backup(home, tmp_path / "b.zip", "decisions.csv") == (count, [])
        assert changed == [how]


def test_a_day_that_is_put_on_its_shelf_while_it_is_backed_up_is_in_the_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, old = tmp_path / "w", tmp_path / "w" / str(AS_OF)
    write(home, 1)
    (home / A / str(AS_OF)).rename(old)

    def meanwhile(folder: Path, programme: str = "") -> object:
        if old.exists():
            place.migrate(home)
        return content.files_of(folder, programme)

    monkeypatch.setattr(sys.modules["cpaudit.snapshots.backup"], "files_of", meanwhile)
    assert snapshots.backup(home, tmp_path / "b.zip", "decisions.csv") == (1, [])


def test_pruning_goes_on_where_somebody_else_removed_a_day(tmp_path: Path) -> None:
    for weeks in range(3):
        write(tmp_path, weeks, A, AS_OF + weeks * WEEK)
    gone = snapshots.superfluous(tmp_path, 1)
    snapshots.remove(tmp_path, AS_OF)
    snapshots.prune(tmp_path, gone)
    assert snapshots.dates(tmp_path) == [AS_OF + 2 * WEEK]
