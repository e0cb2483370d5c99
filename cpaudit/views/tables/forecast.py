"""The forecast and its back-test as tables ready to show: 推算，不是结论."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cpaudit.dataset import dated
from cpaudit.labels import worded
from cpaudit.programme.conventions import conventions
from cpaudit.views import measured
from cpaudit.views.columns import column, columns
from cpaudit.views.page import Column, Table
from cpaudit.views.tables.base import demonstration_note, table

if TYPE_CHECKING:
    from collections.abc import Hashable

    import pandas as pd

    from cpaudit.dataset import Dataset

_SAID = "推算，不是结论。"


def forecast(ds: Dataset, milestone: str | None = None, units: tuple[str, ...] = (), *, unchecked: bool = False) -> Table:
    """Return the chance of each plant (of some units) to do a milestone (None: the final one) in time, the least likely first.

    Below stands how earlier forecasts of the kind came true; ``unchecked`` shows chances even where those were off.
    """
    from cpaudit.analysis import forecast as analysis

    target = ds.programme.milestone(milestone) if milestone else ds.programme.final
    reached = {"listed": measured.label("listed"), **{m.id: m.label for m in ds.programme.milestones}}
    whole = analysis.forecast(ds, milestone, unchecked=unchecked)
    frame = whole.sort_values(["chance_pct", "deadline"], kind="stable", na_position="last")
    frame = worded(frame[frame["unit"].isin(units)] if units else frame, ds, reached=reached, basis=analysis.BASES)
    cols = columns("name", "unit", "industry", "reached", "days_in_step", "deadline", "days_left", "steps_left")
    cols |= columns("chance_pct", "lower_pct", "upper_pct", "basis") | {"n": column("basis", kind="integer", unit="步")}
    note = _SAID + f"按本批企业以往各步在可用时间同样用去多少时的快慢推算，只有工作日才推进，上下限为 {_confidence()} 区间；"
    note += "回测不符、无从回测的也列在这里，只供研究，不可引用。" if unchecked else ""
    note += _checked(ds, target.id, whole, unchecked=unchecked) + demonstration_note(ds)
    title = f"按期“{target.label}”的可能（{dated.day(ds)}，{_SAID[:-1]}）"
    return table("forecast", title, frame, {**cols, **columns("reason", "clause")}, note, "没有尚未完成的企业。")


def backtest(ds: Dataset) -> Table:
    """Return how earlier forecasts came true, by milestone, days ahead and band."""
    from cpaudit.analysis import forecast as analysis

    frame = analysis.backtest(ds)
    frame["band"] = [f"{low:g}%—{high:g}%" for low, high in zip(frame["from_pct"], frame["to_pct"], strict=True)]
    cols = {**columns("label", "days_ahead"), "band": Column("推算值"), **columns(n="n_plants")}
    cols |= {"expected_pct": Column("平均推算值", "percent", "%")}
    cols |= columns("made", "made_pct", "lower_pct", "upper_pct", "clause")
    note = _SAID + f"只用当时已知的数据推算，与期限到时的实际结果对照；上下限为实际按期率的 {_confidence()} 区间。"
    note += "平均推算值与实际按期率相差大的，推算不可用。" + demonstration_note(ds)
    return table("backtest", f"推算的回测（{dated.day(ds)}）", frame, cols, note, "还没有期限已过的节点可供回测。")


def _checked(ds: Dataset, milestone: str, whole: pd.DataFrame, *, unchecked: bool) -> str:
    """Say how many are expected in time, and how what was foretold before came true."""
    from cpaudit.analysis import forecast as analysis

    days = analysis.lead(whole)
    if days is None:
        return ""
    found = analysis.checks(ds, milestone, days)
    if found.empty:
        return f"提前 {days} 天的推算还没有已过期限的节点可以对照（上一节点的期限过后才有）。"
    own = found["milestone"] == milestone
    others, mine = ("；".join(map(_check, part.to_dict("records"))) for part in (found[~own], found[own]))
    sums = ""
    if not unchecked and (all_ := analysis.together(whole, found)):
        between = f"{_confidence()} 区间 {math.floor(all_.lower)}—{math.ceil(all_.upper)} 家"
        sums = f"有推算值的 {all_.n} 家（不分单位），预计按期 {all_.expected:.0f} 家（{between}）。"
    limit = f"相差超过 {conventions().forecast.max_error:g} 个百分点的不作推算（工作台约定），理由见各行，分段对照见 --backtest。"
    told = [f"回测（剩余工作日与此次相同）：{others}。"] if others else []
    told += [f"本节点推算到今天的：{mine}。"] if mine else []
    return "".join([sums, *told, limit])


def _check(row: dict[Hashable, Any]) -> str:
    """Say what was foretold once, and what came."""
    when = f"提前 {row['days_ahead']} 天推算“{row['label']}”{row['n']} 家"
    return f"{when}，平均推算值 {row['expected_pct']:.1f}%，实际按期 {row['made_pct']:.1f}%"


def _confidence() -> str:
    return f"{conventions().forecast.confidence:.0%}"
