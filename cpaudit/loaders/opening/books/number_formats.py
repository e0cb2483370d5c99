"""Number formats: what a spreadsheet shows of a number or a day beside it — a unit, a currency, words, thousands left out."""

from __future__ import annotations

import operator
import re
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cpaudit.loaders.opening.books import colours
from cpaudit.loaders.opening.grids import Shown

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from cpaudit.loaders.opening.books.colours import Colour

#: Excel's own formats that show more than digits, a month or a time without its day, and the currency, which is China's here.
BUILT_IN = (
    {"9": "0%", "10": "0.00%", "17": "mmm-yy"}
    | dict.fromkeys(("5", "6", "7", "8", "42", "44"), '"¥"#,##0.00')
    | dict.fromkeys(("27", "36", "50", "52", "57"), 'yyyy"年"m"月"')
    | dict.fromkeys(("18", "19", "20", "21", "32", "33"), "h:mm:ss")
)
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
#: How zero may be written beside signs; any other word says something else.
_ZERO, _SIGN = ("", "零", "〇", "无"), re.compile(r"\W|_")
#: What stands between a date's parts, what its letters are, and where a month's letters are a minute's.
_BETWEEN = re.compile(r"年|月|日|号|时|点|分|秒|星期|周|上午|下午|T|Z|[^\w?？×√○]")
_CLOCK = re.compile(r"am/pm|a/p|上午/下午|(?<=h)[^a-z]*m+|m+(?=[^a-z]*s)")
_DAY, _YEAR = re.compile(r"(?<!d)d{1,2}(?!d)"), re.compile("[ye]")
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
    """Whether a number format shows anything but the number, or the day, stored.

    >>> is_odd("0.0%"), is_odd('0.0"元"'), is_odd("#,##0.00_ ;[Red]-#,##0.00"), is_odd('yyyy"年"m"月"d"日"')
    (True, True, False, False)
    >>> is_odd("-0.0"), is_odd("0.0;0.0"), is_odd("0.0;[Red]0.0"), is_odd("0.0_);(0.0)")
    (True, True, False, False)
    >>> is_odd("yyyy-mm"), is_odd('"预计"m"月"d"日"')
    (True, True)
    """
    sections = _sections(form)
    if not sections and (days := _days(form)):
        return bool(days.before or days.after or not days.day)
    return bool(sections) and not all(s.plain() for s in sections)


def shows_no_text(form: str) -> bool:
    """Whether a number format shows nothing of a text, or something else, or more.

    >>> shows_no_text(";;;"), shows_no_text('0;-0;0;"未通过"'), shows_no_text('0;-0;"-"; @ '), shows_no_text('0"；"')
    (True, True, False, False)
    >>> shows_no_text('"未"@'), shows_no_text('@"（拟）"'), shows_no_text("[Red]@"), shows_no_text("@*.")
    (True, True, False, False)
    """
    parts = _parts(form)
    of_text = [token for token in parts[-1] if token["other"] == "@"]
    if len(parts) < _SECTIONS and not of_text:
        return False
    return len(of_text) != 1 or any(_literal(t).strip(_BARE) for t in parts[-1] if t not in of_text)


def seen(form: str, letters: Colour | None, ground: Colour | None, own: Mapping[int, Colour | None]) -> str | None:
    """Return what is seen of a format on its ground: parts in the ground's colour show nothing; None where nothing is.

    >>> seen("0.0;[Red]-0.0;[White]0", colours.BLACK, colours.WHITE, {}), seen("[白色]@", colours.BLACK, colours.WHITE, {})
    ('0.0;[Red]-0.0;""', None)
    """
    if colours.alike(letters, ground):
        return None
    parts = _parts(form)
    hidden = [colours.alike(_ink(part, own), ground) for part in parts]
    if not any(hidden):
        return form
    return None if all(hidden) else ";".join('""' if h else "".join(t[0] for t in p) for h, p in zip(hidden, parts, strict=True))


def _ink(part: list[re.Match[str]], own: Mapping[int, Colour | None]) -> Colour | None:
    """Return the colour that a part of a format names, None where it names none."""
    return next((ink for token in part if token["bracket"] and (ink := colours.ink(token["bracket"], own))), None)


def shown_day(day: dt.date, form: str) -> str | None:
    """Return a day as its format shows it where that isn't the day alone, else None.

    Who types 2022-10 gets the first of that month, shown without its day: nobody said which day it was.

    >>> import datetime as dt
    >>> shown_day(dt.date(2022, 10, 1), "mmm-yy"), shown_day(dt.date(2022, 10, 1), 'yyyy-mm-dd"（计划）"')
    ('2022年10月', '2022-10-01计划')
    >>> shown_day(dt.date(2022, 10, 17), "yyyy-mm"), shown_day(dt.date(2022, 10, 1), "yyyy-mm-dd")
    (None, None)
    """
    if (days := _days(form)) is None:
        return "（格式不显示日期）" if _sections(form) else None
    if days.before or days.after:
        return f"{days.before}{day:%Y-%m-%d}{days.after}"
    if days.day or (days.month and day.day > 1):
        return None
    return f"{day.year}年{day.month}月" if days.month else f"{day.year}年" if days.year else "（格式不显示日期）"


class _Days(NamedTuple):
    """What a date's format shows: words around the date, and which of its parts."""

    before: str
    after: str
    year: bool
    month: bool
    day: bool


@lru_cache(maxsize=4096)
def _days(form: str) -> _Days | None:
    """Return what a date's format shows, None where it is no date's."""
    part = _parts(form)[0]
    if not any(t["other"] and t["other"] in "ymdYMD" for t in part) or any(t["other"] == "@" for t in part):
        return None
    letters = _CLOCK.sub("", "".join(t["other"].lower() if t["other"] else " " for t in part))
    words, at = ["", ""], 0
    for token in part:
        if token["other"] and token["other"] in "ymdhseagbYMDHSEAGBPp":
            at = 1
        elif token["quoted"] or token["sign"] or token["other"]:
            words[at] += _BETWEEN.sub("", _literal(token))
    return _Days(words[0], words[1], bool(_YEAR.search(letters)), "m" in letters, bool(_DAY.search(letters)))


def shown(number: float, form: str) -> Shown | None:
    """Return a number as its format shows it, None where that is the number stored.

    >>> str(shown(125000, '0!.0,"万元"')), str(shown(0.445, "0.0%")), str(shown(85, '0"%"')), shown(5, "0.00")
    ('12.5万元', '44.5%', '85%', None)
    """
    section = _chosen(number, form)
    if section is None or section.plain():
        return None
    if not section.digits:
        zero = not number and _SIGN.sub("", section.before) in _ZERO
        return None if zero else Shown(number, _NO_DIGITS, number)
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


def _parts(form: str) -> list[list[re.Match[str]]]:
    """Return the parts of a format, for positive numbers, negative ones, zero and text, each in its tokens."""
    parts: list[list[re.Match[str]]] = [[]]
    for token in _TOKEN.finditer(form):
        if token["other"] == ";":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


@lru_cache(maxsize=4096)
def _sections(form: str) -> tuple[_Section, ...]:
    """Return the parts for numbers; none where the format is a date's or text's."""
    parts = _parts(form)
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
