"""What all commands share: the group they hang on, their common options, and how an answer is written."""

from __future__ import annotations

import datetime as dt
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cpaudit import workspace
from cpaudit.cli.terminal import screen
from cpaudit.cli.terminal.targets import FILE_OUT
from cpaudit.cli.terminal.usage import Date, Group, OneOf
from cpaudit.errors import UsageError
from cpaudit.version import VERSION
from cpaudit.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.dataset import Dataset
    from cpaudit.views.page import Table

#: So many rows of a table are shown on a terminal.
_ROWS = 200
#: Where a command's context keeps the programme that was asked for.
_PROGRAMME = "cpaudit.programme"
PATH: Any = click.Path(path_type=Path, readable=False)
warehouse_option = click.option(
    "--warehouse",
    type=PATH,
    is_eager=True,
    metavar="目录",
    help="快照所在目录，默认 data/warehouse 或工作区的 warehouse",
)
as_of_option = click.option("--as-of", type=Date(), metavar="日期", help="数据日期，如 2022-11-15；默认取最新快照的日期")


def _use(ctx: click.Context, _param: click.Parameter, named: str) -> None:
    if named:
        ctx.with_resource(workspace.using(named))


#: Beside --programme, and of the group itself: known before the other options, whose defaults it decides.
project_option = click.option(
    "--project", default="", metavar="工作区", is_eager=True, expose_value=False, callback=_use,
    help="工作区目录，默认从当前目录向上找 cpaudit.toml；写 - 不用工作区",
)  # fmt: skip


def let_all_take_a_workspace(group: click.Group) -> None:
    """Give --project to every command that hasn't asked for it itself, but the one that makes workspaces."""
    for command in group.commands.values():
        if isinstance(command, click.Group):
            let_all_take_a_workspace(command)
        elif command.name != "init" and not any(each.name == "project" for each in command.params):
            project_option(command)


def programme_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --programme, for :func:`dataset`, which every command with this option calls, and --project."""
    named = click.option(
        "--programme",
        default="",
        metavar="批次",
        expose_value=False,
        callback=lambda ctx, _param, value: ctx.meta.update({_PROGRAMME: value}),
        help="批次编号；快照目录中只有一个批次时可以不写",
    )
    return named(project_option(command))


def preset_programme() -> str:
    """Return the programme that a workspace's commands take unless told otherwise, '' where there is no workspace."""
    home = workspace.current()
    return (os.environ.get("CPAUDIT_PROGRAMME", "") or home.settings.programme) if home else ""


def programme_meant(ctx: click.Context, _param: click.Parameter, named: str) -> str:
    """Return the programme that files are read for: the one named, the only one of the warehouse, the one that ships."""
    from cpaudit import snapshots

    return named or snapshots.read_for(ctx.params.get("warehouse") or snapshots.default_warehouse())


# Below the warehouse option, which is to be known first.
def files_programme_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --programme and --project to a command that reads files, or writes forms for them."""
    told = "批次编号，默认工作区的批次，其次快照目录中唯一的批次，还没有快照时为 hebei-2021-2"
    named = click.option("--programme", default="", metavar="批次", callback=programme_meant, help=told)
    return named(project_option(command))


def output(name: str) -> Path:
    """Return where results of a kind go when nobody says: in the workspace's ``output``, else in that of the working folder."""
    own = workspace.place("output")
    if own is None:
        return Path("output") / name
    here = Path.cwd()
    return (own / name).relative_to(here) if own.is_relative_to(here) else own / name


unit_option = click.option("--unit", default="", metavar="单位", help="只看一个上报单位，如 石家庄市")


def dataset_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what :func:`dataset` takes: --warehouse, --programme, --as-of and --unit."""
    return warehouse_option(programme_option(as_of_option(unit_option(command))))


def by_option(default: str, *words: str) -> Callable[..., Any]:
    """Add --by with the rows that the command can show."""
    told = f"一行是什么：{'、'.join(words)}；默认 {default}"
    return click.option("--by", type=OneOf(*words), default=default, metavar="分组", help=told)


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --format and --out."""
    command = click.option("--out", type=FILE_OUT, metavar="文件", help="写入文件，默认输出到屏幕")(command)
    kinds = OneOf("table", "csv", "json", "xlsx")
    return click.option("--format", "kind", type=kinds, default="table", metavar=kinds.name, help="输出格式，默认 table")(command)


@click.group(cls=Group, context_settings={"help_option_names": ["--help"], "max_content_width": 110}, no_args_is_help=True)
@click.version_option(VERSION, "--version", message="cpaudit %(version)s", help="显示版本")
@click.option(
    "--project", default="", metavar="工作区", help="工作区目录，默认环境变量 CPAUDIT_PROJECT，再从当前目录向上找 cpaudit.toml"
)
@click.pass_context
def cpaudit(ctx: click.Context, project: str) -> None:
    """清洁生产审核分析工作台。各命令加 --help 查看用法；出错时加 --debug 显示详细信息。"""
    if ctx.invoked_subcommand != "init":  # which makes one, whatever there is above
        ctx.with_resource(workspace.using(project))


def dataset(warehouse: Path | None, as_of: dt.date | None, unit: str = "", *, projecting: bool = False) -> Dataset:
    """Open the data set that the options ask for; on stderr what must be known of its age, which no csv or json has room for.

    ``projecting``: a day later than the data is asked for what would be if nothing more came in.
    """
    from cpaudit.dataset import Dataset, dated
    from cpaudit.processes import warm
    from cpaudit.selection import Selection

    warm.plain_texts()
    selection = Selection(units=units_meant(warehouse, unit))  # a wrong name is told before files are opened
    programme = click.get_current_context().meta.get(_PROGRAMME, "")
    ds = Dataset.open(warehouse, as_of, programme=programme, assuming_nothing_more=projecting)
    for told in (dated.behind(ds), dated.wound_back(ds), dated.other_definitions(ds)):
        if told:
            click.echo(told, err=True)
    return ds.select(selection)


def units_meant(warehouse: Path | None, unit: str, programme: str = "") -> tuple[str, ...]:
    """Return the ids of the units that an option names, of the programme that the options mean.

    Raises:
        UsageError: that programme has no such unit; its last line lists those that it has. No such programme, or several.
    """
    from cpaudit import snapshots
    from cpaudit.programme import load_programme
    from cpaudit.selection import units_named

    named = programme or click.get_current_context().meta.get(_PROGRAMME, "")
    known = load_programme(named) if named else None  # one that doesn't exist is told from one that has no snapshot
    if not unit:
        return ()
    its = known or (load_programme(found) if (found := snapshots.meant(warehouse or snapshots.default_warehouse())) else None)
    return units_named(unit, its.units if its else ())


def find_plant(ds: Dataset, text: str) -> str:
    """Find the one plant meant by a code, a name or a part of a name."""
    from cpaudit.views.parts import find_plant as find

    return find(ds, text)


def write(table: Table, kind: str, out: Path | None, *more: Table, ds: Dataset | None, source: str = "") -> None:
    """Write a table; only a workbook has room for more than one.

    A workbook says where its numbers come from: the words ``source``, else the data set ``ds``. Invented data say so in each
    format: rows of csv and json in a column of their own, for one row may be all that goes on.
    """
    from cpaudit.render import tabular
    from cpaudit.views.tables.base import marked

    table = marked(table, ds, rows=kind in ("csv", "json")) if ds else table
    match kind:
        case "table":
            content = tabular.to_text(table if out else _shown(table)).encode()
        case "csv":
            content = tabular.to_csv(table)
        case "json":
            content = tabular.to_json(table)
        case _:
            from cpaudit import labels
            from cpaudit.render.paper import xlsx

            content = xlsx.workbook(table, *more, source=labels.origin(labels.source(ds)) if ds and not source else source)
    deliver(content, kind, out, f"（{len(table.frame)} 行）")


def _shown(table: Table) -> Table:
    """Return what of a table a terminal has room for; what is piped or written is whole."""
    if len(table.frame) <= _ROWS or not sys.stdout.isatty():
        return table
    told = f"列出前 {_ROWS} 行，共 {len(table.frame):,} 行；全部请加 --out 文件，或转给别的程序（如 | less）。"
    return replace(table, frame=table.frame.head(_ROWS), note=told + table.note)


def deliver(content: bytes, kind: str, out: Path | None, told: str = "") -> None:
    """Write an answer to ``out``, or what can be read there to the screen.

    Raises:
        UsageError: a document of an office program, and no file to write it to.
    """
    from cpaudit.render import tabular

    if out:
        tabular.write_whole(out, content)
        screen.done(f"结果已写入 {out}")
        click.echo(f"已写入 {out}{told}。")
    elif kind in ("xlsx", "docx"):
        raise UsageError(f"{kind} 须用 --out 指定文件。")
    elif kind == "table" or sys.stdout.isatty():
        sys.stdout.write(visible(content.decode().replace("\r\n", "\n")))
        sys.stdout.flush()
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()


def data_day(as_of: dt.date | None) -> dt.date:
    """Return the day that files are read as of: the one given, else today.

    Raises:
        UsageError: it is still to come.
    """
    from cpaudit.selection import not_to_come, today

    return not_to_come(as_of, today()) if as_of else today()


def export_only(ds: Dataset) -> list[str]:
    """Return what the ledger of returns must say of units whose progress only an export tells."""
    problems = ds.problems
    return problems.loc[problems["code"].isin(["unit_export_only", "plants_export_only"]), "message"].tolist()


def decisions_of(warehouse: Path | None) -> Path | None:
    """Return the warehouse's own file of decisions, where it has one."""
    from cpaudit import snapshots
    from cpaudit.loaders.plants.decisions import kept

    return kept(warehouse or snapshots.default_warehouse())
