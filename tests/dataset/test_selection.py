"""What is looked at: typed, in a link and back, found as people type, and told in a sentence where it is wrong or empty."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpaudit import Selection, views
from cpaudit.analysis import attainment
from cpaudit.analysis.across.levels import levels
from cpaudit.dataset import Dataset
from cpaudit.dataset.search import search
from cpaudit.errors import UsageError
from cpaudit.fields import field
from cpaudit.programme import industries, units
from cpaudit.render.widgets.page import explore
from cpaudit.views.page import Caveat
from cpaudit.vocabulary import LEVEL_CHOICES
from tests.support.builders import dataset, plant

STATES = field("plants", "status").codes
assert isinstance(STATES, dict)


def some(values: object) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(list(values)), unique=True, max_size=3).map(tuple)  # type: ignore[call-overload]


@given(
    st.builds(
        Selection,
        as_of=st.none() | st.dates(dt.date(1980, 1, 1)),
        units=some(units()),
        industries=some(industries()),
        levels=some(LEVEL_CHOICES),
        statuses=some(STATES),
        search=st.text(max_size=40).map(lambda text: " ".join(text.split())),
    )
)
def test_a_link_restores_the_selection(chosen: Selection) -> None:
    assert Selection.from_query("?" + chosen.to_query()) == chosen


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"level": "五级"}, "没有叫“五级”的级别，请从下列中选择：\nⅠ级、Ⅱ级、Ⅲ级、未达Ⅲ级、无法判定"),
        ({"status": "睡觉"}, "没有叫“睡觉”的状态"),
        ({"roster": "甲"}, "没有叫“甲”的名单"),
        ({"industry": "水泥,造船"}, "没有叫“造船”的行业"),
        ({"search": "长" * 61}, "搜索内容过长"),
    ],
)
def test_a_wrong_value_is_one_sentence(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Selection.of(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["唐钢", "旧名", "tangshan", "TS", "tsgt", "ganghua", "911302", "钢铁 911302"])
def test_a_plant_is_found_by_name_former_name_code_and_pinyin(text: str) -> None:
    found = plant("a", uscc="911302000000000001", name="唐山钢铁（唐钢）厂", former_names="旧名钢化厂")
    ds = dataset(plants=[found, plant("b", name="石家庄酒业")])
    assert search(ds.plants, text) == {"a"}


@pytest.mark.parametrize("word", ["无法判定", "unknown", "不能确定"])
def test_levels_that_cannot_be_judged_are_chosen_by_their_word_and_by_the_one_they_had(word: str) -> None:
    chosen = Selection.of(level=word)
    assert chosen == Selection.from_query(chosen.to_query())
    assert chosen.levels == ("unknown",)


def test_searching_for_nothing_finds_all_and_for_nonsense_none() -> None:
    ds = dataset(plants=[plant("a"), plant("b")])
    assert search(ds.plants, " ") == {"a", "b"}
    assert search(ds.plants, "zzz") == set()


def test_the_level_selected_is_the_one_that_attainment_tells(ds: Dataset) -> None:
    each = attainment.plants(ds)
    assert (
        ds.select(Selection.of(level="Ⅱ级")).plants["plant_id"].tolist()
        == each.loc[(each["level_after"] == 2).fillna(False), "plant_id"].tolist()
    )
    assert sum(len(ds.select(Selection.of(level=level)).plants) for level in LEVEL_CHOICES) == len(ds.plants)
    part = ds.select(Selection.of(unit="唐山"))
    assert levels(part).equals(levels(ds).reindex(part.plants["plant_id"]))


@pytest.mark.parametrize("page", list(views.PAGES))
@pytest.mark.parametrize("rows", [0, 1])
def test_every_page_shows_a_sentence_for_nothing_and_stands_for_one_plant(page: str, rows: int) -> None:
    ds = dataset(plants=[plant() for _ in range(rows)])
    shown = explore(page, ds)
    assert shown.view.message == ""
    assert "<h1>" in shown.view.html
    shown.select(Selection.of(unit="辛集", search="没有这家"))
    assert "<h1>" in shown.view.html
    assert shown.view.message == ""
    assert "cp-plot" not in shown.view.html


def test_a_unit_without_plants_is_named() -> None:
    ds = dataset(plants=[plant()])
    for build in (views.progress_page, views.attainment_page, views.benefits_page, views.units_page, views.quality_page):
        assert build(ds, Selection.of(unit="辛集")).blocks[-1] == Caveat("辛集市没有企业列入名单。", "plain")
    none = views.progress_page(ds, Selection.of(search="没有这家"))
    assert none.blocks[-1] == Caveat("没有符合条件的企业，请放宽筛选条件或点“恢复全部”。", "plain")
    assert "搜索“没有这家”" in none.subtitle


def test_the_bar_keeps_its_state_in_the_link(ds: Dataset) -> None:
    shown = explore("benefits", ds, Selection.of(unit="唐山", level="II"), benefit="water_t")
    assert shown.view.query == "unit=tangshan&level=II&benefit=water_t"
    shown.filters.selects["level"].value = ""
    shown.filters.search.value = "tangshan"
    assert shown.view.query == "unit=tangshan&search=tangshan&benefit=water_t"
    shown.filters.reset.click()
    assert shown.selection == Selection()
    several = explore("progress", ds, Selection.of(unit="唐山,邯郸"))
    assert several.filters.selects["unit"].value == "tangshan,handan"
    assert several.selection.units == ("tangshan", "handan")


def test_a_page_of_one_trade_starts_with_one_and_the_plants_page_follows_the_search(ds: Dataset) -> None:
    assert len(explore("benchmarking", ds).selection.industries) == 1
    shown = explore("plant", ds)
    shown.filters.search.value = str(ds.plants["name"].iloc[7])
    assert shown.filters.more["plant"].value == ds.plants["plant_id"].iloc[7]
    assert str(ds.plants["name"].iloc[7]) in shown.view.html
    shown.open_plant(str(ds.plants["plant_id"].iloc[7]))
    with pytest.raises(UsageError, match="没有参数"):
        explore("progress", ds, plant="甲")


def test_a_plant_that_is_not_there_leaves_the_page_with_a_sentence(ds: Dataset) -> None:
    shown = explore("progress", ds)
    shown.open_plant("no-such-plant")
    assert "名单中没有“no-such-plant”" in shown.view.message
    assert "审核进度总览" in shown.view.html
    assert shown.view.query == ""
