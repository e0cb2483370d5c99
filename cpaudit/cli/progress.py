"""How long work shows that it goes on: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

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

    console = Console(stderr=True)
    with console.status(title) as status:
        yield lambda step: status.update(f"{title}：{escape(step)}")
