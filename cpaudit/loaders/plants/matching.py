"""Doubtful names: which rostered plants one may mean, with a score and a reason. Proposals only; a person decides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cpaudit.loaders.cells.credit_codes import region
from cpaudit.loaders.cells.texts import key
from cpaudit.programme import units
from cpaudit.programme.units import county_names
from cpaudit.workspace.caches import cache, lru_cache

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Candidates less alike than this aren't proposed, and more than this many aren't either.
_LEAST, _MOST = 75, 3
#: Scores for what similarity of letters can't say: part of a name, a code with a slip of the pen.
PART, _NEAR_CODE = 90, 95
#: So many wrong characters a code may have and still point to a plant.
_SLIPS = 2
_FORM = re.compile(r"(集团|股份|控股)?(有限责任公司|有限公司|公司|集团|总厂|厂)$")


class Known(NamedTuple):
    """A rostered plant as rows are matched with it."""

    plant_id: str
    uscc: str | None
    name: str
    unit: str
    former: str | None = None
    county: str | None = None


class Candidate(NamedTuple):
    """A plant that a row may be about: likeness 0 … 100, and what it rests on."""

    plant: Known
    score: int
    why: str


@lru_cache(1 << 16)
def loose(name: str) -> str:
    """Return what the spellings of a name share when brackets, dots and blanks are lost.

    >>> loose("示例化工(河北) 有限公司") == loose("示例化工（河北）有限公司") == loose("示例化工河北有限公司")
    True
    """
    return re.sub(r"[\W_]+", "", key(name))


def candidates(name: str, code: str, unit: str | None, plants: Iterable[Known]) -> list[Candidate]:
    """Return at most three plants that a name and a code as written may mean, likeliest first.

    Plants of the sender's unit come first: those of others are looked at only where it has none.
    """
    every = list(plants)
    home = [p for p in every if p.unit == unit] if unit else every
    for pool in (home, [p for p in every if p.unit != unit] if unit else []):
        found = [c for p in pool if (c := _candidate(name, code, p)).score >= _LEAST]
        if found:
            return sorted(found, key=lambda c: (-c.score, c.plant.plant_id))[:_MOST]
    return []


def _candidate(name: str, code: str, plant: Known) -> Candidate:
    score, why = max((_likeness(name, known) for known in (plant.name, plant.former) if known), default=(0, ""))
    if plant.uscc and len(code) > _SLIPS:
        slips = _slips(code, plant.uscc)
        if slips == 0:
            score, why = max(score, _NEAR_CODE), f"代码相同，{why}"
        elif slips <= _SLIPS:
            score, why = max(score, _NEAR_CODE), f"代码差 {slips} 位，{why}"
    if plant.county and region(code) == county_names().get(plant.county):
        why += "，代码所示区县相同"
    return Candidate(plant, score, why)


def _likeness(written: str, known: str) -> tuple[int, str]:
    from rapidfuzz import fuzz

    mine, theirs = loose(written), loose(known)
    if mine == theirs:
        return 100, "名称相同"
    if len(mine) > 3 and mine in theirs:
        return PART, "名称不全"
    if len(theirs) > 3 and theirs in mine:
        return PART, "名称多出文字"
    # 河北…有限公司 makes any two names alike, so what is compared is the rest.
    return min(PART - 1, round(fuzz.ratio(_core(mine), _core(theirs)))), "名称相近"


def _slips(code: str, known: str) -> int:
    from rapidfuzz.distance import OSA

    return OSA.distance(code, known, score_cutoff=_SLIPS)


@lru_cache(1 << 16)
def _core(name: str) -> str:
    bare = _FORM.sub("", name)
    for place in _places():
        bare = bare.removeprefix(place) or bare
    return bare


@cache
def _places() -> tuple[str, ...]:
    return ("河北省", "河北", *(text for u in units().values() for text in (u.name, u.short_name)))
