"""Rows of options that are no options of their own, options without a number, and one option under two numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cpaudit.fields import tables
from cpaudit.loaders.cells.answers import codes
from cpaudit.loaders.cells.texts import key
from cpaudit.loaders.opening.grids import filled
from cpaudit.loaders.sheets.words import words
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cpaudit.loaders.tables.claims import Claim
    from cpaudit.loaders.tables.gathered import Load
    from cpaudit.loaders.tables.reader import Row, Sheet

_NUMBERED = "无编号{n}"
#: A row that begins a group holds its class, a number and a count, and nothing else.
_BESIDE = 3
_ENUMERATED = re.compile(r"[(]?(?:[一二三四五六七八九十]+|\d{1,2}|[A-Z])[)]?[、.:]?(?=\D|$)|[IVX]+[、.]?(?=\D|$)")
_WORDS = re.compile(r"[\u4e00-\u9fff()（）:：]{3,}")
_COUNTED = re.compile(r"[(:]?(?:共|计)?\d*[项个]?[)]?$|(?:[(]\d+[项个][)])$")


def is_part(number: str, name: str, *, after: bool) -> bool:
    """Whether a row breaks down the option above (其中：设备费); a part without a number of its own may follow another.

    >>> is_part("", "其中：设备费", after=False), is_part("", "安装费", after=True), is_part("3", "其中三台更换电机", after=False)
    (True, True, False)
    """
    begins, ends = _patterns()
    if begins.match(key(name)) or begins.match(key(number)):
        return True
    return not number and bool(ends.search(key(name))) and after


def only_words(number: str, name: str) -> bool:
    """Whether a row without a name has words where its number should be (累计完成投资): it is no option.

    >>> only_words("累计完成投资", ""), only_words("方案3", ""), only_words("三", ""), only_words("累计", "电机改造")
    (True, False, False, False)
    """
    return not name and bool(_WORDS.fullmatch(key(number)))


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    begins = "|".join(map(re.escape, map(key, words().part_beginnings)))
    ends = "|".join(map(re.escape, map(key, words().part_endings)))
    return re.compile(rf"[(\[（]?(?:{begins})(?:[:,、，(（)）-]|$)|[(\[（]?(?:{begins})\S{{0,8}}(?:{ends})$"), re.compile(
        rf"(?:{ends})(?:\(.*\))?$"
    )


def classes(sheet: Sheet) -> dict[int, str]:
    """Return the rows that begin a group of options and its class: 一、无/低费方案."""
    own = [at for c in ("name_of_plant", "uscc", "class", "status") if (at := sheet.what.columns.get(c, 0))]
    found = {}
    for at in sheet.what.rows("note", "data"):
        cells = sheet.grid.rows[at]
        if any(filled(cells[c]) for c in own):  # most are out here
            continue
        held = [v for v in cells[slice(*sheet.what.span)] if filled(v)]
        if len(held) > _BESIDE:
            continue
        said = [key(v) for v in held]
        bare = _ENUMERATED.sub("", "".join(s for s in said if not _ENUMERATED.fullmatch(s)))
        if kind := codes("options", "class").get(_COUNTED.sub("", bare)):
            found[at] = kind
    return found


def numbered(row: Row, plant_id: str, kind: str, name: str) -> str:
    """Return the number that an option without one goes by, the same wherever it is told again; this is told."""
    known = row.sheet.load.unnumbered
    about = (plant_id, kind, key(name))
    if about not in known:
        known[about] = _NUMBERED.format(n=1 + sum(plant == plant_id for plant, _, _ in known))
    row.tell("option_unnumbered", "number", plant_id, value=name, number=known[about])
    return known[about]


def renumbered(load: Load, sheets: Sequence[Sheet]) -> None:
    """Take an option that an earlier table has under another number for that one, where name, class and amounts are the same.

    Inside one table two numbers are two options: nobody numbers one twice.
    """
    claims, order = load.claims.of["options"], {id(sheet): n for n, sheet in enumerate(sheets)}
    told_by: dict[Any, set[int]] = {}
    for about, those in claims.items():
        told_by.setdefault(about[0], set()).update(id(claim.row.sheet) for claim in those)
    every = [(about, claim) for about, those in claims.items() if len(told_by[about[0]]) > 1 for claim in those]
    known: dict[tuple[Any, ...], list[tuple[tuple[Any, ...], Claim]]] = {}
    for about, claim in sorted(every, key=lambda one: (order[id(one[1].row.sheet)], one[1].row.at)):
        if not (name := key(claim.records[0]["name"])):
            continue
        same = [(n, c) for n, c in known.setdefault((*about[:2], name), []) if _one(c, claim)]
        free = [n for n, _ in same if not any(_beside(c, claim) and key(c.records[0]["name"]) == name for c in claims[n])]
        free = [] if about in [n for n, _ in same] else free
        if free:
            there = next(c for n, c in same if n == free[0])
            claims[about] = [c for c in claims[about] if c is not claim]
            claims[free[0]].append(claim)
            holes = {"value": claim.records[0]["number"], "other": there.records[0]["number"], "name": claim.records[0]["name"]}
            claim.records[0]["name"] = there.records[0]["name"]  # they may differ in blanks
            at = there.row.place("number")
            claim.row.tell("option_renumbered", "number", about[0], first=f"{at.file} “{at.sheet}”{at.cell}", **holes)
        known[*about[:2], name].append((free[0] if free else about, claim))
    for about in [about for about, those in claims.items() if not those]:
        del claims[about]


def _beside(one: Claim, other: Claim) -> bool:
    return one.row.sheet is other.row.sheet


def _one(one: Claim, other: Claim) -> bool:
    """Whether two tables say the same amounts of an option, as far as both have the column, and any at all."""
    if _beside(one, other):
        return False
    mine, theirs = one.records[0], other.records[0]
    both = [c for c, about in tables()["options"].columns.items() if about.type == "number"]
    both = [c for c in both if one.row.sheet.has(c) and other.row.sheet.has(c)]
    return all(mine[c] == theirs[c] for c in both) and any(mine[c] for c in both)
