"""A kernel of this very interpreter for one notebook: no kernelspec, no user profile and no open port has a say in it."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cpaudit import startup

if TYPE_CHECKING:
    from pathlib import Path

_live: set[int] = set()
_lock = threading.Lock()


def kernel_manager(folder: Path, environment: dict[str, str]) -> type:
    """Return a kernel manager class whose kernels keep connection file, sockets and IPython profile in ``folder``.

    ``environment`` is added to this process's own.

    A kernel ends when the process that started it ends, however that happens: ipykernel watches its parent.
    """
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    spec = KernelSpec(
        argv=startup.command("ipykernel_launcher", "-f", "{connection_file}"),
        display_name="Python 3 (ipykernel)",
        language="python",
        env={"IPYTHONDIR": str(folder / "ipython"), **environment},
    )

    class Local(AsyncKernelManager):
        """Starts ``spec`` whatever the notebook's kernelspec says."""

        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            self.connection_file = str(folder / "kernel.json")
            # Sockets instead of ports: nothing to collide with, nothing to reach from outside. Their paths must be short.
            if os.name == "posix" and len(os.fsencode(folder)) < 90:
                self.transport, self.ip = "ipc", str(folder / "kernel")

        @property
        def kernel_spec(self) -> KernelSpec:
            return spec

        async def _async_post_start_kernel(self, **given: Any) -> None:
            await super()._async_post_start_kernel(**given)
            pid = getattr(self.provisioner, "pid", None)
            if pid:
                with _lock:
                    _live.add(pid)

        async def _async_cleanup_resources(self, restart: bool = False) -> None:
            with _lock:
                _live.discard(getattr(self.provisioner, "pid", None) or 0)
            await super()._async_cleanup_resources(restart)

    return Local


def kill_all() -> None:
    """End every kernel that this process still runs; whoever waits for one gets an error at once."""
    with _lock:
        for pid in _live:
            with suppress(ProcessLookupError):
                os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
