"""What work reports say: their sections, their numbers, and how they read for one, none and all."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from cpaudit import reports, views
from cpaudit.analysis import attainment, benefits, bulletin, carry_over, progress
from cpaudit.analysis.across import compared
from cpaudit.dataset import Dataset
from cpaudit.errors import UsageError
from cpaudit.indicators import indicator_table
from cpaudit.programme import find_industry
from cpaudit.selection import Selection
from cpaudit.views import parts
from cpaudit.views.page import Figure, Heading, Page, Table, Text
from tests.support.builders import dataset, event, measurement, option, plant
from tests.support.independent_page import words
from tests.support.paths import NOTEBOOKS
from tests.support.words import ALLOWED

pytestmark = pytest.mark.together

REPORTS = NOTEBOOKS / "reports"
STEPS = (
    "notified", "registered", "disclosed", "permit_written", "plan_ready", "assessment_applied", "assessed", "implemented",
    "acceptance_applied", "accepted",
)  # fmt: skip
NOW = dt.date(2022, 11, 15)


def modules() -> dict[str, tuple[str, ...]]:
    return {kind.id: kind.sections for kind in reports.KINDS.values()}


def prose(page: Page, section: str = "") -> str:
    shown = page.section(section) if section else page
    return "\n".join(b.text for b in shown.blocks if isinstance(b, Text))


def table(page: Page, id: str) -> Table:
    return next(b for b in page.blocks if isinstance(b, Table) and b.id == id)


def sections(page: Page) -> tuple[str, ...]:
    return tuple(b.text for b in page.blocks if isinstance(b, Heading) and b.level == 2)


@pytest.fixture(scope="module")
def pages(ds: Dataset) -> dict[str, Page]:
    """A report of each kind, beside a snapshot of two weeks before."""
    before = ds.at(dt.date(2022, 10, 31))
    return {
        "city": views.city_report(ds, "唐山市", before),
        "province": views.province_report(ds, before),
        "trade": views.trade_report(ds, "制药", before),
        "plant": views.plant_file(ds, str(ds.plants["plant_id"].iloc[5])),
        "bulletin": views.bulletin_report(ds, before),
        "batches": views.batches_report(ds),
    }


def accepted(ds: Dataset, unit: str) -> int:
    """How many of the unit's plants were accepted, counted from the bare events: the offline ones, else the online ones."""
    ids, n = set(ds.plants.loc[ds.plants["unit"] == unit, "plant_id"]), 0
    rows = [r for r in ds.events.to_dict("records") if r["milestone"] == "accepted" and r["date"].date() <= ds.as_of]
    for plant_id in ids:
        mine = [r for r in rows if r["plant_id"] == plant_id]
        told = [r for r in mine if r["channel"] == "offline"] or mine
        n += any(r["result"] == "passed" for r in told)
    return n


# -- the kinds


@pytest.mark.parametrize("kind", ["city", "province", "trade", "plant", "bulletin"])
def test_each_report_has_its_sections_in_order_and_its_notebook_shows_all_of_them(kind: str, pages: dict[str, Page]) -> None:
    assert sections(pages[kind]) == modules()[kind]
    cells = json.loads((REPORTS / f"{kind}.ipynb").read_text(encoding="utf-8"))["cells"]
    shown = re.findall(r'page\.section\("(.*?)"\)', "".join("".join(c["source"]) for c in cells))
    assert tuple(shown) == modules()[kind]


@pytest.mark.parametrize("kind", ["city", "province", "trade", "plant", "bulletin"])
def test_reports_speak_chinese_and_leave_nothing_unsaid(kind: str, pages: dict[str, Page]) -> None:
    allowed = ALLOWED | set(re.findall(r"[A-Za-z]+", " ".join([*indicator_table()["unit"], *indicator_table()["name"]])))
    for text in words(pages[kind]):
        assert not re.search(r"\b(nan|NaT|None|inf)\b|<NA>", text), text
        plain = re.sub(r"“[^”]*”|</?b>|<br>|[0-9A-Z]{18}\w*|\b[A-Z]{1,2}\d+\b|name:\S+|\b[0-9.]+[eE][+]?\d+\b", " ", text)
        plain = re.sub(r"#(?:N/A|DIV/0!)|快照(?:版本)? [0-9a-f]{12}|\bn＝|\b(?:WD|ZG)\d*|cpaudit trace|附件", " ", plain)
        assert not set(re.findall(r"[A-Za-z]+", plain)) - allowed, text


@pytest.mark.parametrize("kind", ["city", "province", "trade", "plant", "bulletin"])
def test_sentences_are_whole(kind: str, pages: dict[str, Page]) -> None:
    for block in pages[kind].blocks:
        if isinstance(block, Text):
            for line in filter(None, block.text.split("\n")):
                assert line.endswith("。"), line
                assert not re.search(r"。。|，。|：。|、。|（）|，，| {2}", line), line


# -- the numbers


def test_the_citys_numbers_are_those_of_the_bare_data_in_text_figure_and_table(ds: Dataset, pages: dict[str, Page]) -> None:
    page, n = pages["city"], accepted(ds, "tangshan")
    mine = ds.plants[ds.plants["unit"] == "tangshan"]
    said = prose(page, "总体情况")
    assert f"名单的企业共 {len(mine)} 家" in said
    assert f"已验收 {n} 家" in said
    assert f"占名单的验收率为 {n / len(mine):.1%}" in said
    assert page.key_figures()["accepted"] == n
    assert f"已验收 {n} 家，尚未验收 {len(mine) - n} 家" in next(
        b.title for b in page.blocks if isinstance(b, Figure) and b.id == "curve"
    )
    assert table(page, "changes").frame.set_index("label").at["已验收（家）", "now"] == n
    assert (table(page, "all_plants").frame["accepted_on"].notna()).sum() == n


def test_attainment_and_options_are_said_as_counted(ds: Dataset, pages: dict[str, Page]) -> None:
    mine = ds.select(Selection.of(unit="唐山"))
    row = attainment.summary(mine).astype({"attained_pct": float}).to_dict("records")[0]
    total = benefits.totals(mine).to_dict("records")[0]
    said = prose(pages["city"], "达标情况")
    assert f"可以判定的 {row['judged']} 家中达标 {row['attained']} 家、未达标 {row['not_attained']} 家" in said
    assert table(pages["city"], "targets_missed").title == f"未达标企业及原因（{row['not_attained']} 家）"
    said = prose(pages["city"], "方案与效益")
    assert f"已实施方案 {total['options']} 项" in said
    assert f"投资 {total['investment_wan_yuan']:,.1f} 万元" in said
    frame = table(pages["city"], "benefits").frame.set_index("label")
    assert frame.at["投资", "total"] == pytest.approx(total["investment_wan_yuan"])
    water = frame.at["节水", "total"]
    assert f"节水 {water:,.2f}".rstrip("0").rstrip(".") in said


def test_units_and_trades_add_up_to_the_province(ds: Dataset, pages: dict[str, Page]) -> None:
    frame = table(pages["province"], "by_unit").frame
    assert frame["accepted"].sum() == pages["province"].key_figures()["accepted"]
    assert len(table(pages["province"], "all_plants").frame) == len(ds.plants)
    trade = find_industry("制药")
    assert pages["trade"].key_figures()["listed"] == (ds.plants["industry"] == trade).sum()
    assert pages["trade"].key_figures()["listed"] == len(table(pages["trade"], "all_plants").frame)


def test_the_bulletin_says_ranks_and_bands_as_the_analysis(ds: Dataset, pages: dict[str, Page]) -> None:
    frame = bulletin.bulletin(ds)
    ranked = frame[frame["group"] == "ranked"]
    said = prose(pages["bulletin"], "各单位完成情况")
    first = ranked.iloc[0]
    assert f"{len(ranked)} 个单位参加排名" in said
    assert f"{parts.unit_name(first['unit'])}（{first['pct']:.1f}%）" in said
    city = frame.set_index("unit").loc["tangshan"]
    assert f"列第 {city['rank']} 位，属{city['band']}" in prose(pages["city"], "进度")
    late = int(progress.summary(ds)["overdue"].iloc[0])
    assert f"有逾期的企业 {late} 家" in prose(pages["bulletin"], "逾期情况")
    assert len(table(pages["bulletin"], "laggards").frame) == late


def test_the_plants_file_names_what_is_late_and_why_a_target_is_missed(ds: Dataset) -> None:
    late = progress.plants(ds).query("n_overdue > 0").iloc[0]
    said = prose(views.plant_file(ds, late["plant_id"]), "基本情况")
    assert f"逾期未完成 {late['n_overdue']} 个" in said
    verdict = attainment.plants(ds).set_index("plant_id").loc[late["plant_id"]]
    assert verdict["reason"].rstrip("。") in said


def test_what_every_row_of_the_annex_came_from_is_kept(ds: Dataset, pages: dict[str, Page]) -> None:
    shown = table(pages["city"], "all_plants")
    assert len(shown.places) == len(shown.frame)
    row = ds.plants[ds.plants["unit"] == "tangshan"].iloc[0]
    assert shown.places[0] == (row["file"], row["sheet"], row["cell"])


# -- built by hand: every number known


def unit_of(n: int, done: int = 0, **more: list[dict[str, object]]) -> Dataset:
    """``n`` plants in 辛集 of which ``done`` have done everything, and five in 石家庄 that have done nothing."""
    mine = [plant(f"x{i}", unit="xinji", county="130181") for i in range(n)]
    events = [event(f"x{i}", m, "2021-12-25", unit="xinji") for i in range(done) for m in STEPS]
    return dataset(NOW, plants=mine + [plant(f"s{i}") for i in range(5)], events=events + more.pop("events", []), **more)


@cache
def city(n: int, done: int = 0) -> Page:
    """The report of 辛集, made once for all that look at it."""
    return views.city_report(unit_of(n, done), "辛集")


def test_a_single_plant_is_spoken_of_as_one() -> None:
    done = prose(city(1, 1), "总体情况")
    assert "名单的企业 1 家，为强制类企业，行业为酿造。" in done
    assert "该企业已完成告知、登录填报、评估、方案实施、验收。" in done
    open_ = prose(city(1), "总体情况")
    assert "该企业告知、登录填报、评估、方案实施、验收尚未完成。" in open_
    for page in (city(1, 1), city(1)):
        assert "共 1 家" not in prose(page)


def test_all_and_none_read_well() -> None:
    everybody = prose(city(5, 5), "总体情况")
    assert "5 家企业全部完成告知、登录填报、评估、方案实施、验收。" in everybody
    assert "没有企业逾期。" in everybody
    nobody = prose(city(5), "总体情况")
    assert "尚无企业完成告知、登录填报、评估、方案实施、验收。" in nobody
    assert "尚无企业可以判定是否达标：" in nobody


def test_a_small_unit_is_never_ranked_or_measured_by_percentages() -> None:
    page = city(3, 1)
    said = prose(page, "总体情况") + prose(page, "进度")
    assert "单列，不排名" in said
    assert "不与全省比较比率" in said
    assert "%" not in said
    assert not [c for c in table(page, "against_whole").columns.values() if c.kind == "percent"]


def test_a_larger_unit_stands_beside_the_province_with_the_difference_of_the_printed_figures() -> None:
    page = city(4, 1)
    assert "验收率为 25.0%，比全省（11.1%）高 13.9 个百分点" in prose(page, "总体情况")
    row = table(page, "against_whole").frame.set_index("label").loc["完成验收"]
    assert (row["n"], row["done"], row["done_pct"], round(row["whole_pct"], 1)) == (4, 1, 25.0, 11.1)
    assert "在参加排名的 2 个单位中列第 1 位" in prose(page, "进度")


def test_what_falls_due_soon_says_its_working_days() -> None:
    said = prose(city(4, 1))
    assert "完成验收（2022年11月30日，还有 15 天、11 个工作日）尚有 3 家" in said
    assert "2022年11月30日前完成，还有 15 天、11 个工作日" in said


def test_changes_since_the_last_snapshot_are_said_and_without_one_that_is_said() -> None:
    ds = unit_of(4, 1, events=[event("x2", m, "2022-11-10", unit="xinji") for m in STEPS])
    page = views.city_report(ds, "辛集", ds.at(dt.date(2022, 10, 31)))
    assert "与上期（2022年10月31日）相比，已通过评估的企业增加 1 家，已验收的企业增加 1 家" in prose(page, "进度")
    assert table(page, "changes").frame.set_index("label").at["已验收（家）", "change"] == 1
    alone = views.city_report(ds, "辛集")
    assert "没有更早的数据快照，不作与上期的比较。" in prose(alone, "进度")
    assert not [b for b in alone.blocks if isinstance(b, Table) and b.id == "changes"]


def test_the_day_before_is_the_last_earlier_snapshot_of_the_programme(tmp_path: Path) -> None:
    from cpaudit import snapshots
    from cpaudit.fields import TABLES

    for day in (dt.date(2022, 9, 1), dt.date(2022, 10, 1), NOW):
        frames = {name: getattr(unit_of(1), name) for name in TABLES}
        snapshots.write(tmp_path, "hebei-2021-2", day, frames, demonstration=True, program_version="0")
    before = Dataset.open(tmp_path).before(tmp_path)
    assert before is not None
    assert before.as_of == dt.date(2022, 10, 1)
    assert Dataset.open(tmp_path, dt.date(2022, 9, 1)).before(tmp_path) is None


def test_who_goes_to_the_next_batch_is_counted_and_named() -> None:
    ds = unit_of(4, 1)
    ds.plants.loc[1, ["status", "status_since"]] = ["suspended", "2022-05-01"]
    page = views.city_report(ds, "辛集")
    assert "须转入下一批的企业 1 家（停产 1 家）" in prose(page, "存在问题与逾期清单")
    assert list(table(page, "carried").frame["name"]) == ["示例企业x1"]
    assert len(carry_over.carry_over(ds.select(Selection.of(unit="辛集")))) == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda ds: views.city_report(ds, "雄安新区"),
        views.province_report,
        lambda ds: views.trade_report(ds, "皮革"),
        views.plant_file,
        views.bulletin_report,
    ],
    ids=["city", "province", "trade", "plant", "bulletin"],
)
@pytest.mark.parametrize(
    "ds",
    [dataset(NOW), dataset(dt.date(2021, 12, 1), plants=[plant()]), dataset(NOW, plants=[plant(status="closed")]), unit_of(1)],
    ids=["no plants", "before the notice", "the only one left", "two units"],
)
def test_every_report_exists_whatever_the_data(make: Callable[[Dataset], Page], ds: Dataset) -> None:
    page = make(ds)
    assert page.blocks
    assert not [w for w in words(page) if re.search(r"nan|NaT|None|<NA>|\binf\b", w)]


def test_before_any_deadline_nobody_is_late_and_the_next_deadline_is_named() -> None:
    page = views.city_report(dataset(dt.date(2021, 12, 21), plants=[plant(f"p{i}") for i in range(4)]), "石家庄")
    assert "各节点期限均未到" in prose(page, "进度")
    early = views.city_report(dataset(dt.date(2022, 3, 15), plants=[plant("p1", status="closed")]), "石家庄")
    assert "逾期" in prose(early, "下一步工作") or "没有" in prose(early, "下一步工作")


def test_unknown_subjects_are_one_sentence() -> None:
    for make, word, choice in (
        (lambda: views.trade_report(dataset(), "核电"), "核电", "水泥"),
        (lambda: views.trade_report(dataset(), ""), "行业", "水泥"),
        (lambda: views.city_report(dataset(), "北京"), "北京", "石家庄"),
    ):
        with pytest.raises(UsageError) as caught:
            make()
        sentence, *choices = str(caught.value).split("\n")
        assert word in sentence
        assert choice in "".join(choices or [sentence])


def test_a_part_beside_the_whole_counts_only_who_is_bound_and_stays() -> None:
    plants = [plant("a"), plant("b", permit_class="registered"), plant("c", status="closed"), plant("d", unit="xinji")]
    ds = dataset(NOW, plants=plants, events=[event("a", "permit_written", "2022-01-05")])
    frame = compared.with_whole(ds.select(Selection.of(unit="石家庄")), ds).set_index("milestone")
    assert frame.loc["permit_written", ["n", "done", "whole_n", "whole_done"]].tolist() == [1, 1, 2, 1]
    assert frame.loc["accepted", "n"] == 2
    assert not frame.loc["accepted", "due"]
    assert frame.loc["implemented", "due"]


def test_missed_targets_say_which_indicator_stops() -> None:
    ds = unit_of(4, 0, measurements=[measurement("x0", "demo_brewing", "B1", "after", 1.0)], options=[option("x0", "WD1")])
    page = views.city_report(ds, "辛集")
    assert "1 家企业已实施方案 1 项（为无/低费方案）" in prose(page, "方案与效益")
    assert modules()["city"] == sections(page)
