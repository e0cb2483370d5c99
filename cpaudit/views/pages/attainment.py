"""The page 达标情况: who attains the notice's targets, where, who doesn't, and which indicators stop them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import attainment
from cpaudit.labels import worded
from cpaudit.views import key_figures, parts, readings
from cpaudit.views.columns import column, columns
from cpaudit.views.figures import attainment as attainment_figures
from cpaudit.views.page import Block, Caveat, Heading, Page, Table
from cpaudit.views.pages import progress
from cpaudit.views.tables import annexes
from cpaudit.views.tables import base as tables
from cpaudit.views.tables.base import table

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset
    from cpaudit.selection import Selection


def attainment_page(ds: Dataset, selection: Selection | None = None) -> Page:
    """返回所选企业的“达标情况”页。

    Return the page 达标情况 of the plants that the selection shows.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.views.attainment_page(ds).title
    '达标情况'
    """
    return parts.page_of("attainment", "达标情况", ds, selection, _blocks, of_values=True, many="各单位、各行业的比较")


def _blocks(ds: Dataset) -> list[Block]:
    if not ds.programme.targets:
        return [Caveat(readings.UNASKED, "plain")]
    blocks: list[Block] = [*parts.interpretations(ds), key_figures.of_attainment(ds)]
    blocks += [Heading("各行业、各单位"), *_bars(ds), progress.attainment_by_industry(ds)]
    blocks += [Heading("审核前后的级别"), attainment_figures.flow(ds)]
    blocks += [Heading("卡在哪里"), attainment_figures.pareto(ds)]
    return [*blocks, Heading("未达标和无法判定的企业"), missed(ds), annexes.targets_open(ds)]


def _bars(ds: Dataset) -> list[Block]:
    row = parts.only(attainment.summary(ds))
    if not row["judged"] + row["cannot_judge"]:
        return []  # all have left; the key figures say so
    several = (
        [attainment_figures.attainment_bars(ds, "unit"), attainment_figures.heat_map(ds)]
        if ds.plants["unit"].nunique() > 1
        else []
    )
    return [attainment_figures.attainment_bars(ds), *several]


def missed(ds: Dataset) -> Table:
    """Return every target that a plant misses, with the reason, unit by unit."""
    gone = attainment.plants(ds).set_index("plant_id")["left"]
    frame = attainment.targets(ds)
    frame = frame[(frame["verdict"] == "not_attained") & ~frame["plant_id"].map(gone).fillna(False).astype(bool)]
    order = {u: n for n, u in enumerate(ds.programme.units)}
    frame = worded(frame.sort_values("unit", key=lambda c: c.map(order), kind="stable"), ds)
    n = frame["plant_id"].nunique()
    cols = {**columns("unit", "name", "industry"), "label": column("n_targets", kind="text", unit="")}
    cols |= columns("required_level", "level_before", "level_after", "reason")
    note = "级别为目标所涉指标的级别（各工序中最低的）；不含已退出的企业。" + tables.demonstration_note(ds)
    title = f"未达标企业及原因（{n} 家）" if n else "未达标企业及原因"
    return table("targets_missed", title, frame, cols, note, "没有判定为未达标的企业。")
