"""The two streams that a command speaks to: what names bring along commands no terminal, what nobody can read stops nothing."""

from __future__ import annotations

import io
import os
import sys
from typing import IO, Any

from cpaudit.visible import visible


class Screen(io.TextIOWrapper):
    """A stream in UTF-8 that shows control characters instead of sending them."""

    def write(self, text: str) -> int:
        """Write text as it can be seen."""
        super().write(visible(text))
        return len(text)


class Asides(Screen):
    """What is said beside the answer (progress, errors, logs): with the disk behind it full, the work still goes on."""

    def write(self, text: str) -> int:
        """Write text as it can be seen; where there is no room for it there is nobody to tell."""
        try:
            return super().write(text)
        except BrokenPipeError:
            raise
        except OSError:
            return len(text)

    def flush(self) -> None:
        """Send on what was written, as far as there is room."""
        try:
            super().flush()
        except BrokenPipeError:
            raise
        except OSError:
            return


class _Live:
    """A stream for our own moving lines, which do command the terminal; names in them are made visible first."""

    def __init__(self, stream: Screen) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return io.TextIOWrapper.write(self._stream, text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def take_over() -> None:
    """Have standard output and error pass through here from now on."""
    for name, kind in (("stdout", Screen), ("stderr", Asides)):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us: nothing that is opened now may take its place
            stream = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - until the process ends
        if not isinstance(stream, io.TextIOWrapper) or isinstance(stream, Screen):
            continue
        lines = stream.line_buffering
        setattr(sys, name, kind(stream.detach(), encoding="utf-8", errors="backslashreplace", line_buffering=lines))


def live() -> IO[str]:
    """Return standard error for what moves on a terminal."""
    return _Live(sys.stderr) if isinstance(sys.stderr, Screen) else sys.stderr  # type: ignore[return-value]
