"""The command that opens the notebooks or the dashboards in a browser, and writes what starts it by a double click."""

from __future__ import annotations

from pathlib import Path

import click

from cpaudit.cli.group import cpaudit, project_option, warehouse_option
from cpaudit.cli.terminal import screen
from cpaudit.cli.terminal.targets import FOLDER_OUT
from cpaudit.cli.terminal.usage import OneOf


@cpaudit.command()
@click.argument("what", type=OneOf("lab", "dashboards"), default="lab", metavar="[lab|dashboards]")
@click.option("--browser/--no-browser", default=True, help="是否打开浏览器，默认打开")
@click.option(
    "--shortcut",
    type=FOLDER_OUT,
    metavar="目录",
    help="不启动，在这个目录写出双击即启动的文件（.bat、.command）",
)
@click.option("--programme", default="", metavar="批次", help="批次编号；快照目录中只有一个批次时可以不写")
@project_option
@warehouse_option
def desktop(what: str, browser: bool, shortcut: Path | None, programme: str, warehouse: Path | None) -> None:
    """在浏览器中打开笔记本（lab，默认）或看板（dashboards），端口自动选择；--shortcut 写出双击即启动的文件。"""
    from cpaudit import snapshots
    from cpaudit.desk import opening

    home = warehouse or snapshots.default_warehouse()
    if shortcut:
        options = {"--warehouse": str(warehouse.absolute()) if warehouse else "", "--programme": programme}
        written = opening.write_shortcuts(shortcut, what, {name: value for name, value in options.items() if value})
        screen.done(f"启动文件已写入 {shortcut}")
        click.echo(f"已写入 {'、'.join(map(str, written))}，双击即可启动；关闭它的窗口即停止。")
        return
    if what == "dashboards":
        opening.dashboards(home, programme, browser=browser)
        return
    opening.lab(home, programme, browser=browser)
    click.echo("JupyterLab 已停止。")
