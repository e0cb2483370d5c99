"""The figures of batches side by side: shares at like distances from deadlines, units and trades over the years."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.across import batches as analysis
from cpaudit.labels import worded
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


def over_the_years(batches: Sequence[Dataset], by: str) -> Figure | Caveat:
    """Draw the share of each group's plants (``by``: unit or industry) that finished, batch by batch."""
    import plotly.graph_objects as go

    if len(batches) < 2:
        return Caveat("只有一个批次，没有历年的变化可画。", "plain")
    frame = worded(analysis.groups(*batches, by=by))
    frame = frame[frame["listed"] > 0]
    known = {ds.programme.id: theme.safe(ds.programme.title) for ds in batches}
    rows = list(dict.fromkeys(theme.safe(str(name)) for name in frame[by]))
    columns = [known[id] for id in frame.sort_values("year", kind="stable")["batch"].unique()]
    share: dict[tuple[str, str], tuple[float | None, str]] = {}
    for row in records(frame):
        done = row["accepted"]
        told = f"{'不明' if done is None else done}/{row['listed']} 家"
        share[theme.safe(str(row[by])), known[row["batch"]]] = (row["accepted_pct"], told)
    cells = [[share.get((row, column), (None, "")) for column in columns] for row in rows]
    drawn = theme.figure(
        go.Heatmap(
            x=columns,
            y=rows,
            z=[[value for value, _ in line] for line in cells],
            text=[[told for _, told in line] for line in cells],
            texttemplate="%{text}",
            zmin=0,
            zmax=100,
            colorscale=theme.SHARE_SCALE,
            colorbar=theme.SHARE_BAR,
            xgap=2,
            ygap=2,
            hovertemplate="%{y}　%{x}：%{text}<extra></extra>",
        ),
        yaxis={"autorange": "reversed"},
        xaxis={"side": "top"},
        margin={"t": 48},
    )
    what = {"unit": "各单位", "industry": "各行业"}[by]
    alt = "；".join(
        f"{row}{column} {told}"
        for row, line in zip(rows, cells, strict=True)
        for column, (_, told) in zip(columns, line, strict=True)
        if told
    )
    n, note = int(frame["listed"].sum()), "；".join(origin(source(ds)) for ds in batches)
    title = f"{what}历年各批次完成审核的比例"
    return Figure(
        f"batches_years_{by}",
        title,
        drawn,
        f"{alt}。",
        n,
        f"格内为完成数/名单家数，空着的没有列入。{note}",
        110 + 30 * max(len(rows), 2),
    )
