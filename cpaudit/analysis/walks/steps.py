"""Steps: at what rate plants took the steps of this programme, by the clocks of :mod:`.clocks`, and how units differ.

A step runs from one milestone of the chain to the next (listed → notified → … → accepted). A plant is in it from the day of
the one to the day of the other; is it still in it, the stay is right-censored at the as-of date, or at the day it left. A step
with a result is taken when it is decided; how many pass is counted over all such steps.

The hazard is constant inside an interval: steps taken by the time spent in it, over all steps and plants. A step and a unit
have a factor each on it, one in time and one when late, partially pooled by empirical Bayes. With O steps taken and E expected
by the hazards and factors found so far, it is (1 + τ²·O) / (1 + τ²·E); τ² is the spread between the groups that chance doesn't
explain (gamma-Poisson, by moments: (Σ E·(O/E − 1)² − number of groups) / Σ E, at least 0). So a group with few steps stays
close to all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpaudit.analysis.basis import statuses
from cpaudit.analysis.basis.milestones import UNKNOWN, grid, last_day_margin, placed
from cpaudit.analysis.walks.clocks import FAR, Calendar, Clocks

if TYPE_CHECKING:
    import numpy as np

    from cpaudit.dataset import Dataset
    from cpaudit.programme import Programme
    from cpaudit.programme.conventions import ForecastRules

#: The groups whose steps are counted, from wide to narrow.
GROUPS = ("all", "unit")
#: One plant in so many makes a beginning: of a step's days, and of how soon it follows the one before.
_BEGINNING = 100


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """What past steps say; K steps, step k leads from node k to node k + 1, node 0 is the listing.

    Days count as :mod:`.clocks` says. ``chain`` (the K milestones), ``ahead`` (how much has passed when today begins, ends, and
    when each later day ends), ``clocks``; by plant: ``reached`` (the furthest node), ``since`` (its date), ``entry`` (when that
    day began), ``last`` (plants × K: when each step's last day in time ends), ``factor`` and ``variance`` (plants × K × in
    time, late; the latter of the factor's logarithm), ``taken`` (per key of ``GROUPS``: steps that the plant's group took). By
    interval: ``events`` (steps taken), ``spent`` (time spent by plants), ``seen`` (stays that were in it). ``passing`` (share
    that passes, and its standard error), ``has_result`` (by step).
    """

    chain: tuple[str, ...]
    ahead: np.ndarray
    clocks: Clocks
    reached: np.ndarray
    since: np.ndarray
    entry: np.ndarray
    last: np.ndarray
    factor: np.ndarray
    variance: np.ndarray
    taken: dict[str, np.ndarray]
    events: np.ndarray
    spent: np.ndarray
    seen: np.ndarray
    passing: tuple[float, float]
    has_result: np.ndarray

    def hazard(self, z: float = 0.0) -> np.ndarray:
        """Return the hazard of each interval, ``z`` standard errors of its logarithm higher.

        With e steps taken the error is 1 / √(e + ½); upwards the count itself is e + ½, for what no plant did may be rare.
        """
        import numpy as np

        events = self.events + (0.5 if z > 0 else 0)
        found: np.ndarray = np.where(self.spent > 0, events / np.maximum(self.spent, 1e-9), 0)
        return found * np.exp(z / np.sqrt(self.events + 0.5))


def chain(programme: Programme, milestone: str) -> tuple[str, ...]:
    """Return the milestones that lead to one, itself last.

    >>> from cpaudit.programme import load_programme
    >>> chain(load_programme("hebei-2021-2"), "assessed")
    ('notified', 'registered', 'plan_ready', 'assessment_applied', 'assessed')
    """
    found = [programme.milestone(milestone)]
    own = {m.id for m in programme.plant_milestones()}
    while before := [name for name in found[0].after if name in own]:
        found.insert(0, programme.milestone(before[-1]))
    return tuple(m.id for m in found)


def steps(ds: Dataset, milestone: str, rules: ForecastRules) -> Steps:
    """Return what past steps on the way to a milestone say."""
    import numpy as np

    found = grid(ds)
    nodes = chain(ds.programme, milestone)
    known = [ds.programme.milestone(n) for n in nodes]
    columns = [found.of(n) for n in nodes]
    has_result = np.array([m.has_result for m in known])
    dates, reached = _dates(ds, columns)
    failed = _failed(ds, columns)
    due = found.deadline[:, columns] - np.timedelta64(last_day_margin(ds), "D")
    today = np.datetime64(ds.as_of, "D")
    days = Calendar(ds.as_of, dates[:, 1:].ravel(), due.ravel(), np.concatenate([dates.ravel(), failed.ravel()]))
    entry, last = days.before(dates), days.after(due)
    follows = np.array([at > 0 and m.deadline == known[at - 1].deadline for at, m in enumerate(known)])
    gaps = np.diff(entry, axis=1)
    cuts = ((rules.window, 1.0), (rules.short, 1.0), (rules.follow, FAR), (rules.late, FAR))
    edges = tuple(np.array([0.0, *cut, end]) for cut, end in cuts)
    clocks = Clocks(_firsts(entry[:, 1:]), _firsts(np.where(gaps < 0, np.nan, gaps)), follows, edges, rules.brief)

    unclear = np.isin(found.state[:, columns], UNKNOWN)
    plant, step, ends, taken = _stays(ds, dates, failed, reached, unclear)
    late = ends > due[plant, step]
    before, after = (
        clocks.readings(step, entry[plant, step], last[plant, step], now)
        for now in (np.where(taken, days.before(ends), days.after(ends)), days.after(ends))
    )
    usable = np.isfinite(after).all(axis=0)  # a step without a deadline, or that nobody took, has no clock
    plant, step, taken, late = (a[usable] for a in (plant, step, taken, late))
    events, spent = clocks.happened(before[:, usable], after[:, usable], taken, late, step)
    total = spent.sum(axis=0)
    hazard = np.where(total > 0, events.sum(axis=0) / np.maximum(total, 1e-9), 0)
    expected = np.stack([spent[:, part] @ hazard[part] for part in (clocks.in_time, ~clocks.in_time)], axis=1)
    happened = np.stack([taken & ~late, taken & late], axis=1).astype(float)

    unit = np.unique(ds.plants["unit"].to_numpy(str), return_inverse=True)[1]
    factor = np.ones((len(reached), len(nodes), 2))
    variance = np.zeros_like(factor)
    for key in (np.arange(len(nodes))[None, :, None], unit[:, None, None]):
        group = np.broadcast_to(key * 2 + np.arange(2), factor.shape)
        size = int(group.max(initial=1)) + 1
        mine, spread = _pooled(group[plant, step].ravel(), happened.ravel(), (expected * factor[plant, step]).ravel(), size)
        factor, variance = factor * mine[group], variance + spread[group]
    counts = np.bincount(unit[plant], weights=taken, minlength=int(unit.max(initial=0)) + 1).astype(int)
    at = np.arange(len(dates)), reached
    return Steps(
        chain=nodes,
        ahead=days.before(np.arange(today, np.append(due[~np.isnat(due)], today).max() + 2)),
        clocks=clocks,
        reached=reached,
        since=dates[at],
        entry=entry[at],
        last=last,
        factor=factor,
        variance=variance,
        taken={"all": np.full(len(unit), int(taken.sum())), "unit": counts[unit]},
        events=events.sum(axis=0),
        spent=total,
        seen=(spent > 0).sum(axis=0),
        passing=_passing(dates[:, 1:][:, has_result], failed[:, has_result]),
        has_result=has_result,
    )


def _firsts(values: np.ndarray) -> np.ndarray:
    """Return, by column, the value that the first plant in a hundred (or the very first) has; NaN where none has one."""
    import numpy as np

    at = math.ceil(len(values) / _BEGINNING) - 1
    ranked: np.ndarray = np.sort(values, axis=0)  # NaN comes last
    return ranked[at] if len(values) else np.full(values.shape[1], np.nan)


def _dates(ds: Dataset, columns: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the day of each node by plant, and the furthest node reached (0 where none)."""
    import numpy as np

    listed = ds.plants["listed_on"].to_numpy("datetime64[D]")
    dates = np.column_stack([listed, grid(ds).done_on[:, columns]])
    known = ~np.isnat(dates)
    known[:, 0] = True
    return dates, known.shape[1] - 1 - known[:, ::-1].argmax(axis=1)


def _failed(ds: Dataset, columns: list[int]) -> np.ndarray:
    """Return the day on which each step was failed by plant, NaT where it wasn't."""
    import numpy as np

    found = grid(ds)
    row, column = placed(ds)
    day = ds.events["date"].to_numpy("datetime64[D]")
    mine = (row >= 0) & (column >= 0) & ds.events["result"].eq("failed").to_numpy(bool) & ~np.isnat(day)
    first = np.full(found.state.shape, np.datetime64("9999-12-31"), "datetime64[D]")
    np.minimum.at(first, (row[mine], column[mine]), day[mine])
    stands = (found.state == "failed") & (first <= np.datetime64(ds.as_of, "D"))
    return np.where(stands, first, np.datetime64("NaT"))[:, columns]


def _stays(
    ds: Dataset, dates: np.ndarray, failed: np.ndarray, reached: np.ndarray, unclear: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Return plant, step, last day and whether it was taken (done or failed), an entry per stay.

    Dates that are missing or out of order give none, nor does a step of which nobody knows whether it was taken.
    """
    import numpy as np

    gone = ds.plants["status_since"].to_numpy("datetime64[D]")
    until = np.where(~statuses.left(ds) | np.isnat(gone), np.datetime64(ds.as_of, "D"), gone)
    under_way = (np.arange(failed.shape[1]) == reached[:, None]) & ~unclear
    taken = ~np.isnat(dates[:, 1:]) | (under_way & ~np.isnat(failed))
    decided = np.where(np.isnat(dates[:, 1:]), failed, dates[:, 1:])
    ends = np.where(taken, decided, until[:, None])
    plant, step = np.nonzero((taken | under_way) & (dates[:, :-1] <= ends))  # NaT compares false
    return plant, step, ends[plant, step], taken[plant, step]


def _passing(passed: np.ndarray, failed: np.ndarray) -> tuple[float, float]:
    """Return the share of decided steps that were passed, and its standard error (one failure in two is added)."""
    import numpy as np

    yes, no = int((~np.isnat(passed)).sum()), int((np.isnat(passed) & ~np.isnat(failed)).sum())
    share = (yes + 0.5) / (yes + no + 0.5) if no else 1.0
    return share, math.sqrt(max(share * (1 - share), 0.25 / (yes + no + 1)) / (yes + no + 1))


def _pooled(group: np.ndarray, taken: np.ndarray, expected: np.ndarray, groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each group's factor and the variance of its logarithm."""
    import numpy as np

    seen = np.bincount(group, weights=taken, minlength=groups)
    wanted = np.bincount(group, weights=expected, minlength=groups)
    some = wanted > 0
    excess = ((seen[some] - wanted[some]) ** 2 / wanted[some] - 1).sum()
    spread = max(excess / wanted.sum(), 0.0) if some.any() else 0.0
    return (1 + spread * seen) / (1 + spread * wanted), spread / (1 + spread * seen)
