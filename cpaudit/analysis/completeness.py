"""Completeness: how much of what a unit must report is there, which every ranking stands beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.basis.standing import scorer
from cpaudit.programme import units

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset


def completeness(ds: Dataset) -> pd.DataFrame:
    """按上报单位返回数据的完整程度。

    Return, by unit, how complete the data are.

    Columns: unit, plants, with_before, with_after, with_options (plants that have any), answers_required (indicators that
    apply, in the periods reported), answers_given, given_pct (null where nothing is required), errors, warnings, notes
    (problems found in the unit's files). Units in official order; those without plants only where the data set has all.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> len(cp.analysis.completeness.completeness(ds))
    14
    """
    import pandas as pd

    home = ds.plants.set_index("plant_id")["unit"]
    here = [u for u in units() if u in ds.programme.units]
    if ds.plants["unit"].nunique() == 1:
        here = [u for u in here if u == ds.plants["unit"].iloc[0]]
    result = pd.DataFrame({"unit": here}).set_index("unit")

    def count(ids: pd.Series) -> pd.Series:
        return home.reindex(ids.unique()).value_counts()

    answers = _answers(ds)
    answers = answers.groupby(answers["plant_id"].map(home))[["required", "given"]].sum()
    answered = ds.measurements[ds.measurements["state"].isin(["reported", "not_applicable"])]
    result["plants"] = ds.plants["unit"].value_counts()
    for period in ("before", "after"):
        result[f"with_{period}"] = count(answered.loc[answered["period"] == period, "plant_id"])
    result["with_options"] = count(ds.options["plant_id"])
    result["answers_required"] = answers["required"]
    result["answers_given"] = answers["given"]
    severities = {"errors": "error", "warnings": "warning", "notes": "note"}
    found = ds.problems.groupby(["severity", "unit"]).size()
    for column, severity in severities.items():
        result[column] = found.get(severity, pd.Series(dtype=int))
    result = result.fillna(0).astype(int)
    given = result["answers_given"] / result["answers_required"].where(result["answers_required"] > 0) * 100
    result.insert(list(result.columns).index("errors"), "given_pct", given.astype(float))
    return result.reset_index()


def answered(ds: Dataset) -> tuple[int, int]:
    """返回全部企业已填报的指标数和应填报的指标数。

    Return how many answers of all plants together are given, and how many their systems require.
    """
    answers = _answers(ds)
    return int(answers["given"].sum()), int(answers["required"].sum())


def _answers(ds: Dataset) -> pd.DataFrame:
    """Return, by plant and process, how many answers its systems require and how many of them are there."""
    import pandas as pd

    rows: list[tuple[str, int, int]] = []
    for block in scorer(ds).blocks.values():
        required = block.applies.sum(axis=1)
        given = required - block.scores()["n_missing"]
        rows += zip((unit[0] for unit in block.units), required.tolist(), given.tolist(), strict=True)
    return pd.DataFrame(rows, columns=["plant_id", "required", "given"])
