"""How many examples a property is tried with: few in every run, many where ``CPAUDIT_EXAMPLES`` says how many times as many."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings

TIMES = float(os.environ.get("CPAUDIT_EXAMPLES", "1"))


def examples(count: int, **more: Any) -> settings:
    """Try ``count`` examples in every run. No property is timed: a machine that others load takes as long as it takes."""
    more = {"suppress_health_check": [HealthCheck.too_slow], **more}
    return settings(max_examples=max(1, round(count * TIMES)), deadline=None, **more)
