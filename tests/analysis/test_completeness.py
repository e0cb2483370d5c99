"""How much of what a unit must report is there."""

from __future__ import annotations

import datetime as dt
import re

import pandas as pd
import pytest

from cpaudit import views
from cpaudit.analysis.completeness import completeness
from cpaudit.dataset import Dataset
from cpaudit.indicators import find_system
from cpaudit.render.web import html
from cpaudit.selection import Selection
from tests.support.builders import dataset, measurement, option, plant, snapshot_of
from tests.support.silent import without

SYSTEM = find_system("demo_brewing")
INDICATORS = [i.id for i in SYSTEM.indicators()]


def answers(plant_id: str, period: str, given: int, declined: int = 0) -> list[dict[str, object]]:
    """The first so many indicators reported, the next so many marked 不适用, the rest not mentioned at all."""
    rows = [measurement(plant_id, SYSTEM.id, i, period, 1.0) for i in INDICATORS[:given]]
    state = {"state": "not_applicable"}
    return rows + [measurement(plant_id, SYSTEM.id, i, period, None, **state) for i in INDICATORS[given : given + declined]]


def problem(severity: str, unit: str) -> dict[str, str]:
    return {"severity": severity, "code": "date_invalid", "unit": unit, "message": "示例"}


def test_plants_and_answers_are_counted_by_unit() -> None:
    ds = dataset(
        plants=[plant("a"), plant("b"), plant("c", unit="tangshan")],
        measurements=[*answers("a", "before", len(INDICATORS)), *answers("a", "after", 5), *answers("b", "before", 4)],
        options=[option("a", "WD1"), option("a", "WD2")],
    )
    table = completeness(ds).set_index("unit")
    counts = ["plants", "with_before", "with_after", "with_options", "answers_required", "answers_given"]
    n = len(INDICATORS)
    assert table.loc["shijiazhuang", counts].tolist() == [2, 2, 1, 1, 4 * n, n + 9]
    assert table.loc["shijiazhuang", "given_pct"] == pytest.approx((n + 9) / (4 * n) * 100)
    assert table.loc["shijiazhuang", "with_after_pct"] == 50
    assert table.loc["tangshan", [*counts, "given_pct", "with_after_pct"]].tolist() == [1, 0, 0, 0, 2 * n, 0, 0, 0]
    assert pd.isna(table.loc["xinji", "given_pct"])


def test_what_does_not_apply_is_not_asked_for() -> None:
    row = completeness(dataset(plants=[plant("a")], measurements=answers("a", "after", 5, declined=3))).iloc[0]
    assert row[["answers_required", "answers_given"]].tolist() == [2 * (len(INDICATORS) - 3), 5]  # before the audit as after it


def test_a_table_without_a_single_answer_is_no_report() -> None:
    rows = [measurement("a", SYSTEM.id, i, "after", None) for i in INDICATORS]
    row = completeness(dataset(plants=[plant("a")], measurements=rows)).iloc[0]
    assert row[["with_after", "answers_required", "answers_given", "given_pct"]].tolist() == [0, 2 * len(INDICATORS), 0, 0]


def test_it_falls_when_plants_hand_in_nothing(ds: Dataset) -> None:
    """Nine of ten plants silent: a share of what is owed, not of what came."""
    unit = ds.plants.loc[ds.plants["unit"] == "tangshan", "plant_id"]
    whole, cut = (completeness(d).set_index("unit").loc["tangshan"] for d in (ds, without(ds, unit[: len(unit) * 9 // 10])))
    assert cut["given_pct"] < 20
    assert whole["given_pct"] > 80
    assert cut["with_after_pct"] < 20 < whole["with_after_pct"]
    after = without(ds, unit, ("measurements",), "after")
    assert completeness(after).set_index("unit").loc["tangshan", "given_pct"] < 55  # a period is half of what is owed
    assert (
        completeness(snapshot_of(after, dt.date(2022, 10, 31))).set_index("unit").loc["tangshan", "given_pct"] > 80
    )  # which isn't due yet


def test_problems_are_counted_by_severity_for_the_unit_whose_file_has_them() -> None:
    problems = [
        problem("error", "tangshan"),
        problem("error", "tangshan"),
        problem("warning", "tangshan"),
        problem("note", "xinji"),
    ]
    table = completeness(dataset(plants=[plant("a"), plant("b", unit="tangshan")], problems=problems)).set_index("unit")
    assert table.loc["tangshan", ["errors", "warnings", "notes"]].tolist() == [2, 1, 0]
    assert table.loc["xinji", ["plants", "errors", "warnings", "notes"]].tolist() == [0, 0, 0, 1]


def test_every_unit_has_a_row_in_official_order_and_one_units_view_only_its_own() -> None:
    ds = dataset(plants=[plant("a", unit="xiongan"), plant("b", unit="tangshan")])
    assert completeness(ds)["unit"].tolist() == list(ds.programme.units)
    assert completeness(ds.select(Selection(units=("tangshan",))))["unit"].tolist() == ["tangshan"]


def test_a_page_says_how_complete_its_data_are(ds: Dataset) -> None:
    stamp = views.units_page(ds).stamp
    assert stamp is not None
    assert 0 < stamp.answers_given < stamp.answers_required
    share = f"{stamp.answers_given / stamp.answers_required:.1%}（{stamp.answers_given:,}/{stamp.answers_required:,} 项）"
    told = re.sub(r"<[^>]+>", "", html.header_html(views.units_page(ds)))
    assert f"指标填报率 {share}" in told
    assert f"有审核后数据 {stamp.plants_answering}/{stamp.plants_active} 家" in told
    shown = completeness(ds)
    assert (stamp.answers_given, stamp.answers_required) == (shown["answers_given"].sum(), shown["answers_required"].sum())
