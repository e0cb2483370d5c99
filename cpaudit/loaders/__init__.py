"""Loaders: what units, province and system send → eight tidy tables, the problems in them, and a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit import lazy

if TYPE_CHECKING:
    from cpaudit.loaders.loading import Loaded, load, opened, read

__all__ = ["Loaded", "load", "opened", "read"]

__getattr__, __dir__ = lazy.public(
    __name__,
    {
        "Loaded": "cpaudit.loaders.loading:Loaded",
        "load": "cpaudit.loaders.loading:load",
        "opened": "cpaudit.loaders.loading:opened",
        "read": "cpaudit.loaders.loading:read",
    },
)
