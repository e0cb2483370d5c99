"""What a cell says: dates, numbers, blanks and codes in all the spellings met; each gives a value or says what is wrong."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from cpaudit.loaders.grids import CellError, Percent, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Spellings of “nothing here”, once cleaned.
BLANKS = frozenset({"", "-", "--", "—", "——", "–", "/", "\\", "`", "_", "无", "暂无", "空", "n/a", "na", "null", "none", "nan"})

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_ERROR = re.compile(r"#(REF!|DIV/0!|N/A|VALUE!|NAME\?|NUM!|NULL!)")
_DATE = re.compile(r"(\d{4})\s*(?:年|[-/.])\s*(\d{1,2})\s*(?:月|[-/.])\s*(\d{1,2})\s*日?(?:[T\s]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
_COMPACT = re.compile(r"(20\d{2})(\d{2})(\d{2})")
_NUMBER = re.compile(r"[+-]?(\d+(,\d{3})*(\.\d*)?|\.\d+)(e[+-]?\d+)?")
_DAY_OF_MONTH = re.compile(r"\d{1,2}月\d{1,2}日|\d{1,2}-(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-\d{2}")
_EPOCH = dt.date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A cell that cannot be adopted: the problem's code and what fills the holes of its message."""

    code: str
    holes: Mapping[str, object] = field(default_factory=dict)


@lru_cache(maxsize=65536)
def clean(text: str) -> str:
    """Return text with full-width forms narrowed, invisible characters gone and outer space cut.

    >>> clean(" １２．５％ ")
    '12.5%'
    """
    return unicodedata.normalize("NFKC", text).translate(_INVISIBLE).strip()


@lru_cache(maxsize=65536)
def squeeze(text: str) -> str:
    """Return text in the form in which headings, names and units are compared: no space, one case."""
    return re.sub(r"\s+", "", clean(text)).casefold()


def shown(value: Value) -> str:
    """Return a cell's value as users know it: ISO dates, whole numbers without “.0”, at most 40 characters."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        text = value.date().isoformat()
    elif isinstance(value, float) and not math.isfinite(value):
        text = str(value)
    elif isinstance(value, float):
        text = repr(float(value)) if value % 1 or abs(value) >= 1e15 else str(int(value))
    else:
        text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def is_blank(value: Value) -> bool:
    """Whether a cell says nothing, in any of the usual spellings."""
    return value is None or (isinstance(value, str) and clean(value).casefold() in BLANKS)


def text(value: Value) -> str | None | Wrong:
    """Return a cell's text, None where blank."""
    if (error := _error(value)) is not None:
        return error
    return None if is_blank(value) else shown_whole(value).translate(_INVISIBLE).strip()


def shown_whole(value: Value) -> str:
    """Return a cell's value as text of any length."""
    return value if isinstance(value, str) else shown(value)


def date(value: Value) -> dt.date | None | Wrong:
    """Return a cell's date: a date cell, its serial number, or text with year, month and day in any usual form."""
    if (error := _error(value)) is not None:
        return error
    if is_blank(value):
        return None
    if isinstance(value, dt.datetime):
        return _plausible(value.date(), value)
    if isinstance(value, str):
        written = clean(value)
        match = _DATE.fullmatch(written) or _COMPACT.fullmatch(written)
        if match:
            try:
                return _plausible(dt.date(*map(int, match.groups())), value)
            except ValueError:
                return Wrong("date_invalid", {"value": shown(value)})
        if re.fullmatch(r"\d{5}(\.0+)?", written):
            value = float(written)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 30000 <= value < 60000:
        return _EPOCH + dt.timedelta(days=int(value))
    if isinstance(value, (int, float)) and (match := _COMPACT.fullmatch(shown(value))):
        return date(shown(value))
    return Wrong("date_invalid", {"value": shown(value)})


def _plausible(day: dt.date, value: Value) -> dt.date | Wrong:
    return day if 1990 <= day.year <= 2100 else Wrong("date_invalid", {"value": shown(value)})


def number(value: Value, label: str, unit: str = "") -> float | None | Wrong:
    """Return a cell's number; a percentage counts as 95 where ``unit`` is ``%``, else as 0.95."""
    if (error := _error(value)) is not None:
        return error
    if is_blank(value):
        return None
    if isinstance(value, dt.datetime):
        return Wrong("number_became_date", {"field": label, "value": shown(value)})
    if isinstance(value, Percent):
        return round(float(value) * 100, 10) if unit == "%" else float(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value) if math.isfinite(value) else Wrong("number_text", {"value": shown(value)})
    return _written_number(str(value), label, unit)


def _written_number(value: str, label: str, unit: str) -> float | Wrong:
    written = clean(value).casefold()
    per_cent = written.endswith("%")
    figure = written.removesuffix("%").rstrip()
    if _NUMBER.fullmatch(figure):
        amount = float(figure.replace(",", ""))
        if math.isfinite(amount):
            return round(amount / 100, 12) if per_cent and unit != "%" else amount
    if _DAY_OF_MONTH.fullmatch(written) or _DATE.fullmatch(written):
        return Wrong("number_became_date", {"field": label, "value": shown(value)})
    return Wrong("number_text", {"value": shown(value)})


def code(value: Value, label: str, allowed: Mapping[str, str], synonyms: Mapping[str, str] | None = None) -> str | None | Wrong:
    """Return the code whose label the cell gives; ``allowed`` is code → label, ``synonyms`` other spelling → code."""
    if (error := _error(value)) is not None:
        return error
    if is_blank(value):
        return None
    wanted = _loose(shown_whole(value))
    for key, name in allowed.items():
        if wanted in (_loose(name), key):
            return key
    for spelling, key in (synonyms or {}).items():
        if wanted == _loose(spelling):
            return key
    return unknown(value, label, allowed.values())


def unknown(value: Value, label: str, allowed: object) -> Wrong:
    """Return the problem of a value that isn't among the allowed ones."""
    return Wrong("code_unknown", {"value": shown(value), "field": label, "allowed": "、".join(map(str, allowed))})  # type: ignore[call-overload]


def _loose(text: str) -> str:
    return squeeze(text).replace("/", "")


def _error(value: Value) -> Wrong | None:
    if isinstance(value, str) and (isinstance(value, CellError) or _ERROR.fullmatch(clean(value))):
        return Wrong("cell_error", {"value": shown(value)})
    return None
