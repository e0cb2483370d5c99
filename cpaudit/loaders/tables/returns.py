"""Unit returns and the system export → events, status changes, options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.fields import field, tables
from cpaudit.loaders.cells.texts import key
from cpaudit.loaders.tables import checks
from cpaudit.loaders.tables.rosters import note_listing

if TYPE_CHECKING:
    from cpaudit.loaders.tables.reader import Row, Sheet

_RESULTS = {"通过": "passed", "合格": "passed", "未通过": "failed", "不通过": "failed", "不合格": "failed", "完成": "done"}


def events(sheet: Sheet) -> None:
    """Read a progress table or the system's export: the milestones of each plant, and its status."""
    load, channel = sheet.load, sheet.what.layout.channel
    steps = {m.id: m for m in load.programme.plant_milestones()}
    labels = {m: steps[m].label for m in steps}
    for row in sheet.rows():
        if (plant_id := row.plant()) is None:
            continue
        note_listing(row, plant_id)
        # a step that the table has no column for isn't missing
        dates, bad = {}, {m for m in steps if f"event:{m}" not in sheet.what.columns}
        for column in sheet.what.columns:
            kind, _, milestone = column.partition(":")
            if kind != "event" or milestone not in steps:
                continue
            before = len(load.problems.rows)
            dates[milestone] = row.date(column, labels[milestone], plant_id)
            if len(load.problems.rows) > before:
                bad.add(milestone)
        checks.order(row, plant_id, {m: d for m, d in dates.items() if d}, bad, steps)
        results = {m: _result(row, m, plant_id, steps[m].has_result) for m, date in dates.items() if date}
        checks.failures(row, plant_id, results, steps)
        happened = []
        for milestone, date in dates.items():
            if not date and milestone not in bad and row.text(f"result:{milestone}"):
                said = row.text(f"result:{milestone}")
                row.tell("result_without_date", f"result:{milestone}", plant_id, field=labels[milestone], value=said)
            if date:
                score = row.number(f"score:{milestone}", "得分", plant_id)
                unit = load.registry.plants[plant_id].unit
                event = {
                    "plant_id": plant_id,
                    "unit": unit,
                    "milestone": milestone,
                    "date": date,
                    "result": results[milestone],
                }
                more = {"score": score, "channel": channel, **row.source(f"event:{milestone}")}
                happened.append({**event, **more})
        row.claim("events", (plant_id, channel), *happened)
        if "status" in sheet.what.columns:
            _status(row, plant_id)


def _result(row: Row, milestone: str, plant_id: str, expected: bool) -> str:
    if not expected:
        return "done"
    said = row.text(f"result:{milestone}")
    if said and said not in _RESULTS:
        row.tell("code_unknown", f"result:{milestone}", plant_id, field="结果", value=said, allowed="通过、未通过")
    return _RESULTS.get(said, "done")  # the step was made; nobody says that it was passed


def _status(row: Row, plant_id: str) -> None:
    status = row.code("plants", "status", plant_id) or "active"
    since = row.date("status_since", field("plants", "status_since").label, plant_id)
    deadline = row.date("own_deadline", field("plants", "own_deadline").label, plant_id, future=True)
    more = {"status": status, "status_since": since, "own_deadline": deadline, "permit_no": row.text("permit_no") or None}
    more["proof"] = row.text("proof") or None
    row.claim("status", (plant_id,), {"plant_id": plant_id, **more, **row.source("status")})


def unit_work(sheet: Sheet) -> None:
    """Read what the unit itself had to send: the milestones whose scope is the unit."""
    load = sheet.load
    steps = {key(m.label): m for m in load.programme.milestones if m.scope == "unit"}
    for row in sheet.rows():
        said = row.text("milestone")
        if not said:
            continue
        step = steps.get(key(said))
        if step is None:
            allowed = "、".join(m.label for m in steps.values())
            row.reject("code_unknown", "milestone", None, field=field("events", "milestone").label, value=said, allowed=allowed)
            continue
        happened = []
        if date := row.date("date", step.label, None):
            event = {"plant_id": None, "unit": sheet.unit, "milestone": step.id, "date": date, "result": "done"}
            happened.append({**event, "channel": "offline", **row.source("date")})
        row.claim("unit_work", (sheet.unit, step.id), *happened)


def options(sheet: Sheet) -> None:
    """Read the options of the plants and hold the total row against what the rows add up to."""
    amounts = [c for c, about in tables()["options"].columns.items() if about.type == "number" and sheet.has(c)]
    labels = {c: field("options", c).label for c in amounts}
    totals = dict.fromkeys(amounts, 0.0)
    for row in sheet.rows():
        plant_id = row.plant("name_of_plant")
        numbers = row.numbers(labels, plant_id)
        for column, number in numbers.items():
            totals[column] += number or 0.0
        number_ = row.text("number")
        if plant_id is None:
            continue
        checks.option(row, plant_id, numbers)
        kind = row.code("options", "class", plant_id) or ("medium_high_cost" if number_.startswith("ZG") else "no_low_cost")
        option = {"plant_id": plant_id, "number": number_, "name": row.text("name"), "class": kind}
        option["status"] = row.code("options", "status", plant_id) or "planned"
        row.claim("options", (plant_id, number_), {**option, **numbers, **row.source()})
    for printed in sheet.totals():
        checks.totals(printed, totals, labels)
