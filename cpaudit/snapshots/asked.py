"""Which snapshot serves a day that is asked for: the one meaning of “as of”, for commands, pages, reports and Python alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.errors import UsageError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence


def serving(days: Sequence[dt.date], asked: dt.date | None, *, projecting: bool = False) -> dt.date:
    """Return the day whose snapshot serves a day: the newest not later than it, else the first, to be cut back.

    ``days``: a programme's snapshots, oldest first, at least one; ``asked`` None takes the newest. ``projecting``: a day later
    than all of them may be asked for, to see what would be if nothing more came in.

    >>> import datetime as dt
    >>> days = [dt.date(2022, 6, 1), dt.date(2022, 11, 15)]
    >>> [str(serving(days, dt.date(2022, month, 1))) for month in (3, 6, 10)]
    ['2022-06-01', '2022-06-01', '2022-06-01']

    Raises:
        UsageError: the day is later than the data.
    """
    if asked is None:
        return days[-1]
    if asked > days[-1] and not projecting:
        raise UsageError(
            f"数据最新到 {days[-1]}，没有 {asked} 的情况；请改看 {days[-1]} 或更早的日期，或先用 cpaudit load 读取更新的报表。"
        )
    return next((day for day in reversed(days) if day <= asked), days[0])


def before(days: Sequence[dt.date], asked: dt.date, served_by: dt.date) -> dt.date | None:
    """Return the day of the snapshot to compare with: the newest before both the day and its own snapshot; None without one.

    >>> import datetime as dt
    >>> days = [dt.date(2022, 6, 1), dt.date(2022, 11, 15)]
    >>> before(days, dt.date(2022, 10, 1), days[0]) is None, str(before(days, days[1], days[1]))
    (True, '2022-06-01')
    """
    return next((day for day in reversed(days) if day < min(asked, served_by)), None)
