"""Measures as pages show them: key figures, columns and words in sentences, all called as measures.yaml says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.fields import measure
from cpaudit.views.page import Column, KeyFigure

if TYPE_CHECKING:
    from cpaudit.views.page import Kind, Tone


def key_figure(
    id: str, value: float | None, of: int | None = None, *, key: str = "", note: str = "", tone: Tone = "plain"
) -> KeyFigure:
    """Return a measure's key figure; ``tone`` is for values above 0, ``key`` its id where that isn't the measure's."""
    known = measure(id)
    return KeyFigure(key or id, known.label, value, known.unit, of, known.decimals, note, tone if value else "plain", measure=id)


def column(id: str) -> Column:
    """Return the column of a measure.

    >>> column("accepted").heading, column("done_pct").kind
    ('已验收（家）', 'percent')
    """
    known = measure(id)
    kind: Kind = "percent" if known.unit == "%" else "number" if known.decimals else "integer"
    return Column(known.label, kind, known.unit, known.decimals or 1, measure=id)


def label(id: str) -> str:
    """Return what a measure is called."""
    return measure(id).label


def told(id: str, value: Any, of_plants: str = "") -> str:
    """Say a measure's value; ``of_plants`` stands between its word and the number.

    >>> told("accepted", 1176), told("overdue", 3, "的企业")
    ('已验收 1,176 家', '有逾期的企业 3 家')
    """
    known = measure(id)
    return f"{known.label}{of_plants} {value:,.{known.decimals}f} {known.unit}".replace(" %", "%")
