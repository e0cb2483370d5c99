"""Rows of options that are no options of their own, and options that have no number."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from cpaudit.loaders.cells.texts import key
from cpaudit.loaders.sheets.words import words

if TYPE_CHECKING:
    from cpaudit.loaders.tables.reader import Row

_NUMBERED = "无编号{n}"


def is_part(number: str, name: str, *, after: bool) -> bool:
    """Whether a row breaks down the option above (其中：设备费); a part without a number of its own may follow another.

    >>> is_part("", "其中：设备费", after=False), is_part("", "安装费", after=True), is_part("3", "其中三台更换电机", after=False)
    (True, True, False)
    """
    begins, ends = _patterns()
    if begins.match(key(name)) or begins.match(key(number)):
        return True
    return not number and bool(ends.search(key(name))) and after


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    begins = "|".join(map(re.escape, map(key, words().part_beginnings)))
    ends = "|".join(map(re.escape, map(key, words().part_endings)))
    return re.compile(rf"[(\[（]?(?:{begins})(?:[:,、，(（)）-]|$)|[(\[（]?(?:{begins})\S{{0,8}}(?:{ends})$"), re.compile(
        rf"(?:{ends})(?:\(.*\))?$"
    )


def numbered(row: Row, plant_id: str, kind: str, name: str) -> str:
    """Return the number that an option without one goes by, the same wherever it is told again; this is told."""
    known = row.sheet.load.unnumbered
    about = (plant_id, kind, key(name))
    if about not in known:
        known[about] = _NUMBERED.format(n=1 + sum(plant == plant_id for plant, _, _ in known))
    row.tell("option_unnumbered", "number", plant_id, value=name, number=known[about])
    return known[about]
