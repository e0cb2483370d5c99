"""The process that works on files: bounded in memory and in processor time, so that a hostile or damaged file ends it alone."""

from __future__ import annotations

import gc
import os
import pickle
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.errors import ReadError
from cpaudit.loaders.opening import files, readers

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.loaders.opening.files import Source

#: What a file may take, in memory and (of the processor, in seconds, up to 20 MB) in time; how long an answer may be.
MOST_MEMORY, SECONDS, MOST_ANSWER = 1_000_000_000, 10, 300_000_000
_SMALL, _PER_SECOND = 20_000_000, 2_000_000
#: With these a process ends that has run out of memory while it answered, or whose answer grew too long.
OUT_OF_MEMORY, TOO_LONG = 75, 76
#: Nobody has asked for so long (seconds): the process ends.
_IDLE = 60


class Bounds(NamedTuple):
    """What one question may take: processor time in seconds, memory in bytes."""

    seconds: int = SECONDS
    memory: int = MOST_MEMORY

    @classmethod
    def reading(cls, size: int) -> Bounds:
        """Return what a file of ``size`` bytes may take to be read."""
        return cls(SECONDS + max(size - _SMALL, 0) // _PER_SECOND)


class Question(NamedTuple):
    """What is to be done: a function of a module, which is imported here, and what it is given.

    ``repeats``: whether the answer holds one object at several places, as a merged cell is, and has to keep it so.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    bounds: Bounds
    repeats: bool = True


def grids(source: Source) -> list[dict[str, Any]]:
    """Return the sheets of a file, each grid as its fields."""
    return [{name: getattr(grid, name) for name in grid.__slots__} for grid in readers.read(source)]


def main() -> None:
    """Answer one question after the other until there are no more: what was asked for, or why there is no answer."""
    inbox, outbox = sys.stdin.buffer, _Counted(os.fdopen(os.dup(1), "wb"))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what libraries print is no answer
    gc.disable()  # grids hold no cycles; the search for them would cost a tenth
    limits = _limits()
    while _asked(inbox):
        try:
            question: Question = pickle.load(inbox)  # noqa: S301 - from the process that started this one
        except EOFError:
            return
        if limits:
            limits.allow(question.bounds)
        try:
            answer = _answer(question)
            outbox.begin()
            pickler = pickle.Pickler(outbox, protocol=5)
            pickler.fast = not question.repeats  # to remember the objects of all cells would cost a half
            pickler.dump(answer)
            outbox.flush()
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        if limits and limits.swollen():
            return


def _answer(question: Question) -> tuple[str, Any]:
    try:
        return "done", question.function(*question.arguments)
    except files.OtherFormatError as error:
        return "other", error.kind
    except ReadError as error:
        return "refused", str(error)


class _Counted:
    """Where answers are written to; one that grows too long ends the process, as the one who asked would have to hold it.

    A small file can mean a long answer: texts that thousands of cells share are written for each.
    """

    def __init__(self, file: Any) -> None:
        self._file, self._left = file, MOST_ANSWER

    def begin(self) -> None:
        self._left = MOST_ANSWER

    def write(self, content: Any) -> int:
        self._left -= memoryview(content).nbytes
        if self._left < 0:
            os._exit(TOO_LONG)
        return int(self._file.write(content))

    def flush(self) -> None:
        self._file.flush()


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

    def _bound(self, which: int, most: int) -> None:
        hard = self._resource.getrlimit(which)[1]
        if hard != self._resource.RLIM_INFINITY:
            most = min(most, hard)
        self._resource.setrlimit(which, (most, hard))

    def allow(self, bounds: Bounds) -> None:
        """Give memory, and the processor's time from now on."""
        self._bound(self._resource.RLIMIT_AS, bounds.memory)
        self._bound(self._resource.RLIMIT_CPU, int(time.process_time()) + bounds.seconds)

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
