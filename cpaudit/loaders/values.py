"""Cells as values: dates, numbers, codes and blanks in the spellings that people use."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Any

from cpaudit.loaders.grids import CellError

#: What stands for “nothing” in a cell, after cleaning.
BLANKS = frozenset(("", "-", "--", "—", "——", "－", "/", "无", "`", "暂无", "空"))
#: Characters that are seen by no one and left by copying.
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\ufeff\u2060"), None)
_DATE = re.compile(r"(\d{4})[.\-/年](\d{1,2})[.\-/月](\d{1,2})日?")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
#: Excel's day 0, its wrong leap year 1900 included.
_EPOCH = dt.date(1899, 12, 30)
_SERIALS = range(36526, 73051)  # 2000-01-01 … 2099-12-31


class Wrong(ValueError):  # it is a finding, not a failure
    """A cell that doesn't hold what its column is for; ``code`` is the kind of problem."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def text(value: Any) -> str:
    """Return a cell as text: full-width letters and digits narrowed, unseen characters and outer blanks dropped."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFKC", str(value)).translate(_UNSEEN).strip()


def blank(value: Any) -> bool:
    """Whether a cell says nothing."""
    return not isinstance(value, CellError) and text(value) in BLANKS


def date(value: Any) -> dt.date | None:
    """Return the date of a cell, None where it is blank.

    Raises:
        Wrong: a formula error (cell_error), or no date (date_invalid).
    """
    if isinstance(value, CellError):
        raise Wrong("cell_error")
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if blank(value):
        return None
    said = re.sub(r"[ T]\d{1,2}:\d{2}(:\d{2})?(\.\d+)?$", "", text(value)).replace(" ", "")
    if said.startswith("#"):  # a failed formula that went through CSV
        raise Wrong("cell_error")
    try:
        if found := _DATE.fullmatch(said):
            return dt.date(*map(int, found.groups()))
        if re.fullmatch(r"\d{8}", said):
            return dt.date(int(said[:4]), int(said[4:6]), int(said[6:]))
        if re.fullmatch(r"\d{5}", said) and int(said) in _SERIALS:
            return _EPOCH + dt.timedelta(days=int(said))
    except ValueError:
        pass  # the 30th of February
    raise Wrong("date_invalid")


def number(value: Any) -> float | None:
    """Return the number of a cell, None where it is blank; thousands separators are read.

    Raises:
        Wrong: a formula error (cell_error), a date where a number should be (number_became_date), or other text (number_text).
    """
    if isinstance(value, CellError):
        raise Wrong("cell_error")
    if isinstance(value, dt.date):
        raise Wrong("number_became_date")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if blank(value):
        return None
    said = re.sub(r"(?<=\d),(?=\d{3})", "", text(value))
    if not _NUMBER.fullmatch(said):
        raise Wrong("cell_error" if said.startswith("#") else "number_text")
    return float(said)


def key(value: Any) -> str:
    """Return what two spellings of a name share: no blanks, one width of brackets and signs, lower case.

    >>> key("县（市、区）") == key("县(市、区) ")
    True
    """
    return re.sub(r"\s+", "", text(value)).lower()


def name(value: Any) -> str:
    """Return a name as it is printed: brackets full-width, no unseen characters.

    >>> name("示例化工(河北) 有限公司")
    '示例化工（河北）有限公司'
    """
    return re.sub(r"\s+", "", text(value)).replace("(", "（").replace(")", "）")
