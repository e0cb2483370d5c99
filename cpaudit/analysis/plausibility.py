"""合理性：哪些数据值得再问一句。

Plausibility: statistics over the plants of a trade that point at data worth checking; leads with evidence, never verdicts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.basis.codes import grouping, groups, percent
from cpaudit.analysis.doubts import changes as plausibility_changes
from cpaudit.analysis.doubts import leads as _leads
from cpaudit.analysis.doubts import numbers
from cpaudit.analysis.doubts import repeats as plausibility_repeats
from cpaudit.analysis.doubts import single as plausibility_numbers
from cpaudit.dataset.dated import require_values
from cpaudit.errors.arguments import number_of

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset


def leads(ds: Dataset, rate: float | None = None) -> pd.DataFrame:
    """返回实测值和方案中不像实测的数据（值得核实的线索）。

    Return what in the measurements and options looks unlike measured data.

    Columns: kind (a key of ``plausibility.yaml``'s kinds), plant_ids (joined by ";"; empty: about a unit as a whole),
    n_plants, unit and industry (joined by ";"), what, evidence (Chinese sentences with n and the statistic), p, q (p after
    Benjamini-Hochberg over all tests of the kind), strength (a key of its strengths), file, sheet, cell (the first dozen).

    A lead's q is at most ``rate`` (None: the file's): of the leads of a kind, about that share is mere chance. Ordered as
    the kinds are in the file, then by q. Source: none of the notice's; the thresholds are this workbench's.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> "plant_ids" in cp.analysis.plausibility.leads(ds)
    True

    Raises:
        UsageError: ``rate`` is no number from 0 to 1, or the day is earlier than the snapshot's, whose values say nothing of it.
    """
    require_values(ds)
    rules = _leads.rules()
    share = rules.rate if rate is None else number_of(rate, "误报的比例（rate）", "请写 0 至 1 的小数，如 0.05（5%）", most=1)
    measured, stated = numbers.measured(ds), numbers.stated(ds)
    tests = [
        plausibility_repeats.blocks(measured),
        plausibility_repeats.nearly_alike(measured),
        plausibility_repeats.options_alike(ds, stated.frame),
        plausibility_repeats.lists_alike(ds, stated.frame),
        plausibility_numbers.outliers(measured),
        plausibility_numbers.outliers(stated),
        plausibility_changes.jumps(measured),
        plausibility_changes.same_change(measured),
        plausibility_numbers.last_digits([measured, stated]),
        plausibility_numbers.round_numbers(measured),
        plausibility_numbers.round_numbers(stated),
        plausibility_numbers.first_digits(stated),
        plausibility_numbers.zeros(measured),
        plausibility_numbers.zero_columns(stated),
        plausibility_changes.same_decimals(measured),
    ]
    found = _leads.table(ds, tests, share)
    order = {kind: n for n, kind in enumerate(rules.kinds)}
    return found.sort_values(["kind", "q"], key=lambda c: c.map(order) if c.name == "kind" else c, kind="stable").reset_index(
        drop=True
    )


def summary(ds: Dataset, by: str = "consultant", rate: float | None = None) -> pd.DataFrame:
    """按咨询机构、单位、行业等返回有线索的企业数：线索集中在谁的企业。

    Return how many plants of each consultant (or unit, industry, roster, county) some lead is about. Leads about a unit as a
    whole count for no plant.

    Columns: the grouping, n_plants, with_values (plants with values or options, which alone the tests can look at), with_leads
    (plants), with_leads_pct (of these), n_leads (about any of them, each once); the last three are null over none. Most leads
    first. A share says where to look first, not who did wrong: few plants vary much.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.plausibility.summary(ds, "unit")["n_plants"].sum().item()
    446

    Raises:
        UsageError: no such grouping (its last line lists them); or see :func:`leads`.
    """
    import pandas as pd

    column = grouping(by)
    assert column
    named = leads(ds, rate)["plant_ids"].str.split(";").explode().rename("plant_id").rename_axis("lead").reset_index()
    plants = ds.plants[["plant_id"]].assign(**{column: groups(ds, column)})
    named = named.merge(plants, on="plant_id")
    counts = {
        "n_plants": plants.groupby(column, dropna=False).size(),
        "with_values": plants[_looked_at(ds)].groupby(column, dropna=False).size(),
        "with_leads": named.groupby(column, dropna=False)["plant_id"].nunique(),
        "n_leads": named.groupby(column, dropna=False)["lead"].nunique(),
    }
    found = pd.DataFrame(counts).fillna(0).astype(int)
    found.insert(3, "with_leads_pct", percent(found["with_leads"], found["with_values"]))
    silent = found["with_values"] == 0
    if silent.any():  # nothing was looked at: that is no clean bill
        found[["with_leads", "n_leads"]] = found[["with_leads", "n_leads"]].astype("Int64").mask(silent)
    return found.sort_values(["with_leads_pct", "n_plants"], ascending=False).reset_index(names=column)


def _looked_at(ds: Dataset) -> pd.Series:
    """Return, by plant, whether it reported a value or an option."""
    values = ds.measurements.loc[ds.measurements["state"].eq("reported"), "plant_id"]
    return ds.plants["plant_id"].isin(values) | ds.plants["plant_id"].isin(ds.options["plant_id"])
