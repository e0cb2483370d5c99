"""Headings that nearly are one of a layout's: which column each may be, for a person to say."""

from __future__ import annotations

import re

from cpaudit.loaders.cells.texts import key
from cpaudit.loaders.sheets.headings import known, plain
from cpaudit.loaders.sheets.words import contact, words
from cpaudit.workspace.caches import cache

_SIGNS = re.compile(r"[\W_]+")
_IN_BRACKETS = re.compile(r"[(\[【〔].*$")
_NUMBERED = re.compile(r"^(?:序号|编号|栏次)|^\d+|\d+$")
#: Shorter headings are too like each other.
_SHORTEST = 2


@cache
def nearest(layout: str, heading: str) -> str:
    """Return the column of a layout that a heading may be meant for, '' where it is like none.

    >>> nearest("progress", "完成评估曰期"), nearest("progress", "通过评估时间"), nearest("progress", "备注")
    ('event:assessed', 'event:assessed', '')
    """
    from rapidfuzz import fuzz

    if contact(heading):
        return ""
    best, column = 0.0, ""
    spellings = {_letters(said) for said in (plain(key(heading)), _IN_BRACKETS.sub("", plain(key(heading))))}
    for said in spellings:
        for form, name in _forms(layout):
            score = 100.0 if _same(said, form) else fuzz.ratio(said, form)
            if score > best:
                best, column = score, name
    return column if best >= words().near.ratio else ""


@cache
def _forms(layout: str) -> tuple[tuple[str, str], ...]:
    """Return the layout's headings as letters alone, with their columns."""
    found: dict[str, str] = {}
    for text, column in known(layout).items():
        for said in (text, _IN_BRACKETS.sub("", text)):
            if len(letters := _letters(said)) >= _SHORTEST:
                found.setdefault(letters, column)
    return tuple(found.items())


def _letters(said: str) -> str:
    return _NUMBERED.sub("", _SIGNS.sub("", said))


def _same(said: str, form: str) -> bool:
    """Whether two headings differ by one character, in their order, or by a few characters more."""
    from rapidfuzz.distance import OSA

    if sorted(said) == sorted(form):
        return True
    if len(form) > _SHORTEST and OSA.distance(said, form, score_cutoff=1) <= 1:
        return True
    more = len(said) - len(form)
    if len(form) <= _SHORTEST + 1 or not 0 < more <= words().near.more:
        return False
    rest = iter(said)
    return all(letter in rest for letter in form)
