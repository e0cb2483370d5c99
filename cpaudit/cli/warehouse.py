"""Commands for the warehouse: which snapshots lie there and which of them are in force; a wrong one removed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cpaudit.cli.group import cpaudit, output_options, warehouse_option, write
from cpaudit.cli.terminal import screen
from cpaudit.cli.terminal.usage import Date
from cpaudit.errors import ExitCode, NoSnapshotError, UsageError

if TYPE_CHECKING:
    from cpaudit.snapshots import Day
    from cpaudit.views.page import Table


@cpaudit.group()
def warehouse() -> None:
    """快照：列出有哪几天的、哪一份有效；删除读错的一天。"""


@warehouse.command("list")
@warehouse_option
@output_options
def warehouse_list(warehouse: Path | None, kind: str, out: Path | None) -> int:
    """列出全部快照：日期、批次、版本、企业数、是否示范数据、是否有效；有损坏的快照时退出码为 1。"""
    from cpaudit import snapshots
    from cpaudit.selection import today

    home = warehouse or snapshots.default_warehouse()
    days = snapshots.overview(home)
    if not days:
        raise NoSnapshotError(f"在 {home} 下没有快照，请先用 cpaudit load 读取各地报来的文件。")
    write(_table(days, today()), kind, out, ds=None)
    return ExitCode.DATA if any(day.fault for day in days) else ExitCode.FINE


@warehouse.command("remove")
@click.argument("day", type=Date(), metavar="日期")
@click.option("--yes", is_flag=True, help="确认删除；不写则只说明将删除什么")
@warehouse_option
def warehouse_remove(day: dt.date, yes: bool, warehouse: Path | None) -> None:
    """删除一天的快照（连同旧版本），之后以前一天的快照为准；原始报表不受影响，可重新读取。"""
    from cpaudit import snapshots

    home = warehouse or snapshots.default_warehouse()
    if not yes and day in snapshots.dates(home):
        raise UsageError(f"将删除 {home} 下 {day} 的快照（连同旧版本），不能恢复；确认请加 --yes。")
    count = snapshots.remove(home, day)
    left = snapshots.dates(home)
    after = f"现在以 {left[-1]} 的快照为准" if left else "已没有快照"
    screen.done(f"{day} 的快照已删除")
    click.echo(f"已删除 {day} 的快照 {count} 版；{after}。")


def _table(days: list[Day], today: dt.date) -> Table:
    import pandas as pd

    from cpaudit.views.page import Column, Table

    rows = []
    for day in days:
        said = day.manifest
        rows.append(
            {
                "as_of": day.as_of.isoformat(),
                "programme": said.programme if said else None,
                "version": day.version or None,
                "plants": said.rows["plants"] if said else None,
                "sources": said.rows["sources"] if said else None,
                "problems": said.rows["problems"] if said else None,
                "demonstration": ("是" if said.demonstration else "否") if said else None,
                "written": said.written.isoformat(" ", "minutes") if said else None,
                "kept": len(day.kept),
                "state": _state(day, day is days[-1], today),
            }
        )
    frame = pd.DataFrame(rows).astype(dict.fromkeys(("plants", "sources", "problems", "kept"), "Int64"))
    columns = {
        "as_of": Column("数据日期"), "programme": Column("批次"), "version": Column("有效版本"),
        "plants": Column("企业", "integer"), "sources": Column("来源文件", "integer"), "problems": Column("问题", "integer"),
        "demonstration": Column("示范数据"), "written": Column("写入时间"), "kept": Column("旧版本", "integer"),
        "state": Column("状态"),
    }  # fmt: skip
    return Table("warehouse", "快照", frame, columns)


def _state(day: Day, newest: bool, today: dt.date) -> str:
    """Return what a day's snapshot is good for, in words."""
    if day.fault:
        return day.fault
    late = f"；晚于今天（{today}），请核对后删除" if day.as_of > today else ""
    return ("有效，不指定日期时采用" if newest else "有效") + late
