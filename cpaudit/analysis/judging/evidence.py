"""Evidence: what a target looks at in a plant's processes, with the level it has, and could have if gaps turned out well."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from cpaudit.indicators.standing.blocks import DECLINED
from cpaudit.vocabulary import CATEGORIES, LEVELS

if TYPE_CHECKING:
    from cpaudit.indicators.standing.standings import Standing
    from cpaudit.programme import Target

_NAMES = {category: f"{name}指标" for category, name in {**CATEGORIES, "hazardous_waste": "危险废物"}.items()}
_BELOW = max(LEVELS)  # below level III
#: How many indicators a reason names before it says 等.
NAMED = 3


class Verdict(NamedTuple):
    """Whether something holds (None: cannot be judged), and why."""

    holds: bool | None
    reason: str


class Evidence(NamedTuple):
    """One thing that a target looks at: a process as a whole, or one of its categories."""

    standing: Standing
    what: str
    category: str
    level: int | None
    best: int | None
    n_missing: int


def evidence_of(standings: list[Standing], target: Target) -> list[Evidence]:
    """Return what the target looks at, each with level and best (the level if missing answers turned out well)."""
    if target.requires.kind == "overall":
        return wholes(standings)
    if target.requires.kind == "indicators":
        return [e for s in standings for e in _single(s, target.requires.indicators)]
    by_category = target.requires.kind == "categories"
    wanted = sorted(target.requires.categories) if by_category else ["hazardous_waste"]
    if target.requires.kind == "energy_limit":
        wanted = ["resource_energy"]
    return [
        Evidence(s, _NAMES[name], name, c.level, c.known_level, c.n_missing)
        for s in standings
        for name in wanted
        if (c := s.category(name))
    ]


def _single(standing: Standing, names: tuple[str, ...]) -> list[Evidence]:
    """Return the named indicators that a process has and that apply to it; one that isn't answered has no level."""
    found, block = [], standing.block
    for at, row in enumerate(block.form.rows):
        if not ({row["indicator"], row["name"]} & set(names)) or block.states[standing.row, at] == DECLINED:
            continue
        known = block.answers[standing.row][at] is not None and at not in standing.asked
        level = int(block.level_met[standing.row, at]) if known else None
        found.append(Evidence(standing, str(row["name"]), str(row["category"]), level, level, 0 if known else 1))
    return found


def wholes(standings: list[Standing]) -> list[Evidence]:
    """Return every process as a whole."""
    return [Evidence(s, "企业整体", "", s.level, s.best, s.n_missing) for s in standings]


def worst(evidence: list[Evidence]) -> int | None:
    """Return the worst level; None where there is none, one is unknown, or it is below level III only for want of answers."""
    levels = [e.level for e in evidence]
    lowest = None if not levels or None in levels else max(filter(None, levels))
    return None if lowest == _BELOW and all(e.best != _BELOW for e in evidence) else lowest


def missed_whatever(evidence: Evidence, required: int) -> bool:
    """Whether the level is missed whatever the missing answers are."""
    return evidence.best is not None and evidence.best > required


def is_open(evidence: Evidence, required: int) -> bool:
    """Whether it hangs on missing answers (or weights) if the level is reached."""
    return evidence.level is None or (evidence.level > required and not missed_whatever(evidence, required))


def holds_for(evidence: list[Evidence], required: int) -> bool | None:
    """Return whether all that a target looks at reaches a level; None: cannot be judged."""
    if any(missed_whatever(e, required) for e in evidence):
        return False
    return None if not evidence or any(is_open(e, required) for e in evidence) else True


def named(names: list[str], number: int | None = None) -> str:
    """Return the first few of names, and of how many (``number``; None: of those given) where there are more."""
    number = len(names) if number is None else number
    return "、".join(names[:NAMED]) + (f"等 {number} 项" if number > NAMED else "")


def plain(value: float) -> str:
    """Return a number with the digits it was given with, never as a power of ten.

    >>> plain(1234567.0), plain(0.00002), plain(292.0004)
    ('1234567', '0.00002', '292.0004')
    """
    return f"{Decimal(f'{value:.12g}'):f}"
