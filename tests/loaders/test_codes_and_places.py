"""Codes with characters that nobody sees, and words for places that are no county: said as what they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpaudit.loaders.cells.credit_codes import read_code
from cpaudit.loaders.cells.places import find_county
from tests.support.workbooks import NAME_A, A, read, told_in

UNITS = ("shijiazhuang", "tangshan", "qinhuangdao", "handan", "baoding", "cangzhou", "hengshui", "xiongan", "zhangjiakou")


@pytest.mark.parametrize(
    ("character", "named"),
    [
        ("\u200b", "U+200B（零宽空格）"),
        ("\u200e", "U+200E（左至右标记）"),
        ("\u202d", "U+202D（左至右覆盖）"),
        ("\u00ad", "U+00AD（软连字符）"),
        ("\ufeff", "U+FEFF（零宽不换行空格）"),
        ("\u2063", "U+2063（不可见分隔符）"),
        ("\u3164", "U+3164（谚文填充字符）"),
        ("\u200f", "U+200F（右至左标记）"),
    ],
)
@pytest.mark.parametrize("at", [0, 9, 18])
def test_a_right_code_with_a_character_that_nobody_sees_is_read_and_the_character_named(
    character: str, named: str, at: int, tmp_path: Path
) -> None:
    frames = read(tmp_path, listed=[[1, "石家庄市", "长安区", NAME_A, A[:at] + character + A[at:], "化工"]])
    assert frames["plants"]["uscc"].tolist() == [A]
    assert told_in(frames) == [("uscc_unseen", "E3")]
    [message] = frames["problems"]["message"]
    assert named in message
    assert "校验码" not in message


@pytest.mark.parametrize(
    ("letter", "named"),
    [
        ("А", "U+0410，西里尔字母"),
        ("Α", "U+0391，希腊字母"),
        ("é", "U+00C9"),
        ("-", "U+002D"),
        ("号", "U+53F7，汉字"),
    ],
)
def test_a_character_that_no_code_has_is_named(letter: str, named: str, tmp_path: Path) -> None:
    frames = read(tmp_path, listed=[[1, "石家庄市", "长安区", NAME_A, A[:8] + letter + A[9:], "化工"]])
    assert told_in(frames) == [("uscc_characters", "E3")]
    assert named in frames["problems"]["message"][0]


def test_a_wrong_check_digit_is_still_called_one() -> None:
    wrong = A[:-1] + ("0" if A[-1] != "0" else "1")
    assert read_code(wrong).problem == "uscc_check_digit"
    assert read_code("\u200b" + wrong).problem == "uscc_check_digit"


@pytest.mark.parametrize(
    "word",
    [
        "临港区",
        "新城区",
        "各县",
        "市区",
        "市辖区",
        "老城区",
        "各县（市、区）",
        "县区",
        "市直",
        "全市",
        "城区",
        "新区",
        "化工园区",
    ],
)
def test_a_vague_word_is_never_a_county(word: str) -> None:
    for unit in UNITS:
        found = find_county(word, unit)
        assert (found.code, found.problem) == (None, "county_vague"), (unit, word)


@pytest.mark.parametrize(
    ("word", "unit", "county"),
    [
        ("高新区", "shijiazhuang", "130171"),
        ("高新区", "cangzhou", "130972"),
        ("高新区", "langfang", None),
        ("开发区", "cangzhou", None),  # it has two
        ("开发区", "tangshan", None),
        ("经开区", "tangshan", None),
        ("经济开发区", "cangzhou", "130971"),
        ("开发区", "langfang", "131071"),
    ],
)
def test_a_zone_by_its_kind_is_read_only_where_there_is_one(word: str, unit: str, county: str | None) -> None:
    found = find_county(word, unit)
    assert found.code == county
    assert found.problem == (None if county else "county_vague")


def test_a_vague_county_leaves_the_plant_without_one(tmp_path: Path) -> None:
    frames = read(tmp_path, listed=[[1, "秦皇岛市", "临港区", NAME_A, A, "化工"]])
    assert frames["plants"]["county"].isna().tolist() == [True]
    assert told_in(frames) == [("county_vague", "C3")]
    assert frames["problems"]["severity"].tolist() == ["error"]
