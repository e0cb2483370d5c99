"""Commands for what is checked and handed on: plausibility leads, hand-over lists, the yearly summary."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cpaudit.cli.group import (
    as_of_option,
    by_option,
    cpaudit,
    dataset,
    dataset_options,
    deliver,
    output_options,
    programme_option,
    units_meant,
    warehouse_option,
    write,
)
from cpaudit.cli.terminal import screen
from cpaudit.cli.terminal.targets import FILE_OUT, FOLDER_OUT
from cpaudit.cli.terminal.usage import OneOf
from cpaudit.errors import UsageError

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset
    from cpaudit.render.stationery.chosen import Stationery

_LISTS = ("energy_supervision", "permit_authority", "enforcement", "results", "carry_over")
_KINDS = (
    "repeated_block", "nearly_alike", "repeated_option", "repeated_list", "outlier", "change_outlier", "same_change",
    "last_digit", "round_numbers", "first_digit", "zero_filled", "same_decimals",
)  # fmt: skip


@cpaudit.command()
@dataset_options
@click.option("--kind", "lead", type=OneOf(*_KINDS), default=None, metavar="种类", help=f"只看一种线索：{'、'.join(_KINDS)}")
@by_option("lead", "lead", "consultant", "unit", "industry", "roster", "cohort")
@output_options
def plausibility(
    warehouse: Path | None, as_of: dt.date | None, unit: str, lead: str | None, by: str, kind: str, out: Path | None
) -> None:
    """数据合理性线索：离群、重复、数字规律等值得核实之处，附依据，不是结论。"""
    from cpaudit.views.tables.plausibility import plausibility as view

    where = next(iter(units_meant(warehouse, unit)), "")
    # compared within the whole programme, whatever part of it is shown
    ds = dataset(warehouse, as_of)
    write(view(ds, lead or "", where, by), kind, out, ds=ds)


@cpaudit.command()
@dataset_options
@click.option("--to", type=OneOf(*_LISTS, "all"), default="all", metavar="清单", help=f"{'、'.join(_LISTS)}，默认 all（全部）")
@click.option("--out", type=FOLDER_OUT, metavar="目录", help="写出各清单的 xlsx、csv 和移交函 docx，默认输出到屏幕")
@click.option(
    "--format", "kind", type=OneOf("table", "csv", "json"), default="table", metavar="table|csv|json", help="屏幕输出的格式"
)
def handover(warehouse: Path | None, as_of: dt.date | None, unit: str, to: str, out: Path | None, kind: str) -> None:
    """移交：给节能监察、排污许可、执法部门的清单，审核结果公布名单，转入下一批名单。"""
    from cpaudit.analysis.handover import lists_of
    from cpaudit.render.stationery import chosen

    on = chosen.current() if out else chosen.PLAIN  # a template that can't be used is told before files are opened
    ds = dataset(warehouse, as_of, unit)
    own = lists_of(ds).lists
    if to != "all" and to not in own:
        raise UsageError.among(f"{ds.programme.title}没有编号为“{to}”的清单", own)
    wanted = tuple(own) if to == "all" else (to,)
    if out:
        _write_lists(ds, wanted, unit, out, on)
        return
    if len(wanted) > 1 and kind != "table":
        raise UsageError(f"{kind} 格式一次只能输出一份清单，请用 --to 指定，或用 --out 写出全部。")
    from cpaudit.views.tables import handover as view

    for list_id in wanted:
        write(view.listing(ds, list_id), kind, None, ds=ds)
    if kind != "table" and (said := view.held_back(ds, wanted[0])):
        click.echo(said, err=True)


@cpaudit.command()
@warehouse_option
@programme_option
@as_of_option
@click.option("--unit", required=True, metavar="单位", help="上报单位，如 石家庄市")
@click.option("--format", "kind", type=OneOf("md", "docx"), default="md", metavar="md|docx", help="输出格式，默认 md")
@click.option("--out", type=FILE_OUT, metavar="文件", help="写入文件，默认输出到屏幕")
def summary(warehouse: Path | None, as_of: dt.date | None, unit: str, kind: str, out: Path | None) -> None:
    """工作总结初稿：按通知要求的内容由数据起草，数据中没有的标为〔待填〕。"""
    from cpaudit.render.paper import docx
    from cpaudit.render.stationery import chosen
    from cpaudit.render.web import markdown
    from cpaudit.views.report.work_summary import work_summary_page

    units_meant(warehouse, unit)  # a wrong name is told before files are opened
    on = chosen.current() if kind == "docx" else chosen.PLAIN
    page = work_summary_page(dataset(warehouse, as_of), unit)
    content = markdown.page(page).encode() if kind == "md" else docx.write(page, on=on)
    deliver(content, kind, out)


def _write_lists(ds: Dataset, wanted: tuple[str, ...], unit: str, folder: Path, on: Stationery) -> None:
    from cpaudit.analysis.handover import lists_of
    from cpaudit.programme import find_unit
    from cpaudit.render import tabular
    from cpaudit.render.folder import write_folder
    from cpaudit.render.paper import letter, xlsx
    from cpaudit.views.tables import handover as view
    from cpaudit.views.tables.base import marked

    where = find_unit(unit, ds.programme.units).id if unit else ""
    source = view.source(ds, where)
    files: dict[str, bytes] = {}
    for list_id in wanted:
        name, table = lists_of(ds).lists[list_id].file, view.listing(ds, list_id)
        waiting = view.waiting(ds, list_id)
        files[f"{name}.xlsx"] = xlsx.workbook(table, *([waiting] if len(waiting.frame) else []), source=source)
        files[f"{name}.csv"] = tabular.to_csv(marked(table, ds, rows=True))
        files[f"{name}-函.docx"] = letter.letter(view.letter(ds, list_id, where), on)
    written = write_folder(folder, files)
    screen.done(f"清单已写入 {folder}")
    click.echo(f"已写入 {folder}：{len(wanted)} 份清单，共 {len(written)} 个文件。")
