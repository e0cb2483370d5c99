"""Indicators marked 不适用 where much hangs on them: limiting ones, a whole category, most of the weight."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from cpaudit.indicators import find_system
from cpaudit.indicators.expression.tables import rows_at
from cpaudit.vocabulary import CATEGORIES

if TYPE_CHECKING:
    from cpaudit.loaders.tables.asked import Asked
    from cpaudit.loaders.tables.reader import Row


def tell(plant_id: str, system: str, column: str, period: str, marked: list[tuple[Row, Asked]], most_pct: float) -> None:
    """Ask whether what one plant and process marks 不适用 in one period really is.

    ``column``, ``period``: where the answers stand, and what it is called; ``most_pct``: the share of the weight that passes.
    """
    asked, total = _asked(system)
    places = {one.id: row for row, one in marked if one.id in asked}
    if not places:
        return
    told: dict[str, Any] = {"system": find_system(system).title, "period": period}
    for row, one in marked:
        if one.limiting:
            row.tell("na_limiting", column, plant_id, indicator=one.name, period=period)
    for category in dict.fromkeys(asked[i][0] for i in places):
        mine = [i for i, (other, _) in asked.items() if other == category]
        if all(i in places for i in mine):
            places[mine[0]].tell("na_category", column, plant_id, **told, category=CATEGORIES[category], count=len(mine))
    share = sum(asked[i][1] for i in places) / total * 100
    if share > most_pct + 1e-9:
        next(iter(places.values())).tell("na_weight", column, plant_id, **told, share=f"{share:.1f}", limit=f"{most_pct:g}")


@cache
def _asked(system: str) -> tuple[dict[str, tuple[str, float]], float]:
    """Return what counts in a system: indicator → category and share of the weight (of the number, without weights); and all."""
    rows = [row for row in rows_at(find_system(system), {}, system) if row["scorable"] and not row["bonus"]]
    inside: dict[str, int] = {}
    for row in rows:
        inside[row["group"]] = inside.get(row["group"], 0) + row["weight"]
    weighted = bool(rows) and all(row["weighted"] for row in rows)
    found = {
        row["indicator"]: (row["category"], row["group_weight"] * row["weight"] / inside[row["group"]] if weighted else 1.0)
        for row in rows
    }
    return found, sum(share for _, share in found.values()) or 1.0
