"""How events end: the last word of a side counts, what both sides tell differently nobody knows, and doubt keeps from lists."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpaudit.analysis import attainment, handover, progress
from cpaudit.dataset import Dataset
from cpaudit.views.tables import handover as view
from tests.support import independent
from tests.support.builders import dataset, event, measurement, plant

DAY, TWENTIETH = dt.date(2022, 12, 20), dt.date(2022, 11, 20)


def state(ds: Dataset, milestone: str = "accepted") -> tuple[str, Any, bool]:
    row = progress.milestone_states(ds).set_index("milestone").loc[milestone]
    return row["state"], None if pd.isna(row["done_on"]) else row["done_on"].date(), bool(row["overdue"])


def told(*events: tuple[str, str, str]) -> Dataset:
    rows = [event("p1", "accepted", date, result=result, channel=channel) for channel, result, date in events]
    return dataset(DAY, plants=[plant()], events=rows)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([("offline", "passed", "2022-11-20"), ("online", "failed", "2022-11-20")], ("unclear", None, False)),
        ([("offline", "failed", "2022-11-20"), ("online", "passed", "2022-12-02")], ("unclear", None, False)),
        (
            [("offline", "passed", "2022-11-20"), ("online", "passed", "2022-11-22")],
            ("done_on_time", TWENTIETH, False),
        ),
        ([("offline", "failed", "2022-11-20"), ("online", "failed", "2022-11-20")], ("failed", None, True)),
        # revoked, then passed anew
        ([("offline", "passed", "2022-11-20"), ("offline", "failed", "2022-12-05")], ("failed", None, True)),
        (
            [("offline", "passed", "2022-11-20"), ("offline", "failed", "2022-12-05"), ("offline", "passed", "2022-12-10")],
            ("done_late", dt.date(2022, 12, 10), False),
        ),
        (
            [("offline", "failed", "2022-11-10"), ("offline", "passed", "2022-11-20")],
            ("done_on_time", TWENTIETH, False),
        ),
        ([("offline", "passed", "2022-11-20"), ("offline", "failed", "2022-11-20")], ("unclear", None, False)),
        ([("offline", "passed", "2022-11-20"), ("offline", "unread", "2022-12-01")], ("unclear", None, False)),
        ([("online", "failed", "2022-11-20")], ("failed", None, True)),
    ],
)
def test_the_last_word_counts_and_two_words_are_none(events: list[tuple[str, str, str]], expected: tuple[Any, ...]) -> None:
    assert state(told(*events)) == expected


def test_what_failed_is_not_late_before_its_deadline() -> None:
    failed = [event("p1", "accepted", "2022-11-20", result="failed")]
    before, after = (dataset(day, plants=[plant()], events=failed) for day in (dt.date(2022, 11, 30), dt.date(2022, 12, 1)))
    assert state(before) == ("failed", None, False)
    assert state(after) == ("failed", None, True)
    assert progress.plants(after)["n_overdue"].item() > progress.plants(before)["n_overdue"].item()


WORDS = st.tuples(
    st.sampled_from(["offline", "online"]),
    st.sampled_from(["passed", "failed", "unread"]),
    st.sampled_from([f"2022-11-{day}" for day in (10, 20, 29)] + ["2022-12-05"]),
)


@given(events=st.lists(WORDS, max_size=5))
def test_any_events_end_as_counted_by_hand(events: list[tuple[str, str, str]]) -> None:
    ds = told(*events)
    seen: dict[str, list[dict[str, Any]]] = {}
    for row in independent.rows(ds.events):
        seen.setdefault(row["channel"], []).append(row)
    word, since = independent.outcome(seen)
    late = since is not None and since > dt.date(2022, 11, 30)
    expected = {"good": "done_late" if late else "done_on_time", "unread": "unclear", "failed": "failed", "nothing": "overdue"}
    assert state(ds)[0] == expected[word]
    assert state(ds)[1] == (since if word == "good" else None)


# -- doubt


def problem(cell: str, code: str = "date_order", severity: str = "error") -> dict[str, Any]:
    return {"severity": severity, "code": code, "file": "表.xlsx", "sheet": "进度", "cell": cell, "message": "早于前一节点"}


def test_a_cell_in_doubt_marks_what_it_decides_and_keeps_it_from_the_lists() -> None:
    where = {"file": "表.xlsx", "sheet": "进度"}
    steps = ["notified", "registered", "disclosed", "plan_ready", "assessment_applied"]
    plants = [plant(p) for p in ("sure", "doubtful", "waiting")]
    events = [event(p["plant_id"], m, "2022-01-20") for p in plants for m in steps]
    events += [event("sure", "assessed", "2022-06-20", result="failed", cell="L1", **where)]
    events += [event("doubtful", "assessed", "2022-06-20", result="failed", cell="L2", **where)]
    events += [event("waiting", "assessed", "2022-06-20", result="unread", cell="L3", **where)]
    ds = dataset(DAY, plants=plants, events=events, problems=[problem("L2"), problem("L1", severity="warning")])
    listed = handover.listing(ds, "enforcement").set_index("plant_id")
    assert "assessed" in listed.loc["sure", "steps"].split(";")
    assert "表.xlsx 进度 L1" in listed.loc["sure", "doubt"]
    assert "doubtful" not in listed.index or "assessed" not in listed.loc["doubtful", "steps"]
    assert "waiting" not in listed.index  # what follows an unread assessment can't be judged
    reasons = view.waiting(ds, "enforcement").frame["reason"].tolist()
    assert any("L2" in reason for reason in reasons)
    assert any("完成评估结果不明" in reason for reason in reasons)
    assert not ({"doubtful", "waiting"} & set(handover.listing(ds, "results")["plant_id"]))
    assert progress.plants(ds).set_index("plant_id").loc["doubtful", "doubt"].startswith("表.xlsx 进度 L2：")


def test_a_value_in_doubt_marks_the_level_and_the_verdict() -> None:
    value = measurement("p1", "demo_cement", "clinker_energy", "after", 100.0, file="表.xlsx", sheet="进度", cell="G6")
    ds = dataset(DAY, plants=[plant(industry="cement")], measurements=[value], problems=[problem("G6", "value_scale", "warning")])
    for frame in (attainment.plants(ds), attainment.targets(ds)):
        assert frame["doubt"].str.startswith("表.xlsx 进度 G6：").all()
