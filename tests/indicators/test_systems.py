"""Indicator systems: what every shipped file holds, and what a faulty one is told."""

from __future__ import annotations

import copy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

import cpaudit as cp
from cpaudit.cli import run
from cpaudit.errors import DefinitionError, UsageError
from cpaudit.indicators import IndicatorSystem, find_system, indicator_table, score, systems
from cpaudit.indicators.checking.checker import check
from cpaudit.indicators.definition.model import WEIGHT_UNIT
from cpaudit.programme.industries import industries
from cpaudit.reference import read_definition, root
from cpaudit.views.tables import systems as system_tables
from cpaudit.vocabulary import CATEGORIES
from tests.support.builders import measurement

FILES = [p for folder in ("indicator_systems", "energy_limits") for p in sorted((root() / folder).glob("*.yaml"))]
STUBS = [s.id for s in systems().values() if s.stub]
FILLED = [s for s in systems().values() if not s.stub]
every_system = pytest.mark.parametrize("system", FILLED, ids=[s.id for s in FILLED])


# --- the shipped files -----------------------------------------------------------------------------------------


def test_every_trade_of_the_notice_has_a_system_and_every_system_named_exists() -> None:
    named = {trade: industry.systems for trade, industry in industries().items()}
    assert {s for ids in named.values() for s in ids} <= set(systems())
    without = {trade for trade, industry in industries().items() if industry.named_in_notice and not industry.systems}
    assert not without


def test_the_catalogue_is_what_lies_in_the_folder() -> None:
    assert list(systems()) == [path.stem for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_the_checker_finds_no_error_and_nothing_doubtful_that_is_not_known(path: Path) -> None:
    known = {"demo_forms": ["镀种数 > 3"]}  # there are three metals in it
    told = [f for f in check(path) if f.severity != "note"]
    assert [f.severity for f in told] == ["warning"] * len(known.get(path.stem, []))
    assert all(word in f.message for word, f in zip(known.get(path.stem, []), told, strict=True))


@pytest.mark.parametrize("system", [s for s in FILLED if not s.limits], ids=[s.id for s in FILLED if not s.limits])
def test_the_targets_of_the_notice_can_be_judged_by_it(system: IndicatorSystem) -> None:
    assert {"resource_energy", "pollutant"} <= {g.category for g in system.groups}
    assert any(i.limiting for i in system.indicators())


@pytest.mark.parametrize("system_id", STUBS)
def test_what_is_still_to_be_imported_is_listed_and_never_scored(system_id: str) -> None:
    stub = find_system(system_id)
    assert stub.document.number
    assert stub.document.seen_at
    assert "均缺" in stub.document.completeness
    assert system_id not in {s for industry in industries().values() for s in industry.systems}
    listed = system_tables.systems().frame.set_index("id")
    assert listed.at[system_id, "verification"] == "存目（未录入，不能评分）"
    assert system_tables.system(system_id).frame.empty
    assert score(pd.DataFrame([measurement("p", system_id, "energy", "after", 1.0)])).empty


@every_system
def test_invented_numbers_say_so_and_real_ones_say_where_they_are_from(system: IndicatorSystem) -> None:
    text = next(p for p in FILES if p.stem == system.id).read_text(encoding="utf-8")
    if system.id.startswith("demo_"):
        assert system.status == "demonstration"
        assert "示范" in system.title
        assert "示范" in system.document.title
        assert "示范" in text.splitlines()[0]
        assert not system.document.number
    else:
        assert system.status != "demonstration"
        assert "示范" not in text
        assert system.document.seen_at
        assert system.document.completeness


def test_no_shipped_system_claims_to_be_checked_against_the_official_text() -> None:
    assert "official" not in {s.status for s in systems().values()}


@pytest.mark.parametrize("system_id", [s for s in systems() if s.startswith("demo_") and s != "demo_forms"])
def test_a_demonstration_is_built_like_such_a_system(system_id: str) -> None:
    system = find_system(system_id)
    missing = set(CATEGORIES) - {g.category for g in system.groups}
    assert missing <= ({"product"} if system_id == "demo_coal_power" else set())
    assert 12 <= len(system.indicators()) <= 22
    assert {i.answer for i in system.indicators()} == {"number", "level", "yes_no"}
    assert sum(i.quantitative for i in system.indicators()) > len(system.indicators()) / 2


@pytest.mark.parametrize("trade", ["cement", "coal_power", "steel", "coking", "ceramics", "flat_glass", "chemicals"])
def test_trades_with_hazardous_waste_have_indicators_for_it(trade: str) -> None:
    assert any(i.hazardous_waste for s in industries()[trade].systems for i in find_system(s).indicators())


def test_the_table_holds_every_indicator_once_with_whole_weights() -> None:
    table = indicator_table()
    assert len(table) == sum(len(s.indicators()) for s in systems().values())
    assert not table.duplicated(["system", "indicator"]).any()
    assert not table.duplicated(["system", "name"]).any()
    assert all(mine["order"].tolist() == list(range(len(mine))) for _, mine in table.groupby("system"))
    weighted = table[table["weighted"] & table["known"]].drop_duplicates(["system", "group"])
    assert (weighted[~weighted["bonus"]].groupby("system")["group_weight"].sum() == WEIGHT_UNIT).all()


def test_an_unknown_system_is_answered_with_those_that_exist() -> None:
    with pytest.raises(UsageError, match="demo_cement"):
        find_system("cement_2099")


# --- faulty files ----------------------------------------------------------------------------------------------


@pytest.fixture
def cement() -> dict[str, Any]:
    return copy.deepcopy(yaml.safe_load((root() / "indicator_systems" / "demo_cement.yaml").read_text(encoding="utf-8")))


def told(content: dict[str, Any], folder: Path) -> str:
    """What a user reads about a file with this content."""
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(DefinitionError) as error:
        read_definition(path, IndicatorSystem)
    assert "mine.yaml" in str(error.value)
    return str(error.value)


def test_an_unknown_key_is_named_with_its_file(cement: dict[str, Any], tmp_path: Path) -> None:
    cement["groups"][1]["indicators"][0]["limitng"] = True
    assert "groups.1.indicators.0.limitng" in told(cement, tmp_path)


def test_weights_that_do_not_add_up_are_named_with_their_group(cement: dict[str, Any], tmp_path: Path) -> None:
    cement["groups"][0]["indicators"][0]["weight"] = 0.41
    assert "生产工艺及装备指标" in told(cement, tmp_path)
    assert "1.01" in told(cement, tmp_path)


def test_primary_weights_must_add_up_too(cement: dict[str, Any], tmp_path: Path) -> None:
    cement["groups"][0]["weight"] = 0.2
    assert "一级指标权重之和为 1.05" in told(cement, tmp_path)


@pytest.mark.parametrize("weight", [0.40001, -0.4])
def test_a_weight_that_cannot_be_counted_exactly_is_refused(cement: dict[str, Any], tmp_path: Path, weight: float) -> None:
    indicators = cement["groups"][0]["indicators"]
    indicators[0]["weight"], indicators[1]["weight"] = weight, float(1 - Decimal(str(weight)))
    assert "四位小数" in told(cement, tmp_path)


def test_benchmarks_that_cross_are_a_remark_for_some_are_printed_so(cement: dict[str, Any], tmp_path: Path) -> None:
    cement["groups"][1]["indicators"][0]["baselines"] = {"I": 116, "II": 108, "III": 101}
    path = tmp_path / "demo_cement.yaml"
    path.write_text(yaml.safe_dump(cement, allow_unicode=True), encoding="utf-8")
    found = [f for f in check(path) if "可比熟料综合能耗" in f.message and "宽" in f.message]
    assert {f.severity for f in found} == {"note"}
    assert run(["systems", "check", str(path)]) == 0


def test_only_the_easier_levels_may_ask_for_nothing(cement: dict[str, Any], tmp_path: Path) -> None:
    cement["groups"][1]["indicators"][0] |= {"baselines": {"II": 108, "III": 116}, "blank": "no_requirement"}
    assert "可比熟料综合能耗" in told(cement, tmp_path)


@pytest.mark.parametrize("key", ["id", "name"])
def test_two_indicators_of_one_name_are_refused(cement: dict[str, Any], tmp_path: Path, key: str) -> None:
    first, second = cement["groups"][1]["indicators"][:2]
    second[key] = first[key]
    assert first[key] in told(cement, tmp_path)


def test_an_index_above_100_cannot_be_asked_for(cement: dict[str, Any], tmp_path: Path) -> None:
    cement["level_rules"] = {"I": {"min_index": 120}}
    assert "level_rules.I.min_index" in told(cement, tmp_path)


def test_a_file_must_be_called_like_its_id(cement: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "definitions" / "indicator_systems"
    folder.mkdir(parents=True)
    (tmp_path / "cpaudit.toml").write_text("")
    (folder / "other.yaml").write_text(yaml.safe_dump(cement, allow_unicode=True), encoding="utf-8")
    with cp.project(tmp_path), pytest.raises(DefinitionError, match=r"other\.yaml.*demo_cement"):
        systems()


def test_every_fault_of_a_file_is_named_with_its_line_and_field(tmp_path: Path) -> None:
    text = (root() / "indicator_systems" / "demo_cement.yaml").read_text(encoding="utf-8")
    lines = text.splitlines()
    at = {name: next(n for n, line in enumerate(lines) if f"id: {name}," in line) for name in ("water", "so2")}
    lines[at["water"]] = lines[at["water"]].replace("weight:", "weihgt:")
    lines[at["so2"]] = lines[at["so2"]].replace('"<="', '"=<"')
    path = tmp_path / "demo_cement.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        read_definition(path, IndicatorSystem)
    told = str(caught.value).splitlines()
    assert len(told) == 2
    assert f"第 {at['water'] + 1} 行" in told[0]
    assert "weihgt" in told[0]
    assert f"第 {at['so2'] + 1} 行" in told[1]
    assert "comparator" in told[1]


def test_a_system_is_shown_as_it_is_printed_with_formulas_and_conditions_in_words() -> None:
    shown = system_tables.system("demo_forms").frame.set_index("name")
    assert shown.at["单位产品取水量", "at_1"] == "≤0.5 + 0.3 × 产品层数"
    assert shown.at["锌利用率", "weight"] == "0.8 ÷ 镀种数"
    assert shown.at["入炉物料含水率", "at_2"] == "4～7"
    assert shown.at["水重复利用率", "at_3"] == "不作要求"
    assert shown.at["颗粒物排放浓度", "at_1"] == "＜10"
    assert shown.at["煤气脱硫脱氰", "at_3"] == "煤气硫化氢浓度≤200mg/m³ 或 煤气氰化氢浓度≤180mg/m³"
    assert shown.at["余压余热利用", "at_3"].endswith("中至少 1 项")
    assert "单位产品综合能耗（生产线规模≥5000t/d，冷却方式为湿冷）" in shown.index
