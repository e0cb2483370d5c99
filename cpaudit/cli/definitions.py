"""The commands for indicator systems' definition files: listed, checked, imported and confirmed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cpaudit.cli.group import PATH, cpaudit, output, output_options, write
from cpaudit.cli.terminal import screen
from cpaudit.cli.terminal.targets import FILE_OUT, FOLDER_OUT
from cpaudit.errors import DefinitionError, ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.findings import Finding


@cpaudit.group()
def systems() -> None:
    """评价指标体系：列出、查看、检查；从公告文件导入并确认。"""


@systems.command("list")
@output_options
def systems_list(kind: str, out: Path | None) -> None:
    """列出全部评价指标体系和核对状态。"""
    from cpaudit.views.tables import systems as system_tables

    write(system_tables.systems(), kind, out, ds=None, source="评价指标体系定义文件")


@systems.command("show")
@click.argument("system", metavar="体系编号")
@output_options
def systems_show(system: str, kind: str, out: Path | None) -> None:
    """查看一个体系的指标、权重和基准值。"""
    from cpaudit.views.tables import systems as system_tables

    write(system_tables.system(system), kind, out, ds=None, source="评价指标体系定义文件")


@systems.command("check")
@click.argument("files", type=PATH, nargs=-1, metavar="[文件…]")
def systems_check(files: tuple[Path, ...]) -> int:
    """检查体系文件：字段、权重、基准值、单位、各级能否达到；不给文件则检查全部。有错误时退出码为 1。"""
    from cpaudit.indicators.checking.checker import check
    from cpaudit.indicators.definition.catalogue import files as shipped

    return checked(files or tuple(shipped()), "indicator_systems", check)


@systems.command("template")
@click.option(
    "--out", type=FILE_OUT, default=Path("评价指标体系模板.xlsx"), metavar="文件", help="写到哪里，默认 评价指标体系模板.xlsx"
)
@click.option("--force", is_flag=True, help="已有同名文件时覆盖")
def systems_template(out: Path, force: bool) -> None:
    """写出空白的 Excel 模板，供录入没有电子表格的体系，填好后用 import 导入。"""
    from cpaudit.loaders.announcements import template

    _write_together({out: template()}, force=force)
    screen.done(f"模板已写入 {out}")
    click.echo(f"模板已写入 {out}，填写方法见其中的“填表说明”。")


@systems.command("import")
@click.argument("file", type=PATH, metavar="文件")
@click.option(
    "--out", type=FOLDER_OUT, default=lambda: output("systems"), metavar="目录", help="草稿写到哪里，默认 output/systems"
)
@click.option("--id", "system_id", default="", metavar="编号", help="体系编号，如 electroplating_2015；默认取自文件名")
@click.option("--force", is_flag=True, help="已有同名草稿时覆盖")
def systems_import(file: Path, out: Path, system_id: str, force: bool) -> None:
    """从公告文件（.docx、有文字的 .pdf）或填好的模板（.xlsx）读出体系草稿，并附逐格对照的核对页。"""
    from cpaudit.desk.systems import review
    from cpaudit.loaders import announcements
    from cpaudit.render.web import html

    drafts, unread = announcements.drafts(file, system_id)
    files: dict[Path, bytes] = {}
    for draft in drafts:
        files[out / f"{draft.id}.yaml"] = announcements.text(draft).encode()
        files[out / f"{draft.id}.html"] = html.page_document(review(draft, file, unread), assets=None).encode()
    _write_together(files, force=force)
    screen.done(f"草稿已写入 {out}")
    for draft in drafts:
        click.echo(
            f"{out / draft.id}.yaml：读出指标 {len(draft.review)} 项，存疑 {draft.doubtful} 处；核对页 {out / draft.id}.html。"
        )
    if unread:
        click.echo(f"没有读取：{'、'.join(unread)}。")
    click.echo("请按核对页逐项对照原文，改正草稿并删去存疑说明，再用 cpaudit systems confirm 确认。")


@systems.command("confirm")
@click.argument("file", type=PATH, metavar="文件")
def systems_confirm(file: Path) -> None:
    """确认核对过的草稿：没有存疑、检查通过的，状态改为 official。"""
    from cpaudit.indicators import IndicatorSystem
    from cpaudit.indicators.checking.checker import check
    from cpaudit.loaders.announcements import DOUBT
    from cpaudit.reference import read_definition
    from cpaudit.render import tabular

    system = read_definition(file, IndicatorSystem)
    content = file.read_bytes().decode()
    if system.status not in ("draft", "secondary"):
        what = "已是 official，不用再确认" if system.status == "official" else "是示范数据，不能确认为正式体系"
        raise DefinitionError(f"{file} {what}。")
    opened = [n for n, line in enumerate(content.splitlines(), start=1) if DOUBT in line]
    if opened:
        where = "、".join(str(n) for n in opened[:10]) + (" 等" if len(opened) > 10 else "")
        raise DefinitionError(f"{file} 还有 {len(opened)} 处存疑（第 {where} 行），请对照原文核对、删去存疑说明后再确认。")
    missing = [word for word, value in (("文号（document.number）", system.document.number),) if not value]
    if system.stub or missing:
        raise DefinitionError(f"{file} {'只有名称、没有指标' if system.stub else '没有写' + '、'.join(missing)}，补全后再确认。")
    faults = [f for f in (*check(file), *check(system.model_copy(update={"status": "official"}))) if f.severity == "error"]
    if faults:
        raise DefinitionError("\n".join(map(str, faults)))
    confirmed, n = re.subn(rf"^(status:[ \t]*)[\"']?{system.status}[\"']?(?=\s|$)", r"\1official", content, flags=re.M)
    if n != 1:
        raise DefinitionError(f"{file} 中 status 不是单独的一行，请写成“status: {system.status}”后再确认。")
    tabular.write_whole(file, confirmed.encode())
    screen.done(f"{file} 的状态已改为 official")
    click.echo(
        f"{file} 的状态已改为 official。由谁、何时确认以 git 提交为准，请提交；"
        "文件放进 data/reference/indicator_systems/ 后即可使用。"
    )


def checked(files: tuple[Path, ...], folder: str, check: Callable[[Path], list[Finding]]) -> int:
    """Print what is found in the files (none: all of the reference folder), then a count for each; return the exit code."""
    from cpaudit.findings import SEVERITIES
    from cpaudit.reference import files as all_files
    from cpaudit.reference import shown

    failed = False
    for path in files or all_files(folder):
        found = check(path)
        counts = {label: sum(f.severity == severity for f in found) for severity, label in SEVERITIES.items()}
        failed |= any(f.severity == "error" for f in found)
        for finding in found:
            click.echo(str(finding))
        told = "、".join(f"{label} {n} 处" for label, n in counts.items() if n)
        click.echo(f"{shown(path)}：{told or '检查通过'}。")
    if not all(path.is_file() for path in files):
        return ExitCode.NOTHING
    return ExitCode.DATA if failed else ExitCode.FINE


def _write_together(files: dict[Path, bytes], *, force: bool) -> None:
    """Write all files of a folder or none; what exists stays unless ``force``."""
    from cpaudit.render import tabular
    from cpaudit.render.folder import write_folder

    there = [p for p in files if p.exists()]
    if there and not force:
        raise UsageError(f"{'、'.join(map(str, there))} 已存在，未覆盖；请换一个 --out 或 --id，或加 --force。")
    if len(files) == 1:
        tabular.write_whole(*next(iter(files.items())))
    else:
        write_folder(next(iter(files)).parent, {path.name: content for path, content in files.items()})
