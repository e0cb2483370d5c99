"""Notebooks and dashboards opened in a browser by somebody who types nothing: ports are found, double clicks start them."""

from __future__ import annotations

import shlex
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit import startup, workspace
from cpaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIRST, _MOST = 8866, 50
_NAMES = {"lab": "清洁生产审核-笔记本", "dashboards": "清洁生产审核-看板"}


def lab(warehouse: Path, programme: str, *, browser: bool) -> None:
    """Serve the notebooks until interrupted, in a browser that opens by itself."""
    from cpaudit import snapshots
    from cpaudit.serving.lab import prepare, serve_lab

    place, _ = prepare(workspace.place("notebooks"))
    serve_lab(place, warehouse, programme=snapshots.meant(warehouse, programme), open_browser=browser)


def dashboards(warehouse: Path, programme: str, *, browser: bool) -> None:
    """Serve the dashboards on this machine until interrupted, on a port that is free, in a browser that opens by itself."""
    from cpaudit import serving

    def ready(link: str) -> None:
        print(f"看板已启动：{link}  （按 Ctrl+C 停止）", flush=True)
        if browser:
            import webbrowser

            with startup.elsewhere():
                webbrowser.open(link)

    serving.serve(free_port(), warehouse, programme=programme, ready=ready)


def free_port(first: int = _FIRST) -> int:
    """Return a port of this machine that nobody listens at, the first where it can be.

    Raises:
        UsageError: there is none near.
    """
    for port in range(first, first + _MOST):
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise UsageError(f"端口 {first} 起的 {_MOST} 个都被占用，请先关闭别的程序。")


def write_shortcuts(folder: Path, what: str, options: Mapping[str, str]) -> list[Path]:
    """Write what starts ``what`` by a double click, for Windows and for macOS and Linux; return the files.

    They start this Python, or that of a ``.venv`` beside them, in the workspace in force, else in the working folder.

    Raises:
        CpauditError: the folder can't be written.
        UsageError: a path holds what no such file can.
    """
    from cpaudit.render.folder import write_folder

    home = workspace.current()
    place = home.folder if home else Path.cwd()
    here = "" if place.resolve() == folder.resolve() else str(place)
    words = [what, *(("--project", ".") if home else ()), *(word for pair in options.items() for word in pair)]
    if bad := next((word for word in (here, sys.executable, *words) if any(c < " " or c == '"' for c in word)), None):
        raise UsageError(f"{bad!r} 中有引号或换行，不能写进启动文件；请换一个目录。")
    name = _NAMES[what]
    files = {f"{name}.bat": batch(here, sys.executable, words), f"{name}.command": script(here, sys.executable, words)}
    written = write_folder(folder, {name: text.encode() for name, text in files.items()})
    written[-1].chmod(0o755)
    return written


def batch(place: str, python: str, words: list[str]) -> str:
    """Return what Windows runs; ``place`` '' is the file's own folder. In UTF-8, which the console is told first."""

    def said(text: str) -> str:
        return '"' + text.replace("%", "%%") + '"'

    lines = (
        "@echo off",
        "chcp 65001 >nul",
        f'set "PYTHON={python.replace("%", "%%")}"',
        'if exist "%~dp0.venv\\Scripts\\python.exe" set "PYTHON=%~dp0.venv\\Scripts\\python.exe"',
        "cd /d " + (said(place) if place else '"%~dp0"'),
        f'"%PYTHON%" -P -m cpaudit desktop {" ".join(map(said, words))}',
        "if errorlevel 1 pause",
    )
    return "\r\n".join((*lines, ""))


def script(place: str, python: str, words: list[str]) -> str:
    """Return what macOS and Linux run; ``place`` '' is the file's own folder."""
    own = '"$here"'
    lines = (
        "#!/bin/sh",
        'here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)',
        f"python={shlex.quote(python)}",
        'if [ -x "$here/.venv/bin/python" ]; then python=$here/.venv/bin/python; fi',
        f"cd {shlex.quote(place) if place else own} || exit 3",
        f'exec "$python" -P -m cpaudit desktop {shlex.join(words)}',
    )
    return "\n".join((*lines, ""))
