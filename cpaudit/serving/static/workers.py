"""The pages of an export as compressed HTML, made by several processes at once."""

from __future__ import annotations

import os
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from cpaudit.processes import warm
from cpaudit.serving.static.contents import PLANT, Board, Task, plant_name, selection_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cpaudit.dataset import Dataset
    from cpaudit.views.page import Page

#: Fewer tasks are done sooner than a process is started.
_FEW = 12
_JOBS = 4
#: So many calls at least are made of the tasks: what a process has looked up serves all tasks of its call.
_CALLS = 24
#: What forked processes work on: the data set and the dashboards.
_given: list[tuple[Dataset, tuple[Board, ...]]] = []


def run(
    ds: Dataset,
    boards: tuple[Board, ...],
    tasks: list[Task],
    jobs: int | None,
    progress: Callable[[str, int, int], None] | None,
) -> dict[str, bytes]:
    """Do all tasks; return name (see contents) → the page's HTML, deflated.

    For few tasks, and where processes can't be forked, all is done in this process.

    Raises:
        CpauditError: a process died.
    """
    from concurrent.futures import as_completed

    from cpaudit.processes.pool import ForkingPool

    jobs = jobs or min(os.cpu_count() or 1, _JOBS)
    made: dict[str, bytes] = {}
    done = 0

    def take(found: dict[str, bytes], part: Sequence[Task]) -> None:
        nonlocal done
        made.update(found)
        done += len(part)
        if progress:
            progress("一企一档" if part[-1].plants else "各辖区、各行业", done, len(tasks))

    if jobs == 1 or len(tasks) < _FEW or not warm.can_fork():
        for part in _parts(tasks):
            take(pages(ds, boards, part), part)
        return made
    pool = ForkingPool(jobs, None, f"{__name__}:{prepare.__name__}", work="导出看板", environment={"POLARS_MAX_THREADS": "1"})
    try:
        pool.hand_down(f"{__name__}:{hold.__name__}", _with_plain_texts, ds, boards).result()
        futures = {pool.submit(_do, part): part for part in _parts(tasks)}
        for future in as_completed(futures):
            take(future.result(), futures[future])
    finally:
        pool.shutdown(wait=False)
    return made


def _parts(tasks: Sequence[Task]) -> list[Sequence[Task]]:
    """Return the tasks as some calls of about the same length, those with selections first."""
    of_kind = [[t for t in tasks if not t.plants], [t for t in tasks if t.plants]]
    return [part for some in of_kind for at in range(_CALLS) if (part := some[at::_CALLS])]


def prepare() -> None:
    """Load what pages need, in the warm parent."""
    warm.preload()
    warm.plain_texts()


def hold(given: tuple[Dataset, tuple[Board, ...]]) -> None:
    """Keep what all processes to be forked work on."""
    _given[:] = [given]


def _with_plain_texts(ds: Dataset, boards: tuple[Board, ...]) -> tuple[Dataset, tuple[Board, ...]]:
    """Return the data set with texts as :func:`~cpaudit.processes.warm.plain_texts` has them in new tables."""
    import numpy as np
    import pandas as pd

    from cpaudit.fields import TABLES

    plain = pd.StringDtype("python", na_value=np.nan)
    tables = {name: getattr(ds, name) for name in TABLES}
    texts = {name: t.astype(dict.fromkeys(t.select_dtypes("str"), plain)) for name, t in tables.items()}
    return replace(ds, **texts), boards


def _do(part: Sequence[Task]) -> dict[str, bytes]:
    return pages(*_given[0], part)


def pages(ds: Dataset, boards: tuple[Board, ...], part: Sequence[Task]) -> dict[str, bytes]:
    """Return the pages of some tasks: name → HTML, deflated."""
    found: dict[str, bytes] = {}
    for task in part:
        found |= _pages(ds, boards, task)
    return found


def _pages(ds: Dataset, boards: tuple[Board, ...], task: Task) -> dict[str, bytes]:
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
        if board.page not in (PLANT, "") and (not board.one or values[board.one])
    }


def opening(board: Board, made: dict[str, bytes]) -> str:
    """Return the name of what a dashboard shows first: everything, or the first that there is."""
    if board.page == PLANT:
        return plant_name(0)
    whole = selection_name(board, "", "")
    return whole if whole in made else next(name for name in sorted(made) if name.startswith(f"{board.id}/"))


def _deflated(page: Page) -> bytes:
    from cpaudit.render.web import html

    text = html.body_html(page, directory=False)
    return zlib.compress(text.encode(), 9)
