"""Answers in words: what is understood of them, from ``data/reference/answers.yaml``; everything else is unread."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self

from pydantic import field_validator, model_validator

from cpaudit.fields import UNREAD, choices, field, tables
from cpaudit.loaders.cells import values
from cpaudit.loaders.cells.texts import key
from cpaudit.loaders.cells.values import Wrong
from cpaudit.reference import Definition, read_definition, root
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

_DATE = r"\(?\d{4}[-./年]\d{1,2}[-./月]\d{1,2}日?\)?"
_DATED = re.compile(rf"(?P<before>{_DATE})?(?P<word>.+?)(?P<after>{_DATE})?")


class Results(Definition):
    """The words of a result: those that pass, what may stand around them, and what says that there is none yet."""

    passed: tuple[str, ...]
    affirmed: tuple[str, ...]
    negated: tuple[str, ...]
    steps: dict[str, tuple[str, ...]]
    not_yet: tuple[str, ...]

    @model_validator(mode="after")
    def _means_one_thing(self) -> Self:
        words = [*self.passed, *self.affirmed, *self.negated, *self.not_yet]
        if twice := next((w for w in words if words.count(w) > 1), None):
            raise ValueError(f"“{twice}”有两种含义")
        if not all(words):
            raise ValueError("词不能为空")
        return self


class Answers(Definition):
    """The file ``answers.yaml``."""

    results: Results
    codes: dict[str, dict[str, tuple[str, ...]]]
    prefixes: dict[str, dict[str, str]]

    @field_validator("codes")
    @classmethod
    def _spells_known_codes(cls, given: dict[str, dict[str, tuple[str, ...]]]) -> dict[str, dict[str, tuple[str, ...]]]:
        for name, answers in given.items():
            words = [key(word) for said in answers.values() for word in said] + [*map(key, _known(name, answers).values())]
            if twice := next((w for w in words if words.count(w) > 1), None):
                raise ValueError(f"{name} 的“{twice}”重复")
        return given

    @field_validator("prefixes")
    @classmethod
    def _stands_for_known_codes(cls, given: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        for name, answers in given.items():
            _known(name, answers.values())
        return given


def _known(name: str, codes: Iterable[str]) -> dict[str, str]:
    table, _, column = name.partition(".")
    if table not in tables() or column not in tables()[table].columns or not isinstance(field(table, column).codes, dict):
        raise ValueError(f"{name} 不是字段表中有固定取值的列")
    known = choices(table, column)
    if unknown := sorted(set(codes) - set(known)):
        raise ValueError(f"{name} 没有取值 {unknown[0]}")
    return known


@cache
def definitions() -> Answers:
    """Return the words that are understood."""
    return read_definition(root() / "answers.yaml", Answers)


@cache
def codes(table: str, column: str) -> dict[str, str]:
    """Return every spelling of the answers of a column, as :func:`texts.key` gives it → code; “unread” is none of them."""
    known = choices(table, column)
    more = definitions().codes.get(f"{table}.{column}", {})
    spelt = {key(word): code for code, words in more.items() for word in words}
    return {code: code for code in known} | {key(label): code for code, label in known.items()} | spelt


def by_prefix(table: str, column: str, number: str) -> str | None:
    """Return the code that a number's first letters stand for by the form's rule.

    >>> by_prefix("options", "class", "ZG-03"), by_prefix("options", "class", "ZGX1")
    ('medium_high_cost', None)
    """
    found = re.match(r"[A-Z]+", key(number).upper())
    return definitions().prefixes.get(f"{table}.{column}", {}).get(found[0]) if found else None


def result(value: Any, step: str, day: dt.date | None) -> str:
    """Return what a cell says of an assessment or acceptance: passed, failed, or unread.

    A date beside the word must be the step's own ``day``.

    >>> [result(said, "accepted", None) for said in ("已 通过", "未予通过（材料不全）", "基本通过")]
    ['passed', 'failed', 'unread']
    """
    parts = _DATED.fullmatch(key(value)) if isinstance(value, str) else None
    if parts is None:
        return UNREAD
    for date in filter(None, (parts["before"], parts["after"])):
        try:
            if values.date(date.strip("()")) != day:
                return UNREAD
        except Wrong:
            return UNREAD
    said = parts["word"]
    found = _patterns(step)
    if found["passed"].fullmatch(said):
        return "passed"
    failed = found["failed"].fullmatch(said)
    if failed and not (failed["remark"] and (not_yet(failed["remark"]) or _positive(failed["remark"]))):
        return "failed"
    return UNREAD


def not_yet(said: str) -> bool:
    """Whether an answer says that there is no result yet."""
    return any(word in key(said) for word in definitions().results.not_yet)


def _positive(said: str) -> bool:
    return any(word in said for word in definitions().results.passed)


@cache
def _patterns(step: str) -> dict[str, re.Pattern[str]]:
    words = definitions().results
    own = f"(?:{_any(words.steps[step])})?" if step in words.steps else ""
    good = f"(?:{_any(words.passed)})"
    return {
        "passed": re.compile(f"{own}(?:{_any(words.affirmed)})?{good}{own}。?"),
        "failed": re.compile(rf"{own}(?:{_any(words.negated)}){good}{own}(?P<remark>\([^()]*\))?。?"),
    }


def _any(words: tuple[str, ...]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))
