"""Questions put to a data set, each a plain function with a tidy result; codes, not labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit import lazy

if TYPE_CHECKING:
    from cpaudit.analysis import (
        attainment,
        benefits,
        bulletin,
        carry_over,
        completeness,
        differences,
        forecast,
        funnel,
        handover,
        pace,
        plausibility,
        progress,
        provenance,
        reconcile,
        returns,
    )
    from cpaudit.analysis.across import batches, compared, levels, limits, substitution, work_summary
    from cpaudit.analysis.basis import milestones
    from cpaudit.analysis.options import concentration, cost_curve, energy

__all__ = [
    "attainment",
    "batches",
    "benefits",
    "bulletin",
    "carry_over",
    "compared",
    "completeness",
    "concentration",
    "cost_curve",
    "differences",
    "energy",
    "forecast",
    "funnel",
    "handover",
    "levels",
    "limits",
    "milestones",
    "pace",
    "plausibility",
    "progress",
    "provenance",
    "reconcile",
    "returns",
    "substitution",
    "work_summary",
]

#: The rooms inside; everything else stands in this one.
_ROOMS = {
    "across": ("batches", "compared", "levels", "limits", "substitution", "work_summary"),
    "basis": ("milestones",),
    "options": ("concentration", "cost_curve", "energy"),
}
_INSIDE = {name: f"cpaudit.analysis.{room}.{name}" for room, names in _ROOMS.items() for name in names}

__getattr__, __dir__ = lazy.public(__name__, {name: f"cpaudit.analysis.{name}" for name in __all__} | _INSIDE)
