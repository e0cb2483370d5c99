"""The pages of an export as compressed HTML, made by several processes at once."""

from __future__ import annotations

import os
import signal
import zlib
from concurrent.futures import BrokenExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from cpaudit import startup
from cpaudit.errors import CpauditError
from cpaudit.serving.static.contents import PLANT, Board, Task, plant_name, selection_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpaudit.dataset import Dataset
    from cpaudit.views.page import Page

#: Fewer tasks are done sooner than a process is started.
_FEW = 12
_JOBS = 4
#: How often at most it is told how far the work is.
_TOLD = 25
#: What a process works on: the data set and the dashboards.
_given: list[tuple[Dataset, tuple[Board, ...]]] = []


def run(
    ds: Dataset,
    boards: tuple[Board, ...],
    tasks: list[Task],
    jobs: int | None,
    progress: Callable[[str, int, int], None] | None,
) -> dict[str, bytes]:
    """Do all tasks; return name (see contents) → the page's HTML, deflated.

    The processes are started, not forked: the caller may have run Polars, whose threads no fork survives.

    Raises:
        CpauditError: a process died.
    """
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed

    jobs = jobs or min(os.cpu_count() or 1, _JOBS)

    def tell(task: Task, done: int) -> None:
        if progress and (done == len(tasks) or not done % (len(tasks) // _TOLD + 1)):
            progress("一企一档" if task.plants else "各辖区、各行业", done, len(tasks))

    made: dict[str, bytes] = {}
    if jobs == 1 or len(tasks) < _FEW:
        for done, task in enumerate(tasks, start=1):
            made |= pages(ds, boards, task)
            tell(task, done)
        return made
    context = multiprocessing.get_context("spawn")
    with startup.children_leave_working_folder(), ProcessPoolExecutor(jobs, context, _begin, (ds, boards, os.getpid())) as pool:
        try:
            futures = {pool.submit(_do, task): task for task in tasks}
            for done, future in enumerate(as_completed(futures), start=1):
                made |= future.result()
                tell(futures[future], done)
        except BrokenExecutor as error:
            raise CpauditError("导出看板的进程意外结束，请检查内存是否够用后重新导出。") from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return made


def _begin(ds: Dataset, boards: tuple[Board, ...], parent: int) -> None:
    """Make a process ready: it ends with its parent, computes in one thread, and leaves Ctrl-C to the parent."""
    from cpaudit import warm

    os.environ["POLARS_MAX_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if warm.can_fork():  # Linux
        warm.settle(parent)
    warm.preload()
    warm.plain_texts()
    _given[:] = [(_with_plain_texts(ds), boards)]


def _with_plain_texts(ds: Dataset) -> Dataset:
    """Return the data set with texts as :func:`cpaudit.warm.plain_texts` has them in new tables."""
    import numpy as np
    import pandas as pd

    from cpaudit.fields import TABLES

    plain = pd.StringDtype("python", na_value=np.nan)
    tables = {name: getattr(ds, name) for name in TABLES}
    return replace(ds, **{name: t.astype(dict.fromkeys(t.select_dtypes("str"), plain)) for name, t in tables.items()})


def _do(task: Task) -> dict[str, bytes]:
    return pages(*_given[0], task)


def pages(ds: Dataset, boards: tuple[Board, ...], task: Task) -> dict[str, bytes]:
    """Return the pages of one task: name → HTML, deflated."""
    from cpaudit import views
    from cpaudit.selection import Selection

    if task.plants:
        build = views.PAGES[PLANT].build
        return {name: _deflated(build(ds, Selection(), plant=plant)) for plant, name in task.plants}
    selection = Selection(units=(task.unit,) if task.unit else (), industries=(task.trade,) if task.trade else ())
    values = {"unit": task.unit, "industry": task.trade}
    return {
        selection_name(board, task.unit, task.trade): _deflated(views.PAGES[board.page].build(ds, selection))
        for board in boards
        if board.page != PLANT and (not board.one or values[board.one])
    }


def opening(board: Board, made: dict[str, bytes]) -> str:
    """Return the name of what a dashboard shows first: everything, or the first that there is."""
    if board.page == PLANT:
        return plant_name(0)
    whole = selection_name(board, "", "")
    return whole if whole in made else next(name for name in sorted(made) if name.startswith(f"{board.id}/"))


def _deflated(page: Page) -> bytes:
    from cpaudit.render.web import html

    text = html.header_html(page, directory=False) + html.contents_html(page) + html.blocks_html(page)
    return zlib.compress(text.encode(), 9)
