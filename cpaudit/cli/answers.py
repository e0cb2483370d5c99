"""Commands that answer from one data set: progress, attainment, benefits, scores and what stands behind them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from cpaudit.cli.group import (
    as_of_option,
    by_option,
    cpaudit,
    dataset,
    dataset_options,
    find_plant,
    output_options,
    programme_option,
    warehouse_option,
    write,
)
from cpaudit.cli.terminal.usage import Number, OneOf
from cpaudit.errors import UsageError


@cpaudit.command()
@dataset_options
@by_option("unit", "unit", "industry", "roster", "consultant", "cohort", "plant", "to-do")
@output_options
def progress(warehouse: Path | None, as_of: dt.date | None, unit: str, by: str, kind: str, out: Path | None) -> None:
    """进度：按单位、行业、名单、企业统计，或列出待办事项。"""
    from cpaudit.views.tables import base as tables

    ds = dataset(warehouse, as_of, unit)
    write(tables.progress(ds, by), kind, out, ds=ds)


@cpaudit.command()
@dataset_options
@by_option("industry", "unit", "industry", "roster", "consultant", "cohort", "plant", "target")
@output_options
def attainment(warehouse: Path | None, as_of: dt.date | None, unit: str, by: str, kind: str, out: Path | None) -> None:
    """达标：按单位、行业、名单统计，或逐家、逐条列出结论和理由。"""
    from cpaudit.views.tables import base as tables

    ds = dataset(warehouse, as_of, unit)
    write(tables.attainment(ds, by), kind, out, ds=ds)


@cpaudit.command()
@dataset_options
@by_option(
    *("unit", "unit", "industry", "consultant", "cohort", "class"),
    *("option", "status", "curve", "concentration", "tce", "totals-check"),
)
@click.option("--benefit", default="", metavar="效益", help="curve、concentration 看哪项效益，如 COD、节水、综合节能")
@click.option("--power-factor", type=Number(), metavar="系数", help="tce 中电力的折标系数（kgce/kWh），默认当量值 0.1229")
@output_options
def benefits(
    warehouse: Path | None,
    as_of: dt.date | None,
    unit: str,
    by: str,
    benefit: str,
    power_factor: float | None,
    kind: str,
    out: Path | None,
) -> None:
    """方案与效益：投资和各项效益，按实施情况、成本曲线、集中程度、折标煤看，或逐项列出方案。"""
    from cpaudit.views.tables import benefits as benefit_tables

    ds = dataset(warehouse, as_of, unit)
    write(benefit_tables.benefits(ds, by, benefit, power_factor), kind, out, ds=ds)


@cpaudit.command()
@dataset_options
@click.option("--plant", default="", metavar="企业", help="企业名称或统一社会信用代码")
@output_options
def score(warehouse: Path | None, as_of: dt.date | None, unit: str, plant: str, kind: str, out: Path | None) -> None:
    """评分：各企业各工序审核前、审核后的综合评价指数和级别。"""
    from cpaudit.views.tables import explanations

    ds = dataset(warehouse, as_of, unit)
    write(explanations.scores(ds, find_plant(ds, plant) if plant else None), kind, out, ds=ds)


@cpaudit.command()
@click.argument("plant", metavar="企业")
@warehouse_option
@programme_option
@as_of_option
@click.option(
    "--period", type=OneOf("before", "after"), default="after", metavar="before|after", help="审核前或审核后，默认审核后"
)
@click.option("--level", type=OneOf("I", "II", "III"), metavar="I|II|III", help="针对哪一级；--show items 时只列未达到该级的指标")
@click.option(
    "--show",
    type=OneOf("items", "obstacles", "way", "open"),
    metavar="items|obstacles|way|open",
    help="逐项得分、未达到的原因、最小改进、缺失数据的影响；给出 --level 时默认 obstacles，否则 items",
)
@output_options
def explain(
    plant: str,
    warehouse: Path | None,
    as_of: dt.date | None,
    period: str,
    level: str | None,
    show: str | None,
    kind: str,
    out: Path | None,
) -> None:
    """解释一家企业的级别：逐项得分，什么妨碍它达到更高一级，最小的改进，缺失数据的影响。"""
    from cpaudit.views.tables import explanations

    ds = dataset(warehouse, as_of)
    plant_id, wanted = find_plant(ds, plant), {"I": 1, "II": 2, "III": 3}.get(level or "")
    show = show or ("obstacles" if wanted else "items")
    if show in ("obstacles", "way") and not wanted:
        raise UsageError(f"--show {show} 须用 --level 指明针对哪一级，如 --level II。")
    match show:
        case "obstacles":
            found = explanations.obstacles(ds, plant_id, period, wanted or 1)
        case "way":
            found = explanations.way_up(ds, plant_id, period, wanted or 1)
        case "open":
            found = explanations.open_levels(ds, plant_id, period)
        case _:
            found = explanations.explanation(ds, plant_id, period, wanted)
    write(found, kind, out, ds=ds)
