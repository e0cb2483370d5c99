"""The model of one indicator: what it asks, of whom, and what a plant fills in for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from cpaudit.indicators.definition.benchmarks import Amount, Baselines, Fit, Texts
from cpaudit.indicators.definition.conditions import Condition
from cpaudit.reference import Definition

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction


Comparator = Literal["<=", "<", ">=", ">", "between"]
Answer = Literal["number", "level", "yes_no", "choice", "conditions"]


class Input(NamedTuple):
    """企业须填报的一项：指标、指标的一部分，或企业参数。

    One thing that a plant fills in: an indicator, a part of one, or a parameter (``choices``: label → stored number).
    """

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
    """一项二级指标。

    A secondary indicator (二级指标).

    ``answer`` tells how it is filled in: a ``number``; the ``level`` whose text is met (Ⅰ级 … 未达Ⅲ级, stored as 1 … 4);
    ``yes_no`` (是/否, stored as 1/0); or ``conditions`` over its ``parts``, each filled in by itself. ``blank`` says what
    an empty benchmark means: the level asks for nothing (always met); it can't be reached (printed “—” in limits of energy:
    never met by itself, yet whoever meets a stricter one has it); or the source gives no benchmark, and then the indicator
    cannot be scored and leaves its group like one that doesn't apply. A plant that no variant fits is not
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
    blank: Literal["no_requirement", "not_scorable", "unreachable"] = "not_scorable"
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
        """Benchmarks fit the comparator; only easier levels may ask for nothing.

        Meeting level I implies meeting II and III whatever is printed there (membership is cumulative): benchmarks that
        cross, as some standards print them, are a remark of the checker's.
        """
        printed = baselines.all
        if any(b.range != (self.comparator == "between") for b in printed):
            raise ValueError(f"指标“{self.name}”的基准值与比较符 {self.comparator} 不符：between 须写 min、max，其余须写一个数")
        given = [baselines.benchmark(k) is not None for k in (1, 2, 3)]
        if self.blank == "no_requirement" and given != sorted(given, reverse=True):
            raise ValueError(f"指标“{self.name}”的基准值缺了较严的级别：只有较宽的级别可以不作要求")

    @property
    def scorable(self) -> bool:
        """Whether every level's benchmark is known, or known to ask for nothing, at least for some plants."""
        if self.blank in ("no_requirement", "unreachable") or self.variants:
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
