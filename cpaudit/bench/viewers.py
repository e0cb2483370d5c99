"""Viewers of the dashboards without a browser: many at once, coming and going, and the memory that they take."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import re
import secrets
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cpaudit import startup
from cpaudit.errors import CpauditError

_TOKEN = "bench"  # noqa: S105 - of a service that lives as long as the benchmark
_PATIENCE_S = 120
_USERS = 50


@dataclass(frozen=True)
class Started:
    """A service under measurement."""

    url: str
    pid: int
    secret: str = ""

    @property
    def link(self) -> str:
        """The link that lets one in."""
        return f"{self.url}?token={_TOKEN}"


@contextlib.contextmanager
def service(warehouse: Path, folder: Path) -> Iterator[Started]:
    """Run the dashboards' service until the block ends."""
    code = "import sys; from cpaudit import serving; serving.serve(int(sys.argv[1]), sys.argv[2], token=sys.argv[3])"
    port = free_port()
    with process([*startup.interpreter(code), str(port), str(warehouse), _TOKEN], folder / "service.log", "看板已启动") as pid:
        yield Started(f"http://127.0.0.1:{port}/", pid)


@contextlib.contextmanager
def service_for_many(warehouse: Path, folder: Path) -> Iterator[Started]:
    """Run it as behind a proxy, which says who each viewer is: one viewer alone may open a few pages only."""
    from cpaudit.serving.doors.access import SECRET_VARIABLE

    access, secret = (folder / "access.yaml").resolve(), secrets.token_urlsafe()
    access.write_text("users:\n" + "".join(f"  viewer-{i}: all\n" for i in range(_USERS)), encoding="utf-8")
    code = "import sys; from cpaudit import serving; serving.serve(int(sys.argv[1]), sys.argv[2], access=sys.argv[3])"
    port = free_port()
    command = [*startup.interpreter(code), str(port), str(warehouse.resolve()), str(access)]
    with process(command, folder / "service.log", "看板已启动", {SECRET_VARIABLE: secret}) as pid:
        yield Started(f"http://127.0.0.1:{port}/", pid, secret)


@contextlib.contextmanager
def process(command: list[str], log: Path, sign: str, env: dict[str, str] | None = None) -> Iterator[int]:
    """Run a command in the folder of its log until the block ends; the block begins when it has written ``sign``.

    Raises:
        CpauditError: it ended before that.
    """
    environment = os.environ | (env or {})
    with log.open("wb") as out:
        # Not where the user stands: stock Voila runs a voila_config.py that it finds there.
        started = subprocess.Popen(  # noqa: S603
            command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=log.parent, env=environment
        )
    try:
        while sign not in log.read_text(encoding="utf-8", errors="replace"):
            if started.poll() is not None:
                raise CpauditError(f"测速用的服务未能启动，请查看 {log}。")
            time.sleep(0.1)
        yield started.pid
    finally:
        started.terminate()
        started.wait(30)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def memory_mb(pid: int) -> float:
    """Return the memory of a process and all its descendants; what they share counts once."""
    parents = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    family, new = {pid}, {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new}
        family |= new
    total = 0
    for member in family:
        with contextlib.suppress(OSError):
            found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{member}/smaps_rollup").read_text(), re.MULTILINE)
            total += int(found[1]) if found else 0
    return total / 1024


class Viewer:
    """One viewer, one of fifty users: opens the page, connects its widgets, leaves."""

    def __init__(self, at: Started, number: int) -> None:
        self._at = at
        self._headers = {"X-Forwarded-User": f"viewer-{number % _USERS}", "X-Cpaudit-Secret": at.secret}
        self._kernel = ""
        self._socket: Any = None

    async def open(self) -> float:
        """Return the seconds until the whole page has come and its widgets have their state."""
        from tornado.httpclient import AsyncHTTPClient, HTTPRequest
        from tornado.websocket import websocket_connect

        from cpaudit.serving.doors.gate import PROTOCOL

        client = AsyncHTTPClient(max_clients=200)
        begin = time.perf_counter()
        wait: dict[str, Any] = {"connect_timeout": _PATIENCE_S, "request_timeout": _PATIENCE_S}
        page = await client.fetch(HTTPRequest(self._at.url, headers=self._headers, **wait))
        self._headers["Cookie"] = page.headers["Set-Cookie"].partition(";")[0]
        text = page.body.decode()
        found = re.search(r'"kernelId": ?"([0-9a-f-]{36})"', text)
        if not found or "cp-plot" not in text:
            raise CpauditError("测速时看板页面不完整，请查看服务日志。")
        self._kernel = found[1]
        address = f"{self._at.url.replace('http', 'ws', 1)}api/kernels/{self._kernel}/channels?session_id=bench"
        self._socket = await websocket_connect(HTTPRequest(address, headers=self._headers, **wait), subprotocols=[PROTOCOL])
        await self._say("comm_open", {"comm_id": "c", "target_name": "jupyter.widget.control", "data": {}})
        await self._say("comm_msg", {"comm_id": "c", "data": {"method": "request_states"}})
        while b'"update_states"' not in (await asyncio.wait_for(self._socket.read_message(), _PATIENCE_S) or b'"update_states"'):
            continue
        return time.perf_counter() - begin

    async def leave(self, *, politely: bool = True) -> None:
        """Close the page, as a browser does; else vanish, as a broken network does."""
        from tornado.httpclient import AsyncHTTPClient, HTTPRequest

        if self._socket is not None:
            self._socket.close()
        if politely and self._kernel:
            address = f"{self._at.url}voila/api/shutdown/{self._kernel}"
            request = HTTPRequest(address, method="POST", body="", headers=self._headers)
            await AsyncHTTPClient().fetch(request, raise_error=False)

    async def _say(self, kind: str, content: dict[str, Any]) -> None:
        from cpaudit.serving.doors.gate import put_together

        header = {"msg_id": kind, "msg_type": kind, "session": "bench", "username": "", "version": "5.2"}
        parts = [json.dumps(part).encode() for part in (header, {}, {"version": "1.0.0"}, content)]
        await self._socket.write_message(put_together(parts), binary=True)


async def at_once(at: Started, count: int) -> tuple[list[float], int, float]:
    """Have ``count`` viewers open the page in one moment; return seconds of each, how many failed, MB per viewer."""
    before = memory_mb(at.pid)
    viewers = [Viewer(at, i) for i in range(count)]
    outcomes = await asyncio.gather(*(v.open() for v in viewers), return_exceptions=True)
    seconds = [o for o in outcomes if isinstance(o, float)]
    taken = (memory_mb(at.pid) - before) / max(len(seconds), 1)
    await asyncio.gather(*(v.leave() for v in viewers), return_exceptions=True)
    await asyncio.sleep(3)
    return seconds, count - len(seconds), taken


async def soak(at: Started, seconds: float) -> float:
    """Have viewers come and go, some without a word; return the memory at the end in times of that after the first tenth."""
    rng = random.Random(1)  # noqa: S311 - staying times, not secrets
    begin, early = time.monotonic(), 0.0
    while time.monotonic() - begin < seconds:
        share = (time.monotonic() - begin) / seconds
        viewers = [Viewer(at, i) for i in range(3)]
        await asyncio.gather(*(v.open() for v in viewers), return_exceptions=True)
        await asyncio.sleep(rng.uniform(0.2, 2))
        await asyncio.gather(*(v.leave(politely=share > 0.7 or rng.random() > 0.2) for v in viewers), return_exceptions=True)
        if share > 0.1 and not early:
            early = await _settled(at)
    return await _settled(at) / early if early else 1.0


async def under_flood(at: Started, rounds: int) -> tuple[float, float]:
    """Return the seconds of a page when it is quiet, and while another user asks for sixty pages over and over."""

    async def alone() -> float:
        viewer = Viewer(at, 1)
        try:
            return await viewer.open()
        finally:
            await viewer.leave()

    async def insist() -> None:
        while True:
            with contextlib.suppress(Exception):  # refused, which is the point
                await Viewer(at, 0).open()
            await asyncio.sleep(0.5)

    quiet = [await alone() for _ in range(rounds)]
    flood = [asyncio.create_task(insist()) for _ in range(60)]
    await asyncio.sleep(2)
    try:
        loud = [await alone() for _ in range(rounds)]
    finally:
        for task in flood:
            task.cancel()
        await asyncio.gather(*flood, return_exceptions=True)
    return statistics.median(quiet), statistics.median(loud)


async def _settled(at: Started) -> float:
    """Return the memory when those who vanished have been noticed."""
    from cpaudit.serving.settings import settings

    await asyncio.sleep(min(settings().left_s + 2 * settings().check_s, float(os.environ.get("CPAUDIT_SOAK_S", "600")) / 4))
    return memory_mb(at.pid)
