"""The figures of data quality: problems by unit and severity, and how far online and offline agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import reconcile
from cpaudit.analysis.basis.codes import crossed
from cpaudit.fields import codes
from cpaudit.views import theme
from cpaudit.views.figures import marks
from cpaudit.views.figures.stacked import Kind, stacked
from cpaudit.views.page import Caveat, Figure
from cpaudit.views.parts import percent, records, small_unit, source_note, unit_name

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset

_NO_UNIT = "名单与系统导出"


def problem_bars(ds: Dataset) -> Figure | Caveat:
    """Draw how many problems of each severity the files of every unit have."""

    found = ds.problems
    if found.empty:
        return Caveat("没有发现数据问题。", "good")
    order = [u for u in (*ds.programme.units, "") if (found["unit"].fillna("") == u).any()]
    names = {u: unit_name(u) if u else _NO_UNIT for u in order}
    whose = found["unit"].fillna("").map(names)
    counts = crossed(whose, found["severity"]).reindex(index=list(names.values()))
    counts = counts.assign(n=counts.sum(axis=1)).sort_values("n", ascending=False, kind="stable")
    words = codes("problems", "severity")
    shown = {s: words[s] for s in theme.SEVERITY_COLOURS if s in counts}
    kinds = [Kind(label, theme.SEVERITY_COLOURS[s], counts[s].tolist()) for s, label in shown.items()]
    drawn = stacked(counts.index.tolist(), kinds, "数据问题（处）", "处")
    total = {s: int((found["severity"] == s).sum()) for s in shown}
    title = f"数据问题 {len(found)} 处：{'、'.join(f'{shown[s]} {n} 处' for s, n in total.items())}"
    if len(counts) > 1 and counts["n"].iloc[0] > counts["n"].iloc[1]:
        title += f"；{counts.index[0]}最多，{counts['n'].iloc[0]} 处"
    alt = "；".join(f"{name} {n} 处" for name, n in zip(counts.index, counts["n"], strict=True))
    of_plants = found[found["plant_id"].isin(ds.plants["plant_id"])]
    keys = [marks.key(names[u], words[s]) for u, s in zip(of_plants["unit"].fillna(""), of_plants["severity"], strict=True)]
    behind = marks.behind(of_plants["plant_id"], keys)
    note = "错误须更正，疑问须说明，提示供参考；不属于一家企业的问题没有企业名单。" + source_note(ds, len(found), "处问题")
    return Figure("problem_bars", title, drawn, f"{alt}。", len(found), note, 110 + 28 * max(len(counts), 2), behind=behind)


def agreement_bars(ds: Dataset) -> Figure | Caveat:
    """Draw, per unit, the share of fields filled in online and offline alike that agree."""
    import plotly.graph_objects as go

    frame = reconcile.agreement(ds, "unit")
    frame = frame[frame["comparable"] > 0].sort_values("agreement_pct", ascending=False, kind="stable")
    if frame.empty:
        return Caveat("没有线上、线下都填报的节点，无从核对是否一致。", "plain")
    rows = records(frame)
    labels = [unit_name(r["unit"]) for r in rows]
    drawn = theme.figure(
        go.Bar(
            x=frame["agreement_pct"].tolist(),
            y=labels,
            orientation="h",
            name="一致率",
            marker_color=theme.VERDICT_COLOURS["attained"],
            text=[f"{r['agreement_pct']:.1f}%（{r['same']}/{r['comparable']}）" for r in rows],
            textposition="inside",
            insidetextanchor="start",
            insidetextfont_color=theme.on(theme.VERDICT_COLOURS["attained"]),
            customdata=labels,
            hovertemplate="<b>%{y}</b><br>一致 %{text}<extra></extra>",
        ),
        xaxis={"title": {"text": "一致率（%）"}, "range": [0, 101], "tickvals": [0, 25, 50, 75, 100]},
        yaxis={"autorange": "reversed", "type": "category"},
        margin={"t": 8},
    )
    same, of = int(frame["same"].sum()), int(frame["comparable"].sum())
    title = f"线上线下可比的 {of:,} 项中 {same:,} 项一致（{percent(same / of * 100)}）"
    large = ds.plants["unit"].value_counts()
    ranked = [r for r in rows if large.get(r["unit"], 0) > small_unit()]
    if len(ranked) > 1 and ranked[-1]["agreement_pct"] < ranked[-2]["agreement_pct"]:
        title += f"；{unit_name(ranked[-1]['unit'])}最低，为 {percent(ranked[-1]['agreement_pct'])}"
    each = reconcile.items(ds)
    each = each[each["state"] == "differ"]
    behind = marks.behind(each["plant_id"], each["unit"].map(unit_name))
    alt = "；".join(f"{name} {percent(r['agreement_pct'])}" for name, r in zip(labels, rows, strict=True))
    note = "可比为线上、线下都填写的日期、结果和得分；点一柱看该单位有不一致之处的企业。" + source_note(ds, of, "项可比字段")
    return Figure("agreement_bars", title, drawn, f"{alt}。", of, note, 100 + 28 * max(len(rows), 2), behind=behind)
