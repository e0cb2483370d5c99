"""The checker of indicator systems: what each kind of fault is told, in which line, of which field."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cpaudit.cli import run
from cpaudit.indicators.checking.checker import Finding, check
from cpaudit.indicators.checking.reach import satisfying
from cpaudit.quantities.conversion import parsed
from cpaudit.quantities.expectations import closest, implausible
from cpaudit.reference import root
from tests.support.scoring import asks, system

FORMS = root() / "indicator_systems" / "demo_forms.yaml"
TEXT = FORMS.read_text(encoding="utf-8")


@cache
def usual() -> set[str]:
    """What is found about the file of all forms as it is."""
    return {f.message for f in check(FORMS)}


def told(folder: Path, old: str, new: str) -> list[tuple[str, int | None, str, str]]:
    """What is found about the file of all forms after one change, beyond what is found without it; and the changed line."""
    assert TEXT.count(old) == 1, old
    path = folder / "demo_forms.yaml"
    path.write_text(TEXT.replace(old, new), encoding="utf-8")
    line = TEXT[: TEXT.index(old)].count("\n") + 1
    return [(f.severity, f.line and f.line - line, f.field, f.message) for f in check(path) if f.message not in usual()]


def about(found: list[Finding], severity: str) -> list[str]:
    return [f.message for f in found if f.severity == severity]


def made(*indicators: dict[str, Any], **fields: Any) -> Any:
    """A system of one group."""
    return system({"g1": ("1", list(indicators))}, **fields)


# --- what the model refuses ------------------------------------------------------------------------------------


def test_an_unknown_key_is_an_error_with_its_line(tmp_path: Path) -> None:
    ((severity, line, field, message),) = told(tmp_path, "weight: 0.3, answer: level", "weight: 0.3, anwser: level")
    assert (severity, line, field) == ("error", 0, "groups.0.indicators.0.anwser")
    assert "没有这个字段" in message


def test_a_group_whose_weights_do_not_add_up_is_found_in_the_file(tmp_path: Path) -> None:
    ((severity, line, field, message),) = told(tmp_path, "name: 产业政策符合性, weight: 0.6", "name: 产业政策符合性, weight: 0.7")
    assert (severity, field) == ("error", "groups.5")
    assert line == -6, "where the group begins"
    assert "清洁生产管理指标" in message
    assert "1.1" in message


def test_two_indicators_of_one_name_are_found_at_the_second(tmp_path: Path) -> None:
    ((severity, line, field, message),) = told(tmp_path, "name: 铜利用率", "name: 锌利用率")
    assert (severity, line, field) == ("error", 0, "groups.2.indicators.1")
    assert "锌利用率" in message


def test_a_key_written_twice_is_an_error(tmp_path: Path) -> None:
    ((severity, line, field, message),) = told(tmp_path, "status: demonstration", "status: demonstration\nstatus: draft")
    assert (severity, line, field) == ("error", 0, "status")
    assert "写了两次" in message


def test_a_file_that_is_no_yaml_or_not_there_is_an_error_and_the_others_are_checked(tmp_path: Path, capsys: Any) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("id: [", encoding="utf-8")
    assert run(["systems", "check", str(broken), str(tmp_path / "none.yaml"), str(FORMS)]) == 3
    out = capsys.readouterr().out
    assert "不是合法的 YAML" in out
    assert "找不到" in out
    assert out.splitlines()[-1].startswith("data/reference/indicator_systems/demo_forms.yaml：")


@pytest.mark.parametrize("content", ["", "- a\n", "一\n"])
def test_a_file_that_holds_no_system_at_all_is_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "none.yaml").write_text(content, encoding="utf-8")
    assert [f.severity for f in check(tmp_path / "none.yaml")] == ["error"]


def test_the_command_names_file_line_and_field_and_fails_only_on_errors(tmp_path: Path, capsys: Any) -> None:
    told(tmp_path, "unit: kgce/t\n        weight: 0.4", "unit: kgec/t\n        weight: 0.4")
    path = tmp_path / "demo_forms.yaml"
    assert run(["systems", "check", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    at = next(n for n, line in enumerate(TEXT.splitlines(), 1) if line.strip() == "unit: kgce/t")
    assert (
        f"{path} 第 {at} 行：疑问：字段 groups.1.indicators.0.unit：“单位产品综合能耗”的单位“kgec/t”无法识别，是否为“kgce/t”"
        in lines
    )
    assert lines[-1] == f"{path}：疑问 2 处、提示 3 处。"
    told(tmp_path, "status: demonstration", "status: certain")
    assert run(["systems", "check", str(path)]) == 1


def test_a_file_called_otherwise_than_its_id_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT, encoding="utf-8")
    assert [f.field for f in check(path) if "demo_forms.yaml" in f.message] == ["id"]


def test_a_system_in_memory_is_checked_without_lines() -> None:
    found = check(made(asks("a", "1", unit="kgec/t")))
    assert [(f.file, f.line, f.field) for f in found if f.severity == "warning"] == [
        ("手工体系", None, "groups.0.indicators.0.unit")
    ]


# --- weights and benchmarks at the plants' own parameters -------------------------------------------------------


def test_weights_of_x_over_n_add_up_over_as_many_items_as_n_says() -> None:
    metals = [asks(m, None) | {"weight": {"value": "0.8", "divided_by": "n"}} for m in ("zn", "cu", "ni")]
    parameters = [{"id": "n", "name": "镀种数"}]
    right = about(check(made(*metals, asks("water", "0.2"), parameters=parameters)), "warning")
    assert [m.partition("时")[0] for m in right] == ["镀种数 > 3 "], "only three metals are in the file"
    (wrong,) = about(check(made(*metals, asks("water", "0.3"), parameters=parameters)), "warning")
    assert wrong.startswith("无论镀种数为何")
    assert "1.1" in wrong


def test_weights_shared_out_by_output_add_up_over_all_ways_to_share() -> None:
    parameters = [{"id": f"share_{p}", "name": f"{p}产量占比"} for p in "xyz"]

    def pool(total: str) -> Any:
        shared = [asks(p, None) | {"weight": {"times": {f"share_{p}": total}}} for p in "xyz"]
        return made(*shared, asks("rest", "0.5"), parameters=parameters)

    assert about(check(pool("0.5")), "warning") == []
    assert "权重之和不为 1" in about(check(pool("0.6")), "warning")[0]


def test_weights_that_a_variant_changes_add_up_for_each_plant(tmp_path: Path) -> None:
    ((severity, _, field, message),) = told(
        tmp_path, "{when: {product: section}, weight: 0.5}", "{when: {product: section}, weight: 0.4}"
    )
    assert (severity, field) == ("warning", "groups.4")
    assert message.startswith("产品类型为型材时一级指标“产品特征指标”内二级指标权重之和不为 1（例如为 0.9）")


def test_a_formula_that_turns_names_the_value_where_it_does(tmp_path: Path) -> None:
    # 0.5 + 0.45·n against 0.7 + 0.41·n: alike at n = 5, looser above
    ((severity, _, field, message),) = told(
        tmp_path,
        "I: {value: 0.5, times: {layers: 0.3}}\n          II: {value: 0.7, times: {layers: 0.4}}",
        "I: {value: 0.5, times: {layers: 0.45}}\n          II: {value: 0.7, times: {layers: 0.41}}",
    )
    assert (severity, field) == ("note", "groups.1.indicators.1.baselines")
    assert message.startswith("产品层数 > 5 时指标“单位产品取水量”的Ⅰ级基准值比Ⅱ级宽")


def test_ranges_and_conditions_that_do_not_nest_are_told(tmp_path: Path) -> None:
    ((severity, line, _, message),) = told(
        tmp_path, "I: {min: 5, max: 6}, II: {min: 4, max: 7}", "I: {min: 5, max: 7.5}, II: {min: 4, max: 7}"
    )
    assert (severity, line) == ("note", 0)  # some are printed so
    assert "入炉物料含水率" in message
    found = told(tmp_path, "II: {all: [h2s <= 200, hcn <= 180]}", "II: {all: [h2s <= 140, hcn <= 180]}")
    assert [(f[0], f[2]) for f in found] == [("warning", "groups.0.indicators.2.conditions")]
    assert "例如 煤气硫化氢浓度 = 145、煤气氰化氢浓度 = " in found[0][3]


@pytest.mark.parametrize(
    ("baselines", "told_"), [({"I": 120, "II": 90, "III": 80}, "120%"), ({"I": 50, "II": 20, "III": -5}, "-5%")]
)
def test_a_percentage_beyond_what_there_can_be_is_told(baselines: dict[str, float], told_: str) -> None:
    indicator = {"id": "a", "name": "回用", "weight": "1", "unit": "%", "comparator": ">=", "baselines": baselines}
    (message,) = about(check(made(indicator)), "warning")
    assert told_ in message


def test_a_percentage_by_formula_is_told_from_where_it_passes_100() -> None:
    formula = {"value": 80, "times": {"n": 3}}
    indicator = {"id": "a", "weight": "1", "unit": "%", "comparator": ">=", "baselines": {"I": formula, "II": 60, "III": 50}}
    (message,) = about(check(made(indicator, parameters=[{"id": "n", "name": "层数"}])), "warning")
    assert message.startswith("层数 > 6 时")


# --- levels that can't be reached -------------------------------------------------------------------------------


def test_a_condition_that_contradicts_itself_is_an_error_and_so_is_the_level_behind_it() -> None:
    parts = [{"id": "x", "name": "x"}]
    conditions = {"I": {"all": ["x >= 5", "x <= 3"]}, "II": {"all": ["x >= 2"]}, "III": {"all": ["x >= 1"]}}
    odd = {"id": "a", "weight": "0.3", "answer": "conditions", "parts": parts, "conditions": conditions}
    found = [f for f in check(made(odd, asks("b", "0.7"))) if f.severity == "error"]
    assert [f.field for f in found] == ["groups.0.indicators.0.conditions.I", "level_rules.I"]
    assert "自相矛盾" in found[0].message
    assert "只有 70（须达 85）" in found[1].message


def test_a_range_of_values_that_only_some_numbers_meet_can_be_reached() -> None:
    parts = [{"id": "x", "name": "x"}]
    conditions = {"I": {"all": ["x > 3", "x < 3.5"]}, "II": {"all": ["x >= 2"]}, "III": {"all": ["x >= 1"]}}
    fine = made({"id": "a", "weight": "1", "answer": "conditions", "parts": parts, "conditions": conditions})
    assert check(fine) == []
    assert any(met[0] for _, met in satisfying(fine.indicators()[0]))


def test_a_rule_that_asks_more_of_limiting_indicators_than_the_level_is_no_fault() -> None:
    rules = {"II": {"min_index": 85, "limiting": 1}}
    assert about(check(made(asks("a", "0.5", limiting=True), asks("b", "0.5"), level_rules=rules)), "error") == []


def test_the_bonus_counts_when_a_level_is_reached_for() -> None:
    lost = {"id": "b", "weight": "0.2", "answer": "conditions", "parts": [{"id": "x", "name": "x"}]}
    lost["conditions"] = {k: {"all": ["x > 5", "x < 5"]} for k in ("I", "II", "III")}
    groups: dict[str, Any] = {"g1": ("1", [asks("a", "0.8"), lost])}
    assert "level_rules.I" in [f.field for f in check(system(groups))]
    groups["g2"] = ("0.1", [asks("c", "1")], {"bonus": True})
    assert "level_rules.I" not in [f.field for f in check(system(groups))]


def test_no_plant_reaches_a_level_where_the_parameter_makes_weights_vanish() -> None:
    alone = asks("a", None) | {"weight": {"value": "1", "divided_by": "n"}}
    found = check(made(alone, parameters=[{"id": "n", "name": "台数"}]))
    assert about(found, "error") == [], "one indicator alone has all points whatever its weight"


# --- words, units, sources --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "unit",
    [
        "kgce/t",
        "tce/万元",
        "万kWh",
        "m³/t焦",
        "kg/t钢",
        "次/a",
        "mg/m³",
        "ng-TEQ/m³",
        "℃",
        "%",
        "无量纲",
        "",
        "g/(kW·h)",
        "kJ/kg玻璃液",
        "tCO2/t",
    ],
)
def test_the_usual_units_are_known(unit: str) -> None:
    assert parsed(unit) is not None


@pytest.mark.parametrize(
    ("unit", "meant"), [("kgec/t", "kgce/t"), ("kwh/t", "kWh/t"), ("mg/m³³³", "mg/m³"), ("m³/万圆吨", "m³/万吨"), ("龘/t", None)]
)
def test_an_unknown_unit_comes_with_the_closest(unit: str, meant: str | None) -> None:
    assert parsed(unit) is None
    assert closest(unit) == meant


def test_the_same_quantity_in_other_spellings_is_the_same_unit() -> None:
    for one, other in (("kWh/t", "千瓦时/吨"), ("m³/t", "立方米/吨"), ("g/(kW·h)", "g/kWh"), ("mg/Nm³", "mg/m3")):
        assert parsed(one) == parsed(other)


@pytest.mark.parametrize(
    ("name", "unit", "kind"),
    [
        ("炼焦工序能耗", "m³/t", "能量"),
        ("吨钢新鲜水用量", "kgce/t", "体积或质量"),
        ("水重复利用率", "m³/t", "比例"),
        ("炼焦工序能耗", "kgce/t焦", None),
        ("能耗下降率", "%", None),
        ("炉膛温度低于850℃记录次数", "次/d", None),
        ("一氧化碳日均值", "mg/m³", None),
    ],
)
def test_a_unit_that_does_not_fit_the_name_is_told(name: str, unit: str, kind: str | None) -> None:
    assert implausible(name, unit) == kind


def test_levels_without_words_and_blanks_without_a_meaning_are_told(tmp_path: Path) -> None:
    ((severity, line, field, message),) = told(tmp_path, "{I: 全自动, II: 半自动, III: 机械化}", "{I: 全自动, III: 机械化}")
    assert (severity, line, field) == ("warning", 0, "groups.0.indicators.0.texts")
    assert "缺Ⅱ级的文字" in message
    found = told(tmp_path, "baselines: {I: 60, II: 40}, blank: no_requirement", "baselines: {I: 60, II: 40}")
    severity, _, field, message = found[0]
    assert (severity, field) == ("warning", "groups.2.indicators.3.baselines")
    assert "no_requirement" in message


def test_what_is_called_official_has_a_number_and_no_doubts(tmp_path: Path) -> None:
    found = told(tmp_path, "status: demonstration ", "status: official ")
    assert [(f[0], f[2]) for f in found] == [("warning", "document.seen_at"), ("error", "document.number")]
    doubtful = made(asks("a", "1", note="转载件错行，存疑"), status="official")
    found_ = check(doubtful)
    assert "groups.0.indicators.0.note" in [f.field for f in found_ if f.severity == "error"]


def test_a_stub_says_where_it_was_seen() -> None:
    stub = made(asks("a", "1")).model_copy(update={"groups": (), "stub": True})
    assert [f.field for f in check(stub)] == ["document"]


def test_limiting_indicators_that_limit_nothing_are_told() -> None:
    unscored = {"id": "b", "weight": "0.5", "limiting": True, "blank": "not_scorable"}
    assert "起不到限定作用" in about(check(made(asks("a", "0.5"), unscored)), "warning")[0]
    bonus = system({"g1": ("1", [asks("a", "1")]), "g2": ("0.1", [asks("c", "1", limiting=True)], {"bonus": True})})
    assert "加分组" in about(check(bonus), "warning")[0]


def test_a_variant_that_no_plant_gets_is_told(tmp_path: Path) -> None:
    old = "- {when: {scale: {min: 5000}, cooling: air}, baselines"
    ((severity, line, field, message),) = told(tmp_path, old, old.replace("air", "wet"))[-1:]
    assert (severity, line, field) == ("warning", 0, "groups.1.indicators.0.variants.1")
    assert "轮不到" in message


def test_equal_levels_and_mixed_signs_are_notes() -> None:
    found = check(made(asks("a", "0.5", 5, 5, 5), asks("b", "0.5", comparator="<")))
    assert {f.severity for f in found} == {"note"}
    assert len(found) == 2


def test_a_draft_with_a_doubt_in_other_words_is_not_confirmed(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "demo_forms.yaml"
    text = TEXT.replace("status: demonstration", "status: draft").replace(
        "  title: 示范数据，非正式文本", "  title: 甲\n  number: 第1号"
    )
    path.write_text(text.replace("note: 原文未给出基准值", "note: 上限由此推得"), encoding="utf-8")
    assert run(["systems", "confirm", str(path)]) == 3
    assert "推得" in capsys.readouterr().err
    assert "status: draft" in path.read_text(encoding="utf-8")
