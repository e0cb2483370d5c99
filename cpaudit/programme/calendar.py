"""Working days: the State Council's holidays and swapped days, a file per year; a year without a file is not published."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from cpaudit.reference import Definition, files, read_definition
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    import numpy as np

#: What is said beside every count that had to guess: see :func:`unpublished`.
ASSUMED = "放假安排未公布，按周一至周五计"


class Notice(Definition):
    """The notice that a year's days are taken from."""

    title: str
    number: str | None = None


class Holiday(Definition):
    """A run of days off, and the Saturdays and Sundays worked in exchange."""

    name: str
    first: dt.date
    last: dt.date
    work: tuple[dt.date, ...] = ()


class HolidayYear(Definition):
    """One year's notices as data; see ``data/reference/holidays``."""

    year: int
    notices: tuple[Notice, ...]
    holidays: tuple[Holiday, ...]

    @model_validator(mode="after")
    def _days_fit(self) -> Self:
        # New Year's days off may begin at the end of the year before.
        first, last = dt.date(self.year - 1, 12, 25), dt.date(self.year, 12, 31)
        off = self.days_off()
        for h in self.holidays:
            if h.first > h.last or not all(first <= d <= last for d in (h.first, h.last, *h.work)):
                raise ValueError(f"{h.name}的日期不在 {self.year} 年内或先后颠倒")
            for day in h.work:
                if day.weekday() < 5 or day in off:
                    raise ValueError(f"{h.name}的调休上班日 {day} 不是周末或同时放假")
        return self

    def days_off(self) -> frozenset[dt.date]:
        """Return every day of the runs."""
        return frozenset(h.first + dt.timedelta(days=n) for h in self.holidays for n in range((h.last - h.first).days + 1))

    def days_worked(self) -> frozenset[dt.date]:
        """Return the Saturdays and Sundays worked in exchange."""
        return frozenset(day for h in self.holidays for day in h.work)


@cache
def holiday_years() -> dict[int, HolidayYear]:
    """Return the years whose holidays are known, oldest first.

    Raises:
        DefinitionError: a file is faulty or is not named after its year.
    """
    from cpaudit.errors import DefinitionError

    found = {}
    for path in files("holidays"):
        year = read_definition(path, HolidayYear)
        if path.stem != str(year.year):
            raise DefinitionError(f"定义文件 data/reference/holidays/{path.name} 内写的是 {year.year} 年，请改文件名或 year。")
        found[year.year] = year
    return found


def is_working_day(day: dt.date) -> bool | None:
    """Return whether people work on a day; None where that year's holidays are not published.

    >>> is_working_day(dt.date(2022, 10, 8)), is_working_day(dt.date(2022, 10, 3)), is_working_day(dt.date(1999, 10, 8))
    (True, False, None)
    """
    off, worked = _days()
    if day in worked:
        return True
    if day in off:
        return False
    return day.weekday() < 5 if day.year in holiday_years() else None


def is_day_off(day: dt.date) -> bool:
    """Return whether a day is off: a holiday or a weekend that isn't worked; in a year that isn't published, a weekend."""
    known = is_working_day(day)
    return day.weekday() >= 5 if known is None else not known


def next_working_day(day: dt.date) -> dt.date:
    """Return the day itself, or the first one after it on which people work.

    >>> next_working_day(dt.date(2022, 1, 31))
    datetime.date(2022, 2, 7)
    """
    while is_day_off(day):
        day += dt.timedelta(days=1)
    return day


def working_days(after: dt.date, until: np.ndarray) -> np.ndarray:
    """Count the working days after ``after`` up to each day of ``until`` (datetime64[D], no NaT), that day included.

    0 where the day lies before. In a year that is not published Monday to Friday count: say so (:func:`unpublished`).

    >>> import numpy as np
    >>> working_days(dt.date(2022, 9, 30), np.array(["2022-10-07", "2022-10-09"], "datetime64[D]")).tolist()
    [0, 2]
    """
    import numpy as np

    off, worked = (np.array(sorted(days), "datetime64[D]") for days in _days())
    one = np.timedelta64(1, "D")
    start, end = np.datetime64(after, "D") + one, until + one
    swapped = np.searchsorted(worked, end) - np.searchsorted(worked, start)
    return np.maximum(np.busday_count(start, end, holidays=off) + swapped, 0)


def unpublished(first: dt.date, last: dt.date) -> tuple[int, ...]:
    """Return the years between two days for which Monday to Friday had to be assumed.

    >>> unpublished(dt.date(2018, 12, 1), dt.date(2022, 1, 1))
    (2018, 2019)
    """
    return tuple(y for y in range(first.year, last.year + 1) if y not in holiday_years())


@cache
def _days() -> tuple[frozenset[dt.date], frozenset[dt.date]]:
    years = holiday_years().values()
    return frozenset().union(*(y.days_off() for y in years)), frozenset().union(*(y.days_worked() for y in years))
