"""The figures of benchmarking: a trade's plants against the benchmarks of levels I, II and III, before and after the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis.basis.codes import crossed
from cpaudit.fields import codes
from cpaudit.views import theme
from cpaudit.views.figures import marks
from cpaudit.views.figures.stacked import Kind, stacked
from cpaudit.views.page import Caveat, Figure
from cpaudit.views.parts import digits, rate, records, share, small_unit, source_note
from cpaudit.vocabulary import LEVELS, UNJUDGED

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

#: Symbol, colour and how far beside the indicator's line the values of a period stand.
_PERIODS = {
    "before": ("circle-open", theme.QUIET, -0.17),
    "after": ("circle", theme.ACCENT, 0.17),
}
#: Ratios outside these are drawn at the edge.
_EDGE = (0.3, 2.0)


def comparable(detail: pd.DataFrame) -> pd.DataFrame:
    """Return the reported quantities of ``detail`` (see :func:`cpaudit.indicators.explain`) that can share an axis.

    Adds ratio: how good the value is against the level-II benchmark, in the good direction (value ÷ benchmark where more is
    better, else benchmark ÷ value), and ratio_1, ratio_3 of the other benchmarks. Benchmarks or values of 0 or less have none.
    """
    rows = detail[detail["quantitative"] & (detail["state"] == "reported") & detail["level_met"].notna() & ~detail["bonus"]]
    marks = ["baseline_1", "baseline_2", "baseline_3"]
    rows = rows[rows[[*marks, "value"]].gt(0).all(axis=1)].copy()
    for column, name in {"value": "ratio", "baseline_1": "ratio_1", "baseline_3": "ratio_3"}.items():
        up = rows[column] / rows["baseline_2"]
        rows[name] = up.where(~rows["lower_is_better"].astype(bool), 1 / up)
    return rows


def strips(ds: Dataset, detail: pd.DataFrame) -> Figure | Caveat:
    """Draw every plant's value of every indicator of one process on one axis, with the benchmarks."""
    import plotly.graph_objects as go

    system = str(detail["system"].iloc[0])
    process = _process(system)
    rows = comparable(detail)
    if rows.empty:
        return Caveat(f"{process}：没有可以与基准值相比的定量指标。", "plain")
    order = rows.drop_duplicates("indicator").sort_values("order")
    place = {key: at for at, key in enumerate(order["indicator"])}
    plants = ds.plants.set_index("plant_id")["name"]
    traces: list[Any] = []
    for level, column in {3: "ratio_3", 2: "", 1: "ratio_1"}.items():
        traces.append(
            go.Scatter(
                x=[_held(r[column]) if column else 1.0 for r in records(order)],
                y=list(place.values()),
                mode="markers",
                name=f"{LEVELS[level]}基准值",
                marker={"symbol": "diamond-tall", "size": 20, "color": theme.LEVEL_COLOURS[level]},
                hoverinfo="skip",
            )
        )
    when = codes("measurements", "period")
    for period, (symbol, colour, shift) in _PERIODS.items():
        label = when[period]
        mine = records(rows[rows["period"] == period])
        traces.append(
            go.Scatter(
                x=[_held(r["ratio"]) for r in mine],
                y=[place[r["indicator"]] + shift for r in mine],
                mode="markers",
                name=label,
                marker={"size": 7, "symbol": symbol, "color": colour, "line": {"width": 1, "color": theme.GROUND}},
                customdata=[
                    [
                        theme.safe(str(plants[r["plant_id"]])),
                        f"{digits(r['value'])} {r['unit']}".strip(),
                        LEVELS[int(r["level_met"])],
                    ]
                    for r in mine
                ],
                hovertemplate=f"<b>%{{customdata[0]}}</b><br>{label} %{{customdata[1]}}，%{{customdata[2]}}<extra></extra>",
            )
        )
    drawn = theme.figure(
        *traces,
        xaxis={
            "title": {"text": "与Ⅱ级基准值之比（大于 1 为好于Ⅱ级）"},
            "range": [_EDGE[0] - 0.05, _EDGE[1] + 0.05],
            "tickvals": [0.5, 1, 1.5, 2],
        },
        yaxis={
            "tickvals": list(place.values()),
            "ticktext": [theme.safe(x) for x in order["name"]],
            "range": [len(place) - 0.5, -0.5],
        },
        legend={"traceorder": "normal"},
    )
    n = rows["plant_id"].nunique()
    pairs = _both(rows, ["plant_id", "process", "indicator"])
    told = []
    for period, label in when.items():
        now = pairs[pairs["period"] == period]
        if len(now):
            told.append(f"{label} {rate(int((now['level_met'] <= 2).sum()), len(now), '个')}")
    title = f"{process}：达到Ⅱ级基准值的实测值占{'、'.join(told)}"
    if len(pairs) < len(rows):
        known = f"前后均有的 {len(pairs) // 2} 项实测值中，达到Ⅱ级基准值的占{'、'.join(told)}"
        title = f"{process}：{known if told else f'实测值 {len(rows)} 个，没有前后均有的，不作比较'}"
    counted = detail[detail["quantitative"] & (detail["state"] == "reported") & ~detail["bonus"]]
    left = counted.loc[~counted["indicator"].isin(place), "name"].drop_duplicates().tolist()
    note = (
        "横轴为实测值÷Ⅱ级基准值，越小越好的指标取倒数，所以越靠右越好；每点为一家企业，空心为审核前，实心为审核后。"
        f"小于 {_EDGE[0]:g} 或大于 {_EDGE[1]:g} 的画在边上，细长菱形为各级基准值。"
    )
    note += f"基准值或实测值不为正数、不能相除的未画：{'、'.join(left)}。" if left else ""
    alt = f"{title}；指标：{'、'.join(order['name'])}。"
    height = 130 + 40 * max(len(place), 2)
    behind = marks.behind(rows["plant_id"], [theme.safe(str(plants[p])) for p in rows["plant_id"]])
    return Figure(f"strips_{system}", title, drawn, alt, n, note + source_note(ds, n), height, 520, behind)


def levels(ds: Dataset, scores: pd.DataFrame) -> Figure | Caveat:
    """Draw the levels of every process before and after; ``scores`` as :func:`cpaudit.indicators.score` returns them."""

    if not scores["highest"].notna().any():
        return Caveat("评价指标体系没有综合评价指数，不能划分级别。", "plain")
    names = {4.0: LEVELS[4], 3.0: LEVELS[3], 2.0: LEVELS[2], 1.0: LEVELS[1]}
    # Plants name their lines freely; the system says which process they are.
    process = scores["system"].map({s: _process(s) for s in scores["system"].unique()})
    when = codes("measurements", "period")
    group = process + "　" + scores["period"].map(when)
    counts = crossed(group, scores["level"].astype("float64").fillna(0.0))
    processes = process.drop_duplicates()
    wanted = [f"{p}　{x}" for p in processes for x in when.values()]
    counts = counts.reindex([w for w in wanted if w in counts.index])
    shown = {k: names.get(k, UNJUDGED) for k in (1.0, 2.0, 3.0, 4.0, 0.0) if k in counts.columns}
    colours = {float(k): c for k, c in theme.LEVEL_COLOURS.items()} | {0.0: theme.UNKNOWN}
    kinds = [Kind(label, colours[k], counts[k].tolist()) for k, label in shown.items()]
    drawn = stacked([theme.safe(str(x)) for x in counts.index], kinds, "工序、生产线（条）", "条")
    # Where what is missing may lift a level to Ⅱ, nobody can say on which side it stands.
    open_ = scores["level"].isna() | ((scores["level"] > 2) & (scores["highest"] <= 2))
    known = scores[~open_.fillna(True)]
    pairs = _both(known, ["plant_id", "system", "process"])
    good = {p: _second(pairs[pairs["period"] == p]) for p in when}
    shares = [
        f"{when[p]} {a}/{b}（{share(a, b)}）" if b > small_unit() else f"{when[p]} {rate(a, b, '条')}"
        for p, (a, b) in good.items()
        if b
    ]
    title = f"达到Ⅱ级及以上的工序：{'，'.join(shares)}"
    if len(pairs) < len(known):
        title = f"前后级别均可判定的工序中，达到Ⅱ级及以上的：{'，'.join(shares)}"
        title = title if shares else "没有前后级别均可判定的工序，不作比较"
    n = scores["plant_id"].nunique()
    alt = "；".join(f"{at} " + "、".join(f"{x} {row[k]} 条" for k, x in shown.items()) for at, row in counts.iterrows())
    note = (
        "按各工序的综合评价指数和限定性指标定级，填报的数据不足以证明的为无法判定；一家企业有几条生产线时各占一条。"
        + source_note(ds, n)
    )
    level = scores["level"].astype("float64").fillna(0.0).map(shown)
    behind = marks.behind(scores["plant_id"], [marks.key(theme.safe(g), x) for g, x in zip(group, level, strict=True)])
    return Figure("levels", title, drawn, f"{alt}。", n, note, 120 + 32 * max(len(counts), 2), behind=behind)


def _both(rows: pd.DataFrame, of: list[str]) -> pd.DataFrame:
    """Return the rows of what has one before and one after the audit: who sent only one of them would make it better or worse."""
    return rows[rows.groupby(of)["period"].transform("nunique") == len(codes("measurements", "period"))]


def _second(scores: pd.DataFrame) -> tuple[int, int]:
    known = scores["level"].dropna()
    return int((known <= 2).sum()), len(known)


def _process(system: str) -> str:
    from cpaudit.indicators import find_system

    found = find_system(system)
    return found.process or found.title


def _held(value: float) -> float:
    return min(max(value, _EDGE[0]), _EDGE[1])
