"""The warm parent: a process with everything loaded and the newest snapshot in memory, which forks a kernel for each request.

It runs beside the service and talks to it over one socket, a JSON message at a time:

=========  ==========================================================
it gets    ``{"argv": [...], "env": {...}, "cwd": "..."}``: fork a kernel; ``{"retire": true}``: end after the last one;
           ``{"alive": true}``: say so
it says    ``{"ready": version}`` once, ``{"pid": n}`` per request in their order, ``{"exit": n, "code": c}`` per kernel gone,
           ``{"alive": true}`` when asked, ``{"foreseen": n}`` once it holds that many pages that readers will choose
=========  ==========================================================

It ends with the service and its kernels end with it, however either dies. It runs no Polars query itself, since forked
processes would hang: a child reads the snapshot, runs the dashboards once, and hands over plain tables; another one renders
what readers choose most, in its own time.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pickle
import selectors
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit import warm
from cpaudit.serving import journal, session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_LIBRARIES = (
    "nbformat",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "ipywidgets",
    "anywidget",
    "cpaudit.render.widgets.page",
)
_LARGEST = 1 << 20
#: The niceness of work that nobody waits for yet.
_PATIENT = 19


def run(fd: int, service: int, notebooks: list[str]) -> None:
    """Serve the socket ``fd`` of the process ``service`` until that ends."""
    warm.settle(service)
    link = socket.socket(fileno=fd)
    wakeups = _watch_children()
    ours = (link, wakeups)
    warm.preload(*_LIBRARIES)
    version, shown = _take_snapshot([Path(n) for n in notebooks], ours)
    _say(link, ready=version)
    foresight = _Errand(lambda: session.foresee(shown), ours, _PATIENT) if shown else None
    picker = selectors.DefaultSelector()
    picker.register(link, selectors.EVENT_READ)
    picker.register(wakeups, selectors.EVENT_READ)
    kernels: set[int] = set()
    retired = False
    while not (retired and not kernels):
        for key, _ in picker.select():
            if key.fileobj is wakeups:
                with contextlib.suppress(BlockingIOError):
                    wakeups.recv(4096)
                _bury(link, kernels)
                if foresight and foresight.over():
                    _keep(link, foresight.result())
                    foresight = None
                continue
            message = link.recv(_LARGEST)
            if not message:  # the service is gone
                os._exit(0)
            request = json.loads(message)
            if "retire" in request:
                retired = True
                continue
            if "alive" in request:
                _say(link, alive=True)
                continue
            pid = _fork(request, (*ours, foresight) if foresight else ours)
            kernels.add(pid)
            _say(link, pid=pid)
    os._exit(0)


def _say(link: socket.socket, **message: Any) -> None:
    link.sendall(json.dumps(message).encode())


def _watch_children() -> socket.socket:
    """Return a socket that becomes readable when a child ends."""
    ours, signals = socket.socketpair()
    for end in (ours, signals):
        end.setblocking(False)
    signal.set_wakeup_fd(signals.detach())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C at the terminal is the service's to act on
    return ours


def _bury(link: socket.socket, kernels: set[int]) -> None:
    for pid in list(kernels):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            kernels.remove(pid)
            _say(link, exit=pid, code=os.waitstatus_to_exitcode(status))


class _Errand:
    """Work that a child does, so that no thread which it needs lives here; its result comes back pickled."""

    def __init__(self, work: Callable[[], Any], ours: Iterable[socket.socket], patience: int = 0) -> None:
        me = os.getpid()
        self._handover = tempfile.TemporaryFile()  # noqa: SIM115 - lives until the result is taken
        self._status: int | None = None
        self._pid = os.fork()
        if self._pid:
            return
        try:
            _part(me, ours)
            os.nice(patience)
            pickle.dump(work(), self._handover, protocol=pickle.HIGHEST_PROTOCOL)
            self._handover.flush()
            os._exit(0)
        except BaseException:
            os._exit(1)

    def over(self, wait: int = os.WNOHANG) -> bool:
        """Return whether the child has ended."""
        if self._status is None:
            ended, status = os.waitpid(self._pid, wait)
            self._status = status if ended else None
        return self._status is not None

    def close(self) -> None:
        """Have nothing to do with it."""
        self._handover.close()

    def result(self) -> Any:
        """Return what the work gave, waiting for it; None where it failed."""
        self.over(0)
        with self._handover as handover:
            if self._status:
                return None
            handover.seek(0)
            return pickle.load(handover)  # noqa: S301 - written by our own child a moment ago


def _take_snapshot(notebooks: list[Path], ours: Iterable[socket.socket]) -> tuple[str, list[str]]:
    """Hold the newest snapshot; return its version, '' where there is none to be read, and the pages that notebooks show."""
    found = _Errand(lambda: session.rehearse(notebooks), ours).result()
    if found is None:
        return "", []  # each kernel will try for itself and tell its reader what is wrong
    ds, ready = found
    session.hold(ds)
    _hold_pages(ready)
    return str(ds.version), list(dict.fromkeys(page for page, *_ in ready))


def _keep(link: socket.socket, ready: session.Ready | None) -> None:
    if ready:
        _hold_pages(ready)
        _say(link, foreseen=len(ready))


def _hold_pages(ready: session.Ready) -> None:
    session.hold_pages(ready)
    gc.collect()
    gc.freeze()


def _part(parent: int, ours: Iterable[socket.socket | _Errand]) -> None:
    """Make a forked process its own, without what its parent listens to."""
    signal.set_wakeup_fd(-1)
    for end in ours:
        end.close()
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    warm.settle(parent)


def _fork(request: dict[str, Any], ours: Iterable[socket.socket | _Errand]) -> int:
    me = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        _part(me, ours)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        os.environ.update(request["env"])
        os.chdir(request["cwd"])
        _be_kernel(request["argv"])
    except BaseException as error:
        print(f"kernel: {journal.where(error)}", file=sys.stderr, flush=True)
    finally:
        os._exit(0)


def _be_kernel(argv: list[str]) -> None:
    import ipywidgets
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", *argv]
    sys.modules["__main__"] = type(sys)("__main__")
    app: Any = IPKernelApp.instance()
    app.log_connection_info = lambda: None  # it would tell the service's terminal how to connect
    log = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="backslashreplace", buffering=1)
    app.initialize(argv)
    journal.install(log)  # what a kernel reports of a message would hold the message
    ipywidgets.register_comm_target()  # its import would have done so, had there been a kernel then
    app.start()


if __name__ == "__main__":
    journal.install()
    sys.excepthook = lambda _kind, error, _trace: print(f"warm parent: {journal.where(error)}", file=sys.stderr)
    run(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
