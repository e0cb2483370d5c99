"""Deadlines, conditions and demands of any notice a second time, in plain Python: see :mod:`tests.support.independent`."""

from __future__ import annotations

import calendar
import datetime as dt
from fractions import Fraction
from typing import Any

Row = dict[str, Any]
DAY = dt.timedelta(1)
_LAST = {"quarter": (3, 6, 9, 12), "month": tuple(range(1, 13))}


def months_later(day: dt.date, months: int) -> dt.date:
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def deadline(rule: Row, p: Row, done: dict[str, dt.date | None], step: str, as_of: dt.date) -> dt.date | None:
    """The day by which a plant must have done a step; None where there is none or nobody knows."""
    if "date" in rule:
        return rule["date"]
    if "none" in rule:
        return None
    for key, start in (("days_after_listing", p["listed_on"]), ("months_after_listing", p["listed_on"])):
        if key in rule:
            return start and (start + DAY * rule[key] if key.startswith("days") else months_later(start, rule[key]))
    if "after" in rule:
        start = done.get(rule["after"])
        return start and (start + DAY * rule["days"] if "days" in rule else months_later(start, rule["months"]))
    if "column" in rule:
        said = p["own"].get(rule["column"])
        return said or (deadline(rule["else"], p, done, step, as_of) if "else" in rule else None)
    if "by" in rule:
        case = rule.get(p[rule["by"]], rule.get("else"))
        return deadline(case, p, done, step, as_of) if case else None
    last = done.get(step)
    if last is None:
        return p["listed_on"] and _coming(rule, p["listed_on"])
    covered = _coming(rule, last)
    return covered if covered >= as_of else _coming(rule, covered + DAY)


def _coming(rule: Row, day: dt.date) -> dt.date:
    """The first day of a rhythm on or after a day, found by trying one day after the other."""
    while not _falls(rule, day):
        day += DAY
    return day


def _falls(rule: Row, day: dt.date) -> bool:
    months = _LAST.get(rule["every"], (rule.get("month", 12),))
    end = calendar.monthrange(day.year, day.month)[1]
    return day.month in months and day.day == min(rule.get("day", end), end)


def binds(rule: Row, p: Row, named: set[str]) -> bool | None:  # noqa: PLR0912 - a condition each
    """Whether a condition holds of a plant: yes, no, or (None) nobody knows."""
    found: list[bool | None] = []
    for key, about in (("industries", "industry"), ("rosters", "roster"), ("units", "unit"), ("counties", "county")):
        if key in rule:
            found.append(None if p[about] is None else p[about] in rule[key])
    if "reasons" in rule:
        found.append(None if p["reasons"] is None else any(r in rule["reasons"] for r in p["reasons"].split(";")))
    if "hazardous_waste_t_min" in rule:
        found.append(None if p["hazardous_waste_t"] is None else p["hazardous_waste_t"] >= rule["hazardous_waste_t_min"])
    if rule.get("other_industries"):
        found.append(p["industry"] not in named)
    if rule.get("all_plants"):
        found.append(True)
    for name, wanted in rule.get("attributes", {}).items():
        said = p["own"].get(name)
        if said is None:
            found.append(None)
        elif isinstance(wanted, dict):
            found.append(wanted.get("min", said) <= said <= wanted.get("max", said))
        else:
            found.append(said in wanted if isinstance(wanted, list) else said == wanted)
    found += [binds(each, p, named) for each in rule.get("all", [])]
    if "any" in rule:
        some = [binds(each, p, named) for each in rule["any"]]
        found.append(True if True in some else None if None in some else False)
    if "not" in rule:
        inner = binds(rule["not"], p, named)
        found.append(None if inner is None else not inner)
    if any(f is False for f in found):
        return False
    return None if any(f is None for f in found) else True


def changed(pct: float, before: float | None, after: float | None) -> str:
    """Whether one value changed as asked."""
    if before is None or after is None or before == 0:
        return "cannot_judge"
    by = (Fraction(str(after)) - Fraction(str(before))) / abs(Fraction(str(before))) * 100
    return "attained" if (by <= Fraction(str(pct)) if pct < 0 else by >= Fraction(str(pct))) else "not_attained"


def done(name: str, options: list[Row]) -> str:
    """Whether the plant's options show a measure to be carried out."""
    states = [o["status"] for o in options if name in o["name"]]
    if "implemented" in states:
        return "attained"
    return "cannot_judge" if not states or "unread" in states else "not_attained"


def within(level: int, limits: list[float | None], value: float | None) -> str:
    """Whether a consumption lies within a level of a limit; of a blank one only what meets a stricter one has it."""
    if value is None:
        return "cannot_judge"
    met = [at for at, limit in enumerate(limits, start=1) if limit is not None and value <= limit]
    return "attained" if met and min(met) <= level else "not_attained"
