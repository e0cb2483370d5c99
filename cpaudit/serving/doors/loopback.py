"""The door for the operator's own questions: on this machine only, past no proxy, a few at a time whatever comes."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets

from cpaudit.serving.settings import settings

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable

    from tornado.httputil import HTTPServerRequest
    from tornado.iostream import IOStream

ADDRESS = "127.0.0.1"
#: One is taken in so many seconds: a flood waits in the system and costs the dashboards nothing.
_PAUSE_S = 0.05
_AT_ONCE, _WAITING = 8, 16
_LARGEST_HEADERS = 8 * 1024
#: A name that leads here today may be another site's, which would read the answers through its reader's browser.
_HERE = re.compile(r"(127\.0\.0\.1|localhost)(:\d+)?", re.IGNORECASE)
#: What a proxy says of itself, or what only a browser's page or our own proxy sends.
_FROM_ELSEWHERE = ("Forwarded", "Via", "X-Real-Ip", "X-Cpaudit-Secret", "Origin", "Sec-Fetch-Site")


class Server(HTTPServer):
    """Answers one question per connection."""

    def initialize(self, *given: Any, **more: Any) -> None:
        """Take nothing large and wait for nobody."""
        slow = settings().slow_s
        more |= {"idle_connection_timeout": slow, "body_timeout": slow}
        more |= {"max_header_size": _LARGEST_HEADERS, "max_body_size": 0, "no_keep_alive": True}
        super().initialize(*given, **more)
        self._open: WeakSet[IOStream] = WeakSet()

    def open_at(self, port: int) -> None:
        """Listen on this machine."""
        self.add_sockets(bind_sockets(port, ADDRESS, backlog=_WAITING))

    def add_sockets(self, sockets: Iterable[socket.socket]) -> None:
        """Take connections from these sockets, one at a time."""
        for each in sockets:
            self._sockets[each.fileno()] = each
            self._watch(each)

    def _watch(self, waiting: socket.socket) -> None:
        if waiting.fileno() >= 0:  # it is closed by now where the server has stopped
            IOLoop.current().add_handler(waiting, self._take_one, IOLoop.READ)
            self._handlers[waiting.fileno()] = partial(IOLoop.current().remove_handler, waiting)

    def _take_one(self, waiting: socket.socket, _events: int) -> None:
        loop = IOLoop.current()
        loop.remove_handler(waiting)
        loop.call_later(_PAUSE_S, self._watch, waiting)
        if sum(not stream.closed() for stream in self._open) >= _AT_ONCE:
            return
        try:
            connection, address = waiting.accept()
        except OSError:  # it has left again, or there is no file for one more
            return
        self._handle_connection(connection, address)

    def handle_stream(self, stream: IOStream, address: tuple[str, int]) -> None:
        """Serve a new connection."""
        self._open.add(stream)
        super().handle_stream(stream, address)


def own(request: HTTPServerRequest) -> bool:
    """Return whether a question comes from a program on this machine, and not from elsewhere through a proxy or a browser."""
    headers = request.headers
    passed_on = any(name.startswith("X-Forwarded-") or name in _FROM_ELSEWHERE for name in headers)
    return not passed_on and _HERE.fullmatch(request.host) is not None
