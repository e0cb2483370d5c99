"""Days and scores that can't be, or hardly: years before the programme, over 100, against the result; limits are data."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

from cpaudit.reference import Definition, read_definition, root
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from cpaudit.loaders.tables.reader import Row
    from cpaudit.programme import Programme


class _Days(Definition):
    before_listing: int
    earliest: dt.date
    years_ahead: int


class _Scores(Definition):
    least: float
    most: float
    fails_below: float
    passes_from: float


class Plausible(Definition):
    """The limits of ``data/reference/days_and_scores.yaml``; all are the workbench's own."""

    basis: Literal["工作台约定"]
    days: _Days
    scores: _Scores


@cache
def limits() -> Plausible:
    """Return the limits in use.

    >>> limits().scores.most
    100.0
    """
    return read_definition(root() / "days_and_scores.yaml", Plausible)


def possible(row: Row, column: str, label: str, found: dt.date, plant_id: str | None, *, future: bool) -> bool:
    """Whether a day can be what the column says; what is wrong with it is told."""
    load, rule = row.sheet.load, limits().days
    holes = {"field": label, "value": found}
    if found > load.as_of and not future:
        row.tell("date_in_future", column, plant_id, **holes, as_of=load.as_of)
        return False
    if found.year > load.as_of.year + rule.years_ahead:
        row.tell("date_far_ahead", column, plant_id, **holes, as_of=load.as_of)
        return False
    earliest, listed = rule.earliest, None
    if plant_id is None:
        of_this_batch = column == "date"
    elif of_this_batch := column.startswith("event:"):  # rosters' own days are read before there are plants
        plant = load.plant(plant_id)
        of_this_batch = plant.get("cohort") in (None, load.programme.id)
        of_this_batch &= "cohort" not in (plant.get("unread_fields") or "").split(";")
        listed = plant.get("listed_on") if of_this_batch else None
        listed = listed.date() if isinstance(listed, dt.datetime) else listed  # a snapshot's own roster holds time stamps
    if of_this_batch:
        earliest = (listed or _begins(load.programme)) - dt.timedelta(days=rule.before_listing)
    if found < earliest:
        row.tell("date_too_early", column, plant_id, **holes, earliest=earliest)
        return False
    if listed and found < listed:
        row.tell("date_before_listing", column, plant_id, **holes, listed=listed)
    return True


def _begins(programme: Programme) -> dt.date:
    """Return the first day of the year before the programme's first deadline: no list is older."""
    days = [m.deadline.date for m in programme.milestones if m.deadline and m.deadline.date]
    return dt.date(min(days).year - 1, 1, 1) if days else limits().days.earliest


def score(row: Row, milestone: str, label: str, plant_id: str, result: str) -> float | None:
    """Return the score of a step; one that can't be isn't adopted, one that its result contradicts is asked about."""
    column, rule = f"score:{milestone}", limits().scores
    found = row.number(column, f"{label}得分", plant_id)
    if found is None:
        return None
    if not rule.least <= found <= rule.most:
        holes = {"field": f"{label}得分", "least": f"{rule.least:g}", "most": f"{rule.most:g}"}
        row.tell("score_out_of_range", column, plant_id, value=f"{found:g}", **holes)
        return None
    against = {"passed": found < rule.fails_below, "failed": found >= rule.passes_from}.get(result, False)
    if against:
        said = {"passed": "通过", "failed": "未通过"}[result]
        mark = f"低于 {rule.fails_below:g}" if result == "passed" else f"不低于 {rule.passes_from:g}"
        row.tell("score_against_result", column, plant_id, value=f"{found:g}", field=label, result=said, mark=mark)
    return found
