"""The figures of the pages: each takes a data set, says its finding in a sentence and draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import attainment, benefits, progress
from cpaudit.analysis.basis.milestones import grid
from cpaudit.programme import industries, units
from cpaudit.programme.units import county_names
from cpaudit.views import theme
from cpaudit.views.directory import standings
from cpaudit.views.figures import marks
from cpaudit.views.page import Figure
from cpaudit.views.parts import codes, crossed, day_text, number, only, records, share, small_unit, source_note

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from cpaudit.dataset import Dataset

#: The tip of a stacked bar: customdata holds the group's size and the share.
_OF_GROUP = "<b>%{{y}}</b><br>{} %{{x}} 家，占 %{{customdata[1]}} 家的 %{{customdata[2]}}<extra></extra>"


def funnel(ds: Dataset) -> Figure:
    """Draw how many plants reached each stage."""
    import plotly.graph_objects as go

    total = only(progress.summary(ds))
    listed, names = int(total["listed"]), list(progress.STAGES)
    counts = [int(total[s]) for s in names]
    labels = list(progress.STAGES.values())
    drawn = theme.figure(
        go.Bar(
            x=counts,
            y=labels,
            orientation="h",
            marker_color=[theme.ACCENT] * (len(names) - 1) + [theme.STANDING_COLOURS["accepted"]],
            text=[f"{n} 家（{share(n, listed)}）" for n in counts],
            textposition="auto",
            cliponaxis=False,
            customdata=labels,
            hovertemplate="%{y}：%{text}<extra></extra>",
        ),
        xaxis={"title": {"text": "企业（家）"}, "range": [0, max(listed, 1) * 1.02]},
        yaxis={"autorange": "reversed"},
        margin={"t": 8},
    )
    drops = [(counts[i - 1] - counts[i], i) for i in range(1, len(counts))]
    largest = max(drops, default=(0, 0))
    title = f"从列入名单到通过验收：{listed} 家中 {counts[-1]} 家已通过验收（{share(counts[-1], listed)}）"
    if largest[0] > 0:
        title += f"；减少最多的一步是“{labels[largest[1]]}”，少 {largest[0]} 家"
    alt = "、".join(f"{label} {n} 家" for label, n in zip(labels, counts, strict=True))
    return Figure(
        "funnel",
        title,
        drawn,
        f"各阶段企业数：{alt}。",
        listed,
        "百分比以列入名单企业为分母。" + source_note(ds, listed),
        300,
        behind=_reached(ds, labels),
    )


def _reached(ds: Dataset, labels: list[str]) -> dict[str, tuple[str, ...]]:
    """Return the plants of every stage, under the bar's label."""
    found, plants = grid(ds), ds.plants["plant_id"]
    listed, *stages = zip(progress.STAGES, labels, strict=True)
    each = {label: tuple(plants[found.done[:, found.of(stage)]]) for stage, label in stages}
    return {listed[1]: tuple(plants), **each}


def curve(ds: Dataset) -> Figure:
    """Draw the number of plants done over time against the deadlines."""
    import numpy as np
    import pandas as pd
    import plotly.graph_objects as go

    steps = tuple(theme.STEP_COLOURS)
    frame, found = progress.curve(ds, steps), grid(ds)
    labels = {m.id: m.label for m in ds.programme.milestones}
    traces, shapes, notes, deadlines = [], [], [], {}
    for at, step in enumerate(steps):
        mine = frame[frame["milestone"] == step]
        days, done = mine["date"].to_numpy("datetime64[D]"), mine["done"].astype(int).tolist()
        if done:  # a curve starts from nothing, also where all is done on one day
            days, done = np.insert(days, 0, days[0] - 1), [0, *done]
        traces.append(
            go.Scatter(
                x=np.datetime_as_string(days).tolist(),
                y=done,
                name=labels[step],
                mode="lines",
                line={"shape": "hv", "width": 2.5, "color": theme.STEP_COLOURS[step]},
                customdata=[marks.key(labels[step], "已完成")] * len(days),
                hovertemplate=f"%{{x|%Y-%m-%d}}　{labels[step]} %{{y}} 家<extra></extra>",
            )
        )
        due = found.deadline[:, found.of(step)]
        if (known := np.unique(due[~np.isnat(due)], return_counts=True))[0].size:
            deadlines[step] = pd.Timestamp(known[0][known[1].argmax()])
            day = f"{deadlines[step]:%Y-%m-%d}"
            line = {"dash": "dot", "color": theme.STEP_COLOURS[step]}
            shapes.append({"type": "line", "x0": day, "x1": day, "yref": "paper", "y0": 0, "y1": 1, "line": line})
            side = ("left", "center", "right")[at]
            text = f"{labels[step]}期限<br>{day}"
            place = {"x": day, "xanchor": side, "align": side, "yref": "paper", "y": 1.01, "yanchor": "bottom"}
            notes.append({**place, "text": text, "showarrow": False, "font": {"size": 11, "color": theme.QUIET}})
    listed = len(ds.plants)
    end = max([pd.Timestamp(ds.as_of), *deadlines.values()]) + pd.Timedelta(days=10)
    start = frame["date"].min() if len(frame) else pd.Timestamp(ds.as_of)
    start = min([start, *deadlines.values()]) - pd.Timedelta(days=10)
    drawn = theme.figure(
        *traces,
        shapes=shapes,
        annotations=notes,
        hovermode="x unified" if listed else "closest",
        xaxis={
            "type": "date",
            "range": [f"{start:%Y-%m-%d}", f"{end:%Y-%m-%d}"],
            "tickformat": "%Y-%m",
            "hoverformat": "%Y-%m-%d",
            "nticks": 5,
            "tickangle": 0,
        },
        yaxis={"title": {"text": "累计完成（家）"}, "range": [0, max(listed, 1) * 1.05], **theme.whole(listed)},
        legend={"y": -0.16, "yanchor": "top"},
        margin={"t": 48},
    )
    final = ds.programme.final
    reached = int(frame.loc[frame["milestone"] == final.id, "done"].max()) if listed else 0
    left = (deadlines[final.id] - pd.Timestamp(ds.as_of)).days if final.id in deadlines else None
    when = "" if left is None else f"，距期限还有 {left} 天" if left > 0 else f"，期限已过 {-left} 天" if left else "，当日到期"
    return Figure(
        "curve",
        f"截至{day_text(ds.as_of)}，{reached} 家完成验收，{listed - reached} 家尚未完成{when}",
        drawn,
        f"告知、评估、验收的累计完成企业数与期限；列入名单 {listed} 家，已验收 {reached} 家。",
        listed,
        "虚线为各节点期限（告知期限按名单公布日期推算；个别企业另有期限的以企业为准）；曲线止于数据日期。"
        + source_note(ds, listed),
        height=380,
        behind=milestones_done(ds, steps),
    )


def milestones_done(ds: Dataset, steps: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return, per milestone, the plants that have done it, under the key of its curve."""
    found, plants = grid(ds), ds.plants["plant_id"]
    each = {m: tuple(plants[found.done[:, found.of(m)]]) for m in steps}
    return {marks.key(ds.programme.milestone(m).label, "已完成"): done for m, done in each.items() if done}


def standing_bars(ds: Dataset, by: str) -> Figure:
    """Draw where the plants of each unit, county or trade stand, as stacked bars."""
    frame = standings(ds)
    names: dict[str, str] = {"unit": _names(), "county": county_names(), "industry": _industries()}[by]
    what = {"unit": "各单位", "county": "各区县", "industry": "各行业"}[by]
    group = frame[by].map(names).fillna("（未填区县）")
    counts = crossed(group, frame["standing"]).reindex(columns=list(theme.STANDINGS), fill_value=0)
    counts["n"] = counts.sum(axis=1)
    # Small groups stand last, by number: their shares say nothing.
    counts["share"] = (counts["accepted"] / counts["n"]).where(counts["n"] > small_unit(), -1.0)
    counts = counts.sort_values(["share", "accepted", "n"], ascending=False, kind="stable")
    labels = [theme.safe(str(name)) for name in counts.index]
    shown = {key: label for key, label in theme.STANDINGS.items() if counts[key].any()}
    drawn = _stacked(counts, labels, counts["n"].tolist(), shown, theme.STANDING_COLOURS)
    late = counts.sort_values(["overdue", "n"], ascending=False, kind="stable")
    total = int(counts["overdue"].sum())
    title = f"{what}进展：未验收且有逾期的共 {total} 家" if total else f"{what}进展：没有未验收且有逾期的企业"
    if total and len(late) > 1 and late["overdue"].iloc[0] > late["overdue"].iloc[1]:
        title += f"，{late.index[0]}最多，{late['overdue'].iloc[0]} 家"
    rows = [f"{name} {accepted}/{n}" for name, accepted, n in zip(counts.index, counts["accepted"], counts["n"], strict=True)]
    return Figure(
        f"standing_{by}",
        title,
        drawn,
        f"{what}已验收/列入名单：{'、'.join(rows)}。",
        len(frame),
        f"按验收率排列，不足 {small_unit() + 1} 家的列在最后；每家企业只计入一类。" + source_note(ds, len(frame)),
        height=110 + 30 * max(len(counts), 2),
        behind=marks.behind(
            frame["plant_id"],
            [marks.key(theme.safe(g), theme.STANDINGS[s]) for g, s in zip(group, frame["standing"], strict=True)],
        ),
    )


def _stacked(
    frame: pd.DataFrame, labels: list[str], totals: list[int], shown: dict[str, str], colours: dict[str, str]
) -> go.Figure:
    """Draw a bar per row of ``frame``, made of its columns ``shown`` (key → label) with their numbers inside."""
    import plotly.graph_objects as go

    traces = [
        go.Bar(
            x=frame[key].tolist(),
            y=labels,
            name=label,
            orientation="h",
            marker_color=colours[key],
            text=[str(n) if n else "" for n in frame[key]],
            textposition="inside",
            insidetextanchor="middle",
            insidetextfont_color=theme.on(colours[key]),
            textangle=0,
            customdata=[[marks.key(y, label), int(n), share(k, n)] for y, k, n in zip(labels, frame[key], totals, strict=True)],
            hovertemplate=_OF_GROUP.format(label),
        )
        for key, label in shown.items()
    ]
    return theme.figure(
        *traces,
        barmode="stack",
        xaxis={"title": {"text": "企业（家）"}, "rangemode": "tozero", **theme.whole(int(max(totals, default=0)))},
        yaxis={"autorange": "reversed", "type": "category"},
        legend={"traceorder": "normal"},
    )


def attainment_bars(ds: Dataset, by: str = "industry") -> Figure:
    """Draw the verdicts by trade or unit."""

    frame = attainment.summary(ds, by)
    frame = frame[frame["judged"] + frame["cannot_judge"] > 0]
    names = _names() if by == "unit" else _industries()
    labels = [names[key] for key in frame[by]]
    totals = (frame["judged"] + frame["cannot_judge"]).tolist()
    shown = {key: attainment.VERDICTS[key] for key in ("attained", "not_attained", "cannot_judge")}
    drawn = _stacked(frame, labels, totals, shown, theme.VERDICT_COLOURS)
    row = only(attainment.summary(ds))
    rate = share(row["attained"], row["judged"])
    title = f"可判定的 {row['judged']} 家中 {row['attained']} 家达标（{rate}），{row['not_attained']} 家未达标"
    title += f"；另有 {row['cannot_judge']} 家无法判定" if row["cannot_judge"] else ""
    enough = frame[frame["judged"] > small_unit()]
    if by == "unit" and len(enough) > 1:
        rates = enough["attained"] / enough["judged"]
        high, low = (enough.iloc[int(at)] for at in (rates.to_numpy().argmax(), rates.to_numpy().argmin()))
        ends = (f"{names[r[by]]}{word}（{share(r['attained'], r['judged'])}）" for word, r in (("最高", high), ("最低", low)))
        title = f"各单位达标率：{'，'.join(ends)}"
        note_small = f"可判定企业不超过 {small_unit()} 家的不参加比较。"
    else:
        note_small = ""
    rows = [
        f"{name} 达标 {r['attained']} 家、未达标 {r['not_attained']} 家、无法判定 {r['cannot_judge']} 家"
        for name, r in zip(labels, records(frame), strict=True)
    ]
    note = note_small + (f"不含已退出的 {row['left']} 家。" if row["left"] else "") + source_note(ds, int(sum(totals)))
    each = attainment.plants(ds)
    each = each[~each["left"]]
    said = [marks.key(names[g], attainment.VERDICTS[v]) for g, v in zip(each[by], each["verdict"], strict=True)]
    return Figure(
        f"attainment_{by}",
        title,
        drawn,
        "；".join(rows) + "。",
        int(sum(totals)),
        note,
        110 + 30 * max(len(frame), 2),
        behind=marks.behind(each["plant_id"], said),
    )


def benefit_bars(ds: Dataset) -> Figure:
    """Draw investment and yearly economic benefit of the implemented options by class."""
    import plotly.graph_objects as go

    frame = benefits.totals(ds, "class")
    names = codes("options", "class")
    columns = {
        "investment_wan_yuan": ("投资（万元）", "#8a94a0"),
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
    title = f"已实施方案 {row['options']:,} 项"
    title += "" if invested is None else f"，投资 {invested:,.1f} 万元"
    title += "" if yearly is None else f"，每年经济效益 {yearly:,.1f} 万元"
    title += "" if payback is None else f"，静态投资回收期 {payback:.1f} 年"
    note = "只计已实施的方案；静态投资回收期＝投资÷年经济效益。" + source_note(ds, int(row["options"]), "项方案")
    done = ds.options[ds.options["status"] == "implemented"]
    behind = marks.behind(done["plant_id"], done["class"].map(dict(zip(frame["class"], labels, strict=True))))
    height = 110 + 70 * max(len(frame), 1)
    return Figure("benefits_class", title, drawn, f"{title}。", int(row["options"]), note, height, behind=behind)


def _names() -> dict[str, str]:
    return {k: u.name for k, u in units().items()}


def _industries() -> dict[str, str]:
    return {k: i.label for k, i in industries().items()}
