"""The commands for the workspace's definitions: listed, copied, checked, held against what a newer program ships."""

from __future__ import annotations

from pathlib import Path

import click

from cpaudit.cli.group import cpaudit, output_options, project_option, write
from cpaudit.cli.terminal import screen
from cpaudit.errors import ExitCode


@cpaudit.group()
def definitions() -> None:
    """定义：每项来自程序自带还是工作区、取代了什么；复制自带的来改写；检查工作区。"""


@definitions.command("list")
@click.option("--own", "only", is_flag=True, help="只列工作区的")
@project_option
@output_options
def definitions_list(only: bool, kind: str, out: Path | None) -> None:
    """列出全部定义：来自哪里、取代了自带的哪些项、添加了哪些项。"""
    import pandas as pd

    from cpaudit.desk.overlays import origins
    from cpaudit.views.page import Column, Table

    cols = {"name": Column("定义"), "origin": Column("来自"), "replaces": Column("取代"), "adds": Column("添加")}
    rows = [
        {
            "name": o.name,
            "origin": "工作区" if o.own else "程序自带",
            "replaces": "、".join(o.replaces),
            "adds": "、".join(o.adds),
        }
        for o in origins()
        if o.own or not only
    ]
    table = Table("definitions", "定义", pd.DataFrame(rows, columns=list(cols)), cols)
    write(table, kind, out, ds=None, source="定义文件")


@definitions.command("copy")
@click.argument("name", metavar="名称")
@project_option
def definitions_copy(name: str) -> None:
    """把自带的一项定义复制到工作区供改写，并留底，供 upgrade 对照；按键合并的不必整个复制，只显示原文。"""
    from cpaudit.desk.overlays import copy

    target, text = copy(name)
    if text:
        click.echo(text, nl=False)
        click.echo(f"# 以上为自带的内容，已留底；请把要改的键（连同上级的键）写进 {target}，没有写的照旧。", err=True)
    else:
        screen.done(f"定义已复制到 {target}")
        click.echo(f"已复制到 {target}，改写后请用 cpaudit definitions check 检查。")


@definitions.command("check")
@project_option
def definitions_check() -> int:
    """检查工作区的全部定义、看板和报告；有错误时退出码为 1。"""
    from cpaudit.desk.checking import check
    from cpaudit.findings import SEVERITIES

    found = check()
    for name, faults in found.items():
        counts = {label: sum(f.severity == severity for f in faults) for severity, label in SEVERITIES.items()}
        for fault in faults:
            click.echo(str(fault))
        told = "、".join(f"{label} {n} 处" for label, n in counts.items() if n)
        click.echo(f"{name}：{told or '检查通过'}。")
    if not found:
        click.echo("工作区没有自己的定义，用的都是程序自带的。")
    return ExitCode.DATA if any(f.severity == "error" for faults in found.values() for f in faults) else ExitCode.FINE


@cpaudit.command()
@click.option("--accept", is_flag=True, help="已经看过：以现在自带的为准，下次只说之后的变化")
@project_option
def upgrade(accept: bool) -> int:
    """升级程序后运行：说明工作区所取代的自带定义有哪些变化，供决定是否跟着改；有变化时退出码为 1。不改动自己的定义。"""
    from cpaudit.desk.overlays import upgraded
    from cpaudit.version import VERSION

    found = upgraded(accept=accept)
    for name in found.unkept:
        click.echo(f"{name}：取代时没有留底，无从比较；已按 {VERSION} 版自带的留底，以后的变化会列出。")
    for change in found.changes:
        click.echo(f"{change.name} 的 {change.at}：原为 {change.before}，现为 {change.now}")
    if found.changes:
        told = "已按现在的留底。" if accept else "看过并改好自己的定义后，请加 --accept。"
        click.echo(f"工作区取代的自带定义有 {len(found.changes)} 处变化。{told}")
    elif not found.unkept:
        click.echo("工作区取代的自带定义没有变化。")
    return ExitCode.DATA if found.changes and not accept else ExitCode.FINE
