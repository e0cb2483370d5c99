"""Measured values of every indicator of a plant's systems, before and after the audit, spread over the levels."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from cpaudit.indicators import Indicator, IndicatorSystem, systems
from cpaudit.programme import industries, load_programme
from cpaudit.sample.plants import Plant

#: What stands in a cell: a number, a word such as 是 or 不适用, or nothing.
Value = float | int | str | None

#: How a level or a yes/no answer is written.
_LEVELS = ("Ⅰ级", "Ⅱ级", "Ⅲ级", "未达Ⅲ级")
NOT_APPLICABLE = "不适用"


@dataclass(eq=False)
class Measured:
    """One indicator of one process of a plant; ``after`` is None until the options are carried out."""

    plant: Plant
    system: IndicatorSystem
    process: str
    indicator: Indicator
    before: Value
    after: Value


def measured_of(plant: Plant, rng: random.Random) -> list[Measured]:
    """Return the plant's values in printing order: none before its plan is ready, “after” only once it is carried out."""
    if "plan_ready" not in plant.dates:
        return []
    mine = [systems()[s] for s in industries()[plant.industry].systems if s in systems()]
    if len(mine) > 1:  # several processes: a plant has one to all of them
        mine = sorted(rng.sample(mine, rng.randint(1, len(mine))), key=mine.index)
    after = "implemented" in plant.dates
    reaches = rng.random() < (0.3 if plant.passed.get("accepted") is False else 0.82)
    rows: list[Measured] = []
    for system in mine:
        lines = ("1号线", "2号线") if len(mine) == 1 and rng.random() < 0.06 else ("",)
        for line in lines:
            rows += _process(plant, system, f"{system.process}{line}", after, reaches, rng)
    return rows


def _process(
    plant: Plant, system: IndicatorSystem, process: str, after: bool, reaches: bool, rng: random.Random
) -> list[Measured]:
    """Draw where each indicator ends (0 … 1 is level I, 1 … 2 level II, and so on), and how far back it began."""
    wanted = _wanted(plant)
    quality = rng.uniform(max(0.0, wanted - 1.6), wanted - 0.3)
    progress = rng.choice((0.05, 0.4, 0.8, 1.2, 1.5))
    indicators = system.indicators()
    # A plant that misses its target misses it in a few indicators that count, not in all.
    counting = [i.id for g in system.groups if g.category in ("resource_energy", "pollutant") for i in g.indicators]
    missed = set() if reaches or not counting else set(rng.sample(counting, min(len(counting), rng.randint(1, 3))))
    alone = {g.indicators[0].id for g in system.groups if len(g.indicators) == 1}
    rows = []
    for indicator in indicators:
        if not indicator.limiting and rng.random() < 0.012:
            # the only one of its category is filled in: that a whole category doesn't apply would be a question
            said = _written(indicator, max(quality, 0.0), rng) if indicator.id in alone else NOT_APPLICABLE
            rows.append(Measured(plant, system, process, indicator, said, said if after else None))
            continue
        end = min(max(quality + rng.uniform(-0.6, 0.25), 0.0), wanted - 0.02)
        if indicator.id in missed:
            end = min(wanted + rng.uniform(0.05, 0.7), 3.9)
        start = min(end + progress * rng.uniform(0.5, 1.4), 3.95)
        if rng.random() < 0.02:
            start = max(end - 0.2, 0.0)  # a few get worse
        first, last = _written(indicator, start, rng), _written(indicator, end, rng)
        if not indicator.limiting and rng.random() < 0.006:
            last = None
        rows.append(Measured(plant, system, process, indicator, first, last if after else None))
    _differ(rows, after, rng)
    return rows


def _wanted(plant: Plant) -> float:
    """Return the level that the notice asks of the plant's trade (1, 2 or 3)."""
    levels = [t.requires.level or 3 for t in load_programme("hebei-2021-2").targets_for(plant.industry, None)]
    asked = [*levels, plant.stricter_level or 3]
    return float(min(asked))


def _written(indicator: Indicator, position: float, rng: random.Random) -> Value:
    if indicator.answer == "yes_no":
        return "是" if position < 3.4 else "否"
    if indicator.answer == "level":
        return _LEVELS[min(int(position), 3)]
    marks = [b for b in (indicator.baselines.at(level) for level in (1, 2, 3)) if b is not None]
    if not marks:
        return round(rng.uniform(4, 8), 1)
    best, second, third = (marks + marks[-1:] * 2)[:3]
    lower = indicator.lower_is_better
    better = -1 if lower else 1  # benchmarks may be negative (a converter gains energy)
    ideal, worst = best + better * abs(best) * 0.1, third - better * abs(third) * 0.2
    if indicator.unit == "%":
        ideal, worst = min(ideal, 100.0), min(worst, 100.0)
    points = (ideal, best, second, third, worst)
    step = min(int(position), 3)
    value = points[step] + (points[step + 1] - points[step]) * (position - step)
    return _rounded(value, best or third or 1, lower=lower)


def _rounded(value: float, scale: float, *, lower: bool) -> float:
    """Round towards the better side, so that a value doesn't slip over the benchmark it meets, to three digits or so."""
    digits = max(0, min(6, 2 - math.floor(math.log10(abs(scale)))))
    factor = 10**digits
    shifted = round(value * factor, 6)
    rounded = (math.floor(shifted) if lower else math.ceil(shifted)) / factor
    return int(rounded) if digits == 0 else rounded


def _differ(rows: list[Measured], after: bool, rng: random.Random) -> None:
    """See to it that no process has the same numbers before and after by chance."""
    numbers = [r for r in rows if r.indicator.quantitative and _is_number(r.before) and _is_number(r.after)]
    if after and numbers and sum(r.before != r.after for r in numbers) < 2:
        for row in numbers[:4]:
            row.before = _written(row.indicator, 3 + rng.uniform(0.2, 0.9), rng)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float)
