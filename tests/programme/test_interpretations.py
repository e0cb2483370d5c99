"""Where the notice is silent a programme says how it reads it; what it leaves out is read by the workbench's own choice."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from cpaudit.analysis import attainment, progress
from cpaudit.dataset import Dataset
from cpaudit.errors import DefinitionError
from cpaudit.programme import Programme, load_programme
from cpaudit.reference import parse_definition, read_yaml, root
from cpaudit.views import parts, readings
from cpaudit.views.tables.base import attainment as attained
from tests.support import independent
from tests.support.builders import dataset, event, plant
from tests.support.scoring import answers

LATE = dt.date(2022, 2, 3)


def notice(**entries: Any) -> dict[str, Any]:
    content: dict[str, Any] = read_yaml(root() / "programmes" / "hebei-2021-2.yaml")
    return content | {"interpretations": content["interpretations"] | entries}


def under(ds: Dataset, **entries: Any) -> Dataset:
    """The data set under the notice with other entries."""
    return replace(ds, programme=parse_definition(notice(**entries), Programme, "批次.yaml"))


def test_a_programme_may_leave_its_readings_out_and_an_unknown_one_is_refused() -> None:
    content = notice()
    content["interpretations"] = {"first_listed": {"choice": "this_batch"}}  # the one that isn't the workbench's own
    assert parse_definition(content, Programme, "批次.yaml").interpretations == load_programme("hebei-2021-2").interpretations
    with pytest.raises(DefinitionError, match=r"interpretations\.holidays\.choice.*as_printed"):
        parse_definition(notice(holidays={"choice": "never"}), Programme, "批次.yaml")
    with pytest.raises(DefinitionError, match=r"interpretations\.lunch"):
        parse_definition(notice(lunch={"choice": "long"}), Programme, "批次.yaml")


def test_a_deadline_on_a_holiday_stays_or_moves_as_the_programme_says() -> None:
    ds = dataset(LATE, plants=[plant()])  # 31 January 2022 was New Year's Eve; people worked again on 7 February
    moved = under(ds, holidays={"choice": "next_working_day"})
    found = [progress.milestone_states(each).set_index("milestone").loc["registered"] for each in (ds, moved)]
    assert [(str(f["deadline"].date()), f["state"]) for f in found] == [("2022-01-31", "overdue"), ("2022-02-07", "due_soon")]
    said = ["".join(c.text for c in readings.of_deadlines(each)) for each in (ds, moved)]
    assert "期限遇节假日（2022-01-31、2022-12-10）的，按通知所写日期，不顺延" in said[0]
    assert "顺延至其后第一个工作日" in said[1]


def test_what_was_overdue_when_a_plant_stopped_is_no_longer_or_stays_so() -> None:
    ds = dataset(dt.date(2022, 9, 1), plants=[plant(status="suspended", status_since="2022-02-10")])
    kept = under(ds, suspension={"choice": "overdue_stays"})
    found = [progress.milestone_states(each).set_index("milestone")[["state", "days"]] for each in (ds, kept)]
    assert set(found[0]["state"]) == {"left"}
    assert found[1].loc["registered"].tolist() == ["overdue", 10]  # up to the day it stopped
    assert found[1].loc["assessed", "state"] == "left"
    assert progress.late_when_left(ds) == progress.late_when_left(kept) == int((found[1]["state"] == "overdue").sum())
    assert "此前已逾期的节点（4 个）退出后不再算逾期" in readings.of_deadlines(ds)[0].text


@pytest.mark.parametrize("holidays", ["as_printed", "next_working_day"])
@pytest.mark.parametrize("suspension", ["left", "overdue_stays"])
def test_each_reading_of_deadlines_gives_the_states_worked_out_by_hand(holidays: str, suspension: str) -> None:
    entries = {"holidays": {"choice": holidays}, "suspension": {"choice": suspension}}
    gone = {"before": "2022-01-31", "between": "2022-02-03", "after": "2022-09-01", "undated": None}
    plants = [
        plant("staying", permit_class=None),
        plant("own", own_deadline="2022-06-04"),  # a Saturday: a plant's own day is nobody's to move
        *(plant(name, status="closed", status_since=day, permit_class="simplified") for name, day in gone.items()),
        plant("unread", status="unread"),
    ]
    events = [event(p["plant_id"], "disclosed", "2022-02-07") for p in plants]
    events += [event(p["plant_id"], "assessed", "2022-06-20", result="failed") for p in plants]
    whole = dataset(dt.date(2022, 12, 12), plants=plants, events=events)
    for day in ("2022-01-31", "2022-02-01", "2022-02-07", "2022-02-08", "2022-06-05", "2022-09-02", "2022-12-12"):
        ds = under(whole.at(dt.date.fromisoformat(day)), **entries)
        found = progress.milestone_states(ds)
        by_hand = independent.milestone_states(
            notice(**entries), independent.rows(ds.plants), independent.rows(ds.events), ds.as_of
        )
        assert dict(zip(zip(found["plant_id"], found["milestone"], strict=True), found["state"], strict=True)) == by_hand, day


QUANTITIES = ("grain", "energy", "water", "power", "waste_water", "cod", "ammonia")


def _brewery(**fields: Any) -> Dataset:
    """A brewery that went from level III to level II by 1 % of all that it consumes and emits."""
    after = answers("p1", "demo_brewing", "after", 2)
    before = [r | {"period": "before", "value": r["value"] * (1.01 if r["indicator"] in QUANTITIES else 1)} for r in after]
    return dataset(plants=[plant(industry="brewing", **fields)], measurements=[*before, *after])


@pytest.mark.parametrize("capacity", [None, 50.0, 200.0])
@pytest.mark.parametrize("stricter", [None, 2])
@pytest.mark.parametrize("several", ["all_bind", "waste_only"])
@pytest.mark.parametrize("duty", ["keeps_duty", "moves_duty"])
def test_each_choice_gives_the_verdict_worked_out_by_hand(
    capacity: float | None, stricter: int | None, several: str, duty: str
) -> None:
    content = notice(several_targets={"choice": several}, stricter_level={"choice": duty})
    ds = under(
        _brewery(hazardous_waste_t=capacity, stricter_level=stricter),
        several_targets={"choice": several},
        stricter_level={"choice": duty},
    )
    expected = independent.verdicts(content, independent.rows(ds.plants), independent.rows(ds.measurements))
    assert dict(zip(*(attainment.plants(ds)[c] for c in ("plant_id", "verdict")), strict=True)) == expected


def test_a_plant_bound_by_its_waste_is_one_of_the_other_trades_too_unless_the_programme_says_not() -> None:
    ds = _brewery(hazardous_waste_t=200.0)
    told = [set(attainment.targets(d)["target"]) for d in (ds, under(ds, several_targets={"choice": "waste_only"}))]
    assert told == [{"hazardous_waste_level_3", "whole_plant_level_3"}, {"hazardous_waste_level_3"}]


def test_a_stricter_level_keeps_the_duty_to_improve_unless_the_programme_says_not() -> None:
    ds = _brewery(stricter_level=2)
    told = [attainment.targets(d).iloc[0] for d in (ds, under(ds, stricter_level={"choice": "moves_duty"}))]
    assert [t["verdict"] for t in told] == ["not_attained", "attained"]
    assert [(t["level_before"], t["level_after"]) for t in told] == [(3, 2), (3, 2)]
    assert "须明显提升" in told[0]["reason"]


def test_the_pages_and_tables_of_verdicts_tell_every_reading_that_acts_there() -> None:
    said = "".join(c.text for c in parts.interpretations(_brewery()))
    said += "".join(attained(_brewery(), by).note for by in ("plant", "target", "unit"))
    for piece in ("两条同时适用，须全部满足", "除达到更严级别外仍须明显提升", "不修约", "合计超过 50% 权重标为不适用的，待确认"):
        assert said.count(piece) == 4
