"""A warehouse that an earlier version wrote: what it holds is all there, goes on being used, or says what to do.

``earlier/0.1.0`` was written by that version from eight fictitious plants (示范数据).
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cpaudit import snapshots
from cpaudit.cli import run
from cpaudit.dataset import Dataset
from cpaudit.errors import SnapshotError
from cpaudit.fields import TABLES
from tests.support.builders import dataset, plant

DAY = dt.date(2022, 11, 15)
EARLIER = Path(__file__).with_name("earlier")


@pytest.fixture(params=sorted(each.name for each in EARLIER.iterdir()))
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy that may be written to."""
    return Path(shutil.copytree(EARLIER / request.param, tmp_path / "warehouse"))


def plain(value: object) -> object:
    """A value without the type that a library gave it; what is missing is None."""
    if str(value) in ("None", "nan", "<NA>", "NaT"):
        return None
    return str(value)[:10] if isinstance(value, dt.date) else value


def test_every_value_that_it_holds_is_read(warehouse: Path) -> None:
    ds = Dataset.open(warehouse)
    files = sorted(warehouse.glob("*/*/*.parquet"))
    assert len(files) >= 7
    for path in files:
        kept, opened = pq.read_table(path).to_pydict(), getattr(ds, path.stem)
        for column, values in kept.items():
            assert [plain(v) for v in opened[column]] == [plain(v) for v in values], f"{path.stem}.{column}"
    assert len(ds.plants) == 8


def test_what_is_asked_of_it_is_answered_and_what_it_lacks_is_reckoned(
    warehouse: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--warehouse", str(warehouse), "--format", "json"]
    assert run(["progress", *where]) == 0
    progress = {row["unit"]: row for row in json.loads(capsys.readouterr().out)}
    assert (progress["定州市"]["listed"], progress["定州市"]["notified"]) == (7, 7)
    # One plant's city has sent nothing: that is not reported, and not late.
    assert (progress["石家庄市"]["not_reported"], progress["石家庄市"]["overdue"]) == (1, None)
    for command in ("attainment", "returns"):
        assert run([command, *where]) == 0
        assert json.loads(capsys.readouterr().out)


def test_what_today_s_version_writes_stands_beside_it_and_is_compared(
    warehouse: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    later = DAY + dt.timedelta(days=7)
    before = {path.relative_to(warehouse): path.read_bytes() for path in warehouse.rglob("*.parquet")}
    frames = {name: getattr(Dataset.open(warehouse), name) for name in TABLES}
    frames["plants"] = frames["plants"].iloc[1:]
    snapshots.write(warehouse, "hebei-2021-2", later, frames, demonstration=True, program_version="today")
    assert [(warehouse / "hebei-2021-2" / path).read_bytes() for path in before] == list(before.values())
    assert snapshots.dates(warehouse) == [DAY, later]
    assert len(Dataset.open(warehouse).plants) == 7
    assert len(Dataset.open(warehouse, as_of=DAY).plants) == 8
    assert run(["diff", str(DAY), str(later), "--warehouse", str(warehouse), "--table", "plants", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)


def test_one_from_before_there_were_formats_says_to_load_again_and_that_mends_it(tmp_path: Path) -> None:
    home = tmp_path / "warehouse" / "hebei-2021-2" / str(DAY)
    ds = dataset(plants=[plant("a", unit="dingzhou", name="定州示例厂")])
    frames = {name: getattr(ds, name) for name in TABLES}
    snapshots.write(tmp_path / "warehouse", "hebei-2021-2", DAY, frames, demonstration=True, program_version="0.1.0")
    folder = home / (home / "current").read_text(encoding="utf-8").strip()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    # As the first version wrote it: no format, no sources, no time.
    old = {key: manifest[key] for key in ("programme", "as_of", "version", "program_version", "demonstration", "rows", "hashes")}
    old["version"] = "dcd71ee01df4"
    (folder / "manifest.json").write_text(json.dumps(old, ensure_ascii=False), encoding="utf-8")
    folder.rename(home / "dcd71ee01df4")
    (home / "current").write_text("dcd71ee01df4\n", encoding="utf-8")
    with pytest.raises(
        SnapshotError, match=r"由较旧的 cpaudit 0\.1\.0 写成，本程序不能打开，请用 cpaudit load 重新读取原始文件。"
    ):
        Dataset.open(tmp_path / "warehouse")
    snapshots.write(tmp_path / "warehouse", "hebei-2021-2", DAY, frames, demonstration=True, program_version="today")
    assert list(Dataset.open(tmp_path / "warehouse").plants["name"]) == ["定州示例厂"]
