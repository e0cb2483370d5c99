"""Cleaner-production options of a plant: what is usual in its trade, with investment and benefits in the given units."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from cpaudit.sample.plants import Plant

#: name, investment (万元), and benefit column → range; the first numbers are what a plant of middling size gets.
_Template = tuple[str, tuple[float, float], dict[str, tuple[float, float]]]

_LOW: tuple[_Template, ...] = (
    ("加强设备巡检，杜绝跑冒滴漏", (0, 1.5), {"water_t": (300, 4000), "materials_t": (1, 30)}),
    ("照明更换为节能灯具", (0.8, 4.5), {"electricity_wan_kwh": (0.8, 9)}),
    ("修订岗位操作规程并培训", (0, 0.8), {"materials_t": (1, 20)}),
    ("冷却水循环管路检修", (0.5, 4.8), {"water_t": (800, 12000)}),
    ("原料堆场加盖苫布", (0.5, 4.9), {"particulate_t": (0.2, 3.5)}),
    ("空压机管路查漏堵漏", (0.2, 2), {"electricity_wan_kwh": (1, 12)}),
    ("危险废物分类收集和台账管理", (0.1, 1.2), {"hazardous_waste_t": (0.2, 4)}),
    ("蒸汽疏水阀更换", (0.6, 4), {"energy_tce": (8, 90), "co2_t": (20, 230)}),
    ("推行计量考核，安装二级水表", (0.4, 3), {"water_t": (200, 3500)}),
    ("边角料回收利用", (0, 2), {"materials_t": (5, 120), "solid_waste_t": (5, 120)}),
)
_HIGH: tuple[_Template, ...] = (
    ("高耗能电机更换为永磁电机", (35, 260), {"electricity_wan_kwh": (25, 220), "energy_tce": (30, 270), "co2_t": (140, 1250)}),
    ("余热回收利用改造", (120, 1800), {"energy_tce": (300, 5200), "co2_t": (780, 13500)}),
    ("中水回用系统建设", (80, 900), {"water_t": (20000, 420000), "cod_t": (0.5, 12), "ammonia_t": (0.05, 1.1)}),
    ("风机水泵变频改造", (25, 180), {"electricity_wan_kwh": (15, 130)}),
    ("无组织排放治理改造", (60, 700), {"particulate_t": (3, 85)}),
    ("自动配料控制系统", (40, 320), {"materials_t": (50, 1600)}),
)
_TRADE: dict[str, tuple[_Template, ...]] = {
    "coal_power": (
        ("脱硝喷氨优化改造", (90, 600), {"nox_t": (8, 95), "materials_t": (15, 160)}),
        ("汽轮机通流改造", (800, 5200), {"coal_t": (1500, 16000), "co2_t": (3900, 41000)}),
    ),
    "cement": (
        ("分级燃烧与SNCR优化", (120, 780), {"nox_t": (20, 210)}),
        ("篦冷机改造", (400, 2600), {"coal_t": (700, 6500), "co2_t": (1800, 17000)}),
    ),
    "steel": (
        ("烧结烟气循环", (900, 5200), {"so2_t": (15, 160), "nox_t": (20, 190), "energy_tce": (600, 6100)}),
        ("转炉煤气回收提升", (500, 3200), {"energy_tce": (900, 9800), "co2_t": (2300, 25000)}),
    ),
    "coking": (
        ("焦炉上升管余热利用", (600, 3300), {"energy_tce": (700, 5400)}),
        ("化产区VOCs收集治理", (180, 900), {"vocs_t": (8, 90)}),
    ),
    "ceramics": (
        ("窑炉烧嘴更换", (80, 520), {"energy_tce": (120, 1300), "nox_t": (2, 22)}),
        ("喷雾塔除尘改造", (60, 380), {"particulate_t": (3, 28)}),
    ),
    "flat_glass": (
        ("全氧助燃改造", (600, 3400), {"energy_tce": (500, 4200), "nox_t": (15, 140)}),
        ("碎玻璃回收线", (90, 520), {"solid_waste_t": (300, 3800), "materials_t": (300, 3800)}),
    ),
    "brewing": (
        ("酒糟综合利用", (70, 460), {"solid_waste_t": (400, 5200)}),
        ("CIP清洗水回用", (30, 240), {"water_t": (9000, 88000), "cod_t": (1, 18)}),
    ),
    "hazardous_waste_disposal": (
        ("焚烧炉余热锅炉改造", (150, 900), {"energy_tce": (150, 1600)}),
        ("飞灰减量技术", (80, 520), {"hazardous_waste_t": (20, 260)}),
    ),
    "chemicals": (
        ("溶剂回收塔改造", (120, 980), {"materials_t": (60, 900), "vocs_t": (4, 70), "hazardous_waste_t": (3, 75)}),
        ("储罐氮封与呼吸气回收", (60, 420), {"vocs_t": (2, 40)}),
    ),
    "pharmaceuticals": (
        ("发酵废液资源化", (110, 720), {"cod_t": (6, 85), "ammonia_t": (0.4, 6)}),
        ("废活性炭减量", (40, 260), {"hazardous_waste_t": (2, 45)}),
    ),
    "electroplating": (
        ("逆流漂洗改造", (20, 160), {"water_t": (4000, 52000), "heavy_metals_kg": (5, 90)}),
        ("镀液在线净化回用", (35, 240), {"heavy_metals_kg": (8, 150), "hazardous_waste_t": (2, 30)}),
    ),
    "metal_products": (
        ("酸洗液再生", (60, 420), {"hazardous_waste_t": (10, 190), "materials_t": (10, 160)}),
        ("退火炉改用蓄热燃烧", (90, 560), {"energy_tce": (80, 900), "nox_t": (1, 12)}),
    ),
    "leather": (
        ("铬鞣液循环利用", (30, 210), {"heavy_metals_kg": (30, 420), "water_t": (2000, 22000)}),
        ("无硫脱毛工艺", (40, 260), {"cod_t": (4, 42), "ammonia_t": (0.3, 4)}),
    ),
}
#: Rough prices (万元 per unit) from which the economic benefit follows.
_PRICES = {
    "electricity_wan_kwh": 0.6,
    "coal_t": 0.09,
    "energy_tce": 0.1,
    "water_t": 0.0004,
    "materials_t": 0.15,
    "hazardous_waste_t": 0.35,
}


@dataclass(eq=False)
class Option:
    """One option; ``benefits`` are keyed by the columns of the options table."""

    plant: Plant
    number: str
    name: str
    kind: str
    status: str
    investment: float
    benefits: dict[str, float] = field(default_factory=dict)


def options_of(plant: Plant, rng: random.Random) -> list[Option]:
    """Return three to eight options of a plant whose plan is ready, none before."""
    if "plan_ready" not in plant.dates:
        return []
    size = rng.lognormvariate(0, 0.35)
    low = rng.sample(_LOW, rng.randint(2, 5))
    trade = _TRADE.get(plant.industry, ())
    high = [*rng.sample(trade, min(len(trade), rng.randint(0, 1))), *rng.sample(_HIGH, rng.randint(1, 2))]
    return [
        _option(plant, f"{prefix}{i}", kind, template, size, rng)
        for prefix, kind, chosen in (("WD", "no_low_cost", low), ("ZG", "medium_high_cost", high))
        for i, template in enumerate(chosen, start=1)
    ]


def _option(plant: Plant, number: str, kind: str, template: _Template, size: float, rng: random.Random) -> Option:
    name, invested, ranges = template
    benefits = {column: _figure(low, high, size, rng) for column, (low, high) in ranges.items()}
    if plant.hazardous_waste_t is not None and "hazardous_waste_t" in benefits:  # no plant saves more than it makes
        benefits["hazardous_waste_t"] = min(benefits["hazardous_waste_t"], round(plant.hazardous_waste_t * 0.3, 2))
    investment = round(rng.uniform(*invested) * (1 if kind == "no_low_cost" else size), 2)
    earned = round(sum(_PRICES.get(c, 0) * v for c, v in benefits.items()) * rng.uniform(0.7, 1.2), 2)
    return Option(
        plant, number, name, kind, _status(plant, kind, rng), investment, {"economic_benefit_wan_yuan": earned} | benefits
    )


def _figure(low: float, high: float, size: float, rng: random.Random) -> float:
    value = rng.triangular(low, high, low + (high - low) * 0.3) * size
    return float(round(value)) if value >= 1000 else round(value, 2)


def _status(plant: Plant, kind: str, rng: random.Random) -> str:
    if plant.status in ("closed", "cancelled") or rng.random() < 0.02:
        return "dropped"
    if "implemented" in plant.dates:
        return "implemented"
    if kind == "no_low_cost":
        return "implemented" if "assessed" in plant.dates or rng.random() < 0.6 else "under_way"
    return "under_way" if plant.passed.get("assessed") and rng.random() < 0.7 else "planned"
