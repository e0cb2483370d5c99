"""Commands about time and origin: differences between snapshots, where values came from, the next batch's list."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cpaudit.cli.group import (
    PATH,
    as_of_option,
    by_option,
    cpaudit,
    dataset,
    dataset_options,
    find_plant,
    output_options,
    programme_option,
    project_option,
    unit_option,
    warehouse_option,
    write,
)
from cpaudit.cli.terminal.usage import OneOf
from cpaudit.errors import ExitCode, ReadError, UsageError

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset

#: cpaudit.fields.TABLES, which takes too long to import for a help page.
_TABLES = ("plants", "events", "measurements", "options", "status_history", "returns", "sources", "problems")
table_option = click.option("--table", "only", type=OneOf(*_TABLES), metavar="表", help=f"只看一张表：{'、'.join(_TABLES)}")


@cpaudit.command()
@click.argument("old", metavar="原快照")
@click.argument("new", metavar="现快照")
@warehouse_option
@click.option("--programme", default="", metavar="批次", help="批次编号；快照目录中只有一个批次时可以不写")
@project_option
@click.option("--across", is_flag=True, help="两份快照可以属于不同批次，写作“批次/日期”")
@unit_option
@table_option
@by_option("value", "value", "table", "unit", "plant")
@output_options
def diff(
    old: str,
    new: str,
    warehouse: Path | None,
    programme: str,
    across: bool,
    unit: str,
    only: str | None,
    by: str,
    kind: str,
    out: Path | None,
) -> None:
    """比较两份快照（写日期、版本号或“批次/日期”）：哪些记录新增、删除，哪些数据由什么改成什么，各在哪一格。"""
    from cpaudit.dataset import Dataset
    from cpaudit.views.tables import history

    def named(text: str) -> Dataset:
        its, _, name = text.rpartition("/")
        return Dataset.snapshot(name, warehouse, programme=its or programme).select(unit=unit)

    before, after = named(old), named(new)
    write(history.differences(before, after, by, only, across=across), kind, out, ds=after)


@cpaudit.command()
@click.argument("batches", nargs=-1, metavar="批次…")
@warehouse_option
@unit_option
@by_option("distance", "distance", "unit", "industry", "cohort", "flow", "unaudited", "repeat", "plant")
@click.option("--plant", "who", default="", metavar="企业", help="只看一家企业历次列入的情况（--by plant）")
@output_options
def compare(batches: tuple[str, ...], warehouse: Path | None, unit: str, by: str, who: str, kind: str, out: Path | None) -> None:
    """几个批次并列（写批次编号或“批次/日期”，不写则取全部）：同样距期限时的进度、各单位行业、名单流转、没有批次说明已完成审核的企业。"""
    from cpaudit import labels
    from cpaudit.desk.batches import open_batches, within
    from cpaudit.views.tables import batches as tables

    if who and by != "plant":
        raise UsageError("--plant 只与 --by plant 同用。")
    wholes = within(open_batches(*batches, warehouse=warehouse), unit)
    plant = _listed_in(wholes, who) if who else ""
    shown = tables.compared(wholes, by, plant)
    source = "；".join(labels.origin(labels.source(ds)) for ds in wholes)
    write(shown, kind, out, ds=max(wholes, key=lambda ds: ds.demonstration), source=source)


def _listed_in(batches: tuple[Dataset, ...], text: str) -> str:
    """Return the plant meant, of whichever batch lists it."""
    for ds in batches[:-1]:
        try:
            return find_plant(ds, text)
        except UsageError:
            continue
    return find_plant(batches[-1], text)


@cpaudit.command("carry-over")
@dataset_options
@click.option("--roster", default="", metavar="名单", help="只列一份名单，写它在批次里的名称，如 强制类")
@click.option(
    "--assuming-nothing-more",
    "projecting",
    is_flag=True,
    help="--as-of 可以不是快照当天、可以晚于数据：假定此后没有新的进展，哪些企业会转入",
)
@output_options
def carry_over(
    warehouse: Path | None, as_of: dt.date | None, unit: str, roster: str, projecting: bool, kind: str, out: Path | None
) -> None:
    """转入下一批的企业：未通过验收的，附首次列入批次、原因、证明材料；表头与名单相同，下一批可直接读入。"""
    from cpaudit.dataset import dated
    from cpaudit.selection import Selection
    from cpaudit.views.tables import history

    selection = Selection.of(roster=roster)
    ds = dataset(warehouse, as_of, unit, projecting=projecting)
    if not projecting:  # it is handed on
        dated.require_current(ds)
    write(history.carry_over(ds.select(selection)), kind, out, ds=ds)


@cpaudit.command()
@click.argument("who", metavar="企业或单位")
@warehouse_option
@programme_option
@as_of_option
@table_option
@click.option("--field", default="", metavar="字段", help="只看一个字段，如 完成日期、status；不写则一条记录一行")
@click.option("--raw", type=PATH, metavar="目录", help="原始报表所在目录：核对文件有没有改动，并列出原单元格的内容")
@output_options
def trace(
    who: str,
    warehouse: Path | None,
    as_of: dt.date | None,
    only: str | None,
    field: str,
    raw: Path | None,
    kind: str,
    out: Path | None,
) -> int:
    """追溯一家企业（或上报单位自身）的数据：来自哪个文件、哪一格，何时读入；原文件已改动或找不到时退出码为 1。"""
    from cpaudit.analysis import provenance
    from cpaudit.views.tables import history

    ds = dataset(warehouse, as_of)
    unit, plant_id, name = _who(ds, who)
    found = provenance.trace(ds, plant_id, unit, only)
    if field:
        wanted = _fields(field, only)
        found = found[[at in wanted for at in zip(found["table"], found["field"], strict=True)]] if len(found) else found
    changed = False
    if raw:
        from cpaudit.cli import raw_files

        if not raw.is_dir():
            raise ReadError(f"找不到目录 {raw}，请检查路径。")
        found = raw_files.look(found, raw, found["table"].isin(provenance.BY_ROW))
        changed = bool(found["check"].isin([raw_files.CHANGED, raw_files.MISSING]).any())
    write(history.trace(ds, found, f"{name}的数据来源（{ds.as_of}）", bool(field)), kind, out, ds=ds)
    return ExitCode.DATA if changed else ExitCode.FINE


def _who(ds: Dataset, text: str) -> tuple[str | None, str | None, str]:
    """Return (unit, None, its name) where ``text`` names a unit, else (None, plant_id, its name)."""
    from cpaudit.programme import find_unit

    try:
        unit = find_unit(text, ds.programme.units)
    except UsageError:
        plant_id = find_plant(ds, text)
        return None, plant_id, str(ds.plants.set_index("plant_id").at[plant_id, "name"])
    return unit.id, None, unit.name


def _fields(text: str, only: str | None) -> set[tuple[str, str]]:
    """Return the (table, column) that go by a name, a label or another heading."""
    from cpaudit.fields import TABLES, tables

    known = {(t, name): f for t in ([only] if only else TABLES) for name, f in tables()[t].columns.items()}
    found = {at for at, f in known.items() if text.strip() in (at[1], f.label, f.heading, *f.aliases)}
    if not found:
        raise UsageError(f"没有叫“{text}”的字段，可选 {'、'.join(dict.fromkeys(f.label for f in known.values()))}。")
    return found
