"""Scoring: what an index and a level must be, checked against fractions worked out one by one."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from math import floor
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpaudit.errors import UsageError
from cpaudit.indicators import IndicatorSystem, Scorer, explain, explanations, indicator_table, score, systems
from cpaudit.indicators.standing.standings import Standing, standings
from tests.support.examples import examples
from tests.support.scoring import KEYS, Answers, answer, asks, cases, frame, made_systems, rows, system, value

INDEX = ["index_1", "index_2", "index_3"]


# --- a system made by hand, and its scoring in plain fractions -------------------------------------------------


def one(made: IndicatorSystem, answers: Answers) -> pd.Series:
    """The score of one plant; indicators that aren't named have no row."""
    return score(frame(rows(answers)), indicator_table([made])).iloc[0]


def level_met(indicator: Any, value: float | str | None, hoped: bool = False) -> int | None:
    """The best level whose benchmark the value meets, by the plain reading of the rule; what is missing may be anything."""
    if value == "n/a":
        return None
    if value is None:
        return 1 if hoped else 4
    for level in (1, 2, 3):
        benchmark = indicator.baselines.at(level)
        if (
            benchmark is None
            or {
                "<=": value <= benchmark,
                "<": value < benchmark,
                ">=": value >= benchmark,
                ">": value > benchmark,
            }[indicator.comparator]
        ):
            return level
    return 4


def by_hand(made: IndicatorSystem, answers: Answers, hoped: bool = False) -> tuple[list[Fraction] | None, int | None]:
    """The exact indices and the level, one group after the other: with all that is missing at its worst, or its best."""
    met = {i.id: level_met(i, answers.get(i.id), hoped) for i in made.indicators()}
    index, whole = [Fraction(0)] * 3, Fraction(0)
    for group in made.groups:
        applicable = [i for i in group.indicators if met[i.id] is not None]
        inside = sum((Fraction(i.weight.value) for i in applicable), Fraction(0))
        if not inside:
            continue
        whole += Fraction(group.weight.value)
        for k in (1, 2, 3):
            won = sum((Fraction(i.weight.value) for i in applicable if met[i.id] <= k), Fraction(0))
            index[k - 1] += Fraction(group.weight.value) * won / inside
    if not whole:
        return None, None
    index = [100 * y / whole for y in index]
    limiting = [met[i.id] for i in made.indicators() if i.limiting and met[i.id] is not None]
    for k, enough in ((1, 85), (2, 85), (3, 100)):
        if index[k - 1] >= enough and all(m <= k for m in limiting):
            return index, k
    return index, 4


# --- strategies ------------------------------------------------------------------------------------------------


def scores(made: IndicatorSystem, plants: dict[str, Answers]) -> pd.DataFrame:
    return score(frame(*(rows(a, p) for p, a in plants.items())), indicator_table([made])).set_index("plant_id")


few = examples(7)


# --- properties ------------------------------------------------------------------------------------------------


@few
@given(cases())
def test_index_and_level_are_what_plain_fractions_give(case: tuple[IndicatorSystem, dict[str, Answers]]) -> None:
    made, plants = case
    found = scores(made, plants)
    for plant, answers in plants.items():
        index, level = by_hand(made, answers)
        row = found.loc[plant]
        if index is None:
            assert row[INDEX].isna().all()
            assert pd.isna(row["level"])
        else:
            assert list(row[INDEX]) == [floor(y * 100) / 100 for y in index]
            best = by_hand(made, answers, hoped=True)[1]
            assert row["highest"] == best
            open_ = level == 4 and best < 4
            assert pd.isna(row["level"]) if open_ else row["level"] == level


@few
@given(cases())
def test_an_index_lies_between_0_and_100_and_an_easier_level_never_has_a_lower_one(case: Any) -> None:
    found = scores(*case)[INDEX].dropna()
    assert ((found >= 0) & (found <= 100)).all(axis=None)
    assert ((found["index_1"] <= found["index_2"]) & (found["index_2"] <= found["index_3"])).all()


@few
@given(made_systems(), st.data())
def test_a_better_value_never_lowers_an_index_or_worsens_the_level(made: IndicatorSystem, data: st.DataObject) -> None:
    start: Answers = {i.id: data.draw(answer) for i in made.indicators()}
    moved = data.draw(st.sampled_from(made.indicators()))
    base = data.draw(value)
    better = base - 1 if moved.lower_is_better else base + 1
    found = scores(made, {"before": start | {moved.id: base}, "better": start | {moved.id: better}})
    assert (found.loc["better", INDEX] >= found.loc["before", INDEX]).all()
    levels = found.loc["better", "level"], found.loc["before", "level"]
    assert any(map(pd.isna, levels)) or levels[0] <= levels[1]
    assert found.loc["better", "highest"] <= found.loc["before", "highest"]


@few
@given(made_systems(), st.data())
def test_missing_is_never_better_than_any_reported_value(made: IndicatorSystem, data: st.DataObject) -> None:
    start: Answers = {i.id: data.draw(answer) for i in made.indicators()}
    left_out = data.draw(st.sampled_from(made.indicators())).id
    found = scores(made, {"silent": start | {left_out: None}, "told": start | {left_out: data.draw(value)}})
    assert (found.loc["silent", INDEX] <= found.loc["told", INDEX]).all()
    assert found.loc["silent", "highest"] <= found.loc["told", "highest"]
    silent, told = found.loc["silent", "level"], found.loc["told", "level"]
    assert pd.isna(silent) or pd.isna(told) or silent >= told
    assert pd.isna(told) <= pd.isna(silent), "what can be judged without a value can be judged with it"


@few
@given(cases(plants=3), st.randoms())
def test_the_order_of_rows_does_not_matter(case: Any, dice: random.Random) -> None:
    made, plants = case
    table, given_rows = indicator_table([made]), [r for p, a in plants.items() for r in rows(a, p)]
    expected = score(pd.DataFrame(given_rows), table)
    dice.shuffle(given_rows)
    shuffled = score(pd.DataFrame(given_rows), table.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(shuffled, expected)


@few
@given(cases(plants=3))
def test_weights_printed_as_shares_of_the_whole_score_like_shares_of_the_group(case: Any) -> None:
    made, plants = case
    content = made.model_dump()
    for group in content["groups"]:
        for indicator in group["indicators"]:
            indicator["weight"]["value"] *= group["weight"]["value"]
    whole = IndicatorSystem.model_validate(content | {"weights": "share_of_whole"})
    pd.testing.assert_frame_equal(scores(whole, plants), scores(made, plants))


@few
@given(cases(plants=4))
def test_the_contributions_that_explain_shows_add_up_to_the_index(case: Any) -> None:
    made, plants = case
    measured, table = frame(*(rows(a, p) for p, a in plants.items())), indicator_table([made])
    told = explain(measured, table).groupby("plant_id")
    found = score(measured, table).set_index("plant_id").dropna(subset="index_1")
    for plant, row in found.iterrows():
        part = told.get_group(plant)
        assert part["weight"].sum() == pytest.approx(1)
        for k in (1, 2, 3):
            assert row[f"index_{k}"] - 1e-9 <= part[f"contribution_{k}"].sum() <= row[f"index_{k}"] + 0.01


# --- exactly 85, exactly 100 -----------------------------------------------------------------------------------


def exact_cases(wanted: Fraction, count: int) -> list[tuple[IndicatorSystem, Answers]]:
    """Random systems with a plant whose index I is exactly ``wanted``, what doesn't apply being shared out."""
    dice, found = random.Random(85), []
    parts = [["0.35", "0.40", "0.25"], ["0.15", "0.30", "0.10", "0.25", "0.05", "0.15"], ["0.2"] * 5, ["0.3", "0.3", "0.4"]]
    while len(found) < count:
        groups: dict[str, Any] = {}
        answers: Answers = {}
        for g, weight in enumerate(dice.choice(parts), 1):
            inside = dice.choice(parts)
            groups[f"g{g}"] = (weight, [asks(f"g{g}i{i}", share) for i, share in enumerate(inside, 1)])
            answers |= {f"g{g}i{i}": dice.choices([5, 15, "n/a"], [0.75, 0.13, 0.12])[0] for i in range(1, len(inside) + 1)}
        shares_ = [(Fraction(w), [(Fraction(i["weight"]), answers[i["id"]]) for i in each]) for w, each in groups.values()]
        live = [(w, [(v, a) for v, a in each if a != "n/a"]) for w, each in shares_]
        live = [(w, each) for w, each in live if each]
        won = sum(w * sum((v for v, a in each if a == 5), Fraction(0)) / sum(v for v, _ in each) for w, each in live)
        if live and won / sum(w for w, _ in live) * 100 == wanted:
            found.append((system(groups, id=f"s{len(found)}"), answers))
    return found


def test_an_index_of_exactly_85_reaches_the_level() -> None:
    exact = exact_cases(Fraction(85), 60)
    assert any("n/a" in answers.values() for _, answers in exact), "some weights must have been shared out"
    measured = frame(*(rows(answers, made.id, of=made.id) for made, answers in exact))
    found = score(measured, indicator_table([made for made, _ in exact]))
    assert list(found["index_1"].unique()) == [85.0]
    assert list(found["level"].unique()) == [1]


@pytest.mark.parametrize(("weights", "level"), [(("0.85", "0.15"), 1), (("0.8499", "0.1501"), 4)])
def test_one_ten_thousandth_below_85_is_below_85(weights: tuple[str, str], level: int) -> None:
    made = system({"g1": ("1", [asks("a", weights[0]), asks("b", weights[1])])})
    found = one(made, {"a": 1, "b": 99})
    assert found["level"] == level
    assert found["index_1"] == float(weights[0]) * 100


def test_an_index_is_never_shown_as_a_threshold_that_it_misses() -> None:
    # 0.8499 + 0.1501 × 0.0006 = 84.999006 points, which ordinary rounding would show as 85.00
    groups = {"g1": ("0.8499", [asks("a", "1")]), "g2": ("0.1501", [asks("b", "0.0006"), asks("c", "0.9994")])}
    found = one(system(groups), {"a": 1, "b": 1, "c": 99})
    assert found["index_1"] == 84.99
    assert found["level"] == 4


def test_a_perfect_plant_has_exactly_100_whatever_the_weights() -> None:
    thirds = [asks("a", "0.3333"), asks("b", "0.3333"), asks("c", "0.3334")]
    made = system({"g1": ("0.7", thirds), "g2": ("0.3", [asks("d", "0.07"), asks("e", "0.93")])})
    for left_out in ({}, {"a": "n/a"}, {"b": "n/a", "d": "n/a"}):
        found = one(made, {"a": 25, "b": 25, "c": 25, "d": 25, "e": 25} | left_out)
        assert found["index_3"] == 100
        assert found["level"] == 3


def test_one_weighted_item_below_level_three_bars_level_three_but_not_level_two() -> None:
    made = system({"g1": ("1", [asks("a", "0.9"), asks("b", "0.1")])})
    assert one(made, {"a": 15, "b": 99})["level"] == 2
    assert one(made, {"a": 25, "b": 99})["level"] == 4


# --- the rules one by one --------------------------------------------------------------------------------------

TWO = {"g1": ("0.6", [asks("a", "0.9"), asks("b", "0.1", limiting=True)]), "g2": ("0.4", [asks("c", "1")])}


def test_a_limiting_indicator_that_misses_the_level_or_is_missing_bars_it() -> None:
    assert one(system(TWO), {"a": 1, "b": 1, "c": 1})["level"] == 1
    late = one(system(TWO), {"a": 1, "b": 15, "c": 1})
    assert (late["index_1"], late["limiting_1"], late["limiting_2"], late["level"]) == (94.0, False, True, 2)
    silent = one(system(TWO), {"a": 1, "c": 1})
    assert (silent["index_1"], silent["limiting_3"], silent["highest"], silent["n_missing"]) == (94.0, False, 1, 1)
    assert pd.isna(silent["level"]), "what the missing one may turn out to be decides"
    assert one(system(TWO), {"a": 99, "c": 1})["level"] == 4, "whatever it turns out to be"


def test_a_limiting_indicator_that_does_not_apply_bars_nothing() -> None:
    found = one(system(TWO), {"a": 1, "b": "n/a", "c": 1})
    assert (found["index_1"], found["limiting_1"], found["level"], found["n_not_applicable"]) == (100.0, True, 1, 1)


def test_what_does_not_apply_is_shared_out_inside_its_group_only() -> None:
    made = system({"g1": ("0.6", [asks("a", "0.5"), asks("b", "0.25"), asks("c", "0.25")]), "g2": ("0.4", [asks("d", "1")])})
    found = one(made, {"a": 1, "b": 99, "c": "n/a", "d": 99})
    assert found["index_1"] == 40.0  # 0.6 × 0.5 ÷ 0.75
    weights = explain(frame(rows({"a": 1, "b": 99, "c": "n/a", "d": 99})), indicator_table([made])).set_index("indicator")
    assert list(weights["weight"].round(4)) == [0.4, 0.2, 0.0, 0.4]


def test_a_group_of_which_nothing_applies_leaves_the_whole() -> None:
    found = one(system(TWO), {"a": "n/a", "b": "n/a", "c": 1})
    assert (found["index_1"], found["level"]) == (100.0, 1)


def test_a_plant_to_which_nothing_applies_has_no_level() -> None:
    found = one(system(TWO), dict.fromkeys("abc", "n/a"))
    assert pd.isna(found["level"])
    assert found[INDEX].isna().all()


def test_reported_without_a_number_is_missing() -> None:
    told = frame(rows({"a": 1, "b": 1, "c": 1}))
    told["value"] = [1.0, float("nan"), float("inf")]
    told["state"] = "reported"
    assert score(told, indicator_table([system(TWO)])).iloc[0]["n_missing"] == 2


def test_rounding_in_the_computer_does_not_cost_a_level_but_a_strict_limit_stays_strict() -> None:
    at_limit = system({"g1": ("1", [asks("a", "1", 0.3, 0.4, 0.5)])})
    assert one(at_limit, {"a": 0.1 + 0.2})["level"] == 1
    assert one(at_limit, {"a": 0.3001})["level"] == 2
    at_least = system({"g1": ("1", [asks("a", "1", 0.7, 0.6, 0.5, comparator=">=")])})
    assert one(at_least, {"a": 0.8 - 0.1})["level"] == 1
    strict = system({"g1": ("1", [asks("a", "1", 30, 50, 80, comparator="<")])})
    assert one(strict, {"a": 30})["level"] == 2
    assert one(strict, {"a": 29.999999999})["level"] == 1


def test_negative_benchmarks_compare_like_any_number() -> None:
    converter = system({"g1": ("1", [asks("a", "1", -20, -8, 0)])})
    assert [one(converter, {"a": v})["level"] for v in (-21, -20, -19, -8, -1, 0, 0.1)] == [1, 1, 2, 2, 3, 3, 4]


def test_a_level_that_asks_for_nothing_is_met_and_one_without_a_source_is_not_scored() -> None:
    loose = {"id": "a", "weight": "0.5", "comparator": ">=", "baselines": {"I": 60, "II": 40}, "blank": "no_requirement"}
    unknown = {"id": "b", "weight": "0.5", "comparator": ">=", "baselines": {"I": 60, "II": 40}}
    made = system({"g1": ("1", [loose, unknown])})
    found = one(made, {"a": 5, "b": 5})
    assert (found["index_2"], found["index_3"], found["level"], found["n_not_applicable"]) == (0.0, 100.0, 3, 1)
    found = one(made, {"b": 99})
    assert (found["index_3"], found["n_missing"]) == (0.0, 1), "no requirement is no excuse for not answering"
    assert pd.isna(found["level"])


def test_a_system_may_ask_all_other_indicators_for_a_level_too() -> None:
    rules = {"I": {"min_index": 85, "limiting": 1, "others": 2}}
    made = system({"g1": ("1", [asks("a", "0.9"), asks("b", "0.1")])}, level_rules=rules)
    assert one(made, {"a": 1, "b": 15})["level"] == 1
    assert one(made, {"a": 1, "b": 25})["level"] == 2


def test_a_bonus_group_lifts_the_index_to_100_at_most_and_costs_nothing_if_unanswered() -> None:
    base = [asks("a", "0.8"), asks("b", "0.2")]
    made = system({"g1": ("1", base), "g2": ("0.1", [asks("c", "1")], {"bonus": True})})
    assert one(made, {"a": 1, "b": 99})["index_1"] == 80
    assert one(made, {"a": 1, "b": 99, "c": 1})["level"] == 1
    assert one(made, {"a": 1, "b": 1, "c": 1})["index_1"] == 100
    assert one(made, {"a": 1, "b": 1})["level"] == 1


def test_a_system_without_weights_has_levels_by_indicator_and_no_index() -> None:
    made = system({"g1": (None, [asks("a", None), asks("b", None)])}, weights="none")
    table, measured = indicator_table([made]), frame(rows({"a": 1, "b": 15}))
    assert score(measured, table)[[*INDEX, "level"]].isna().all(axis=None)
    assert list(explain(measured, table)["level_met"]) == [1, 2]
    assert standing(measured, made).category("pollutant") == (2, 2, 0)


def test_two_answers_to_one_question_are_refused() -> None:
    with pytest.raises(UsageError, match="两行"):
        score(frame(rows({"a": 1}), rows({"a": 2})), indicator_table([system(TWO)]))


# --- categories, improvement -----------------------------------------------------------------------------------


def standing(measured: pd.DataFrame, made: IndicatorSystem, period: str = "after") -> Standing:
    """Where the one plant's one process stands."""
    [found] = standings(Scorer(measured, [made]))["p", period]
    return found


def moved(made: IndicatorSystem, before: Answers, after: Answers) -> dict[str, float]:
    """By how much each indicator got better, in per cent."""
    measured = frame(rows(before, period="before"), rows(after))
    changes = standing(measured, made).changes(standing(measured, made, "before"))
    return {c.indicator["indicator"]: round(c.change_pct, 6) for c in changes}


def test_a_category_is_as_good_as_its_worst_indicator() -> None:
    waste = asks("h", "0.5", hazardous_waste=True)
    made = system({"g1": ("0.6", [asks("a", "0.5"), waste]), "g2": ("0.4", [asks("c", "0.5"), asks("d", "0.5")])})
    found = standing(frame(rows({"a": 1, "h": 25, "c": 15, "d": None})), made)
    # the level with what is missing, the level over what is reported, how much is missing
    assert found.category("hazardous_waste") == (3, 3, 0)
    assert found.category("pollutant") == (3, 3, 0)
    assert found.category("resource_energy") == (4, 2, 1)
    assert {a.indicator["indicator"] for a in found.short(2)} == {"h", "d"}


def test_a_bonus_indicator_counts_in_no_category() -> None:
    extra = asks("c", "1", hazardous_waste=True)
    made = system({"g1": ("1", [asks("a", "1")]), "g2": ("0.1", [extra], {"bonus": True})})
    found = standing(frame(rows({"a": 1, "c": 99})), made)
    assert [found.category(name) for name in ("pollutant", "resource_energy", "hazardous_waste")] == [(1, 1, 0), None, None]


def test_a_category_without_applicable_indicators_has_no_level() -> None:
    found = standing(frame(rows({"a": "n/a", "b": "n/a", "c": 1})), system(TWO))
    assert found.category("pollutant") is None
    assert found.category("resource_energy") == (1, 1, 0)


def test_improvement_is_positive_when_better_whichever_direction_that_is() -> None:
    more = asks("m", "0.5", 90, 80, 70, comparator=">=")
    waits = asks("q", "0.25", answer="level")
    made = system({"g1": ("1", [asks("l", "0.25"), more, waits])})
    found = moved(made, {"l": 20, "m": 80, "q": 3}, {"l": 15, "m": 88, "q": 1})
    assert found == {"l": 25.0, "m": 10.0}, "a level is no measured number"


def test_what_rises_from_zero_is_worse_than_any_percentage_and_one_sided_values_are_left_out() -> None:
    made = system(TWO)
    assert moved(made, {"a": 0, "b": 5}, {"a": 1, "c": 5}) == {"a": -math.inf}
    assert moved(made, {"a": 4, "b": 5}, {"a": 1, "c": 5}) == {"a": 75.0}


def test_improvement_of_a_negative_value_is_measured_against_its_size() -> None:
    assert moved(system({"g1": ("1", [asks("a", "1", -20, -8, 0)])}), {"a": -10}, {"a": -12}) == {"a": 20.0}


# --- the shipped systems, and frames of other kinds -------------------------------------------------------------


FIXED = [s for s in systems().values() if not s.parameters]


def everyone_at(level: int) -> pd.DataFrame:
    """A plant per shipped system without parameters that sits on every benchmark of the level (just inside a strict one)."""
    table = indicator_table(FIXED)
    inside = table["strict"].map({True: 1e-6, False: 0.0}) * table["lower_is_better"].map({True: -1, False: 1})
    at = table.assign(plant_id="p-" + table["system"], process="一", period="after", value=table[f"baseline_{level}"] + inside)
    return at.assign(state="reported")[[*KEYS, "indicator", "value", "state"]]


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_plant_on_every_benchmark_of_a_level_has_that_level_or_better(level: int) -> None:
    found = score(everyone_at(level))
    weighted = found[found["index_1"].notna()]
    assert set(weighted["system"]) == {s.id for s in FIXED if s.scorable}
    assert (weighted[f"index_{level}"] == 100).all()
    assert (weighted["level"] <= level).all()


def test_a_plant_that_reports_nothing_reaches_no_level() -> None:
    silent = everyone_at(1).assign(value=float("nan"), state="missing")
    found = score(silent)
    assert found["level"].isna().all(), "nor is it below the last one"
    assert set(found["highest"].dropna()) == {1}
    assert found[INDEX].max(axis=None) == 0


def test_every_kind_of_frame_gives_the_same_scores() -> None:
    measured = everyone_at(2)
    expected = score(measured)
    for other in (pl.from_pandas(measured), pl.from_pandas(measured).lazy(), measured.convert_dtypes(dtype_backend="pyarrow")):
        pd.testing.assert_frame_equal(score(other), expected)


@pytest.mark.parametrize(
    "send", [pl.from_pandas, lambda f: pl.from_pandas(f).lazy(), duckdb.from_df], ids=["polars", "lazy", "duckdb"]
)
def test_the_same_expression_runs_where_the_data_are(send: Any) -> None:
    measured = everyone_at(2)[["plant_id", "system", "process", "period", "indicator", "value", "state"]]
    for function in (score, explain):
        pd.testing.assert_frame_equal(function(send(measured)), function(measured))


def test_no_measurements_give_empty_tables() -> None:
    nothing = everyone_at(1).iloc[:0]
    for function in (score, explain, lambda m: Scorer(m).scores(), lambda m: explanations(Scorer(m))):
        assert len(function(nothing)) == 0
