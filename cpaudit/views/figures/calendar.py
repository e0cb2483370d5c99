"""The calendar of due dates: how many plants each day's milestone still waits for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cpaudit.analysis import progress
from cpaudit.analysis.basis.milestones import UNKNOWN
from cpaudit.views import theme
from cpaudit.views.figures import marks
from cpaudit.views.measured import told
from cpaudit.views.page import Caveat, Figure
from cpaudit.views.parts import day_text, source_note
from cpaudit.views.unheard import silence

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset

#: What a day of a milestone is coloured by: the first of these that one of its plants is in.
_KINDS = {
    "overdue": ("逾期或未通过", theme.STATE_COLOURS["overdue"]),
    "due_soon": ("即将到期", theme.STATE_COLOURS["due_soon"]),
    "not_due": ("未到期", theme.FAINT),
    "failed": ("逾期或未通过", theme.STATE_COLOURS["overdue"]),
    "done": ("已全部完成", theme.STATE_COLOURS["done_on_time"]),
}


def due_dates(ds: Dataset) -> Figure | Caveat:
    """Draw every deadline of the plants' milestones on its day, with the number of plants that have not done it."""
    import plotly.graph_objects as go

    states = progress.milestone_states(ds)
    apart = {state: int((states["state"] == state).sum()) for state in UNKNOWN}
    states = states[~states["state"].isin(["not_applicable", "left", *UNKNOWN]) & states["deadline"].notna()]
    if states.empty:
        return Caveat(silence(ds) or "没有期限明确的节点，不画期限日历。", "plain")
    bound = set(states["milestone"])
    steps = {m.id: m.label for m in ds.programme.plant_milestones() if m.id in bound}
    days = {day: f"{day:%Y-%m-%d}" for day in states["deadline"].unique()}
    plants, state = states["plant_id"].tolist(), ["done" if s in progress.DONE else s for s in states["state"]]
    keys = [(m, days[day]) for m, day in zip(states["milestone"], states["deadline"], strict=True)]
    in_state: dict[tuple[str, str], Counter[str]] = {}
    for key, one in zip(keys, state, strict=True):
        in_state.setdefault(key, Counter())[one] += 1
    rows: list[dict[str, Any]] = []
    for (step, day), counts in sorted(in_state.items()):
        kind = next(k for k in _KINDS if k == "done" or counts[k])
        kind = "overdue" if kind == "failed" else kind  # those who must try again don't make a day ahead late
        rows.append({"step": steps[step], "day": day, "kind": kind, "of": counts.total(), "n": counts.total() - counts["done"]})
    traces = []
    for kind, (label, colour) in _KINDS.items():
        here = [r for r in rows if r["kind"] == kind]
        if here:
            traces.append(
                go.Scatter(
                    x=[r["day"] for r in here],
                    y=[r["step"] for r in here],
                    name=label,
                    mode="markers+text",
                    marker={"size": [14 + 16 * (r["n"] / len(ds.plants)) ** 0.5 for r in here], "color": colour},
                    text=[str(r["n"] or "") for r in here],
                    textposition="top center",
                    textfont={"size": 11},
                    cliponaxis=False,
                    customdata=[[marks.key(r["step"], r["day"]), r["n"], r["of"]] for r in here],
                    hovertemplate="<b>%{y}</b><br>期限 %{x|%Y-%m-%d}<br>未完成 %{customdata[1]}/%{customdata[2]} 家"
                    "<extra></extra>",
                )
            )
    today = f"{ds.as_of:%Y-%m-%d}"
    line = {"type": "line", "x0": today, "x1": today, "yref": "paper", "y0": 0, "y1": 1}
    said = {"x": today, "yref": "paper", "y": 1, "yanchor": "bottom", "xanchor": "right", "text": f"数据日期 {today}"}
    drawn = theme.figure(
        *traces,
        shapes=[{**line, "line": {"dash": "dot", "color": theme.QUIET}}],
        annotations=[{**said, "showarrow": False, "font": {"size": 11, "color": theme.QUIET}}],
        xaxis={"type": "date", "tickformat": "%Y-%m", "hoverformat": "%Y-%m-%d", "nticks": 8, "tickangle": 0},
        yaxis={"type": "category", "categoryorder": "array", "categoryarray": list(steps.values())[::-1]},
        legend={"y": -0.12, "yanchor": "top"},
        margin={"t": 28, "r": 40},
    )
    late, failed, soon = int(states["overdue"].sum()), state.count("failed"), state.count("due_soon")
    ahead = states["deadline"][states["state"].isin(["due_soon", "not_due"])]
    title = f"期限日历：{told('n_overdue', late)}，未通过的节点 {failed} 个（期限已过的也计为逾期），即将到期的节点 {soon} 个"
    title += f"，下一个期限是 {day_text(ahead.min())}" if len(ahead) else "，没有尚未到期的节点"
    each = zip(plants, keys, state, strict=True)
    waiting = [(plant, marks.key(steps[step], day)) for plant, (step, day), one in each if one != "done"]
    alt = "；".join(f"{r['day']} {r['step']} 未完成 {r['n']}/{r['of']} 家" for r in sorted(rows, key=lambda r: str(r["day"])))
    note = "每点为一个节点的一个期限，旁为未完成的企业数；企业另有期限的按其本身期限。"
    note += "".join(f"{progress.STATES[state]}的 {n} 个节点不画。" for state, n in apart.items() if n)
    note += source_note(ds, len(states), "个节点")
    height = 110 + 34 * max(len(steps), 2)
    return Figure(
        "due_dates",
        title,
        drawn,
        f"{alt}。",
        len(states),
        note,
        height,
        560,
        marks.behind(*zip(*waiting, strict=True)) if waiting else {},
    )
