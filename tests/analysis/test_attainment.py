"""Which targets a plant reaches, and the sentence that says why."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpaudit.analysis import attainment
from cpaudit.analysis.judging import verdicts
from cpaudit.dataset import Dataset
from cpaudit.indicators import find_system, score
from cpaudit.indicators.definition.model import IndicatorSystem
from cpaudit.indicators.standing.scorer import Scorer
from cpaudit.selection import Selection
from tests.support import independent
from tests.support.builders import dataset, event, measurement, plant
from tests.support.examples import examples
from tests.support.scoring import NA, Answers, Rows, answers, answers_of, asks, rows, system

LEVELS = ("I", "II", "III")


def scaled(rows: Rows, **factors: float) -> Rows:
    """The same answers after the audit, those named multiplied by their factor."""
    return [r | {"period": "after", "value": r["value"] * factors.get(r["indicator"], 1)} for r in rows]


def judge(measurements: Rows, **fields: Any) -> dict[str, Any]:
    """The only target's row of a plant with these measurements."""
    found = attainment.targets(dataset(plants=[plant(**fields)], measurements=measurements))
    assert len(found) == 1
    return {str(k): v for k, v in found.iloc[0].to_dict().items()}


CEMENT = {"industry": "cement"}


# -- categories at a level (一、1 and 一、2)


def test_cement_attains_with_pollutants_and_energy_at_level_one_whatever_the_rest() -> None:
    rest = {"waste_material": 0.0, "policy": 0.0, "kiln_scale": 1.0}
    row = judge(answers("p1", "demo_cement", "after", 1, **rest), **CEMENT)
    assert (row["target"], row["clause"], row["required_level"], row["level_after"]) == ("groups_level_1", "一、1", 1, 1)
    assert row["verdict"] == "attained"
    assert row["verification"] == "demonstration"
    assert row["reason"].endswith("达到Ⅰ级。")


def test_one_pollutant_at_level_two_misses_and_the_reason_names_value_and_benchmark() -> None:
    row = judge(answers("p1", "demo_cement", "after", 1, nox=0.5), **CEMENT)
    assert (row["verdict"], row["level_after"]) == ("not_attained", 2)
    nox = next(i for i in find_system("demo_cement").indicators() if i.id == "nox")
    assert (
        row["reason"]
        == f"污染物产生（排放）指标为Ⅱ级，未达到Ⅰ级：{nox.name} 0.5 {nox.unit}（Ⅰ级基准值≤{nox.baselines.at(1):g}）不满足。"
    )


def test_more_than_three_shortfalls_are_counted_not_listed() -> None:
    reason = judge(answers("p1", "demo_cement", "after", 2), **CEMENT)["reason"]
    short = [i for g in find_system("demo_cement").groups if g.category in ("pollutant", "resource_energy") for i in g.indicators]
    short = [i for i in short if i.baselines.I != i.baselines.II]
    assert f"等 {len(short)} 项不满足。" in reason
    assert sum(i.name in reason for i in short) == 3


def test_the_stricter_demand_of_another_rule_wins() -> None:
    at_two = answers("p1", "demo_coking", "after", 2)
    assert judge(at_two, industry="coking")["verdict"] == "attained"
    row = judge(at_two, industry="coking", stricter_level=1)
    assert (row["required_level"], row["verdict"]) == (1, "not_attained")
    assert judge(at_two, industry="coking", stricter_level=3)["required_level"] == 2


def test_a_stricter_demand_that_nobody_could_read_leaves_what_met_the_target_open_and_excuses_no_miss() -> None:
    row = judge(answers("p1", "demo_coking", "after", 2), industry="coking", unread_fields="stricter_level")
    assert (row["verdict"], "从严级别" in row["reason"]) == ("cannot_judge", True)
    missed = judge(answers("p1", "demo_coking", "after", 3), industry="coking", unread_fields="stricter_level")
    assert missed["verdict"] == "not_attained"


def test_of_several_processes_the_worst_decides_and_is_named() -> None:
    good = answers("p1", "demo_steel_sintering", "after", 1, "1号烧结机")
    bad = answers("p1", "demo_steel_ironmaking", "after", 3, "2号高炉")
    row = judge([*good, *bad], industry="steel")
    assert (row["verdict"], row["level_after"]) == ("not_attained", 3)
    assert "2号高炉" in row["reason"]
    assert "1号烧结机" not in row["reason"]
    assert judge(good, industry="steel")["verdict"] == "attained"


# -- what stops a plant


def test_what_stops_a_plant_are_the_reported_indicators_that_its_target_asks_for() -> None:
    rest = {"waste_material": 0.0, "policy": 0.0, "kiln_scale": 1.0}  # not asked of cement
    rows = answers("p1", "demo_cement", "after", 1, nox=0.5, **rest)
    nox = next(i for i in find_system("demo_cement").indicators() if i.id == "nox")
    ds = dataset(plants=[plant(**CEMENT)], measurements=rows)
    assert attainment.stopped(ds).to_dict("records") == [
        {"plant_id": "p1", "industry": "cement", "name": nox.name, "limiting": nox.limiting}
    ]
    unreported = [r | {"value": None, "state": "missing"} if r["indicator"] == "nox" else r for r in rows]
    assert attainment.stopped(dataset(plants=[plant(**CEMENT)], measurements=unreported)).empty
    gone = dataset(plants=[plant(**CEMENT, status="closed")], measurements=rows)
    assert attainment.stopped(gone).empty


def test_nothing_stops_a_plant_that_only_failed_to_improve() -> None:
    at_three = answers("p1", "demo_brewing", "before", 3)
    ds = dataset(plants=[plant(industry="brewing")], measurements=[*at_three, *scaled(at_three)])
    assert attainment.targets(ds)["verdict"].tolist() == ["not_attained"]
    assert attainment.stopped(ds).empty


# -- what is missing


def test_a_missing_answer_that_decides_leaves_the_plant_unjudged_and_is_named() -> None:
    row = judge(answers("p1", "demo_cement", "after", 1, nox=None), **CEMENT)
    name = next(i.name for i in find_system("demo_cement").indicators() if i.id == "nox")
    assert row["verdict"] == "cannot_judge"
    assert "缺 1 项实测值" in row["reason"]
    assert name in row["reason"]


def test_a_missing_answer_that_changes_nothing_does_not_hide_a_miss() -> None:
    row = judge(answers("p1", "demo_cement", "after", 1, nox=None, so2=100.0), **CEMENT)
    assert row["verdict"] == "not_attained"


def test_what_does_not_apply_is_not_missing_unless_it_limits_the_level() -> None:
    assert judge(answers("p1", "demo_cement", "after", 1, hw_disposal=NA), **CEMENT)["verdict"] == "attained"
    row = judge(answers("p1", "demo_cement", "after", 1, nox=NA), **CEMENT)
    assert row["verdict"] == "cannot_judge"
    assert "有 1 项标为不适用待确认" in row["reason"]


def test_an_indicator_without_a_row_is_missing() -> None:
    rows = [r for r in answers("p1", "demo_cement", "after", 1) if r["indicator"] != "nox"]
    assert judge(rows, **CEMENT)["verdict"] == "cannot_judge"


def test_without_measurements_after_the_audit_nothing_is_judged() -> None:
    row = judge(answers("p1", "demo_cement", "before", 4), **CEMENT)
    assert (row["verdict"], row["reason"]) == ("cannot_judge", "没有审核后的实测数据，无法判定。")
    assert row["level_before"] == 4
    assert pd.isna(row["level_after"])


def test_a_trade_without_an_indicator_system_cannot_be_judged() -> None:
    row = judge([], industry="leather")
    assert row["verdict"] == "cannot_judge"
    assert "皮革行业没有可用的评价指标体系" in row["reason"]


def test_a_system_of_another_trade_is_no_evidence() -> None:
    row = judge(answers("p1", "demo_general", "after", 1), **CEMENT)
    assert row["verdict"] == "cannot_judge"
    assert "不是水泥行业的" in row["reason"]


def test_the_whole_plant_is_judged_in_spite_of_gaps_only_where_they_cannot_matter() -> None:
    before = answers("p1", "demo_brewing", "before", 4)
    decided = judge([*before, *answers("p1", "demo_brewing", "after", 1, policy=0.0, water=None)], industry="brewing")
    open_ = judge([*before, *answers("p1", "demo_brewing", "after", 3, water=None)], industry="brewing")
    assert decided["verdict"] == "not_attained"  # the limiting indicator 产业政策符合性 fails whatever the water is
    assert open_["verdict"] == "cannot_judge"
    assert "缺 1 项实测值" in open_["reason"]


# -- the whole plant, and clear improvement (一、4)


def test_a_brewery_that_rises_to_level_three_attains() -> None:
    rows = [*answers("p1", "demo_brewing", "before", 4), *answers("p1", "demo_brewing", "after", 3)]
    row = judge(rows, industry="brewing")
    assert (row["target"], row["level_before"], row["level_after"], row["verdict"]) == ("whole_plant_level_3", 4, 3, "attained")
    assert row["reason"] == "企业整体为Ⅲ级，达到Ⅲ级及以上。"


ENERGY = ("grain", "energy", "water", "power")
POLLUTANTS = ("waste_water", "cod", "ammonia")


@pytest.mark.parametrize(
    ("factors", "verdict"),
    [
        (dict.fromkeys(ENERGY, 0.95), "attained"),  # 4 of 7 by exactly 5 %
        (dict.fromkeys(ENERGY, 0.951), "not_attained"),
        (dict.fromkeys(POLLUTANTS, 0.9), "not_attained"),  # 3 of 7 are not half
        ({**dict.fromkeys(ENERGY, 0.9), "cod": 1.005}, "attained"),  # within the tolerance of 0.5 %
        ({**dict.fromkeys(ENERGY, 0.9), "cod": 1.006}, "not_attained"),
        ({}, "not_attained"),
    ],
)
def test_a_brewery_that_was_there_before_must_clearly_improve(factors: dict[str, float], verdict: str) -> None:
    before = answers("p1", "demo_brewing", "before", 2)
    row = judge([*before, *scaled(before, **factors)], industry="brewing")
    assert row["verdict"] == verdict
    assert "须明显提升" in row["reason"]
    assert row["verification"] == "demonstration"


def test_without_comparable_values_improvement_cannot_be_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = dict(zip(LEVELS, "甲乙丙", strict=True))
    made = brewing({"id": "a", "weight": "1", "answer": "level", "texts": texts})
    rows_ = [r for period in ("before", "after") for r in rows({"a": 2}, "p1", period, of="demo_brewing")]
    monkeypatch.setattr(verdicts, "scorer", lambda ds: Scorer(ds.measurements, [made]))
    row = judge(rows_)
    assert row["verdict"] == "cannot_judge"
    assert "没有可比的定量指标" in row["reason"]


def test_without_figures_from_before_nobody_knows_whether_improvement_was_due() -> None:
    row = judge(answers("p1", "demo_brewing", "after", 1), industry="brewing")
    assert row["verdict"] == "cannot_judge"
    assert "审核前" in row["reason"]


# -- hazardous waste (一、3) and several targets


@pytest.mark.parametrize(("tonnes", "bound"), [(0.0, False), (99.9, False), (100.0, True)])
def test_the_hazardous_waste_target_binds_from_100_tonnes_a_year(tonnes: float | None, bound: bool) -> None:
    found = attainment.targets(dataset(plants=[plant(industry="cement", hazardous_waste_t=tonnes)]))
    assert ("hazardous_waste_level_3" in set(found["target"])) is bound
    assert "groups_level_1" in set(found["target"])


def test_every_target_that_binds_must_hold() -> None:
    before = answers("p1", "demo_coking", "before", 2, hw_generation=20.0)
    after = answers("p1", "demo_coking", "after", 2, hw_management=0.0)
    ds = dataset(plants=[plant(industry="coking", hazardous_waste_t=500.0)], measurements=[*before, *after])
    each = attainment.targets(ds).set_index("target")["verdict"].to_dict()
    assert each == {"groups_level_2": "attained", "hazardous_waste_level_3": "not_attained"}
    row = attainment.plants(ds).iloc[0]
    assert (row["verdict"], row["n_targets"]) == ("not_attained", 2)
    assert "危险废物管理" in row["reason"]


def test_a_plant_that_fails_one_target_and_leaves_another_open_has_failed() -> None:
    rows = answers("p1", "demo_coking", "after", 3, hw_management=None)
    ds = dataset(plants=[plant(industry="coking", hazardous_waste_t=500.0)], measurements=rows)
    assert set(attainment.targets(ds)["verdict"]) == {"not_attained", "cannot_judge"}
    assert attainment.plants(ds)["verdict"].tolist() == ["not_attained"]


# -- plants and summaries


def test_a_plants_level_is_that_of_its_worst_process_and_unknown_without_figures() -> None:
    rows = [*answers("a", "demo_brewing", "after", 1), *answers("a", "demo_brewing", "after", 3, "2号线")]
    table = attainment.plants(dataset(plants=[plant("a"), plant("b")], measurements=rows)).set_index("plant_id")
    assert table.loc["a", "level_after"] == 3
    assert table.loc[["a", "b"], "level_before"].isna().all()
    assert pd.isna(table.loc["b", "level_after"])


def test_plants_that_left_before_acceptance_keep_their_verdict_but_are_not_counted() -> None:
    good = [r for i in "abcd" for r in answers(i, "demo_cement", "after", 1)]
    plants = [plant(i, status=s, **CEMENT) for i, s in zip("abcd", ["active", "closed", "closed", "active"], strict=True)]
    good = [r for r in good if r["plant_id"] != "d"]
    ds = dataset(dt.date(2022, 12, 31), plants=plants, measurements=good, events=[event("c", "accepted", "2022-11-01")])
    table = attainment.plants(ds).set_index("plant_id")
    assert table["left"].to_dict() == {"a": False, "b": True, "c": False, "d": False}
    assert table.loc["b", "verdict"] == "attained"
    row = attainment.summary(ds).iloc[0]
    assert row[["plants", "left", "judged", "attained", "not_attained", "cannot_judge"]].tolist() == [4, 1, 2, 2, 0, 1]
    assert row["attained_pct"] == pytest.approx(100)


def test_over_nothing_there_is_no_share() -> None:
    assert pd.isna(attainment.summary(dataset(plants=[plant()]))["attained_pct"].iloc[0])
    assert attainment.summary(dataset())[["plants", "judged"]].iloc[0].tolist() == [0, 0]


def test_a_result_may_be_changed_without_changing_the_next_one() -> None:
    ds = dataset(plants=[plant()])
    for frame in (attainment.targets(ds), attainment.plants(ds)):
        frame["verdict"] = "attained"
    assert attainment.targets(ds)["verdict"].tolist() == ["cannot_judge"]
    assert attainment.plants(ds)["verdict"].tolist() == ["cannot_judge"]


# -- always

_SYSTEMS = {"cement": "demo_cement", "brewing": "demo_brewing", "coking": "demo_coking", "chemicals": "demo_general"}
_GAPS = st.sampled_from([None, None, NA, "worse", "better"])


@st.composite
def programmes(draw: st.DrawFn) -> Dataset:
    plants, rows = [], []
    for plant_id in "abc":
        trade = draw(st.sampled_from(sorted(_SYSTEMS)))
        system = find_system(_SYSTEMS[trade])
        plants.append(
            plant(
                plant_id,
                industry=trade,
                unit=draw(st.sampled_from(["shijiazhuang", "tangshan"])),
                hazardous_waste_t=draw(st.sampled_from([None, 99.0, 100.0])),
                stricter_level=draw(st.sampled_from([None, None, 1, 2])),
                status=draw(st.sampled_from(["active", "active", "closed"])),
            )
        )
        level = draw(st.integers(1, 4))
        for period in draw(st.sampled_from([("before", "after"), ("after",), ("before",), ()])):
            own: dict[str, float | str | None] = {}
            for i in draw(st.lists(st.sampled_from(system.indicators()), max_size=3, unique_by=lambda i: i.id)):
                gap = draw(_GAPS)
                factor = {"worse": 1.2, "better": 0.8}.get(str(gap))
                own[i.id] = (i.baselines.at(2) or 0) * factor if factor and i.quantitative else None if factor else gap
            level = max(1, level - draw(st.integers(0, 1)))
            rows += answers_of(plant_id, system.id, period, level, "1号线", own)
    return dataset(plants=plants, measurements=rows)


@examples(5)
@given(programmes())
def test_verdicts_are_those_worked_out_by_hand_and_add_up(ds: Dataset) -> None:
    _as_worked_out_by_hand(ds)
    counts = ["plants", "left", "judged", "attained", "not_attained", "cannot_judge"]
    whole = attainment.summary(ds)[counts].iloc[0]
    assert whole["plants"] == len(ds.plants)
    assert whole["plants"] == whole[["attained", "not_attained", "cannot_judge", "left"]].sum()
    for by in ("unit", "industry", "roster"):
        assert attainment.summary(ds, by)[counts].sum().tolist() == whole.tolist()
    assert attainment.targets(ds)["reason"].str.fullmatch(r".+。").all()


def test_a_units_plants_are_judged_by_themselves_as_among_all(ds: Dataset) -> None:
    whole, stops, scores = attainment.targets(ds), attainment.stopped(ds), score(ds.measurements)
    for unit in ("xinji", "hengshui"):  # with few of the indicator systems, and others than each other
        part = ds.select(Selection(units=(unit,)))
        ids = part.plants["plant_id"]
        alike = (attainment.targets(part), whole), (attainment.stopped(part), stops), (score(part.measurements), scores)
        for mine, everyones in alike:
            pd.testing.assert_frame_equal(mine, everyones[everyones["plant_id"].isin(ids)].reset_index(drop=True))


def test_the_sample_programmes_verdicts_are_those_worked_out_by_hand(ds: Dataset) -> None:
    _as_worked_out_by_hand(ds)


def _as_worked_out_by_hand(ds: Dataset) -> None:
    notice = independent.read("programmes/hebei-2021-2.yaml")
    expected = independent.verdicts(notice, independent.rows(ds.plants), independent.rows(ds.measurements))
    table = attainment.plants(ds)
    assert dict(zip(table["plant_id"], table["verdict"], strict=True)) == expected


def test_a_share_that_is_whole_before_and_after_is_no_lack_of_improvement() -> None:
    whole = [i.id for i in find_system("demo_cement").indicators() if i.hazardous_waste]
    rows = [measurement("p1", "demo_cement", i, period, 100.0) for i in whole for period in ("before", "after")]
    ds = dataset(plants=[plant(industry="cement", hazardous_waste_t=200.0)], measurements=rows)
    found = attainment.targets(ds).set_index("target").loc["hazardous_waste_level_3"]
    assert (found["verdict"], found["reason"]) == ("attained", "审核前已达Ⅰ级，审核后保持Ⅰ级，且没有指标变差，达到。")


# -- what made systems may ask for: ranges, conditions, formulas, no weights


def told(monkeypatch: pytest.MonkeyPatch, made: IndicatorSystem, answers: Answers, **fields: Any) -> tuple[str, str]:
    """The verdict and reason of a brewery judged by a made system."""
    monkeypatch.setattr(verdicts, "scorer", lambda ds: Scorer(ds.measurements, [made]))
    row = judge(rows(answers, "p1", "after", of="demo_brewing"), **fields)
    return row["verdict"], row["reason"]


def brewing(*indicators: dict[str, Any], **fields: Any) -> IndicatorSystem:
    return system({"g1": (None if fields.get("weights") else "1", list(indicators))}, id="demo_brewing", **fields)


RANGE = asks("a", "0.5", name="出水温度", unit="℃", comparator="between", limiting=True) | {
    "baselines": {"I": {"max": 2}, "II": {"min": 3, "max": 4}, "III": {"min": 5, "max": 6}}
}
CONDITION = {
    "id": "a", "name": "余热利用", "weight": "0.5", "limiting": True, "answer": "conditions",
    "parts": [{"id": "trt", "name": "配置率"}, {"id": "power", "name": "发电量"}],
    "conditions": {level: {"all": ["trt >= 100", f"power >= {power}"]} for level, power in (("I", 40), ("II", 30), ("III", 20))},
}  # fmt: skip


def test_a_range_or_condition_that_is_not_met_is_named_without_a_benchmark_that_it_does_not_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missed, open_ = "企业整体未达Ⅲ级，未达到Ⅲ级及以上：{}不满足。", "企业整体缺 1 项实测值（{}），无法判定是否达到Ⅲ级及以上。"
    b = asks("b", "0.5")
    assert told(monkeypatch, brewing(RANGE, b), {"a": 7, "b": 1}) == ("not_attained", missed.format("出水温度"))
    assert told(monkeypatch, brewing(RANGE, b), {"b": 1}) == ("cannot_judge", open_.format("出水温度"))
    low: Answers = {"trt": 100, "power": 19, "b": 1}
    assert told(monkeypatch, brewing(CONDITION, b), low) == ("not_attained", missed.format("余热利用"))
    assert told(monkeypatch, brewing(CONDITION, b), {"trt": 100, "b": 1}) == ("cannot_judge", open_.format("余热利用"))


def test_a_missing_parameter_is_what_is_said_to_be_missing_not_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    formula = {"value": 10, "times": {"layers": 5}}
    indicator = asks("a", "0.5", name="单位产品水耗", unit="m3/m2", limiting=True) | {"baselines": dict.fromkeys(LEVELS, formula)}
    made = brewing(indicator, asks("b", "0.5"), parameters=[{"id": "layers", "name": "层数", "unit": "层"}])
    verdict, reason = told(monkeypatch, made, {"a": 1, "b": 1})
    assert (verdict, "单位产品水耗所需的企业参数" in reason) == ("cannot_judge", True)
    assert "单位产品水耗 21 m3/m2（Ⅲ级基准值≤20）" in told(monkeypatch, made, {"layers": 2, "a": 21, "b": 1})[1]
    shares = [asks(p, None) | {"weight": {"times": {f"share_{p}": "1"}}} for p in ("x", "y")]
    made = brewing(*shares, parameters=[{"id": f"share_{p}", "name": f"{p}占比"} for p in ("x", "y")])
    assert "缺确定权重所需的企业参数" in told(monkeypatch, made, {"x": 1, "y": 1})[1]


def test_without_weights_there_is_no_level_of_the_whole_and_that_is_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    made = brewing(asks("a", None), asks("b", None), weights="none")
    said = "企业整体没有级别（评价指标体系没有权重），无法判定是否达到Ⅲ级及以上。"
    for answered in ({"a": 1, "b": 1}, {"a": 99, "b": 1}, {"b": 1}):
        assert told(monkeypatch, made, answered) == ("cannot_judge", said)


def test_a_benchmark_is_told_as_it_stands_strict_and_with_all_its_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    strict = asks("a", "0.5", 30, 20, 10, name="回用率", unit="%", comparator=">", limiting=True)
    assert "回用率 10 %（Ⅲ级基准值＞10）" in told(monkeypatch, brewing(strict, asks("b", "0.5")), {"a": 10, "b": 1})[1]
    large = asks("a", "0.5", 1, 2, 1234567, name="产品水耗", unit="t", limiting=True)
    reason = told(monkeypatch, brewing(large, asks("b", "0.5")), {"a": 1234567.5, "b": 1})[1]
    assert "产品水耗 1234567.5 t（Ⅲ级基准值≤1234567）" in reason


# -- not applicable is not a free pass


@pytest.mark.parametrize(
    ("gone", "fields", "verdict"),
    [
        ({"policy": NA}, {}, "cannot_judge"),  # 产业政策符合性 limits the level
        ({"grain": NA, "energy": NA, "water": NA, "power": NA}, {}, "cannot_judge"),  # all of 资源能源消耗
        ({"policy": NA, "cod": 1e9}, {"stricter_level": 1}, "not_attained"),  # level I is missed whatever policy would be
    ],
)
def test_what_may_not_be_waved_away_is_to_be_confirmed(gone: dict[str, Any], fields: dict[str, Any], verdict: str) -> None:
    before = answers("p1", "demo_brewing", "before", 4)
    row = judge([*before, *answers("p1", "demo_brewing", "after", 1, **gone)], industry="brewing", **fields)
    assert row["verdict"] == verdict
    assert ("标为不适用待确认" in row["reason"]) is (verdict == "cannot_judge")
    assert pd.notna(row["level_after"])  # the index is the system's own, with what doesn't apply shared out


@pytest.mark.parametrize(("weights", "verdict"), [(("0.5", "0.3", "0.2"), "attained"), (("0.4", "0.3", "0.3"), "cannot_judge")])
def test_more_than_half_of_the_weight_not_applicable_is_to_be_confirmed(
    monkeypatch: pytest.MonkeyPatch, weights: tuple[str, ...], verdict: str
) -> None:
    made = brewing(*(asks(name, weight) for name, weight in zip("abc", weights, strict=True)))
    rows_ = [*rows({"a": 99}, "p1", "before", of="demo_brewing"), *rows({"a": 1, "b": NA, "c": NA}, "p1", of="demo_brewing")]
    monkeypatch.setattr(verdicts, "scorer", lambda ds: Scorer(ds.measurements, [made]))
    row = judge(rows_)
    assert row["verdict"] == verdict
    assert ("2 项标为不适用待确认（b、c）" in row["reason"]) is (verdict == "cannot_judge")


def test_a_process_that_was_measured_before_and_not_after_leaves_the_plant_unjudged() -> None:
    good = [r for p in ("before", "after") for r in answers("p1", "demo_cement", p, 1, "1号线")]
    silent = [*good, *answers("p1", "demo_cement", "before", 4, "2号线")]
    row = judge(silent, **CEMENT)
    assert (row["verdict"], row["reason"]) == ("cannot_judge", "2号线有审核前的实测数据，没有审核后的，无法判定。")
    assert pd.isna(row["level_after"])
    missed = [r | ({"value": 1e9} if r["indicator"] == "nox" and r["period"] == "after" else {}) for r in silent]
    assert judge(missed, **CEMENT)["verdict"] == "not_attained"  # one line misses it whatever the other did


def test_where_the_waste_is_not_known_nobody_knows_whether_that_target_binds() -> None:
    plants = [plant(i, industry="coking", hazardous_waste_t=None) for i in "ab"]
    rows_ = [r for p, level in (("before", 4), ("after", 2)) for r in answers("a", "demo_coking", p, level)]
    rows_ += answers("b", "demo_coking", "after", 2, hw_management=0.0)
    ds = dataset(plants=plants, measurements=rows_)
    found = attainment.targets(ds).set_index(["plant_id", "target"])[["verdict", "reason"]]
    assert found.loc[("a", "hazardous_waste_level_3"), "verdict"] == "attained"  # it would be met if it binds
    assert found.loc[("b", "hazardous_waste_level_3")].tolist() == [
        "cannot_judge",
        "年产危废能力未填，是否适用“一、3”不明，无法判定。",
    ]
    each = attainment.plants(ds).set_index("plant_id")
    assert each["verdict"].to_dict() == {"a": "attained", "b": "cannot_judge"}
    assert each["n_targets"].to_dict() == {"a": 1, "b": 1}


# -- what improves, what is kept


@pytest.mark.parametrize(
    ("unit", "comparator", "before", "after", "verdict"),
    [
        ("%", ">=", 100, 100, "attained"),  # kept: nothing was left to gain
        ("%", ">=", 98, 98.2, "attained"),  # a tenth of what was left
        ("%", ">=", 98, 98.09, "not_attained"),  # 4.5 % of it
        ("%", ">=", 40, 42, "attained"),  # 5 % of what it was
        ("%", ">=", 40, 41.9, "not_attained"),
        ("%", ">=", 99, 98, "not_attained"),
        ("t", "<=", 0, 0, "attained"),
        ("t", "<=", 0, 0.001, "not_attained"),  # it was 0, and rose
        ("t", ">=", 0, 1, "attained"),
    ],
)
def test_a_value_improves_by_what_there_was_to_gain(
    monkeypatch: pytest.MonkeyPatch, unit: str, comparator: str, before: float, after: float, verdict: str
) -> None:
    marks = (-1, 10, 50) if comparator == "<=" else (1e3, 0, 0)  # always level II
    made = brewing(asks("a", "1", *marks, unit=unit, comparator=comparator))
    rows_ = [r for p, v in (("before", before), ("after", after)) for r in rows({"a": v}, "p1", p, of="demo_brewing")]
    monkeypatch.setattr(verdicts, "scorer", lambda ds: Scorer(ds.measurements, [made]))
    assert judge(rows_)["verdict"] == verdict


@pytest.mark.parametrize(("factor", "verdict"), [(1.0, "attained"), (0.9, "attained"), (1.006, "not_attained")])
def test_a_plant_at_level_one_keeps_it_and_lets_nothing_get_worse(factor: float, verdict: str) -> None:
    before = [
        r | {"value": r["value"] * 0.5 if r["indicator"] in ENERGY else r["value"]}
        for r in answers("p1", "demo_brewing", "before", 1)
    ]
    row = judge([*before, *scaled(before, energy=factor)], industry="brewing")
    assert (row["level_before"], row["level_after"], row["verdict"]) == (1, 1, verdict)


BETTER = dict.fromkeys(ENERGY, 0.9)


@pytest.mark.parametrize(
    ("gone", "factors", "level", "verdict"),
    [
        (("waste_water",), BETTER, 2, "cannot_judge"),  # nobody knows whether it got worse
        (("waste_water",), {**BETTER, "ammonia": 1.1}, 2, "not_attained"),  # another one did
        (("waste_water",), {}, 2, "not_attained"),  # one of seven would not be half
        (("power",), {}, 1, "cannot_judge"),
    ],
)
@pytest.mark.parametrize("answer", [None, NA])
def test_what_had_a_value_and_has_none_any_more_is_not_left_out_of_the_comparison(
    gone: tuple[str, ...], factors: dict[str, float], level: int, verdict: str, answer: Any
) -> None:
    blank = {"value": None, "state": "missing" if answer is None else "not_applicable"}
    before = [
        r | ({"value": r["value"] / 2} if r["indicator"] in ENERGY else {})
        for r in answers("p1", "demo_brewing", "before", level)
    ]
    after = [r | (blank if r["indicator"] in gone else {}) for r in scaled(before, **factors)]
    rows_ = [*before, *after]
    row = judge(rows_, industry="brewing")
    assert row["verdict"] == verdict
    if verdict == "cannot_judge":
        name = next(i.name for i in find_system("demo_brewing").indicators() if i.id in gone)
        assert f"{name}审核前有数值、审核后没有" in row["reason"]
    _as_worked_out_by_hand(dataset(plants=[plant(industry="brewing")], measurements=rows_))
