"""Marks travel: invented data say so in every answer and file, levels and verdicts say what they were decided by."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

import cpaudit as cp
from cpaudit import loaders, snapshots
from cpaudit.cli import commands
from tests.support.outputs import UNITS, Answer, answers, page, shelve

MARK = "示范数据"
#: Headings of what an indicator system decides.
_DECIDED = re.compile(r"^(审核[前后]|整体|指标)*(级别|整体级别|能耗物耗指标级别)$|结论$|综合评价指数|达标率|可能级别$")
#: Answers about definition files and snapshots, which have no plants in them; they have such a column of their own.
_OTHERS = ("systems", "warehouse")


@pytest.fixture(scope="module")
def invented(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few units of the example, which is there once the sample's snapshot is."""
    return shelve(tmp_path_factory.mktemp("invented"), demonstration=True)


@pytest.fixture(scope="module")
def told(invented: Path) -> list[Answer]:
    return answers(invented, cp.example().select(unit=UNITS[2]).plants["plant_id"].iloc[0])


def test_every_row_of_invented_data_says_so(told: list[Answer]) -> None:
    for answer in told:
        if answer.call.startswith(_OTHERS):
            continue
        heads, *rows = answer.csv
        at = heads.index("数据性质")
        assert {row[at] for row in rows} <= {MARK}, answer.call
        assert all(MARK in row.values() for row in answer.json), answer.call
        assert len(rows) == len(answer.json), answer.call
        assert MARK in answer.screen or not rows, answer.call


def test_every_level_and_verdict_says_what_decided_it(told: list[Answer]) -> None:
    seen = 0
    for answer in told:
        heads, *rows = answer.csv
        decided = [at for at, head in enumerate(heads) if _DECIDED.search(head)]
        if not decided:
            continue
        mark = heads.index("核对状态")
        for row in rows:
            if any(row[at] not in ("", "无法判定") for at in decided):
                seen += 1
                assert row[mark] in (MARK, "征求意见稿或草案", "据公开转载，未核对正式文本", "已逐项核对正式文本"), answer.call
    assert seen > 200


def test_the_page_of_outputs_tells_each_key_and_heading(told: list[Answer]) -> None:
    said = (Path(__file__).parents[2] / "docs" / "outputs.md").read_text(encoding="utf-8")
    assert said.partition("### ")[2] == page(told).partition("### ")[2]


def test_lists_that_are_handed_on_say_it_in_each_file(invented: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(commands(), ["handover", "--warehouse", str(invented), "--out", str(tmp_path / "lists")])
    assert done.exit_code == 0, done.output
    files = sorted((tmp_path / "lists").iterdir())
    assert {f.suffix for f in files} == {".csv", ".xlsx", ".docx"}
    for file in files:
        assert MARK in _text(file), file.name
    letter = next(f for f in files if f.name.endswith("执法部门-函.docx"))
    assert "未核对正式文本" in _text(letter)


def test_what_is_carried_over_is_still_invented_when_it_is_read(invented: Path, tmp_path: Path) -> None:
    out = tmp_path / "in" / "强制类名单.csv"
    done = CliRunner().invoke(commands(), ["carry-over", "--warehouse", str(invented), "--format", "csv", "--out", str(out)])
    assert done.exit_code == 0, done.output
    day = cp.example().as_of
    loaders.load([out.parent], as_of=day, warehouse=tmp_path / "warehouse")
    manifest, frames = snapshots.read(tmp_path / "warehouse")
    assert manifest.demonstration
    assert len(frames["plants"]) > 0
    assert not frames["problems"]["code"].isin(["column_unknown", "column_near"]).any()


def test_what_is_not_invented_does_not_say_so(tmp_path: Path) -> None:
    real = shelve(tmp_path, demonstration=False)
    for arguments in (["progress"], ["progress", "--by", "plant"], ["funnel"], ["handover", "--to", "carry_over"]):
        for kind in ("csv", "json", "table"):
            done = CliRunner().invoke(commands(), [*arguments, "--warehouse", str(real), "--format", kind])
            assert done.exit_code == 0
            assert MARK not in done.stdout
    done = CliRunner().invoke(commands(), ["attainment", "--by", "plant", "--warehouse", str(real), "--format", "csv"])
    rows = list(csv.DictReader(io.StringIO(done.stdout.removeprefix("\ufeff"))))
    drafts = [row for row in rows if row["行业"] == "危险废物处置" and row["审核后级别"]]
    assert {row["核对状态"] for row in rows if row["审核后级别"]} >= {MARK}
    # what a clear improvement is, is the workbench's own reading, marked as a demonstration
    assert {row["核对状态"] for row in drafts} <= {"征求意见稿或草案", MARK}


def _text(file: Path) -> str:
    if file.suffix == ".csv":
        return file.read_text(encoding="utf-8-sig")
    with zipfile.ZipFile(file) as package:
        return re.sub(r"<[^>]+>", "", "".join(package.read(n).decode() for n in package.namelist() if n.endswith(".xml")))
