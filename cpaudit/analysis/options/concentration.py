"""集中程度：投资和效益集中在多少家企业。

Concentration: how a benefit spreads over the plants, and which few of them make most of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis import benefits
from cpaudit.analysis.basis import codes
from cpaudit.errors.arguments import one_of
from cpaudit.programme.conventions import conventions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset

#: The share of a total that “most of it” means.
MOST = 0.8
_TOPS = (1, 5, 10)


def summary(ds: Dataset, status: str | None = "implemented", amounts: Sequence[str] | None = None) -> pd.DataFrame:
    """返回投资和各项效益在企业间的集中程度，每项一行。

    Return, for the investment and every benefit (or the ``amounts``), how it spreads over the plants whose options of
    one status state it.

    Columns: amount (a column of the options table), plants (with more than 0), total, median, largest (of a plant),
    top1_pct, top5_pct, top10_pct (share of the total that the largest 1, 5, 10 plants make), plants_for_80 (how many of the
    largest make 80 %), gini (0: all the same, near 1: one has it all). The shares, plants_for_80 and gini are null of no more
    plants than are too few to rank (``small_unit`` of the conventions): of so few nothing is concentrated. Amounts that no plant
    states have no row.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.concentration.summary(ds, amounts=["energy_tce"])["amount"].tolist()
    ['energy_tce']

    Raises:
        UsageError: no such status or amount; its last line lists them; or the day is earlier than the snapshot's, whose
            values say nothing of it.
    """
    import numpy as np
    import pandas as pd

    known = codes.amounts()
    asked = [amounts] if isinstance(amounts, str) else amounts or known
    each = _by_plant(ds, status, [one_of("没有名为“{}”的数量", amount, known) for amount in asked])
    rows = []
    for amount in each.columns:
        values = np.sort(each[amount].to_numpy())[::-1]
        values = values[values > 0]
        if not len(values):
            continue
        total = values.sum()
        row = {"amount": amount, "plants": len(values), "total": total, "median": np.median(values), "largest": values[0]}
        if not few(len(values)):
            row |= {f"top{n}_pct": values[:n].sum() / total * 100 for n in _TOPS}
            row |= {"plants_for_80": _enough(values), "gini": gini(values)}
        rows.append(row)
    columns = ["amount", "plants", "total", "median", "largest", *(f"top{n}_pct" for n in _TOPS), "plants_for_80", "gini"]
    return (
        pd.DataFrame(rows, columns=columns)
        .astype({"plants": int, "plants_for_80": "Int64"})
        .astype(dict.fromkeys([*(f"top{n}_pct" for n in _TOPS), "gini"], "float64"))
    )


def lorenz(ds: Dataset, amount: str, status: str | None = "implemented") -> pd.DataFrame:
    """返回某项数量按企业从大到小的累计份额（洛伦兹曲线）。

    Return the plants by one amount, the largest first: the Lorenz curve from its steep end.

    Columns: rank, plant_id, plant_name, unit, industry, amount (as asked), quantity, share_pct, cumulative_pct (of the total),
    plants_pct (cumulative share of the plants), among_most (whether the plant is needed to make 80 %).

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.concentration.lorenz(ds, "energy_tce")["rank"].iloc[0].item()
    1

    Raises:
        UsageError: no such amount or status; its last line lists them; or the day is earlier than the snapshot's, whose
            values say nothing of it.
    """
    import numpy as np

    amount = one_of("没有名为“{}”的数量", amount, codes.amounts())
    each = _by_plant(ds, status, [amount])[amount]
    each = each[each > 0].sort_values(ascending=False, kind="stable")
    who = ds.plants.set_index("plant_id")[["name", "unit", "industry"]].rename(columns={"name": "plant_name"})
    frame = who.reindex(each.index).reset_index()
    frame.insert(0, "rank", np.arange(1, len(frame) + 1))
    frame["amount"], frame["quantity"] = amount, each.to_numpy()
    total = frame["quantity"].sum()
    frame["share_pct"] = frame["quantity"] / total * 100
    frame["cumulative_pct"] = frame["quantity"].cumsum() / total * 100
    frame["plants_pct"] = frame["rank"] / max(len(frame), 1) * 100
    frame["among_most"] = frame["rank"] <= (_enough(frame["quantity"].to_numpy()) if len(frame) else 0)
    return frame


def few(plants: int) -> bool:
    """返回企业是否太少，谈不上集中。

    Return whether there are too few plants to speak of how a benefit spreads over them (``small_unit`` of the conventions).

    >>> few(3), few(4)
    (True, False)
    """
    return plants <= conventions().bulletin.small_unit


def gini(values: np.ndarray) -> float:
    """返回一组正数的基尼系数。

    Return the Gini coefficient of positive values.

    >>> import numpy as np
    >>> gini(np.array([1.0, 1.0, 1.0])), round(gini(np.array([3.0, 1.0])), 2)
    (0.0, 0.25)
    """
    import numpy as np

    rising = np.sort(values)
    n = len(rising)
    ranks = np.arange(1, n + 1)
    return abs(float((2 * ranks - n - 1) @ rising / (n * rising.sum())))  # never "-0"


def _enough(falling: np.ndarray) -> int:
    """How many of the values, the largest first, make most of the total; rounding of sums must not ask for one more."""
    import numpy as np

    return int(np.argmax(falling.cumsum() >= MOST * falling.sum() * (1 - 1e-12))) + 1


def _by_plant(ds: Dataset, status: str | None, amounts: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    options = benefits.of_status(ds, status)
    code, ids = options["plant_id"].factorize()
    return benefits.summed(options, code, amounts).set_axis(pd.Index(ids, name="plant_id"))
