"""A mark is no digit: values are read without the marks beside them, said so, or refused; never with the mark glued on."""

from __future__ import annotations

import datetime as dt
import sys
import unicodedata
from pathlib import Path

import pytest

from cpaudit.loaders.cells.values import Wrong, date, number
from tests.support.workbooks import DONE, NAME_A, NAME_B, OPTIONS, PROGRESS, A, option, sent, told

MARKS = [
    "①",
    "⑴",
    "⒈",
    "❶",
    "㉑",
    "¹",
    "²",
    "⁽¹⁾",
    "*",
    "**",
    "＊",
    "†",
    "‡",
    "※",
    "★",
    "注1",
    "（注1）",
    "(注)",
    "[1]",
    "［2］",
    "〔3〕",
    "①②",
    " ①",
    "¹、²",
]


@pytest.mark.parametrize("mark", MARKS)
def test_a_number_with_a_mark_is_the_number_and_the_mark_is_noted(tmp_path: Path, mark: str) -> None:
    found = sent(tmp_path, 方案=[OPTIONS, option(1, f"12.5{mark}"), option(2, 3)])
    assert found.frames["options"]["investment_wan_yuan"].tolist() == [12.5, 3]
    assert told(found) == [("mark_left_out", "G2")]
    assert mark.strip() in found.frames["problems"]["message"][0]


@pytest.mark.parametrize("mark", ["①", "⑵", "*", "※", "¹", "[1]"])
def test_a_mark_may_stand_before_the_number(tmp_path: Path, mark: str) -> None:
    found = sent(tmp_path, 方案=[OPTIONS, option(1, f"{mark}12.5")])
    assert found.frames["options"]["investment_wan_yuan"].tolist() == [12.5]
    assert told(found) == [("mark_left_out", "G2")]


@pytest.mark.parametrize(
    "written",
    ["10³", "1×10³", "1.2×10⁴", "12.5①13", "12.5①t", "①", "½", "1½", "12¼", "3⅔", "⒈5", "12₅", "12.5 1", "12 5", "10 3", "5㏠",
     "2㋀", "12.5(1)", "12.5¹3", "12.5\n13", "🄂5", "\u202e5.21"],
)  # fmt: skip
def test_what_might_be_another_number_is_refused(tmp_path: Path, written: str) -> None:
    found = sent(tmp_path, 方案=[OPTIONS, option(1, written)])
    assert found.frames["options"]["investment_wan_yuan"].isna().all()
    [(code, cell)] = told(found)
    assert (code in {"number_text", "number_unit"}, cell) == (True, "G2")


@pytest.mark.parametrize("written", ["2022-06-2①", "2022-06-2¹", "2022年6月2日*", "2022.6.2[1]", "2022/6/2 注1", "20220602②"])
def test_a_date_with_a_mark_is_the_date(tmp_path: Path, written: str) -> None:
    found = sent(tmp_path, 进度=[PROGRESS, [NAME_A, A, written, None, None, None, "正常推进"]])
    assert found.frames["events"]["date"].tolist() == [dt.datetime(2022, 6, 2)]
    assert told(found) == [("mark_left_out", "C2")]


@pytest.mark.parametrize("written", ["2022-6-2 1", "2022-06-20 22-06-21", "2022-06-2½", "20 22-06-02"])
def test_a_date_with_a_number_beside_it_is_refused(written: str) -> None:
    with pytest.raises(Wrong):
        date(written)


@pytest.mark.parametrize("written", ["2022 06 02", "2022 - 6 - 2", "2022年 6月 2日", "2022-06-02 10:30", "2022/6/2　08:30:00"])
def test_blanks_in_dates_stay_right(written: str) -> None:
    assert date(written) == dt.date(2022, 6, 2)


@pytest.mark.parametrize(
    ("written", "meant"), [("1 234.5", 1234.5), ("12 345 678", 12345678), ("１２．５", 12.5), ("- 3", -3), ("1，234", 1234)]
)
def test_blanks_and_widths_in_numbers_stay_right(written: str, meant: float) -> None:
    assert number(written) == meant


@pytest.mark.parametrize(
    ("written", "unit"), [("12.5 m³", "m³"), ("12.5m3", "m³"), ("12.5㎥", "m³"), ("12.5ｔ", "t"), ("12.5 t①", None)]
)
def test_a_units_own_digits_stay(written: str, unit: str | None) -> None:
    if unit:
        assert number(written, unit) == 12.5
    else:
        with pytest.raises(Wrong):  # the mark is taken off before, where it can be said
            number(written, "t")


@pytest.mark.parametrize("mark", ["①", "*", "¹", "[1]", "（注）", "注2"])
def test_words_are_read_without_their_marks(tmp_path: Path, mark: str) -> None:
    row = [NAME_A + mark, A, "2021-12-25", None, None, None, "停产" + mark]
    found = sent(tmp_path, 进度=[PROGRESS, row])
    assert found.frames["plants"].set_index("plant_id").loc[A, "status"] == "suspended"
    assert set(told(found)) == {("mark_left_out", "A2"), ("mark_left_out", "G2")}


def test_a_heading_with_a_mark_is_the_heading(tmp_path: Path) -> None:
    for mark in ("①", "*", "¹", "†", "②"):
        found = sent(tmp_path, 方案=[[*OPTIONS[:-1], f"投资(万元){mark}"], option(1, 12.5)])
        assert (found.frames["options"]["investment_wan_yuan"].tolist(), told(found)) == ([12.5], [])


def test_rows_numbered_by_circles_are_no_data(tmp_path: Path) -> None:
    assert told(sent(tmp_path, 进度=[PROGRESS, list("①②③④⑤⑥⑦"), DONE])) == []


def test_no_name_of_the_roster_changes(tmp_path: Path) -> None:
    listed = [[NAME_B, None, "2021-12-25", None, None, None, "正常推进"], [NAME_A, A, None, None, None, None, "正常推进"]]
    assert {code for code, _ in told(sent(tmp_path, 进度=[PROGRESS, *listed]))} <= {"uscc_missing"}


def test_no_character_that_is_no_digit_becomes_part_of_a_number() -> None:
    for point in range(128, sys.maxunicode):
        sign = chr(point)
        if unicodedata.category(sign) in ("Cs", "Cn", "Co") or sign.isdecimal():
            continue
        # Ideographs and syllables without a value of their own differ in nothing else: one place is enough.
        plain = (
            unicodedata.name(sign, "").startswith(("CJK UNIFIED", "HANGUL SYLLABLE", "TANGUT"))
            and unicodedata.numeric(sign, None) is None
        )
        for said in (f"12.5{sign}", f"{sign}12.5", f"1{sign}2")[: 1 if plain else 3]:
            try:
                number(said)
            except Wrong:
                continue
            assert not any(c.isdigit() for c in unicodedata.normalize("NFKC", sign)), (hex(point), said)
