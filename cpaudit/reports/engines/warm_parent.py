"""The warm parent's own process: it loads everything once, then forks for each call and passes the answers on."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import time
from collections import deque
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any, NoReturn

from cpaudit import warm
from cpaudit.errors import CpauditError
from cpaudit.reports.engines.inheritance import adopt
from cpaudit.reports.engines.pool import LOOK_UP
from cpaudit.reports.engines.rehearsal import rehearse

#: What reports need besides what every page needs.
_MODULES = ("papermill", "nbformat.v4", "cpaudit.reports.tasks", "cpaudit.reports.cells.inprocess", "cpaudit.reports.html")
#: A child that ends itself in time leaves a notebook; one that can't is killed so much later.
_GRACE_S = 10


def main(handle: int, jobs: int, seconds: float, modules: list[str]) -> None:
    """Serve calls that come over the connection ``handle`` until it closes."""
    channel = Connection(handle)
    warm.preload(*_MODULES, *modules)
    warm.plain_texts()
    definitions()
    rehearse()
    gc.freeze()
    calls: deque[tuple[int, bytes]] = deque()
    running: dict[Connection, tuple[int, int, float]] = {}
    while True:
        while calls and len(running) < jobs:
            number, call = calls.popleft()
            answers, pid = _fork(call, channel, list(running))
            running[answers] = (number, pid, time.monotonic() + seconds + _GRACE_S)
        patience = min((end for _, _, end in running.values()), default=None)
        ready = wait([channel, *running], None if patience is None else max(0.0, patience - time.monotonic()))
        for connection in ready:
            if connection is channel:
                try:
                    calls.append(pickle.loads(channel.recv_bytes()))  # noqa: S301 - from the process that started this one
                except EOFError:  # it ended; so do the children, which watch for it
                    return
            else:
                number, pid, _ = running.pop(connection)  # type: ignore[call-overload]
                answer = _answer(connection, pid)  # type: ignore[arg-type]
                if number == LOOK_UP:
                    _adopt(answer)
                else:
                    channel.send_bytes(pickle.dumps((number, answer)))
        for _, pid, end in running.values():
            if time.monotonic() > end:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def definitions() -> None:
    """Read what every report reads, none of it with Polars: definition files, and plotly's own validators at first use."""
    from cpaudit import fields, indicators
    from cpaudit.programme import divisions, industries, units
    from cpaudit.programme.conventions import conventions
    from cpaudit.views import theme

    # A faulty file is told by the report that needs it.
    for read in (fields.tables, units, divisions, industries, conventions, indicators.systems, theme.figure):
        with suppress(CpauditError):
            read()


def _adopt(answer: bytes) -> None:
    good, gathered = pickle.loads(answer)  # noqa: S301 - from our own child
    if good:  # what went wrong there is told by the reports, which look themselves then
        adopt(gathered)
        gc.freeze()


def _fork(call: bytes, channel: Connection, others: list[Connection]) -> tuple[Connection, int]:
    answers, theirs = Pipe(duplex=False)
    parent = os.getpid()
    pid = os.fork()
    if not pid:
        for connection in (channel, answers, *others):
            connection.close()
        _child(call, theirs, parent)
    theirs.close()
    return answers, pid


def _child(call: bytes, answers: Connection, parent: int) -> NoReturn:
    """Run the call, send what came of it, and leave without the clean-up that belongs to the parent."""
    try:
        warm.settle(parent)
        function, args, kwargs = pickle.loads(call)  # noqa: S301
        try:
            answer: tuple[bool, Any] = (True, function(*args, **kwargs))
        except Exception as error:
            answer = (False, error)
        answers.send_bytes(pickle.dumps(answer))
    finally:
        os._exit(0)


def _answer(answers: Connection, pid: int) -> bytes:
    """Return what a child sent, or that it died; it is gone afterwards."""
    content = b""
    with suppress(EOFError, OSError):
        content = answers.recv_bytes()
    answers.close()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if content:
        return content
    how = f"收到信号 {-status}" if status < 0 else f"退出码 {status}"
    return pickle.dumps((False, CpauditError(f"报告的进程（内核）意外结束（{how}），请检查内存是否够用后重新生成。")))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:])
