"""A warm parent as an executor: every call runs in a process of its own, forked with all libraries loaded."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import threading
from collections import deque
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from cpaudit.errors import CpauditError
from cpaudit.processes.link import Link, filled, launch, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")
#: A call that ends itself in time leaves something; one that can't is killed so much later.
_GRACE_S = 10


class ForkingPool(Executor):
    """Runs functions of modules in forked processes, ``jobs`` at once; each is killed some time after ``seconds`` (None: never).

    The warm parent starts with the first call and does ``prepare(*arguments)`` ("module:function") before; it ends with this
    process, however that ends, and its children with it. ``first`` is given to :meth:`hand_down` before the first call.
    ``work`` says in Chinese what the processes do, for the sentence that one of them died.
    """

    def __init__(
        self,
        jobs: int,
        seconds: float | None,
        prepare: str,
        arguments: Sequence[str] = (),
        *,
        work: str,
        first: tuple[Any, ...] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._jobs, self._seconds, self._work, self._first = jobs, seconds, work, first
        self._how = (prepare, *arguments)
        self._environment = environment
        self._lock = threading.RLock()
        self._waiting: deque[tuple[Future[Any], bytes, str | None]] = deque()
        self._running: dict[int, Future[Any]] = {}
        self._count = 0
        self._over = False
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The warm parent's process id; None before the first call."""
        return None if self._process is None else self._process.pid

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run ``fn`` in a process of its own."""
        return self._submit(None, fn, args, kwargs)

    def hand_down(self, adopt: str, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Run ``fn`` likewise, have ``adopt`` ("module:function") keep what it returns for whatever starts after that.

        The future's result is what ``adopt`` returns.
        """
        return self._submit(adopt, fn, args, {})

    def _submit(self, adopt: str | None, fn: Callable[..., T], args: Any, kwargs: Any) -> Future[T]:
        future: Future[T] = Future()
        call = pickle.dumps((fn, args, kwargs))
        with self._lock:
            if self._process is None:
                self._start()
            if not self._over:
                self._waiting.append((future, call, adopt))
                self._feed()
                return future
        future.set_exception(self._died("母进程"))
        return future

    def _start(self) -> None:
        self._process, self._link = launch(*self._how, environment=self._environment)
        self._reader = threading.Thread(target=self._read, args=(self._link,), daemon=True, name="forked results")
        self._reader.start()
        if self._first:
            self.hand_down(*self._first)

    def _feed(self) -> None:
        """Pass calls on; with the lock held. They wait here, since each that waits there keeps a file open."""
        while self._waiting and len(self._running) < self._jobs:
            future, call, adopt = self._waiting.popleft()
            self._count += 1
            self._running[self._count] = future
            seconds = None if self._seconds is None else self._seconds + _GRACE_S
            with suppress(OSError):  # it is dead: the reader hears so too, and tells
                self._link.send("call", self._count, seconds, 0, adopt, file=filled(call))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the warm parent; with ``wait`` after what was submitted, else at once and with its children."""
        if wait and not cancel_futures:
            with self._lock:
                left = [*self._running.values(), *(future for future, *_ in self._waiting)]
            for future in left:
                with suppress(Exception):
                    future.result()
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join()
        self._link.close()

    def _read(self, link: Link) -> None:
        while True:
            try:
                message, file = link.receive()
            except (EOFError, OSError):
                break
            if message[0] != "ended":
                continue
            _, number, code = message
            with self._lock:
                future = self._running.pop(number)
                self._feed()
            if file is None:
                future.set_exception(self._died(f"收到信号 {-code}" if code < 0 else f"退出码 {code}"))
                continue
            try:
                good, value = unpacked(file)
            except Exception as error:  # an answer of a kind that can't be passed on
                good, value = False, error
            if good:
                future.set_result(value)
            else:
                future.set_exception(value)
        with self._lock:
            self._over = True
            left = [*self._running.values(), *(future for future, *_ in self._waiting)]
            self._running.clear()
            self._waiting.clear()
        for future in left:
            future.set_exception(self._died("母进程"))

    def _died(self, how: str) -> CpauditError:
        return CpauditError(f"{self._work}的进程意外结束（{how}），请检查内存是否够用后重试。")
