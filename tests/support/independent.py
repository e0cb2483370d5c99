"""The programme's rules a second time, in plain Python: no pandas, no polars, nothing of cpaudit but the data's own rows.

Slow and simple on purpose: the numbers of pages and reports are compared with what this computes.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from typing import Any

import chinese_calendar
import yaml

from tests.support.paths import REFERENCE

Row = dict[str, Any]
NONE = 4  # below level III
SETTLED = ("done_on_time", "done_late", "done_unknown", "unclear", "left")  # whether or not anybody knows that it had to be done
STAYING = ("active", "unread")  # of the latter nobody knows that they left


def read(name: str) -> Any:
    return yaml.load((REFERENCE / name).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def rows(frame: Any) -> list[Row]:
    """Records of a frame with None for what is missing and dates for timestamps."""
    clean = frame.astype(object).where(frame.notna(), None)
    return [{k: v.date() if hasattr(v, "date") else v for k, v in r.items()} for r in clean.to_dict("records")]


# -- progress


def plants(ds: Any) -> list[Row]:
    """The plants with the milestones that a row of a return or export has a cell for: those that something came of."""
    told: dict[str, set[str]] = defaultdict(set)
    for r in rows(ds.returns):
        if r["state"] == "received" and r["plant_id"]:
            told[r["plant_id"]] |= set((r["milestones"] or "").split(";"))
    return [p | {"told": told[p["plant_id"]]} for p in rows(ds.plants)]


def milestone_states(notice: Row, plants: list[Row], events: list[Row], as_of: dt.date) -> dict[tuple[str, str], str]:
    happened: dict[tuple[str, str], dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    listed = {p["plant_id"]: p["listed_on"] for p in plants}
    for e in events:
        # what has no date that anybody can read may be of any day since the plant was listed
        if e["plant_id"] and (e["date"] or listed.get(e["plant_id"]) or as_of) <= as_of:
            happened[e["plant_id"], e["milestone"]][e["channel"]].append(e)
    states = {}
    for p in plants:
        for m in notice["milestones"]:
            if m["scope"] != "plant":
                continue
            key = (p["plant_id"], m["id"])
            if m.get("permit_classes") and p["permit_class"] and p["permit_class"] not in m["permit_classes"]:
                states[key] = "not_applicable"
                continue
            states[key] = _state(notice, p, m, happened[key], as_of)
            if m.get("permit_classes") and not p["permit_class"] and states[key] not in SETTLED:
                states[key] = "applies_unknown"
    return states


def _deadline(notice: Row, p: Row, m: Row) -> dt.date | None:
    if m.get("final") and p["own_deadline"]:
        return p["own_deadline"]
    rule = m["deadline"]
    day = rule.get("date") or (p["listed_on"] + dt.timedelta(rule["days_after_listing"]) if p["listed_on"] else None)
    while day and _choice(notice, "holidays", "as_printed") != "as_printed" and not chinese_calendar.is_workday(day):
        day += dt.timedelta(1)
    return day


def ended(channel: list[Row]) -> tuple[str, dt.date | None]:
    """How one channel's events end: the word, and the day it has been so."""
    if not channel:
        return "nothing", None
    days = sorted({e["date"] for e in channel if e["date"]})
    if any(not e["date"] for e in channel) and len(channel) > 1:
        words = {"good" if e["result"] in ("done", "passed") else e["result"] for e in channel}
        return (words.pop(), None) if words == {"failed"} else ("unread", None)
    if not days:
        return ("failed" if channel[0]["result"] == "failed" else "unread"), None
    word, since = "", None
    for day in days:
        said = {"good" if e["result"] in ("done", "passed") else e["result"] for e in channel if e["date"] == day}
        now = said.pop() if len(said) == 1 else "unread"
        if now != "good" or word in ("", "failed"):  # good days after a good one, or after what nobody understands, move nothing
            since = day if now != word else since
            word = now
        elif word == "unread" and now == "good":
            lost = max((e["date"] for e in channel if e["date"] and e["date"] < day and e["result"] == "failed"), default=None)
            good = [e["date"] for e in channel if e["date"] and e["result"] in ("done", "passed")]
            word, since = now, min(d for d in good if not lost or d > lost)
    return word, since


def outcome(seen: dict[str, list[Row]]) -> tuple[str, dt.date | None]:
    """What both channels come to: what is on paper, unless one says passed and the other failed."""
    paper, wire = ended(seen.get("offline") or []), ended(seen.get("online") or [])
    if {paper[0], wire[0]} == {"good", "failed"}:
        return "unread", None
    return wire if paper[0] == "nothing" else paper


def _state(notice: Row, p: Row, m: Row, seen: dict[str, list[Row]], as_of: dt.date) -> str:
    deadline = _deadline(notice, p, m)
    word, since = outcome(seen)
    if word == "good" and m.get("final") and "own_deadline" in (p.get("unread_fields") or ""):
        return "done_unknown"
    if word == "good":
        return "done_on_time" if deadline is None or since <= deadline else "done_late"
    if word == "unread":
        return "unclear"
    if p["status"] not in STAYING:
        late = deadline is not None and as_of > deadline and _choice(notice, "suspension", "left") == "overdue_stays"
        if late and not p["status_since"]:
            return "late_unknown"  # whether it was late by then
        if not late or p["status_since"] <= deadline:
            return "left"
    if word == "failed":
        return "failed"
    if m["id"] not in p.get("told", {m["id"]}):
        return "not_reported"
    if m.get("final") and "own_deadline" in (p.get("unread_fields") or ""):
        return "late_unknown"
    if deadline is None:
        return "not_due"
    if as_of > deadline:
        return "late_unknown" if p["status"] == "unread" else "overdue"
    return "due_soon" if (deadline - as_of).days <= notice["due_soon_days"] else "not_due"


def wrong_cells(problems: list[Row]) -> set[tuple[Any, ...]]:
    """Cells with an open error, or where both channels contradict each other."""
    grave = (p for p in problems if p["severity"] == "error" or p["code"] == "online_offline_differ")
    return {(p["file"], p["sheet"], p["cell"]) for p in grave}


def in_doubt(
    notice: Row, states: dict[tuple[str, str], str], events: list[Row], problems: list[Row], as_of: dt.date
) -> set[tuple[str, str]]:
    """(plant, milestone) that nobody should be accused of: its cell is wrong, or what it follows is unknown."""
    wrong = wrong_cells(problems)
    found = {
        (e["plant_id"], e["milestone"])
        for e in events
        if e["plant_id"] and (e["file"], e["sheet"], e["cell"]) in wrong and not (e["date"] and e["date"] > as_of)
    }
    after = {m["id"]: m.get("after") or [] for m in notice["milestones"] if m["scope"] == "plant"}

    def hangs(plant: str, milestone: str) -> bool:
        return any(
            states.get((plant, b)) in ("unclear", "not_reported", "late_unknown") or hangs(plant, b)
            for b in after.get(milestone, [])
        )

    return found | {(p, m) for p, m in states if hangs(p, m)}


def progress(notice: Row, plants: list[Row], events: list[Row], as_of: dt.date) -> dict[str, int]:
    states = milestone_states(notice, plants, events, as_of)
    ids = [p["plant_id"] for p in plants]
    done = {"done_on_time", "done_late", "done_unknown"}

    def count(milestone: str) -> int:
        return sum(states[i, milestone] in done for i in ids)

    def having(state: str) -> int:
        return len({i for (i, _), s in states.items() if s == state})

    late = {i for (i, _), s in states.items() if s == "overdue"}
    for p in plants:
        for m in notice["milestones"]:
            over = (last := _deadline(notice, p, m)) if m["scope"] == "plant" else None
            if over and last < as_of and states[p["plant_id"], m["id"]] == "failed" and p["status"] == "active":
                late.add(p["plant_id"])

    return {
        "listed": len(plants),
        **{m: count(m) for m in ("notified", "registered", "assessed", "implemented", "accepted")},
        "overdue": len(late),
        "due_soon": having("due_soon"),
        "failed": having("failed"),
        "unclear": having("unclear"),
        "left": sum(p["status"] not in STAYING and states[p["plant_id"], "accepted"] not in {*done, "unclear"} for p in plants),
        "status_unread": sum(p["status"] == "unread" for p in plants),
    }


# -- scoring


@cache
def indicator_systems() -> dict[str, Row]:
    found = {}
    for path in sorted((REFERENCE / "indicator_systems").glob("*.yaml")):
        found[path.stem] = yaml.load(path.read_text(encoding="utf-8"), Loader=_Decimals)
    return found


class _Decimals(yaml.CSafeLoader):
    """Numbers as printed: 0.35 is 35/100, not its nearest double."""


_Decimals.add_constructor("tag:yaml.org,2002:float", lambda loader, node: Fraction(loader.construct_scalar(node)))


def _benchmarks(i: Row) -> tuple[str, list[Any]]:
    answer = i.get("answer", "number")
    if "baselines" not in i and answer == "level":
        return "<=", [1, 2, 3]
    if "baselines" not in i and answer == "yes_no":
        return ">=", [1, 1, 1]
    b = i.get("baselines") or {}
    return i.get("comparator", "<="), [b.get(k) for k in ("I", "II", "III")]


def meets(i: Row, level: int, value: float) -> bool:
    comparator, benchmarks = _benchmarks(i)
    limit = benchmarks[level - 1]
    if limit is None:  # what can't be reached by itself is there for whoever meets a stricter level
        return i.get("blank") == "no_requirement"
    limit, slack = float(limit), 1e-9 * max(1.0, abs(float(limit)))
    if comparator == "<=":
        return value <= limit + slack
    if comparator == ">=":
        return value >= limit - slack
    return value < limit if comparator == "<" else value > limit


class Answers:
    """One plant's answers in one system, process and period: indicator → value, None missing, 'n/a' not applicable."""

    def __init__(self, system: Row, answers: dict[str, Any], optimistic: bool = False) -> None:
        self.system, self.answers, self.optimistic = system, answers, optimistic

    def with_doubts(self, percent: float) -> dict[str, Any]:
        """The answers, where 'n/a' must be confirmed (and counts as missing until it is) None."""
        every = [(g, i) for g in self.system["groups"] for i in g["indicators"] if not g.get("bonus")]
        every = [(g, i) for g, i in every if None not in _benchmarks(i)[1] or i.get("blank") == "no_requirement"]

        def weight(g: Row, i: Row) -> Fraction:
            if self.system.get("weights") == "none":
                return Fraction(1)
            return Fraction(g["weight"]) * Fraction(i["weight"]) / sum(Fraction(other["weight"]) for other in g["indicators"])

        out = {i["id"] for _, i in every if self.answers.get(i["id"]) == "n/a"}
        lost = sum((weight(g, i) for g, i in every if i["id"] in out), Fraction(0))
        asked = set(out) if lost * 100 > Fraction(percent) * sum(weight(g, i) for g, i in every) else set()
        for category in {g["category"] for g, _ in every}:
            mine = {i["id"] for g, i in every if g["category"] == category}
            asked |= mine if mine <= out else set()
        asked |= {i["id"] for _, i in every if i.get("limiting")} & out
        return {name: None if name in asked else value for name, value in self.answers.items()}

    def applicable(self, i: Row) -> bool:
        unknown = None in _benchmarks(i)[1] and i.get("blank") not in ("no_requirement", "unreachable")
        return self.answers.get(i["id"]) != "n/a" and not unknown

    def missing(self, i: Row) -> bool:
        return self.answers.get(i["id"]) is None

    def meets(self, i: Row, level: int) -> bool:
        if self.missing(i):
            return self.optimistic
        return meets(i, level, self.answers[i["id"]])

    def worst(self, wanted: Iterable[Row], known_only: bool = False) -> int | None:
        """The worst level over the applicable ones of ``wanted``."""
        levels = []
        for i in wanted:
            if self.applicable(i) and not (known_only and self.missing(i)):
                levels.append(next((k for k in (1, 2, 3) if self.meets(i, k)), NONE))
        return max(levels) if levels else None

    def of(self, category: str) -> list[Row]:
        if category == "hazardous_waste":
            return [i for g in self.system["groups"] for i in g["indicators"] if i.get("hazardous_waste")]
        return [i for g in self.system["groups"] if g["category"] == category for i in g["indicators"]]

    def index(self, level: int) -> Fraction:
        total, weights = Fraction(0), Fraction(0)
        for g in self.system["groups"]:
            alive = [i for i in g["indicators"] if self.applicable(i)]
            inside = sum((Fraction(i["weight"]) for i in alive), Fraction(0))
            if not inside:
                continue
            met = sum((Fraction(i["weight"]) for i in alive if self.meets(i, level)), Fraction(0))
            total += Fraction(g["weight"]) * met / inside
            # a bonus group adds points, but is no part of the whole
            weights += 0 if g.get("bonus") else Fraction(g["weight"])
        return min(Fraction(self.system.get("index_cap", 100)), 100 * total / weights) if weights else Fraction(0)

    def level(self) -> int | None:
        if self.system.get("weights") == "none":
            return None
        rules = {1: (85, 1), 2: (85, 2), 3: (100, 3)}
        for k, name in ((1, "I"), (2, "II"), (3, "III")):
            rule = (self.system.get("level_rules") or {}).get(name)
            need, limiting = (rule["min_index"], rule.get("limiting")) if rule else rules[k]
            limits = [i for g in self.system["groups"] for i in g["indicators"] if i.get("limiting") and self.applicable(i)]
            if self.index(k) >= need and (limiting is None or all(self.meets(i, limiting) for i in limits)):
                return k
        return NONE


# -- attainment


def answers(measurements: list[Row]) -> dict[str, dict[str, dict[tuple[str, str], dict[str, Any]]]]:
    """plant → period → (system, process) → indicator → answer."""
    found: dict[str, Any] = defaultdict(lambda: defaultdict(lambda: defaultdict(dict)))
    for m in measurements:
        value = {"reported": m["value"], "missing": None, "unread": None, "not_applicable": "n/a"}[m["state"]]
        found[m["plant_id"]][m["period"]][m["system"], m["process"]][m["indicator"]] = value
    return found


def verdicts(notice: Row, plants: list[Row], measurements: list[Row]) -> dict[str, str]:
    known, given = indicator_systems(), answers(measurements)
    return {p["plant_id"]: verdict(notice, p, known, given.get(p["plant_id"], {})) for p in plants}


def _choice(notice: Row, entry: str, default: str) -> str:
    return notice["interpretations"].get(entry, {}).get("choice", default)


def _binds(notice: Row, rule: Row, p: Row) -> str:
    """Whether a target binds a plant: yes, no or unknown."""
    waste = [t["applies_to"]["hazardous_waste_t_min"] for t in notice["targets"] if "hazardous_waste_t_min" in t["applies_to"]]
    if "hazardous_waste_t_min" in rule:
        if p["hazardous_waste_t"] is None:
            return "unknown"
        return "yes" if p["hazardous_waste_t"] >= rule["hazardous_waste_t_min"] else "no"
    named = {i for t in notice["targets"] for i in t["applies_to"].get("industries", ())}
    if p["industry"] in rule.get("industries", ()):
        return "yes"
    if not rule.get("other_industries") or p["industry"] in named:
        return "no"
    if _choice(notice, "several_targets", "all_bind") == "all_bind" or not waste:
        return "yes"
    if p["hazardous_waste_t"] is None:
        return "unknown"
    return "no" if p["hazardous_waste_t"] >= min(waste) else "yes"


def verdict(notice: Row, p: Row, known: dict[str, Row], given: Row) -> str:
    percent = notice["interpretations"].get("not_applicable", {}).get("max_weight_pct", 50)
    doubted = {
        period: {key: Answers(known[key[0]], mine).with_doubts(percent) for key, mine in each.items()}
        for period, each in given.items()
    }
    found = []
    for t in notice["targets"]:
        binds = _binds(notice, t["applies_to"], p)
        if binds == "no":
            continue
        outcome = _target(notice, t, p, known, doubted)
        found.append(outcome if binds == "yes" or outcome == "attained" else "cannot_judge")
    return max(found, key=["attained", "cannot_judge", "not_attained"].index)


def _measured(period: Row) -> set[Any]:
    """The processes with at least one value."""
    return {key for key, mine in period.items() if any(v is not None and v != "n/a" for v in mine.values())}


def _target(notice: Row, t: Row, p: Row, known: dict[str, Row], given: Row) -> str:
    asked = t["requires"]["level"]
    need = min(asked, p["stricter_level"] or 3)
    if not given.get("after"):
        return "cannot_judge"
    after = _reached(t["requires"], need, known, given["after"])
    if after == "yes" and _measured(given.get("before") or {}) - _measured(given["after"]):
        return "cannot_judge"
    if after != "yes" or "if_met_before" not in t:
        return {"yes": "attained", "no": "not_attained", "unknown": "cannot_judge"}[after]
    if _choice(notice, "stricter_level", "keeps_duty") != "keeps_duty":
        asked = need
    before = _reached(t["requires"], asked, known, given["before"]) if given.get("before") else "unknown"
    if before == "no":
        return "attained"
    if before == "unknown":
        return "cannot_judge"
    return _clearly_improved(notice, t, known, given)


def _levels(requires: Row, known: dict[str, Row], period: Row) -> list[tuple[int | None, int | None]]:
    """Per process and thing looked at: the level with gaps as not met, and the best that it could be."""
    found: list[tuple[int | None, int | None]] = []
    for (system, _), given in period.items():
        strict, kind = Answers(known[system], given), requires["kind"]
        hopeful = Answers(known[system], given, optimistic=True)
        if kind == "overall":
            found.append((strict.level(), hopeful.level()))
        else:
            wanted = requires["categories"] if kind == "categories" else ["hazardous_waste"]
            found += [(strict.worst(strict.of(c)), strict.worst(strict.of(c), known_only=True)) for c in wanted]
    return found


def _reached(requires: Row, need: int, known: dict[str, Row], period: Row) -> str:
    """Whether the level is reached: yes, no whatever is missing, or unknown."""
    outcomes = []
    for level, best in _levels(requires, known, period):
        if level is None:
            outcomes.append("nothing")
        elif level <= need:
            outcomes.append("yes")
        else:
            outcomes.append("no" if best is not None and best > need else "unknown")
    if "no" in outcomes:
        return "no"
    return "yes" if set(outcomes) <= {"yes", "nothing"} and "yes" in outcomes else "unknown"


def _clearly_improved(notice: Row, t: Row, known: dict[str, Row], given: Row) -> str:
    rule = notice["interpretations"]["clear_improvement"]
    moves: list[str] = []
    gone = 0  # with a value on one side of the audit only
    for key, after in given["after"].items():
        before = given["before"].get(key, {})
        everything = Answers(known[key[0]], after)
        chosen = {i["id"]: i for c in t["if_met_before"]["improve"] for i in everything.of(c)}
        for name, i in chosen.items():
            pair = before.get(name), after.get(name)
            there = [value not in (None, "n/a") for value in pair]
            if i.get("answer", "number") != "number" or not any(there):
                continue
            if not all(there):
                gone += 1
            else:
                moves.append(_move(rule, _benchmarks(i)[0] in ("<=", "<"), i.get("unit") == "%", *pair))
    if "worse" in moves:
        return "not_attained"
    levels = [level for period in ("before", "after") for level, _ in _levels(t["requires"], known, given[period])]
    open_ = [m for m in moves if m != "whole"]  # of the others nothing was left to gain
    if rule.get("at_level_1", "keep") == "keep" and {level for level in levels if level is not None} == {1}:
        return "cannot_judge" if gone else "attained"
    if not moves or (gone and open_.count("better") + gone >= rule["min_share"] * (len(open_) + gone)):
        return "cannot_judge"
    return "attained" if open_.count("better") >= rule["min_share"] * len(open_) else "not_attained"


def _move(rule: Row, lower: bool, share: bool, before: float, after: float) -> str:
    """What became of one value: worse, better, neither, or whole (as good as can be, and still so)."""
    gain = before - after if lower else after - before
    if gain == 0:
        return "whole" if (lower and after == 0) or (share and not lower and after == 100) else "neither"
    if before == 0:
        if gain < 0:
            return "worse"
        percent = float(gain) if share else float("inf")  # all of a share was left to gain
    else:
        percent = gain / abs(before) * 100
        if share and not lower and 50 < before < 100 and gain > 0:
            percent = gain / (100 - before) * 100
    slack = 1e-9
    if percent < -rule["tolerance_pct"] - slack:
        return "worse"
    return "better" if percent >= rule["min_change_pct"] - slack else "neither"


# -- benefits


def benefits(options: list[Row]) -> dict[str, float]:
    done = {(o["plant_id"], o["number"]): o for o in options if o["status"] == "implemented"}.values()

    def total(column: str) -> float:
        return sum(o[column] or 0 for o in done)

    return {
        "options_implemented": len(done),
        "investment": total("investment_wan_yuan"),
        "economic_benefit": total("economic_benefit_wan_yuan"),
        "energy": total("energy_tce"),
        "water": total("water_t"),
    }
