"""The command that gives out recipes for work at set times."""

from __future__ import annotations

from pathlib import Path

import click

from cpaudit.cli.group import cpaudit
from cpaudit.cli.terminal import screen
from cpaudit.cli.terminal.targets import FOLDER_OUT
from cpaudit.errors import UsageError


@cpaudit.command()
@click.argument("name", required=False, default="", metavar="[名称]")
@click.option("--out", type=FOLDER_OUT, metavar="目录", help="写到哪里；已有的文件不覆盖")
def recipes(name: str, out: Path | None) -> None:
    """定时运行的现成文件（cron、systemd、Airflow）：先读入，再生成报告；不写名称则列出。工作区里的已填好目录。"""
    from cpaudit.desk import recipes as made

    if not name and out is None:
        width = max(map(len, made.RECIPES))
        for each, what in made.RECIPES.items():
            click.echo(f"{each:<{width}}  {what}：{'、'.join(made.files(each))}")
        return
    files: dict[str, str] = {}
    for each in (name,) if name else made.RECIPES:
        files |= made.here(each)
    if out is None:
        click.echo("\n".join(files.values()), nl=False)
        return
    from cpaudit.render.folder import write_folder

    if there := [file for file in files if (out / file).exists() or (out / file).is_symlink()]:
        raise UsageError(f"{out} 中已有 {there[0]}，没有写入任何内容；请换一个目录，或把它移走。")
    written = write_folder(out, {file: text.encode() for file, text in files.items()})
    screen.done(f"文件已写入 {out}")
    click.echo(f"已写入 {'、'.join(map(str, written))}；用法见各文件开头。")
