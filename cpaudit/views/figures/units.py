"""The figures that compare units: completion by band, and progress day by day against the expected pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import bulletin, pace
from cpaudit.analysis.basis.milestones import steps_asked
from cpaudit.views import theme
from cpaudit.views.figures import marks
from cpaudit.views.figures.overview import milestones_done
from cpaudit.views.measured import label
from cpaudit.views.page import Caveat, Figure
from cpaudit.views.parts import percent, records, source_note, unit_name
from cpaudit.views.unheard import silence

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset


def ranking(ds: Dataset) -> Figure | Caveat:
    """Draw the units' share of due milestones that are done, ranked, with how complete their data are."""
    import plotly.graph_objects as go

    frame = bulletin.bulletin(ds)
    frame = frame[frame["due"].fillna(0) > 0]
    if frame.empty:
        return Caveat(silence(ds) or "没有已到期的节点，尚不能比较各单位。", "plain")
    rows = records(frame)
    ranked = frame["group"] == "ranked"
    labels = [unit_name(r["unit"]) + ("" if r["group"] == "ranked" else "（单列）") for r in rows]
    drawn = theme.figure(
        go.Bar(
            x=frame["pct"].tolist(),
            y=labels,
            orientation="h",
            name=label("nodes_done_pct"),
            marker_color=[theme.ACCENT if r else theme.UNKNOWN for r in ranked],
            text=[percent(r["pct"]) for r in rows],
            textposition="inside",
            insidetextanchor="start",
            customdata=[[unit_name(r["unit"]), r["done"], r["due"]] for r in rows],
            hovertemplate="<b>%{y}</b><br>已完成 %{customdata[1]}/%{customdata[2]} 个节点（%{text}）<extra></extra>",
        ),
        go.Scatter(
            x=frame["given_pct"].tolist(),
            y=labels,
            mode="markers",
            name=label("given_pct"),
            customdata=[unit_name(r["unit"]) for r in rows],
            marker={"symbol": "diamond", "size": 10, "color": theme.SECOND, "line": {"width": 1, "color": theme.INK}},
            hovertemplate="<b>%{y}</b><br>指标填报率 %{x:.1f}%<extra></extra>",
        ),
        xaxis={"title": {"text": "百分比（%）"}, "range": [0, 103], "tickvals": [0, 25, 50, 75, 100]},
        yaxis={"autorange": "reversed", "type": "category"},
        legend={"traceorder": "normal"},
    )
    title = f"{label('nodes_done_pct')}：{int(ranked.sum())} 个单位参加排名"
    if ranked.sum() == 1:
        title = f"{label('nodes_done_pct')}：可以参加排名的只有 1 个单位，不说名次"
    if ranked.sum() > 1:
        first, last = records(frame[ranked])[0], records(frame[ranked])[-1]
        told = [f"{unit_name(r['unit'])}最{word}（{percent(r['pct'])}）" for r, word in ((first, "高"), (last, "低"))]
        title += "，" + "，".join(told) if first["pct"] > last["pct"] else ""
    note = "柱为节点完成率，菱形为指标填报率；灰色为企业少的单位；报送不全或名次取决于结果不明的节点的单列，不画柱。" + silence(
        ds
    )
    alt = "；".join(f"{x} {percent(r['pct'])}" for x, r in zip(labels, rows, strict=True))
    n = int(frame["plants"].sum())
    behind = marks.behind(ds.plants["plant_id"], ds.plants["unit"].map(unit_name))
    height = 120 + 28 * max(len(rows), 2)
    return Figure("ranking", title, drawn, f"{alt}。", n, note + source_note(ds, n), height, behind=behind)


def s_curve(ds: Dataset) -> Figure | Caveat:
    """Draw how many plants had done a milestone day by day, against how many were expected to."""
    import plotly.graph_objects as go

    steps = steps_asked(ds, None)
    frame = pace.s_curve(ds, steps)
    if not frame["n"].max():
        return Caveat(silence(ds) or "没有期限明确的企业，不能与应有进度比较。", "plain")
    traces, gaps = [], []
    for step, colour in zip(steps, theme.step_colours(len(steps)), strict=True):
        label = ds.programme.milestone(step).label
        mine = frame[frame["milestone"] == step]
        days = [f"{day:%Y-%m-%d}" for day in mine["date"]]
        done = mine["done"].dropna()
        common = {"mode": "lines", "hovertemplate": f"%{{x|%Y-%m-%d}}　{label} %{{y:.0f}} 家<extra></extra>"}
        traces.append(
            go.Scatter(
                x=days[: len(done)],
                y=done.astype(int).tolist(),
                name=label,
                line={"width": 2.5, "color": colour},
                customdata=[marks.key(label, "已完成")] * len(done),
                **common,
            )
        )
        line = {"dash": "dot", "color": colour}
        traces.append(go.Scatter(x=days, y=mine["expected"].tolist(), name=f"应有：{label}", line=line, **common))
        if len(done):
            gaps.append(f"{label} {done.iloc[-1] - mine['expected'].iloc[len(done) - 1]:+.0f} 家")
    drawn = theme.figure(
        *traces,
        xaxis={"type": "date", "tickformat": "%Y-%m", "hoverformat": "%Y-%m-%d", "nticks": 6, "tickangle": 0},
        yaxis={"title": {"text": "累计完成（家）"}, "rangemode": "tozero"},
        legend={"y": -0.16, "yanchor": "top"},
        margin={"t": 12},
    )
    n = int(frame["n"].max())
    title = f"与应有进度相比：{'、'.join(gaps)}" if gaps else "应有进度"
    note = "实线为已完成，虚线为应完成：上一节点期限到本节点期限之间按直线推进（工作台约定，通知未作规定）；负数为落后。"
    behind = milestones_done(ds, tuple(steps))
    return Figure("s_curve", title, drawn, f"{title}。", n, note + source_note(ds, n), 400, behind=behind)
