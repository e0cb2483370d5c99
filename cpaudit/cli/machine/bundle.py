"""The command that collects what a machine without a registry needs to install this program."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cpaudit.cli.group import cpaudit
from cpaudit.cli.terminal import screen
from cpaudit.cli.terminal.progress import ticker
from cpaudit.cli.terminal.targets import FOLDER_OUT
from cpaudit.cli.terminal.usage import OneOf

#: Those of cpaudit.desk.bundling, which takes too long to import for a help page.
_PLATFORMS = ("win_amd64", "linux_x86_64", "linux_aarch64", "macosx_arm64", "macosx_x86_64")
_PYTHONS = ("3.11", "3.12", "3.13", "3.14")
_EXTRAS = ("lab", "print", "service")
_HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


@cpaudit.command()
@click.argument("folder", type=FOLDER_OUT, metavar="目录")
@click.option(
    "--platform", type=OneOf(*_PLATFORMS), default="win_amd64", metavar="平台", help=f"{'、'.join(_PLATFORMS)}，默认 win_amd64"
)
@click.option(
    "--python",
    type=OneOf(*_PYTHONS),
    default=_HERE,
    metavar="版本",
    help=f"那台机器的 Python：{'、'.join(_PYTHONS)}，默认 {_HERE}",
)
@click.option(
    "--without",
    multiple=True,
    type=OneOf(*_EXTRAS),
    metavar="部分",
    help="不要的部分，可重复给出：lab（JupyterLab）、print（Word 和 PDF）、service（看板服务）",
)
def bundle(folder: Path, platform: str, python: str, without: tuple[str, ...]) -> None:
    """离线安装包：为没有软件源的内网收集全部安装包（按锁定的版本和哈希值），附安装脚本；目录须是新的。"""
    from cpaudit.desk.bundling import EXTRAS, Target, collect

    wanted = tuple(extra for extra in EXTRAS if extra not in without)
    with ticker("收集安装包") as tick:
        packed, installed = collect(folder, Target(platform, python), wanted, progress=tick)
    screen.done(f"安装包已写入 {folder}")
    count = len(list((folder / "wheels").glob("*.whl")))
    told = f"{count} 个安装包共 {packed / 1e6:.0f} MB，装好约 {installed / 1e6:.0f} MB"
    click.echo(f"已写入 {folder}（{platform}，Python {python}）：{told}；用法见其中的 说明.txt。")
