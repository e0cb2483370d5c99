"""Which folder is the workspace: the one named, else the nearest with ``cpaudit.toml`` upwards from where one stands."""

from __future__ import annotations

import os
import stat
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
        UsageError: its file is another user's, or may be: whoever may write into a folder above could change everybody's
            figures. Or there is one that can't be read: without it figures would be others in silence.
    """
    try:
        here = Path.cwd()
    except FileNotFoundError:  # the folder has been removed
        return None
    home = next((home for home in (here, *here.parents) if os.path.lexists(home / FILE)), None)
    if home is None:
        return None
    other = f"没有采用；确认可信的，请写明 --project {home}，不用工作区的，请写 --project -。"
    if not os.path.isfile(home / FILE):  # noqa: PTH113 - False, not an error, where one may not look
        raise UsageError(f"{home / FILE} 不是可以读取的文件（是链接的，所指的文件可能不在），{other}")
    if not _ours(home / FILE):
        raise UsageError(f"{home / FILE} 是其他用户的文件，以免他人改动口径，{other}")
    if _anybody_s(home):
        raise UsageError(f"{home / FILE} 所在的目录人人可写，以免他人在其中放入定义、改动口径，{other}")
    return home.resolve()


def _ours(file: Path) -> bool:
    """Return whether this user, or the system's, owns a file, and the link where it is one: whoever made that chose its folder.

    Where the system knows no owners everything is ours.
    """
    me = getattr(os, "getuid", lambda: 0)()
    return {file.lstat().st_uid, file.stat().st_uid} <= {me, 0}


def _anybody_s(folder: Path) -> bool:
    """Return whether anybody may write into a folder: what lies beside the file there may then be anybody's."""
    return os.name == "posix" and bool(folder.stat().st_mode & stat.S_IWOTH)
