"""Reports, measured beside the pages alone and beside the usual way to run notebooks in bulk."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit import startup
from cpaudit.bench.common import Result, Scratch

if TYPE_CHECKING:
    from collections.abc import Iterator

_JOBS = min(4, os.cpu_count() or 1)
_ROUNDS, _MANY = 3, 340


def measure(scratch: Scratch) -> list[Result]:
    """Measure all of it: the 14 city reports, 340 plant files, the office formats."""
    floors, ours, pools = [], [], {"nbconvert": 0.0, "equal": 0.0}
    for _ in range(_ROUNDS):
        floors.append(_apart("report_floor", "city", str(scratch.warehouse), str(_JOBS), "14"))
        ours.append(_run(scratch)[0])
    for how in pools:
        with tempfile.TemporaryDirectory(dir=scratch.folder) as folder:
            pools[how] = _apart("papermill_pool", str(scratch.warehouse), folder, how, str(_JOBS))
    low, mine = statistics.median(floors), statistics.median(ours)
    size = f"14 份市级报告（网页和笔记本），{_JOBS} 个进程"
    pool = f"{size}，与 papermill 进程池（每份一个内核）"
    return [
        Result("reports.vs_floor", mine / low, "倍", "≤ 4", f"{size}，含启动，与预热的派生进程只算页面相比；{_ROUNDS} 次中位数"),
        Result("reports.vs_papermill_pool", pools["nbconvert"] / mine, "倍", "≥ 8", f"{pool}加 nbconvert 之比；1 次"),
        Result("reports.vs_papermill_pool_equal", pools["equal"] / mine, "倍", "", f"{pool}、产出相同网页之比；1 次"),
        *_many(scratch),
        *_formats(scratch),
    ]


def _many(scratch: Scratch) -> list[Result]:
    plants = scratch.ds.plants["plant_id"].tolist()[:_MANY]
    low = _apart("report_floor", "plant", str(scratch.warehouse), str(_JOBS), str(len(plants)))
    with _peak() as peak:
        mine, _ = _run(scratch, plants, kind="plant")
    size = f"{len(plants)} 份一企一档，{_JOBS} 个进程"
    return [
        Result("reports.vs_floor_340", mine / low, "倍", "≤ 2.2", f"{size}，与预热的派生进程只算页面相比；1 次"),
        Result("reports.peak_gb", max(peak) / 1e9, "GB", "≤ 1", f"{size}，主进程和全部派生进程分摊内存（PSS）之和的峰值"),
    ]


def _formats(scratch: Scratch) -> list[Result]:
    import json

    from cpaudit.render.formats import FORMATS
    from cpaudit.render.notebook import stored
    from cpaudit.render.paper.images import painter

    seconds, folder = _run(scratch, formats=("html", "docx", "pdf", "xlsx"))
    pages = [stored.page_of(json.loads(path.read_bytes())) for path in sorted(folder.glob("*.ipynb"))]
    times = []
    with painter() as brush:
        for page in (pages[0], *pages):
            start = time.perf_counter()
            FORMATS["pdf"].write(page, brush.draw(page, png=False))
            times.append(time.perf_counter() - start)
    plain = [p for kind in ("*.html", "*.ipynb", "*.json", "assets/*") for p in folder.glob(kind)]
    megabytes = sum(p.stat().st_size for p in plain) / 1e6
    return [
        Result("reports.batch_mb", megabytes, "MB", "≤ 12", "14 份网页和笔记本、目录页、清单，含共用的 plotly.js，不含压缩包"),
        Result("reports.all_formats_s", seconds, "秒", "≤ 30", f"14 份，网页、Word、PDF、Excel，{_JOBS} 个进程，含启动；1 次"),
        Result("reports.pdf_s", statistics.median(times[1:]), "秒", "≤ 0.5", "一份 PDF，含绘图，浏览器已启动；14 份中位数"),
    ]


def _run(scratch: Scratch, subjects: list[str] | None = None, **more: Any) -> tuple[float, Path]:
    """Make reports into a fresh folder: seconds and the folder."""
    from cpaudit import reports

    out = Path(tempfile.mkdtemp(dir=scratch.folder))
    start = time.perf_counter()
    outcomes = reports.run(reports.Order(subjects=subjects or (), warehouse=scratch.warehouse, out=out, jobs=_JOBS, **more))
    seconds = time.perf_counter() - start
    if failed := [o.error for o in outcomes if o.status != "ok"]:
        raise AssertionError(failed[0])
    return seconds, out


def _apart(module: str, *arguments: str) -> float:
    """Run a module of this package in a process of its own; it prints seconds."""
    command = startup.command(f"cpaudit.bench.{module}", *arguments)
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)  # noqa: S603 - our own module


@contextmanager
def _peak() -> Iterator[list[int]]:
    """Collect the bytes of this process and all below it, shared pages counted once, twice a second."""
    seen, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            seen.append(_pss(os.getpid()))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _pss(pid: int) -> int:
    """Return the proportional set size of a process and its children; of one that ended meanwhile, nothing."""
    home = Path(f"/proc/{pid}")
    try:
        lines = (home / "smaps_rollup").read_text().splitlines()
        children = [int(child) for task in home.glob("task/*/children") for child in task.read_text().split()]
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024 + sum(map(_pss, children))
