"""Cells as text: cleaned, told from blanks, compared and quoted, in the spellings that people use."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from cpaudit.loaders.cells.folding import fold
from cpaudit.workspace.caches import lru_cache

#: What stands for “nothing” in a cell, after cleaning.
BLANKS = frozenset(("", "-", "--", "—", "——", "－", "/", "无", "`", "暂无", "空"))
#: Characters that are seen by no one and left by copying (``unseen.is_unseen``, without the control characters).
_UNSEEN = dict.fromkeys(
    (
        0xAD,
        0x34F,
        0x61C,
        0x115F,
        0x1160,
        0x180E,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202E),  # what follows U+202E is shown backwards: it stays, and is no number
        *range(0x2060, 0x2070),
        0x3164,
        0xFEFF,
        0xFFA0,
        0xFFFC,
    )
)
_BLANKS = re.compile(r"\s+")


def text(value: Any) -> str:
    """Return a cell as text: full-width letters and digits narrowed (:func:`fold`), unseen characters and outer blanks gone."""
    if type(value) is str:
        return _clean(value)
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    elif isinstance(value, dt.datetime) and value.time() == dt.time.min:
        value = value.date()
    return str(value)


@lru_cache(maxsize=65_536)
def _clean(said: str) -> str:
    return fold(said).translate(_UNSEEN).strip()


@lru_cache(maxsize=65_536)
def said(value: str) -> str:
    """Return text as :func:`text` does, '' where it is a way to write nothing."""
    cleaned = _clean(value)
    return "" if cleaned in BLANKS else cleaned


def blank(value: Any) -> bool:
    """Whether a cell says nothing."""
    return value is None or (type(value) is str and not said(value))


def blank_text(said: str) -> bool:
    """Whether a text holds blanks and unseen characters alone."""
    return not _clean(said)


def shown(value: Any) -> str:
    """Return a cell as a message quotes it: as the spreadsheet shows it, unseen characters kept, no digits made up."""
    return value if isinstance(value, str) else str(value) if isinstance(value, float) and abs(value) >= 1e15 else text(value)


def key(value: Any) -> str:
    """Return what two spellings of a name share: no blanks, one width of brackets and signs, lower case.

    >>> key("县（市、区）") == key("县(市、区) ")
    True
    """
    return _key(value) if type(value) is str else text(value).lower()


@lru_cache(maxsize=65_536)
def _key(said: str) -> str:
    return _BLANKS.sub("", text(said)).lower()


def name(value: Any) -> str:
    """Return a name as it is printed: brackets full-width, no unseen characters.

    >>> name("示例化工(河北) 有限公司")
    '示例化工（河北）有限公司'
    """
    return re.sub(r"\s+", "", text(value)).replace("(", "（").replace(")", "）")
