"""阶段漏斗：各阶段走到的企业数，含退出和不含退出两种口径。

The stage funnel: how many plants got how far, with and without those that left, which are counted apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.basis import unsaid
from cpaudit.analysis.basis.codes import grouping, groups, percent, sums
from cpaudit.analysis.progress import counts, in_order, judges, said
from cpaudit.fields import UNREAD, field

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset


def funnel(ds: Dataset, by: str | None = None) -> pd.DataFrame:
    """返回到达各阶段的企业数，可按单位、行业、名单、区县或咨询机构分组。

    Return how many plants reached each stage, and how many stand apart, in all or by unit, industry, roster,
    county or consultant.

    Columns: the grouping (none given: left out), kind (``stage`` or ``apart``), item (``listed`` or a stage of the
    programme; ``failed``, ``unclear``, ``status_unread``, ``not_reported``, ``part_unreported``, or a status by which
    plants leave), n, of_listed, pct (n of those listed), n_staying, of_staying, pct_staying (the same without the plants that
    left), clause (empty where the notice says nothing). Percentages are null over nothing. Rows: groups in official order,
    every unit of the programme, stages first.

    A plant that left after its acceptance stays in; one that left before is in ``apart`` under its status, and so
    ``of_staying`` is ``of_listed`` less all statuses: whoever nobody knows to have left stays. ``failed`` (an
    assessment or acceptance not passed and not made good) and ``unclear`` (any milestone is) are parts of those staying.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.funnel.funnel(ds)["n"].iloc[0].item()
    446

    Raises:
        UsageError: no such grouping; its last line lists them.
    """
    by = grouping(by)
    each, status = counts(ds), ds.plants["status"]
    each |= {left: status.eq(left).to_numpy(bool) & each["left"] for left in left_statuses()}
    items = {
        **dict.fromkeys(["listed", *ds.programme.stages], "stage"),
        **dict.fromkeys(
            [
                *(["failed"] if judges(ds) else []),
                "unclear",
                *left_statuses(),
                "status_unread",
                "not_reported",
                "part_unreported",
            ],
            "apart",
        ),
    }
    each |= {f"{item}_staying": each[item] & ~each["left"] for item in items}
    summed = in_order(ds, sums(each, groups(ds, by)), by) if by else sums(each)
    keys = [by] if by else []
    frame = summed.loc[summed.index.repeat(len(items)), keys].reset_index(drop=True)
    frame["kind"], frame["item"] = [*items.values()] * len(summed), [*items] * len(summed)
    counted = unsaid.muted(ds, summed[[*keys, *items]].copy(), by)
    frame["n"], frame["of_listed"] = _down(counted[[*items]]), summed["listed"].repeat(len(items)).array
    if (silent := (summed["listed"] > 0) & (summed["not_reported"] == summed["listed"])).any():
        unheard = frame["item"].isin({*said(ds), *left_statuses()}).to_numpy() & silent.to_numpy().repeat(len(items))
        frame["n"] = frame["n"].astype("Int64").mask(unheard)
    frame["n_staying"] = summed[[f"{item}_staying" for item in items]].to_numpy().ravel()
    frame["n_staying"] = frame["n_staying"].where(frame["n"].notna(), None).astype(frame["n"].dtype)
    frame["of_staying"] = summed["listed_staying"].repeat(len(items)).array
    clauses = _clauses(ds)
    frame["clause"] = [clauses.get(item, "") for item in items] * len(summed)
    frame["pct"] = percent(frame["n"], frame["of_listed"])
    frame["pct_staying"] = percent(frame["n_staying"], frame["of_staying"])
    return frame[[*keys, "kind", "item", "n", "of_listed", "pct", "n_staying", "of_staying", "pct_staying", "clause"]]


def _down(counts: pd.DataFrame) -> pd.api.extensions.ExtensionArray | np.ndarray:
    """Return counts row by row, as whole numbers that may be missing where one is."""
    import pandas as pd

    return pd.array(counts.to_numpy(object).ravel(), dtype="Int64") if counts.isna().any(axis=None) else counts.to_numpy().ravel()


def left_statuses() -> dict[str, str]:
    """返回表示已退出的各种状态及其名称。

    Return the statuses of plants that left the programme, with their labels.
    """
    codes = field("plants", "status").codes
    assert isinstance(codes, dict)
    return {code: label for code, label in codes.items() if code not in ("active", UNREAD)}


def _clauses(ds: Dataset) -> dict[str, str]:
    steps = ds.programme.plant_milestones()
    clauses = {stage: m.clause for stage, m in ds.programme.stages.items()}
    clauses["listed"] = "、".join(dict.fromkeys(r.clause for r in ds.programme.rosters if r.clause))
    clauses["failed"] = "、".join(dict.fromkeys(m.clause for m in steps if m.has_result and m.clause))
    return clauses
