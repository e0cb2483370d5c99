"""The page 方案与效益: its figures hold what the analyses found."""

from __future__ import annotations

import pytest

from cpaudit import views
from cpaudit.analysis import benefits
from cpaudit.analysis.options import concentration, cost_curve
from cpaudit.dataset import Dataset
from cpaudit.errors import UsageError
from cpaudit.views.page import Caveat, Figure, Page
from tests.support.builders import dataset, option, plant
from tests.support.independent_page import assert_readable


@pytest.fixture(scope="module")
def page(ds: Dataset) -> Page:
    return views.benefits_page(ds, benefit="节水")


def figures(page: Page) -> dict[str, Figure]:
    return {b.id: b for b in page.blocks if isinstance(b, Figure)}


def test_every_option_is_counted_once_by_class_and_status(ds: Dataset, page: Page) -> None:
    traces = figures(page)["options_status"].figure.data
    assert sum(sum(t.x) for t in traces) == len(ds.options)
    done = next(t for t in traces if t.name == "已实施")
    assert sum(done.x) == benefits.totals(ds)["options"].iloc[0]


def test_the_lorenz_curve_is_that_of_the_analysis(ds: Dataset, page: Page) -> None:
    drawn, found = figures(page)["lorenz_water_t"], concentration.lorenz(ds, "water_t")
    assert list(drawn.figure.data[0].y)[1:] == found["cumulative_pct"].tolist()
    assert f"最大的 {found['among_most'].sum()} 家占合计的八成" in drawn.title


def test_the_cost_curve_has_a_bar_per_option_as_wide_as_what_it_brings(ds: Dataset, page: Page) -> None:
    drawn, found = figures(page)["cost_water_t"], cost_curve.curve(ds, "water_t")
    assert sum(len(t.x) for t in drawn.figure.data) == len(found)
    assert sum(sum(t.width) for t in drawn.figure.data) == pytest.approx(found["quantity"].sum())
    assert sorted(y for t in drawn.figure.data for y in t.y) == found["unit_cost"].tolist()


def test_the_page_is_readable_whatever_it_is_about(ds: Dataset, page: Page) -> None:
    assert_readable(page)
    money = views.benefits_page(ds, benefit="经济效益")
    assert any("没有单位成本" in b.text for b in money.blocks if isinstance(b, Caveat))
    assert_readable(money)
    with pytest.raises(UsageError, match="没有叫“阳光”的效益"):
        views.benefits_page(ds, benefit="阳光")


def test_no_option_none_implemented_and_only_one_have_their_sentences() -> None:
    none = views.benefits_page(dataset(plants=[plant()]))
    assert none.blocks[-1] == Caveat("没有填报清洁生产方案。", "plain")
    planned = views.benefits_page(dataset(plants=[plant()], options=[option("p1", "WD1", status="planned")]))
    assert any("没有已实施的方案" in b.text for b in planned.blocks if isinstance(b, Caveat))
    one = views.benefits_page(dataset(plants=[plant()], options=[option("p1", "WD1", energy_tce=2.0)]))
    assert any("谈不上集中" in b.text for b in one.blocks if isinstance(b, Caveat))
    for page in (none, planned, one):
        assert_readable(page)
