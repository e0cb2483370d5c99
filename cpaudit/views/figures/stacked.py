"""Stacked bars: how many of each group are of which kind, the numbers inside; those of one kind stand beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.views import theme
from cpaudit.views.figures import marks
from cpaudit.views.parts import share

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go


class Kind(NamedTuple):
    """One part of every bar: its label, its colour and its number in each group (None: there is none)."""

    label: str
    colour: str
    counts: Sequence[float | None]


def stacked(groups: Sequence[str], kinds: Sequence[Kind], axis: str, unit: str, of_group: str = "", places: int = 0) -> go.Figure:
    """Return a bar per group, from top to bottom, made of the kinds; each part is a mark (:mod:`.marks`).

    Args:
        groups: what the bars are called, as text for a figure (:func:`~cpaudit.views.theme.safe`).
        axis: what is counted, with its unit; unit: the measure word of a number.
        of_group: where given, the tip says the share of the group: a format of its total (``{n}``) and the share (``{share}``).
        places: with how many decimals all numbers are written.
    """
    import plotly.graph_objects as go

    totals = [sum(n or 0 for n in numbers) for numbers in zip(*(k.counts for k in kinds), strict=True)]

    mask, alone = f",.{places}f" if places else ",", len(kinds) == 1

    def bar(kind: Kind) -> Any:
        tip = f"<b>%{{y}}</b><br>{kind.label} %{{x:{mask}}} {unit}"
        keys: list[Any] = [marks.key(group, kind.label) for group in groups]
        if of_group:
            tip += of_group.format(n="%{customdata[1]}", share="%{customdata[2]}")
            keys = [[key, round(n, places), share(k or 0, n)] for key, k, n in zip(keys, kind.counts, totals, strict=True)]
        return go.Bar(
            x=list(kind.counts),
            y=list(groups),
            name=kind.label,
            orientation="h",
            marker_color=kind.colour,
            text=[f"{n:{mask}}" if n else "" for n in kind.counts],
            # Beside the bar there is room for the number at its full size, inside of a thin one there isn't.
            textposition="outside" if alone else "inside",
            insidetextanchor="middle",
            insidetextfont_color=theme.on(kind.colour),
            cliponaxis=not alone,
            textangle=0,
            customdata=keys,
            hovertemplate=f"{tip}<extra></extra>",
        )

    most = max(totals, default=0)
    ticks = ",d" if not places or most > 5 else ","  # no half plants between the ticks
    return theme.figure(
        *(bar(kind) for kind in kinds),
        barmode="stack",
        xaxis={"title": {"text": axis}, "rangemode": "tozero", "tickformat": ticks, **theme.whole(most)},
        yaxis={"autorange": "reversed", "type": "category"},
        legend={"traceorder": "normal"},
    )


def nothing() -> go.Figure:
    """Return the figure of no numbers: it says so."""
    said = {"text": "没有数据", "showarrow": False, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
    hidden = {"visible": False}
    return theme.figure(annotations=[{**said, "font": {"color": theme.QUIET, "size": 15}}], xaxis=hidden, yaxis=hidden)
