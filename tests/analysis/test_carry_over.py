"""Carry-over: nobody who is unfinished gets lost between two batches, and each keeps the batch that listed it first."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from cpaudit.analysis.carry_over import REASONS, carry_over
from cpaudit.dataset import Dataset
from tests.support.builders import dataset, event, plant

END = dt.date(2022, 12, 1)  # the day after the notice's last one for acceptance


def one(**rows: list[dict[str, object]]) -> dict[str, object]:
    found = carry_over(dataset(END, **rows)).to_dict("records")
    assert len(found) == 1
    return found[0]


def test_an_accepted_plant_is_not_carried_over_whatever_its_status_says() -> None:
    plants = [plant("p1"), plant("p2", status="suspended", status_since="2022-11-20")]
    events = [event(p, "accepted", "2022-11-01") for p in ("p1", "p2")]
    assert carry_over(dataset(END, plants=plants, events=events)).empty


@pytest.mark.parametrize(
    ("status", "carried"), [*((s, True) for s in list(REASONS)[:4]), ("closed", False), ("cancelled", False)]
)
def test_a_plant_that_will_audit_later_is_carried_over_and_one_that_never_will_is_not(status: str, carried: bool) -> None:
    history = [{"plant_id": "p1", "status": status, "since": "2022-05-01", "proof": "文件1号"}]
    plants = [plant(status=status, status_since="2022-05-01")]
    found = carry_over(dataset(END, plants=plants, status_history=history))
    assert found["reason"].tolist() == ([status] if carried else [])
    assert found["proof"].tolist() == (["文件1号"] if carried else [])
    assert found["since"].tolist() == ([pd.Timestamp("2022-05-01")] if carried else [])


def test_an_active_plant_is_carried_over_once_its_deadline_has_passed() -> None:
    plants = [plant("late"), plant("given-time", own_deadline="2023-03-31")]
    ds = dataset(END, plants=plants, events=[event("late", "notified", "2021-12-25")])
    assert carry_over(ds.assuming_nothing_more(dt.date(2022, 11, 30))).empty
    found = carry_over(ds).iloc[0]
    assert (found["plant_id"], found["reason"], found["since"]) == ("late", "overdue", pd.Timestamp("2022-11-30"))
    assert (found["last_milestone"], found["last_date"]) == ("notified", pd.Timestamp("2021-12-25"))


def test_a_failed_acceptance_is_the_reason_until_a_later_one_passes() -> None:
    failed = event("p1", "accepted", "2022-11-10", result="failed")
    found = one(plants=[plant()], events=[event("p1", "assessed", "2022-06-20"), failed])
    assert (found["reason"], found["failed_milestone"], found["since"]) == ("failed", "accepted", pd.Timestamp("2022-11-10"))
    assert found["last_milestone"] == "assessed"
    again = dataset(END, plants=[plant()], events=[failed, event("p1", "accepted", "2022-11-28")])
    assert carry_over(again).empty


def test_an_assessment_that_was_never_passed_is_the_reason_at_the_end() -> None:
    found = one(plants=[plant()], events=[event("p1", "assessed", "2022-06-20", result="failed")])
    assert (found["reason"], found["failed_milestone"]) == ("failed", "assessed")


def test_the_cohort_stays_through_several_batches() -> None:
    plants = [plant("old", cohort="hebei-2020-1"), plant("new")]
    found = carry_over(dataset(END, plants=plants)).set_index("plant_id")["first_batch"]
    assert found.to_dict() == {"old": "hebei-2020-1", "new": "hebei-2021-2"}


def test_at_the_end_every_plant_of_the_sample_is_accepted_carried_over_or_gone(ds: Dataset) -> None:
    at_end = ds.assuming_nothing_more(dt.date(2023, 12, 31))
    carried = set(carry_over(at_end)["plant_id"])
    passed = at_end.events[(at_end.events["milestone"] == "accepted") & (at_end.events["result"] != "failed")]
    gone = set(at_end.plants.loc[at_end.plants["status"].isin(["closed", "cancelled"]), "plant_id"])
    assert carried.isdisjoint(gone)
    assert set(at_end.plants["plant_id"]) == carried | set(passed["plant_id"]) | gone
