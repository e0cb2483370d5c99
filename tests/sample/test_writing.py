"""What is written of a world: dates that agree with each other, files of others left as they are, a data set without files."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from cpaudit import loaders, sample
from cpaudit.cli import run
from cpaudit.errors import UsageError
from cpaudit.sample import plain
from cpaudit.sample.workbooks import files
from tests.support import example

SMALL = 42
EARLY = dt.date(2022, 1, 31)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history")
    sample.history(folder, plants=SMALL, seed=5, as_of=dt.date(2022, 3, 20))
    return folder


def test_a_history_has_a_folder_for_each_month_and_the_last_day(history: Path) -> None:
    assert sorted(f.name for f in history.iterdir()) == ["2021-12-31", "2022-01-31", "2022-02-28", "2022-03-20"]


def test_what_was_true_at_one_date_is_true_at_the_next(history: Path) -> None:
    days = sorted(history.iterdir())
    rosters = [{f.name: f.read_bytes() for f in (day / "名单").iterdir() if f.suffix == ".xls"} for day in days]
    assert all(r == rosters[0] for r in rosters)
    key = ["plant_id", "milestone", "channel"]
    frames = [loaders.read([d], programme="hebei-2021-2", as_of=dt.date.fromisoformat(d.name)).frames for d in days[1:]]
    for earlier, later in pairwise(frames):
        assert earlier["plants"]["plant_id"].tolist() == later["plants"]["plant_id"].tolist()
        both = earlier["events"].dropna(subset=["plant_id", "date"]).merge(later["events"], on=key, suffixes=("", "_later"))
        assert len(both) > 0.97 * earlier["events"]["date"].notna().sum() - 8
        assert (both["date"] == both["date_later"]).mean() > 0.97, "mistakes are made and mended, the rest stays"
        assert len(later["events"]) > len(earlier["events"])


def test_a_date_before_the_rosters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="2021-12-20"):
        sample.history(tmp_path, plants=SMALL, as_of=dt.date(2021, 12, 1))


def test_it_overwrites_what_it_wrote_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample.write(tmp_path, plants=SMALL, as_of=EARLY)
    sample.write(tmp_path, plants=SMALL, seed=2, as_of=EARLY)  # its own files give way to others
    own = tmp_path / "上报" / "石家庄市.xlsx"
    content = own.read_bytes()
    before = {f: f.read_bytes() for f in tmp_path.rglob("*") if f.is_file()}
    own.write_bytes(content + b"changed by hand")
    assert run(["sample", str(tmp_path), "--plants", "60"]) == 2
    said = capsys.readouterr().err
    assert str(own) in said
    assert len(said.strip().splitlines()) == 1
    assert {f: f.read_bytes() for f in tmp_path.rglob("*") if f.is_file()} == before | {own: content + b"changed by hand"}


@pytest.mark.parametrize("name", ["名单/附件1 强制类企业名单.xlsx", "truth.json"])
def test_a_file_that_was_there_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "名单").mkdir()
    (tmp_path / name).write_text("{}")
    with pytest.raises(UsageError, match=name.rpartition("/")[2]):
        sample.write(tmp_path, plants=SMALL, as_of=EARLY)
    assert [f for f in tmp_path.rglob("*") if f.is_file()] == [tmp_path / name]
    assert (tmp_path / name).read_text() == "{}"


def test_what_another_run_no_longer_sends_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample.write(tmp_path, plants=SMALL, as_of=EARLY)
    assert (tmp_path / "上报/定州市/进度.csv").exists()
    monkeypatch.setattr(files, "sent", lambda file, _: not file.endswith("进度.csv"))
    sample.write(tmp_path, plants=SMALL, as_of=EARLY)
    assert not (tmp_path / "上报/定州市/进度.csv").exists()


def test_the_example_is_what_the_files_give_once_they_are_loaded(tmp_path: Path) -> None:
    sample.write(tmp_path, plants=60)
    (tmp_path / "truth.json").unlink()
    loaded = loaders.read([tmp_path], programme="hebei-2021-2", as_of=dt.date(2022, 11, 15)).frames
    without = example.read(60).frames
    unlike = {"sources": ["sha256"]}  # what was never a file has no digest
    for name, frame in loaded.items():
        pd.testing.assert_frame_equal(without[name].drop(columns=unlike.get(name, [])), frame.drop(columns=unlike.get(name, [])))


def test_files_of_another_programme_replace_none_of_one_s_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms that units have sent are called as those that are made."""
    monkeypatch.setattr(plain, "_workbook", lambda *_: b"made")

    def make() -> None:
        plain.write_plain(tmp_path / "in", "hebei-2018", plants=60, seed=1, as_of=EARLY)

    make()
    make()
    mine = sorted((tmp_path / "in").rglob("*.xlsx"))[-1]
    mine.write_bytes(b"sent")
    with pytest.raises(UsageError, match=f"{mine.name} 不是本命令写的"):
        make()
    assert mine.read_bytes() == b"sent"
    kept = mine.parent.rename(tmp_path / "kept")
    (kept / mine.name).unlink()
    mine.parent.symlink_to(kept)
    with pytest.raises(UsageError):
        make()
    assert not (kept / mine.name).exists()
