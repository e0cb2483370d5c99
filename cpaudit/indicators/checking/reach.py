"""Whether every level of a system can be reached: plants with just the answers that a level asks for are scored."""

from __future__ import annotations

import itertools
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from cpaudit.indicators.checking.settings import Setting, settings
from cpaudit.indicators.expression.tables import Asked, asked_of, benchmarks_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cpaudit.indicators.definition.conditions import Normal
    from cpaudit.indicators.definition.indicator import Conditions, Indicator, Part
    from cpaudit.indicators.definition.model import IndicatorSystem

#: More sets of values than this aren't tried for one indicator's conditions; then every so manieth is.
_MOST = 50_000

Values = dict[str, float]


class Short(NamedTuple):
    """A plant that meets a level throughout and yet doesn't get it; ``points`` (the index) are None where there is none."""

    level: int
    setting: Setting
    points: float | None
    limiting: bool


def short_of(system: IndicatorSystem, tried: list[Setting]) -> list[Short]:
    """Return where a level can't be reached although every answer is as that level asks.

    Where a level's rule asks more of limiting or other indicators than the level itself, the answers are as good as that.
    """
    import pandas as pd

    from cpaudit.indicators.expression.scoring import score

    rows = []
    composite = {(i.id, level): _composite(i, level) for i in system.indicators() if i.conditions for level in (1, 2, 3)}
    for number, setting in enumerate(tried):
        asked = [(i, what) for i in system.indicators() if (what := asked_of(i, setting)).scorable]
        for level in (1, 2, 3):
            for indicator, value in _answers(system, asked, setting, level, composite).items():
                key = {"plant_id": f"{number}", "system": system.id, "process": "", "period": f"{level}"}
                rows.append(key | {"indicator": indicator, "value": value, "state": "reported"})
    found = []
    for row in score(pd.DataFrame(rows), [system]).to_dict("records"):
        level = int(row["period"])
        if pd.isna(row["level"]) or row["level"] > level:
            index = row[f"index_{level}"]
            limiting = bool(row[f"limiting_{system.level_rules.at(level).limiting or 3}"])
            found.append(Short(level, tried[int(row["plant_id"])], None if pd.isna(index) else float(index), limiting))
    return sorted(found, key=lambda s: s.level)


def satisfying(indicator: Indicator) -> Iterator[tuple[Values, list[bool | None]]]:
    """Yield sets of values of a composite indicator's parts with what they meet at level I, II, III (None: asks nothing).

    One set for each way in which the values can lie to the numbers that they are compared with, so that what none of
    them meets can't be met.
    """
    conditions = indicator.conditions
    if conditions is None:
        return
    normals = [c.normal() if (c := conditions.at(k)) else None for k in (1, 2, 3)]
    axes = {part.id: _candidates(part, conditions) for part in indicator.parts}
    step = -(-prod(map(len, axes.values())) // _MOST)
    for values in itertools.islice(itertools.product(*axes.values()), 0, None, step):
        given = dict(zip(axes, values, strict=True))
        yield given, [None if n is None else _meets(n, given) for n in normals]


def _meets(normal: Normal, values: Values) -> bool:
    signs = {"<=": float.__le__, "<": float.__lt__, ">=": float.__ge__, ">": float.__gt__}
    clauses = (
        sum(signs[c.sign](values[c.part], c.number) for c in clause.comparisons) >= clause.need for clause in normal.clauses
    )
    return sum(clauses) >= normal.need


def _candidates(part: Part, conditions: Conditions) -> list[float]:
    """Every number that a part is compared with, and one on either side of each."""
    if part.answer != "number":
        return [1.0, 0.0] if part.answer == "yes_no" else [1.0, 2.0, 3.0, 4.0]
    asked = [c.normal() for k in (1, 2, 3) if (c := conditions.at(k))]
    marks = sorted({c.number for n in asked for clause in n.clauses for c in clause.comparisons if c.part == part.id})
    between = [(a + b) / 2 for a, b in itertools.pairwise(marks)]
    return sorted({*marks, *between, marks[0] - 1, marks[-1] + 1})


def _answers(
    system: IndicatorSystem,
    asked: list[tuple[Indicator, Asked]],
    setting: Setting,
    level: int,
    composite: dict[tuple[str, int], Values],
) -> Values:
    """What a plant reports that just meets a level with every indicator."""
    found: Values = {}
    for parameter in system.parameters:
        answer = setting[parameter.id]
        if answer is not None:
            found[parameter.id] = list(parameter.choices).index(answer) + 1 if isinstance(answer, str) else float(answer)
    rule = system.level_rules.at(level)
    for indicator, what in asked:
        wanted = min(level, (rule.limiting if indicator.limiting else rule.others) or level)
        if indicator.conditions:
            found |= composite[indicator.id, wanted]
        else:
            found[indicator.id] = _plain(indicator, what, setting, wanted)
    return found


def _composite(indicator: Indicator, level: int) -> Values:
    """Values that meet the level, else any."""
    first: Values = {}
    for values, met in satisfying(indicator):
        first = first or values
        if any(m is not False for m in met[:level]):
            return values
    return first


def _plain(indicator: Indicator, asked: Asked, setting: Setting, level: int) -> float:
    if indicator.comparator == "between":
        of_level = (asked.baselines.benchmark(k) for k in range(level, 0, -1))
        benchmark = next((b for b in of_level if b is not None), None)
        ends = [float(e) for e in (benchmark.min, benchmark.max) if e is not None] if benchmark else []
        return sum(ends) / len(ends) if ends else 0.0
    numbers = benchmarks_at(asked, setting)
    mark = next((n for k in range(level, 0, -1) if (n := numbers[f"baseline_{k}"]) is not None), 0.0)
    if indicator.comparator not in ("<", ">"):
        return mark
    return mark + (-1 if indicator.lower_is_better else 1) * 1e-6 * max(1.0, abs(mark))


def all_settings(system: IndicatorSystem) -> list[Setting]:
    """Return the plants on which reaching is tried."""
    return settings(system, {p.id for p in system.parameters})
