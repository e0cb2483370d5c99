"""通报：单位的排名、档次和滞后企业。

The bulletin (通报): units ranked and in bands, small ones apart, completeness and change beside, laggards by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.basis import statuses
from cpaudit.analysis.basis.codes import percent
from cpaudit.analysis.basis.milestones import UNKNOWN, grid, last_day_margin, units_shown
from cpaudit.dataset import remembered
from cpaudit.errors.arguments import one_of
from cpaudit.fields import labels
from cpaudit.programme.conventions import BulletinRules, conventions

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from cpaudit.dataset import Dataset

#: How a unit stands in the ranking.
GROUPS = labels("group", "ranked")


@remembered
def bulletin(
    ds: Dataset, earlier: Dataset | None = None, milestone: str | None = None, rules: BulletinRules | None = None
) -> pd.DataFrame:
    """返回通报用的各单位排名。

    Return the units as a bulletin ranks them.

    Counted are the milestones whose last day has passed (``milestone`` None), or that one milestone whether due or not, of
    the plants that haven't left without acceptance. Columns: group (a key of ``GROUPS``), rank (ties share one; null unless
    ranked), band (label; null unless ranked), unit, listed, plants (those counted), due, done (milestones), pct (done of
    due), accepted, overdue, unclear (plants; what is unclear is not counted as due), not_reported, left
    (plants), worst_overdue_days, given_pct and errors
    (see ``completeness``), then for ``earlier``, the same programme's data set at an earlier day: pct_change (points),
    rank_before, accepted_change, overdue_change (all null without one), clause (of the milestones counted). Rows: by rank,
    then the small units, then those without anything due, each in official order.

    Units of up to ``rules.small_unit`` counted plants are never ranked: one plant more or less would turn the order; nor are
    those of which nothing came (``silent``: their counts are null), or of more than ``rules.max_silent_pct`` of whose plants
    (``partly``): who hands in the good ones only would lead. Bands and these
    numbers are the workbench's own (``data/reference/conventions.yaml``), not official.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> len(cp.analysis.bulletin.bulletin(ds))
    14

    Raises:
        UsageError: the programme's plants have no such milestone.
    """
    import pandas as pd

    from cpaudit.analysis.completeness import completeness

    if milestone is not None:
        milestone = one_of("企业没有名为“{}”的节点", milestone, {m.id: m.label for m in ds.programme.plant_milestones()})
    rules = rules or conventions().bulletin
    frame = _ranked(ds, milestone, rules)
    beside = completeness(ds).set_index("unit")[["given_pct", "errors"]]
    frame = frame.join(beside, on="unit")
    if earlier is None:
        null = pd.array([None] * len(frame), dtype="Int64")
        frame = frame.assign(pct_change=float("nan"), rank_before=null, accepted_change=null, overdue_change=null)
    else:
        before = _ranked(earlier, milestone, rules).set_index("unit").reindex(frame["unit"])
        frame["pct_change"] = frame["pct"] - before["pct"].to_numpy()
        frame["rank_before"] = before["rank"].array
        for column in ("accepted", "overdue"):
            frame[f"{column}_change"] = frame[column] - pd.Series(before[column].astype("Int64").array)
    counted = _due(ds, milestone)
    steps = enumerate(ds.programme.plant_milestones())
    frame["clause"] = "、".join(dict.fromkeys(m.clause for at, m in steps if counted[:, at].any()))
    order = {group: at for at, group in enumerate(GROUPS)}
    frame = frame.assign(_g=frame["group"].map(order)).sort_values(["_g", "rank"], kind="stable", na_position="last")
    shown = ["group", "rank", "band", "unit", "listed", "plants", "due", "done", "pct", "accepted", "overdue", "unclear"]
    shown += ["not_reported", "left", "worst_overdue_days", "given_pct", "errors"]
    shown += ["pct_change", "rank_before", "accepted_change", "overdue_change"]
    return frame[[*shown, "clause"]].reset_index(drop=True)


def laggards(ds: Dataset) -> pd.DataFrame:
    """返回有逾期节点的企业名单，按单位排列，逾期最久的在前。

    Return the plants with overdue milestones by name, unit by unit, the longest overdue first.

    Columns: plant_id, name, unit, county, industry, n_overdue, days (natural days that the longest overdue one is late),
    deadline (its deadline), milestones (labels of all, joined by 、, in the notice's order), clause (of all).

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> cp.analysis.bulletin.laggards(ds)["n_overdue"].min().item()
    1
    """
    import numpy as np
    import pandas as pd

    found = grid(ds)
    steps = ds.programme.plant_milestones()
    overdue = found.overdue
    late = np.flatnonzero(overdue.any(axis=1))
    frame = ds.plants.iloc[late][["plant_id", "name", "unit", "county", "industry"]].reset_index(drop=True)
    frame["n_overdue"] = overdue[late].sum(axis=1)
    days = np.where(overdue[late], found.days[late], -1)
    worst = days.argmax(axis=1) if len(late) else np.zeros(0, int)
    frame["days"] = days.max(axis=1, initial=-1).astype("int64")
    frame["deadline"] = found.deadline[late, worst].astype("datetime64[s]")
    mine = [[m for m, is_late in zip(steps, row, strict=True) if is_late] for row in overdue[late]]
    frame["milestones"] = pd.array(["、".join(m.label for m in each) for each in mine], dtype="str")
    frame["clause"] = pd.array(["、".join(dict.fromkeys(m.clause for m in each)) for each in mine], dtype="str")
    order = {u: at for at, u in enumerate(units_shown(ds))}
    frame = frame.assign(_u=frame["unit"].map(order)).sort_values(
        ["_u", "days", "n_overdue"], ascending=[True, False, False], kind="stable"
    )
    return frame.drop(columns="_u").reset_index(drop=True)


def _ranked(ds: Dataset, milestone: str | None, rules: BulletinRules) -> pd.DataFrame:
    """Return the units in official order with counts, group, rank and band."""
    import numpy as np
    import pandas as pd

    found, here = grid(ds), units_shown(ds)
    accepted = found.done[:, found.of(ds.programme.final.id)]
    gone = statuses.left(ds) & ~accepted
    due, late = _due(ds, milestone) & ~gone[:, None], found.overdue
    home = pd.Index(here).get_indexer(pd.Index(ds.plants["unit"]))
    each = {"listed": home >= 0, "plants": due.any(axis=1), "due": due.sum(axis=1), "done": (due & found.done).sum(axis=1)}
    each |= {"accepted": accepted, "overdue": late.any(axis=1), "unclear": (found.state == "unclear").any(axis=1)}
    each |= {"not_reported": statuses.untold(ds), "left": gone}
    mine = home >= 0
    frame = pd.DataFrame({"unit": pd.array(here, dtype="str")})
    for column, values in each.items():
        frame[column] = np.bincount(home[mine], weights=values[mine], minlength=len(here)).astype(int)
    worst = np.full(len(here), -1.0)
    np.maximum.at(worst, home[mine], np.where(late, found.days, -1).max(axis=1, initial=-1)[mine])
    frame["worst_overdue_days"] = pd.array(np.where(worst >= 0, worst, np.nan), dtype="Float64").astype("Int64")
    frame["pct"] = percent(frame["done"], frame["due"])
    small = frame["plants"] <= rules.small_unit
    silent = (frame["listed"] > 0) & (frame["not_reported"] == frame["listed"])
    partly = frame["not_reported"] > rules.max_silent_pct / 100 * frame["listed"]
    conditions = {"silent": silent, "none": frame["plants"] == 0, "small": small, "partly": partly}
    frame["group"] = np.select([*conditions.values()], [*conditions], "ranked")
    if silent.any():
        said = ["plants", "due", "done", "accepted", "overdue", "unclear", "left"]
        frame[said] = frame[said].astype("Int64").mask(silent)
    ranked = frame["group"] == "ranked"
    frame["rank"] = frame["pct"].where(ranked).rank(method="min", ascending=False).astype("Int64")
    labels = [next(b.label for b in rules.bands if pct >= b.min_pct) for pct in frame.loc[ranked, "pct"]]
    frame["band"] = pd.Series(labels, index=frame.index[ranked], dtype="str").reindex(frame.index)
    return frame


def _due(ds: Dataset, milestone: str | None) -> np.ndarray:
    """Where a plant's milestone counts: it binds the plant, and is the one asked for or its last day has passed.

    What is unclear or wasn't reported speaks neither for nor against a unit.
    """
    import numpy as np

    found = grid(ds)
    bound: np.ndarray = ~np.isin(found.state, ["not_applicable", *UNKNOWN])
    if milestone is None:
        last = found.deadline - np.timedelta64(last_day_margin(ds), "D")
        return bound & (last < np.datetime64(ds.as_of, "D"))
    only = np.zeros(bound.shape[1], bool)
    only[found.of(milestone)] = True
    return bound & only
