"""The options that a plant plans: chosen for what it misses, with a cost, a life and an effect; and what they move."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from cpaudit.sample.world.aims import Aim, Figures, Gap, figures, gaps
from cpaudit.sample.world.facts import Drift, Measure, Quantity, measures
from cpaudit.sample.world.lines import Line

#: An option that costs more than this (万元) is no low-cost one.
_LOW = 5.0
_MOST_HIGH = 6
#: Below this (万元 a year) no benefit is stated.
_LEAST_TOLD = 0.3
#: What the water carries falls with the water, and beside that no further than to this share.
_IN_WATER, _LEAST_LEFT = ("waste_water", "cod", "ammonia"), 0.75


@dataclass(eq=False)
class Option:
    """One option; ``benefits`` are keyed by the columns of the options table; ``effects``: role → share, on ``line``."""

    number: str
    name: str
    kind: str
    investment: float
    life: float
    line: Line | None
    measure: Measure
    effects: dict[str, float]
    benefits: dict[str, float] = field(default_factory=dict)
    dropped: bool = False
    #: Months into the work until it is carried out, as a share of the time from the plan to its end.
    ready: float = 1.0


def planned(industry: str, lines: list[Line], aims: tuple[Aim, ...], vigour: float, rng: random.Random) -> list[Option]:
    """Return a plant's options: some that cost little, and the larger ones that what it misses calls for.

    ``vigour`` (0 … 1) is the share of what it misses that a plant does something about.
    """
    usable = [m for m in measures().options if not m.trades or industry in m.trades]
    low = [m for m in usable if m.class_ == "no_low_cost" and _acts(m, lines)]
    high = [m for m in usable if m.class_ != "no_low_cost" and _acts(m, lines)]
    chosen = [_instance(m, _any_line(m, lines, rng), {}, rng) for m in rng.sample(low, min(len(low), rng.randint(2, 5)))]
    chosen += _called_for(high, lines, aims, chosen, vigour, rng)
    if high and not any(o.kind != "no_low_cost" for o in chosen):
        chosen += [_instance(m, _any_line(m, lines, rng), {}, rng) for m in rng.sample(high, min(len(high), rng.randint(1, 2)))]
    counts = {"no_low_cost": 0, "medium_high_cost": 0}
    several = len({line.process for line in lines}) > 1
    for option in chosen:
        counts[option.kind] += 1
        option.number = f"{'WD' if option.kind == 'no_low_cost' else 'ZG'}{counts[option.kind]}"
        if several and option.line and option.kind != "no_low_cost":
            option.name = f"{option.name}（{option.line.process}）"
    return chosen


def carried_out(lines: list[Line], options: Iterable[Option], drift: Drift, bad: bool, rng: random.Random) -> None:
    """Set what the lines are after the audit: the before-values moved by the options carried out, and by the year."""
    done = [o for o in options if not o.dropped]
    mean, spread = drift.bad if bad else drift.usual
    for line in lines:
        base, line.after_answers = moved(line, done)
        for name, quantity in line.physics.values.items():
            if name in base and name not in line.fixed and quantity.role and quantity.decimals is None:
                base[name] = _shifted(quantity, base[name], -rng.gauss(mean, spread))
        line.after = base


def moved(line: Line, options: Iterable[Option]) -> tuple[Figures, dict[str, int]]:
    """Return a line's quantities and levels once the options are carried out."""
    base, answers = dict(line.base), dict(line.answers)
    for option in options:
        if option.line is not line:
            continue
        for name, quantity in line.physics.acted(option.effects):
            effect = option.effects[quantity.role]
            if name in base and name not in line.fixed:
                least = line.base[name] * _LEAST_LEFT if quantity.role in _IN_WATER else -math.inf
                base[name] = max(_shifted(quantity, base[name], effect), least)
        for name in option.measure.lifts:
            level = answers.get(name)
            if level is not None and name not in line.fixed:
                answers[name] = max(1, level - 1) if len(line.physics.answers.get(name, ())) != 1 else 1
    return base, answers


def _shifted(quantity: Quantity, value: float, effect: float) -> float:
    low, high = quantity.bounds
    if quantity.of:
        return max(value * (1 - effect), 0.0)
    if quantity.falls:
        return max(value * (1 - effect), low)
    return min(max(value + (high - value) * effect, low), high)


def _acts(measure: Measure, lines: list[Line]) -> bool:
    """Whether a plant can carry out an option at all: a line has what it acts on, or it acts on none."""
    return any(_fits(measure, line) for line in lines) or (not measure.acts and bool(measure.also))


def _fits(measure: Measure, line: Line) -> bool:
    if measure.systems and line.physics.system.id not in measure.systems:
        return False
    return not line.physics.roles.isdisjoint(measure.acts)


def _any_line(measure: Measure, lines: list[Line], rng: random.Random) -> Line | None:
    fitting = [line for line in lines if _fits(measure, line)]
    return rng.choice(fitting) if fitting else None


def _called_for(
    high: list[Measure], lines: list[Line], aims: tuple[Aim, ...], chosen: list[Option], vigour: float, rng: random.Random
) -> list[Option]:
    """Choose one option after another for what is still missed, until nothing is, or no more is planned."""
    found: list[Option] = []
    ignored: set[tuple[int, str]] = set()
    for line in lines:
        before = figures(line, line.base, line.answers)
        for _ in range(_MOST_HIGH):
            base, answers = moved(line, [*chosen, *found])
            left = [g for g in gaps(line, aims, before, figures(line, base, answers)) if (id(line), g.indicator) not in ignored]
            if not left:
                break
            gap = left[0]
            if rng.random() > vigour:
                ignored.add((id(line), gap.indicator))
                continue
            wanted = _roles(line, gap.indicator)
            taken = {id(o.measure) for o in found if o.line is line}
            fitting = [m for m in high if id(m) not in taken and _fits(m, line) and _helps(m, wanted, gap)]
            if not fitting:
                ignored.add((id(line), gap.indicator))
                continue
            measure = rng.choice(fitting)
            found.append(_instance(measure, line, dict.fromkeys(wanted, gap.share), rng))
    return found


def _helps(measure: Measure, wanted: set[str], gap: Gap) -> bool:
    return any(role in measure.acts for role in wanted) or gap.indicator in measure.lifts


def _roles(line: Line, indicator: str) -> set[str]:
    """Return what would move an indicator: its own role, and those of what it follows from."""
    quantity = line.physics.values.get(indicator)
    if quantity is None:
        return set()
    parts = {*quantity.sum, quantity.of, quantity.less} - {""}
    return {r for r in (quantity.role, *(role for part in parts for role in _roles(line, part))) if r}


def _instance(measure: Measure, line: Line | None, needed: dict[str, float], rng: random.Random) -> Option:
    effects = {}
    for role, (least, most) in measure.acts.items():
        effect = rng.uniform(least, most)
        if role in needed:
            effect = min(most, max(least, needed[role] * rng.uniform(1.05, 1.4)))
        effects[role] = effect
    scale = (line.scale if line else 1.0) ** 0.6
    saved = _saved(line, effects, rng) if line else {}
    for column, (least, most) in measure.also.items():
        saved[column] = _amount(rng.triangular(least, most, least + (most - least) * 0.3) * min(scale, 3.0))
    earned = _earned(line, effects) * rng.uniform(0.85, 1.1)
    earned += sum(0.12 * v for c, v in saved.items() if c in measure.also and c in ("materials_t", "solid_waste_t"))
    if measure.pays:
        invested = earned * rng.uniform(*measure.pays)
    else:
        assert measure.costs
        invested = rng.uniform(*measure.costs) * (1.0 if measure.class_ == "no_low_cost" else scale)
    if measure.class_ != "no_low_cost":
        invested = max(invested, rng.uniform(_LOW * 1.2, _LOW * 3))
    # what is hardly worth the paper isn't reckoned
    benefits = {"economic_benefit_wan_yuan": _amount(earned) if earned >= _LEAST_TOLD else 0.0, **saved}
    return Option("", measure.name, measure.class_, _amount(invested), measure.life, line, measure, effects, benefits)


def _saved(line: Line, effects: dict[str, float], rng: random.Random) -> dict[str, float]:
    """Return what an option saves a year, by column; carbon dioxide follows the energy."""
    saved: dict[str, float] = {}
    carbon = 0.0
    for role, amount in _amounts(line, effects):
        column = measures().columns[role]
        saved[column.column] = saved.get(column.column, 0.0) + amount * column.factor
        carbon += amount * column.co2
    found = {column: _amount(amount) for column, amount in saved.items()}
    if carbon:
        found["co2_t"] = _amount(carbon * rng.uniform(0.985, 1.015))
    return {column: amount for column, amount in found.items() if amount}


def _earned(line: Line | None, effects: dict[str, float]) -> float:
    if line is None:
        return 0.0
    return sum(amount * measures().columns[role].price for role, amount in _amounts(line, effects))


def _amounts(line: Line, effects: dict[str, float]) -> list[tuple[str, float]]:
    found = []
    values = line.values(line.base)
    for name, quantity in line.physics.acted(effects):
        effect = effects[quantity.role]
        if quantity.per and quantity.role in measures().columns and name not in line.fixed:
            whole = values[name] if quantity.falls else quantity.bounds[1] - values[name]
            found.append((quantity.role, whole * effect * line.output * quantity.per))
    return found


def _amount(value: float) -> float:
    """Return an amount as a plant writes it."""
    return float(round(value)) if value >= 1000 else round(value, 1) if value >= 100 else round(value, 2)
