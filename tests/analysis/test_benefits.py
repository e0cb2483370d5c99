"""What the options cost and bring: each once, each amount in its own unit, nothing made up."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpaudit.analysis import benefits
from cpaudit.dataset import Dataset
from cpaudit.errors import UsageError
from cpaudit.fields import benefits as benefit_fields
from tests.support import independent
from tests.support.builders import dataset, option, plant
from tests.support.examples import examples

PLANTS = [plant("a", industry="cement"), plant("b", unit="tangshan"), plant("c")]


def test_each_option_is_counted_once_though_two_files_bring_it() -> None:
    ds = dataset(plants=PLANTS, options=[option("a", "WD1"), option("a", "WD1"), option("b", "WD1"), option("a", "ZG1")])
    row = benefits.totals(ds).iloc[0]
    assert row[["plants", "options", "no_low_cost", "medium_high_cost"]].tolist() == [2, 3, 2, 1]
    assert row["investment_wan_yuan"] == 3


def test_only_implemented_options_count_unless_others_are_asked_for() -> None:
    ds = dataset(plants=PLANTS, options=[option("a", "WD1"), option("a", "WD2", status="planned", investment_wan_yuan=7.0)])
    assert benefits.totals(ds)["investment_wan_yuan"].tolist() == [1]
    assert benefits.totals(ds, status="planned")["investment_wan_yuan"].tolist() == [7]
    assert benefits.totals(ds, status=None)["investment_wan_yuan"].tolist() == [8]


def test_an_amount_that_no_option_states_is_unknown_not_zero() -> None:
    ds = dataset(
        plants=PLANTS, options=[option("a", "WD1", water_t=0.0), option("b", "WD1", energy_tce=5.0, investment_wan_yuan=None)]
    )
    row = benefits.totals(ds).iloc[0]
    assert (row["water_t"], row["energy_tce"]) == (0, 5)
    assert pd.isna(row["coal_t"])
    tangshan = benefits.totals(ds, "unit").set_index("unit").loc["tangshan"]
    assert pd.isna(tangshan["investment_wan_yuan"])
    assert pd.isna(tangshan["water_t"])
    assert benefits.by_status(ds)["investment_wan_yuan"].tolist() == [1]
    unstated = dataset(plants=PLANTS, options=[option("a", "WD1", investment_wan_yuan=None)])
    assert benefits.by_status(unstated)["investment_wan_yuan"].isna().all()


def test_kinds_of_benefit_are_never_added_to_one_another() -> None:
    amounts = {name: float(10**n) for n, name in enumerate(benefit_fields())}
    row = benefits.totals(dataset(plants=PLANTS, options=[option("a", "WD1", **amounts), option("b", "ZG1", **amounts)])).iloc[0]
    assert {name: row[name] for name in amounts} == {name: 2 * value for name, value in amounts.items()}


def test_payback_is_investment_over_the_yearly_benefit_and_unknown_without_one() -> None:
    def payback(**fields: float | None) -> float:
        return float(benefits.totals(dataset(plants=PLANTS, options=[option("a", "ZG1", **fields)]))["payback_years"].iloc[0])

    assert payback(investment_wan_yuan=30.0, economic_benefit_wan_yuan=12.0) == pytest.approx(2.5)
    assert pd.isna(payback(economic_benefit_wan_yuan=0.0))
    assert pd.isna(payback(economic_benefit_wan_yuan=None))
    assert pd.isna(payback(investment_wan_yuan=None, economic_benefit_wan_yuan=3.0))


def test_without_options_there_are_none_and_nothing_is_known_of_payback() -> None:
    row = benefits.totals(dataset(plants=PLANTS)).iloc[0]
    assert row[["plants", "options", "no_low_cost", "medium_high_cost"]].tolist() == [0, 0, 0, 0]
    assert row[["investment_wan_yuan", "payback_years", *benefit_fields()]].isna().all()
    assert benefits.by_status(dataset(plants=PLANTS)).empty


def test_units_trades_and_classes_come_in_the_official_order() -> None:
    ds = dataset(plants=PLANTS, options=[option("b", "ZG1"), option("b", "WD1"), option("c", "WD1"), option("a", "ZG1")])
    assert benefits.totals(ds, "unit")["unit"].tolist() == ["shijiazhuang", "tangshan"]
    assert benefits.totals(ds, "industry")["industry"].tolist() == ["cement", "brewing"]
    assert benefits.totals(ds, "class")["class"].tolist() == ["no_low_cost", "medium_high_cost"]


def test_options_are_counted_by_class_and_state() -> None:
    options = [option("a", "ZG1"), option("a", "WD2", status="planned"), option("a", "WD1"), option("b", "WD1")]
    table = benefits.by_status(dataset(plants=PLANTS, options=options))
    assert table[["class", "status", "options"]].to_numpy().tolist() == [
        ["no_low_cost", "planned", 1],
        ["no_low_cost", "implemented", 2],
        ["medium_high_cost", "implemented", 1],
    ]


def test_the_list_of_options_says_whose_each_is() -> None:
    row = benefits.options(dataset(plants=PLANTS, options=[option("b", "ZG1")])).iloc[0]
    assert row[["plant_name", "unit", "industry", "number", "name"]].tolist() == [
        "示例企业b",
        "tangshan",
        "brewing",
        "ZG1",
        "方案ZG1",
    ]


_AMOUNT = st.none() | st.integers(0, 1000).map(float)
_OPTIONS = st.lists(
    st.builds(
        lambda p, n, status, investment, benefit: option(
            p, n, status=status, investment_wan_yuan=investment, economic_benefit_wan_yuan=benefit, water_t=benefit
        ),
        st.sampled_from("abc"),
        st.sampled_from(["WD1", "WD2", "ZG1"]),
        st.sampled_from(["implemented", "planned"]),
        _AMOUNT,
        _AMOUNT,
    ),
    max_size=8,
    unique_by=lambda o: (o["plant_id"], o["number"]),
)


@examples(6)
@given(_OPTIONS)
def test_the_parts_add_up_to_the_whole_and_to_what_is_counted_by_hand(options: list[dict[str, object]]) -> None:
    ds = dataset(plants=PLANTS, options=options)
    _as_counted_by_hand(ds)
    columns = ["options", "no_low_cost", "medium_high_cost", "investment_wan_yuan", "economic_benefit_wan_yuan", "water_t"]
    whole = benefits.totals(ds)[columns].fillna(0).iloc[0].tolist()
    for by in ("unit", "industry", "class"):
        assert benefits.totals(ds, by)[columns].sum().tolist() == whole
    assert benefits.by_status(ds)["options"].sum() == len(options)


def test_the_sample_programmes_benefits_are_as_counted_by_hand(ds: Dataset) -> None:
    _as_counted_by_hand(ds)


def _as_counted_by_hand(ds: Dataset) -> None:
    row = benefits.totals(ds).fillna(0).iloc[0]
    columns = {
        "options_implemented": "options",
        "investment": "investment_wan_yuan",
        "economic_benefit": "economic_benefit_wan_yuan",
        "energy": "energy_tce",
        "water": "water_t",
    }
    expected = independent.benefits(independent.rows(ds.options))
    assert {k: float(row[c]) for k, c in columns.items()} == pytest.approx(expected)


def test_a_status_may_be_said_in_words(ds: Dataset) -> None:
    assert benefits.totals(ds, status="已实施").equals(benefits.totals(ds, status="implemented"))


@pytest.mark.parametrize("status", ["done", "做完", ""])
def test_a_status_that_options_do_not_have_is_refused_with_those_they_have(ds: Dataset, status: str) -> None:
    with pytest.raises(UsageError, match="implemented"):
        benefits.totals(ds, status=status)
