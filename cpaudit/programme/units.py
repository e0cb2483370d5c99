"""The reporting units and the counties, zones and former names that belong to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpaudit.errors import DefinitionError, UsageError
from cpaudit.programme.places import counties_of, places
from cpaudit.reference import laid, read_csv, root, shown
from cpaudit.visible import plain
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that reports; ``code`` is empty where the state gave none (雄安新区), the grid's place None outside units.csv."""

    id: str
    name: str
    short_name: str
    code: str
    kind: str
    grid_row: int | None = None
    grid_column: int | None = None


@dataclass(frozen=True, slots=True)
class Division:
    """A city, county or functional zone, in use or former, with the unit that reports for it."""

    code: str
    name: str
    level: str
    parent_name: str
    unit: str
    status: str
    successors: tuple[str, ...]


class Units(dict[str, Unit]):
    """The units of units.csv in official order; any other place of the country is there too when asked for by its id."""

    def __missing__(self, unit: str) -> Unit:
        place = places()[unit]
        return Unit(place.id, place.name, place.short_name, place.code, "city" if place.level == "city" else "county_level")

    def __contains__(self, unit: object) -> bool:
        return super().__contains__(unit) or unit in places()


@cache
def units() -> Units:
    """Return the reporting units: id → :class:`Unit`; those of units.csv stand in official order.

    >>> units()["xiongan"].name, units()["shenzhen_futian"].name
    ('雄安新区', '福田区')
    """
    return Units((r["unit"], _unit(r)) for r in read_csv(root() / "units.csv"))


def _unit(row: dict[str, str]) -> Unit:
    """Return a row's unit; one without a place in the grid stands in no map of tiles."""
    where, row_column = shown(laid(root() / "units.csv")), (row["grid_row"], row["grid_column"])
    if wrong := next((c for c in ("name", "short_name", "kind") if not row[c]), None):
        raise DefinitionError(f"{where}：上报单位 {row['unit']} 没有填写 {wrong}，请补上。")
    if odd := next((row[c] for c in ("unit", "name", "short_name") if not plain(row[c])), None):
        raise DefinitionError(f"{where}：上报单位的“{odd}”不能作文件名（含 / \\ : 等，以句点开头，或太长），请改正。")
    if not all(text.isdecimal() for text in row_column) and any(row_column):
        raise DefinitionError(f"{where}：上报单位 {row['unit']} 的 grid_row、grid_column 应为整数，不上图的两格都留空。")
    row_at, column_at = (int(text) if text else None for text in row_column)
    return Unit(row["unit"], row["name"], row["short_name"], row["code"], row["kind"], row_at, column_at)


@cache
def divisions() -> tuple[Division, ...]:
    """Return every division of divisions.csv; several may share a name or, over time, a code."""
    return tuple(
        Division(
            r["code"],
            r["name"],
            r["level"],
            r["parent_name"],
            r["unit"],
            r["status"],
            # "130108[2001]" says since when; the code alone is what we follow
            tuple(s.split("[")[0] for s in r["successors"].split(";") if s),
        )
        for r in read_csv(root() / "divisions.csv")
    )


@cache
def divisions_of(unit: str) -> tuple[Division, ...]:
    """Return a unit's divisions: those of divisions.csv or, for a unit that it doesn't have, of the country's list.

    >>> [d.name for d in divisions_of("wuhan")][:2]
    ['武汉市', '江岸区']
    """
    if dict.__contains__(units(), unit):
        return tuple(d for d in divisions() if d.unit == unit)
    itself, owner = places()[unit], {p.code: p.name for p in places().values() if p.level == "city"}
    inside = counties_of(itself.code) if itself.level == "city" else ()
    kind = {"city": "city", "county": "county", "zone": "functional_zone"}
    return tuple(
        Division(p.code or p.id, p.name, kind[p.level], owner.get(p.city, ""), unit, "in_use", ()) for p in (itself, *inside)
    )


@cache
def neighbours(unit: str) -> tuple[Division, ...]:
    """Return the divisions of a unit's whole province (of divisions.csv, where it is there): what a name may mean elsewhere."""
    if dict.__contains__(units(), unit):
        return divisions()
    province = (places()[unit].code or places()[unit].city)[:2]
    ours = [p.id for p in places().values() if p.level == "city" and p.code.startswith(province)]
    return tuple(d for each in dict.fromkeys([*ours, unit]) for d in divisions_of(each))


@cache
def county_names() -> dict[str, str]:
    """Return code → name of the counties and zones in use, anywhere."""
    own = {d.code: d.name for d in divisions() if d.status == "in_use" and d.level != "city"}
    return own | {p.code or p.id: p.name for p in places().values() if p.level != "city" and p.code not in own}


def county_codes(of: Iterable[str]) -> frozenset[str]:
    """Return what the counties of some units are called by: their codes and names."""
    every = [d for unit in of if unit in units() for d in divisions_of(unit) if d.status == "in_use"]
    return frozenset(name for d in every for name in (d.code, d.name))


def find_unit(text: str, of: Iterable[str] = ()) -> Unit:
    """Return the unit that ``text`` names: its id, name, short name or code; ``of``: the units of the programme in question.

    >>> find_unit("石家庄").id, find_unit("福田", ["shenzhen_futian"]).id
    ('shijiazhuang', 'shenzhen_futian')

    Raises:
        UsageError: no unit is called that; the sentence lists all.
    """
    wanted = text.strip()
    known = [units()[unit] for unit in of]
    for unit in known or [*units().values(), *_of_programmes()]:
        if wanted and wanted in (unit.id, unit.name, unit.short_name, unit.code):
            return unit
    if wanted in places() and not known:
        return units()[wanted]
    raise UsageError.among(f"没有叫“{text}”的上报单位", (u.name for u in known or [*units().values(), *_of_programmes()]))


@cache
def _of_programmes() -> tuple[Unit, ...]:
    """Return the units of the programmes that exist, beside those of units.csv."""
    from cpaudit.errors import DefinitionError
    from cpaudit.programme.model import load_programme, programme_ids

    found: dict[str, Unit] = {}
    for programme in programme_ids():
        try:
            found |= {unit: units()[unit] for unit in load_programme(programme).units}
        except DefinitionError:
            continue  # whoever loads it is told
    return tuple(unit for name, unit in found.items() if not dict.__contains__(units(), name))
