"""方案与效益：方案按类型和实施情况分，投资和各项效益的合计。

Benefits: options by class and status, investment, and each benefit in its own unit, never mixed (notice 二（二）6).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cpaudit.analysis.basis.codes import grouping, groups, positions
from cpaudit.dataset import remembered
from cpaudit.dataset.dated import require_values
from cpaudit.errors.arguments import one_of
from cpaudit.fields import UNREAD, codes, field, tables
from cpaudit.fields import benefits as benefit_fields
from cpaudit.programme import industries
from cpaudit.reference import read_yaml, root
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset


#: The classes of options, that which isn't understood last.
CLASSES = ("no_low_cost", "medium_high_cost", UNREAD)


def options(ds: Dataset) -> pd.DataFrame:
    """返回全部清洁生产方案，每个方案一行，前面加上企业名称、单位和行业。

    Columns: plant_id, plant_name, unit, industry, then the others of the options table in its order. Rows: plants as on the
    roster, each one's options as reported, once.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> len(cp.analysis.benefits.options(ds)) == len(ds.options)
    True

    Raises:
        UsageError: the day is earlier than the snapshot's, whose values say nothing of it.
    """
    return of_status(ds, None).copy()


@remembered
def of_status(ds: Dataset, status: str | None) -> pd.DataFrame:
    """返回某一状态的方案（None 为全部），只供读取。

    Return the options of one status (None: all), columns as :func:`options`; shared, so not to be changed.

    Raises:
        UsageError: there is no such status (its last line lists them), or the day is earlier than the snapshot's.
    """
    if status is not None:
        status = one_of("方案没有“{}”这一状态", status, codes("options", "status"))
        every = of_status(ds, None)
        return every[every["status"] == status]
    import numpy as np
    import pandas as pd

    require_values(ds)
    home = positions(ds.options["plant_id"], ds.plants["plant_id"])
    kinds, number = ds.options["class"].factorize()[0], ds.options["number"].factorize()[0]
    number = kinds * (len(number) + 1) + number + 1  # each class may number its options anew
    key = np.where(home >= 0, home * (len(number) + 1) * (kinds.max(initial=0) + 1) + number, -1)
    rows = np.sort(np.unique(key, return_index=True)[1])
    rows = rows[home[rows] >= 0]
    rows = rows[home[rows].argsort(kind="stable")]  # in the order of the plants, each one's options in theirs
    mine = {str(column): ds.options[column].array.take(rows) for column in ds.options}
    of_plant = {"plant_name": "name", "unit": "unit", "industry": "industry", "consultant": "consultant"}
    whose = {column: ds.plants[source].array.take(home[rows]) for column, source in of_plant.items()}
    return pd.DataFrame({"plant_id": mine["plant_id"], **whose, **mine})


def totals(ds: Dataset, by: str | None = None, status: str | None = "implemented") -> pd.DataFrame:
    """返回方案的个数、投资和各项效益之和，可按单位、行业或方案类别分组。

    Return counts, investment and benefits of the options of one status (None: all), in all or by unit, industry or class.

    Columns: the grouping (none: one row), plants (with at least one such option), options, no_low_cost, medium_high_cost,
    unread (their class; the three add up to options), investment_wan_yuan, every benefit column (null where no option states
    it), no_investment, no_economic_benefit (options that don't state it), payback_options (that state both), payback_years
    (of these: investment / yearly economic benefit; null where that is 0).

    Raises:
        UsageError: no such grouping or status (its last line lists them), or the day is earlier than the snapshot's.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.benefits.totals(ds, by="class")["class"].tolist()
    ['no_low_cost', 'medium_high_cost']
    """
    import numpy as np
    import pandas as pd

    by = grouping(by, ("unit", "industry", "consultant", "cohort", "class"))
    frame = of_status(ds, status)
    if by == "cohort":
        first = dict(zip(ds.plants["plant_id"], groups(ds, by), strict=True))
        frame = frame.assign(cohort=frame["plant_id"].map(first))
    if by in ("consultant", "cohort"):  # plants of which nobody says it are a group, so that all make the whole
        frame = frame.assign(**{by: frame[by].fillna("")})
    code, keys = (np.zeros(len(frame), int), [""]) if by is None else frame[by].factorize()
    known, plant = code >= 0, frame["plant_id"].factorize()[0]

    def count(where: np.ndarray) -> np.ndarray:
        return np.bincount(code[known & where], minlength=len(keys))

    pairs = np.unique(code[known] * (len(frame) + 1) + plant[known])
    counts = {"plants": np.bincount(pairs // (len(frame) + 1), minlength=len(keys))}
    counts["options"] = count(frame["number"].notna().to_numpy())
    counts |= {kind: count(frame["class"].eq(kind).to_numpy(bool)) for kind in CLASSES}
    sums = summed(frame, code).reindex(range(len(keys)))
    amounts = dict(zip(map(str, sums), sums.to_numpy().T, strict=True))
    result = pd.DataFrame({**counts, **amounts, **_payback(frame, code, range(len(keys)))}, index=keys)
    order = {"unit": list(ds.programme.units), "industry": list(industries()), "class": list(CLASSES)}.get(by or "")
    if order:
        result = result.reindex([k for k in order if k in result.index])
    return result.reset_index(drop=True) if by is None else result.reset_index(names=by)


def by_status(ds: Dataset) -> pd.DataFrame:
    """按方案类别和实施状态返回方案数、投资和各项效益。

    Columns: class, status, options (count), investment_wan_yuan, every benefit column (each in its unit; null: not stated),
    no_investment, no_economic_benefit, payback_options, payback_years as of :func:`totals`. A row per
    combination of class and status that occurs.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> int(cp.analysis.benefits.by_status(ds)["options"].sum()) <= len(ds.options)
    True

    Raises:
        UsageError: the day is earlier than the snapshot's, whose values say nothing of it.
    """
    import numpy as np
    import pandas as pd

    options = of_status(ds, None)
    classes, statuses = (list(field("options", column).codes or ()) for column in ("class", "status"))
    row, column = (pd.Index(codes).get_indexer(pd.Index(options[c])) for codes, c in ((classes, "class"), (statuses, "status")))
    code = np.where((row >= 0) & (column >= 0), row * len(statuses) + column, -1)
    sums = summed(options, code)
    at = sums.index.to_numpy()
    counts = np.bincount(code[(code >= 0) & options["number"].notna().to_numpy()], minlength=len(classes) * len(statuses))
    frame = pd.DataFrame(
        {
            "class": pd.array(classes, dtype="str").take(at // len(statuses)),
            "status": pd.array(statuses, dtype="str").take(at % len(statuses)),
            "options": counts[at],
            **dict(zip(map(str, sums), sums.to_numpy().T, strict=True)),
        }
    )
    return frame.assign(**_payback(options, code, at))


def _payback(options: pd.DataFrame, code: np.ndarray, groups: Sequence[int] | np.ndarray) -> dict[str, np.ndarray]:
    """Return by group how many options state no investment and no benefit, and the payback of those that state both."""
    import pandas as pd

    money, yearly = options["investment_wan_yuan"], options["economic_benefit_wan_yuan"]
    both = money.notna() & yearly.notna()
    told = {"no_investment": money.isna(), "no_economic_benefit": yearly.isna(), "payback_options": both}
    told |= {"money": money.where(both), "yearly": yearly.where(both)}
    flags = pd.DataFrame({name: column.to_numpy(float) for name, column in told.items()})
    sums = flags.groupby(code).sum().reindex(list(groups), fill_value=0.0)
    counts = {name: sums[name].to_numpy(int) for name in ("no_investment", "no_economic_benefit", "payback_options")}
    return {**counts, "payback_years": (sums["money"] / sums["yearly"].where(sums["yearly"] > 0)).to_numpy()}


def summed(options: pd.DataFrame, code: np.ndarray, amounts: Sequence[str] | None = None) -> pd.DataFrame:
    """按组返回各项数量之和；组内无人填报的为空。

    Return ``amounts`` (None: the investment and every benefit) by group; null where no option of the group states it.

    ``code``: the group of each option, from 0, which become the index; -1 is none.
    """
    import numpy as np
    import pandas as pd

    names = list(amounts or ["investment_wan_yuan", *benefit_fields()])
    # pandas sums one block at once, columns one by one; among named columns it would look for one called like the codes
    matrix = pd.DataFrame(np.column_stack([options[name].to_numpy() for name in names]))
    return matrix.groupby(code).sum(min_count=1).loc[0:].set_axis(names, axis=1)


def totals_check(ds: Dataset) -> pd.DataFrame:
    """返回与各行之和不符的合计。

    Return the printed totals (合计) that differ from the sum of their rows, as the loaders found them.

    Columns: unit, file, sheet, cell, amount (a column of the options table), printed, computed (the sum of the options read
    from that sheet), difference (printed less computed), difference_pct (of the computed; null over 0).

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.benefits.totals_check(ds)[["printed", "computed"]].ne(0).any(axis=None).item()
    True

    Raises:
        UsageError: the day is earlier than the snapshot's, whose values say nothing of it.
    """
    import pandas as pd

    require_values(ds)
    told = re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.*)", re.escape(_mismatch())))
    columns = {f.label: name for name, f in tables()["options"].columns.items()}
    rows = []
    place = ["unit", "file", "sheet", "cell"]
    for problem in ds.problems[ds.problems["code"] == "total_mismatch"].to_dict("records"):
        found = told.fullmatch(problem["message"])
        if not found or found["field"] not in columns:
            continue
        amount = columns[found["field"]]
        here = ds.options["file"] == problem["file"]
        here &= ds.options["sheet"].fillna("") == ("" if pd.isna(problem["sheet"]) else problem["sheet"])
        row = {k: problem[k] for k in place} | {"amount": amount, "printed": float(found["printed"])}
        rows.append(row | {"computed": float(ds.options.loc[here, amount].sum())})
    frame = pd.DataFrame(rows, columns=[*place, "amount", "printed", "computed"]).astype({"printed": float, "computed": float})
    frame["difference"] = frame["printed"] - frame["computed"]
    frame["difference_pct"] = frame["difference"] / frame["computed"].where(frame["computed"] != 0) * 100
    return frame


@cache
def _mismatch() -> str:
    """How the loaders word such a problem."""
    return str(read_yaml(root() / "problems.yaml")["problems"]["total_mismatch"]["message"])
