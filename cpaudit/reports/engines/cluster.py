"""Reports on a dask.distributed cluster that is there already: the same tasks, the snapshots sent along."""

from __future__ import annotations

import atexit
import io
import shutil
import tempfile
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit import snapshots, workspace
from cpaudit.errors import ReportError, UsageError
from cpaudit.processes import warm
from cpaudit.reports.identity import digest, program
from cpaudit.reports.tasks import Made, Task, make_here, make_in_kernel

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

_CONNECT_S = 15
#: How often a task is given to another worker when the one that had it died.
_RETRIES = 3


@contextmanager
def connected(scheduler: str, warehouse: Path, as_of: dt.date, programme: str) -> Iterator[Callable[[Task], Future[Made]]]:
    """Give a function that hands a task to the cluster at ``scheduler``; what is still at work at the end is cancelled.

    Raises:
        UsageError: dask.distributed isn't installed.
        ReportError: nobody answers there.
    """
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("--engine dask 需要 dask.distributed，请先安装（pip install 'cpaudit[cluster]'）。") from None
    try:
        client: Any = Client(scheduler, timeout=_CONNECT_S, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise ReportError(f"不能连接 Dask 调度器 {scheduler}，请检查地址，并确认集群已经启动。") from error
    with client:
        # A task of its own, not scattered data: when a worker that holds it dies, the scheduler makes it again.
        content = pack(warehouse, as_of, programme)
        parcel = client.submit(bytes, content, key=f"cpaudit-snapshots-{digest(content)[:16]}")
        with client.get_executor(pure=False, retries=_RETRIES) as executor:
            try:
                yield lambda task: executor.submit(make_there, task, parcel)
            except BaseException:
                executor.shutdown(wait=False)
                raise


def make_there(task: Task, parcel: bytes) -> Made:
    """Make a report on a worker, in a process of its own, from the snapshots that were sent."""
    mine, theirs = ({**said, "definitions": ""} for said in (program(), task.about["program"]))
    if mine != theirs:
        differ = "、".join(str(name) for name in mine if mine[name] != theirs[name])
        return Made(error=f"集群上的程序与本机的不同（{differ}），报告会不一致；请在集群上安装同一版本的 cpaudit 和依赖后重试。")
    here = replace(task, warehouse=str(_unpacked(parcel)))
    told = _told(dict(task.definitions))
    return _pool(task.seconds, told).submit(make_here, here).result() if warm.can_fork() else make_in_kernel(here, told)


def _told(definitions: dict[str, str]) -> dict[str, str]:
    """Return what the task's process is told: to use the definitions that were sent, and no workspace of this machine."""
    if not definitions:
        return {workspace.VARIABLE: workspace.NONE, workspace.DEFINITIONS_VARIABLE: ""}
    name = workspace.digest_of({name: text.encode() for name, text in definitions.items()})
    with _lock:
        if name not in _homes:
            home = _folder("definitions")
            for at, text in definitions.items():
                (home / at).parent.mkdir(parents=True, exist_ok=True)
                (home / at).write_bytes(text.encode())
            _homes[name] = home
        return {workspace.VARIABLE: workspace.NONE, workspace.DEFINITIONS_VARIABLE: str(_homes[name])}


# -- snapshots on their way


def pack(warehouse: Path, as_of: dt.date, programme: str) -> bytes:
    """Return a programme's snapshots in force up to a day, and the next one, as one archive, always the same bytes.

    Without the next one the day would be later than the data.

    Sent along rather than shared: a cluster's machines need no common disk.
    """
    days = snapshots.dates(warehouse, programme)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for day in [d for d in days if d <= as_of] + [d for d in days if d > as_of][:1]:
            version, files = snapshots.files_in_force(warehouse, programme, day)
            named = {f"{version}/{name}": content for name, content in sorted(files.items())}
            for name, content in {"current": f"{version}\n".encode(), **named}.items():
                archive.writestr(zipfile.ZipInfo(f"{programme}/{day}/{name}"), content)
    return whole.getvalue()


_lock = threading.Lock()
_homes: dict[str, Path] = {}
_pools: dict[tuple[int, str], Any] = {}


def _unpacked(parcel: bytes) -> Path:
    """Return a warehouse with the snapshots sent, once per worker, in the worker's own folder, which goes with it."""
    name = digest(parcel)
    with _lock:
        if name not in _homes:
            home = _folder("snapshots")
            with zipfile.ZipFile(io.BytesIO(parcel)) as archive:
                archive.extractall(home)
            _homes[name] = home
        return _homes[name]


def _folder(what: str) -> Path:
    """Return a new folder in the worker's own one, which goes with it, even where it is killed."""
    from distributed import get_worker

    try:
        return Path(tempfile.mkdtemp(prefix=f"cpaudit-{what}-", dir=get_worker().local_directory))
    except ValueError:  # nobody's worker: whoever calls it cleans up at its end
        home = Path(tempfile.mkdtemp(prefix=f"cpaudit-{what}-"))
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        return home


def _pool(seconds: int, told: dict[str, str]) -> Any:
    """Return the worker's warm parent; how many reports it makes at once is the scheduler's business."""
    from cpaudit.reports.engines.forks import pool

    with _lock:
        key = seconds, told[workspace.DEFINITIONS_VARIABLE]
        if key not in _pools:
            _pools[key] = made = pool(64, seconds, told=told)
            atexit.register(made.shutdown, wait=False)
        return _pools[key]
