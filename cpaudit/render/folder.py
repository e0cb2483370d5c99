"""Several files into one folder: all of them or none."""

from __future__ import annotations

import tempfile
from pathlib import Path

from cpaudit import durable
from cpaudit.errors import CpauditError
from cpaudit.visible import plain


def write_folder(folder: Path, files: dict[str, bytes]) -> list[Path]:
    """Write the files beside those of ``folder`` first, then put each in its place in one step; return their paths.

    Raises:
        CpauditError: the folder can't be written, or a name, made of what definitions say, leads elsewhere; nothing was changed.
    """
    if strange := [name for name in files if not plain(name)]:
        raise CpauditError(f"“{strange[0]}”不能作文件名，没有写入；文件名取自定义（上报单位的名称、清单的 file），请改正。")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as draft:
            for name, content in files.items():
                (Path(draft) / name).write_bytes(content)
            if blocked := next((name for name in files if (folder / name).is_dir()), None):
                raise IsADirectoryError(None, f"{blocked} 是一个目录")
            for name in files:
                (Path(draft) / name).replace(folder / name)
    except OSError as error:
        raise CpauditError(f"文件无法写入 {folder}（{durable.reason(error)}），请检查路径、写入权限和磁盘空间。") from error
    return [folder / name for name in files]
