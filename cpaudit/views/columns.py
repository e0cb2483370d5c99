"""Columns as every table shows them: called, counted and rounded as the field dictionary says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cpaudit.labels import usual
from cpaudit.views.page import Column

if TYPE_CHECKING:
    from cpaudit.fields import Field
    from cpaudit.views.page import Kind

#: Text columns whose cells name the row's plant.
_PLANTS = ("name", "plant")


def columns(*names: str, **others: str | Field) -> dict[str, Column]:
    """Return the columns called ``names``; ``others``: those that a table calls otherwise, with the field that each is.

    >>> shown = columns("unit", n="n_plants")
    >>> shown["unit"].heading, shown["n"].heading
    ('上报单位', '企业（家）')
    """
    found = {name: column(usual(name), plant=name in _PLANTS) for name in names}
    return found | {name: column(usual(known) if isinstance(known, str) else known) for name, known in others.items()}


def column(known: str | Field, **shown: Any) -> Column:
    """Return how a column that the field dictionary knows is shown; ``shown``: what a table shows otherwise, not its label."""
    known = usual(known) if isinstance(known, str) else known
    kind: Kind = "text"
    if known.codes == "levels":
        kind = "level"
    elif known.type in ("integer", "date"):
        kind = known.type
    elif known.type == "number":
        kind = "percent" if known.unit == "%" else "number"
    usually = 1 if kind == "percent" else 2
    decimals = None if known.exact else usually if known.decimals is None else known.decimals
    return replace(Column(known.label, kind, known.unit or "", decimals, measure=known.measure), **shown)
