"""Indicator systems as data, and scoring with them."""

from cpaudit.indicators.bounds import bounds, deciding
from cpaudit.indicators.catalogue import find_system, systems
from cpaudit.indicators.details import category_levels, explain, improvement
from cpaudit.indicators.model import Indicator, IndicatorSystem, Input
from cpaudit.indicators.scoring import score
from cpaudit.indicators.tables import indicator_table
from cpaudit.indicators.ways import WaysUp, ways_up
from cpaudit.indicators.what_if import obstacles, what_if

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
