"""The warm parent's own process: it prepares itself, then forks for each call and passes on what came of it (see link)."""

from __future__ import annotations

import os
import pickle
import selectors
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any, NoReturn

from cpaudit.processes import warm
from cpaudit.processes.link import Link, packed, unpacked


@dataclass(slots=True)
class _Child:
    """A call at work; ``answer`` is the file that it writes, ``until`` when it is killed."""

    number: int
    pid: int
    answer: int
    adopt: str | None
    until: float


class _Parent:
    def __init__(self, link: Link) -> None:
        self._link, self._wakeups = link, _watch_children()
        self._children: list[_Child] = []
        self._retired = False

    def serve(self) -> None:
        """Do what is asked until the other side has gone, or retires this one and the last call is over."""
        # One that has no descriptor, which forked processes would keep.
        picker = selectors.PollSelector()
        picker.register(self._link, selectors.EVENT_READ)
        picker.register(self._wakeups[0], selectors.EVENT_READ)
        while not (self._retired and all(child.adopt for child in self._children)):
            for key, _ in picker.select(self._patience()):
                if key.fileobj is self._wakeups[0]:
                    with suppress(BlockingIOError):
                        self._wakeups[0].recv(4096)
                    self._bury()
                elif not self._hear():
                    return
            self._kill_late()

    def _patience(self) -> float | None:
        first = min((child.until for child in self._children), default=float("inf"))
        return None if first == float("inf") else max(0.0, first - time.monotonic())

    def _hear(self) -> bool:
        try:
            message, file = self._link.receive()
        except (EOFError, OSError):
            return False
        match message:
            case ("alive",):
                self._link.send("alive")
            case ("retire",):
                self._retired = True
            case ("call", number, seconds, niceness, adopt) if file is not None:
                until = float("inf") if seconds is None else time.monotonic() + seconds
                self._fork(number, file, niceness, adopt, until)
        return True

    def _fork(self, number: int, call: int, niceness: int, adopt: str | None, until: float) -> None:
        me, answer = os.getpid(), os.memfd_create("cpaudit")
        pid = os.fork()
        if not pid:
            self._be_child(me, call, answer, niceness)
        os.close(call)
        self._children.append(_Child(number, pid, answer, adopt, until))
        self._link.send("started", number, pid)

    def _be_child(self, parent: int, call: int, answer: int, niceness: int) -> NoReturn:
        """Run the call, write what came of it, and leave without the clean-up that belongs to the parent."""
        try:
            signal.set_wakeup_fd(-1)
            for end in (*self._wakeups, self._link):
                end.close()
            for other in self._children:
                os.close(other.answer)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            warm.settle(parent)
            os.nice(niceness)
            function, args, kwargs = unpacked(call)
            try:
                said: tuple[bool, Any] = True, function(*args, **kwargs)
            except Exception as error:
                said = False, error
            with open(answer, "wb") as writer:
                pickle.dump(said, writer, pickle.HIGHEST_PROTOCOL)
            os._exit(0)
        except BaseException:
            sys.excepthook(*sys.exc_info())  # a service's says where, and nothing of what a message held
            sys.stderr.flush()
        finally:
            os._exit(1)

    def _bury(self) -> None:
        for child in list(self._children):
            ended, status = os.waitpid(child.pid, os.WNOHANG)
            if not ended:
                continue
            self._children.remove(child)
            code = os.waitstatus_to_exitcode(status)
            answer: int | None = child.answer
            if code or not os.fstat(child.answer).st_size:
                os.close(child.answer)
                answer = None
            elif child.adopt:
                answer = packed(self._adopted(child.adopt, child.answer))
            self._link.send("ended", child.number, code, file=answer)

    def _adopted(self, adopt: str, answer: int) -> tuple[bool, Any]:
        good, value = unpacked(answer)
        if good:
            value = resolve_name(adopt)(value)
            warm.freeze()
        return good, value

    def _kill_late(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if now > child.until:
                os.kill(child.pid, signal.SIGKILL)


def _watch_children() -> tuple[socket.socket, socket.socket]:
    """Return two ends of which the first becomes readable when a child ends."""
    ours, signals = socket.socketpair()
    for end in (ours, signals):
        end.setblocking(False)
    signal.set_wakeup_fd(signals.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return ours, signals


def main(fd: str, owner: str, prepare: str, *arguments: str) -> None:
    """Serve the socket ``fd`` once ``prepare`` is done; ``owner`` is the process to die with, "0" for none."""
    if int(owner):
        warm.die_with(int(owner))
    link = Link(socket.socket(fileno=int(fd)))
    warm.without_threads()
    resolve_name(prepare)(*arguments)
    warm.freeze()
    with suppress(BrokenPipeError, ConnectionResetError):  # the other side has gone: nothing is left to be done
        link.send("ready")
        # Not before: an event loop that ran in between would have taken the signals over.
        _Parent(link).serve()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
