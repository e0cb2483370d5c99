"""Who a row speaks of: cleaning of credit codes, and matching of names and codes with the plants of the roster."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from cpaudit.loaders.grids import Value
from cpaudit.loaders.values import Wrong, clean, is_blank, shown, squeeze

if TYPE_CHECKING:
    from collections.abc import Iterable

#: GB 32100: two characters of authority and kind (9…, but also A, N, Y), six digits of region, ten of organisation and check.
_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}")
_RUN = re.compile(r"[0-9A-Z]{18}")
_BLANK_CODE = re.compile(r"[\W_0]*")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d+")
#: A former name in a bracket, sometimes unclosed because the name was cut; 原料, 原药 … are no former names.
_FORMER = re.compile(r"[（(](?:原名称?|曾用名|原(?!料|药|油|种|浆|煤|奶|木|纸))[:：]?([^（）()]*)(?:[）)]|$)")
_SITE = re.compile(r"[（(]([^（）()]+)[）)]$")
_CUT = re.compile(r"[.·。…]+$")


@dataclass(frozen=True, slots=True)
class Code:
    """A credit code as read: the code where it is sound, and what was wrong."""

    code: str | None
    wrong: Wrong | None = None


@lru_cache(maxsize=8192)
def sound(code: str) -> bool:
    """Whether a code has the form of GB 32100 and the right check digit.

    >>> sound("91110000600037341L")
    True
    """
    from stdnum.cn import uscc

    # stdnum's own validate() refuses codes that begin with a letter, which institutions and villages have.
    return bool(_CODE.fullmatch(code)) and uscc.calc_check_digit(code) == code[-1]


def read_code(value: Value) -> Code:
    """Return the credit code in a cell: cleaned, or what is wrong with it."""
    if is_blank(value) and (value is None or not str(value).strip()):
        return Code(None)
    if isinstance(value, float | int) and not (isinstance(value, int) and value == 0) and value:
        return Code(None, Wrong("uscc_number", {"value": shown(value)}))
    written = re.sub(r"\s", "", clean(shown(value) if not isinstance(value, str) else value)).upper()
    if _BLANK_CODE.fullmatch(written) or is_blank(written):
        return Code(None, Wrong("uscc_missing", {"value": shown(value)}))
    if _SCIENTIFIC.fullmatch(written):
        return Code(None, Wrong("uscc_number", {"value": shown(value)}))
    if sound(written):
        return Code(written)
    for run in _RUN.finditer(written):
        if sound(run.group()):
            return Code(run.group(), Wrong("uscc_cleaned", {"value": shown(value), "cleaned": run.group()}))
    return Code(None, Wrong("uscc_check_digit", {"value": shown(value)}))


@dataclass(frozen=True, slots=True)
class Name:
    """A plant's name taken apart: ``plain`` without the former name, ``key`` to compare, ``site`` from a last bracket."""

    plain: str
    key: str
    base: str
    site: str
    former: str


@lru_cache(maxsize=16384)
def read_name(text: str) -> Name:
    """Take a name apart.

    >>> read_name("示例甲化工有限公司(原甲县化工厂)").former
    '甲县化工厂'
    """
    whole = re.sub(r"\s+", "", text).translate({0x200B: None, 0xFEFF: None, 0x200C: None, 0x200D: None})
    former = _FORMER.search(whole)
    plain = _FORMER.sub("", whole)
    site = _SITE.search(plain)
    return Name(
        plain,
        squeeze(plain),
        squeeze(plain[: site.start()] if site else plain),
        site.group(1) if site else "",
        _CUT.sub("", former.group(1)) if former else "",
    )


@dataclass(slots=True)
class Plant:
    """A plant on a roster, as much of it as matching and checks need."""

    plant_id: str
    uscc: str | None
    name: Name
    unit: str
    where: str
    industry: str | None = None
    former: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Match:
    """The plant that a row speaks of (None: the row cannot be adopted), and the problems of its name or code."""

    plant: Plant | None
    name_problem: Wrong | None = None
    code_problem: Wrong | None = None


class Register:
    """The plants of the rosters, found by code and by name."""

    def __init__(self, plants: Iterable[Plant]) -> None:
        self.plants = list(plants)
        self._by_code: dict[str, list[Plant]] = {}
        self._by_name: dict[str, list[Plant]] = {}
        for plant in self.plants:
            if plant.uscc:
                self._by_code.setdefault(plant.uscc, []).append(plant)
            for key in {plant.name.key, *map(squeeze, plant.former)}:
                self._by_name.setdefault(key, []).append(plant)

    def match(self, name: str, code: Code, unit: str | None) -> Match:
        """Find the plant by code and name: a sound code wins over an incomplete name, a whole name over a bad code."""
        read = read_name(name)
        mine = self._by_code.get(code.code or "", [])
        named = self._named(read, unit)
        if mine:
            return self._by_sound_code(name, read, code, mine, named)
        if len(named) == 1:
            return self._by_whole_name(named[0], code)
        if named:
            return Match(None, _ambiguous(name, named))
        return self._by_part(name, read, code, unit)

    def _named(self, read: Name, unit: str | None) -> list[Plant]:
        found = self._by_name.get(read.key, []) if read.key else []
        return [p for p in found if p.unit == unit] or found

    def _by_sound_code(self, name: str, read: Name, code: Code, mine: list[Plant], named: list[Plant]) -> Match:
        exact = [p for p in mine if p in named]
        if len(exact) == 1:
            return Match(exact[0], None, code.wrong)
        part = _CUT.sub("", read.key)
        near = [p for p in mine if part in p.name.key]
        if len(mine) > 1:
            # One code for several sites: the name must tell them apart.
            longer = [p for p in near if len(part) > len(p.name.base)]
            return Match(longer[0], _truncated(name, longer[0]), code.wrong) if len(longer) == 1 else Match(None, _ambiguous(name, mine))
        if named:
            return Match(None, _ambiguous(name, [*mine, *named]))
        problem = _truncated(name, mine[0]) if near else Wrong("name_differs", {"value": name, "name": mine[0].name.plain})
        return Match(mine[0], problem, code.wrong)

    def _by_whole_name(self, plant: Plant, code: Code) -> Match:
        if code.code and plant.uscc:
            return Match(plant, None, Wrong("uscc_differs", {"value": code.code, "listed": plant.uscc}))
        return Match(plant, None, code.wrong)

    def _by_part(self, name: str, read: Name, code: Code, unit: str | None) -> Match:
        part = _CUT.sub("", read.key)
        if len(part) < 4:
            return Match(None, Wrong("plant_not_on_roster", {"name": name}))
        near = [p for p in self.plants if part in p.name.key]
        near = [p for p in near if p.unit == unit] or near
        if not near:
            return Match(None, Wrong("plant_not_on_roster", {"name": name}))
        # Without a code only a name that was visibly cut, and that no other plant continues, is certain.
        if len(near) == 1 and part != read.key and len(part) >= 8 and near[0].name.key.startswith(part):
            return Match(near[0], _truncated(name, near[0]), code.wrong)
        return Match(None, _ambiguous(name, near))


def _truncated(name: str, plant: Plant) -> Wrong:
    return Wrong("name_truncated", {"value": name, "name": plant.name.plain})


def _ambiguous(name: str, plants: list[Plant]) -> Wrong:
    names = list(dict.fromkeys(p.name.plain for p in plants))
    return Wrong("plant_ambiguous", {"name": name, "candidates": "、".join(names[:5])})
