"""The figures of attainment: units by trades, levels before and after, and the indicators that most often stop a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis import attainment
from cpaudit.analysis.basis.codes import crossed
from cpaudit.fields import codes
from cpaudit.programme import industries
from cpaudit.programme.conventions import conventions
from cpaudit.views import readings, theme
from cpaudit.views.figures import maps, marks
from cpaudit.views.figures.stacked import Kind, stacked
from cpaudit.views.measured import told
from cpaudit.views.page import Caveat, Figure
from cpaudit.views.parts import hangs, industry_name, only, rate, records, share, small_unit, source_note, unit_name
from cpaudit.vocabulary import LEVELS, UNJUDGED

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

#: Of the flow of levels, in pixels; the gap stands between nodes.
_FLOW_HEIGHT, _FLOW_MARGIN, _FLOW_GAP = 380, 10, 14
#: Bars of a Pareto chart; the rest is counted in its title.
_BARS = 15


def attainment_bars(ds: Dataset, by: str = "industry") -> Figure:
    """Draw the verdicts by trade or unit."""
    frame = attainment.summary(ds, by)
    frame = frame[frame["judged"] + frame["cannot_judge"] > 0]
    names = {key: (unit_name if by == "unit" else industry_name)(key) for key in attainment.plants(ds)[by].unique()}
    labels = [names[key] for key in frame[by]]
    totals = (frame["judged"] + frame["cannot_judge"]).tolist()
    shown = {key: attainment.VERDICTS[key] for key in ("attained", "not_attained", "cannot_judge")}
    kinds = [Kind(label, theme.VERDICT_COLOURS[key], frame[key].tolist()) for key, label in shown.items()]
    drawn = stacked(labels, kinds, "企业（家）", "家", "，占 {n} 家的 {share}")
    row = only(attainment.summary(ds))
    reached = "" if hangs(row["judged"], row["cannot_judge"]) else f"（{rate(row['attained'], row['judged'])}）"
    title = f"{told('judged', row['judged'], '的')}：{told('attained', row['attained'])}{reached}、"
    title += told("not_attained", row["not_attained"])
    title += f"；{told('cannot_judge', row['cannot_judge'], '的')}" if row["cannot_judge"] else ""
    most = conventions().bulletin.max_silent_pct / 100  # who has values of the good ones only would lead
    judged = frame["judged"] > small_unit()
    enough = frame[judged & ~frame.apply(lambda r: hangs(r["judged"], r["cannot_judge"]), axis=1).astype(bool)]
    rates = enough["attained"] / enough["judged"]
    if by == "unit" and len(rates) > 1 and rates.min() < rates.max():
        high, low = (enough.iloc[int(at)] for at in (rates.to_numpy().argmax(), rates.to_numpy().argmin()))
        ends = (f"{names[r[by]]}{word}（{share(r['attained'], r['judged'])}）" for word, r in (("最高", high), ("最低", low)))
        title = f"各单位达标率：{'，'.join(ends)}"
        note_small = f"可判定企业不超过 {small_unit()} 家的、无法判定的超过 {most:.0%} 的不参加比较。"
    else:
        note_small = ""
    if not row["judged"]:
        title = f"{told('cannot_judge', row['cannot_judge'], '的')}，没有可以判定的企业"
    rows = [
        f"{name} 达标 {r['attained']} 家、未达标 {r['not_attained']} 家、无法判定 {r['cannot_judge']} 家"
        if r["judged"]
        else f"{name} 无法判定 {r['cannot_judge']} 家"
        for name, r in zip(labels, records(frame), strict=True)
    ]
    note = note_small + (f"不含{told('left', row['left'], '的')}。" if row["left"] else "") + source_note(ds, int(sum(totals)))
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


def heat_map(ds: Dataset) -> Figure | Caveat:
    """Draw the share of plants that attain, of those judged, by unit and trade."""
    each = _staying(ds)
    judged = each[each["verdict"] != "cannot_judge"]
    if judged.empty:
        return Caveat("没有可以判定的企业，不能比较各单位、各行业的达标率。", "plain")
    n = crossed(each["unit"], each["industry"])
    rows, cols = [u for u in ds.programme.units if u in n.index], [i for i in industries() if i in n.columns]
    n = n.reindex(index=rows, columns=cols)
    of = crossed(judged["unit"], judged["industry"]).reindex(index=rows, columns=cols, fill_value=0)
    good = judged[judged["verdict"] == "attained"]
    k = crossed(good["unit"], good["industry"]).reindex(index=rows, columns=cols, fill_value=0)
    grid = [list(zip(*row, strict=True)) for row in zip(*(f.to_numpy(int).tolist() for f in (k, of, n)), strict=True)]
    # Of a cell too many of whose plants can't be judged there are counts, and no share.
    text = [[(f"{a}/{b}{'…' if hangs(b, c - b) else ''}" if b else "…" if c else "") for a, b, c in row] for row in grid]
    counts = [[(a, 0 if hangs(b, c - b) else b) for a, b, c in row] for row in grid]
    drawn = maps.shares(rows, cols, counts, text, "达标率", "达标/可判定 %{text} 家（%{z:.1f}%）")
    sure = [(a, b) for row in counts for a, b in row if b > small_unit()]
    low = sum(a * 2 < b for a, b in sure)
    title = f"各单位、各行业：可判定企业超过 {small_unit()} 家的 {len(sure)} 格中，达标不到一半的有 {low} 格"
    title = title if sure else f"各单位、各行业：没有可判定企业超过 {small_unit()} 家而可以比较达标率的格"
    note = "每格为 达标/可判定（家），颜色为达标率；“…”为有无法判定的企业，超过 "
    note += f"{conventions().bulletin.max_silent_pct:g}% 或全部，不给达标率；空白为没有企业；不含已退出的企业。"
    note += source_note(ds, len(judged))
    behind = marks.behind(
        each["plant_id"], [marks.key(unit_name(u), industry_name(i)) for u, i in zip(each["unit"], each["industry"], strict=True)]
    )
    return Figure("attainment_map", title, drawn, f"{title}。", len(judged), note, 130 + 28 * max(len(rows), 2), 620, behind)


def flow(ds: Dataset) -> Figure | Caveat:
    """Draw how many plants went from which level before the audit to which after it."""
    import plotly.graph_objects as go

    each = _staying(ds)
    known = each.dropna(subset=["level_before", "level_after"])
    if known.empty:
        return Caveat("没有审核前后级别均可判定的企业，不能比较级别的变化。", "plain")
    ends = {p: each[f"level_{p}"].map(LEVELS).astype(object).fillna(UNJUDGED) for p in ("before", "after")}
    counts = crossed(ends["before"], ends["after"])
    names = [*LEVELS.values(), UNJUDGED]
    before, after = ([x for x in names if x in axis] for axis in (counts.index, counts.columns))
    colours = {**{LEVELS[k]: c for k, c in theme.LEVEL_COLOURS.items()}, UNJUDGED: theme.UNKNOWN}
    sums = counts.sum(axis=1), counts.sum(axis=0)
    when = codes("measurements", "period")
    nodes = [(f"{when['before']} {x}", int(sums[0][x]), colours[x], x, 0.001) for x in before]
    nodes += [(f"{when['after']} {x}", int(sums[1][x]), colours[x], x, 0.999) for x in after]
    numbers = counts.reindex(index=before, columns=after).to_numpy(int).tolist()
    links = [(i, len(before) + j, n, before[i]) for i, row in enumerate(numbers) for j, n in enumerate(row)]
    links = [x for x in links if x[2]]
    drawn = theme.figure(
        go.Sankey(
            arrangement="snap",
            textfont={"size": 12, "color": theme.INK, "shadow": "none"},
            node={
                "label": [f"{x} {n} 家" for x, n, *_ in nodes],
                "color": [c for _, _, c, *_ in nodes],
                "x": [x for *_, x in nodes],
                "y": _places(*([n for _, n, *_ in column] for column in (nodes[: len(before)], nodes[len(before) :]))),
                "pad": _FLOW_GAP,
                "thickness": 18,
                "line": {"width": 1, "color": theme.OUTLINE},
                "customdata": [x for x, *_ in nodes],
                "hovertemplate": "%{label}<extra></extra>",
            },
            link={
                "source": [x[0] for x in links],
                "target": [x[1] for x in links],
                "value": [x[2] for x in links],
                "color": [_faded(colours[x[3]]) for x in links],
                "customdata": [f"{nodes[s][0]} → {nodes[t][0]}" for s, t, *_ in links],
                "hovertemplate": "%{source.label} → %{target.label}：%{value} 家<extra></extra>",
            },
        ),
        margin={"l": 8, "r": 8, "t": _FLOW_MARGIN, "b": _FLOW_MARGIN},
    )
    up = int((known["level_after"] < known["level_before"]).sum())
    down = int((known["level_after"] > known["level_before"]).sum())
    title = f"前后级别均可判定的 {len(known)} 家中 {up} 家提升、{len(known) - up - down} 家不变、{down} 家下降"
    alt = "；".join(f"{nodes[s][0]} → {nodes[t][0]}：{v} 家" for s, t, v, _ in links)
    note = f"级别为企业整体（各工序中最低的）；“{UNJUDGED}”为没有实测数据、数据不足或评价指标体系没有综合评价；不含已退出的企业。"
    first, last = (f"{when[p]} " + ends[p] for p in ("before", "after"))
    behind = {k: p for keys in (first, last, first + " → " + last) for k, p in marks.behind(each["plant_id"], keys).items()}
    return Figure(
        "level_flow", title, drawn, f"{alt}。", len(each), note + source_note(ds, len(each)), _FLOW_HEIGHT, behind=behind
    )


def stopping(found: pd.DataFrame) -> pd.DataFrame:
    """Return how many plants each indicator of ``attainment.stopped`` stops, the most first: name, plants, limiting, trades."""
    grouped = found.groupby("name", sort=False)
    frame = grouped.agg(plants=("plant_id", "nunique"), limiting=("limiting", "max")).reset_index()
    frame["trades"] = ["、".join(industry_name(i) for i in industries() if i in set(g["industry"])) for _, g in grouped]
    return frame.sort_values("plants", ascending=False, kind="stable").reset_index(drop=True)


def pareto(ds: Dataset) -> Figure | Caveat:
    """Draw the indicators that stop most plants from their targets, and how many of these plants they stop together."""
    import plotly.graph_objects as go

    found = attainment.stopped(ds)
    frame = stopping(found)
    missed = _staying(ds)
    n = int((missed["verdict"] == "not_attained").sum())
    if frame.empty:
        text = "没有判定为未达标的企业" if not n else f"未达标的企业都是因为{readings.unimproved(ds)}"
        return Caveat(f"{text}，没有卡住目标的指标可列。", "plain")
    shown = frame.head(_BARS)
    labels = [theme.safe(x) + ("*" if limiting else "") for x, limiting in zip(shown["name"], shown["limiting"], strict=True)]
    drawn = theme.figure(
        go.Bar(
            x=shown["plants"].tolist(),
            y=labels,
            orientation="h",
            marker_color=theme.VERDICT_COLOURS["not_attained"],
            text=[f"{k} 家（{share(k, n)}）" for k in shown["plants"]],
            textposition="outside",
            cliponaxis=False,
            customdata=shown[["name", "trades"]].to_numpy().tolist(),
            hovertemplate="<b>%{y}</b><br>%{text}<br>%{customdata[1]}<extra></extra>",
        ),
        xaxis={
            "title": {"text": "被卡住的企业（家）"},
            "range": [0, int(shown["plants"].max()) * 1.6],
            **theme.whole(int(shown["plants"].max())),
        },
        yaxis={"autorange": "reversed", "type": "category"},
        margin={"t": 8},
    )
    first = shown.iloc[0]
    tied = int((frame["plants"] == first["plants"]).sum())
    most = f"“{first['name']}”{f'等 {tied} 项并列' if tied > 1 else ''}卡住最多，{'各 ' if tied > 1 else ''}{first['plants']} 家"
    title = f"未达标的 {n} 家中，{most}（{rate(int(first['plants']), n)}）"
    if n == 1:
        title = f"未达标的 1 家被 {len(frame)} 项指标卡住"
    more = f"另有 {len(frame) - len(shown)} 项指标未画出。" if len(frame) > len(shown) else ""
    rest = n - found["plant_id"].nunique()
    more += f"有 {rest} 家达到了要求的级别，但{readings.unimproved(ds)}，不在图中。" if rest else ""
    note = f"一家企业可被几项指标卡住，各项相加可大于企业数；同名指标跨行业合计；* 为限定性指标。{more}"
    alt = "；".join(f"{x} {k} 家" for x, k in zip(labels, shown["plants"], strict=True))
    note += source_note(ds, n, "家未达标企业")
    behind = marks.behind(found["plant_id"], found["name"])
    return Figure("stopping", title, drawn, f"{alt}。", n, note, 100 + 28 * max(len(shown), 2), behind=behind)


def _staying(ds: Dataset) -> pd.DataFrame:
    each = attainment.plants(ds)
    return each[~each["left"]]


def _places(*columns: list[int]) -> list[float]:
    """Return the middles of all nodes as shares of the height: each column from the top in its order, none pushed out."""
    room = _FLOW_HEIGHT - 2 * _FLOW_MARGIN
    scale = min((room - _FLOW_GAP * (len(sizes) - 1)) / max(sum(sizes), 1) for sizes in columns)
    tops = [_FLOW_GAP * at + scale * sum(sizes[:at]) for sizes in columns for at in range(len(sizes))]
    each = [size for sizes in columns for size in sizes]
    return [min(max((top + scale * size / 2) / room, 0.001), 0.999) for top, size in zip(tops, each, strict=True)]


def _faded(colour: str) -> Any:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.35)"
