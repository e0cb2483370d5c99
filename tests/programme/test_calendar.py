"""Working days: holidays and swapped days as the State Council published them, and an honest answer where it hasn't."""

from __future__ import annotations

import datetime as dt

import chinese_calendar
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpaudit.analysis import progress
from cpaudit.errors import DefinitionError
from cpaudit.programme import calendar
from cpaudit.reference import parse_definition
from cpaudit.views.tables import base as tables
from tests.support.builders import dataset, plant

FIRST, LAST = dt.date(2020, 1, 1), dt.date(2026, 12, 31)
DAYS = [FIRST + dt.timedelta(n) for n in range((LAST - FIRST).days + 1)]


def test_every_day_of_the_published_years_is_the_one_of_another_source() -> None:
    assert {d: calendar.is_working_day(d) for d in DAYS} == {d: chinese_calendar.is_workday(d) for d in DAYS}


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2022-01-29", True),  # a Saturday worked for the Spring Festival
        ("2022-01-31", False),  # the day on which plants must have registered is New Year's Eve
        ("2022-12-31", False),  # belongs to the next year's notice
        ("2024-02-29", True),
        ("2019-06-03", None),
        ("2027-10-01", None),
    ],
)
def test_a_day_is_worked_or_not_or_not_published(day: str, works: bool | None) -> None:
    assert calendar.is_working_day(dt.date.fromisoformat(day)) is works


@given(st.dates(FIRST, LAST), st.integers(-5, 400))
def test_the_days_between_are_counted_as_one_by_one(after: dt.date, length: int) -> None:
    until = after + dt.timedelta(length)
    one_by_one = sum(
        calendar.is_working_day(d) is True or (calendar.is_working_day(d) is None and d.weekday() < 5)
        for d in (after + dt.timedelta(n) for n in range(1, length + 1))
    )
    assert calendar.working_days(after, np.array([until], "datetime64[D]")).tolist() == [one_by_one]


def test_a_file_with_an_impossible_day_is_told_so() -> None:
    holiday = {"name": "元旦", "first": "2022-01-01", "last": "2022-01-03"}
    year = {"year": 2022, "notices": [{"title": "通知"}], "holidays": [holiday]}
    assert len(parse_definition(year, calendar.HolidayYear, "2022.yaml").days_off()) == 3
    for wrong in (
        {"work": ["2022-01-05"]},
        {"work": ["2022-01-02"]},
        {"last": "2021-12-31"},
        {"first": "2021-11-01"},
        {"off": 1},
    ):
        with pytest.raises(DefinitionError, match=r"2022\.yaml"):
            parse_definition({**year, "holidays": [holiday | wrong]}, calendar.HolidayYear, "2022.yaml")


# -- where they are shown


def test_what_is_ahead_says_how_many_working_days_are_left() -> None:
    states = progress.milestone_states(dataset(dt.date(2022, 9, 30), plants=[plant()])).set_index("milestone")
    assert states.loc["implemented", ["days", "working_days", "working_days_basis"]].tolist() == [32, 19, "published"]
    assert states["working_days"].isna().equals(~states["state"].isin(["due_soon", "not_due"]))
    assert states["working_days_basis"].isna().equals(states["working_days"].isna())


def test_on_the_last_day_no_working_day_is_left() -> None:
    todo = progress.to_do(dataset(dt.date(2022, 11, 1), plants=[plant()])).set_index("milestone")
    assert todo.loc["implemented", ["state", "days", "working_days"]].tolist() == ["due_soon", 0, 0]
    friday = progress.unit_states(dataset(dt.date(2022, 12, 9), plants=[plant()]))  # the results are due on Saturday
    owed = friday[(friday["milestone"] == "results_reported") & friday["days"].notna()]
    assert owed[["days", "working_days"]].to_numpy().tolist() == [[1, 0]]


def test_a_year_that_is_not_published_is_said_to_be_assumed() -> None:
    ds = dataset(dt.date(2029, 12, 20), plants=[plant(own_deadline="2030-01-02")])
    todo = progress.to_do(ds).set_index("milestone")
    assert todo.loc["accepted", ["working_days", "working_days_basis"]].tolist() == [9, "assumed"]
    assert "2030 年的，该年放假安排未公布，按周一至周五计" in tables.progress(ds, "to-do").note
    assert "未公布" not in tables.progress(dataset(dt.date(2022, 10, 20), plants=[plant()]), "to-do").note


def test_the_29th_of_february_is_a_day_like_any_other() -> None:
    ds = dataset(dt.date(2024, 2, 28), plants=[plant(own_deadline="2024-02-29")])
    row = progress.milestone_states(ds).set_index("milestone").loc["accepted"]
    assert row[["state", "days", "working_days"]].tolist() == ["due_soon", 1, 1]
    after = dataset(dt.date(2024, 3, 1), plants=[plant(own_deadline="2024-02-29")])
    assert progress.milestone_states(after).set_index("milestone").loc["accepted", "days"] == 1
