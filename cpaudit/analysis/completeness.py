"""填报率：应填的指标填了多少。

Completeness: how much of what is owed at the day is answered, which every ranking stands beside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.basis import statuses
from cpaudit.analysis.basis.codes import percent
from cpaudit.analysis.basis.standing import scorer
from cpaudit.dataset import remembered
from cpaudit.dataset.dated import undated
from cpaudit.errors.arguments import dataset_of
from cpaudit.programme import industries
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset


def completeness(ds: Dataset) -> pd.DataFrame:
    """按上报单位返回数据的完整程度。

    Return, by unit, how complete the data are.

    Columns: unit, plants, with_before, with_after, with_options (plants that have any), active (plants that didn't leave),
    with_after_pct (active plants that have values after the audit, of all active ones), answers_required (owed: active plants
    × indicators that apply × periods due), answers_given (of these), given_pct (null where nothing is owed), errors, warnings,
    notes (problems found in the unit's files). Units in official order; those without plants only where the data set has all.

    The programme says by when a period's values are due (``returns``). What applies to a plant that sent none is what it
    answered for the other period; of one that never answered anything, the least that a system of its trade asks; plants of
    trades without a system owe nothing that can be counted.
    On an earlier day than the snapshot's all but ``plants`` and ``active`` is null.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> len(cp.analysis.completeness.completeness(ds))
    14
    """
    import pandas as pd

    dataset_of(ds)
    home = ds.plants.set_index("plant_id")["unit"]
    here = list(ds.programme.units)
    if ds.plants["unit"].nunique() == 1:
        here = [u for u in here if u == ds.plants["unit"].iloc[0]]
    result = pd.DataFrame({"unit": here}).set_index("unit")

    if undated(ds):  # nothing that it counts has a day of its own
        nothing = pd.array([None] * len(here), dtype="Int64")
        staying = ds.plants["unit"][~statuses.left(ds)].value_counts()
        result["plants"] = ds.plants["unit"].value_counts().reindex(here, fill_value=0)
        result = result.assign(**dict.fromkeys(("with_before", "with_after", "with_options"), nothing))
        result["active"], result["with_after_pct"] = staying.reindex(here, fill_value=0), float("nan")
        result = result.assign(answers_required=nothing, answers_given=nothing, given_pct=float("nan"))
        return result.assign(**dict.fromkeys(("errors", "warnings", "notes"), nothing)).reset_index()

    def count(ids: pd.Series) -> pd.Series:
        return home.reindex(ids.unique()).value_counts()

    answers = _answers(ds)
    answers = answers.groupby(answers["plant_id"].map(home))[["required", "given"]].sum()
    active = ds.plants.set_index("plant_id")["unit"][~statuses.left(ds)]
    result["plants"] = ds.plants["unit"].value_counts()
    for period in ("before", "after"):
        result[f"with_{period}"] = count(_answering(ds, period))
    result["with_options"] = count(ds.options["plant_id"])
    result["active"] = active.value_counts()
    result["with_after_pct"] = active[active.index.isin(_answering(ds, "after"))].value_counts()
    result["answers_required"] = answers["required"]
    result["answers_given"] = answers["given"]
    severities = {"errors": "error", "warnings": "warning", "notes": "note"}
    found = ds.problems.groupby(["severity", "unit"]).size()
    for column, severity in severities.items():
        result[column] = found.get(severity, pd.Series(dtype=int))
    result = result.fillna(0).astype(int)
    result["with_after_pct"] = percent(result["with_after_pct"], result["active"])
    given = result["answers_given"] / result["answers_required"].where(result["answers_required"] > 0) * 100
    result.insert(list(result.columns).index("errors"), "given_pct", given.astype(float))
    return result.reset_index()


def answered(ds: Dataset) -> tuple[int, int]:
    """返回全部企业到期应填报的指标中已填报的和应填报的项数。

    Return how many answers of all plants together are given, and how many are owed: see :func:`completeness`.
    """
    answers = _answers(ds)
    return int(answers["given"].sum()), int(answers["required"].sum())


def with_values(ds: Dataset) -> tuple[int, int]:
    """返回有审核后实测数据的企业数和未退出的企业数。"""
    dataset_of(ds)
    staying = ~statuses.left(ds)
    there = ds.plants["plant_id"].isin(_answering(ds, "after")).to_numpy(bool)
    return int((there & staying).sum()), int(staying.sum())


def _answering(ds: Dataset, period: str) -> pd.Series:
    """Return the plant of each answer given for a period."""
    found = ds.measurements
    return found.loc[(found["period"] == period) & found["state"].isin(["reported", "not_applicable"]), "plant_id"]


@remembered
def _answers(ds: Dataset) -> pd.DataFrame:
    """Return, by active plant and period due, how many answers are owed and how many of them are there."""
    import pandas as pd

    asked: dict[tuple[str, str], tuple[int, int]] = {}
    for block in scorer(ds).blocks.values():
        required = block.applies.sum(axis=1)
        given = required - block.scores()["n_missing"]
        for (plant, _, _, period), owed, there in zip(block.units, required.tolist(), given.tolist(), strict=True):
            before = asked.get((plant, period), (0, 0))
            asked[plant, period] = before[0] + owed, before[1] + there
    staying = ds.plants[~statuses.left(ds)]
    trade = dict(zip(staying["plant_id"], staying["industry"], strict=True))
    due = ds.returns[
        ds.returns["owed"].eq("yes") & ds.returns["kind"].eq("measurements") & ~(ds.returns["due"] > pd.Timestamp(ds.as_of))
    ]
    other = {"before": "after", "after": "before"}
    rows = []
    for plant, period in due[["plant_id", "period"]].itertuples(index=False, name=None):
        if plant in trade:
            owed, there = asked.get((plant, period)) or (asked.get((plant, other[period]), (0, 0))[0], 0)
            rows.append((plant, owed or least(trade[plant]), there))
    return pd.DataFrame(rows, columns=["plant_id", "required", "given"])


@cache
def least(trade: str) -> int:
    """返回一个行业的企业每个时期至少应填报的指标数，没有评价指标体系的为 0。"""
    import pandas as pd

    from cpaudit.indicators import Scorer, find_system

    asked = [find_system(system) for system in (industries()[trade].systems if trade in industries() else ())]
    blank = {"plant_id": "", "process": "", "period": "after", "value": float("nan"), "state": "missing"}
    # a system that is a mere stub asks nothing
    rows = [{**blank, "system": s.id, "indicator": s.indicators()[0].id} for s in asked if not s.stub]
    if not rows:
        return 0
    blocks = Scorer(pd.DataFrame(rows)).blocks.values()
    return min(int(count) for block in blocks for count in block.applies.sum(axis=1))
