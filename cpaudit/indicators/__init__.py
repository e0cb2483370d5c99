"""Indicator systems as data, and scoring with them."""

from cpaudit.indicators.systems import IndicatorSystem, find_system, indicator_table, systems

__all__ = ["IndicatorSystem", "find_system", "indicator_table", "systems"]
