"""The service's side of the warm parent: started, asked for kernels, replaced when it dies or when code or snapshot change."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit import startup, warm

if TYPE_CHECKING:
    from collections.abc import Iterable

_LARGEST = 1 << 20
#: A parent that dies so soon, before it has been of any use, would die again at once.
_HASTE_S = 20.0
_log = logging.getLogger(__name__)


class Unavailable(Exception):
    """No process can be forked now; a plain kernel takes longer but works."""


class Forked:
    """A kernel's process as jupyter_client wants to see it: like a Popen, though it is the warm parent's child."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, None while the process runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code; jupyter_client asks once the process has ended."""
        if self.returncode is None:
            raise subprocess.TimeoutExpired("kernel", timeout or 0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, if the process still runs."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class _Parent:
    """One warm parent process and the kernels that it forked."""

    def __init__(self, notebooks: list[str]) -> None:
        self.started = time.monotonic()
        self.link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.link.setblocking(False)
        command = startup.command("cpaudit.serving.zygote", str(theirs.fileno()), str(os.getpid()), *notebooks)
        self.process = subprocess.Popen(  # noqa: S603 - our own module
            command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env=os.environ | startup.environment()
        )
        theirs.close()
        self.ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.waiting: list[asyncio.Future[Forked]] = []
        self.kernels: dict[int, Forked] = {}
        self.served = False

    async def fork(self, request: dict[str, Any]) -> Forked:
        await asyncio.shield(self.ready)
        answer: asyncio.Future[Forked] = asyncio.get_running_loop().create_future()
        try:
            self.link.send(json.dumps(request).encode())
        except OSError as error:
            raise Unavailable from error
        self.waiting.append(answer)
        return await answer

    def hear(self, message: dict[str, Any]) -> None:
        if "ready" in message:
            if not self.ready.done():
                self.ready.set_result(message["ready"])
        elif "pid" in message:
            self.served = True
            kernel = self.kernels[message["pid"]] = Forked(message["pid"])
            answer = self.waiting.pop(0)
            if answer.done():  # whoever asked has left
                kernel.kill()
            else:
                answer.set_result(kernel)
        elif message["exit"] in self.kernels:
            self.kernels.pop(message["exit"]).returncode = message["code"]

    def retire(self) -> None:
        """Give out no more kernels, and end after the last one."""
        with contextlib.suppress(OSError):
            self.link.send(b'{"retire": true}')

    def gone(self) -> None:
        """It died, and its kernels with it."""
        for kernel in self.kernels.values():
            kernel.returncode = -signal.SIGKILL
        asked: list[asyncio.Future[Any]] = [self.ready, *self.waiting]
        for each in asked:
            if not each.done():
                each.set_exception(Unavailable())
                each.exception()  # looked at: nobody may be waiting
        self.kernels.clear()
        self.link.close()
        self.process.wait()


class Nursery:
    """Gives out forked kernels; :attr:`generation` changes with each new warm parent in use, and when it has learnt more."""

    def __init__(self, notebooks: Iterable[Path]) -> None:
        self._notebooks = [str(p) for p in notebooks]
        self._newest: _Parent | None = None
        self._in_use: _Parent | None = None
        self._open = False
        self._stamp: object = None
        self.generation = 0

    def start(self, stamp: object) -> None:
        """Start the first parent, where processes can be forked; ``stamp`` is what code and snapshot are now."""
        self._open, self._stamp = warm.can_fork(), stamp
        if self._open:
            self._raise_parent()

    def renew(self, stamp: object) -> None:
        """Start a new parent if code or snapshot have changed; the old one gives out kernels until that is ready."""
        if self._open and stamp != self._stamp:
            self._stamp = stamp
            self._raise_parent()

    async def fork(self, argv: list[str], env: dict[str, str], cwd: str) -> Forked:
        """Fork a kernel.

        Raises:
            Unavailable: processes can't be forked here, or the warm parent doesn't stay alive.
        """
        parent = self._in_use or self._newest
        if parent is None:
            raise Unavailable
        return await parent.fork({"argv": argv, "env": env, "cwd": cwd})

    def stop(self) -> None:
        """End the parents, and so all kernels."""
        self._open = False
        for parent in (self._newest, self._in_use):
            if parent is not None:
                parent.process.kill()

    def _raise_parent(self) -> None:
        if self._newest is not None and self._newest is not self._in_use:
            self._newest.process.kill()  # overtaken before it was ready
        self._newest = _Parent(self._notebooks)
        asyncio.get_running_loop().add_reader(self._newest.link.fileno(), self._hear, self._newest)

    def _hear(self, parent: _Parent) -> None:
        try:
            message = parent.link.recv(_LARGEST)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if not message:
            self._bury(parent)
            return
        said = json.loads(message)
        if "foreseen" in said:
            self.generation += parent is self._in_use  # kernels forked so far lack those pages
            return
        parent.hear(said)
        if parent is self._newest and self._in_use is not parent and parent.ready.done():
            if self._in_use:
                self._in_use.retire()
            self._in_use, self.generation = parent, self.generation + 1

    def _bury(self, parent: _Parent) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(parent.link.fileno())
        parent.gone()
        if self._in_use is parent:
            self._in_use = None
        if self._newest is parent:
            self._newest = None
            if self._open:
                _log.error("warm parent %s ended (%s)", parent.process.pid, parent.process.returncode)
                hasty = not parent.served and time.monotonic() - parent.started < _HASTE_S
                loop.call_later(_HASTE_S if hasty else 0, self._replace)

    def _replace(self) -> None:
        if self._open and self._newest is None:
            self._raise_parent()
