"""Indicator systems as the tables that the engine joins: one row per indicator, and the comparisons of conditions."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.indicators.definition.benchmarks import Amount, Baselines, Texts
from cpaudit.indicators.definition.catalogue import systems
from cpaudit.indicators.definition.conditions import Clause, Comparison, Normal
from cpaudit.indicators.definition.model import WEIGHT_UNIT
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from cpaudit.indicators.definition.indicator import Indicator
    from cpaudit.indicators.definition.model import Group, IndicatorSystem

_LEVELS = (1, 2, 3)
#: The sum of a group's weights stays below this, so that every product of the engine stays below 2^53.
_MOST = 900_000


class Asked(NamedTuple):
    """What an indicator asks of one plant; ``known`` is False where a parameter that it depends on isn't answered."""

    known: bool
    scorable: bool
    baselines: Baselines
    texts: Texts
    weight: Fraction | None


def indicator_table(chosen: Iterable[IndicatorSystem] | None = None) -> pd.DataFrame:
    """把评价指标体系列成表，每项指标一行。

    Return every indicator of the ``chosen`` systems (all, if not given) as one table, as the engine joins it.

    The rules of the system stand in every row, so that a changed copy of the table is a complete what-if. Of a system
    with parameters, the rows are those of a plant that answered none of them.

    Columns: form (the system's id, or one per set of parameters), system, status, group, category, indicator (ids); name,
    unit, group_name; group_weight and weight (integers; inside a group only the proportions count, so shares of group and
    of whole score alike; 1/10000 where that is exact); bonus, limiting, hazardous_waste, quantitative, lower_is_better,
    strict, scorable, composite (judged by conditions over several values or by a range), known (its parameters are),
    unreachable (a level without benchmark can't be reached), weighted (the system has a composite index) (booleans);
    baseline_1 … baseline_3 (floats, null where the level asks for nothing, can't be reached
    or, if not scorable, where the source has none); text_1 … text_3; min_index_1 … min_index_3 and index_cap
    (integers, 1/100 points); limiting_at_1 … limiting_at_3, others_at_1 … others_at_3 (the level that limiting and other
    indicators must meet before the plant can have level I, II, III; 0: none); renormalise, empty_group; order (printing
    order in its system).

    >>> import cpaudit as cp
    >>> len(cp.indicators.indicator_table()) > 0
    True
    """
    return _shipped().copy() if chosen is None else _table(chosen)


@cache
def _shipped() -> pd.DataFrame:
    return _table(systems().values())


def _table(chosen: Iterable[IndicatorSystem]) -> pd.DataFrame:
    import pandas as pd

    rows = [row for system in chosen for row in rows_at(system, {}, system.id)]
    return pd.DataFrame(rows).astype({f"baseline_{k}": "float64" for k in _LEVELS})


def rows_at(system: IndicatorSystem, parameters: Mapping[str, Fraction | str | None], form: str) -> list[dict[str, Any]]:
    """Return the rows of :func:`indicator_table` of one system for plants with these parameters."""
    heads = [g.weight.at(parameters) if g.weight else None for g in system.groups]
    group_weights = whole_weights(heads, WEIGHT_UNIT)
    rows: list[dict[str, Any]] = []
    weighted = system.scorable and all(h is not None for h in heads)
    for group, group_weight in zip(system.groups, group_weights, strict=True):
        asked = [asked_of(i, parameters) for i in group.indicators]
        weights = whole_weights([a.weight for a in asked], _MOST)
        lost = system.scorable and any(a.scorable and a.weight is None for a in asked)
        for indicator, found, weight in zip(group.indicators, asked, weights, strict=True):
            row = _row(system, group, indicator, found) | benchmarks_at(found, parameters)
            row |= {"form": form, "group_weight": group_weight, "weight": weight, "order": len(rows)}
            rows.append(row | {"weighted": weighted and not lost})
        weighted = weighted and not lost
    return [row | {"weighted": weighted} for row in rows]


def asked_of(indicator: Indicator, parameters: Mapping[str, Fraction | str | None]) -> Asked:
    """Return what an indicator asks of a plant with these parameters: the first variant that fits, else its own."""
    variant, known, scorable = None, True, indicator.scorable
    for candidate in indicator.variants:
        fits = candidate.fits(parameters)
        if fits is not False:
            variant, known = candidate, bool(fits)
            break
    else:
        # A plant that none of the variants is for isn't asked, unless the indicator has benchmarks of its own.
        scorable = scorable and not (indicator.variants and not indicator.baselines.all)
    baselines = variant.baselines if variant and variant.baselines else indicator.baselines
    weight = variant.weight if variant and variant.weight else indicator.weight
    if known and indicator.blank == "not_scorable" and not indicator.conditions:
        scorable = scorable and len(baselines.all) == 3
    numbers = [b.at(parameters) for b in baselines.all if not b.range]
    known = known and None not in numbers
    texts = variant.texts if variant and variant.texts else indicator.texts
    return Asked(known, scorable, baselines, texts, weight.at(parameters) if weight else None)


def whole_weights(shares: Sequence[Fraction | None], most: int) -> list[int]:
    """Return weights as integers in the same proportions, exactly where their sum stays within ``most``.

    Decimals of four places come out in 1/10000; thirds and the like over their common denominator; else they are rounded
    to 1/10000 of their sum, the largest remainders up.

    >>> whole_weights([Fraction(8, 30)] * 3 + [Fraction(2, 10)], 900_000)
    [4, 4, 4, 3]
    """
    known = [s or Fraction(0) for s in shares]
    if all((s * WEIGHT_UNIT).denominator == 1 for s in known):
        return [int(s * WEIGHT_UNIT) for s in known]
    common = lcm(*(s.denominator for s in known))
    whole = [int(s * common) for s in known]
    whole = [w // (gcd(*whole) or 1) for w in whole]
    if sum(whole) <= most:
        return whole
    exact = [s * WEIGHT_UNIT / sum(known) for s in known]
    down = [int(e) for e in exact]
    for at in sorted(range(len(exact)), key=lambda n: down[n] - exact[n])[: WEIGHT_UNIT - sum(down)]:
        down[at] += 1
    return down


def _row(system: IndicatorSystem, group: Group, indicator: Indicator, asked: Asked) -> dict[str, Any]:
    composite = indicator.answer == "conditions" or indicator.comparator == "between"
    row: dict[str, Any] = {
        "system": system.id,
        "status": system.status,
        "group": group.id,
        "group_name": group.name,
        "category": group.category,
        "indicator": indicator.id,
        "name": indicator.name,
        "unit": indicator.unit,
        "bonus": group.bonus,
        "limiting": indicator.limiting,
        "hazardous_waste": indicator.hazardous_waste,
        "quantitative": indicator.quantitative,
        "lower_is_better": indicator.lower_is_better or composite,
        "strict": indicator.comparator in ("<", ">"),
        "scorable": asked.scorable,
        "composite": composite,
        "known": asked.known,
        "unreachable": indicator.blank == "unreachable",
        "index_cap": int(system.index_cap * 100),
        "renormalise": system.renormalise,
        "empty_group": system.empty_group,
    }
    for level in _LEVELS:
        rule = system.level_rules.at(level)
        row[f"min_index_{level}"] = int(rule.min_index * 100)
        row[f"limiting_at_{level}"], row[f"others_at_{level}"] = rule.limiting or 0, rule.others or 0
        row[f"text_{level}"] = (asked.texts.I, asked.texts.II, asked.texts.III)[level - 1]
    return row


def benchmarks_at(asked: Asked, parameters: Mapping[str, Fraction | str | None]) -> dict[str, float | None]:
    """Return baseline_1 … baseline_3 of one plant."""
    found: dict[str, float | None] = {}
    for level in _LEVELS:
        benchmark = asked.baselines.benchmark(level)
        number = None if benchmark is None or benchmark.range else Amount.at(benchmark, parameters)
        found[f"baseline_{level}"] = None if number is None else float(number)
    return found


def condition_rows(system: IndicatorSystem, parameters: Mapping[str, Fraction | str | None], form: str) -> list[dict[str, Any]]:
    """Return one row per comparison that a composite indicator makes.

    Keys: form, indicator, level (1, 2, 3), need (clauses that must hold), clause (number), clause_need (comparisons of it
    that must hold), part (id of the value), sign (+1/-1: signed values are better the larger they are), number, strict.
    """
    rows = []
    for indicator in system.indicators():
        if not (indicator.conditions or indicator.comparator == "between"):
            continue
        asked = asked_of(indicator, parameters)
        if not (asked.scorable and asked.known):
            continue
        for level in _LEVELS:
            normal = _normal(indicator, asked, level)
            for at, clause in enumerate(normal.clauses if normal else ()):
                for part, sign, number in clause.comparisons:
                    row = {"form": form, "indicator": indicator.id, "level": level, "need": normal.need if normal else 0}
                    row |= {"clause": at, "clause_need": clause.need, "part": part}
                    rows.append(row | {"sign": -1.0 if sign[0] == "<" else 1.0, "number": number, "strict": len(sign) == 1})
    return rows


def _normal(indicator: Indicator, asked: Asked, level: int) -> Normal | None:
    """Return the condition of one level; a range is two comparisons of the indicator's own value."""
    if indicator.conditions:
        condition = indicator.conditions.at(level)
        return condition.normal() if condition else None
    benchmark = asked.baselines.benchmark(level)
    if indicator.comparator != "between" or benchmark is None:
        return None
    bounds = [(">=", benchmark.min), ("<=", benchmark.max)]
    both = tuple(Comparison(indicator.id, sign, float(b)) for sign, b in bounds if b is not None)
    return Normal(1, (Clause(len(both), both),))
