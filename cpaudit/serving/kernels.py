"""The kernels of the viewers: ready before they are asked for, each bound to one viewer, counted, and taken back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

from cpaudit.serving.gate import Gate
from cpaudit.serving.settings import settings

if TYPE_CHECKING:
    from cpaudit.serving.access import Viewer
    from cpaudit.serving.nursery import Nursery

_log = logging.getLogger(__name__)
_START_S = 60


class Full(Exception):
    """No more pages: ``args[0]`` is a Chinese sentence for the viewer."""


@dataclass
class Kernel:
    """A kernel that answers, with the service's own connection to it."""

    id: str
    manager: Any
    client: Any
    generation: int


@dataclass
class Session:
    """One open page: whose it is (``browser`` is a cookie's value), its kernel, and when it was last heard of."""

    viewer: Viewer
    browser: str
    kernel: Kernel | None = None
    gate: Gate = field(default_factory=Gate)
    version: str = ""
    connections: int = 0
    heard: float = field(default_factory=time.monotonic)
    failed: bool = False

    def touch(self) -> None:
        """Note a sign of life."""
        self.heard = time.monotonic()


class Kernels(AsyncMappingKernelManager):
    """Jupyter's kernels, with spare ones and with sessions."""

    nursery: Nursery | None = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        self.sessions: list[Session] = []
        self._spare: list[asyncio.Task[Kernel]] = []

    # -- spare kernels

    def fill(self) -> None:
        """Start spare kernels until there are enough; those of an earlier warm parent are ended."""
        for task in [t for t in self._spare if not self._usable(t)]:
            self._spare.remove(task)
            self._discard(task)
        while len(self._spare) < settings().spare_kernels:
            self._spare.append(asyncio.create_task(self._start()))

    async def take(self) -> Kernel:
        """Return a kernel that answers; a spare one if there is any, else a new one."""
        ready = next((t for t in self._spare if t.done() and self._usable(t)), None)
        if ready is None:
            return await self._start()
        self._spare.remove(ready)
        # The spare is replaced when this viewer's page is there: both at once would make it wait.
        asyncio.get_running_loop().call_later(1, self.fill)
        return ready.result()

    def _usable(self, task: asyncio.Task[Kernel]) -> bool:
        if not task.done():
            return True
        if task.cancelled() or task.exception():
            return False
        kernel = task.result()
        process = kernel.manager.provisioner.process if kernel.manager.provisioner else None
        return kernel.generation == self._generation() and process is not None and process.poll() is None

    def _generation(self) -> int:
        return self.nursery.generation if self.nursery else 0

    def _discard(self, task: asyncio.Task[Kernel]) -> None:
        if task.done() and not task.cancelled() and not task.exception():
            asyncio.create_task(self.end(task.result()))  # noqa: RUF006 - nothing waits for it

    async def _start(self) -> Kernel:
        generation = self._generation()
        kernel_id: str = await self._async_start_kernel(kernel_name="python3")
        manager: Any = self.get_kernel(kernel_id)
        client = manager.client()
        client.start_channels()
        client.allow_stdin = False
        kernel = Kernel(kernel_id, manager, client, generation)
        try:
            await client.wait_for_ready(timeout=_START_S)
        except BaseException:
            await self.end(kernel)
            raise
        return kernel

    async def end(self, kernel: Kernel) -> None:
        """End a kernel at once; there is nothing in it to be saved."""
        kernel.client.stop_channels()
        with contextlib.suppress(Exception):
            await self._async_shutdown_kernel(kernel.id, now=True)  # type: ignore[no-untyped-call]

    # -- sessions

    def admit(self, viewer: Viewer, browser: str) -> Session:
        """Open a session.

        Raises:
            Full: the service, or this viewer, has as many pages open as allowed.
        """
        limits = settings()
        if len(self.sessions) >= limits.pages:
            raise Full("当前查看人数已满，请过几分钟再打开；静态看板不受人数限制。")
        mine = sum(s.browser == browser and s.viewer.name == viewer.name for s in self.sessions)
        if mine >= limits.pages_per_viewer:
            raise Full(f"您已打开 {mine} 个看板页面，请先关闭一些，过一分钟再打开。")
        session = Session(viewer, browser)
        self.sessions.append(session)
        return session

    def session_of(self, kernel_id: str, viewer: Viewer | None, browser: str) -> Session | None:
        """Return the session of a kernel if it is this viewer's, else None."""
        found = next((s for s in self.sessions if s.kernel and s.kernel.id == kernel_id), None)
        return found if found and found.viewer == viewer and found.browser == browser else None

    async def close(self, session: Session) -> None:
        """End a session and its kernel."""
        if session in self.sessions:
            self.sessions.remove(session)
            if session.kernel:
                await self.end(session.kernel)

    def alive(self, session: Session) -> bool:
        """Return whether the session's kernel runs."""
        if session.kernel is None:
            return True
        provisioner = session.kernel.manager.provisioner
        return provisioner is not None and provisioner.process is not None and provisioner.process.poll() is None

    async def sweep(self, allowed: Any) -> None:
        """Take back kernels whose page has gone, is idle or broken, or whose viewer may see something else by now."""
        now, limits = time.monotonic(), settings()
        for session in list(self.sessions):
            patience = limits.idle_s if session.connections else limits.left_s
            if session.kernel is None:
                patience = limits.cell_s + _START_S
            if now - session.heard > patience or not self.alive(session) or not allowed(session.viewer):
                await self.close(session)

    async def shutdown_all(self, *_how: Any, **_more: Any) -> None:  # type: ignore[override]
        """End every kernel at once: nothing in them is to be saved, and nobody waits for an answer."""
        for task in self._spare:
            task.cancel()
        for kernel_id in self.list_kernel_ids():
            provisioner: Any = self.get_kernel(kernel_id).provisioner
            if provisioner is not None and provisioner.process is not None:
                provisioner.process.kill()
