"""The page 对标: every value stands where its ratio to the level-II benchmark says, on the good side or the bad."""

from __future__ import annotations

import pytest

from cpaudit import indicators, views
from cpaudit.dataset import Dataset
from cpaudit.selection import Selection
from cpaudit.views.figures import benchmarks as benchmark_figures
from cpaudit.views.page import Caveat, Figure, Page
from tests.support.builders import dataset, plant
from tests.support.independent_page import assert_readable


@pytest.fixture(scope="module")
def cement(ds: Dataset) -> Dataset:
    return ds.select(Selection.of(industry="水泥"))


@pytest.fixture(scope="module")
def page(ds: Dataset) -> Page:
    return views.benchmarking_page(ds, Selection.of(industry="水泥"))


def figures(page: Page) -> dict[str, Figure]:
    return {b.id: b for b in page.blocks if isinstance(b, Figure)}


def test_every_value_that_can_be_compared_is_a_point(cement: Dataset, page: Page) -> None:
    rows = benchmark_figures.comparable(indicators.explain(cement.measurements))
    drawn = {t.name: t for t in figures(page)["strips_demo_cement"].figure.data}
    for period, label in {"before": "审核前", "after": "审核后"}.items():
        assert len(drawn[label].x) == (rows["period"] == period).sum()


def test_a_value_stands_right_of_one_just_where_it_meets_level_two(cement: Dataset) -> None:
    rows = benchmark_figures.comparable(indicators.explain(cement.measurements))
    assert ((rows["ratio"] >= 1 - 1e-12) == (rows["level_met"] <= 2)).all()
    assert (rows["ratio_1"] >= 1).all()
    assert (rows["ratio_3"] <= 1).all()


def test_the_levels_are_those_of_the_engine(cement: Dataset, page: Page) -> None:
    scores = indicators.score(cement.measurements)
    traces = figures(page)["levels"].figure.data
    first = next(t for t in traces if t.name == "Ⅰ级")
    assert sum(first.x) == (scores["level"] == 1).sum()
    assert sum(sum(t.x) for t in traces) == len(scores)


def test_several_systems_of_a_trade_have_a_figure_each_and_are_readable(ds: Dataset, page: Page) -> None:
    assert_readable(page)
    steel = views.benchmarking_page(ds, Selection.of(industry="钢铁"))
    assert len([name for name in figures(steel) if name.startswith("strips_")]) == 4
    assert_readable(steel)


def test_without_a_trade_without_values_and_without_plants_a_sentence_says_so(ds: Dataset) -> None:
    said = [b.text for b in views.benchmarking_page(ds).blocks if isinstance(b, Caveat)]
    assert any(text.startswith("请选定一个行业再对标") for text in said)
    nothing = views.benchmarking_page(dataset(plants=[plant()]))
    assert "没有填报指标实测值" in nothing.blocks[-1].text
    none = views.benchmarking_page(dataset(plants=[plant()]), Selection.of(industry="水泥"))
    assert "没有符合条件的企业" in none.blocks[-1].text
