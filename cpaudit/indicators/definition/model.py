"""The model of one indicator system's file: groups, indicators, level rules, and what depends on the plant."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from cpaudit.indicators.definition.benchmarks import Amount, Baselines, Fit, Texts
from cpaudit.indicators.definition.conditions import Condition
from cpaudit.reference import Definition
from cpaudit.vocabulary import Category, Verification

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

#: Weights are counted in ten-thousandths, so that sums and comparisons are exact.
WEIGHT_UNIT = 10_000

Comparator = Literal["<=", "<", ">=", ">", "between"]
Answer = Literal["number", "level", "yes_no", "choice", "conditions"]


class Input(NamedTuple):
    """One thing that a plant fills in: an indicator, a part of one, or a parameter (``choices``: label → stored number)."""

    id: str
    name: str
    unit: str
    answer: Answer
    choices: dict[str, int]


class Parameter(Definition):
    """What benchmarks or weights depend on: a number, or one of ``choices`` (id → label; stored as 1, 2 … in their order).

    It is reported like an indicator, in the same table, but never scored.
    """

    id: str
    name: str
    unit: str = ""
    choices: dict[str, str] = Field(default_factory=dict)
    source: str = ""
    note: str = ""

    def answer(self, value: float | None) -> Fraction | str | None:
        """Return a stored value as :meth:`Amount.at` takes it; None where it is none of the choices."""
        from fractions import Fraction

        if value is None or not self.choices:
            return None if value is None else Fraction(str(value))
        ids = list(self.choices)
        return ids[int(value) - 1] if value in range(1, len(ids) + 1) else None


class Part(Definition):
    """One of several values that an indicator's conditions compare."""

    id: str
    name: str
    unit: str = ""
    answer: Literal["number", "level", "yes_no"] = "number"


class Conditions(Definition):
    """What each level asks of several values."""

    I: Condition | None = None  # noqa: E741
    II: Condition | None = None
    III: Condition | None = None

    def at(self, level: int) -> Condition | None:
        """Return the condition of level 1, 2 or 3."""
        return (self.I, self.II, self.III)[level - 1]


class Variant(Definition):
    """What an indicator asks of the plants whose parameters fit ``when``; the first variant that fits holds."""

    when: dict[str, Fit]
    baselines: Baselines | None = None
    texts: Texts | None = None
    weight: Amount | None = None
    source: str = ""

    def fits(self, parameters: Mapping[str, Fraction | str | None]) -> bool | None:
        """Whether it is for a plant; None where a parameter that it asks for isn't answered."""
        answers = [(fit, parameters.get(p)) for p, fit in self.when.items()]
        if any(a is not None and not fit.holds(a) for fit, a in answers):
            return False
        return None if any(a is None for _, a in answers) else True


class Indicator(Definition):
    """A secondary indicator (二级指标).

    ``answer`` tells how it is filled in: a ``number``; the ``level`` whose text is met (Ⅰ级 … 未达Ⅲ级, stored as 1 … 4);
    ``yes_no`` (是/否, stored as 1/0); or ``conditions`` over its ``parts``, each filled in by itself. ``blank`` says what
    an empty benchmark means: the level asks for nothing (always met), or the source gives no benchmark, and then the
    indicator cannot be scored and leaves its group like one that doesn't apply. A plant that no variant fits is not
    asked for the indicator.
    """

    id: str
    name: str
    unit: str = ""
    weight: Amount | None = None
    limiting: bool = False
    hazardous_waste: bool = False
    comparator: Comparator = "<="
    baselines: Baselines = Baselines()
    answer: Literal["number", "level", "yes_no", "conditions"] = "number"
    texts: Texts = Texts()
    parts: tuple[Part, ...] = ()
    conditions: Conditions | None = None
    variants: tuple[Variant, ...] = ()
    blank: Literal["no_requirement", "not_scorable"] = "not_scorable"
    source: str = ""
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _answers_imply_baselines(cls, data: object) -> object:
        if isinstance(data, dict) and "baselines" not in data:
            if data.get("answer") == "level":
                return {**data, "comparator": "<=", "baselines": {"I": 1, "II": 2, "III": 3}}
            if data.get("answer") == "yes_no":
                return {**data, "comparator": ">=", "baselines": {"I": 1, "II": 1, "III": 1}}
        return data

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for baselines in (self.baselines, *(v.baselines for v in self.variants if v.baselines)):
            self._in_order(baselines)
        if (self.answer == "conditions") != (self.conditions is not None):
            raise ValueError(f"指标“{self.name}”须同时写 answer: conditions 和 conditions")
        if self.conditions and (self.baselines.all or self.variants):
            raise ValueError(f"指标“{self.name}”以条件（conditions）判断，不能再写基准值（baselines、variants）")
        asked = {p for k in (1, 2, 3) if self.conditions and (c := self.conditions.at(k)) for p in c.parts()}
        if asked != {p.id for p in self.parts}:
            odd = "、".join(sorted(asked ^ {p.id for p in self.parts}))
            raise ValueError(f"指标“{self.name}”的分项（parts）与条件所用的不一致：{odd}")
        return self

    def _in_order(self, baselines: Baselines) -> None:
        """Meeting level I must imply meeting II and III (membership is cumulative); plant by plant where it depends."""
        printed = baselines.all
        if any(b.range != (self.comparator == "between") for b in printed):
            raise ValueError(f"指标“{self.name}”的基准值与比较符 {self.comparator} 不符：between 须写 min、max，其余须写一个数")
        asked = [b for b in (baselines.at(k) for k in (1, 2, 3)) if b is not None]
        if asked != sorted(asked, reverse=not self.lower_is_better):
            raise ValueError(f"指标“{self.name}”的基准值次序有误：Ⅰ级应不宽于Ⅱ级，Ⅱ级应不宽于Ⅲ级")
        given = [baselines.benchmark(k) is not None for k in (1, 2, 3)]
        if self.blank == "no_requirement" and given != sorted(given, reverse=True):
            raise ValueError(f"指标“{self.name}”的基准值缺了较严的级别：只有较宽的级别可以不作要求")

    @property
    def scorable(self) -> bool:
        """Whether every level's benchmark is known, or known to ask for nothing, at least for some plants."""
        if self.blank == "no_requirement" or self.variants:
            return True
        if self.conditions:
            return all(self.conditions.at(k) for k in (1, 2, 3))
        return len(self.baselines.all) == 3

    @property
    def lower_is_better(self) -> bool:
        """Whether a smaller value is a better one."""
        return self.comparator in ("<=", "<")

    @property
    def quantitative(self) -> bool:
        """Whether the value is a number that is the better the larger or the smaller it is (so it can improve by per cent)."""
        return self.answer == "number" and self.comparator != "between"

    @property
    def parameters(self) -> set[str]:
        """The parameters that its benchmarks or its weight depend on."""
        amounts: list[Amount | None] = [self.weight, *self.baselines.all]
        for variant in self.variants:
            amounts += [variant.weight, *(variant.baselines.all if variant.baselines else ())]
        return {p for v in self.variants for p in v.when} | {p for a in amounts if a for p in a.parameters}

    def inputs(self) -> tuple[Input, ...]:
        """Return what a plant fills in for it."""
        asked = self.parts if self.answer == "conditions" else (self,)
        return tuple(Input(i.id, i.name, i.unit, i.answer, {}) for i in asked)


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
    """An evaluation indicator system (清洁生产评价指标体系) for one process of a trade.

    ``weights``: how the file's secondary weights are printed: as shares of their group (sum 1), of the whole (sum = the
    group's weight), or not at all (HJ/T standards: levels by indicator, no composite index). ``renormalise``: whether the
    weight of what doesn't apply is shared out inside its group (the forms w/Σw, w·W/Σw and K = A1/A2 all say that), or
    lost. ``empty_group``: a group in which nothing applies is dropped and the rest divided by its own weight (``drop``),
    stays in the whole as points lost (``keep``), or leaves the plant without an index (``refuse``); indicators that can't be
    scored, or that no variant asks of a plant, count like those that don't apply. ``stub``: only title
    and scope are known; nothing can be scored.
    """

    id: str
    title: str
    process: str
    status: Verification
    stub: bool = False
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

    @property
    def scorable(self) -> bool:
        """Whether a composite index can be computed (the file has indicators and weights)."""
        return self.weights != "none" and not self.stub
