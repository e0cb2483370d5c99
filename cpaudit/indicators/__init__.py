"""Indicator systems as data, and scoring with them."""

from cpaudit.indicators.definition.catalogue import find_system, systems
from cpaudit.indicators.definition.model import Indicator, IndicatorSystem, Input
from cpaudit.indicators.expression.details import category_levels, explain, improvement
from cpaudit.indicators.expression.scoring import score
from cpaudit.indicators.expression.tables import indicator_table
from cpaudit.indicators.standing.bounds import bounds, deciding
from cpaudit.indicators.standing.ways import WaysUp, ways_up
from cpaudit.indicators.standing.what_if import obstacles, what_if

__all__ = [
    "Indicator",
    "IndicatorSystem",
    "Input",
    "WaysUp",
    "bounds",
    "category_levels",
    "deciding",
    "explain",
    "find_system",
    "improvement",
    "indicator_table",
    "obstacles",
    "score",
    "systems",
    "ways_up",
    "what_if",
]
