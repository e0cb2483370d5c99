"""The model of one indicator system's file: its groups, level rules and publication, and that they fit together."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from cpaudit.indicators.definition.benchmarks import Amount, Texts
from cpaudit.indicators.definition.indicator import Indicator, Input, Parameter
from cpaudit.reference import Definition
from cpaudit.vocabulary import Category, Verification

if TYPE_CHECKING:
    pass

#: Weights are counted in ten-thousandths, so that sums and comparisons are exact.
WEIGHT_UNIT = 10_000


class Group(Definition):
    """A primary indicator (一级指标) with the category that the notice's targets refer to."""

    id: str
    name: str
    category: Category
    weight: Amount | None = None
    bonus: bool = False
    indicators: tuple[Indicator, ...]


class LevelRule(Definition):
    """What one level asks for: the composite index, the limiting indicators and, in some systems, all others."""

    min_index: Decimal = Field(ge=0, le=100, decimal_places=2)
    limiting: Literal[1, 2, 3] | None = None
    others: Literal[1, 2, 3] | None = None


class LevelRules(Definition):
    """The rule of each level; the first that holds, from I to III, is the plant's level."""

    I: LevelRule = LevelRule(min_index=Decimal(85), limiting=1)  # noqa: E741
    II: LevelRule = LevelRule(min_index=Decimal(85), limiting=2)
    III: LevelRule = LevelRule(min_index=Decimal(100), limiting=3)

    def at(self, level: int) -> LevelRule:
        """Return the rule of level 1, 2 or 3."""
        return (self.I, self.II, self.III)[level - 1]


class SystemDocument(Definition):
    """The publication that the file renders, and where it was seen."""

    title: str
    number: str = ""
    issued: str = ""
    seen_at: tuple[str, ...] = ()
    completeness: str = ""


class IndicatorSystem(Definition):
    """一个行业（工序）的清洁生产评价指标体系。

    An evaluation indicator system (清洁生产评价指标体系) for one process of a trade.

    ``weights``: how the file's secondary weights are printed: as shares of their group (sum 1), of the whole (sum = the
    group's weight), or not at all (HJ/T standards: levels by indicator, no composite index). ``renormalise``: whether the
    weight of what doesn't apply is shared out inside its group (the forms w/Σw, w·W/Σw and K = A1/A2 all say that), or
    lost. ``empty_group``: a group in which nothing applies is dropped and the rest divided by its own weight (``drop``),
    stays in the whole as points lost (``keep``), or leaves the plant without an index (``refuse``); indicators that can't be
    scored, or that no variant asks of a plant, count like those that don't apply. ``stub``: only title
    and scope are known; nothing can be scored. ``limits``: limits of energy (能耗限额) of the trades ``industries``, in force
    from ``applies_from`` to before ``applies_until``; a plant's place there is no part of its level.
    """

    id: str
    title: str
    process: str
    status: Verification
    stub: bool = False
    limits: bool = False
    industries: tuple[str, ...] = ()
    applies_from: dt.date | None = None
    applies_until: dt.date | None = None
    document: SystemDocument
    level_names: Texts = Texts()
    weights: Literal["share_of_group", "share_of_whole", "none"] = "share_of_group"
    level_rules: LevelRules = LevelRules()
    renormalise: Literal["within_group", "none"] = "within_group"
    empty_group: Literal["drop", "keep", "refuse"] = "drop"
    index_cap: Decimal = Decimal(100)
    parameters: tuple[Parameter, ...] = ()
    groups: tuple[Group, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.limits and (self.weights != "none" or self.applies_from is None):
            raise ValueError("能耗限额（limits: true）须写 applies_from 和 weights: none")
        if self.stub != (not self.groups):
            raise ValueError("没有指标的体系须注明 stub: true，有指标的不能注明")
        # Reporting tables name an answer by id or by name, so both must be unambiguous.
        own = [Input(i.id, i.name, i.unit, i.answer, {}) for i in self.indicators() if i.answer == "conditions"]
        asked = [*self.inputs(), *own]
        for what, keys in (("编号", [i.id for i in asked]), ("名称", [i.name for i in asked])):
            twice = sorted({k for k in keys if keys.count(k) > 1})
            if twice:
                raise ValueError(f"指标{what}重复：{'、'.join(twice)}")
        self._check_parameters()
        if self.weights != "none" and not self.stub:
            self._check_weights()
        return self

    def _check_parameters(self) -> None:
        known = {p.id: p for p in self.parameters}
        asked = {p for i in self.indicators() for p in i.parameters}
        asked |= {p for g in self.groups if g.weight for p in g.weight.parameters}
        if odd := asked ^ known.keys():
            raise ValueError(f"参数（parameters）与指标所用的不一致：{'、'.join(sorted(odd))}")
        for indicator in self.indicators():
            for variant in indicator.variants:
                for name, fit in variant.when.items():
                    if set(fit.choices) - set(known[name].choices):
                        wrong = "、".join(sorted(set(fit.choices) - set(known[name].choices)))
                        raise ValueError(f"指标“{indicator.name}”的变体用了参数“{known[name].name}”没有的取值：{wrong}")

    def _check_weights(self) -> None:
        """Weights that are the same for every plant must add up; the others are checked plant by plant."""
        if all(not g.weight or not g.weight.parameters for g in self.groups):
            total = sum((g.weight.value for g in self.groups if g.weight and not g.bonus), Decimal(0))
            if total != 1:
                raise ValueError(f"一级指标权重之和为 {total}，应为 1")
        for group in self.groups:
            varying = [i for i in group.indicators if (i.weight and i.weight.parameters) or any(v.weight for v in i.variants)]
            if varying or (group.weight and group.weight.parameters):
                continue
            whole = Decimal(1) if self.weights == "share_of_group" else group.weight.value if group.weight else Decimal(0)
            inside = sum((i.weight.value for i in group.indicators if i.weight), Decimal(0))
            if inside != whole:
                raise ValueError(f"一级指标“{group.name}”内二级指标权重之和为 {inside}，应为 {whole}")
        for weight in (*(g.weight for g in self.groups), *(i.weight for i in self.indicators())):
            if weight and (weight.value < 0 or (not weight.parameters and weight.value * WEIGHT_UNIT % 1)):
                raise ValueError(f"权重 {weight.value} 应为不超过四位小数的正数")

    def indicators(self) -> tuple[Indicator, ...]:
        """Return all indicators in printing order."""
        return tuple(i for g in self.groups for i in g.indicators)

    def inputs(self) -> tuple[Input, ...]:
        """Return what a plant fills in: the parameters first, then the indicators (or their parts) in printing order."""
        asked = [
            Input(
                p.id,
                p.name,
                p.unit,
                "choice" if p.choices else "number",
                {label: n for n, label in enumerate(p.choices.values(), 1)},
            )
            for p in self.parameters
        ]
        return (*asked, *(i for indicator in self.indicators() for i in indicator.inputs()))

    def owners(self) -> dict[str, Indicator]:
        """Return what a plant fills in of the indicators → the indicator that it is, or is a part of."""
        return {part.id: indicator for indicator in self.indicators() for part in indicator.inputs()}

    def in_force(self, day: dt.date) -> bool:
        """Whether it applies on a day."""
        return (self.applies_from is None or day >= self.applies_from) and (
            self.applies_until is None or day < self.applies_until
        )

    @property
    def scorable(self) -> bool:
        """Whether a composite index can be computed (the file has indicators and weights)."""
        return self.weights != "none" and not self.stub
