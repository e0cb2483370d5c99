"""What is said of those of whom nothing came, or nothing of some step: who, of what, and that it can't be judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.analysis.basis import statuses
from cpaudit.analysis.basis.milestones import grid
from cpaudit.dataset import dated
from cpaudit.dataset.cuts import unpicked
from cpaudit.fields import codes
from cpaudit.programme import units

if TYPE_CHECKING:
    import pandas as pd

    from cpaudit.dataset import Dataset


def all_silent(ds: Dataset) -> bool:
    """Return whether nothing came of the progress of any plant."""
    quiet = statuses.untold(ds)
    return bool(len(quiet)) and bool(quiet.all())


def some(ds: Dataset) -> bool:
    """Return whether of some plant nothing came, or nothing of some step."""
    return bool(statuses.untold(ds).any() or (grid(ds).state == "not_reported").any())


def none(ds: Dataset, said: str) -> str:
    """Return that nobody is in a list, and of how many nobody knows; that nothing can be judged where that is all of them."""
    return silence(ds) if all_silent(ds) else said + aside(ds)


def aside(ds: Dataset) -> str:
    """Return what stands after a sentence that says nobody is in a list, where of some plants, or some steps, nobody knows."""
    untold, state = statuses.untold(ds), grid(ds).state
    kinds = {
        "未报送": untold,
        "有节点未报送": (state == "not_reported").any(axis=1) & ~untold,
        "有节点结果不明": (state == "unclear").any(axis=1),
        "有节点是否逾期不明": (state == "late_unknown").any(axis=1),
    }
    told = [f" {int(which.sum())} 家{word}" for word, which in kinds.items() if which.any()]
    return f"{dated.by(ds)}另有{'、'.join(told)}，无法判断。" if told else ""


def unsent(ds: Dataset, kind: str) -> str:
    """Say whose return of a kind didn't come though plants of theirs are listed; '' where some of each unit did."""
    silent = set(ds.plants["unit"]) - _senders(ds, kind)
    missing = [u for u in ds.programme.units if u in silent]
    if not missing:
        return ""
    heard = _senders(unpicked(ds), kind)
    label, whole = codes("returns", "kind")[kind], [u for u in missing if u not in heard]
    if len(ds.plants) == 1:
        who = "该企业"
    elif not whole:
        who = "所选企业" if len(missing) == ds.plants["unit"].nunique() else f"所选{_names(missing)}的企业"
    elif ds.plants["unit"].nunique() == 1:
        who = "该单位"
    else:
        part = [u for u in missing if u in heard]
        who = _names(whole) + (f"和所选{_names(part)}的企业" if part else "")
    return f"{dated.by(ds)}{who}未报送{label}，无法判断。"


def without(ds: Dataset, kind: str) -> str:
    """Say of how many plants a return of a kind isn't there, where of others of the unit it is; '' where it is of all."""
    rows = ds.returns[
        ds.returns["kind"].eq(kind) & ds.returns["plant_id"].isin(ds.plants["plant_id"]) & ds.returns["owed"].eq("yes")
    ]
    n = rows.loc[~rows["state"].eq("received"), "plant_id"].nunique()
    if not n or unsent(ds, kind):
        return ""
    return f"{dated.by(ds)}另有 {n} 家企业的{codes('returns', 'kind')[kind]}未报送、未填或未能读取，不在其中。"


def _senders(ds: Dataset, kind: str) -> set[str]:
    rows = ds.returns[ds.returns["kind"].eq(kind)]
    return set(rows.loc[rows["state"].isin(["received", "blank"]), "unit"])


def silence(ds: Dataset) -> str:
    """Say which units and how many plants nothing came of, or nothing of which step, so that nothing can be judged of them;
    '' where all reported.
    """
    return _untold(ds) + _part(ds)


def _untold(ds: Dataset) -> str:
    quiet, every = statuses.untold(ds), unpicked(ds)
    if not quiet.any():
        return ""
    listed, silent = every.plants["unit"].value_counts(), every.plants["unit"][statuses.untold(every)].value_counts()
    mute = {u for u in silent.index if silent[u] == listed[u]}
    each = ds.plants["unit"][quiet].value_counts()
    order = [u for u in ds.programme.units if u in each.index]
    whole, some = [u for u in order if u in mute], [u for u in order if u not in mute]
    n = len(ds.plants)
    if n == 1:
        return f"{dated.by(ds)}该企业未报送进度，无法判断。"
    if ds.plants["unit"].nunique() == 1 and whole:
        return f"{dated.by(ds)}该单位未报送进度（{'列入名单' if n == listed[whole[0]] else '所选'} {n} 家），无法判断。"
    told = [f"{_names(whole)}未报送进度"] if whole else []
    if len(some) == 1 and quiet.all() and not whole:
        told = ["所选企业未报送进度"]
    elif some:
        told.append(f"{'、'.join(f'{units()[u].name} {each[u]} 家' for u in some)}企业未报送进度")
    return f"{dated.by(ds)}{'，'.join(told)}，共 {int(quiet.sum())} 家，无法判断，不计为完成，也不计为逾期。"


def _part(ds: Dataset) -> str:
    """Say of which steps nothing came of plants that reported others: by step, who owes it."""
    open_ = (grid(ds).state == "not_reported") & ~statuses.untold(ds)[:, None]
    told = [
        f"“{m.label}”{_whose(ds, ds.plants['unit'][open_[:, at]])}"
        for at, m in enumerate(ds.programme.plant_milestones())
        if open_[:, at].any()
    ]
    if not told:
        return ""
    if len(ds.plants) == 1:
        return f"{dated.by(ds)}该企业未报送{'、'.join(told)}，无法判断，不计为完成，也不计为逾期。"
    return f"{dated.by(ds)}报送了进度而没有报送下列节点的：{'；'.join(told)}，这些节点无法判断，不计为完成，也不计为逾期。"


def _whose(ds: Dataset, of: pd.Series) -> str:
    if len(ds.plants) == 1:
        return ""
    counts = of.value_counts()
    each = [(u, counts[u]) for u in ds.programme.units if u in counts.index]
    if ds.plants["unit"].nunique() == 1:
        return f" {each[0][1]} 家"
    return "、".join(f"{units()[u].name} {n} 家" for u, n in each)


def _names(ids: list[str]) -> str:
    return "、".join(units()[u].name for u in ids)


def unstated(row: Any) -> str:
    """Return how many options the sums of ``row`` (see :func:`cpaudit.analysis.benefits.totals`) say nothing of; '' of none.

    >>> unstated({"no_investment": 2, "no_economic_benefit": 0, "payback_options": 7, "payback_years": 1.5})
    '其中 2 项没有填报投资，不在合计内；回收期按投资和经济效益都填报的 7 项计算。'
    """
    import pandas as pd

    lacking = {"投资": int(row["no_investment"]), "经济效益": int(row["no_economic_benefit"])}
    said = "，".join(f"{n} 项没有填报{word}" for word, n in lacking.items() if n)
    if not said:
        return ""
    payback = "" if pd.isna(row["payback_years"]) else f"；回收期按投资和经济效益都填报的 {int(row['payback_options'])} 项计算"
    return f"其中 {said}，不在合计内{payback}。"
