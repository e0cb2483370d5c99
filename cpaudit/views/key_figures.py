"""The key figures that several pages show: where the plants stand, how many attain, what options cost and bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import attainment, benefits, progress
from cpaudit.fields import field
from cpaudit.views.page import KeyFigure, KeyFigures
from cpaudit.views.parts import number, only

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset


#: Shown only where there are any: what nobody can say of plants, and why.
_DOUBT = {
    "unclear": ("有结果不明节点", "日期或结果未读懂，不计为完成、未通过或逾期"),
    "status_unread": ("状态未读懂", ""),
    "not_reported": ("未报送", "没有进度的报表和导出，无法判断"),
}


def of_progress(ds: Dataset) -> KeyFigures:
    """Return how many plants stand where."""
    import pandas as pd

    row = only(progress.summary(ds))
    listed = int(row["listed"])

    def item(name: str, label: str, note: str = "", tone: str = "plain") -> KeyFigure:
        value = None if pd.isna(row[name]) else int(row[name])
        return KeyFigure(name, label, value, of=listed, note=note, tone=tone if value else "plain")  # type: ignore[arg-type]

    return KeyFigures(
        (
            KeyFigure("listed", "列入名单", listed),
            item("notified", "已告知"),
            item("registered", "已登录填报"),
            item("assessed", "已通过评估"),
            item("implemented", "方案已实施完成"),
            item("accepted", "已通过验收", tone="good"),
            item("overdue", "有逾期节点", "至少一个节点逾期未完成", "bad"),
            item("due_soon", "有即将到期节点", f"{ds.programme.due_soon_days} 天内到期", "warn"),
            item("failed", "评估或验收未通过", tone="bad"),
            item("left", "停产、搬迁等退出"),
            *(item(name, *said, tone="warn") for name, said in _DOUBT.items() if pd.notna(row[name]) and row[name]),
        )
    )


def of_attainment(ds: Dataset) -> KeyFigures:
    """Return how many plants attain their targets."""
    row = only(attainment.summary(ds))
    judged, counted = int(row["judged"]), int(row["plants"] - row["left"])
    return KeyFigures(
        (
            KeyFigure("judged", "可以判定", judged, of=counted, note="未退出的企业"),
            KeyFigure("attained", "达标", int(row["attained"]), of=judged, tone="good" if row["attained"] else "plain"),
            KeyFigure(
                "not_attained", "未达标", int(row["not_attained"]), of=judged, tone="bad" if row["not_attained"] else "plain"
            ),
            KeyFigure("cannot_judge", "无法判定", int(row["cannot_judge"]), of=counted, note="缺少实测数据等"),
        )
    )


def of_benefits(ds: Dataset) -> KeyFigures:
    """Return what the implemented options cost and bring, each benefit in its own unit."""
    row = only(benefits.totals(ds))
    every = len(benefits.options(ds))

    def item(key: str, column: str, label: str, decimals: int = 1) -> KeyFigure:
        return KeyFigure(key, label, number(row[column]), field("options", column).unit or "", decimals=decimals)

    return KeyFigures(
        (
            KeyFigure("options_implemented", "已实施方案", int(row["options"]), "项", of=every),
            item("investment", "investment_wan_yuan", "投资"),
            item("economic_benefit", "economic_benefit_wan_yuan", "经济效益"),
            item("energy", "energy_tce", "综合节能"),
            item("electricity", "electricity_wan_kwh", "节电"),
            item("water", "water_t", "节水", 0),
            item("so2", "so2_t", "削减SO2"),
            item("nox", "nox_t", "削减NOx"),
        )
    )
