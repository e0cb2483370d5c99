"""Commands that make workbooks for units: their own file with the errors marked, and empty forms to fill in."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cpaudit.cli.commands import PATH, cpaudit, warehouse_option
from cpaudit.cli.usage import Date
from cpaudit.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

_MARKED = "_已标注"


@cpaudit.command()
@click.argument("file", type=PATH, metavar="文件")
@click.option("--out", type=PATH, metavar="文件", help="写到哪里，默认在原文件旁边，名为“原名_已标注.xlsx”")
@click.option("--roster", type=PATH, metavar="文件或目录", help="企业名单，默认取最新快照的名单")
@click.option("--programme", default="hebei-2021-2", metavar="批次", help="批次编号，默认 hebei-2021-2")
@click.option("--as-of", type=Date(), metavar="日期", help="数据日期，默认今天")
@warehouse_option
def check(
    file: Path, out: Path | None, roster: Path | None, programme: str, as_of: dt.date | None, warehouse: Path | None
) -> int:
    """检查一个文件，交回同一工作簿：问题单元格着色并加批注，另附问题清单；有错误时退出码为 1。原文件不改动。"""
    from cpaudit.loaders import handback
    from cpaudit.render import tabular
    from cpaudit.views import tables

    if not file.is_file():
        raise UsageError(f"找不到文件 {file}，请检查路径；check 一次检查一个文件。")
    day = as_of or dt.date.today()
    checked = handback.check(file, programme=programme, as_of=day, plants=_roster(roster, warehouse, programme, day))
    out = out or _beside(file, checked.suffix)
    if out.suffix.lower() != checked.suffix:
        raise UsageError(f"--out 的文件名应以 {checked.suffix} 结尾。")
    if out.exists() and out.samefile(file):
        raise UsageError("--out 不能是原文件，请换一个文件名。")
    tabular.write_whole(out, checked.content)
    click.echo(tabular.to_text(tables.problems_by_kind(checked.problems)), nl=False)
    for remark in checked.remarks:
        click.echo(remark)
    errors = int((checked.problems["severity"] == "error").sum())
    click.echo(f"已写入 {out}（问题 {len(checked.problems)} 处，其中错误 {errors} 处）。")
    return 1 if errors else 0


def _beside(file: Path, suffix: str) -> Path:
    """Return a name beside the file that nothing has yet: a marked file may have been corrected by hand."""
    stem = re.sub(rf"{_MARKED}\d*$", "", file.stem)
    names = (file.with_name(f"{stem}{_MARKED}{n if n > 1 else ''}{suffix}") for n in range(1, 10_000))
    return next(name for name in names if not name.exists())


def _roster(roster: Path | None, warehouse: Path | None, programme: str, day: dt.date) -> pd.DataFrame | None:
    """Return the plants of the roster given, else of the newest snapshot; None where there is neither."""
    from cpaudit import loaders, snapshots

    if roster:
        return loaders.read([roster], programme=programme, as_of=day).frames["plants"]
    home = warehouse or snapshots.default_warehouse()
    return snapshots.read(home)[1]["plants"] if warehouse or snapshots.dates(home) else None
