"""The warm parent: a process with everything loaded and the newest snapshot in memory, which forks a kernel for each request.

It runs beside the service and talks to it over one socket, a JSON message at a time:

=========  ==========================================================
it gets    ``{"argv": [...], "env": {...}, "cwd": "..."}``: fork a kernel; ``{"retire": true}``: end after the last one
it says    ``{"ready": version}`` once, ``{"pid": n}`` per request in their order, ``{"exit": n, "code": c}`` per kernel gone
=========  ==========================================================

It ends with the service and its kernels end with it, however either dies. It runs no Polars query itself, since forked
processes would hang: a child reads the snapshot, runs the dashboards once, and hands over plain tables.
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
from typing import Any

from cpaudit import warm

_LIBRARIES = (
    "nbformat",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "ipywidgets",
    "anywidget",
    "cpaudit.render.widgets",
    "cpaudit.serving.session",
)
_LARGEST = 1 << 20


def run(fd: int, service: int, notebooks: list[str]) -> None:
    """Serve the socket ``fd`` of the process ``service`` until that ends."""
    warm.settle(service)
    link = socket.socket(fileno=fd)
    wakeups = _watch_children()
    warm.preload(*_LIBRARIES)
    _say(link, ready=_take_snapshot([Path(n) for n in notebooks]))
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
                continue
            message = link.recv(_LARGEST)
            if not message:  # the service is gone
                os._exit(0)
            request = json.loads(message)
            if "retire" in request:
                retired = True
                continue
            pid = _fork(request, [link, wakeups])
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


def _take_snapshot(notebooks: list[Path]) -> str:
    """Hold the newest snapshot, read by a child; return its version, '' where there is none to be read."""
    from cpaudit.serving import session

    me = os.getpid()
    with tempfile.TemporaryFile() as handover:
        child = os.fork()
        if not child:
            try:
                warm.settle(me)
                pickle.dump(session.rehearse(notebooks), handover, protocol=pickle.HIGHEST_PROTOCOL)
                handover.flush()
                os._exit(0)
            except BaseException:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        if status:
            return ""  # each kernel will try for itself and tell its reader what is wrong
        handover.seek(0)
        ds, ready = pickle.load(handover)  # noqa: S301 - written by our own child a moment ago
    session.hold(ds, ready)
    gc.collect()
    gc.freeze()
    return str(ds.version)


def _fork(request: dict[str, Any], ours: list[socket.socket]) -> int:
    me = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        signal.set_wakeup_fd(-1)
        for end in ours:
            end.close()
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        warm.settle(me)
        os.environ.update(request["env"])
        os.chdir(request["cwd"])
        _be_kernel(request["argv"])
    except BaseException as error:
        print(f"kernel: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(0)


def _be_kernel(argv: list[str]) -> None:
    import ipywidgets
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", *argv]
    sys.modules["__main__"] = type(sys)("__main__")
    app: Any = IPKernelApp.instance()
    app.log_connection_info = lambda: None  # it would tell the service's terminal how to connect
    app.initialize(argv)
    ipywidgets.register_comm_target()  # its import would have done so, had there been a kernel then
    app.start()


if __name__ == "__main__":
    run(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
