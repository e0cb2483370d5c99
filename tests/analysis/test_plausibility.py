"""Leads: what is planted is found with its cells; clean data stay quiet; the words never say that anything is false."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpaudit.analysis import plausibility
from cpaudit.analysis.doubts import leads as definitions
from cpaudit.analysis.doubts import numbers
from cpaudit.dataset import Dataset
from cpaudit.indicators import indicator_table
from cpaudit.views.tables.plausibility import plausibility as view
from tests.support.builders import dataset, measurement, option, plant
from tests.support.examples import examples

SYSTEM = "demo_cement"
_TABLE = indicator_table()
INDICATORS = _TABLE[(_TABLE["system"] == SYSTEM) & _TABLE["quantitative"]].sort_values("order")["indicator"].tolist()
Row = dict[str, Any]


def three_digits(value: float) -> float:
    return float(f"{value:.3g}")


def clean(seed: int, n: int = 24) -> tuple[list[Row], list[Row], list[Row]]:
    """Plants, measurements and options as if measured: no two numbers have to do with one another."""
    rng = np.random.default_rng(seed)
    plants = [plant(f"p{i:02}", industry="cement", unit="tangshan" if i % 2 else "handan") for i in range(n)]
    level = rng.uniform(2, 800, len(INDICATORS))
    measurements, options = [], []
    for at, p in enumerate(plants):
        for k, indicator in enumerate(INDICATORS):
            for period in ("before", "after"):
                value = three_digits(level[k] * rng.lognormal(0, 0.2))
                where = {
                    "file": f"{p['unit']}.xlsx",
                    "sheet": "指标实测",
                    "cell": f"{'G' if period == 'before' else 'H'}{100 * at + k}",
                }
                measurements.append(measurement(p["plant_id"], SYSTEM, indicator, period, value, **where))
        for k in range(5):
            amounts = {
                c: three_digits(rng.lognormal(4, 1)) for c in ("investment_wan_yuan", "economic_benefit_wan_yuan", "water_t")
            }
            name = f"方案{rng.integers(12)}"
            where = {"file": f"{p['unit']}.xlsx", "sheet": "方案", "cell": f"A{10 * at + k}"}
            options.append(option(p["plant_id"], f"WD{k}", **{**amounts, "name": name, **where}))
    return plants, measurements, options


def found(plants: list[Row], measurements: list[Row], options: list[Row], kind: str = "") -> pd.DataFrame:
    frame = plausibility.leads(dataset(plants=plants, measurements=measurements, options=options))
    return frame[frame["kind"] == kind] if kind else frame


def of(measurements: list[Row], plant_id: str, period: str) -> list[Row]:
    return [m for m in measurements if m["plant_id"] == plant_id and m["period"] == period]


@examples(4)
@given(st.integers(0, 2**32 - 1))
def test_clean_data_stay_quiet(seed: int) -> None:
    assert len(found(*clean(seed))) <= 1


def test_over_many_clean_data_sets_hardly_a_lead_is_mere_chance() -> None:
    assert sum(len(found(*clean(seed))) for seed in range(40)) <= 4


@examples(4)
@given(st.integers(0, 2**32 - 1), st.integers(0, len(INDICATORS) - 6), st.sampled_from(["before", "after"]))
def test_a_block_that_was_copied_is_found_with_both_plants_and_the_cells(seed: int, start: int, period: str) -> None:
    plants, measurements, options = clean(seed)
    source, copy = of(measurements, "p03", period), of(measurements, "p08", period)
    for a, b in zip(source[start : start + 6], copy[start : start + 6], strict=True):
        b["value"] = a["value"]
    lead = found(plants, measurements, options, "repeated_block")
    assert lead["plant_ids"].tolist() == ["p03;p08"]
    assert lead["n_plants"].tolist() == [2]
    assert lead["unit"].tolist() == ["tangshan;handan"]
    assert all(m["cell"] in lead["cell"].iloc[0].split("、") for m in source[start : start + 6])
    assert f"{source[start]['value']:g}" in lead["evidence"].iloc[0]


def test_two_lines_of_one_plant_may_have_the_same_values() -> None:
    plants, measurements, options = clean(1)
    twin = [{**m, "process": "2号线"} for m in of(measurements, "p03", "before")]
    assert found(plants, measurements + twin, options, "repeated_block").empty


def test_values_that_everyone_has_are_no_copied_block() -> None:
    plants, measurements, options = clean(2)
    for m in measurements:
        m["value"] = 100.0
    assert found(plants, measurements, options, "repeated_block").empty


def test_a_slip_of_the_unit_is_an_outlier() -> None:
    plants, measurements, options = clean(3)
    wrong = of(measurements, "p05", "after")[2]
    wrong["value"] *= 1000
    lead = found(plants, measurements, options, "outlier")
    assert lead[["plant_ids", "cell", "strength"]].to_numpy().tolist() == [["p05", wrong["cell"], "strong"]]
    assert "高于" in lead["what"].iloc[0]
    assert "n" not in lead["what"].iloc[0]


@examples(4)
@given(st.integers(0, 2**32 - 1))
def test_a_copy_altered_by_a_little_is_told_with_both_plants(seed: int) -> None:
    plants, measurements, options = clean(seed)
    rng = np.random.default_rng(seed)
    mine, source = (of(measurements, p, "before") + of(measurements, p, "after") for p in ("p08", "p03"))
    for a, b in zip(source, mine, strict=True):
        b["value"] = float(f"{a['value'] * rng.uniform(0.991, 1.009):.4g}")
    lead = found(plants, measurements, options, "nearly_alike")
    assert set(lead["plant_ids"]) == {"p03;p08"}
    assert any(m["cell"] in cells.split("、") for cells in lead["cell"] for m in source)


def test_everything_better_by_the_same_share_is_told() -> None:
    plants, measurements, options = clean(12)
    for before, after in zip(of(measurements, "p04", "before"), of(measurements, "p04", "after"), strict=True):
        after["value"] = float(f"{before['value'] * 0.9:.4g}")
    lead = found(plants, measurements, options, "same_change")
    assert lead["plant_ids"].tolist() == ["p04"]
    assert "10.0%" in lead["what"].iloc[0]


def test_single_values_six_times_off_are_told_with_their_cells() -> None:
    told = []
    for seed in (14, 15, 16):
        plants, measurements, options = clean(seed, n=60)
        wrong = {p: of(measurements, p, "after")[at] for at, p in enumerate(("p05", "p15", "p25", "p35"))}
        for at, m in enumerate(wrong.values()):
            m["value"] = float(f"{m['value'] * (6 if at % 2 else 1 / 6):.4g}")
        leads = found(plants, measurements, options)
        leads = leads[leads["kind"].isin(["outlier", "change_outlier"])].set_index("plant_ids")["cell"]
        told += [any(m["cell"] in cells.split("、") for cells in leads[leads.index == p]) for p, m in wrong.items()]
    assert sum(told) >= 9, told


def test_a_favourite_digit_of_one_plant_is_told() -> None:
    plants, measurements, options = clean(13)
    for m in of(measurements, "p07", "before") + of(measurements, "p07", "after"):
        m["value"] = float(f"{m['value']:.10g}"[:-1] + "8")
    assert "p07" in found(plants, measurements, options, "last_digit")["plant_ids"].tolist()


def test_too_few_plants_have_no_outliers() -> None:
    plants, measurements, options = clean(4, n=6)
    of(measurements, "p05", "after")[2]["value"] *= 1000
    assert found(plants, measurements, options, "outlier").empty


def test_round_numbers_of_one_plant_stand_out() -> None:
    plants, measurements, options = clean(5)
    for m in of(measurements, "p07", "before") + of(measurements, "p07", "after"):
        m["value"] = float(f"{m['value']:.1g}")
    lead = found(plants, measurements, options, "round_numbers")
    assert "p07" in lead["plant_ids"].tolist()
    assert len(lead) == 1


def test_a_favourite_last_digit_stands_out() -> None:
    plants, measurements, options = clean(6)
    for m in measurements:
        if m["plant_id"] in {p["plant_id"] for p in plants if p["unit"] == "handan"}:
            text = f"{m['value']:.10g}"
            m["value"] = float(text[:-1] + "7")
    lead = found(plants, measurements, options, "last_digit")
    assert "handan" in lead["unit"].tolist()
    assert "tangshan" not in lead["unit"].tolist()
    assert "“7”" in lead["what"].iloc[0]


def test_options_with_the_same_numbers_and_lists_with_the_same_names_are_found() -> None:
    plants, measurements, options = clean(7)
    mine, others = ([o for o in options if o["plant_id"] == p] for p in ("p01", "p02"))
    amounts = ("investment_wan_yuan", "economic_benefit_wan_yuan", "water_t")
    others[0].update({a: mine[0][a] for a in amounts})
    for k, (a, b) in enumerate(zip(mine, others, strict=True)):
        a["name"] = b["name"] = f"只有这两家写成这样的第{k}项"
    leads = found(plants, measurements, options)
    assert leads["kind"].tolist() == ["repeated_option", "repeated_list"]
    assert set(leads["plant_ids"]) == {"p01;p02"}
    assert mine[0]["cell"] in leads["cell"].iloc[0]


def test_zeros_where_others_have_values_are_found_for_a_plant_and_for_a_units_column() -> None:
    plants, measurements, options = clean(8)
    for m in of(measurements, "p09", "after"):
        m["value"] = 0.0
    homes = {p["plant_id"]: p["unit"] for p in plants}
    for o in options:
        if homes[o["plant_id"]] == "tangshan":
            o["water_t"] = 0.0
    lead = found(plants, measurements, options, "zero_filled")
    assert sorted(zip(lead["plant_ids"], lead["unit"], strict=True)) == [("", "tangshan"), ("p09", "tangshan")]


def test_the_same_decimals_before_and_after_are_found() -> None:
    plants, measurements, options = clean(9)
    rng = np.random.default_rng(9)
    for m in measurements:
        m["value"] = round(float(rng.uniform(20, 80)), 2)
    for before, after in zip(of(measurements, "p04", "before"), of(measurements, "p04", "after"), strict=True):
        after["value"] = round(before["value"] - 3, 2)
    assert found(plants, measurements, options, "same_decimals")["plant_ids"].tolist() == ["p04"]


def test_first_digits_are_held_against_benford_only_where_amounts_span_three_orders_of_magnitude() -> None:
    rng = np.random.default_rng(10)
    plants = [plant(f"p{i:02}", industry="cement") for i in range(40)]

    def kinds(make: Any) -> set[str]:
        rows = [option(p["plant_id"], f"WD{k}", investment_wan_yuan=make()) for p in plants for k in range(10)]
        return set(found(plants, [], rows)["kind"])

    assert "first_digit" not in kinds(lambda: three_digits(10 ** rng.uniform(0, 5)))
    assert "first_digit" in kinds(lambda: three_digits(rng.uniform(8, 9.9) * 10 ** rng.integers(0, 5)))
    assert "first_digit" not in kinds(lambda: three_digits(rng.uniform(8, 9.9)))


def test_nothing_to_test_gives_no_leads() -> None:
    for ds in (dataset(), dataset(plants=[plant("a")]), dataset(plants=[plant("a")], options=[option("a", "WD1")])):
        frame = plausibility.leads(ds)
        assert frame.empty
        assert frame.columns.tolist() == definitions.COLUMNS
        assert view(ds).frame.empty


def test_a_stricter_rate_tells_no_more(ds: Dataset) -> None:
    assert len(plausibility.leads(ds, 1e-9)) <= len(plausibility.leads(ds))


def test_a_lead_is_never_worded_as_a_verdict() -> None:
    rules = definitions.rules()
    words = rules.note + "".join(k.label + k.what + k.evidence for k in rules.kinds.values())
    assert [w for w in ("造假", "虚假", "伪造", "编造", "弄虚作假", "抄袭") if w in words] == []
    assert "不是结论" in rules.note


def test_a_units_leads_are_those_of_the_whole_programme() -> None:
    plants, measurements, options = clean(11)
    for a, b in zip(of(measurements, "p03", "before"), of(measurements, "p08", "before"), strict=True):
        b["value"] = a["value"]
    ds = dataset(plants=plants, measurements=measurements, options=options)
    for unit in ("tangshan", "handan"):
        assert "数据段重复" in view(ds, unit=unit).frame["kind"].tolist()
    assert view(ds, unit="xiongan").frame.empty


@pytest.mark.parametrize(
    ("value", "written"), [(1200, (0, 2, 2)), (0.05, (2, 1, 5)), (12.34, (2, 4, 4)), (0, (0, 1, 0)), (-3.5, (1, 2, 5))]
)
def test_digits_are_counted_as_written(value: float, written: tuple[int, int, int]) -> None:
    assert tuple(a.item() for a in numbers.written(np.array([float(value)]))) == written


def test_the_rules_file_names_the_kinds_that_the_command_offers() -> None:
    from cpaudit.cli.lists import _KINDS

    assert tuple(definitions.rules().kinds) == _KINDS
