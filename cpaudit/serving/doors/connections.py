"""Which connections are taken: so many from each place, so many in all, so that there is a file left for kernels and others."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop

from cpaudit.serving.doors.access import ProxyDoor
from cpaudit.serving.doors.allowance import place_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable

    from tornado.iostream import IOStream

    from cpaudit.serving.doors.access import Door

#: A browser has six, and two for each open page; a machine's users together hardly more than this.
_MOST_OF_A_PLACE = 200
#: Files of the service beside its connections: each kernel takes about ten, and there may be sixty of them.
_OTHER_FILES = 700
_FEWEST, _MOST = 300, 4000
#: So many are taken in one turn of the loop, before whoever is served already has theirs; more of them wait in the system.
_AT_ONCE, _WAITING = 8, 4096
_RECOUNT_S = 0.1
#: What waits in memory for a reader who takes nothing; many times what a page's kernel says at once.
_MOST_UNSENT = 16 << 20


class Server(HTTPServer):
    """Tornado's server, which would take connections until the system gives out no more files, to anybody.

    It would also take over a hundred at once before anything else gets a turn, and make a stream of each before it is asked
    whether it is wanted: with a burst of them, a page waited for seconds.
    """

    def initialize(self, *given: Any, door: Door, **more: Any) -> None:  # type: ignore[override]
        """Know whom the door believes."""
        super().initialize(*given, **more)
        self._door = door
        self._most = most(raise_limit())
        self._held: WeakKeyDictionary[IOStream, str] = WeakKeyDictionary()
        self._counts: Counter[str] = Counter()
        self._counted = -math.inf

    def add_sockets(self, sockets: Iterable[socket.socket]) -> None:
        """Take connections from these sockets, a few at a time."""
        loop = IOLoop.current()
        for each in sockets:
            each.listen(_WAITING)
            self._sockets[each.fileno()] = each
            loop.add_handler(each, self._take_some, IOLoop.READ)
            self._handlers[each.fileno()] = partial(loop.remove_handler, each)

    def _take_some(self, waiting: socket.socket, _events: int) -> None:
        for _ in range(_AT_ONCE):
            try:
                connection, address = waiting.accept()
            except ConnectionAbortedError:  # it has left again
                continue
            except OSError:  # nobody waits, or there is no file for one more
                return
            if self._full(self._place(address[0])):
                connection.close()
            else:
                self._handle_connection(connection, address)

    def _place(self, address: str) -> str:
        return "" if isinstance(self._door, ProxyDoor) and self._door.believes(address) else place_of(address)

    def _full(self, place: str) -> bool:
        """Return whether there is no room for one more of a place; which have ended is only looked for where there is none."""

        def full() -> bool:
            return self._counts.total() >= self._most or (bool(place) and self._counts[place] >= _MOST_OF_A_PLACE)

        if full() and time.monotonic() - self._counted > _RECOUNT_S:
            self._counts = Counter(held for known, held in list(self._held.items()) if not known.closed())
            self._counted = time.monotonic()
        return full()

    def handle_stream(self, stream: IOStream, address: tuple[str, int]) -> None:
        """Serve a new connection."""
        place = self._place(address[0])
        stream.max_write_buffer_size = _MOST_UNSENT
        self._held[stream] = place
        self._counts[place] += 1
        super().handle_stream(stream, address)


def raise_limit() -> int:
    """Have as many files as the system allows this user, and return how many; systems start programs with fewer."""
    if os.name != "posix":
        return 1 << 16
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # some systems say more than they allow
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return soft if soft > 0 else 1 << 16


def most(files: int) -> int:
    """Return how many connections fit beside everything else that takes files.

    >>> most(512), most(1024), most(20000)
    (300, 324, 4000)
    """
    return min(max(_FEWEST, files - _OTHER_FILES), _MOST)
