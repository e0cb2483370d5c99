"""The cities and counties of all provinces by their state codes, as reporting units of programmes anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cpaudit.reference import read_csv, root
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from collections.abc import Iterable


class Place(NamedTuple):
    """A city, county or zone in use; ``city`` is the code of what it belongs to (a province's where that is no city).

    ``code`` is empty where the state gave none (大鹏新区).
    """

    id: str
    code: str
    name: str
    short_name: str
    level: str
    city: str


@cache
def places() -> dict[str, Place]:
    """Return every place of ``places.csv``: id → :class:`Place`; a county's id begins with its city's.

    >>> places()["wuhan"].name, places()["shenzhen_futian"].code, places()["xiantao"].name
    ('武汉市', '440304', '仙桃市')
    """
    return {row["id"]: Place(**row) for row in read_csv(root() / "places.csv")}


@cache
def provinces() -> dict[str, str]:
    """Return the first two digits of a code → the province."""
    return {row["code"][:2]: row["name"] for row in read_csv(root() / "provinces.csv")}


@cache
def counties_of(city: str) -> tuple[Place, ...]:
    """Return the counties and zones of a city by its code.

    >>> [p.short_name for p in counties_of("420100")][:2]
    ['江岸', '江汉']
    """
    return tuple(p for p in places().values() if p.level != "city" and p.city == city)


def resolve(names: Iterable[str], known: Iterable[str] = ()) -> dict[str, str]:
    """Return name → id of a programme's units, written as id, name, short name, code or (of counties) the last part of the id.

    ``known``: names that are ids already. Places of one name are told apart by the others: a programme's units lie together.
    What nothing is called by isn't there.

    >>> resolve(["luohu", "nanshan", "futian"])["nanshan"]
    'shenzhen_nanshan'
    """
    every, taken = places(), set(known)
    possible = {
        name: [every[name]] if name in every else [p for p in every.values() if _called(p, name)]
        for name in names
        if name not in taken
    }
    votes: dict[str, int] = {}
    for several in possible.values():
        for city in {p.city for p in several}:
            votes[city] = votes.get(city, 0) + 1
    best = {name: max(votes[p.city] for p in several) for name, several in possible.items() if several}
    nearest = {name: [p for p in possible[name] if votes[p.city] == most] for name, most in best.items()}
    return {name: several[0].id for name, several in nearest.items() if len(several) == 1}


def _called(place: Place, name: str) -> bool:
    return name in (place.name, place.short_name, place.code) or place.id.rpartition("_")[2] == name
