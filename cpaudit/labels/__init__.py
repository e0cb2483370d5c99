"""Frames as people read them: headings with units, labels for codes; what each column means says the field dictionary."""

from cpaudit.labels.columns import by_heading, labelled, usual, worded
from cpaudit.labels.lists import codes
from cpaudit.labels.provenance import SOURCE, day_said, origin, source
from cpaudit.labels.tables import table
from cpaudit.labels.wording import measure_of, reasons_of, stages_of

__all__ = [
    "SOURCE",
    "by_heading",
    "codes",
    "day_said",
    "labelled",
    "measure_of",
    "origin",
    "reasons_of",
    "source",
    "stages_of",
    "table",
    "usual",
    "worded",
]
