"""Unit returns and the system export → events, status changes, measurements, options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.fields import field, tables
from cpaudit.indicators import systems
from cpaudit.loaders import checks, plausible, values
from cpaudit.loaders.conversion import factor
from cpaudit.loaders.values import Wrong, key
from cpaudit.programme import industries

if TYPE_CHECKING:
    from cpaudit.indicators import Indicator, IndicatorSystem
    from cpaudit.loaders.reader import Row, Sheet

_RESULTS = {"通过": "passed", "合格": "passed", "未通过": "failed", "不通过": "failed", "不合格": "failed", "完成": "done"}


class _Once:
    """Tells of rows of one sheet that are about what an earlier row was about; those are not used."""

    def __init__(self, column: str) -> None:
        self._column, self._first = column, dict[tuple[str, ...], str]()

    def repeated(self, row: Row, *what: str) -> bool:
        """Whether an earlier row had the same ``what``; its last part is what the message names."""
        place = row.place(self._column)
        first = self._first.setdefault(what, place.cell)
        if first != place.cell:
            row.tell("row_repeated", self._column, what[0], value=what[-1], first=first)
        return first != place.cell


def events(sheet: Sheet) -> None:
    """Read a progress table or the system's export: the milestones of each plant, and its status."""
    load, channel = sheet.load, sheet.what.layout.channel
    steps = {m.id: m for m in load.programme.plant_milestones()}
    labels = {m: steps[m].label for m in steps}
    once = _Once("name")
    for row in sheet.rows():
        if not row.text("name") or (plant_id := row.plant()) is None or once.repeated(row, plant_id, row.text("name")):
            continue
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


def measurements(sheet: Sheet) -> None:
    """Read the indicators' values before and after: one row per indicator, two columns of values."""
    groups: dict[tuple[str, str, str], list[tuple[Row, Indicator, dict[str, Any]]]] = {}
    trades = {p["plant_id"]: p["industry"] for p in sheet.load.tables["plants"]}
    catalogue, once = _Catalogue(), _Once("indicator")
    for row in sheet.rows():
        if not row.text("name") or (plant_id := row.plant()) is None:
            continue
        system = catalogue.system(row.text("system"), trades.get(plant_id))
        if system is None:
            allowed = "data/reference/indicator_systems 中的体系"
            row.tell("code_unknown", "system", plant_id, field="评价指标体系", value=row.text("system"), allowed=allowed)
            continue
        indicator = catalogue.indicator(system, row.text("indicator"))
        if indicator is None:
            row.tell("indicator_unknown", "indicator", plant_id, value=row.text("indicator"), system=system.title)
            continue
        process = row.text("process") or system.process
        if once.repeated(row, plant_id, system.id, process, indicator.name):
            continue
        answers = _answers(row, indicator, plant_id)
        groups.setdefault((plant_id, system.id, process), []).append((row, indicator, answers))
    for (plant_id, system_id, process), rows in groups.items():
        _emit(sheet, plant_id, system_id, process, rows)


class _Catalogue:
    """Systems and indicators by any of their names."""

    def __init__(self) -> None:
        self._systems = {key(name): s for s in systems().values() if not s.stub for name in (s.id, s.title)}
        self._indicators = {(s.id, key(i.name)): i for s in systems().values() for i in s.indicators()}

    def system(self, said: str, trade: str | None) -> IndicatorSystem | None:
        """Return the system named; where none is, the only one of the plant's trade."""
        if said:
            return self._systems.get(key(said))
        known = industries().get(trade or "")
        return systems().get(known.systems[0]) if known and len(known.systems) == 1 else None

    def indicator(self, system: IndicatorSystem, said: str) -> Indicator | None:
        """Return the system's indicator of that name."""
        return self._indicators.get((system.id, key(said)))


def _answers(row: Row, indicator: Indicator, plant_id: str) -> dict[str, Any]:
    """Return period → (value, state); blank is missing."""
    unit = row.text("unit_of_measure")
    if unit and key(unit) != key(indicator.unit) and (times := factor(unit, indicator.unit)) != 1:
        apart = f"，相差 {max(times, 1 / times):g} 倍" if times else ""
        holes = {"indicator": indicator.name, "expected": indicator.unit or "无单位", "value": unit, "apart": apart}
        row.tell("indicator_unit", "unit_of_measure", plant_id, **holes)
        # neither answered nor left blank: a number is there, but nobody knows what it means
        cells = {period: row[f"value:{period}"] for period in ("before", "after")}
        return {period: (None, "missing" if values.blank(cell) else "unusable") for period, cell in cells.items()}
    return {period: _answer(row, f"value:{period}", indicator, plant_id) for period in ("before", "after")}


def _answer(row: Row, column: str, indicator: Indicator, plant_id: str) -> tuple[float | None, str]:
    layout, said = row.sheet.what.layout, values.text(row[column])
    if said in layout.not_applicable:
        return None, "not_applicable"
    if indicator.answer != "number" and not values.blank(row[column]):
        return _qualitative(row, column, indicator, plant_id)
    try:
        number = values.number(row[column], indicator.unit)
    except Wrong as wrong:
        row.tell(wrong.code, column, plant_id, field=indicator.name, value=row[column])
        return None, "unusable"
    if number is not None and (wrong_value := plausible.fault(indicator, number)):
        row.tell(wrong_value, column, plant_id, field=indicator.name, value=f"{number:g}")
        return None, "unusable"
    return number, "missing" if number is None else "reported"


def _qualitative(row: Row, column: str, indicator: Indicator, plant_id: str) -> tuple[float | None, str]:
    """Return a level (1 to 4) or yes/no (1 or 0) by the words of the layout; another answer is none."""
    words = {
        key(text): n for text, n in row.sheet.what.layout.answers.items() if (text in "是否") == (indicator.answer == "yes_no")
    }
    said = key(row[column])
    if said in words or said in map(str, words.values()):
        return float(words.get(said, said)), "reported"
    allowed = "是、否" if indicator.answer == "yes_no" else "Ⅰ级、Ⅱ级、Ⅲ级、未达Ⅲ级"
    row.tell("code_unknown", column, plant_id, field=indicator.name, value=row.text(column), allowed=allowed)
    return None, "unusable"


def _emit(sheet: Sheet, plant_id: str, system: str, process: str, rows: list[tuple[Row, Indicator, dict[str, Any]]]) -> None:
    """Write the rows of one plant and process; a period without any answer wasn't reported at all."""
    reported = [p for p in ("before", "after") if any(answers[p][1] != "missing" for _, _, answers in rows)]
    labels = field("measurements", "period").codes
    assert isinstance(labels, dict)
    for row, indicator, answers in rows:
        for period in reported:
            value, state = answers[period]
            if state == "missing" and indicator.limiting:
                row.tell("limiting_missing", f"value:{period}", plant_id, indicator=indicator.name, period=labels[period])
            state = "missing" if state == "unusable" else state
            about = {"plant_id": plant_id, "system": system, "process": process, "period": period, "indicator": indicator.id}
            sheet.load.tables["measurements"].append({**about, "value": value, "state": state, **row.source(f"value:{period}")})
    if len(reported) == 2:
        checks.identical(plant_id, system, rows)


def options(sheet: Sheet) -> None:
    """Read the options of the plants and hold the total row against what the rows add up to."""
    amounts = [c for c, about in tables()["options"].columns.items() if about.type == "number" and sheet.has(c)]
    labels = {c: field("options", c).label for c in amounts}
    once = _Once("number")
    totals = dict.fromkeys(amounts, 0.0)
    for row in sheet.rows():
        plant_id = row.plant("name_of_plant")
        numbers = {c: row.number(c, labels[c], plant_id) for c in amounts}
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
