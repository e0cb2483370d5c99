"""Marks travel: invented data say so in every answer and file, levels and verdicts say what they were decided by."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import cpaudit as cp
from cpaudit import loaders, snapshots
from cpaudit.cli import commands
from tests.support.once import once
from tests.support.outputs import Answer, page
from tests.support.read_back import files_read, read
from tests.support.written import scored_by_drafts, shelve, write

MARK = "示范数据"
#: Headings of what an indicator system decides.
_DECIDED = re.compile(r"^(审核[前后]|整体|指标)*(级别|整体级别|能耗物耗指标级别)$|结论$|综合评价指数|达标率|可能级别$")
#: Answers about definition files and snapshots, which have no plants in them; they have such a column of their own.
_OTHERS = ("systems", "definitions", "warehouse")
#: The same, and what notebooks show of the definition files that are read with them.
_OF_DEFINITIONS = (
    *(f"commands/{name}_" for name in _OTHERS),
    "pages/notebooks/08_indicator_system_0",
    "pages/notebooks/09_programme_0",
)
_STATES = ("示范数据", "征求意见稿或草案", "据公开转载，未核对正式文本", "已逐项核对正式文本")


@pytest.fixture(scope="module")
def told(written: Path) -> list[Answer]:
    return pickle.loads((written / "answers.pickle").read_bytes())  # type: ignore[no-any-return]


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
            if any(row[at] not in ("", "无法判定", "已退出") for at in decided):
                seen += 1
                assert row[mark] in _STATES, answer.call
    assert seen > 200


def test_the_page_of_outputs_tells_each_key_and_heading(told: list[Answer]) -> None:
    said = (Path(__file__).parents[2] / "docs" / "outputs.md").read_text(encoding="utf-8")
    assert said.partition("### ")[2] == page(told).partition("### ")[2]


def test_every_file_of_invented_data_says_so_whatever_its_format(written: Path) -> None:
    silent, endings = [], set()
    for name, found in files_read(written):
        endings.add(Path(name).suffix)
        rows = [row for table in found.tables for row in table[1:]]
        about_no_plants = name.startswith(_OF_DEFINITIONS)
        nothing = (
            Path(name).suffix in (".csv", ".json") and not rows and not any(found.prose)
        )  # an empty list has no row to say it
        if MARK not in found.text() and not about_no_plants and not nothing:
            silent.append(name)
    assert silent == []
    assert endings == {".csv", ".json", ".txt", ".xlsx", ".docx", ".pdf", ".html", ".js", ".md"}


def test_every_table_of_levels_and_verdicts_says_what_decided_them(written: Path) -> None:
    bare, seen = [], 0
    for name, found in files_read(written):
        for head, *rows in filter(None, found.tables):
            heads = [re.sub(r"（[^（）]*）$|\s", "", cell) for cell in head]
            decided = [at for at, cell in enumerate(heads) if _DECIDED.search(cell)]
            for row in rows:
                if any(at < len(row) and row[at] not in ("", "—", "无法判定", "已退出") for at in decided):
                    seen += 1
                    if "核对状态" not in heads or row[heads.index("核对状态")] not in _STATES:
                        bare.append(f"{name}: {heads} {row}")
    assert bare == []
    assert seen > 500


def test_the_letter_says_what_the_verdicts_rest_on(written: Path) -> None:
    letters = {p.name: read(p).text() for p in (written / "files" / "handover").glob("*-函.docx")}
    for name, said in letters.items():
        rests = re.search("对标所用的体系或参数有未核对正式文本的（[^）]*示范数据[^）]*），移交前须重新判定。", said)
        assert bool(rests) == ("达标" in said), (name, said)
    assert "未核对正式文本" in letters["移交清单-生态环境执法部门-函.docx"]
    assert len(letters) == 5


def test_what_is_carried_over_is_still_invented_when_it_is_read(written: Path, tmp_path: Path) -> None:
    out = tmp_path / "in" / "强制类名单.csv"
    done = CliRunner().invoke(
        commands(), ["carry-over", "--warehouse", str(written / "warehouse"), "--format", "csv", "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    day = cp.example().as_of
    loaders.load([out.parent], as_of=day, warehouse=tmp_path / "warehouse")
    manifest, frames = snapshots.read(tmp_path / "warehouse")
    assert manifest.demonstration
    assert len(frames["plants"]) > 0
    assert not frames["problems"]["code"].isin(["column_unknown", "column_near"]).any()


def test_what_is_not_invented_and_scored_by_nothing_invented_does_not_say_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Real data, of which the draft of a published system alone asks anything: every file says draft, none 示范数据."""
    whole = cp.example()
    unit = whole.plants.set_index("plant_id")["unit"].loc[scored_by_drafts(whole)["plant_id"]].mode().iloc[0]

    def make(folder: Path) -> None:
        write(shelve(folder / "warehouse", demonstration=False, units=(unit,)), folder, every_format=False)

    real = once(tmp_path_factory, "real", make)
    drafts = set()
    for name, found in files_read(real):
        if not name.startswith((*_OF_DEFINITIONS, "pages/notebooks/08", "pages/notebooks/09")):
            assert MARK not in found.text(), name
            drafts |= {Path(name).suffix} if "征求意见稿或草案" in found.text() else set()
    assert drafts >= {".csv", ".json", ".txt", ".xlsx", ".docx", ".html", ".js"}
