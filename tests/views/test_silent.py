"""Of whom nothing came, nothing is said: no output accuses, ranks or praises them; a walk over everything that is written."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from cpaudit import views
from cpaudit.dataset import Dataset
from cpaudit.programme.units import county_names
from cpaudit.views import parts
from cpaudit.views.report.work_summary import work_summary_page
from cpaudit.views.tables import base, bulletin
from tests.support.read_back import files_read
from tests.support.silent import CASES, COUNTY, NEAR, texts

#: What would accuse, rank or praise in a line that speaks of a plant, a unit or a county: a state, a result, a place, a number.
VERDICTS = re.compile(
    r"状态:(逾期|按期|即将到期|未到期|未通过)|审核结果:(?!未报送)|所处阶段:(?!未报送)|逾期 \d+ 天|尚未完成|尚无|没有企业逾期|"
    r"没有逾期|没有评估或验收未通过|没有退出|没有即将|"
    r"\d+ 家[^，；]*(逾期|未通过|完成)|最[高低]（|最低，|第 \d+ 位|档次:第|转入原因|移交事项|"
    r"(逾期节点|最长逾期|名次|完成率|占名单的验收率|已验收|有逾期|已告知|已登录填报|已通过评估|方案已实施|相差|已停留|剩余|按期可能):-?\d|"
    r"(按期完成|逾期完成|逾期未完成|未通过|推进中|未验收且有逾期|未验收且未通过):[1-9]"
)
#: The same of whom the values after the audit never came.
JUDGED = re.compile(
    r"结论:(达标|未达标)|审核后[^: ]*级别:[ⅠⅡⅢ]|达标率:\d|(?<!未)达标:[1-9]|未达标:[1-9]|可以判定:[1-9]|达标 [1-9]|占已判定|"
    r"（审核后）未达到|有审核后数据:[1-9]|明显提升:(是|否)"
)
#: The same of a unit whose tables have no column for the assessment: of it nothing, and no place that rests on the others.
UNASSESSED = re.compile(
    r"已通过评估(（[^）]*）)?:\d|阶段或状态:已通过评估 企业|((?<!该)节点完成率|名次):\d|档次:第|第 \d+ 位|张家口市[^；]*最[高低]|"
    r"均不低于全省|逾期的节点:[^ ]*完成评估|完成评估[^；，]*(状态:(逾期|按期|未通过)|尚有|逾期未完成 )|"
    r"(评估|完成评估)(尚未完成|节点未通过)|尚无企业完成[^；，]*评估|没有评估"
)
#: What a unit has reported of itself, where only plants are silent; what is said of others in the same line.
OWN = re.compile(r"许可落实情况上报|审核结果上报|工作总结上报|表中合计:[\d.,-]+ 各行相加:")
OTHERS = re.compile(r"上期名次:\d+|全省完成率:[\d.]+")


@pytest.fixture(scope="module")
def lines(written: Path) -> dict[str, list[str]]:
    """Every line of every file."""
    return {name: list(dict.fromkeys(read.lines())) for name, read in files_read(written)}


@pytest.mark.parametrize("case", CASES)
def test_no_output_accuses_ranks_or_praises_whom_nothing_came_of(part: Dataset, lines: dict[str, list[str]], case: str) -> None:
    unit, take = CASES[case]
    mine = part.plants[part.plants["unit"] == unit]
    silent = mine[mine["plant_id"].isin(take(mine))]
    whole = len(silent) == len(mine)
    names = {
        *silent["name"],
        *([parts.unit_name(unit)] if whole else []),
        *([county_names()[COUNTY]] if case == "county" else []),
    }
    wrong = {"period": JUDGED, "step": UNASSESSED}.get(case, VERDICTS)
    found, seen = set(), set()
    for name, told in lines.items():
        own = whole and (f"/{case}/" in name or f"/{unit}/" in name)  # it is about nobody else
        for line in told:
            if own or any(n in line for n in names):
                seen.add(name)
                if wrong.search(OTHERS.sub("", line)) and not (case != "unit" and OWN.search(line)):
                    found.add(f"{name}: {line}")
    assert found == set()
    endings = {Path(name).suffix for name in seen}
    assert endings >= {".html", ".csv", ".txt", ".xlsx", ".js", *({".docx", ".pdf"} if case != "county" else {".docx"})}


def test_of_others_the_same_outputs_say_what_they_are(part: Dataset, lines: dict[str, list[str]]) -> None:
    """The walk isn't blind: in each format there are lines that would be wrong of a silent plant."""
    names = set(part.plants["name"][(part.plants["unit"] == NEAR) & (part.plants["county"] != COUNTY)])
    for wrong in (VERDICTS, JUDGED):
        told = {
            Path(f).suffix for f, some in lines.items() for line in some if wrong.search(line) and any(n in line for n in names)
        }
        assert told >= {".html", ".csv", ".txt", ".xlsx", ".docx", ".js"}, wrong


def test_what_is_said_in_place_of_zeros(part: Dataset) -> None:
    unit, plants = CASES["unit"][0], part.plants
    silent = {
        case: len(take(plants[plants["unit"] == there]))
        for case, (there, take) in CASES.items()
        if case not in ("period", "step")
    }
    report = views.city_report(part, unit)
    said = "\n".join(texts(report))
    nothing = f"该单位未报送进度（列入名单 {silent['unit']} 家），无法判断。"
    assert nothing in said
    assert "该单位未报送方案表，无法判断。" in said
    assert report.key_figures()["accepted"] is None
    assert report.key_figures()["not_reported"] == silent["unit"]
    summary = "\n".join(texts(work_summary_page(part, unit)))
    assert nothing in summary
    assert " 0 家" not in summary
    some = f"张家口市 {silent['county']} 家、定州市 {silent['plant']} 家企业未报送进度，共 {sum(silent.values())} 家，无法判断"
    assert f"辛集市、雄安新区未报送进度，{some}" in "\n".join(texts(views.bulletin_report(part)))
    row = bulletin.bulletin(part).frame.set_index("unit").loc["辛集市"]
    assert row["band"] == "未报送，无法判断"
    assert row[["rank", "due", "done", "pct", "accepted", "overdue"]].isna().all()


def test_a_period_taken_away_leaves_no_verdict_and_no_level_after(part: Dataset) -> None:
    cut = part.select(unit=CASES["period"][0])
    frame = base.attainment(cut, "plant").frame
    assert set(frame["verdict"]) <= {"无法判定", "已退出"}
    assert frame["level_after"].isna().all()
    assert pd.isna(base.attainment(cut, "unit").frame.iloc[0]["attained_pct"])
