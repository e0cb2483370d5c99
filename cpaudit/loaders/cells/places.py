"""Counties: which one a text means inside its reporting unit, by name in use, former name or likely slip of the pen."""

from __future__ import annotations

import re
from typing import NamedTuple

from cpaudit.loaders.cells.texts import key
from cpaudit.programme.places import places, provinces
from cpaudit.programme.units import Division, county_names, divisions_of, neighbours, units
from cpaudit.reference import Definition, read_csv, read_definition, root
from cpaudit.workspace.caches import cache


class _Words(Definition):
    vague: tuple[str, ...]
    zones: dict[str, str]


@cache
def _words() -> _Words:
    """Return the words of ``data/reference/county_words.yaml``, as :func:`key` gives them."""
    said = read_definition(root() / "county_words.yaml", _Words)
    return _Words(vague=tuple(map(key, said.vague)), zones={key(word): sign for word, sign in said.zones.items()})


class County(NamedTuple):
    """What was found: the code, and the problem that it was found by (None: the name in use)."""

    code: str | None
    problem: str | None = None


def county_name(code: str) -> str:
    """Return the name in use of a county's code."""
    return county_names()[code]


@cache
def find_county(text: str, unit: str) -> County:
    """Return the county that ``text`` means in a unit; its code is None where there is no such county there.

    A name in use, or its stem without 县/市/区, wins; then a zone by its short name; then a former name, followed to its
    successor; then a slip known from real files; then a name that differs by one character, unless that is a county
    elsewhere. Names are looked for in the unit alone: 桥西区 and 新华区 exist twice in the province.
    """
    wanted, mine = _bare(text, unit), divisions_of(unit)
    now = [d for d in mine if d.status == "in_use" and (d.level != "city" or units()[unit].kind != "city")]
    exact = [d for d in now if key(d.name) == wanted] or [d for d in now if len(wanted) > 1 and _stem(d.name) == wanted]
    if not exact and (wanted in _words().vague or wanted in _whole(unit)):
        return County(None, "county_vague")
    exact = exact or _zones(wanted, now)
    if exact:
        return County(exact[0].code)
    if wanted in _words().zones:
        return County(None, "county_vague")
    for former in mine:
        if former.status != "in_use" and key(former.name) == wanted:
            heir = _heir(former, now)
            return County(heir, "county_former") if heir else County(None, "county_split")
    meant = _slips().get((unit, wanted))
    elsewhere = any(key(d.name) == wanted for d in neighbours(unit) if d.status == "in_use")
    near = [] if meant or elsewhere else now
    close = [d for d in now if d.name == meant] or [d for d in near if len(wanted) > 2 and _stem(d.name) == _stem(wanted)]
    close = close or [d for d in near if _one_off(key(d.name), wanted)]
    if len(close) == 1:
        return County(close[0].code, "county_corrected")
    if any(key(d.name) in wanted or (len(_stem(d.name)) > 1 and _stem(d.name) in wanted) for d in now if key(d.name) != wanted):
        return County(None, "county_vague")  # several, or one with something beside it
    return County(None, "county_unknown")


def _whole(unit: str) -> set[str]:
    """Return what the unit itself is called, which is none of its counties."""
    itself = units()[unit]
    return {key(said) for said in (itself.name, itself.short_name, *(f"{above}{itself.name}" for above in _provinces(unit)))}


def successors(text: str, unit: str) -> list[str]:
    """Return the names of the counties that a former one was divided among."""
    former = [d for d in divisions_of(unit) if d.status != "in_use" and key(d.name) == _bare(text, unit)]
    return [county_name(code) for d in former[:1] for code in d.successors]


@cache
def own_unit(text: str, of: tuple[str, ...] | None = None) -> str | None:
    """Return the unit beside the cities (定州, 辛集, 雄安) that a county is or belongs to; None for every other county.

    ``of``: the programme's units; None are those of units.csv.

    >>> own_unit("保定市容城县"), own_unit("辛集"), own_unit("长安区"), own_unit("仙桃市", ("wuhan", "xiantao"))
    ('xiongan', 'xinji', None, 'xiantao')
    """
    beside = [d for unit in _units(of) if units()[unit].kind != "city" for d in divisions_of(unit)]
    for wanted in {_bare(text, d.unit) for d in beside}:
        for d in beside:
            if wanted in (key(d.name), _stem(d.name), key(units()[d.unit].name)):
                return d.unit
    return None


@cache
def parents(unit: str) -> tuple[str, ...]:
    """Return the units whose cities a unit's divisions are filed under: 辛集 under 石家庄, 雄安's counties under 保定.

    >>> parents("xinji"), parents("xiongan")
    (('shijiazhuang',), ('baoding',))
    """
    filed = {d.parent_name for d in divisions_of(unit)}
    return tuple(u.id for u in units().values() if u.kind == "city" and u.name in filed)


@cache
def only_unit(text: str, of: tuple[str, ...] | None = None) -> str | None:
    """Return the unit whose county is called so; None where none or several have one of that name (桥西区, 新华区)."""
    every = [d for unit in _units(of) for d in divisions_of(unit)]
    found = {d.unit for d in every if d.status == "in_use" and d.level == "county" and key(d.name) == key(text)}
    return found.pop() if len(found) == 1 else None


def _units(of: tuple[str, ...] | None) -> tuple[str, ...]:
    return tuple(units()) if of is None else of


@cache
def _provinces(unit: str) -> tuple[str, ...]:
    """Return what a unit's province (and city, of a district) is called."""
    code = units()[unit].code or places()[unit].city if unit in places() else units()[unit].code or "130000"
    names = [province for prefix, province in provinces().items() if code.startswith(prefix)]
    return (
        *names,
        *(p.name for p in places().values() if p.level == "city" and unit in places() and p.code == places()[unit].city),
    )


def bare(text: str, of: tuple[str, ...]) -> str:
    """Return a unit's name without the province (or city) in front of it: 河北省唐山市, 深圳市福田区.

    >>> bare("深圳市福田区", ("shenzhen_futian",)), bare("河北省唐山市", ("tangshan",))
    ('福田区', '唐山市')
    """
    said = text.strip()
    for above in dict.fromkeys(name for unit in of for name in _provinces(unit)):
        if said.startswith(above) and len(said) > len(above):
            return said.removeprefix(above)
    return said


def _bare(text: str, unit: str) -> str:
    """Return a county's name without the province and the city that it is filed under; 承德县 is a name of its own."""
    said = key(text)
    if any(key(d.name) == said for d in divisions_of(unit)):
        return said
    for above in map(key, _provinces(unit)):
        said = said.removeprefix(above)
    cities = {d.parent_name for d in divisions_of(unit)} | {units()[unit].name, units()[unit].short_name}
    for city in sorted(map(key, cities), key=len, reverse=True):
        if said.startswith(city) and len(said) > len(city) + 1:
            return said.removeprefix(city)
    return said


#: What zones are called beside their own name.
_GENERIC = re.compile(r"河北|经济|技术|产业|高新|开发|管理|新|园|城|区")


def _zones(wanted: str, now: list[Division]) -> list[Division]:
    """Return the one zone that a short name such as 高新区, 经开区 or 海港开发区 means, if there is one."""
    zones = [d for d in now if d.level == "functional_zone"]
    if sign := _words().zones.get(wanted):
        found = [d for d in zones if sign in d.name]
        return found if len(found) == 1 else []
    own = _GENERIC.sub("", wanted)
    found = [d for d in zones if len(own) > 1 and own == _GENERIC.sub("", _bare(d.name.removeprefix("河北"), d.unit))]
    found = found or [d for d in zones if len(wanted) > 2 and wanted in key(d.name)]
    return found if len(found) == 1 else []


@cache
def _slips() -> dict[tuple[str, str], str]:
    return {(r["unit"], key(r["written"])): r["meant"] for r in read_csv(root() / "county_slips.csv")}


def _stem(name: str) -> str:
    said = key(name)
    return said[:-1] if len(said) > 2 and said[-1] in "县市区" else said


def _heir(former: Division, now: list[Division]) -> str | None:
    """The successor in use: the one of the same stem, else the only one."""
    heirs = [d for d in now if d.code in former.successors or (d.code == former.code and d.name != former.name)]
    same = [d for d in heirs if _stem(d.name) == _stem(former.name)]
    return same[0].code if same else heirs[0].code if len(heirs) == 1 else None


def _one_off(name: str, wanted: str) -> bool:
    return len(name) == len(wanted) and len(name) > 1 and sum(a != b for a, b in zip(name, wanted, strict=True)) == 1
