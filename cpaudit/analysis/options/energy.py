"""Standard coal: what the options' coal and electricity come to by the factors of GB/T 2589, beside the reported tce."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from cpaudit.analysis import benefits
from cpaudit.analysis.basis.codes import grouping
from cpaudit.errors.arguments import number_of
from cpaudit.fields import benefits as benefit_fields
from cpaudit.reference import Definition, read_definition, root
from cpaudit.vocabulary import Verification
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset

#: The column that a user's own factor (等价值) replaces the constant of.
ELECTRICITY = "electricity_wan_kwh"
REPORTED = "energy_tce"


class Factor(Definition):
    """A factor to standard coal: one value, or a range where the standard gives one."""

    label: str
    value: float | tuple[float, float]
    per: str
    clause: str
    status: Verification
    note: str = ""


class Use(Definition):
    """Which factor a benefit column is multiplied by; ``scale`` is tce per unit of the column and of the factor."""

    factor: str
    scale: float
    note: str = ""


class Factors(Definition):
    """The factors with their source, and what they are used for."""

    source: str
    factors: dict[str, Factor]
    uses: dict[str, Use]

    @model_validator(mode="after")
    def _uses_hold(self) -> Self:
        for column, use in self.uses.items():
            if column not in benefit_fields() or column == REPORTED:
                raise ValueError(f"uses 的 {column} 不是可以折算的效益项目")
            if use.factor not in self.factors or isinstance(self.factors[use.factor].value, tuple):
                raise ValueError(f"uses 的 {column} 须指向一个只有单一数值的折标系数")
        return self


@cache
def factors() -> Factors:
    """Return the factors that ship.

    >>> factors().factors["raw_coal"].value, factors().factors["electricity"].status
    (0.7143, 'secondary')
    """
    return read_definition(root() / "energy_factors.yaml", Factors)


def tce_per_unit(power_kgce_per_kwh: float | None = None) -> dict[str, float]:
    """返回各能源品种每单位折合的标准煤吨数。

    Return column → tce in one unit of it; the user's factor for electricity (kgce/kWh), if any, replaces the constant.

    >>> {c: round(v, 4) for c, v in tce_per_unit().items()}
    {'coal_t': 0.7143, 'electricity_wan_kwh': 1.229}

    Raises:
        UsageError: the factor is no number from 0.001 to 10.
    """
    known = factors()
    each = {column: float(known.factors[use.factor].value) * use.scale for column, use in known.uses.items()}  # type: ignore[arg-type]
    if power_kgce_per_kwh is not None:
        instead = "请写大于 0 的数，单位 kgce/kWh，如 0.3"
        factor = number_of(power_kgce_per_kwh, "电力折标系数（power_kgce_per_kwh）", instead, least=1e-3, most=10)
        each[ELECTRICITY] = factor * known.uses[ELECTRICITY].scale
    return each


def computed(
    ds: Dataset, by: str | None = None, status: str | None = "implemented", power_kgce_per_kwh: float | None = None
) -> pd.DataFrame:
    """返回由节煤、节电量折算的标准煤，并与填报的综合节能量并列。

    Return the standard coal computed from coal and electricity, beside what was reported as such (tce/a).

    Columns: the grouping of :func:`benefits.totals` (none: one row), options, energy_tce (reported), then per converted
    column its quantity and ``<column>_tce``, computed_tce (their sum; null where neither is stated), overlap (options that
    state both a reported tce and a quantity that is converted).

    The two are never added up: an option may state the same saving in both ways. GB/T 2589-2020, appendix A.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> len(cp.analysis.energy.computed(ds, by="unit")) > 0
    True
    """
    by = grouping(by, ("unit", "industry", "class"))
    each = tce_per_unit(power_kgce_per_kwh)
    frame = benefits.totals(ds, by, status)
    first = [] if by is None else [by]
    frame = frame[[*first, "options", REPORTED, *each]].copy()
    for column, factor in each.items():
        frame[f"{column}_tce"] = frame[column] * factor
    frame["computed_tce"] = frame[[f"{c}_tce" for c in each]].sum(axis=1, min_count=1)
    options = benefits.of_status(ds, status)
    both = options[options[REPORTED].notna() & options[list(each)].notna().any(axis=1)]
    counts = both[by].value_counts() if by else None
    frame["overlap"] = len(both) if counts is None else frame[by].map(counts).fillna(0).astype(int)
    return frame
