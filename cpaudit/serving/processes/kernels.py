"""The kernels of the viewers: ready before they are asked for, each bound to one viewer, counted, and taken back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

from cpaudit.serving.doors.allowance import Account, Accounts
from cpaudit.serving.doors.gate import Gate
from cpaudit.serving.processes import turns
from cpaudit.serving.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.serving.doors.access import Viewer
    from cpaudit.serving.processes.nursery import Nursery

_log = logging.getLogger(__name__)
_START_S = 60
#: So many pages that were ended are remembered, so that they can be told why.
_REMEMBERED = 200
#: Bytes of what a kernel says that are kept for a page that is away.
_MOST_KEPT = 16 << 20
_TOO_MUCH_KEPT = "页面断开期间内容过多，已停止。请刷新页面。"


class Full(Exception):
    """No more pages: ``args[0]`` is a Chinese sentence for the viewer."""


@dataclass
class Kernel:
    """A kernel that answers, with the service's own connection to it."""

    id: str
    manager: Any
    client: Any
    generation: int

    @property
    def process(self) -> Any:
        """Its process, None when it has ended."""
        found = self.manager.provisioner.process if self.manager.provisioner else None
        return found if found is not None and found.poll() is None else None


@dataclass
class Session:
    """One open page: whose it is (``browser`` is a cookie's value), its kernel, and when it was last heard of.

    ``asked`` is whether the kernel was told something since it was last seen to be done, ``question`` what it is asked
    to see that (the message's id, since when); ``said`` is a sentence for the viewer whose connection was ended.
    ``gone`` is whether nobody waits for it any more: what its end breaks then is no event.
    """

    viewer: Viewer
    browser: str
    account: Account
    kernel: Kernel | None = None
    version: str = ""
    connections: int = 0
    connected_once: bool = False
    heard: float = field(default_factory=time.monotonic)
    failed: bool = False
    gone: bool = False
    complete: bool = False
    asked: bool = False
    question: tuple[str, float] | None = None
    cpu_s: float = 0.0
    said: str = ""

    def __post_init__(self) -> None:
        """Give the page its gate."""
        self.gate = Gate(self.account)

    def touch(self) -> None:
        """Note a sign of life."""
        self.heard = time.monotonic()

    def finish(self) -> None:
        """Note that the page is made; what its kernel says from now on is for the page's own connection only."""
        self.complete = True
        self.touch()
        if self.kernel:
            self.kernel.client.iopub_channel.stop()

    def count(self) -> None:
        """Count what its kernel has computed since the last time as its viewer's."""
        process = self.kernel.process if self.kernel else None
        if process is not None:
            total = turns.cpu_seconds(process.pid)
            self.account.used(max(0.0, total - self.cpu_s))
            self.cpu_s = total

    def left(self) -> bool:
        """Return whether its page was there and has gone."""
        return self.kernel is not None and self.complete and self.connected_once and not self.connections


class _Kept(list[Any]):
    """What a kernel says while its page is away, to be told when it comes back; ``full`` is called once it is too much."""

    def __init__(self, full: Callable[[], None]) -> None:
        super().__init__()
        self._full, self._room = full, _MOST_KEPT

    def append(self, message: Any) -> None:
        """Keep a message (channel, parts) where there is room."""
        if self._room <= 0:
            return
        self._room -= sum(map(len, message[1]))
        if self._room > 0:
            super().append(message)
        else:
            self.clear()
            self._full()


class Kernels(AsyncMappingKernelManager):
    """Jupyter's kernels, with spare ones and with sessions."""

    nursery: Nursery | None = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        self.sessions: list[Session] = []
        self.accounts = Accounts()
        self.groups = turns.Groups.own()
        self._ended: dict[str, tuple[Viewer, str, str]] = {}
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

    def spares(self) -> int:
        """Return how many spare kernels answer."""
        return sum(task.done() and self._usable(task) for task in self._spare)

    def _usable(self, task: asyncio.Task[Kernel]) -> bool:
        if not task.done():
            return True
        if task.cancelled() or task.exception():
            return False
        kernel = task.result()
        return kernel.generation == self._generation() and kernel.process is not None

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

    def start_buffering(self, kernel_id: str, session_key: str, channels: Any) -> None:
        """Keep what a kernel says while its page is away, but no more than a page that was there could have asked for."""
        super().start_buffering(kernel_id, session_key, channels)  # type: ignore[no-untyped-call]
        session = next((s for s in self.sessions if s.kernel and s.kernel.id == kernel_id), None)

        def end() -> None:
            if session is not None:
                asyncio.create_task(self.close(session, _TOO_MUCH_KEPT))  # noqa: RUF006 - nothing waits for it

        self._kernel_buffers[kernel_id]["buffer"] = _Kept(end)

    # -- sessions

    def admit(self, viewer: Viewer, browser: str, account: Account) -> Session:
        """Open a session.

        Raises:
            Full: the service, or this viewer, has as many pages open as allowed.
        """
        limits = settings()
        mine = [s for s in self.sessions if s.account is account]
        gone = [s for s in mine if s.left()]
        if len(mine) >= limits.pages_per_viewer and gone:
            oldest = min(gone, key=lambda s: s.heard)
            mine.remove(oldest)
            self.sessions.remove(oldest)
            oldest.count()
            assert oldest.kernel
            asyncio.create_task(self.end(oldest.kernel))  # noqa: RUF006 - nothing waits for it
        if len(mine) >= limits.pages_per_viewer:
            raise Full(f"您已打开 {len(mine)} 个看板页面，请先关闭一些，过一分钟再打开。")
        if len(self.sessions) >= limits.pages:
            raise Full("当前查看人数已满，请过几分钟再打开；静态看板不受人数限制。")
        session = Session(viewer, browser, account)
        self.sessions.append(session)
        return session

    def give(self, session: Session, kernel: Kernel) -> None:
        """Have a page use a kernel; it takes its turn among those of other viewers from the beginning."""
        session.kernel = kernel
        session.touch()
        if (process := kernel.process) is not None:
            turns.stand_back(process.pid, session.account.niceness)
            if self.groups:
                self.groups.put(process.pid, session.account)

    def session_of(self, kernel_id: str, viewer: Viewer | None, browser: str) -> Session | None:
        """Return the session of a kernel if it is this viewer's, else None."""
        found = next((s for s in self.sessions if s.kernel and s.kernel.id == kernel_id), None)
        return found if found and found.viewer == viewer and found.browser == browser else None

    def why(self, kernel_id: str, viewer: Viewer | None, browser: str) -> str:
        """Return the sentence that says why a page of this viewer was ended, '' where there is nothing to say."""
        whose, cookie, sentence = self._ended.get(kernel_id, (None, "", ""))
        return sentence if whose == viewer and cookie == browser else ""

    async def close(self, session: Session, why: str = "") -> None:
        """End a session and its kernel; ``why`` is a sentence for its viewer."""
        if session in self.sessions:
            self.sessions.remove(session)
            session.count()  # else pages that are opened and left within a second would cost their viewer nothing
            if session.kernel:
                if why:
                    self._ended[session.kernel.id] = (session.viewer, session.browser, why)
                    for old in list(self._ended)[:-_REMEMBERED]:
                        del self._ended[old]
                await self.end(session.kernel)

    def alive(self, session: Session) -> bool:
        """Return whether the session's kernel runs."""
        return session.kernel is None or session.kernel.process is not None

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
