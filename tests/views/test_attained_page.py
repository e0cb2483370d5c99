"""The page 达标情况: its figures hold what the analyses found."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from cpaudit import views
from cpaudit.analysis import attainment
from cpaudit.dataset import Dataset
from cpaudit.selection import Selection
from cpaudit.views.page import Caveat, Figure, Page, Table
from tests.support.builders import dataset, plant
from tests.support.independent_page import assert_readable


@pytest.fixture(scope="module")
def page(ds: Dataset) -> Page:
    return views.attainment_page(ds)


def figure(page: Page, id: str) -> Figure:
    return next(b for b in page.blocks if isinstance(b, Figure) and b.id == id)


def staying(ds: Dataset) -> Any:
    each = attainment.plants(ds)
    return each[~each["left"]]


def test_the_map_has_the_verdicts_of_every_unit_and_trade(ds: Dataset, page: Page) -> None:
    text = figure(page, "attainment_map").figure.data[0].text
    cells = [cell.removesuffix("…").split("/") for row in text for cell in row if "/" in cell]
    row = attainment.summary(ds).iloc[0]
    assert sum(int(a) for a, _ in cells) == row["attained"]
    assert sum(int(b) for _, b in cells) == row["judged"]


def test_the_flow_takes_every_plant_from_its_level_before_to_its_level_after(ds: Dataset, page: Page) -> None:
    flow = figure(page, "level_flow").figure.data[0]
    each = staying(ds)
    assert sum(flow.link.value) == len(each)
    known = each.dropna(subset=["level_before", "level_after"])
    better = (known["level_after"] < known["level_before"]).sum()
    assert f"{better} 家提升" in figure(page, "level_flow").title
    label = next(t for t in flow.node.label if t.startswith("审核后 Ⅰ级"))
    assert label == f"审核后 Ⅰ级 {(each['level_after'] == 1).sum()} 家"


@pytest.mark.parametrize("trade", ["cement", "coal_power"])
def test_no_level_of_the_flow_is_pushed_out_of_the_figure(ds: Dataset, trade: str) -> None:
    shown = figure(views.attainment_page(ds, Selection(industries=(trade,))), "level_flow")
    node, margin = shown.figure.data[0].node, shown.figure.layout.margin
    room = shown.height - margin.t - margin.b
    columns = [
        [(y * room, int(label.split()[-2])) for y, label in zip(node.y, node.label, strict=True) if label.startswith(when)]
        for when in ("审核前", "审核后")
    ]
    scale = min((room - node.pad * (len(c) - 1)) / sum(n for _, n in c) for c in columns)  # as plotly lays them out
    for column in columns:
        ends = [(middle - n * scale / 2, middle + n * scale / 2) for middle, n in column]
        assert all(top - bottom >= node.pad - 1 for (_, bottom), (top, _) in pairwise(ends)), "else plotly pushes them apart"
        assert ends[-1][1] <= room + 1


def test_an_indicator_stops_only_plants_that_miss_a_target(ds: Dataset, page: Page) -> None:
    found = attainment.stopped(ds)
    targets = attainment.targets(ds)
    missed = set(targets.loc[targets["verdict"] == "not_attained", "plant_id"])
    assert set(found["plant_id"]) <= missed
    bars = figure(page, "stopping").figure.data[0]
    counts = found.groupby("name")["plant_id"].nunique().sort_values(ascending=False)
    assert list(bars.x) == counts.head(15).tolist()


def test_what_stops_a_plant_is_what_its_reason_names(ds: Dataset) -> None:
    found = attainment.stopped(ds)
    targets = attainment.targets(ds).query("verdict == 'not_attained'")
    for plant_id, reason in targets.groupby("plant_id")["reason"].agg("".join).head(40).items():
        mine = found.loc[found["plant_id"] == plant_id, "name"]
        assert mine.empty or any(name in reason for name in mine), reason
        assert mine.empty == ("不满足" not in reason), reason


def test_every_plant_that_misses_a_target_is_listed_with_its_reason(ds: Dataset, page: Page) -> None:
    listed = next(b for b in page.blocks if isinstance(b, Table) and b.id == "targets_missed").frame
    each = staying(ds)
    assert set(listed["name"]) == set(each.loc[each["verdict"] == "not_attained", "name"])
    assert listed["reason"].str.len().gt(0).all()


def test_the_page_follows_the_selection_and_is_readable(ds: Dataset, page: Page) -> None:
    assert_readable(page)
    tangshan = views.attainment_page(ds, Selection.of(unit="唐山"))
    assert tangshan.key_figures()["judged"] == attainment.summary(ds, "unit").set_index("unit").at["tangshan", "judged"]
    assert not [b for b in tangshan.blocks if isinstance(b, Figure) and b.id == "attainment_map"]
    assert_readable(tangshan)


def test_where_nothing_is_measured_sentences_stand_in_place_of_figures() -> None:
    page = views.attainment_page(dataset(plants=[plant("p1"), plant("p2", unit="tangshan", county="130202")]))
    said = [b.text for b in page.blocks if isinstance(b, Caveat)]
    assert "没有审核前后级别均可判定的企业，不能比较级别的变化。" in said
    assert "没有判定为未达标的企业，没有卡住目标的指标可列。" in said
    assert "没有可以判定的企业，不能比较各单位、各行业的达标率。" in said
    assert_readable(page)


def test_one_plant_none_and_all_left_have_their_sentence() -> None:
    one = views.attainment_page(dataset(plants=[plant("p1")]))
    assert any("只有 1 家企业" in b.text for b in one.blocks if isinstance(b, Caveat))
    none = views.attainment_page(dataset(plants=[plant("p1")]), Selection.of(unit="辛集"))
    assert none.blocks[-1] == Caveat("辛集市没有企业列入名单。", "plain")
    left = views.attainment_page(dataset(plants=[plant("p1", status="closed", status_since="2022-01-05")]))
    assert_readable(left)
    assert not [b for b in left.blocks if isinstance(b, Figure)]
