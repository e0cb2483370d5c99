"""Which plant a row is about: by social credit code, by name as people write it, or by what a person decided."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.loaders.cells.credit_codes import Code, organisation_part, read_code, report_code
from cpaudit.loaders.cells.texts import key, text
from cpaudit.loaders.plants.decisions import Decisions
from cpaudit.loaders.plants.matching import PART, Candidate, Known, candidates, loose
from cpaudit.loaders.sheets.contacts import without

if TYPE_CHECKING:
    from cpaudit.loaders.problems import ProblemPlace, Problems

#: What a bracket begins with that holds a former name; 原料, 原厂区 are no names.
_WAS = (
    r"(?:原(?!料|煤|油|水|种|纸|奶|药|辅|厂区|厂址|址)(?:企业|单位|公司)?(?:名称|名)?|曾用名称?|曾名|旧名称?|旧称|前身"
    r"|(?:更名|改名|变更)前(?:名称|名)?)(?:叫|是|为)?[:：,，\s]*"
)
_OPEN, _NAME, _CLOSE = r"[(（\[【]", r"([^()（）\[\]【】]*?[^()（）\[\]【】:：\s])", r"[)）\]】]?$"
_FORMER = re.compile(rf"{_OPEN}{_WAS}{_NAME}{_CLOSE}")
#: （2019年由示例老厂更名而来）
_RENAMED = re.compile(rf"{_OPEN}(?:20\d\d年)?[由系]?{_NAME}(?:更名|改名|变更)(?:而来)?{_CLOSE}")
#: A bracket that speaks of names names no site, whatever else it says.
_OF_NAMES = re.compile("[曾现旧别原]用?名|名称|更名|改名|简称|前身|旧称")
_SITE = re.compile(r"[(（]([^()（）]+)[)）]$")
#: How a bracket ends that names a plant; longer ones are names of firms.
_PLANT = re.compile(r"(厂|厂区|基地|园区|车间|矿区?|电站|分公司)$")
_LONGEST_SITE = 8
#: Several firms by one name (示例公司等2家), and how a plant of a firm is named: the firm, then the plant.
_SEVERAL = re.compile(r"等[\d一二两三四五六七八九十]*[家户个]|[及含]其?(?:子公司|分公司|下属|所属)")
_BESIDE, _FIRM = re.compile(r"[、/,，;；+]"), re.compile(r".{3,}(?:公司|集团|厂|矿|电站)$")
_ENDS = re.compile(r"(公司|集团|厂|矿|站|院)$")
_PARTS = re.compile(r"(?P<firm>.+?公司)(?P<part>.+)")
_CUT = re.compile(r"(\.{2,}|…+)$")
#: Names of a load that fit no plant; whoever sends more has sent another list, and looking for likenesses takes a while.
_MOST_DOUBTS = 1000
#: Shorter texts are part of too many names to say anything.
_SHORTEST = 4


def split_former(name: str) -> tuple[str, str | None]:
    """Return a name without its note of a former one, and that former name.

    >>> split_former("示例化工有限公司（原示例化工厂")
    ('示例化工有限公司', '示例化工厂')
    """
    found = _FORMER.search(name) or _RENAMED.search(name)
    return (name[: found.start()].strip(), found[1].strip()) if found else (name, None)


def site(name: str) -> str | None:
    """Return what stands in the bracket at a name's end."""
    found = _SITE.search(name)
    return found[1] if found else None


def is_site(part: str | None) -> bool:
    """Whether a bracket names one of a firm's plants by its own words, so that it does so on every list.

    >>> is_site("二分厂"), is_site("曹妃甸厂区"), is_site("河北"), is_site("集团")
    (True, True, False, False)
    """
    return part is not None and len(part) <= _LONGEST_SITE and bool(_PLANT.search(part)) and not _OF_NAMES.search(part)


def is_several(name: str) -> bool:
    """Whether a name says that it stands for several firms.

    >>> is_several("示例甲有限公司、示例乙有限公司"), is_several("示例集团等3家"), is_several("示例钢铁有限公司/炼铁厂")
    (True, True, False)
    """
    return bool(_SEVERAL.search(name)) or sum(bool(_FIRM.match(part)) for part in _BESIDE.split(name)) > 1


def pair(name: str, code: Code) -> str:
    """Return name and code as a doubtful row has them, which is what a problem keeps of it; :func:`unpair` reverses it.

    >>> unpair(pair("示例化工", Code(None, "uscc_length", written="9113")))
    ('示例化工', '9113')
    """
    # text() has narrowed every such sign in a name, so the first one divides
    return f"{name}｜{code.written}" if code.written else name


def unpair(value: str) -> tuple[str, str]:
    """Return (name, code as written) of what :func:`pair` made."""
    name, _, code = value.partition("｜")
    return name, code


class _Doubt(NamedTuple):
    """Several plants that a row fits equally (``plant_ambiguous``), or those that it is like."""

    kind: str
    candidates: list[Candidate]


@dataclass
class Registry:
    """The rostered plants, found by code and name. Only certain matches merge; the rest is told with candidates."""

    plants: dict[str, Known] = field(default_factory=dict)
    decisions: Decisions = field(default_factory=Decisions)
    _by_code: dict[str, list[Known]] = field(default_factory=lambda: defaultdict(list))
    _by_name: dict[str, list[Known]] = field(default_factory=lambda: defaultdict(list))
    _found: dict[tuple[str, str, str, str], str | None] = field(default_factory=dict)
    _matches: dict[tuple[str, Code, str | None], Known | _Doubt] = field(default_factory=dict)
    _doubts: set[str] = field(default_factory=set)

    def named(self, name: str, unit: str) -> Known | None:
        """Return the plant of a unit that has exactly this name."""
        return next((p for p in self._by_name.get(loose(name), ()) if p.unit == unit and key(p.name) == key(name)), None)

    def add(self, plant: Known) -> None:
        """Add a plant of a roster."""
        self.plants[plant.plant_id] = plant
        self._matches.clear()
        if plant.uscc:
            self._by_code[plant.uscc].append(plant)
            self._by_code[organisation_part(plant.uscc)].append(plant)
        for name in {loose(n) for n in (plant.name, plant.former) if n}:
            self._by_name[name].append(plant)

    def find(
        self, name_cell: Any, code_cell: Any, name_at: ProblemPlace, code_at: ProblemPlace, problems: Problems
    ) -> str | None:
        """Return the plant a row is about; None where that isn't certain, which is told."""
        name = without(text(name_cell))
        about = (name_at.file, name_at.sheet, name, str(code_cell))
        if self._found.get(about) is None:  # what is certain is remarked on once per sheet
            code = read_code(code_cell)
            match = self._match(name, code, name_at.unit)
            if isinstance(match, Known):
                report_code(code, code_cell, code_at, match.plant_id, problems)
                self._remark(match, name, code, name_at, code_at, problems)
                self._found[about] = match.plant_id
            else:
                self._found[about] = self._decided(match, name, code, name_at, problems)
        return self._found[about]

    def _match(self, name: str, code: Code, unit: str | None) -> Known | _Doubt:
        """Return :meth:`match`, looked for once; of very many names that fit none, no more candidates are looked for."""
        about = (name, code, unit)
        if about not in self._matches:
            self._matches[about] = self.match(name, code, unit, likenesses=len(self._doubts) < _MOST_DOUBTS)
            if isinstance(self._matches[about], _Doubt):
                self._doubts.add(name)
        return self._matches[about]

    def match(self, name: str, code: Code, unit: str | None, *, likenesses: bool = True) -> Known | _Doubt:
        """Return the plant, or those that it may be (none: it is on no roster); ``likenesses``: whether to look for those alike.

        In this order: the code; code and bracketed site; the name in use or a former one, whatever its brackets, in the
        sender's unit first. Parts of names and names that are alike are never certain.
        """
        bare, former = split_former(_CUT.sub("", name))
        wanted = loose(bare)
        named = self._called(bare, unit) or (self._called(former, unit) if former else [])
        coded = self._by_code.get(code.code or code.organisation, [])
        if len(coded) == 1:
            # the code of one plant beside the full name of another: nobody can say which is meant
            others = [p for p in named if p is not coded[0]]
            if coded[0] in named:
                return coded[0]
            if others := others or self._mentioned(bare, coded[0]):
                return _same([coded[0], *others], "代码或名称相同")
            if _SEVERAL.search(bare) or _another_part(bare, coded[0].name):
                return _Doubt("plant_doubtful", [Candidate(coded[0], PART, "代码相同，名称指的是另一处或几家")])
            return coded[0]
        if coded:
            same = [p for p in coded if p in named]
            return same[0] if len(same) == 1 else _same(coded, "代码相同")
        if named:
            return named[0] if len(named) == 1 else _same(named, "名称相同")
        if not likenesses:
            return _Doubt("plant_unsearched", [])
        part = [p for p in self.plants.values() if len(wanted) >= _SHORTEST and wanted in loose(p.name)]
        part = [p for p in part if p.unit == unit] or part
        if len(part) > 1:
            return _same(part, "名称不全", PART)
        return _Doubt("plant_doubtful", candidates(bare, code.written, unit, self.plants.values()))

    def _called(self, name: str, unit: str | None) -> list[Known]:
        named = self._by_name.get(loose(name), [])
        named = [p for p in named if key(p.name) == key(name)] or named
        return [p for p in named if p.unit == unit] or named

    def _mentioned(self, name: str, but: Known) -> list[Known]:
        """Return the other plants whose full names stand in a name: two firms in one cell."""
        said, own = loose(name), loose(but.name)
        return [p for p in self.plants.values() if _ENDS.search(p.name) and loose(p.name) in said and loose(p.name) not in own]

    def _decided(self, doubt: _Doubt, name: str, code: Code, at: ProblemPlace, problems: Problems) -> str | None:
        decision = self.decisions.of(at.unit, name, code.written)
        value = pair(name, code)
        if decision:
            plant = self.plants[decision.plant_id] if decision.plant_id else None
            kind = "plant_decided" if plant else "plant_decided_none"
            holes = {"name": name, "plant": plant.name if plant else "", "decided_on": decision.decided_on, "value": value}
            problems.add(kind, at, plant_id=decision.plant_id, **holes)
            return decision.plant_id
        kind = doubt.kind if doubt.candidates or doubt.kind == "plant_unsearched" else "plant_not_on_roster"
        names = "、".join(c.plant.name for c in doubt.candidates[:3])
        problems.add(kind, at, name=name, candidates=names, value=value)
        return None

    def _remark(
        self, plant: Known, name: str, code: Code, name_at: ProblemPlace, code_at: ProblemPlace, problems: Problems
    ) -> None:
        """Tell what else a certain row says that the roster says otherwise."""
        bare, former = split_former(_CUT.sub("", name))
        known = {loose(n) for n in (plant.name, plant.former) if n}
        if _CUT.search(name) or (loose(bare) not in known and loose(bare) in loose(plant.name)):
            problems.add("name_truncated", name_at, plant_id=plant.plant_id, value=name, name=plant.name)
        elif not known & {loose(bare), loose(former or "")}:
            problems.add("name_differs", name_at, plant_id=plant.plant_id, value=name, name=plant.name)
        if code.code and plant.uscc and code.code != plant.uscc:
            problems.add("uscc_differs", code_at, plant_id=plant.plant_id, value=code.code, expected=plant.uscc)


def _another_part(name: str, known: str) -> bool:
    """Whether two names are of one firm and name different plants of it: 示例公司三分厂, 示例公司（一分厂）."""
    mine, theirs = _PARTS.match(loose(name)), _PARTS.match(loose(known))
    return mine is not None and theirs is not None and mine["firm"] == theirs["firm"] and mine["part"] != theirs["part"]


def _same(plants: list[Known], why: str, score: int = 100) -> _Doubt:
    return _Doubt("plant_ambiguous", [Candidate(p, score, why) for p in plants])
