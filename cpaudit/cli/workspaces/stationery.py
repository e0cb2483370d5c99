"""The command that writes the templates of papers that ship, to be made into an office's own."""

from __future__ import annotations

from pathlib import Path

import click

from cpaudit.cli.group import PATH, cpaudit, project_option
from cpaudit.cli.terminal import screen


@cpaudit.command()
@click.argument("folder", type=PATH, required=False, metavar="[目录]")
@project_option
def letterhead(folder: Path | None) -> None:
    """写出自带的用纸模板（Word 样式、红头、PDF 版面），供改成本单位的；工作区里默认写到 templates/，已有的文件不覆盖。"""
    from cpaudit.desk.workspaces import letterhead as make

    home, written = make(folder)
    screen.done(f"用纸模板已写入 {home}")
    click.echo(f"已写入 {home}：{'、'.join(written)}；改好后用 cpaudit definitions check 检查，标志另存为 logo.svg 放在旁边。")
