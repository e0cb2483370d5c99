"""A warm parent as an executor: every call runs in a process of its own, forked with all libraries loaded."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from concurrent.futures import Executor, Future
from contextlib import suppress
from multiprocessing import Pipe
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import cpaudit
from cpaudit.errors import CpauditError
from cpaudit.reports.tasks import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


class ForkingPool(Executor):
    """Runs functions of modules in forked processes, ``jobs`` at once; each is killed after ``seconds``.

    The warm parent is a process of its own: this one may have threads (Polars has), which no process survives a fork with.
    It ends with this process, however that ends, and its children with it. ``modules`` are loaded beforehand too.
    """

    def __init__(self, jobs: int, seconds: float, modules: Sequence[str] = ()) -> None:
        self._channel, theirs = Pipe()
        self._lock = threading.Lock()
        self._futures: dict[int, Future[Any]] = {}
        self._count = 0
        # The package that runs here runs there, wherever it was imported from; nothing of the working folder does.
        paths = [str(Path(cpaudit.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        handle = theirs.fileno()
        command = [sys.executable, "-P", "-m", "cpaudit.reports.warm_parent", str(handle), str(jobs), str(seconds), *modules]
        # In a session of its own: Ctrl-C at the terminal reaches this process, which decides.
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=(handle,),
            start_new_session=True,
            env=environment,
        )
        theirs.close()
        self._reader = threading.Thread(target=self._read, daemon=True, name="forked results")
        self._reader.start()

    @property
    def pid(self) -> int:
        """The warm parent's process id."""
        return self._process.pid

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run ``fn`` in a process of its own."""
        future: Future[T] = Future()
        call = pickle.dumps((fn, args, kwargs))
        with self._lock:
            self._count += 1
            self._futures[self._count] = future
            try:
                self._channel.send_bytes(pickle.dumps((self._count, call)))
            except OSError:
                self._futures.pop(self._count).set_exception(_gone())
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the warm parent; with ``wait`` after what was submitted, else at once and with its children."""
        if wait and not cancel_futures:
            for future in list(self._futures.values()):
                with suppress(Exception):
                    future.result()
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
