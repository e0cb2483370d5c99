"""The command that makes a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from cpaudit.cli.group import cpaudit
from cpaudit.cli.terminal import screen
from cpaudit.cli.terminal.targets import FOLDER_OUT


@cpaudit.command()
@click.argument("folder", type=FOLDER_OUT, metavar="目录")
def init(folder: Path) -> None:
    """建立工作区：自己的设置、定义、快照、看板和报告都放在一个目录里；已有的文件不覆盖。"""
    from cpaudit.desk.workspaces import init as make

    written = make(folder)
    screen.done(f"工作区已建立 {folder}")
    click.echo(f"已在 {folder} 建立工作区（{len(written)} 个文件）；设置见其中的 cpaudit.toml，用法见 README.md。")
