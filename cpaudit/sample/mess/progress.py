"""Mistakes in dates: impossible, in the future, out of order, without the step before, different online and on paper."""

from __future__ import annotations

import datetime as dt

from cpaudit.sample.mess.mistakes import Found, Mistakes
from cpaudit.sample.workbooks.sheets import Cell, FormulaError, Row

_DAY = dt.timedelta(days=1)
_IMPOSSIBLE = ("2022-02-30", "2022年13月5日", "1月底", "20220132")


def plant(m: Mistakes, rounds: int) -> None:
    """Plant them all, so many times over."""
    m.begin("dates")
    for _ in range(rounds):
        _round(m)


def _round(m: Mistakes) -> None:
    for text in _IMPOSSIBLE:
        _rejected(m, "date_invalid", "event:disclosed", text, "不是有效日期")
    for key in ("event:disclosed", "event:permit_written", "event:disclosed"):
        day = dt.date(m.as_of.year + 1, 1, m.rng.randint(4, 28))
        _rejected(m, "date_in_future", key, day, "年份误写")
    _rejected(m, "cell_error", "event:disclosed", FormulaError("=DATE(2022,1,15)+NA()", "#N/A"), "公式错误", ".xlsx")
    for later, earlier, before in (
        ("implemented", "assessed", "assessment_applied"),
        ("registered", "notified", ""),
        ("accepted", "acceptance_applied", "implemented"),
        ("implemented", "assessed", "assessment_applied"),
    ):
        _out_of_order(m, later, earlier, before)
    for missing, later in (("registered", "plan_ready"), ("assessment_applied", "assessed")):
        _without_step(m, missing, later)
    for _ in range(2):
        _failed(m)
    for milestone in ("disclosed", "accepted", "assessed", "disclosed", "accepted", "assessed", "disclosed", "accepted"):
        _differ(m, milestone)
    for milestone in ("registered", "disclosed", "plan_ready", "implemented"):
        _drift(m, milestone)
    for milestone in ("plan_ready", "assessed", "implemented", "disclosed"):
        _not_online(m, milestone)


def _online(m: Mistakes, found: Found) -> Row:
    return m.rows_of(found[1].plant, "system_export")[0]


def _rejected(m: Mistakes, code: str, key: str, value: Cell, note: str, *endings: str) -> None:
    """Put in a date that cannot be taken over; online it was not entered, so that nothing else is wrong with it."""
    found = m.take(m.of("progress", *endings), lambda r: isinstance(r.cells.get(key), dt.date))
    if found:
        m.put(code, found, key, value, note)
        _online(m, found).cells[key] = None


def _out_of_order(m: Mistakes, later: str, earlier: str, before: str) -> None:
    """Date a step before the one that it follows, but after the one before that; online it is right."""

    def fits(row: Row) -> bool:
        last, first = row.cells.get(f"event:{later}"), row.cells.get(f"event:{earlier}")
        floor = row.cells.get(f"event:{before}") if before else dt.date(2021, 12, 21)
        return isinstance(last, dt.date) and isinstance(first, dt.date) and isinstance(floor, dt.date) and floor < first - _DAY

    found = m.take(m.of("progress"), fits)
    if not found:
        return
    first = found[1].cells[f"event:{earlier}"]
    assert isinstance(first, dt.date)
    key = f"event:{later}"
    m.put("date_order", found, key, first - _DAY, "早于前一节点")
    m.record("online_offline_differ", found, key, "线上日期正确")


def _without_step(m: Mistakes, missing: str, later: str) -> None:
    """Leave out a step that a later one needs, on paper and online."""
    found = m.take(m.of("progress"), lambda r: all(isinstance(r.cells.get(f"event:{k}"), dt.date) for k in (missing, later)))
    if not found:
        return
    export = m.of("system_export")[0]
    for one in (found, (export, _online(m, found))):
        one[1].cells[f"event:{missing}"] = None
        m.record("predecessor_missing", one, f"event:{later}", "前一节点未填")


def _failed(m: Mistakes) -> None:
    """Say on paper that a plant failed the step before one that it has taken."""
    found = m.take(
        m.of("progress"), lambda r: r.cells.get("result:assessed") == "通过" and bool(r.cells.get("event:implemented"))
    )
    if found:
        found[1].cells["result:assessed"] = "未通过"
        if found[1].cells.get("score:assessed"):
            found[1].cells["score:assessed"] = 55.0  # one that fits the result
        m.keep(found[1], "result:assessed")
        m.record("step_after_failure", found, "event:implemented", "评估未通过却已实施")


def _differ(m: Mistakes, milestone: str) -> None:
    key = f"event:{milestone}"
    found = m.take(m.of("progress"), lambda r: _later(m, r, key) >= _DAY)
    if found:
        _enter_late(m, found, key, min(m.rng.randint(1, 6) * _DAY, _later(m, found[1], key)), "线上晚录")


def _drift(m: Mistakes, milestone: str) -> None:
    """Enter a step online weeks after it was taken."""
    key = f"event:{milestone}"
    found = m.take(m.of("progress"), lambda r: _later(m, r, key) >= 14 * _DAY)
    if found:
        _enter_late(m, found, key, min(m.rng.randint(14, 45) * _DAY, _later(m, found[1], key)), "线上晚录数周")


def _enter_late(m: Mistakes, found: Found, key: str, by: dt.timedelta, note: str) -> None:
    day = found[1].cells[key]
    assert isinstance(day, dt.date)
    _online(m, found).cells[key] = day + by
    m.record("online_offline_differ", found, key, note)


def _later(m: Mistakes, row: Row, key: str) -> dt.timedelta:
    """Return by how much a step may be entered later, so that it still comes before the next; nothing where it wasn't taken."""
    day = row.cells.get(key)
    if not isinstance(day, dt.date):
        return -_DAY
    behind = [k for k in row.cells if k.startswith("event:")]
    after = [v for k in behind[behind.index(key) + 1 :] if isinstance(v := row.cells[k], dt.date)]
    return min([m.as_of, *after]) - day


def _not_online(m: Mistakes, milestone: str) -> None:
    """Leave out online what was reported on paper last: it may still be entered."""
    key = f"event:{milestone}"

    def last(row: Row) -> bool:
        steps = [k for k, v in row.cells.items() if k.startswith("event:") and isinstance(v, dt.date)]
        return bool(steps) and steps[-1] == key

    found = m.take(m.of("progress"), last)
    if found:
        online = _online(m, found)
        for column in (key, key.replace("event", "result")):
            online.cells[column] = None
        m.record("not_online_yet", found, key, "线上尚未填报")
