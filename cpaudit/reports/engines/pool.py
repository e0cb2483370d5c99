"""A warm parent as an executor: every call runs in a process of its own, forked with all libraries loaded."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import threading
from concurrent.futures import Executor, Future
from contextlib import suppress
from multiprocessing import Pipe
from typing import TYPE_CHECKING, Any, TypeVar

from cpaudit import startup
from cpaudit.errors import CpauditError
from cpaudit.reports.engines.inheritance import gather
from cpaudit.reports.tasks import environment

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

T = TypeVar("T")
#: The number of the call whose answer the warm parent keeps for itself.
LOOK_UP = 0


class ForkingPool(Executor):
    """Runs functions of modules in forked processes, ``jobs`` at once; each is killed after ``seconds``.

    The warm parent is a process of its own: this one may have threads (Polars has), which no process survives a fork with.
    It ends with this process, however that ends, and its children with it. ``modules`` are loaded beforehand too, and what
    :func:`~cpaudit.reports.engines.inheritance.gather` returns for ``look_up`` is there for whatever starts after it is done.
    """

    def __init__(
        self, jobs: int, seconds: float, modules: Sequence[str] = (), look_up: tuple[str, dt.date] | None = None
    ) -> None:
        self._settings = [str(jobs), str(seconds), *modules]
        self._look_up = look_up
        self._lock = threading.Lock()
        self._futures: dict[int, Future[Any]] = {}
        self._count = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The warm parent's process id; None before the first call."""
        return None if self._process is None else self._process.pid

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run ``fn`` in a process of its own."""
        future: Future[T] = Future()
        call = pickle.dumps((fn, args, kwargs))
        with self._lock:
            if self._process is None:
                self._start()
            self._count += 1
            self._futures[self._count] = future
            try:
                self._channel.send_bytes(pickle.dumps((self._count, call)))
            except OSError:
                self._futures.pop(self._count).set_exception(_gone())
        return future

    def _start(self) -> None:
        self._channel, theirs = Pipe()
        handle = str(theirs.fileno())
        command = startup.command("cpaudit.reports.engines.warm_parent", handle, *self._settings)
        # In a session of its own: Ctrl-C at the terminal reaches this process, which decides.
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
            env={**os.environ, **environment()},
        )
        theirs.close()
        self._reader = threading.Thread(target=self._read, daemon=True, name="forked results")
        self._reader.start()
        if self._look_up:
            self._channel.send_bytes(pickle.dumps((LOOK_UP, pickle.dumps((gather, self._look_up, {})))))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the warm parent; with ``wait`` after what was submitted, else at once and with its children."""
        if wait and not cancel_futures:
            for future in list(self._futures.values()):
                with suppress(Exception):
                    future.result()
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join()
        self._channel.close()

    def _read(self) -> None:
        while True:
            try:
                number, answer = pickle.loads(self._channel.recv_bytes())  # noqa: S301 - from our own process
            except (EOFError, OSError):
                break
            with self._lock:
                future = self._futures.pop(number)
            good, value = pickle.loads(answer)  # noqa: S301
            if good:
                future.set_result(value)
            else:
                future.set_exception(value)
        with self._lock:
            left, self._futures = list(self._futures.values()), {}
        for future in left:
            future.set_exception(_gone())


def _gone() -> CpauditError:
    return CpauditError("生成报告的进程已经结束，请检查内存是否够用后重新生成。")
