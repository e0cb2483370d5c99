"""The fictitious plants: who they are, where, in which trade, and how far they have come."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from cpaudit.errors import UsageError
from cpaudit.programme import divisions, industries, load_programme, units
from cpaudit.sample import names
from cpaudit.sample.trajectory import LISTED_ON, walk

#: Plants by unit when there are 446; other totals scale.
_BY_UNIT = {
    "shijiazhuang": 62, "tangshan": 70, "qinhuangdao": 20, "handan": 56, "xingtai": 38, "baoding": 46, "zhangjiakou": 20,
    "chengde": 20, "cangzhou": 46, "langfang": 26, "hengshui": 22, "dingzhou": 7, "xinji": 9, "xiongan": 4,
}  # fmt: skip
_LEAST = 3

#: How usual a trade is, and where it is more usual than elsewhere.
_TRADES = {
    "coal_power": 4, "cement": 4, "steel": 4, "coking": 2, "ceramics": 3, "flat_glass": 1, "brewing": 2,
    "hazardous_waste_disposal": 1.5, "chemicals": 5, "pharmaceuticals": 2.5, "electroplating": 2.5, "metal_products": 3,
    "leather": 0.6,
}  # fmt: skip
_LOCAL = {
    "tangshan": {"steel": 5, "coking": 3, "ceramics": 3}, "handan": {"steel": 4, "coking": 3}, "xingtai": {"flat_glass": 12},
    "shijiazhuang": {"pharmaceuticals": 4, "ceramics": 2}, "cangzhou": {"chemicals": 3},
    "hengshui": {"metal_products": 4, "brewing": 3}, "langfang": {"metal_products": 2}, "baoding": {"brewing": 2, "cement": 2},
    "xinji": {"leather": 20}, "qinhuangdao": {"flat_glass": 4},
    "zhangjiakou": {"brewing": 3}, "chengde": {"cement": 2, "brewing": 2},
}  # fmt: skip

#: Firms with two rostered plants: site and trade of each.
_SITES = (
    (("水泥", "cement"), ("热电", "coal_power")),
    (("焦化", "coking"), ("甲醇", "chemicals")),
    (("热电厂", "coal_power"), ("氯碱分公司", "chemicals")),
    (("一厂", "steel"), ("二厂", "steel")),
)
#: Trades that use much energy, and trades that make much hazardous waste.
_HEAVY = ("steel", "coking", "coal_power", "cement", "flat_glass")
WASTES = ("chemicals", "pharmaceuticals", "electroplating", "coking", "hazardous_waste_disposal", "steel")
_PROOFS = {
    "suspended": "停产情况说明及供电证明（示例）",
    "relocated": "退城搬迁批复（示例）",
    "closed": "营业执照注销证明（示例）",
    "deferred": "暂缓审核申请批复（示例）",
    "cancelled": "取消审核申请批复（示例）",
    "rolled_over": "转入下一批审核的函（示例）",
}


@dataclass(eq=False)
class Plant:
    """One fictitious plant with the truth about it; ``twin`` marks firms that share a short name."""

    uscc: str
    name: str
    mark: str
    unit: str
    county: str
    industry: str
    site: str = ""
    twin: bool = False
    roster: str = "mandatory"
    reasons: tuple[str, ...] = ()
    hazardous_waste_t: float | None = None
    permit_class: str = "key"
    assessor: str = "city"
    authority: str = "environment"
    stricter_level: int | None = None
    dates: dict[str, dt.date] = field(default_factory=dict)
    passed: dict[str, bool] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    status: str = "active"
    status_since: dt.date | None = None
    proof: str = ""
    own_deadline: dt.date | None = None

    @property
    def full_name(self) -> str:
        """The name with the bracketed site, as rosters print it."""
        return f"{self.name}（{self.site}）" if self.site else self.name

    @property
    def plant_id(self) -> str:
        """The key that the plant has where its roster row is right."""
        return f"{self.uscc}@{self.site}" if self.site else self.uscc


def plants_of(programme_id: str, count: int, as_of: dt.date, rng: random.Random) -> list[Plant]:
    """Return ``count`` plants in roster order (by unit), spread over rosters in the notice's proportion.

    Raises:
        UsageError: fewer plants than three for each unit.
    """
    programme = load_programme(programme_id)
    shares = _shares(count)
    marks = iter(names.marks(count, rng))
    taken: set[str] = set()
    found: list[Plant] = []
    for number, (unit, size) in enumerate(shares.items(), start=1):
        found += _unit_plants(unit, number, size, marks, taken, rng)
    key_industry = round(count * (programme.rosters[1].size or 0) / (programme.plants_announced or 1))
    for plant in rng.sample(found, key_industry):
        plant.roster = "key_industry"
    _describe(found, rng)
    _move(found, as_of, rng)
    _leave(found, as_of, rng)
    return found


def counties(unit: str) -> list[str]:
    """Return the names of the counties in use that report to the unit."""
    return [d.name for d in divisions() if d.unit == unit and d.status == "in_use" and d.level == "county"]


def _shares(count: int) -> dict[str, int]:
    if count < _LEAST * len(units()):
        raise UsageError(f"示范数据至少需要 {_LEAST * len(units())} 家企业（每个上报单位 {_LEAST} 家），请调大企业数。")
    whole = sum(_BY_UNIT.values())
    shares = {unit: max(_LEAST, count * _BY_UNIT[unit] // whole) for unit in units()}
    order = sorted(shares, key=lambda u: -_BY_UNIT[u])
    while (left := count - sum(shares.values())) != 0:  # rounding goes to, or comes from, the large units
        for unit in order[: abs(left)]:
            shares[unit] += 1 if left > 0 else -1 if shares[unit] > _LEAST else 0
    return shares


def _unit_plants(unit: str, number: int, size: int, marks: Iterator[str], taken: set[str], rng: random.Random) -> list[Plant]:
    home = counties(unit)
    weights = {t: w * _LOCAL.get(unit, {}).get(t, 1) for t, w in _TRADES.items() if t in industries()}
    found: list[Plant] = []
    if size >= 20 and rng.random() < 0.75:
        found += _two_sites(unit, number, home, next(marks), taken, rng)
    if size >= 20 and rng.random() < 0.6:
        found += _twins(unit, number, home, next(marks), taken, rng)
    while len(found) < size:
        trade = rng.choices(list(weights), list(weights.values()))[0]
        mark = next(marks)
        code = names.credit_code(number, rng, taken)
        found.append(Plant(code, names.firm_name(mark, trade, rng), mark, unit, rng.choice(home), trade))
    rng.shuffle(found)
    return found


def _two_sites(unit: str, number: int, home: list[str], mark: str, taken: set[str], rng: random.Random) -> list[Plant]:
    code, county = names.credit_code(number, rng, taken), rng.choice(home)
    name = f"河北示例{mark}集团有限公司"
    return [Plant(code, name, mark, unit, county, trade, site=site) for site, trade in rng.choice(_SITES)]


def _twins(unit: str, number: int, home: list[str], mark: str, taken: set[str], rng: random.Random) -> list[Plant]:
    twins = []
    for form in ("有限公司", "科技有限公司"):
        code, county = names.credit_code(number, rng, taken), rng.choice(home)
        twins.append(Plant(code, f"河北示例{mark}化工{form}", mark, unit, county, "chemicals", twin=True))
    return twins


def _describe(found: list[Plant], rng: random.Random) -> None:
    for plant in found:
        heavy, wastes = plant.industry in _HEAVY, plant.industry in WASTES
        shares = {"over_limit": 0.25, "toxic": 0.4, "energy": 0.45 if heavy else 0.15}
        reasons = [reason for reason, share in shares.items() if rng.random() < share]
        plant.reasons = ("priority_task",) if plant.roster == "key_industry" else tuple(reasons) or ("toxic",)
        if rng.random() < (0.85 if wastes else 0.35):
            plant.hazardous_waste_t = round(rng.lognormvariate(4.2 if wastes else 2.2, 1.2), 1)
        plant.permit_class = rng.choices(("key", "simplified", "registered"), (80, 14, 6) if heavy else (60, 28, 12))[0]
        plant.assessor = rng.choices(("province", "city", "county"), (20, 65, 15))[0]
        plant.authority = "development_reform" if plant.reasons == ("energy",) or rng.random() < 0.1 else "environment"
        if rng.random() < 0.02:
            plant.stricter_level = rng.choice((1, 2))


def _move(found: list[Plant], as_of: dt.date, rng: random.Random) -> None:
    diligence = {unit: rng.uniform(0.82, 0.98) for unit in units()}
    for plant in found:
        permit = plant.permit_class != "registered"
        plant.dates, plant.passed = walk(rng, permit=permit, diligence=diligence[plant.unit], as_of=as_of)
        for milestone, good in plant.passed.items():
            plant.scores[milestone] = float(rng.randint(72, 95) if good else rng.randint(48, 68))


def _leave(found: list[Plant], as_of: dt.date, rng: random.Random) -> None:
    """Let some plants leave the programme, and give a few their own deadline."""
    kinds = ["suspended"] * 8 + ["relocated"] * 3 + ["closed"] * 4 + ["deferred"] * 3 + ["cancelled"] * 2 + ["rolled_over"] * 2
    movable = [p for p in found if not p.passed.get("accepted") and not p.twin]
    for plant in rng.sample(movable, min(len(movable), round(len(found) * 0.05))):
        since = LISTED_ON + dt.timedelta(days=rng.randint(20, max(21, (as_of - LISTED_ON).days - 15)))
        if since > as_of:
            continue
        plant.status, plant.status_since = rng.choice(kinds), since
        plant.proof = _PROOFS[plant.status]
        plant.dates = {m: d for m, d in plant.dates.items() if d <= since}
        plant.passed = {m: good for m, good in plant.passed.items() if m in plant.dates}
        plant.scores = {m: score for m, score in plant.scores.items() if m in plant.dates}
    waiting = [p for p in found if p.status == "active" and "accepted" not in p.dates and p.passed.get("assessed", True)]
    own = (dt.date(2022, 12, 31), dt.date(2023, 3, 31))
    for plant, deadline in zip(rng.sample(waiting, min(2, len(waiting))), own, strict=False):
        plant.own_deadline = deadline
