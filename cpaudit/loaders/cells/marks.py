"""Marks beside a value: circled digits, raised signs, *, †, 注1, [1]. They point at a note and are no number."""

from __future__ import annotations

import re
from functools import lru_cache

_CIRCLED, _RAISED, _STARS = "①-⒛⒜-ⓩ⓪-⓿❶-➓㉑-㉟㊱-㊿", "²³¹⁰⁴-⁹⁺⁽⁾ⁿⁱ", "*＊∗⁎✱※★☆†‡ᵃ-ᶻ"
_NUMBERED = r"[\[［【〔〖]\s*[注註]?\s*\d{1,2}\s*[\]］】〕〗]"
#: 注1, （注1）, (注): a note by its name, not 备注, 关注, 附注 …
_NOTED = r"[(（]\s*[注註]\s*[:：]?\s*(?:\d{1,2}|[①-⑳])?\s*[)）]|(?<![备关标批附])[注註](?:\d{1,2}|[①-⑳])"
#: A raised digit behind a Latin letter is a unit's (m³).
_BEHIND = re.compile(
    rf"(?P<value>.*?\S)\s*(?P<mark>(?:(?:[{_CIRCLED}{_STARS}]|(?<![A-Za-z])[{_RAISED}]++|{_NUMBERED}|{_NOTED})[\s、,，]*+)+)",
    re.DOTALL,
)
#: Not 1. before digits, which may be 1.5.
_BEFORE = re.compile(rf"(?P<mark>(?:(?:(?![⒈-⒛])[{_CIRCLED}{_STARS}]|[{_RAISED}]++|{_NUMBERED})\s*+)+)(?P<value>\S.*)", re.DOTALL)
#: A cell without one of these holds no mark: most are passed by at once.
_HINT = re.compile(rf"[{_CIRCLED}{_STARS}{_RAISED}\[［【〔〖注註]")
_NOTHING = re.compile(rf"(?:[{_CIRCLED}{_STARS}{_RAISED}]|\W)*")
_POWER = re.compile(r"(?<!\d)[1１][0０]")


@lru_cache(maxsize=4096)
def split(said: str) -> tuple[str, str]:
    """Return a cell's text without the marks before and behind it, and the marks; ('…', '') where there is none to take off.

    What is left must say something. A raised number on a 10 is taken for a power: it stays, and the cell is no number.

    >>> split("12.5①"), split("12.5¹"), split("10³"), split("5 m³"), split("①"), split("示例厂*注1")
    (('12.5', '①'), ('12.5', '¹'), ('10³', ''), ('5 m³', ''), ('①', ''), ('示例厂', '*注1'))
    """
    if not _HINT.search(said):
        return said, ""
    value, marks = said.strip(), ""
    if found := _BEHIND.fullmatch(value):
        if re.match(f"[{_RAISED}]", found["mark"]) and _ends_with_ten(found["value"]):
            return said, ""
        if found["value"][-1] in ".．,，-+":  # 12.⑤ may be 12.5
            return said, ""
        value, marks = found["value"], found["mark"].strip()
    if (found := _BEFORE.fullmatch(value)) and found["value"][0] not in ".．,，":  # ⑫.5 may be 12.5
        value, marks = found["value"], found["mark"].strip() + marks
    return (value, marks) if marks and not _NOTHING.fullmatch(value) else (said, "")


def _ends_with_ten(value: str) -> bool:
    return any(found.end() == len(value) for found in _POWER.finditer(value))
