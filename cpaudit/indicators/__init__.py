"""Indicator systems as data, and scoring with them."""

from cpaudit.indicators.details import category_levels, explain, improvement
from cpaudit.indicators.scoring import score
from cpaudit.indicators.systems import IndicatorSystem, find_system, indicator_table, systems

__all__ = [
    "IndicatorSystem",
    "category_levels",
    "explain",
    "find_system",
    "improvement",
    "indicator_table",
    "score",
    "systems",
]
