"""Frames for people: Chinese headings with units, labels for codes, levels and stages that can be compared."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

import cpaudit as cp
from cpaudit.analysis import (
    attainment,
    benefits,
    bulletin,
    completeness,
    differences,
    forecast,
    funnel,
    pace,
    plausibility,
    progress,
    provenance,
    reconcile,
)
from cpaudit.analysis.options import concentration, cost_curve
from cpaudit.dataset import Dataset
from cpaudit.errors import UsageError
from cpaudit.views.page import Table

TABLES = ("plants", "events", "measurements", "options", "status_history", "returns", "sources", "problems")


@pytest.mark.parametrize("table", TABLES)
def test_every_table_reads_as_chinese_and_keeps_its_rows(ds: Dataset, table: str) -> None:
    shown = ds.labelled(table)
    assert len(shown) == len(getattr(ds, table))
    assert [name for name in shown if re.match(r"[a-z_]+$", name)] == []
    assert shown.columns.is_unique


def test_codes_become_labels_and_headings_bear_units(ds: Dataset) -> None:
    plants = ds.labelled("plants").set_index("企业编号")
    raw = ds.plants.set_index("plant_id")
    somewhere = raw.index[raw["unit"] == "xiongan"][0]
    assert plants.at[somewhere, "上报单位"] == "雄安新区"
    assert set(plants["名单"]) == {"强制类", "重点行业"}
    options = ds.labelled("options")
    assert options["投资（万元）"].sum() == pytest.approx(ds.options["investment_wan_yuan"].sum())
    assert "减少危废（t/a）" in options  # not the plant's capacity, whose column is called the same
    assert "年产危废能力（t/a）" in plants


def test_a_measurement_says_which_indicator_it_is_of_and_what_is_asked(ds: Dataset) -> None:
    shown = ds.labelled("measurements")
    kiln = shown[shown["指标编号"] == "kiln_scale"].iloc[0]
    assert (kiln["二级指标"], kiln["单位"], kiln["指标类别"]) == ("窑型规模", "t/d", "生产工艺及装备")
    assert (kiln["Ⅰ级基准值"], kiln["Ⅱ级基准值"], kiln["Ⅲ级基准值"]) == (4000, 2500, 2000)
    assert shown["二级指标"].notna().all()


def test_levels_compare_as_the_notice_speaks_of_them(ds: Dataset) -> None:
    raw = attainment.plants(ds)
    shown = raw.pipe(cp.labelled)
    second = shown["审核后级别"] >= "Ⅱ级"
    assert second.sum() == raw["level_after"].isin([1, 2]).sum() > 0
    assert shown["审核后级别"].isna().sum() == raw["level_after"].isna().sum() > 0
    stages = progress.plants(ds).pipe(cp.labelled)["所处阶段"]
    assert stages.cat.ordered
    assert stages.max() == "通过验收"
    assert (stages < "通过评估").sum() == progress.plants(ds)["stage"].isin(["listed", "notified", "registered"]).sum()


@pytest.mark.parametrize(
    "frame",
    [
        progress.plants, progress.summary, progress.to_do, progress.curve, attainment.plants, attainment.targets,
        attainment.summary,
        benefits.options, benefits.totals, benefits.by_status, bulletin.bulletin, bulletin.laggards, completeness.completeness,
        forecast.forecast, funnel.funnel, pace.pace, plausibility.leads, reconcile.items, reconcile.agreement,
        concentration.summary, cost_curve.curve, forecast.backtest,
    ],
    ids=lambda f: f"{f.__module__.rpartition('.')[2]}.{f.__name__}",
)  # fmt: skip
def test_what_an_analysis_gives_reads_as_chinese_too(ds: Dataset, frame: object) -> None:
    raw = frame(ds)  # type: ignore[operator]
    shown = raw.pipe(cp.labelled, ds)
    assert [name for name in shown if re.match(r"[a-z_]+$", name)] == []
    known = {*ds.programme.units, *(m.id for m in ds.programme.milestones), "before", "after", "mandatory", "key_industry"}
    texts = [name for name in shown if shown[name].dtype.kind == "O" and name not in ("字段", "企业编号")]
    assert [name for name in texts if set(shown[name].dropna()) & known] == []
    assert len(shown) == len(raw)


def test_ones_own_columns_and_values_that_are_no_codes_stay(ds: Dataset) -> None:
    own = pd.DataFrame({"plant_id": ["a", "b"], "unit": ["xinji", "外省"], "我的列": [1, 2], "score_x": [0.5, 0.25]})
    shown = {"企业编号": ["a", "b"], "上报单位": ["辛集市", "外省"], "我的列": [1, 2], "score_x": [0.5, 0.25]}
    assert cp.labelled(own).to_dict("list") == shown


OWN: list[dict[str, list[object]]] = [
    {"name": ["甲"], "value": [1], "cost": [3]},
    {"unit": ["辛集市", "石家庄市"], "amount": [1, 2]},
    {"unit": ["xinji", "石家庄市"], "title": ["甲", "乙"]},
    {"unit": ["kg", "t"], "indicator": ["甲", "乙"], "value": [1.0, 2.0]},
    {"name": ["甲"], "number": ["1"], "file": ["a.xlsx"], "share": [0.5], "plant": ["甲"], "id": ["x"]},
    {"level": [1, 2], "status": ["好", "active"], "date": ["2022", "2023"], "before": [1, 2], "after": [3, 4]},
]


@pytest.mark.parametrize("columns", OWN, ids="-".join)
def test_everyday_headings_of_ones_own_table_stay(ds: Dataset, columns: dict[str, list[object]], tmp_path: Path) -> None:
    own = pd.DataFrame(columns)
    pd.testing.assert_frame_equal(cp.labelled(own, ds), own)
    (shown,) = [b for b in cp.page("页", ds, ("表", own)).blocks if isinstance(b, Table)]
    assert [c.label for c in shown.columns.values()] == list(columns)
    book = openpyxl.load_workbook(cp.xlsx(own, tmp_path / "a.xlsx", title="表", ds=ds)).active
    assert [cell.value for cell in book[3]] == list(columns)


@pytest.mark.parametrize(
    ("take", "headings"),
    [
        (lambda ds: ds.plants[["name", "unit"]], ["企业名称", "上报单位"]),
        (lambda ds: progress.plants(ds)[["plant_id", "name"]], ["企业编号", "企业名称"]),
        (progress.curve, ["节点", "日期", "已完成", "列入名单（家）"]),
        (lambda ds: differences.counts(differences.differences(ds.at("2022-11-01"), ds), "table"),
         ["表", "新增（条）", "删除（条）", "修改（条）", "修改的数据（项）"]),
        (lambda ds: ds.plants.groupby("unit").size().rename("n").reset_index(), ["上报单位", "数量"]),
        (lambda ds: ds.plants["industry"], ["行业"]),
    ],
)  # fmt: skip
def test_beside_columns_of_ours_everyday_headings_are_labelled(ds: Dataset, take: Any, headings: list[str]) -> None:
    assert cp.labelled(take(ds), ds).columns.tolist() == headings


def test_a_heading_does_not_hang_on_the_cells(ds: Dataset) -> None:
    for units in (["xinji", "tangshan"], ["xinji", "唐山市"], ["辛集市", "唐山市"], ["外省", None]):
        own = pd.DataFrame({"plant_id": ["a", "b"], "unit": units})
        assert cp.labelled(own, ds).columns.tolist() == ["企业编号", "上报单位"]


def test_a_table_that_there_is_not_is_told_with_the_choices(ds: Dataset) -> None:
    with pytest.raises(UsageError, match=r"没有叫“企业表”的表.*plants（企业）.*problems（问题）"):
        ds.labelled("企业表")


def test_what_a_row_says_of_a_field_is_told_in_the_fields_words(ds: Dataset) -> None:
    one = ds.plants["plant_id"].iloc[0]
    traced = provenance.trace(ds, one).pipe(cp.labelled, ds).set_index(["表", "字段"])["值"]
    assert traced[("企业", "辖区")] == "石家庄市"
    assert traced[("企业", "名单")] in ("强制类", "重点行业")
    assert set(traced.xs("渠道", level="字段")) <= {"线上", "线下"}
    shown = reconcile.items(ds).pipe(cp.labelled, ds)
    assert set(shown["字段"]) <= {"完成日期", "结果", "得分（分）"}
    results = shown[shown["字段"] == "结果"]
    assert set(results["线上"]) | set(results["线下"]) <= {"通过", "未通过", "未读懂"}
    changed = differences.differences(ds.at("2022-11-01"), ds).pipe(cp.labelled, ds)
    assert set(changed["变化"]) <= {"新增", "删除", "修改"}
    texts = pd.concat([changed[name].dropna() for name in ("记录", "字段", "现值")])
    assert texts[texts.str.fullmatch(r"[a-z_]{4,}")].empty


def test_an_unstacked_or_pivoted_frame_reads_as_chinese(ds: Dataset) -> None:
    key = ["plant_id", "process", "indicator", "period"]
    wide = ds.measurements.set_index(key)["value"].unstack("period")
    for shown in (wide.pipe(cp.labelled, ds), wide.reset_index().pipe(cp.labelled, ds)):
        assert {"审核前", "审核后"} <= set(shown.columns)
    both = ds.measurements.set_index(key)[["value", "state"]].unstack("period").pipe(cp.labelled, ds)
    assert ("实测值", "审核前") in both.columns
    assert set(both[("填报状态", "审核前")].dropna()) <= {"已填报", "不适用", "缺失", "未读懂"}
    counts = progress.plants(ds).pivot_table(index="unit", columns="stage", values="plant_id", aggfunc="count")
    shown = counts.pipe(cp.labelled, ds)
    assert shown.index.name == "上报单位"
    assert "辛集市" in shown.index
    assert shown["通过验收"].sum() == counts["accepted"].sum()


def test_an_amount_says_its_unit(ds: Dataset) -> None:
    assert set(concentration.lorenz(ds, "water_t").pipe(cp.labelled, ds)["项目"]) == {"节水（t/a）"}
    assert set(cost_curve.curve(ds, "water_t").pipe(cp.labelled, ds)["项目"]) == {"节水（t/a）"}


def test_a_countys_name_that_two_cities_have_says_which(ds: Dataset) -> None:
    alone = ds.plants[["county"]].pipe(cp.labelled, ds)["区县"]
    with_unit = ds.plants[["unit", "county"]].pipe(cp.labelled, ds)["区县"]
    assert alone.nunique() == ds.plants["county"].nunique()
    assert "石家庄市桥西区" in set(alone)
    assert "桥西区" in set(with_unit)
