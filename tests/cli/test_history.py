"""Commands about time and origin: diff, trace, carry-over."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cpaudit import loaders
from cpaudit.analysis.carry_over import carry_over
from cpaudit.cli import history, run
from cpaudit.dataset import Dataset
from cpaudit.fields import TABLES
from cpaudit.programme import find_unit
from tests.support.workbooks import NAME_A, NAME_B, PROGRESS, ROSTER, A, B, book

JUNE, JULY = dt.date(2022, 6, 30), dt.date(2022, 7, 31)
ROWS = [[1, "石家庄市", "长安区", NAME_A, A, "化工"], [2, "石家庄市", "长安区", NAME_B, B, "化工"]]


def says(path: Path, *arguments: object, code: int = 0) -> list[dict[str, Any]]:
    """The rows that a command gives as JSON."""
    out = path / "out.json"
    assert run([*map(str, arguments), "--format", "json", "--out", str(out)]) == code
    found: list[dict[str, Any]] = json.loads(out.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    """Raw files of June, read; then those of July, in their place, read into the same warehouse."""
    raw = tmp_path / "raw"
    book(raw / "名单.xlsx", {"n": [["强制类"], ROSTER, *ROWS]})
    for day, disclosed, status in ((JUNE, None, "正常推进"), (JULY, "2022-07-05", "停产")):
        first = [NAME_A, A, "2021-12-25", "2022-01-05", disclosed, None, "正常推进"]
        second = [NAME_B, B, "2021-12-26", None, None, None, status]
        book(raw / "石家庄市.xlsx", {"进度": [PROGRESS, first, second]})
        loaders.load([raw], as_of=day, warehouse=tmp_path / "warehouse")
    return tmp_path


def test_diff_tells_what_came_between_two_snapshots_and_in_which_cells(sent: Path) -> None:
    said = says(sent, "diff", JUNE, JULY, "--warehouse", sent / "warehouse")
    (status,) = [r for r in said if r["field_label"] == "状态"]
    assert (status["name"], status["before"], status["after"]) == (NAME_B, "正常推进", "停产")
    assert (status["old_file"], status["new_cell"]) == ("石家庄市.xlsx", "A3")
    (event,) = [r for r in said if r["table_label"] == "节点完成情况"]
    assert (event["kind"], event["name"], event["record"]) == ("新增", NAME_A, "信息公开、线下")
    assert "完成日期：2022-07-05" in event["after"]
    assert {r["kind"] for r in says(sent, "diff", JULY, JUNE, "--warehouse", sent / "warehouse", "--table", "events")} == {"删除"}


def test_diff_counts_by_table_unit_and_plant(sent: Path) -> None:
    base = ["diff", JUNE, JULY, "--warehouse", sent / "warehouse"]
    by_plant = {r["name"]: (r["added"], r["changed"]) for r in says(sent, *base, "--by", "plant", "--table", "events")}
    assert by_plant == {NAME_A: (1, 0)}
    assert [r["unit"] for r in says(sent, *base, "--by", "unit", "--table", "events")] == ["石家庄市"]
    assert {r["table"] for r in says(sent, *base, "--by", "table")} >= {"企业", "节点完成情况", "来源文件"}
    assert says(sent, *base, "--unit", "唐山市", "--table", "events") == []


def test_diff_takes_versions_and_names_what_there_is(sent: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = sent / "warehouse"
    version = Dataset.snapshot(str(JUNE), place).version
    assert says(sent, "diff", version, JUNE, "--warehouse", place) == []
    assert run(["diff", str(JUNE), "2022-01-01", "--warehouse", str(place)]) == 2
    assert "现有 2022-06-30、2022-07-31" in capsys.readouterr().err


def test_trace_leads_to_the_cell_and_finds_there_what_was_read(sent: Path) -> None:
    base = ["trace", NAME_A, "--warehouse", sent / "warehouse"]
    said = says(sent, *base, "--field", "完成日期", "--raw", sent / "raw")
    assert {(r["cell"], r["value"], r["raw"], r["check"]) for r in said} == {
        ("C2", "2021-12-25", "2021-12-25", "一致"),
        ("D2", "2022-01-05", "2022-01-05", "一致"),
        ("E2", "2022-07-05", "2022-07-05", "一致"),
    }
    roster, returned = says(sent, *base, "--table", "plants", "--raw", sent / "raw")
    assert (roster["file"], roster["cell"]) == ("名单.xlsx", "A3")
    assert NAME_A in roster["raw"]
    assert (returned["file"], returned["cell"], returned["value"]) == ("石家庄市.xlsx", "A2", "状态：正常推进")
    assert all(len(r["sha256"]) == 64 and r["written"] and r["program"].startswith("cpaudit ") for r in said)


def test_trace_tells_that_a_raw_file_was_changed_or_is_gone(sent: Path) -> None:
    base = ["trace", NAME_A, "--raw", sent / "raw", "--warehouse", sent / "warehouse"]
    old = [*base, "--as-of", JUNE, "--field", "完成日期"]
    assert {r["check"] for r in says(sent, *old, code=1)} == {"文件已改动"}
    shutil.rmtree(sent / "raw")
    (sent / "raw").mkdir()
    assert {(r["check"], r["raw"]) for r in says(sent, *base, code=1)} == {("找不到文件", None)}


def test_trace_leads_from_every_value_of_the_sample_to_its_cell(raw: Path, warehouse: Path, ds: Dataset, tmp_path: Path) -> None:
    plant = ds.measurements["plant_id"].iloc[0]
    said = says(tmp_path, "trace", plant, "--warehouse", warehouse, "--raw", raw, "--field", "实测值")
    assert len(said) == ((ds.measurements["plant_id"] == plant) & ds.measurements["value"].notna()).sum()
    numbers = [(float(r["value"]), r["raw"].replace("，", "")) for r in said if r["raw"].replace(".", "").isdigit()]
    assert len(numbers) > len(said) / 2
    assert all(value == float(cell) for value, cell in numbers)


def test_trace_shows_what_a_unit_itself_reported(warehouse: Path, ds: Dataset, tmp_path: Path) -> None:
    own = ds.events[ds.events["plant_id"].isna()]
    unit = find_unit(own["unit"].iloc[0])
    said = says(tmp_path, "trace", unit.name, "--warehouse", warehouse, "--table", "events", "--field", "date")
    assert len(said) == (own["unit"] == unit.id).sum()


def test_diff_and_trace_know_all_seven_tables() -> None:
    assert history._TABLES == TABLES


def test_wrong_usage_of_trace_says_what_there_is(warehouse: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = ["--warehouse", str(warehouse)]
    for arguments, said, code in (
        (["trace", "没有这家", *base], "名单中没有", 2),
        (["trace", "石家庄市", "--field", "颜色", *base], "完成日期", 2),
        (["trace", "石家庄市", "--raw", "没有", *base], "找不到目录", 3),
        (["trace", "石家庄市", "--table", "colours", *base], "plants", 2),
    ):
        assert run(arguments) == code
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1


@pytest.mark.parametrize(("label", "roster"), [("强制类", "mandatory"), ("重点行业", "key_industry")])
def test_the_carry_over_list_is_read_as_a_roster_and_the_cohort_stays(
    warehouse: Path, ds: Dataset, tmp_path: Path, label: str, roster: str
) -> None:
    out = tmp_path / "next" / "转入名单.xlsx"
    base = ["carry-over", "--warehouse", str(warehouse), "--as-of", "2022-12-01", "--assuming-nothing-more", "--roster", label]
    assert run([*base, "--format", "xlsx", "--out", str(out)]) == 0
    carried = carry_over(ds.assuming_nothing_more(dt.date(2022, 12, 1)))
    carried = carried[carried["roster"] == roster].set_index("name")
    found = loaders.read([out.parent], programme="hebei-2021-2", as_of=dt.date(2023, 1, 1))
    plants = found.frames["plants"].set_index("name")
    assert len(carried) > 5
    assert set(plants.index) == set(carried.index)
    assert set(plants["roster"]) == {roster}
    assert set(plants["cohort"]) == {"hebei-2021-2"}
    same = ["uscc", "unit", "industry", "reasons", "permit_class", "assessor", "authority", "stricter_level"]
    assert plants.loc[carried.index, same].astype("str").equals(carried[same].astype("str"))
