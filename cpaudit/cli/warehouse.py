"""Commands for the warehouse: which snapshots lie there, are they sound; wrong and old ones removed; all put into a file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cpaudit.cli.group import PATH, cpaudit, output_options, project_option, warehouse_option, write
from cpaudit.cli.terminal import screen
from cpaudit.cli.terminal.targets import FILE_OUT
from cpaudit.cli.terminal.usage import Date, Whole
from cpaudit.errors import ExitCode, NoSnapshotError, ReadError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.snapshots import Day
    from cpaudit.views.page import Table


def _programme_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --programme, which is all where it isn't given, and --project."""
    told = "只看一个批次，默认全部"
    return click.option("--programme", default="", metavar="批次", help=told)(project_option(command))


@cpaudit.group()
def warehouse() -> None:
    """快照：列出和核对有哪几天的、哪一份有效；删除读错的、过时的；备份和恢复。"""


@warehouse.command("list")
@warehouse_option
@_programme_option
@output_options
def warehouse_list(warehouse: Path | None, programme: str, kind: str, out: Path | None) -> int:
    """列出全部快照：批次、数据日期、版本、企业数、是否示范数据、是否有效；有损坏的快照时退出码为 1。"""
    from cpaudit.selection import today

    days = _days(warehouse, programme)
    write(_table(days, today()), kind, out, ds=None)
    return ExitCode.DATA if any(day.fault for day in days) else ExitCode.FINE


@warehouse.command("verify")
@warehouse_option
@_programme_option
def warehouse_verify(warehouse: Path | None, programme: str) -> int:
    """核对全部快照：每个文件与写入时的校验值一致、能够打开；有损坏的逐份说明，退出码为 1。"""
    days = _days(warehouse, programme)
    faults = [day.fault for day in days if day.fault]
    for fault in faults:
        click.echo(fault)
    click.echo(f"核对快照 {len(days)} 份，完好 {len(days) - len(faults)} 份{f'，损坏 {len(faults)} 份' if faults else ''}。")
    return ExitCode.DATA if faults else ExitCode.FINE


@warehouse.command("remove")
@click.argument("day", type=Date(), metavar="日期")
@click.option("--yes", is_flag=True, help="确认删除；不写则只说明将删除什么")
@warehouse_option
@click.option("--programme", default="", metavar="批次", help="批次编号；快照目录中只有一个批次时可以不写")
@project_option
def warehouse_remove(day: dt.date, yes: bool, warehouse: Path | None, programme: str) -> None:
    """删除一天的快照（连同旧版本），之后以前一天的快照为准；原始报表不受影响，可重新读取。"""
    from cpaudit import snapshots

    home = warehouse or snapshots.default_warehouse()
    programme = snapshots.meant(home, programme)
    whose = f"批次 {programme} " if programme else ""
    if not yes and day in snapshots.dates(home, programme):
        raise UsageError(f"将删除 {home} 下{whose}{day} 的快照（连同旧版本），不能恢复；确认请加 --yes。")
    count = snapshots.remove(home, day, programme)
    left = snapshots.dates(home, programme)
    after = f"现在以 {left[-1]} 的快照为准" if left else "已没有快照"
    screen.done(f"{day} 的快照已删除")
    click.echo(f"已删除{whose}{day} 的快照 {count} 版；{after}。")


@warehouse.command("prune")
@click.option("--keep", type=Whole(1), required=True, metavar="份数", help="每个批次保留最新的几份（几天）")
@click.option("--yes", is_flag=True, help="确认删除；不写则只说明将删除什么")
@warehouse_option
@_programme_option
def warehouse_prune(keep: int, yes: bool, warehouse: Path | None, programme: str) -> None:
    """清理：每个批次只留最新的几份快照，被取代的旧版本也删除；损坏的不动，也不计入保留的份数。"""
    from cpaudit import snapshots

    home = warehouse or snapshots.default_warehouse()
    _days(warehouse, programme)
    gone = snapshots.superfluous(home, keep, programme)
    what = f"快照 {len(gone.days)} 份、被取代的旧版本 {len(gone.versions)} 版"
    if not (gone.days or gone.versions):
        click.echo("没有需要清理的快照。")
        return
    if not yes:
        named = "、".join(f"{day.programme} {day.as_of}" for day in gone.days)
        raise UsageError(f"将删除 {home} 下的{what}{f'（{named}）' if named else ''}，不能恢复；确认请加 --yes。")
    snapshots.prune(home, gone)
    screen.done("快照已清理")
    click.echo(f"已删除{what}，每个批次保留最新 {keep} 份。")


@warehouse.command("backup")
@click.argument("file", type=FILE_OUT, metavar="备份文件")
@warehouse_option
def warehouse_backup(file: Path, warehouse: Path | None) -> int:
    """备份：把全部完好的快照写成一个 .zip 文件；有损坏的说明并略过，退出码为 1，这时不覆盖已有的备份。"""
    from cpaudit import snapshots
    from cpaudit.loaders.plants.decisions import NAME

    if file.suffix.lower() != ".zip":
        raise UsageError("备份文件名应以 .zip 结尾。")
    home = warehouse or snapshots.default_warehouse()
    _days(warehouse, "")
    count, faults = snapshots.backup(home, file, NAME)
    screen.done(f"备份已写入 {file}")
    for fault in faults:
        click.echo(f"没有备份：{fault}", err=True)
    click.echo(f"已将快照 {count} 版备份到 {file}。")
    return ExitCode.DATA if faults else ExitCode.FINE


@warehouse.command("restore")
@click.argument("file", type=PATH, metavar="备份文件")
@warehouse_option
def warehouse_restore(file: Path, warehouse: Path | None) -> None:
    """恢复备份中的快照：已有的不动；有一天现有的与备份的不同时，什么都不恢复并说明是哪一天。"""
    from cpaudit import snapshots
    from cpaudit.loaders.plants.decisions import NAME
    from cpaudit.selection import today

    if not file.is_file():
        raise ReadError(f"找不到备份文件 {file}，请检查路径。")
    came, there, kept = snapshots.restore(file, warehouse or snapshots.default_warehouse(), NAME, today())
    screen.done("快照已恢复")
    click.echo(f"已恢复快照 {came} 版{f'，另有 {there} 版原已存在' if there else ''}。")
    if kept:
        click.echo(kept, err=True)


def _days(warehouse: Path | None, programme: str) -> list[Day]:
    """Return what lies in a warehouse, at least one day."""
    from cpaudit import snapshots

    home = warehouse or snapshots.default_warehouse()
    if not (days := snapshots.overview(home, programme)):
        whose = f"批次 {programme} 的" if programme else ""
        raise NoSnapshotError(f"在 {home} 下没有{whose}快照，请先用 cpaudit load 读取各地报来的文件。")
    return days


def _table(days: list[Day], today: dt.date) -> Table:
    import pandas as pd

    from cpaudit.fields import tables
    from cpaudit.views.columns import columns
    from cpaudit.views.page import Column, Table

    newest = {day.programme: day.as_of for day in days}
    rows = []
    for day in days:
        said = day.manifest
        rows.append(
            {
                "programme": day.programme or None,
                "as_of": day.as_of.isoformat(),
                "version": day.version or None,
                "plants": said.rows["plants"] if said else None,
                "sources": said.rows["sources"] if said else None,
                "problems": said.rows["problems"] if said else None,
                "demonstration": ("是" if said.demonstration else "否") if said else None,
                "written": said.written.isoformat(" ", "minutes") if said else None,
                "kept": len(day.kept),
                "state": _state(day, newest[day.programme] == day.as_of, today),
            }
        )
    frame = pd.DataFrame(rows).astype(dict.fromkeys(("plants", "sources", "problems", "kept"), "Int64"))
    cols = {**columns(programme="batch"), "as_of": Column("数据日期"), "version": Column("有效版本")}
    cols |= {name: Column(tables()[name].label, "integer") for name in ("plants", "sources", "problems")}
    cols |= {"demonstration": Column("示范数据"), "written": Column("写入时间"), "kept": Column("旧版本", "integer")}
    return Table("warehouse", "快照", frame, cols | columns("state"))


def _state(day: Day, newest: bool, today: dt.date) -> str:
    """Return what a day's snapshot is good for, in words."""
    if day.fault:
        return day.fault
    late = f"；晚于今天（{today}），请核对后删除" if day.as_of > today else ""
    return ("有效，不指定日期时采用" if newest else "有效") + late
