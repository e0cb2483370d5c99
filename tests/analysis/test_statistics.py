"""What the statistics promise, held against data that they weren't built on: a forecast comes true as often as it says."""

from __future__ import annotations

import datetime as dt
import random

import pandas as pd

from cpaudit.analysis import forecast
from cpaudit.bench import made
from cpaudit.dataset import Dataset
from tests.support.builders import dataset, event, plant

DAY = dt.timedelta(1)
#: milestone, first day, deadline, days after the step before, share that fails.
PLAN = (
    ("notified", "2021-12-21", "2021-12-30", 0, 0),
    ("registered", "2022-01-04", "2022-01-31", 2, 0),
    ("plan_ready", "2022-03-01", "2022-06-01", 20, 0),
    ("assessment_applied", "2022-03-01", "2022-06-01", 0, 0),
    ("assessed", "2022-04-20", "2022-07-01", 12, 0.05),
    ("implemented", "2022-08-01", "2022-11-01", 25, 0),
    ("acceptance_applied", "2022-08-01", "2022-11-01", 0, 0),
    ("accepted", "2022-09-10", "2022-11-30", 12, 0.05),
)


def history(seed: int) -> Dataset:
    """Plants that do a step some time between the day they can and the deadline, nine in ten of them; the others later."""
    rng = random.Random(seed)
    events = []
    for n in range(260):
        day = dt.date(2021, 12, 20)
        for milestone, first, last, gap, fails in PLAN:
            start, due = max(dt.date.fromisoformat(first), day + gap * DAY), dt.date.fromisoformat(last)
            if start <= due and rng.random() < 0.88:
                room = min((due - start).days, 12) if gap == 0 else (due - start).days
                day = start + round(room * rng.betavariate(2.2, 1.6)) * DAY
            else:
                day = max(start, due + DAY) + round(rng.expovariate(1 / 15)) * DAY
            day -= max(0, day.weekday() - 4) * DAY
            if rng.random() < 0.015:
                break
            result = "done" if milestone not in ("assessed", "accepted") else "failed" if rng.random() < fails else "passed"
            events.append(event(f"p{n}", milestone, day.isoformat(), result=result))
            if result == "failed":
                break
    return dataset(dt.date(2023, 3, 31), plants=[plant(f"p{n}") for n in range(260)], events=events)


def test_a_forecast_comes_true_as_often_as_it_says_at_every_horizon_to_the_last_day() -> None:
    found = []
    for seed in (9001, 9002):
        ds = history(seed)
        for milestone in ("assessed", "implemented", "accepted"):
            for days in (21, 5, 1):
                found.append(forecast.compared(ds, milestone, days).assign(milestone=milestone, days=days))
    told = pd.concat(found)
    sums = told.groupby(["milestone", "days"]).agg(n=("made", "size"), said=("chance_pct", "mean"), came=("made", "mean"))
    off = (sums["said"] - sums["came"] * 100).abs()
    assert (sums["n"] > 60).all(), sums
    assert (off < 10).all(), sums
    assert off.mean() < 4.5, sums
    last = told[(told["milestone"] == "accepted") & (told["days"] == 1)]
    assert last["chance_pct"].mean() < 6  # with hardly a day left, hardly anybody gets through
    low, high = told[told["chance_pct"] < 10], told[told["chance_pct"] > 80]
    assert low["made"].mean() < 0.1
    assert high["made"].mean() > 0.7


def test_what_is_given_comes_true_and_what_would_not_is_held_back() -> None:
    """In three worlds that share no code; one of them slows down where nothing before told so."""
    given_, held = [], []
    worlds = ((history, 9001), (made.other_history, 9), (made.sample_history, 402))
    for world, seed in worlds:
        ds = world(seed) if world is history else world(seed, dt.date(2023, 1, 31))  # type: ignore[call-arg]
        for milestone, days in (("implemented", 3), ("accepted", 14), ("accepted", 3), ("accepted", 1)):
            due = ds.programme.fixed_day(ds.programme.milestone(milestone))
            assert due
            then = ds.at(due - dt.timedelta(days)).reduced(ds.plants["plant_id"])
            came = forecast.compared(ds, milestone, days)
            told = forecast.forecast(then, milestone)
            told = told[told["plant_id"].isin(came["plant_id"])]
            all_ = forecast.together(told, forecast.checks(then, milestone, days))
            off = came["chance_pct"].mean() - came["made"].mean() * 100
            if all_:
                given_.append((abs(off), all_.lower <= came["made"].sum() <= all_.upper))
            else:
                held.append((world, milestone, days, off))
    assert len(given_) >= 3
    assert sum(off for off, _ in given_) / len(given_) <= 5
    assert all(covered for _, covered in given_)
    slowed = [
        off for world, milestone, days, off in held if world is made.sample_history and milestone == "accepted" and days > 1
    ]
    assert len(slowed) == 2
    assert min(slowed) > 5
