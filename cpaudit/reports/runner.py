"""Make a batch of reports: plan, leave out what is unchanged, hand the rest to an engine, write what comes back."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from cpaudit.errors import CpauditError, UsageError
from cpaudit.processes import kernel, warm
from cpaudit.render.stationery import chosen
from cpaudit.reports.documents import MODULES, converter, find_formats
from cpaudit.reports.folder import Folder
from cpaudit.reports.identity import digest
from cpaudit.reports.outcomes import Outcome
from cpaudit.reports.plan import plan
from cpaudit.reports.tasks import Made, Task, make_here, make_in_kernel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cpaudit.render.stationery.chosen import Stationery
    from cpaudit.reports.order import Order

_KILL_EACH_S = 0.1


def run(order: Order, progress: Callable[[Outcome, int, int], None] | None = None) -> list[Outcome]:
    """按要求生成一批报告，逐份写出，一份失败不影响其他。

    Each report leaves ``<标题>_<单位>_<日期>.html`` and the executed ``.ipynb``, from which its other formats are made; one that
    fails leaves ``…_失败.ipynb`` and doesn't stop the others. Beside them: index.html, manifest.json and the archive. Files
    appear whole or not at all, also when the run is killed. A report that is there, made from the same notebook, parameters,
    snapshots and program, is left alone unless the order says ``force``. ``progress`` is told every outcome, how many there
    are, of how many. Outcomes come in the order asked.

    Raises:
        UsageError: an unknown kind, subject, programme, notebook, format or engine, a template that can't be used; nothing has
            started or is written then.
        SnapshotError: there is no snapshot, or it is damaged.
        CpauditError: ``out`` can't be written, the cluster doesn't answer, or there is no browser to draw documents' figures.
    """
    if (order.engine == "dask") != bool(order.scheduler):
        raise UsageError("--engine dask 须用 --scheduler 写明调度器地址，如 tcp://10.0.0.1:8786；其他引擎不用写。")
    documents = find_formats(order.formats)
    on = chosen.current(order.reference_doc) if documents else chosen.PLAIN
    tasks = plan(order)
    keys = {task.stem: _key(task) for task in tasks}
    done: dict[str, Outcome] = {}

    def tell(outcome: Outcome, stem: str) -> None:
        done[stem] = outcome
        if progress:
            progress(outcome, len(done), len(tasks))

    with ExitStack() as stack:
        # A cluster that doesn't answer is told before anything is written.
        place = stack.enter_context(_engine(order, tasks, bool(documents)))
        folder = Folder(order.out)
        folder.check_places(tasks)
        waiting: list[Task] = []
        there: list[tuple[Task, Made]] = []
        for task in tasks:
            entry = None if order.force else folder.unchanged(task, keys[task.stem])
            if entry is None:
                waiting.append(task)
            elif set(documents) <= (current := folder.current(entry, on)):
                tell(Outcome(task.name, "unchanged", 0.0, folder.files(entry)), task.stem)
            else:  # the executed notebook is there: only the documents are made, from it
                kept = folder.made(entry)
                there.append((task, replace(kept, files={k: f for k, f in kept.files.items() if k in current})))
        try:
            for task, made in _made(waiting, there, documents, on, place):
                written = folder.put(task, keys[task.stem], made, on)
                status: Literal["ok", "failed"] = "failed" if made.error else "ok"
                tell(Outcome(task.name, status, made.seconds, written, made.error), task.stem)
        finally:
            # After Ctrl-C too: what is done is whole and listed, and the next run goes on from there.
            if done:
                folder.close(f"{file_title(tasks)}.zip" if order.archive else "")
    return [done[task.stem] for task in tasks]


def file_title(tasks: Sequence[Task]) -> str:
    """Return the archive's name without its ending: the title and day that the reports share."""
    title, *_, day = tasks[0].stem.split("_")
    return f"{title}_{day}"


def _key(task: Task) -> str:
    """Return the hash of all that a report is made of."""
    return digest(json.dumps([task.notebook, task.parameters, task.version, task.about, task.one_file], sort_keys=True))


def _made(
    waiting: Sequence[Task],
    there: Sequence[tuple[Task, Made]],
    documents: Sequence[str],
    on: Stationery,
    place: _Place,
) -> Iterator[tuple[Task, Made]]:
    """Yield every task with what came of it, as they are done: executed, then turned into documents meanwhile."""
    if not waiting and not there:
        return
    running = {place.submit(task): task for task in waiting}
    if not documents:
        yield from _results(running)
        return
    # The browser starts while the first reports run.
    with converter(documents, on, place.call) as convert:
        converting = {convert(made): task for task, made in there}
        for task, made in _results(running):
            if made.error:
                yield task, made
            else:
                converting[convert(made)] = task
            for future in [f for f in converting if f.done()]:
                yield converting.pop(future), future.result()
        yield from _results(converting)


def _results(pending: dict[Future[Made], Task]) -> Iterator[tuple[Task, Made]]:
    while pending:
        # A wait without end can't be interrupted everywhere.
        ready, _ = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
        for future in ready:
            task = pending.pop(future)
            try:
                made = future.result()
            except CpauditError as error:  # its process died
                made = Made(error=str(error))
            except Exception as error:  # the cluster gave up on it
                made = Made(error=f"报告没有生成（{type(error).__name__}：{error}），请检查后重新生成。")
            yield task, made


@dataclass(frozen=True, slots=True)
class _Place:
    """Where reports are made: ``submit`` starts a task; ``call`` runs a function in a warm process, None where there is none."""

    submit: Callable[[Task], Future[Made]]
    call: Callable[..., Future[dict[str, bytes]]] | None = None


@contextmanager
def _engine(order: Order, tasks: Sequence[Task], documents: bool) -> Iterator[_Place]:
    """Give the place; at the end, or when something goes wrong, nothing of it runs on."""
    import datetime as dt
    from pathlib import Path

    jobs = order.jobs or min(4, os.cpu_count() or 1)
    task, many = tasks[0], len(tasks) > jobs
    day, programme = dt.date.fromisoformat(task.about["as_of"]), task.programme
    if order.engine == "dask":
        from cpaudit.reports.engines.cluster import connected

        with connected(order.scheduler, Path(task.warehouse), day, programme) as send:
            yield _Place(send)
    elif order.engine == "local" and warm.can_fork():
        from cpaudit.reports.engines.forks import pool

        # To look things up for one report that starts at the same time gains nothing.
        look_up = (task.warehouse, day, programme) if many else None
        forks = pool(jobs, task.seconds, MODULES if documents else (), look_up)
        try:
            yield _Place(lambda task: forks.submit(make_here, task), forks.submit)
        finally:
            forks.shutdown(wait=False)
    else:
        kernels = ThreadPoolExecutor(jobs, "report")
        begun: list[Future[Made]] = []

        def submit(task: Task) -> Future[Made]:
            begun.append(kernels.submit(make_in_kernel, task))
            return begun[-1]

        try:
            yield _Place(submit)
        except BaseException:
            # Nothing new starts, and the reports at work end with their kernels, also with those that are yet to start.
            kernels.shutdown(wait=False, cancel_futures=True)
            while wait(begun, timeout=_KILL_EACH_S).not_done:
                kernel.kill_all()
            raise
        finally:
            kernels.shutdown()
