"""What the rows of an indicator system may be about, by name: indicators, parts of indicators, parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpaudit.indicators import find_system, systems
from cpaudit.loaders.cells.texts import key
from cpaudit.programme import industries
from cpaudit.vocabulary import LEVELS
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cpaudit.indicators import Indicator, IndicatorSystem
    from cpaudit.indicators.definition.indicator import Answer, Input

_YES_NO = {"是": 1, "否": 0}


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that a plant fills in, with what its answers are held against."""

    id: str
    name: str
    unit: str
    answer: Answer
    #: The answers to choose from, as they are printed → stored number; none where a number is asked for.
    choices: Mapping[str, int]
    #: An indicator that must be answered, or limits the level.
    limiting: bool = False
    #: An indicator whose number is the better the larger or the smaller it is.
    quantitative: bool = False
    #: Every benchmark that is a number, those of some plants only included.
    marks: tuple[float, ...] = ()
    #: How many times the widest benchmark is the strictest; None where one is zero or less, 1 where there is none.
    span: float | None = 1.0


@cache
def asked(system: str) -> dict[str, Asked]:
    """Return what a plant fills in for a system, in the order of :meth:`IndicatorSystem.inputs`: id → :class:`Asked`."""
    found = find_system(system)
    indicators = {i.id: i for i in found.indicators()}
    return {one.id: _asked(one, indicators.get(one.id)) for one in found.inputs()}


def _asked(one: Input, indicator: Indicator | None) -> Asked:
    words = {"yes_no": _YES_NO, "level": {label: level for level, label in LEVELS.items()}}
    choices = words.get(one.answer, one.choices)
    if indicator is None:  # parts and parameters have no benchmark of their own
        return Asked(one.id, one.name, one.unit, one.answer, choices)
    marks = _marks(indicator)
    span = (max(marks) / min(marks) if min(marks) > 0 else None) if marks else 1.0
    return Asked(one.id, one.name, one.unit, one.answer, choices, indicator.limiting, indicator.quantitative, marks, span)


def _marks(indicator: Indicator) -> tuple[float, ...]:
    printed = (indicator.baselines, *(v.baselines for v in indicator.variants if v.baselines))
    return tuple(float(b) for baselines in printed for b in (baselines.at(level) for level in (1, 2, 3)) if b is not None)


class Catalogue:
    """Systems, and what is asked in them, by any of their names."""

    def __init__(self) -> None:
        # a system that is only listed never hides one of the same title
        listed = sorted(systems().values(), key=lambda s: not s.stub)
        self._systems = {key(name): s for s in listed for name in (s.title, s.id)}
        self._asked = {(s.id, key(a.name)): a for s in systems().values() for a in asked(s.id).values()}
        self._parts = {
            (s.id, key(i.name)): "、".join(p.name for p in i.parts) for s in systems().values() for i in s.indicators() if i.parts
        }

    @staticmethod
    @cache
    def whole() -> Catalogue:
        """Return the catalogue of the systems in force."""
        return Catalogue()

    def system(self, said: str, trade: str | None) -> IndicatorSystem | None:
        """Return the system named; where none is, the only one of the plant's trade."""
        if said:
            return self._systems.get(key(said))
        known = industries().get(trade or "")
        return systems().get(known.systems[0]) if known and len(known.systems) == 1 else None

    def asked(self, system: IndicatorSystem, said: str) -> Asked | None:
        """Return what the system asks by that name."""
        return self._asked.get((system.id, key(said)))

    def parts(self, system: IndicatorSystem, said: str) -> str:
        """Return the names of the parts that the indicator of that name is judged by; '' where there are none."""
        return self._parts.get((system.id, key(said)), "")
