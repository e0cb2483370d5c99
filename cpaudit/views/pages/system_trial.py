"""The page 试算: a new indicator system tried on what the plants reported for a present one, levels side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis.across import substitution
from cpaudit.fields import codes
from cpaudit.labels import worded
from cpaudit.views import parts, theme
from cpaudit.views.columns import columns
from cpaudit.views.figures.stacked import Kind, stacked
from cpaudit.views.page import Block, Caveat, Column, Figure, Heading, KeyFigure, KeyFigures, Page, Table
from cpaudit.views.tables.base import table
from cpaudit.vocabulary import LEVELS, UNJUDGED, VERIFICATIONS

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.indicators import IndicatorSystem

_LISTED = 40


def system_trial(ds: Dataset, new: IndicatorSystem, present: IndicatorSystem) -> Page:
    """Return the page: which reported values the new system can use, and each plant's level by both systems."""
    found = substitution.substitute(ds, new, present)
    title = f"试算：{new.title}"
    blocks: list[Block] = [*parts.demonstration(ds)]
    said = f"新体系的核对状态为“{VERIFICATIONS[new.status]}”，试算结果只供了解影响，不得用于判定，也不改动快照。"
    if new.status != "official":
        blocks.append(Caveat(said))
    if found.levels.empty:
        blocks.append(Caveat(f"没有企业填报“{present.title}”的实测值，不能试算。", "plain"))
        return Page("system_trial", title, ds.programme.title, parts.stamp(ds), tuple(blocks))
    blocks += [Heading("能用上的实测值"), _figures(found.matches), _matches(found.matches, present)]
    blocks += [Heading("级别的变化"), _changes(found.levels), _figure(ds, found.levels), *_flows(found.levels)]
    blocks.append(_plants(ds, found.levels))
    return Page("system_trial", title, ds.programme.title, parts.stamp(ds), tuple(blocks))


def no_trial(ds: Dataset | None, title: str, sentence: str) -> Page:
    """Return the page that says in one sentence why nothing can be tried."""
    stamp = parts.stamp(ds) if ds else None
    return Page("system_trial", title, ds.programme.title if ds else "", stamp, (Caveat(sentence, "plain"),))


def _figures(matches: pd.DataFrame) -> KeyFigures:
    usable = matches["use"].isin(["taken", "converted"])
    lost = int((~usable & matches["limiting"]).sum())
    return KeyFigures(
        (
            KeyFigure("matched", "能用现有实测值的指标", int(usable.sum()), "项", of=len(matches)),
            KeyFigure("converted", "其中换算单位", int((matches["use"] == "converted").sum()), "项"),
            KeyFigure("unmatched", "须向企业另行收集", int((~usable).sum()), "项", tone="warn" if (~usable).any() else "good"),
            KeyFigure("unmatched_limiting", "其中限定性指标", lost, "项", tone="bad" if lost else "good"),
        )
    )


def _matches(matches: pd.DataFrame, present: IndicatorSystem) -> Table:
    import pandas as pd

    names = {i.id: i.name for i in present.indicators()}
    frame = pd.DataFrame(
        {
            "group_name": matches["group"],
            "name": matches["name"],
            "limiting": matches["limiting"].map({True: "是", False: ""}),
            "measure": matches["unit"],
            "present": [names.get(p, "") if isinstance(p, str) else "" for p in matches["present"]],
            "present_unit": matches["present_unit"],
            "use": [
                substitution.USES[use] + (f"（×{factor:g}）" if use == "converted" else "")
                for use, factor in zip(matches["use"], matches["factor"], strict=True)
            ],
            "n_plants": matches["n_plants"],
        }
    )
    cols = columns("group_name", name="indicator_name") | columns("limiting", "measure")
    cols |= {"present": Column("现行体系的指标"), "present_unit": Column("其单位"), "use": Column("处理")}
    cols["n_plants"] = Column("有实测值", "integer", "家")
    note = (
        f"现行体系：{present.title}。按名称对应；不能采用的在试算中按缺失计；缺失的可能使其达到Ⅲ级的，不说未达Ⅲ级，为无法判定。"
    )
    return table("matches", "新体系各项指标与现有实测值", frame, cols, note)


def _changes(levels: pd.DataFrame) -> KeyFigures:
    last = _last(levels)
    both = last[last["present"].notna() & last["new"].notna()]
    worse = int(((both["new"] > both["present"]) & (both["best"] > both["present"])).sum())
    better, same = int((both["new"] < both["present"]).sum()), int((both["new"] == both["present"]).sum())
    open_ = int((last["best"].notna() & ~(last["best"] == last["new"]).fillna(False)).sum())
    n = len(last)
    return KeyFigures(
        (
            KeyFigure("units_tried", "试算的工序", n, "个", note=f"{last['plant_id'].nunique()} 家企业，{_when(levels)}"),
            KeyFigure("level_worse", "级别降低", worse, "个", of=n, tone="bad" if worse else "plain"),
            KeyFigure("level_same", "级别不变", same, "个", of=n),
            KeyFigure("level_better", "级别提高", better, "个", of=n),
            KeyFigure(
                "level_open", "级别取决于缺失指标", open_, "个", of=n, note="补齐后可能更高", tone="warn" if open_ else "plain"
            ),
        )
    )


def _figure(ds: Dataset, levels: pd.DataFrame) -> Figure:
    rows: list[tuple[str, Any]] = []
    for period, label in codes("measurements", "period").items():
        mine = levels[levels["period"] == period]
        if len(mine):
            rows += [(f"{label}　现行", mine["present"]), (f"{label}　新体系", mine["new"])]
    kinds = [
        Kind(label, theme.LEVEL_COLOURS[level], [int((values == level).fillna(False).sum()) for _, values in rows])
        for level, label in LEVELS.items()
    ]
    drawn = stacked([name for name, _ in rows], kinds, "工序（个）", "个")
    now, then = rows[-2][1], rows[-1][1]
    first = [int((v == 1).fillna(False).sum()) for v in (now, then)]
    title = f"{_when(levels)}：达到Ⅰ级的工序由 {first[0]} 个变为 {first[1]} 个"
    alt = "；".join(
        f"{name}：" + "、".join(f"{label} {int((v == k).fillna(False).sum())} 个" for k, label in LEVELS.items())
        for name, v in rows
    )
    note = "没有综合评价指数、或级别取决于缺失指标的工序不画。" + parts.source_note(ds, len(rows[-1][1]), "个工序")
    return Figure("trial_levels", title, drawn, f"{alt}。", len(rows[-1][1]), note, 110 + 46 * len(rows))


def _flows(levels: pd.DataFrame) -> list[Block]:
    import pandas as pd

    last = _last(levels)
    cells = pd.crosstab(_said(last["present"]), _said(last["new"]))
    order = [*LEVELS.values(), UNJUDGED]
    across = [c for c in order if c in cells.columns]
    frame = cells.reindex(index=[r for r in order if r in cells.index], columns=across).reset_index(names="present")
    frame.columns = ["present", *across]
    cols = {"present": Column("现行体系 ＼ 新体系", "level"), **{c: Column(c, "integer", "个") for c in across}}
    return [table("flows", f"{_when(levels)}：级别由现行体系（行）到新体系（列）", frame, cols)]


def _plants(ds: Dataset, levels: pd.DataFrame) -> Table:
    last = _last(levels).merge(ds.plants[["plant_id", "name", "unit"]], on="plant_id")
    last["moved"] = (last["new"] - last["present"]).fillna(0).astype(int)
    last = last.sort_values(["moved", "n_missing"], ascending=False, kind="stable")
    for column in ("present", "new", "best"):
        last[column] = _said(last[column])
    cols = {**columns("name", "unit", "process"), "present": Column("现行体系", "level"), "new": Column("新体系", "level")}
    cols |= {"best": Column("缺失项全部满足时", "level"), **columns("n_missing")}
    title = f"{_when(levels)}各企业的级别（降低的在前）"
    return table("trial_plants", title, worded(last), cols, limit=_LISTED)


def _last(levels: pd.DataFrame) -> pd.DataFrame:
    period = "after" if (levels["period"] == "after").any() else "before"
    return levels[levels["period"] == period]


def _when(levels: pd.DataFrame) -> str:
    return codes("measurements", "period")[str(_last(levels)["period"].iloc[0])]


def _said(levels: pd.Series) -> pd.Series:
    return levels.map(LEVELS).fillna(UNJUDGED)
