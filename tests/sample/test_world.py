"""A province as an engineer checks it, with figures of his own: nothing that can't be, in ten worlds.

What is checked are the tables that the units fill in, before anybody makes a mistake in them. Nothing here knows how a world is
made: indicators go by their printed names, ranges and holidays are written down once more.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections import defaultdict
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from cpaudit.sample.workbooks.tables import build
from cpaudit.sample.world import plants_of

SEEDS = range(101, 111)
DAY = dt.date(2022, 11, 15)
#: What a line is built with.
EQUIPMENT = {"窑型规模", "高炉有效容积", "烧结机使用面积", "转炉公称容量", "焦炉炭化室高度", "熔窑日熔化量", "锅炉设备"}
#: name → least, most; physical, not usual.
RANGES = {
    "供电煤耗": (220, 380), "厂用电率": (2, 12), "可比熟料综合能耗": (85, 140), "熟料综合电耗": (35, 85),
    "高炉有效容积": (400, 6000), "入炉焦比": (230, 550), "入炉燃料比": (420, 700), "平均热风温度": (900, 1350),
    "转炉煤气回收量": (30, 170), "转炉工序能耗": (-50, 20), "烧结工序能耗": (30, 80), "焦炉炭化室高度": (4.3, 8),
    "炼焦工序能耗": (85, 170), "吨焦耗洗精煤（干基）": (1.2, 1.55), "熔窑日熔化量": (150, 1300), "熔窑热耗": (4500, 9000),
    "钢铁料消耗": (1020, 1150), "热灼减率": (0.5, 8), "二噁英排放浓度": (0, 1), "焚烧线年运行时间": (2500, 8784),
}  # fmt: skip
#: part, whole, how much of the whole's unit one of the part's is: energy sums to its parts, water that leaves was taken in.
BALANCES = [
    ("熟料综合电耗", "可比熟料综合能耗", 0.1229),
    ("吨焦耗电量", "炼焦工序能耗", 0.1229),
    ("单位产品综合电耗", "单位产品综合能耗", 0.1229),
    ("单位产品耗电量", "单位产品综合能耗", 0.1229),
    ("万元产值耗电量", "万元产值综合能耗", 0.0001229),
    ("固体燃料消耗", "烧结工序能耗", 1),
    ("入炉焦比", "入炉燃料比", 1),
    ("熔窑热耗", "单位产品综合能耗", 50 / 29307.6),
    ("单位产品废水产生量", "单位产品新鲜水用量", 1),
    ("单位产品废水排放量", "单位产品新鲜水用量", 1),
    ("单位产品废水产生量", "单位产品取水量", 1),
    ("万元产值废水产生量", "万元产值新鲜水用量", 1),
    ("单位发电量废水排放量", "单位发电量取水量", 1),
]
#: Days off and weekend days worked, by the State Council's notices for 2022 and 2023.
OFF = [("2022-01-01", 3), ("2022-01-31", 7), ("2022-04-03", 3), ("2022-04-30", 5), ("2022-06-03", 3), ("2022-09-10", 3)]
OFF += [("2022-10-01", 7), ("2022-12-31", 3), ("2023-01-21", 7), ("2023-04-05", 1), ("2023-04-29", 5), ("2023-06-22", 3)]
WORKED = {"2022-01-29", "2022-01-30", "2022-04-02", "2022-04-24", "2022-05-07", "2022-10-08", "2022-10-09"}
WORKED |= {"2023-01-28", "2023-01-29", "2023-04-23", "2023-05-06", "2023-06-25"}
CHAIN = ("notified", "registered", "plan_ready", "assessment_applied", "assessed")
CHAIN += ("implemented", "acceptance_applied", "accepted")


@cache
def sheets(seed: int, day: dt.date = DAY) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for sheet in build(plants_of(seed, 60), day, 1):
        found[sheet.layout] += [row.cells for row in sheet.rows if row.plant]
    return found


def lines(seed: int) -> list[dict[str, dict[str, Any]]]:
    """Each line's rows by indicator."""
    found: dict[Any, dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in sheets(seed)["measurements"]:
        found[row["uscc"], row["name"], row["system"], row["process"]][row["indicator"]] = row
    return list(found.values())


def number(value: Any) -> bool:
    return isinstance(value, int | float)


def works(day: dt.date) -> bool:
    off = {dt.date.fromisoformat(first) + dt.timedelta(n) for first, count in OFF for n in range(count)}
    return day.isoformat() in WORKED or (day not in off and day.weekday() < 5)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_line_reports_what_cannot_be(seed: int) -> None:
    wrong = []
    for line in lines(seed):
        for name, row in line.items():
            before, after = row["value:before"], row["value:after"]
            if name in EQUIPMENT and after is not None and before != after:
                wrong.append((name, before, after))
            for value in filter(number, (before, after)):
                low, high = next((r for n, r in RANGES.items() if name.startswith(n)), (0, 1e9))
                if not low <= value <= (min(high, 100) if row["unit_of_measure"] == "%" else high):
                    wrong.append((name, value, "range"))
        for part, whole, factor in BALANCES:
            for key in ("value:before", "value:after"):
                a, b = (line[name][key] if name in line else None for name in (part, whole))
                if number(a) and number(b) and a * factor > b * 1.005:
                    wrong.append((part, a, whole, b))
    assert wrong == []


@pytest.mark.parametrize("seed", SEEDS)
def test_options_cost_and_save_what_options_do(seed: int) -> None:
    capacity = {(r["uscc"], r["name"]): r["hazardous_waste_t"] for r in sheets(seed)["roster"]}
    wrong = []
    for row in sheets(seed)["options"]:
        coal, energy, power = (row.get(k) or 0 for k in ("coal_t", "energy_tce", "electricity_wan_kwh"))
        carbon, waste = row.get("co2_t"), row.get("hazardous_waste_t")
        # 2.6 t of CO2 for a ton of coal equivalent, about 5.7 for 10,000 kWh from the grid
        should = (coal * 0.7143 + energy) * 2.6 + power * 5.7
        if carbon and carbon > 5 and abs(carbon / should - 1) > 0.06:
            wrong.append((row["name"], carbon, should))
        if (row["class"] == "无/低费") != (row["investment_wan_yuan"] <= 5):
            wrong.append((row["name"], row["investment_wan_yuan"]))
        if waste and number(limit := capacity[row["uscc"], row["name_of_plant"]]) and waste > limit:
            wrong.append((row["name"], waste, limit))
        if any(v < 0 for v in row.values() if number(v)):
            wrong.append((row["name"], "below zero"))
    assert wrong == []


@pytest.mark.parametrize("seed", SEEDS)
def test_offices_work_on_working_days_and_in_the_order_of_the_notice(seed: int) -> None:
    for layout in ("progress", "system_export"):
        for row in sheets(seed, dt.date(2023, 6, 30))[layout]:
            days = [row[f"event:{m}"] for m in CHAIN if row.get(f"event:{m}")]
            assert days == sorted(days), row
            assert [d for d in days if not works(d)] == [], row["name"]
            assert all(row.get(f"event:{a}") or not row.get(f"event:{b}") for a, b in pairwise(CHAIN)), row


def test_audits_improve_most_figures_a_little_and_some_get_worse() -> None:
    better = worse = 0
    coal: list[float] = []
    for seed in SEEDS:
        for row in sheets(seed)["measurements"]:
            first, last = row["value:before"], row["value:after"]
            if number(first) and number(last) and row["unit_of_measure"] != "%" and row["indicator"] not in EQUIPMENT and first:
                lower = row["indicator"] not in ("平均热风温度", "转炉煤气回收量", "焚烧线年运行时间")
                better += (last < first) == lower and last != first
                worse += (last > first) == lower and last != first
                if row["indicator"] in ("供电煤耗", "可比熟料综合能耗"):
                    coal.append(last / first)
    assert 0.6 < better / (better + worse) < 0.93
    assert 0.94 < statistics.median(coal) < 1, "a retrofit saves a few per cent of the fuel"
    assert max(coal) > 1, "a few burn more than before"


def test_who_reaches_the_target_is_accepted_more_often_and_there_are_exceptions(ds: Any) -> None:
    """As the workbench judges the sample's files, not as the world knows."""
    from cpaudit.analysis import attainment, progress

    accepted = progress.plants(ds).set_index("plant_id")["accepted_on"].notna()
    verdict = attainment.plants(ds).set_index("plant_id")["verdict"]
    share = {v: accepted[verdict.index[verdict == v]].mean() for v in ("attained", "not_attained")}
    assert share["attained"] > share["not_attained"] + 0.15
    assert share["not_attained"] > 0


def test_districts_trades_and_consultants_differ() -> None:
    plants = plants_of(5, 600)
    done = DAY - dt.timedelta(days=15)
    for key, fewest in (("unit", 0.12), ("industry", 0.1), ("consultant", 0.15)):
        groups: dict[str, list[bool]] = defaultdict(list)
        for p in plants:
            groups[getattr(p, key)].append("implemented" in p.by(done))
        shares = [statistics.mean(g) for g in groups.values() if len(g) >= 20]
        assert max(shares) - min(shares) > fewest, key


def test_a_world_is_the_same_for_the_same_seed_whatever_was_made_before() -> None:
    first = [(p.plant_id, p.path, [o.benefits for o in p.options]) for p in plants_of(3, 60)]
    plants_of(4, 90)
    assert [(p.plant_id, p.path, [o.benefits for o in p.options]) for p in plants_of(3, 60)] == first
