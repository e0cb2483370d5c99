"""The figures of options and benefits: options by class and status, the Lorenz curve, the marginal cost curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import benefits
from cpaudit.analysis.options import concentration, cost_curve
from cpaudit.fields import benefits as benefit_fields
from cpaudit.views import theme
from cpaudit.views.figures import marks
from cpaudit.views.page import Caveat, Figure
from cpaudit.views.parts import codes, share, source_note

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset

_STATUS_COLOURS = {"implemented": "#1f6fb2", "under_way": "#8fbfe3", "planned": "#d3dae2", "dropped": "#68737f"}


def status_bars(ds: Dataset) -> Figure | Caveat:
    """Draw how many options of each class stand where."""
    import plotly.graph_objects as go

    frame = benefits.by_status(ds)
    if frame.empty:
        return Caveat("没有填报清洁生产方案。", "plain")
    counts = frame.set_index(["class", "status"])["options"]
    classes = {k: x for k, x in codes("options", "class").items() if (frame["class"] == k).any()}
    labels = codes("options", "status")
    traces = []
    for status, colour in _STATUS_COLOURS.items():
        n = [int(counts.get((k, status), 0)) for k in classes]
        if any(n):
            traces.append(
                go.Bar(
                    x=n,
                    y=[f"{x}方案" for x in classes.values()],
                    name=labels[status],
                    orientation="h",
                    marker_color=colour,
                    text=[f"{v:,}" if v else "" for v in n],
                    textposition="inside",
                    insidetextanchor="middle",
                    insidetextfont_color=theme.on(colour),
                    textangle=0,
                    customdata=[marks.key(f"{x}方案", labels[status]) for x in classes.values()],
                    hovertemplate=f"<b>%{{y}}</b><br>{labels[status]} %{{x:,}} 项<extra></extra>",
                )
            )
    drawn = theme.figure(
        *traces,
        barmode="stack",
        xaxis={"title": {"text": "方案（项）"}, "rangemode": "tozero", "nticks": 8, "tickformat": ",d"},
        yaxis={"autorange": "reversed", "type": "category"},
        legend={"traceorder": "normal"},
    )
    total, done = int(frame["options"].sum()), int(frame.loc[frame["status"] == "implemented", "options"].sum())
    title = f"共提出方案 {total:,} 项，已实施 {done:,} 项（{share(done, total)}）"
    each = zip(ds.options["class"], ds.options["status"], strict=True)
    behind = marks.behind(ds.options["plant_id"], [marks.key(f"{classes.get(c, '')}方案", labels.get(s, "")) for c, s in each])
    return Figure("options_status", title, drawn, f"{title}。", total, source_note(ds, total, "项方案"), 210, behind=behind)


def lorenz(ds: Dataset, benefit: str) -> Figure | Caveat:
    """Draw which share of a benefit the largest plants make together."""
    import plotly.graph_objects as go

    label = benefit_fields()[benefit].label
    frame = concentration.lorenz(ds, benefit)
    if len(frame) < 2:
        return Caveat(f"{label}：有该项效益的企业只有 {len(frame)} 家，谈不上集中。", "plain")
    most = int(frame["among_most"].sum())
    drawn = theme.figure(
        go.Scatter(
            x=[0.0, *frame["plants_pct"]],
            y=[0.0, *frame["cumulative_pct"]],
            mode="lines",
            name=label,
            line={"width": 3, "color": theme.ACCENT},
            customdata=["", *(theme.safe(x) for x in frame["plant_name"])],
            hovertemplate="前 %{x:.1f}% 的企业占 %{y:.1f}%<br>%{customdata}<extra></extra>",
        ),
        go.Scatter(
            x=[0, 100],
            y=[0, 100],
            mode="lines",
            name="各家相同时",
            line={"dash": "dot", "color": theme.QUIET},
            hoverinfo="skip",
        ),
        xaxis={"title": {"text": "企业由大到小累计（%）"}, "range": [0, 100]},
        yaxis={"title": {"text": f"占{label}合计（%）"}, "range": [0, 102]},
    )
    title = f"{label}：{len(frame)} 家中最大的 {most} 家占合计的八成"
    note = "只计已实施方案中该项大于 0 的企业，由大到小累计；曲线越往左上凸越集中。"
    alt = f"{title}；最大一家占 {frame['share_pct'].iloc[0]:.1f}%。"
    behind = marks.behind(frame["plant_id"], [theme.safe(x) for x in frame["plant_name"]])
    return Figure(f"lorenz_{benefit}", title, drawn, alt, len(frame), note + source_note(ds, len(frame)), 360, behind=behind)


def cost(ds: Dataset, benefit: str) -> Figure | Caveat:
    """Draw the marginal cost curve: implemented options by what a unit of the benefit costs, the cheapest first."""
    import plotly.graph_objects as go

    f = benefit_fields()[benefit]
    if benefit not in cost_curve.amounts():
        return Caveat(f"{f.label}是金额，没有单位成本，不画边际成本曲线。", "plain")
    frame = cost_curve.curve(ds, benefit)
    if frame.empty:
        return Caveat(f"没有既填报投资又填报{f.label}的已实施方案，不能画边际成本曲线。", "plain")
    per = (f.unit or "").removesuffix("/a")
    colours = {"no_low_cost": "#3f93c7", "medium_high_cost": "#bf8a1a"}
    starts = frame["cumulative_quantity"] - frame["quantity"]
    traces = []
    for kind, label in codes("options", "class").items():
        mine = frame["class"] == kind
        if not mine.any():
            continue
        traces.append(
            go.Bar(
                x=(starts + frame["quantity"] / 2)[mine].tolist(),
                y=frame.loc[mine, "unit_cost"].tolist(),
                width=frame.loc[mine, "quantity"].tolist(),
                name=f"{label}方案",
                marker={"color": colours[kind], "line": {"width": 0.3, "color": "#ffffff"}},
                customdata=[
                    [theme.safe(f"{p} {o}"), q]
                    for p, o, q in zip(
                        frame.loc[mine, "plant_name"], frame.loc[mine, "name"], frame.loc[mine, "quantity"], strict=True
                    )
                ],
                hovertemplate=f"<b>%{{customdata[0]}}</b><br>%{{customdata[1]:,.2f}} {f.unit}，"
                f"单位投资 %{{y:.4f}} 万元/({per}/a)<extra></extra>",
            )
        )
    drawn = theme.figure(
        *traces,
        xaxis={"title": {"text": f"累计{f.label}（{f.unit}）"}, "rangemode": "tozero", "tickformat": ",.0f", "nticks": 6},
        yaxis={"title": {"text": f"单位投资（万元/({per}/a)）"}, "rangemode": "tozero"},
        bargap=0,
        barmode="overlay",
        legend={"traceorder": "normal"},
    )
    total = frame["quantity"].sum()
    half = int((frame["cumulative_quantity"] < total / 2).sum()) + 1
    most = frame["unit_cost"].iloc[half - 1]
    title = f"{f.label}共 {total:,.1f} {f.unit}，其中一半来自单位投资不超过 {most:.4g} 万元/({per}/a) 的 {half} 项方案"
    note = "柱宽为年效益量，柱高为单位投资＝投资÷年效益量（静态）；只计已实施的方案；兼有几项效益的，投资不分摊。"
    missing = cost_curve.left_out(ds, benefit)
    note += f"另有 {missing} 项没有填报投资，未画。" if missing else ""
    n = len(frame)
    named = [theme.safe(f"{p} {o}") for p, o in zip(frame["plant_name"], frame["name"], strict=True)]
    behind = marks.behind(frame["plant_id"], named)
    return Figure(f"cost_{benefit}", title, drawn, f"{title}。", n, note + source_note(ds, n, "项方案"), 400, behind=behind)
