"""Outcomes: what the events say of each milestone: done and when, failed, or unclear as they contradict each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cpaudit.fields import UNREAD

if TYPE_CHECKING:
    import numpy as np

    from cpaudit.dataset import Dataset

_NEVER = -(2**62)


class Outcomes(NamedTuple):
    """By row and step: the day that it was done (NaT: not), whether that is an offline one, whether it failed, is unclear."""

    done_on: np.ndarray
    offline: np.ndarray
    failed: np.ndarray
    unclear: np.ndarray


def reached(
    ds: Dataset, row: np.ndarray, column: np.ndarray, shape: tuple[int, int], since: np.ndarray | None = None
) -> Outcomes:
    """Return what the events up to the as-of date come to.

    ``row``, ``column``: to which cell each event belongs (-1: to none). Events whose date nobody knows count from ``since`` on
    (by row: the day of listing). What is offline counts, online where there is nothing offline; where one side passed and the
    other failed, nobody knows until someone decides. Within a side the last word counts: what failed after it was passed is
    revoked, what is passed after it failed is done from then on; on one day, or with a day unknown, the two are unclear.
    """
    import numpy as np

    day = ds.events["date"].to_numpy("datetime64[D]")
    today = np.datetime64(ds.as_of, "D")
    undated = np.isnat(day) & (True if since is None else ~(since[row] > today))
    keep = (row >= 0) & (column >= 0) & ((day <= today) | undated)
    cell, paper = row * shape[1] + column, ds.events["channel"].eq("offline").to_numpy(bool)
    sides = [_side(ds, cell[where], where, shape[0] * shape[1]) for where in (keep & paper, keep & ~paper)]
    there = np.zeros(shape[0] * shape[1], bool)
    there[cell[keep & paper]] = True
    (done, lost, unread), (other_done, other_lost, other_unread) = sides
    at_odds = (~np.isnat(done) & other_lost) | (lost & ~np.isnat(other_done))
    done_on = np.where(at_odds, np.datetime64("NaT"), np.where(there, done, other_done))
    failed = np.where(there, lost, other_lost) & ~at_odds
    unclear = np.where(there, unread, other_unread) | at_odds
    return Outcomes(*(each.reshape(shape) for each in (done_on, there, failed, unclear)))


def _side(ds: Dataset, cell: np.ndarray, where: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return done_on, failed, unclear of one channel, flat."""
    import numpy as np

    day = ds.events["date"].to_numpy("datetime64[D]")[where]
    result = ds.events["result"].to_numpy(object)[where]
    number = np.where(np.isnat(day), _NEVER, day.astype(np.int64))
    dated, lost, unread = ~np.isnat(day), result == "failed", result == UNREAD
    won = ~lost & ~unread

    def last(of: np.ndarray) -> np.ndarray:
        found = np.full(size, _NEVER)
        np.maximum.at(found, cell[of], number[of])
        return found

    def some(of: np.ndarray) -> np.ndarray:
        found = np.zeros(size, bool)
        found[cell[of]] = True
        return found

    last_won, last_lost = last(won & dated), last(lost & dated)
    counted = won & dated & (number > last_lost[cell])
    first = np.full(size, -_NEVER)
    np.minimum.at(first, cell[counted], number[counted])
    any_won, any_lost = some(won), some(lost)
    unclear = some(unread & (~dated | (number >= np.maximum(last_won, last_lost)[cell]))) | some(won & ~dated)
    unclear |= (any_won & some(lost & ~dated)) | (any_won & any_lost & (last_won == last_lost))
    done = (first != -_NEVER) & ~unclear
    done_on = np.where(done, np.where(done, first, 0).astype("datetime64[D]"), np.datetime64("NaT"))
    return done_on, any_lost & ~done & ~unclear, unclear
