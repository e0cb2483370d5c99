"""Dashboards, measured in a real browser: the live page beside the same figures in a plain file and in a stock Voila page."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

from cpaudit import startup
from cpaudit.bench import viewers
from cpaudit.bench.common import Result, Scratch, interleaved
from cpaudit.errors import CpauditError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_ROUNDS = 5
_DRAWN = """() => { const plots = [...document.querySelectorAll(".cp-plot")];
    return plots.length > 0 && plots.every((p) => p.dataset.drawn === "true"); }"""
_STOCK_DRAWN = "() => document.querySelectorAll('.js-plotly-plot svg.main-svg:first-of-type').length >= %d"
_STOCK = """import cpaudit as cp, ipywidgets, plotly.graph_objects as go
page = cp.views.progress_page(cp.open(), cp.Selection())
ipywidgets.VBox([go.FigureWidget(b.figure) for b in page.blocks if type(b).__name__ == "Figure"])"""
#: Seconds of coming and going; ``CPAUDIT_SOAK_S=60`` tries it.
_SOAK_S = 600.0
_PATIENCE_MS = 120_000


def measure(scratch: Scratch) -> list[Result]:
    """Measure the export, the page in a browser, and many viewers.

    Raises:
        CpauditError: there is no browser to measure with.
    """
    results = [_export(scratch)]
    with viewers.service(scratch.warehouse, scratch.folder) as started:
        results += _in_browser(scratch, started)
    with viewers.service_for_many(scratch.warehouse, scratch.folder) as started:
        results += _many(started)
    return results


def _export(scratch: Scratch) -> Result:
    """Compare the export with one process that only computes pages: those of the whole programme and of each unit, in full.

    What the export makes besides (trades, units by trade) is more than ten times as many selections.
    """
    from cpaudit import serving, views
    from cpaudit.selection import Selection
    from cpaudit.serving.static import contents

    boards = contents.boards(plants=False)
    chosen = [Selection(), *(Selection(units=(u,)) for u in scratch.ds.programme.units)]
    made = len(contents.tasks(scratch.ds, boards, plants=False))

    def floor() -> None:
        for board in boards:
            for selection in chosen:
                views.PAGES[board.page].build(scratch.ds, selection)

    low, mine = interleaved(1, floor, lambda: serving.export(scratch.ds, scratch.folder / "dashboards", plants=False))
    how = f"导出静态看板（{made} 种范围，不含一企一档），每种范围的用时与一个进程只算全省和各单位的页面相比"
    return Result("dashboards.export", (mine / made) / (low / len(chosen)), "倍", "≤ 1", how)


def _in_browser(scratch: Scratch, started: viewers.Started) -> list[Result]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise CpauditError("看板测速要用浏览器，本环境没有 playwright；请安装开发依赖后再测。") from None
    port = viewers.free_port()
    server = [sys.executable, "-u", "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    server += ["--directory", str(scratch.folder / "dashboards")]
    with (
        viewers.process(server, scratch.folder / "static.log", "Serving"),
        _stock(scratch) as (stock, figures),
        startup.elsewhere(),
        sync_playwright() as playwright,
    ):
        try:
            browser = playwright.chromium.launch(
                executable_path=os.environ.get("BROWSER_PATH", "/usr/bin/chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
        except Exception as error:
            raise CpauditError("看板测速找不到浏览器 chromium；请安装，或用环境变量 BROWSER_PATH 指明位置。") from error

        def drawn(url: str, sign: str = _DRAWN, then: Callable[[Any], float] | None = None) -> tuple[float, float]:
            context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
            page = context.new_page()
            page.set_default_timeout(_PATIENCE_MS)
            begin = time.perf_counter()
            page.goto(url, wait_until="commit")
            page.wait_for_function(sign)
            first = time.perf_counter() - begin
            second = then(page) if then else 0.0
            page.goto("about:blank")
            context.close()
            return first, second

        static_url = f"http://127.0.0.1:{port}/index.html"
        drawn(static_url)
        drawn(started.link)
        # First the slow one: meanwhile the service renders, at the lowest priority, what readers choose most.
        slow = statistics.median(drawn(stock, _STOCK_DRAWN % figures)[0] for _ in range(2))
        static, live = [], []
        for _ in range(_ROUNDS):
            static.append(drawn(static_url, then=_choose))
            live.append(drawn(started.link, then=_choose_live))
        browser.close()
    (low, low_repaint), (mine, repaint) = (_medians(times) for times in (static, live))
    how = f"从打开链接到全部图形画完，浏览器缓存为空，{_ROUNDS} 次中位数；同样的图形作静态网页 {low:.2f} 秒，看板 {mine:.2f} 秒"
    return [
        Result("dashboards.drawn_vs_static", mine / low, "倍", "≤ 1.6", how),
        Result(
            "dashboards.drawn_vs_stock_voila",
            mine / slow,
            "倍",
            "≤ 0.4",
            f"与 Voila 默认做法（FigureWidget，{slow:.2f} 秒，2 次）相比",
        ),
        Result(
            "dashboards.repaint_vs_static",
            repaint / low_repaint,
            "倍",
            "≤ 1.5",
            f"选一个辖区（页面都已预先算好）到图形重新画完，{repaint:.2f} 秒，与静态看板 {low_repaint:.2f} 秒相比",
        ),
    ]


def _medians(times: list[tuple[float, float]]) -> tuple[float, float]:
    first, second = (statistics.median(each) for each in zip(*times, strict=True))
    return first, second


def _choose(page: Any) -> float:
    begin = time.perf_counter()
    page.get_by_label("辖区", exact=True).select_option(label="唐山市")
    page.wait_for_function("() => location.search.includes('tangshan')")
    page.wait_for_function(_DRAWN)
    return time.perf_counter() - begin


def _choose_live(page: Any) -> float:
    page.locator(".cp-early").wait_for(state="detached")
    begin = time.perf_counter()
    page.get_by_label("辖区", exact=True).select_option(label="唐山市")
    page.wait_for_function("() => location.search.includes('tangshan')")
    page.wait_for_function(_DRAWN)
    return time.perf_counter() - begin


class _stock:
    """Voila as it comes, showing the same figures as FigureWidgets: its address and how many they are."""

    def __init__(self, scratch: Scratch) -> None:
        self._place = scratch

    def __enter__(self) -> tuple[str, int]:
        import nbformat

        from cpaudit import snapshots, views
        from cpaudit.selection import Selection

        folder: Path = self._place.folder / "stock"
        folder.mkdir(exist_ok=True)
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(_STOCK)])  # type: ignore[no-untyped-call]
        nbformat.write(book, folder / "stock.ipynb")  # type: ignore[no-untyped-call]
        port = viewers.free_port()
        os.environ[snapshots.WAREHOUSE_VARIABLE] = str(self._place.warehouse.resolve())
        command = [sys.executable, "-m", "voila", str(folder / "stock.ipynb"), "--no-browser", f"--port={port}"]
        self._running = viewers.process(command, folder / "log", "running at")
        self._running.__enter__()
        page = views.progress_page(self._place.ds, Selection())
        return f"http://127.0.0.1:{port}/", sum(type(b).__name__ == "Figure" for b in page.blocks)

    def __exit__(self, *what: Any) -> None:
        self._running.__exit__(*what)


def _many(started: viewers.Started) -> list[Result]:
    soak_s = float(os.environ.get("CPAUDIT_SOAK_S", _SOAK_S))

    async def run() -> tuple[Any, Any, float, Any]:
        twenty = await viewers.at_once(started, 20)
        fifty = await viewers.at_once(started, 50)
        return twenty, fifty, await viewers.soak(started, soak_s), await viewers.under_flood(started, 2 * _ROUNDS)

    (few, lost, each), (many, failed, _), growth, (quiet, loud) = asyncio.run(run())
    how = "人同时打开，从请求到页面完整、筛选栏连上内核，第 95 百分位；不含浏览器画图"
    return [
        Result("dashboards.p95_20_s", _p95(few), "秒", "≤ 5", f"20 {how}；失败 {lost}"),
        Result("dashboards.mb_per_viewer", each, "MB", "≤ 60", "20 人打开后服务及全部内核增加的内存（PSS），每人平均"),
        Result("dashboards.p95_50_s", _p95(many), "秒", "≤ 12", f"50 {how}"),
        Result("dashboards.failed_50", failed, "人", "0", "其中未能打开的人数"),
        Result(
            "dashboards.soak_growth",
            growth,
            "倍",
            "≤ 1.1",
            f"{soak_s:.0f} 秒内不断有人来去（部分不告而别），结束时与开头的内存相比",
        ),
        Result(
            "dashboards.others_under_flood",
            loud / quiet,
            "倍",
            "≤ 2",
            f"一人反复要 60 页时，别人打开一页用 {loud:.2f} 秒，与平静时 {quiet:.2f} 秒相比，各 {2 * _ROUNDS} 次中位数",
        ),
    ]


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[max(0, round(0.95 * len(seconds)) - 1)] if seconds else float("inf")
