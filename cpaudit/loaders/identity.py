"""Which plant a row is about: social credit codes, and names as people write them."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.loaders.values import BLANKS, key, text

if TYPE_CHECKING:
    from cpaudit.loaders.problems import Place, Problems

_LENGTH = 18
_ALPHABET = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")
_FORMER = re.compile(r"[(（]原([^()（）]+)[)）]?$")
_SITE = re.compile(r"[(（]([^()（）]+)[)）]$")
_CUT = re.compile(r"(\.{2,}|…+)$")


class Code(NamedTuple):
    """A social credit code as found: the code where it can be used, else the kind of problem and what was written."""

    code: str | None
    problem: str | None = None
    cleaned: bool = False


def read_code(value: Any) -> Code:
    """Return the code of a cell: blanks of all spellings, tails and unseen characters, numbers, wrong check digits."""
    if isinstance(value, (int, float)) and abs(value) > 1:
        return Code(None, "uscc_number")
    said = re.sub(r"\s+", "", text(value)).upper()
    if said in BLANKS or set(said) <= {"0"}:
        return Code(None, "uscc_missing")
    if re.fullmatch(r"\d(\.\d+)?E\+?\d{2}", said):  # what a spreadsheet writes into CSV for a number
        return Code(None, "uscc_number")
    code = said[:_LENGTH]
    if not _valid(code):
        return Code(None, "uscc_check_digit")
    return Code(code, cleaned=str(value).strip() != code)


def _valid(code: str) -> bool:
    from stdnum.cn import uscc

    # stdnum's own validate() refuses the registration authorities A, N and Y, which exist.
    return len(code) == _LENGTH and set(code) <= _ALPHABET and uscc.calc_check_digit(code[:-1]) == code[-1]


def split_former(name: str) -> tuple[str, str | None]:
    """Return a name without its note of a former one, and that former name.

    >>> split_former("示例化工有限公司（原示例化工厂")
    ('示例化工有限公司', '示例化工厂')
    """
    found = _FORMER.search(name)
    return (name[: found.start()].strip(), found[1].strip()) if found else (name, None)


def site(name: str) -> str | None:
    """Return what stands in the bracket at a name's end."""
    found = _SITE.search(name)
    return found[1] if found else None


class Known(NamedTuple):
    """A rostered plant as rows are matched with it."""

    plant_id: str
    uscc: str | None
    name: str
    unit: str


@dataclass
class Registry:
    """The rostered plants, found by code and name; certain matches only."""

    plants: dict[str, Known] = field(default_factory=dict)
    _by_code: dict[str, list[Known]] = field(default_factory=lambda: defaultdict(list))
    _by_name: dict[str, list[Known]] = field(default_factory=lambda: defaultdict(list))
    _said: set[tuple[str, str, str, str]] = field(default_factory=set)

    def named(self, name: str, unit: str) -> Known | None:
        """Return the plant of a unit that has exactly this name."""
        return next((p for p in self._by_name.get(key(name), ()) if p.unit == unit), None)

    def add(self, plant: Known, former: str | None) -> None:
        """Add a plant of a roster."""
        self.plants[plant.plant_id] = plant
        if plant.uscc:
            self._by_code[plant.uscc].append(plant)
        for name in filter(None, (plant.name, former)):
            self._by_name[key(name)].append(plant)

    def find(self, name_cell: Any, code_cell: Any, name_at: Place, code_at: Place, problems: Problems) -> str | None:
        """Return the plant a row is about; None where that isn't certain, which is told once per file, name and code."""
        name = text(name_cell)
        code = read_code(code_cell)
        about = (name_at.file, name_at.sheet, name, str(code_cell))
        once = about not in self._said
        self._said.add(about)
        plant = self._match(name, code)
        if not isinstance(plant, Known):
            if once:
                kind, names = ("plant_ambiguous", "、".join(p.name for p in plant)) if plant else ("plant_not_on_roster", "")
                problems.add(kind, name_at, name=name, candidates=names, value=name)
            return None
        if once:
            self._remark(plant, name, code, code_cell, name_at, code_at, problems)
        return plant.plant_id

    def _match(self, name: str, code: Code) -> Known | list[Known]:
        """Return the plant, or those that it may be."""
        wanted = key(_CUT.sub("", split_former(name)[0]))
        named = self._by_name.get(wanted, [])
        coded = self._by_code.get(code.code or "", [])
        if len(coded) == 1:
            # the code of one plant beside the full name of another: nobody can say which is meant
            others = [p for p in named if p.plant_id != coded[0].plant_id and key(coded[0].name) != wanted]
            return [coded[0], *others] if others else coded[0]
        if coded:
            same = [p for p in coded if p in named]
            return same[0] if len(same) == 1 else coded
        if len(named) == 1:
            return named[0]
        return named or [p for p in self.plants.values() if len(wanted) > 3 and wanted in key(p.name)]

    def _remark(self, plant: Known, name: str, code: Code, cell: Any, name_at: Place, code_at: Place, problems: Problems) -> None:
        report_code(code, cell, code_at, plant.plant_id, problems)
        bare = _CUT.sub("", name)
        if bare != name or (key(plant.name) != key(bare) and key(plant.name).startswith(key(bare))):
            problems.add("name_truncated", name_at, plant_id=plant.plant_id, value=name, name=plant.name)


def report_code(code: Code, cell: Any, at: Place, plant_id: str | None, problems: Problems) -> None:
    """Tell what is wrong with a code, if anything."""
    if code.problem:
        problems.add(code.problem, at, plant_id=plant_id, value="" if cell is None else cell)
    elif code.cleaned:
        problems.add("uscc_cleaned", at, plant_id=plant_id, value=cell, cleaned=code.code)
