"""Commands that make workbooks for units: their own file with the errors marked, and empty forms to fill in."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cpaudit.cli.group import PATH, cpaudit, data_day, decisions_of, files_programme_option, warehouse_option
from cpaudit.cli.terminal import screen
from cpaudit.cli.terminal.targets import FILE_OUT
from cpaudit.cli.terminal.usage import Date
from cpaudit.errors import ExitCode, ReadError, UsageError

if TYPE_CHECKING:
    import pandas as pd

_MARKED = "_已标注"


@cpaudit.command()
@click.argument("file", type=PATH, metavar="文件")
@click.option("--out", type=FILE_OUT, metavar="文件", help="写到哪里，默认在原文件旁边，名为“原名_已标注.xlsx”")
@click.option("--roster", type=PATH, metavar="文件或目录", help="企业名单，默认取最新快照的名单")
@files_programme_option
@click.option("--as-of", type=Date(), metavar="日期", help="数据日期，默认今天，不能晚于今天")
@warehouse_option
@click.option("--decisions", type=PATH, metavar="文件", help="待判定企业的判定文件，默认快照目录下的 decisions.csv")
def check(
    file: Path,
    out: Path | None,
    roster: Path | None,
    programme: str,
    as_of: dt.date | None,
    warehouse: Path | None,
    decisions: Path | None,
) -> int:
    """检查一个文件，交回同一工作簿：问题单元格着色并加批注，另附问题清单；有错误时退出码为 1。原文件不改动。"""
    from cpaudit.loaders import handback
    from cpaudit.render import tabular
    from cpaudit.views.tables import base as tables

    if not file.is_file():
        raise ReadError(f"找不到文件 {file}，请检查路径；check 一次检查一个文件。")
    day = data_day(as_of)
    plants = _roster(roster, warehouse, programme, day)
    made = decisions or (None if roster else decisions_of(warehouse))
    checked = handback.check(file, programme=programme, as_of=day, plants=plants, decisions=made)
    out = out or _beside(file, checked.suffix)
    if out.suffix.lower() != checked.suffix:
        raise UsageError(f"--out 的文件名应以 {checked.suffix} 结尾。")
    if out.exists() and out.samefile(file):
        raise UsageError("--out 不能是原文件，请换一个文件名。")
    tabular.write_whole(out, checked.content)
    screen.done(f"批注稿已写入 {out}")
    click.echo(tabular.to_text(tables.problems_by_kind(checked.problems)), nl=False)
    for remark in checked.remarks:
        click.echo(remark)
    errors = int((checked.problems["severity"] == "error").sum())
    click.echo(f"已写入 {out}（问题 {len(checked.problems)} 处，其中错误 {errors} 处）。")
    return ExitCode.DATA if errors else ExitCode.FINE


@cpaudit.command()
@click.argument("kind", metavar="表式")
@click.option("--unit", default="", metavar="单位", help="上报单位：区县只列本辖区的；有快照时填好企业名称、代码、区县")
@click.option("--industry", default="", metavar="行业", help="指标实测表：列出该行业各评价指标体系的指标")
@click.option("--system", "chosen", multiple=True, metavar="体系编号", help="指标实测表：列出该体系的指标，可重复给出")
@files_programme_option
@warehouse_option
@click.option("--out", type=FILE_OUT, metavar="文件", help="写到哪里，默认当前目录下“单位＋表名.xlsx”")
def template(
    kind: str, unit: str, industry: str, chosen: tuple[str, ...], programme: str, warehouse: Path | None, out: Path | None
) -> None:
    """生成空白表式（企业名单、进度表、指标实测表、方案绩效表、辖区工作表），带下拉列表、格式、批注和填表说明。"""
    from cpaudit.loaders.templates import filling as templates
    from cpaudit.programme import find_unit, load_programme
    from cpaudit.render import tabular

    label = templates.find_kind(kind)
    place = find_unit(unit, load_programme(programme).units) if unit else None
    chosen = (*chosen, *(_systems(industry) if industry else ()))
    if chosen and label.id != "measurements":
        raise UsageError("--industry 和 --system 只用于指标实测表（measurements）。")
    plants, demonstration = _listed(warehouse, programme, place.id) if place else (None, False)
    content = templates.make(
        label.id,
        programme=programme,
        unit=place.id if place else None,
        chosen=dict.fromkeys(chosen),
        plants=plants,
        demonstration=demonstration,
    )
    out = out or _free(Path(f"{place.name if place else ''}{label.label}.xlsx"))
    if out.suffix.lower() != ".xlsx":
        raise UsageError("--out 的文件名应以 .xlsx 结尾。")
    tabular.write_whole(out, content)
    screen.done(f"模板已写入 {out}")
    listed = f"，已填好 {len(plants)} 家企业" if plants is not None and label.id in ("roster", "progress") else ""
    click.echo(f"已写入 {out}{listed}。")


# -- shared


def _beside(file: Path, suffix: str) -> Path:
    """Return where the marked file goes: beside the file."""
    return _free(file.with_name(re.sub(rf"{_MARKED}\d*$", "", file.stem) + _MARKED + suffix))


def _free(path: Path) -> Path:
    """Return a name like ``path`` that nothing has yet: what stands there may have been filled in by hand."""
    names = (path.with_name(f"{path.stem}{n if n > 1 else ''}{path.suffix}") for n in range(1, 10_000))
    return next(name for name in names if not (name.exists() or name.is_symlink()))


def _systems(industry: str) -> tuple[str, ...]:
    from cpaudit.programme import industries, industry_named

    found = industry_named(industry)
    if not industries()[found].systems:
        raise UsageError(f"行业“{industries()[found].label}”没有评价指标体系，请用 --system 指定。")
    return industries()[found].systems


def _listed(warehouse: Path | None, programme: str, unit: str) -> tuple[pd.DataFrame | None, bool]:
    """Return a unit's plants of the newest snapshot, and whether they are invented; None where there is no snapshot."""
    from cpaudit import snapshots

    home = warehouse or snapshots.default_warehouse()
    if not (warehouse or snapshots.dates(home, programme)):
        return None, False
    manifest, frames = snapshots.read(home, None, programme)
    plants = frames["plants"]
    return plants[plants["unit"] == unit].reset_index(drop=True), manifest.demonstration


def _roster(roster: Path | None, warehouse: Path | None, programme: str, day: dt.date) -> pd.DataFrame | None:
    """Return the plants of the roster given, else of the newest snapshot; None where there is neither."""
    from cpaudit import loaders, snapshots

    if roster:
        return loaders.read([roster], programme=programme, as_of=day).frames["plants"]
    home = warehouse or snapshots.default_warehouse()
    if snapshots.dates(home, programme):
        return snapshots.read(home, None, programme)[1]["plants"]
    if warehouse:
        else_ = "请改正目录，或用 --roster 指定名单；两者都没有的，去掉 --warehouse，只检查文件本身"
        raise UsageError(f"--warehouse 指定的 {home} 下没有快照，没有名单可以对照，什么也没有写；{else_}。")
    return None
