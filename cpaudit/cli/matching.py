"""Commands about what belongs together: doubtful plants that a person decides on, and online against offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cpaudit.cli.group import (
    by_option,
    cpaudit,
    dataset,
    dataset_options,
    output_options,
    programme_option,
    unit_option,
    warehouse_option,
    write,
)
from cpaudit.cli.terminal.targets import FILE_OUT

if TYPE_CHECKING:
    import datetime as dt

    from cpaudit.views.tables import reconcile as reconcile_tables


@cpaudit.command()
@warehouse_option
@programme_option
@unit_option
@click.option("--out", type=FILE_OUT, metavar="文件", help="写成 CSV：填好“决定”一栏后存为判定文件")
def match(warehouse: Path | None, unit: str, out: Path | None) -> None:
    """待判定的：不能确定是哪一家的企业（列出候选），要核实的“不适用”；填写“决定”后由 load 采用。"""
    from cpaudit import snapshots
    from cpaudit.analysis.judging.claims import unconfirmed
    from cpaudit.loaders.plants.decisions import NAME
    from cpaudit.loaders.plants.proposals import proposals
    from cpaudit.views.page import Column, Table

    ds = dataset(warehouse, None, unit)
    frame = proposals(ds, unconfirmed(ds))
    keep = (warehouse or snapshots.default_warehouse()) / NAME
    table = Table(
        "match", "待判定的企业和指标", frame, {c: Column(c) for c in frame.columns}, empty="没有待判定的企业和指标。",
        note=f"“决定”填候选的序号（1、2、3）、企业编号或全称，不属于名单的填“无”；写有指标的行填“不适用”或“应填”（各条线各一行）。"
        f"存为 {keep}，或用 load --decisions 指定。",
    )  # fmt: skip
    write(table, "csv" if out else "table", out, ds=ds)
    if out and len(frame):
        click.echo(table.note)


@cpaudit.command()
@dataset_options
@by_option("unit", "unit", "field", "plant", "item")
@output_options
def reconcile(
    warehouse: Path | None, as_of: dt.date | None, unit: str, by: reconcile_tables.By, kind: str, out: Path | None
) -> None:
    """线上线下核对：各单位、各字段、各企业的一致率，item 逐项列出；xlsx 附全部不一致之处，可退回核改。"""
    from cpaudit.views.tables import reconcile as reconcile_tables

    ds = dataset(warehouse, as_of, unit)
    tables = [reconcile_tables.reconcile(ds, by)]
    if kind == "xlsx" and by != "item":
        tables.append(reconcile_tables.reconcile(ds, "item"))
    write(tables[0], kind, out, *tables[1:], ds=ds)
