"""Number formats: what a spreadsheet shows of a number beside its digits — a unit, a currency, thousands left out, a percent."""

from __future__ import annotations

import operator
import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from cpaudit.loaders.opening.grids import Shown

#: Excel's own formats that show more than digits: percents, and the currency of the country, which is China's here.
BUILT_IN = {"9": "0%", "10": "0.00%"} | dict.fromkeys(("5", "6", "7", "8", "42", "44"), '"¥"#,##0.00')
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|[\\!](?P<sign>.)|\[(?P<bracket>[^\]]*)\]|[_*].|(?P<general>G/通用格式|General)'
    r"|(?P<digits>[0#?]+)|[eE][+-]0+|(?P<other>.)",
    re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)")
_COMPARED = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
_QUOTED, _SECTIONS = re.compile(r'"[^"]*"|[\\!].'), 4
_JAPAN = "411"
#: Around digits they say nothing: signs and blanks.
_BARE = " +-−－\u00a0\u3000"
_MINUS, _RED = frozenset("-−－"), ("red", "红色", "color3", "颜色3")
_BRACKETS = ("()", "（）", "[]", "【】")
_NO_DIGITS = "（格式不显示数值）"


class _Section(NamedTuple):
    """One part of a format, for the numbers that its condition holds for."""

    condition: tuple[str, float] | None
    before: str
    after: str
    #: The number shown is the number stored times ten to this power.
    power: int
    digits: bool
    #: Whether text stands between digits, or it is a date's: the number shown isn't one number with a unit.
    parted: bool
    #: Whether a minus or a bracket stands before the digits, and whether they are red.
    minus: bool = False
    red: bool = False

    def plain(self) -> bool:
        """Whether it shows the number as it is stored."""
        return self.digits and not (self.before or self.after or self.power or self.parted)


def is_odd(form: str) -> bool:
    """Whether a number format shows anything but the number stored.

    >>> is_odd("0.0%"), is_odd('0.0"元"'), is_odd("#,##0.00_ ;[Red]-#,##0.00"), is_odd('yyyy"年"m"月"')
    (True, True, False, False)
    >>> is_odd("-0.0"), is_odd("0.0;0.0"), is_odd("0.0;[Red]0.0"), is_odd("0.0_);(0.0)")
    (True, True, False, False)
    """
    sections = _sections(form)
    return bool(sections) and not all(s.plain() for s in sections)


def shows_no_text(form: str) -> bool:
    """Whether a number format shows nothing of a text, or something else in its place.

    >>> shows_no_text(";;;"), shows_no_text('0;-0;0;"未通过"'), shows_no_text('0;-0;"-"; @ '), shows_no_text('0"；"')
    (True, True, False, False)
    """
    *before, last = _QUOTED.sub("", form).split(";")
    return len(before) == _SECTIONS - 1 and "@" not in last


def shown(number: float, form: str) -> Shown | None:
    """Return a number as its format shows it, None where that is the number stored.

    >>> str(shown(125000, '0!.0,"万元"')), str(shown(0.445, "0.0%")), str(shown(85, '0"%"')), shown(5, "0.00")
    ('12.5万元', '44.5%', '85%', None)
    """
    section = _chosen(number, form)
    if section is None or section.plain():
        return None
    if not section.digits:
        # a stroke for zero is a way to write it
        return Shown(number, _NO_DIGITS, number) if number else None
    if section.parted:
        return Shown(number, f"（按格式“{form}”显示）", number)
    times = Fraction(10) ** section.power
    value = float(f"{float(Fraction(repr(float(number))) * times):.15g}")
    return Shown(value, _unit(section.before, section.after), number, section.before)


def _unit(before: str, after: str) -> str:
    """Return the unit that stands around the digits."""
    money = after if after and before == "¥" else before + after
    return next((money[1:-1].strip() for pair in _BRACKETS if money[:1] + money[-1:] == pair), money)


def _chosen(number: float, form: str) -> _Section | None:
    """Return the part of a format that shows a number: the first whose condition holds, else by its sign."""
    sections = _sections(form)
    if not sections:
        return None
    if any(s.condition for s in sections):
        for section in sections:
            if section.condition is None or _COMPARED[section.condition[0]](number, section.condition[1]):
                return section
        return sections[-1]
    at = 0 if number > 0 else 1 if number < 0 else 2
    return sections[at] if at < len(sections) else sections[0]


@lru_cache(maxsize=4096)
def _sections(form: str) -> tuple[_Section, ...]:
    """Return the parts for numbers; none where the format is a date's or text's."""
    parts: list[list[re.Match[str]]] = [[]]
    for token in _TOKEN.finditer(form):
        if token["other"] == ";":
            parts.append([])
        else:
            parts[-1].append(token)
    if any((t["other"] or "") in "ymdhsYMDHS@" and t["other"] for part in parts[:1] for t in part):
        return ()
    if any(re.fullmatch(r"[hms]+", t["bracket"] or "", re.IGNORECASE) for t in parts[0]):
        return ()
    sections = [_section(part) for part in parts[:3] if part or len(parts) > 1]
    by_sign = not any(s.condition for s in sections)
    return tuple(s._replace(parted=s.parted or (by_sign and s.digits and _turned(s, at))) for at, s in enumerate(sections))


def _turned(section: _Section, at: int) -> bool:
    """Whether the part for positive numbers shows a minus, or the one for negative numbers none; red ink is one."""
    return section.minus if at == 0 else at == 1 and not (section.minus or section.red)


def _section(tokens: list[re.Match[str]]) -> _Section:
    condition, before, between, power, commas = None, "", "", 0, 0
    digits, point, parted = False, "", False
    for token in tokens:
        said, other, apart = _literal(token), token["other"] or "", between.strip(_BARE)
        if found := _CONDITION.fullmatch(token["bracket"] or ""):
            condition = (found[1], float(found[2]))
        elif token["general"] or token["digits"]:
            if apart == "." and digits and not point:
                point = "literal"  # the digits behind it belong to the number stored
            elif apart:
                parted = True
            if point == "literal":
                power -= len(token["digits"] or "")
            digits, between, commas = True, "", 0
        elif digits and not apart and other in (".", ",", "/"):
            if other == ",":
                commas += 1
            elif other == ".":
                point, power = "point", power - 3 * commas
        elif other == "%":
            power += 2
        before, between = (before, between + said) if digits else (before + said, between)
    red = any((t["bracket"] or "").lower() in _RED for t in tokens)
    minus = bool(set(before) & _MINUS) or _stripped(before).endswith("(")
    before, after = _stripped(before), _stripped(between)
    if before.endswith("(") and after.endswith(")"):  # a loss, as accountants write it
        before, after = _stripped(before[:-1]), _stripped(after[:-1])
    return _Section(condition, before, after, power - 3 * commas, digits, parted, minus, red)


def _literal(token: re.Match[str]) -> str:
    """Return what a part of a format shows as it stands."""
    if token["bracket"] is not None:
        return _currency(token["bracket"][1:]) if token["bracket"].startswith("$") else ""
    other = token["other"] or ""
    return token["quoted"] or token["sign"] or ("" if other in (".", ",", "/") else other)


def _stripped(said: str) -> str:
    return said.replace("￥", "¥").strip(_BARE)


def _currency(said: str) -> str:
    """Return the sign of “$¥-804”; a yen of Japan is no yuan."""
    sign, _, country = said.partition("-")
    return "日元" if sign in ("¥", "￥") and country.upper().endswith(_JAPAN) else sign
