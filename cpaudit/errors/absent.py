"""Parts of the program that an installation may have left out (the extras of pyproject.toml): one sentence says which to add."""

from __future__ import annotations

from importlib.util import find_spec

from cpaudit.errors import UsageError

_PARTS = {"lab": "JupyterLab 和笔记本里的控件", "print": "Word 和 PDF", "service": "看板服务"}


def require(part: str, *modules: str) -> None:
    """Refuse what needs modules that aren't installed; ``part`` is the extra that brings them.

    Raises:
        UsageError: one isn't.
    """
    for module in modules:
        if find_spec(module) is None:
            raise UsageError(f"没有安装{_PARTS[part]}所需的 {module}，请运行 pip install 'cpaudit[{part}]' 后重试。")
