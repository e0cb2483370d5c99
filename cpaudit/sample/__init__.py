"""A fictitious programme's raw files, as messy as real ones, with the truth about every planted mistake beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit import lazy

if TYPE_CHECKING:
    from cpaudit.sample.writing import days, history, opened, write

__all__ = ["days", "history", "opened", "write"]

__getattr__, __dir__ = lazy.public(__name__, {name: f"cpaudit.sample.writing:{name}" for name in __all__})
