"""The service's side of the warm parent: started, asked for kernels, replaced when it dies or when code or snapshot change."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit.processes import warm
from cpaudit.processes.link import launch, packed, unpacked
from cpaudit.serving import session
from cpaudit.serving.processes import forked
from cpaudit.serving.processes.child import Forked
from cpaudit.serving.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: The niceness of work that nobody waits for yet.
_PATIENT = 19
#: A parent that dies so soon, before it has been of any use, would die again at once.
_HASTE_S = 20.0
#: Longer than any machine takes to load everything; a parent that isn't ready by then never will be.
_LEARNING_S = 120.0
_log = logging.getLogger(__name__)


class Unavailable(Exception):
    """No process can be forked now; a plain kernel takes longer but works."""


class _Parent:
    """One warm parent process and the kernels that it forked; it is ready once it has rehearsed the notebooks."""

    def __init__(self, notebooks: list[str]) -> None:
        self.started = time.monotonic()
        self.process, self.link = launch(f"{forked.__name__}:{forked.prepare.__name__}", die_with=os.getpid())
        self.link.socket.setblocking(False)
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting: dict[int, asyncio.Future[Forked]] = {}
        self.kernels: dict[int, Forked] = {}
        self.served = False
        self.holding = False
        self._notebooks = [Path(n) for n in notebooks]
        self._numbers = itertools.count(1)
        self._errands: dict[int, Callable[[Any], bool]] = {}
        self._asked: float | None = None

    def silent_s(self) -> float:
        """Return for how long it has owed a sign of life."""
        if not self.ready.done():
            return time.monotonic() - self.started
        return time.monotonic() - self._asked if self._asked is not None else 0.0

    def ask(self, *, afresh: bool) -> None:
        """Ask for a sign of life, unless it owes one already; ``afresh`` forgives what it owes."""
        if self.ready.done() and (afresh or self._asked is None):
            self._asked = time.monotonic()
            with contextlib.suppress(OSError):  # dead or frozen: it will not answer either
                self.link.send("alive")

    async def fork(self, *arguments: Any) -> Forked:
        """Fork a kernel."""
        await asyncio.shield(self.ready)
        number = next(self._numbers)
        try:
            self.link.send("call", number, None, 0, None, file=packed((forked.be_kernel, arguments, {})))
        except OSError as error:
            raise Unavailable from error
        answer: asyncio.Future[Forked] = asyncio.get_running_loop().create_future()
        self.waiting[number] = answer
        return await answer

    def hear(self, message: tuple[Any, ...], file: int | None) -> bool:
        """Take note of a message; return whether the kernels forked from now on hold more pages."""
        self._asked = None
        match message:
            case ("ready",):
                self._send(self._rehearsed, 0, session.hold_rehearsed, session.rehearse, self._notebooks)
            case ("started", number, pid) if number in self.waiting:
                self.served = True
                kernel = self.kernels[number] = Forked(pid)
                answer = self.waiting.pop(number)
                if answer.done():  # whoever asked has left
                    kernel.kill()
                else:
                    answer.set_result(kernel)
            case ("ended", number, _) if number in self._errands:
                good, found = unpacked(file) if file is not None else (False, None)
                return self._errands.pop(number)(found if good else None)
            case ("ended", number, code) if number in self.kernels:
                self.kernels.pop(number).returncode = code
                if file is not None:  # nothing that a kernel may have written is read
                    os.close(file)
        return False

    def _send(
        self, then: Callable[[Any], bool], niceness: int, adopt: Callable[..., Any], work: Callable[..., Any], given: Any
    ) -> None:
        """Have a child do what the parent then holds for its kernels."""
        number = next(self._numbers)
        self._errands[number] = then
        where = f"{adopt.__module__}:{adopt.__name__}"
        with contextlib.suppress(OSError):  # it is dead: its end is told separately
            self.link.send("call", number, None, niceness, where, file=packed((work, (given,), {})))

    def _rehearsed(self, shown: list[str] | None) -> bool:
        """It holds the snapshot; where that failed, each kernel will try for itself and tell its reader what is wrong."""
        if not self.ready.done():
            self.ready.set_result(None)
        self.holding = shown is not None
        if shown:
            self._send(bool, _PATIENT, session.hold_pages, session.foresee, shown)
        return False

    def retire(self) -> None:
        """Give out no more kernels, and end after the last one."""
        with contextlib.suppress(OSError):
            self.link.send("retire")

    def turn_away(self) -> None:
        """Tell those who wait for a kernel that there will be none."""
        asked: list[asyncio.Future[Any]] = [self.ready, *self.waiting.values()]
        for each in asked:
            if not each.done():
                each.set_exception(Unavailable())
                each.exception()  # looked at: nobody may be waiting

    def gone(self) -> None:
        """It died, and its kernels with it."""
        for kernel in self.kernels.values():
            kernel.returncode = -signal.SIGKILL
        self.turn_away()
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
        self._frozen: list[_Parent] = []
        self._looked = time.monotonic()
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

    @property
    def ready(self) -> bool:
        """Whether kernels are to be had; where none can be forked, plain ones always are."""
        return not self._open or self._in_use is not None

    @property
    def holding(self) -> bool:
        """Whether the newest snapshot could be read for the kernels; without forking, each reads it for itself."""
        return not self._open or (self._in_use is not None and self._in_use.holding)

    @property
    def frozen(self) -> int:
        """How many parents were set aside and still have kernels."""
        return len(self._frozen)

    def look(self) -> None:
        """Ask the parents for a sign of life; called every second. One that gives none is replaced.

        The kernels of a frozen parent work on: it is ended after the last of them.
        """
        now, patience = time.monotonic(), settings().frozen_s
        here = now - self._looked < patience / 2  # else it was this process that stood still
        self._looked = now
        for parent in {self._in_use, self._newest} - {None}:
            assert parent
            if here and parent.silent_s() > (patience if parent.ready.done() else _LEARNING_S):
                self._set_aside(parent)
            else:
                parent.ask(afresh=not here)
        for parent in self._frozen:
            if all(kernel.poll() is not None for kernel in parent.kernels.values()):
                parent.process.kill()

    async def fork(self, argv: list[str], env: dict[str, str], cwd: str) -> Forked:
        """Fork a kernel.

        Raises:
            Unavailable: processes can't be forked here, or the warm parent doesn't stay alive.
        """
        parent = self._in_use or self._newest
        if parent is None:
            raise Unavailable
        return await parent.fork(argv, env, cwd)

    def stop(self) -> None:
        """End the parents, and so all kernels."""
        self._open = False
        for parent in (self._newest, self._in_use, *self._frozen):
            if parent is not None:
                parent.process.kill()

    def _raise_parent(self) -> None:
        if self._newest is not None and self._newest is not self._in_use:
            self._newest.process.kill()  # overtaken before it was ready
        self._newest = _Parent(self._notebooks)
        asyncio.get_running_loop().add_reader(self._newest.link.fileno(), self._hear, self._newest)

    def _hear(self, parent: _Parent) -> None:
        try:
            message, file = parent.link.receive()
        except BlockingIOError:
            return
        except (EOFError, OSError):
            self._bury(parent)
            return
        if parent.hear(message, file) and parent is self._in_use:
            self.generation += 1  # kernels forked so far lack those pages
        if parent is self._newest and self._in_use is not parent and parent.ready.done():
            if self._in_use:
                self._in_use.retire()
            self._in_use, self.generation = parent, self.generation + 1

    def _set_aside(self, parent: _Parent) -> None:
        _log.error("warm parent %s is frozen", parent.process.pid)
        parent.turn_away()
        parent.retire()
        self._frozen.append(parent)
        if self._in_use is parent:
            self._in_use = None
        if self._newest is parent:
            self._newest = None
            self._replace()

    def _bury(self, parent: _Parent) -> None:
        loop = asyncio.get_running_loop()
        if parent in self._frozen:
            self._frozen.remove(parent)
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
