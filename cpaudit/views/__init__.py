"""Pages: pure functions of a data set and a selection; every front end shows the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit import lazy

if TYPE_CHECKING:
    from cpaudit.views.catalogue import PAGES, PageSpec, page_choices
    from cpaudit.views.page import Page
    from cpaudit.views.pages.attainment import attainment_page
    from cpaudit.views.pages.benchmarking import benchmarking_page
    from cpaudit.views.pages.benefits import benefits_page
    from cpaudit.views.pages.plant import plant_page
    from cpaudit.views.pages.progress import progress_page
    from cpaudit.views.pages.quality import quality_page
    from cpaudit.views.pages.units import returns_page, units_page
    from cpaudit.views.parts import selection_choices
    from cpaudit.views.report.batches import batches_report
    from cpaudit.views.report.bulletin import bulletin_report
    from cpaudit.views.report.city import city_report
    from cpaudit.views.report.plant_file import plant_file
    from cpaudit.views.report.province import province_report
    from cpaudit.views.report.trade import trade_report

__all__ = [
    "PAGES",
    "Page",
    "PageSpec",
    "attainment_page",
    "batches_report",
    "benchmarking_page",
    "benefits_page",
    "bulletin_report",
    "city_report",
    "page_choices",
    "plant_file",
    "plant_page",
    "progress_page",
    "province_report",
    "quality_page",
    "returns_page",
    "selection_choices",
    "trade_report",
    "units_page",
]

__getattr__, __dir__ = lazy.public(
    __name__,
    {
        "PAGES": "cpaudit.views.catalogue:PAGES",
        "Page": "cpaudit.views.page:Page",
        "PageSpec": "cpaudit.views.catalogue:PageSpec",
        "attainment_page": "cpaudit.views.pages.attainment:attainment_page",
        "batches_report": "cpaudit.views.report.batches:batches_report",
        "benchmarking_page": "cpaudit.views.pages.benchmarking:benchmarking_page",
        "benefits_page": "cpaudit.views.pages.benefits:benefits_page",
        "bulletin_report": "cpaudit.views.report.bulletin:bulletin_report",
        "city_report": "cpaudit.views.report.city:city_report",
        "page_choices": "cpaudit.views.catalogue:page_choices",
        "plant_file": "cpaudit.views.report.plant_file:plant_file",
        "plant_page": "cpaudit.views.pages.plant:plant_page",
        "progress_page": "cpaudit.views.pages.progress:progress_page",
        "province_report": "cpaudit.views.report.province:province_report",
        "quality_page": "cpaudit.views.pages.quality:quality_page",
        "returns_page": "cpaudit.views.pages.units:returns_page",
        "selection_choices": "cpaudit.views.parts:selection_choices",
        "trade_report": "cpaudit.views.report.trade:trade_report",
        "units_page": "cpaudit.views.pages.units:units_page",
    },
)
