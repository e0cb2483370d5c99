"""City reports: one parameterised notebook, run by papermill per unit, kept as the executed notebook and as a page."""

from cpaudit.reports.outcomes import Outcome, outcome_table
from cpaudit.reports.parameters import ReportParameters, check
from cpaudit.reports.runner import run

__all__ = ["Outcome", "ReportParameters", "check", "outcome_table", "run"]
