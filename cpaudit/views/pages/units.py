"""The page 各单位比较: bands and ranks with completeness beside, distance from the expected pace, funnel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cpaudit.views import key_figures, parts
from cpaudit.views.figures import overview as figures
from cpaudit.views.figures import units as unit_figures
from cpaudit.views.page import Block, Heading, Page
from cpaudit.views.tables import bulletin as bulletin_tables

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset
    from cpaudit.selection import Selection


def units_page(ds: Dataset, selection: Selection | None = None) -> Page:
    """Return the page 各单位比较与通报 of the plants that the selection shows."""
    return parts.page_of("units", "各单位比较与通报", ds, selection, _blocks, many="各单位的比较")


def _blocks(ds: Dataset) -> list[Block]:
    blocks: list[Block] = [key_figures.of_progress(ds), Heading("通报"), unit_figures.ranking(ds), bulletin_tables.bulletin(ds)]
    blocks += [Heading("与应有进度"), unit_figures.s_curve(ds), bulletin_tables.pace(ds, "unit")]
    return [*blocks, Heading("各阶段"), figures.funnel(ds), replace(bulletin_tables.funnel(ds), id="stages")]
