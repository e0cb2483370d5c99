"""The reporting units and the counties, zones and former names that belong to them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from cpaudit.errors import UsageError
from cpaudit.reference import read_csv, root


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that reports to the province; ``code`` is empty where the state gave none (雄安新区)."""

    id: str
    name: str
    short_name: str
    code: str
    kind: str
    grid_row: int
    grid_column: int


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


@cache
def units() -> dict[str, Unit]:
    """Return the reporting units in official order: id → :class:`Unit`.

    >>> units()["xiongan"].name
    '雄安新区'
    """
    return {
        r["unit"]: Unit(r["unit"], r["name"], r["short_name"], r["code"], r["kind"], int(r["grid_row"]), int(r["grid_column"]))
        for r in read_csv(root() / "units.csv")
    }


@cache
def divisions() -> tuple[Division, ...]:
    """Return every division of the reference list; several may share a name or, over time, a code."""
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
def county_names() -> dict[str, str]:
    """Return code → name of the counties and zones in use."""
    return {d.code: d.name for d in divisions() if d.status == "in_use" and d.level != "city"}


def find_unit(text: str) -> Unit:
    """Return the unit that ``text`` names: its id, name, short name or code.

    >>> find_unit("石家庄").id
    'shijiazhuang'

    Raises:
        UsageError: no unit is called that; the sentence lists all.
    """
    wanted = text.strip()
    for unit in units().values():
        if wanted and wanted in (unit.id, unit.name, unit.short_name, unit.code):
            return unit
    raise UsageError.among(f"没有叫“{text}”的上报单位", (u.name for u in units().values()))
