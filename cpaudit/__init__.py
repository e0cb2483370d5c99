"""cpaudit: the analytics workbench for mandatory cleaner-production audits.

>>> import cpaudit as cp
>>> cp.Selection.of(unit="辛集").units
('xinji',)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cpaudit import analysis, indicators, programme, views
    from cpaudit.dataset import Dataset
    from cpaudit.dataset import open_dataset as open
    from cpaudit.desk.programmes import new_programme, try_programme
    from cpaudit.desk.start import start
    from cpaudit.desk.systems import new_system, try_system
    from cpaudit.render.notebook import show
    from cpaudit.render.what_if import what_if
    from cpaudit.render.widgets import explore
    from cpaudit.selection import Selection

__version__ = "0.1.0"

#: Public name → (module, attribute); loaded when first used, so that importing cpaudit costs nothing.
_PUBLIC = {
    "Dataset": ("cpaudit.dataset", "Dataset"),
    "Selection": ("cpaudit.selection", "Selection"),
    "open": ("cpaudit.dataset", "open_dataset"),
    "start": ("cpaudit.desk.start", "start"),
    "new_system": ("cpaudit.desk.systems", "new_system"),
    "try_system": ("cpaudit.desk.systems", "try_system"),
    "new_programme": ("cpaudit.desk.programmes", "new_programme"),
    "try_programme": ("cpaudit.desk.programmes", "try_programme"),
    "show": ("cpaudit.render.notebook", "show"),
    "explore": ("cpaudit.render.widgets", "explore"),
    "what_if": ("cpaudit.render.what_if", "what_if"),
    "analysis": ("cpaudit.analysis", None),
    "indicators": ("cpaudit.indicators", None),
    "programme": ("cpaudit.programme", None),
    "views": ("cpaudit.views", None),
}

__all__ = [
    "Dataset",
    "Selection",
    "analysis",
    "explore",
    "indicators",
    "new_programme",
    "new_system",
    "open",
    "programme",
    "show",
    "start",
    "try_programme",
    "try_system",
    "views",
    "what_if",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'cpaudit' has no attribute {name!r}")
    module, attribute = _PUBLIC[name]
    loaded = importlib.import_module(module)
    return getattr(loaded, attribute) if attribute else loaded


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
