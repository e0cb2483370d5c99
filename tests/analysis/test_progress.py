"""Who is late, by how many days, and what a unit must do next."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given

from cpaudit.analysis import handover, progress
from cpaudit.analysis.basis import milestones
from cpaudit.dataset import Dataset
from cpaudit.selection import Selection
from tests.support import independent
from tests.support.builders import dataset, event, plant
from tests.support.histories import CALM, DAYS, MILESTONES, PROGRAMME, histories


def state(ds: Dataset, milestone: str, plant_id: str = "p1") -> dict[str, Any]:
    frame = progress.milestone_states(ds)
    return frame[(frame["plant_id"] == plant_id) & (frame["milestone"] == milestone)].iloc[0].to_dict()


def of(ds: Dataset, milestone: str) -> tuple[str, int | None]:
    found = state(ds, milestone)
    return found["state"], None if pd.isna(found["days"]) else int(found["days"])


# -- at the boundaries


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (dt.date(2022, 5, 31), ("not_due", 31)),
        (dt.date(2022, 6, 1), ("due_soon", 30)),
        (dt.date(2022, 7, 1), ("due_soon", 0)),  # the day itself is still in time
        (dt.date(2022, 7, 2), ("overdue", 1)),
    ],
)
def test_a_milestone_is_due_soon_from_30_days_ahead_and_overdue_the_day_after_its_deadline(
    as_of: dt.date, expected: tuple[str, int]
) -> None:
    assert of(dataset(as_of, plants=[plant()]), "assessed") == expected


@pytest.mark.parametrize(("day", "expected"), [("2022-07-01", ("done_on_time", 0)), ("2022-07-02", ("done_late", 1))])
def test_done_on_the_deadline_is_in_time_and_a_day_later_is_late(day: str, expected: tuple[str, int]) -> None:
    ds = dataset(dt.date(2022, 8, 1), plants=[plant()], events=[event("p1", "assessed", day)])
    assert of(ds, "assessed") == expected


def test_where_before_excludes_the_day_itself_everything_is_due_a_day_earlier() -> None:
    strict = PROGRAMME.model_copy(update={"deadline_inclusive": False})
    ds = replace(
        dataset(dt.date(2022, 7, 1), plants=[plant()], events=[event("p1", "plan_ready", "2022-06-01")]), programme=strict
    )
    assert of(ds, "assessed") == ("overdue", 1)
    assert of(ds, "plan_ready") == ("done_late", 1)
    assert progress.unit_states(ds).set_index(["unit", "milestone"]).loc[("shijiazhuang", "permit_reported"), "days"] == 124


def test_the_notification_is_due_ten_days_after_the_plants_own_list_was_published() -> None:
    ds = dataset(dt.date(2022, 1, 12), plants=[plant(listed_on="2022-01-01")])
    assert state(ds, "notified")["deadline"] == pd.Timestamp("2022-01-11")
    assert of(ds, "notified") == ("overdue", 1)


def test_a_plant_whose_list_has_no_date_is_never_called_late_for_its_notification() -> None:
    ds = dataset(dt.date(2022, 12, 31), plants=[plant(listed_on=None)])
    assert of(ds, "notified") == ("not_due", None)


def test_a_plants_own_deadline_replaces_that_of_acceptance_alone() -> None:
    ds = dataset(dt.date(2023, 1, 1), plants=[plant(own_deadline="2023-03-31")])
    assert state(ds, "accepted")["deadline"] == pd.Timestamp("2023-03-31")
    assert of(ds, "accepted") == ("not_due", 89)
    assert of(ds, "acceptance_applied") == ("overdue", 61)


@pytest.mark.parametrize(
    ("permit", "expected"), [("key", "overdue"), ("simplified", "overdue"), ("registered", "not_applicable")]
)
def test_the_permit_milestone_binds_plants_under_key_and_simplified_management_only(permit: str, expected: str) -> None:
    ds = dataset(plants=[plant(permit_class=permit)])
    assert of(ds, "permit_written")[0] == expected


# -- results and channels


def test_an_assessment_not_passed_is_not_done_until_one_passes() -> None:
    failed = event("p1", "assessed", "2022-06-20", result="failed")
    again = event("p1", "assessed", "2022-07-10")
    before = dataset(dt.date(2022, 7, 9), plants=[plant()], events=[failed])
    after = dataset(dt.date(2022, 7, 10), plants=[plant()], events=[failed, again])
    assert of(before, "assessed") == ("failed", 8)
    assert of(after, "assessed") == ("done_late", 9)
    assert progress.plants(before)["failed"].tolist() == [True]
    assert progress.plants(after)["failed"].tolist() == [False]
    assert progress.summary(before)[["assessed", "failed", "overdue"]].iloc[0].tolist() == [0, 1, 1]


def test_the_offline_date_counts_before_the_online_one() -> None:
    online = event("p1", "registered", "2022-01-20", channel="online")
    offline = event("p1", "registered", "2022-02-02")
    both = state(dataset(plants=[plant()], events=[online, offline]), "registered")
    alone = state(dataset(plants=[plant()], events=[online]), "registered")
    assert (both["state"], both["done_on"], both["channel"]) == ("done_late", pd.Timestamp("2022-02-02"), "offline")
    assert (alone["state"], alone["done_on"], alone["channel"]) == ("done_on_time", pd.Timestamp("2022-01-20"), "online")


def test_what_lies_after_the_as_of_date_has_not_happened() -> None:
    events = [event("p1", "assessed", "2022-07-10"), event(None, "permit_reported", "2022-07-10")]
    ds = dataset(dt.date(2022, 7, 1), plants=[plant()], events=events)
    assert of(ds, "assessed") == ("due_soon", 0)
    assert progress.curve(ds)["date"].max() == pd.Timestamp("2022-07-01")
    assert progress.unit_states(ds)["done_on"].isna().all()


# -- plants that left


def test_a_plant_that_left_keeps_what_it_did_and_is_not_overdue_with_the_rest() -> None:
    ds = dataset(
        dt.date(2022, 12, 31),
        plants=[plant(status="closed", status_since="2022-03-01")],
        events=[event("p1", "registered", "2022-01-20")],
    )
    states = set(progress.milestone_states(ds)["state"])
    assert states == {"done_on_time", "left"}
    row = progress.plants(ds).iloc[0]
    assert (row["stage"], row["n_overdue"]) == ("registered", 0)
    assert pd.isna(row["next_milestone"])
    assert len(progress.to_do(ds).query("n_plants > 0")) == 0


def test_the_share_of_those_still_active_leaves_out_plants_that_left_before_acceptance() -> None:
    ds = dataset(
        dt.date(2022, 12, 31),
        plants=[plant("a"), plant("b"), plant("c", status="relocated"), plant("d", status="closed")],
        events=[event("a", "accepted", "2022-11-01"), event("d", "accepted", "2022-11-01")],
    )
    row = progress.summary(ds).iloc[0]
    # who closed after its acceptance is accepted, and left nothing undone
    assert (row["listed"], row["active"], row["left"], row["accepted"]) == (4, 2, 1, 2)
    assert row["accepted_pct"] == pytest.approx(50)
    assert row["accepted_active_pct"] == pytest.approx(200 / 3)


# -- where a plant and a unit stand


def test_a_plants_row_says_how_far_it_came_what_is_worst_and_what_comes_next() -> None:
    ds = dataset(
        dt.date(2022, 6, 11),
        plants=[plant()],
        events=[event("p1", "notified", "2021-12-22"), event("p1", "registered", "2022-01-20")],
    )
    row = progress.plants(ds).iloc[0]
    assert (row["stage"], row["n_overdue"], row["worst_overdue_days"]) == ("registered", 4, 131)
    assert (row["next_milestone"], row["next_deadline"]) == ("disclosed", pd.Timestamp("2022-01-31"))
    assert pd.isna(row["accepted_on"])


def test_before_anything_happened_everything_is_ahead() -> None:
    ds = dataset(dt.date(2021, 10, 1), plants=[plant()])
    assert set(progress.milestone_states(ds)["state"]) == {"not_due"}
    assert progress.plants(ds)["stage"].tolist() == ["listed"]
    assert progress.to_do(ds).empty


def test_a_units_own_duties_have_states_and_dates_of_their_own() -> None:
    ds = dataset(
        dt.date(2022, 11, 20), plants=[plant()], events=[event(None, "permit_reported", "2022-03-03", unit="shijiazhuang")]
    )
    rows = progress.unit_states(ds).set_index("milestone")
    assert rows.loc["permit_reported", ["state", "days"]].tolist() == ["done_late", 3]
    assert rows.loc["results_reported", ["state", "days"]].tolist() == ["due_soon", 20]
    assert rows.loc["summary_sent", ["state", "days"]].tolist() == ["due_soon", 25]


def test_a_units_own_report_counts_from_the_offline_date_too() -> None:
    events = [event(None, "permit_reported", "2022-02-20", channel="online"), event(None, "permit_reported", "2022-03-03")]
    rows = progress.unit_states(dataset(plants=[plant()], events=events)).set_index("milestone")
    assert rows.loc["permit_reported", ["state", "days"]].tolist() == ["done_late", 3]


def test_every_unit_has_a_row_even_without_plants_and_no_share_over_nothing() -> None:
    ds = dataset(plants=[plant("a"), plant("b", unit="dingzhou")])
    table = progress.summary(ds, "unit").set_index("unit")
    assert list(table.index) == list(PROGRAMME.units)
    assert table.loc["xiongan", "listed"] == 0
    assert pd.isna(table.loc["xiongan", "accepted_pct"])


def test_one_units_view_speaks_of_that_unit_alone() -> None:
    ds = dataset(plants=[plant("a"), plant("b", unit="dingzhou")]).select(Selection(units=("dingzhou",)))
    assert progress.summary(ds, "unit")["unit"].tolist() == ["dingzhou"]
    assert set(progress.unit_states(ds)["unit"]) == {"dingzhou"}


def test_trades_and_rosters_come_in_the_notices_order() -> None:
    ds = dataset(
        plants=[
            plant("a", industry="brewing", roster="key_industry"),
            plant("b", industry="cement"),
            plant("c", industry="coal_power"),
        ]
    )
    assert progress.summary(ds, "industry")["industry"].tolist() == ["coal_power", "cement", "brewing"]
    assert progress.summary(ds, "roster")["roster"].tolist() == ["mandatory", "key_industry"]


def test_plants_without_a_county_are_counted_too() -> None:
    ds = dataset(plants=[plant("a"), plant("b", county=None)])
    assert progress.summary(ds, "county")["listed"].sum() == 2


# -- what to do


def test_the_to_do_list_is_sorted_by_date_and_names_plants_actor_and_clause() -> None:
    plants = [plant("a"), plant("b"), plant("c", unit="tangshan")]
    done = [
        event(p, m.id, "2022-01-05") for p in "abc" for m in PROGRAMME.plant_milestones() if m.id not in ("assessed", "accepted")
    ]
    failed = event("b", "assessed", "2022-06-20", result="failed")
    todo = progress.to_do(dataset(dt.date(2022, 6, 25), plants=plants, events=[*done, failed]))
    assert todo["deadline"].is_monotonic_increasing
    mine = todo[todo["milestone"] == "assessed"]
    assert mine[["unit", "state", "plants"]].to_numpy().tolist() == [
        ["shijiazhuang", "due_soon", "示例企业a"],
        ["shijiazhuang", "failed", "示例企业b"],
        ["tangshan", "due_soon", "示例企业c"],
    ]
    assert set(mine["clause"]) == {"二（二）3"}
    assert set(mine["actor"]) == {"各级部门"}
    own = todo[todo["milestone"] == "permit_reported"]
    assert own["unit"].tolist() == ["shijiazhuang", "tangshan"], "a unit of which no plant is listed owes nothing"
    assert own[["n_plants", "plants"]].drop_duplicates().to_numpy().tolist() == [[0, ""]]


def test_looking_further_ahead_lists_more_and_never_less() -> None:
    ds = dataset(dt.date(2022, 6, 25), plants=[plant()])
    near, far = progress.to_do(ds, 6), progress.to_do(ds, 200)
    assert "implemented" not in set(near["milestone"])
    assert {"implemented", "accepted", "summary_sent"} <= set(far["milestone"])
    assert len(progress.to_do(ds, 5)) == len(near) - 1  # assessment is six days ahead


# -- over time


def test_the_curve_counts_up_to_the_as_of_date() -> None:
    events = [event("a", "notified", "2021-12-22"), event("b", "notified", "2021-12-30"), event("c", "notified", "2021-12-30")]
    ds = dataset(dt.date(2022, 1, 15), plants=[plant("a"), plant("b"), plant("c"), plant("d")], events=events)
    curve = progress.curve(ds, ("notified",))
    assert curve[["date", "done", "listed"]].astype(str).to_numpy().tolist() == [
        ["2021-12-22", "1", "4"],
        ["2021-12-30", "3", "4"],
        ["2022-01-15", "3", "4"],
    ]


# -- always


@CALM
@given(histories(), DAYS)
def test_every_plant_has_one_state_per_milestone_and_the_same_as_counted_by_hand(whole: Dataset, day: dt.date) -> None:
    ds = whole.at(day)
    states = progress.milestone_states(ds)
    assert len(states) == len(ds.plants) * len(MILESTONES)
    assert not states.duplicated(["plant_id", "milestone"]).any()
    assert set(states["state"]) <= set(progress.STATES)
    notice = independent.read("programmes/hebei-2021-2.yaml")
    expected = independent.milestone_states(notice, independent.plants(ds), independent.rows(ds.events), day)
    assert dict(zip(zip(states["plant_id"], states["milestone"], strict=True), states["state"], strict=True)) == expected


@CALM
@given(histories(), DAYS, DAYS)
def test_time_undoes_only_what_something_later_takes_back(whole: Dataset, one: dt.date, other: dt.date) -> None:
    def done(day: dt.date) -> set[tuple[str, str]]:
        states = progress.milestone_states(whole.at(day))
        states = states[states["state"].isin(progress.DONE)]
        return set(zip(states["plant_id"], states["milestone"], strict=True))

    first, last = min(one, other), max(one, other)
    taken_back = {
        (e["plant_id"], e["milestone"])
        for e in independent.rows(whole.events)
        if e["result"] not in ("done", "passed") and e["date"] and first < e["date"] <= last
    }
    assert done(first) - done(last) <= taken_back


@CALM
@given(histories(), DAYS)
def test_units_trades_and_rosters_add_up_to_the_whole(whole: Dataset, day: dt.date) -> None:
    ds = whole.at(day)
    counts = [c for c in progress.summary(ds) if not c.endswith("_pct")]
    total = progress.summary(ds)[counts].iloc[0].fillna(0).tolist()  # null where nothing came of any plant
    for by in ("unit", "industry", "roster", "county"):
        assert progress.summary(ds, by)[counts].sum().tolist() == total
    each = progress.plants(ds)
    stopped = (each["accepted_on"].notna() & each["status"].notna() & ~each["status"].isin(["active", "unread"])).sum()
    states = progress.milestone_states(ds)
    open_ = set(states["plant_id"][states["milestone"].eq("accepted") & states["state"].eq("unclear")])
    unknown = (~each["status"].fillna("active").isin(["active", "unread"]) & each["plant_id"].isin(open_)).sum()
    parts = sum(total[counts.index(name)] for name in ("active", "left", "not_reported"))
    assert parts + stopped + unknown == len(ds.plants)


def test_the_sample_programme_counts_as_counted_by_hand(ds: Dataset) -> None:
    notice = independent.read("programmes/hebei-2021-2.yaml")
    expected = independent.progress(notice, independent.rows(ds.plants), independent.rows(ds.events), ds.as_of)
    row = progress.summary(ds).iloc[0]
    assert {k: int(row[k]) for k in expected} == expected


def test_a_table_belongs_to_whoever_asked_for_it(ds: Dataset) -> None:
    mine = progress.summary(ds, "unit")
    before = mine["listed"].tolist()
    mine["listed"] = 0
    mine.loc[mine.index[0], "accepted"] = -1
    again = progress.summary(ds, "unit")
    assert again["listed"].tolist() == before
    assert (again["accepted"] >= 0).all()


@pytest.mark.parametrize(("done", "state"), [([], "applies_unknown"), (["2022-01-20"], "done_on_time")])
def test_where_the_permit_class_is_blank_nobody_knows_whether_the_permit_had_to_be_written(done: list[str], state: str) -> None:
    ds = dataset(plants=[plant(permit_class=None)], events=[event("p1", "permit_written", day) for day in done])
    found = progress.milestone_states(ds).set_index("milestone")
    assert found.loc["permit_written", "state"] == state
    assert "permit_written" not in set(progress.to_do(ds)["milestone"])
    assert (handover.held(ds, "permit_authority") == 1) is (state == "applies_unknown")


def test_a_state_that_nothing_knows_reaches_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(milestones, "STATES", {s: label for s, label in milestones.STATES.items() if s != "overdue"})
    with pytest.raises(ValueError, match="overdue"):
        milestones.milestone_states(dataset(plants=[plant()]))
