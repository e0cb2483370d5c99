"""Checks across cells and tables: orders of dates, totals, values that can't both be measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cpaudit.fields import field
from cpaudit.loaders.problems import ProblemPlace
from cpaudit.loaders.tables.doubts import plausible

if TYPE_CHECKING:
    import datetime as dt

    from cpaudit.loaders.tables.asked import Asked
    from cpaudit.loaders.tables.gathered import Load
    from cpaudit.loaders.tables.reader import Row
    from cpaudit.programme import Milestone

#: Two decimals are printed: sums of them agree to this.
_TOLERANCE = 0.01
#: Fewer equal values than this say nothing.
_FEWEST = 3


def order(row: Row, plant_id: str, dates: dict[str, dt.date], bad: set[str], steps: dict[str, Milestone]) -> None:
    """Hold each milestone against those it comes after: none may be missing, none later."""
    for milestone, date in dates.items():
        for before in _dated_before(milestone, dates, steps):
            if dates[before] > date:
                holes: dict[str, Any] = {"later": steps[milestone].label, "earlier": steps[before].label}
                holes |= {"later_date": date, "earlier_date": dates[before]}
                row.tell("date_order", f"event:{milestone}", plant_id, **holes)
        for before in steps[milestone].after:
            if before not in dates and before not in bad:
                labels = {"later": steps[milestone].label, "earlier": steps[before].label}
                row.tell("predecessor_missing", f"event:{milestone}", plant_id, **labels)


def _dated_before(milestone: str, dates: dict[str, dt.date], steps: dict[str, Milestone]) -> list[str]:
    """Return the steps with a date that come before one, past those of which the table has no date."""
    found, looked = list[str](), list(steps[milestone].after)
    while looked:
        before = looked.pop(0)
        if before in dates:
            found.append(before)
        else:
            looked += steps[before].after
    return list(dict.fromkeys(found))


def failures(row: Row, plant_id: str, results: dict[str, str], steps: dict[str, Milestone]) -> None:
    """Tell of a step that follows one that wasn't passed."""
    for milestone in results:
        for before in steps[milestone].after:
            if results.get(before) == "failed":
                labels = {"later": steps[milestone].label, "earlier": steps[before].label}
                row.tell("step_after_failure", f"event:{milestone}", plant_id, **labels)


def option(row: Row, plant_id: str, numbers: dict[str, float | None]) -> None:
    """Hold an option against what it can be: no end-of-pipe treatment, no negative cost, no saving of more than there is."""
    if word := plausible.end_of_pipe(row.text("name")):
        row.tell("option_end_of_pipe", "name", plant_id, value=row.text("name"), word=word)
    invested = numbers.get("investment_wan_yuan")
    if invested is not None and invested < 0:
        label = field("options", "investment_wan_yuan").label
        row.tell("amount_negative", "investment_wan_yuan", plant_id, field=label, value=f"{invested:g}")
        numbers["investment_wan_yuan"] = None
    plausible.savings(row, plant_id, numbers)


def identical(plant_id: str, system: str, rows: list[tuple[Row, Asked, dict[str, Any]]]) -> None:
    """Tell where every quantitative value is the same before and after."""
    pairs = [
        (row, answers["before"][0], answers["after"][0])
        for row, asked, answers in rows
        if asked.quantitative and answers["before"][1] == answers["after"][1] == "reported"
    ]
    if len(pairs) >= _FEWEST and all(before == after for _, before, after in pairs):
        from cpaudit.indicators import find_system

        pairs[0][0].tell("before_after_identical", "value:after", plant_id, system=find_system(system).title, count=len(pairs))


def totals(printed: Row, computed: dict[str, float], labels: dict[str, str]) -> None:
    """Hold the total row against the sum of the rows."""
    for column, total in computed.items():
        said = printed.number(column, labels[column], None)
        if said is not None and abs(said - total) > _TOLERANCE + 1e-9 * abs(total):
            printed.tell("total_mismatch", column, None, field=labels[column], printed=_exact(said), computed=_exact(total))


def _exact(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def channels(load: Load) -> None:
    """Tell where the unit's return and the system's export give different dates (notice 四（二）)."""
    dated = [e for e in load.tables["events"] if e["date"]]  # a date that isn't understood contradicts none
    online = {(e["plant_id"], e["milestone"]): e for e in dated if e["channel"] == "online"}
    labels = {m.id: m.label for m in load.programme.milestones}
    units = {p["plant_id"]: p["unit"] for p in load.tables["plants"]}
    for event in dated:
        other = online.get((event["plant_id"], event["milestone"]))
        if event["channel"] == "offline" and other and other["date"] != event["date"]:
            place = ProblemPlace(event["file"], event["sheet"], event["cell"], units.get(event["plant_id"]))
            holes = {"field": labels[event["milestone"]], "online": other["date"], "offline": event["date"]}
            load.problems.add("online_offline_differ", place, plant_id=event["plant_id"], **holes)
