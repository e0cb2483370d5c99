"""Reports, measured beside the pages alone."""

from __future__ import annotations

from cpaudit.bench.common import Place, Result, interleaved


def measure(place: Place) -> list[Result]:
    """Measure the 14 city reports."""
    from cpaudit import reports, views
    from cpaudit.programme import units
    from cpaudit.render import html

    def floor() -> None:
        for unit in units():
            html.page_document(views.city_report(place.ds, unit))

    def ours() -> None:
        reports.run([], as_of=None, programme=None, warehouse=place.warehouse, out=place.folder / "reports")

    floor()
    low, mine = interleaved(1, floor, ours)
    return [Result("14 份报告", mine / low, "倍", "≤ 5", "papermill 逐份启动内核，与同一进程内只算页面并写成网页相比；1 次")]
