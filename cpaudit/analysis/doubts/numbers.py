"""All quantitative numbers of a data set as flat arrays, with what the plausibility tests ask of each: group, digits, place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpaudit.analysis.basis.codes import positions
from cpaudit.analysis.benefits import CLASSES
from cpaudit.dataset import remembered
from cpaudit.fields import benefits as benefit_fields
from cpaudit.fields import field

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset

#: More digits after the point than this are no one's measurement.
_DECIMALS = 6


@dataclass(frozen=True, eq=False)
class Numbers:
    """Parallel arrays, one entry per number; ``groups`` has a row per group of comparable numbers.

    value; plant, unit (codes into ``plants``, ``units``); group (code); row (position in ``frame``, the tidy table);
    decimals, digits (significant ones) and last (of these) as written. ``groups``: name, period ("" for options), item
    (the indicator or amount, whatever the period, trade or class), decimals (usual ones), n, wide (half of the values lie
    at least ten steps of the last decimal from the median, so that last digits can say something).
    """

    frame: pd.DataFrame
    value: np.ndarray
    plant: np.ndarray
    unit: np.ndarray
    group: np.ndarray
    row: np.ndarray
    decimals: np.ndarray
    digits: np.ndarray
    last: np.ndarray
    groups: pd.DataFrame
    plants: pd.Index
    units: pd.Index

    def median(self, values: np.ndarray) -> np.ndarray:
        """Return the median of ``values`` of every group."""
        return group_median(self.group, values, len(self.groups))

    def rate_of_others(self, flag: np.ndarray) -> np.ndarray:
        """Return, per number, the share of ``flag`` in its group among other plants' numbers, never quite 0 or 1."""
        import numpy as np

        size = len(self.groups)
        count, hit = np.bincount(self.group, minlength=size), np.bincount(self.group, weights=flag, minlength=size)
        own = self.plant.astype(np.int64) * size + self.group
        _, at = np.unique(own, return_inverse=True)
        mine, my_hits = np.bincount(at)[at], np.bincount(at, weights=flag)[at]
        rates: np.ndarray = (hit[self.group] - my_hits + 0.5) / (count[self.group] - mine + 1)
        return rates


@remembered
def measured(ds: Dataset) -> Numbers:
    """Return the reported quantitative measurements, grouped by system, indicator and period."""
    import numpy as np
    import pandas as pd

    from cpaudit.indicators import indicator_table

    known = indicator_table()
    known = known[known["quantitative"]]
    m = ds.measurements
    system, systems = m["system"].factorize()
    indicator, indicators = m["indicator"].factorize()
    asked = np.full((len(systems) + 1, len(indicators) + 1), -1)  # the last of each: what none of the others is
    asked[positions(known["system"], pd.Index(systems)), positions(known["indicator"], pd.Index(indicators))] = np.arange(
        len(known)
    )
    asked[-1], asked[:, -1] = -1, -1
    at, value = asked[system, indicator], m["value"].to_numpy()
    row = np.flatnonzero((at >= 0) & (m["state"] == "reported").to_numpy() & np.isfinite(value))
    group = at[row] * 2 + (m["period"] == "after").to_numpy()[row]
    titles = [f"{name}（{unit}）" if unit else name for name, unit in zip(known["name"], known["unit"].fillna(""), strict=True)]
    names = np.repeat(np.array(titles, dtype=object), 2)
    periods = np.tile(["before", "after"], len(known))
    return _numbers(ds, m, value[row], group, row, names, periods, np.repeat(np.arange(len(known)), 2))


@remembered
def stated(ds: Dataset) -> Numbers:
    """Return the amounts of the options (investment and benefits), grouped by trade, class and column."""
    import numpy as np

    options = ds.options.reset_index(drop=True)
    amounts = ["investment_wan_yuan", *benefit_fields()]
    matrix = options[amounts].to_numpy(dtype=float)
    row, column = np.nonzero(np.isfinite(matrix))
    trades = ds.plants["industry"].factorize(use_na_sentinel=False)[0]
    trade = np.append(trades, -1)[positions(options["plant_id"], ds.plants["plant_id"])]
    kind = trade * len(CLASSES) + positions(options["class"], CLASSES)
    group = kind[row] * len(amounts) + column
    labels = np.array([field("options", a).heading for a in amounts], dtype=object)
    size = int(kind.max(initial=-1)) + 1
    items = np.tile(np.arange(len(labels)), size)
    return _numbers(ds, options, matrix[row, column], group, row, np.tile(labels, size), np.full(len(items), ""), items)


def _numbers(
    ds: Dataset,
    frame: pd.DataFrame,
    value: np.ndarray,
    group: np.ndarray,
    row: np.ndarray,
    names: np.ndarray,
    periods: np.ndarray,
    items: np.ndarray,
) -> Numbers:
    import numpy as np
    import pandas as pd

    plant = positions(frame["plant_id"], ds.plants["plant_id"])[row]
    on_roster = plant >= 0
    value, group, row, plant = value[on_roster], group[on_roster], row[on_roster], plant[on_roster]
    unit_of, units = ds.plants["unit"].factorize()
    used = np.flatnonzero(np.bincount(group))
    group = np.searchsorted(used, group)
    decimals, digits, last = written(value)
    size = len(used)
    usual = np.ceil(group_median(group, decimals.astype(float), size))
    spread = group_median(group, np.abs(value - group_median(group, value, size)[group]), size) * 10.0**usual
    groups = pd.DataFrame({"name": names[used], "period": periods[used], "item": items[used], "decimals": usual})
    groups["wide"] = spread >= 10
    groups["n"] = np.bincount(group, minlength=size)
    plants = pd.Index(ds.plants["plant_id"])
    return Numbers(frame, value, plant, unit_of[plant], group, row, decimals, digits, last, groups, plants, pd.Index(units))


def group_median(group: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """Return the median of ``values`` in each of ``size`` groups (codes from 0; NaN for an empty one).

    >>> import numpy as np
    >>> group_median(np.array([0, 1, 0, 1]), np.array([1.0, 5.0, 3.0, 7.0]), 2).tolist()
    [2.0, 6.0]
    """
    import numpy as np

    order = values.argsort()
    # few groups fit a small type, which NumPy sorts by counting
    order = order[group[order].astype(np.min_scalar_type(size)).argsort(kind="stable")]
    ranked = values[order]
    counts = np.bincount(group, minlength=size)
    starts = np.cumsum(counts) - counts
    result = np.full(size, np.nan)
    some = counts > 0
    first, n = starts[some], counts[some]
    result[some] = (ranked[first + (n - 1) // 2] + ranked[first + n // 2]) / 2
    return result


def written(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return with how many decimals and significant digits each value was written, and the last of these (0 has one, 0).

    >>> import numpy as np
    >>> [a.tolist() for a in written(np.array([1200.0, 3.25, 0.007, 0.0]))]
    [[0, 2, 3, 0], [2, 3, 1, 1], [2, 5, 7, 0]]
    """
    import numpy as np

    decimals = np.full(len(values), _DECIMALS)
    for places in range(_DECIMALS - 1, -1, -1):
        scaled = values * 10.0**places
        decimals[np.abs(scaled - np.rint(scaled)) < 1e-6 * np.maximum(1.0, np.abs(scaled) * 1e-6)] = places
    whole = np.abs(np.rint(values * 10.0**decimals))
    while (tens := (whole > 0) & (whole % 10 == 0)).any():
        whole[tens] /= 10
    digits = np.where(whole > 0, np.floor(np.log10(np.maximum(whole, 1))) + 1, 1).astype(int)
    return decimals, digits, (whole % 10).astype(int)
