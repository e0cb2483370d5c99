"""The pages that front ends offer, by id: what each is called, takes and is built by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cpaudit.fields import benefits as benefit_fields
from cpaudit.views import parts
from cpaudit.views.page import Page
from cpaudit.views.pages.attainment import attainment_page
from cpaudit.views.pages.benchmarking import benchmarking_page
from cpaudit.views.pages.benefits import USUAL_BENEFIT, benefits_page
from cpaudit.views.pages.plant import plant_page
from cpaudit.views.pages.progress import progress_page
from cpaudit.views.pages.quality import quality_page
from cpaudit.views.pages.units import returns_page, units_page
from cpaudit.views.report.city import city_report

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset
    from cpaudit.selection import Selection


@dataclass(frozen=True, slots=True)
class PageSpec:
    """A page that front ends offer by its id.

    ``extras`` are what it takes beside the selection: a link's keys with their labels, passed to ``build`` as arguments.
    ``one``: the key of the selection of which the page needs exactly one value (“unit”, “industry”; '' for none).
    """

    id: str
    title: str
    build: Callable[..., Page]
    extras: Mapping[str, str] = field(default_factory=dict)
    one: str = ""


def _city(ds: Dataset, selection: Selection) -> Page:
    from cpaudit.errors import UsageError

    if len(selection.units) != 1:
        raise UsageError("市级工作报告须指定一个上报单位，如 石家庄市。")
    return city_report(ds.select(as_of=selection.as_of), selection.units[0])


def _plant(ds: Dataset, selection: Selection, plant: str = "") -> Page:
    """Return the file of ``plant``, or of the first plant that the selection shows."""
    day, shown = ds.select(as_of=selection.as_of), ds.select(selection)
    if not plant and shown.plants.empty:
        return parts.page_of("plant", "一企一档", ds, selection, lambda _: [])
    return plant_page(day, plant or str(shown.plants["plant_id"].iloc[0]))


PAGES: dict[str, PageSpec] = {
    spec.id: spec
    for spec in (
        PageSpec("progress", "审核进度总览", progress_page),
        PageSpec("benchmarking", "对标", benchmarking_page, one="industry"),
        PageSpec("attainment", "达标情况", attainment_page),
        PageSpec("plant", "一企一档", _plant, {"plant": "企业"}),
        PageSpec("benefits", "方案与效益", benefits_page, {"benefit": "效益"}),
        PageSpec("units", "各单位比较与通报", units_page),
        PageSpec("quality", "数据质量", quality_page),
        PageSpec("returns", "报送台账", returns_page),
        PageSpec("city", "市级工作报告", _city, one="unit"),
    )
}


def page_choices(page_id: str, ds: Dataset, selection: Selection) -> dict[str, list[tuple[str, str]]]:
    """Return what readers can choose for each of a page's ``extras``: (label, value)."""
    choices = {}
    for key in PAGES[page_id].extras:
        if key == "plant":
            found = ds.select(selection).plants
            choices[key] = list(zip(found["name"], found["plant_id"], strict=True))
        else:
            usual = sorted(benefit_fields().items(), key=lambda item: item[0] != USUAL_BENEFIT)
            choices[key] = [(f.label, name) for name, f in usual]
    return choices
