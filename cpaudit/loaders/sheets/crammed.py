"""A whole record in one cell: told from a remark, so that its row is counted and refused, never passed over."""

from __future__ import annotations

import re

#: What people and programs part cells with; one kind of sign parts a record.
_SIGNS = (r"\t", "[,，]", "[;；]", r"[|｜¦]", "、", r"\s{2,}|\u3000", r"\s+", r"\n", r"[~^#]", "/")
#: Prose has these too.
_LOOSE = ("、", r"\s{2,}|\u3000", r"\s+", "/")
#: A part that tells of a plant: a date, a number, a code, a firm.
_TELLING = re.compile(
    r"\d{4}[-./年]\d{1,2}([-./月]\d{1,2}日?)?|[+-]?\d+(\.\d+)?%?|[0-9A-HJ-NP-Za-z]{15,18}|.*(公司|厂|矿|集团)([（(][^（）()]*[)）])?"
)
_CODE = re.compile(r"(?<![0-9A-Za-z])(?=(?:[A-Za-z]*\d){6})[0-9A-Za-z]{18}(?![0-9A-Za-z])")
_PROSE = re.compile("[。！!？?]|[:：]")
_FEWEST, _MOST_TELLING = 3, 3


def crammed(said: str, columns: int) -> bool:
    """Whether a text holds what belongs into several cells of a table so wide.

    >>> crammed("2，示例化工有限公司，91130121MA0000015W，2021-12-28，，通过", 20), crammed("以上数据由各县上报，截至9月", 20)
    (True, False)
    """
    coded = _CODE.search(said) is not None
    for sign in _SIGNS:
        parts = [part.strip(" \u3000\"“”'") for part in re.split(sign, said.strip())]
        if len(parts) < _FEWEST:
            continue
        telling = sum(bool(part) and _TELLING.fullmatch(part) is not None for part in parts)
        if telling >= (1 if coded else _MOST_TELLING if sign in _LOOSE else 2):
            return True
        if len(parts) * 10 >= columns * 6 and len(parts) > _MOST_TELLING and not _PROSE.search(said):
            return True
    return False
