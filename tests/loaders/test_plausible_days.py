"""Days that can't be and scores that can't be: an error at their cell, and nothing of them is stored."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from cpaudit import loaders
from tests.support.workbooks import AS_OF, LISTED, NAME_A, ROSTER, A, book, read, told_in

COLUMNS = ["企业名称", "统一社会信用代码", "告知书送达日期", "完成评估日期", "评估结果", "评估得分", "完成验收日期", "目前状态"]


def returned(
    tmp_path: Path, notified: Any = "2021-12-25", assessed: Any = "2022-06-20", result: Any = "通过", score: Any = 85
) -> Any:
    book(tmp_path / "名单.xlsx", {"名单": [["强制类企业名单"], ["名单公布日期：2021-12-20"], ROSTER, *LISTED]})
    book(tmp_path / "石家庄市.xlsx", {"进度": [COLUMNS, [NAME_A, A, notified, assessed, result, score, None, "正常推进"]]})
    return loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).frames


def at(frames: Any, cell: str) -> list[tuple[str, str]]:
    problems = frames["problems"]
    return list(problems.loc[problems["cell"] == cell, ["severity", "code"]].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (dt.datetime(1921, 12, 28), "date_too_early"),
        ("2012-12-28", "date_too_early"),
        ("2002-01-05", "date_too_early"),
        ("1900-01-01", "date_too_early"),
        ("2020年1月5日", "date_too_early"),
        ("2011.12.28", "date_too_early"),
        (36526, "date_too_early"),  # the number of 2000-01-01
        ("2022-11-16", "date_in_future"),
        ("2122-01-05", "date_in_future"),
        ("2202-12-28", "date_in_future"),
    ],
)
def test_a_day_that_cannot_be_is_an_error_and_not_stored(day: Any, code: str, tmp_path: Path) -> None:
    frames = returned(tmp_path, notified=day)
    assert at(frames, "C2") == [("error", code)]
    kept = frames["events"].loc[frames["events"]["milestone"] == "notified", "date"]
    assert kept.isna().all()


@pytest.mark.parametrize("day", ["2021-12-20", "2021-12-21", "2022-11-15", "2022-01-01"])
def test_a_day_since_the_listing_up_to_today_is_taken(day: str, tmp_path: Path) -> None:
    frames = returned(tmp_path, notified=day, assessed=None, result=None, score=None)
    assert at(frames, "C2") == []
    assert [str(d)[:10] for d in frames["events"]["date"]] == [day]


def test_a_day_shortly_before_the_listing_is_asked_about(tmp_path: Path) -> None:
    frames = returned(tmp_path, notified="2020-12-28")
    assert at(frames, "C2") == [("warning", "date_before_listing")]
    assert "2021-12-20" in frames["problems"]["message"][0]


@pytest.mark.parametrize("score", [101, 850, -1, -0.5, "120分", 1e6])
def test_a_score_out_of_its_range_is_an_error_and_not_stored(score: Any, tmp_path: Path) -> None:
    frames = returned(tmp_path, score=score)
    assert at(frames, "F2") == [("error", "score_out_of_range")]
    assert frames["events"]["score"].isna().all()


@pytest.mark.parametrize("score", [0, 59.9, 58, "58分", 12])
def test_a_score_too_low_for_its_result_is_asked_about(score: Any, tmp_path: Path) -> None:
    frames = returned(tmp_path, score=score)
    assert at(frames, "F2") == [("warning", "score_against_result")]


@pytest.mark.parametrize("score", [95, 80, 100, "95分", 88.5])
def test_a_score_too_high_for_its_result_is_asked_about(score: Any, tmp_path: Path) -> None:
    frames = returned(tmp_path, result="未通过", score=score)
    assert ("warning", "score_against_result") in at(frames, "F2")
    [message] = frames["problems"].loc[frames["problems"]["code"] == "score_against_result", "message"]
    assert "未通过" in message


@pytest.mark.parametrize(("score", "result"), [(100, "通过"), (60, "通过"), (85, "通过"), (55, "未通过"), (79, "未通过")])
def test_a_score_that_fits_its_result_says_nothing(score: Any, result: str, tmp_path: Path) -> None:
    frames = returned(tmp_path, result=result, score=score)
    assert at(frames, "F2") == []
    assert frames["events"]["score"].dropna().tolist() == [float(score)]


@pytest.mark.parametrize(
    ("score", "code"),
    [("85%", "number_unit"), ("85吨", "number_unit"), ("85万元", "number_unit"), ("85优秀", "number_text"),
     ("85（优）", "number_text"), ("优", "number_text"), ("约85", "number_inexact")],
)  # fmt: skip
def test_what_stands_beside_a_number_is_called_what_it_is(score: str, code: str, tmp_path: Path) -> None:
    frames = returned(tmp_path, score=score)
    assert at(frames, "F2") == [("error", code)]
    assert frames["events"]["score"].isna().all()


def test_a_status_may_be_older_than_the_programme_but_not_older_than_the_law(tmp_path: Path) -> None:
    columns = ["企业名称", "统一社会信用代码", "告知书送达日期", "完成验收日期", "目前状态", "状态起始日期"]
    for since, told in (("2018-05-01", []), ("1918-05-01", [("date_too_early", "F2")])):
        folder = tmp_path / since
        frames = read(folder, 进度=[columns, [NAME_A, A, None, None, "停产", since]])
        assert told_in(frames) == told


@pytest.mark.parametrize(
    ("cell", "wrong", "said"),
    [
        *(
            ("F2", "八十五", "完成评估得分"),
            ("F2", "约90", "完成评估得分"),
            ("F2", 58, "完成评估得分"),
            ("F2", 850, "完成评估得分"),
        ),
        *(("D2", "2022-13-01", "完成评估"), ("D2", "2022-06", "完成评估"), ("C2", "2023-10-01", "告知书送达")),
    ],
)
def test_a_sentence_names_the_field_and_says_what_became_of_it(cell: str, wrong: Any, said: str, tmp_path: Path) -> None:
    place = {"C2": "notified", "D2": "assessed", "F2": "score"}[cell]
    problems = returned(tmp_path, **{place: wrong})["problems"]
    [sentence] = problems.loc[problems["cell"] == cell, "message"]
    assert said in sentence
    assert wrong == 58 or "未采用" in sentence
