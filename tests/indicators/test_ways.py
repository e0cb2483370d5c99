"""One preparation for every question: scores, what missing data leave open, what stops a level, the cheapest way up."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpaudit.errors import UsageError
from cpaudit.indicators import Scorer, bounds, deciding, explain, explanations, obstacles, score, ways_up
from cpaudit.indicators.standing.standings import standings
from tests.support.examples import examples
from tests.support.scoring import KEYS, Answers, answer, asks, cases, frame, rows, system, table, trt

few = examples(4)


# -- the scorer is the expression


def everything(case: tuple[Any, dict[str, Answers]]) -> tuple[Any, pd.DataFrame]:
    made, plants = case
    return made, frame(*[rows(a, p, period) for p, a in plants.items() for period in ("before", "after")])


def assert_alike(measured: pd.DataFrame, made: Any) -> None:
    """What is prepared once says what the expression says: every column of scores and explanations, types included."""
    found = Scorer(measured, [made])
    pd.testing.assert_frame_equal(found.scores(), score(measured, [made]))
    pd.testing.assert_frame_equal(explanations(found), explain(measured, [made]))


@few
@given(cases())
def test_the_scorer_gives_the_scores_and_explanations_of_the_expression(case: Any) -> None:
    made, measured = everything(case)
    assert_alike(measured, made)


@examples(4)
@given(cases(plants=3))
def test_one_plant_or_period_of_the_whole_is_as_if_it_stood_alone(case: Any) -> None:
    made, measured = everything(case)
    whole = Scorer(measured, [made])
    for plant, period in (("p1", None), (None, "before"), ("p2", "after")):
        others = (measured["plant_id"] != plant) & bool(plant) | (measured["period"] != period) & bool(period)
        alone = measured[~others]
        part = whole.of(plant, period)
        pd.testing.assert_frame_equal(part.scores(), score(alone, [made]))
        pd.testing.assert_frame_equal(explanations(part), explain(alone, [made]))


@few
@given(cases(plants=4), st.data())
def test_standings_tell_the_same_levels_categories_and_changes_as_the_tables(case: Any, data: st.DataObject) -> None:
    made, plants = case
    ids = [i.id for i in made.indicators()]
    after = {p: {i: data.draw(answer) for i in ids} for p in plants}
    measured = frame(*[rows(a, p, "before") for p, a in plants.items()], *[rows(a, p, "after") for p, a in after.items()])
    found = standings(Scorer(measured, [made]))
    told = [r for r in explain(measured, [made]).to_dict("records") if not r["bonus"] and r["counts"]]
    for (plant, period), (standing,) in found.items():
        for name in ("pollutant", "resource_energy"):
            mine = [r for r in told if (r["plant_id"], r["period"], r["category"]) == (plant, period, name)]
            known = [r["level_met"] for r in mine if not pd.isna(r["level_met"])]
            expected = (
                (max(known) if len(known) == len(mine) else 4, max(known, default=None), len(mine) - len(known)) if mine else None
            )
            assert standing.category(name) == expected
    expected = {}
    for plant, indicator in itertools.product(plants, made.indicators()):
        old, new = plants[plant][indicator.id], after[plant][indicator.id]
        if isinstance(old, int | float) and isinstance(new, int | float) and indicator.quantitative:
            better = old - new if indicator.lower_is_better else new - old
            of_nothing = 0.0 if better == 0 else math.copysign(math.inf, better)
            expected[plant, indicator.id] = (old, new, pytest.approx(better / abs(old) * 100) if old else of_nothing)
    changes = {(p, c.indicator["indicator"]): c[1:] for p in plants for c in found[p, "after"][0].changes(found[p, "before"][0])}
    assert changes == expected


def test_conditions_and_forms_are_the_same_in_the_scorer() -> None:
    plants: dict[str, Answers] = {"one": {"trt": 100, "power": 40}, "open": {"trt": 100, "power": 35}}
    assert_alike(table({**plants, "none": {"trt": 1, "power": 1, "bprt": 1}}), trt())


@few
@given(cases(plants=3), st.data())
def test_what_if_scores_as_if_the_values_had_been_reported(case: Any, data: st.DataObject) -> None:
    made, plants = case
    ids = [i.id for i in made.indicators()]
    given_values = st.one_of(st.integers(-5, 40), st.none())  # None: as if it didn't apply
    tried = {p: data.draw(st.dictionaries(st.sampled_from(ids), given_values, min_size=1)) for p in plants}
    then = {p: {**a, **{i: "n/a" if v is None else v for i, v in tried[p].items()}} for p, a in plants.items()}
    pd.testing.assert_frame_equal(
        Scorer(table(plants), [made]).changed(changes(made, tried)).scores(), score(table(then), [made])
    )


def changes(made: Any, tried: dict[str, dict[str, Any]]) -> pd.DataFrame:
    found = [r for p, values in tried.items() for r in rows(values, p, of=made.id)]
    return pd.DataFrame(found)[[*KEYS, "indicator", "value"]].astype({"value": "float64"})


def test_what_if_goes_through_conditions_and_through_earlier_changes() -> None:
    plants: dict[str, Answers] = {"one": {"trt": 1, "power": 1, "bprt": 1, "saving": 1}}
    found = Scorer(table(plants), [trt()])
    then = dict(plants["one"])
    for indicator, value in {"saving": 99, "trt": 100, "power": 40, "bprt": 7}.items():
        found = found.changed(changes(trt(), {"one": {indicator: value}}))
        then[indicator] = value
        pd.testing.assert_frame_equal(found.scores(), score(table({"one": then}), [trt()]))
    with pytest.raises(UsageError, match="两次"):
        found.changed(pd.concat([changes(trt(), {"one": {"trt": 1}})] * 2))


def test_a_value_taken_away_counts_as_not_applicable() -> None:
    made = system({"g1": ("1", [asks("a", "0.6"), asks("b", "0.4")])})
    found = Scorer(table({"p": {"a": 99, "b": 5}}), [made]).changed(changes(made, {"p": {"a": None}}))
    assert found.scores()["level"].tolist() == [1]


# -- the cheapest way up


def at_level(made: Any, indicator: str, level: int) -> float:
    return float(next(i for i in made.indicators() if i.id == indicator).baselines.at(level))


def brute(made: Any, answers: Answers, level: int, costs: dict[str, float]) -> float | None:
    """The least cost over all ways to bring indicators to some level, by scoring every one of them."""
    ids = [i.id for i in made.indicators() if answers.get(i.id) != "n/a"]
    plants, prices = {}, {}
    for n, way in enumerate(itertools.product((None, 1, 2, 3), repeat=len(ids))):
        changed = {i: at_level(made, i, k) for i, k in zip(ids, way, strict=True) if k}
        better = {i: v for i, v in changed.items() if not _meets(made, i, answers.get(i), v)}
        if better != changed:
            continue
        plants[f"w{n:06}"], prices[f"w{n:06}"] = {**answers, **changed}, sum(costs[i] for i in changed)
    found = score(table(plants), [made]).set_index("plant_id")["level"]
    reached = [prices[p] for p in plants if not pd.isna(found[p]) and found[p] <= level]
    return min(reached, default=None)


def _meets(made: Any, indicator: str, value: Any, benchmark: float) -> bool:
    i = next(i for i in made.indicators() if i.id == indicator)
    return value is not None and (value <= benchmark if i.lower_is_better else value >= benchmark)


@st.composite
def small(draw: st.DrawFn) -> tuple[Any, Answers, dict[str, float]]:
    weights = draw(st.permutations(["0.1", "0.2", "0.3", "0.4"]))
    others = draw(st.sampled_from([None, 2]))
    rules = {"level_rules": {"I": {"min_index": draw(st.sampled_from([60, 85])), "limiting": 1, "others": others}}}
    indicators = [asks(f"i{n}", w, limiting=draw(st.booleans())) for n, w in enumerate(weights[:2])]
    indicators = [dict(i, weight=w) for i, w in zip(indicators, ("0.35", "0.65"), strict=True)]
    more = [asks(f"j{n}", w, comparator=">=", baselines={"I": 30, "II": 20, "III": 10}) for n, w in enumerate(("0.4", "0.6"))]
    made = system({"g1": ("0.3", indicators), "g2": ("0.7", more)}, **rules)
    value = st.one_of(st.integers(1, 40), st.integers(1, 40), st.none(), st.just("n/a"))
    answers = {i.id: draw(value) for i in made.indicators()}
    costs = {i.id: float(draw(st.integers(1, 9))) for i in made.indicators()}
    return made, answers, costs


@examples(7)
@given(small(), st.sampled_from([1, 2, 3]))
def test_no_other_set_of_indicators_is_cheaper(case: tuple[Any, Answers, dict[str, float]], level: int) -> None:
    made, answers, costs = case
    found = ways_up(Scorer(table({"p": answers}), [made]), level, costs)
    cost = found.units["cost"].iloc[0]
    best = brute(made, answers, level, costs)
    assert (None if pd.isna(cost) else cost) == best
    assert found.steps["cost"].sum() == (best or 0)


@examples(7)
@given(small(), st.sampled_from([1, 2, 3]))
def test_the_way_leads_to_the_level(case: tuple[Any, Answers, dict[str, float]], level: int) -> None:
    made, answers, _ = case
    measured = table({"p": answers})
    way = ways_up(Scorer(measured, [made]), level)
    if pd.isna(way.units["reached"].iloc[0]):
        return
    gone = dict(zip(way.steps["indicator"], way.steps["target"], strict=True))
    now = score(table({"p": {**answers, **gone}}), [made])
    assert now["level"].iloc[0] == way.units["reached"].iloc[0] <= level


def test_what_is_limiting_must_be_met_and_the_rest_is_chosen_by_cost() -> None:
    made = system({"g1": ("1", [asks("must", "0.1", limiting=True), asks("near", "0.45"), asks("far", "0.45")])})
    found = ways_up(Scorer(table({"p": {"must": 20, "near": 11, "far": 5}, "q": {"must": 5, "near": 11, "far": 40}}), [made]), 1)
    assert found.units["cost"].tolist() == [pytest.approx(0.5 + 1 / 11), pytest.approx(1 / 11 + 30 / 40)]
    assert found.steps["indicator"].tolist() == ["must", "near", "near", "far"]
    assert found.steps["forced"].tolist() == [True, False, False, False]
    assert found.steps["target"].tolist() == [10.0] * 4


def test_without_an_index_there_is_no_way() -> None:
    made = system({"g1": (None, [asks("a", None)])}, weights="none")
    found = ways_up(Scorer(table({"p": {"a": 99}}), [made]), 1)
    assert found.units["reached"].isna().all()
    assert found.steps.empty
    with pytest.raises(UsageError, match="级别"):
        ways_up(Scorer(table({"p": {"a": 99}}), [made]), 4)


# -- missing data


@few
@given(cases(plants=4))
def test_levels_left_open_are_those_of_the_worst_and_the_best_answers(case: Any) -> None:
    made, plants = case
    best = {p: {i.id: (at_best(i) if a.get(i.id) is None else a[i.id]) for i in made.indicators()} for p, a in plants.items()}
    found = bounds(Scorer(table(plants), [made]))
    expected = score(table(best), [made])["level"]
    assert found["highest"].astype("Float64").equals(expected.astype("Float64"))
    told = score(table(plants), [made])
    assert told["highest"].equals(found["highest"])
    open_ = (found["lowest"] == 4) & (found["highest"] < 4)
    assert told["level"].equals(found["lowest"].mask(open_))
    assert (found["highest"] <= found["lowest"]).fillna(True).all()


def at_best(indicator: Any) -> float:
    return -1e9 if indicator.lower_is_better else 1e9


@few
@given(cases(plants=3))
def test_an_answer_decides_if_the_level_depends_on_it_in_some_way(case: Any) -> None:
    made, plants = case
    told = deciding(Scorer(table(plants), [made]))
    found = {(r.plant_id, r.indicator): r.decides for r in told.itertuples()}
    for plant, answers in plants.items():
        missing = [i for i in made.indicators() if answers.get(i.id) is None]
        if len(missing) > 4:
            continue
        ways = {
            w: {**answers, **{i.id: at_best(i) for i, good in zip(missing, w, strict=True) if good}}
            for w in itertools.product((0, 1), repeat=len(missing))
        }
        levels = dict(
            zip(
                ways,
                bounds(Scorer(table({f"w{n:03}": a for n, a in enumerate(ways.values())}), [made]))["lowest"].fillna(0),
                strict=True,
            )
        )
        if len(set(levels.values())) == 1 or levels[(0,) * len(missing)] == levels[(1,) * len(missing)]:
            assert not any(p == plant for p, _ in found)
            continue
        for n, indicator in enumerate(missing):
            decides = any(levels[w] != levels[(*w[:n], 1 - w[n], *w[n + 1 :])] for w in ways)
            assert found[plant, indicator.id] == decides


def test_a_half_answered_condition_can_still_reach_only_what_its_values_allow() -> None:
    plants: dict[str, Answers] = {"low": {"trt": 100, "power": 31, "bprt": 10, "saving": None}, "open": {"trt": 100}}
    found = bounds(Scorer(table(plants), [trt()])).set_index("plant_id")
    assert found.loc["low", ["lowest", "highest"]].tolist() == [2, 2]
    assert found.loc["open", ["lowest", "highest"]].tolist() == [4, 1]


# -- what stops a level


def test_what_stops_a_level_names_limiting_indicators_first_then_the_dearest_points() -> None:
    made = system(
        {"g1": ("1", [asks("small", "0.1"), asks("large", "0.6"), asks("must", "0.1", limiting=True), asks("fine", "0.2")])}
    )
    found = obstacles(Scorer(table({"p": {"small": 15, "large": 12, "must": None, "fine": 1}}), [made]), 1)
    assert found["indicator"].tolist() == ["must", "large", "small"]
    assert found["kind"].tolist() == ["missing", "points", "points"]
    assert found["limiting"].tolist() == [True, False, False]
    assert found["level_met"].isna().tolist() == [True, False, False]
    assert found["lost"].tolist() == pytest.approx([10, 60, 10])
    assert found["gap"].tolist()[1:] == [2.0, 5.0]
    assert found["gap_pct"].tolist()[1:] == [20.0, 50.0]
    assert obstacles(Scorer(table({"p": {"small": 1, "large": 1, "must": 1, "fine": 1}}), [made]), 1).empty
