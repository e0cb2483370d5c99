"""The figures of options and benefits: options by class and status, the Lorenz curve, the marginal cost curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import benefits
from cpaudit.analysis.options import concentration, cost_curve
from cpaudit.fields import UNREAD, codes
from cpaudit.fields import benefits as benefit_fields
from cpaudit.views import theme
from cpaudit.views.figures import marks
from cpaudit.views.figures.stacked import Kind, stacked
from cpaudit.views.measured import told
from cpaudit.views.page import Caveat, Figure
from cpaudit.views.parts import number, only, rate, source_note
from cpaudit.views.unheard import unsent, unstated

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset


def status_bars(ds: Dataset) -> Figure | Caveat:
    """Draw how many options of each class stand where."""

    frame = benefits.by_status(ds)
    if frame.empty:
        return Caveat(unsent(ds, "options") or "没有填报清洁生产方案。", "plain")
    counts = frame.set_index(["class", "status"])["options"]
    classes = {k: x for k, x in codes("options", "class").items() if (frame["class"] == k).any()}
    labels = codes("options", "status")
    n = {status: [int(counts.get((k, status), 0)) for k in classes] for status in theme.OPTION_COLOURS}
    kinds = [Kind(labels[status], colour, n[status]) for status, colour in theme.OPTION_COLOURS.items() if any(n[status])]
    drawn = stacked([f"{x}方案" for x in classes.values()], kinds, "方案（项）", "项")
    total, done = int(frame["options"].sum()), int(frame.loc[frame["status"] == "implemented", "options"].sum())
    title = f"{told('options_proposed', total)}，{told('options_implemented', done)}"
    unread = int(frame.loc[frame["status"] == UNREAD, "options"].sum())
    title += f"；实施情况未读懂 {unread:,} 项" if unread else f"（{rate(done, total, '项')}）"
    each = zip(ds.options["class"], ds.options["status"], strict=True)
    behind = marks.behind(ds.options["plant_id"], [marks.key(f"{classes.get(c, '')}方案", labels.get(s, "")) for c, s in each])
    return Figure("options_status", title, drawn, f"{title}。", total, source_note(ds, total, "项方案"), 210, behind=behind)


def benefit_bars(ds: Dataset) -> Figure:
    """Draw investment and yearly economic benefit of the implemented options by class."""
    import plotly.graph_objects as go

    frame = benefits.totals(ds, "class")
    names = codes("options", "class")
    columns = {
        "investment_wan_yuan": ("投资（万元）", theme.FAINT),
        "economic_benefit_wan_yuan": ("经济效益（万元/a）", theme.ACCENT),
    }
    labels = [f"{names[c]}方案（{n:,} 项）" for c, n in zip(frame["class"], frame["options"], strict=True)]
    traces = [
        go.Bar(
            x=[number(v) for v in frame[column]],
            y=labels,
            name=label,
            orientation="h",
            marker_color=colour,
            text=["未填报" if number(v) is None else f"{v:,.1f}" for v in frame[column]],
            textposition="auto",
            cliponaxis=False,
            customdata=labels,
            hovertemplate=f"<b>%{{y}}</b><br>{label} %{{x:,.1f}}<extra></extra>",
        )
        for column, (label, colour) in columns.items()
    ]
    drawn = theme.figure(
        *traces,
        barmode="group",
        xaxis={"title": {"text": "万元、万元/a"}, "rangemode": "tozero", "tickformat": ",.0f"},
        yaxis={"autorange": "reversed", "type": "category"},
        legend={"traceorder": "normal"},
    )
    row = only(benefits.totals(ds))
    invested, yearly, payback = (number(row[c]) for c in (*columns, "payback_years"))
    title = told("options_implemented", row["options"])
    title += "" if invested is None else f"，{told('investment_wan_yuan', invested)}"
    title += "" if yearly is None else f"，每年{told('economic_benefit_wan_yuan', yearly).removesuffix('/a')}"
    title += "" if payback is None else f"，{told('payback_years', payback)}"
    note = f"只计已实施的方案；静态投资回收期＝投资÷年经济效益，只计两者都填报的方案。{unstated(row)}" + source_note(
        ds, int(row["options"]), "项方案"
    )
    done = ds.options[ds.options["status"] == "implemented"]
    behind = marks.behind(done["plant_id"], done["class"].map(dict(zip(frame["class"], labels, strict=True))))
    height = 110 + 70 * max(len(frame), 1)
    return Figure("benefits_class", title, drawn, f"{title}。", int(row["options"]), note, height, behind=behind)


def lorenz(ds: Dataset, benefit: str) -> Figure | Caveat:
    """Draw which share of a benefit the largest plants make together."""
    import plotly.graph_objects as go

    label = benefit_fields()[benefit].label
    frame = concentration.lorenz(ds, benefit)
    if concentration.few(len(frame)):
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
                marker={"color": theme.CLASS_COLOURS[kind], "line": {"width": 0.3, "color": theme.GROUND}},
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
