"""A step that a unit's tables have no column for, or whose result nobody understands: it speaks neither for nor against it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pandas as pd
import pytest

from cpaudit import views
from cpaudit.analysis import handover, progress
from cpaudit.analysis.across import compared
from cpaudit.analysis.bulletin import bulletin, laggards
from cpaudit.dataset import Dataset
from cpaudit.loaders import load
from cpaudit.views import unheard
from tests.support.builders import dataset, event, plant
from tests.support.silent import texts, without, without_step
from tests.support.workbooks import AS_OF, LISTED, NAME_A, ROSTER, A, book

DAY = dt.date(2022, 7, 11)
STEPS = ("notified", "registered", "disclosed", "permit_written", "plan_ready", "assessment_applied")
#: Two units of five plants, one of four: in time with everything, or without the assessment.
HOMES = {"shijiazhuang": "abcde", "tangshan": "fghij", "handan": "klmn"}


def province(assessed: str, *more: dict[str, Any], day: dt.date = DAY, **of: Any) -> Dataset:
    """All plants did the first six steps in time, those of ``assessed`` the assessment too."""
    plants = [plant(i, unit=unit) | of.get(i, {}) for unit, ids in HOMES.items() for i in ids]
    home = {i: unit for unit, ids in HOMES.items() for i in ids}
    done = [event(i, step, "2021-12-25", unit=unit) for i, unit in home.items() for step in STEPS]
    done += [event(i, "assessed", "2022-06-20", unit=home[i]) for i in assessed]
    return dataset(day, plants=plants, events=[*done, *more])


def unclear(plant_id: str, unit: str) -> dict[str, Any]:
    return event(plant_id, "assessed", "2022-06-20", unit=unit, result="unread")


def row(ds: Dataset, unit: str = "shijiazhuang") -> pd.Series:
    return bulletin(ds).set_index("unit").loc[unit]


def said(page: Any) -> str:
    return "\n".join(texts(page))


def test_who_leaves_a_step_out_doesnt_lead() -> None:
    silent = without_step(province("fghijkl"), "shijiazhuang", "assessed")
    mine = row(silent)
    assert mine["group"] == "partly"
    assert mine[["rank", "band", "pct"]].isna().all()
    assert (mine["due"], mine["done"], mine["part_unreported"]) == (30, 30, 5)
    assert pd.isna(mine["overdue"])
    assert row(silent, "tangshan")["rank"] == 1
    assert laggards(silent)["unit"].unique().tolist() == ["handan"]
    counts = progress.summary(silent, "unit").set_index("unit").loc["shijiazhuang"]
    assert counts[["assessed", "overdue", "failed"]].isna().all()
    assert (counts["notified"], counts["part_unreported"], counts["not_reported"]) == (5, 5, 0)
    report = said(views.city_report(silent, "石家庄"))
    assert "“完成评估” 5 家，这些节点无法判断，不计为完成，也不计为逾期" in report
    assert "单列，不排名" in report
    assert "没有企业逾期" not in report.replace("可以判断的企业中没有企业逾期", "")
    told = said(views.bulletin_report(silent))
    assert "“完成评估”石家庄市 5 家" in told
    assert not any("石家庄市" in line and "第一档" in line for line in re.split("[。；\n]", told))
    assert "，其后不明" in said(views.PAGES["progress"].build(silent)) + "".join(
        views.tables.base.progress(silent, "plant").frame["stage"]
    )


def test_one_step_asked_for_alone_ranks_nobody_who_left_it_out() -> None:
    silent = without_step(province("fghijkl"), "shijiazhuang", "assessed")
    assert bulletin(silent, milestone="assessed").set_index("unit").loc["shijiazhuang", "group"] == "partly"


def test_unclear_results_of_a_whole_step_are_no_missing_duties() -> None:
    ds = province("fghij", *(unclear(i, "shijiazhuang") for i in "abcde"))
    found = bulletin(ds, milestone="assessed").set_index("unit")
    assert found.loc["shijiazhuang", "group"] == "unsettled"
    assert pd.isna(progress.summary(ds, "unit").set_index("unit").loc["shijiazhuang", "assessed"])
    assert "没有到期节点" not in said(views.bulletin_report(ds))


@pytest.mark.parametrize(("n", "group"), [(0, "ranked"), (1, "unsettled")])
def test_whose_place_hangs_on_an_unclear_result_has_none(n: int, group: str) -> None:
    """Both did all but one assessment; of the one it isn't known whether it passed."""
    ds = province("abcd" + "fghi" + "klm", *[unclear("e", "shijiazhuang")] * n)
    assert row(ds)["group"] == group
    assert pd.isna(row(ds)["pct"]) == bool(n)
    assert row(ds, "tangshan")["group"] == "ranked"
    if n:
        assert "名次和档次取决于结果不明的节点" in said(views.city_report(ds, "石家庄"))


def test_what_one_day_doesnt_tell_neither_rose_nor_fell() -> None:
    before = province("abfg", day=dt.date(2022, 7, 5))
    now = without_step(province("abfg"), "shijiazhuang", "assessed")
    change = compared.with_before(now, before).set_index("measure")
    assert change.loc["assessed", ["before", "now", "change", "whole"]].tolist() == [2, 2, 0, False]
    mine = compared.with_before(now.select(unit="石家庄"), before.select(unit="石家庄")).set_index("measure")
    assert pd.isna(mine.loc["assessed", "change"])
    assert mine.loc["overdue", "change"] == 0
    doubt = province("bfg", unclear("a", "shijiazhuang"))
    assert compared.with_before(doubt, before).set_index("measure").loc["assessed", "change"] == 0
    assert "评估的企业减少" not in said(views.city_report(now, "石家庄", before))


def test_silent_plants_that_one_picks_are_not_their_unit() -> None:
    ds = without(province("fghij"), ["a", "b"])
    picked, whole = ds.reduced(["a", "b"]), without(province("fghij"), list("abcde")).select(unit="石家庄")
    assert unheard.silence(picked).startswith("所选企业未报送进度")
    assert unheard.silence(whole).startswith("该单位未报送进度（列入名单 5 家）")
    assert unheard.silence(whole.reduced(["a", "b"])).startswith("该单位未报送进度（所选 2 家）")
    assert unheard.unsent(picked, "options").startswith("所选企业未报送")
    assert unheard.unsent(whole, "options").startswith("该单位未报送")


def test_who_left_with_an_unclear_end_is_counted_once() -> None:
    end = event("a", "accepted", "2022-07-05", result="unread")
    ds = province("abcde", end, a={"status": "closed", "status_since": "2022-07-06"})
    whole, ended = progress.summary(ds).iloc[0], handover.results(ds).iloc[0]
    assert (whole["left"], ended["left"]) == (0, 0)
    assert (whole["unclear"], ended["unclear"]) == (1, 1)


def test_an_unread_status_or_deadline_is_no_unclear_result() -> None:
    ds = province("bcde", a={"status": "unread"}, f={"unread_fields": "own_deadline"})
    states = progress.milestone_states(ds).set_index(["plant_id", "milestone"])["state"]
    assert states["a", "assessed"] == states["f", "accepted"] == "late_unknown"
    assert progress.summary(ds).iloc[0]["unclear"] == 0
    assert handover.results(ds).iloc[0][["unclear", "status_unread"]].tolist() == [0, 1]
    assert "结果不明" not in said(views.plant_file(ds, "示例企业a")).replace("结果相反的为结果不明", "").replace("结果不明:0", "")


def test_nobody_is_held_against_itself() -> None:
    alone = province("ab").select(unit="石家庄")
    same = dataset(DAY, plants=[plant(i) for i in "abcde"], events=[event(i, "notified", "2021-12-25") for i in "abcde"])
    assert bulletin(alone)["rank"].isna().all()
    assert "全省" not in said(views.city_report(same, "石家庄"))


def test_of_three_the_numbers_are_told_and_no_percentage() -> None:
    assert [views.parts.rate(*pair) for pair in ((2, 3), (2, 4), (0, 0))] == ["3 家中 2 家", "50.0%", "—"]


def test_a_blank_cell_below_a_heading_that_isnt_read_says_nothing(tmp_path: Any) -> None:
    heads = ["企业名称", "统一社会信用代码", "告知书送达日期", "通过评估时间（拟）", "状态"]
    book(tmp_path / "raw/名单.xlsx", {"名单": [["强制类企业名单　名单公布日期：2021年12月20日"], ROSTER, *LISTED]})
    book(tmp_path / "raw/石家庄市.xlsx", {"进度": [heads, [NAME_A, A, "2021-12-25", None, "正常推进"]]})
    load([tmp_path / "raw"], as_of=AS_OF, warehouse=tmp_path / "warehouse")
    states = progress.milestone_states(Dataset.open(tmp_path / "warehouse"))
    mine = states[states["name"].eq(NAME_A) & states["milestone"].eq("assessed")]
    assert mine["state"].tolist() == ["not_reported"]
