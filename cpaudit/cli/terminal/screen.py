"""The two streams that a command speaks to: what names bring along commands no terminal, what nobody can read stops nothing."""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import stat
import sys
import unicodedata
from typing import IO, Any

from cpaudit import durable
from cpaudit.visible import visible


class Screen(io.TextIOWrapper):
    """A stream in UTF-8 that shows control characters instead of sending them, and goes on when its reader has left."""

    #: What is in its place already, so that what is printed from now on only tells of it (:func:`done`).
    done = ""

    def __init__(self, *given: Any, **more: Any) -> None:
        """Know whether there is a terminal at the other end, or was."""
        super().__init__(*given, **more)
        try:
            self._terminal = stat.S_ISCHR(os.fstat(self.fileno()).st_mode)
        except (OSError, ValueError):  # a stream of a notebook or a test
            self._terminal = False

    def write(self, text: str) -> int:
        """Write text as it can be seen."""
        self.send(visible(text))
        return len(text)

    def send(self, text: str) -> None:
        """Write text as it is."""
        try:
            super().write(text)
        except OSError as error:
            self._unread(error)

    def flush(self) -> None:
        """Send on what was written."""
        try:
            super().flush()
        except OSError as error:
            self._unread(error)

    def _unread(self, error: OSError) -> None:
        """Write into nothing from now on: `cpaudit load | head` has read enough, and its work is done to the end all the same.

        Raises:
            OSError: the error given, where it says something else than that nobody is there any more.
        """
        left = {errno.EPIPE, errno.ECONNRESET} | ({errno.EIO} if self._terminal else set())
        if error.errno not in left:
            if not (self.done and (why := durable.known(error))):
                raise error
            print(f"{self.done}，只是这里的说明没有写全（{why}）。", file=sys.stderr)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


class Asides(Screen):
    """What is said beside the answer (progress, errors, logs): with the disk behind it full, the work still goes on."""

    def send(self, text: str) -> None:
        """Write text; where there is no room for it there is nobody to tell."""
        with contextlib.suppress(OSError):
            super().send(text)

    def flush(self) -> None:
        """Send on what was written, as far as there is room."""
        with contextlib.suppress(OSError):
            super().flush()


class _Live:
    """A stream for our own moving lines, which do command the terminal; names in them are made visible first."""

    def __init__(self, stream: Screen) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.send(text)
        return len(text)

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
        spoken = _spoken(stream)
        lines, buffer = stream.line_buffering or stream.write_through, stream.detach()
        if hasattr(os, "set_blocking"):  # not on Windows before Python 3.12
            with contextlib.suppress(OSError, ValueError):
                os.set_blocking(buffer.fileno(), True)  # a slow reader is waited for
        if isinstance(buffer, io.RawIOBase):  # unbuffered (PYTHONUNBUFFERED): what isn't written at once would be lost
            buffer = io.BufferedWriter(buffer)
        setattr(sys, name, kind(buffer, encoding=spoken, errors=_NEAREST, line_buffering=lines))


def _spoken(stream: io.TextIOWrapper) -> str:
    """Return the encoding to write: UTF-8, but where a terminal has Chinese in another (GBK), or somebody asks for that one."""
    if stream.isatty() or os.environ.get("PYTHONIOENCODING"):
        with contextlib.suppress(LookupError, UnicodeEncodeError):
            "清洁".encode(stream.encoding)
            return stream.encoding
    return "utf-8"


def _nearest(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for characters that an encoding doesn't have: m³ is m3 on a GBK console."""
    assert isinstance(error, UnicodeEncodeError)
    lost = error.object[error.start : error.end]
    plain = unicodedata.normalize("NFKC", lost)
    try:
        plain.encode(error.encoding)
    except UnicodeEncodeError:
        return lost.encode("ascii", "backslashreplace").decode(), error.end
    return plain, error.end


_NEAREST = "cpaudit.nearest"
codecs.register_error(_NEAREST, _nearest)


def done(what: str) -> None:
    """Have standard output tell of work that is done: where its words have no room, the work and the command's code stand."""
    if isinstance(sys.stdout, Screen):
        sys.stdout.done = what


def live() -> IO[str]:
    """Return standard error for what moves on a terminal."""
    return _Live(sys.stderr) if isinstance(sys.stderr, Screen) else sys.stderr  # type: ignore[return-value]
