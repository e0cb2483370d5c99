"""The forecast: a chance with its interval, from what was known that day, or none and why."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given

from cpaudit.analysis.forecast import backtest, checks, forecast, lead, together
from cpaudit.analysis.walks.steps import chain, steps
from cpaudit.bench import made
from cpaudit.dataset import Dataset
from cpaudit.programme.conventions import conventions
from cpaudit.views.tables import forecast as forecast_tables
from tests.support import independent, independent_forecast
from tests.support.builders import dataset, event, plant
from tests.support.examples import examples
from tests.support.histories import CALM, DAYS, PROGRAMME, histories

NOTICE = independent.read("programmes/hebei-2021-2.yaml")
RULES = conventions().forecast
LOOSE = RULES.model_copy(update={"min_seen": 1, "min_group": 2})
NUMBERS = ["chance_pct", "lower_pct", "upper_pct"]
CHAIN = chain(PROGRAMME, "accepted")

#: The chain's days of a plant that is in time everywhere.
PUNCTUAL = dict(
    zip(
        CHAIN,
        ["2021-12-24", "2022-01-20", "2022-05-20", "2022-05-25", "2022-06-20", "2022-10-15", "2022-10-20", "2022-11-25"],
        strict=True,
    )
)


def walked(plant_id: str, until: str, late: int = 0) -> list[dict[str, Any]]:
    """The events of a plant that took the chain's steps up to one milestone, each so many days late."""
    ids = CHAIN[: CHAIN.index(until) + 1]
    days = {m: dt.date.fromisoformat(PUNCTUAL[m]) + dt.timedelta(late) for m in ids}
    return [event(plant_id, m, day.isoformat()) for m, day in days.items()]


def crowd(as_of: dt.date, n: int) -> Dataset:
    """So many plants that have applied for acceptance, every third one 45 days late, seen on a day; the last is accepted."""
    ids = [f"p{i:02d}" for i in range(n)]
    events = [e for at, i in enumerate(ids) for e in walked(i, "acceptance_applied", 45 if at % 3 == 0 else -(at % 5))]
    events.append(event(ids[-1], "accepted", "2022-11-03"))
    return dataset(as_of, plants=[plant(i) for i in ids], events=events).at(as_of)


# -- as computed by hand


@examples(4)
@given(histories(), DAYS)
def test_every_chance_is_the_one_reckoned_day_by_day_by_hand(whole: Dataset, day: dt.date) -> None:
    ds = whole.at(day)
    rules = LOOSE.model_dump()
    wanted = independent_forecast.chances(NOTICE, rules, independent.plants(ds), independent.rows(ds.events), day)
    frame = forecast(ds, rules=LOOSE, unchecked=True).dropna(subset="chance_pct")
    found = {r.plant_id: r.chance_pct / 100 for r in frame.itertuples()}
    early = {p["plant_id"] for p in independent.rows(ds.plants) if p["listed_on"] and p["listed_on"] > day}
    assert found == pytest.approx({k: v for k, v in wanted.items() if k not in early or k in found}, abs=1e-9)


def test_the_samples_chances_are_those_reckoned_by_hand(ds: Dataset) -> None:
    rules = RULES.model_dump()
    wanted = independent_forecast.chances(NOTICE, rules, independent.rows(ds.plants), independent.rows(ds.events), ds.as_of)
    frame = forecast(ds, unchecked=True).dropna(subset="chance_pct")
    found = dict(zip(frame["plant_id"], frame["chance_pct"] / 100, strict=True))
    assert len(found) > 200
    assert found == pytest.approx(wanted, abs=1e-9)


# -- never without its interval, and off where data are too few


@CALM
@given(histories(), DAYS)
def test_a_chance_comes_with_an_interval_around_it_or_not_at_all(whole: Dataset, day: dt.date) -> None:
    frame = forecast(whole.at(day), rules=LOOSE, unchecked=True)
    given_ = frame["chance_pct"].notna()
    for column in (*NUMBERS, "n", "basis"):
        assert frame[column].notna().equals(given_)
    told = frame[given_]
    assert (told["lower_pct"] <= told["chance_pct"] + 1e-9).all()
    assert (told["chance_pct"] <= told["upper_pct"] + 1e-9).all()
    assert told[NUMBERS].stack().between(0, 100).all()
    assert (frame["reason"] != "").all()
    assert set(frame["clause"]) <= {"二（二）4"}


def test_before_the_first_deadlines_there_is_no_forecast_and_the_reason_is_told() -> None:
    frame = forecast(dataset(dt.date(2021, 12, 22), plants=[plant(f"p{i}") for i in range(30)]))
    assert frame[NUMBERS].isna().all(axis=None)
    assert frame["reason"].str.contains("不足 20 家次，不作推算").all()


def test_few_plants_give_no_forecast() -> None:
    few, many = (forecast(crowd(dt.date(2022, 11, 15), n), unchecked=True) for n in (6, 60))
    assert few["chance_pct"].isna().all()
    assert many["chance_pct"].notna().all()


def test_a_deadline_that_has_passed_or_a_date_that_is_missing_gives_none_and_says_so() -> None:
    ds = dataset(dt.date(2022, 12, 3), plants=[plant("late"), plant("ahead", own_deadline="2022-12-31", listed_on=None)])
    reasons = forecast(ds, rules=LOOSE).set_index("plant_id")["reason"]
    assert reasons.to_dict() == {"late": "期限已过 3 天，不作推算。", "ahead": "没有起算日期，无从推算。"}
    before = dataset(dt.date(2021, 12, 1), plants=[plant()])
    assert forecast(before, rules=LOOSE)["chance_pct"].isna().all()


def test_only_active_plants_that_have_not_done_it_are_asked_about() -> None:
    plants = [plant("a"), plant("b", status="closed"), plant("c")]
    ds = dataset(dt.date(2022, 11, 1), plants=plants, events=[event("c", "accepted", "2022-10-30")])
    assert forecast(ds)["plant_id"].tolist() == ["a"]
    assert forecast(dataset(dt.date(2022, 11, 1))).empty
    assert forecast_tables.forecast(dataset(dt.date(2022, 11, 1))).frame.empty


# -- held against earlier forecasts


#: Milestone, day: long before the deadline and days before it, of the sample.
ASKED = [
    ("assessed", dt.date(2022, 6, 30)),
    ("implemented", dt.date(2022, 9, 2)),
    ("implemented", dt.date(2022, 10, 28)),
    ("accepted", dt.date(2022, 11, 9)),
    ("accepted", dt.date(2022, 11, 28)),
]


@pytest.fixture(scope="module")
def whole() -> Dataset:
    """What the sample's plants do in the end, without mistakes."""
    return made.sample_history(7, dt.date(2023, 1, 31))


@pytest.mark.parametrize(("milestone", "day"), ASKED)
def test_what_was_foretold_wrongly_before_is_not_foretold(whole: Dataset, milestone: str, day: dt.date) -> None:
    then = whole.at(day)
    everyone = forecast(then, milestone, unchecked=True)["chance_pct"].notna()
    days = lead(forecast(then, milestone))
    assert days is not None
    found = checks(then, milestone, days)
    off = found["off_pct"].abs()
    own = found["milestone"] == milestone
    assert everyone.sum() > 60
    for most in (0.01, 5.0, 100.0):
        told = forecast(then, milestone, RULES.model_copy(update={"max_error": most, "confidence": 0.5}))
        given_ = told["chance_pct"].notna()
        if (off[own] > most).any() or own.sum() < len(RULES.look_back):
            assert not given_.any(), most
        if days > RULES.look_back[-1]:
            assert told.loc[everyone, "reason"].str.contains(f"期限前 {RULES.look_back[-1]} 天以内再看").all()
        if not given_.any():
            assert told.loc[everyone, "reason"].str.contains("不作推算").all()
            assert told[[*NUMBERS, "n", "basis"]].isna().all(axis=None)
    if days <= RULES.near and len(found["milestone"].unique()) > 2:
        assert given_.any()  # nothing is a hundred points off
    for row in found.loc[own & (off > 5)].to_dict("records")[:1]:
        said = forecast(then, milestone).loc[everyone, "reason"].iloc[0]
        assert f"实际 {row['made_pct']:.1f}%，相差超过 5 个百分点" in said


def test_long_before_a_deadline_the_last_milestone_of_the_kind_must_be_there_to_compare() -> None:
    whole = made.other_history(7, dt.date(2023, 1, 31))
    lenient = RULES.model_copy(update={"max_error": 100.0})
    for day, given_ in ((dt.date(2022, 10, 18), False), (dt.date(2022, 10, 28), True)):
        then = whole.at(day)
        frame = forecast(then, "implemented", lenient)
        days = lead(frame)
        assert days is not None
        there = "plan_ready" in set(checks(then, "implemented", days, lenient)["milestone"])
        assert given_ or not there
        assert frame["chance_pct"].notna().any() == given_
        assert frame["reason"].str.contains("期限前会怎样赶工还看不到").any() != given_


def test_what_can_be_held_against_nothing_is_not_foretold(ds: Dataset) -> None:
    told = forecast(ds.at(dt.date(2022, 1, 20)), "registered", LOOSE)
    assert told["chance_pct"].isna().all()
    held = RULES.model_copy(update={"min_seen": 10_000})
    assert checks(ds, "accepted", 14, held).empty


def test_a_plant_whose_deadline_is_another_than_most_have_gets_no_chance_by_their_check() -> None:
    whole = made.other_history(7, dt.date(2023, 1, 31))
    then = whole.at(dt.date(2022, 11, 29))
    rules = RULES.model_copy(update={"max_error": 100.0})
    first = forecast(then, "accepted", rules).dropna(subset="chance_pct")["plant_id"].iloc[0]
    later = then.plants["own_deadline"].mask(then.plants["plant_id"] == first, pd.Timestamp("2022-12-30"))
    told = forecast(replace(then, plants=then.plants.assign(own_deadline=later)), "accepted", rules).set_index("plant_id")
    assert "期限与多数企业不同" in told.loc[first, "reason"]
    assert told["chance_pct"].notna().sum() > 60


def test_the_last_milestones_with_as_many_working_days_left_are_compared_and_its_own_run(whole: Dataset) -> None:
    then = whole.at(dt.date(2022, 11, 25))  # a Friday: three working days are left
    found = checks(then, "accepted", 5)
    assert found[["milestone", "days_ahead"]].to_numpy().tolist() == [
        ["implemented", 5], ["assessed", 3], ["accepted", 7], ["accepted", 14], ["accepted", 21],
    ]  # fmt: skip
    assert found["until"].tolist() == [dt.date(2022, 11, 1), dt.date(2022, 7, 1), *[then.as_of] * 3]
    told = forecast(whole.at(dt.date(2022, 6, 28)), "assessed", unchecked=True).dropna(subset="chance_pct")
    staying = told.merge(then.plants.query("status == 'active'")[["plant_id"]])  # those that left since aren't counted
    assert found["expected_pct"].iloc[1] == pytest.approx(staying["chance_pct"].mean(), abs=1)
    open_ = forecast(whole.at(dt.date(2022, 11, 18)), "accepted", unchecked=True).dropna(subset="chance_pct")["plant_id"]
    staying = then.plants.loc[then.plants["plant_id"].isin(open_) & (then.plants["status"] == "active"), "plant_id"]
    done = then.events.query("milestone == 'accepted' and result == 'passed'")["plant_id"]
    assert found["made_pct"].iloc[2] == pytest.approx(staying.isin(done).mean() * 100, abs=0.5)


def test_how_many_will_come_has_room_for_chance_and_for_what_was_off() -> None:
    frame = pd.DataFrame({"chance_pct": [50.0] * 100, "lower_pct": 50.0, "upper_pct": 50.0})
    sure, off = (together(frame, pd.DataFrame({"off_pct": each})) for each in ([0.0], [-5.0, 5.0]))
    assert sure is not None
    assert off is not None
    assert sure[:2] == (100, pytest.approx(50))
    assert (sure.lower, sure.upper) == pytest.approx((50 - 1.645 * 5, 50 + 1.645 * 5), abs=0.01)
    assert off.upper - off.expected == pytest.approx(1.645 * (25 + 25) ** 0.5, abs=0.01)
    wide = together(frame.assign(upper_pct=90.0), pd.DataFrame({"off_pct": [0.0]}))
    assert wide is not None
    assert wide.lower == pytest.approx(sure.lower)
    assert wide.upper > 90
    assert together(frame.iloc[:0], pd.DataFrame({"off_pct": [0.0]})) is None


def test_one_deadline_of_its_own_does_not_decide_for_all(ds: Dataset) -> None:
    assert lead(forecast(ds)) == (dt.date(2022, 11, 30) - ds.as_of).days
    assert lead(forecast(ds.assuming_nothing_more(dt.date(2022, 11, 25)))) == 5
    assert lead(forecast(ds).iloc[:0]) is None


def test_a_plant_that_failed_gets_no_chance_and_is_told_why(ds: Dataset) -> None:
    failed = set(ds.events.query("milestone == 'assessed' and result == 'failed'")["plant_id"])
    told = forecast(ds, unchecked=True)
    told = told[told["plant_id"].isin(failed) & (told["reached"] == "assessment_applied")]
    assert len(told) > 3
    assert told["chance_pct"].isna().all()
    assert told["reason"].str.contains("未通过").all()


# -- what moves it


def test_the_more_days_are_left_and_the_fewer_steps_the_better_the_chance() -> None:
    ds = crowd(dt.date(2022, 11, 15), n=60)
    undone = (ds.events["plant_id"] == "p01") & (ds.events["milestone"] == "acceptance_applied")
    own = ds.plants["own_deadline"].mask(ds.plants["plant_id"] == "p02", pd.Timestamp("2022-12-06"))
    ds = replace(ds, events=ds.events[~undone], plants=ds.plants.assign(own_deadline=own))
    chance = forecast(ds, rules=LOOSE, unchecked=True).set_index("plant_id")["chance_pct"]
    assert chance["p01"] < chance["p04"] < chance["p02"]


def test_a_slow_unit_is_slower_than_all_and_one_without_steps_stays_between() -> None:
    quick = [f"q{i:02d}" for i in range(30)]
    slow = [f"s{i:02d}" for i in range(12)]
    events = [e for i in quick for e in walked(i, "acceptance_applied", -3)]
    events += [e for i in slow for e in walked(i, "acceptance_applied", 25)]
    plants = [plant(i) for i in quick] + [plant(i, unit="tangshan") for i in slow] + [plant("x", unit="dingzhou", listed_on=None)]
    found = steps(dataset(dt.date(2022, 11, 28), plants=plants, events=events), "accepted", RULES)
    factor = dict(zip(["quick", "slow", "none"], found.factor[[0, -2, -1], -1, 0], strict=True))
    assert factor["slow"] < factor["none"] < factor["quick"]
    assert found.taken["unit"][-1] == 0


def test_groups_that_do_not_differ_are_pooled_whole() -> None:
    ids = [f"p{i}" for i in range(20)]
    plants = [plant(i, unit="tangshan" if at % 2 else "handan") for at, i in enumerate(ids)]
    ds = dataset(dt.date(2022, 6, 30), plants=plants, events=[e for i in ids for e in walked(i, "assessment_applied")])
    found = steps(ds, "assessed", RULES)
    assert found.factor[0].ravel().tolist() == pytest.approx(found.factor[1].ravel().tolist())


# -- no peeking, the same every time


def test_what_comes_later_does_not_change_what_was_foretold(ds: Dataset) -> None:
    day = dt.date(2022, 10, 15)
    then = ds.at(day)
    later = ds.events["date"] > pd.Timestamp(day)
    other = replace(ds, events=ds.events.assign(date=ds.events["date"].mask(later, pd.Timestamp("2022-10-16"))))
    pd.testing.assert_frame_equal(forecast(then), forecast(other.at(day)))


def test_the_same_data_in_another_order_give_the_same_chances() -> None:
    ds = crowd(dt.date(2022, 11, 15), n=60)
    turned = replace(ds, plants=ds.plants[::-1].reset_index(drop=True), events=ds.events[::-1].reset_index(drop=True))
    one, other = (forecast(d, unchecked=True).set_index("plant_id")[NUMBERS].sort_index() for d in (ds, turned))
    pd.testing.assert_frame_equal(one, other)


# -- the back-test


def test_the_backtest_counts_what_was_foretold_and_what_came() -> None:
    plants = [plant(f"p{i:02d}") for i in range(60)]
    events = [e for at in range(60) for e in walked(f"p{at:02d}", "accepted", 20 if at % 3 == 0 else -4 * (at % 5))]
    ds = dataset(dt.date(2023, 1, 31), plants=plants, events=events)
    frame = backtest(ds, ["accepted"])
    assert set(frame["milestone"]) == {"accepted"}
    for ahead, rows in frame.groupby("days_ahead"):
        then = forecast(ds.at(dt.date(2022, 11, 30) - dt.timedelta(int(ahead))), unchecked=True).dropna(subset="chance_pct")
        came = then["plant_id"].str[1:].astype(int) % 3 != 0
        assert rows[["n", "made"]].sum().tolist() == [len(then), came.sum()]
        assert (rows["expected_pct"] * rows["n"]).sum() == pytest.approx(then["chance_pct"].sum())
    assert frame["expected_pct"].between(frame["from_pct"], frame["to_pct"]).all()
    assert frame["made_pct"].between(frame["lower_pct"], frame["upper_pct"]).all()


def test_before_a_deadline_has_passed_there_is_nothing_to_test() -> None:
    empty = backtest(dataset(dt.date(2022, 1, 10), plants=[plant()]))
    assert empty.empty
    shown = forecast_tables.backtest(dataset(dt.date(2022, 1, 10), plants=[plant()]))
    assert (shown.frame.empty, shown.empty) == (True, "还没有期限已过的节点可供回测。")


def test_on_the_sample_those_foretold_to_fail_fail_more_often(ds: Dataset) -> None:
    frame = backtest(ds, ["assessed", "implemented"])
    low, high = frame[frame["to_pct"] <= 20], frame[frame["from_pct"] >= 60]
    assert low["made"].sum() < 0.2 * low["n"].sum()
    assert high["made"].sum() > 0.6 * high["n"].sum()


# -- as shown


def test_what_is_shown_calls_itself_no_conclusion(ds: Dataset) -> None:
    for shown in (forecast_tables.forecast(ds), forecast_tables.backtest(ds)):
        assert "推算，不是结论" in shown.note
        assert {"lower_pct", "upper_pct", "clause", "n"} <= set(shown.columns)
    assert re.search(r"提前 \d+ 天推算“完成评估”\d+ 家，平均推算值 [\d.]+%，实际按期 [\d.]+%", forecast_tables.forecast(ds).note)
    some = forecast_tables.forecast(ds, units=("dingzhou",)).frame
    assert set(some["unit"]) == {"定州市"}
    everyone = forecast(ds).query("unit == 'dingzhou'")["chance_pct"]
    assert sorted(some["chance_pct"].dropna()) == sorted(everyone.dropna())
