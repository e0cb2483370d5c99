"""Which connections are taken: so many from each place, so many in all, so that there is a file left for kernels and others."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from tornado.httpserver import HTTPServer

from cpaudit.serving.doors.access import ProxyDoor
from cpaudit.serving.doors.allowance import place_of

if TYPE_CHECKING:
    from tornado.iostream import IOStream

    from cpaudit.serving.doors.access import Door

#: A browser has six, and two for each open page; a machine's users together hardly more than this.
_MOST_OF_A_PLACE = 200
#: Files of the service beside its connections: each kernel takes about ten, and there may be sixty of them.
_OTHER_FILES = 700
_FEWEST, _MOST = 300, 4000
#: What waits in memory for a reader who takes nothing; many times what a page's kernel says at once.
_MOST_UNSENT = 16 << 20


class Server(HTTPServer):
    """Tornado's server, which would take connections until the system gives out no more files, to anybody."""

    def initialize(self, *given: Any, door: Door, **more: Any) -> None:  # type: ignore[override]
        """Know whom the door believes."""
        super().initialize(*given, **more)
        self._door = door
        self._most = most(raise_limit())
        self._held: WeakKeyDictionary[IOStream, str] = WeakKeyDictionary()

    def handle_stream(self, stream: IOStream, address: tuple[str, int]) -> None:
        """Serve a new connection, or end it."""
        place = "" if isinstance(self._door, ProxyDoor) and self._door.believes(address[0]) else place_of(address[0])
        places = [held for known, held in list(self._held.items()) if not known.closed()]
        if len(places) >= self._most or (place and places.count(place) >= _MOST_OF_A_PLACE):
            stream.close()
            return
        stream.max_write_buffer_size = _MOST_UNSENT
        self._held[stream] = place
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
