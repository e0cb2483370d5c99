"""Trying out a plant's values: any position of the sliders says what the scoring says, and nothing but numbers gets in."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

import cpaudit as cp
from cpaudit import indicators
from cpaudit.analysis import attainment
from cpaudit.dataset import Dataset
from cpaudit.render.widgets.what_if import WhatIfView
from cpaudit.views.pages.what_if import WhatIf
from tests.support.builders import dataset, measurement, plant
from tests.support.examples import examples

VALUES: dict[str, float | None] = {
    "kiln_scale": 4500, "waste_heat": 2, "clinker_energy": 107.3, "clinker_power": 55, "water": None, "waste_material": 7.25,
    "water_reuse": 94, "particulate": 0.1, "so2": 0.15, "nox": 0.4, "hw_disposal": 100, "qualified": 100, "policy": 1,
    "energy_management": 2, "monitoring": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def cement() -> Dataset:
    rows = [measurement("p1", "demo_cement", k, "after", v) for k, v in VALUES.items()]
    rows += [measurement("p1", "demo_cement", k, "before", v and v * 0.9) for k, v in VALUES.items()]
    rows += [measurement("p1", "demo_cement", k, "after", v, process="2号线") for k, v in VALUES.items() if k != "monitoring"]
    rows.append(measurement("p1", "demo_cement", "monitoring", "after", None, process="2号线", state="not_applicable"))
    return dataset(plants=[plant("p1", industry="cement"), plant("p2", industry="cement")], measurements=rows)


@pytest.fixture(scope="module")
def subject(cement: Dataset) -> WhatIf:
    return WhatIf(cement, "p1")


def changed(ds: Dataset, subject: WhatIf, values: list[float | None]) -> Dataset:
    """The data set as it would be if the plant had reported the values, made without the code under test."""
    frame = ds.measurements.copy()
    for control, value in zip(subject.controls, values, strict=True):
        mine = (frame["period"] == "after") & (frame["process"] == control.process) & (frame["indicator"] == control.indicator)
        if value is not None:
            frame.loc[mine, "value"], frame.loc[mine, "state"] = value, "reported"
    return replace(ds, measurements=frame)


def place(subject: WhatIf, shares: list[float]) -> list[float | None]:
    """The values at these places of the sliders, from 0 (left) to 1."""
    return [round(c.start + round(s * c.count) * c.step, c.digits) for c, s in zip(subject.controls, shares, strict=True)]


@examples(4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_position_of_the_sliders_says_what_scoring_and_attainment_say(cement: Dataset, subject: WhatIf, data: Any) -> None:
    shares = data.draw(st.lists(st.floats(0, 1), min_size=len(subject.controls), max_size=len(subject.controls)))
    values = place(subject, shares)
    outcome, then = subject.evaluate(values), changed(cement, subject, values)
    scores = indicators.score(then.measurements)
    scores = scores[scores["period"] == "after"].set_index("process")
    assert [p.name for p in outcome.processes] == sorted(scores.index)
    for process in outcome.processes:
        row = scores.loc[process.name]
        assert process.level == row["level"]
        assert process.points == tuple(row[f"index_{k}"] for k in (1, 2, 3))
        if process.above:
            mine = then.measurements[then.measurements["process"] == process.name]
            told = indicators.obstacles(indicators.Scorer(mine), process.above)
            told = told[told["period"] == "after"]
            assert {o.name for o in process.obstacles} == set(told["name"])
            lost = dict(zip(told["name"], told["lost"], strict=True))
            assert all(abs(o.points - lost[o.name]) < 0.011 for o in process.obstacles)
    assert outcome.level == scores["level"].max()
    asked = attainment.targets(then)
    asked = asked[asked["plant_id"] == "p1"]
    assert [t["verdict"] for t in outcome.targets] == list(asked["verdict"])
    assert [t["reason"] for t in outcome.targets] == list(asked["reason"])
    met = indicators.explain(then.measurements).set_index(["process", "period", "indicator"])["level_met"]
    assert list(outcome.met) == [met[c.process, "after", c.indicator] for c in subject.controls]


def test_every_indicator_that_counts_has_a_slider_from_worse_than_level_three_to_beyond_level_one(subject: WhatIf) -> None:
    assert [c.indicator for c in subject.controls if c.process == "1号线"] == list(VALUES)
    assert "monitoring" not in [c.indicator for c in subject.controls if c.process == "2号线"], (
        "what doesn't apply can't be moved"
    )
    assert subject.reported == tuple(VALUES[c.indicator] for c in subject.controls)
    worst = subject.evaluate(place(subject, [0] * len(subject.controls)))
    best = subject.evaluate(place(subject, [1] * len(subject.controls)))
    assert (set(worst.met), worst.level) == ({4}, 4)
    assert (set(best.met), best.level) == ({1}, 1)
    for c in subject.controls:
        low, high = c.ends
        assert c.value is None or low <= c.value <= high
        assert [at for _, at in sorted(c.marks)] == sorted((at for _, at in c.marks), reverse=True), "level I is to the right"
        assert all(0 < at <= 1 for _, at in c.marks)


def test_a_slip_in_another_plants_return_does_not_stretch_the_slider(cement: Dataset) -> None:
    slip = measurement("p2", "demo_cement", "clinker_energy", "after", 110_000.0)
    more = pd.concat([cement.measurements, pd.DataFrame([slip])], ignore_index=True)
    control = next(c for c in WhatIf(replace(cement, measurements=more), "p1").controls if c.indicator == "clinker_energy")
    assert control.ends[1] < 200


def test_the_cheapest_way_leads_to_the_level_above_and_on_to_the_first(subject: WhatIf) -> None:
    values, levels = subject.reported, []
    while found := subject.way_up(values):
        values = found
        levels.append(subject.evaluate(values).level)
    assert levels in ([1], [2, 1], [3, 2, 1])


# -- the widget


@pytest.fixture
def view(subject: WhatIf) -> WhatIfView:
    return WhatIfView(subject)


def asked(view: WhatIfView, **content: Any) -> dict[str, Any]:
    """Send a message as the browser does; return the state that comes back."""
    head = {"kind": "values", "seq": 1, "by": "me", "values": list(view.state["values"])}
    view._asked(view, head | content, [])
    state: dict[str, Any] = view.state
    return state


def test_moving_a_slider_resetting_and_the_way_up_answer_with_values_and_outcome(view: WhatIfView, subject: WhatIf) -> None:
    start = dict(view.state)
    moved = place(subject, [0] * len(subject.controls))
    state = asked(view, values=moved, seq=7)
    assert (state["seq"], state["by"], state["values"]) == (7, "me", moved)
    assert state["outcome"]["level"] == {"level": 4, "label": "未达Ⅲ级"}
    state = asked(view, kind="reset", values=moved)
    assert (state["values"], state["outcome"]) == (start["values"], start["outcome"])
    state = asked(view, kind="way")
    assert state["outcome"]["level"]["level"] < start["outcome"]["level"]["level"]
    best = place(subject, [1] * len(subject.controls))
    assert "没有更高" in asked(view, kind="way", values=best)["message"]


HOSTILE: list[Any] = [
    math.nan, math.inf, -math.inf, True, "1", [1], {"a": 1}, 1e300, -1, "<img src=x onerror=alert(1)>", 10**400, 2.5,
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:20])
def test_what_is_no_value_of_a_slider_is_refused(view: WhatIfView, subject: WhatIf, value: Any) -> None:
    before = dict(view.state)
    at = next(n for n, c in enumerate(subject.controls) if c.indicator == "waste_heat")
    values = list(before["values"])
    values[at] = value
    state = asked(view, values=values)
    assert (state["values"], state["outcome"], state["seq"]) == (before["values"], before["outcome"], before["seq"])
    assert "未采用" in state["message"]


@examples(15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.none(),
        st.text(),
        st.dictionaries(st.sampled_from(["kind", "seq", "by", "values", "x"]), st.one_of(st.none(), st.integers(), st.text())),
    )
)
def test_no_message_whatever_breaks_the_widget_or_changes_its_values(view: WhatIfView, content: Any) -> None:
    before = dict(view.state)
    view._asked(view, content, [])
    assert (view.state["values"], view.state["outcome"]) == (before["values"], before["outcome"])


def test_the_browser_cannot_set_what_the_widget_holds(view: WhatIfView) -> None:
    before = dict(view.state), dict(view.case)
    view.set_state({"state": {"values": []}, "case": {"plant": "x"}})
    assert (dict(view.state), dict(view.case)) == before


def test_a_value_can_only_be_left_out_where_none_was_reported(view: WhatIfView, subject: WhatIf) -> None:
    values = list(view.state["values"])
    values[0] = None
    assert "未采用" in asked(view, values=values)["message"]


@pytest.mark.parametrize(("name", "said"), [("p2", "没有填报指标实测值"), ("没有这家", "名单中没有"), ("示例企业", "请写全称")])
def test_a_plant_that_cannot_be_tried_out_shows_one_sentence(cement: Dataset, name: str, said: str) -> None:
    shown = cp.what_if(cement, name)
    assert said in shown.state["message"]
    assert shown.case == {}
    shown._asked(shown, {"kind": "values", "seq": 1, "by": "", "values": []}, [])


def test_an_empty_roster_shows_one_sentence() -> None:
    assert "没有列入名单的企业" in cp.what_if(dataset()).state["message"]
