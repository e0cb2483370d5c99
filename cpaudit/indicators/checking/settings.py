"""The plants that a system with parameters is tried on: every choice, and numbers around all that the file names."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from cpaudit.indicators.definition.indicator import Parameter
    from cpaudit.indicators.definition.model import IndicatorSystem

#: What a plant answered to some parameters.
Setting = dict[str, "Fraction | str | None"]

#: More plants than this aren't tried; then every so manieth is.
MOST = 400

_SHARE_WORDS = ("占比", "比例", "份额", "比重")


def settings(system: IndicatorSystem, ids: Collection[str]) -> list[Setting]:
    """Return sensible answers to these parameters, as a grid; one empty setting if there are none.

    Choices: all. Numbers: 1 … 8, the bounds that variants name, and a number on either side of each. Shares (by their
    name: 占比, 比例 …): together they make the whole, so the corners, the middles of the edges and the centre.
    """
    asked = [p for p in system.parameters if p.id in ids]
    shares = [p for p in asked if _is_share(p)]
    axes: list[list[Setting]] = [[{p.id: a} for a in _answers(system, p)] for p in asked if p not in shares]
    if shares:
        every = [p for p in system.parameters if _is_share(p)]
        axes.append([{p.id: s[p.id] for p in shares} for s in _divided(every)])
    total = 1
    for axis in axes:
        total *= len(axis)
    grid = itertools.islice(itertools.product(*axes), 0, None, -(-total // MOST))
    return [{k: v for part in parts for k, v in part.items()} for parts in grid]


def told(system: IndicatorSystem, failing: Sequence[Setting], tried: Sequence[Setting]) -> str:
    """Say at which of the settings that were tried something fails: “层数 > 6 时”; '' if there are no parameters.

    Where one parameter alone decides, only that one is told; a tail of its numbers as a bound.
    """
    if not failing or not failing[0]:
        return ""
    names = {p.id: p for p in system.parameters}
    if len(failing) == len(tried):
        return f"无论{'、'.join(names[p].name for p in failing[0])}为何，"
    for alone in failing[0]:
        bad = {s[alone] for s in failing}
        if all(s in failing for s in tried if s[alone] in bad):
            return _of_one(names[alone], bad, {s[alone] for s in tried} - bad)
    some = ["、".join(f"{names[p].name} = {_shown(names[p], v)}" for p, v in s.items()) for s in failing[:2]]
    return f"{'；'.join(some)}{f' 等 {len(failing)} 种情形' if len(failing) > len(some) else ''}时"


def _of_one(parameter: Parameter, bad: set[Fraction | str | None], good: set[Fraction | str | None]) -> str:
    """Say at which answers to one parameter something fails."""
    numbers, others = (sorted(v for v in values if isinstance(v, Fraction)) for values in (bad, good))
    if numbers and others and numbers[0] > others[-1]:
        return f"{parameter.name} > {_number(others[-1])} 时"
    if numbers and others and numbers[-1] < others[0]:
        return f"{parameter.name} < {_number(others[0])} 时"
    shown = [_number(n) for n in numbers] or [label for c, label in parameter.choices.items() if c in bad]
    return f"{parameter.name}为{'、'.join(shown)}时"


def _answers(system: IndicatorSystem, parameter: Parameter) -> Sequence[Fraction | str]:
    if parameter.choices:
        return list(parameter.choices)
    fits = [v.when[parameter.id] for i in system.indicators() for v in i.variants if parameter.id in v.when]
    bounds = sorted({Fraction(b) for f in fits for b in (f.min, f.max, f.above, f.below) if b is not None})
    if not bounds:
        return [Fraction(n) for n in range(1, 9)]
    between = [(a + b) / 2 for a, b in itertools.pairwise(bounds)]
    return sorted({*bounds, *between, bounds[0] * Fraction(9, 10), bounds[-1] * Fraction(11, 10)})


def _is_share(parameter: Parameter) -> bool:
    return not parameter.choices and any(w in parameter.name for w in _SHARE_WORDS)


def _divided(shares: Sequence[Parameter]) -> list[Setting]:
    whole = Fraction(100 if shares[0].unit == "%" else 1)
    ways = [set(c) for n in (1, 2, len(shares)) for c in itertools.combinations(range(len(shares)), min(n, len(shares)))]
    unique = [w for at, w in enumerate(ways) if w not in ways[:at]]
    return [{p.id: whole / len(w) if at in w else Fraction(0) for at, p in enumerate(shares)} for w in unique]


def _shown(parameter: Parameter, value: Fraction | str | None) -> str:
    return parameter.choices[value] if isinstance(value, str) else _number(value or Fraction(0))


def _number(value: Fraction) -> str:
    return f"{float(value):g}"
