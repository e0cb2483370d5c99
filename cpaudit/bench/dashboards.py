"""Dashboards, measured beside the pages alone."""

from __future__ import annotations

from cpaudit.bench.common import Place, Result, interleaved


def measure(place: Place) -> list[Result]:
    """Measure the static export."""
    from cpaudit import serving, views
    from cpaudit.programme import units
    from cpaudit.selection import Selection

    def floor() -> None:
        for selection in (Selection(), *(Selection(units=(u,)) for u in units())):
            views.progress_page(place.ds, selection)

    low, mine = interleaved(3, floor, lambda: serving.export(place.ds, place.folder / "dashboards"))
    return [Result("导出看板", mine / low, "倍", "≤ 2", "导出全省和 14 个单位的静态看板，与只算页面相比；3 次中位数")]
