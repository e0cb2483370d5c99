"""Clocks: the days that a step has, and how much of them has passed.

A day counts for what is usually done on such a day (:class:`Calendar`): an average working day is 1, a day off next to nothing.
A step's window runs from the first day on which it can be taken (so many days after the step before as anybody needed, and not
before the programme's first plants took it) to its deadline. Four clocks, each cut into intervals by
``data/reference/conventions.yaml``:

* ``window``: the share of the window that has passed. Windows are of all lengths, and work spreads over what there is: so the
  end of one window says what the end of the next will bring, to the last day.
* ``short``: the same for windows of a few days, in which the work can't wait.
* ``follow``: the days since the window began, for a step whose deadline is that of the step before (an application,
  say): it isn't put off to a deadline, it follows.
* ``late``: the days since the deadline, or since the window began where that is later.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    import numpy as np

#: More days than any programme has: where the last interval of a clock without an end stops.
FAR = 10.0**6
#: The clock of what is late; those before it are of what is in time.
LATE = 3


#: A kind of day is held to be like all until it has shown itself in about so many steps.
_PRIOR = 20


class Calendar:
    """How much each day counts: by weekday what was done on such working days so far, likewise for days off.

    ``done``: the days on which steps were taken; ``due``: the last days in time; ``days``: others that will be asked about
    (datetime64[D], NaT allowed). A last day counts for no more than any: what a Friday is busy with for the days off after it
    isn't in time.
    """

    def __init__(self, today: dt.date, done: np.ndarray, due: np.ndarray, days: np.ndarray) -> None:
        import numpy as np

        from cpaudit.programme import calendar

        done, due = done[~np.isnat(done)], due[~np.isnat(due)]
        now = np.datetime64(today, "D")
        known = np.concatenate([days[~np.isnat(days)], done, due, [now]])
        self._base = known.min() - 1
        all_ = np.arange(self._base, known.max() + 1)
        counted = calendar.working_days((self._base - 1).item(), all_)
        works = np.diff(counted, prepend=0) > 0
        weekday = (all_.astype(int) + 3) % 7
        kind = np.where(works, np.minimum(weekday, 5), 6)  # 5: a Saturday or Sunday that is worked
        past = all_ <= now
        taken = np.bincount(kind[(done - self._base).astype(int)], minlength=7)
        expected = len(done) * np.bincount(kind[past], minlength=7) / max(int(works[past].sum()), 1)
        weight = (taken + np.where(np.arange(7) < 6, _PRIOR, 0)) / (expected + _PRIOR)
        counts = weight[kind]
        at = (due - self._base).astype(int)
        counts[at] = np.minimum(counts[at], 1)
        self._until = np.concatenate([[0.0], np.cumsum(counts)])

    def before(self, days: np.ndarray) -> np.ndarray:
        """Return how much has passed when each day begins; NaN for NaT."""
        import numpy as np

        open_ = np.isnat(days)
        found: np.ndarray = self._until[np.where(open_, 0, (days - self._base).astype(int))]
        return np.where(open_, np.nan, found)

    def after(self, days: np.ndarray) -> np.ndarray:
        """Return how much has passed when each day ends; NaN for NaT."""
        return self.before(days + 1)


@dataclass(frozen=True, eq=False)
class Clocks:
    """When each step can be taken, and the intervals of the four clocks, all in days as they count.

    By step: ``first`` (when its first day begins), ``gap`` (the fewest days after the step before), both NaN where nobody
    took it; ``follows`` (it goes by the clock ``follow``). By clock (window, short, follow, late): ``edges``, from 0 to the end;
    ``brief``: a window of fewer days is a short one.
    """

    first: np.ndarray
    gap: np.ndarray
    follows: np.ndarray
    edges: tuple[np.ndarray, ...]
    brief: int

    @cached_property
    def part(self) -> np.ndarray:
        """Return the clock of each interval, all intervals in a row."""
        import numpy as np

        return np.repeat(np.arange(4), [len(e) - 1 for e in self.edges])

    def readings(self, step: np.ndarray, entry: np.ndarray, last: np.ndarray, now: np.ndarray) -> np.ndarray:
        """Return what the four clocks (first axis) show at ``now``; the arguments are broadcast.

        ``entry``: when the day of the step before began; ``last``: when the last day in time ends.
        """
        import numpy as np

        start = np.maximum(entry + self.gap[step], self.first[step])
        length = np.maximum(last - start, 0)
        passed = np.clip(now - start, 0, length)
        follows, brief = self.follows[step], length < self.brief
        share = np.where(length > 0, passed / np.maximum(length, 1), 0)
        late = np.maximum(now - np.maximum(last, start), 0)
        own = (~follows & ~brief, ~follows & brief, follows)
        return np.stack(
            np.broadcast_arrays(
                *(np.where(mine, shown, 0) for mine, shown in zip(own, (share, share, passed), strict=True)), late
            )
        )

    @cached_property
    def in_time(self) -> np.ndarray:
        """Return which intervals lie before the deadline."""
        found: np.ndarray = self.part < LATE
        return found

    def spent(self, readings: np.ndarray) -> np.ndarray:
        """Return how much of each interval (last axis) has passed."""
        import numpy as np

        low, high = np.concatenate([e[:-1] for e in self.edges]), np.concatenate([e[1:] for e in self.edges])
        found: np.ndarray = np.clip(np.moveaxis(readings, 0, -1)[..., self.part] - low, 0, high - low)
        return found

    def happened(
        self, before: np.ndarray, after: np.ndarray, taken: np.ndarray, late: np.ndarray, step: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return, by stay and interval, the steps taken and the time spent; readings at the begin and the end of the last day.

        A step that was taken is spread over the working day that it was taken on, and half of that day was spent waiting.
        """
        import numpy as np

        first, last = self.spent(before), self.spent(after)
        day = (last - first) * np.where(late[:, None], ~self.in_time, self.in_time)
        length = day.sum(axis=1, keepdims=True)
        events = np.where(taken[:, None], day / np.where(length > 0, length, 1), 0)
        odd = taken & (length[:, 0] <= 0)  # on a day off, or before anybody else: counted where the clock stood
        stood = np.where(late[:, None], ~self.in_time, self.in_time) & (last > 0)
        events[odd, len(self.part) - 1 - stood[odd, ::-1].argmax(axis=1)] = stood[odd].any(axis=1)
        return events, (first + last) / 2

    def passed(self, rates: np.ndarray, readings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the hazard gathered in time and late, at a rate per interval."""
        import numpy as np

        gathered = []
        for clock, edges in enumerate(self.edges):
            sums = np.concatenate([[0.0], np.cumsum(rates[self.part == clock] * np.diff(edges))])
            gathered.append(np.interp(readings[clock], edges, sums))
        return gathered[0] + gathered[1] + gathered[2], gathered[LATE]
