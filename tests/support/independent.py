"""The programme's rules a second time, in plain Python: no pandas, no polars, nothing of cpaudit but the data's own rows.

Slow and simple on purpose: the numbers of pages and reports are compared with what this computes.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import yaml

from tests.support.paths import REFERENCE

Row = dict[str, Any]
NONE = 4  # below level III
STAYING = ("active", "unread")  # of the latter nobody knows that they left


def read(name: str) -> Any:
    return yaml.safe_load((REFERENCE / name).read_text(encoding="utf-8"))


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
            if m.get("permit_classes") and p["permit_class"] not in m["permit_classes"]:
                states[key] = "not_applicable"
                continue
            states[key] = _state(notice, p, m, happened[key], as_of)
    return states


def _state(notice: Row, p: Row, m: Row, seen: dict[str, list[Row]], as_of: dt.date) -> str:
    rule = m["deadline"]
    deadline = rule.get("date") or (p["listed_on"] + dt.timedelta(rule["days_after_listing"]) if p["listed_on"] else None)
    if m.get("final") and p["own_deadline"]:
        deadline = p["own_deadline"]
    channel = seen.get("offline") or seen.get("online") or []
    passed = sorted(e["date"] for e in channel if e["result"] in ("done", "passed"))
    if passed:
        return "done_on_time" if deadline is None or passed[0] <= deadline else "done_late"
    if any(e["result"] not in ("done", "passed", "failed") for e in channel):
        return "unclear"
    if p["status"] not in STAYING:
        return "left"
    if channel:
        return "failed"
    if m["id"] not in p.get("told", {m["id"]}):
        return "not_reported"
    if deadline is None:
        return "not_due"
    if as_of > deadline:
        return "overdue" if p["status"] == "active" else "unclear"
    return "due_soon" if (deadline - as_of).days <= notice["due_soon_days"] else "not_due"


def progress(notice: Row, plants: list[Row], events: list[Row], as_of: dt.date) -> dict[str, int]:
    states = milestone_states(notice, plants, events, as_of)
    ids = [p["plant_id"] for p in plants]
    done = {"done_on_time", "done_late"}

    def count(milestone: str) -> int:
        return sum(states[i, milestone] in done for i in ids)

    def having(state: str) -> int:
        return len({i for (i, _), s in states.items() if s == state})

    return {
        "listed": len(plants),
        **{m: count(m) for m in ("notified", "registered", "assessed", "implemented", "accepted")},
        "overdue": having("overdue"),
        "due_soon": having("due_soon"),
        "failed": having("failed"),
        "unclear": having("unclear"),
        "left": sum(p["status"] not in STAYING for p in plants),
        "status_unread": sum(p["status"] == "unread" for p in plants),
    }


# -- scoring


def indicator_systems() -> dict[str, Row]:
    found = {}
    for path in sorted((REFERENCE / "indicator_systems").glob("*.yaml")):
        found[path.stem] = yaml.load(path.read_text(encoding="utf-8"), Loader=_Decimals)
    return found


class _Decimals(yaml.SafeLoader):
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
    if limit is None:
        return True
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

    def applicable(self, i: Row) -> bool:
        unknown = None in _benchmarks(i)[1] and i.get("blank") != "no_requirement"
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


def verdict(notice: Row, p: Row, known: dict[str, Row], given: Row) -> str:
    named = {i for t in notice["targets"] for i in t["applies_to"].get("industries", ())}
    found = []
    for t in notice["targets"]:
        rule = t["applies_to"]
        waste = rule.get("hazardous_waste_t_min")
        binds = (
            (p["hazardous_waste_t"] or 0) >= waste
            if waste is not None
            else p["industry"] in rule.get("industries", ())
            or (rule.get("other_industries", False) and p["industry"] not in named)
        )
        if binds:
            found.append(_target(notice, t, p, known, given))
    return max(found, key=["attained", "cannot_judge", "not_attained"].index)


def _target(notice: Row, t: Row, p: Row, known: dict[str, Row], given: Row) -> str:
    need = min(t["requires"]["level"], p["stricter_level"] or 3)
    if not given.get("after"):
        return "cannot_judge"
    after = _reached(t["requires"], need, known, given["after"])
    if after != "yes" or "if_met_before" not in t:
        return {"yes": "attained", "no": "not_attained", "unknown": "cannot_judge"}[after]
    before = _reached(t["requires"], need, known, given["before"]) if given.get("before") else "unknown"
    if before == "no":
        return "attained"
    if before == "unknown":
        return "cannot_judge"
    return _clearly_improved(notice, t["if_met_before"]["improve"], known, given)


def _reached(requires: Row, need: int, known: dict[str, Row], period: Row) -> str:
    """Whether the level is reached: yes, no whatever is missing, or unknown."""
    outcomes = []
    for (system, _), given in period.items():
        strict, kind = Answers(known[system], given), requires["kind"]
        hopeful = Answers(known[system], given, optimistic=True)
        if kind == "overall":
            pairs = [(strict.level(), hopeful.level())]
        else:
            wanted = requires["categories"] if kind == "categories" else ["hazardous_waste"]
            pairs = [(strict.worst(strict.of(c)), strict.worst(strict.of(c), known_only=True)) for c in wanted]
        for level, best in pairs:
            if level is None:
                outcomes.append("nothing")
            elif level <= need:
                outcomes.append("yes")
            else:
                outcomes.append("no" if best is not None and best > need else "unknown")
    if "no" in outcomes:
        return "no"
    return "yes" if set(outcomes) <= {"yes", "nothing"} and "yes" in outcomes else "unknown"


def _clearly_improved(notice: Row, wanted: list[str], known: dict[str, Row], given: Row) -> str:
    rule = notice["interpretations"]["clear_improvement"]
    changes = []
    for key, after in given["after"].items():
        before = given["before"].get(key, {})
        everything = Answers(known[key[0]], after)
        chosen = {i["id"]: i for c in wanted for i in everything.of(c)}
        for name, i in chosen.items():
            pair = before.get(name), after.get(name)
            if i.get("answer", "number") != "number" or None in pair or "n/a" in pair or not pair[0]:
                continue
            if i.get("unit") == "%" and pair[0] == pair[1] == 100:
                continue
            sign = -1 if _benchmarks(i)[0] in ("<=", "<") else 1
            changes.append(sign * (pair[1] - pair[0]) / abs(pair[0]) * 100)
    if not changes:
        return "cannot_judge"
    slack = 1e-9
    if any(c < -rule["tolerance_pct"] - slack for c in changes):
        return "not_attained"
    better = sum(c >= rule["min_change_pct"] - slack for c in changes)
    return "attained" if better >= rule["min_share"] * len(changes) else "not_attained"


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
