"""Where a path typed into a notebook leads: from the notebook, from the folders above it, or to an example that ships."""

from __future__ import annotations

from pathlib import Path

from cpaudit.errors import UsageError
from cpaudit.reference import shipped

EXAMPLES = "examples"


def existing(text: str) -> Path:
    """Return the file or folder meant: an absolute path, one from here or from a folder above, or a shipped example.

    Raises:
        UsageError: nothing is there.
    """
    wanted, here = Path(text.strip()).expanduser(), Path.cwd()
    for home in (here, *here.parents, shipped("notebooks")):
        if (home / wanted).exists():
            return home / wanted
    raise UsageError(f"找不到“{text}”，请检查路径；相对路径从笔记本所在的文件夹和各级上级文件夹找起。")


def example(name: str) -> Path:
    """Return a shipped example."""
    return shipped("notebooks") / EXAMPLES / name


def named(path: Path) -> str:
    """Return a path as short as it can be said: from here, or from a folder above."""
    whole, here = path.resolve(), Path.cwd().resolve()
    for home in (here, *here.parents[:-1]):
        if whole.is_relative_to(home):
            return whole.relative_to(home).as_posix()
    return str(path)
