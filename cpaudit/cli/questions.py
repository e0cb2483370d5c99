"""More questions about progress: funnel, pace, bulletin, forecast; they register on the group of :mod:`.commands`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cpaudit.cli.group import (
    by_option,
    cpaudit,
    dataset,
    dataset_options,
    output_options,
    units_meant,
    write,
)
from cpaudit.cli.terminal.usage import Date
from cpaudit.errors import UsageError

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset

milestone_option = click.option("--milestone", default="", metavar="节点", help="节点的名称或代码，如 完成评估、assessed")


@cpaudit.command()
@dataset_options
@by_option("all", "all", "unit", "industry", "roster", "consultant", "cohort")
@output_options
def funnel(warehouse: Path | None, as_of: dt.date | None, unit: str, by: str, kind: str, out: Path | None) -> None:
    """各阶段企业数：含退出和不含退出各一种，未通过和退出的单列。"""
    from cpaudit.views.tables import bulletin as bulletin_tables

    ds = dataset(warehouse, as_of, unit)
    write(bulletin_tables.funnel(ds, None if by == "all" else by), kind, out, ds=ds)


@cpaudit.command()
@dataset_options
@by_option("unit", "unit", "industry", "roster", "consultant", "cohort", "day")
@output_options
def pace(warehouse: Path | None, as_of: dt.date | None, unit: str, by: str, kind: str, out: Path | None) -> None:
    """与应有进度相差多少；--by day 给出逐日曲线的数据。"""
    from cpaudit.views.tables import bulletin as bulletin_tables

    ds = dataset(warehouse, as_of, unit, projecting=True)
    write(bulletin_tables.pace(ds, by), kind, out, ds=ds)


@cpaudit.command()
@dataset_options
@by_option("unit", "unit", "plant")
@milestone_option
@click.option("--since", type=Date(), metavar="日期", help="与哪一天相比；默认上一期快照")
@output_options
def bulletin(
    warehouse: Path | None,
    as_of: dt.date | None,
    unit: str,
    by: str,
    milestone: str,
    since: dt.date | None,
    kind: str,
    out: Path | None,
) -> None:
    """通报：各单位分档排名，旁列数据完整性和比上期的变化；--by plant 列出逾期企业。"""
    from cpaudit.views.tables import bulletin as bulletin_tables

    if by == "plant":
        ds = dataset(warehouse, as_of, unit)
        write(bulletin_tables.laggards(ds), kind, out, ds=ds)
        return
    units = units_meant(warehouse, unit)
    ds = dataset(warehouse, as_of)  # whole: a unit's rank is the one among all
    chosen = _milestone(ds, milestone) if milestone else None
    write(bulletin_tables.bulletin(ds, _earlier(ds, warehouse, since), chosen, units), kind, out, ds=ds)


@cpaudit.command()
@dataset_options
@milestone_option
@click.option("--backtest", is_flag=True, help="回测：以往的推算与实际结果对照")
@click.option("--unchecked", is_flag=True, help="回测不符或无从回测的也推算，只供研究")
@output_options
def forecast(
    warehouse: Path | None,
    as_of: dt.date | None,
    unit: str,
    milestone: str,
    backtest: bool,
    unchecked: bool,
    kind: str,
    out: Path | None,
) -> None:
    """推算各企业按期完成验收（或 --milestone）的可能；回测不符的不推算；推算，不是结论。"""
    from cpaudit.views.tables import forecast as forecast_tables

    units = units_meant(warehouse, unit)
    ds = dataset(warehouse, as_of, projecting=True)  # whole: what all plants did is what a chance rests on
    if backtest:
        write(forecast_tables.backtest(ds), kind, out, ds=ds)
        return
    chosen = _milestone(ds, milestone) if milestone else None
    write(forecast_tables.forecast(ds, chosen, units, unchecked=unchecked), kind, out, ds=ds)


def _milestone(ds: Dataset, text: str) -> str:
    """Return the id of a plants' milestone named by id or label."""
    known = {m.id: m.label for m in ds.programme.plant_milestones()}
    for key, label in known.items():
        if text.strip() in (key, label):
            return key
    raise UsageError(f"没有叫“{text}”的企业节点；请选择：{'、'.join(known.values())}。")


def _earlier(ds: Dataset, warehouse: Path | None, since: dt.date | None) -> Dataset | None:
    """Return the same programme's data set to compare with: as of ``since``, else the snapshot before; None where none is."""
    from cpaudit.dataset import Dataset, dated

    if since is None:
        return ds.before(warehouse)
    if since >= ds.as_of:
        raise UsageError(f"--since {since} 须早于数据日期 {ds.as_of}。")
    found = Dataset.open(warehouse, since, programme=ds.programme.id)
    if found.version == ds.version and not dated.undated(found):
        raise UsageError(f"{since} 和 {ds.as_of} 用的是同一份快照（{ds.snapshot_day}），不能自己与自己相比；请改用更早的日期。")
    return found
