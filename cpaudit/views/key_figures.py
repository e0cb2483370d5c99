"""The key figures that several pages show: where the plants stand, how many attain, what options cost and bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import attainment, benefits, progress
from cpaudit.labels import measure_of
from cpaudit.views.measured import key_figure
from cpaudit.views.page import KeyFigure, KeyFigures
from cpaudit.views.parts import number, only

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset
    from cpaudit.views.page import Tone

_STATES: dict[str, Tone] = {"overdue": "bad", "due_soon": "warn", "failed": "bad", "left": "plain"}
#: Shown only where there are any: what nobody can say of plants.
_DOUBT = ("unclear", "status_unread", "not_reported", "part_unreported")
_BENEFITS = {
    "investment": "investment_wan_yuan", "economic_benefit": "economic_benefit_wan_yuan", "energy": "energy_tce",
    "electricity": "electricity_wan_kwh", "water": "water_t", "so2": "so2_t", "nox": "nox_t",
}  # fmt: skip


def of_progress(ds: Dataset) -> KeyFigures:
    """Return how many plants stand where."""
    import pandas as pd

    row = only(progress.summary(ds))
    listed = int(row["listed"])

    def item(id: str, tone: Tone, note: str = "") -> KeyFigure:
        return key_figure(id, None if pd.isna(row[id]) else int(row[id]), listed, note=note, tone=tone, ds=ds)

    notes = {"due_soon": f"{ds.programme.due_soon_days} 天内到期"}
    steps: dict[str, Tone] = {**dict.fromkeys(ds.programme.stages, "plain"), "accepted": "good", **_STATES}
    doubts = [id for id in _DOUBT if pd.notna(row[id]) and row[id]]
    return KeyFigures(
        (
            key_figure("listed", listed),
            *(item(id, tone, notes.get(id, "")) for id, tone in steps.items() if id in row),
            *(item(id, "warn", measure_of(ds.programme, id).wins.rstrip("。")) for id in doubts),
        )
    )


def of_attainment(ds: Dataset) -> KeyFigures:
    """Return how many plants attain their targets."""
    known = only(attainment.summary(ds))
    row = {name: int(known[name]) for name in ("plants", "left", "judged", "attained", "not_attained", "cannot_judge")}
    counted = row["plants"] - row["left"]
    return KeyFigures(
        (
            key_figure("judged", row["judged"], counted, note="共计为未退出的企业"),
            key_figure("attained", row["attained"], row["judged"], tone="good"),
            key_figure("not_attained", row["not_attained"], row["judged"], tone="bad"),
            key_figure("cannot_judge", row["cannot_judge"], counted, note="缺少实测数据等"),
            *([key_figure("left", row["left"], row["plants"], note="不作判定")] if row["left"] else []),
        )
    )


def of_benefits(ds: Dataset) -> KeyFigures:
    """Return what the implemented options cost and bring, each benefit in its own unit."""
    row = only(benefits.totals(ds))
    return KeyFigures(
        (
            key_figure("options_implemented", int(row["options"]), len(benefits.options(ds))),
            *(key_figure(id, number(row[id]), key=key) for key, id in _BENEFITS.items()),
        )
    )
