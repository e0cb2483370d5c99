"""How units send: most in time and whole; some late, in part, twice, as a scan, under another unit's title, or not at all."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable

from cpaudit.sample.mess.mistakes import Mistakes
from cpaudit.sample.workbooks.sheets import Sheet, Spot

#: How often a unit does so at a date; the rest sends as it should.
_HABITS = {
    "sent_late": 0.09,
    "sent_partly": 0.05,
    "sent_twice": 0.05,
    "sent_as_scan": 0.03,
    "sent_in_anothers_form": 0.02,
    "not_sent": 0.05,
}
_LATE = {"sent_late": "报的还是上一期的情况", "not_sent": "本期没有报送"}
#: A unit that sends twice sent the first time so many days before.
BEFORE = dt.timedelta(days=12)

Rebuild = Callable[[str, dt.date], list[Sheet]]


def habits(units: Iterable[str], day: dt.date, seed: int) -> dict[str, str]:
    """Return how each unit sends at a date, of those that don't send as they should."""
    found = {}
    for unit in units:
        rng = random.Random(f"{seed} sending {unit} {day}")  # noqa: S311 - a game, not a secret
        kinds = ["", *_HABITS]
        if kind := rng.choices(kinds, [1 - sum(_HABITS.values()), *_HABITS.values()])[0]:
            found[unit] = kind
    return found


def sort_out(sheets: list[Sheet], kinds: dict[str, str]) -> list[Sheet]:
    """Leave out what isn't sent at all, or not as tables that can be read."""
    gone = {u for u, kind in kinds.items() if kind in ("not_sent", "sent_as_scan")}
    partly = {u for u, kind in kinds.items() if kind == "sent_partly"}
    return [s for s in sheets if s.unit not in gone and not (s.unit in partly and s.layout in ("options", "measurements"))]


def send(m: Mistakes, kinds: dict[str, str], names: dict[str, str], rebuild: Rebuild) -> None:
    """Do to the files what units do to them, and write it down. ``rebuild``: a unit's sheets as they were on a day."""
    for unit, kind in kinds.items():
        mine = [s for s in m.sheets if s.unit == unit]
        file = mine[0].file if mine else f"上报/{names[unit]}.xlsx"
        if kind in ("not_sent", "sent_late"):
            m.record_at(kind, Sheet(file, "", "", unit, {}), Spot("sheet"), _LATE[kind])
        elif kind == "sent_as_scan":
            picture = Sheet(f"上报/{names[unit]}（盖章扫描件）.jpg", "", "", unit, {})
            m.sheets.append(picture)
            m.record_at(kind, picture, Spot("sheet"), "只报了盖章的扫描件")
        elif kind == "sent_partly":
            m.record_at(kind, mine[0], Spot("sheet"), "只报了进度和辖区工作")
        elif kind == "sent_in_anothers_form" and not mine[0].text_only:
            other = next(name for u, name in names.items() if u != unit and u not in kinds)
            for sheet in mine:
                sheet.titles = [title.replace(names[unit], other) for title in sheet.titles]
            m.record_at(kind, mine[0], Spot("sheet"), f"表题仍是{other}")
        elif kind == "sent_twice" and not mine[0].text_only:
            first = rebuild(unit, m.as_of - BEFORE)
            for sheet in first:
                stem, dot, ending = sheet.file.rpartition(".")
                sheet.file = f"{stem}（初稿）{dot}{ending}"
            m.sheets += first
            m.record_at(kind, mine[0], Spot("sheet"), "先报了一稿，后报了一稿")
            m.record_at(kind, first[0], Spot("sheet"), "先报了一稿，后报了一稿")
