"""Funnel, pace and bulletin a second time, in plain Python: see :mod:`tests.support.independent`."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from tests.support import independent

Row = dict[str, Any]
DONE = {"done_on_time", "done_late", "done_unknown"}
DAY = dt.timedelta(1)


def _steps(notice: Row) -> list[Row]:
    return [m for m in notice["milestones"] if m["scope"] == "plant"]


def deadline(p: Row, m: Row) -> dt.date | None:
    if m.get("final") and p["own_deadline"]:
        return p["own_deadline"]
    rule = m["deadline"]
    return rule.get("date") or (p["listed_on"] + DAY * rule["days_after_listing"] if p["listed_on"] else None)


def _silent(notice: Row, p: Row) -> bool:
    """Whether nothing came of a plant's progress; one that left said so."""
    steps = {m["id"] for m in _steps(notice)}
    return p["status"] in independent.STAYING and not steps & p.get("told", steps)


def funnel(notice: Row, plants: list[Row], events: list[Row], as_of: dt.date) -> dict[str, tuple[int, int]]:
    """item → plants in all, plants among those that stay."""
    states = independent.milestone_states(notice, plants, events, as_of)
    found: dict[str, tuple[int, int]] = {}

    def count(item: str, of: Any) -> None:
        all_, staying = found.get(item, (0, 0))
        stays = of["status"] in independent.STAYING or states[of["plant_id"], "accepted"] in (*DONE, "unclear")
        found[item] = (all_ + 1, staying + stays)

    for p in plants:
        count("listed", p)
        for m in ("notified", "registered", "assessed", "implemented", "accepted"):
            if states[p["plant_id"], m] in DONE:
                count(m, p)
        if any(states[p["plant_id"], m["id"]] == "failed" for m in _steps(notice)):
            count("failed", p)
        if any(states[p["plant_id"], m["id"]] == "unclear" for m in _steps(notice)):
            count("unclear", p)
        if _silent(notice, p):
            count("not_reported", p)
        elif any(states[p["plant_id"], m["id"]] == "not_reported" for m in _steps(notice)):
            count("part_unreported", p)
        if p["status"] == "unread":
            count("status_unread", p)
        elif p["status"] != "active" and states[p["plant_id"], "accepted"] not in (*DONE, "unclear"):
            count(p["status"], p)
    return found


def expected(notice: Row, p: Row, m: Row, day: dt.date) -> float | None:
    """The share of a plant's milestone that the even pace asks for by a day."""
    last = deadline(p, m)
    if last is None:
        return None
    start, at = None, m
    while at.get("after"):
        at = next(x for x in _steps(notice) if x["id"] == at["after"][-1])
        before = deadline(p, at)
        if before is not None and before < last:
            start = before
            break
    else:
        start = p["listed_on"]
    if start is None or start >= last:
        return float(day >= last)
    return min(1.0, max(0.0, (day - start).days / (last - start).days))


def open_nodes(notice: Row, plants: list[Row], events: list[Row], as_of: dt.date) -> dict[str, int]:
    """unit → milestones whose day has passed and of which nobody knows whether they bind, are done or are late."""
    states = independent.milestone_states(notice, plants, events, as_of)
    found: dict[str, int] = defaultdict(int)
    for p in plants:
        final = states[p["plant_id"], "accepted"]
        if p["status"] not in independent.STAYING and final not in (*DONE, "unclear"):
            continue
        for m in _steps(notice):
            last = deadline(p, m)
            unknown = states[p["plant_id"], m["id"]] in ("applies_unknown", "unclear", "not_reported", "late_unknown")
            found[p["unit"]] += bool(unknown and last and last < as_of)
    return found


def due(notice: Row, plants: list[Row], events: list[Row], as_of: dt.date) -> dict[str, tuple[int, int]]:
    """unit → milestones whose day has passed, and those of them that are done."""
    states = independent.milestone_states(notice, plants, events, as_of)
    found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for p in plants:
        if p["status"] not in independent.STAYING and states[p["plant_id"], "accepted"] not in (*DONE, "unclear"):
            continue  # of who left with an unclear end nobody knows whether it left without it
        for m in _steps(notice):
            state, last = states[p["plant_id"], m["id"]], deadline(p, m)
            if (
                state not in ("not_applicable", "applies_unknown", "unclear", "not_reported", "late_unknown")
                and last
                and last < as_of
            ):
                asked, did = found[p["unit"]]
                found[p["unit"]] = (asked + 1, did + (state in DONE))
    return found
