"""Numbers as an indicator system prints them: fixed, depending on the plant, or a range; each with its source."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, model_validator

from cpaudit.reference import Definition

if TYPE_CHECKING:
    from collections.abc import Mapping


@lru_cache(maxsize=4096)  # the checker asks for every number at hundreds of plants
def _exact(number: Decimal) -> Fraction:
    return Fraction(number)


class Amount(Definition):
    """A number that may depend on the plant: (``value`` + Σ ``times``·parameter) ÷ ``divided_by``.

    In a file a plain number stands for an amount that is fixed: ``85`` is ``{value: 85}``; ``0.8/n`` is
    ``{value: 0.8, divided_by: n}``; ``a + b·n`` is ``{value: a, times: {n: b}}``; weights or benchmarks shared out by
    output are ``{times: {share_of_single: 0.5}}``.

    >>> Amount.model_validate({"value": "0.5", "times": {"layers": "0.3"}}).at({"layers": Fraction(4)})
    Fraction(17, 10)
    """

    value: Decimal = Decimal(0)
    times: dict[str, Decimal] = Field(default_factory=dict)
    divided_by: str = ""
    source: str = ""

    @model_validator(mode="before")
    @classmethod
    def _plain_number(cls, data: object) -> object:
        return data if isinstance(data, dict) or data is None else {"value": data}

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set & {"value", "times", "min", "max"}:
            raise ValueError("须写明数值（value、times，或区间的 min、max）")
        return self

    def __str__(self) -> str:
        """The number as printed, or the formula: ``0.8 ÷ n``, ``0.5 + 0.3 × layers``."""
        terms = [f"{b} × {p}" for p, b in self.times.items()]
        if self.value or not terms:
            terms.insert(0, f"{self.value}")
        total = " + ".join(terms)
        return (
            total
            if not self.divided_by
            else f"{total} ÷ {self.divided_by}"
            if len(terms) == 1
            else f"({total}) ÷ {self.divided_by}"
        )

    @property
    def parameters(self) -> set[str]:
        """The parameters that it depends on."""
        return {*self.times, *filter(None, [self.divided_by])}

    def at(self, parameters: Mapping[str, Fraction | str | None]) -> Fraction | None:
        """Return the number for a plant; None where a parameter isn't answered (or is 0 and divided by)."""
        if not self.times and not self.divided_by:
            return _exact(self.value)
        found = {p: parameters.get(p) for p in self.parameters}
        known = {p: v for p, v in found.items() if isinstance(v, Fraction)}
        if len(known) < len(found) or (self.divided_by and not known[self.divided_by]):
            return None
        total = _exact(self.value) + sum((_exact(b) * known[p] for p, b in self.times.items()), Fraction(0))
        return total / known[self.divided_by] if self.divided_by else total


class Benchmark(Amount):
    """What a level asks for: an amount, or a closed range ``{min: 3, max: 4}`` (comparator ``between``)."""

    min: Decimal | None = None
    max: Decimal | None = None

    @model_validator(mode="after")
    def _amount_or_range(self) -> Self:
        if self.range and self.model_fields_set & {"value", "times", "divided_by"}:
            raise ValueError("区间（min、max）与数值只能写一种")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"区间的下限 {self.min} 大于上限 {self.max}")
        return self

    @property
    def range(self) -> bool:
        """Whether it is a range."""
        return self.min is not None or self.max is not None


class Baselines(Definition):
    """The benchmark of each level, as printed; a level left out asks for nothing where the indicator's ``blank`` says so."""

    I: Benchmark | None = None  # noqa: E741
    II: Benchmark | None = None
    III: Benchmark | None = None

    def benchmark(self, level: int) -> Benchmark | None:
        """Return the benchmark of level 1, 2 or 3."""
        return (self.I, self.II, self.III)[level - 1]

    def at(self, level: int) -> float | None:
        """Return the number of level 1, 2 or 3 where it is the same for every plant; else None."""
        found = self.benchmark(level)
        return None if found is None or found.range or found.parameters else float(found.value)

    @property
    def all(self) -> tuple[Benchmark, ...]:
        """The benchmarks that are printed, from level I on."""
        return tuple(b for b in (self.I, self.II, self.III) if b is not None)


class Texts(Definition):
    """What the system prints at each level: for a qualitative indicator, or as the level's name."""

    I: str = ""  # noqa: E741
    II: str = ""
    III: str = ""


class Fit(Definition):
    """Which answers to a parameter a variant is for: choices by id, or bounds (``min``, ``max`` inclusive; others not)."""

    choices: tuple[str, ...] = ()
    min: Decimal | None = None
    max: Decimal | None = None
    above: Decimal | None = None
    below: Decimal | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return data
        return {"choices": tuple(data) if isinstance(data, (list, tuple)) else (str(data),)}

    def holds(self, answer: Fraction | str) -> bool:
        """Whether the answer is among them."""
        if isinstance(answer, str):
            return answer in self.choices
        return (
            not self.choices
            and (self.min is None or answer >= self.min)
            and (self.max is None or answer <= self.max)
            and (self.above is None or answer > self.above)
            and (self.below is None or answer < self.below)
        )
