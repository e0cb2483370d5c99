"""The sheets that cpaudit itself adds to workbooks, which come back with them and are none of the unit's tables."""

from __future__ import annotations

#: The list of problems of a checked file, the explanations of a template, and the lists behind its drop-downs.
LISTING, GUIDE, CHOICES = "问题清单", "填表说明", "选项"


def adds(sheet: str) -> bool:
    """Whether a sheet of this name, which holds no known table, is one of ours.

    >>> adds("问题清单（2）"), adds("进度")
    (True, False)
    """
    return sheet in (GUIDE, CHOICES) or sheet.startswith(LISTING)
