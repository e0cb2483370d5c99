"""A production line: the machine it is built with, its physical quantities, and the figures that follow from them."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

from cpaudit.sample.world.facts import Machine, Physics, Quantity, Three, physics

#: A tenth of what is drawn lies beyond: the best and the worst of ``usual``.
_TENTH = 1.2816
#: Nothing lies farther out, so that bounds hold by themselves.
_FARTHEST = 2.0
#: How much of a line's luck is the plant's own quality.
_SHARED = 0.35


@dataclass(eq=False)
class Line:
    """One line of a plant. ``base``: what was drawn (a value, or a multiple of another); ``answers``: 1 … 4, or 1 and 0."""

    physics: Physics
    process: str
    output: float
    scale: float
    fixed: dict[str, float]
    base: dict[str, float]
    answers: dict[str, int]
    inapplicable: frozenset[str] = frozenset()
    #: The same after the audit; the machine stays.
    after: dict[str, float] = field(default_factory=dict)
    after_answers: dict[str, int] = field(default_factory=dict)

    def values(self, base: dict[str, float]) -> dict[str, float]:
        """Return every quantity's figure, exact: what is drawn, and what follows from it."""
        found: dict[str, float] = dict(self.fixed)
        for name, quantity in self.physics.values.items():
            if name in found:
                continue
            if quantity.sum:
                found[name] = sum(found[part] * factor for part, factor in quantity.sum.items())
            elif quantity.of:
                found[name] = found[quantity.of] * base[name] / (1 - (found[quantity.less] / 100 if quantity.less else 0.0))
            else:
                found[name] = base[name]
        return found


def line_of(system_id: str, process: str, scale_of: tuple[float, float] | None, quality: float, rng: random.Random) -> Line:
    """Draw a line. ``scale_of``: median and spread of the output where no machine gives it; ``quality``: above 0 is worse."""
    found = physics(system_id)
    machine = rng.choices(found.machines, [m.share for m in found.machines])[0] if found.machines else None
    if machine:
        usual = sum(m.output * m.share for m in found.machines) / sum(m.share for m in found.machines)
        output = machine.output * rng.uniform(0.72, 1.02)
        scale = output / usual
    else:
        median, spread = scale_of or (10000.0, 0.6)
        scale = math.exp(spread * max(-_FARTHEST, min(_FARTHEST, rng.gauss(0, 1))))
        output = median * scale
    fixed = {k: v for k, v in (machine.sets if machine else {}).items() if k in found.values or not _answers(found, k)}
    base = {name: _drawn(q, machine, name, quality, rng) for name, q in found.values.items() if not q.sum}
    answers = {name: _answered(shares, quality, rng) for name, shares in found.answers.items()}
    answers |= {k: int(v) for k, v in (machine.sets if machine else {}).items() if _answers(found, k)}
    return Line(found, process, output, scale, fixed, base, answers, _inapplicable(found, rng))


def _answers(found: Physics, name: str) -> bool:
    """Whether a machine's own entry is a level of a qualitative indicator."""
    return any(i.id == name and i.answer != "number" for i in found.system.indicators())


def _drawn(quantity: Quantity, machine: Machine | None, name: str, quality: float, rng: random.Random) -> float:
    usual = (machine.usual.get(name) if machine else None) or quantity.usual
    assert usual
    far = _SHARED * quality + math.sqrt(1 - _SHARED**2) * rng.gauss(0, 1)
    value = at(usual, max(-_FARTHEST, min(_FARTHEST, far)))
    if quantity.of:
        return max(value, 0.0)
    return min(max(value, quantity.bounds[0]), quantity.bounds[1])


def at(usual: Three, far: float) -> float:
    """Return what lies so far from the middle, in standard deviations; the good side is below 0.

    >>> [round(at((94, 98, 106), far), 1) for far in (-1.2816, 0, 1.2816)]
    [94.0, 98.0, 106.0]
    """
    best, middle, worst = usual
    end = worst if far > 0 else best
    if 0 < best < worst:  # what falls without end becomes rare, not negative
        return float(middle * (end / middle) ** (abs(far) / _TENTH))
    return middle + (end - middle) * abs(far) / _TENTH


def _answered(shares: tuple[float, ...], quality: float, rng: random.Random) -> int:
    drawn = min(max(rng.random() + 0.06 * quality, 0.0), 0.999)
    if len(shares) == 1:
        return int(drawn < shares[0])
    reached = 0.0
    for level, share in enumerate(shares, start=1):
        reached += share
        if drawn < reached:
            return level
    return max((n for n, share in enumerate(shares, start=1) if share), default=3)


def _inapplicable(found: Physics, rng: random.Random) -> frozenset[str]:
    """A few indicators don't apply to a plant; never a whole group, never one that limits."""
    free = [i.id for g in found.system.groups if len(g.indicators) > 2 for i in g.indicators[1:] if not i.limiting]
    own = {part for q in found.values.values() for part in (*q.sum, q.of, q.less) if part} | found.fixed
    return frozenset(rng.sample(free, 1)) - own if free and rng.random() < 0.12 else frozenset()


def rounded(name: str, value: float, found: Physics) -> float:
    """Return a figure as it is reported."""
    digits = found.decimals.get(name)
    if digits is None:
        return value
    low, high = found.values[name].bounds
    written = min(max(round(value, digits), low), high)
    return int(written) if digits == 0 else written + 0.0
