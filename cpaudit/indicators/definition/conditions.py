"""Conditions over several values: and, or, at least so many, as a level of some indicators asks."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, Self

from pydantic import Field, model_validator

from cpaudit.reference import Definition

_COMPARISON = re.compile(r"\s*([\w.-]+)\s*(<=|>=|<|>|≤|≥)\s*(-?\d+(?:\.\d+)?)\s*")
_SIGNS = {"≤": "<=", "≥": ">="}


class Comparison(NamedTuple):
    """One value against one number: ``h2s <= 150``."""

    part: str
    sign: str
    number: float


class Clause(NamedTuple):
    """At least ``need`` of the comparisons hold."""

    need: int
    comparisons: tuple[Comparison, ...]


class Normal(NamedTuple):
    """At least ``need`` of the clauses hold: the form in which the engine takes every condition."""

    need: int
    clauses: tuple[Clause, ...]


class Condition(Definition):
    """A node of a condition tree: ``all``, ``any`` or ``at_least`` … ``of``, over comparisons and further nodes.

    A comparison is a text of a part's id, a sign (<=, <, >=, >) and a number; a part alone means 是 (1).
    Trees of any depth may be written; what isn't two levels deep after joining like with like is refused.

    >>> Condition.model_validate({"any": ["trt >= 100", {"all": ["bprt >= 50", "saving >= 40"]}]}).normal().need
    1
    """

    all: tuple[str | Condition, ...] = ()
    any: tuple[str | Condition, ...] = ()
    at_least: int | None = Field(default=None, ge=1)
    of: tuple[str | Condition, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _one_alone(cls, data: Any) -> Any:
        return data if isinstance(data, dict) else {"all": (data,)}

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(map(bool, (self.all, self.any, self.of))) != 1 or (self.at_least is None) != (not self.of):
            raise ValueError("条件须且只须写 all、any 或 at_least 与 of 之一")
        if self.at_least and self.at_least > len(self.of):
            raise ValueError(f"条件要求至少 {self.at_least} 项，但只列出 {len(self.of)} 项")
        for child in self.children:
            if isinstance(child, str):
                comparison(child)
        self.normal()
        return self

    @property
    def children(self) -> tuple[str | Condition, ...]:
        """The nodes below."""
        return self.all or self.any or self.of

    @property
    def need(self) -> int:
        """How many of the children must hold."""
        return len(self.all) or (1 if self.any else self.at_least or 1)

    def parts(self) -> set[str]:
        """Return the ids of all values that are compared."""
        return {c.part for clause in self.normal().clauses for c in clause.comparisons}

    def normal(self) -> Normal:
        """Return the two-level form.

        Raises:
            ValueError: the tree is deeper than that.
        """
        clauses = []
        for child in _spliced(self):
            if isinstance(child, str):
                clauses.append(Clause(1, (comparison(child),)))
            else:
                inside = _spliced(child)
                if not all(isinstance(c, str) for c in inside):
                    raise ValueError("条件最多两层，请改写为“几组条件之一”或“几组条件同时满足”")
                clauses.append(Clause(_need(child, len(inside)), tuple(comparison(c) for c in inside if isinstance(c, str))))
        return Normal(_need(self, len(clauses)), tuple(clauses))


def comparison(text: str) -> Comparison:
    """Return a comparison from its text.

    Raises:
        ValueError: it can't be read.
    """
    if re.fullmatch(r"\s*[\w.-]+\s*", text):
        return Comparison(text.strip(), ">=", 1.0)
    found = _COMPARISON.fullmatch(text)
    if not found:
        raise ValueError(f"条件“{text}”无法识别，应写成“编号 <= 数值”的样子")
    return Comparison(found[1], _SIGNS.get(found[2], found[2]), float(found[3]))


def _need(node: Condition, children: int) -> int:
    return children if node.all else node.need


def _spliced(node: Condition) -> list[str | Condition]:
    """The children, those of a like node (all in all, any in any) taken up into it; a node of one child is that child."""
    found: list[str | Condition] = []
    for child in node.children:
        if isinstance(child, Condition) and len(child.children) == 1:
            child = child.children[0]  # noqa: PLW2901
        if isinstance(child, Condition) and ((node.all and child.all) or (node.any and child.any)):
            found += _spliced(child)
        else:
            found.append(child)
    return found
