"""The scoring rules that published systems print, one by one: each can be said in a file, and scores as worked out by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from cpaudit.indicators import IndicatorSystem, explain, find_system, score
from cpaudit.indicators.checking.checker import check
from cpaudit.reference import read_definition
from tests.support.paths import ROOT
from tests.support.scoring import Answers, asks, frame, rows, system


def scored(made: IndicatorSystem, answers: Answers) -> dict[str, Any]:
    """Index I, II, III and the level of one plant."""
    found = score(frame(rows(answers, of=made.id)), [made]).iloc[0]
    level = found["level"]
    indices = [None if pd.isna(found[f"index_{k}"]) else float(found[f"index_{k}"]) for k in (1, 2, 3)]
    return {"index": indices, "level": None if pd.isna(level) else int(level)}


# --- membership -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "index", "level"),
    [(10, [100, 100, 100], 1), (20, [0, 100, 100], 2), (30, [0, 0, 100], 3), (31, [0, 0, 0], 4)],
)
def test_membership_is_100_or_0_and_a_better_level_counts_for_the_easier_ones(value: float, index: list[int], level: int) -> None:
    made = system({"g1": ("1", [asks("a", "1")])})
    assert scored(made, {"a": value}) == {"index": index, "level": level}


# --- weights where something doesn't apply ----------------------------------------------------------------------


def test_shares_of_the_group_are_shared_out_as_w_over_the_sum_of_what_applies() -> None:
    # PCB, 5-3: 0.4 and 0.35 apply, so 0.4/0.75 of the group's 0.6.
    made = system({"g1": ("0.6", [asks("a", "0.4"), asks("b", "0.35"), asks("c", "0.25")]), "g2": ("0.4", [asks("d", "1")])})
    assert scored(made, {"a": 1, "b": 99, "c": "n/a", "d": 1})["index"][0] == 72.0  # 0.6 × 0.4/0.75 + 0.4


def test_shares_of_the_whole_are_shared_out_as_w_times_W_over_the_sum_and_W_counts_once() -> None:
    # Antimony, 5-1: secondary weights 0.24, 0.21, 0.15 of the whole, W = 0.6: the same plant, the same 72 points.
    groups: dict[str, Any] = {
        "g1": ("0.6", [asks("a", "0.24"), asks("b", "0.21"), asks("c", "0.15")]),
        "g2": ("0.4", [asks("d", "0.4")]),
    }
    made = system(groups, weights="share_of_whole")
    assert scored(made, {"a": 1, "b": 99, "c": "n/a", "d": 1})["index"][0] == 72.0
    assert scored(made, {"a": 1, "b": 1, "c": 1, "d": 1})["index"][0] == 100.0


def test_k_of_the_trial_systems_says_the_same() -> None:
    # Electroplating 2006: group score × A1/A2; A1 = 20, A2 = 15 of what is assessed; 10 of it met: 10 × 20/15 = 13.33.
    made = system(
        {"g1": ("0.2", [asks("a", "0.1"), asks("b", "0.05"), asks("c", "0.05")]), "g2": ("0.8", [asks("d", "0.8")])},
        weights="share_of_whole",
    )
    assert scored(made, {"a": 1, "b": 99, "c": "n/a", "d": 99})["index"][0] == 13.33


@pytest.mark.parametrize(("renormalise", "index"), [("within_group", 100.0), ("none", 75.0)])
def test_a_system_may_lose_the_weight_instead(renormalise: str, index: float) -> None:
    made = system({"g1": ("1", [asks("a", "0.75"), asks("b", "0.25")])}, renormalise=renormalise)
    assert scored(made, {"a": 1, "b": "n/a"})["index"][0] == index


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("drop", {"index": [100, 100, 100], "level": 1}),
        ("keep", {"index": [80, 80, 80], "level": 4}),
        ("refuse", {"index": [None, None, None], "level": None}),
    ],
)
@pytest.mark.parametrize("renormalise", ["within_group", "none"])
def test_a_group_of_which_nothing_applies_goes_by_the_systems_rule(rule: str, found: Any, renormalise: str) -> None:
    groups = {"g1": ("0.8", [asks("a", "1")]), "g2": ("0.2", [asks("b", "1")])}
    made = system(groups, empty_group=rule, renormalise=renormalise)
    assert scored(made, {"a": 1, "b": "n/a"}) == found


# --- the level ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "most", "few", "level"),
    [
        (5, 5, 25, 1),  # Y_I = 85, limiting at I
        (15, 5, 5, 2),  # limiting only at II
        (25, 5, 5, 3),  # limiting only at III
        (31, 5, 5, 4),
        (5, 5, 31, 1),  # Y_I = 85 again: one item below III costs nothing at I …
        (15, 15, 31, 2),  # … or at II …
        (25, 25, 31, 4),  # … but bars III, where Y must be 100
    ],
)
def test_the_rule_of_the_incineration_draft(limit: float, most: float, few: float, level: int) -> None:
    rules = find_system("hw_incineration_draft").level_rules.model_dump()
    groups: dict[str, Any] = {"g1": ("1", [asks("l", "0.15", limiting=True), asks("m", "0.7"), asks("f", "0.15")])}
    assert scored(system(groups, level_rules=rules), {"l": limit, "m": most, "f": few})["level"] == level


@pytest.mark.parametrize(("few", "level"), [(15, 1), (25, 2), (31, 2)])
def test_the_rule_of_the_pcb_system_asks_all_others_for_level_two(few: float, level: int) -> None:
    rules = {
        "I": {"min_index": 85, "limiting": 1, "others": 2},
        "II": {"min_index": 85, "limiting": 2},
        "III": {"min_index": 100},
    }
    groups: dict[str, Any] = {"g1": ("1", [asks("l", "0.15", limiting=True), asks("m", "0.7"), asks("f", "0.15")])}
    assert scored(system(groups, level_rules=rules), {"l": 5, "m": 5, "f": few})["level"] == level


@pytest.mark.parametrize("parts", [3, 6, 7, 9])
def test_level_three_needs_100_and_thirds_add_up_to_it(parts: int) -> None:
    shared = [asks(f"a{n}", None) | {"weight": {"value": 1, "divided_by": "n"}} for n in range(parts)]
    made = system({"g1": ("0.7", shared), "g2": ("0.3", [asks("b", "1")])}, parameters=[{"id": "n", "name": "项数"}])
    answers: Answers = {"n": parts, "b": 25} | {f"a{n}": 25 for n in range(parts)}
    assert scored(made, answers) == {"index": [0, 0, 100], "level": 3}
    assert scored(made, answers | {"a0": 31})["level"] == 4


# --- what depends on the plant ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("metals", "index"), [(1, 100.0), (2, 60.0), (3, 46.66)])
def test_weights_of_0_8_over_the_number_of_metals(metals: int, index: float) -> None:
    # The first metal and the water are met: 0.8/n + 0.2.
    names = ["zn", "cu", "ni"]
    each = [asks(m, None) | {"weight": {"value": "0.8", "divided_by": "n"}} for m in names]
    made = system({"g1": ("1", [*each, asks("water", "0.2")])}, parameters=[{"id": "n", "name": "镀种数"}])
    others: Answers = {m: 99 if at < metals else "n/a" for at, m in enumerate(names) if at}
    assert scored(made, {"n": metals, "zn": 1, "water": 1} | others)["index"][0] == index


def test_a_pool_of_weight_is_shared_by_output() -> None:
    # PCB: 0.5 of the group over the kinds made; 60 % single-sided (met), 40 % multi-layer (not): 0.5 + 0.5 × 0.6.
    pool = [asks(p, None) | {"weight": {"times": {f"share_{p}": "0.5"}}} for p in ("single", "multi")]
    parameters = [{"id": f"share_{p}", "name": f"{p}产量占比"} for p in ("single", "multi")]
    made = system({"g1": ("1", [*pool, asks("rest", "0.5")])}, parameters=parameters)
    answers: Answers = {"share_single": 0.6, "share_multi": 0.4, "single": 1, "multi": 99, "rest": 1}
    assert scored(made, answers)["index"][0] == 80.0
    assert scored(made, answers | {"share_single": 1, "share_multi": 0, "multi": "n/a"})["index"][0] == 100.0


@pytest.mark.parametrize(
    ("layers", "value", "level"), [(1, 0.8, 1), (1, 0.81, 2), (4, 1.7, 1), (4, 1.71, 2), (4, 2.9, 3), (4, 2.91, 4)]
)
def test_a_benchmark_of_a_plus_b_n_is_exact_at_the_plants_n(layers: int, value: float, level: int) -> None:
    marks = {
        "I": {"value": 0.5, "times": {"n": 0.3}},
        "II": {"value": 0.7, "times": {"n": 0.4}},
        "III": {"value": 0.9, "times": {"n": 0.5}},
    }
    made = system({"g1": ("1", [{"id": "a", "weight": "1", "baselines": marks}])}, parameters=[{"id": "n", "name": "层数"}])
    assert scored(made, {"n": layers, "a": value})["level"] == level


# --- comparisons and conditions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comparator", "baselines", "levels"),
    [
        ("<", {"I": 30, "II": 50, "III": 80}, {29.99: 1, 30: 2, 50: 3, 80: 4}),
        ("<=", {"I": 30, "II": 50, "III": 80}, {30: 1, 30.01: 2, 50: 2, 80: 3, 80.01: 4}),
        (">", {"I": 70, "II": 50, "III": 30}, {70.01: 1, 70: 2, 50: 3, 30: 4}),
        (">=", {"I": 70, "II": 50, "III": 30}, {70: 1, 69.99: 2, 50: 2, 30: 3, 29.99: 4}),
        (
            "between",
            {"I": {"min": 5, "max": 6}, "II": {"min": 4, "max": 7}, "III": {"max": 8}},
            {5: 1, 6: 1, 6.01: 2, 4: 2, 7: 2, 0: 3, 8: 3, 8.01: 4},
        ),
    ],
)
def test_strict_and_closed_comparisons(comparator: str, baselines: Any, levels: dict[float, int]) -> None:
    made = system({"g1": ("1", [{"id": "a", "weight": "1", "comparator": comparator, "baselines": baselines}])})
    assert {v: scored(made, {"a": v})["level"] for v in levels} == levels


def conditional(conditions: Any, *parts: str) -> IndicatorSystem:
    indicator = {"id": "a", "weight": "1", "answer": "conditions", "conditions": conditions}
    return system({"g1": ("1", [indicator | {"parts": [{"id": p, "name": p} for p in parts]}])})


@pytest.mark.parametrize(
    ("h2s", "hcn", "level"), [(150, 150, 1), (151, 150, 2), (150, 151, 2), (200, 180, 2), (150, 181, 3), (251, 1, 4)]
)
def test_two_values_that_must_both_hold(h2s: float, hcn: float, level: int) -> None:
    limits = {"I": (150, 150), "II": (200, 180), "III": (250, 200)}
    made = conditional({k: {"all": [f"h2s <= {a}", f"hcn <= {b}"]} for k, (a, b) in limits.items()}, "h2s", "hcn")
    assert scored(made, {"h2s": h2s, "hcn": hcn})["level"] == level


@pytest.mark.parametrize(
    ("trt", "power", "bprt", "saving", "level"),
    [
        (100, 40, 0, 0, 1),
        (0, 0, 50, 40, 1),
        (100, 30, 0, 0, 2),
        (0, 0, 30, 30, 2),
        (100, 39, 50, 39, 2),
        (100, 26, 0, 0, 3),
        (99, 40, 29, 40, 4),
    ],
)
def test_alternatives_of_which_one_holds(trt: float, power: float, bprt: float, saving: float, level: int) -> None:
    limits = {"I": (40, 50, 40), "II": (30, 30, 30), "III": (26, 30, 20)}
    either = {
        k: {"any": [{"all": ["trt >= 100", f"power >= {p}"]}, {"all": [f"bprt >= {b}", f"saving >= {s}"]}]}
        for k, (p, b, s) in limits.items()
    }
    made = conditional(either, "trt", "power", "bprt", "saving")
    assert scored(made, {"trt": trt, "power": power, "bprt": bprt, "saving": saving})["level"] == level


@pytest.mark.parametrize(
    ("pellets", "bed", "level"), [(1, 600, 1), (1, 500, 2), (1, 0, 3), (0, 400, 3), (0, 600, 3), (0, 399, 4)]
)
def test_and_at_the_stricter_levels_but_or_at_level_three(pellets: float, bed: float, level: int) -> None:
    asked = {
        "I": {"all": ["pellets", "bed >= 600"]},
        "II": {"all": ["pellets", "bed >= 500"]},
        "III": {"any": ["pellets", "bed >= 400"]},
    }
    assert scored(conditional(asked, "pellets", "bed"), {"pellets": pellets, "bed": bed})["level"] == level


# --- bonus and blanks ----------------------------------------------------------------------------------------------


def test_a_bonus_group_makes_110_and_is_capped_at_100() -> None:
    groups: dict[str, Any] = {
        "g1": ("1", [asks("a", "0.8"), asks("b", "0.2")]),
        "g2": ("0.1", [asks("c", "0.5"), asks("d", "0.5")], {"bonus": True}),
    }
    made = system(groups)
    assert scored(made, {"a": 1, "b": 99, "c": 1, "d": 99})["index"][0] == 85.0
    assert scored(made, {"a": 1, "b": 99, "c": 1, "d": 99})["level"] == 1
    assert scored(made, {"a": 1, "b": 1, "c": 1, "d": 1})["index"] == [100, 100, 100]
    assert scored(system(groups, index_cap=110), {"a": 1, "b": 1, "c": 1, "d": 1})["index"] == [110, 110, 110]


def test_a_benchmark_without_a_source_is_left_out_and_a_group_of_nothing_else_too() -> None:
    unknown = {"id": "co2", "weight": "0.4", "comparator": "<="}
    made = system({"g1": ("0.6", [asks("a", "0.6"), unknown]), "g2": ("0.4", [asks("b", "0.5"), asks("c", "0.5")])})
    assert scored(made, {"a": 1, "b": 99, "c": 1, "co2": 5})["index"][0] == 80.0  # 0.6 × 0.6/0.6 + 0.4 × 0.5
    alone = system({"g1": ("0.6", [unknown | {"weight": "1"}]), "g2": ("0.4", [asks("b", "0.5"), asks("c", "0.5")])})
    assert scored(alone, {"b": 99, "c": 1})["index"][0] == 50.0


# --- the system of all forms -----------------------------------------------------------------------------------------

#: A large wet-cooled line of two layers and two metals that rolls coil: everything at level I exactly, or just inside.
BEST: Answers = {
    "cooling": 1, "scale": 5000, "layers": 2, "metals": 2, "product": 1,
    "line": 1, "cooling_tower": 1, "h2s": 150, "hcn": 150, "trt": 100, "trt_power": 40, "bprt": "n/a", "waste_heat": 0,
    "energy": 100, "water": 1.1, "converter": -20, "moisture": 5,
    "zinc": 90, "copper": 90, "nickel": "n/a", "reuse": 60,
    "particulate": 9.9, "sludge": 3, "metal_yield": 98, "pass_rate": 99.8, "policy": 1, "training": 1, "green_power": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "index_1", "level"),
    [
        ({}, 100.0, 1),
        # limiting, with 0.3 × 0.4 of the whole: II for wet cooling; for air the benchmarks are 104 and 112
        ({"energy": 108}, 88.0, 2),
        ({"cooling": 2, "energy": 104}, 100.0, 1),
        ({"cooling": 2, "energy": 105}, 88.0, 2),
        # below 2000 t/d no variant fits: the indicator leaves, limiting and all
        ({"scale": 1000, "energy": 999}, 100.0, 1),
        # 0.5 + 0.3·2 = 1.1 at level I, 0.7 + 0.4·2 = 1.5 at II; with three layers 1.4 is level I
        ({"water": 1.4}, 91.0, 1),
        ({"water": 1.4, "layers": 3}, 100.0, 1),
        # three metals, one of which misses level I: loses 0.15 × 0.8/3 = 0.04
        ({"metals": 3, "nickel": 85}, 96.0, 1),
        # one item only at level III: index 95.5, but level I asks all others for II
        ({"sludge": 8}, 90.0, 2),
        # both gases at III only ("or"): 0.2 × 0.25
        ({"h2s": 200, "hcn": 999}, 95.0, 2),
        # neither way of recovering pressure at I or II, but one of three at III
        ({"trt": 0, "trt_power": 0, "waste_heat": 1}, 95.0, 2),
        # no water reused: level III asks for nothing; 0.15 × 0.2
        ({"reuse": 0}, 97.0, 2),
        # the bonus of 0.1 makes good for what is lost
        ({"water": 1.4, "green_power": 30}, 100.0, 1),
        # sections: 0.5 and 0.5 inside a group of 0.05
        ({"product": 2, "metal_yield": 96}, 97.5, 1),
        # strict: 10 is not below 10
        ({"particulate": 10}, 90.0, 2),
        ({"moisture": 6.5}, 97.0, 1),
        ({"training": 0}, 96.0, 2),
        ({"policy": 0}, 94.0, 4),
    ],
)  # fmt: skip
def test_the_system_of_all_forms_scores_as_worked_out_by_hand(changed: Answers, index_1: float, level: int) -> None:
    found = scored(find_system("demo_forms"), BEST | changed)
    assert (found["index"][0], found["level"]) == (index_1, level)


def test_without_its_parameters_the_system_of_all_forms_gives_no_index_and_what_depends_on_them_is_missing() -> None:
    made = find_system("demo_forms")
    silent = {k: v for k, v in BEST.items() if k not in {p.id for p in made.parameters}}
    assert scored(made, silent)["level"] is None, "0.8 ÷ n is no weight without n"
    told = explain(frame(rows(silent, of=made.id)), [made]).set_index("indicator")["state"]
    assert told[["energy", "water"]].tolist() == ["missing", "missing"]
    assert told["sludge"] == "reported"


# --- the worked example of the documentation -------------------------------------------------------------------------

EXAMPLE = ROOT / "docs" / "examples"


def worked(**changed: float) -> tuple[dict[str, Any], pd.Series]:
    """Index and level of the example's plant, and the weight of each indicator."""
    made = read_definition(EXAMPLE / "scoring.yaml", IndicatorSystem)
    measured = pd.read_csv(EXAMPLE / "scoring.csv").assign(plant_id="p", system="scoring", process="", period="after")
    for indicator, value in changed.items():
        measured.loc[measured["indicator"] == indicator, ["value", "state"]] = [value, "reported"]
    found = score(measured, [made]).iloc[0]
    result = {"index": [float(found[f"index_{k}"]) for k in (1, 2, 3)], "level": int(found["level"])}
    return result, explain(measured, [made]).set_index("indicator")["weight"]


def test_the_worked_example_of_the_documentation_is_right() -> None:
    result, weight = worked()
    # 0.6 × (0.3 of 0.9) + 0.4 × (0.3 + 0.3); 0.6 × 1 + 0.4 × (0.3 + 0.3 + 0.2)
    assert result == {"index": [44, 92, 92], "level": 2}
    by_hand = {"energy": 0.6 * 0.4 / 0.9, "water": 0.6 * 0.3 / 0.9, "reuse": 0.6 * 0.2 / 0.9, "steam": 0, "solid": 0.4 * 0.2}
    assert {i: weight[i] for i in by_hand} == pytest.approx(by_hand)


def test_what_the_documentation_says_of_the_missing_value_is_right() -> None:
    assert worked(solid=98)[0] == {"index": [52, 100, 100], "level": 2}
    assert worked(solid=98, energy=100)[0] == {"index": [78.66, 100, 100], "level": 2}, "both limiting and 85 points"
    assert worked(solid=98, energy=100, reuse=90)[0]["level"] == 1


def test_the_example_has_no_fault() -> None:
    assert [f for f in check(EXAMPLE / "scoring.yaml") if f.severity != "note"] == []
