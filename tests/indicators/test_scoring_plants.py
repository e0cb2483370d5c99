"""What depends on the plant: parameters, variants, formulas, ranges, conditions over several values; worked out by hand."""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd
import pytest

from cpaudit.indicators import Scorer, explain, score
from tests.support.builders import measurement
from tests.support.scoring import COOLING, KEYS, Answers, asks, rows, system, table, trt


def levels(made: Any, plants: dict[str, Answers]) -> dict[str, int | None]:
    found = score(table(plants), [made]).set_index("plant_id")["level"]
    return {name: None if pd.isna(found[name]) else int(found[name]) for name in plants}


def met(made: Any, plants: dict[str, Answers], indicator: str = "a") -> dict[str, Any]:
    found = explain(table(plants), [made])
    found = found[found["indicator"] == indicator].set_index("plant_id")
    return {
        name: (found.at[name, "state"], None if pd.isna(found.at[name, "level_met"]) else int(found.at[name, "level_met"]))
        for name in plants
    }


LAYERS = [{"id": "layers", "name": "层数", "unit": "层"}]


def test_a_benchmark_of_a_plus_b_n_is_the_plants_own() -> None:
    formula = {"value": 10, "times": {"layers": 5}}
    made = system(
        {"g1": ("1", [{"id": "a", "weight": "1", "baselines": {"I": formula, "II": 40, "III": 50}}])}, parameters=LAYERS
    )
    plants: dict[str, Answers] = {
        "two": {"layers": 2, "a": 20},
        "three": {"layers": 3, "a": 21},
        "over": {"layers": 2, "a": 20.5},
    }
    assert met(made, plants) == {"two": ("reported", 1), "three": ("reported", 1), "over": ("reported", 2)}
    found = explain(table(plants), [made]).set_index("plant_id")
    assert found["baseline_1"].to_dict() == {"two": 20.0, "three": 25.0, "over": 20.0}


def test_without_the_parameter_the_answer_counts_as_missing() -> None:
    formula = {"value": 10, "times": {"layers": 5}}
    made = system(
        {"g1": ("1", [{"id": "a", "weight": "1", "baselines": {"I": formula, "II": 40, "III": 50}}])}, parameters=LAYERS
    )
    assert met(made, {"p": {"a": 1}, "q": {"layers": None, "a": 1}}) == {"p": ("missing", None), "q": ("missing", None)}
    assert levels(made, {"p": {"a": 1}}) == {"p": None}, "whom it would lift, nobody can judge"


def test_a_variant_is_for_the_plants_it_fits_and_no_one_else_is_asked() -> None:
    variants = [
        {"when": {"cooling": "wet"}, "baselines": {"I": 1, "II": 2, "III": 3}},
        {"when": {"cooling": ["air"], "mw": {"min": 300, "below": 600}}, "baselines": {"I": 10, "II": 20, "III": 30}},
    ]
    parameters = [*COOLING, {"id": "mw", "name": "单机容量", "unit": "MW"}]
    made = system({"g1": ("1", [{"id": "a", "weight": "0.5", "variants": variants}, asks("b", "0.5")])}, parameters=parameters)
    plants: dict[str, Answers] = {
        "wet": {"cooling": 1, "mw": 600, "a": 2, "b": 1},
        "air": {"cooling": 2, "mw": 300, "a": 10, "b": 1},
        "none": {"cooling": 2, "mw": 600, "a": 10, "b": 1},
        "unknown": {"mw": 300, "a": 10, "b": 1},
        "not a choice": {"cooling": 7, "mw": 300, "a": 10, "b": 1},
    }
    assert met(made, plants) == {
        "wet": ("reported", 2),
        "air": ("reported", 1),
        "none": ("reported", None),
        "unknown": ("missing", None),
        "not a choice": ("missing", None),
    }
    assert levels(made, plants)["none"] == 1, "nobody is judged by a benchmark that isn't his"


def test_weights_of_0_8_over_n_are_exact() -> None:
    # Three of the metals: 0.8/3 each and 0.2 for the rest; two of three met makes 0.2 + 2·0.8/3 = 11/15.
    metals = [asks(m, None) | {"weight": {"value": "0.8", "divided_by": "n"}} for m in ("zn", "cu", "ni", "au")]
    made = system({"g1": ("1", [*metals, asks("water", "0.2")])}, parameters=[{"id": "n", "name": "镀种数"}])
    answers: Answers = {"n": 3, "zn": 1, "cu": 1, "ni": 99, "au": "n/a", "water": 1}
    found = score(table({"p": answers, "q": answers | {"ni": 1}}), [made])
    assert found["index_1"].tolist() == [73.33, 100.0]
    unknown = score(table({"p": answers | {"n": None}}), [made]).iloc[0]
    assert pd.isna(unknown["level"]), "weights that nobody knows make no index"


def test_weights_shared_out_by_output_follow_each_plants_own_shares() -> None:
    shared = [asks(p, None) | {"weight": {"times": {f"share_{p}": "0.5"}}} for p in ("single", "multi")]
    parameters = [{"id": f"share_{p}", "name": f"{p}产量占比"} for p in ("single", "multi")]
    made = system({"g1": ("1", [*shared, asks("rest", "0.5")])}, parameters=parameters)
    found = score(table({"p": {"share_single": 0.3, "share_multi": 0.7, "single": 99, "multi": 1, "rest": 1}}), [made]).iloc[0]
    assert found["index_1"] == 85.0
    assert found["level"] == 1


def test_a_range_is_met_inside_and_at_its_ends() -> None:
    stops = {"I": {"max": 2}, "II": {"min": 3, "max": 4}, "III": {"min": 5, "max": 5}}
    made = system({"g1": ("1", [{"id": "a", "weight": "1", "comparator": "between", "baselines": stops}])})
    plants: dict[str, Answers] = {f"{v}": {"a": v} for v in (0, 2, 2.5, 3, 4, 5, 6)} | {"blank": {"a": None}, "off": {"a": "n/a"}}
    found = met(made, plants)
    assert [found[k][1] for k in ("0", "2", "2.5", "3", "4", "5", "6")] == [1, 1, 4, 2, 2, 3, 4]
    assert found["blank"] == ("missing", None)
    assert found["off"] == ("not_applicable", None)


def test_conditions_over_several_values_reach_a_level_by_any_of_their_ways() -> None:
    off: Answers = {"bprt": "n/a", "saving": "n/a"}
    plants: dict[str, Answers] = {
        "one": {"trt": 100, "power": 40} | off,
        "two": {"trt": 100, "power": 35} | off,
        "three": {"trt": 100, "power": 3} | off,
        "none": {"trt": 50, "power": 40} | off,
        "other way": {"trt": "n/a", "power": "n/a", "bprt": 60, "saving": 40},
        "first level whatever the rest": {"trt": 100, "power": 40},
        "open": {"trt": 100, "power": 35},
        "nothing": {"trt": None},
        "off": {"trt": "n/a", "power": "n/a"} | off,
        "marked off": {"a": "n/a", "trt": 100, "power": 40},
    }
    assert met(trt(), plants) == {
        "one": ("reported", 1),
        "two": ("reported", 2),
        "three": ("reported", 3),
        "none": ("reported", 4),
        "other way": ("reported", 1),
        "first level whatever the rest": ("reported", 1),
        "open": ("missing", None),
        "nothing": ("missing", None),
        "off": ("not_applicable", None),
        "marked off": ("not_applicable", None),
    }


def test_at_least_two_of_three_and_levels_that_ask_for_nothing() -> None:
    parts = [{"id": p, "name": p} for p in ("x", "y", "z")]
    conditions = {"I": ["x", "y", "z"], "II": {"at_least": 2, "of": ["x", "y", "z >= 1"]}}
    conditions["I"] = {"all": conditions["I"]}
    indicator = {
        "id": "a",
        "weight": "1",
        "answer": "conditions",
        "parts": parts,
        "conditions": conditions,
        "blank": "no_requirement",
    }
    made = system({"g1": ("1", [indicator])})
    plants: dict[str, Answers] = {
        n: dict(zip("xyz", v, strict=True)) for n, v in {"3": (1, 1, 1), "2": (0, 1, 1), "1": (0, 0, 1)}.items()
    }
    assert {k: v[1] for k, v in met(made, plants).items()} == {"3": 1, "2": 2, "1": 3}


def test_a_tree_deeper_than_two_levels_is_refused() -> None:
    deep = {"any": [{"all": ["x", {"any": ["y", {"all": ["z", "x"]}]}]}]}
    parts = [{"id": p, "name": p} for p in ("x", "y", "z")]
    with pytest.raises(ValueError, match="最多两层"):
        system({"g1": ("1", [{"id": "a", "weight": "1", "answer": "conditions", "parts": parts, "conditions": {"I": deep}}])})


@pytest.mark.parametrize(("rule", "index", "level"), [("drop", 100.0, 1), ("keep", 60.0, 4), ("refuse", None, None)])
def test_a_group_in_which_nothing_applies_follows_the_systems_own_rule(rule: str, index: float | None, level: int | None) -> None:
    made = system({"g1": ("0.6", [asks("a", "1")]), "g2": ("0.4", [asks("b", "1")])}, empty_group=rule)
    found = score(table({"p": {"a": 1, "b": "n/a"}}), [made]).iloc[0]
    assert (None if pd.isna(found["index_1"]) else found["index_1"]) == index
    assert (None if pd.isna(found["level"]) else found["level"]) == level
    points = explain(table({"p": {"a": 1, "b": "n/a"}}), [made])["contribution_1"].tolist()
    assert points[0] == pytest.approx(100 if rule == "drop" else 60)


def test_a_system_may_leave_the_weight_of_what_does_not_apply_unshared() -> None:
    made = system({"g1": ("1", [asks("a", "0.7"), asks("b", "0.3")])}, renormalise="none")
    found = score(table({"p": {"a": 1, "b": "n/a"}}), [made]).iloc[0]
    assert found["index_1"] == 70.0


@pytest.mark.parametrize(
    "rules", [{"empty_group": r, "renormalise": n} for r in ("drop", "keep", "refuse") for n in ("within_group", "none")], ids=str
)
def test_what_cannot_be_scored_counts_like_what_does_not_apply(rules: dict[str, Any]) -> None:
    unknown = {"id": "b", "weight": "1", "baselines": {"I": 60}}
    without = system({"g1": ("0.6", [asks("a", "1")]), "g2": ("0.4", [unknown])}, **rules)
    declined = system({"g1": ("0.6", [asks("a", "1")]), "g2": ("0.4", [asks("b", "1")])}, **rules)
    for answers in ({"a": 1}, {"a": 1, "b": 5}):
        found = score(table({"p": answers}), [without])[["index_1", "level"]]
        pd.testing.assert_frame_equal(found, score(table({"p": {"a": 1, "b": "n/a"}}), [declined])[["index_1", "level"]])
        pd.testing.assert_frame_equal(found, Scorer(table({"p": answers}), [without]).scores()[["index_1", "level"]])


def test_several_systems_and_engines_agree_on_what_depends_on_the_plant() -> None:
    variants = [{"when": {"cooling": c}, "baselines": {"I": n, "II": 20, "III": 30}} for c, n in (("wet", 5), ("air", 10))]
    made = system({"g1": ("1", [{"id": "a", "weight": "1", "variants": variants}])}, id="varies", parameters=COOLING)
    answers = [measurement("p", "varies", "cooling", "after", 2), measurement("p", "varies", "a", "after", 8)]
    measured = pd.DataFrame([*answers, *rows({"trt": 100, "power": 35, "bprt": "n/a", "saving": 1}, "q")])
    measured = measured[[*KEYS, "indicator", "value", "state"]]
    for function in (score, explain):
        pd.testing.assert_frame_equal(function(duckdb.from_df(measured), [made, trt()]), function(measured, [made, trt()]))
    assert score(measured, [made, trt()])["level"].tolist() == [1, 2]
