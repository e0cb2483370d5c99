"""Where a command is to write: whether it can is said before anything is computed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from cpaudit import durable
from cpaudit.errors import CpauditError

#: What a name may take on every common file system, in bytes.
_LONGEST = 255


class _Target(click.ParamType[Path]):
    """A path to write to; ``folder``: a folder for several files, else one file."""

    def __init__(self, name: str, *, folder: bool) -> None:
        self.name, self.folder = name, folder

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path.

        Raises:
            CpauditError: nothing can be written there.
        """
        path = Path(value)
        try:
            why = _hindered(path, folder=self.folder)
        except (OSError, RuntimeError) as error:
            why = durable.no_path(error) or (durable.reason(error) if isinstance(error, OSError) else "路径不能使用")
        if why:
            raise CpauditError(f"{'目录' if self.folder else '文件'} {path} 无法写入（{why}），请检查路径和写入权限。")
        return path


def _hindered(path: Path, *, folder: bool) -> str:
    """Return why nothing can be written at a path; '' where it seems that it can."""
    if long := next((part for part in path.parts if len(os.fsencode(part)) > _LONGEST), ""):
        return f"文件名过长：{long[:40]}……"
    there = path.resolve()
    if not folder and there.is_dir():
        return "这是一个目录，请写明文件名"
    if folder and there.exists() and not there.is_dir():
        return "这是一个文件，请写明目录"
    if not folder and there.exists() and not there.is_file():  # a device or a pipe is written to as it is
        return ""
    home = there if folder else there.parent
    while not home.exists() and home != home.parent:
        home = home.parent
    if not home.is_dir():
        return f"{home} 不是目录"
    return "" if os.access(home, os.W_OK | os.X_OK) else "没有权限"


FILE_OUT, FOLDER_OUT = _Target("文件", folder=False), _Target("目录", folder=True)
