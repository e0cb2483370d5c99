"""Cells as values: dates and numbers in the spellings that people use."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from typing import Any, TypeGuard, TypeVar

from cpaudit.loaders.cells.folding import APART
from cpaudit.loaders.cells.texts import blank, text
from cpaudit.loaders.opening.grids import CellError, Shown
from cpaudit.quantities.conversion import converted, of_water, yearly

#: A number of a mobile telephone stored as an amount, and how a telephone number is written.
PHONES = (13_000_000_000.0, 19_999_999_999.0)
_PHONE = re.compile(r"(?:(?:\+|00)?86)?1[3-9]\d{9}|0\d{9,11}")
_DATE = re.compile(r"(\d{4})[.\-/年、](\d{1,2})[.\-/月、](\d{1,2})[日.]?")
_MONTH = re.compile(r"(19|20)\d\d([.\-/年、](0?[1-9]|1[0-2])[月份]{0,2}|(0[1-9]|1[0-2]))")
_TIME = re.compile(r"(?<![ T日])[ T日]*+\d{1,2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d\d:?\d\d)?$")
#: A moment that says its zone, as systems export it: 2022-03-04T16:00:00Z is the 5th of March here.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")
_HERE = dt.timezone(dt.timedelta(hours=8))
_SERIAL, _WRITTEN = re.compile(r"(\d{5})(\.\d+)?"), re.compile(r"[12]\d{7}")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
#: Thousands are parted from a first group that isn't 0: 0,500 and 1000,000 are no numbers that anybody can be sure of.
_THOUSANDS = re.compile(r"(?<![\d,.])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])")
#: A blank between two digits parts two numbers (12.5 1), unless it groups thousands or the parts of a date.
_GROUPED = re.compile(r"[+-]?\d{1,3}(?: \d{3})+(?:\.\d*)?(?![\d ])")
_PARTED = re.compile(r"(?<=\d) +(?=\d)")
#: So does a blank beside a point: 1. 234 may be the first of a list.
_POINT_PARTED = re.compile(r"\d\. +(?=\d)|(?<=\d) +\.(?=\d)")
_SPACED_DATE = re.compile(r"(\d{4}) +(\d{1,2}) +(\d{1,2})")
#: About, at least, at most: the words before and after a number that say so.
_INEXACT = re.compile(
    r"(?:约|大约|近|超过|大于|小于|不低于|不高于|不超过|低于|高于|≥|≤|≧|≦|>=?|<=?|~|±)(.+)"
    r"|(.+?)(?:左右|以上|以下|以内|余|多)"
)
_AMOUNT = re.compile(rf"([+-]?(?:\d+(?:\.\d*)?|\.\d+))([^\d{APART}.,~\-+*×/(至到].*)?")
N = TypeVar("N", int, float, Fraction)
#: No quantity of a plant is as large or as small, in whatever unit.
_LEAST, _MOST = 1e-30, 1e30
#: The ratio of a unit to itself.
_AS_IT_IS = Fraction(1)
#: Excel's day 0, its wrong leap year 1900 included.
_EPOCH = dt.date(1899, 12, 30)
_SERIALS = range(36526, 73051)  # 2000-01-01 … 2099-12-31


class Wrong(ValueError):  # it is a finding, not a failure
    """A cell that doesn't hold what its column is for; ``code`` is the kind of problem."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def date(value: Any) -> dt.date | None:
    """Return the date of a cell, None where it is blank; “0” is blank, as systems export it.

    Raises:
        Wrong: a formula error (cell_error, formula_without_value), a month without a day (date_month_only), or no date
            (date_invalid).
    """
    if isinstance(value, CellError):
        raise Wrong(value.problem)
    value = _digits(value)
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if blank(value) or value in (0, dt.time.min):  # a cell that holds 0 in a date's format comes as midnight
        return None
    said = text(value)
    if _MOMENT.fullmatch(said):
        return _day_here(said)
    said = _SPACED_DATE.sub(r"\1-\2-\3", _TIME.sub("", said))
    if not said.strip() or _PARTED.search(said):  # a time of day without its day
        raise Wrong("date_invalid")
    said = said.replace(" ", "")
    if said.startswith("#"):  # a failed formula that went through CSV
        raise Wrong("cell_error")
    try:
        if found := _DATE.fullmatch(said):
            return dt.date(*map(int, found.groups()))
        if _WRITTEN.fullmatch(said):
            return dt.date(int(said[:4]), int(said[4:6]), int(said[6:]))
        if (found := _SERIAL.fullmatch(said)) and int(found[1]) in _SERIALS:
            return _EPOCH + dt.timedelta(days=int(found[1]))
    except ValueError:
        pass  # the 30th of February
    if said.strip("0") == "":
        return None
    raise Wrong("date_month_only" if _MONTH.fullmatch(said) else "date_invalid")


def _digits(value: Any) -> Any:
    """Return 20211225 where that is shown as 2021年12月25日; 44835 shown as 未定 is no day."""
    return value.stored if isinstance(value, Shown) and _WRITTEN.fullmatch(text(value.stored)) else value


def _day_here(said: str) -> dt.date:
    """Return the day that it is here at a moment of another zone."""
    try:
        return dt.datetime.fromisoformat(said).astimezone(_HERE).date()
    except (ValueError, OverflowError):
        raise Wrong("date_invalid") from None


def number(value: Any, unit: str | None = None, times: Fraction = _AS_IT_IS, *, water: bool = False) -> float | None:
    """Return the number of a cell in ``unit``, None where it is blank; one with another unit that converts is converted.

    ``times`` turns what stands without a unit of its own into ``unit``; ``water``: a cubic metre is a ton.

    >>> number("1，234.5 吨", "t"), number("95%", "%"), number("3.2kg", "t")
    (1234.5, 95.0, 0.0032)

    Raises:
        Wrong: as :func:`amount`, or a unit of another kind (number_unit).
    """
    found = amount(value)
    if found is None:
        return None
    if not found[1]:
        return float(found[0]) if times == 1 else converted(float(found[0]), times)
    own = yearly(found[1], unit) if unit else None
    own = of_water(found[1], unit) if own is None and unit and water else own
    if own is None:
        raise Wrong("number_unit")
    return float(Fraction(found[0]) * own)


def amount(value: Any) -> tuple[Fraction | float, str] | None:
    """Return the number of a cell and the unit that the cell itself says, '' where it says none; None where it is blank.

    >>> amount("1，234.5 吨")
    (Fraction(2469, 2), '吨')

    Raises:
        Wrong: a formula error (cell_error, formula_without_value), a date where a number should be (number_became_date),
            about or at least so much (number_inexact), a telephone number (number_phone), or other text (number_text).
    """
    if _is_phone(value):
        raise Wrong("number_phone")
    kind = type(value)
    if kind is float or kind is int:
        return float(_sized(value)), ""
    if blank(value):
        return None
    if isinstance(value, Shown):
        return Fraction(repr(_sized(value.number))), value.unit
    if isinstance(value, CellError):
        raise Wrong(value.problem)
    if isinstance(value, (dt.date, dt.time, dt.timedelta)):
        raise Wrong("number_became_date")
    said = _THOUSANDS.sub(lambda found: found[0].replace(",", ""), text(value))
    if _POINT_PARTED.search(said) or (_PARTED.search(said) and not _GROUPED.match(said)):
        raise Wrong("number_text")
    said = said.replace(" ", "")
    if _NUMBER.fullmatch(said):
        found = float(said)
        if not found and said.lower().partition("e")[0].strip("+-0."):  # 1e-400 is none that can be kept
            raise Wrong("number_text")
        return _sized(found), ""
    if said.startswith("#"):
        raise Wrong("cell_error")
    hedged = _INEXACT.fullmatch(said)
    parts = _AMOUNT.fullmatch((hedged[1] or hedged[2]) if hedged else said)
    if not parts:
        raise Wrong("number_text")
    if hedged:
        raise Wrong("number_inexact")
    return _sized(Fraction(parts[1])), parts[2] or ""


def usual(value: Any) -> TypeGuard[float]:
    """Whether a cell holds a number that :func:`amount` returns as it stands.

    >>> usual(12.5), usual(0.0), usual(5e-324), usual(-1e300), usual("12.5")
    (True, True, False, False, False)
    """
    return type(value) is float and (_LEAST < value < PHONES[0] or value == 0 or -_MOST < value < -_LEAST)


def _sized(number: N) -> N:
    """Return a number, unless it is larger or smaller than any quantity: units could make no number of it.

    Raises:
        Wrong: it is (number_text).
    """
    if number and not _LEAST < abs(number) < _MOST:
        raise Wrong("number_text")
    return number


def _is_phone(value: Any) -> bool:
    """Whether a telephone number stands alone where an amount should be."""
    if isinstance(value, (int, float)):
        return PHONES[0] <= value <= PHONES[1] and value == int(value)
    return isinstance(value, str) and _PHONE.fullmatch(text(value)) is not None
