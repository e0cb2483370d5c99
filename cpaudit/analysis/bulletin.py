"""通报：单位的排名、档次和滞后企业。

The bulletin (通报): units ranked and in bands, small ones apart, completeness and change beside, laggards by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.analysis.basis import statuses, unsaid
from cpaudit.analysis.basis.codes import percent, sums
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
    due), accepted, overdue, unclear (plants; what nobody knows is not counted as due), not_reported, part_unreported, left
    (plants), worst_overdue_days, given_pct and errors
    (see ``completeness``), then for ``earlier``, the same programme's data set at an earlier day: pct_change (points),
    rank_before, accepted_change, overdue_change (all null without one), clause (of the milestones counted). Rows: by rank,
    then the small units, then those without anything due, each in official order.

    Units of up to ``rules.small_unit`` counted plants are never ranked: one plant more or less would turn the order; nor are
    those of which nothing came (``silent``: their counts are null), or not of more than ``rules.max_silent_pct`` of whose plants
    or nodes, or nothing of a whole step that is due (``partly``): who hands in the good ones only would lead; nor those whose
    rank or band hangs on nodes of which nobody knows (``unsettled``). These have no pct. A rank needs two units. Bands and these
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
        changes = [_comparable(*pair) for pair in zip((ds, earlier), unsaid.comparable(ds, earlier), strict=True)]
        for column in ("accepted", "overdue"):
            change = frame["unit"].map(changes[0][column]) - frame["unit"].map(changes[1][column])
            known = frame[column].notna() & before[column].notna().to_numpy()
            frame[f"{column}_change"] = change.astype("Int64").where(known)
    counted = _asked(ds, milestone)
    steps = enumerate(ds.programme.plant_milestones())
    frame["clause"] = "、".join(dict.fromkeys(m.clause for at, m in steps if m.clause and counted[:, at].any()))
    order = {group: at for at, group in enumerate(GROUPS)}
    frame = frame.assign(_g=frame["group"].map(order)).sort_values(["_g", "rank"], kind="stable", na_position="last")
    shown = ["group", "rank", "band", "unit", "listed", "plants", "due", "done", "pct", "accepted", "overdue", "unclear"]
    shown += ["not_reported", "part_unreported", "left", "worst_overdue_days", "given_pct", "errors"]
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
    frame["clause"] = pd.array(["、".join(dict.fromkeys(m.clause for m in each if m.clause)) for each in mine], dtype="str")
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
    accepted, gone = found.done[:, found.of(ds.programme.final.id)], unsaid.gone(ds)
    asked, late = _asked(ds, milestone) & ~gone[:, None], found.overdue
    quiet, unknown = asked & (found.state == "not_reported"), asked & np.isin(found.state, UNKNOWN)
    due = asked & ~unknown
    home = pd.Index(here).get_indexer(pd.Index(ds.plants["unit"]))
    each = {"listed": home >= 0, "plants": due.any(axis=1), "due": due.sum(axis=1), "done": (due & found.done).sum(axis=1)}
    each |= {"accepted": accepted, "overdue": late.any(axis=1), "unclear": (found.state == "unclear").any(axis=1)}
    each |= {"not_reported": statuses.untold(ds), "part_unreported": unsaid.some(ds) & ~statuses.untold(ds), "left": gone}
    each |= {"_unsaid": quiet.sum(axis=1), "_unknown": unknown.sum(axis=1)}
    mine = home >= 0
    frame = pd.DataFrame({"unit": pd.array(here, dtype="str")})
    for column, values in each.items():
        frame[column] = np.bincount(home[mine], weights=values[mine], minlength=len(here)).astype(int)
    worst = np.full(len(here), -1.0)
    np.maximum.at(worst, home[mine], np.where(late, found.days, -1).max(axis=1, initial=-1)[mine])
    frame["worst_overdue_days"] = pd.array(np.where(worst >= 0, worst, np.nan), dtype="Float64").astype("Int64")
    total = frame["due"] + frame["_unknown"]
    silent = (frame["listed"] > 0) & (frame["not_reported"] == frame["listed"])
    blind = unsaid.blind(ds, ds.plants["unit"])
    blind &= sums(dict(zip(found.milestones, quiet.T, strict=True)), ds.plants["unit"]) > 0
    partly = frame["unit"].isin(blind.index[blind.any(axis=1)])
    partly |= frame["not_reported"] > rules.max_silent_pct / 100 * frame["listed"]
    partly |= frame["_unsaid"] > rules.max_silent_pct / 100 * total
    small = (frame["plants"] <= rules.small_unit) & (frame["due"] > 0)
    conditions = {"silent": silent, "none": total == 0, "partly": partly, "small": small}
    open_ = ~np.logical_or.reduce([*conditions.values()])
    conditions["unsettled"] = open_ & ~_settled(frame, open_, rules)
    frame["group"] = np.select([*conditions.values()], [*conditions], "ranked")
    ranked = frame["group"] == "ranked"
    frame["pct"] = percent(frame["done"], frame["due"]).where(ranked | (frame["_unknown"] == 0))
    frame["rank"] = frame["pct"].where(ranked & (ranked.sum() > 1)).rank(method="min", ascending=False).astype("Int64")
    frame["band"] = pd.Series([_band(pct, rules) for pct in frame["pct"]], dtype="str").where(ranked)
    if silent.any():
        said = ["plants", "due", "done", "accepted", "overdue", "unclear", "left"]
        frame[said] = frame[said].astype("Int64").mask(silent)
    return unsaid.muted(ds, frame, "unit")


def _comparable(ds: Dataset, where: np.ndarray) -> pd.DataFrame:
    """Return by unit how many plants are accepted and overdue, of the steps that can be compared with another day."""
    found = grid(ds)
    at = found.of(ds.programme.final.id)
    counts = {"accepted": (found.done & where)[:, at], "overdue": (found.overdue & where).any(axis=1)}
    return sums(counts, ds.plants["unit"])


def _band(pct: float, rules: BulletinRules) -> str | None:
    return next((b.label for b in rules.bands if pct >= b.min_pct), None)  # none of NaN


def _settled(frame: pd.DataFrame, open_: np.ndarray, rules: BulletinRules) -> np.ndarray:
    """Return which units keep rank and band however the nodes turn out of which nobody knows.

    Those whose place hangs on them stand apart, the least certain first, until the order of the rest is certain.
    """
    import numpy as np

    total, unknown = frame["due"] + frame["_unknown"], frame["_unknown"].to_numpy() > 0
    low, high = (percent(done, total).to_numpy() for done in (frame["done"], frame["done"] + frame["_unknown"]))
    kept: np.ndarray = open_ & np.array([_band(a, rules) == _band(b, rules) for a, b in zip(low, high, strict=True)], bool)
    while True:
        meets = (low[:, None] <= high) & (high[:, None] >= low) & kept & kept[:, None]
        hangs = unknown & (meets.sum(axis=1) > 1)  # it meets itself
        if not hangs.any():
            return kept
        kept[np.where(hangs, high - low, -1).argmax()] = False


def _asked(ds: Dataset, milestone: str | None) -> np.ndarray:
    """Where a plant's milestone is due: it may bind the plant, and is the one asked for or its last day has passed."""
    import numpy as np

    found = grid(ds)
    bound: np.ndarray = found.state != "not_applicable"
    if milestone is None:
        last = found.deadline - np.timedelta64(last_day_margin(ds), "D")
        return bound & (last < np.datetime64(ds.as_of, "D"))
    only = np.zeros(bound.shape[1], bool)
    only[found.of(milestone)] = True
    return bound & only
