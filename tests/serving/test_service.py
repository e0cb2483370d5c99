"""The dashboards' service as a hostile, a curious and an ordinary client meets it; no browser needed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from cpaudit import snapshots
from cpaudit.fields import TABLES
from cpaudit.serving.doors.gate import PROTOCOL, put_together
from tests.support.builders import dataset, event, plant
from tests.support.messages import frame
from tests.support.service import (
    PATIENCE,
    SECRET,
    Answer,
    Service,
    Viewer,
    alive,
    children,
    free_port,
    kernel_process,
    kill,
    running,
    until,
    warm_parents,
)

pytestmark = pytest.mark.together

PLANTS = {"tangshan": "唐山示例厂", "shijiazhuang": "石家庄示例厂"}
RULES = "users: {leader: all, passer: all, tangshan: [tangshan], baoding: [baoding]}\n"
#: The shipped limits, but for how many pages one viewer may open.
FEWER = """
from cpaudit.serving import settings as module
read = module.read_definition
module.read_definition = lambda path, kind: read(path, kind).model_copy(update={"pages_per_viewer": 6})
"""


def _write(folder: Path, count: int = 4) -> None:
    plants = [plant(f"{unit}{i}", unit=unit, name=f"{name}{i}") for unit, name in PLANTS.items() for i in range(count)]
    ds = dataset(plants=plants, events=[event(p["plant_id"], "notified", "2022-01-05", unit=p["unit"]) for p in plants])
    frames = {name: getattr(ds, name) for name in TABLES}
    snapshots.write(folder, "hebei-2021-2", ds.as_of, frames, demonstration=True, program_version="0")


def _started(folder: Path, prelude: str) -> contextlib.AbstractContextManager[Service]:
    """Return a service for those of RULES, to be started."""
    _write(folder / "warehouse")
    (folder / "access.yaml").write_text(RULES, encoding="utf-8")
    access = str(folder / "access.yaml")
    return running(folder / "warehouse", folder / "log", prelude=prelude, access=access, token="")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Behind a proxy, as it were: the tests are the proxy."""
    with _started(tmp_path_factory.mktemp("service"), FEWER) as started:
        yield started


def _user(service: Service, name: str) -> Viewer:
    return Viewer(service, {"X-Forwarded-User": name, "X-Cpaudit-Secret": SECRET})


def _leave(viewer: Viewer, page: Answer) -> None:
    assert viewer.ask(f"voila/api/shutdown/{page.kernel}", "POST").status == 204


# -- the log of an ordinary day


def test_the_log_tells_nothing_of_what_is_as_it_should_be(service: Service) -> None:
    """Ten lines for each movement of a hand would fill the disk, and hide the one that matters. The first at this service."""
    viewer = _user(service, "leader")
    page = viewer.ask()

    async def talk() -> None:
        connection = await _connect(service, viewer, page.kernel)
        await _say(connection, frame("kernel_info_request"), "kernel_info_reply")
        connection.close()

    asyncio.run(talk())
    _leave(viewer, page)
    assert [line for line in service.text().splitlines() if "看板已启动" not in line] == []


# -- pages and addresses


@pytest.fixture(scope="module")
def leader(service: Service) -> tuple[Viewer, Answer]:
    viewer = _user(service, "leader")
    return viewer, viewer.ask()


def test_a_page_holds_its_figures_before_any_widget_and_no_code(leader: tuple[Viewer, Answer]) -> None:
    page = leader[1]
    assert page.status == 200
    assert re.search(r'data-key="listed" data-value="8"', page.text)
    assert page.text.count('class="cp-plot"') >= 3
    for secret in ("import cpaudit", "cp.open", "session.begin", "Traceback", "/home", "site-packages"):
        assert secret not in page.text


@pytest.mark.parametrize(
    "address",
    [
        "api/contents",
        "api/kernels",
        "api/kernelspecs",
        "api/sessions",
        "api/terminals",
        "api/status",
        "api/me",
        "api",
        "terminals/1",
        "lab",
        "tree",
        "notebooks/01_progress.ipynb",
        "nbconvert/html/01_progress.ipynb",
        "files/01_progress.ipynb",
        "01_progress.ipynb",
        "voila/render/01_progress.ipynb",
        "voila/files/01_progress.ipynb",
        "voila/static/voila.js",
        "voila/templates/cpaudit/index.html.j2",
        "voila/query/0",
        "static/../dashboards.yaml",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "s/0/..%2f..%2fpage.css",
        "progress/..%00",
        "progress.ipynb",
        "metrics",
        "login",
        "logout",
    ],
)
def test_every_other_address_is_one_page_in_chinese(service: Service, address: str) -> None:
    for viewer in (_user(service, "leader"), Viewer(service)):
        answer = viewer.ask(address)
        assert answer.status == 404, address
        assert "s/0/" in address or "没有这个页面" in answer.text
        assert "Traceback" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("address", ["api/kernels", "api/contents/x", "progress", "api/sessions"])
def test_nothing_can_be_started_written_or_deleted(service: Service, leader: Any, method: str, address: str) -> None:
    assert leader[0].ask(address, method).status in (404, 405)


def test_paths_outside_the_known_files_lead_nowhere(service: Service, leader: tuple[Viewer, Answer]) -> None:
    prefix = re.search(r'href="/(s/[0-9a-f]+/)page.css"', leader[1].text)
    assert prefix
    for path in (
        "../page.css",
        "static/../../x",
        "..%2f..%2f..%2fetc/passwd",
        "%2fetc%2fpasswd",
        "dashboards.yaml",
        "voila.json",
        "",
    ):
        assert leader[0].ask(prefix[1] + path).status == 404, path


def test_every_answer_carries_the_headers_that_keep_it_to_itself(service: Service, leader: tuple[Viewer, Answer]) -> None:
    for answer in (leader[1], leader[0].ask("nowhere"), Viewer(service).ask()):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-eval" not in policy
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
        assert "frame-ancestors 'self'" in policy
        assert not re.search(r"https?:|\*", policy), "no other host"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "Server" not in answer.headers
    assert leader[1].headers["Cache-Control"] == "no-store"
    cookie = leader[1].headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_files_come_compressed_and_are_kept_until_they_change(service: Service, leader: tuple[Viewer, Answer]) -> None:
    import gzip
    import urllib.request

    from cpaudit.render.web import html

    address = re.search(r'src = "(/s/[0-9a-f]+/plotly.min.js)"', leader[1].text)
    assert address
    url = service.url.rstrip("/") + address[1]
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "immutable" in answer.headers["Cache-Control"]
        etag, packed = answer.headers["ETag"], answer.read()
    plain = html.plotly_bundle().read_bytes()
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 3
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == plain
    assert Viewer(service).ask(address[1][1:], If_None_Match=etag).status == 304


# -- who


def test_without_the_proxy_s_word_there_is_no_page(service: Service) -> None:
    for viewer in (Viewer(service), _user(service, "nobody")):
        answer = viewer.ask()
        assert answer.status == 403
        assert "没有查看权限" in answer.text


@pytest.mark.parametrize("query", ["", "?unit=shijiazhuang", "?unit=石家庄市&as_of=2022-06-01"])
def test_a_city_leader_sees_the_city_whatever_the_link_says(service: Service, query: str) -> None:
    from urllib.parse import quote

    page = _user(service, "tangshan").ask(quote(query, safe="?=&"))
    assert page.status == 200
    assert PLANTS["shijiazhuang"] not in page.text
    found = re.search(r'data-key="listed" data-value="(\d+)"', page.text)
    assert found is None or int(found[1]) == (0 if query else 4)


@pytest.mark.parametrize(
    ("query", "told"),
    [("?unit=石家庄", True), ("units?unit=石家庄", True), ("?unit=石家庄,唐山", True), ("?unit=唐山", False), ("", False)],
)
def test_a_link_to_another_unit_says_that_it_is_not_among_what_may_be_seen(service: Service, query: str, told: bool) -> None:
    """“No plants there” would be false, and of another unit."""
    from urllib.parse import quote

    viewer = _user(service, "tangshan")
    page = viewer.ask(quote(query, safe="?=&,"))
    assert ("石家庄市不在您能看的单位之内" in page.text) == told
    assert "没有企业列入名单" not in page.text
    assert ("唐山示例厂" in page.text) == ("石家庄" not in query or "唐山" in query)
    _leave(viewer, page)


def test_a_unit_without_plants_is_told_to_whoever_may_see_it(service: Service) -> None:
    viewer = _user(service, "leader")
    page = viewer.ask("?unit=chengde")
    assert "没有企业列入名单" in page.text
    _leave(viewer, page)


def test_who_leaves_while_the_page_is_made_is_no_event(service: Service) -> None:
    before = service.text()
    for n in range(8):
        with socket.create_connection(("127.0.0.1", service.port)) as line:
            asked = f"GET /?n={n} HTTP/1.1\r\nHost: x\r\nX-Forwarded-User: passer\r\nX-Cpaudit-Secret: {SECRET}\r\n\r\n"
            line.sendall(asked.encode())
            line.settimeout(5)
            if n % 2:
                assert line.recv(1000)
            time.sleep(0.15 * n)
        time.sleep(0.3)
    time.sleep(3)  # a kernel's death is found out within a second
    assert service.text()[len(before) :] == ""


def test_hostile_messages_of_a_city_leader_bring_no_other_plant(service: Service) -> None:
    viewer = _user(service, "tangshan")
    page = viewer.ask()

    async def talk() -> str:
        socket = await _connect(service, viewer, page.kernel)
        heard = [await _say(socket, frame("comm_open", {"comm_id": "c", "target_name": "jupyter.widget.control", "data": {}}))]
        asked = frame("comm_msg", {"comm_id": "c", "data": {"method": "request_states"}})
        states = await _say(socket, asked, '"update_states"')
        ids = set(re.findall(r'"([0-9a-f]{32})": ?\{', states))
        assert len(ids) > 3
        for widget in ids:
            for state in (
                {"index": 99},
                {"_options_labels": ["石家庄市"], "index": 0},
                {"query": "unit=shijiazhuang"},
                {"html": "x"},
            ):
                message = {"comm_id": widget, "data": {"method": "update", "state": state, "buffer_paths": []}}
                await socket.write_message(frame("comm_msg", message), binary=True)
        heard.append(await _say(socket, frame("kernel_info_request"), "kernel_info_reply"))
        return "".join([states, *heard])

    text = asyncio.run(talk())
    assert "唐山" in text
    assert PLANTS["shijiazhuang"] not in text


def test_another_viewer_s_kernel_does_not_exist(service: Service, leader: tuple[Viewer, Answer]) -> None:
    mine, page = leader
    same_user = _user(service, "leader")
    another = same_user.ask()
    thief = _user(service, "tangshan")
    thief.jar = mine.jar  # even with a stolen cookie: another user
    for other in (same_user, thief, Viewer(service, jar=mine.jar), _user(service, "baoding")):
        for address, method in (("api/kernels/", "GET"), ("state/", "GET"), ("voila/api/shutdown/", "POST")):
            assert other.ask(address + page.kernel, method).status in (403, 404)
        with pytest.raises(HTTPClientError):
            asyncio.run(_connect(service, other, page.kernel))
    assert mine.ask(f"state/{page.kernel}").status == 200
    assert mine.ask(f"api/kernels/{page.kernel}", "DELETE").status in (404, 405)
    assert json.loads(mine.ask(f"state/{page.kernel}").text)["alive"]
    _leave(same_user, another)


def test_a_request_from_another_site_ends_no_kernel(service: Service, leader: tuple[Viewer, Answer]) -> None:
    address = f"voila/api/shutdown/{leader[1].kernel}"
    assert leader[0].ask(address, "POST", Origin="http://evil.example").status == 403
    with pytest.raises(HTTPClientError):
        asyncio.run(_connect(service, leader[0], leader[1].kernel, Origin="http://evil.example"))


def test_another_site_takes_no_page_of_its_reader_s(service: Service, leader: tuple[Viewer, Answer]) -> None:
    """Browsers send the name and password of a reader along when another site shows our address as a picture or in a frame."""
    told = {"Sec_Fetch_Site": "cross-site"}
    for use in ("image", "iframe", "script", "empty"):
        assert leader[0].ask(Sec_Fetch_Dest=use, **told).status == 403
    link = Viewer(service, leader[0].headers)
    page = link.ask(Sec_Fetch_Dest="document", **told)
    assert page.status == 200, "a link on another site leads here"
    _leave(link, page)


# -- messages


async def _connect(
    service: Service, viewer: Viewer, kernel: str, protocol: str = PROTOCOL, **more: str
) -> WebSocketClientConnection:
    url = f"{service.url.replace('http', 'ws')}api/kernels/{kernel}/channels?session_id=x"
    request = HTTPRequest(url, headers={**viewer.headers, "Cookie": viewer.cookies, **more})
    return await websocket_connect(request, subprotocols=[protocol])


async def _say(socket: WebSocketClientConnection, message: bytes | str, wait_for: str = "") -> str:
    """Send; return what is heard until ``wait_for`` (nothing: a moment of silence); ends with "closed" when cut off."""
    await socket.write_message(message, binary=isinstance(message, bytes))
    heard = ""
    while True:
        try:
            answer = await asyncio.wait_for(socket.read_message(), 30 if wait_for else 0.3)
        except TimeoutError:
            return heard
        if answer is None:
            return heard + "closed"
        heard += answer.decode(errors="replace") if isinstance(answer, bytes) else answer
        if wait_for and wait_for in heard:
            return heard


EXECUTE = {
    "code": "open('/tmp/hacked', 'w')",
    "silent": False,
    "store_history": False,
    "user_expressions": {},
    "allow_stdin": False,
}


@pytest.mark.parametrize(
    "message",
    [
        frame("execute_request", EXECUTE),
        frame("execute_request", EXECUTE, "control"),
        frame("shutdown_request", {"restart": False}, "control"),
        frame("input_reply", {"value": "1"}, "stdin"),
        frame("comm_open", {"comm_id": "x", "target_name": "jupyter.widget", "data": {}}),
        json.dumps({"header": {"msg_type": "execute_request"}, "content": EXECUTE, "channel": "shell"}),
        put_together([b'{"msg_type": "kernel_info_request"}'] * 3),
        b"\xff" * 40,
        "",
    ],
)
def test_a_hostile_message_runs_nothing_and_ends_the_connection(
    service: Service, leader: tuple[Viewer, Answer], message: bytes | str
) -> None:
    async def talk() -> str:
        socket = await _connect(service, leader[0], leader[1].kernel)
        return await _say(socket, message, "closed")

    heard = asyncio.run(talk())
    assert heard.endswith("closed")
    assert "execute_reply" not in heard
    assert not Path("/tmp/hacked").exists()
    assert json.loads(leader[0].ask(f"state/{leader[1].kernel}").text)["alive"], "and the page's kernel lives on"


def test_an_older_protocol_is_not_spoken(service: Service, leader: tuple[Viewer, Answer]) -> None:
    async def talk() -> str | bytes | None:
        socket = await _connect(service, leader[0], leader[1].kernel, "other")
        return await socket.read_message()

    assert asyncio.run(talk()) is None


# -- coming and going


def test_a_page_that_is_left_frees_its_kernel_and_the_log_stays_clean(service: Service) -> None:
    viewer = _user(service, "baoding")
    before = children(service.process.pid)
    kernel = viewer.ask().kernel
    assert viewer.ask(f"voila/api/shutdown/{kernel}", "POST", Origin=service.url.rstrip("/")).status == 204
    assert viewer.ask(f"state/{kernel}").status == 404
    until(lambda: len(children(service.process.pid)) <= len(before) + 1, 20)  # a spare one may have come
    assert not re.search(r"(?<!,)\b403\b", service.text()), "but for milliseconds"
    assert "Traceback" not in service.text()


def test_one_viewer_can_not_take_all_places(service: Service) -> None:
    viewer = _user(service, "baoding")
    kernels = [viewer.ask().kernel for _ in range(6)]
    full = viewer.ask()
    assert full.status == 503
    assert "您已打开 6 个看板页面" in full.text
    assert full.headers["Retry-After"]
    other = _user(service, "leader")
    page = other.ask()
    assert page.status == 200, "others still get in"
    _leave(other, page)
    for kernel in kernels:
        viewer.ask(f"voila/api/shutdown/{kernel}", "POST")
    again = viewer.ask()
    assert again.status == 200
    _leave(viewer, again)


def _glance(viewer: Viewer) -> bool:
    """Open a page, see whether there is a newer snapshot than it shows, leave."""
    page = viewer.ask()
    newer = bool(json.loads(viewer.ask(f"state/{page.kernel}").text)["newer"])
    _leave(viewer, page)
    return newer


def test_a_new_snapshot_shows_without_restart_and_older_pages_are_told(service: Service, tmp_path: Path) -> None:
    viewer = _user(service, "leader")
    warehouse = service.log.parent / "warehouse"
    old = viewer.ask()
    assert not json.loads(viewer.ask(f"state/{old.kernel}").text)["newer"]
    parents = warm_parents(service)
    kept = tmp_path / "kept"
    shutil.copytree(warehouse, kept)
    try:
        _write(warehouse, count=5)
        until(lambda: json.loads(viewer.ask(f"state/{old.kernel}").text)["newer"], 30, every=0.3)
        until(lambda: warm_parents(service) - parents, 60)
        until(lambda: not _glance(viewer), 60, every=1)
        new = viewer.ask()
        assert 'data-key="listed" data-value="10"' in new.text
        assert not json.loads(viewer.ask(f"state/{new.kernel}").text)["newer"]
        assert json.loads(viewer.ask(f"state/{old.kernel}").text)["alive"], "whoever reads on may"
        _leave(viewer, old)
        _leave(viewer, new)
    finally:
        shutil.rmtree(warehouse)
        shutil.copytree(kept, warehouse)


def test_whose_rights_change_loses_the_open_page(service: Service) -> None:
    viewer = _user(service, "baoding")
    kernel = viewer.ask().kernel
    rules = service.log.parent / "access.yaml"
    rules.write_text(RULES.replace("[baoding]", "[tangshan]"), encoding="utf-8")
    try:
        assert viewer.ask(f"state/{kernel}").status == 404
    finally:
        rules.write_text(RULES, encoding="utf-8")


@pytest.mark.parametrize("rules", ["users: {leader: all}\n", RULES.replace("[baoding]", "all"), "users: {bao", None])
def test_rights_taken_away_end_a_silent_page_within_five_seconds(service: Service, rules: str | None) -> None:
    """The page says nothing and asks nothing: the service itself looks."""
    path = service.log.parent / "access.yaml"
    viewer = _user(service, "baoding")
    kernel = viewer.ask().kernel

    async def listen() -> None:
        socket = await _connect(service, viewer, kernel)
        await _say(socket, frame("kernel_info_request"), "kernel_info_reply")
        if rules is None:
            path.unlink()
        else:
            path.write_text(rules, encoding="utf-8")
        async with asyncio.timeout(5):
            while await socket.read_message() is not None:
                pass

    process = kernel_process(service, kernel)
    try:
        asyncio.run(listen())
        until(lambda: not alive(process), 10)  # the kernel goes with the page, before the rights are back
    finally:
        path.write_text(RULES, encoding="utf-8")
    until(lambda: viewer.ask(f"state/{kernel}").status == 404, 5, every=0.2)
    again = viewer.ask()
    assert again.status == 200, "and with the rights back the page opens again"
    _leave(viewer, again)


def test_whose_rights_are_gone_is_not_listened_to_any_more(service: Service) -> None:
    viewer = _user(service, "baoding")
    kernel = viewer.ask().kernel
    path = service.log.parent / "access.yaml"

    async def speak() -> str:
        socket = await _connect(service, viewer, kernel)
        await _say(socket, frame("kernel_info_request"), "kernel_info_reply")
        path.write_text("users: {leader: all}\n", encoding="utf-8")
        return await _say(socket, frame("kernel_info_request"), "closed")

    try:
        assert "kernel_info_reply" not in asyncio.run(speak())
    finally:
        path.write_text(RULES, encoding="utf-8")


# -- the log


@pytest.fixture(scope="module")
def talker(service: Service) -> tuple[Viewer, Answer]:
    viewer = _user(service, "leader")
    return viewer, viewer.ask()


LOUD = "\x1b[2J示例厂\x07"


@pytest.mark.parametrize(
    "message",
    [
        frame("", msg_type=["kernel_info_request"]),
        frame("", msg_type={"a": 1}),
        frame(LOUD),
        frame("kernel_info_request", channel=LOUD),
        frame("comm_info_request", {"target_name": [LOUD]}, msg_id=[LOUD], session={"a": LOUD}, date=LOUD, username=[1]),
        put_together([b'{"msg_type": "kernel_info_request"}', b'{"x": 1}', b'{"y": []}', b'{"z": "\\ud800"}', b"buffer"]),
        frame("comm_open", {"comm_id": LOUD, "target_name": "jupyter.widget.control", "data": LOUD}),
    ],
)
def test_no_frame_however_odd_leaves_a_traceback_or_its_own_words_in_the_log(
    service: Service, talker: tuple[Viewer, Answer], message: bytes
) -> None:
    async def talk() -> None:
        socket = await _connect(service, talker[0], talker[1].kernel)
        await _say(socket, message)
        socket.close()

    asyncio.run(talk())
    assert json.loads(talker[0].ask(f"state/{talker[1].kernel}").text)["alive"]
    said = service.text()
    assert "Traceback" not in said
    assert "示例厂" not in said
    assert "\x1b" not in said


def test_the_log_holds_no_names_values_or_secrets_whatever_is_asked(service: Service, talker: tuple[Viewer, Answer]) -> None:
    from urllib.parse import quote

    for address in (
        f"?q={quote('唐山示例厂0')}&token=some-token",
        f"progress?unit={quote(LOUD)}",
        f"{quote(LOUD)}?token=some-token",
    ):
        talker[0].ask(address)
    Viewer(service, {"X-Forwarded-User": "leader", "X-Cpaudit-Secret": "a-wrong-secret-000"}).ask()
    said = service.text()
    for secret in (
        SECRET,
        "a-wrong-secret-000",
        "some-token",
        "leader",
        "baoding",
        "tangshan",
        "示例厂",
        "%E7%A4%BA",
        "Traceback",
    ):
        assert secret not in said, secret


def test_kernels_die_with_the_warm_parent_and_the_next_page_has_a_new_one(service: Service) -> None:
    viewer = _user(service, "leader")
    old = viewer.ask()
    parents = warm_parents(service)
    kernels = set().union(*map(children, parents))
    assert kernels
    for parent in parents:
        kill(parent)
    until(lambda: not any(map(alive, kernels)), 2)
    until(lambda: '"alive": true' not in viewer.ask(f"state/{old.kernel}").text, 10, every=0.2)
    assert viewer.ask().status == 200
    until(lambda: warm_parents(service), 60)
    assert not warm_parents(service) & parents


def test_nothing_outlives_a_service_that_was_killed(service: Service) -> None:
    """The last one of the shared service."""
    assert _user(service, "leader").ask().status == 200
    started = children(service.process.pid)
    assert len(started) >= 2
    kill(service.process.pid)
    until(lambda: not any(map(alive, started)), 2)


#: Where processes can't be forked; one dashboard stumbles over a value.
PLAIN = """
from cpaudit.processes import warm; warm.can_fork = lambda: False
from cpaudit.serving import renderer
initialize = renderer._Renderer.initialize
async def spoiled(self):
    if self._dashboard.id == "units":
        self._opening = "raise ValueError('唐山示例厂 ' + chr(27) + '[2J 12345.6')"
    await initialize(self)
renderer._Renderer.initialize = spoiled
"""


def test_where_processes_can_not_be_forked_plain_kernels_serve_the_same_page(plain: Service) -> None:
    page = _user(plain, "tangshan").ask()
    assert page.status == 200
    commands = [(Path("/proc") / str(p) / "cmdline").read_text() for p in children(plain.process.pid)]
    assert any("ipykernel_launcher" in c for c in commands)
    assert not any("cpaudit.processes.parent" in c for c in commands)
    assert PLANTS["tangshan"] in page.text
    assert PLANTS["shijiazhuang"] not in page.text
    assert page.kernel


def test_a_value_that_a_failing_page_held_stays_out_of_the_log(plain: Service) -> None:
    """A page fails, and says so to its readers only. The last one of this service, whose kernels end with it."""
    assert "这一页未能生成" in _user(plain, "leader").ask("units").text
    until(lambda: "ValueError" in plain.text(), 10)
    after = plain.text().partition("看板已启动")[2].partition("\n")[2]
    for secret in ("示例厂", "12345", "\x1b", SECRET):
        assert secret not in after
    kernels = children(plain.process.pid)
    assert kernels
    plain.process.send_signal(signal.SIGTERM)
    plain.process.wait(30 * PATIENCE)
    until(lambda: not any(map(alive, kernels)), 10)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with _started(tmp_path_factory.mktemp("plain"), PLAIN) as started:
        yield started


def test_a_full_disk_for_the_log_stops_no_page(tmp_path: Path) -> None:
    _write(tmp_path / "warehouse")
    (tmp_path / "access.yaml").write_text(RULES, encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "cpaudit", "dashboards", "--port", str(port), "--access", str(tmp_path / "access.yaml")]
    with Path("/dev/full").open("wb") as full:
        process = subprocess.Popen(
            [*command, "--warehouse", str(tmp_path / "warehouse")],
            stdout=full,
            stderr=full,
            env={**os.environ, "CPAUDIT_PROXY_SECRET": SECRET},
        )
    try:
        service = Service(f"http://127.0.0.1:{port}/", process, tmp_path / "none")
        until(lambda: process.poll() is not None or _answers(service), 60)
        viewer = _user(service, "leader")
        page = viewer.ask()
        assert page.status == 200

        async def refused() -> str:
            socket = await _connect(service, viewer, page.kernel)
            return await _say(socket, frame("execute_request", EXECUTE), "closed")

        assert asyncio.run(refused()).endswith("closed")
        (tmp_path / "access.yaml").write_text("users: {bao", encoding="utf-8")
        assert viewer.ask().status == 403
        (tmp_path / "access.yaml").write_text(RULES, encoding="utf-8")
        until(lambda: viewer.ask().status == 200, 10)
        assert process.poll() is None
    finally:
        process.terminate()
        process.wait(30 * PATIENCE)


def _answers(service: Service) -> bool:
    try:
        return Viewer(service).ask().status == 403
    except OSError:
        return False
