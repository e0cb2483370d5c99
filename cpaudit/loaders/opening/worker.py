"""The process that opens files: bounded in memory and in processor time, so that a hostile or damaged file ends it alone."""

from __future__ import annotations

import gc
import os
import pickle
import sys
import time
from typing import TYPE_CHECKING, Any

from cpaudit.errors import ReadError
from cpaudit.loaders.opening import files, readers

if TYPE_CHECKING:
    from cpaudit.loaders.opening.files import Source

#: What a file may take, in memory and (of the processor, in seconds, up to 20 MB) in time.
MOST_MEMORY, SECONDS = 1_000_000_000, 10
_SMALL, _PER_SECOND = 20_000_000, 2_000_000
#: With this a process ends that has run out of memory while it answered.
OUT_OF_MEMORY = 75
#: Nobody has asked for so long (seconds): the process ends.
_IDLE = 60


def main() -> None:
    """Answer one question after the other until there are no more: a source, then its grids or why there are none."""
    inbox, outbox = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what libraries print is no answer
    gc.disable()  # grids hold no cycles; the search for them would cost a tenth
    limits = _limits()
    while _asked(inbox):
        try:
            source: Source = pickle.load(inbox)  # noqa: S301 - from the process that started this one
        except EOFError:
            return
        if limits:
            limits.allow(source.path.stat().st_size)
        try:
            answer = _answer(source)
            pickler = pickle.Pickler(outbox, protocol=5)
            pickler.fast = True  # cells repeat no object; to remember them all would cost a half
            pickler.dump(answer)
            outbox.flush()
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        if limits and limits.swollen():
            return


def _answer(source: Source) -> tuple[str, Any]:
    try:
        return "read", [_plain(grid) for grid in readers.read(source)]
    except files.OtherFormatError as error:
        return "other", error.kind
    except ReadError as error:
        return "refused", str(error)


def _plain(grid: Any) -> dict[str, Any]:
    return {name: getattr(grid, name) for name in grid.__slots__}


def _asked(inbox: Any) -> bool:
    """Wait for a question; whether there is one. Questions never queue, so nothing waits in the buffer."""
    if os.name == "nt":  # where pipes can't be waited for
        return True
    import select

    return bool(select.select([inbox], [], [], _IDLE)[0])


class _Limits:
    def __init__(self, resource: Any) -> None:
        self._resource = resource
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        self._bound(resource.RLIMIT_AS, MOST_MEMORY)

    def _bound(self, which: int, most: int) -> None:
        hard = self._resource.getrlimit(which)[1]
        if hard != self._resource.RLIM_INFINITY:
            most = min(most, hard)
        self._resource.setrlimit(which, (most, hard))

    def allow(self, size: int) -> None:
        """Give the processor's time for a file of ``size`` bytes, from now on."""
        extra = max(size - _SMALL, 0) // _PER_SECOND
        self._bound(self._resource.RLIMIT_CPU, int(time.process_time()) + SECONDS + extra)

    def swollen(self) -> bool:
        """Whether this process has grown so that the next file would find too little memory."""
        return self._held() > MOST_MEMORY // 3

    def _held(self) -> int:
        """Return the bytes that this process holds. Linux counts the one that started it into its greatest size: too much."""
        try:
            with open("/proc/self/statm", "rb") as said:  # noqa: PTH123 - asked after every file
                return int(said.read().split()[1]) * int(self._resource.getpagesize())
        except OSError:
            most = self._resource.getrusage(self._resource.RUSAGE_SELF).ru_maxrss
            return int(most) * (1 if sys.platform == "darwin" else 1024)


def _limits() -> _Limits | None:
    try:
        import resource
    except ImportError:  # Windows: there the one who asks ends this process after a while
        return None
    return _Limits(resource)
