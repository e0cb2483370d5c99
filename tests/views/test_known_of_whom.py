"""What is said of a whole stands on whom it is known of: no comparison, share or praise rests on those of whom it isn't."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from cpaudit import views
from cpaudit.analysis import plausibility
from cpaudit.dataset import Dataset
from cpaudit.selection import Selection
from cpaudit.views.report.work_summary import work_summary_page
from cpaudit.views.tables import base, history
from tests.support.builders import dataset, event, option, plant
from tests.support.scoring import answers
from tests.support.silent import texts, without

DAY = dt.date(2022, 12, 20)
HOMES = {"shijiazhuang": "abcdef", "tangshan": "ghijkl"}
STEPS = ("notified", "registered", "disclosed", "permit_written", "plan_ready", "assessment_applied")


def province(after: str, good: str, **more: Any) -> Dataset:
    """Two units of six cement plants with values before the audit; ``after`` have some after it, those of ``good`` at level I."""
    home = {i: unit for unit, ids in HOMES.items() for i in ids}
    values = [row for i in home for row in answers(i, "demo_cement", "before", 2)]
    values += [row for i in after for row in answers(i, "demo_cement", "after", 1 if i in good else 3)]
    plants = [plant(i, unit=unit, industry="cement") for i, unit in home.items()]
    events = [event(i, step, "2021-12-25", unit=unit) for i, unit in home.items() for step in STEPS]
    return dataset(DAY, plants=plants, events=events, measurements=values, **more)


def said(page: Any) -> str:
    return "\n".join(texts(page))


def state_of(ds: Dataset, plants: str, kind: str, state: str) -> Dataset:
    """The data set where the ledger says of a return of some plants what came of it."""
    mine = ds.returns["plant_id"].isin(list(plants)) & ds.returns["kind"].eq(kind)
    mine &= ds.returns["period"].isna() | ds.returns["period"].eq("after")
    return replace(ds, returns=ds.returns.assign(state=ds.returns["state"].mask(mine, state)))


def test_of_whom_many_cant_be_judged_isnt_held_against_the_province() -> None:
    text = said(views.city_report(province("abcdghijkl", "abcdg"), "shijiazhuang"))
    assert "无法判定的超过 10%，不与全省比较" in text
    assert "达标率为 100.0%，比全省" not in text
    assert "占已判定的达标率为 66.7%，比全省（41.7%）高" in said(
        views.city_report(province("abcdefghijkl", "abcdg"), "shijiazhuang")
    )


def test_a_step_isnt_set_beside_the_province_in_a_table_where_the_text_says_it_isnt() -> None:
    part = without(province("", ""), ["a"])
    text = said(views.city_report(part, "shijiazhuang"))
    assert "有企业或节点未报送，不与全省比较比率" in text
    assert "全省完成率" not in text
    assert "全省完成率" in said(views.city_report(province("", ""), "shijiazhuang"))


def test_before_and_after_are_compared_of_those_that_have_both() -> None:
    """All had level II before; of the two that sent values again one is worse: 100 % and 50 % would be of different plants."""
    page = said(views.benchmarking_page(province("abcde", "abcd"), Selection(industries=("cement",))))
    assert "前后级别均可判定的工序中，达到Ⅱ级及以上的：审核前 5/5（100.0%），审核后 4/5（80.0%）" in page
    assert "审核前 12/12" not in page
    assert "没有前后级别均可判定的工序，不作比较" in said(
        views.benchmarking_page(province("", ""), Selection(industries=("cement",)))
    )


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("unread", "审核后的实测数据收到而未能读取，无法判定。"),
        ("blank", "审核后的实测数据报来而未填，无法判定。"),
        ("nothing", "审核后的实测数据未报送，无法判定。"),
        ("received", "没有审核后的实测数据，无法判定。"),
    ],
)
def test_a_verdict_says_what_became_of_the_values(state: str, why: str) -> None:
    ds = state_of(province("", ""), "a", "measurements", state)
    assert base.attainment(ds, "plant").frame["reason"][0] == why


def test_options_nobody_understands_are_no_share_carried_out() -> None:
    listed = [option(i, "WF1", status="unread") for i in "abc"] + [option("d", "WF1")]
    ds = state_of(province("", "", options=listed), "ef", "options", "nothing")
    city, summary = said(views.city_report(ds, "shijiazhuang")), said(work_summary_page(ds, "shijiazhuang"))
    assert "提出方案 4 项，已实施方案 1 项；实施情况未读懂 3 项" in said(views.benefits_page(ds))
    assert "其中已实施的 1 项；其余为未读懂 3 项" in summary
    for text in (city, summary):
        assert "另有 2 家企业的方案表未报送、未填或未能读取，不在其中" in text
        assert "25.0%" not in text
    none = province("", "", options=listed[:3])
    assert "没有可以确定已实施的方案" in said(views.city_report(none, "shijiazhuang"))


def test_nobody_is_clean_of_whom_nothing_could_be_looked_at() -> None:
    ds = replace(province("", ""), measurements=province("", "").measurements.query("plant_id in ['a', 'b']"))
    rows = plausibility.summary(ds, "unit").set_index("unit")
    assert rows.loc["shijiazhuang", ["n_plants", "with_values", "with_leads", "with_leads_pct"]].tolist() == [
        6,
        2,
        2,
        100.0,
    ]  # alike
    assert rows.loc["tangshan", ["with_leads", "with_leads_pct", "n_leads"]].isna().all()


def test_who_goes_on_is_told_with_those_of_whom_it_isnt_known() -> None:
    ds = without(province("", ""), ["a", "b"])
    assert "另有 2 家状态未读懂、验收结果不明或未报送，尚不能判定是否转入" in history.carry_over(ds).note
    all_open = history.carry_over(without(ds, list("abcdefghijkl")))
    assert all_open.empty.startswith("没有可以判定需要转入下一批的企业。另有 12 家")


def test_a_share_of_few_says_so() -> None:
    assert "比率仅供参考" in base.attainment(province("abg", "ab"), "unit").note
    assert "比率仅供参考" not in base.attainment(province("abcdghij", "ab"), "unit").note


def test_of_one_plant_nothing_stops_the_most() -> None:
    one = province("a", "")
    assert "卡住最多" not in said(views.attainment_page(one))
    assert "项并列卡住最多" in said(views.attainment_page(province("ab", "")))


def test_nobody_is_below_all_levels_for_want_of_answers() -> None:
    """What was sent blank or can't be read is no level; what is reported and misses is."""
    gone = [row | {"value": None, "state": "unread"} for row in answers("a", "demo_cement", "after", 1)]
    late = [
        row | {"value": None, "state": "missing"}
        for row in answers("b", "demo_cement", "after", 1, nox=9.0)
        if row["indicator"] != "nox"
    ]
    bad = [row for row in answers("b", "demo_cement", "after", 1, nox=9.0) if row["indicator"] == "nox"]
    ds = dataset(DAY, plants=[plant(i, industry="cement") for i in "ab"], measurements=[*gone, *late, *bad])
    each = base.attainment(ds, "plant").frame.set_index("name")
    assert each["level_after"].isna().tolist() == [True, False]
    assert each["verdict"].tolist() == ["无法判定", "未达标"]
    assert base.attainment(ds, "target").frame["level_after"].isna().tolist() == [True, False]
