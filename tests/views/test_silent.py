"""Of whom nothing came, nothing is said: no output accuses, ranks or praises them; a walk over pages, reports and commands."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator

import pandas as pd
import pytest

from cpaudit import views
from cpaudit.analysis.handover import definitions
from cpaudit.dataset import Dataset
from cpaudit.render import tabular
from cpaudit.selection import Selection
from cpaudit.views.page import Page, Table
from cpaudit.views.report.work_summary import work_summary_page
from cpaudit.views.tables import annexes, base, bulletin, forecast, handover, reconcile
from tests.support.silent import texts, without, without_unit

UNIT, NAME = "xinji", "辛集市"
#: What would accuse, rank or praise in a line that speaks of a plant or of a unit: a state, a result, a place, a number.
VERDICTS = re.compile(
    r"状态:(逾期|按期|即将到期|未到期|未通过)|审核结果:(?!未报送)|所处阶段:(?!未报送)|逾期 \d+ 天|尚未完成|尚无|没有企业逾期|"
    r"\d+ 家[^，；]*(逾期|未通过|完成)|最[高低]（|最低，|第 \d+ 位|档次:第|转入原因|移交事项|"
    r"(逾期节点|最长逾期|名次|完成率|占名单的验收率|已验收|有逾期|已告知|已登录填报|已通过评估|方案已实施|相差|已停留|剩余|按期可能):-?\d|"
    r"(按期完成|逾期完成|逾期未完成|未通过):[1-9]"
)
#: What a unit has reported of itself, where only plants are silent.
OWN = re.compile(r"许可落实情况上报|审核结果上报|工作总结上报")


def tables(ds: Dataset) -> Iterator[Table]:
    """What commands write, as csv and json."""
    for by in ("unit", "industry", "plant", "to-do"):
        yield base.progress(ds, by)
    for by in ("unit", "plant", "target"):
        yield base.attainment(ds, by)
    yield from (bulletin.funnel(ds, "unit"), bulletin.pace(ds, "unit"), bulletin.bulletin(ds), bulletin.laggards(ds))
    yield from (forecast.forecast(ds), reconcile.reconcile(ds, "unit"), base.benefits(ds, "unit"), annexes.all_plants(ds))
    yield from (handover.listing(ds, list_id) for list_id in definitions().lists)


def pages(ds: Dataset, before: Dataset, plant: str) -> Iterator[Page]:
    """Pages and reports, of all and of the unit alone."""
    alone = Selection(units=(UNIT,))
    for spec in ("progress", "units", "attainment", "benefits", "returns"):
        yield views.PAGES[spec].build(ds)
        yield views.PAGES[spec].build(ds, alone)
    yield from (views.bulletin_report(ds, before), views.province_report(ds, before), views.city_report(ds, UNIT, before))
    yield from (work_summary_page(ds, UNIT), views.plant_file(ds, plant))


def lines(ds: Dataset, before: Dataset, plant: str) -> Iterator[tuple[bool, str]]:
    """Every line that the outputs print, and whether its page speaks of nobody else than the unit or the plant."""
    for page in pages(ds, before, plant):
        own = NAME in page.subtitle + page.title or page.id == "plant"
        yield from ((own, line) for text in texts(page) for line in re.split(r"[\n。；]", text))
    for table in tables(ds):
        heads = [column.label for column in table.columns.values()]
        for row in list(csv.reader(io.StringIO(tabular.to_csv(table).decode("utf-8-sig"))))[1:]:
            yield False, " ".join(f"{head}:{cell}" for head, cell in zip(heads, row, strict=False) if cell)


CASES: dict[str, Callable[[Dataset, list[str]], Dataset]] = {
    "unit": lambda ds, _: without_unit(ds, UNIT),
    "county": without,
    "plant": lambda ds, ids: without(ds, ids[:1]),
    "table": lambda ds, ids: without(ds, ids, ("events",)),
}


@pytest.mark.parametrize("case", CASES)
def test_no_output_accuses_ranks_or_praises_whom_nothing_came_of(ds: Dataset, case: str) -> None:
    mine = ds.plants[ds.plants["unit"] == UNIT]
    silent = mine["plant_id"].tolist()[:1] if case == "plant" else mine["plant_id"].tolist()
    cut = CASES[case](ds, mine["plant_id"].tolist())
    names = {*mine.loc[mine["plant_id"].isin(silent), "name"], *([] if case == "plant" else [NAME])}
    found = set()
    for own, line in lines(cut, ds.at("2022-11-01"), silent[0]):
        about = any(name in line for name in names) or (own and case != "plant")
        told = VERDICTS.search(re.sub(r"上期名次:\d+|全省完成率:[\d.]+", "", line))
        if about and told and not (case != "unit" and OWN.search(line)):
            found.add(line)
    assert found == set()


def test_what_is_said_in_place_of_zeros(ds: Dataset) -> None:
    cut = without_unit(ds, UNIT)
    report = "\n".join(texts(views.city_report(cut, UNIT)))
    assert "该单位未报送进度（列入名单 9 家），无法判断。" in report
    assert "该单位未报送方案表，无法判断。" in report
    assert views.city_report(cut, UNIT).key_figures()["accepted"] is None
    assert views.city_report(cut, UNIT).key_figures()["not_reported"] == 9
    summary = "\n".join(texts(work_summary_page(cut, UNIT)))
    assert "该单位未报送进度（列入名单 9 家），无法判断。" in summary
    assert " 0 家" not in summary
    assert f"{NAME}未报送进度，共 9 家，无法判断" in "\n".join(texts(views.bulletin_report(cut)))
    row = bulletin.bulletin(cut).frame.set_index("unit").loc[NAME]
    assert row["band"] == "未报送，无法判断"
    assert row[["rank", "due", "done", "pct", "accepted", "overdue"]].isna().all()


def test_a_period_taken_away_leaves_no_verdict_and_no_level_after(ds: Dataset) -> None:
    ids = ds.plants.loc[ds.plants["unit"] == UNIT, "plant_id"]
    cut = without(ds, ids, ("measurements",), "after").select(unit=UNIT)
    frame = base.attainment(cut, "plant").frame
    assert set(frame["verdict"]) == {"无法判定"}
    assert frame["level_after"].isna().all()
    told = base.attainment(cut, "unit").frame.iloc[0]
    assert pd.isna(told["attained_pct"])
