"""What questions to a scorer are given: the scorer itself, and the level that is asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.errors import UsageError
from cpaudit.errors.arguments import called, unfit
from cpaudit.indicators.expression.frames import LEVELS
from cpaudit.indicators.standing.scorer import Scorer
from cpaudit.vocabulary import level_number

if TYPE_CHECKING:
    from collections.abc import Mapping


def scorer_of(given: object) -> None:
    """Refuse what is no scorer.

    Raises:
        UsageError: it is none.
    """
    if not isinstance(given, Scorer):
        raise unfit("第一个参数", given, "请先用 cp.indicators.Scorer(实测值表) 准备，再把它给进来")


def level_of(given: object) -> int:
    """Return a level as people write it (2, "Ⅱ级") as a number.

    Raises:
        UsageError: it is none of the three.
    """
    level = level_number(given)
    if level not in LEVELS:
        raise UsageError(f"级别应写 1、2 或 3（Ⅰ、Ⅱ、Ⅲ级），不能写 {given if isinstance(given, str | int) else called(given)}。")
    return level


def costs_of(given: Mapping[str, float] | None, scorer: Scorer) -> dict[str, float]:
    """Return what it costs to change indicators, once all are indicators of the scorer's and all costs are numbers.

    Raises:
        UsageError: something isn't.
    """
    if given is None:
        return {}
    if not hasattr(given, "items"):
        raise unfit("参数 costs ", given, '请写成 {指标编号: 费用}，如 {"so2": 12}')
    known = {row["indicator"]: row["name"] for block in scorer.blocks.values() for row in block.form.rows}
    found = {}
    for indicator, cost in given.items():
        if known and indicator not in known:
            raise UsageError.among(f"没有编号为“{indicator}”的指标", (f"{id}（{name}）" for id, name in known.items()))
        try:
            found[indicator] = float(cost)
        except (TypeError, ValueError):
            raise unfit(f"指标“{indicator}”的费用", cost, "请写一个数") from None
        if not found[indicator] >= 0:
            raise UsageError(f"指标“{indicator}”的费用应为不小于 0 的数，不能是 {cost}。")
    return found
