"""What reaches a person (telephone, mail, a name behind a word for contacts), masked wherever cells are quoted."""

from __future__ import annotations

import re
from functools import cache

from cpaudit.loaders.cells.credit_codes import read_code
from cpaudit.loaders.sheets.words import words

#: What stands in their place.
MASK = "〔联系方式〕"
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z.])(?:(?:\+|00)?86[-\s]*)?1[3-9]\d[-\s]*\d{4}[-\s]*\d{4}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z.])[(（]?0\d{2,3}[)）]?[-—\s]*[2-9]\d{2,3}[-\s]?\d{4}(?:[-转]\d{1,5})?(?![0-9A-Za-z])"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    re.ASCII,
)
#: An identity number: place, day of birth, and the rest; or what a spreadsheet leaves of it. Codes of firms have no such day.
_IDENTITY = re.compile(
    r"(?<![0-9A-Za-z])[1-8]\d{5}[-\s]?(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])[-\s]?\d{3}[\dXx](?![0-9A-Za-z])"
    r"|(?<![\d.])[1-8]\.\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])\d*[eE]\+?17",
    re.ASCII,
)
#: Full-width digits, as a number may be written in.
_NARROW = {0xFF10 + n: ord("0") + n for n in range(10)}


def masked(said: str) -> str:
    """Return a text without the contacts that stand in it.

    >>> masked("示例公司（联系人：张某 139-0000-0000）"), masked("91130121MA0000015W")
    ('示例公司（联系人：〔联系方式〕 〔联系方式〕）', '91130121MA0000015W')
    """
    if len(said) < 5:
        return said
    narrow = said.translate(_NARROW)
    found = _IDENTITY.sub(_identity, _NUMBER.sub(MASK, narrow))
    found = found if found != narrow else said
    return _named().sub(lambda name: f"{name[1] or name[2]}{MASK}", found)


def _identity(found: re.Match[str]) -> str:
    """Return the mask in an identity number's place, unless it is the code of a firm after all."""
    return found[0] if read_code(found[0]).code else MASK


@cache
def _named() -> re.Pattern[str]:
    """Return what a word for contacts looks like with a name behind it."""
    known = words()
    those = "|".join(sorted(map(re.escape, {*known.signatures, *known.contacts}), key=len, reverse=True))
    signed = "|".join(map(re.escape, known.signatures))
    return re.compile(
        rf"((?:{those})(?:[(（][^)）]*[)）])?\d?\s*[:：]\s*)[^\s,，;；、()（）〔]+"
        rf"|((?:{signed})\s*)[\u4e00-\u9fff]{{2,4}}(?=$|[\s\d,，;；、()（）〔])"
    )
