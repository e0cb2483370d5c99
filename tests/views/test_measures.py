"""Equal names have equal numbers: every number of a measure, in pages, reports, commands and files of any format, is the same.

The readers are the tests' own: of HTML, JSON, CSV, a terminal, office files and PDF; the definitions are read as plain YAML.
"""

from __future__ import annotations

import json
import pickle
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import html as lxml_html

from cpaudit.dataset import Dataset
from cpaudit.programme import industries, units
from cpaudit.programme.units import county_names
from docs import hooks
from tests.support.outputs import Answer
from tests.support.paths import REFERENCE, ROOT
from tests.support.read_back import Read, bare, files_read, source
from tests.support.silent import CASES

MEASURES: dict[str, dict[str, Any]] = yaml.load((REFERENCE / "measures.yaml").read_text("utf-8"), yaml.CSafeLoader)["measures"]
#: What the shipped programme calls its steps, where texts leave a hole for that.
STEPS = {
    "last": "验收", "reached": "通过验收", "then": "已通过评估但尚未", "judged": "评估或验收", "before": "评估通过、",
    "counted": "验收结果为通过且有日期", "notification": "告知书送达", "assessment": "评估",
}  # fmt: skip
for _one in MEASURES.values():
    _one |= {k: re.sub(r"<(\w+)>", lambda hole: STEPS[hole[1]], v) for k, v in _one.items() if k in ("label", "sentence", "wins")}
#: Longer words first: 未达标 isn't 达标. What is said of a part says so (该类方案).
LABELS = dict(sorted(((m["label"], id) for id, m in MEASURES.items()), key=lambda pair: -len(pair[0])))
#: The heading of a column of a measure, in every format.
HEADINGS = {f"{m['label']}（{m['unit']}）": id for id, m in MEASURES.items()}
SAID = re.compile(
    rf"(?<!该类方案)({'|'.join(map(re.escape, LABELS))})(?:的企业|的共|的|为)?(-?[\d,]+(?:\.\d+)?)(家|个|项|处|天|年|%|万元)"
)
#: What a row is about: headings that mean the same have one word. Of a plant, the others are what is known of it.
ABOUT = {"上报单位": "单位", "单位": "单位", "辖区": "单位", "区县": "区县", "行业": "行业", "名单": "名单", "节点": "节点"}
ABOUT |= {"审核咨询机构": "咨询机构"}
ABOUT |= {"事项": "节点", "报表": "报表", "时期": "时期", "日期": "日期", "方案类型": "类型", "实施情况": "实施情况"}
#: The parts of a whole that are counted once each.
WHOLE = {"单位", "行业", "名单", "区县", "咨询机构"}
NAMES = {"单位": [u.name for u in units().values()], "行业": [i.label for i in industries().values()]}
NAMES["区县"] = list(county_names().values())
#: The classes that a plant is in one of only, and what they make together.
PARTS = {
    "listed": ("accepted", "in_progress", "open_unclear", "end_unknown", "not_reported", "open_failed", "open_overdue", "left"),
    "staying": ("judged", "cannot_judge"),
    "judged": ("attained", "not_attained"),
    "options_implemented": ("no_low_cost", "medium_high_cost", "class_unread"),
}
#: Asked for in Python alone, of one plant alone, of the options' columns; and what no plant of this data set is.
UNSHOWN = {"active", "targets_attained", "milestones_done", "benefit"}

#: What a number is of: the unit, trade, milestone … that it counts in.
Scope = frozenset[tuple[str, str]]
Found = dict[tuple[str, Scope], list[tuple[float, float, str]]]


def number(text: str) -> tuple[float, float]:
    """A printed number, and by how much printing may have rounded it."""
    plain = text.replace(",", "").strip("% ")
    return float(plain), 0.5000001 * 10.0 ** -len(plain.partition(".")[2]) if "." in plain else 0.0


def scope_of(name: str, trade: str) -> Scope | None:
    """What a file is about, by its path; None where it isn't about a part of the data set of this day."""
    folder, _, rest = name.partition("/")
    part, _, last = rest.partition("/")
    if folder == "commands" and not rest.startswith(("diff", "explain", "trace", "systems", "warehouse")):
        return frozenset()
    if folder == "pages" and part == "all" and not last.startswith(("benchmarking", "plant")):
        return frozenset({("行业", trade)}) if last.startswith("trade") else frozenset()
    if folder == "pages" and part in CASES and not last.startswith("plant"):
        return of_unit(CASES[part][0])
    if folder == "pages" and re.match(r"notebooks/(01|03|05|06|10)_(progress|attainment|benefits|units|returns)", rest):
        return frozenset()
    if folder == "files" and part == "export":
        where = re.fullmatch(r"(?:data/\w+/(\w+)/all\.js|\w+\.html)", last)
        return of_unit(where[1] or "all") if where else None
    if folder == "files" and (part == "handover" or part in units()):
        return of_unit("all" if part == "handover" else part)
    return None


def of_unit(unit: str) -> Scope:
    return frozenset() if unit == "all" else frozenset({("单位", units()[unit].name)})


def put(found: Found, id: str, scope: Scope, text: str, where: str) -> None:
    found[id, scope].append((*number(text), where))


def read_tables(found: Found, read: Read, scope: Scope, where: str, whole: bool) -> None:
    """Read the columns of measures, row by row; ``whole``: no row is left out, so that the rows make the whole."""
    for head, *rows in filter(None, read.tables):
        heads = [re.sub(r"\s", "", cell) for cell in head]
        about = {at: ABOUT[name] for at, cell in enumerate(heads) if (name := bare(cell)) in ABOUT and cell not in HEADINGS}
        if "方案编号" in heads or "方案名称" in heads:
            continue
        if "企业名称" in heads:  # what else is said of a plant is no whole that it is counted in
            about = {heads.index("企业名称"): "企业"}
        for at, heading in enumerate(heads):
            if not (id := HEADINGS.get(heading)):
                continue
            given = [row for row in rows if len(row) > at and re.fullmatch(r"-?[\d,]+(\.\d+)?%?", row[at].strip())]
            for row in given:
                inside = {
                    (kind, row[column]) for column, kind in about.items() if row[column] not in ("", "—") or kind == "咨询机构"
                }
                put(found, id, frozenset(inside) if "企业名称" in heads else scope | inside, row[at], where)
            if whole and "类别" not in heads and set(about.values()) <= WHOLE and len(about) == 1 < len(rows):
                add(found, id, scope, [row[at] for row in given], f"{where} {heading}之和")


def add(found: Found, id: str, scope: Scope, cells: list[str], where: str) -> None:
    """Groups make the whole: counts and amounts add up, the longest is the longest of all, a rate stands alone."""
    values = [number(cell) for cell in cells]
    if values and id == "worst_overdue_days":
        found[id, scope].append((*max(values), where))
    elif values and MEASURES[id]["unit"] not in ("%", "年"):
        found[id, scope].append((sum(v for v, _ in values), sum(s for _, s in values), where))


def read_page(found: Found, tree: Any, scope: Scope, where: str) -> None:
    """Read what a web page says beside its tables and sentences: key figures, its head, its figures' bars."""
    for box in tree.xpath('//*[contains(@class, "cp-kpi ")][@data-measure]'):
        id, (shown,) = box.get("data-measure"), box.xpath('.//*[@class="cp-value"]')
        assert MEASURES.get(id, MEASURES["benefit"])["sentence"] in box.get("title")
        if id in MEASURES and shown.get("data-value"):
            assert box.xpath("string(dt)") == MEASURES[id]["label"]
            put(found, id, scope, shown.get("data-value"), f"{where} 关键数字")
            of = re.match(r"共 ([\d,]+)", box.xpath('string(.//*[@class="cp-of"])'))
            if of and MEASURES[id].get("out_of"):
                put(found, MEASURES[id]["out_of"], scope, of[1], f"{where} {id} 的分母")
    for item in tree.xpath('//ul[@class="cp-stamp"]//*[@data-measure]'):
        put(found, item.get("data-measure"), scope, item.text, f"{where} 页首")
    for head in tree.xpath("//th[@data-measure]"):
        assert head.get("title") or head.get("data-measure") == "row", where
    for table in tree.xpath("//*[@data-table][.//th[@data-measure='row']]"):  # a measure in each row
        heads = [cell.get("data-measure") for cell in table.xpath(".//thead//th")]
        for row in table.xpath(".//tbody/tr[@data-measure]"):
            text = row[heads.index("row")].text_content()
            if text not in ("", "—") and table.get("data-table") != "funnel":
                put(found, row.get("data-measure"), scope, text, f"{where} {table.get('data-table')}")
    for figure in tree.xpath('//figure[starts-with(@data-figure, "advance_") or starts-with(@data-figure, "attainment_")]'):
        for trace in json.loads(figure.xpath("string(script[1])"))["data"]:
            if trace.get("name") in LABELS:
                found[LABELS[trace["name"]], scope].append((sum(trace["x"]), 0.0, f"{where} 图 {figure.get('data-figure')}"))


def read_pairs(found: Found, read: Read, scope: Scope, where: str) -> None:
    """Read a document's and a workbook's key figures: a word, and its number beside it."""
    for row in (row for table in read.tables for row in table):
        for label, cell in pairwise(row):
            unit = MEASURES[LABELS[label]]["unit"] if label in LABELS else None
            if unit and (told := re.match(rf"(-?[\d,]+(?:\.\d+)?){'' if row[2:3] == [unit] else unit}", cell)):
                put(found, LABELS[label], scope, told[1], f"{where} 主要数字")


def read_text(found: Found, text: str, scope: Scope, where: str) -> None:
    """Read sentences; a part of one that begins with a unit's or a trade's name is about that alone."""
    for said in re.split(r"[；。：]", re.sub(r"\s", "", text)):
        inside = {(kind, name) for kind, names in NAMES.items() for name in names if said.startswith(name)}
        for label, value, unit in SAID.findall(said):
            if MEASURES[LABELS[label]]["unit"] == unit:
                put(found, LABELS[label], scope | inside, value, where)


@pytest.fixture(scope="module")
def found(written: Path, part: Dataset) -> Found:
    """Every number of a measure, by what it is of, with how far it may be rounded and where it stands."""
    trade, numbers = industries()[part.plants["industry"].mode().iloc[0]].label, defaultdict[Any, list[Any]](list)
    for name, read in files_read(written):
        scope, ending = scope_of(name, trade), Path(name).suffix
        if scope is None:
            continue
        read_tables(numbers, read, scope, name, ending in (".html", ".js", ".csv"))
        if ending in (".html", ".js"):
            read_page(numbers, lxml_html.fromstring(source(written / name)), scope, name)
        if ending in (".docx", ".xlsx"):
            read_pairs(numbers, read, scope, name)
        prose = read.prose
        if ending == ".pdf":  # lines of a page run on over its foot
            prose = ["".join(line for line in prose if not re.fullmatch(r"—\s*\d+\s*—|示范数据", line.strip()))]
        for text in prose if not name.startswith("commands/") else ():
            read_text(numbers, text, scope, name)
    return numbers


def told(numbers: list[tuple[float, float, str]]) -> tuple[float, float, str]:
    """The number that is printed with the most digits."""
    return min(numbers, key=lambda n: n[1])


def test_every_number_of_a_measure_is_the_same_wherever_it_stands(found: Found) -> None:
    wrong, formats = [], defaultdict[str, set[str]](set)
    for (id, scope), numbers in found.items():
        value, _, first = told(numbers)
        wrong += [
            f"{id} {sorted(scope)}: {first} {value}，{at} {v}"
            for v, slack, at in numbers
            if abs(v - value) > slack + 1e-6 * abs(value)
        ]
        formats[id] |= {Path(at.split(" ")[0]).suffix for *_, at in numbers}
    assert wrong == []
    assert set(MEASURES) - formats.keys() == UNSHOWN
    assert formats["accepted"] == {".html", ".js", ".csv", ".txt", ".xlsx", ".docx", ".pdf", ".md"}


def test_parts_make_their_whole_and_rates_are_what_they_say(found: Found) -> None:
    by_scope: dict[Scope, dict[str, float]] = defaultdict(dict)
    for (id, scope), numbers in found.items():
        by_scope[scope][id] = told(numbers)[0]
    whole = by_scope[frozenset()]
    for name, parts in PARTS.items():
        assert sum(whole[p] for p in parts) == whole[name], name
        for value in by_scope.values():  # of a unit, a trade: where all of them are told
            assert not {name, *parts} <= value.keys() or sum(value[p] for p in parts) == value[name], name
    assert whole["staying"] + whole["left"] == whole["listed"]
    for value in by_scope.values():
        if {"left", "judged", "cannot_judge", "listed"} <= value.keys():
            assert value["left"] + value["judged"] + value["cannot_judge"] == value["listed"]
    seen = {id for value in by_scope.values() for id in rates(value, 0.051)}
    assert seen >= {id for id, m in MEASURES.items() if m["unit"] == "%"} - {"with_after_pct"}


def rates(row: dict[str, float], slack: float) -> list[str]:
    """The rates among numbers that stand beside their part and their whole; each must be the one of the other."""
    named = [id for id in row if (m := MEASURES.get(id, {})).get("share_of") in row and m["out_of"] in row]
    for id in named:
        part, whole = row[MEASURES[id]["share_of"]], row[MEASURES[id]["out_of"]]
        if whole:
            assert row[id] == pytest.approx(part / whole * 100, abs=slack), (id, row)
    return named


def test_an_answer_has_the_same_numbers_as_json_csv_workbook_and_on_a_screen(written: Path) -> None:
    seen = 0
    for answer in pickle.loads((written / "answers.pickle").read_bytes()):
        (screen,) = files_of(written, answer, "txt") if answer.json else ([],)
        for at, key in enumerate(answer.keys):
            if answer.csv[0][at] not in HEADINGS or not answer.json:
                continue
            for row, (line, told) in enumerate(zip(answer.csv[1:], answer.json, strict=True)):
                assert (line[at] == "") == (told[key] is None), (answer.call, key)
                if told[key] is not None:
                    seen += 1
                    assert float(line[at]) == pytest.approx(told[key], rel=1e-9), (answer.call, key)
                    if len(screen) == len(answer.csv):  # no cell takes two lines
                        value, slack = number(screen[row + 1][at])
                        assert abs(value - told[key]) <= slack + 1e-9, (answer.call, key)
    assert seen > 1000


def files_of(written: Path, answer: Answer, ending: str) -> Iterator[list[list[str]]]:
    name = f"commands/{answer.call.replace(' ', '_')}.{ending}"
    yield from next(read for path, read in files_read(written) if path == name).tables


def test_documents_and_workbooks_tell_what_their_measures_mean(written: Path) -> None:
    sentence = MEASURES["accepted"]["sentence"]
    for ending in ("docx", "pdf", "xlsx"):
        said = next(read for name, read in files_read(written) if name == f"pages/county/city.{ending}").text()
        assert "指标口径" in said
        assert sentence in re.sub(r"\s", "", said)


def test_the_glossary_tells_every_measure() -> None:
    """docs/measures.md is filled in from the file when the pages are built; nothing is left out."""
    page = hooks.on_page_markdown((ROOT / "docs" / "measures.md").read_text("utf-8"))
    assert [
        id for id, m in MEASURES.items() if f"`{id}`" not in page or m["label"] not in page or m["sentence"] not in page
    ] == []
