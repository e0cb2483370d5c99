"""The yearly summary: the notice's contents in its order, true numbers, open places marked, never filled."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import docx
import pytest

from cpaudit.analysis.across import work_summary
from cpaudit.cli import run
from cpaudit.dataset import Dataset
from cpaudit.errors import UsageError
from cpaudit.programme import units
from cpaudit.render.paper import docx as as_word
from cpaudit.render.web import markdown
from cpaudit.selection import Selection
from cpaudit.views.page import Heading, Page, Text
from cpaudit.views.report.work_summary import work_summary_page
from tests.support import independent
from tests.support.builders import dataset, event, option, plant

NOTICE = independent.read("programmes/hebei-2021-2.yaml")


def section(page: Page, title: str) -> str:
    heading = next(b.text for b in page.blocks if isinstance(b, Heading) and b.text.endswith(title))
    return "".join(b.text for b in page.section(heading).blocks if isinstance(b, Text))


def amount(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")


@pytest.fixture(scope="module")
def bare(ds: Dataset) -> dict[str, list[dict[str, Any]]]:
    return {name: independent.rows(getattr(ds, name)) for name in ("plants", "options", "events")}


@pytest.mark.parametrize("unit", list(units()))
def test_every_number_is_what_a_second_computation_gives(unit: str, ds: Dataset, bare: dict[str, list[dict[str, Any]]]) -> None:
    page = work_summary_page(ds, unit)
    mine = [p for p in bare["plants"] if p["unit"] == unit]
    ids = {p["plant_id"] for p in mine}
    options = [o for o in bare["options"] if o["plant_id"] in ids]
    states = independent.milestone_states(NOTICE, mine, bare["events"], ds.as_of)
    done = ("done_on_time", "done_late")

    def total(column: str, *kinds: str) -> float:
        return sum(o[column] or 0 for o in options if o["status"] == "implemented" and o["class"] in kinds)

    for kind, title in (("no_low_cost", "无/低费"), ("medium_high_cost", "中/高费")):
        text = section(page, f"{title}方案实施情况")
        of_kind = [o for o in options if o["class"] == kind]
        assert f"{title}方案 {len(of_kind)} 项，其中已实施的 {sum(o['status'] == 'implemented' for o in of_kind)} 项" in text
        assert f"投资 {amount(total('investment_wan_yuan', kind))} 万元" in text
        assert f"经济效益 {amount(total('economic_benefit_wan_yuan', kind))} 万元" in text
    both = ("no_low_cost", "medium_high_cost")
    money, earned = total("investment_wan_yuan", *both), total("economic_benefit_wan_yuan", *both)
    done_ones = [o for o in options if o["status"] == "implemented"]
    paid = [(o["investment_wan_yuan"], o["economic_benefit_wan_yuan"]) for o in done_ones]
    both_told = [(m, e) for m, e in paid if m is not None and e is not None]
    years = sum(m for m, _ in both_told) / sum(e for _, e in both_told)
    economic = section(page, "经济效益")
    assert f"投资 {amount(money)} 万元，每年产生经济效益 {amount(earned)} 万元，静态投资回收期 {years:.1f} 年" in economic
    without = sum(m is None for m, _ in paid), sum(e is None for _, e in paid)
    assert (f"{without[0]} 项没有填报投资" in economic, f"{without[1]} 项没有填报经济效益" in economic) == tuple(
        map(bool, without)
    )
    assert (f"都填报的 {len(both_told)} 项计算" in economic) == any(without)
    environment = section(page, "环境效益")
    for column, label in (("electricity_wan_kwh", "节电"), ("water_t", "节水"), ("cod_t", "削减COD"), ("nox_t", "削减NOx")):
        value = total(column, *both)
        assert (f"{label} {amount(value)} " in environment) == bool(value)
    for milestone, title, word in (("assessed", "组织评估情况", "评估"), ("accepted", "验收结果", "验收")):
        through = {"评估": "已通过评估", "验收": "已验收"}[word]
        passed = sum(states[p, milestone] in done for p in ids)
        failed = sum(states[p, milestone] == "failed" for p in ids)
        text = section(page, title)
        assert f"列入名单的 {len(mine)} 家企业中，{through} {passed} 家" in text
        assert (f"{word}节点未通过 {failed} 家" in text) == bool(failed)
        shares = [int(n) for n in re.findall(r"(?:省级|市级|县级|评估层级未填) (\d+) 家", text)]
        assert sum(shares) == passed
    assert f"列入名单的企业共 {len(mine)} 家" in section(page, "基本情况")


def test_the_contents_stand_in_the_notices_order() -> None:
    titles = [b.text for b in work_summary_page(dataset(), "石家庄市").blocks if isinstance(b, Heading)]
    assert [t.split("、", 1)[1] for t in titles] == ["基本情况", *NOTICE["summary"]["contents"], "存在问题和下一步打算"]
    assert [t[0] for t in titles] == list("一二三四五六七八")


def test_a_unit_without_plants_gets_a_correct_text() -> None:
    page = work_summary_page(dataset(plants=[plant("a")]), "雄安新区")
    assert section(page, "基本情况") == "本辖区没有企业列入本批次名单。"
    assert section(page, "验收结果") == "本辖区没有列入名单的企业。"
    whole = markdown.page(page)
    assert "nan" not in whole.lower()
    assert "None" not in whole


def test_one_plant_without_options_gets_a_correct_text() -> None:
    page = work_summary_page(dataset(plants=[plant("a")]), "石家庄市")
    assert section(page, "无/低费方案实施情况") == "企业没有填报无/低费方案。"
    assert section(page, "经济效益") == "没有已实施的方案，尚未产生经济效益。"
    assert section(page, "环境效益") == "没有已实施的方案，尚未产生环境效益。"
    assert "已通过评估 0 家" in section(page, "组织评估情况")


def test_a_benefit_that_nobody_states_is_left_open_not_zero() -> None:
    page = work_summary_page(dataset(plants=[plant("a")], options=[option("a", "WD1", investment_wan_yuan=None)]), "石家庄市")
    assert "没有填报经济效益" in section(page, "经济效益")
    assert "〔待填：经济效益〕" in section(page, "经济效益")
    assert "投资" not in section(page, "无/低费方案实施情况")
    assert section(page, "环境效益") == "已实施的方案没有填报环境效益。"


def test_what_the_data_do_not_hold_is_marked() -> None:
    page = work_summary_page(dataset(plants=[plant("a")], options=[option("a", "WD1")]), "石家庄市")
    marks = re.findall(r"〔待填：(.+?)〕", markdown.page(page))
    assert len(marks) >= 7
    assert {"报送日期", "报送单位（盖章）", "下一步工作打算和建议"} <= set(marks)


def test_a_content_that_a_future_notice_adds_is_left_open() -> None:
    from dataclasses import replace

    ds = dataset(plants=[plant("a")])
    contents = ds.programme.summary.model_copy(update={"contents": ("验收结果", "碳减排情况")})
    page = work_summary_page(replace(ds, programme=ds.programme.model_copy(update={"summary": contents})), "石家庄市")
    assert section(page, "碳减排情况") == "〔待填：碳减排情况〕"


def test_assessments_are_counted_by_level_time_and_score() -> None:
    plants = [plant("a", assessor="province"), plant("b"), plant("c", assessor=None)]
    events = [event("a", "assessed", "2022-06-01", score=80.0), event("b", "assessed", "2022-07-05", score=90.0)]
    events += [event("c", "assessed", "2022-06-20", result="failed")]
    from datetime import date

    step = work_summary.step(dataset(date(2022, 8, 1), plants=plants, events=events), "assessed")
    assert {k: step[k] for k in ("passed", "on_time", "late", "failed", "by_assessor", "score")} == {
        "passed": 2, "on_time": 1, "late": 1, "failed": 1, "by_assessor": {"province": 1, "city": 1}, "score": 85,
    }  # fmt: skip


def test_the_facts_of_all_units_add_up_to_the_whole(ds: Dataset) -> None:
    whole = work_summary.facts(ds)
    each = [work_summary.facts(ds.select(Selection(units=(u,)))) for u in ds.programme.units]

    def added(*path: str) -> float:
        def value(facts: Any) -> float:
            for step in path:
                facts = facts[step]
            return facts or 0

        assert sum(map(value, each)) == pytest.approx(value(whole)), path
        return value(whole)

    assert added("progress", "listed") == 446
    assert added("amounts", "all", "investment_wan_yuan") > 0
    assert added("environment", "water_t") > 0
    assert added("accepted", "passed") > 0
    added("carry_over")
    added("attainment", "judged")


def test_the_document_and_the_text_say_the_same(ds: Dataset) -> None:
    page = work_summary_page(ds, "定州市")
    document = docx.Document(io.BytesIO(as_word.write(page)))
    shown = re.sub(r"\s", "", "".join(p.text for p in document.paragraphs))
    for block in page.blocks:
        if isinstance(block, Text | Heading):
            assert re.sub(r"\s", "", block.text) in shown
    assert len(document.tables) == 1
    assert "示范数据" in shown


def test_the_command_writes_both_formats(warehouse: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    base = ["summary", "--warehouse", str(warehouse), "--unit", "辛集"]
    assert run(base) == 0
    assert capsysbinary.readouterr().out.decode().startswith("# 辛集市")
    assert run([*base, "--format", "docx", "--out", str(tmp_path / "s.docx")]) == 0
    assert docx.Document(str(tmp_path / "s.docx")).paragraphs[0].text.startswith("辛集市")
    assert run([*base, "--format", "docx"]) == 2
    assert run(["summary", "--warehouse", str(warehouse)]) == 2
    with pytest.raises(UsageError):
        work_summary_page(dataset(), "北京市")
