"""How the service is, for whoever keeps it: a word, and counts as Prometheus text; no names, nothing of any user."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from tornado.web import Application, HTTPError, RequestHandler

from cpaudit.serving import journal
from cpaudit.serving.doors import loopback
from cpaudit.serving.doors.access import ProxyDoor
from cpaudit.serving.settings import settings
from cpaudit.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric

    from cpaudit.serving.service import Service

#: What is dear to find out, memory above all, is found out so often at most, and only if somebody asks.
_DEAR_S = 10.0


class Health:
    """The answers to an operator's questions about one service; also a collector, as prometheus_client calls it."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._started = time.time()
        self._lock = asyncio.Lock()
        self._measured: float | None = None
        self._memory: dict[str, int] = {}
        self._files = 0
        self._day: dt.date | None = None
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def faults(self) -> list[str]:
        """Return what keeps readers from their pages, a sentence each; none where all is well."""
        service = self._service
        found = []
        if not service.newest:
            found.append("没有可用的快照，或最新一天的快照指针缺失、损坏。")
        if not service.nursery.ready:
            found.append("母进程还没有就绪（启动、换新时约需几十秒）。")
        elif not service.nursery.holding:
            found.append("最新的快照读不出来。")
        if not _open(service):
            found.append("权限文件读不出来或有误，谁也不能进入。")
        return found

    async def text(self) -> bytes:
        """Return the counts."""
        async with self._lock:
            if self._measured is None or time.monotonic() - self._measured > _DEAR_S:
                self._memory, self._files, self._day = await asyncio.to_thread(_measure, self._service)
                self._measured = time.monotonic()
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield every count, with what it means."""
        service, kernels = self._service, self._service.kernels
        made = [s for s in kernels.sessions if s.kernel is not None]
        yield _gauge("info", "程序版本", {VERSION: 1}, "version")
        yield _gauge("start_time_seconds", "服务启动的时间", self._started)
        yield _gauge("healthy", "1 为正常；0 时 /health 说明原因", not self.faults())
        yield _gauge("pages", "打开着的页面", len(kernels.sessions))
        yield _gauge("pages_limit", "最多同时打开的页面", settings().pages)
        yield _gauge("pages_waiting", "排队的页面：轮到、有内核才开始生成", len(kernels.sessions) - len(made))
        yield _gauge("viewers", "有页面打开着的人（没有用户名的按地址计）", len({id(s.account) for s in kernels.sessions}))
        running = {"page": sum(kernels.alive(s) for s in made), "spare": kernels.spares()}
        yield _gauge("kernels", "运行着的内核：页面的，备用的", running, "use")
        yield _gauge("warm_parent_ready", "1 为母进程就绪", service.nursery.ready)
        yield _gauge("warm_parents_frozen", "不动了、等其内核结束的母进程", service.nursery.frozen)
        yield _gauge("memory_bytes", "占用的内存，共用的部分均摊：服务自己，母进程和内核", self._memory, "of")
        yield _gauge("open_files", "服务打开的文件和连接", self._files)
        yield _gauge("access_readable", "1 为权限文件可用（不用权限文件的服务总是 1）", _open(service))
        yield _gauge("snapshot_readable", "1 为最新的快照已读好", bool(service.newest) and service.nursery.holding)
        if self._day is not None:
            midnight = dt.datetime.combine(self._day, dt.time(), dt.UTC).timestamp()
            yield _gauge("snapshot_date_seconds", "最新快照的数据日期（当日零时，UTC）", midnight)
        yield _counter("answers", "回答过的请求，按状态码", service.answers, "code")
        yield _counter("log_records", "记过的警告和错误，没有写出来的也计", journal.COUNTED, "level")


def answering(service: Service) -> loopback.Server:
    """Return what answers ``/health`` (200, or 503 with what is wrong) and ``/metrics``, and nothing else."""
    health = {"health": Health(service)}
    addresses = [("/health", _Word, health), ("/metrics", _Counts, health)]
    return loopback.Server(Application(addresses, default_handler_class=_Nothing, log_function=lambda _handler: None))


class _Answer(RequestHandler):
    """Answers programs on this machine, in plain text."""

    def initialize(self, health: Health | None = None) -> None:
        self.health = health

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")

    def prepare(self) -> None:
        if not loopback.own(self.request):
            raise HTTPError(403)

    def write_error(self, status_code: int, **_more: Any) -> None:
        self.plain("只答本机的程序。\n" if status_code == 403 else "这里只有 /health 和 /metrics。\n")

    def plain(self, text: str) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(text)

    def log_exception(self, typ: Any, value: Any, trace: Any) -> None:
        if not isinstance(value, HTTPError):
            super().log_exception(typ, value, trace)


class _Word(_Answer):
    def get(self) -> None:
        assert self.health
        faults = self.health.faults()
        self.set_status(503 if faults else 200)
        self.plain("".join(f"{fault}\n" for fault in faults) or "正常。\n")


class _Counts(_Answer):
    async def get(self) -> None:
        assert self.health
        text = await self.health.text()
        self.set_header("Content-Type", CONTENT_TYPE_PLAIN_0_0_4)
        self.finish(text)


class _Nothing(_Answer):
    def prepare(self) -> None:
        super().prepare()
        raise HTTPError(404)


def _open(service: Service) -> bool:
    return not isinstance(service.door, ProxyDoor) or service.door.readable


def _measure(service: Service) -> tuple[dict[str, int], int, dt.date | None]:
    """Return the memory of the service and of its processes, its open files, and the newest snapshot's date."""
    import psutil

    from cpaudit import snapshots

    me = psutil.Process()
    memory = {"service": _bytes(me), "kernels": sum(map(_bytes, me.children(recursive=True)))}
    files = me.num_fds() if hasattr(me, "num_fds") else me.num_handles()
    return memory, files, max(snapshots.dates(service.warehouse, service.programme), default=None)


def _bytes(process: Any) -> int:
    """Return what memory a process takes, its part only of what it shares; 0 of one that has ended meanwhile."""
    import psutil

    try:
        found = process.memory_full_info()
    except psutil.Error:
        return 0
    return int(getattr(found, "pss", found.rss))


def _gauge(name: str, meaning: str, value: float | dict[str, int], label: str = "") -> GaugeMetricFamily:
    found = GaugeMetricFamily(f"cpaudit_{name}", meaning, labels=[label] if label else None)
    for key, number in value.items() if isinstance(value, dict) else [("", float(value))]:
        found.add_metric([key] if label else [], number)
    return found


def _counter(name: str, meaning: str, value: dict[str, int], label: str) -> CounterMetricFamily:
    found = CounterMetricFamily(f"cpaudit_{name}", meaning, labels=[label])
    for key, number in sorted(value.items()):
        found.add_metric([key], number)
    return found
