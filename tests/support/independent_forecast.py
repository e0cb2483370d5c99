"""The forecast a second time, in plain Python, day by day: see :mod:`tests.support.independent`."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from typing import Any

import yaml

from tests.support import independent
from tests.support.independent_progress import DAY, DONE, Row, deadline
from tests.support.paths import REFERENCE

PRIOR = 20


class Calendar:
    """How much of the programme's time has passed when a day begins."""

    def __init__(self, as_of: dt.date, done: list[dt.date], due: list[dt.date], others: list[dt.date]) -> None:
        off, worked = set(), set()
        for path in (REFERENCE / "holidays").glob("*.yaml"):
            for h in yaml.safe_load(path.read_text(encoding="utf-8"))["holidays"]:
                off |= {h["first"] + DAY * n for n in range((h["last"] - h["first"]).days + 1)}
                worked |= set(h.get("work", ()))
        self.base = min([as_of, *done, *due, *others]) - DAY
        days = [self.base + DAY * n for n in range((max([as_of, *done, *due, *others]) - self.base).days + 1)]

        def kind(day: dt.date) -> int:
            if day in worked:
                return 5
            return 6 if day in off or day.weekday() > 4 else day.weekday()

        past = [kind(d) for d in days if d <= as_of]
        working = max(sum(k < 6 for k in past), 1)
        kinds = [kind(d) for d in done]
        weight = {k: (kinds.count(k) + (PRIOR if k < 6 else 0)) / (len(done) * past.count(k) / working + PRIOR) for k in range(7)}
        self.passed = [0.0]
        for day in days:
            self.passed.append(self.passed[-1] + (min(weight[kind(day)], 1) if day in due else weight[kind(day)]))

    def before(self, day: dt.date) -> float:
        return self.passed[(day - self.base).days]

    def after(self, day: dt.date) -> float:
        return self.before(day + DAY)


class Model:
    """What the steps so far say; steps are numbered from 0, in time is 0, late is 1."""

    def __init__(self, notice: Row, rules: Row, plants: list[Row], events: list[Row], as_of: dt.date) -> None:
        self.states = independent.milestone_states(notice, plants, events, as_of)
        names = {m["id"]: m for m in notice["milestones"] if m["scope"] == "plant"}
        chain = ["accepted"]
        while names[chain[0]].get("after"):
            chain.insert(0, names[chain[0]]["after"][-1])
        self.chain, self.steps = chain, [names[n] for n in chain]
        of: dict[str, list[Row]] = defaultdict(list)
        for e in events:
            of[e["plant_id"]].append(e)
        ids = {p["plant_id"]: p for p in plants}
        self.dates = {i: [p["listed_on"], *(_done(p, of[i], n, as_of) for n in chain)] for i, p in ids.items()}
        self.due = {p["plant_id"]: [deadline(p, m) for m in self.steps] for p in plants}
        self.failed = {i: [self._failed(p, of[i], n, as_of) for n in chain] for i, p in ids.items()}
        flat = [d for of in self.dates.values() for d in of[1:] if d]
        others = [d for of in self.failed.values() for d in of if d] + [of[0] for of in self.dates.values() if of[0]]
        self.calendar = Calendar(as_of, flat, [d for of in self.due.values() for d in of if d], others)
        self.follows = [k > 0 and m["deadline"] == self.steps[k - 1]["deadline"] for k, m in enumerate(self.steps)]
        self.brief = rules["brief"]
        clocks = [("window", 1.0), ("short", 1.0), ("follow", math.inf), ("late", math.inf)]
        self.intervals = [
            (clock, low, high)
            for clock, end in clocks
            for low, high in zip([0.0, *rules[clock]], [*rules[clock], end], strict=True)
        ]
        nth = max(math.ceil(len(plants) / 100) - 1, 0)
        self.first, self.gap = [], []
        for k in range(len(chain)):
            days = sorted(self.calendar.before(of[k + 1]) for of in self.dates.values() if of[k + 1])
            gaps = [
                self.calendar.before(of[k + 1]) - self.calendar.before(of[k]) for of in self.dates.values() if of[k + 1] and of[k]
            ]
            gaps = sorted(g for g in gaps if g >= 0)
            self.first.append(days[nth] if len(days) > nth else None)
            self.gap.append(gaps[nth] if len(gaps) > nth else None)
        self.known: dict[tuple[int, float, dt.date, float], list[float]] = {}
        self._learn(plants, as_of)

    def _failed(self, p: Row, events: list[Row], name: str, as_of: dt.date) -> dt.date | None:
        if self.states[p["plant_id"], name] != "failed":
            return None
        mine = [e for e in events if (e["plant_id"], e["milestone"], e["result"]) == (p["plant_id"], name, "failed")]
        return min((e["date"] for e in mine if e["date"] and e["date"] <= as_of), default=None)

    def reached(self, plant: str) -> int:
        return max(n for n, day in enumerate(self.dates[plant]) if day or n == 0)

    def reading(self, k: int, entry: float, due: dt.date, now: float) -> dict[str, float]:
        last = self.calendar.after(due)
        start = max(entry + self.gap[k], self.first[k])
        length = max(last - start, 0)
        passed = min(max(now - start, 0), length)
        share = passed / max(length, 1) if length else 0
        own = "follow" if self.follows[k] else "short" if length < self.brief else "window"
        return {own: passed if own == "follow" else share, "late": max(now - max(last, start), 0)}

    def spent(self, reading: dict[str, float]) -> list[float]:
        return [min(max(reading.get(clock, 0) - low, 0), high - low) for clock, low, high in self.intervals]

    def _learn(self, plants: list[Row], as_of: dt.date) -> None:
        size = len(self.intervals)
        taken, spent, self.seen = [0.0] * size, [0.0] * size, [0] * size
        stays = []
        for p in plants:
            i = p["plant_id"]
            until = as_of if p["status"] in independent.STAYING or not p["status_since"] else p["status_since"]
            for k in range(len(self.chain)):
                entry, end, due = self.dates[i][k], self.dates[i][k + 1], self.due[i][k]
                here = k == self.reached(i) and self.states[i, self.chain[k]] not in ("unclear", "not_reported", "late_unknown")
                end = end or (self.failed[i][k] if here else None)
                took = bool(end)
                end = end or (until if here else None)
                if not entry or not end or entry > end or not due or self.gap[k] is None or self.first[k] is None:
                    continue
                began = self.calendar.before(entry)
                after = self.spent(self.reading(k, began, due, self.calendar.after(end)))
                before = self.spent(self.reading(k, began, due, self.calendar.before(end))) if took else after
                late = end > due
                share = [0.0] * size
                if took:
                    right = [(clock == "late") == late for clock, _, _ in self.intervals]
                    day = [(a - b) * ok for a, b, ok in zip(after, before, right, strict=True)]
                    if sum(day) > 0:
                        share = [d / sum(day) for d in day]
                    elif any(ok and a > 0 for ok, a in zip(right, after, strict=True)):
                        share[max(n for n in range(size) if right[n] and after[n] > 0)] = 1.0
                half = [(a + b) / 2 for a, b in zip(after, before, strict=True)]
                for n in range(size):
                    taken[n] += share[n]
                    spent[n] += half[n]
                    self.seen[n] += half[n] > 0
                stays.append((p, k, half, took, late))
        self.hazard = [t / max(s, 1e-9) if s > 0 else 0.0 for t, s in zip(taken, spent, strict=True)]
        self._factors(plants, stays)
        results = [k for k, m in enumerate(self.steps) if m.get("has_result")]
        yes = sum(bool(of[k + 1]) for of in self.dates.values() for k in results)
        no = sum(bool(self.failed[i][k]) and not self.dates[i][k + 1] for i in self.dates for k in results)
        self.passing = (yes + 0.5) / (yes + no + 0.5) if no else 1.0

    def _factors(self, plants: list[Row], stays: list[Any]) -> None:
        self.factor = {(p["plant_id"], k, late): 1.0 for p in plants for k in range(len(self.chain)) for late in (0, 1)}
        for group in (lambda p, k: k, lambda p, k: p["unit"]):
            seen_: dict[Any, float] = defaultdict(float)
            asked: dict[Any, float] = defaultdict(float)
            for p, k, half, took, was_late in stays:
                for late in (0, 1):
                    mine = [
                        h * s for h, s, (c, _, _) in zip(self.hazard, half, self.intervals, strict=True) if (c == "late") == late
                    ]
                    asked[group(p, k), late] += sum(mine) * self.factor[p["plant_id"], k, late]
                    seen_[group(p, k), late] += took and was_late == late
            some = [g for g in asked if asked[g] > 0]
            total = sum(asked.values())
            spread = max(sum((seen_[g] - asked[g]) ** 2 / asked[g] - 1 for g in some) / total, 0) if some else 0
            named = {p["plant_id"]: p for p in plants}
            for i, k, late in self.factor:
                g = group(named[i], k), late
                self.factor[i, k, late] *= (1 + spread * seen_[g]) / (1 + spread * asked[g])

    def gathered(self, plant: str, k: int, entry: float, now: float) -> float:
        due = self.due[plant][k]
        assert due
        at = k, entry, due, now  # many plants share them
        if at not in self.known:
            parts = [*zip(self.hazard, self.spent(self.reading(*at)), self.intervals, strict=True)]
            self.known[at] = [sum(h * s for h, s, (clock, _, _) in parts if (clock == "late") == late) for late in (0, 1)]
        return sum(part * self.factor[plant, k, late] for late, part in enumerate(self.known[at]))


def chances(notice: Row, rules: Row, plants: list[Row], events: list[Row], as_of: dt.date) -> dict[str, float]:
    """plant → the chance to be accepted in time (plants with a chance to speak of)."""
    model = Model(notice, rules, plants, events, as_of)
    found = {}
    for p in plants:
        i = p["plant_id"]
        last, reached = model.due[i][-1], model.reached(i)
        states = [model.states[i, n] for n in model.chain]
        if states[-1] in {*DONE, "left"} or not last or last < as_of or p["status"] == "unread":
            continue
        if {"unclear", "not_reported", "late_unknown", "failed"} & set(states) or not model.dates[i][reached]:
            continue
        if _scarcest(model, i, last, as_of) >= rules["min_seen"]:
            found[i] = _walked(model, i, last, as_of)
    return found


def _scarcest(model: Model, plant: str, last: dt.date, as_of: dt.date) -> float:
    now, end = model.calendar.after(as_of), model.calendar.after(last)
    least = math.inf
    for k in range(model.reached(plant), len(model.chain)):
        due = model.due[plant][k]
        if not due or model.gap[k] is None or model.first[k] is None:
            return 0
        entry = model.calendar.before(model.dates[plant][k]) if k == model.reached(plant) else now
        start, stop = (model.reading(k, entry, due, at) for at in (now, end))
        for (clock, low, high), seen in zip(model.intervals, model.seen, strict=True):
            if low < stop.get(clock, 0) and high > start.get(clock, 0) and stop[clock] > start.get(clock, 0):
                least = min(least, seen)
    return least


def _walked(model: Model, plant: str, last: dt.date, as_of: dt.date) -> float:
    reached = model.reached(plant)
    share = {(reached, model.calendar.before(model.dates[plant][reached])): 1.0}
    for n in range(1, (last - as_of).days + 1):
        begins, ends = model.calendar.before(as_of + DAY * n), model.calendar.after(as_of + DAY * n)
        for k in range(reached, len(model.chain)):
            passing = model.passing if model.steps[k].get("has_result") else 1.0
            for entry in [e for at, e in share if at == k]:
                more = model.gathered(plant, k, entry, ends) - model.gathered(plant, k, entry, begins)
                flow = share[k, entry] * (1 - math.exp(-more))
                share[k, entry] -= flow
                share[k + 1, begins] = share.get((k + 1, begins), 0.0) + flow * passing
    return sum(amount for (k, _), amount in share.items() if k == len(model.chain))


def _done(p: Row, events: list[Row], name: str, as_of: dt.date) -> dt.date | None:
    mine = [e for e in events if e["plant_id"] == p["plant_id"] and e["milestone"] == name]
    mine = [e for e in mine if (e["date"] or p["listed_on"] or as_of) <= as_of]
    mine = [e for e in mine if e["channel"] == "offline"] or mine
    return min((e["date"] for e in mine if e["result"] in ("done", "passed") and e["date"]), default=None)
