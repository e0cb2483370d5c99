"""Indicator systems as data, and scoring with them."""

from cpaudit.indicators.definition.catalogue import find_system, systems
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
    "score",
    "systems",
    "ways_up",
]
