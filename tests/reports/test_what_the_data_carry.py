"""What a hostile reader would catch: comparisons, places and shares that the data don't carry are not said, and why not is."""

from __future__ import annotations

from cpaudit import views
from cpaudit.dataset import Dataset
from tests.support.silent import CASES, texts


def said(page: object) -> str:
    return "\n".join(texts(page))


def test_a_unit_is_not_held_against_a_province_of_which_some_never_reported(part: Dataset) -> None:
    """Who never reported counts among the listed: the province's share accepted would be too low, every unit too good."""
    text = said(views.city_report(part, "秦皇岛"))
    assert "占名单的验收率 35.0%；全省有企业未报送，不与全省比较。" in text
    assert "比全省（36.7%）" not in text


def test_the_only_unit_that_is_ranked_has_no_place(part: Dataset) -> None:
    text = said(views.city_report(part, "秦皇岛"))
    assert "没有其他参加排名的单位，不说名次" in text
    assert "第 1 位" not in text


def test_what_changed_says_of_how_many(part: Dataset) -> None:
    earlier = part.at("2022-10-15")
    assert "；只比较两期都有报送的 16 家）相比" in said(views.city_report(part, "张家口", earlier))
    assert "只比较两期都有报送的 20 家）" not in said(views.city_report(part, "秦皇岛", earlier))


def test_a_share_of_a_few_judged_plants_is_not_held_against_the_province(part: Dataset) -> None:
    text = said(views.trade_report(part, "化工"))
    assert "可以判定的 3 家中达标 2 家、未达标 1 家；因数据不足等无法判定的 9 家" in text
    assert "占已判定的达标率" not in text


def test_where_nobody_can_be_judged_it_says_why_and_shows_no_noughts(part: Dataset) -> None:
    text = said(views.city_report(part, CASES["period"][0]))
    assert "尚无企业可以判定是否达标：没有审核后的实测数据，无法判定的 19 家。" in text
    assert "达标 0 家" not in text


def test_of_a_silent_unit_nobody_says_that_there_is_none(part: Dataset) -> None:
    text = said(views.city_report(part, CASES["unit"][0]))
    assert not [w for w in ("没有逾期", "没有退出", "没有评估或验收未通过", "另有 9 家") if w in text]
    assert text.count("该单位未报送进度（列入名单 9 家），无法判断。") > 5


def test_a_unit_without_plants_is_not_called_one_without_deadlines(part: Dataset) -> None:
    assert "没有到期节点的单位" not in said(views.bulletin_report(part))


def test_the_only_one_is_not_the_worst(part: Dataset) -> None:
    title = next(b.title for b in views.trade_report(part, "化工").blocks if getattr(b, "id", "") == "advance_unit")
    assert title.endswith("都在秦皇岛市；未报送 3 家")
