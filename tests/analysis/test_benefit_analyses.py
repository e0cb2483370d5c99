"""Status, standard coal, concentration, cost curve and printed totals: each against a second, plain computation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpaudit.analysis import benefits
from cpaudit.analysis.options import concentration, cost_curve, energy
from cpaudit.cli import run
from cpaudit.dataset import Dataset
from cpaudit.errors import UsageError
from cpaudit.fields import benefits as benefit_fields
from cpaudit.views.tables import benefits as benefit_tables
from tests.support import independent
from tests.support.builders import dataset, option, plant
from tests.support.examples import examples

PLANTS = [plant("a", industry="cement"), plant("b", unit="tangshan"), plant("c")]


def with_options(*options: dict[str, Any]) -> Dataset:
    return dataset(plants=PLANTS, options=list(options))


# -- printed totals


def test_printed_totals_that_do_not_hold_are_told_with_both_numbers(ds: Dataset, raw: Path) -> None:
    table = benefits.totals_check(ds)
    assert len(table) == (ds.problems["code"] == "total_mismatch").sum() > 0
    for row in table.to_dict("records"):
        assert row["printed"] == openpyxl.load_workbook(raw / row["file"], data_only=True)[row["sheet"]][row["cell"]].value
        mine = [o for o in independent.rows(ds.options) if (o["file"], o["sheet"]) == (row["file"], row["sheet"])]
        assert row["computed"] == pytest.approx(sum(o[row["amount"]] or 0 for o in mine))
        assert row["difference"] == pytest.approx(row["printed"] - row["computed"])


def test_totals_that_hold_are_not_told() -> None:
    ds = with_options(option("a", "WD1"))
    assert benefits.totals_check(ds).empty
    assert benefit_tables.totals_check(ds).empty == "没有发现表中合计与各行相加不符。"


# -- by status


def test_every_status_has_its_own_sums_and_payback() -> None:
    ds = with_options(
        option("a", "ZG1", investment_wan_yuan=30.0, economic_benefit_wan_yuan=12.0, water_t=5.0),
        option("b", "ZG1", investment_wan_yuan=10.0, economic_benefit_wan_yuan=8.0),
        option("c", "ZG1", status="planned", investment_wan_yuan=7.0),
    )
    table = benefits.by_status(ds).set_index("status")
    assert table.loc["implemented", ["options", "investment_wan_yuan", "water_t", "payback_years"]].tolist() == [2, 40, 5, 2]
    assert table.loc["planned", "options"] == 1
    assert pd.isna(table.loc["planned", "payback_years"])


# -- standard coal


def test_standard_coal_is_computed_from_coal_and_electricity_and_stands_beside_the_reported() -> None:
    row = energy.computed(with_options(option("a", "ZG1", coal_t=100.0, electricity_wan_kwh=10.0, energy_tce=50.0))).iloc[0]
    assert row["energy_tce"] == 50
    assert row["computed_tce"] == pytest.approx(100 * 1000 * 0.7143 / 1000 + 10 * 10_000 * 0.1229 / 1000)
    assert row["overlap"] == 1


def test_a_users_own_factor_for_electricity_replaces_the_constant() -> None:
    ds = with_options(option("a", "ZG1", electricity_wan_kwh=10.0))
    assert energy.computed(ds, power_kgce_per_kwh=0.3)["computed_tce"].tolist() == pytest.approx([30])
    assert "使用者给定" in benefit_tables.standard_coal(ds, 0.3).note
    assert "使用者给定" not in benefit_tables.standard_coal(ds).note


def test_what_nobody_states_is_not_computed_as_zero() -> None:
    row = energy.computed(with_options(option("a", "WD1", water_t=1.0))).iloc[0]
    assert pd.isna(row["computed_tce"])
    assert row["overlap"] == 0


def test_every_factor_cites_its_clause_and_none_passes_as_official() -> None:
    known = energy.factors()
    assert "GB/T 2589-2020" in known.source
    assert all(f.clause and f.status != "official" for f in known.factors.values())
    assert known.factors["natural_gas"].value == (1.1, 1.33)
    assert "未核对正式文本" in benefit_tables.standard_coal(with_options(option("a", "WD1", coal_t=1.0))).note


# -- concentration

_AMOUNTS = st.lists(st.integers(1, 10_000).map(float), min_size=1, max_size=30)


@examples(7)
@given(_AMOUNTS)
def test_concentration_is_as_counted_by_hand(values: list[float]) -> None:
    plants = [plant(f"p{i}") for i in range(len(values))]
    ds = dataset(plants=plants, options=[option(f"p{i}", "WD1", water_t=v) for i, v in enumerate(values)])
    row = concentration.summary(ds).set_index("amount").loc["water_t"]
    falling = sorted(values, reverse=True)
    total = sum(values)
    needed = next(k for k in range(1, len(values) + 1) if 10 * sum(falling[:k]) >= 8 * total)
    differences = sum(abs(x - y) for x in values for y in values)
    assert row["plants"] == len(values)
    shares = ["top1_pct", "top5_pct", "top10_pct", "plants_for_80", "gini"]
    if len(values) <= 3:  # of so few nothing is concentrated
        assert row[shares].isna().all()
        return
    assert row["plants_for_80"] == needed
    assert row["gini"] == pytest.approx(differences / (2 * len(values) * total), abs=1e-12)
    assert row["top5_pct"] == pytest.approx(sum(falling[:5]) / total * 100)
    lorenz = concentration.lorenz(ds, "water_t")
    assert lorenz["quantity"].tolist() == falling
    assert lorenz["cumulative_pct"].iloc[-1] == pytest.approx(100)
    assert lorenz["among_most"].sum() == needed


def test_a_plant_with_several_options_is_one_plant() -> None:
    ds = with_options(option("a", "WD1", water_t=1.0), option("a", "WD2", water_t=2.0), option("b", "WD1", water_t=3.0))
    row = concentration.summary(ds).set_index("amount").loc["water_t"]
    assert (row["plants"], row["total"], row["median"]) == (2, 6, 3)


def test_what_nobody_has_is_not_concentrated() -> None:
    assert "coal_t" not in concentration.summary(with_options(option("a", "WD1", coal_t=0.0)))["amount"].tolist()
    assert concentration.summary(with_options()).empty
    assert concentration.lorenz(with_options(), "water_t").empty
    assert benefit_tables.benefits(with_options(), "concentration", "节水").frame.empty


# -- cost curve


def test_the_cheapest_unit_comes_first_and_the_rest_adds_up() -> None:
    ds = with_options(
        option("a", "ZG1", investment_wan_yuan=100.0, cod_t=4.0, water_t=3.0),
        option("b", "ZG1", investment_wan_yuan=10.0, cod_t=2.0),
        option("c", "ZG1", investment_wan_yuan=None, cod_t=9.0),
        option("c", "ZG2", investment_wan_yuan=9.0, cod_t=0.0),
        option("c", "ZG3", status="planned", cod_t=1.0),
    )
    table = cost_curve.curve(ds, "cod_t")
    assert table["plant_id"].tolist() == ["b", "a"]
    assert table["unit_cost"].tolist() == [5, 25]
    assert table["cumulative_quantity"].tolist() == [2, 6]
    assert table["cumulative_investment_wan_yuan"].tolist() == [10, 110]
    assert table["other_benefits"].tolist() == [0, 1]
    assert cost_curve.left_out(ds, "cod_t") == 1
    note = benefit_tables.curve(ds, "cod_t").note
    assert "不分摊" in note
    assert "1 项没有填写投资" in note


def test_with_a_life_the_investment_becomes_equal_yearly_payments() -> None:
    ds = with_options(option("a", "ZG1", investment_wan_yuan=100.0, cod_t=4.0))
    assert cost_curve.curve(ds, "cod_t", years=10)["unit_cost"].tolist() == pytest.approx([2.5])
    payment = cost_curve.curve(ds, "cod_t", years=10, rate=0.06)["yearly_cost_wan_yuan"].iloc[0]
    assert sum(payment / 1.06**year for year in range(1, 11)) == pytest.approx(100)


def test_every_sample_options_place_on_the_curve_is_as_computed_by_hand(ds: Dataset) -> None:
    done = [o for o in independent.rows(ds.options) if o["status"] == "implemented"]
    for benefit in cost_curve.amounts():
        mine = [o for o in done if (o[benefit] or 0) > 0 and o["investment_wan_yuan"] is not None]
        table = cost_curve.curve(ds, benefit)
        assert sorted(o["investment_wan_yuan"] / o[benefit] for o in mine) == pytest.approx(table["unit_cost"].tolist())
        assert table["quantity"].sum() == pytest.approx(sum(o[benefit] for o in mine))


# -- as users ask for them


def test_a_benefit_is_found_by_column_label_or_alias_and_else_all_are_named() -> None:
    assert [benefit_tables.find_benefit(t) for t in ("vocs_t", "VOCs", "节电", "折标煤")] == [
        "vocs_t", "vocs_t", "electricity_wan_kwh", "energy_tce",
    ]  # fmt: skip
    with pytest.raises(UsageError, match="削减NOx"):
        benefit_tables.find_benefit("幸福感")
    with pytest.raises(UsageError, match="金额"):
        benefit_tables.benefits(with_options(), "curve", "经济效益")


@pytest.mark.parametrize("by", ["unit", "industry", "class", "option", *benefit_tables.KINDS])
def test_no_options_at_all_still_give_a_table(by: str) -> None:
    for ds in (dataset(), with_options()):
        assert benefit_tables.benefits(ds, by).frame.empty


@pytest.mark.parametrize("by", benefit_tables.KINDS)
def test_the_command_shows_every_kind(by: str, warehouse: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.csv"
    assert run(["benefits", "--by", by, "--warehouse", str(warehouse), "--format", "csv", "--out", str(out)]) == 0
    assert len(out.read_text(encoding="utf-8-sig").splitlines()) > 1


def test_wrong_words_are_one_sentence(warehouse: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in (["--benefit", "幸福感", "--by", "curve"], ["--power-factor", "0", "--by", "tce"]):
        assert run(["benefits", "--warehouse", str(warehouse), *wrong]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_units_of_benefits_never_meet_in_one_number() -> None:
    amounts = dict.fromkeys(benefit_fields(), 1.0)
    table = benefit_tables.concentrations(with_options(option("a", "WD1", **amounts))).frame
    assert (table["total"] == 1).all()
    assert len(table) == 1 + len(amounts)
