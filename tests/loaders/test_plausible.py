"""Values that can hardly be true: doubted at their cell, with the limit said; what is merely unusual is left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cpaudit import loaders
from cpaudit.indicators import find_system
from cpaudit.loaders.tables.doubts.plausible import end_of_pipe, limits
from cpaudit.quantities.conversion import ratio
from tests.support.builders import credit_code
from tests.support.workbooks import (
    AS_OF,
    LISTED,
    MEASURED,
    NAME_A,
    NAME_B,
    OPTIONS,
    PROGRESS,
    ROSTER,
    A,
    B,
    book,
    measured,
    read,
    told_in,
)

ENERGY = ("可比熟料综合能耗", "kgce/t")
SEVERAL = [(f"示例{c}水泥有限公司", credit_code(n)) for n, c in enumerate("丙丁戊己庚辛壬癸", start=10)]
MANY = [*LISTED, *([3, "石家庄市", "长安区", name, code, "水泥"] for name, code in SEVERAL)]


def energies(before: Any, after: Any, *, others: int = 8) -> list[list[Any]]:
    rows = [[n, c, "demo_cement", "1号线", *ENERGY, 108 + i, 104 + i] for i, (n, c) in enumerate(SEVERAL[:others])]
    return [MEASURED, *rows, measured(*ENERGY, before, after)]


# -- one value


def test_a_negative_quantity_is_not_adopted(tmp_path: Path) -> None:
    frames = read(tmp_path, 指标实测=[MEASURED, measured(*ENERGY, -105, 101)])
    assert told_in(frames) == [("value_negative", "G2")]
    assert frames["measurements"]["state"].tolist() == ["unread", "reported"]


def test_a_process_that_may_gain_energy_may_be_below_zero(tmp_path: Path) -> None:
    row = [NAME_B, B, "demo_steel_steelmaking", "炼钢", "转炉工序能耗", "kgce/t", -20, -24]
    assert told_in(read(tmp_path, 指标实测=[MEASURED, row])) == []


@pytest.mark.parametrize(("value", "problems"), [(100, []), (100.5, [("percent_over", "G2")]), (965, [("percent_over", "G2")])])
def test_no_share_is_over_a_hundred(tmp_path: Path, value: float, problems: list[Any]) -> None:
    assert told_in(read(tmp_path, 指标实测=[MEASURED, measured("循环水利用率", "%", value, 96)])) == problems


def test_a_fraction_where_a_percentage_is_asked_is_doubted(tmp_path: Path) -> None:
    frames = read(tmp_path, 指标实测=[MEASURED, measured("循环水利用率", "%", 0.95, 96)])
    assert told_in(frames) == [("percent_fraction", "G2")]
    assert "95%" in frames["problems"]["message"].iloc[0]
    assert frames["measurements"]["value"].tolist() == [0.95, 96]  # a doubt changes nothing


def test_a_small_percentage_where_small_ones_are_usual_is_none(tmp_path: Path) -> None:
    assert told_in(read(tmp_path, 指标实测=[MEASURED, measured("工业废渣掺加比例", "%", 0.9, 1)])) == []


# -- not applicable


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        ((), set[str]()),
        (("recycling",), {"na_category"}),
        (("resource_energy",), {"na_limiting", "na_category"}),
        (("resource_energy", "pollutant"), {"na_limiting", "na_category", "na_weight"}),
    ],
)
def test_what_is_waved_away_as_not_applicable_is_asked_about(tmp_path: Path, groups: tuple[str, ...], told: set[str]) -> None:
    asked = [i for g in find_system("demo_brewing").groups if g.id in groups for i in g.indicators]
    one = next(i for g in find_system("demo_brewing").groups for i in g.indicators if i.id == "grain")
    rows = [[NAME_B, B, "demo_brewing", "1号线", i.name, i.unit, 1, "不适用"] for i in asked or [one]]
    frames = read(tmp_path, listed=[[2, "石家庄市", "长安区", NAME_B, B, "酿造"]], 指标实测=[MEASURED, *rows])
    found = [p for p in frames["problems"].to_dict("records") if p["code"].startswith("na_")]
    assert {p["code"] for p in found} == told | {"na_one_sided"}, "it had a value before"
    assert {p["severity"] for p in found} <= {"warning"}
    assert [p["cell"] for p in found if p["code"] == "na_limiting"] == [
        f"H{at}" for at, i in enumerate(asked, start=2) if i.limiting
    ]


# -- against others


def test_a_value_out_of_all_proportion_to_its_peers_is_doubted_with_the_power(tmp_path: Path) -> None:
    frames = read(tmp_path, listed=MANY, 指标实测=energies(1050, 101))
    assert told_in(frames) == [("value_scale", "G10")]
    assert "大了 10 倍" in frames["problems"]["message"].iloc[0]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [(105_000, "大了约 1000 倍"), (0.105, "小了约 1000 倍"), (1_050_000, "大了约 10000 倍"), (0.0101, "10000 倍")],
)
def test_a_value_a_thousand_times_off_is_an_error_and_not_adopted(tmp_path: Path, wrong: float, said: str) -> None:
    frames = read(tmp_path, listed=MANY, 指标实测=energies(wrong, 101))
    assert told_in(frames) == [("value_slip", "G10")]
    assert said in frames["problems"]["message"].iloc[0]
    mine = frames["measurements"].iloc[-2:]
    assert list(zip(mine["value"].fillna(-1), mine["state"], strict=True)) == [(-1, "missing"), (101, "reported")]


def test_a_value_a_thousand_times_off_that_says_its_unit_is_doubted_only(tmp_path: Path) -> None:
    frames = read(tmp_path, listed=MANY, 指标实测=energies("105000kgce/t", 101))
    assert told_in(frames) == [("value_scale", "G10")]
    assert 105_000 in frames["measurements"]["value"].tolist()


def test_a_value_that_is_twice_the_usual_is_left_alone(tmp_path: Path) -> None:
    assert told_in(read(tmp_path, listed=MANY, 指标实测=energies(220, 101))) == []


def test_where_there_are_too_few_peers_only_its_own_past_speaks(tmp_path: Path) -> None:
    frames = read(tmp_path, listed=MANY, 指标实测=energies(1050, 105, others=2))
    assert told_in(frames) == [("value_jump", "H4")]
    assert "10 倍" in frames["problems"]["message"].iloc[0]
    assert told_in(read(tmp_path, listed=MANY, 指标实测=energies(1050, 1040, others=2))) == []


def test_an_indicator_with_a_benchmark_of_zero_is_never_compared(tmp_path: Path) -> None:
    rows = [[NAME_B, B, "demo_steel_steelmaking", "炼钢", "单位产品废水排放量", "m³/t", 0.3, 0.002]]
    assert told_in(read(tmp_path, 指标实测=[MEASURED, *rows])) == []


ASKED = [
    *(("可比熟料综合能耗", "kgce/t"), ("熟料综合电耗", "kWh/t"), ("单位产品新鲜水用量", "t/t")),
    *(("循环水利用率", "%"), ("工业废渣掺加比例", "%")),
]


def block(name: str, code: str, values: tuple[float, ...]) -> list[list[Any]]:
    return [[name, code, "demo_cement", "1号线", *i, v, None] for i, v in zip(ASKED, values, strict=True)]


def test_a_plant_with_all_the_answers_of_another_is_doubted_once_and_the_other_named(tmp_path: Path) -> None:
    rows = [*block(*SEVERAL[0], (105, 55, 0.3, 95, 8)), *block(NAME_B, B, (105, 55, 0.3, 95, 8))]
    frames = read(tmp_path, listed=MANY, 指标实测=[MEASURED, *rows])
    assert told_in(frames) == [("answers_repeated", "G7")]
    assert SEVERAL[0][0] in frames["problems"]["message"].iloc[0]
    rows[-1][-2] = 8.1
    assert told_in(read(tmp_path, listed=MANY, 指标实测=[MEASURED, *rows])) == []


# -- units of measure


@pytest.mark.parametrize(
    ("written", "expected", "times"),
    [
        *(("t/t", "kg/t", 1000), ("g/t", "kg/t", 0.001), ("tce/t", "kgce/t", 1000), ("吨标准煤/吨", "kgce/t", 1000)),
        *(("万kWh/t", "kWh/t", 10000), ("L/t", "m³/t", 0.001), ("kg/元", "kg/万元", 10000)),
        *(("kg/t", "kg/t钢", 1), ("千克/吨", "kg/t", 1), ("m³/t", "m3/t", 1), ("kW·h/t", "kWh/t", 1), ("g/(kW·h)", "g/kWh", 1)),
        *(("kWh/t", "kgce/t", None), ("t/t", "m³/t", None), ("乱写", "kg/t", None), ("kg/", "kg/t", None), ("", "kg/t", None)),
        *(("1/0", "%", None), ("__import__('os')", "kg/t", None), ("9**9**9", "kg/t", None), ("9e999", "kg/t", None)),
    ],
)
def test_how_far_units_lie_apart(written: str, expected: str, times: float | None) -> None:
    assert ratio(written, expected) == (pytest.approx(times) if times else None)


@pytest.mark.parametrize(("unit", "said"), [("m³/t", "应为 kgce/t，填写的是 m3/t"), ("kWh/t", "应为 kgce/t，填写的是 kWh/t")])
def test_a_unit_of_another_kind_is_told_with_the_right_one(tmp_path: Path, unit: str, said: str) -> None:
    frames = read(tmp_path, 指标实测=[MEASURED, measured(ENERGY[0], unit, 0.105, 0.101)])
    assert told_in(frames) == [("indicator_unit", "F2")]
    assert said in frames["problems"]["message"].iloc[0]


def test_the_same_unit_in_other_words_is_no_mistake(tmp_path: Path) -> None:
    assert told_in(read(tmp_path, 指标实测=[MEASURED, measured(ENERGY[0], "千克标准煤/吨", 105, 101)])) == []


# -- options


def option(name: str, invested: Any = 10, waste: Any = None) -> list[Any]:
    return [NAME_B, B, "ZG1", name, "中/高费", "已实施", invested, waste]


@pytest.mark.parametrize(
    ("name", "word"), [("新建布袋除尘器", "除尘器"), ("加装ＲＴＯ装置", "RTO"), ("末端治理改造", "末端治理")]
)
def test_an_option_that_only_treats_what_comes_out_is_doubted(tmp_path: Path, name: str, word: str) -> None:
    frames = read(tmp_path, 方案=[[*OPTIONS, "减少危废(t/a)"], option(name)])
    assert told_in(frames) == [("option_end_of_pipe", "D2")]
    assert word in frames["problems"]["message"].iloc[0]


@pytest.mark.parametrize("name", ["余热回收利用改造", "除尘器收尘回用", "脱硝喷氨优化改造", "SNCR优化", "污水处理站中水回用"])
def test_an_option_that_brings_something_back_is_not(name: str) -> None:
    assert end_of_pipe(name) is None


def test_an_option_that_costs_less_than_nothing_is_not_adopted(tmp_path: Path) -> None:
    frames = read(tmp_path, 方案=[OPTIONS, option("照明改造", -10)[:-1]])
    assert told_in(frames) == [("amount_negative", "G2")]
    assert frames["options"]["investment_wan_yuan"].isna().all()


@pytest.mark.parametrize(("saved", "problems"), [(99, []), (100, []), (101, [("saving_exceeds", "H2")])])
def test_no_plant_saves_more_than_it_has(tmp_path: Path, saved: float, problems: list[Any]) -> None:
    listed = [LISTED[0], [2, "石家庄市", "长安区", NAME_B, B, "水泥", 100]]
    header = [*ROSTER, "年产危废能力(吨)"]
    book(tmp_path / "名单.xlsx", {"名单": [["强制类企业名单"], header, *listed]})
    book(tmp_path / "石家庄市.xlsx", {"方案": [[*OPTIONS, "减少危废(t/a)"], option("危废减量", 10, saved)]})
    frames = loaders.read([tmp_path], programme="hebei-2021-2", as_of=AS_OF).frames
    assert told_in(frames) == problems


# -- steps and rosters


def test_a_step_after_one_that_was_failed_is_doubted(tmp_path: Path) -> None:
    header = [*PROGRESS, "方案制定日期", "评估申请日期", "完成评估日期", "评估结果", "方案实施完成日期"]
    days = ["2022-04-01", "2022-05-01", "2022-06-01", "未通过", "2022-08-01"]
    row = [NAME_A, A, "2021-12-25", "2022-01-05", "2022-01-06", None, "正常推进", *days]
    assert told_in(read(tmp_path, 进度=[header, row])) == [("step_after_failure", "L2")]


def everywhere(count: int) -> list[list[Any]]:
    from cpaudit.loaders.cells.places import county_name
    from cpaudit.programme import divisions, units

    first = {
        u: next(d.code for d in divisions() if d.unit == u and d.level == "county" and d.status == "in_use") for u in units()
    }
    places = [(units()[u].name, county_name(c)) for u, c in first.items()]
    return [[n, *places[n % 14], f"示例第{n}化工有限公司", credit_code(n), "化工"] for n in range(count)]


@pytest.mark.parametrize(("count", "problems"), [(403, []), (402, ["roster_size"]), (13, [])])
def test_a_roster_of_the_whole_province_is_held_against_the_notice_a_part_is_not(
    tmp_path: Path, count: int, problems: list[str]
) -> None:
    frames = read(tmp_path, listed=everywhere(count))
    assert [code for code, _ in told_in(frames)] == problems
    if problems:
        assert "通知所附为 403 家" in frames["problems"]["message"].iloc[0]


def test_the_limits_say_whose_they_are() -> None:
    assert limits().basis == "工作台约定"


# -- an amount with few others beside it


def spent(number: int, investment: Any, benefit: Any = None, kind: str = "中/高费") -> list[Any]:
    prefix = "ZG" if kind == "中/高费" else "WD"
    return [NAME_B, B, f"{prefix}{number}", f"方案{number}", kind, "已实施", investment, benefit]


FEW = {
    "alone, in yuan": ([spent(1, 125000)], ["G2"]),
    "alone and cheap, in yuan": ([spent(1, 3000, kind="无/低费")], ["G2"]),
    "a thousand times the other": ([spent(1, 12.5), spent(2, 12500)], ["G3"]),
    "a thousand times both others": ([spent(1, 12.5), spent(2, 9), spent(3, 10300)], ["G4"]),
    "a thousandth of both others": ([spent(1, 12.5), spent(2, 9), spent(3, 0.0103)], ["G4"]),
    "a thousand years' benefit": ([spent(1, 1500, 1.5)], ["G2"]),
    "a benefit in yuan": ([spent(1, 12.5, 35000)], ["H2"]),
    "a large one, said to be": ([spent(1, 12.5), spent(2, "12500万元")], []),
    "usual ones": ([spent(1, 12.5, 3), spent(2, 300, 80), spent(3, 0.5, 0.2, "无/低费")], []),
    "a dear one": ([spent(1, 8000, 900), spent(2, 60, 20)], []),
}


@pytest.mark.parametrize(("rows", "asked"), FEW.values(), ids=FEW)
def test_an_amount_a_thousand_times_off_is_asked_about_though_few_stand_beside_it(
    tmp_path: Path, rows: list[list[Any]], asked: list[str]
) -> None:
    frames = read(tmp_path, 方案=[[*OPTIONS, "经济效益(万元)"], *rows])
    found = frames["problems"][frames["problems"]["code"] == "amount_odd"]
    assert found["cell"].tolist() == asked
    assert found["severity"].eq("warning").all()
    assert frames["options"]["investment_wan_yuan"].notna().all()  # asked about, not refused
