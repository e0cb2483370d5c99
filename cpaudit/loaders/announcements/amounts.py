"""One printed benchmark or weight as a number, where it can be read for certain: sign, number, range or formula, unit."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from cpaudit.loaders.announcements.words import narrow, words
from cpaudit.loaders.opening.papers.printed import POWERS

_N = r"[+-]?(?!0\d)(?:\d{1,3}(?:[,\u2009\u202f\u2006 ]\d{3})+|\d+)(?:\.\d+)?"
_BETWEEN = r"\s*(?:[-~–—〜]|至)\s*"
_TIMES = r"\s*[×·*]?\s*"
_POWER = re.compile(rf"({_N})\s*[×xX*·]\s*10([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)(.*)", re.S)
#: No benchmark has a power of more than two digits, and no number can be made of 10⁹⁹⁹⁹⁹⁹⁹⁹.
_MOST_PLACES = len("⁻⁹⁹")
_RANGE = re.compile(rf"({_N})\s*([^\d\s.,+~–—〜至-]*){_BETWEEN}(\d+(?:\.\d+)?)(.*)", re.S)
_PLAIN = re.compile(rf"({_N})(?![\d.,])(.*)", re.S)
#: 0.8/n · 0.5×n · 2+3n · 2-0.5×n · (2+3n)/m
_FORMULA = re.compile(
    rf"\(?\s*(?P<value>{_N})\s*(?:(?P<op>[+-])\s*(?P<b>\d+(?:\.\d+)?)?{_TIMES}(?P<p>[A-Za-z]))?\s*\)?\s*(?:[/÷]\s*(?P<q>[A-Za-z]))?"
    rf"|(?P<only>{_N})\s*[×·*]\s*(?P<t>[A-Za-z])"
)


@dataclass(frozen=True, slots=True)
class Printed:
    """What a cell says: (``value`` + Σ ``times``) ÷ ``divided_by``, or ``low`` … ``high``; ``sign`` is '' where none is."""

    sign: str = ""
    value: Decimal = Decimal(0)
    times: dict[str, Decimal] = field(default_factory=dict)
    divided_by: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    unit: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def parameters(self) -> set[str]:
        """The letters that the number depends on."""
        return {*self.times, *filter(None, [self.divided_by])}

    @property
    def plain(self) -> bool:
        """Whether it is one fixed number."""
        return self.low is None and not self.parameters

    def definition(self) -> object:
        """Return it as a definition file says it: a number, or a mapping."""
        if self.low is not None:
            return {"min": self.low, "max": self.high}
        if not self.parameters:
            return self.value
        said: dict[str, object] = {"value": self.value} if self.value or not self.times else {}
        return (
            said
            | ({"times": dict(self.times)} if self.times else {})
            | ({"divided_by": self.divided_by} if self.divided_by else {})
        )

    def __str__(self) -> str:
        """As the review page shows it: ``≤ 0.35``, ``3 ～ 4``, ``0.8 ÷ n``."""
        if self.low is not None:
            return f"{self.low} ～ {self.high}"
        terms = ([f"{self.value:f}"] if self.value or not self.times else []) + [f"{b:f}×{p}" for p, b in self.times.items()]
        total = " + ".join(terms)
        return (
            f"({total}) ÷ {self.divided_by}"
            if self.divided_by and len(terms) > 1
            else total + (f" ÷ {self.divided_by}" if self.divided_by else "")
        )


def blank(text: str) -> bool:
    """Whether a cell is empty or holds a dash.

    >>> blank("——"), blank("0")
    (True, False)
    """
    return re.sub(r"\s+", "", narrow(text)) in words().blanks


def asks_nothing(text: str) -> bool:
    """Whether a cell says in words that the level asks for nothing."""
    return re.sub(r"\s+", "", narrow(text)) in words().no_requirement


def out_of_reach(text: str) -> bool:
    """Whether a cell says in words that no plant can meet the level."""
    return re.sub(r"\s+", "", narrow(text)) in words().unreachable


def number(text: str) -> Decimal | None:
    """Return the number that a text is, thousands separators read; None where it is none.

    >>> number("1,200.50"), number("1 20"), number("0,35"), number("12ab")
    (Decimal('1200.50'), None, None, None)
    """
    return _decimal(text) if re.fullmatch(_N, text) else None


def begins_as_number(text: str) -> bool:
    """Whether a text that could not be read as a number begins like one.

    >>> begins_as_number("≤3次以下"), begins_as_number("符合 GB 18597")
    (True, False)
    """
    said = narrow(text).strip()
    lead = next((w for s in words().signs for w in s.before if said.startswith(w)), "")
    # £ and ³ are what ≤ and ≥ of the font Symbol turn into when a PDF doesn't name it.
    return re.match(r"[^A-Za-z\u4e00-\u9fff]{0,3}?\d", said[len(lead) :]) is not None


def _decimal(text: str) -> Decimal:
    return Decimal(re.sub(r"[,\s]", "", text))


def read(text: str, unit: str = "", letters: frozenset[str] = frozenset()) -> Printed | None:
    """Return what a cell says as a number; None where it says something else, or nothing for certain.

    ``unit`` is the indicator's: the cell may repeat it. ``letters`` are those that the table's notes explain; apart from
    them only n is taken for a parameter, since a letter after a stroke may as well be a unit (5/a).

    >>> str(read("≤0．35")), read("不低于 95%", "%").sign, read("3-4次").high, str(read("0.8/n")), read("5/a")
    ('0.35', '>=', Decimal('4'), '0.8 ÷ n', None)
    """
    said = narrow(text).strip()
    doubts: list[str] = []
    if re.search(r"\d，\d", text):
        doubts.append("数中有全角逗号，按千位分隔读")
    sign, said, unsure = _sign(said)
    if unsure:
        doubts.append(f"“{unsure}”是否含本数各文件用法不一，暂按含本数读")
    if re.search(r"\d \d", said):
        doubts.append("数中有空格，按千位分隔读")
    if "\n" in said or not said:
        return None
    if found := _POWER.fullmatch(said):
        if len(found[2]) > _MOST_PLACES:
            return None
        value, rest = _decimal(found[1]).scaleb(int(found[2].translate(POWERS))), found[3]
        return _with_unit(Printed(sign, value, doubts=tuple(doubts)), rest, unit)
    if formula := _formula(said, letters | {"n", "N"}):
        return Printed(sign, *formula, doubts=tuple(doubts))
    if not sign and (found := _RANGE.fullmatch(said)) and (not found[2] or found[4].strip().startswith(found[2])):
        low, high = _decimal(found[1]), Decimal(found[3])
        return _with_unit(Printed(low=low, high=high, doubts=tuple(doubts)), found[4], unit) if low <= high else None
    if found := _PLAIN.fullmatch(said):
        return _with_unit(Printed(sign, _decimal(found[1]), doubts=tuple(doubts)), found[2], unit)
    return None


def _sign(said: str) -> tuple[str, str, str]:
    """The sign, the text without it, and the word where its meaning is unsure."""
    before = sorted(((w, s.sign) for s in words().signs for w in s.before), key=lambda pair: -len(pair[0]))
    after = sorted(((w, s.sign, s.doubtful) for s in words().signs for w in s.after), key=lambda some: -len(some[0]))
    lead = next(((w, sign) for w, sign in before if said.startswith(w)), None)
    tail = next((some for some in after if said.endswith(some[0])), None)
    if lead and not tail:
        return lead[1], said[len(lead[0]) :].strip(), ""
    if tail and not lead:
        return tail[1], said[: -len(tail[0])].strip(), tail[0] if tail[2] else ""
    return "", said, ""


def _with_unit(printed: Printed, rest: str, unit: str) -> Printed | None:
    """Accept what follows the number if it is a unit: the indicator's own, or a plain one where the indicator has none."""
    rest = re.sub(r"\s+", "", rest)
    if not rest:
        return printed
    same = rest == re.sub(r"\s+", "", narrow(unit))
    # A raised mark right after a number may be a power or a footnote; a stroke and a letter a unit or a formula.
    plain = not unit and re.fullmatch(r"[A-Za-z%‰℃°µμ][A-Za-z%‰℃°µμ³²/·]*", rest) is not None and rest not in ("n", "N")
    counted = rest in words().counted and (not unit or unit.startswith(rest))
    if not (same or plain or counted):
        return None
    return Printed(
        printed.sign, printed.value, printed.times, printed.divided_by, printed.low, printed.high, rest, printed.doubts
    )


def _formula(said: str, letters: frozenset[str]) -> tuple[Decimal, dict[str, Decimal], str] | None:
    found = _FORMULA.fullmatch(said)
    if not found or said.count("(") != said.count(")"):
        return None
    if found["only"]:
        return (Decimal(0), {found["t"]: _decimal(found["only"])}, "") if found["t"] in letters else None
    used = {found["p"], found["q"]} - {None}
    if not used or not used <= letters:
        return None
    if found["p"] and found["q"] and "(" not in said:
        return None  # a + b·n/m: what is divided is not certain
    times = {found["p"]: Decimal(f"{found['op']}{found['b'] or 1}")} if found["p"] else {}
    return _decimal(found["value"]), times, found["q"] or ""
