"""The command about returns: what each unit owes and sent, and the reminders to those that owe."""

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
    export_only,
    output_options,
    write,
)
from cpaudit.cli.terminal.targets import FOLDER_OUT

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset
    from cpaudit.render.stationery.chosen import Stationery


@cpaudit.command()
@dataset_options
@by_option("unit", "unit", "plant")
@click.option("--remind", type=FOLDER_OUT, metavar="目录", help="写出各单位的催报清单 xlsx 和催报函 docx")
@output_options
def returns(
    warehouse: Path | None, as_of: dt.date | None, unit: str, by: str, remind: Path | None, kind: str, out: Path | None
) -> None:
    """报送台账：各单位应报什么、报来多少；--by plant 逐家列出到期未报的；--remind 写出催报清单和催报函。"""
    from cpaudit.views.tables import returns as tables

    if remind:
        from cpaudit.render.stationery import chosen

        on = chosen.current()  # a template that can't be used is told before files are opened
        _remind(dataset(warehouse, as_of, unit), remind, on)
        return
    ds = dataset(warehouse, as_of, unit)
    write(tables.ledger(ds) if by == "unit" else tables.lacking(ds), kind, out, ds=ds)
    for said in export_only(ds):
        click.echo(f"{said}。", err=True)


def _remind(ds: Dataset, folder: Path, on: Stationery) -> None:
    """Write a list and a letter for each unit that owes something."""
    from cpaudit import labels
    from cpaudit.analysis.returns import lacking
    from cpaudit.programme import units
    from cpaudit.render.folder import write_folder
    from cpaudit.render.paper import letter, xlsx
    from cpaudit.views.tables import returns as tables

    files: dict[str, bytes] = {}
    owing = list(dict.fromkeys(lacking(ds)["unit"]))
    for unit in owing:
        name, source = units()[unit].name, labels.origin(labels.source(ds))
        files[f"催报-{name}.xlsx"] = xlsx.workbook(tables.lacking(ds, unit), source=f"{name}　{source}")
        files[f"催报-{name}-函.docx"] = letter.letter(tables.letter(ds, unit), on)
    if not files:
        click.echo("到期应报的都已报来，没有写出催报清单。")
        return
    written = write_folder(folder, files)
    click.echo(f"已写入 {folder}：{len(owing)} 个单位的催报清单和催报函，共 {len(written)} 个文件。")
