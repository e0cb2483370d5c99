"""A burst of connections: a few are taken at a time, those that are too many end before anything is made of them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import pytest
from tornado.web import Application, RequestHandler

from cpaudit.serving.doors import connections
from cpaudit.serving.doors.access import TokenDoor
from cpaudit.serving.doors.connections import Server


class Hello(RequestHandler):
    def get(self) -> None:
        self.write("hello")


class Counting(Server):
    """Counts how many connections each turn of the loop took."""

    def initialize(self, *given: object, **more: object) -> None:  # type: ignore[override]
        super().initialize(*given, **more)
        self.turns: list[int] = []

    def _take_some(self, waiting: socket.socket, events: int) -> None:
        before = self.seen
        super()._take_some(waiting, events)
        self.turns.append(self.seen - before)

    seen = 0

    def _full(self, place: str) -> bool:
        self.seen += 1
        return super()._full(place)


@contextlib.contextmanager
def burst(port: int, count: int) -> Iterator[list[socket.socket]]:
    held = []
    for _ in range(count):
        one = socket.socket()
        one.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            one.connect(("127.0.0.1", port))
        held.append(one)
    yield held
    for one in held:
        one.close()


def started() -> tuple[Counting, int]:
    """A server that answers hello, and its port."""
    server = Counting(Application([("/", Hello)]), door=TokenDoor())
    server.listen(0, "127.0.0.1")
    return server, next(iter(server._sockets.values())).getsockname()[1]


async def _asked(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    try:
        return await asyncio.wait_for(reader.read(), 60)
    finally:
        writer.close()


def test_no_turn_takes_more_than_a_few_and_the_rest_are_not_lost() -> None:
    async def run() -> tuple[list[int], int]:
        server, port = started()
        with burst(port, 150):
            while server.seen < 150:
                await asyncio.sleep(0.01)
            assert b"hello" in await _asked(port)
        server.stop()
        return server.turns, server.seen

    turns, seen = asyncio.run(run())
    assert max(turns) <= 8
    assert seen == 151


def test_those_that_are_too_many_end_unserved_and_room_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_MOST_OF_A_PLACE", 20)
    monkeypatch.setattr(connections, "_RECOUNT_S", 0.0)
    made: list[object] = []
    stream_of = Server.handle_stream
    monkeypatch.setattr(
        Server, "handle_stream", lambda self, stream, address: (made.append(1), stream_of(self, stream, address))[1]
    )

    async def run() -> None:
        server, port = started()
        with burst(port, 100):
            while server.seen < 100:
                await asyncio.sleep(0.01)
            assert len(made) == 20, "of a refused one no stream is made"
            with pytest.raises((ConnectionError, AssertionError)):
                assert b"hello" in await _asked(port)
        while b"hello" not in await _asked_or_nothing(port):
            await asyncio.sleep(0.05)
        server.stop()

    asyncio.run(asyncio.wait_for(run(), 60))


async def _asked_or_nothing(port: int) -> bytes:
    try:
        return await _asked(port)
    except ConnectionError:
        return b""
