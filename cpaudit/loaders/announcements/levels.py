"""The three level cells of an indicator as a definition file says them: numbers, texts or one requirement; and the doubts."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from cpaudit.loaders.announcements import amounts
from cpaudit.loaders.announcements.amounts import Printed
from cpaudit.loaders.announcements.words import tidy, words
from cpaudit.loaders.opening.papers.printed import Cell

LEVELS = ("I", "II", "III")
_NAMES = ("Ⅰ级", "Ⅱ级", "Ⅲ级")


@dataclass(slots=True)
class Reading:
    """What the cells say. ``shown`` is what each level was read as, for the review; ``parameters`` are the letters used."""

    answer: Literal["number", "level", "yes_no"] = "number"
    comparator: str = ""
    baselines: dict[str, object] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    blank: Literal["", "no_requirement", "not_scorable", "unreachable"] = ""
    unit: str = ""
    parameters: set[str] = field(default_factory=set)
    shown: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def read(cells: tuple[Cell, Cell, Cell], unit: str, letters: frozenset[str] = frozenset()) -> Reading:
    """Read the cells of level I, II and III.

    A number is taken only where it is certain what the cell says; all else keeps its printed text, to be answered by
    the level whose text is met (or 是/否 where all levels ask the same).
    """
    said = [tidy(c.text) for c in cells]
    given = [not (amounts.blank(t) or amounts.asks_nothing(t) or amounts.out_of_reach(t)) for t in said]
    found = [amounts.read(c.text, unit, letters) if g else None for c, g in zip(cells, given, strict=True)]
    result = Reading(unit=unit)
    if not any(given):
        result.blank = "not_scorable"
        result.doubts.append("三级都没有基准值，不能计分")
        result.shown = [t if not amounts.blank(t) else "（空白）" for t in said]
        return result
    if all(p is not None for p, g in zip(found, given, strict=True) if g):
        _numbers(result, found, said)
    else:
        _texts(result, said)
        if any(found):
            result.doubts.append("有的级别是数、有的是文字，暂按文字录入")
        elif any(map(amounts.begins_as_number, said)):
            result.doubts.append("以数开头，但不能确定是一个数，暂按文字录入")
        elif unit:
            result.doubts.append("有单位而基准值是文字，暂按文字录入")
    _blanks(result, said, given)
    result.doubts += ["单元格中有不能读成文字的内容"] if any("〔" in t for t in said) else []
    return result


# -- numbers


def _numbers(result: Reading, found: list[Printed | None], said: list[str]) -> None:
    """Take the numbers if one comparator fits them all; otherwise their texts, which is never wrong."""
    printed = [p for p in found if p]
    signs = {p.sign for p in printed if p.sign}
    ranges = {p.low is not None for p in printed}
    if len(ranges) > 1 or len(signs) > 1:
        _fall_back(result, said, "各级的写法不一（区间与数，或“＜”与“≤”），不能用一个比较符表示，暂按文字录入")
        return
    result.doubts += sorted({d for p in printed for d in p.doubts})
    result.comparator = "between" if ranges == {True} else _comparator(result, printed, signs)
    if not result.comparator:
        _fall_back(result, said, "没有比较符，三级次序也看不出方向，暂按文字录入")
        return
    units = {p.unit for p in printed if p.unit}
    if len(units) == 1 and not result.unit:
        result.unit = units.pop()
    elif len(units) > 1:
        _fall_back(result, said, "各级的单位不同，暂按文字录入")
        return
    result.baselines = {level: p.definition() for level, p in zip(LEVELS, found, strict=True) if p}
    result.parameters = {letter for p in printed for letter in p.parameters}
    sign = {"<=": "≤ ", ">=": "≥ ", "<": "< ", ">": "> "}.get(result.comparator, "")
    result.shown = [f"{sign}{p}" if p else "" for p in found]
    _check_order(result, printed)


def _comparator(result: Reading, printed: list[Printed], signs: set[str]) -> str:
    plain = [p.value for p in printed if p.plain]
    if signs:
        if any(not p.sign for p in printed):
            result.doubts.append("有的级别没有比较符，按其他级别的读")
        return signs.pop()
    if len(plain) == len(printed) > 1 and plain in (sorted(plain), sorted(plain, reverse=True)) and plain[0] != plain[-1]:
        rising = plain[0] < plain[-1]
        result.doubts.append(f"没有比较符，由三级次序推断为“{'≤' if rising else '≥'}”")
        return "<=" if rising else ">="
    if {p.unit or result.unit for p in printed} == {"%"} and set(plain) == {Decimal(100)} and len(plain) == len(printed):
        result.doubts.append("没有比较符，100% 按“≥”读")
        return ">="
    if len(plain) < len(printed):
        result.doubts.append("没有比较符，方向不明，暂按“≤”读")
        return "<="
    return ""


def _check_order(result: Reading, printed: list[Printed]) -> None:
    plain = [p.value for p in printed if p.plain]
    lower = result.comparator in ("<=", "<")
    if result.comparator == "between":
        bounds = [(p.low, p.high) for p in printed if p.low is not None and p.high is not None]
        if any(a[0] < b[0] or a[1] > b[1] for a, b in pairwise(bounds)):
            result.doubts.append("较严一级的区间不在较宽一级之内，不能直接判级")
    elif plain != sorted(plain, reverse=not lower):
        result.doubts.append("三级数值的次序与比较符不符，请核对原文")
    if result.unit == "%" and plain and all(0 < v < 1 for v in plain):
        result.doubts.append("单位是 %，数值都小于 1，请核对是否应乘以 100")


def _fall_back(result: Reading, said: list[str], why: str) -> None:
    result.comparator = ""
    _texts(result, said)
    result.doubts.append(why)


# -- texts


def _texts(result: Reading, said: list[str]) -> None:
    # What no plant can meet is no text to answer by.
    keep = ["" if amounts.blank(t) or amounts.out_of_reach(t) else t for t in said]
    if len(set(keep)) == 1:
        # One requirement for all levels: met or not.
        result.answer = "yes_no"
        plain = keep[0] in words().yes
        result.texts = {} if plain else dict(zip(LEVELS, keep, strict=True))
        result.shown = ["是/否" if plain else f"是/否：{keep[0]}"] * 3
        return
    result.answer = "level"
    result.texts = {level: t for level, t in zip(LEVELS, keep, strict=True) if t}
    result.shown = keep


# -- blanks


def _blanks(result: Reading, said: list[str], given: list[bool]) -> None:
    """Say what levels without a benchmark mean; a dash may mean “no requirement”, “out of reach” or a lost cell."""
    if all(given):
        return
    free = [amounts.asks_nothing(t) for t in said]
    never = [amounts.out_of_reach(t) and result.answer == "number" for t in said]
    empty = [not any(known) for known in zip(given, free, never, strict=True)]
    which = "、".join(n for n, e in zip(_NAMES, empty, strict=True) if e)
    if any(empty):
        result.doubts.append(f"{which}没有基准值，是“不作要求”还是缺漏，请对照原文")
    if result.answer == "number":
        result.blank = "not_scorable" if any(empty) else "unreachable" if any(never) else "no_requirement"
        if any(free) and any(never):
            result.blank = "not_scorable"
            result.doubts.append("有的级别不作要求、有的达不到，一项指标只能写一种，暂不计分")
        meant = ["不作要求" if f else "达不到" if n else "" for f, n in zip(free, never, strict=True)]
        result.shown = [w or s or "（空白）" for w, s in zip(meant, result.shown, strict=True)]
    elif any(empty):
        result.shown = [s or "（空白）" for s in result.shown]
