"""The command that writes how each unit stands, in a few lines."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cpaudit.cli.group import (
    PATH,
    as_of_option,
    cpaudit,
    data_day,
    dataset,
    deliver,
    programme_option,
    unit_option,
    units_meant,
    warehouse_option,
)
from cpaudit.cli.terminal import screen
from cpaudit.errors import UsageError

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset

_FORMATS = ("text", "md", "eml", "ics", "wecom", "dingtalk", "feishu")


@cpaudit.command()
@warehouse_option
@programme_option
@as_of_option
@unit_option
@click.option("--format", "formats", default="text", metavar="格式", help=f"{','.join(_FORMATS)} 中的几种，逗号隔开；默认 text")
@click.option("--out", type=PATH, metavar="目录", help="每个单位、每种格式写一个文件；默认输出到屏幕")
def digest(warehouse: Path | None, as_of: dt.date | None, unit: str, formats: str, out: Path | None) -> None:
    """工作提示：各单位的待办、逾期、欠报和比上期的变化，短短一页；另有邮件草稿、群机器人消息和期限日历（ics）。只写不发。"""
    asked = _formats(formats)
    if not out and len(asked) > 1:
        raise UsageError("几种格式须用 --out 写明目录。")
    units_meant(warehouse, unit)  # a wrong name is told before files are opened
    ds = dataset(warehouse, data_day(as_of) if as_of else None)
    files = _written(ds, ds.before(warehouse), unit, asked)
    if not files:
        click.echo("没有单位有列入名单的企业，没有写出工作提示。")
        return
    if out:
        from cpaudit.render.folder import write_folder

        written = write_folder(out, files)
        screen.done(f"工作提示已写入 {out}")
        click.echo(f"已写入 {out}：{len(files) // len(asked)} 个单位的工作提示，共 {len(written)} 个文件。")
    elif len(files) > 1 and asked[0] not in ("text", "md"):
        raise UsageError(f"{asked[0]} 一次只能输出一个单位，请用 --unit 指定，或用 --out 写出全部。")
    else:
        deliver(b"\n".join(files.values()), "table" if asked[0] in ("text", "md") else asked[0], None)


def _formats(text: str) -> list[str]:
    names = [name.strip().lower() for name in text.replace("，", ",").split(",") if name.strip()]
    for name in names:
        if name not in _FORMATS:
            raise UsageError(f"没有“{name}”这种格式；可选 {'、'.join(_FORMATS)}，用逗号隔开。")
    if not names:
        raise UsageError(f"--format 没有写格式；可选 {'、'.join(_FORMATS)}，用逗号隔开。")
    return list(dict.fromkeys(names))


def _written(ds: Dataset, before: Dataset | None, unit: str, formats: list[str]) -> dict[str, bytes]:
    from cpaudit.programme import find_unit, units
    from cpaudit.render.messages.forms import FORMS
    from cpaudit.views.report.digest import deadlines, digest_page

    listed = set(ds.plants["unit"])
    wanted = [find_unit(unit, ds.programme.units).id] if unit else [u for u in ds.programme.units if u in listed]
    files: dict[str, bytes] = {}
    for one in wanted:
        page, ahead = digest_page(ds, one, before), deadlines(ds, one)
        for name in formats:
            files[f"提示-{units()[one].name}{FORMS[name].suffix}"] = FORMS[name].write(page, ahead, f"{ds.programme.id}-{one}")
    return files
