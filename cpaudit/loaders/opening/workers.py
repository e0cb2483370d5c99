"""Work on files done in other processes, two at a time: one that a file ends is replaced, and its end is one sentence."""

from __future__ import annotations

import atexit
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from cpaudit import startup
from cpaudit.errors import ReadError
from cpaudit.loaders.opening import files, worker
from cpaudit.loaders.opening.grids import Grid
from cpaudit.loaders.opening.worker import MOST_ANSWER, OUT_OF_MEMORY, TOO_LONG, Bounds, Question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cpaudit.loaders.opening.files import Source

_MOST = 2
#: A file that hangs (a network folder that doesn't answer) is given up after so many seconds by the clock.
_PATIENCE = 300
_RESEND = "请重新导出后再报送"


def read(source: Source) -> list[Grid]:
    """Return the sheets of a file.

    Raises:
        OtherFormatError: a kind that isn't read.
        ReadError: it can't be read, or not within the bounds, in one sentence.
    """
    here = source._replace(path=source.path.absolute())
    try:
        bounds = Bounds.reading(here.path.stat().st_size)
    except OSError:  # gone, which the one who reads it says
        bounds = Bounds()
    return [Grid(**grid) for grid in _asked(source.name, Question(worker.grids, (here,), bounds, repeats=False))]


def run(name: str, bounds: Bounds, function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a function of a module makes of its arguments, done by a process with bounds; ``name`` is the file's.

    Raises:
        ReadError: the function's own, or the process was ended, in one sentence.
    """
    return _asked(name, Question(function, arguments, bounds))


def _asked(name: str, question: Question) -> Any:
    process = _take()
    try:
        answer = process.ask(question)
        if answer is None:  # it had waited long enough, or grown too large, and left
            process.end()
            process = _Worker()
            answer = process.ask(question)
    except _EndedError as error:
        process.end()
        raise ReadError(_end(name, error.code, question.bounds)) from error
    except BaseException:
        process.end()
        raise
    _give_back(process)
    match answer:
        case "done", made:
            return made
        case "other", kind:
            raise files.OtherFormatError(kind)
        case "refused", sentence:
            raise ReadError(sentence)
        case _:  # also the new one has left
            raise ReadError(_end(name, 0, question.bounds))


def each(sources: Sequence[Source], make: Callable[[Source], Any]) -> Iterator[Any]:
    """Yield ``make`` of each source in their order; as many at a time as there are processors for, two at most."""
    several = min(_MOST, os.cpu_count() or 1, len(sources))
    if several < 2:
        yield from map(make, sources)
        return
    with ThreadPoolExecutor(several, thread_name_prefix="opening") as pool:
        yield from pool.map(make, sources)


class _EndedError(Exception):
    """A process has ended instead of answering."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _Worker:
    def __init__(self) -> None:
        run = "from cpaudit.loaders.opening import worker; worker.main()"
        # Names of files are to be the same bytes there, in a Chinese locale of old too.
        own = {**os.environ, **startup.environment(), "MALLOC_ARENA_MAX": "1", "PYTHONUTF8": str(sys.flags.utf8_mode)}
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            startup.interpreter(run),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=own,
            **startup.apart(),
        )

    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, question: Question) -> tuple[str, Any] | None:
        """Return the answer; None where the process has left by itself.

        Raises:
            _EndedError: it was ended.
        """
        inbox, outbox = self._process.stdout, self._process.stdin
        assert inbox
        assert outbox
        late = threading.Timer(_PATIENCE, self._process.kill)
        late.daemon = True
        late.start()
        try:
            pickle.dump(question, outbox)
            outbox.flush()
            answer: tuple[str, Any] = pickle.load(inbox)  # noqa: S301 - from a process of our own
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            code = self._process.wait()
            if code == 0:
                return None
            raise _EndedError(code) from error
        finally:
            late.cancel()
        return answer

    def end(self) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                try:
                    pipe.close()
                except OSError:  # what was not yet written has no reader any more
                    continue
        self._process.wait()


def _end(name: str, code: int, bounds: Bounds) -> str:
    """Return the sentence for a file that ended its process."""
    import signal

    if code == OUT_OF_MEMORY:
        return f"{name} 展开后占用的内存超过 {bounds.memory // 1_000_000_000} GB，未读取；文件已损坏或内容异常庞大，{_RESEND}。"
    if code == TOO_LONG:
        most = f"{MOST_ANSWER // 1_000_000} MB"
        return f"{name} 各格的文字展开后超过 {most}的上限，未读取；内容异常庞大，请删去多余内容、分成几个文件后再报送。"
    if hasattr(signal, "SIGXCPU") and code == -signal.SIGXCPU:
        return (
            f"{name} 读取超过 {bounds.seconds} 秒仍未完成，已停止；文件内容异常或过于庞大，请删去多余内容、分成几个文件后再报送。"
        )
    if hasattr(signal, "SIGKILL") and code == -signal.SIGKILL:
        return f"{name} 读取时被系统中止（内存不足，或长时间没有响应），未读取；请检查文件后再报送。"
    return f"{name} 已损坏（读取时异常中止），无法读取，{_RESEND}。"


_idle: list[_Worker] = []
_lock = threading.Lock()


def _take() -> _Worker:
    with _lock:
        while _idle:
            process = _idle.pop()
            if process.alive():
                return process
            process.end()
    return _Worker()


def _give_back(process: _Worker) -> None:
    with _lock:
        if process.alive() and len(_idle) < _MOST:
            _idle.append(process)
            return
    process.end()


def close() -> None:
    """End the processes that wait for a file."""
    with _lock:
        waiting = [*_idle]
        _idle.clear()
    for process in waiting:
        process.end()


def _forget() -> None:
    """A forked process must not ask its parent's workers."""
    global _lock  # noqa: PLW0603
    _idle.clear()
    _lock = threading.Lock()


atexit.register(close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
