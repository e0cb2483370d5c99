"""Unit returns and the system export → events, status changes, options."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from cpaudit.fields import UNREAD, choices, field, tables
from cpaudit.loaders.cells import answers, texts
from cpaudit.loaders.cells.texts import key
from cpaudit.loaders.opening.grids import CellError, filled
from cpaudit.loaders.plants import titled
from cpaudit.loaders.sheets.contacts import masked
from cpaudit.loaders.tables import parts, unused
from cpaudit.loaders.tables.doubts import checks, days, unread
from cpaudit.loaders.tables.rosters import note_listing

if TYPE_CHECKING:
    from cpaudit.loaders.tables.reader import Row, Sheet
    from cpaudit.programme import Milestone


def events(sheet: Sheet) -> None:
    """Read a progress table or the system's export: the milestones of each plant, and its status."""
    load, channel = sheet.load, sheet.what.layout.channel
    steps = {m.id: m for m in load.programme.plant_milestones()}
    missing, filled_in, doubtful = _no_results(sheet, steps), _filled_in(sheet), unused.doubtful(sheet)
    where = unread.positions(sheet)
    for row in sheet.rows():
        if (plant_id := row.plant()) is None:
            continue
        note_listing(row, plant_id)
        # a step that the table has no column for isn't missing
        dates, unknown = dict[str, Any](), {m for m in steps if f"event:{m}" not in sheet.what.columns}
        for milestone, step in steps.items():
            column = f"event:{milestone}"
            if column not in sheet.what.columns:
                continue
            before = len(load.problems.rows)
            if date := row.date(column, step.label, plant_id):
                dates[milestone] = date
            if len(load.problems.rows) > before:
                unknown.add(milestone)
        checks.order(row, plant_id, dates, unknown, steps)
        results = {m: _result(row, steps[m], plant_id, date, missing) for m, date in dates.items()}
        checks.failures(row, plant_id, results, steps)
        happened = []
        for milestone, step in steps.items():
            column = f"event:{milestone}"
            if column not in sheet.what.columns:
                continue
            if milestone not in dates and milestone not in unknown and not _undated(row, step, plant_id):
                continue
            event = {
                "plant_id": plant_id,
                "unit": load.registry.plants[plant_id].unit,
                "milestone": milestone,
                "date": dates.get(milestone),
                "result": results.get(milestone, UNREAD),
                "score": days.score(row, milestone, step.label, plant_id, results.get(milestone, UNREAD)),
                "channel": channel,
            }
            happened.append(event | row.source(column))
        happened += _doubtful(row, doubtful, steps, plant_id)
        row.claim("events", (plant_id, channel), *happened)
        if filled_in:
            _status(row, plant_id, where)
        elif "status" in doubtful and filled(row.cells[doubtful["status"]]):
            record = dict.fromkeys(("status_since", "own_deadline", "permit_no", "consultant", "proof"))
            record |= {"plant_id": plant_id, "status": UNREAD, **row.source()}
            row.claim("status", (plant_id,), unread.noted(row, record, where))


def _doubtful(row: Row, doubtful: dict[str, int], steps: dict[str, Milestone], plant_id: str) -> list[dict[str, Any]]:
    """Return the steps whose heading only nearly is the form's: something came of them, nobody knows what."""
    found = []
    for milestone in steps:
        at = doubtful.get(f"event:{milestone}")
        if at is not None and filled(row.cells[at]):
            place = row.sheet.place(row.at, at)
            unit = row.sheet.load.registry.plants[plant_id].unit
            event: dict[str, Any] = {"plant_id": plant_id, "unit": unit, "milestone": milestone}
            event |= {"date": None, "result": UNREAD, "score": None, "channel": row.sheet.what.layout.channel}
            found.append({**event, "file": place.file, "sheet": place.sheet, "cell": place.cell})
    return found


def _filled_in(sheet: Sheet) -> bool:
    """Whether a table tells of its plants' status: a form that nobody has filled in yet says nothing."""
    due = [c for c in sheet.what.columns if c == "status" or c.partition(":")[1]]
    return "status" in due and any(not texts.blank(row[column]) for row in sheet.rows() for column in due)


def _no_results(sheet: Sheet, steps: dict[str, Milestone]) -> dict[str, str]:
    """Return what the dates of a judged step say where the table has no column of results, by milestone.

    Only a heading like “通过验收日期” says that what stands under it was passed.
    """
    found = {}
    for milestone, step in steps.items():
        at = sheet.what.columns.get(f"event:{milestone}")
        if at is None or not step.has_result or f"result:{milestone}" in sheet.what.columns:
            continue
        heading = sheet.grid.rows[sheet.what.header][at]
        found[milestone] = "passed" if key(heading).startswith("通过") else UNREAD
        word, text = titled.denial(sheet) if found[milestone] == "passed" else ("", "")
        if word:
            found[milestone] = UNREAD
            place = sheet.place(sheet.what.header, at)
            sheet.load.problems.add("title_denies", place, field=step.label, word=word, text=masked(text), value=heading)
        elif found[milestone] == UNREAD and any(not texts.blank(row[f"event:{milestone}"]) for row in sheet.rows()):
            code = "result_column_missing" if f"result:{milestone}" in sheet.what.layout.columns else "result_not_carried"
            sheet.load.problems.add(code, sheet.place(sheet.what.header, at), field=step.label)
    return found


def _result(row: Row, step: Milestone, plant_id: str, day: dt.date, missing: dict[str, str]) -> str:
    """Return what came of a step that has a date; where a result is due, only one that is understood counts."""
    if not step.has_result:
        return "done"
    if step.id in missing:
        return missing[step.id]
    column = f"result:{step.id}"
    said = row.text(column)
    if not said:
        if written := row.written(column):  # 无, /
            row.tell("result_unread", column, plant_id, field=step.label, value=written)
        else:
            row.tell("result_missing", column, plant_id, field=step.label, date=day)
        return UNREAD
    if isinstance(row[column], CellError):
        row.tell(row[column].problem, column, plant_id, field="结果", value=row[column])
        return UNREAD
    found = answers.result(row[column], step.id, day)
    if found == UNREAD:
        row.tell("result_not_final" if answers.not_yet(said) else "result_unread", column, plant_id, field=step.label, value=said)
    return found


def _undated(row: Row, step: Milestone, plant_id: str) -> bool:
    """Whether a step without a date has a result or a score all the same: something came of it, nobody knows when."""
    for kind, label in (("result", "结果"), ("score", "得分")):
        if said := row.text(f"{kind}:{step.id}"):
            row.tell("result_without_date", f"{kind}:{step.id}", plant_id, field=step.label, what=label, value=said)
            return True
    return False


def _answer(row: Row, table: str, column: str, plant_id: str, lacking: dict[str, dict[str, str]] | None = None) -> str:
    """Return the code of an answer that is due; one that is blank or not understood is unread, which is told.

    Where the table has no such column, that goes to ``lacking``: it is told once, not row by row.
    """
    if not row.text(column):
        label = field(table, column).label
        if written := row.written(column):
            row.tell("answer_none", column, plant_id, field=label, value=written)
        elif column in row.sheet.what.columns or lacking is None:
            row.tell("answer_blank", column, plant_id, field=label)
        else:
            lacking[f"{column}_column_missing"] = {"field": label}
    return row.code(table, column, plant_id) or UNREAD


def _status(row: Row, plant_id: str, where: dict[str, int]) -> None:
    status = _answer(row, "plants", "status", plant_id)
    since = row.date("status_since", field("plants", "status_since").label, plant_id)
    deadline = row.date("own_deadline", field("plants", "own_deadline").label, plant_id, future=True)
    # a status that nobody knows has no day from which it held
    more = {"status": status, "status_since": None if status == UNREAD else since, "own_deadline": deadline}
    more |= {c: masked(row.text(c)) or None for c in ("permit_no", "consultant", "proof")}
    row.claim("status", (plant_id,), unread.noted(row, {"plant_id": plant_id, **more, **row.source("status")}, where))


def unit_work(sheet: Sheet) -> None:
    """Read what the unit itself had to send: the milestones whose scope is the unit."""
    load = sheet.load
    steps = {key(m.label): m for m in load.programme.milestones if m.scope == "unit"}
    if sheet.unit:  # a duty that isn't done is a row with nothing beside its name, which is no data
        at, below = sheet.what.columns["milestone"], sheet.grid.rows[sheet.what.header + 1 :]
        listed = {steps[name].id for cells in below if (name := key(cells[at])) in steps}
        load.arrivals.own(sheet, sheet.unit, frozenset(listed))
    for row in sheet.rows():
        said = row.text("milestone")
        if not sheet.unit:
            row.reject("sender_unknown", "milestone", None, value=said)
            continue
        step = steps.get(key(said))
        if step is None:
            allowed = "、".join(m.label for m in steps.values())
            row.reject("code_unknown", "milestone", None, field=field("events", "milestone").label, value=said, allowed=allowed)
            continue
        happened, before = [], len(load.problems.rows)
        date = row.date("date", step.label, None)
        if not date and (document := row.text("document")):  # something was sent, nobody knows when
            row.tell("result_without_date", "date", None, field=step.label, what="文号", value=document)
        if date or len(load.problems.rows) > before:
            event = {
                "plant_id": None,
                "unit": sheet.unit,
                "milestone": step.id,
                "date": date,
                "result": "done" if date else UNREAD,
            }
            happened.append({**event, "channel": "offline", **row.source("date")})
        row.claim("unit_work", (sheet.unit, step.id), *happened)


def options(sheet: Sheet) -> None:
    """Read the options of the plants and hold the total row against what the rows add up to."""
    amounts = [c for c, about in tables()["options"].columns.items() if about.type == "number" and sheet.has(c)]
    labels = {c: field("options", c).label for c in amounts}
    lacking = dict[str, dict[str, str]]()
    totals = dict.fromkeys(amounts, 0.0)
    part, groups = False, parts.classes(sheet)
    for row in sheet.rows():
        if row.at in groups:
            row.reject("option_group", "name", None, value=row.text("name") or row.text("number"))
            continue
        number, name = row.text("number"), row.text("name")
        if part := parts.is_part(number, name, after=part):
            row.reject("option_part", "name", None, value=row["name"] or row["number"])
            continue
        if parts.only_words(number, name):
            row.reject("option_number_words", "number", None, value=row["number"])
            continue
        plant_id = row.plant("name_of_plant")
        numbers = row.numbers(labels, plant_id)
        for column, amount in numbers.items():
            totals[column] += amount or 0.0
        if plant_id is None:
            continue
        if not (number or name):
            row.reject("option_unnamed", "number", plant_id)
            continue
        if isinstance(row["number"], dt.date):
            row.tell("option_number_date", "number", plant_id, value=row["number"])
        checks.option(row, plant_id, numbers)
        group = next((groups[at] for at in sorted(groups, reverse=True) if at < row.at), "")
        kind = _class(row, plant_id, number, lacking, group)
        if not number:
            number = parts.numbered(row, plant_id, kind, name)
        option = {"plant_id": plant_id, "number": number, "name": masked(name), "class": kind}
        option["status"] = _answer(row, "options", "status", plant_id, lacking)
        row.claim("options", (plant_id, kind, key(number)), {**option, **numbers, **row.source()})
    for printed in sheet.totals():
        checks.totals(printed, totals, labels)
    for code, holes in lacking.items():
        sheet.load.problems.add(code, sheet.place(sheet.what.header, sheet.what.span[0]), **holes)


def _class(row: Row, plant_id: str, number: str, lacking: dict[str, dict[str, str]], group: str) -> str:
    """Return the class of an option; where it is blank, the form's rule for numbers decides, or its group's row: told.

    ``group``: the class that the row says below which the option stands, '' where none does.
    """
    by_number = answers.by_prefix("options", "class", number)
    if group and not row.written("class"):
        if by_number not in (None, group):
            known = choices("options", "class")
            row.tell("class_group_differs", "number", plant_id, value=number, group=known[group], meant=known[str(by_number)])
            return UNREAD
        lacking["classes_by_group"] = {}
        return group
    if by_number is None:
        return _answer(row, "options", "class", plant_id, lacking)
    holes = {"number": number, "meant": choices("options", "class")[by_number]}
    if "class" not in row.sheet.what.columns:
        lacking["classes_by_number"] = {}
    elif not row.text("class"):
        row.tell("class_by_number", "class", plant_id, **holes)
    else:
        found = _answer(row, "options", "class", plant_id)
        if found not in (by_number, UNREAD):
            row.tell("class_differs", "class", plant_id, value=row.text("class"), **holes)
        return found
    return by_number
