"""Placeholder."""
from cpaudit.views.page import Page
def city_report(ds: object, unit: str) -> Page:
    raise RuntimeError
