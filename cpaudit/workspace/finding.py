"""Which folder is the workspace: the one named, else the nearest with ``cpaudit.toml`` upwards from where one stands."""

from __future__ import annotations

import os
from pathlib import Path

from cpaudit.errors import UsageError

FILE = "cpaudit.toml"


def named(folder: str | Path) -> Path:
    """Return the workspace meant by a folder that somebody named.

    Raises:
        UsageError: it is none.
    """
    home = Path(folder).expanduser()
    if not os.path.isfile(home / FILE):  # noqa: PTH113 - False, not an error, where one may not look
        raise UsageError(f"{folder} 不是工作区（其中没有 {FILE}），请改正目录，或用 cpaudit init {folder} 建立一个。")
    return home.resolve()


def nearest() -> Path | None:
    """Return the nearest workspace upwards, None where there is none.

    Raises:
        UsageError: its file is another user's: whoever may write into a folder above could change everybody's figures.
    """
    try:
        here = Path.cwd()
    except FileNotFoundError:  # the folder has been removed
        return None
    for home in (here, *here.parents):
        if os.path.isfile(home / FILE):  # noqa: PTH113
            if not _ours(home / FILE):
                raise UsageError(
                    f"{home / FILE} 是其他用户的文件，没有采用，以免他人改动口径；确认可信的，请写明 --project {home}，"
                    "不用工作区的，请写 --project -。"
                )
            return home.resolve()
    return None


def _ours(file: Path) -> bool:
    """Return whether this user, or the system's, owns a file; where the system knows no owners everything is ours."""
    me = getattr(os, "getuid", lambda: 0)()
    return file.stat().st_uid in (me, 0)
