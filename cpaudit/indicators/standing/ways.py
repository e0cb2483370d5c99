"""The cheapest way up: the smallest total change that brings a plant to a level, exactly."""

from __future__ import annotations

from dataclasses import replace
from math import lcm
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.indicators.expression.frames import KEYS
from cpaudit.indicators.standing.asked import costs_of, level_of, scorer_of
from cpaudit.indicators.standing.blocks import DECLINED, MISSING, REPORTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from cpaudit.indicators.standing.blocks import Block
    from cpaudit.indicators.standing.scorer import Scorer


class WaysUp(NamedTuple):
    """达到某一级别的最小改进：每个工序一行，以及须改进的指标。

    ``units``: one row per unit; ``steps``: one row per indicator that must get better.
    """

    units: pd.DataFrame
    steps: pd.DataFrame


class _Step(NamedTuple):
    at: int
    to: int
    cost: float
    forced: bool


class _Way(NamedTuple):
    level: int
    cost: float
    steps: tuple[_Step, ...]


def ways_up(scorer: Scorer, level: int | str, costs: Mapping[str, float] | None = None) -> WaysUp:
    """最小的改进：各单元达到 ``level`` 或更高一级，须改进的总变化最小的一组指标。

    The cost of an indicator is its relative change: |benchmark - value| ÷ |value| (÷ |benchmark| where the value is 0); one
    per level for qualitative and composite answers; one for an answer that is missing. That is a convention of this
    workbench; ``costs`` (indicator id → cost of bringing it there, in any one unit) replaces it. Limiting indicators, and others
    where the system's rule asks a level of them, must be met whatever they cost; of the rest the cheapest set that lifts the
    index over its threshold is found by going through all sets, dropping those that another one beats in both cost and
    points. Among sets of equal cost the one with fewer indicators is taken.

    Args:
        level: 1, 2 or 3 (or Ⅰ级, Ⅱ级, Ⅲ级).

    Returns:
        ``units``: plant_id, system, process, period; level (now, as :func:`~cpaudit.indicators.score` says; Int64), reached (the
        level that the way leads to; null where there is none: no composite index, or an indicator that can't be met), cost (0
        where nothing need change), n_steps.
        ``steps``: the same keys; indicator, name, unit, value (null: missing), to_level, target (the benchmark to reach; null
        for qualitative answers), cost, forced (must be met whatever the points). Sorted by the keys, then in printing order.

    >>> import cpaudit as cp
    >>> mine = cp.example().plant("霁丑特种水泥").measurements
    >>> after = cp.indicators.Scorer(mine[mine["period"] == "after"])
    >>> ways_up(after, 1).steps["to_level"].unique().tolist()
    [1]

    Raises:
        UsageError: ``scorer`` is none, ``level`` not 1, 2 or 3, or ``costs`` names no indicator or has no number from 0 up.
    """
    import pandas as pd

    scorer_of(scorer)
    level, costs = level_of(level), costs_of(costs, scorer)
    units, steps = [], []
    for block in scorer.blocks.values():
        levels = block.scores()["level"].tolist()
        ways = [_cheapest(block, row, now, level, costs) for row, now in enumerate(levels)]
        reached = _gone(block, ways).scores()["level"].tolist()
        for row, (now, way, then) in enumerate(zip(block.proved.tolist(), ways, reached, strict=True)):
            units.append((*block.units[row], now or None, then if way else None, way and way.cost, len(way.steps) if way else 0))
            steps += [(*block.units[row], *_told(block, row, step)) for step in (way.steps if way else ())]
    frame = pd.DataFrame(units, columns=[*KEYS, "level", "reached", "cost", "n_steps"])
    frame = frame.astype({"level": "Int64", "reached": "Int64", "cost": "float64"})
    columns = [*KEYS, "order", "indicator", "name", "unit", "value", "to_level", "target", "cost", "forced"]
    told = pd.DataFrame(steps, columns=columns).astype({"value": "float64", "target": "float64", "cost": "float64"})
    told = told.sort_values([*KEYS, "order"], ignore_index=True).drop(columns="order")
    return WaysUp(frame.sort_values(KEYS, ignore_index=True), told)


def _gone(block: Block, ways: list[_Way | None]) -> Block:
    """Return the block with every way gone."""
    values, states = block.values.copy(), block.states.copy()
    for row, way in enumerate(ways):
        for step in way.steps if way else ():
            values[row, step.at], states[row, step.at] = block.form.bounds[step.to - 1, step.at], REPORTED
    return replace(block, values=values, states=states)


def _told(block: Block, row: int, step: _Step) -> tuple[Any, ...]:
    told = block.form.rows[step.at]
    value = None if block.states[row, step.at] == MISSING else float(block.values[row, step.at] * block.form.sign[step.at])
    target = told[f"baseline_{step.to}"] if told["quantitative"] else None
    return (told["order"], told["indicator"], told["name"], told["unit"], value, step.to, target, step.cost, step.forced)


def _cheapest(block: Block, row: int, now: int, level: int, costs: Mapping[str, float]) -> _Way | None:
    """The best over the rules of ``level`` and of the stricter ones: a stricter level can be nearer (Y_III must be 100)."""
    if not now:
        return None
    if now <= level:
        return _Way(now, 0.0, ())
    found = [way for k in range(1, level + 1) if (way := _by_rule(block, row, k, costs))]
    return min(found, key=lambda way: (way.cost, len(way.steps), -way.level), default=None)


def _by_rule(block: Block, row: int, k: int, costs: Mapping[str, float]) -> _Way | None:
    """The cheapest way to fulfil the rule of level k."""
    form, rule = block.form, block.form.rule
    gains, need = _points(block, row, k)
    forced: list[_Step] = []
    items: list[tuple[int, float, int, _Step, _Step | None]] = []
    met = block.level_met[row]
    for at in block.applies[row].nonzero()[0]:
        asked = rule[f"limiting_at_{k}"] * form.limits[at] or rule[f"others_at_{k}"] * form.asks[at]
        must = (
            _Step(int(at), int(asked), _cost(block, row, int(at), int(asked), costs), True) if asked and met[at] > asked else None
        )
        if met[at] <= k:
            need -= gains[at]
        if must:
            forced.append(must)
            if met[at] > k >= must.to:
                need -= gains[at]
        if met[at] > k and gains[at] and not (must and must.to <= k):
            more = _Step(int(at), k, _cost(block, row, int(at), k, costs), bool(must))
            items.append((gains[at], more.cost - (must.cost if must else 0.0), 0 if must else 1, more, must))
    chosen = _lightest(need, [(gain, cost, more) for gain, cost, more, _, _ in items])
    if chosen is None:
        return None
    steps = {s.at: s for s in forced} | {items[i][3].at: items[i][3] for i in chosen}
    every = tuple(steps[at] for at in sorted(steps))
    return _Way(k, sum(s.cost for s in every), every)


def _points(block: Block, row: int, k: int) -> tuple[dict[int, int], int]:
    """The points that each indicator brings at level k, and the points that the rule asks for, as exact integers."""
    form, rule = block.form, block.form.rule
    off = ((block.states[row] == DECLINED) @ form.shares).astype(int)
    left = [int(x) for x in form.total - off * form.shared]
    gone = int(form.group_weight[form.empty(off)].sum())
    whole = int(rule["whole"]) - (gone if rule["empty_group"] == "drop" else 0)
    common = lcm(*(x for x in left if x > 0)) if any(x > 0 for x in left) else 1
    groups = form.shares.argmax(axis=1)
    gains = {}
    for at, g in enumerate(groups):
        weight = int(form.shares[at, g])
        gains[at] = int(form.group_weight[g]) * weight * (common // left[g]) * 10_000 if left[g] > 0 else 0
    return gains, int(rule[f"min_index_{k}"]) * whole * common


def _cost(block: Block, row: int, at: int, to: int, costs: Mapping[str, float]) -> float:
    told = block.form.rows[at]
    if told["indicator"] in costs:
        return float(costs[told["indicator"]])
    if block.states[row, at] == MISSING:
        return 1.0
    if not told["quantitative"]:
        return float(block.level_met[row, at] - to)
    value, target = abs(float(block.values[row, at])), told[f"baseline_{to}"]
    change = abs(target - float(block.values[row, at] * block.form.sign[at]))
    return float(change / (value or abs(target) or 1.0))


def _lightest(need: int, items: list[tuple[int, float, int]]) -> list[int] | None:
    """Return the items (gain, cost, count) of least cost, then count, whose gains reach ``need``; None where none do."""
    # Sets that no other beats in gain and cost; each remembers the last item taken and the set before.
    front: list[tuple[int, float, int, Any]] = [(0, 0.0, 0, None)]
    for i, (gain, cost, count) in enumerate(items):
        grown = [(min(g + gain, max(need, 0)), c + cost, n + count, (i, chain)) for g, c, n, chain in front if g < need]
        best = (float("inf"), 0)
        kept = []
        for state in sorted(front + grown, key=lambda s: (-s[0], s[1], s[2])):
            if (state[1], state[2]) < best:
                kept.append(state)
                best = (state[1], state[2])
        front = kept
    reached = [s for s in front if s[0] >= need]
    if not reached:
        return None
    chain, chosen = min(reached, key=lambda s: (s[1], s[2]))[3], []
    while chain:
        i, chain = chain
        chosen.append(i)
    return chosen
