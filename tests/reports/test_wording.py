"""Sentences of reports in an office's own words: what stood in the holes stays, nothing else is touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import cpaudit as cp
from cpaudit.cli import run
from cpaudit.errors import DefinitionError
from cpaudit.render.notebook.wording import reworded, said
from cpaudit.views.page import Column, Heading, Table, Text


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Path]:
    assert run(["init", str(tmp_path / "office")]) == 0
    yield tmp_path / "office/definitions/wording.yaml"
    cp.project(None)


def write(office: Path, *pairs: tuple[str, str]) -> None:
    lines = [f"  - {{says: {json.dumps(a, ensure_ascii=False)}, write: {json.dumps(b, ensure_ascii=False)}}}\n" for a, b in pairs]
    office.write_text("sentences:\n" + "".join(lines), encoding="utf-8")
    cp.project(office.parents[1])


def test_a_sentence_is_written_with_what_stood_in_its_holes(office: Path) -> None:
    write(office, ("列入名单{n}家，已验收{done}家", "名单内{n}家中，通过验收{done}家"), ("存在问题", "主要问题"))
    assert said("全市列入名单1,204家，已验收31家（2.6%）。另见附表。") == "全市名单内1,204家中，通过验收31家（2.6%）。另见附表。"
    assert said("列入名单12家。已验收3家") == "列入名单12家。已验收3家", "a hole doesn't reach into another sentence"
    assert reworded(Heading("存在问题")).text == "主要问题"
    assert reworded(Text("没有别的。")).text == "没有别的。"


def test_a_hole_at_the_end_reaches_to_the_end_of_the_sentence(office: Path) -> None:
    write(office, ("数据截至{day}", "数据日期为{day}"))
    assert said("数据截至2022年11月15日。以下同。") == "数据日期为2022年11月15日。以下同。"


def test_what_is_written_is_no_pattern(office: Path) -> None:
    write(office, ("占比{n}%（按家数）", r"比例\1为{n}%[甲]"))
    assert said("占比5%（按家数）。") == r"比例\1为5%[甲]。"


def test_numbers_of_tables_stay(office: Path) -> None:
    write(office, ("逾期", "超期"))
    table = Table("t", "逾期清单", pd.DataFrame({"a": ["逾期"]}), {"a": Column("逾期")})
    assert (reworded(table).title, reworded(table).frame["a"].tolist()) == ("超期清单", ["逾期"])


@pytest.mark.parametrize(
    ("says", "to", "told"),
    [
        ("列入{n}家", "列入{m}家", "空 {m} 在原句中没有；可用的空：n"),
        ("{n}", "甲", "除了空以外没有文字"),
        ("甲{n}乙{n}", "甲", "写了两次"),
        ("甲{n}{m}", "甲", "紧挨着"),
    ],
)
def test_what_can_t_be_filled_is_refused_as_any_definition(
    office: Path, says: str, to: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(office, (says, to))
    with pytest.raises(DefinitionError, match=told) as caught:
        said("甲")
    assert "definitions/wording.yaml 第 2 行" in str(caught.value)
    capsys.readouterr()
    assert run(["--project", str(office.parents[1]), "definitions", "check"]) == 1
    assert told in capsys.readouterr().out


def test_without_a_workspace_nothing_is_said_otherwise() -> None:
    cp.project(None)
    assert said("列入名单12家") == "列入名单12家"
