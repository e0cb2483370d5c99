"""The notice as data: milestones, targets, units and trades of a programme."""

from cpaudit.programme.industries import Industry, find_industry, industries, industry_named
from cpaudit.programme.milestones import Milestone
from cpaudit.programme.model import Programme, load_programme, programme_ids
from cpaudit.programme.targets import Target
from cpaudit.programme.units import Division, Unit, divisions, find_unit, units

__all__ = [
    "Division",
    "Industry",
    "Milestone",
    "Programme",
    "Target",
    "Unit",
    "divisions",
    "find_industry",
    "find_unit",
    "industries",
    "industry_named",
    "load_programme",
    "programme_ids",
    "units",
]


def __dir__() -> list[str]:
    return __all__
