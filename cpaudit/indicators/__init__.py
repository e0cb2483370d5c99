"""Indicator systems as data, and scoring with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit import lazy

if TYPE_CHECKING:
    from cpaudit.indicators.definition.catalogue import find_system, read_system, systems
    from cpaudit.indicators.definition.indicator import Indicator, Input
    from cpaudit.indicators.definition.model import IndicatorSystem
    from cpaudit.indicators.expression.details import explain
    from cpaudit.indicators.expression.scoring import score
    from cpaudit.indicators.expression.tables import indicator_table
    from cpaudit.indicators.standing.bounds import bounds, deciding
    from cpaudit.indicators.standing.explanations import explanations, obstacles
    from cpaudit.indicators.standing.scorer import Scorer
    from cpaudit.indicators.standing.ways import WaysUp, ways_up

__all__ = [
    "Indicator",
    "IndicatorSystem",
    "Input",
    "Scorer",
    "WaysUp",
    "bounds",
    "deciding",
    "explain",
    "explanations",
    "find_system",
    "indicator_table",
    "obstacles",
    "read_system",
    "score",
    "systems",
    "ways_up",
]

__getattr__, __dir__ = lazy.public(
    __name__,
    {
        "Indicator": "cpaudit.indicators.definition.indicator:Indicator",
        "IndicatorSystem": "cpaudit.indicators.definition.model:IndicatorSystem",
        "Input": "cpaudit.indicators.definition.indicator:Input",
        "Scorer": "cpaudit.indicators.standing.scorer:Scorer",
        "WaysUp": "cpaudit.indicators.standing.ways:WaysUp",
        "bounds": "cpaudit.indicators.standing.bounds:bounds",
        "deciding": "cpaudit.indicators.standing.bounds:deciding",
        "explain": "cpaudit.indicators.expression.details:explain",
        "explanations": "cpaudit.indicators.standing.explanations:explanations",
        "find_system": "cpaudit.indicators.definition.catalogue:find_system",
        "indicator_table": "cpaudit.indicators.expression.tables:indicator_table",
        "obstacles": "cpaudit.indicators.standing.explanations:obstacles",
        "read_system": "cpaudit.indicators.definition.catalogue:read_system",
        "score": "cpaudit.indicators.expression.scoring:score",
        "systems": "cpaudit.indicators.definition.catalogue:systems",
        "ways_up": "cpaudit.indicators.standing.ways:ways_up",
    },
)
