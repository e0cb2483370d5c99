"""One viewer can't shut others out: what is counted, who stands back, what is ended, and that a hand never notices."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

from cpaudit import snapshots
from cpaudit.fields import TABLES
from cpaudit.serving.doors import access
from cpaudit.serving.doors.allowance import Account, Accounts
from cpaudit.serving.doors.gate import PROTOCOL, Gate, Refused, TooMuch
from cpaudit.serving.processes import turns
from cpaudit.serving.processes.kernels import Kernel, Kernels, Session
from tests.support.builders import dataset, plant
from tests.support.messages import frame
from tests.support.service import PATIENCE, SECRET, Answer, Service, Viewer, alive, kernel_process, running, until, warm_parents

pytestmark = pytest.mark.together

USERS = (
    "many",
    "flood",
    "large",
    "busy",
    "slow",
    "stuck",
    "heavy",
    "other",
    "pongs",
    "pings",
    "pieces",
    "asks",
    "files",
    "pages",
    "odd",
)
#: The shipped limits, smaller where a test would take long.
PRELUDE = """
from cpaudit.serving import settings as module
read = module.read_definition
less = {"pages_per_viewer": 3, "requests_per_s": 10, "files_per_s": 10, "slow_s": 6, "cell_s": 30}
module.read_definition = lambda path, kind: read(path, kind).model_copy(update=less)
"""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fairness")
    ds = dataset(plants=[plant("p0", unit="tangshan"), plant("p1", unit="shijiazhuang")])
    frames = {name: getattr(ds, name) for name in TABLES}
    snapshots.write(folder / "warehouse", "hebei-2021-2", ds.as_of, frames, demonstration=True, program_version="0")
    return folder / "warehouse"


@pytest.fixture(scope="module")
def service(warehouse: Path) -> Iterator[Service]:
    """Behind a proxy, as it were: the tests are the proxy."""
    access = warehouse.parent / "access.yaml"
    access.write_text("users:\n" + "".join(f"  {user}: all\n" for user in USERS), encoding="utf-8")
    with running(warehouse, warehouse.parent / "log", prelude=PRELUDE, access=str(access), token="") as started:
        yield started


@pytest.fixture(scope="module")
def open_to_all(warehouse: Path) -> Iterator[Service]:
    """Without users: whoever has the link gets in."""
    with running(warehouse, warehouse.parent / "open log", prelude=PRELUDE) as started:
        yield started


def _user(service: Service, name: str) -> Viewer:
    return Viewer(service, {"X-Forwarded-User": name, "X-Cpaudit-Secret": SECRET})


def _leave(viewer: Viewer, kernel: str) -> None:
    viewer.ask(f"voila/api/shutdown/{kernel}", "POST")


def _script(viewer: Viewer) -> str:
    """Open a page and leave it; return where its figures' script lies."""
    page = viewer.ask()
    _leave(viewer, page.kernel)
    address = re.search(r'src = "(/s/[0-9a-f]+/plotly.min.js)"', page.text)
    assert address
    return address[1]


async def _connect(viewer: Viewer, kernel: str) -> WebSocketClientConnection:
    url = f"{viewer.service.url.replace('http', 'ws')}api/kernels/{kernel}/channels?session_id=x"
    request = HTTPRequest(url, headers={**viewer.headers, "Cookie": viewer.cookies}, request_timeout=60)
    return await websocket_connect(request, subprotocols=[PROTOCOL])


@contextlib.contextmanager
def _spoken_to(viewer: Viewer, kernel: str) -> Iterator[socket.socket]:
    """A page's connection, open, to say anything on."""
    with socket.create_connection(("127.0.0.1", viewer.service.port)) as connection:
        sent = {**viewer.headers, "Cookie": viewer.cookies, "Sec-WebSocket-Protocol": PROTOCOL, "Host": "x"}
        sent |= {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "eA=="}
        sent |= {"Sec-WebSocket-Extensions": "permessage-deflate"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        connection.sendall(f"GET /api/kernels/{kernel}/channels HTTP/1.1\r\n{lines}\r\n".encode())
        assert b" 101 " in connection.recv(65536)
        yield connection


async def _closed(connection: WebSocketClientConnection) -> None:
    while await asyncio.wait_for(connection.read_message(), 60) is not None:
        pass


def _state(viewer: Viewer, kernel: str) -> dict[str, object]:
    answer = viewer.ask(f"state/{kernel}")
    assert answer.status == 200
    found: dict[str, object] = json.loads(answer.text)
    return found


# -- pages


def test_a_user_who_throws_cookies_away_gets_no_more_pages(service: Service) -> None:
    browsers = [_user(service, "many") for _ in range(3)]
    kernels = [browser.ask().kernel for browser in browsers]
    refused = _user(service, "many").ask()
    assert refused.status == 503
    assert "您已打开 3 个看板页面" in refused.text
    other = _user(service, "other")
    page = other.ask()
    assert page.status == 200, "others still get in"
    _leave(other, page.kernel)
    for browser, kernel in zip(browsers, kernels, strict=True):
        _leave(browser, kernel)
    again = _user(service, "many")
    page = again.ask()
    assert page.status == 200
    _leave(again, page.kernel)


def test_a_page_that_was_closed_without_a_word_makes_room_at_once(service: Service) -> None:
    viewer = _user(service, "many")
    kernels = [viewer.ask().kernel for _ in range(3)]
    assert viewer.ask().status == 503

    async def come_and_vanish() -> None:
        connection = await _connect(viewer, kernels[0])
        connection.close()
        await _closed(connection)

    asyncio.run(come_and_vanish())
    newest: list[Answer] = []

    def let_in() -> bool:
        newest.append(viewer.ask())
        return newest[-1].status == 200

    until(let_in, 20, every=0.2)
    assert viewer.ask(f"state/{kernels[0]}").status == 404
    for kernel in (*kernels[1:], newest[-1].kernel):
        _leave(viewer, kernel)


def test_without_users_all_browsers_of_an_address_are_one_viewer(open_to_all: Service) -> None:
    browsers = [Viewer(open_to_all) for _ in range(3)]
    pages = [browser.enter() for browser in browsers]
    assert [page.status for page in pages] == [200, 200, 200]
    assert Viewer(open_to_all).enter().status == 503
    for browser, page in zip(browsers, pages, strict=True):
        _leave(browser, page.kernel)


def test_who_is_counted_as_one_viewer() -> None:
    accounts = Accounts()
    assert accounts.of("zhang", "10.0.0.1") is accounts.of("zhang", "10.0.0.2")
    assert accounts.of("zhang", "10.0.0.1") is not accounts.of("li", "10.0.0.1")
    for one, same in (
        ("127.0.0.1", "127.8.9.1"),
        ("::1", "127.0.0.1"),
        ("2001:db8::1", "2001:db8::ffff:2"),
        ("::ffff:10.1.1.1", "10.1.1.1"),
    ):
        assert accounts.of("", one) is accounts.of("", same)
    assert accounts.of("", "10.0.0.1") is not accounts.of("", "10.0.0.2")
    assert accounts.of("", "127.0.0.1") is not accounts.of("address 127.0.0.1", "127.0.0.1")


# -- messages


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_hand_never_meets_a_limit() -> None:
    clock = Clock()
    account = Account(clock)
    for _minute in range(120):
        for _selection in range(50):
            for _message in range(6):  # a click, what its widgets say about it, and the widgets' own questions
                assert account.charge(2000) == ""
            assert account.told(600_000) == "", "a page, its plants and all its widgets"
            account.used(1.0)
            clock.now += 1.2
    for _drag in range(20):
        for _ in range(600):  # sixty a second is what a screen draws
            clock.now += 1 / 60
            assert account.charge(600) == ""
            assert account.told(20_000) == ""
        clock.now += 10


@pytest.mark.parametrize(("size", "cost_s", "says"), [(100, 0.0, "messages"), (60_000, 0.0, "bytes"), (100, 10.0, "kernel time")])
def test_messages_are_limited_by_number_by_bytes_and_by_kernel_time(size: int, cost_s: float, says: str) -> None:
    clock = Clock()
    account = Account(clock)
    for _ in range(1000):
        clock.now += 0.001
        if excess := account.charge(size):
            assert says in excess
            break
        account.used(cost_s)
    else:
        pytest.fail("a flood went through")
    clock.now += 300
    assert account.charge(size) == "", "and it is forgiven"


def _admitted(messages: Iterable[bytes], gates: Sequence[Gate]) -> int:
    """How many messages pass, or are refused for what they are, before there are too many."""
    for count, (message, gate) in enumerate(zip(messages, itertools.cycle(gates))):
        try:
            gate.admit(message)
        except TooMuch:
            return count
        except Refused:
            continue
    pytest.fail("a flood went through")


def test_nobody_looks_into_a_message_that_is_too_much() -> None:
    assert _admitted([b"\xff" * 60_000] * 100, [Gate()]) < 20


def test_the_pages_of_a_viewer_share_what_it_may_say() -> None:
    messages = [frame("kernel_info_request")] * 10_000
    account = Account(Clock())
    together = _admitted(messages, [Gate(account) for _ in range(4)])
    assert together == _admitted(messages, [Gate(Account(Clock()))])


def test_a_flood_ends_the_viewer_s_connection_and_says_so_and_nobody_else_s(service: Service) -> None:
    flooding, other = _user(service, "flood"), _user(service, "other")
    page, theirs = flooding.ask(), other.ask()

    async def talk() -> None:
        quiet = await _connect(other, theirs.kernel)
        loud = await _connect(flooding, page.kernel)
        with contextlib.suppress(WebSocketClosedError, StreamClosedError):  # cut off in the middle of a word
            for number in range(2000):
                await loud.write_message(frame("kernel_info_request", msg_id=str(number)), binary=True)
        await _closed(loud)
        with pytest.raises(HTTPClientError, match="429"):
            await _connect(flooding, page.kernel)
        await quiet.write_message(frame("kernel_info_request"), binary=True)
        heard = b""
        while b"kernel_info_reply" not in heard:
            said = await asyncio.wait_for(quiet.read_message(), 60)
            assert isinstance(said, bytes)
            heard += said

    asyncio.run(talk())
    assert "操作过于频繁" in str(_state(flooding, page.kernel)["why"])
    assert _state(other, theirs.kernel) == {"alive": True, "newer": False, "why": ""}
    _leave(flooding, page.kernel)
    _leave(other, theirs.kernel)


@pytest.mark.parametrize(
    ("small", "user"),
    [(b"\x8a\x80\0\0\0\0", "pongs"), (b"\x89\x80\0\0\0\0", "pings"), (b"\x00\x80\0\0\0\0", "pieces")],
)
def test_a_flood_of_frames_that_are_no_messages_ends_the_connection(service: Service, small: bytes, user: str) -> None:
    """They wake neither page nor kernel, but reading them takes the service's time from others."""
    viewer = _user(service, user)
    page = viewer.ask()
    with _spoken_to(viewer, page.kernel) as connection:
        connection.sendall(b"\x02\x81\0\0\0\0x")  # a message begins
        with contextlib.suppress(ConnectionError):
            connection.sendall(small * 20_000)
        assert _ended(connection)
    assert viewer.ask(f"api/kernels/{page.kernel}/channels").status == 429, "nor is it let in again at once"
    until(lambda: "操作过于频繁" in str(_state(viewer, page.kernel)["why"]), 20, every=0.2)
    _leave(viewer, page.kernel)


@pytest.mark.parametrize(
    "odd",
    [
        b"\xc2\x84\0\0\0\0\xff\xff\xff\xff",  # said to be packed
        b"\xa2\x81\0\0\0\0x",
        b"\x83\x81\0\0\0\0x",
        b"\x81\x82\0\0\0\0\xff\xfe",
        b"\x88\x81\0\0\0\0x",
        b"\x82\xff" + b"\xff" * 8 + b"\0\0\0\0x",
    ],
)
def test_a_frame_that_is_none_ends_the_connection_and_is_no_fault_of_the_service(service: Service, odd: bytes) -> None:
    viewer = _user(service, "odd")
    page = viewer.ask()
    with _spoken_to(viewer, page.kernel) as connection:
        connection.sendall(odd)
        assert _ended(connection)
    assert _state(viewer, page.kernel)["alive"]
    assert " ERROR " not in service.text()
    _leave(viewer, page.kernel)


def test_a_body_in_pieces_of_a_byte_is_not_read(service: Service) -> None:
    """Each piece costs as much as a request, and the body is read before anybody asks whose it is."""
    with socket.create_connection(("127.0.0.1", service.port)) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n")
        connection.settimeout(60)
        assert connection.recv(65536).startswith(b"HTTP/1.1 400")


def test_a_message_as_large_as_those_that_held_up_others_is_not_taken(service: Service) -> None:
    viewer = _user(service, "large")
    page = viewer.ask()
    refused = service.text().count("refused:")

    async def talk() -> None:
        connection = await _connect(viewer, page.kernel)
        content = {"comm_id": "x", "data": {"method": "update", "state": {"value": [[i] for i in range(26_000)]}}}
        message = frame("comm_msg", content)
        assert len(message) > 200_000
        await connection.write_message(message, binary=True)
        await _closed(connection)
        assert connection.close_code in (1006, 1009, None)

    asyncio.run(talk())
    assert service.text().count("refused:") == refused, "the gate never saw it"
    _leave(viewer, page.kernel)


def test_a_flood_of_requests_is_told_to_wait_and_others_are_answered(service: Service) -> None:
    viewer = _user(service, "busy")
    with ThreadPoolExecutor(16) as flood:  # one after the other is no flood on a machine that others load
        answers = list(flood.map(lambda _: viewer.ask("nowhere"), range(250)))
    late = [answer for answer in answers if answer.status == 429]
    assert late
    assert "请求过于频繁" in late[0].text
    assert _user(service, "other").ask("nowhere").status == 404


# -- what is asked for


def test_what_is_sent_to_one_viewer_takes_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small request for megabytes, again and again, is as much of a flood as megabytes said."""
    clock = Clock()
    account = Account(clock)

    async def sleep(seconds: float) -> None:
        clock.now += seconds

    monkeypatch.setattr(asyncio, "sleep", sleep)

    async def fetch(megabytes: int) -> bool:
        return all([await account.in_time(1 << 16) for _ in range(megabytes * 16)])

    assert asyncio.run(fetch(20))
    assert clock.now == 0, "a page and its files come at once"
    assert asyncio.run(fetch(400))
    assert clock.now > 60
    assert account.told(1_000_000), "nor may a page ask its kernel for more meanwhile"
    assert not asyncio.run(account.in_time(1 << 30)), "nobody is waited for so long"
    clock.now += 300
    assert account.told(1_000_000) == "", "and it is forgiven"


def test_a_viewer_who_asks_for_megabytes_again_and_again_and_takes_none_fills_no_memory(service: Service) -> None:
    viewer = _user(service, "asks")
    page = viewer.ask()
    opened = frame("comm_open", {"comm_id": "all", "target_name": "jupyter.widget.control", "data": {}})
    states = frame("comm_msg", {"comm_id": "all", "data": {"method": "request_states"}})

    async def find_views() -> list[str]:
        connection = await _connect(viewer, page.kernel)
        await connection.write_message(opened, binary=True)
        await connection.write_message(states, binary=True)
        found: list[bytes] = []
        while not found:
            said = await asyncio.wait_for(connection.read_message(), 60)
            assert isinstance(said, bytes)
            found = re.findall(rb'"([0-9a-f]{32})": ?\{"model_name": ?"AnyModel"', said)
        connection.close()
        await _closed(connection)
        return [each.decode() for each in found]

    drawing = [
        frame("comm_msg", {"comm_id": view, "data": {"method": "custom", "content": {"kind": "plotly"}}})
        for view in asyncio.run(find_views())
    ]
    before = _most_memory(service)
    with _shaken_hands(viewer, page.kernel) as greedy, contextlib.suppress(ConnectionError):
        for message in [*drawing, states] * (300 // (len(drawing) + 1)):
            greedy.sendall(b"\x82\xfe" + len(message).to_bytes(2, "big") + bytes(4) + message)
        until(lambda: greedy.getsockname()[1] not in _held(service), 60)
    assert _most_memory(service) - before < 200_000, "kilobytes"
    _leave(viewer, page.kernel)


def _most_memory(service: Service) -> int:
    status = Path(f"/proc/{service.process.pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0])


def _flood(viewer: Viewer, request: str, times: int) -> list[bytes]:
    """What is answered to so many requests at once."""
    asked = {"Host": "x", "Connection": "close", **viewer.headers}
    sent = f"{request} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in asked.items()) + "\r\n"

    async def ask() -> bytes:
        reading, writing = await asyncio.open_connection("127.0.0.1", viewer.service.port)
        writing.write(sent.encode())
        with contextlib.suppress(ConnectionResetError):
            return await reading.read()
        return b""

    async def all_at_once() -> list[bytes]:
        return await asyncio.gather(*(ask() for _ in range(times)))

    return asyncio.run(all_at_once())


def test_a_flood_of_requests_for_files_is_cut_off(service: Service) -> None:
    viewer = _user(service, "files")
    address = _script(viewer)
    answers = _flood(viewer, f"HEAD {address}", 300)
    assert any(answer.startswith(b"HTTP/1.1 200") for answer in answers)
    assert b"" in answers
    assert _user(service, "other").ask(address.lstrip("/")).status == 200


def test_a_flood_of_pages_is_told_to_wait_long_before_one_of_small_requests(service: Service) -> None:
    answers = _flood(_user(service, "pages"), "GET /", 40)
    assert any(answer.startswith(b"HTTP/1.1 429") for answer in answers)


def test_what_a_page_computed_counts_even_if_it_is_left_at_once() -> None:
    """Whoever opened and left pages within a second kept the machine busy for nothing."""
    account = Account(Clock())
    here = SimpleNamespace(pid=os.getpid(), poll=lambda: None)
    manager = SimpleNamespace(provisioner=SimpleNamespace(process=here))
    kernel = Kernel("k", manager, SimpleNamespace(stop_channels=lambda: None), 0)
    kernels = Kernels()
    kernels.sessions.append(Session(access.Viewer("hasty", None), "browser", account, kernel))
    assert account.niceness == 0
    asyncio.run(kernels.close(kernels.sessions[0]))
    assert account.niceness > 0


# -- what is slow, stuck or frozen


def _ended(connection: socket.socket) -> bool:
    connection.settimeout(60)
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST /progress HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\nx",
        b"POST /progress HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nx",
    ],
)
def test_slow_connections_are_ended_and_others_are_answered_meanwhile(service: Service, beginning: bytes) -> None:
    opened = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(60)]
    try:
        for connection in opened:
            connection.sendall(beginning)
        assert _user(service, "other").ask("nowhere").status == 404
        assert all(map(_ended, opened))
    finally:
        for connection in opened:
            connection.close()


def test_connections_that_say_nothing_leave_room_for_others(warehouse: Path, tmp_path: Path) -> None:
    """Once they held all the files that the system gives a program; from an address that is no proxy's anybody can open them."""
    access = tmp_path / "access.yaml"
    access.write_text("trusted: [127.0.0.2]\nusers: {other: all}\n", encoding="utf-8")
    few = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))"
    opened: list[socket.socket] = []
    with running(warehouse, tmp_path / "log", prelude=few, access=str(access), token="") as service:
        try:
            for _ in range(1200):
                opened.append(socket.create_connection(("127.0.0.1", service.port), 60))
            with socket.create_connection(("127.0.0.1", service.port), 60, ("127.0.0.2", 0)) as proxy:
                sent = {"Host": "x", "X-Forwarded-User": "other", "X-Cpaudit-Secret": SECRET, "Connection": "close"}
                proxy.sendall(b"GET / HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in sent.items()).encode() + b"\r\n")
                proxy.settimeout(60)
                assert proxy.recv(65536).startswith(b"HTTP/1.1 200")
            assert "OSError" not in service.text()
        finally:
            for connection in opened:
                connection.close()


def test_who_takes_nothing_of_what_was_asked_for_is_ended(service: Service) -> None:
    viewer = _user(service, "slow")
    address = _script(viewer)
    with socket.socket() as lazy:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.connect(("127.0.0.1", service.port))
        lazy.sendall(f"GET {address} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        until(lambda: lazy.getsockname()[1] in _held(service), 20)
        until(lambda: lazy.getsockname()[1] not in _held(service), 60)


def _held(service: Service) -> set[int]:
    """The other ends of the service's open TCP connections, by port."""
    found = set()
    for line in Path("/proc/net/tcp").read_text(encoding="utf-8").splitlines()[1:]:
        _, local, remote, state = line.split()[:4]
        if int(local.split(":")[1], 16) == service.port and state == "01":
            found.add(int(remote.split(":")[1], 16))
    return found


def _shaken_hands(viewer: Viewer, kernel: str) -> socket.socket:
    """A page's connection to its kernel, just opened."""
    lines = [
        f"GET /api/kernels/{kernel}/channels?session_id=x HTTP/1.1",
        f"Host: 127.0.0.1:{viewer.service.port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: {PROTOCOL}",
        f"Cookie: {viewer.cookies}",
        *(f"{name}: {value}" for name, value in viewer.headers.items()),
    ]
    opened = socket.create_connection(("127.0.0.1", viewer.service.port))
    opened.sendall("\r\n".join([*lines, "", ""]).encode())
    opened.settimeout(60)
    assert b"101" in opened.recv(4096)
    return opened


def test_a_page_s_connection_that_no_longer_answers_is_ended(service: Service) -> None:
    viewer = _user(service, "slow")
    page = viewer.ask()
    with _shaken_hands(viewer, page.kernel) as silent:
        assert _ended(silent)
    assert _state(viewer, page.kernel)["alive"], "the page may come back"
    _leave(viewer, page.kernel)


def test_a_kernel_that_is_never_done_is_ended_and_its_viewer_told(service: Service) -> None:
    viewer, other = _user(service, "stuck"), _user(service, "other")
    page, theirs = viewer.ask(), other.ask()
    stuck = kernel_process(service, page.kernel)

    async def ask_something() -> None:
        connection = await _connect(viewer, page.kernel)
        os.kill(stuck, signal.SIGSTOP)
        await connection.write_message(frame("kernel_info_request"), binary=True)
        await asyncio.to_thread(until, lambda: not alive(stuck), 90)

    try:
        asyncio.run(ask_something())
        assert _state(viewer, page.kernel) == {
            "alive": False,
            "newer": False,
            "why": "计算超过了 30 秒的时限，已停止。请刷新页面，换一个较小的筛选范围。",
        }
        assert _user(service, "stuck").ask(f"state/{page.kernel}").status == 404, "nobody else is told"
        assert _state(other, theirs.kernel)["alive"]
    finally:
        if alive(stuck):
            os.kill(stuck, signal.SIGKILL)
    _leave(other, theirs.kernel)


def test_a_frozen_warm_parent_is_replaced_and_open_pages_go_on(open_to_all: Service) -> None:
    """The last one of the service without users, which ends here."""
    viewer = Viewer(open_to_all)
    page = viewer.enter()
    (frozen,) = warm_parents(open_to_all)
    os.kill(frozen, signal.SIGSTOP)
    until(lambda: warm_parents(open_to_all) - {frozen}, 60)
    for _ in range(3):
        newer = viewer.ask()
        assert newer.status == 200
        _leave(viewer, newer.kernel)
    assert _state(viewer, page.kernel)["alive"], "its kernel is not lost"
    _leave(viewer, page.kernel)
    assert viewer.ask(f"state/{page.kernel}").status == 404
    open_to_all.process.send_signal(signal.SIGTERM)
    open_to_all.process.wait(30 * PATIENCE)
    until(lambda: not alive(frozen), 20)


# -- turns


def test_the_kernels_of_who_computes_much_stand_back_for_others(service: Service) -> None:
    viewer, other = _user(service, "heavy"), _user(service, "other")
    page, theirs = viewer.ask(), other.ask()
    heavy, light = kernel_process(service, page.kernel), kernel_process(service, theirs.kernel)

    async def work() -> None:
        connection = await _connect(viewer, page.kernel)
        await connection.write_message(
            frame("comm_open", {"comm_id": "c", "target_name": "jupyter.widget.control", "data": {}}), binary=True
        )
        for _ in range(60 * 20):
            await connection.write_message(frame("comm_msg", {"comm_id": "c", "data": {"method": "request_states"}}), binary=True)
            heard = b""
            while b'"update_states"' not in heard:
                said = await asyncio.wait_for(connection.read_message(), 60)
                assert isinstance(said, bytes)
                heard = said
            await asyncio.sleep(0.05)
            if os.getpriority(os.PRIO_PROCESS, heavy) > os.getpriority(os.PRIO_PROCESS, light):
                connection.close()
                return
        pytest.fail("it never stood back")

    asyncio.run(work())
    _leave(viewer, page.kernel)
    _leave(other, theirs.kernel)


def test_standing_back_grows_with_what_was_used_and_is_forgiven() -> None:
    clock = Clock()
    account = Account(clock)
    seen = []
    for _ in range(60):
        account.used(1.0)
        clock.now += 1
        seen.append(account.niceness)
    assert seen == sorted(seen)
    assert seen[0] <= 1
    assert seen[-1] == 19
    clock.now += 300
    assert account.niceness == 0


def test_every_thread_of_a_process_stands_back() -> None:
    thread = "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    code = f"import threading, time; {thread}; print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout
        process.stdout.readline()
        turns.stand_back(process.pid, 7)
        threads = [int(task.name) for task in Path(f"/proc/{process.pid}/task").iterdir()]
        assert len(threads) == 2
        assert {os.getpriority(os.PRIO_PROCESS, thread) for thread in threads} == {7}
        group = Path(f"/proc/{process.pid}/autogroup")
        assert not group.exists() or " nice 7" in group.read_text(encoding="utf-8")
        process.kill()


def test_where_the_system_leaves_its_group_to_the_service_each_viewer_has_one(tmp_path: Path) -> None:
    told = tmp_path / "told"
    told.write_text("1:cpu:/elsewhere\n0::/unit\n", encoding="utf-8")
    home = tmp_path / "unit"
    home.mkdir()
    (home / "cgroup.controllers").write_text("cpu memory\n", encoding="utf-8")
    (home / "cgroup.procs").write_text(f"{os.getpid()}\n", encoding="utf-8")
    groups = turns.Groups.own(tmp_path, told)
    assert groups
    assert (home / "service" / "cgroup.procs").read_text(encoding="utf-8") == str(os.getpid())
    one, two = Account(), Account()
    for pid, account in ((11, one), (12, one), (13, two)):
        groups.put(pid, account)
    weights = {path.parent.name: path.read_text(encoding="utf-8") for path in home.glob("viewer-*/cpu.weight")}
    assert len(weights) == 2
    assert len(set(weights.values())) == 1, "each viewer weighs the same, however many kernels"
    (home / "cgroup.procs").write_text(f"{os.getpid()}\n1\n", encoding="utf-8")
    assert turns.Groups.own(tmp_path, told) is None, "what holds other processes isn't ours"
    assert turns.Groups.own(tmp_path, tmp_path / "missing") is None
