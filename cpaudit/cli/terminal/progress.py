"""How long work shows that it goes on: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cpaudit.cli.terminal.screen import live
from cpaudit.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def ticker(title: str) -> Iterator[Callable[[str], None]]:
    """Give a function that tells the step at hand; shown on stderr, so that output can be piped."""
    if not sys.stderr.isatty():
        yield lambda step: print(f"{title}：{step}", file=sys.stderr, flush=True)
        return
    from rich.console import Console
    from rich.markup import escape

    console = Console(file=live())
    with console.status(title, spinner="dots" if console.encoding.startswith("utf") else "line") as status:
        yield lambda step: status.update(f"{title}：{escape(visible(step))}")


@contextmanager
def bar(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """Give a function that tells what is done, how many are, of how many; a terminal shows a bar and the time left."""
    if not sys.stderr.isatty():
        yield lambda name, done, total: print(f"{title}：{done}/{total} {name}", file=sys.stderr, flush=True)
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("剩余"), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=live()), transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda name, done, total: progress.update(
            task, description=f"{title}：{escape(visible(name))}", completed=done, total=total, refresh=True
        )
