"""Run a report notebook for many units: papermill in threads, one fresh kernel process per report, whole files only."""

from __future__ import annotations

import json
import logging
import os
import tempfile
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit.dataset import Dataset
from cpaudit.errors import CpauditError, ReportError, UsageError
from cpaudit.programme import find_unit, load_programme
from cpaudit.programme import units as all_units
from cpaudit.reference import shipped
from cpaudit.reports import kernel
from cpaudit.reports.outcomes import Outcome
from cpaudit.reports.parameters import ReportParameters, check
from cpaudit.startup import skip_iri_grammar

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

#: A cell that takes longer than this is taken for hung.
CELL_SECONDS = 600
_FAILED = "_失败"
_QUIET = logging.NullHandler()


def notebook_path(name: str) -> Path:
    """Return the report notebook called ``name``."""
    return shipped("notebooks") / "reports" / f"{name}.ipynb"


def file_stem(unit: str, as_of: dt.date | str) -> str:
    """Return a report's file name without its ending."""
    return f"清洁生产审核报告_{unit}_{as_of}"


def run(
    units: Sequence[str],
    *,
    as_of: dt.date | None = None,
    programme: str | None = None,
    warehouse: Path,
    out: Path,
    jobs: int | None = None,
    notebook: str | Path = "city",
    progress: Callable[[str], None] | None = None,
) -> list[Outcome]:
    """Make the reports of ``units`` (by any of their names; none given means all) and the folder's index.html.

    ``as_of`` None is the newest snapshot's day, ``programme`` None its programme. Under ``out`` each report leaves
    ``清洁生产审核报告_<单位>_<日期>.html`` and ``.ipynb``; one that fails leaves ``…_失败.ipynb`` and doesn't stop the others.
    Files appear whole or not at all, also when the run is killed. At most ``jobs`` kernels run at once (default: the
    processors, not more than four). Outcomes come in the order of ``units``.

    Raises:
        UsageError: an unknown unit, programme or notebook, or a programme that isn't the snapshot's; nothing has started then.
        SnapshotError: there is no snapshot, or it is damaged.
        ReportError: ``out`` can't be written.
    """
    batch = _plan(units, as_of, programme, warehouse)
    source = Path(notebook) if Path(notebook).suffix == ".ipynb" else notebook_path(str(notebook))
    if not source.is_file():
        raise UsageError(f"找不到报告笔记本 {source}，请检查名称。")
    from cpaudit.render.html import write_assets
    from cpaudit.reports.index import write_index

    tell = progress or (lambda step: None)
    skip_iri_grammar()
    try:
        write_assets(out / "assets")
    except OSError as error:
        raise ReportError(f"报告目录 {out} 无法写入（{error.strerror or error}），请检查路径和写入权限。") from error
    done: dict[str, Outcome] = {}
    with ThreadPoolExecutor(jobs or min(4, os.cpu_count() or 1), "report") as pool:
        pending = {pool.submit(_make, source.resolve(), parameters, out.resolve()) for parameters in batch}
        try:
            while pending:
                # A wait without end can't be interrupted everywhere.
                ready, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
                for outcome in (future.result() for future in ready):
                    done[outcome.unit] = outcome
                    tell(f"{len(done)}/{len(batch)} {outcome.unit}" + ("" if outcome.status == "ok" else "失败"))
        except BaseException:
            # Ctrl-C: nothing new starts, and the reports at work end with their kernels, leaving no file.
            pool.shutdown(wait=False, cancel_futures=True)
            kernel.kill_all()
            raise
    outcomes = [done[parameters.unit] for parameters in batch]
    write_index(out, outcomes)
    return outcomes


def _plan(units: Sequence[str], as_of: dt.date | None, programme: str | None, warehouse: Path) -> list[ReportParameters]:
    """Check everything that can be checked without a kernel; each unit once, in official order where all are meant."""
    names = dict.fromkeys(find_unit(u).name for u in units)
    if programme:
        load_programme(programme)  # one that doesn't exist is told from one that isn't the snapshot's
    ds = Dataset.open(warehouse, as_of)
    if programme and programme != ds.programme.id:
        raise UsageError(
            f"快照属于批次 {ds.programme.id}，不是 {programme}；请改用快照的批次，或用 --warehouse 指定另一个快照目录。"
        )
    known = [all_units()[u].name for u in ds.programme.units]
    foreign = [name for name in names if name not in known]
    if foreign:
        raise UsageError(f"批次 {ds.programme.id} 不包括 {'、'.join(foreign)}；请从下列单位中选择：{'、'.join(known)}。")
    return [check(unit=name, as_of=ds.as_of, programme=ds.programme.id, warehouse=warehouse) for name in names or known]


def _make(source: Path, parameters: ReportParameters, out: Path) -> Outcome:
    """Run one report; never raises for what happens inside it."""
    from cpaudit.render.tabular import write_whole
    from cpaudit.reports.html import report_document

    began = time.monotonic()
    stem = file_stem(parameters.unit, parameters.as_of)
    failed, page, kept = (out / f"{stem}{_FAILED}.ipynb", out / f"{stem}.html", out / f"{stem}.ipynb")
    book = None
    try:
        book, error = _execute(source, parameters, kept.name)
        content = (json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
        if book and not error:
            html = report_document(book, kept.name)
            write_whole(kept, content)
            write_whole(page, html.encode())
            failed.unlink(missing_ok=True)
            return Outcome(parameters.unit, "ok", time.monotonic() - began, page, kept)
        if book:
            write_whole(failed, content)
    except (CpauditError, OSError) as problem:
        book, error = None, str(problem)
    return Outcome(parameters.unit, "failed", time.monotonic() - began, None, failed if book else None, error)


def _execute(source: Path, parameters: ReportParameters, name: str) -> tuple[dict[str, Any] | None, str]:
    """Return the executed notebook and, where a cell failed, one sentence about it."""
    import papermill
    from nbclient.exceptions import CellTimeoutError

    # What goes wrong is told in the outcome; papermill's own words go to whoever set up logging.
    logging.getLogger("papermill").addHandler(_QUIET)
    with tempfile.TemporaryDirectory(prefix="cpaudit-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        result = folder / "executed.ipynb"
        options: dict[str, Any] = {
            "kernel_manager_class": kernel.kernel_manager(folder),
            "resources": {"metadata": {"path": scratch}},
            "shutdown_kernel": "immediate",
            "execution_timeout": CELL_SECONDS,
        }
        error = ""
        try:
            papermill.execute_notebook(
                str(source),
                str(result),
                parameters.model_dump(),
                progress_bar=False,
                request_save_on_cell_execute=False,
                **options,
            )
        except papermill.PapermillExecutionError as problem:
            error = _cell_error(problem)
        except CellTimeoutError:
            error = f"有单元运行超过 {CELL_SECONDS} 秒，已中止；请检查数据量和笔记本。"
        except Exception as problem:  # a dead kernel above all; the other units go on
            error = f"内核没有完成运行（{type(problem).__name__}：{problem}），请检查内存是否够用后重新生成。"
        if not result.exists():
            return None, error
        return _published(json.loads(result.read_text(encoding="utf-8")), source, name), error


def _cell_error(problem: Any) -> str:
    first = problem.source.strip().partition("\n")[0]
    reason = str(problem.evalue).strip().rstrip("。").replace("\n", "；")
    what = f"{problem.ename}，{reason}" if reason else problem.ename
    return f"单元 [{problem.exec_count}]（{first}）出错：{what}；请打开失败的笔记本查看。"


def _published(book: dict[str, Any], source: Path, name: str) -> dict[str, Any]:
    """Return the executed notebook without the scratch paths that papermill notes down and with its marks in Chinese."""
    book["metadata"]["papermill"].update(input_path=source.name, output_path=name)
    marks = iter(("**这份报告没有生成完，出错的单元见下文标注处。**", "**下面的单元出错，运行到此为止。**"))
    for cell in book["cells"]:
        if "papermill-error-cell-tag" in cell["metadata"].get("tags", []):
            cell["source"] = next(marks)
    return book
