"""When a plant reaches each milestone: work takes its time, is put off until shortly before a deadline, and sometimes slips."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from cpaudit.programme import Milestone, Programme
from cpaudit.programme.calendar import next_working_day
from cpaudit.programme.deadlines import later
from cpaudit.sample.world.facts import province

#: The day on which the fictitious rosters are published.
LISTED_ON = dt.date(2021, 12, 20)
#: What is asked of a milestone that no file describes.
_USUAL_WORK = 20.0


@dataclass(frozen=True)
class Reached:
    """A milestone reached: ``passed`` is None where nothing is judged."""

    date: dt.date
    passed: bool | None = None
    score: float | None = None


def walk(
    programme: Programme, rng: random.Random, *, permit: bool, slow: float, attained: bool | None, own_deadline: dt.date | None
) -> dict[str, Reached]:
    """Return milestone → when it was reached and what came of it, to the end of the work.

    ``slow``: above 0 the plant takes longer than others; ``attained``: whether its figures reach the target once it is done.
    """
    reached: dict[str, Reached] = {}
    for milestone in programme.plant_milestones():
        if milestone.permit_classes and not permit:
            continue
        before = [reached.get(step) for step in milestone.after]
        if any(b is None or b.passed is False for b in before):
            continue
        previous = max((b.date for b in before if b), default=LISTED_ON)
        due = own_deadline if milestone.final and own_deadline else due_of(milestone)
        day = _day(milestone.id, previous, due, slow, attained, rng)
        if day is None:
            continue
        passed, score = _judged(milestone.id, attained, rng) if milestone.has_result else (None, None)
        reached[milestone.id] = Reached(day, passed, score)
    return reached


def due_of(milestone: Milestone) -> dt.date | None:
    """Return the day by which the notice wants a step."""
    days = milestone.deadline.days_after_listing
    return milestone.deadline.date if days is None else later(LISTED_ON, days=days)


def _day(
    milestone: str, previous: dt.date, due: dt.date | None, slow: float, attained: bool | None, rng: random.Random
) -> dt.date | None:
    steps, habits = province().milestones, province().habits
    step = steps.get(milestone)
    work = step.work if step else _USUAL_WORK
    missing = attained is False and milestone == "implemented"
    if rng.random() < (step.never if step else 0.01) + (habits.not_attained_never * 0.5 if missing else 0.0):
        return None
    took = max(rng.lognormvariate(slow, 0.45) * work, step.least if step else 0.0)
    if missing:
        took += rng.expovariate(1 / habits.not_attained_delay)
    elif attained is False and milestone in ("acceptance_applied", "accepted"):  # put in order first what can be
        took += rng.expovariate(2 / habits.not_attained_delay)
    ready = previous + dt.timedelta(days=max(1 if work < 1 else 0, round(took)))
    day = ready
    if due:
        if rng.random() < (step.put_off if step else 0.5) and ready < due:
            day = max(ready, due - dt.timedelta(days=int(rng.expovariate(1 / habits.before_deadline))))
        if rng.random() < (step.slip if step else 0.05) * (1 + slow):
            day = max(day, due) + dt.timedelta(days=1 + int(rng.expovariate(1 / habits.after_deadline)))
    return next_working_day(max(day, previous))


def _judged(milestone: str, attained: bool | None, rng: random.Random) -> tuple[bool, float]:
    step = province().milestones.get(milestone)
    fails = step.fails if step and step.fails else (0.03, 0.2)
    chance = fails[1] if attained is False else fails[0] if attained else (fails[0] + fails[1]) / 5
    passed = rng.random() >= chance
    middle = 84 if attained else 79
    score = min(97, max(70, round(rng.gauss(middle, 5)))) if passed else min(69, max(40, round(rng.gauss(60, 6))))
    return passed, float(score)
