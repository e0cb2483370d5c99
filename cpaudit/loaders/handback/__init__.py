"""Hand back: the file that was sent, with each problem marked on its cell and all of them listed.

Nothing is imported before it is used: the process with bounds that makes the answer needs neither pandas nor definitions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit import lazy

if TYPE_CHECKING:
    from cpaudit.loaders.handback.checking import Checked, check

__all__ = ["Checked", "check"]

__getattr__, __dir__ = lazy.public(
    __name__,
    {"Checked": "cpaudit.loaders.handback.checking:Checked", "check": "cpaudit.loaders.handback.checking:check"},
)
