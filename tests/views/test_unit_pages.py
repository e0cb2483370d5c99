"""The pages 各单位比较 and 数据质量: what they show is what the analyses found."""

from __future__ import annotations

import datetime as dt

import pytest

from cpaudit import views
from cpaudit.analysis import bulletin, pace
from cpaudit.dataset import Dataset
from cpaudit.selection import Selection
from cpaudit.views import parts
from cpaudit.views.answers import Answers
from cpaudit.views.page import Caveat, Figure, Page, Table
from tests.support.builders import dataset, event, plant
from tests.support.independent_page import assert_readable


@pytest.fixture(scope="module")
def page(ds: Dataset) -> Page:
    return views.units_page(ds)


def find(page: Page, kind: type, id: str) -> object:
    return next(b for b in page.blocks if isinstance(b, kind) and b.id == id)


def test_the_ranking_is_that_of_the_bulletin_with_completeness_beside(ds: Dataset, page: Page) -> None:
    bars, marks = find(page, Figure, "ranking").figure.data  # type: ignore[attr-defined]
    found = bulletin.bulletin(ds).query("due > 0")
    assert list(bars.x) == pytest.approx(found["pct"].tolist(), nan_ok=True)  # those told apart have none
    assert list(marks.x) == found["given_pct"].tolist()


def test_the_curve_ends_at_the_as_of_date_with_what_is_done(ds: Dataset, page: Page) -> None:
    figure = find(page, Figure, "s_curve").figure  # type: ignore[attr-defined]
    accepted = next(t for t in figure.data if t.name == "完成验收")
    found = pace.s_curve(ds).query("milestone == 'accepted'")
    assert accepted.x[-1] == f"{ds.as_of:%Y-%m-%d}"
    assert accepted.y[-1] == found["done"].dropna().iloc[-1]


def test_the_units_page_is_readable_for_all_and_for_one_plant(page: Page) -> None:
    assert_readable(page)
    one = views.units_page(dataset(plants=[plant()]))
    assert any("只有 1 家企业" in b.text for b in one.blocks if isinstance(b, Caveat))
    assert_readable(one)
    early = views.units_page(dataset(plants=[plant(listed_on=None)]))
    assert_readable(early)


def test_the_quality_page_counts_every_problem_once(ds: Dataset) -> None:
    shown = find(views.quality_page(ds), Table, "problems_by_unit").frame  # type: ignore[attr-defined]
    assert shown[["error", "warning", "note"]].to_numpy().sum() == len(ds.problems)


def test_a_units_leads_are_those_found_among_all_plants(ds: Dataset) -> None:
    every = find(views.quality_page(ds), Table, "plausibility").frame  # type: ignore[attr-defined]
    mine = find(views.quality_page(ds, Selection.of(unit="石家庄")), Table, "plausibility").frame  # type: ignore[attr-defined]
    assert len(mine) == every["unit"].str.contains("石家庄市").sum()


def test_data_without_problems_say_so() -> None:
    page = views.quality_page(dataset(plants=[plant()]))
    assert Caveat("没有发现数据问题。", "good") in page.blocks
    assert Caveat("没有线上或线下的节点记录，无从核对。", "plain") in page.blocks
    assert_readable(page)


def test_a_plants_problem_leads_to_the_plant_and_a_files_problem_nowhere(ds: Dataset) -> None:
    page = views.quality_page(ds)
    table = find(page, Table, "problems")
    assert isinstance(table, Table)
    led = {plant: name for plant, name in zip(table.plants, table.frame["name"], strict=True) if plant}
    assert led == ds.plants.set_index("plant_id")["name"].reindex(led).to_dict()
    assert table.plants.count(None) == ds.problems["plant_id"].isna().sum() > 0
    assert led.keys() <= {entry.id for entry in page.directory}


def test_the_page_of_units_opens_with_who_leads_and_who_is_last(ds: Dataset, page: Page) -> None:
    found = bulletin.bulletin(ds).query("group == 'ranked'")
    opening = next(b for b in page.blocks if isinstance(b, Answers))
    names = {u: parts.unit_name(u) for u in found["unit"]}
    first, last = found.sort_values("rank")["unit"].iloc[[0, -1]]
    assert f"第一名是{names[first]}（" in opening.lead
    assert f"最后一名是{names[last]}（" in opening.lead


def test_ties_are_named_in_full_and_nobody_is_last_where_all_are_even() -> None:
    plants = [plant(f"{unit}{n}", unit=unit) for unit in ("tangshan", "handan", "baoding") for n in range(5)]
    done = [event(p["plant_id"], "notified", "2021-12-28", unit=p["unit"]) for p in plants]
    day = dt.date(2022, 1, 10)
    even = next(b for b in views.units_page(dataset(day, plants=plants, events=done)).blocks if isinstance(b, Answers))
    assert "3 个单位并列，节点完成率 100.0%" in even.lead
    assert "最后" not in even.lead
    late = [e for e in done if not str(e["plant_id"]).endswith("0") or e["unit"] == "tangshan"]
    two = next(b for b in views.units_page(dataset(day, plants=plants, events=late)).blocks if isinstance(b, Answers))
    assert "第一名是唐山市（节点完成率 100.0%），最后一名是邯郸市、保定市并列（节点完成率 80.0%）" in two.lead
