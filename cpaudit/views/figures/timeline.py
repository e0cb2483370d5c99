"""The figure of one plant's way through the audit: its milestones against their deadlines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis import progress
from cpaudit.views import theme
from cpaudit.views.page import Figure, Origin
from cpaudit.views.parts import records, source_note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cpaudit.dataset import Dataset

_MARKS = {"done_on_time": "circle", "done_late": "circle", "done_unknown": "circle", "failed": "x", "overdue": "circle-open"}


def timeline(ds: Dataset, read: Mapping[str, Origin] | None = None) -> Figure:
    """Draw the milestones of the data set's one plant: deadline, what was done when, how late; ``read``: where each was read."""
    import plotly.graph_objects as go

    labels = {m.id: m.label for m in ds.programme.milestones}
    states = progress.milestone_states(ds)
    unsure = [labels[m] for m in states.loc[states["state"] == "applies_unknown", "milestone"]]
    states = states[~states["state"].isin(["not_applicable", "applies_unknown"])]
    rows = records(states)
    today = f"{ds.as_of:%Y-%m-%d}"
    traces: list[Any] = []
    late: dict[str, list[Any]] = {"x": [], "y": []}
    for row in rows:
        end = _day(row["done_on"]) if row["state"] == "done_late" else today if row["state"] == "overdue" else None
        if end and _day(row["deadline"]):
            late["x"] += [_day(row["deadline"]), end, None]
            late["y"] += [labels[row["milestone"]]] * 2 + [None]
    if late["x"]:
        line = {"color": theme.STATE_COLOURS["overdue"], "width": 4}
        traces.append(go.Scatter(**late, mode="lines", name="逾期", line=line, hoverinfo="skip"))
    due = [r for r in rows if _day(r["deadline"])]
    traces.append(
        go.Scatter(
            x=[_day(r["deadline"]) for r in due],
            y=[labels[r["milestone"]] for r in due],
            mode="markers",
            name="期限",
            marker={"symbol": "line-ns-open", "size": 18, "color": theme.QUIET, "line": {"width": 2}},
            hovertemplate="<b>%{y}</b><br>期限 %{x|%Y-%m-%d}<extra></extra>",
        )
    )
    for state in ("done_on_time", "done_late", "done_unknown", "failed"):
        mine = [r for r in rows if r["state"] == state and _day(r["done_on"])]
        if mine:
            traces.append(
                go.Scatter(
                    x=[_day(r["done_on"]) for r in mine],
                    y=[labels[r["milestone"]] for r in mine],
                    mode="markers",
                    name=progress.STATES[state],
                    marker={
                        "symbol": _MARKS[state],
                        "size": 12,
                        "color": theme.STATE_COLOURS[state],
                        "line": {"width": 1, "color": theme.INK},
                    },
                    customdata=[labels[r["milestone"]] for r in mine],
                    hovertemplate=f"<b>%{{y}}</b><br>{progress.STATES[state]} %{{x|%Y-%m-%d}}<extra></extra>",
                )
            )
    drawn = theme.figure(
        *traces,
        shapes=[_vertical(today)],
        annotations=[
            {
                "x": today,
                "y": 1.0,
                "yref": "paper",
                "yanchor": "bottom",
                "xanchor": "right",
                "showarrow": False,
                "text": f"数据日期 {today}",
                "font": {"size": 11, "color": theme.QUIET},
            }
        ],
        xaxis={"type": "date", "tickformat": "%Y-%m", "hoverformat": "%Y-%m-%d", "nticks": 6, "tickangle": 0},
        yaxis={
            "autorange": "reversed",
            "type": "category",
            "categoryorder": "array",
            "categoryarray": [labels[r["milestone"]] for r in rows],
        },
        legend={"y": -0.12, "yanchor": "top"},
        margin={"t": 28},
    )
    done = states["state"].isin(progress.DONE).sum()
    overdue = states[states["overdue"]]
    title = f"{len(states)} 个节点中 {done} 个已完成" if done < len(states) else f"{done} 个节点已全部完成"
    if len(overdue):
        title += f"，{len(overdue)} 个逾期未完成，最长逾期 {overdue['days'].max()} 天"
    if open_end := int((states["state"] == "done_unknown").sum()):
        title += f"，其中 {open_end} 个是否按期不明"
    if unclear := int((states["state"] == "unclear").sum()):
        title += f"，{unclear} 个结果不明"
    if adrift := int((states["state"] == "late_unknown").sum()):
        title += f"，{adrift} 个是否逾期不明"
    if unsaid := int((states["state"] == "not_reported").sum()):
        title = f"{len(states)} 个节点均未报送，无法判断" if unsaid == len(states) else f"{title}，{unsaid} 个未报送"
    told = "；".join(f"{labels[r['milestone']]} {progress.STATES[r['state']]}" for r in rows)
    note = "竖线为期限，圆点为完成日期，橙色线段为逾期的天数；系统导出与上报的日期不一致时以上报为准，结果相反的为结果不明。"
    places = {labels[m]: p for m, p in (read or {}).items()}
    note += f"{'、'.join(unsure)}是否适用不明，不画。" if unsure else ""
    note += source_note(ds, len(states), "个节点")
    return Figure("timeline", title, drawn, f"{told}。", len(states), note, 400, places=places)


def _day(value: Any) -> str | None:
    import pandas as pd

    return None if pd.isna(value) else f"{value:%Y-%m-%d}"


def _vertical(day: str) -> dict[str, Any]:
    return {
        "type": "line",
        "x0": day,
        "x1": day,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"dash": "dot", "color": theme.QUIET},
    }
