"""The sliders of a what-if: which values their positions stand for, and where the benchmarks lie on them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from cpaudit.vocabulary import LEVELS

#: How far beyond level I a slider reaches, and at most beyond level III, in widths of level III to I.
_BEYOND, _WORST = 0.25, 3.0
#: A slider has at least so many positions, ten times as many at most.
_POSITIONS = 100


@dataclass(frozen=True, slots=True)
class Control:
    """One slider: position ``n`` of 0 … ``count`` stands for ``start + n * step``; the worst is on the left.

    ``value`` is what was reported (None: missing); ``labels`` name the positions of answers in words; ``marks`` are level and
    place (0 … 1) of the benchmarks; ``between``: the best value lies between two bounds;
    ``strict``: a value equal to a benchmark doesn't meet it.
    """

    process: str
    system: str
    indicator: str
    name: str
    unit: str
    limiting: bool
    start: float
    step: float
    count: int
    digits: int
    value: float | None
    labels: tuple[str, ...] = ()
    marks: tuple[tuple[int, float], ...] = ()
    asked: str = ""
    between: bool = False
    strict: bool = False

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest value."""
        ends = sorted((self.start, round(self.start + self.count * self.step, self.digits)))
        return ends[0], ends[1]

    def reaching(self, level: int, benchmark: float | None) -> float:
        """Return the value that just meets a level; ``benchmark``: its number, None for answers in words."""
        if benchmark is None:
            return float(level) if len(self.labels) > 2 else 1.0
        return round(benchmark + self.step, self.digits) if self.strict else benchmark


def over_numbers(common: dict[str, Any], told: dict[str, Any], seen: list[float]) -> Control:
    """Return a slider over numbers: from the worst that was reported for the indicator to a bit beyond level I.

    ``common``: what every slider says; ``told``: the indicator's row of the indicator table; ``seen``: the extremes reported.
    """
    unit, value = common["unit"], common["value"]
    baselines = {k: told[f"baseline_{k}"] for k in (1, 2, 3)} if told["quantitative"] else {}
    known = {k: float(b) for k, b in baselines.items() if b is not None and not math.isnan(b)}
    lower = bool(told["lower_is_better"]) if told["quantitative"] else False
    low, high = _range(list(known.values()), [*seen, *([] if value is None else [value])], value, lower=lower, unit=unit)
    step = 10.0 ** math.floor(math.log10((high - low) / _POSITIONS))
    digits = max(0, -round(math.log10(step)))
    low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    count = round((high - low) / step)
    start, way = (high, -step) if lower else (low, step)
    marks = tuple((k, round((b - start) / (way * count), 4)) for k, b in known.items())
    asked = "　".join(f"{LEVELS[k]} {b:g}" for k, b in reversed(known.items()))
    kind = {"between": not told["quantitative"], "strict": told["strict"]}
    return Control(**common, start=round(start, digits), step=way, count=count, digits=digits, marks=marks, asked=asked, **kind)


def _range(known: list[float], seen: list[float], value: float | None, *, lower: bool, unit: str) -> tuple[float, float]:
    """Return the ends of a slider; a slip of a thousand in somebody's return doesn't stretch it."""
    every = known or seen or [1.0]
    width = (max(every) - min(every)) or abs(every[0]) or 1.0
    sign = -1.0 if lower else 1.0
    best = max(sign * k for k in every) + _BEYOND * width
    floor = min(sign * k for k in every) - _WORST * width
    worst = max(floor, min([sign * s for s in seen] + [min(sign * k for k in every) - 0.5 * width]))
    ends = [best, worst] + ([] if value is None else [sign * value])
    low, high = min(sign * e for e in ends), max(sign * e for e in ends)
    if min([*every, *seen, value or 0.0]) >= 0:
        low = max(low, 0.0)
    if unit == "%" and max([*known, value or 0.0]) <= 100:
        high = min(high, 100.0)
    return low, high if high > low else low + width
