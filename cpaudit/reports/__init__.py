"""Reports: a parameterised notebook per kind, run by papermill; the executed notebook is what every format is made from."""

from cpaudit.reports.kinds import KINDS, check, find_kind
from cpaudit.reports.order import Order
from cpaudit.reports.outcomes import Outcome, outcome_table
from cpaudit.reports.runner import run

__all__ = ["KINDS", "Order", "Outcome", "check", "find_kind", "outcome_table", "run"]
