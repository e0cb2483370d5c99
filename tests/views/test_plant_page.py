"""One plant, one file: what the page and its figures show is what the analyses found."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from cpaudit import indicators, views
from cpaudit.dataset import Dataset
from cpaudit.errors import UsageError
from cpaudit.indicators.expression import details, engine, scoring
from cpaudit.indicators.standing import scorer
from cpaudit.render.web import html
from cpaudit.views.figures.bullets import position
from cpaudit.views.page import Caveat, Figure, Heading, Page, Table, Text
from cpaudit.views.tables import explanations
from tests.support.builders import dataset, event, option, plant
from tests.support.independent_page import assert_readable


def blocks(page: Page, kind: type) -> dict[str, Any]:
    return {b.id: b for b in page.blocks if isinstance(b, kind)}


def numbers(figure: Figure, name: str) -> Any:
    return next(t for t in figure.figure.data if t.name == name)


@pytest.fixture(scope="module")
def measured(ds: Dataset) -> str:
    """A plant of the sample with values before and after."""
    after = ds.measurements[(ds.measurements["period"] == "after") & (ds.measurements["state"] == "reported")]
    return str(after["plant_id"].value_counts().index[0])


def test_every_reported_indicator_stands_in_the_bullet_chart_once_per_period(ds: Dataset, measured: str) -> None:
    page = views.plant_page(ds, measured)
    detail = indicators.explain(ds.measurements[ds.measurements["plant_id"] == measured])
    figures = [f for f in blocks(page, Figure).values() if f.id.startswith("bullets_")]
    counted = detail[detail["level_met"].notna() & ~detail["bonus"] & (detail["state"] == "reported")]
    for period, label in {"before": "审核前", "after": "审核后"}.items():
        drawn = [x for f in figures for x in numbers(f, label).x]
        assert len(drawn) == (counted["period"] == period).sum()
        # a value stands in the band of the level that it meets
        levels = [text for f in figures for _, _, text, _ in numbers(f, label).customdata]
        bands = {"Ⅰ级": (3, 4), "Ⅱ级": (2, 3), "Ⅲ级": (1, 2), "未达Ⅲ级": (0, 1)}
        assert all(bands[level][0] <= x < bands[level][1] for x, level in zip(drawn, levels, strict=True))


def test_values_and_benchmarks_are_printed_with_the_digits_that_they_were_given_with(ds: Dataset, measured: str) -> None:
    shown = explanations.explanation(ds, measured, "after")
    detail = indicators.explain(
        ds.measurements[(ds.measurements["plant_id"] == measured) & (ds.measurements["period"] == "after")]
    )
    for name in ("value", "baseline_1", "baseline_2", "baseline_3"):
        texts = [html.cell_text(value, shown.columns[name]) for value in shown.frame[name].dropna()]
        numbers = [{"是": 1.0, "否": 0.0}[t] if t in ("是", "否") else float(t.replace(",", "")) for t in texts]
        assert sorted(numbers) == sorted(detail[name].dropna())
        assert not [t for t in texts if "." in t and t.endswith(("0", "."))]


@pytest.mark.parametrize(
    ("value", "level", "at"), [(41.0, 1, 3.0), (44.0, 2, 2.5), (47.0, 2, 2.0), (54.0, 3, 1.0), (1000.0, 4, 0.05), (0.0, 1, 3.95)]
)
def test_a_value_is_drawn_between_the_benchmarks_in_proportion(value: float, level: int, at: float) -> None:
    row = {"level_met": level, "value": value, "quantitative": True, "lower_is_better": True}
    assert position(row | {"baseline_1": 41.0, "baseline_2": 47.0, "baseline_3": 54.0}) == pytest.approx(at)


def test_benchmarks_that_are_all_the_same_say_no_more_than_the_level() -> None:
    row = {"level_met": 4, "value": 95.0, "quantitative": True, "lower_is_better": False}
    assert position(row | dict.fromkeys(("baseline_1", "baseline_2", "baseline_3"), 100.0)) == 0.5


def test_the_timeline_shows_deadlines_what_was_done_and_how_late() -> None:
    ds = dataset(
        dt.date(2022, 7, 10),
        plants=[plant()],
        events=[event("p1", "notified", "2021-12-25"), event("p1", "registered", "2022-03-01")],
    )
    figure = blocks(views.plant_page(ds, "p1"), Figure)["timeline"]
    assert numbers(figure, "按期完成").x == ("2021-12-25",)
    assert numbers(figure, "逾期完成").x == ("2022-03-01",)
    late = numbers(figure, "逾期")
    assert "2022-07-10" in late.x  # what is still open is late up to the as-of date
    assert "逾期未完成，最长逾期" in figure.title
    assert figure.n == len(numbers(figure, "期限").x)


def test_a_plant_of_which_nothing_is_known_gets_sentences_not_empty_axes() -> None:
    page = views.plant_page(dataset(plants=[plant()]), "")
    said = [b.text for b in page.blocks if isinstance(b, Caveat)]
    assert "没有填报指标实测值，无法对照基准值、计算级别。" in said
    assert "没有填报清洁生产方案。" in said
    assert set(blocks(page, Figure)) == {"timeline"}
    assert_readable(page)


def test_an_empty_list_and_an_unknown_plant_are_told() -> None:
    assert views.plant_page(dataset(), "").blocks[-1] == Caveat("没有列入名单的企业，请先读取名单。", "plain")
    with pytest.raises(UsageError, match="名单中没有“不存在”"):
        views.plant_page(dataset(plants=[plant()]), "不存在")


def test_the_plants_own_records_only_are_shown() -> None:
    ds = dataset(plants=[plant("p1"), plant("p2")], options=[option("p1", "WD1", energy_tce=3.0), option("p2", "ZG1")])
    page = views.plant_page(ds, "p1")
    options = blocks(page, Table)["options"]
    assert options.frame["number"].tolist() == ["WD1"]
    assert options.frame["energy_tce"].tolist() == [3.0]
    assert "water_t" not in options.columns  # what no option states has no column
    assert page.key_figures()["options_implemented"] == 1


def test_the_head_data_say_codes_in_words() -> None:
    head = blocks(views.plant_page(dataset(plants=[plant(stricter_level=1)]), "p1"), Table)["head"].frame
    told = dict(zip(head["item"], head["content"], strict=True))
    assert told["辖区"] == "石家庄市"
    assert told["列入原因"] == "综合能耗高"
    assert told["排污许可管理类别"] == "重点管理"
    assert told["从严级别"] == "Ⅰ级"
    assert told["名单公布日期"] == "2021-12-20"


def test_what_stops_the_next_level_is_what_the_engine_says(ds: Dataset, measured: str) -> None:
    page = views.plant_page(ds, measured)
    after = ds.measurements[(ds.measurements["plant_id"] == measured) & (ds.measurements["period"] == "after")]
    goal = next(b.text for b in page.section("怎样再上一级").blocks if isinstance(b, Text))
    level = {"Ⅰ": 1, "Ⅱ": 2, "Ⅲ": 3}[goal.split("上一级为")[1][0]] if "上一级为" in goal else None
    if level:
        assert len(blocks(page, Table)["obstacles"].frame) == len(indicators.obstacles(indicators.Scorer(after), level))
        assert len(blocks(page, Table)["way_up"].frame) == len(indicators.ways_up(indicators.Scorer(after), level).steps)


def test_a_page_prepares_the_scoring_of_its_plant_once(ds: Dataset, measured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = []

    def counted(*args: Any) -> Any:
        prepared.append(args)
        return engine.engine(*args)

    for module in (details, scorer, scoring):
        monkeypatch.setattr(module, "engine", counted)
    views.plant_page(replace(ds), measured)
    assert len(prepared) == 1


def test_the_file_has_its_sections_in_order_and_no_english(ds: Dataset) -> None:
    for plant_id in ds.plants["plant_id"].iloc[::60]:
        page = views.plant_page(ds, plant_id)
        wanted = ["审核进程", "达标判定", "指标对照", "怎样再上一级", "方案与效益", "问题与来源"]
        assert [b.text for b in page.blocks if isinstance(b, Heading)] == wanted
        assert_readable(page)


def test_the_tables_of_the_page_dont_repeat_whose_it_is_and_tell_before_first(ds: Dataset, measured: str) -> None:
    shown = blocks(views.plant_page(ds, measured), Table)
    name = ds.plants.set_index("plant_id").at[measured, "name"]
    assert [t.id for t in shown.values() if t.id != "head" and name in t.frame.astype(str).to_numpy()] == []
    each = shown["scores"].frame.groupby(["system", "process"], sort=False)["period"].agg(list)
    assert all(periods == ["审核前", "审核后"] for periods in each)
