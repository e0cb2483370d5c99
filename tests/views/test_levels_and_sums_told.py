"""A level, a payback, a rank or a share is told only where what was reported carries it, the same by command, page and API."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from cpaudit import indicators, views
from cpaudit.analysis import attainment, benefits, progress
from cpaudit.analysis import handover as analysis
from cpaudit.analysis.across import compared
from cpaudit.analysis.basis.standing import scorer
from cpaudit.dataset import Dataset
from cpaudit.programme import load_programme
from cpaudit.views.figures.attainment import attainment_bars, heat_map
from cpaudit.views.pages.what_if import WhatIf
from cpaudit.views.report.bulletin import bands
from cpaudit.views.report.results import gains
from cpaudit.views.report.work_summary import work_summary_page
from cpaudit.views.tables import base, explanations, handover
from cpaudit.views.tables import benefits as benefit_tables
from cpaudit.views.tables import returns as reminders
from tests.support.builders import dataset, event, option, plant, returned
from tests.support.scoring import answers
from tests.support.silent import texts, without, without_step

DAY = dt.date(2022, 12, 20)
MISSING = {"value": None, "state": "missing"}


def blank(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    """The rows with some answers, or all, left blank."""
    return [row | MISSING if not names or row["indicator"] in names else row for row in rows]


@pytest.fixture(scope="module")
def cement() -> Dataset:
    """Of four plants: nothing but blanks; a limiting value that misses level III whatever the blanks; a blank; all told."""
    bad = answers("bad", "demo_cement", "after", 1, nox=9e9)
    values = blank(answers("blank", "demo_cement", "after", 1))
    values += [*blank([r for r in bad if r["indicator"] != "nox"]), *[r for r in bad if r["indicator"] == "nox"]]
    values += blank(answers("open", "demo_cement", "after", 2), "nox")
    values += answers("told", "demo_cement", "after", 2)
    return dataset(DAY, plants=[plant(i, industry="cement") for i in ("blank", "bad", "open", "told")], measurements=values)


#: Level, and the best it could be.
LEVELS = {"blank": (None, 1), "bad": (4, 4), "open": (None, 2), "told": (2, 2)}


def level(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def test_every_way_to_a_level_says_below_three_only_where_it_is_proved(cement: Dataset) -> None:
    by_engine = indicators.score(cement.measurements).set_index("plant_id")
    by_scorer = scorer(cement).scores().set_index("plant_id")
    ways = indicators.ways_up(scorer(cement), 1).units.set_index("plant_id")
    by_plant = attainment.plants(cement).set_index("plant_id")["level_after"]
    shown = explanations.scores(cement).frame.set_index("name")
    for name, (proved, best) in LEVELS.items():
        for found in (by_engine["level"], by_scorer["level"], ways["level"], by_plant):
            assert level(found[name]) == proved
        assert by_engine.at[name, "highest"] == by_scorer.at[name, "highest"] == best
        outcome = WhatIf(cement, name).evaluate(WhatIf(cement, name).reported)
        assert (outcome.level, outcome.processes[0].level) == (proved, proved)
        row = shown.loc[f"示例企业{name}"]
        assert row["level"] == {None: "无法判定", 2: "Ⅱ级", 4: "未达Ⅲ级"}[proved]
        assert bool(row["lacking"]) == (proved is None)
    assert shown.at["示例企业open", "lacking"] == "单位产品NOx排放量"
    assert "共缺 15 项，未逐一核实" in shown.at["示例企业blank", "lacking"]
    open_ = explanations.open_levels(cement, "blank", "after").frame.set_index("name")["decides"]
    assert "不影响级别" not in set(open_), "not all ways of so many were gone through"


@pytest.mark.parametrize("name", ["blank", "open"])
def test_no_page_says_that_a_plant_misses_what_nobody_told(cement: Dataset, name: str) -> None:
    page = "\n".join(texts(views.plant_page(cement, name)))
    assert "未达Ⅲ级" not in page.replace("不说未达Ⅲ级", "").replace("最低可能级别:未达Ⅲ级", "")
    missed = [line for line in page.split("\n") if "限定性指标未达到" in line]
    assert all("实测值:" in line for line in missed), "what is missed has a value"
    assert bool(missed) == (name == "open")
    stops = explanations.obstacles(cement, name, "after", 2).frame
    assert set(stops["kind"]) == {"没有实测值"}
    assert stops["level_met"].isna().all()
    items = explanations.explanation(cement, name, "after", 2).frame
    assert set(items["state"]) == {"缺失"}
    assert items["level_met"].isna().all()
    steps = explanations.way_up(cement, name, "after", 2).frame
    assert set(steps["forced"]) == {"没有实测值，须填报并达到"}


def test_what_is_missing_is_asked_for_beside_what_is_missed(cement: Dataset) -> None:
    subject = WhatIf(cement, "bad")
    outcome = subject.evaluate(subject.reported)
    (process,) = outcome.processes
    assert [(o.name, o.limiting) for o in process.obstacles if not o.missing] == [("单位产品NOx排放量", True)]
    assert sum(o.missing for o in process.obstacles) > 3
    assert set(outcome.met) == {0, 4}, "an answer that isn't there meets nothing and misses nothing"
    (reason,) = {r for r in attainment.targets(cement).query("plant_id == 'bad'")["reason"] if "不满足" in r} or {""}
    assert "未填报" not in reason


# -- options


def paid(number: str, money: float | None, yearly: float | None) -> dict[str, Any]:
    return option("a", number, investment_wan_yuan=money, economic_benefit_wan_yuan=yearly)


def test_payback_is_of_the_options_that_state_both_sides_and_says_how_many() -> None:
    ds = dataset(DAY, plants=[plant("a")], options=[paid("ZG1", 30, 10), paid("ZG2", 900, None), paid("ZG3", None, 500)])
    row = benefits.totals(ds).iloc[0]
    assert row["payback_years"] == 3.0
    assert row[["no_investment", "no_economic_benefit", "payback_options"]].tolist() == [1, 1, 1]
    assert row[["investment_wan_yuan", "economic_benefit_wan_yuan"]].tolist() == [930, 510]
    each = benefits.by_status(ds).set_index("status").loc["implemented"]
    assert (each["payback_years"], each["payback_options"]) == (3.0, 1)
    said = "1 项没有填报投资，1 项没有填报经济效益，不在合计内；回收期按投资和经济效益都填报的 1 项计算"
    assert said in gains(ds)
    assert said in "\n".join(texts(work_summary_page(ds, "shijiazhuang")))
    assert said in "\n".join(texts(views.benefits_page(ds)))
    whole = dataset(DAY, plants=[plant("a")], options=[paid("ZG1", 30, 10)])
    assert "没有填报投资" not in gains(whole)


@pytest.mark.parametrize(("n", "shares"), [(3, False), (4, True)])
def test_of_three_plants_nothing_is_concentrated(n: int, shares: bool) -> None:
    ids = "abcd"[:n]
    ds = dataset(
        DAY, plants=[plant(i) for i in ids], options=[option(i, "WD1", water_t=float(at + 1)) for at, i in enumerate(ids)]
    )
    whole = benefit_tables.benefits(ds, "concentration")
    row = whole.frame.set_index("amount").loc["节水"]
    for column in ("top1_pct", "top5_pct", "top10_pct", "plants_for_80", "gini"):
        assert pd.notna(row[column]) == shares, column
    largest = benefit_tables.benefits(ds, "concentration", "节水")
    assert any(column.kind == "percent" for column in largest.columns.values()) == shares
    assert ("只有 3 家，谈不上集中" in largest.title) == (not shares)
    assert len(largest.frame) == (3 if shares else n)


# -- ranks, verdicts, comparisons


def county_of(*sizes: int, steps: int = 6) -> Dataset:
    """Units of so many plants, of which all steps due are done."""
    units = ("shijiazhuang", "tangshan", "handan")
    home = {f"{unit[0]}{at}": unit for unit, n in zip(units, sizes, strict=False) for at in range(n)}
    done = ("notified", "registered", "disclosed", "permit_written", "plan_ready", "assessment_applied")[:steps]
    plants = [plant(i, unit=unit, industry="cement") for i, unit in home.items()]
    return dataset(DAY, plants=plants, events=[event(i, s, "2021-12-25", unit=u) for i, u in home.items() for s in done])


def test_of_one_unit_that_can_be_ranked_there_is_no_first_and_no_last() -> None:
    said = bands(county_of(5, 2))
    assert "可以参加排名的只有石家庄市" in said
    assert "没有可比的，不说名次" in said
    page = "\n".join(texts(views.bulletin_report(county_of(5, 2))))
    assert "1 个单位参加排名" not in page
    assert "2 个单位参加排名" in bands(county_of(5, 4))


def test_of_a_plant_that_left_no_target_is_judged() -> None:
    values = [row for i in "ab" for p in ("before", "after") for row in answers(i, "demo_cement", p, 3)]
    plants = [plant("a", industry="cement"), plant("b", industry="cement", status="closed", status_since="2022-02-01")]
    ds = dataset(DAY, plants=plants, measurements=values)
    found = attainment.plants(ds).set_index("plant_id")
    assert found.at["b", "reason"] == "已退出，不作判定。"
    for by in ("plant", "target"):
        shown = base.attainment(ds, by).frame
        assert set(shown.loc[shown["name"] == "示例企业b", "verdict"]) == {"已退出"}
    shown = handover.listing(ds, "energy_supervision").frame.set_index("name")
    assert shown.at["示例企业b", "verdict"] == "已退出"
    targets = attainment.targets(ds).set_index("plant_id")
    assert set(targets.loc[["b"], "reason"]) == {"已退出，不作判定。"}
    page = "\n".join(texts(views.plant_page(ds, "b")))
    assert "未达到适用的目标" not in page


def test_a_cell_of_which_many_cannot_be_judged_has_counts_and_no_share() -> None:
    ids = [f"p{n}" for n in range(12)]
    plants = [plant(i, industry="cement", unit="shijiazhuang" if n < 6 else "tangshan") for n, i in enumerate(ids)]
    told = [i for n, i in enumerate(ids) if n not in (0, 1)]
    ds = dataset(DAY, plants=plants, measurements=[row for i in told for row in answers(i, "demo_cement", "after", 3)])
    drawn: Any = heat_map(ds)
    grid = next(t for t in drawn.figure.data if t.type == "heatmap" and t.text is not None)
    cells = {str(text): z for texts_, zs in zip(grid.text, grid.z, strict=True) for text, z in zip(texts_, zs, strict=True)}
    assert "0/4…" in cells
    assert cells["0/4…"] is None or pd.isna(cells["0/4…"])
    assert cells["0/6"] == 0
    assert "1 格中" in drawn.title
    assert "%" not in attainment_bars(ds).title


def test_a_step_beside_the_province_says_of_how_many_on_both_sides() -> None:
    ds = county_of(5, 5)
    late = ds.events["plant_id"].isin(["s0", "s1"]) & ds.events["milestone"].eq("plan_ready")
    ds = replace(ds, events=ds.events[~late].reset_index(drop=True))
    part, whole = ds.select(unit="shijiazhuang"), ds
    beside = compared.with_whole(part, whole).set_index("milestone").loc["plan_ready"]
    assert beside[["n", "done", "whole_n", "whole_done"]].tolist() == [5, 3, 10, 8]
    said = "\n".join(texts(views.city_report(ds, "shijiazhuang")))
    assert "60.0%（5 家中 3 家），比全省（80.0%，10 家中 8 家）低 20.0 个百分点" in said
    assert "全省企业:10" in said
    silent = without(ds, ["t0", "t1"])
    said = "\n".join(texts(views.city_report(silent, "shijiazhuang")))
    assert "全省未报送或结果不明的超过 10%，不" in said
    assert "个百分点" not in said


def test_a_unit_of_which_no_plant_is_listed_owes_nothing() -> None:
    ds = dataset(
        DAY,
        plants=[plant("a")],
        returns=[returned("a"), *(returned(None, "unit_work", unit=u) for u in ("shijiazhuang", "xinji"))],
    )
    states = progress.unit_states(ds.select())
    assert set(states.loc[states["unit"] == "xinji", "state"]) <= {"not_applicable"}
    assert "xinji" not in set(progress.to_do(ds)["unit"])
    assert "shijiazhuang" in set(progress.to_do(ds)["unit"])


def test_where_all_units_are_alike_none_is_the_first_or_the_last() -> None:
    ids = [f"p{n}" for n in range(10)]
    plants = [plant(i, industry="cement", unit="shijiazhuang" if n < 5 else "tangshan") for n, i in enumerate(ids)]
    alike = dataset(DAY, plants=plants, measurements=[row for i in ids for row in answers(i, "demo_cement", "after", 3)])
    assert "最高" not in attainment_bars(alike, "unit").title
    mixed = [row for n, i in enumerate(ids) for row in answers(i, "demo_cement", "after", 1 if n < 5 else 3)]
    assert "最高" in attainment_bars(dataset(DAY, plants=plants, measurements=mixed), "unit").title


def test_whose_assessment_nobody_told_of_is_not_called_unassessed() -> None:
    events = [event(i, "accepted", "2022-11-01", result="failed") for i in "a"]
    cut = without_step(dataset(DAY, plants=[plant(i) for i in "ab"], events=events), "shijiazhuang", "assessed")
    for name in analysis.lists_of(cut).lists:
        rows = analysis.listing(cut, name)
        assert "not_assessed" not in set(rows.get("result", []))
        assert "尚未通过评估" not in "".join(handover.letter(cut, name).paragraphs)
    assert "b" not in set(analysis.listing(cut, "results")["plant_id"])


def test_a_letter_of_an_empty_list_gives_nobody_a_clean_bill() -> None:
    ds = without(dataset(DAY, plants=[plant(i) for i in "ab"]), "ab")
    said = "".join(handover.letter(ds, "enforcement").paragraphs)
    assert "可以判断的企业中，没有须移交的。" in said
    assert "另有 2 家待核实" in said
    assert "企业 0 家" not in said


@pytest.mark.parametrize(("programme", "asks"), [("hebei-2021-2", True), ("shenzhen-2024-1", False), ("hubei-2026", False)])
def test_a_reminder_names_no_demand_that_the_notice_does_not_make(programme: str, asks: bool) -> None:
    notice = load_programme(programme)
    unit = notice.units[0]

    def letter(state: str) -> str:
        rows = [returned("a", unit=unit, state=state, milestones=None)]
        ds = replace(dataset(DAY, plants=[plant("a", unit=unit)], returns=rows), programme=notice)
        return "".join(reminders.letter(ds, unit).paragraphs)

    assert ("线上线下同步报送" in letter("nothing")) == asks
    assert "没有任何报表" not in letter("unread"), "what can't be opened may be theirs"
    assert "应报的都已报来" in letter("received")
