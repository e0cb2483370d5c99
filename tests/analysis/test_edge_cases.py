"""The edges of a programme: no plants, before and after its time, 29 February, a roster that isn't the announced one.

Every analysis answers at each of them, with its clause and without an invented figure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from cpaudit.analysis import attainment, bulletin, forecast, funnel, handover, pace, progress
from cpaudit.dataset import Dataset
from cpaudit.programme import Programme, load_programme
from cpaudit.selection import Selection
from cpaudit.views.page import Table
from cpaudit.views.tables import base as tables
from cpaudit.views.tables import benefits as benefit_tables
from cpaudit.views.tables import bulletin as bulletin_tables
from cpaudit.views.tables import forecast as forecast_tables
from cpaudit.views.tables import handover as handover_view
from cpaudit.views.tables import plausibility
from tests.support.builders import dataset, event, plant, snapshot_of
from tests.support.scoring import answers

LISTS = tuple(handover.definitions().lists)
Shown = Callable[[Dataset], Table]

#: Every table that the commands of these analyses show; the back-test, slow, has its own tests.
GROUPS = ("unit", "industry", "roster", "plant")
SHOWN: dict[str, Shown] = {
    **{f"progress {by}": lambda ds, by=by: tables.progress(ds, by) for by in (*GROUPS, "to-do")},
    "funnel": lambda ds: bulletin_tables.funnel(ds, None),
    "funnel unit": lambda ds: bulletin_tables.funnel(ds, "unit"),
    "pace": lambda ds: bulletin_tables.pace(ds, "unit"),
    "bulletin": bulletin_tables.bulletin,
    "laggards": bulletin_tables.laggards,
    "forecast": forecast_tables.forecast,
    **{f"attainment {by}": lambda ds, by=by: tables.attainment(ds, by) for by in (*GROUPS, "target")},
    **{
        f"benefits {by}": lambda ds, by=by: benefit_tables.benefits(ds, by)
        for by in ("unit", "industry", "class", "option", "status", "curve", "concentration", "tce", "totals-check")
    },
    "benefits concentration COD": lambda ds: benefit_tables.benefits(ds, "concentration", "COD"),
    "plausibility": plausibility.plausibility,
    **{f"handover {i}": lambda ds, i=i: handover_view.listing(ds, i) for i in LISTS},
}
DAYS = {
    "before the notice": dt.date(2021, 6, 1),
    "on 29 February": dt.date(2024, 2, 29),
    "long after the end": dt.date(2030, 1, 1),
}


@pytest.mark.parametrize("name", SHOWN)
def test_every_result_names_its_clause_or_says_that_the_notice_has_none(ds: Dataset, name: str) -> None:
    shown = SHOWN[name](ds)
    stamped = "依据：通知" in shown.note or "通知未作规定" in shown.note
    assert stamped or "clause" in shown.columns
    if "clause" in shown.columns:
        assert (shown.frame["clause"].str.len() > 0).all()


@pytest.mark.parametrize("name", SHOWN)
def test_a_unit_without_plants_has_an_answer_without_a_rate(name: str) -> None:
    for ds in (dataset(), dataset(plants=[plant()]).select(Selection(units=("xiongan",)))):
        frame = SHOWN[name](ds).frame
        rates = frame.filter(regex="_pct$|^pct$")
        assert rates.isna().all(axis=None)


@pytest.fixture(scope="module", params=DAYS.values(), ids=list(DAYS))
def then(ds: Dataset, request: pytest.FixtureRequest) -> Dataset:
    return snapshot_of(ds, request.param)


@pytest.mark.parametrize("name", SHOWN)
def test_every_day_has_an_answer(then: Dataset, name: str) -> None:
    shown = SHOWN[name](then)
    assert isinstance(shown.frame, pd.DataFrame)
    assert len(shown.frame) or shown.empty


def test_before_the_notice_nothing_is_due_done_ranked_or_foretold(ds: Dataset) -> None:
    then = snapshot_of(ds, dt.date(2021, 6, 1))
    assert progress.summary(then)[["notified", "accepted", "overdue", "failed"]].to_numpy().sum() == 0
    assert set(bulletin.bulletin(then)["group"]) == {"none"}
    assert bulletin.laggards(then).empty
    assert pace.pace(then)["expected"].sum() == 0
    assert forecast.forecast(then)["chance_pct"].isna().all()


def test_after_the_end_nothing_is_ahead_and_nobody_is_foretold(ds: Dataset) -> None:
    then = ds.assuming_nothing_more(dt.date(2030, 1, 1))
    assert not progress.milestone_states(then)["state"].isin(progress.STATES.keys() & {"due_soon", "not_due"}).any()
    assert forecast.forecast(then)["reason"].str.startswith("期限已过").all()
    late = progress.to_do(then)
    assert set(late["state"]) <= {"overdue", "failed", "unclear"}
    curve = pace.s_curve(then)
    assert curve["date"].max() == pd.Timestamp(2030, 1, 1)


def test_29_february_is_a_deadline_and_a_day_of_acceptance_like_any_other() -> None:
    own = plant("p1", own_deadline="2024-02-29")
    ds = dataset(dt.date(2024, 2, 28), plants=[own])
    state = progress.milestone_states(ds).set_index("milestone").loc["accepted"]
    assert (state["state"], state["days"], state["working_days"]) == ("due_soon", 1, 1)
    done = dataset(dt.date(2024, 2, 29), plants=[own], events=[event("p1", "accepted", "2024-02-29")])
    assert progress.plants(done)["accepted_on"].tolist() == [pd.Timestamp(2024, 2, 29)]
    assert funnel.funnel(done).set_index("item").loc["accepted", "n"] == 1
    late = dataset(dt.date(2024, 3, 1), plants=[own])
    assert progress.milestone_states(late).set_index("milestone").loc["accepted", "days"] == 1


# -- a plant in three target groups


def programme_with_a_third_target() -> Programme:
    """The notice's four targets exclude each other but for hazardous waste; this one asks ceramics for the whole, too."""
    known = load_programme("hebei-2021-2")
    whole = next(t for t in known.targets if t.id == "whole_plant_level_3")
    more = whole.model_copy(
        update={
            "id": "whole_ceramics",
            "clause": "一、5",
            "applies_to": whole.applies_to.model_copy(update={"other_industries": False, "industries": ("ceramics",)}),
        }
    )
    return known.model_copy(update={"targets": (*known.targets, more)})


def test_of_the_notices_targets_at_most_two_bind_one_plant() -> None:
    known = load_programme("hebei-2021-2")
    for industry in (*known.targets[0].applies_to.industries, *known.targets[1].applies_to.industries, "brewing", "pharma"):
        assert len(known.targets_for(industry, None)) == 1
        assert len(known.targets_for(industry, 100.0)) == 2


@pytest.mark.parametrize(("level", "verdict"), [(1, "attained"), (4, "not_attained")])
def test_a_plant_in_three_target_groups_must_reach_all_three_and_is_counted_once(level: int, verdict: str) -> None:
    measured = [
        a for period in ("before", "after") for a in answers("p1", "demo_ceramics", period, 4 if period == "before" else level)
    ]
    plants = [plant("p1", industry="ceramics", hazardous_waste_t=150.0)]
    ds = replace(dataset(plants=plants, measurements=measured), programme=programme_with_a_third_target())
    each = attainment.targets(ds)
    assert len(each) == 3
    assert each["clause"].tolist() == ["一、2", "一、3", "一、5"]
    one = attainment.plants(ds).iloc[0]
    assert one["n_targets"] == 3
    judged = set(each["verdict"])
    assert one["verdict"] == next(v for v in ("not_attained", "cannot_judge", "attained") if v in judged), "the worst counts"
    assert verdict in judged
    counted = attainment.summary(ds).iloc[0]
    assert counted[["plants", "attained", "not_attained", "cannot_judge"]].tolist()[0] == 1
    assert counted[["attained", "not_attained", "cannot_judge"]].sum() == 1


def test_missing_one_of_three_targets_misses_the_whole() -> None:
    measured = answers("p1", "demo_ceramics", "before", 4) + answers("p1", "demo_ceramics", "after", 3)
    plants = [plant("p1", industry="ceramics", hazardous_waste_t=150.0)]
    ds = replace(dataset(plants=plants, measurements=measured), programme=programme_with_a_third_target())
    verdicts = attainment.targets(ds).set_index("clause")["verdict"].to_dict()
    assert verdicts["一、2"] == "not_attained", "level II is asked of ceramics"
    assert verdicts["一、5"] == "attained", "level III of the whole is reached"
    assert attainment.plants(ds)["verdict"].tolist() == ["not_attained"]


# -- a roster that isn't the announced one, and no snapshot before


@pytest.mark.parametrize("n", [1, 445, 447])
def test_a_roster_of_another_size_is_counted_as_it_is(n: int) -> None:
    ds = dataset(plants=[plant(f"p{i}") for i in range(n)])
    assert funnel.funnel(ds).query("item == 'listed'")["n"].tolist() == [n]
    assert f"所选数据中列入名单 {n} 家" in bulletin_tables.funnel(ds, None).note
    assert len(handover.listing(ds, "results")) == n
    assert progress.summary(ds)["listed"].tolist() == [n]
    assert attainment.summary(ds)["plants"].tolist() == [n]


def test_without_an_earlier_snapshot_nothing_is_compared() -> None:
    ds = dataset(plants=[plant(f"p{i}") for i in range(5)])
    frame = bulletin.bulletin(ds, None)
    assert frame[["pct_change", "rank_before", "accepted_change", "overdue_change"]].isna().all(axis=None)
    assert not [c for c in bulletin_tables.bulletin(ds).columns if "change" in c]
