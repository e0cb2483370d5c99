"""Funnel, pace, bulletin and forecast a second time, in plain Python: see :mod:`tests.support.independent`."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from typing import Any

from tests.support import independent

Row = dict[str, Any]
DONE = {"done_on_time", "done_late"}
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
        stays = of["status"] in independent.STAYING or states[of["plant_id"], "accepted"] in DONE
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
        if p["status"] == "unread":
            count("status_unread", p)
        elif p["status"] != "active" and states[p["plant_id"], "accepted"] not in DONE:
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


def due(notice: Row, plants: list[Row], events: list[Row], as_of: dt.date) -> dict[str, tuple[int, int]]:
    """unit → milestones whose day has passed, and those of them that are done."""
    states = independent.milestone_states(notice, plants, events, as_of)
    found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for p in plants:
        if p["status"] not in independent.STAYING and states[p["plant_id"], "accepted"] not in DONE:
            continue
        for m in _steps(notice):
            state, last = states[p["plant_id"], m["id"]], deadline(p, m)
            if state not in ("not_applicable", "applies_unknown", "unclear", "not_reported") and last and last < as_of:
                asked, did = found[p["unit"]]
                found[p["unit"]] = (asked + 1, did + (state in DONE))
    return found


def chances(notice: Row, rules: Row, plants: list[Row], events: list[Row], as_of: dt.date) -> dict[str, float]:
    """plant → the chance to be accepted in time, day by day with plain numbers (plants with a chance to speak of)."""
    states = independent.milestone_states(notice, plants, events, as_of)
    names = {m["id"]: m for m in _steps(notice)}
    chain = ["accepted"]
    while names[chain[0]].get("after"):
        chain.insert(0, names[chain[0]]["after"][-1])
    starts = [-(10**9), *rules["intervals"]]

    def interval(day: int) -> int:
        return max(n for n, start in enumerate(starts) if start <= day)

    dates = {p["plant_id"]: [p["listed_on"], *_done(p, events, chain, as_of)] for p in plants}
    unclear = {key for key, state in states.items() if state in ("unclear", "not_reported")}
    stays = _stays(plants, dates, [names[n] for n in chain], as_of, unclear)
    taken, spent, seen = ([0] * len(starts) for _ in range(3))
    for _, _, days, took in stays:
        for at in {interval(d) for d in days}:
            seen[at] += 1
        for d in days:
            spent[interval(d)] += 1
        if took:
            taken[interval(days[-1])] += 1
    hazard = [t / max(s, 1) for t, s in zip(taken, spent, strict=True)]
    own = [sum(hazard[interval(d)] for d in days) for _, _, days, _ in stays]
    factor = _factors(plants, len(chain), stays, own)
    found = {}
    for p in plants:
        last, nodes = deadline(p, names["accepted"]), dates[p["plant_id"]]
        if states[p["plant_id"], "accepted"] in {*DONE, "left"} or not last or last < as_of:
            continue
        reached = max(n for n, day in enumerate(nodes) if day or n == 0)
        if p["status"] == "unread" or any((p["plant_id"], n) in unclear for n in chain):
            continue
        if not nodes[reached]:  # no day to start from: the listing's is open, and nothing was done
            continue
        share = [float(n == reached) for n in range(len(nodes))]
        met = set()
        for n in range(1, (last - as_of).days + 1):
            for k in range(reached, len(chain)):
                at = interval((as_of + DAY * n - deadline(p, names[chain[k]])).days)
                met.add(at)
                flow = share[k] * (1 - math.pow(1 - hazard[at], factor[p["plant_id"], k]))
                share[k], share[k + 1] = share[k] - flow, share[k + 1] + flow
        if all(seen[at] >= rules["min_seen"] for at in met):
            found[p["plant_id"]] = share[-1]
    return found


def _done(p: Row, events: list[Row], chain: list[str], as_of: dt.date) -> list[dt.date | None]:
    found = []
    for name in chain:
        mine = [e for e in events if e["plant_id"] == p["plant_id"] and e["milestone"] == name]
        mine = [e for e in mine if (e["date"] or p["listed_on"] or as_of) <= as_of]
        mine = [e for e in mine if e["channel"] == "offline"] or mine
        found.append(min((e["date"] for e in mine if e["result"] in ("done", "passed")), default=None))
    return found


def _stays(plants: list[Row], dates: Row, steps: list[Row], as_of: dt.date, unclear: set[Any]) -> list[Any]:
    """Plant, step, the days (after the step's deadline) in it, whether it was taken."""
    stays = []
    for p in plants:
        nodes = dates[p["plant_id"]]
        reached = max(n for n, day in enumerate(nodes) if day or n == 0)
        until = as_of if p["status"] in independent.STAYING or not p["status_since"] else p["status_since"]
        for k, m in enumerate(steps):
            end = nodes[k + 1] or (until if k == reached and (p["plant_id"], m["id"]) not in unclear else None)
            last = deadline(p, m)
            if nodes[k] and end and last and nodes[k] <= end:
                days = [(nodes[k] + DAY * n - last).days for n in range((end - nodes[k]).days + 1)]
                stays.append((p, k, days, bool(nodes[k + 1])))
    return stays


def _factors(plants: list[Row], steps: int, stays: list[Any], own: list[float]) -> dict[tuple[str, int], float]:
    factor = {(p["plant_id"], k): 1.0 for p in plants for k in range(steps)}
    groups: list[Any] = [
        lambda p, k: k,
        lambda p, k: p["unit"],
        lambda p, k: p["industry"],
        lambda p, k: (p["unit"], p["industry"]),
    ]
    for group in groups:
        seen_, asked = defaultdict(float), defaultdict(float)
        for (p, k, _, took), e in zip(stays, own, strict=True):
            seen_[group(p, k)] += took
            asked[group(p, k)] += e * factor[p["plant_id"], k]
        some = [g for g in asked if asked[g] > 0]
        total = sum(asked.values())
        spread = max(sum((seen_[g] - asked[g]) ** 2 / asked[g] - 1 for g in some) / total, 0) if some else 0
        for p in plants:
            for k in range(steps):
                g = group(p, k)
                factor[p["plant_id"], k] *= (1 + spread * seen_[g]) / (1 + spread * asked[g])
    return factor
