"""One report as a task that any process can do: run its notebook, make its page; nothing is written, nothing is shared."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cpaudit import durable, startup
from cpaudit.errors import CpauditError
from cpaudit.reports.identity import digest
from cpaudit.snapshots import PROGRAMME_VARIABLE, WAREHOUSE_VARIABLE
from cpaudit.startup import skip_iri_grammar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cpaudit.reports.own import Value

_QUIET = logging.NullHandler()
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_SCHEME = "cpaudit-memory://"


@dataclass(frozen=True, slots=True)
class Task:
    """A report to make; ``notebook`` is the notebook's text, ``about`` what is written into the executed one.

    ``warehouse`` lies where the task is done and is no part of the report; ``version`` is the snapshot's that it must show.
    ``definitions``: name → text of those that are laid over the shipped ones, where the task is done on another machine.
    """

    stem: str
    name: str
    notebook: str
    notebook_name: str
    parameters: dict[str, Value]
    warehouse: str
    version: str
    about: dict[str, Any]
    seconds: int
    one_file: bool = False
    programme: str = ""
    definitions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """What a task leaves: files by format, ``failed`` the notebook of a report that failed, ``error`` one sentence why.

    ``facts`` are what the index says of the report: key figures and whether the data are invented. ``seconds`` is how long
    it took.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    failed: bytes | None = None
    error: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


def environment() -> dict[str, str]:
    """Return what a process that runs notebooks has in its environment besides this one's.

    Hashes of texts decide the order of sets: with them fixed, a run leaves the same bytes as the next.
    """
    return {"PYTHONHASHSEED": "0", **startup.environment()}


def make_here(task: Task) -> Made:
    """Make the report in this process, which must have been forked for it."""
    from cpaudit.reports.cells import inprocess

    os.environ.update(_data_of(task))
    try:
        with durable.scratch() as scratch, _limit(task.seconds):
            return _made(task, {"engine_name": inprocess.NAME, "folder": str(scratch), "cwd": str(scratch)})
    except _OutOfTime:  # between two cells
        return Made(error=_too_long(task.seconds))


def make_in_kernel(task: Task, told: Mapping[str, str] | None = None) -> Made:
    """Make the report with a kernel of its own, which has ``told`` in its environment too."""
    from cpaudit.processes.kernel import kernel_manager

    with durable.scratch() as scratch:
        here = {**environment(), **(told or {}), **_data_of(task)}
        options = {
            "kernel_manager_class": kernel_manager(scratch, here),
            "resources": {"metadata": {"path": str(scratch)}},
            "shutdown_kernel": "immediate",
            "execution_timeout": task.seconds,
        }
        return _made(task, options)


def _data_of(task: Task) -> dict[str, str]:
    """Return what a notebook that names no warehouse, or no programme, opens."""
    return {WAREHOUSE_VARIABLE: task.warehouse, **({PROGRAMME_VARIABLE: task.programme} if task.programme else {})}


def _made(task: Task, options: dict[str, Any]) -> Made:
    began = time.monotonic()
    made = _whole(task, options)
    return replace(made, seconds=time.monotonic() - began)


def _whole(task: Task, options: dict[str, Any]) -> Made:
    from cpaudit.render.notebook import stored
    from cpaudit.reports.html import report_document

    try:
        book, error = _execute(task, options)
        content = (json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode(errors="replace")
        if error:
            return Made(failed=content if book else None, error=error)
        page = stored.page_of(book)
        if page.stamp is not None and page.stamp.version != task.version:
            raise CpauditError(f"快照在生成期间由 {task.version} 换成了 {page.stamp.version}，请重新生成。")
        html = report_document(page, f"{task.stem}.ipynb", one_file=task.one_file)
        facts = {"key_figures": page.key_figures(), "demonstration": bool(page.stamp and page.stamp.demonstration)}
        facts |= {"formal": page.formal}
        return Made({"ipynb": content, "html": html.encode(errors="replace")}, facts=facts)
    except (CpauditError, OSError) as problem:
        return Made(error=str(problem))


# -- papermill


class _Memory:
    """A place for papermill's files that is no disk: nothing is written twice, nothing is left behind."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}

    def read(self, path: str) -> str:
        return self.files[path]

    def write(self, content: str, path: str) -> None:
        self.files[path] = content

    def listdir(self, path: str) -> list[str]:
        return [name for name in self.files if name.startswith(path)]

    def pretty_path(self, path: str) -> str:
        return path


_memory = _Memory()
_registering = threading.Lock()


def _execute(task: Task, options: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the executed notebook ({} where nothing of it is left) and, where a cell failed, one sentence about it."""
    skip_iri_grammar()
    import papermill
    from nbclient.exceptions import CellTimeoutError
    from papermill.iorw import papermill_io

    with _registering:
        if not any(scheme == _SCHEME for scheme, _ in papermill_io._handlers):
            papermill_io.register(_SCHEME, _memory)
    # What goes wrong is told in the outcome; papermill's own words go to whoever set up logging.
    logging.getLogger("papermill").addHandler(_QUIET)
    place = f"{_SCHEME}{uuid.uuid4()}"
    given, result = f"{place}/given.ipynb", f"{place}/executed.ipynb"
    _memory.write(_to_be_given(task.notebook), given)
    error = ""
    try:
        papermill.execute_notebook(
            given, result, task.parameters, progress_bar=False, request_save_on_cell_execute=False, **options
        )
    except papermill.PapermillExecutionError as problem:
        error = _cell_error(problem, task.seconds)
    except CellTimeoutError:
        error = _too_long(task.seconds)
    except Exception as problem:  # a dead kernel above all; the other reports go on
        error = f"内核没有完成运行（{type(problem).__name__}：{problem}），请检查内存是否够用后重新生成。"
    finally:
        _memory.files.pop(given, None)
    text = _memory.files.pop(result, None)
    return (_published(json.loads(text), task), error) if text else ({}, error)


def _to_be_given(notebook: str) -> str:
    """Return the notebook with its parameters' cell marked as one to be replaced: no default stays beside the run's values."""
    book = json.loads(notebook)
    for cell in book["cells"]:
        if "parameters" in (tags := cell["metadata"].get("tags", [])):
            tags.append("injected-parameters")
    return json.dumps(book, ensure_ascii=False)


class _OutOfTime(BaseException):
    """The report's time is over; no ``except Exception`` of a notebook holds it up."""


@contextmanager
def _limit(seconds: int) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise _OutOfTime

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _too_long(seconds: int) -> str:
    return f"运行超过 {seconds} 秒，已中止；请检查数据量和笔记本，或用 --limit 放宽时限。"


def _cell_error(problem: Any, seconds: int) -> str:
    first = problem.source.strip().partition("\n")[0]
    if problem.ename == _OutOfTime.__name__:
        return f"单元 [{problem.exec_count}]（{first}）{_too_long(seconds)}"
    reason = str(problem.evalue).strip().rstrip("。").replace("\n", "；")
    what = f"{problem.ename}，{reason}" if reason else problem.ename
    return f"单元 [{problem.exec_count}]（{first}）出错：{what}；请打开失败的笔记本查看。"


def _published(book: dict[str, Any], task: Task) -> dict[str, Any]:
    """Return the executed notebook with what it was made of, and without what differs from run to run.

    That is: times, scratch paths, random ids of the cells that papermill adds. Its marks become Chinese.
    """
    noted = _timeless(book["metadata"]["papermill"])
    book["metadata"] = {
        "kernelspec": book["metadata"]["kernelspec"],
        "language_info": {"name": "python"},
        "papermill": noted | {"input_path": task.notebook_name, "output_path": f"{task.stem}.ipynb"},
        "cpaudit": {
            **task.about,
            "parameters": task.parameters,
            "snapshot": task.version,
            "notebook": digest(task.notebook),
        },
    }
    marks = iter(("**这份报告没有生成完，出错的单元见下文标注处。**", "**下面的单元出错，运行到此为止。**"))
    for at, cell in enumerate(book["cells"]):
        tags = cell["metadata"].get("tags", [])
        if "papermill-error-cell-tag" in tags:
            cell["source"], cell["id"] = next(marks), f"mark-{at}"
        elif "injected-parameters" in tags:
            cell["id"] = "injected-parameters"
            said = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in task.parameters.items()]
            cell["source"] = "\n".join(["# 本报告的参数", *said]).splitlines(keepends=True)
        if "papermill" in cell["metadata"]:
            cell["metadata"]["papermill"] = _timeless(cell["metadata"]["papermill"])
        cell["metadata"].pop("execution", None)
        if "outputs" in cell:
            cell["outputs"] = _settled(cell["outputs"])
    return book


def _settled(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a cell's outputs without what hangs on the moment or the terminal: pieces of one stream, colours of tracebacks."""
    kept: list[dict[str, Any]] = []
    for output in outputs:
        if output["output_type"] == "error":
            output["traceback"] = [_COLOURS.sub("", line) for line in output["traceback"]]
        if kept and output["output_type"] == "stream" and kept[-1].get("name") == output["name"]:
            kept[-1]["text"] = [*_lines(kept[-1]["text"]), *_lines(output["text"])]
        else:
            kept.append(output)
    for output in kept:
        if output["output_type"] == "stream":
            output["text"] = "".join(_lines(output["text"])).splitlines(keepends=True)
    return kept


def _lines(text: str | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else text


def _timeless(noted: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in noted.items() if name not in ("start_time", "end_time", "duration")}
