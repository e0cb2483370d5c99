"""The stage funnel: how many plants got how far, with and without those that left, which are counted apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.progress import STAGES, each_plant, in_order, percent
from cpaudit.fields import field

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset


def funnel(ds: Dataset, by: str | None = None) -> pd.DataFrame:
    """Return how many plants reached each stage, and how many stand apart, in all or by unit, industry, roster or county.

    Columns: the grouping (none given: left out), kind (``stage`` or ``apart``), item (a key of ``STAGES``; ``failed``, or a
    status other than active), n, of_listed, pct (n of those listed), n_staying, of_staying, pct_staying (the same without the
    plants that left), clause (empty where the notice says nothing). Percentages are null over nothing. Rows: groups in
    official order, every unit of the programme, stages first.

    A plant that left after its acceptance stays in; one that left before is in ``apart`` under its status, and so
    ``of_staying`` is ``of_listed`` less all statuses. ``failed`` (an assessment or acceptance not passed and not made good)
    is a part of those staying.
    """
    import pandas as pd

    each = each_plant(ds)
    statuses = list(left_statuses())
    for status in statuses:
        each[status] = ((each["status"] == status) & (each["accepted"] == 0)).astype(int)
    items = {**dict.fromkeys(STAGES, "stage"), **dict.fromkeys(["failed", *statuses], "apart")}
    for item in items:
        each[f"{item}_staying"] = each[item] * (1 - each["gone"])
    counted = [*items, *(f"{item}_staying" for item in items)]
    sums = in_order(ds, each.groupby(by, dropna=False)[counted].sum(), by) if by else pd.DataFrame([each[counted].sum()])
    keys = [by] if by else []
    frame = sums.loc[sums.index.repeat(len(items)), keys].reset_index(drop=True)
    frame["kind"], frame["item"] = [*items.values()] * len(sums), [*items] * len(sums)
    frame["n"], frame["of_listed"] = sums[[*items]].to_numpy().ravel(), sums["listed"].repeat(len(items)).array
    frame["n_staying"] = sums[[f"{item}_staying" for item in items]].to_numpy().ravel()
    frame["of_staying"] = sums["listed_staying"].repeat(len(items)).array
    clauses = _clauses(ds)
    frame["clause"] = [clauses.get(item, "") for item in items] * len(sums)
    frame["pct"] = percent(frame["n"], frame["of_listed"])
    frame["pct_staying"] = percent(frame["n_staying"], frame["of_staying"])
    return frame[[*keys, "kind", "item", "n", "of_listed", "pct", "n_staying", "of_staying", "pct_staying", "clause"]]


def left_statuses() -> dict[str, str]:
    """Return the statuses of plants that left the programme, with their labels."""
    codes = field("plants", "status").codes
    assert isinstance(codes, dict)
    return {code: label for code, label in codes.items() if code != "active"}


def _clauses(ds: Dataset) -> dict[str, str]:
    steps = ds.programme.plant_milestones()
    clauses = {m.id: m.clause for m in steps}
    clauses["listed"] = "、".join(r.clause for r in ds.programme.rosters)
    clauses["failed"] = "、".join(dict.fromkeys(m.clause for m in steps if m.has_result))
    return clauses
