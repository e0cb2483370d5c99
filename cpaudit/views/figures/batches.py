"""The figure of batches side by side: what share had finished at like distances from their deadlines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.across import batches as analysis
from cpaudit.labels.provenance import origin, source
from cpaudit.views import theme
from cpaudit.views.page import Caveat, Figure
from cpaudit.views.parts import records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cpaudit.dataset import Dataset

#: Lines that are told apart in grey too.
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")


def at_distance(batches: Sequence[Dataset]) -> Figure | Caveat:
    """Draw the share that had finished against the days to the deadline, a line for each batch."""
    import plotly.graph_objects as go

    found = analysis.at_distance(*batches)
    rows = records(found[found["done_pct"].notna()])
    if not rows and len(found):
        return Caveat("所给的批次企业太少，或未报送、结果不明的太多，不画完成的比率，家数见下表。", "plain")
    if not rows:
        return Caveat("所给的批次都还没有到可以比较的时候：没有企业到了距期限 360 天之内。", "plain")
    known, traces, ends = {ds.programme.id: ds.programme.title for ds in batches}, [], []
    order = list(dict.fromkeys(row["batch"] for row in rows))
    for n, (batch, colour) in enumerate(zip(order, theme.step_colours(len(order)), strict=True)):
        mine = [row for row in rows if row["batch"] == batch]
        title = known[batch]
        traces.append(
            go.Scatter(
                x=[row["days_before"] for row in mine],
                y=[round(row["done_pct"], 1) for row in mine],
                customdata=[[row["done"], row["n"]] for row in mine],
                name=theme.safe(title),
                mode="lines+markers",
                line={"width": 2.5, "color": colour, "dash": _DASHES[n % len(_DASHES)]},
                hovertemplate="距期限 %{x} 天：%{customdata[0]}/%{customdata[1]} 家，%{y}%<extra></extra>",
            )
        )
        last = mine[-1]
        ends.append(f"{title}到距期限 {last['days_before']} 天时 {last['done']}/{last['n']} 家")
    drawn = theme.figure(
        *traces,
        xaxis={"autorange": "reversed", "title": {"text": "距期限（天），负数为期限之后"}, "zeroline": True},
        yaxis={"title": {"text": "完成审核（%）"}, "rangemode": "tozero"},
        legend={"y": -0.28, "yanchor": "top"},
        margin={"t": 12},
    )
    n = sum(len(ds.plants) for ds in batches)
    title = "同样距期限时各批次完成多少"
    note = "；".join(origin(source(ds)) for ds in batches)
    return Figure("batches_distance", title, drawn, "；".join(ends) + "。", n, note, 400)
