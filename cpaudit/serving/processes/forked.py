"""The service's warm parent from the inside: what it loads, and how a process that was forked from it becomes a kernel."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any, NoReturn

from cpaudit.processes import warm
from cpaudit.serving import journal

_LIBRARIES = (
    "nbformat",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "ipywidgets",
    "anywidget",
    "cpaudit.render.widgets.page",
)


def prepare() -> None:
    """Load what kernels need; whatever goes wrong from here on is told without what it says."""
    journal.install()
    sys.excepthook = lambda _kind, error, _trace: print(f"warm parent: {journal.where(error)}", file=sys.stderr)
    warm.preload(*_LIBRARIES)


def be_kernel(argv: list[str], env: dict[str, str], cwd: str) -> NoReturn:
    """Be a kernel with these arguments, until it ends."""
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        os.environ.update(env)
        os.chdir(cwd)
        _run(argv)
    except BaseException as error:
        print(f"kernel: {journal.where(error)}", file=sys.stderr, flush=True)
    finally:
        os._exit(0)


def _run(argv: list[str]) -> None:
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
