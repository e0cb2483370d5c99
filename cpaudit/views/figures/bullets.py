"""The figure of one plant's indicators: every one against the three levels, before and after the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.fields import codes
from cpaudit.views import theme
from cpaudit.views.figures import marks
from cpaudit.views.page import Caveat, Figure, Origin
from cpaudit.views.parts import digits, records, source_note
from cpaudit.vocabulary import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from cpaudit.dataset import Dataset

_TIP = "<b>%{{y}}</b><br>{} %{{customdata[1]}}，达到%{{customdata[2]}}<br>%{{customdata[3]}}<extra></extra>"
#: How far beyond level I, or below level III, a value is still drawn in proportion (in widths of a level).
_BEYOND = 0.95


def bullets(ds: Dataset, detail: pd.DataFrame, read: Mapping[tuple[Any, ...], Origin] | None = None) -> Figure | Caveat:
    """Draw the indicators of one process against levels I, II, III, before and after.

    ``detail``: rows of :func:`cpaudit.indicators.explain` of one plant, system and process. Every indicator's benchmarks stand
    at the same places; between them the axis runs evenly from one to the next. ``read``: where each value was read, by
    (system, process, indicator, period).
    """
    import pandas as pd
    import plotly.graph_objects as go

    process = str(detail["process"].iloc[0])
    rows = detail[detail["counts"] & ~detail["bonus"]]
    told = rows[rows["state"] == "reported"]
    if told.empty:
        return Caveat(f"{process}：没有已填报的指标，无法与基准值对照。", "plain")
    order = rows.drop_duplicates("indicator").sort_values("order")
    names = {r["indicator"]: theme.safe(r["name"]) + ("*" if r["limiting"] else "") for r in records(order)}
    cells = {(r["indicator"], r["period"]): r for r in records(rows)}
    traces: list[Any] = []
    moved: dict[str, list[Any]] = {"x": [], "y": []}
    for key, name in names.items():
        ends = [cells.get((key, period)) for period in ("before", "after")]
        if all(e and e["state"] == "reported" for e in ends):
            moved["x"] += [position(e) for e in ends if e] + [None]
            moved["y"] += [name, name, None]
    traces.append(
        go.Scatter(
            **moved,
            mode="lines",
            line={"color": theme.OUTLINE, "width": 1.5},
            showlegend=False,
            hoverinfo="skip",
            name="前后变化",
        )
    )
    periods = codes("measurements", "period")
    for period, label in periods.items():
        mine = [r for key in names if (r := cells.get((key, period))) and r["state"] == "reported"]
        colours = [theme.LEVEL_COLOURS[int(r["level_met"])] for r in mine]
        marker: dict[str, Any] = {"size": 10, "symbol": "circle-open", "color": theme.QUIET, "line": {"width": 2}}
        if period == "after":
            marker = {"size": 12, "color": colours, "line": {"width": 1, "color": theme.INK}}
        traces.append(
            go.Scatter(
                x=[position(r) for r in mine],
                y=[names[r["indicator"]] for r in mine],
                mode="markers",
                name=label,
                marker=marker,
                customdata=[
                    [marks.key(names[r["indicator"]], label), _value(r), LEVELS[int(r["level_met"])], _benchmarks(r)]
                    for r in mine
                ],
                hovertemplate=_TIP.format(label),
            )
        )
    bands = [
        {
            "type": "rect",
            "layer": "below",
            "x0": 4 - k,
            "x1": 5 - k,
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "fillcolor": theme.LEVEL_COLOURS[k],
            "opacity": 0.16,
            "line": {"width": 0},
        }
        for k in LEVELS
    ]
    heads = [
        {
            "x": 4.5 - k,
            "y": 1,
            "yref": "paper",
            "yanchor": "bottom",
            "text": label,
            "showarrow": False,
            "font": {"size": 12},
        }
        for k, label in LEVELS.items()
    ]
    values = [
        {
            "x": 1.01,
            "xref": "paper",
            "xanchor": "left",
            "y": name,
            "text": theme.safe(_change(cells.get((key, "before")), cells.get((key, "after")))),
            "showarrow": False,
            "font": {"size": 11, "color": theme.QUIET},
        }
        for key, name in names.items()
    ]
    drawn = theme.figure(
        *traces,
        shapes=bands,
        annotations=[*heads, *values],
        xaxis={"range": [0, 4], "showticklabels": False, "showgrid": False, "fixedrange": True},
        yaxis={
            "type": "category",
            "categoryorder": "array",
            "categoryarray": list(names.values()),
            "range": [len(names) - 0.5, -0.5],
        },
        legend={"y": -0.01, "yanchor": "top"},
        margin={"t": 26, "r": 185},
    )
    last = "after" if (told["period"] == "after").any() else "before"
    counts = told[told["period"] == last]["level_met"].value_counts()
    each = "、".join(f"{LEVELS[k]} {counts[k]} 项" for k in LEVELS if k in counts)
    title = f"{process}：{periods[last]} {int(counts.sum())} 项指标中 {each}"
    lacking = rows[(rows["state"] == "missing") & (rows["period"] == last)]["indicator"].nunique()
    title += f"；另有 {lacking} 项缺失" if lacking else ""
    note = (
        "各指标的基准值对齐在同一位置，两个基准值之间按比例画；空心为审核前，实心为审核后，越靠右越好；* 为限定性指标；"
        "定性指标和按条件判定的指标画在所达级别的中间。右侧为实测值。"
    )
    alt = "；".join(f"{name} {_change(cells.get((k, 'before')), cells.get((k, 'after')))}" for k, name in names.items())
    system = str(pd.unique(detail["system"])[0])
    places = {
        marks.key(names[i], periods[t]): p
        for (s, line, i, t), p in (read or {}).items()
        if s == system and line == process and i in names
    }
    return Figure(
        f"bullets_{system}_{process}",
        title,
        drawn,
        f"{alt}。",
        len(names),
        note + source_note(ds, len(names), "项指标"),
        90 + 30 * max(len(names), 2),
        700,
        places=places,
    )


def position(row: dict[str, Any]) -> float:
    """Return where an answer stands on the axis of levels: 3 to 4 level I, 2 to 3 level II, 1 to 2 level III, below 1 none.

    A value lies between the benchmarks of the level that it meets and of the next, in proportion. Words, conditions and
    benchmarks that are all the same say no more than the level: its middle.

    >>> row = {"level_met": 2, "value": 47.0, "quantitative": True, "lower_is_better": True}
    >>> position(row | {"baseline_1": 41.0, "baseline_2": 47.0, "baseline_3": 54.0})
    2.0
    """
    import math

    level = int(row["level_met"])
    marks = [row[f"baseline_{k}"] for k in (1, 2, 3)]
    middle = 4.5 - level
    if not row["quantitative"] or any(m is None or math.isnan(m) for m in marks):
        return middle
    sign = -1.0 if row["lower_is_better"] else 1.0
    value, (first, second, third) = sign * row["value"], (sign * m for m in marks)
    usual = (first - third) / 2
    floor = {1: first, 2: second, 3: third, 4: third - usual}[level]
    width = {1: usual, 2: first - second, 3: second - third, 4: usual}[level]
    if width <= 0:
        return middle
    return 4.0 - level + float(min(max((value - floor) / width, 0.05 if level == 4 else 0.0), _BEYOND))


def _value(row: dict[str, Any] | None) -> str:
    if row is None:
        return "—"
    if row["state"] != "reported":
        return {"missing": "缺失", "not_applicable": "不适用"}[row["state"]]
    if row["quantitative"]:
        return f"{digits(row['value'])} {row['unit']}".strip()
    return LEVELS[int(row["level_met"])]


def _change(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    first, last = _value(before), _value(after)
    unit = f" {after['unit']}" if after and after["quantitative"] and after["unit"] else ""
    if unit and first.endswith(unit) and last.endswith(unit):
        first = first.removesuffix(unit)
    return first if first == last else f"{first} → {last}"


def _benchmarks(row: dict[str, Any]) -> str:
    import pandas as pd

    if not row["quantitative"]:
        return theme.safe("；".join(f"{LEVELS[k]} {row[f'text_{k}']}" for k in (1, 2, 3) if row[f"text_{k}"]))
    known = [(k, row[f"baseline_{k}"]) for k in (1, 2, 3)]
    return "基准值　" + "　".join(f"{LEVELS[k]} {'—' if pd.isna(v) else digits(v)}" for k, v in known)
