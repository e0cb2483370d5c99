"""Indicators marked 不适用 where much hangs on them: limiting ones, a whole category, most of the weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.indicators import find_system
from cpaudit.indicators.expression.tables import rows_at
from cpaudit.vocabulary import CATEGORIES
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cpaudit.loaders.tables.reader import Row


class _Counted(NamedTuple):
    """An indicator that counts: its ``share`` of the weight (of the number, without weights), what plants fill in of it."""

    name: str
    category: str
    share: float
    limiting: bool
    parts: tuple[str, ...]


def tell(
    plant_id: str, system: str, column: str, period: str, marked: Mapping[str, Row], most_pct: float, settled: set[str]
) -> None:
    """Ask whether what one plant and process marks 不适用 in one period really is.

    ``column``, ``period``: where the answers stand, and what it is called; ``marked``: what is so marked, by what is asked;
    ``most_pct``: the share of the weight that passes; ``settled``: those of which a person has said so already.
    """
    asked = _asked(system)
    places = {i: marked[one.parts[0]] for i, one in asked.items() if all(part in marked for part in one.parts)}
    open_ = [i for i in places if not settled.issuperset(asked[i].parts)]
    told: dict[str, Any] = {"system": find_system(system).title, "period": period}
    for i in open_:
        if asked[i].limiting:
            places[i].tell("na_limiting", column, plant_id, indicator=asked[i].name, period=period)
    for category in dict.fromkeys(asked[i].category for i in open_):
        mine = [i for i, one in asked.items() if one.category == category]
        if all(i in places for i in mine):
            first = next(i for i in mine if i in open_)
            places[first].tell("na_category", column, plant_id, **told, category=CATEGORIES[category], count=len(mine))
    share = sum(asked[i].share for i in places) / (sum(one.share for one in asked.values()) or 1.0) * 100
    if open_ and share > most_pct + 1e-9:
        places[open_[0]].tell("na_weight", column, plant_id, **told, share=f"{share:.1f}", limit=f"{most_pct:g}")


@cache
def _asked(system: str) -> dict[str, _Counted]:
    """Return what counts in a system."""
    found = find_system(system)
    rows = [row for row in rows_at(found, {}, system) if row["scorable"] and not row["bonus"]]
    inside: dict[str, int] = {}
    for row in rows:
        inside[row["group"]] = inside.get(row["group"], 0) + row["weight"]
    weighted = bool(rows) and all(row["weighted"] for row in rows)
    parts = {indicator.id: tuple(part.id for part in indicator.inputs()) for indicator in found.indicators()}
    return {
        row["indicator"]: _Counted(
            row["name"],
            row["category"],
            row["group_weight"] * row["weight"] / inside[row["group"]] if weighted else 1.0,
            row["limiting"],
            parts[row["indicator"]],
        )
        for row in rows
    }
