"""Reports: a parameterised notebook per kind, run by papermill; the executed notebook is what every format is made from."""

from cpaudit.reports.outcomes import Outcome, outcome_table
from cpaudit.reports.parameters import KINDS, check, find_kind
from cpaudit.reports.runner import run

__all__ = ["KINDS", "Outcome", "check", "find_kind", "outcome_table", "run"]
