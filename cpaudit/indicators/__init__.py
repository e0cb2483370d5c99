"""Indicator systems as data, and scoring with them."""

from cpaudit.indicators.catalogue import find_system, systems
from cpaudit.indicators.details import category_levels, explain, improvement
from cpaudit.indicators.model import Indicator, IndicatorSystem, Input
from cpaudit.indicators.scoring import score
from cpaudit.indicators.tables import indicator_table

__all__ = [
    "Indicator",
    "IndicatorSystem",
    "Input",
    "category_levels",
    "explain",
    "find_system",
    "improvement",
    "indicator_table",
    "score",
    "systems",
]
