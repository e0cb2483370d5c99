"""Amounts of options a thousand times off their peers: a slipped unit, an error to confirm, never a figure."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from cpaudit.fields import field, tables
from cpaudit.loaders.tables.doubts.plausible import limits

if TYPE_CHECKING:
    from cpaudit.loaders.tables.gathered import Load
    from cpaudit.loaders.tables.reader import Row

    _Amount = tuple[float, dict[str, Any], "Row"]


def review(load: Load) -> None:
    """Take back amounts that lie far beyond every other option of their class; who writes the unit in the cell confirms."""
    groups: dict[tuple[str, str], list[_Amount]] = defaultdict(list)
    columns = [c for c, about in tables()["options"].columns.items() if about.type == "number"]
    rows = {id(record): c.row for claims in load.claims.of["options"].values() for c in claims for record in c.records}
    for option in load.tables["options"]:
        for column in columns:
            if (amount := option.get(column)) and amount > 0:
                groups[column, option["class"]].append((amount, option, rows[id(option)]))
    for (column, _), group in groups.items():
        if len(group) < limits().slip.fewest:
            _few(column, group)
            continue
        group.sort(key=lambda one: one[0])
        middle = statistics.median(amount for amount, _, _ in group)
        for amount, option, row in (*_beyond(group, middle), *_beyond(group[::-1], middle)):
            if row.place(column)[:3] in load.said:
                continue
            times = max(amount / middle, middle / amount)
            more = "大" if amount > middle else "小"
            holes = {"middle": f"{middle:.4g}", "power": 10 ** round(math.log10(times)), "more": more}
            about = field("options", column)
            row.tell("amount_slip", column, option["plant_id"], field=about.label, unit=about.unit, value=f"{amount:g}", **holes)
            option[column] = None


def _few(column: str, group: list[_Amount]) -> None:
    """Ask about amounts with too few others to be errors: far from these, from what is usual, from what they bring."""
    rule, about = limits().few, field("options", column)
    for amount, option, row in group:
        if row.place(column)[:3] in row.sheet.load.said:
            continue
        others = [other for other, _, one in group if one is not row]
        usual = rule.usual.get(column, {}).get(option["class"] or "")
        brought = option.get(rule.brings) if column == rule.costs else None
        apart = bool(others) and all(max(amount / other, other / amount) >= rule.factor for other in others)
        if apart and amount < min(others) and len(others) > 1:
            why = f"不到其他方案（{'、'.join(f'{other:g}' for other in others)}）的 1/{min(others) / amount:.0f}"
        elif apart and amount > min(others):
            why = f"是其他方案（{'、'.join(f'{other:g}' for other in others)}）的 {amount / max(others):.0f} 倍"
        elif usual and amount > usual:
            why = f"超过一项方案通常的数额（{usual:g} {about.unit}，工作台约定）"
        elif brought and amount / brought >= rule.factor:
            why = f"是每年{field('options', rule.brings).label}（{brought:g} {about.unit}）的 {amount / brought:.0f} 倍"
        else:
            continue
        row.tell("amount_odd", column, option["plant_id"], field=about.label, unit=about.unit, value=f"{amount:g}", why=why)


def _beyond(group: list[_Amount], middle: float) -> list[_Amount]:
    """Return the amounts from a gap on that lie off the middle; ``group`` ends at the end that is looked at."""
    rule = limits().slip
    for at in range(len(group) // 2 + 1, len(group)):
        inner, outer = group[at - 1][0], group[at][0]
        far = max(outer / middle, middle / outer) >= rule.factor
        if far and max(outer / inner, inner / outer) >= rule.gap:
            return group[at:]
    return []
