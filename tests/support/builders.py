"""Small data sets made by hand, for tests that must know every row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd
from stdnum.cn import uscc

from cpaudit.dataset import Dataset
from cpaudit.fields import TABLES, tables
from cpaudit.loaders.cells.credit_codes import organisation_digit
from cpaudit.programme import load_programme

AS_OF = dt.date(2022, 7, 1)


def credit_code(number: int) -> str:
    """A social credit code with both check digits right."""
    stem = f"91130100{number:08d}"
    stem += organisation_digit(stem[8:])
    return stem + str(uscc.calc_check_digit(stem))


def plant(plant_id: str = "p1", **fields: Any) -> dict[str, Any]:
    """One row of plants; what isn't given is plausible."""
    row: dict[str, Any] = {
        "plant_id": plant_id,
        "uscc": plant_id,
        "name": f"示例企业{plant_id}",
        "unit": "shijiazhuang",
        "county": "130104",
        "industry": "brewing",
        "roster": "mandatory",
        "reasons": "energy",
        "hazardous_waste_t": 10.0,
        "permit_class": "key",
        "assessor": "city",
        "authority": "environment",
        "batch": "hebei-2021-2",
        "listed_on": "2021-12-20",
        "status": "active",
    }
    return row | fields


def event(plant_id: str | None, milestone: str, date: str, **fields: Any) -> dict[str, Any]:
    """One row of events, offline and done (or passed) unless said."""
    result = "passed" if milestone in ("assessed", "accepted") else "done"
    row = {
        "plant_id": plant_id,
        "unit": "shijiazhuang",
        "milestone": milestone,
        "date": date,
        "result": result,
        "channel": "offline",
    }
    return row | fields


def measurement(plant_id: str, system: str, indicator: str, period: str, value: float | None, **fields: Any) -> dict[str, Any]:
    """One row of measurements; a value of None is missing."""
    state = "reported" if value is not None else "missing"
    row = {"plant_id": plant_id, "system": system, "process": "1号线", "period": period, "indicator": indicator}
    return row | {"value": value, "state": state} | fields


def option(plant_id: str, number: str, **fields: Any) -> dict[str, Any]:
    """One row of options, implemented unless said."""
    row = {"plant_id": plant_id, "number": number, "name": f"方案{number}", "status": "implemented", "investment_wan_yuan": 1.0}
    return row | {"class": "medium_high_cost" if number.startswith("ZG") else "no_low_cost"} | fields


def returned(plant_id: str | None, kind: str = "progress", **fields: Any) -> dict[str, Any]:
    """One row of returns, received unless said, with columns for every milestone."""
    steps = ";".join(m.id for m in load_programme("hebei-2021-2").milestones) if kind in ("progress", "unit_work") else None
    row = {"unit": "shijiazhuang", "kind": kind, "plant_id": plant_id, "owed": "yes", "state": "received", "milestones": steps}
    return row | fields


def _everything_sent(frames: dict[str, pd.DataFrame]) -> Iterator[dict[str, Any]]:
    """The ledger where every plant has its rows in every return, and every unit its own."""
    for unit in load_programme("hebei-2021-2").units:
        yield returned(None, "unit_work", unit=unit)
    for plant_id, unit in frames["plants"][["plant_id", "unit"]].itertuples(index=False, name=None):
        yield returned(plant_id, unit=unit)
        yield returned(plant_id, "options", unit=unit)
        for period in ("before", "after"):
            yield returned(plant_id, "measurements", unit=unit, period=period)


def snapshot_of(ds: Dataset, day: dt.date) -> Dataset:
    """What a snapshot of another day would hold if the values and options were the same and nothing more had come in."""
    return replace(replace(ds, snapshot_day=min(day, ds.as_of)).assuming_nothing_more(day), snapshot_day=day)


def dataset(as_of: dt.date = AS_OF, *, demonstration: bool = True, **rows: list[dict[str, Any]]) -> Dataset:
    """A data set of the given rows: ``dataset(plants=[…], events=[…], …)``."""
    unknown = set(rows) - set(TABLES)
    assert not unknown, unknown
    frames = {name: tables()[name].coerce(rows.get(name) or []) for name in TABLES}
    if "returns" not in rows:
        frames["returns"] = tables()["returns"].coerce(list(_everything_sent(frames)))
    return Dataset(load_programme("hebei-2021-2"), as_of, "test00000000", demonstration, **frames)
