"""Counties and units as written in rosters: former names, wrong characters, missing suffixes, zones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from cpaudit.errors import UsageError
from cpaudit.loaders.values import squeeze
from cpaudit.programme import Division, Unit, divisions, find_unit, units

#: Wrong characters met in public files, for names too short to be guessed by one differing character.
_SLIPS = {"义县": "易县", "仁县": "任县", "蟸县": "蠡县", "栾县": "滦县"}

_SUFFIX = re.compile(r"(?<=.)(自治县|县|区|市)$")
#: What zones are called for short: a word that stands for several official endings.
_ZONES = (("高新", "高新技术"), ("经开", "经济"), ("开发区", "经济"))


@dataclass(frozen=True, slots=True)
class Place:
    """A county: its code and name (None where unknown), its unit, and how it was recognised."""

    code: str | None
    name: str
    unit: str
    how: Literal["blank", "exact", "former", "corrected", "unknown"]


@lru_cache(maxsize=1024)
def unit_of(text: str) -> Unit | None:
    """Return the unit that a cell names, whatever its spaces and with or without 河北省."""
    wanted = squeeze(text).removeprefix("河北省")
    try:
        return find_unit(wanted)
    except UsageError:
        return None


def unit_in(text: str) -> Unit | None:
    """Return the unit whose name stands in ``text`` (a file name, a title): the whole name first, then the earliest.

    >>> unit_in("石家庄市2022年进度表").id
    'shijiazhuang'
    """
    if (exact := unit_of(text)) is not None:
        return exact
    places = [(text.find(name), -len(name), u.id) for u in units().values() for name in (u.name, u.short_name) if name in text]
    return units()[min(places)[2]] if places else None


@lru_cache(maxsize=4096)
def county(text: str, unit: str) -> Place:
    """Return the county that ``text`` names inside ``unit``; a county that reports by itself brings its own unit.

    >>> county("永年县", "handan")
    Place(code='130408', name='永年区', unit='handan', how='former')
    """
    written = squeeze(text).removeprefix("河北省")
    if not written:
        return Place(None, "", unit, "blank")
    city = units()[unit].name
    if written != city:
        written = written.removeprefix(city) or written
    if (own := _reports_itself(written, unit)) is not None:
        return Place(own.code, own.name, own.unit, "exact")
    inside = [d for d in _in_use() if d.unit == unit]
    for how, found in (
        ("exact", [d for d in inside if d.name == written]),
        ("former", _successors(written, unit)),
        ("exact", _without_suffix(written, inside)),
        ("corrected", _wrong_suffix(written, inside)),
        ("corrected", _wrong_character(written, inside)),
        ("exact", _zone(written, inside)),
    ):
        if len(found) == 1:
            return Place(found[0].code, found[0].name, unit, how)  # type: ignore[arg-type]
    return Place(None, "", unit, "unknown")


@cache
def _in_use() -> tuple[Division, ...]:
    return tuple(d for d in divisions() if d.status == "in_use" and d.level != "city")


def _reports_itself(written: str, unit: str) -> Division | None:
    """辛集, 定州 and the counties of 雄安 lie in a city, but report to the province themselves."""
    for division in _in_use():
        if division.unit != unit and division.parent_name == units()[unit].name and written in (division.name, _stem(division.name)):
            return division if units()[division.unit].kind != "city" else None
    return None


def _stem(name: str) -> str:
    return _SUFFIX.sub("", name) if len(name) > 2 else name


def _successors(written: str, unit: str) -> list[Division]:
    former = [d for d in divisions() if d.status == "former" and d.unit == unit and d.name == written]
    codes = {code for d in former for code in d.successors}
    heirs = [d for d in _in_use() if d.code in codes and d.unit == unit]
    return [d for d in heirs if _SUFFIX.sub("", d.name) == _SUFFIX.sub("", written)] or heirs


def _without_suffix(written: str, inside: list[Division]) -> list[Division]:
    return [d for d in inside if d.level == "county" and _stem(d.name) == written]


def _wrong_suffix(written: str, inside: list[Division]) -> list[Division]:
    return [d for d in inside if d.level == "county" and len(written) > 2 and _stem(d.name) == _stem(written)]


def _wrong_character(written: str, inside: list[Division]) -> list[Division]:
    if written in _SLIPS:
        return [d for d in inside if d.name == _SLIPS[written]]
    return [
        d
        for d in inside
        if len(written) > 2 and len(d.name) == len(written) and sum(a != b for a, b in zip(d.name, written, strict=True)) == 1
        and d.name[-1] == written[-1]
    ]


def _zone(written: str, inside: list[Division]) -> list[Division]:
    zones = [d for d in inside if d.level == "functional_zone"]
    wanted = re.sub(r"(新区|新城|管理区|园区|区)$", "", written)
    direct = [d for d in zones if len(wanted) >= 2 and wanted in d.name]
    if direct:
        return direct
    words = [word for short, word in _ZONES if short in written]
    return [d for d in zones if words and words[0] in d.name]
