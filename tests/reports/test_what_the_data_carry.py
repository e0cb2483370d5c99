"""What a hostile reader would catch: comparisons, places and shares that the data don't carry are not said, and why not is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cpaudit import views
from cpaudit.analysis import attainment
from cpaudit.dataset import Dataset
from tests.support.silent import CASES, NEAR, UNITS, silenced, texts, without, without_unit

#: A unit all of whose plants reported their progress, and a unit that sent nothing.
HEARD, SILENT = CASES["period"][0], CASES["unit"][0]


def said(page: object) -> str:
    return "\n".join(texts(page))


@pytest.fixture(scope="module")
def cut(ds: Dataset) -> Dataset:
    """Some units, where something of each kind never came."""
    return silenced(ds.select(unit=UNITS))


@pytest.fixture(scope="module")
def staying(ds: Dataset) -> Dataset:
    """The sample as if nobody had left the list, so that whoever is listed counts."""
    return replace(ds, plants=ds.plants.assign(status="active"), status_history=ds.status_history.head(0))


def accepted_pct(ds: Dataset, unit: str = "") -> str:
    """How many of the listed passed their acceptance, counted from the rows."""
    listed = ds.plants[ds.plants["unit"].eq(unit)] if unit else ds.plants
    passed = ds.events.query("milestone == 'accepted' and result == 'passed'")["plant_id"]
    return f"{100 * listed['plant_id'].isin(passed).sum() / len(listed):.1f}%"


def test_a_unit_is_not_held_against_a_province_of_which_some_never_reported(cut: Dataset) -> None:
    """Who never reported counts among the listed: the province's share accepted would be too low, every unit too good."""
    text = said(views.city_report(cut, HEARD))
    assert f"占名单的验收率 {accepted_pct(cut, HEARD)}；全省有企业未报送，不与全省比较。" in text
    assert f"比全省（{accepted_pct(cut)}）" not in text


def test_the_only_unit_that_is_ranked_has_no_place(ds: Dataset) -> None:
    both = ds.select(unit=(HEARD, NEAR))
    assert "没有其他参加排名的单位" not in said(views.city_report(both, HEARD))
    text = said(views.city_report(without_unit(both, NEAR), HEARD))
    assert "没有其他参加排名的单位，不说名次" in text
    assert "第 1 位" not in text


def test_what_changed_says_of_how_many(part: Dataset) -> None:
    earlier = part.at("2022-10-15")
    mine = part.plants.loc[part.plants["unit"] == NEAR, "plant_id"]
    heard = mine.isin(part.events["plant_id"]).sum()
    assert f"；只比较两期都有报送的 {heard} 家；" in said(views.city_report(part, NEAR, earlier))
    listed = (part.plants["unit"] == HEARD).sum()
    assert f"；只比较两期都有报送的 {listed} 家）" not in said(views.city_report(part, HEARD, earlier))


def test_a_share_of_a_few_judged_plants_is_not_held_against_the_province(staying: Dataset) -> None:
    verdicts = attainment.plants(staying)
    by_trade = verdicts.groupby("industry")["verdict"]
    trade = next(t for t, v in by_trade if (v == "attained").sum() >= 2 and (v == "not_attained").any() and len(v) > 3)
    mine = verdicts[verdicts["industry"] == trade]
    good, bad = (mine.loc[mine["verdict"] == v, "plant_id"].tolist() for v in ("attained", "not_attained"))
    others = set(mine["plant_id"]) - {*good[:2], bad[0]}
    text = said(views.trade_report(without(staying, others, ("measurements",), "after"), trade))
    assert f"可以判定的 3 家中达标 2 家、未达标 1 家；因数据不足等无法判定的 {len(others)} 家" in text
    assert "占已判定的达标率" not in text


def test_where_nobody_can_be_judged_it_says_why_and_shows_no_noughts(staying: Dataset) -> None:
    mine = staying.plants.loc[staying.plants["unit"] == HEARD, "plant_id"]
    text = said(views.city_report(without(staying, mine, ("measurements",), "after"), HEARD))
    assert f"尚无企业可以判定是否达标：没有审核后的实测数据，无法判定的 {len(mine)} 家。" in text
    assert "达标 0 家" not in text


def test_of_a_silent_unit_nobody_says_that_there_is_none(cut: Dataset) -> None:
    listed = int((cut.plants["unit"] == SILENT).sum())
    text = said(views.city_report(cut, SILENT))
    assert not [w for w in ("没有逾期", "没有退出", "没有评估或验收未通过", f"另有 {listed} 家") if w in text]
    assert text.count(f"该单位未报送进度（列入名单 {listed} 家），无法判断。") > 5


def test_a_unit_without_plants_is_not_called_one_without_deadlines(cut: Dataset) -> None:
    assert "没有到期节点的单位" not in said(views.bulletin_report(cut))


def test_the_only_one_is_not_the_worst(staying: Dataset) -> None:
    """All who are late stand in one unit, as nothing came of the others: it isn't the worst of several."""
    some = staying.select(unit=UNITS)
    home = some.plants.groupby("industry")["unit"]
    trade = next(t for t, units in home if HEARD in set(units) and units.nunique() > 2)
    mine = some.plants[some.plants["industry"] == trade]
    late, silent = mine[mine["unit"] == HEARD]["plant_id"], mine[mine["unit"] != HEARD]["plant_id"]
    some = replace(some, events=some.events[~some.events["plant_id"].isin(late)].reset_index(drop=True))  # reported, nothing done
    blocks = views.trade_report(without(some, silent), trade).blocks
    title = next(b.title for b in blocks if getattr(b, "id", "") == "advance_unit")
    assert title.endswith(f"都在秦皇岛市；未报送 {len(silent)} 家")
