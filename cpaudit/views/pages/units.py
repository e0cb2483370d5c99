"""The pages that set units beside each other: bands, ranks and distance from the pace; what each owes and what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cpaudit.analysis import returns
from cpaudit.analysis.basis import statuses
from cpaudit.views import parts, unheard
from cpaudit.views.figures import overview as figures
from cpaudit.views.figures import units as unit_figures
from cpaudit.views.first import overview, ranked
from cpaudit.views.measured import key_figure
from cpaudit.views.page import Block, Caveat, Heading, KeyFigures, Page, Text
from cpaudit.views.tables import bulletin as bulletin_tables
from cpaudit.views.tables import returns as returns_tables

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset
    from cpaudit.selection import Selection


def units_page(ds: Dataset, selection: Selection | None = None) -> Page:
    """返回“各单位比较与通报”页。

    Return the page 各单位比较与通报 of the plants that the selection shows.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.views.units_page(ds).title
    '各单位比较与通报'
    """
    return parts.page_of("units", "各单位比较与通报", ds, selection, _blocks, many="各单位的比较")


def _blocks(ds: Dataset) -> list[Block]:
    before, fault = overview.last(ds)
    blocks: list[Block] = [ranked.of_units(ds, before), *([Caveat(fault)] if fault else [])]
    blocks += [Heading("通报"), unit_figures.ranking(ds), bulletin_tables.bulletin(ds, before)]
    blocks += [Heading("与应有进度"), unit_figures.s_curve(ds), bulletin_tables.pace(ds, "unit")]
    return [*blocks, Heading("各阶段"), figures.funnel(ds), replace(bulletin_tables.funnel(ds), id="stages")]


def returns_page(ds: Dataset, selection: Selection | None = None) -> Page:
    """返回所选企业的“报送台账”页。

    Return the page 报送台账 of the plants that the selection shows.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.views.returns_page(ds, cp.Selection.of(unit="辛集")).title
    '报送台账'
    """
    return parts.page_of("returns", "报送台账", ds, selection, _owed, of_values=True)


def _owed(ds: Dataset) -> list[Block]:
    return [
        _figures(ds),
        *_silence(ds),
        Heading("应报与已报"),
        returns_tables.overview(ds),
        returns_tables.ledger(ds),
        *_lacking(ds),
    ]


def _silence(ds: Dataset) -> list[Block]:
    said = unheard.silence(ds)
    return [Text(said)] if said else []


def _lacking(ds: Dataset) -> list[Block]:
    return [Heading("到期未报"), returns_tables.lacking(ds, limit=40)]


def _figures(ds: Dataset) -> KeyFigures:
    """Return how many units have sent all that is due, and how many plants are silent."""
    known = returns.ledger(ds)
    due = known[known["state"] != "not_due"]
    owing = set(due["unit"])
    units_whole = owing - set(due["unit"][due["state"] != "received"])
    units_none = owing - set(due["unit"][~due["state"].isin(["nothing", "unread"])])
    silent = int(statuses.silent(ds).sum())
    return KeyFigures(
        (
            key_figure("units_whole", len(units_whole), of=len(owing)),
            key_figure("units_none", len(units_none), of=len(owing)),
            key_figure("silent", silent, of=len(ds.plants), note="也不在系统导出中"),
            key_figure("lacking", len(returns.lacking(ds)), note="一家企业的一种报表为一项"),
        )
    )
