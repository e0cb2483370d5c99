"""Chances: the share of plants that is through by a day, if the steps left are taken as :mod:`.steps` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from cpaudit.analysis.walks.steps import Steps


def seen(known: Steps, rows: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Return, by plant, in how many stays the scarcest interval was that a step left may still meet; 0: a step has no clock.

    ``days``: natural days from today to each plant's last.
    """
    import numpy as np

    least = np.full(len(rows), np.iinfo(int).max)
    low, high = (np.concatenate([e[cut] for e in known.clocks.edges]) for cut in (slice(None, -1), slice(1, None)))
    for k in range(len(known.chain)):
        at_hand = known.reached[rows] == k
        entry = np.where(at_hand, known.entry[rows], known.ahead[1])
        step = np.full(len(rows), k)
        start, stop = (
            known.clocks.readings(step, entry, known.last[rows, k], now)[known.clocks.part].T
            for now in (np.full(len(rows), known.ahead[1]), known.ahead[days + 1])
        )
        met = (low < stop) & (high > start) & (stop > start)
        worst = np.where(met, known.seen, np.iinfo(int).max).min(axis=1)
        dated = np.isfinite(start).all(axis=1) & np.isfinite(stop).all(axis=1)
        left = known.reached[rows] <= k
        least = np.where(left, np.minimum(least, np.where(dated, worst, 0)), least)
    return least


def chances(known: Steps, rows: np.ndarray, days: np.ndarray, errors: tuple[float, ...]) -> np.ndarray:
    """Return the chance of each plant to take all steps left by its last day, for hazards and factors so many errors higher."""
    import numpy as np

    found = np.zeros((len(errors), len(rows)))
    _, group = np.unique(np.column_stack([known.last[rows], days]), axis=0, return_inverse=True, equal_nan=True)
    for code in range(int(group.max(initial=-1)) + 1):
        mine = np.flatnonzero(group == code)
        for n, z in enumerate(errors):
            found[n, mine] = _through(known, rows[mine], int(days[mine[0]]), z)
    return np.clip(found, 0, 1)


def _through(known: Steps, rows: np.ndarray, days: int, z: float) -> np.ndarray:
    """Return the chances of plants that have deadlines and days left in common.

    From the last step backwards: the chance of whoever enters a step on a day, by factors and day; then of those in it today.
    """
    import numpy as np

    clocks, rates, reached, last = known.clocks, known.hazard(z), known.reached[rows], known.last[rows[0]]
    _, one, like = np.unique(known.factor[rows].reshape(len(rows), -1), axis=0, return_index=True, return_inverse=True)
    factor = known.factor[rows[one]] * np.exp(z * np.sqrt(known.variance[rows[one]]))
    share, error = known.passing
    begins, ends = known.ahead[: days + 1], known.ahead[: days + 2]  # of today and the days to come; before them today's begin
    chance = np.empty(len(rows))
    after = np.ones((len(one), days + 1))  # of whoever enters the step after on each of the days
    for k in range(len(known.chain) - 1, int(reached.min()) - 1, -1):
        passing = min(max(share + z * error, 0.0), 1.0) if known.has_result[k] else 1.0
        step, mine = np.full(1, k), np.flatnonzero(reached == k)
        in_time, late = clocks.passed(rates, clocks.readings(step, known.entry[rows[mine], None], last[k], ends[1:]))
        own = factor[like[mine], k]
        left = np.exp(-own[:, :1] * (in_time - in_time[:, :1]) - own[:, 1:] * (late - late[:, :1]))
        chance[mine] = passing * ((left[:, :-1] - left[:, 1:]) * after[like[mine], 1:]).sum(axis=1)
        if k > int(reached.min()):
            in_time, late = clocks.passed(rates, clocks.readings(step, begins[:, None], last[k], ends))
            left = np.exp(-factor[:, k, 0, None, None] * in_time - factor[:, k, 1, None, None] * late)
            after = passing * np.einsum("ued,ud->ue", left[:, :, :-1] - left[:, :, 1:], after)
    return chance
