"""Equal names have equal numbers: every number of a measure, on pages, in reports, commands and files, is the same.

The reader is this test's own: it reads HTML, JSON and office files, and the definitions as plain YAML.
"""

from __future__ import annotations

import io
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import docx
import openpyxl
import pytest
import yaml
from lxml import html as lxml_html

from cpaudit import views
from cpaudit.dataset import Dataset
from cpaudit.render import formats, tabular
from cpaudit.render.web import html
from cpaudit.selection import Selection
from cpaudit.views.page import Page, Table
from cpaudit.views.report.work_summary import work_summary_page
from cpaudit.views.tables import base, bulletin
from tests.support.paths import REFERENCE
from tests.support.silent import without

UNIT = "tangshan"
MEASURES: dict[str, dict[str, Any]] = yaml.safe_load((REFERENCE / "measures.yaml").read_text("utf-8"))["measures"]
#: What the shipped programme calls its steps, where texts leave a hole for that.
STEPS = {
    "last": "验收", "reached": "通过验收", "then": "已通过评估但尚未", "judged": "评估或验收", "before": "评估通过、",
    "counted": "验收结果为通过且有日期", "notification": "告知书送达", "assessment": "评估",
}  # fmt: skip
for _one in MEASURES.values():
    _one |= {k: re.sub(r"<(\w+)>", lambda hole: STEPS[hole[1]], v) for k, v in _one.items() if k in ("label", "sentence", "wins")}
#: Longer words first: 未达标 isn't 达标. What is said of a part says so (该类方案).
LABELS = dict(sorted(((m["label"], id) for id, m in MEASURES.items()), key=lambda pair: -len(pair[0])))
SAID = re.compile(
    rf"(?<!该类方案)({'|'.join(map(re.escape, LABELS))})(?:的企业|的共|的|为)? ?(-?[\d,]+(?:\.\d+)?) ?(家|个|项|处|天|年|%|万元)"
)
#: A column of a command's answer that isn't called as its measure: the notice's words differ from table to table.
COLUMNS = {
    "bulletin": {"plants": "ranked_plants", "due": "nodes_due", "done": "nodes_done", "pct": "nodes_done_pct"},
    "attainment": {"plants": "listed"},
    "benefits": {
        "plants": "implementing_plants", "options": "options_implemented", "unread": "class_unread",
    },
}  # fmt: skip
#: Counted milestone by milestone, or return by return: their rows are not parts of one number.
BY_ROW = re.compile(r"bound|step_|expected|return_")
#: The classes that a plant is in one of only, and what they make together.
PARTS = {
    "listed": ("accepted", "in_progress", "open_unclear", "not_reported", "open_failed", "open_overdue", "left"),
    "staying": ("judged", "cannot_judge"),
    "judged": ("attained", "not_attained"),
    "options_implemented": ("no_low_cost", "medium_high_cost", "class_unread"),
}

Found = dict[str, list[tuple[float, float, str]]]


@pytest.fixture(scope="module")
def told(ds: Dataset) -> Dataset:
    """The sample, where some plants sent nothing, some stopped after their acceptance, and one status isn't understood."""
    mine = ds.plants[ds.plants["unit"] == UNIT]
    cut = without(ds, mine["plant_id"].tail(2))
    passed = ds.events[(ds.events["milestone"] == "accepted") & (ds.events["result"] == "passed")]["plant_id"]
    plants = cut.plants.copy()
    stopped = plants["plant_id"].isin(passed) & plants["unit"].eq(UNIT)
    plants.loc[plants.index[stopped][:3], "status"] = "closed"
    plants.loc[plants.index[~plants["plant_id"].isin(passed) & plants["status"].eq("active")][5], "status"] = "unread"
    return replace(cut, plants=plants)


def pages(ds: Dataset, unit: str) -> Iterator[Page]:
    chosen = Selection(units=(unit,)) if unit else Selection()
    for page in ("progress", "units", "returns", "attainment", "benefits"):
        yield views.PAGES[page].build(ds, chosen)
    if unit:
        yield from (views.city_report(ds, unit), work_summary_page(ds, unit))
    else:
        yield from (views.province_report(ds), views.bulletin_report(ds))


def commands(ds: Dataset, unit: str) -> Iterator[tuple[str, Table]]:
    """What the commands write, as they cut the data set to a unit."""
    part = ds.select(Selection(units=(unit,))) if unit else ds
    for by in ("unit", "industry", "roster"):
        yield "progress", base.progress(part, by)
        yield "attainment", base.attainment(part, by)
    for by in ("unit", "industry"):
        yield "benefits", base.benefits(part, by)
    yield "bulletin", bulletin.bulletin(ds, units=(unit,) if unit else ())
    yield "laggards", bulletin.laggards(part)


def number(text: str) -> tuple[float, float]:
    """A printed number, and by how much printing may have rounded it."""
    plain = text.replace(",", "").strip("% ")
    return float(plain), 0.5000001 * 10.0 ** -len(plain.partition(".")[2]) if "." in plain else 0.0


def put(found: Found, id: str, text: str, where: str) -> None:
    value, slack = number(text)
    found[id].append((value, slack, where))


def read_page(found: Found, page: Page) -> None:
    tree = lxml_html.fromstring(html.page_document(page, assets=None))
    for box in tree.xpath('//*[contains(@class, "cp-kpi ")][@data-measure]'):
        id, (shown,) = box.get("data-measure"), box.xpath('.//*[@class="cp-value"]')
        assert MEASURES.get(id, MEASURES["benefit"])["sentence"] in box.get("title")
        if id in MEASURES:
            assert box.xpath("string(dt)") == MEASURES[id]["label"]
        if shown.get("data-value"):
            put(found, id, shown.get("data-value"), f"{page.id} 关键数字")
            of = re.match(r"共 ([\d,]+)", box.xpath('string(.//*[@class="cp-of"])'))
            if of and MEASURES.get(id, {}).get("out_of"):
                put(found, MEASURES[id]["out_of"], of[1], f"{page.id} {id} 的分母")
    for item in tree.xpath('//ul[@class="cp-stamp"]//*[@data-measure]'):
        put(found, item.get("data-measure"), item.text, f"{page.id} 页首")
    for table in tree.xpath("//*[@data-table]"):
        read_table(found, table, f"{page.id} {table.get('data-table')}")
    for figure in tree.xpath('//figure[starts-with(@data-figure, "advance_") or starts-with(@data-figure, "attainment_")]'):
        for trace in json.loads(figure.xpath("string(script[1])"))["data"]:
            if trace.get("name") in LABELS:
                found[LABELS[trace["name"]]].append((sum(trace["x"]), 0.0, f"{page.id} 图 {figure.get('data-figure')}"))
    for text in tree.xpath('//p[@class="cp-text" or @class="cp-note"] | //figcaption | //caption'):
        read_text(found, text.text_content(), page.id)


def read_table(found: Found, table: Any, where: str) -> None:
    heads = table.xpath(".//thead//th")
    lines = [(row.get("data-measure"), [exact(c) for c in row]) for row in table.xpath(".//tbody/tr")]
    for rest in table.xpath('.//script[@class="cp-rest"]'):
        lines += [(None, [c if isinstance(c, str) else str(c[1]) for c in row[0]]) for row in json.loads(rest.text)]
    by_row = any(id for id, _ in lines)
    for at, head in enumerate(heads):
        id = head.get("data-measure")
        if not id:
            continue
        cells = [(row, cells[at]) for row, cells in lines if cells[at] not in ("", "—")]
        if id != "row":
            assert head.get("title"), where
        if id == "row":
            for row, cell in cells:
                if row:
                    put(found, row, cell, where)
        elif by_row:
            for _, cell in cells:
                put(found, id, cell, where)
        elif not BY_ROW.match(id):
            add(found, id, [cell for _, cell in cells], where)


def exact(cell: Any) -> str:
    return cell.get("data-v") or cell.text_content()


def add(found: Found, id: str, cells: list[str], where: str) -> None:
    """Groups make the whole: counts and amounts add up, the longest is the longest of all, a rate stands alone."""
    values = [number(cell) for cell in cells]
    if not values:
        return
    if id == "worst_overdue_days":
        found[id].append((*max(values), where))
    elif MEASURES.get(id, {}).get("unit") not in ("%", "年"):
        found[id].append((sum(v for v, _ in values), sum(s for _, s in values), where))
    elif len(values) == 1:
        found[id].append((*values[0], where))


def read_text(found: Found, text: str, where: str) -> None:
    for label, value, unit in SAID.findall(text):
        if MEASURES[LABELS[label]]["unit"] == unit:
            put(found, LABELS[label], value, f"{where} “{text[:40]}”")


def read_json(found: Found, name: str, table: Table) -> None:
    rows = json.loads(tabular.to_json(table))
    for row in rows:
        rates({COLUMNS.get(name, {}).get(column, column): value for column, value in row.items()})
    for column in rows[0] if rows else ():
        id = COLUMNS.get(name, {}).get(column, column)
        if id in MEASURES and not BY_ROW.match(id):
            add(found, id, [str(row[column]) for row in rows if isinstance(row[column], int | float)], f"{name} json {table.id}")


def rates(row: dict[str, float | None], slack: float = 1e-9) -> list[str]:
    """The rates among numbers that stand beside their part and their whole; each must be the one of the other."""
    named = [id for id in row if MEASURES.get(id, {}).get("share_of") in row and MEASURES[id]["out_of"] in row]
    for id in named:
        part, whole = row[MEASURES[id]["share_of"]], row[MEASURES[id]["out_of"]]
        if part is not None and whole:
            assert row[id] == pytest.approx(part / whole * 100, abs=slack), (id, row)
    return named


@pytest.fixture(scope="module", params=["", UNIT], ids=["province", "unit"])
def found(request: pytest.FixtureRequest, told: Dataset) -> Found:
    numbers: Found = defaultdict(list)
    for page in pages(told, request.param):
        read_page(numbers, page)
    for name, table in commands(told, request.param):
        read_json(numbers, name, table)
    return numbers


def test_every_number_of_a_measure_is_the_same_wherever_it_stands(found: Found) -> None:
    wrong = []
    for id, numbers in found.items():
        value, _, first = min(numbers, key=lambda n: n[1])  # the one that is printed with the most digits
        wrong += [f"{id}: {first} {value}，{at} {v}" for v, slack, at in numbers if abs(v - value) > slack + 1e-6 * abs(value)]
    assert wrong == []
    assert len(found["accepted"]) > 10
    assert len(found) > 40


def test_parts_make_their_whole_and_rates_are_what_they_say(found: Found) -> None:
    value = {id: min(numbers, key=lambda n: n[1])[0] for id, numbers in found.items()}
    for whole, parts in PARTS.items():
        assert sum(value.get(part, 0) for part in parts) == value[whole], whole
    assert value["staying"] + value["left"] == value["listed"]
    assert {"attained_pct", "given_pct"} <= set(rates(value, 0.051))


def test_documents_and_workbooks_say_the_same_and_what_it_means(told: Dataset) -> None:
    page = views.city_report(told, UNIT)
    shown: Found = defaultdict(list)
    read_page(shown, page)
    accepted = f"{shown['accepted'][0][0]:.0f}"
    sentence = MEASURES["accepted"]["sentence"]
    document = docx.Document(io.BytesIO(formats.FORMATS["docx"].write(page, {})))
    cells = [c.text for c in document.tables[0]._cells]
    assert cells[cells.index("已验收") + 1].startswith(f"{accepted}家")
    assert any(p.text.startswith("指标口径") and sentence in p.text for p in document.paragraphs)
    book = openpyxl.load_workbook(io.BytesIO(formats.FORMATS["xlsx"].write(page, {})))
    cover = {row[0]: row[1] for row in book["封面"].iter_rows(values_only=True)}
    assert cover["已验收"] == int(accepted)
    assert any(sentence in str(text) for text in cover)
