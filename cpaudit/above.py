"""Doors upwards: what people ask of a data set or a page and a higher room answers. No other module reaches up.

A data set can't import the analyses that are made of it, yet ``ds.select(level=…)`` and ``ds.plant(…)`` are what one types.
Each door is a name here, opened when first used; everything else imports downwards only, which import-linter holds.
"""

from __future__ import annotations

import importlib
from typing import Any

DOORS = {
    # a data set's plants by level: a level is an analysis
    "levels": "cpaudit.analysis.across.levels:levels",
    # one plant of a data set, with its page
    "plant": "cpaudit.views.plant:find",
    # a page shows itself in a notebook
    "show": "cpaudit.render.notebook.show:show",
}


def ask(door: str, *args: Any) -> Any:
    """Return what the room above answers."""
    module, _, name = DOORS[door].partition(":")
    return getattr(importlib.import_module(module), name)(*args)
