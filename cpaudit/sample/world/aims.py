"""What the notice asks of a plant, and what of it a line's figures miss: the world's own reckoning, not the workbench's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cpaudit.indicators import Indicator, systems
from cpaudit.programme import Programme
from cpaudit.sample.world.lines import Line, rounded
from cpaudit.workspace.caches import cache

Figures = dict[str, float]


@dataclass(frozen=True)
class Aim:
    """One target: which indicators must reach which level; ``better``: which must improve where they have reached it before."""

    of: str
    categories: frozenset[str]
    level: int
    better: frozenset[str]

    def asks(self, category: str, indicator: Indicator) -> bool:
        """Whether an indicator must reach the level."""
        if self.of == "hazardous_waste":
            return indicator.hazardous_waste
        return self.of == "overall" or category in self.categories


@dataclass(frozen=True)
class Gap:
    """An indicator that misses: ``share`` is by how much it must fall (or how much of the way to the full value it must go)."""

    indicator: str
    share: float


def aims_of(programme: Programme, industry: str, hazardous_waste_t: float | None, stricter: int | None) -> tuple[Aim, ...]:
    """Return the targets that bind a plant."""
    found = []
    for target in programme.targets_for(industry, hazardous_waste_t):
        asked: Any = target.requires
        improve = frozenset(target.if_met_before.improve) if target.if_met_before else frozenset()
        categories = frozenset(getattr(asked, "categories", None) or ())
        level = min(asked.level, stricter or asked.level)
        found.append(Aim(asked.kind, categories, level, improve))
    return tuple(found)


def figures(line: Line, base: Figures, answers: dict[str, int]) -> Figures:
    """Return what a line reports: numbers as they are written, levels, 1 and 0."""
    values = line.values(base)
    found = {name: rounded(name, value, line.physics) for name, value in values.items() if not name.startswith("_")}
    return found | answers


def gaps(line: Line, aims: tuple[Aim, ...], before: Figures, now: Figures) -> list[Gap]:
    """Return what misses, the limiting indicators first; empty where the line reaches all that is asked."""
    found: dict[str, float] = {}
    for aim in aims:
        missing = {i.id: share for i, share in _missing(line, aim, now)}
        if not missing and aim.better and not _missing(line, aim, before):
            missing = _unimproved(line, aim, before, now)
        for name, share in missing.items():
            found[name] = max(share, found.get(name, 0.0))
    return [Gap(name, share) for name, share in sorted(found.items(), key=lambda pair: pair[1])]


@cache
def _required(system: str, aim: Aim) -> tuple[tuple[Indicator, float], ...]:
    """Return what must reach which mark; a bonus needn't."""
    found = ((g.category, i, i.baselines.at(aim.level)) for g in systems()[system].groups if not g.bonus for i in g.indicators)
    return tuple((i, mark) for category, i, mark in found if mark is not None and aim.asks(category, i))


@cache
def _improving(system: str, better: frozenset[str]) -> tuple[Indicator, ...]:
    """Return the numbers that must improve where the target was reached before."""
    numbers = ((g.category, i) for g in systems()[system].groups for i in g.indicators if i.answer == "number")
    return tuple(i for category, i in numbers if category in better or ("hazardous_waste" in better and i.hazardous_waste))


def _missing(line: Line, aim: Aim, now: Figures) -> list[tuple[Indicator, float]]:
    return [
        (indicator, _share(line, indicator, now[indicator.id], mark))
        for indicator, mark in _required(line.physics.system.id, aim)
        if indicator.id in now and not _meets(indicator, now[indicator.id], mark) and indicator.id not in line.inapplicable
    ]


def _meets(indicator: Indicator, value: float, mark: float) -> bool:
    if indicator.comparator in ("<", ">"):
        return value < mark if indicator.comparator == "<" else value > mark
    return value <= mark if indicator.comparator == "<=" else value >= mark


def _share(line: Line, indicator: Indicator, value: float, mark: float) -> float:
    if indicator.lower_is_better:
        return 1 - mark / value if value > 0 else min(1.0, (value - mark) / 20)
    quantity = line.physics.values.get(indicator.id)
    full = quantity.bounds[1] if quantity else mark
    return min(1.0, (mark - value) / (full - value)) if full > value else 1.0


def _unimproved(line: Line, aim: Aim, before: Figures, now: Figures) -> dict[str, float]:
    """Return what would have to improve by a twentieth so that half of the indicators do; or what has become worse."""
    worse: dict[str, float] = {}
    open_: dict[str, float] = {}
    improved = count = 0
    for indicator in _improving(line.physics.system.id, aim.better):
        if indicator.id not in now or indicator.id in line.inapplicable:
            continue
        first, last = before[indicator.id], now[indicator.id]
        best = 0.0 if indicator.lower_is_better else 100.0
        if first == last == best:
            continue
        count += 1
        gain = (first - last) if indicator.lower_is_better else (last - first)
        room = abs(first) if indicator.lower_is_better or indicator.unit != "%" else min(first, 100 - first)
        share = gain / room if room else 1.0
        if share < -0.005:
            worse[indicator.id] = 0.02
        elif share >= 0.05:
            improved += 1
        else:
            open_[indicator.id] = 0.06
    if worse:
        return worse
    return {} if not count or improved * 2 >= count else open_
