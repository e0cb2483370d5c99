"""The whole path: what a page, a report and a command say is what a second, plain computation says."""

from __future__ import annotations

import datetime as dt

import pytest

from cpaudit import views
from cpaudit.analysis import attainment, progress
from cpaudit.dataset import Dataset
from cpaudit.programme import units
from cpaudit.selection import Selection
from tests.support import independent
from tests.support.examples import TIMES

NOTICE = independent.read("programmes/hebei-2021-2.yaml")


Rows = dict[str, list[independent.Row]]


@pytest.fixture(scope="module")
def known(ds: Dataset) -> Rows:
    """The rows of the data set."""
    return {name: independent.rows(getattr(ds, name)) for name in ("plants", "events", "measurements", "options")}


def expected(known: Rows, as_of: dt.date, unit: str | None) -> dict[str, float]:
    """The key figures of a unit (None: the province), computed without cpaudit's analyses."""
    plants = [p for p in known["plants"] if unit in (None, p["unit"])]
    ids = {p["plant_id"] for p in plants}
    mine = {name: [r for r in known[name] if r["plant_id"] in ids] for name in ("events", "measurements", "options")}
    found = dict(independent.progress(NOTICE, plants, mine["events"], as_of))
    found |= independent.benefits(mine["options"])
    accepted = {e["plant_id"] for e in mine["events"] if e["milestone"] == "accepted" and e["result"] != "failed"}
    staying = {p["plant_id"] for p in plants if p["status"] == "active" or p["plant_id"] in accepted}
    verdicts = independent.verdicts(NOTICE, plants, mine["measurements"])
    for verdict in ("attained", "not_attained", "cannot_judge"):
        found[verdict] = sum(v == verdict for i, v in verdicts.items() if i in staying)
    return found


def agree(shown: dict[str, float | int | None], wanted: dict[str, float]) -> None:
    both = shown.keys() & wanted.keys()
    assert {"listed", "accepted", "overdue", "attained"} <= both
    wrong = {k: (shown[k], wanted[k]) for k in both if (shown[k] or 0) != pytest.approx(wanted[k], abs=0.005)}
    assert not wrong


def test_every_state_of_every_milestone_is_the_one_computed_by_hand(ds: Dataset) -> None:
    for day in (dt.date(2022, 1, 31), dt.date(2022, 6, 30), ds.as_of):
        then = ds.at(day)
        states = progress.milestone_states(then)
        wanted = independent.milestone_states(NOTICE, independent.rows(then.plants), independent.rows(then.events), day)
        assert dict(zip(zip(states["plant_id"], states["milestone"], strict=True), states["state"], strict=True)) == wanted


def test_every_verdict_is_the_one_computed_by_hand(ds: Dataset, known: Rows) -> None:
    each = attainment.plants(ds).set_index("plant_id")["verdict"].to_dict()
    assert each == independent.verdicts(NOTICE, known["plants"], known["measurements"])


def test_the_dashboard_shows_the_numbers_computed_by_hand(ds: Dataset, known: Rows) -> None:
    agree(views.progress_page(ds, Selection()).key_figures(), expected(known, ds.as_of, None))


#: In every run the units with most, few and fewest plants; ``CPAUDIT_EXAMPLES`` asks for all.
SOME = tuple(units()) if TIMES > 1 else ("shijiazhuang", "zhangjiakou", "xinji", "xiongan")


@pytest.mark.parametrize("unit", SOME)
def test_report_and_dashboard_of_a_unit_show_the_same_numbers_and_those_computed_by_hand(
    ds: Dataset, known: Rows, unit: str
) -> None:
    report = views.city_report(ds, unit).key_figures()
    dashboard = views.progress_page(ds, Selection(units=(unit,))).key_figures()
    assert {k: report[k] for k in report.keys() & dashboard.keys()} == {k: dashboard[k] for k in report.keys() & dashboard.keys()}
    agree(report, expected(known, ds.as_of, unit))
