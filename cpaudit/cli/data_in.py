"""Commands for data in: the sample, loading, the problems found."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cpaudit import workspace
from cpaudit.cli.group import (
    PATH,
    cpaudit,
    data_day,
    dataset,
    dataset_options,
    decisions_of,
    export_only,
    files_programme_option,
    output_options,
    preset_programme,
    project_option,
    warehouse_option,
    write,
)
from cpaudit.cli.terminal import screen
from cpaudit.cli.terminal.targets import FOLDER_OUT
from cpaudit.cli.terminal.usage import Date, OneOf, Whole
from cpaudit.errors import CpauditError, ExitCode, UsageError

if TYPE_CHECKING:
    from cpaudit.loaders import Loaded


@cpaudit.command()
@click.argument("folder", type=FOLDER_OUT, metavar="目录")
@click.option("--plants", type=Whole(60), default=446, metavar="家数", help="企业数，默认 446")
@click.option("--seed", type=Whole(), default=1080, metavar="整数", help="随机种子：同一种子得到同样的文件，默认 1080")
@click.option("--as-of", type=Date(), default="2022-11-15", metavar="日期", help="数据日期，默认 2022-11-15")
@click.option("--history", "past", is_flag=True, help="写出名单公布以来每月末直到数据日期的各期报表，每期一个目录")
@click.option(
    "--programme", default="", metavar="批次", help="批次编号，默认工作区的批次，没有的为 hebei-2021-2；其他批次的没有错误"
)
@project_option
def sample(folder: Path, plants: int, seed: int, as_of: dt.date, past: bool, programme: str) -> None:
    """生成一套虚构的原始报表（示范数据），供试用和测试。"""
    from cpaudit import durable
    from cpaudit import sample as made
    from cpaudit.sample.plain import write_plain

    as_of = data_day(as_of)
    programme = programme or preset_programme() or "hebei-2021-2"
    if past and programme != "hebei-2021-2":
        raise UsageError("其他批次的示范数据只有一期，请去掉 --history。")

    told = f"{plants} 家虚构企业的原始报表（示范数据，种子 {seed}，数据日期 {as_of}）"
    try:
        if programme != "hebei-2021-2":
            write_plain(folder, programme, plants=plants, seed=seed, as_of=as_of)
        elif past:
            dates = made.history(folder, plants=plants, seed=seed, as_of=as_of)
            span = f"{dates[0]['as_of']} 至 {as_of}，每期一个目录"
            told = f"{plants} 家虚构企业 {len(dates)} 期的原始报表（示范数据，种子 {seed}，{span}）"
        else:
            made.write(folder, plants=plants, seed=seed, as_of=as_of)
    except OSError as error:
        raise CpauditError(f"不能写入 {folder}（{durable.reason(error)}），请检查路径、写入权限和磁盘空间。") from error
    screen.done(f"示范数据已写入 {folder}")
    click.echo(f"已在 {folder} 生成 {told}。")


def _or_incoming(ctx: click.Context, param: click.Parameter, paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the paths named; in a workspace, without any, the folder that files come into."""
    own = workspace.place("incoming")
    if not paths and own is None:
        raise click.MissingParameter(ctx=ctx, param=param)
    return paths or (own,)  # type: ignore[return-value]


@cpaudit.command()
@click.argument("paths", type=PATH, nargs=-1, callback=_or_incoming, metavar="文件或目录…")
@files_programme_option
@click.option("--as-of", type=Date(), metavar="日期", help="数据日期，默认今天，不能晚于今天")
@warehouse_option
@click.option("--decisions", type=PATH, metavar="文件", help="待判定企业的判定文件，默认快照目录下的 decisions.csv")
@click.option("--dry-run", is_flag=True, help="只读取和检查，逐表列出读到了什么、什么没有采用，不写快照")
def load(
    paths: tuple[Path, ...],
    programme: str,
    as_of: dt.date | None,
    warehouse: Path | None,
    decisions: Path | None,
    dry_run: bool,
) -> int:
    """读取各地报来的文件，检查并存成快照；数据有错误时退出码为 1（快照照常写入）。"""
    from cpaudit import loaders, snapshots
    from cpaudit.cli.terminal.progress import ticker
    from cpaudit.programme import load_programme
    from cpaudit.programme.checker import require_sound
    from cpaudit.render import tabular
    from cpaudit.views.tables import base as tables
    from cpaudit.views.tables import understood

    require_sound(programme)
    day = data_day(as_of)
    if not dry_run:
        FOLDER_OUT.convert(warehouse or snapshots.default_warehouse(), None, None)
    if dry_run:
        with ticker("读取") as tick:
            made = decisions or decisions_of(warehouse)
            found = loaders.read(list(paths), programme=programme, as_of=day, decisions=made, progress=tick)
        for table in understood.sheets(found.understood(), found.columns()):
            click.echo(tabular.to_text(table))
        click.echo(tabular.to_text(tables.problems_by_unit(found.frames["problems"])), nl=False)
        click.echo(understood.account(found.frames["sources"]))
        click.echo(_ledger(programme, day, found), nl=False)
        click.echo("以上为试读结果，没有写入快照。")
        return ExitCode.DATA if (found.frames["problems"]["severity"] == "error").any() else ExitCode.FINE
    with ticker("读取") as tick:
        loaded = loaders.load(
            list(paths),
            programme=programme,
            as_of=day,
            warehouse=warehouse or snapshots.default_warehouse(),
            decisions=decisions,
            progress=tick,
        )
    screen.done("快照已写入")
    click.echo(tabular.to_text(tables.problems_by_unit(loaded.frames["problems"])), nl=False)
    click.echo(understood.account(loaded.frames["sources"]))
    click.echo(_ledger(programme, day, loaded), nl=False)
    manifest = loaded.manifest
    assert manifest  # a load that returns has written its snapshot
    rows = manifest.rows
    click.echo(f"{load_programme(programme).title}：")
    click.echo(f"快照 {manifest.as_of}（版本 {manifest.version}）：企业 {rows['plants']} 家，来源文件 {rows['sources']} 个。")
    errors = int((loaded.frames["problems"]["severity"] == "error").sum())
    if errors:
        click.echo(f"数据中有 {errors} 处错误，明细见 cpaudit problems。")
    return ExitCode.DATA if errors else ExitCode.FINE


def _ledger(programme: str, day: dt.date, found: Loaded) -> str:
    """Return the ledger of returns of what was read, a row per unit."""
    from cpaudit.dataset import Dataset
    from cpaudit.programme import load_programme
    from cpaudit.render import tabular
    from cpaudit.views.tables.returns import overview

    frames: dict[str, Any] = dict(found.frames)
    ds = Dataset(load_programme(programme), day, "", found.demonstration, **frames)
    return tabular.to_text(overview(ds)) + "".join(f"{said}。\n" for said in export_only(ds))


@cpaudit.command()
@dataset_options
@click.option("--severity", type=OneOf("error", "warning", "note"), metavar="error|warning|note", help="只看一种程度")
@output_options
def problems(warehouse: Path | None, as_of: dt.date | None, unit: str, severity: str | None, kind: str, out: Path | None) -> None:
    """列出数据问题：在哪个文件、工作表、单元格，怎样改。"""
    from cpaudit.views.tables import base as tables

    ds = dataset(warehouse, as_of, unit)
    write(tables.problems(ds, severity), kind, out, ds=ds)
