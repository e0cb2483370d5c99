"""Arguments are forgiving: what is plain is taken, anything else is one Chinese sentence that says what to write."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import cpaudit as cp
from cpaudit import analysis
from cpaudit.analysis import (
    benefits,
    concentration,
    cost_curve,
    differences,
    energy,
    forecast,
    handover,
    pace,
    plausibility,
    progress,
)
from cpaudit.dataset import Dataset
from cpaudit.errors import UsageError
from cpaudit.views.page import Caveat
from cpaudit.vocabulary import LEVELS


def refused(call: Callable[[], object]) -> str:
    """What the user reads: a sentence in Chinese, that ends as sentences do."""
    with pytest.raises(UsageError) as caught:
        call()
    said = caught.value.sentence
    assert said.endswith("。")
    assert re.search("[\u4e00-\u9fff]{4}", said)
    return said


@pytest.fixture(scope="module")
def mine(ds: Dataset) -> pd.DataFrame:
    """One plant's values after the audit, all answered."""
    after = ds.measurements[(ds.measurements["period"] == "after") & (ds.measurements["system"] == "demo_cement")]
    whole = after.groupby("plant_id")["state"].agg(lambda states: states.eq("reported").all())
    return after[after["plant_id"] == whole.index[whole][0]]


@pytest.fixture(scope="module")
def scorer(mine: pd.DataFrame) -> cp.indicators.Scorer:
    return cp.indicators.Scorer(mine)


SELECTIONS: list[tuple[Callable[[Dataset], object], str]] = [
    (lambda ds: ds.select("石家庄"), "文字“石家庄”.*unit="),
    (lambda ds: ds.select({"unit": "石家庄"}), "字典.*unit="),
    (lambda ds: ds.select(ds), "一份数据.*unit="),
    (lambda ds: ds.select(unit=["石家庄", None]), "上报单位不能是空值"),
    (lambda ds: ds.select(unit=5), "上报单位不能是数 5"),
    (lambda ds: ds.select(units="石家庄"), "没有名为 units 的参数，请写 unit"),
    (lambda ds: ds.select(industries="水泥"), "没有名为 industries 的参数，请写 industry"),
    (lambda ds: ds.select(city="石家庄"), "没有名为 city 的参数，可以写：as_of、unit、industry"),
    (lambda ds: cp.Selection.of(levels="II"), "请写 level"),
    (lambda ds: cp.Selection(unit="石家庄"), "没有名为 unit 的参数，请写 units"),
    (lambda ds: ds.select(search=["甲"]), "搜索内容不能是列表"),
    (lambda ds: ds.select(level="五级"), "没有叫“五级”的级别"),
    (lambda ds: ds.at(pd.NaT), "日期是空的"),
    (lambda ds: ds.at("昨天"), "“昨天”不是日期"),
    (lambda ds: ds.only(5), "上报单位不能是数 5"),
]


@pytest.mark.parametrize(("call", "said"), SELECTIONS)
def test_a_choice_that_cannot_be_meant_says_how_to_write_it(ds: Dataset, call: Callable[[Dataset], object], said: str) -> None:
    assert re.search(said, refused(lambda: call(ds)))


@pytest.mark.parametrize(
    ("loose", "strict"),
    [
        ({"unit": None}, {}),
        ({"unit": "石家庄、唐山；辛集"}, {"unit": ["shijiazhuang", "tangshan", "xinji"]}),
        ({"unit": pd.Series(["石家庄市", "唐山市"])}, {"unit": "石家庄,唐山"}),
        *(({"level": level}, {"level": "II"}) for level in (2, 2.0, np.int64(2), "2", "二级", "2级", "Ⅱ", "ii", [2], "Ⅱ级")),
        ({"level": "Ⅰ级、Ⅱ级"}, {"level": ["I", "II"]}),
        ({"level": 4}, {"level": "未达Ⅲ级"}),
        ({"search": 911, "level": None}, {"search": "911"}),
        ({"as_of": np.datetime64("2022-06-01")}, {"as_of": "2022-06-01"}),
    ],
)  # fmt: skip
def test_what_is_plainly_meant_is_taken(ds: Dataset, loose: dict[str, Any], strict: dict[str, Any]) -> None:
    assert cp.Selection.of(**loose) == cp.Selection.of(**strict)
    assert ds.select(**loose) is ds.select(**strict)


def test_one_word_is_one_unit_and_no_unit_sees_nothing(ds: Dataset) -> None:
    for word in ("xinji", "辛集", ["辛集市"]):
        part = ds.only(word)
        assert part.plants["unit"].unique().tolist() == ["xinji"]
        assert len(part.sources) == len(ds.only(["xinji"]).sources) > 0
    assert ds.only([]).plants.empty
    assert ds.only([]).sources.empty


LABELLED: list[tuple[Callable[[Dataset], object], str]] = [
    (lambda ds: ds.labelled(ds.plants), "cp.labelled\\(表, ds\\)"),
    (lambda ds: ds.labelled(5), "表的名称不能是数 5"),
    (lambda ds: cp.labelled("plants"), 'ds.labelled\\("plants"\\)'),
    (cp.labelled, "不能是一份数据"),
    (lambda ds: cp.labelled({}), "不能是字典"),
    (lambda ds: cp.labelled(ds.plants, ds.plants), "参数 ds 不能是一张表"),
    (lambda ds: cp.labelled(ds.plants, "x"), "参数 ds 不能是文字“x”"),
]


@pytest.mark.parametrize(("call", "said"), LABELLED)
def test_labelling_says_what_it_labels(ds: Dataset, call: Callable[[Dataset], object], said: str) -> None:
    assert re.search(said, refused(lambda: call(ds)))


WRONG: list[tuple[Callable[[pd.DataFrame, Dataset], object], str]] = [
    (lambda m, ds: cp.indicators.score({}), "实测值不能是字典，请给实测值表"),
    (lambda m, ds: cp.indicators.score(None), "实测值不能是空值"),
    (lambda m, ds: cp.indicators.score(ds), "ds.measurements"),
    (lambda m, ds: cp.indicators.Scorer(ds), "ds.measurements"),
    (lambda m, ds: cp.indicators.explain(None), "实测值不能是空值"),
    (lambda m, ds: cp.indicators.score(m.assign(value="很多")), "须为数，不能是文字“很多”"),
    (lambda m, ds: cp.indicators.score(m.assign(value=[*m["value"][:-1], "很多"])), "须为数，不能是文字“很多”"),
    (lambda m, ds: cp.indicators.score(m, "水泥"), "find_system"),
    (lambda m, ds: cp.indicators.score(m, ["水泥"]), "find_system"),
    (lambda m, ds: cp.indicators.score(m, m), "find_system"),
    (lambda m, ds: cp.indicators.score(m.assign(system="没有")), "不认识的评价指标体系“没有”.*demo_cement"),
    (lambda m, ds: cp.indicators.score(m.assign(indicator=m["indicator"] + "9")), "没有编号为“.*9”的指标.*so2"),
    (lambda m, ds: cp.indicators.obstacles(m, 1), "一张表.*Scorer"),
    (lambda m, ds: cp.indicators.ways_up(m, 1), "一张表.*Scorer"),
    (lambda m, ds: cp.indicators.ways_up(cp.indicators.Scorer(m), 5), "级别应写 1、2 或 3"),
    (lambda m, ds: cp.indicators.obstacles(cp.indicators.Scorer(m), None), "级别应写 1、2 或 3"),
    (lambda m, ds: cp.indicators.ways_up(cp.indicators.Scorer(m), 1, {"so2": "贵"}), "“so2”的费用不能是文字“贵”"),
    (lambda m, ds: cp.indicators.ways_up(cp.indicators.Scorer(m), 1, {"so2": -1}), "不小于 0"),
    (lambda m, ds: cp.indicators.ways_up(cp.indicators.Scorer(m), 1, {"硫": 1}), "没有编号为“硫”的指标.*so2（"),
    (lambda m, ds: cp.indicators.ways_up(cp.indicators.Scorer(m), 1, 5), "costs"),
]


@pytest.mark.parametrize(("call", "said"), WRONG)
def test_scoring_says_what_it_cannot_score(
    mine: pd.DataFrame, ds: Dataset, call: Callable[[pd.DataFrame, Dataset], object], said: str
) -> None:
    assert re.search(said, refused(lambda: call(mine, ds)))


def test_own_systems_leave_nothing_out_and_lazy_frames_neither(mine: pd.DataFrame) -> None:
    system = cp.indicators.find_system(mine["system"].iloc[0])
    wrong = mine.assign(indicator=["甲", *mine["indicator"][1:]])
    lazily = pl.from_pandas(wrong[["plant_id", "system", "process", "period", "indicator", "value", "state"]]).lazy()
    for call in (
        lambda: cp.indicators.score(wrong, [system]),
        lambda: cp.indicators.score(wrong, {"x": system}),
        lambda: cp.indicators.score(lazily),
        lambda: cp.indicators.score(lazily, system),
    ):
        assert "没有编号为“甲”的指标" in refused(call)
    own = system.model_copy(update={"id": "own_system"})
    assert len(cp.indicators.score(mine.assign(system="own_system"), [own])) == len(cp.indicators.score(mine))
    assert "不认识的评价指标体系“own_system”" in refused(lambda: cp.indicators.score(mine.assign(system="own_system"), [system]))


NUMBERS: list[tuple[Callable[[Dataset, Any], object], str, tuple[object, ...], object]] = [
    (progress.to_do, "horizon_days", ("x", -1, 1.5, [3], True, float("nan")), "30"),
    (lambda ds, n: cost_curve.curve(ds, years=n), "years", ("x", 0, -3, 2.5, 1e9, {}), "10"),
    (lambda ds, n: cost_curve.curve(ds, years=10, rate=n), "rate", ("x", -0.1, 6, float("inf"), None), "0.06"),
    (lambda ds, n: energy.computed(ds, power_kgce_per_kwh=n), "power_kgce_per_kwh", ("x", 0, -0.3, 300, []), "0.3"),
    (plausibility.leads, "rate", ("x", -0.1, 5, []), "0.05"),
    (lambda ds, n: forecast.checks(ds, "accepted", n), "days_ahead", ("x", -1, 1.5, 10**9, None), "30"),
    (lambda ds, n: forecast.compared(ds, "registered", n), "days_ahead", ("x", -1, None), "30"),
]


@pytest.mark.parametrize(("call", "named", "wrong", "plain"), NUMBERS)
def test_a_number_that_cannot_be_meant_says_which_may_be_given(
    ds: Dataset, call: Callable[[Dataset, Any], object], named: str, wrong: tuple[object, ...], plain: object
) -> None:
    for given in wrong:
        assert f"（{named}）不能是" in refused(lambda given=given: call(ds, given))
    call(ds, plain)


def test_a_level_and_a_period_may_be_told_in_words(mine: pd.DataFrame, scorer: cp.indicators.Scorer) -> None:
    for level in (1, 1.0, "Ⅰ级", "1", "I"):
        pd.testing.assert_frame_equal(cp.indicators.obstacles(scorer, level), cp.indicators.obstacles(scorer, 1))
        pd.testing.assert_frame_equal(cp.indicators.ways_up(scorer, level).steps, cp.indicators.ways_up(scorer, 1).steps)
    expected = cp.indicators.score(mine)
    assert set(expected["level"].dropna()) <= set(LEVELS)
    pd.testing.assert_frame_equal(cp.indicators.score(mine.assign(period="审核后")), expected)
    pd.testing.assert_frame_equal(scorer.of(period="审核后").scores(), scorer.scores())


def documented() -> list[Callable[..., object]]:
    """Every function of a data set that docs/api.md shows."""
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    shown = re.findall(r"^::: cpaudit\.analysis\.(?:\w+\.)?(\w+)\n.*?members: \[(.*?)\]", text, re.M)
    each = [getattr(getattr(analysis, name), member) for name, members in shown for member in members.split(", ")]
    assert len(each) > 30
    return each


@pytest.mark.parametrize("function", documented(), ids=lambda f: f"{f.__module__.rpartition('.')[2]}.{f.__name__}")
@pytest.mark.parametrize("given", ["frame", "text", None])
def test_every_analysis_of_the_documentation_asks_for_a_data_set(
    ds: Dataset, function: Callable[..., object], given: str | None
) -> None:
    wrong = {"frame": ds.plants, "text": "2022-06-01"}.get(given or "")
    if function is differences.counts:
        assert "请给 differences 返回的表" in refused(lambda: function(ds, "table"))
        return
    more = {"category": ["pollutant"], "lorenz": ["water_t"], "listing": ["results"], "trace": ["x"], "differences": [ds]}
    assert len(inspect.signature(function).parameters) > 0
    assert "请给一份数据" in refused(lambda: function(wrong, *more.get(function.__name__, [])))


def test_differences_ask_for_two_data_sets_and_are_counted_before_they_are_labelled(ds: Dataset) -> None:
    for wrong in (None, "2022-06-01", ds.plants):
        assert "请给一份数据" in refused(lambda wrong=wrong: differences.differences(ds, wrong))
    found = differences.differences(ds.at("2022-11-01"), ds)
    assert "cp.labelled" in refused(lambda: differences.counts(cp.labelled(found, ds), "table"))


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        (lambda ds: concentration.lorenz(ds, "削减COD"), lambda ds: concentration.lorenz(ds, "cod_t")),
        (lambda ds: cost_curve.curve(ds, "节水"), lambda ds: cost_curve.curve(ds, "water_t")),
        (lambda ds: benefits.totals(ds, "行业", "已实施"), lambda ds: benefits.totals(ds, "industry", "implemented")),
        (lambda ds: progress.summary(ds, by="上报单位"), lambda ds: progress.summary(ds, by="unit")),
        (lambda ds: pace.pace(ds, by="名单"), lambda ds: pace.pace(ds, by="roster")),
        (lambda ds: progress.curve(ds, "accepted"), lambda ds: progress.curve(ds, ["accepted"])),
    ],
)
def test_a_choice_may_be_told_by_its_label(ds: Dataset, told: Any, meant: Any) -> None:
    pd.testing.assert_frame_equal(told(ds), meant(ds))


@pytest.mark.parametrize(
    ("call", "choice"),
    [
        (lambda ds: concentration.lorenz(ds, "削减氟"), "cod_t（削减COD）"),
        (lambda ds: benefits.totals(ds, status="做完"), "implemented（已实施）"),
        (lambda ds: progress.summary(ds, by="市"), "unit（上报单位）"),
        (lambda ds: progress.curve(ds, ["打卡"]), "accepted（"),
        (lambda ds: handover.listing(ds, "名单"), "energy_supervision（"),
    ],
)
def test_choices_are_listed_with_their_words(ds: Dataset, call: Any, choice: str) -> None:
    assert choice in refused(lambda: call(ds))


SHOWN: list[tuple[Callable[[Dataset, Path], object], str]] = [
    (lambda ds, _: cp.tile_map({"石家庄": 1}), "不能是字典.*pd.Series"),
    (lambda ds, _: cp.tile_map(pd.Series({"石家庄": "多"})), "“石家庄市”的数不能是文字“多”"),
    (lambda ds, _: cp.tile_map(pd.Series({"石家庄": float("inf")})), "“石家庄市”的数没有上限"),
    (lambda ds, _: cp.tile_map(pd.Series({"石家庄": -1})), "小于 0"),
    (lambda ds, _: cp.bars({"a": 1}), "不能是字典.*pd.Series"),
    (lambda ds, _: cp.bars(pd.Series({"甲": "多"})), "“甲”的数不能是文字“多”"),
    (lambda ds, _: cp.bars(pd.Series([0.5, -3, float("nan")])), "“1”的数小于 0"),
    (lambda ds, _: cp.bars(pd.Series({"甲": float("inf")})), "“甲”的数没有上限"),
    (lambda ds, to: cp.xlsx({}, to / "a.xlsx", title="甲"), "不能是字典"),
    (lambda ds, to: cp.xlsx(ds.plants, 5, title="甲"), "文件名（第二个参数）不能是数 5"),
    (lambda ds, to: cp.xlsx(ds.plants, to / "a.xlsx", title=5), "标题（title）不能是数 5"),
    (lambda ds, to: cp.xlsx(ds.plants, to / "a.xlsx", title="甲", ds="x"), "不能是文字“x”.*一份数据"),
    (lambda ds, _: cp.page(ds, "t"), "页的标题（第一个参数）不能是一份数据"),
    (lambda ds, _: cp.page("t", "文字", "x"), "第二个参数 ds 不能是文字“文字”"),
    (lambda ds, _: cp.page("t", ds, "一段", ("标题", {})), "第 2 项“标题”的内容不能是字典"),
    (lambda ds, _: cp.page("t", ds, (ds.plants, "标题")), "第 1 项的标题不能是一张表"),
    (lambda ds, _: cp.page("t", ds, ("标题", ds.plants, ds.plants)), "第 1 项的说明不能是一张表"),
    (lambda ds, _: cp.page("t", ds, ("一", "二", "三", "四")), "4 项的元组"),
    (lambda ds, _: cp.page("t", ds, ds.plants), "第 1 项是一张表.*没有标题"),
    (lambda ds, _: cp.page("t", ds, cp.bars(pd.Series([1]))), "第 1 项是一张图，没有标题"),
    *((lambda ds, _, part=part: cp.page("t", ds, part), "第 1 项不能是") for part in ([], None, 5)),
    (lambda ds, _: cp.show(ds.plants), "不能是一张表.*progress_page"),
    (lambda ds, _: cp.show("x"), "不能是文字“x”"),
    (lambda ds, _: cp.explore("progress", ds, "石家庄"), "筛选条件不能是文字“石家庄”.*Selection.of"),
    (lambda ds, _: cp.explore("progress", "x"), "第二个参数 ds 不能是文字“x”"),
    (lambda ds, _: cp.what_if(ds.plants, "x"), "不能是一张表"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "said"), SHOWN)
def test_what_is_shown_and_drawn_says_what_it_takes(
    ds: Dataset, tmp_path: Path, call: Callable[[Dataset, Path], object], said: str
) -> None:
    assert re.search(said, refused(lambda: call(ds, tmp_path)))


@pytest.mark.parametrize("name", [name for name in dir(cp.views) if name.endswith("_page")])
def test_every_page_asks_for_a_data_set_and_a_selection(ds: Dataset, name: str) -> None:
    build = getattr(cp.views, name)
    for wrong in (ds.plants, "2022-06-01", None):
        assert "请给一份数据" in refused(lambda wrong=wrong: build(wrong))
    if "selection" in inspect.signature(build).parameters:
        assert "筛选条件不能是文字“石家庄”" in refused(lambda: build(ds, "石家庄"))


def test_a_name_with_a_wrong_character_is_answered_with_the_nearest(ds: Dataset) -> None:
    name = max(ds.plants["name"], key=len)
    said = refused(lambda: ds.plant(name.replace("示例", "示列")))
    assert said.partition("选择：")[2].split("、")[0] == name
    assert len(said.split("、")) <= 4
    code = str(ds.plants["uscc"].dropna().iloc[0])
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert ds.plants.set_index("uscc").at[code, "name"] in refused(lambda: ds.plant(wrong))
    assert "写法相近" not in refused(lambda: ds.plant("没有这样的地方"))


def test_a_part_without_plants_is_not_called_an_empty_snapshot(ds: Dataset) -> None:
    nobody = ds.select(search="无此企业")
    for page in (cp.views.progress_page(nobody), cp.views.benefits_page(nobody), cp.views.plant_page(nobody)):
        said = [b.text for b in page.blocks if isinstance(b, Caveat)][-1]
        assert "没有一家符合" in said
        assert "cpaudit load" not in said


@pytest.mark.parametrize("function", documented(), ids=lambda f: f"{f.__module__.rpartition('.')[2]}.{f.__name__}")
def test_the_documentation_says_which_columns_come_and_what_is_refused(ds: Dataset, function: Callable[..., object]) -> None:
    text = function.__doc__ or ""
    assert "Columns:" in text
    more = {"category": ["pollutant"], "lorenz": ["water_t"], "listing": ["results"], "trace": ["x"], "differences": [ds]}
    asked = {"by", "status", "milestone", "milestones", "table", "list_id", "amount", "benefit", "name"}
    refuses = bool(asked & set(inspect.signature(function).parameters))
    if function is not differences.counts:
        try:
            function(ds.at("2022-06-01"), *more.get(function.__name__, []))
        except UsageError:
            refuses = True
    assert not refuses or "Raises:" in text
