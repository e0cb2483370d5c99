"""Of whom nothing came, nothing is said: no output accuses, ranks or praises them; a walk over pages, reports and commands."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator

import pandas as pd
import pytest

from cpaudit import views
from cpaudit.analysis.handover import definitions
from cpaudit.dataset import Dataset
from cpaudit.render import tabular
from cpaudit.selection import Selection
from cpaudit.views import parts
from cpaudit.views.page import Page, Table
from cpaudit.views.report.work_summary import work_summary_page
from cpaudit.views.tables import annexes, base, bulletin, forecast, handover, reconcile
from tests.support.silent import texts, without, without_unit

UNIT, NAME = "xinji", "辛集市"
SPECS = ("progress", "units", "attainment", "benefits", "returns")
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


def pages(ds: Dataset, before: Dataset) -> Iterator[Page]:
    """Pages and reports of all."""
    yield from (views.PAGES[spec].build(ds) for spec in SPECS)
    yield from (views.bulletin_report(ds, before), views.province_report(ds, before))


def pages_of(ds: Dataset, before: Dataset, unit: str, plant: str) -> Iterator[Page]:
    """Pages and reports of the unit alone, and the plant's file."""
    yield from (views.PAGES[spec].build(ds, Selection(units=(unit,))) for spec in SPECS)
    yield from (views.city_report(ds, unit, before), work_summary_page(ds, unit), views.plant_file(ds, plant))


def printed(pages: Iterable[Page]) -> list[str]:
    return [line for page in pages for text in texts(page) for line in re.split(r"[\n。；]", text)]


def rows(ds: Dataset) -> Iterator[str]:
    for table in tables(ds):
        heads = [column.label for column in table.columns.values()]
        for row in list(csv.reader(io.StringIO(tabular.to_csv(table).decode("utf-8-sig"))))[1:]:
            yield " ".join(f"{head}:{cell}" for head, cell in zip(heads, row, strict=False) if cell)


#: What is missing, and of whom: a unit with all it sends, its plants, one plant, and the progress of its plants.
CASES: dict[str, tuple[str, Callable[[Dataset, list[str]], Dataset]]] = {
    "unit": (UNIT, lambda ds, _: without_unit(ds, UNIT)),
    "county": ("dingzhou", without),
    "plant": ("xiongan", lambda ds, ids: without(ds, ids[:1])),
    "table": ("qinhuangdao", lambda ds, ids: without(ds, ids, ("events",))),
}


@pytest.fixture(scope="module")
def silenced(ds: Dataset) -> Dataset:
    """The sample where four units are silent, each in its way."""
    cut = ds
    for unit, take in CASES.values():
        cut = take(cut, ds.plants.loc[ds.plants["unit"] == unit, "plant_id"].tolist())
    return cut


@pytest.fixture(scope="module")
def of_all(silenced: Dataset, ds: Dataset) -> list[str]:
    """Every line of the outputs that speak of all."""
    return [*printed(pages(silenced, ds.at("2022-11-01"))), *rows(silenced)]


@pytest.mark.parametrize("case", CASES)
def test_no_output_accuses_ranks_or_praises_whom_nothing_came_of(
    ds: Dataset, silenced: Dataset, of_all: list[str], case: str
) -> None:
    unit, _ = CASES[case]
    mine = ds.plants[ds.plants["unit"] == unit]
    silent = mine.head(1) if case == "plant" else mine
    names = {*silent["name"], *([] if case == "plant" else [parts.unit_name(unit)])}
    own = printed(pages_of(silenced, ds.at("2022-11-01"), unit, silent["plant_id"].iloc[0]))
    assert any(name in line for name in names for line in of_all)
    found = set()
    for line in own if case != "plant" else [line for line in own if any(name in line for name in names)]:
        found |= {line} if accused(line, case) else set()
    for line in of_all:
        if any(name in line for name in names) and accused(line, case):
            found.add(line)
    assert found == set()


def accused(line: str, case: str) -> bool:
    told = VERDICTS.search(re.sub(r"上期名次:\d+|全省完成率:[\d.]+", "", line))
    return bool(told) and not (case != "unit" and OWN.search(line))


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
