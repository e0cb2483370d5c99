"""Unit returns and the system export → events, status changes, options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.fields import field, tables
from cpaudit.loaders.cells.texts import key
from cpaudit.loaders.tables import checks
from cpaudit.loaders.tables.reader import Once
from cpaudit.loaders.tables.rosters import note_listing

if TYPE_CHECKING:
    from cpaudit.loaders.tables.reader import Row, Sheet

_RESULTS = {"通过": "passed", "合格": "passed", "未通过": "failed", "不通过": "failed", "不合格": "failed", "完成": "done"}


def events(sheet: Sheet) -> None:
    """Read a progress table or the system's export: the milestones of each plant, and its status."""
    load, channel = sheet.load, sheet.what.layout.channel
    steps = {m.id: m for m in load.programme.plant_milestones()}
    labels = {m: steps[m].label for m in steps}
    once = Once("name")
    for row in sheet.rows():
        if not row.text("name") or (plant_id := row.plant()) is None or once.repeated(row, plant_id, row.text("name")):
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
        for milestone, date in dates.items():
            if not date and milestone not in bad and row.text(f"result:{milestone}"):
                said = row.text(f"result:{milestone}")
                row.tell("result_without_date", f"result:{milestone}", plant_id, field=labels[milestone], value=said)
            if date:
                score = row.number(f"score:{milestone}", "得分", plant_id)
                unit = load.registry.plants[plant_id].unit
                happened = {
                    "plant_id": plant_id,
                    "unit": unit,
                    "milestone": milestone,
                    "date": date,
                    "result": results[milestone],
                }
                more = {"score": score, "channel": channel, **row.source(f"event:{milestone}")}
                load.tables["events"].append({**happened, **more})
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
    load = row.sheet.load
    status = row.code("plants", "status", plant_id) or "active"
    since = row.date("status_since", field("plants", "status_since").label, plant_id)
    deadline = row.date("own_deadline", field("plants", "own_deadline").label, plant_id, future=True)
    more = {"status": status, "status_since": since, "own_deadline": deadline, "permit_no": row.text("permit_no") or None}
    load.tables["_updates"].append({"plant_id": plant_id, **more})
    if status != "active":
        proof = row.text("proof") or None
        change = {"plant_id": plant_id, "status": status, "since": since, "proof": proof, **row.source("status")}
        load.tables["status_history"].append(change)


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
            row.tell("code_unknown", "milestone", None, field=field("events", "milestone").label, value=said, allowed=allowed)
        elif date := row.date("date", step.label, None):
            happened = {"plant_id": None, "unit": sheet.unit, "milestone": step.id, "date": date, "result": "done"}
            load.tables["events"].append({**happened, "channel": "offline", **row.source("date")})


def options(sheet: Sheet) -> None:
    """Read the options of the plants and hold the total row against what the rows add up to."""
    amounts = [c for c, about in tables()["options"].columns.items() if about.type == "number" and sheet.has(c)]
    labels = {c: field("options", c).label for c in amounts}
    once = Once("number")
    totals = dict.fromkeys(amounts, 0.0)
    for row in sheet.rows():
        plant_id = row.plant("name_of_plant")
        numbers = row.numbers(labels, plant_id)
        for column, number in numbers.items():
            totals[column] += number or 0.0
        number_ = row.text("number")
        if plant_id is None or once.repeated(row, plant_id, number_):
            continue
        checks.option(row, plant_id, numbers)
        kind = row.code("options", "class", plant_id) or ("medium_high_cost" if number_.startswith("ZG") else "no_low_cost")
        option = {"plant_id": plant_id, "number": number_, "name": row.text("name"), "class": kind}
        option["status"] = row.code("options", "status", plant_id) or "planned"
        sheet.load.tables["options"].append({**option, **numbers, **row.source()})
    for printed in sheet.totals():
        checks.totals(printed, totals, labels)
