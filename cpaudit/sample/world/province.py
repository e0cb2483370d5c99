"""The plants of a province: spread over units, counties, trades, owners and rosters, each with its lines, options and path."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from cpaudit.errors import UsageError
from cpaudit.programme import Programme, divisions, industries, load_programme
from cpaudit.programme.calendar import next_working_day
from cpaudit.sample.world import names
from cpaudit.sample.world.aims import aims_of, figures, gaps
from cpaudit.sample.world.consultants import Consultant, Market, consultants
from cpaudit.sample.world.facts import Trade, physics, province
from cpaudit.sample.world.lines import Line, line_of
from cpaudit.sample.world.options import carried_out, planned
from cpaudit.sample.world.plants import Plant, Standing
from cpaudit.sample.world.steps import LISTED_ON, due_of, walk

_LEAST, _MOST = 3, 50_000
#: How the parts of a steelworks are called in the files.
_STEEL = "demo_steel_"
#: The trade whose physics a plant follows that no indicator system is for.
_ANY = "demo_general"


@dataclass(frozen=True)
class Setting:
    """What all plants of a world share."""

    programme: Programme
    unit_slow: dict[str, float]
    trade_slow: dict[str, float]
    firms: dict[str, Consultant]


def plants_of(seed: int, count: int, programme_id: str = "hebei-2021-2") -> list[Plant]:
    """Return the plants of a world, in roster order: a pure function of its arguments.

    Raises:
        UsageError: fewer plants than three for each unit, or more than 50,000.
    """
    programme = load_programme(programme_id)
    shares = _shares(count, programme.units)
    rng = random.Random(f"{seed} province")  # noqa: S311 - a game, not a secret
    market = Market(consultants(count, shares, rng), shares)
    spread = province().spread
    setting = Setting(
        programme,
        {unit: rng.gauss(0, spread.unit) for unit in shares},
        {trade: rng.gauss(0, spread.trade) for trade in industries()},
        {f.name: f for f in market.firms},
    )
    marks = iter(names.marks(count, rng))
    taken: set[str] = set()
    found: list[Plant] = []
    for number, (unit, size) in enumerate(shares.items(), start=1):
        found += _unit_plants(unit, number, size, marks, taken, rng)
    for plant in rng.sample(found, round(count * (programme.rosters[1].size or 0) / (programme.plants_announced or 1))):
        plant.roster = "key_industry"
    for number, plant in enumerate(found):
        plant.number = number
        own = random.Random(f"{seed} plant {number}")  # noqa: S311
        _describe(plant, market, own)
        _audit(plant, setting, own)
    _exceptions(found, programme, rng)
    return found


def counties(unit: str) -> list[str]:
    """Return the names of the counties in use that report to the unit."""
    return [d.name for d in divisions() if d.unit == unit and d.status == "in_use" and d.level == "county"]


def _shares(count: int, units: tuple[str, ...]) -> dict[str, int]:
    if count < _LEAST * len(units):
        raise UsageError(f"示范数据至少需要 {_LEAST * len(units)} 家企业（每个上报单位 {_LEAST} 家），请调大企业数。")
    if count > _MOST:
        raise UsageError(f"示范数据至多 {_MOST} 家企业，请调小企业数。")
    usual = {unit: province().units.get(unit, 10) for unit in units}
    whole = sum(usual.values())
    shares = {unit: max(_LEAST, count * usual[unit] // whole) for unit in units}
    order = sorted(shares, key=lambda u: -usual[u])
    while (left := count - sum(shares.values())) != 0:  # rounding goes to, or comes from, the large units
        for unit in order[: abs(left)]:
            shares[unit] += 1 if left > 0 else -1 if shares[unit] > _LEAST else 0
    return shares


def _unit_plants(unit: str, number: int, size: int, marks: Iterator[str], taken: set[str], rng: random.Random) -> list[Plant]:
    home = counties(unit)
    sizes = [rng.paretovariate(1.6) for _ in home]  # a few counties have most of the industry
    trades = {t: province().trades[t] for t in industries() if t in province().trades}
    weights = [t.weight * t.places.get(unit, 1) for t in trades.values()]
    found: list[Plant] = []
    for _ in range(max(1, round(size / 45)) if size >= 17 else 0):
        if rng.random() < 0.75:
            found += _two_sites(number, unit, rng.choices(home, sizes)[0], next(marks), taken, rng)
        if rng.random() < 0.6:
            found += _twins(number, unit, rng.choices(home, sizes)[0], next(marks), taken, rng)
    while len(found) < size:
        trade = rng.choices(list(trades), weights)[0]
        mark = next(marks)
        owner = rng.choices(("state", "private", "foreign"), trades[trade].ownership)[0]
        name = names.firm_name(mark, trade, owner, rng)
        code = names.credit_code(number, rng, taken)
        found.append(Plant(code, name, mark, unit, rng.choices(home, sizes)[0], trade, ownership=owner))
    rng.shuffle(found)
    return found


def _two_sites(number: int, unit: str, county: str, mark: str, taken: set[str], rng: random.Random) -> list[Plant]:
    code, name = names.credit_code(number, rng, taken), f"河北示例{mark}集团有限公司"
    sites = rng.choice(province().sites)
    return [Plant(code, name, mark, unit, county, trade, site=site, ownership="state") for site, trade in sites.items()]


def _twins(number: int, unit: str, county: str, mark: str, taken: set[str], rng: random.Random) -> list[Plant]:
    return [
        Plant(names.credit_code(number, rng, taken), f"河北示例{mark}化工{form}", mark, unit, county, "chemicals", twin=True)
        for form in ("有限公司", "科技有限公司")
    ]


def _describe(plant: Plant, market: Market, rng: random.Random) -> None:
    facts = province().trades[plant.industry]
    kinds = zip(("over_limit", "toxic", "energy"), facts.reasons, strict=True)
    reasons = tuple(reason for reason, share in kinds if rng.random() < share)
    plant.reasons = ("priority_task",) if plant.roster == "key_industry" else reasons or ("toxic",)
    plant.permit_class = rng.choices(("key", "simplified", "registered"), facts.permit)[0]
    plant.assessor = rng.choices(("province", "city", "county"), (20, 65, 15))[0]
    energy_only = plant.reasons == ("energy",)
    plant.authority = "development_reform" if (energy_only and rng.random() < 0.8) or rng.random() < 0.06 else "environment"
    if rng.random() < province().exceptions.stricter_level:
        plant.stricter_level = rng.choice((1, 2))
    firm = market.chosen(plant.unit, rng)
    plant.consultant = firm.name if firm else ""
    quality = rng.gauss(0, 1)
    plant.lines = _lines(plant, facts, quality, rng)
    plant.hazardous_waste_t = _wastes(plant, facts, rng)


def _lines(plant: Plant, facts: Trade, quality: float, rng: random.Random) -> list[Line]:
    mine = [s for s in industries()[plant.industry].systems if _known(s)]
    plant.measured = bool(mine)
    if not mine:
        return [line_of(_ANY, "综合", facts.output, quality, rng)]
    if len(mine) > 1:
        kinds = province().steel
        kind = rng.choices(list(kinds), list(kinds.values()))[0].split("+")
        mine = [s for s in mine if s.removeprefix(_STEEL) in kind] or mine
    several = len(mine) == 1 and rng.random() < 0.06
    found = []
    for system in mine:
        for line in ("1号线", "2号线") if several else ("",):
            process = f"{physics(system).system.process}{line}"
            found.append(line_of(system, process, facts.output, quality, rng))
    return found


def _known(system: str) -> bool:
    try:
        return not physics(system).system.stub
    except KeyError:  # a trade may name a system that nobody has entered yet
        return False


def _wastes(plant: Plant, facts: Trade, rng: random.Random) -> float | None:
    """Return the yearly hazardous waste that the plant is permitted to make; None where it declares none."""
    if rng.random() > facts.wastes:
        return None
    made = 0.0
    for line in plant.lines:
        values = line.values(line.base)
        roles = line.physics.values.items()
        made += sum(values[n] * q.per * line.output for n, q in roles if q.role == "hw" and q.per)
    if facts.waste_t:
        median, spread = facts.waste_t
        made = max(made, median * math.exp(spread * max(-2.3, min(2.3, rng.gauss(0, 1)))))
    return round(max(made * rng.uniform(1.02, 1.6), 0.2), 1)


def _audit(plant: Plant, setting: Setting, rng: random.Random) -> None:
    """Plan the options, carry them out, and let the plant go its way, which is the shorter where it reaches its target."""
    facts, firm = province(), setting.firms.get(plant.consultant)
    aims = aims_of(setting.programme, plant.industry, plant.hazardous_waste_t, plant.stricter_level)
    vigour = min(0.995, max(0.7, 0.97 - 0.04 * (firm.skill if firm else 0.3) + rng.gauss(0, 0.03)))
    plant.options = planned(plant.industry, plant.lines, aims, vigour, rng)
    for option in plant.options:
        option.dropped = rng.random() < 0.02
        option.ready = rng.betavariate(2, 3) if option.kind == "no_low_cost" else rng.betavariate(5, 2)
    carried_out(plant.lines, plant.options, facts.drift, rng.random() < facts.drift.bad_share, rng)
    if plant.measured:
        plant.attained = not any(
            gaps(line, aims, figures(line, line.base, line.answers), figures(line, line.after, line.after_answers))
            for line in plant.lines
        )
    slow = setting.unit_slow[plant.unit] + setting.trade_slow[plant.industry] + rng.gauss(0, facts.spread.plant)
    slow += firm.skill * 0.4 if firm else 0.1
    permit = plant.permit_class != "registered"
    plant.path = walk(setting.programme, rng, permit=permit, slow=slow, attained=plant.attained, own_deadline=None)


def _exceptions(found: list[Plant], programme: Programme, rng: random.Random) -> None:
    """Let some plants leave the programme, and give a few their own deadline."""
    facts = province()
    end = due_of(programme.final) or LISTED_ON + dt.timedelta(days=345)
    movable = [p for p in found if not p.twin]
    for plant in rng.sample(movable, round(len(found) * facts.leaves.share)):
        since = next_working_day(LISTED_ON + dt.timedelta(days=rng.randint(15, (end - LISTED_ON).days)))
        done = plant.path.get(programme.final.id)
        if done and done.date <= since:
            continue
        kinds = facts.leaves.kinds
        plant.left = Standing(rng.choices(list(kinds), list(kinds.values()))[0], since)
    told, days = facts.exceptions.own_deadline_told, facts.exceptions.own_deadlines
    waiting = [p for p in found if not p.left.since and _waits(p, told)]
    wanted = max(len(days), round(len(found) * facts.exceptions.own_deadline))
    for n, plant in enumerate(rng.sample(waiting, min(wanted, len(waiting)))):
        plant.own_deadline = (told, days[n % len(days)])


def _waits(plant: Plant, day: dt.date) -> bool:
    reached = plant.by(day)
    return "accepted" not in reached and all(r.passed is not False for r in reached.values())
