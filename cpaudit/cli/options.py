"""What the modules of commands share: paths, the options for output, and writing a table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cpaudit.cli.usage import OneOf
from cpaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.views.page import Table

PATH: Any = click.Path(path_type=Path)


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --format and --out."""
    command = click.option("--out", type=PATH, metavar="文件", help="写入文件，默认输出到屏幕")(command)
    kinds = OneOf("table", "csv", "json", "xlsx")
    return click.option("--format", "kind", type=kinds, default="table", metavar=kinds.name, help="输出格式，默认 table")(command)


def write_table(table: Table, kind: str, out: Path | None) -> None:
    """Write a table as ``kind`` to a file, or to the screen."""
    from cpaudit.render import tabular

    if kind == "table":
        content = tabular.to_text(table).encode()
    else:
        content = {"csv": tabular.to_csv, "json": tabular.to_json, "xlsx": tabular.to_xlsx}[kind](table)
    if out:
        tabular.write_whole(out, content)
        click.echo(f"已写入 {out}（{len(table.frame)} 行）。")
    elif kind == "xlsx":
        raise UsageError("xlsx 须用 --out 指定文件。")
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
