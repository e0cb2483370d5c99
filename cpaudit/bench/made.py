"""Clean data sets for measuring statistics, without files: of the sample's plants, and of a world that shares no code with it."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset

Rows = dict[str, list[dict[str, Any]]]

_PROGRAMME = "hebei-2021-2"


def data_set(rows: Rows, as_of: dt.date) -> Dataset:
    """Return a data set of such rows, where all plants have handed in everything."""
    import pandas as pd

    from cpaudit.dataset import Dataset
    from cpaudit.fields import TABLES, tables
    from cpaudit.programme import load_programme

    programme = load_programme(_PROGRAMME)
    steps = ";".join(m.id for m in programme.milestones)
    returns = [
        {
            "unit": p["unit"],
            "kind": "progress",
            "plant_id": p["plant_id"],
            "owed": "yes",
            "state": "received",
            "milestones": steps,
        }
        for p in rows["plants"]
    ]
    frames: dict[str, Any] = {
        name: tables()[name].coerce(pd.DataFrame({**rows, "returns": returns}.get(name, []))) for name in TABLES
    }
    return Dataset(programme, as_of, "bench0000000", True, **frames)


def sample_history(seed: int, as_of: dt.date) -> Dataset:
    """Return the sample's plants and how far they came, without mistakes."""
    from cpaudit.sample.world import plants_of

    rows: Rows = {"plants": [], "events": []}
    for number, p in enumerate(plants_of(seed, 446, _PROGRAMME)):
        standing = p.standing(as_of)
        left = {"status": standing.status, "status_since": standing.since, "own_deadline": p.deadline(as_of)}
        rows["plants"].append(_plant(number, p.unit, p.industry) | left)
        for milestone, reached in p.by(as_of).items():
            result = {True: "passed", False: "failed", None: "done"}[reached.passed]
            rows["events"].append(_event(number, p.unit, milestone, reached.date, result))
    return data_set(rows, as_of)


def sample_figures(seed: int) -> Rows:
    """Return the sample's plants, measured values and options, without mistakes."""
    from cpaudit.sample.world import plants_of
    from cpaudit.sample.world.measured import measured_of

    as_of = dt.date(2022, 11, 15)
    rows: Rows = {"plants": [], "measurements": [], "options": []}
    for number, p in enumerate(plants_of(seed, 446, _PROGRAMME)):
        rows["plants"].append(_plant(number, p.unit, p.industry))
        for at, m in enumerate(measured_of(p, as_of)):
            for period, value in (("before", m.before), ("after", m.after)):
                if isinstance(value, int | float):
                    rows["measurements"].append(_measured(number, at, m.system.id, m.process, m.indicator.id, period, value))
        for at, o in enumerate(p.options if "plan_ready" in p.by(as_of) else ()):
            row: dict[str, Any] = {
                "plant_id": f"p{number:04}",
                "number": o.number,
                "name": o.name,
                "status": p.status_of(o, as_of),
                "class": o.kind,
            }
            row |= {"investment_wan_yuan": o.investment, "file": "f.xlsx", "sheet": "方案", "cell": f"A{number}.{at}"}
            rows["options"].append(row | o.benefits)
    return rows


def other_history(seed: int, as_of: dt.date) -> Dataset:
    """Return plants of another world: each has work to do and puts it off; who was late once tends to be late again."""
    from cpaudit.programme.calendar import is_working_day

    rng = random.Random(f"{seed} other")  # noqa: S311
    rows: Rows = {"plants": [], "events": []}
    units = ("shijiazhuang", "tangshan", "handan", "baoding", "cangzhou", "langfang")
    slow = {unit: rng.gauss(0, 0.25) for unit in units}
    # milestone, deadline, median days of work, days off that the result may take
    plan: tuple[tuple[str, dt.date, float], ...] = (
        ("notified", dt.date(2021, 12, 30), 4), ("registered", dt.date(2022, 1, 31), 10), ("plan_ready", dt.date(2022, 6, 1), 70),
        ("assessment_applied", dt.date(2022, 6, 1), 3), ("assessed", dt.date(2022, 7, 1), 14),
        ("implemented", dt.date(2022, 11, 1), 75), ("acceptance_applied", dt.date(2022, 11, 1), 3),
        ("accepted", dt.date(2022, 11, 30), 14),
    )  # fmt: skip
    for number in range(300):
        unit = rng.choice(units)
        rows["plants"].append(_plant(number, unit, "cement"))
        habit = rng.gauss(slow[unit], 0.35)
        day = dt.date(2021, 12, 20)
        for milestone, due, median in plan:
            if rng.random() < 0.015:
                break
            ready = day + dt.timedelta(rng.lognormvariate(habit, 0.5) * median)
            put_off = due - dt.timedelta(rng.expovariate(1 / 12) * max(0.1, 1 - habit))
            day = max(ready, put_off) if rng.random() < 0.6 else ready
            while not is_working_day(day):
                day += dt.timedelta(1)
            if day > as_of:
                break
            decided = milestone in ("assessed", "accepted")
            result = "done" if not decided else "passed" if rng.random() > 0.04 else "failed"
            rows["events"].append(_event(number, unit, milestone, day, result))
            if result == "failed":
                break
    return data_set(rows, as_of)


def other_figures(seed: int) -> Rows:
    """Return measured values of another world: lognormal, each plant and each of its years a little better or worse."""
    import numpy as np

    from cpaudit.indicators import indicator_table

    known = indicator_table()
    known = known[known["quantitative"] & (known["system"] == "demo_cement")].sort_values("order")
    indicators = [str(i) for i in known["indicator"]]
    rng = np.random.default_rng(seed)
    level = rng.uniform(1, 7, len(indicators))
    rows: Rows = {"plants": [], "measurements": [], "options": []}
    for number in range(120):
        rows["plants"].append(_plant(number, "tangshan" if number % 2 else "handan", "cement"))
        own, better = rng.normal(0, 0.15), rng.uniform(0.01, 0.2)
        for at, indicator in enumerate(indicators):
            before = float(np.exp(level[at] + own + rng.normal(0, 0.25)))
            after = before * (1 - better * rng.uniform(0.2, 1.8))
            for period, value in (("before", before), ("after", after)):
                rows["measurements"].append(_measured(number, at, "demo_cement", "", indicator, period, float(f"{value:.4g}")))
    return rows


def _plant(number: int, unit: str, industry: str) -> dict[str, Any]:
    key = f"p{number:04}"
    row: dict[str, Any] = {
        "plant_id": key,
        "uscc": key,
        "name": f"示例{number}",
        "unit": unit,
        "industry": industry,
        "roster": "mandatory",
    }
    return row | {"permit_class": "key", "batch": _PROGRAMME, "listed_on": dt.date(2021, 12, 20), "status": "active"}


def _event(number: int, unit: str, milestone: str, day: dt.date, result: str) -> dict[str, Any]:
    row = {"plant_id": f"p{number:04}", "unit": unit, "milestone": milestone, "date": day, "result": result}
    return row | {"channel": "offline"}


def _measured(number: int, at: int, system: str, process: str, indicator: str, period: str, value: float) -> dict[str, Any]:
    row = {"plant_id": f"p{number:04}", "system": system, "process": process, "period": period, "indicator": indicator}
    place = {"file": "f.xlsx", "sheet": "指标实测", "cell": f"{'G' if period == 'before' else 'H'}{number}.{at}"}
    return row | {"value": float(value), "state": "reported"} | place
