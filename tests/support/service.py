"""A dashboard service started as users start it, and clients of it, for the tests."""

from __future__ import annotations

import atexit
import contextlib
import http.client
import http.cookiejar
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

#: What a proxy in front of the service would send along.
SECRET = "0123456789abcdef-of-the-tests"


@dataclass
class Service:
    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def link(self) -> str:
        return f"{self.url}?token=test-token"

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1].strip("/").split("/")[0])

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def start(warehouse: Path, log: Path, *, prelude: str = "", **options: str) -> Service:
    """Start the service; ``options`` are further arguments of ``serving.serve``, ``prelude`` is run before."""
    port = free_port()
    given = {"token": "test-token", **options}
    code = f"{prelude}\nfrom cpaudit import serving; serving.serve({port}, {str(warehouse)!r}, **{given!r})"
    scratch = tempfile.mkdtemp(prefix="cp-", dir="/tmp")  # sockets lie there: its path must be short
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)  # a service that is killed leaves something
    env = {"CPAUDIT_PROXY_SECRET": SECRET, **os.environ, "TMPDIR": scratch}
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-c", code], stdout=out, stderr=subprocess.STDOUT, env=env)
    until(lambda: process.poll() is not None or "看板已启动" in log.read_text(encoding="utf-8"), 60)
    assert process.poll() is None, log.read_text(encoding="utf-8")
    return Service(f"http://127.0.0.1:{port}/", process, log)


@contextlib.contextmanager
def running(warehouse: Path, log: Path, *, prelude: str = "", **options: str) -> Iterator[Service]:
    service = start(warehouse, log, prelude=prelude, **options)
    try:
        yield service
    finally:
        service.process.send_signal(signal.SIGTERM)
        service.process.wait(30 * PATIENCE)


#: A machine that others load needs many times what a quiet one does.
PATIENCE = 6


def until(condition: Callable[[], object], seconds: float, every: float = 0.02) -> None:
    """Wait for what must happen, on a quiet machine within ``seconds``; look ``every`` so many, less often if looking is dear."""
    end = time.monotonic() + PATIENCE * seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(every)


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def kernel(self) -> str:
        found = re.search(r'"kernelId": ?"([0-9a-f-]{36})"', self.text)
        assert found, self.text[-2000:]
        return found[1]


@dataclass
class Viewer:
    """A client with cookies of its own, as one browser has."""

    service: Service
    headers: dict[str, str] = field(default_factory=dict)
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def ask(self, address: str = "", method: str = "GET", **headers: str) -> Answer:
        request = urllib.request.Request(self.service.url + address, method=method)
        for name, value in {**self.headers, **headers}.items():
            request.add_header(name.replace("_", "-"), value)
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        try:
            with opener.open(request, timeout=90) as answer:
                return Answer(answer.status, answer.headers, answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read().decode())

    def enter(self) -> Answer:
        """Open the start page with the link that the service gave out."""
        return self.ask("?token=test-token")

    @property
    def cookies(self) -> str:
        return "; ".join(f"{c.name}={c.value}" for c in self.jar)


def kernel_process(service: Service, kernel: str) -> int:
    """The process that listens on a kernel's sockets."""
    listed = Path("/proc/net/unix").read_text(encoding="utf-8").splitlines()
    inodes = {f"socket:[{line.split()[6]}]" for line in listed if kernel in line}
    for pid in children(service.process.pid) - warm_parents(service):
        with contextlib.suppress(OSError):
            if any(str(fd.readlink()) in inodes for fd in Path(f"/proc/{pid}/fd").iterdir()):
                return pid
    raise AssertionError(f"no process of kernel {kernel}")


def children(pid: int) -> set[int]:
    """The living processes that ``pid`` started, and those that they started."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                state, parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:2]
                if state != "Z":
                    parents[int(entry.name)] = int(parent)
    found: set[int] = set()
    todo = {pid}
    while todo:
        todo = {child for child, parent in parents.items() if parent in todo}
        found |= todo
    return found


def alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def warm_parents(service: Service) -> set[int]:
    """The warm parents: the service's own children."""
    return {p for p in children(service.process.pid) if _parent(p) == service.process.pid}


def _parent(pid: int) -> int:
    try:
        return int((Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
