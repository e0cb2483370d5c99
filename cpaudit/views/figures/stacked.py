"""Stacked bars: how many of each group are of which kind, the numbers inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.views import theme
from cpaudit.views.figures import marks
from cpaudit.views.parts import share

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go


class Kind(NamedTuple):
    """One part of every bar: its label, its colour and its number in each group."""

    label: str
    colour: str
    counts: Sequence[int]


def stacked(groups: Sequence[str], kinds: Sequence[Kind], axis: str, unit: str, of_group: str = "") -> go.Figure:
    """Return a bar per group, from top to bottom, made of the kinds; each part is a mark (:mod:`.marks`).

    Args:
        groups: what the bars are called, as text for a figure (:func:`~cpaudit.views.theme.safe`).
        axis: what is counted, with its unit; unit: the measure word of a number.
        of_group: where given, the tip says the share of the group: a format of its total (``{n}``) and the share (``{share}``).
    """
    import plotly.graph_objects as go

    totals = [sum(numbers) for numbers in zip(*(k.counts for k in kinds), strict=True)]

    def bar(kind: Kind) -> Any:
        tip = f"<b>%{{y}}</b><br>{kind.label} %{{x:,}} {unit}"
        keys: list[Any] = [marks.key(group, kind.label) for group in groups]
        if of_group:
            tip += of_group.format(n="%{customdata[1]}", share="%{customdata[2]}")
            keys = [[key, n, share(k, n)] for key, k, n in zip(keys, kind.counts, totals, strict=True)]
        return go.Bar(
            x=list(kind.counts),
            y=list(groups),
            name=kind.label,
            orientation="h",
            marker_color=kind.colour,
            text=[f"{n:,}" if n else "" for n in kind.counts],
            textposition="inside",
            insidetextanchor="middle",
            insidetextfont_color=theme.on(kind.colour),
            textangle=0,
            customdata=keys,
            hovertemplate=f"{tip}<extra></extra>",
        )

    return theme.figure(
        *(bar(kind) for kind in kinds),
        barmode="stack",
        xaxis={"title": {"text": axis}, "rangemode": "tozero", "tickformat": ",d", **theme.whole(max(totals, default=0))},
        yaxis={"autorange": "reversed", "type": "category"},
        legend={"traceorder": "normal"},
    )
