"""The pages say what the analyses found, in Chinese, for any selection."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest

from cpaudit import views
from cpaudit.analysis import attainment, benefits, progress
from cpaudit.dataset import Dataset
from cpaudit.errors import UsageError
from cpaudit.indicators import indicator_table
from cpaudit.selection import Selection
from cpaudit.views.page import Caveat, Figure, Heading, Table, Text
from cpaudit.views.report.city import SECTIONS
from tests.support.builders import dataset, event, option, plant
from tests.support.independent_page import words
from tests.support.words import ALLOWED


def small(**rows: list[dict[str, object]]) -> Dataset:
    """Five plants: one accepted, one failed, one left, one late, one in another unit."""
    steps = ("notified", "registered", "disclosed", "permit_written", "plan_ready", "assessment_applied", "assessed")
    rows.setdefault("events", [])
    return dataset(
        dt.date(2022, 11, 15),
        plants=[
            plant("p1"),
            plant("p2"),
            plant("p3", status="closed", status_since="2022-03-01"),
            plant("p4"),
            plant("p5", unit="tangshan", industry="cement", county="130202"),
        ],
        events=[
            *(event("p1", m, "2021-12-25") for m in steps),
            event("p1", "implemented", "2022-10-01"),
            event("p1", "acceptance_applied", "2022-10-02"),
            event("p1", "accepted", "2022-11-01"),
            *(event("p2", m, "2021-12-25") for m in steps[:-1]),
            event("p2", "assessed", "2022-06-20", result="failed"),
            event("p5", "notified", "2021-12-25", unit="tangshan"),
        ],
        options=[
            option("p1", "WD1", energy_tce=10.0, economic_benefit_wan_yuan=2.0),
            option("p1", "ZG1"),
            option("p2", "ZG1", status="planned"),
        ],
    )


def test_the_key_figures_are_those_of_the_analyses(ds: Dataset) -> None:
    shown = views.progress_page(ds).key_figures()
    stages, verdicts = progress.summary(ds).iloc[0], attainment.summary(ds).iloc[0]
    for name in (
        "listed",
        "notified",
        "registered",
        "assessed",
        "implemented",
        "accepted",
        "overdue",
        "due_soon",
        "failed",
        "left",
    ):
        assert shown[name] == stages[name]
    for name in ("judged", "attained", "not_attained", "cannot_judge"):
        assert shown[name] == verdicts[name]


def test_a_city_report_and_the_dashboard_of_that_city_show_the_same_numbers(ds: Dataset) -> None:
    report = views.city_report(ds, "定州市").key_figures()
    page = views.progress_page(ds, Selection.of(unit="定州")).key_figures()
    assert page == {name: report[name] for name in page}
    assert report["options_implemented"] == benefits.totals(ds, "unit").set_index("unit").at["dingzhou", "options"]


def test_the_units_of_the_province_add_up_to_it(ds: Dataset) -> None:
    table = next(b for b in views.progress_page(ds).blocks if isinstance(b, Table) and b.id == "by_unit")
    assert table.frame["listed"].sum() == len(ds.plants)
    assert table.frame["unit"].iloc[0] == "石家庄市"
    assert len(table.frame) == 14


def test_a_report_has_the_official_sections_in_order() -> None:
    page = views.city_report(small(), "shijiazhuang")
    assert tuple(b.text for b in page.blocks if isinstance(b, Heading) and b.level == 2) == SECTIONS


def test_the_report_says_who_stands_where() -> None:
    text = "".join(b.text for b in views.city_report(small(), "石家庄市").section("总体情况").blocks if isinstance(b, Text))
    assert "石家庄市列入2021年河北省清洁生产审核（第二批企业）名单的企业共 4 家，均为强制类企业，行业均为酿造。" in text
    assert "截至2022年11月15日" in text
    assert "已验收 1 家" in text
    assert "验收率为 25.0%，比全省（20.0%）高 5.0 个百分点" in text
    assert "评估或验收未通过的 1 家" in text
    assert "已退出的 1 家" in text
    assert "1 家企业已实施方案 2 项（无/低费 1 项、中/高费 1 项），投资 2.0 万元，每年产生经济效益 2.0 万元" in text


def test_every_figure_says_its_finding_and_its_day() -> None:
    figures = [b for b in views.progress_page(small()).blocks if isinstance(b, Figure)]
    titles = {f.id: f.title for f in figures}
    assert titles["tile_map"] == "已验收 1 家，占列入名单 5 家的 20.0%"
    assert titles["curve"] == "截至2022年11月15日，已验收 1 家，尚未验收 4 家（含已退出的），距期限还有 15 天"
    assert titles["advance_unit"] == "各单位进展：未验收且有逾期的共 2 家"
    assert all("2022年11月15日" in f.title + f.note for f in figures)


@pytest.mark.parametrize(("own", "when"), [(5, "各企业期限不同"), (0, "距期限还有 15 天")])
def test_plants_with_deadlines_of_their_own_have_no_day_said_of_all(own: int, when: str) -> None:
    plants = [plant(f"p{n}", own_deadline=f"2022-1{n % 2}-0{n + 1}" if n < own else None) for n in range(6)]
    drawn = next(
        b
        for b in views.progress_page(
            dataset(dt.date(2022, 11, 15), plants=plants, events=[event("p0", "notified", "2022-01-05")])
        ).blocks
        if isinstance(b, Figure) and b.id == "curve"
    )
    assert drawn.title.endswith(when)
    assert ("通过验收期限" in str(drawn.figure) or "完成验收期限" in str(drawn.figure)) == (own == 0)


def test_one_list_s_plants_are_called_plants_once() -> None:
    ds = small()
    rosters = [r.model_copy(update={"label": "重点企业"}) if r.id == "mandatory" else r for r in ds.programme.rosters]
    ds = replace(ds, programme=ds.programme.model_copy(update={"rosters": rosters}))
    text = "".join(b.text for b in views.city_report(ds, "石家庄市").section("总体情况").blocks if isinstance(b, Text))
    assert ("均为重点企业，" in text, "企业企业" in text) == (True, False)


def test_what_a_figure_says_in_words_counts_whole_plants(ds: Dataset) -> None:
    told = " ".join(b.alt for b in views.progress_page(ds).blocks if isinstance(b, Figure))
    small = views.progress_page(ds, Selection.of(unit="定州")).key_figures()
    assert f"定州市 {small['accepted']}/{small['listed']}" in told
    assert not re.search(r"\d\.0[/ ]", told)


def test_small_units_are_never_named_the_slowest() -> None:
    plants = [plant(f"a{i}") for i in range(4)] + [plant(f"b{i}", unit="handan") for i in range(5)] + [plant("c", unit="xinji")]
    done = [event(f"a{i}", "accepted", "2022-06-01") for i in range(2)] + [event("b1", "accepted", "2022-06-01", unit="handan")]
    figure = next(b for b in views.progress_page(dataset(plants=plants, events=done)).blocks if isinstance(b, Figure))
    assert figure.title == "已验收 3 家，占列入名单 10 家的 30.0%；邯郸市最低，为 20.0%（1/5）"


def test_overdue_plants_are_listed_by_name_with_their_milestones() -> None:
    table = next(b for b in views.progress_page(small()).blocks if isinstance(b, Table) and b.id == "overdue")
    rows = table.frame.set_index("name")
    assert set(rows.index) == {"示例企业p2", "示例企业p4", "示例企业p5"}
    assert rows.at["示例企业p2", "steps"] == "完成评估、方案实施完成、提出验收申请"  # its assessment failed, and is late as well
    assert rows.at["示例企业p2", "days"] == 137


@pytest.mark.parametrize("unit", ["xinji", "shijiazhuang", "tangshan"])
def test_a_unit_with_few_or_no_plants_has_a_report(unit: str) -> None:
    page = views.city_report(small(), unit)
    assert len(page.blocks) > len(SECTIONS)
    assert not [w for w in words(page) if re.search(r"nan|NaT|None|<NA>|inf", w)]


def test_a_selection_without_plants_says_so() -> None:
    page = views.progress_page(small(), Selection.of(unit="辛集"))
    assert page.blocks[-1] == Caveat("辛集市没有企业列入名单。", "plain")
    assert page.stamp.plants == 0


def test_a_page_without_any_data_is_still_a_page() -> None:
    empty = dataset()
    assert views.progress_page(empty).blocks
    assert views.city_report(empty, "雄安新区").blocks


def test_the_page_follows_trade_roster_and_day(ds: Dataset) -> None:
    chosen = Selection.of(industry="水泥", roster="强制类", as_of="2022-07-01")
    page = views.progress_page(ds, chosen)
    plants = ds.plants[(ds.plants["industry"] == "cement") & (ds.plants["roster"] == "mandatory")]
    assert page.key_figures()["listed"] == len(plants)
    assert page.stamp.as_of == dt.date(2022, 7, 1)
    assert page.subtitle == "2021年河北省清洁生产审核（第二批企业）　水泥　强制类"


def test_invented_data_and_open_terms_are_named_where_they_are_used(ds: Dataset) -> None:
    for page in (views.progress_page(ds), views.city_report(ds, "唐山")):
        said = [b.text for b in page.blocks if isinstance(b, Caveat)]
        assert any(text.startswith("示范数据") for text in said)
        assert any("明显提升" in text and "示范参数" in text for text in said)
        assert page.stamp.demonstration


def test_real_data_carry_no_demonstration_caveat() -> None:
    said = [b.text for b in views.progress_page(dataset(plants=[plant()], demonstration=False)).blocks if isinstance(b, Caveat)]
    assert not [text for text in said if text.startswith("示范数据")]


def test_no_english_is_left_on_a_page(ds: Dataset) -> None:
    of_indicators = re.findall(r"[A-Za-z]+", " ".join([*indicator_table()["unit"], *indicator_table()["name"]]))
    allowed = ALLOWED | set(of_indicators)
    for page in (views.progress_page(ds), *(views.city_report(ds, u) for u in ("tangshan", "xiongan"))):
        for text in words(page):
            plain = re.sub(r"“[^”]*”|</?b>|<br>|[0-9A-Z]{18}|\b[A-Z]{1,2}\d+\b|name:\S+|\b[0-9.]+[eE][+]?\d+\b", " ", text)
            plain = re.sub(r"#(?:N/A|DIV/0!)|快照 [0-9a-f]{12}|\bn＝", " ", plain)
            assert not set(re.findall(r"[A-Za-z]+", plain)) - allowed, text


def test_prose_writes_dates_in_full_and_tables_keep_dates(ds: Dataset) -> None:
    page = views.city_report(ds, "唐山")
    prose = "".join(b.text for b in page.section("存在问题与逾期清单").blocks if isinstance(b, Text))
    assert "截至2022年11月15日" in prose
    table = next(b for b in page.blocks if isinstance(b, Table) and b.id == "milestones")
    assert table.columns["deadline"].kind == "date"


def test_the_milestone_table_counts_every_plant_it_binds_once(ds: Dataset) -> None:
    table = next(b for b in views.city_report(ds, "唐山").blocks if isinstance(b, Table) and b.id == "milestones")
    states = ["done_on_time", "done_late", "overdue", "due_soon", "not_due", "failed", "unclear", "left"]
    assert (table.frame[states].sum(axis=1) == table.frame["bound"]).all()


def test_the_annex_lists_every_plant_of_the_unit(ds: Dataset) -> None:
    table = next(b for b in views.city_report(ds, "唐山").blocks if isinstance(b, Table) and b.id == "all_plants")
    assert sorted(table.frame["name"]) == sorted(ds.plants.loc[ds.plants["unit"] == "tangshan", "name"])


def test_tables_have_exactly_their_columns(ds: Dataset) -> None:
    for page in (views.progress_page(ds), views.city_report(ds, "衡水")):
        for block in page.blocks:
            if isinstance(block, Table):
                assert list(block.frame.columns) == list(block.columns)


def test_a_page_does_not_change_the_data(ds: Dataset) -> None:
    before = ds.plants.copy(), ds.events.copy()
    views.city_report(ds, "唐山")
    assert ds.plants.equals(before[0])
    assert ds.events.equals(before[1])


def test_the_city_page_asks_for_one_unit() -> None:
    with pytest.raises(UsageError, match="须指定一个上报单位"):
        views.PAGES["city"].build(small(), Selection())
    assert views.PAGES["city"].build(small(), Selection.of(unit="唐山")).title == "唐山市清洁生产审核工作报告"


def test_choices_hold_only_what_the_data_hold() -> None:
    choices = views.selection_choices(small())
    assert choices["industry"] == [("全部行业", ""), ("水泥", "cement"), ("酿造", "brewing")]
    assert choices["unit"][:2] == [("全部单位", ""), ("石家庄市", "shijiazhuang")]
    assert len(choices["unit"]) == 15
    assert choices["roster"][1:] == [("强制类", "mandatory"), ("重点行业", "key_industry")]
