"""The figures of progress: how many have come how far, by day, and how each unit, county and trade is getting on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import progress
from cpaudit.analysis.basis import unsaid
from cpaudit.analysis.basis.codes import crossed
from cpaudit.analysis.basis.deadlines import shared
from cpaudit.analysis.basis.milestones import STATES, UNKNOWN, grid, steps_asked
from cpaudit.analysis.basis.statuses import untold
from cpaudit.programme import industries
from cpaudit.programme.units import county_names
from cpaudit.views import theme
from cpaudit.views.directory import advances, advances_called
from cpaudit.views.figures import marks
from cpaudit.views.figures.stacked import Kind, stacked
from cpaudit.views.measured import label, told
from cpaudit.views.page import Caveat, Figure
from cpaudit.views.parts import day_text, only, rate, share, small_unit, source_note, unit_name
from cpaudit.views.unheard import all_silent, silence

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset


def funnel(ds: Dataset) -> Figure | Caveat:
    """Draw how many plants reached each stage; a sentence where nothing came of any."""
    if all_silent(ds):
        return Caveat(silence(ds))
    import numpy as np
    import plotly.graph_objects as go

    total = only(progress.summary(ds))
    listed, names = int(total["listed"]), ["listed", *ds.programme.stages]
    counts = [None if total[s] is None else int(total[s]) for s in names]
    labels = [label(s, ds) for s in names]
    drawn = theme.figure(
        go.Bar(
            x=counts,
            y=labels,
            orientation="h",
            marker_color=[theme.ACCENT] * (len(names) - 1) + [theme.ADVANCE_COLOURS["accepted"]],
            text=["无法判断" if n is None else f"{n} 家（{share(n, listed)}）" for n in counts],
            textposition="auto",
            cliponaxis=False,
            customdata=labels,
            hovertemplate="%{y}：%{text}<extra></extra>",
        ),
        xaxis={"title": {"text": "企业（家）"}, "range": [0, max(listed, 1) * 1.02]},
        yaxis={"autorange": "reversed"},
        margin={"t": 8},
    )
    # of whom nothing came, or nothing that anybody understands, did not fall behind at a step
    reached = [listed - int(total["not_reported"]), *counts[1:]]
    open_ = [np.isin(grid(ds).state[:, grid(ds).of(m.id)], UNKNOWN) & ~untold(ds) for m in ds.programme.stages.values()]
    pairs = zip(reached, reached[1:], open_, strict=False)
    drops = [(a - b - int(c.sum()), i) for i, (a, b, c) in enumerate(pairs, 1) if a is not None and b is not None]
    largest = max(drops, default=(0, 0))
    last = counts[-1]
    title = f"{told('listed', listed)}，{told('accepted', last, ds=ds)}" + ("" if last is None else f"（{rate(last, listed)}）")
    if largest[0] > 0:
        title += f"；减少最多的一步是“{labels[largest[1]]}”，少 {largest[0]} 家"
    alt = "、".join(told(s, n, ds=ds) for s, n in zip(names, counts, strict=True))
    missing = [told(id, total[id]) for id in ("not_reported", "part_unreported") if total[id]]
    return Figure(
        "funnel",
        "；".join([title, *missing]),
        drawn,
        f"各阶段企业数：{alt}。",
        listed,
        "百分比以列入名单企业为分母。" + silence(ds) + source_note(ds, listed),
        300,
        behind=_reached(ds, labels),
    )


def _reached(ds: Dataset, labels: list[str]) -> dict[str, tuple[str, ...]]:
    """Return the plants of every stage, under the bar's label."""
    found, plants = grid(ds), ds.plants["plant_id"]
    steps = zip(ds.programme.stages.values(), labels[1:], strict=True)
    return {labels[0]: tuple(plants), **{label: tuple(plants[found.done[:, found.of(m.id)]]) for m, label in steps}}


def curve(ds: Dataset) -> Figure | Caveat:
    """Draw the number of plants done over time against the deadlines; a sentence where nothing came of any plant."""
    if all_silent(ds):
        return Caveat(silence(ds))
    import numpy as np
    import pandas as pd
    import plotly.graph_objects as go

    steps, found = tuple(steps_asked(ds, None)), grid(ds)
    frame = progress.curve(ds, steps)
    colours = dict(zip(steps, theme.step_colours(len(steps)), strict=True))
    labels = {m.id: m.label for m in ds.programme.milestones}
    traces, shapes, notes, deadlines, apart = [], [], [], {}, []
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
                line={"shape": "hv", "width": 2.5, "color": colours[step]},
                customdata=[marks.key(labels[step], "已完成")] * len(days),
                hovertemplate=f"%{{x|%Y-%m-%d}}　{labels[step]} %{{y}} 家<extra></extra>",
            )
        )
        due = found.deadline[:, found.of(step)]
        day_of_all = shared(due)
        if np.isnat(day_of_all) and not np.isnat(due).all():
            apart.append(step)
        elif not np.isnat(day_of_all):
            deadlines[step] = pd.Timestamp(day_of_all)
            day = f"{deadlines[step]:%Y-%m-%d}"
            line = {"dash": "dot", "color": colours[step]}
            shapes.append({"type": "line", "x0": day, "x1": day, "yref": "paper", "y0": 0, "y1": 1, "line": line})
            side = "left" if at == 0 else "right" if at == len(steps) - 1 else "center"
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
    blind = bool(unsaid.blind(ds)[final.id].any())
    unknown = {STATES[state]: int((found.state[:, found.of(final.id)] == state).sum()) for state in UNKNOWN}
    left = (deadlines[final.id] - pd.Timestamp(ds.as_of)).days if final.id in deadlines else None
    when = (
        "，各企业期限不同"
        if final.id in apart
        else ""
        if left is None
        else f"，距期限还有 {left} 天"
        if left > 0
        else f"，期限已过 {-left} 天"
        if left
        else "，当日到期"
    )
    return Figure(
        "curve",
        f"截至{day_text(ds.as_of)}，"
        + (
            told("accepted", None, ds=ds)
            if blind
            else f"{told('accepted', reached, ds=ds)}，"
            f"尚未{final.noun} {listed - reached - sum(unknown.values())} 家（含已退出的）"
        )
        + "".join(f"，{final.noun}节点{word} {n} 家" for word, n in unknown.items() if n)
        + when,
        drawn,
        f"{'、'.join(_short(ds, step) for step in steps)}的累计完成企业数与期限；{told('listed', listed)}，"
        f"{told('accepted', None if blind else reached, ds=ds)}。",
        listed,
        f"虚线为各节点期限（{_counted_from(ds, steps)}个别企业另有期限的以企业为准）；{_apart(ds, apart)}曲线止于数据日期，"
        "未报送的和结果不明的不计。" + source_note(ds, listed),
        height=380,
        behind=milestones_done(ds, steps),
    )


def _short(ds: Dataset, step: str) -> str:
    m = ds.programme.milestone(step)
    return "告知" if m.role == "notification" else m.noun


def _apart(ds: Dataset, steps: list[str]) -> str:
    return f"{'、'.join(_short(ds, step) for step in steps)}期限各企业不同，不画线；" if steps else ""


def _counted_from(ds: Dataset, steps: tuple[str, ...]) -> str:
    """Say which deadlines are counted from the day of listing."""
    names = [_short(ds, step) for step in steps if ds.programme.milestone(step).deadline.form == "listing"]
    return f"{'、'.join(names)}期限按名单公布日期推算；" if names else ""


def milestones_done(ds: Dataset, steps: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return, per milestone, the plants that have done it, under the key of its curve."""
    found, plants = grid(ds), ds.plants["plant_id"]
    each = {m: tuple(plants[found.done[:, found.of(m)]]) for m in steps}
    return {marks.key(ds.programme.milestone(m).label, "已完成"): done for m, done in each.items() if done}


def advance_bars(ds: Dataset, by: str) -> Figure | Caveat:
    """Draw how the plants of each unit, county or trade are getting on, as stacked bars."""
    if all_silent(ds):
        return Caveat(silence(ds))
    frame = advances(ds)
    names: dict[str, str] = {
        "unit": {u: unit_name(u) for u in ds.programme.units},
        "county": county_names(),
        "industry": _industries(),
    }[by]
    what = {"unit": "各单位", "county": "各区县", "industry": "各行业"}[by]
    group = frame[by].map(names).fillna("（未填区县）")
    counts = crossed(group, frame["advance"]).reindex(columns=list(theme.ADVANCES), fill_value=0)
    counts["n"] = counts.sum(axis=1)
    # Small groups stand last, by number: their shares say nothing.
    counts["open"] = counts["not_reported"] + counts["end_unknown"]
    whole = (counts["n"] > small_unit()) & (counts["open"] == 0)  # of whose plants nobody knows all can't lead
    counts["share"] = (counts["accepted"] / counts["n"]).where(whole, -1.0)
    counts = counts.sort_values(["share", "accepted", "n"], ascending=False, kind="stable")
    labels = [theme.safe(str(name)) for name in counts.index]
    called = advances_called(ds)
    shown = {key: word for key, word in called.items() if counts[key].any()}
    kinds = [Kind(word, theme.ADVANCE_COLOURS[key], counts[key].tolist()) for key, word in shown.items()]
    drawn = stacked(labels, kinds, "企业（家）", "家", "，占 {n} 家的 {share}")
    late = counts.sort_values(["overdue", "n"], ascending=False, kind="stable")
    total = int(counts["overdue"].sum())
    sure = not counts[["open", "unclear"]].any(axis=None)
    title = (
        f"{what}进展：{told('open_overdue', total, '的共', ds)}"
        if total
        else f"{what}进展：{'' if sure else '可以判断的企业中'}没有{label('open_overdue', ds)}的{'企业' if sure else ''}"
    )
    most, others = int(late["overdue"].iloc[0]), late[["overdue", "open", "unclear"]].sum(axis=1).iloc[1:]
    if total and len(late) > 1:
        title += f"，都在{late.index[0]}" if most == total else f"，{late.index[0]}最多，{most} 家" if most > others.max() else ""
    for id in ("not_reported", "end_unknown"):
        title += f"；{told(id, int(counts[id].sum()), ds=ds)}" if counts[id].any() else ""
    each = zip(counts.index, counts["accepted"], counts["n"], counts["not_reported"], counts["open"], strict=True)
    rows = [
        f"{name} {accepted}/{n}" if open_ < n else f"{name} {'未报送' if mute == n else '不明'}"
        for name, accepted, n, mute, open_ in each
    ]
    return Figure(
        f"advance_{by}",
        title,
        drawn,
        f"{what}{label('accepted', ds)}/列入名单：{'、'.join(rows)}。",
        len(frame),
        f"按{ds.programme.final.noun}率排列，不足 {small_unit() + 1} 家的和有企业未报送、结果不明的列在最后；每家企业只计入一类。"
        + source_note(ds, len(frame)),
        height=110 + 30 * max(len(counts), 2),
        behind=marks.behind(
            frame["plant_id"],
            [marks.key(theme.safe(g), called[s]) for g, s in zip(group, frame["advance"], strict=True)],
        ),
    )


def _industries() -> dict[str, str]:
    return {k: i.label for k, i in industries().items()}
