"""City reports: right parameters or nothing starts; whole files or none; one unit's failure is its own."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
import psutil
import pytest

from cpaudit import __version__, reports, views
from cpaudit.dataset import Dataset
from cpaudit.errors import CpauditError, NoSnapshotError, SnapshotError, UsageError
from cpaudit.render.notebook import stored
from cpaudit.render.web.html import blocks_html
from cpaudit.reports.kinds import find_kind
from cpaudit.reports.plan import file_stem
from cpaudit.views import Page
from tests.support.reports import (
    FAILING,
    UNITS,
    Batch,
    altered,
    contents,
    figures_sorted,
)
from tests.support.service import until


@pytest.fixture(scope="module")
def pages(small_ds: Dataset) -> dict[str, Page]:
    """What the view itself says of each unit."""
    return {unit: views.city_report(small_ds, unit) for unit in UNITS}


# -- nothing starts with wrong parameters


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"unit": "北京市"}, "北京市"),
        ({"unit": ""}, "上报单位"),
        ({"as_of": "2022-13-01"}, "2022-13-01"),
        ({"as_of": 20220701}, "as_of"),
        ({"programme": "hebei-2030"}, "hebei-2030"),
        ({"unti": "石家庄市"}, "unti"),
        ({"warehouse": None}, "warehouse"),
    ],
)
def test_a_wrong_parameter_is_one_chinese_sentence(given: dict[str, Any], named: str) -> None:
    right = {"unit": "石家庄市", "as_of": "2022-07-01", "programme": "hebei-2021-2", "warehouse": "w"}
    with pytest.raises(UsageError) as caught:
        reports.check("city", **right | given)
    sentence = caught.value.sentence
    assert named in sentence
    assert sentence.endswith("。")
    assert "\n" not in sentence


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(UsageError, match="warehouse"):
        reports.check("city", unit="石家庄市", as_of="", programme="hebei-2021-2")


@pytest.mark.parametrize(
    ("units", "options", "error"),
    [
        (["石家庄市", "北京市"], {}, UsageError),
        (["石家庄市"], {"programme": "hebei-2030"}, UsageError),
        (["石家庄市"], {"notebook": Path("county.ipynb")}, UsageError),
        (["石家庄市"], {"kind": "citty"}, UsageError),
        (["石家庄市"], {"kind": "province"}, UsageError),
        (["水尼"], {"kind": "trade"}, UsageError),
        (["没有的企业"], {"kind": "plant"}, UsageError),
        (["石家庄市"], {"formats": ["doc"]}, UsageError),
        (["石家庄市"], {"engine": "dask"}, UsageError),
        (["石家庄市"], {"engine": "dask", "scheduler": "tcp://127.0.0.1:1"}, CpauditError),
        (["石家庄市"], {"warehouse": Path("/nowhere")}, SnapshotError),
    ],
)
def test_nothing_starts_and_nothing_is_written_when_the_call_is_wrong(
    units: list[str],
    options: dict[str, Any],
    error: type[CpauditError],
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subprocess.Popen, "__init__", lambda *a, **k: pytest.fail("a process was started"))
    with pytest.raises(error) as caught:
        reports.run(reports.Order(subjects=units, **{"warehouse": small, "out": tmp_path / "out"} | options))
    assert caught.value.sentence.endswith("。")
    assert not (tmp_path / "out").exists()


def test_reports_on_a_programme_without_snapshots_are_refused(small: Path, tmp_path: Path) -> None:
    with pytest.raises(NoSnapshotError, match="没有批次 hebei-2018 的快照"):
        reports.run(reports.Order(subjects=["石家庄市"], programme="hebei-2018", warehouse=small, out=tmp_path))


# -- what a batch leaves


def test_a_batch_leaves_whole_files_only(batch: Batch) -> None:
    assert [(o.name, o.status, o.error) for o in batch.outcomes.values()][:2] == [(unit, "ok", "") for unit in UNITS]
    names = {f"清洁生产审核报告_{unit}_2022-07-01.{kind}" for unit in UNITS for kind in ("html", "ipynb")}
    names |= {f"清洁生产审核报告_{FAILING}_2022-07-01_失败.ipynb", "清洁生产审核报告_2022-07-01.zip"}
    names |= {"index.html", "manifest.json", "assets", ".lock"}
    assert {p.name for p in batch.folder.iterdir()} == names
    assert {p.name for p in (batch.folder / "assets").iterdir()} >= {"plotly.min.js", "page.css", "page.js"}


@pytest.mark.parametrize("unit", UNITS)
def test_the_executed_notebook_is_the_evidence(batch: Batch, small_ds: Dataset, unit: str) -> None:
    book = nbformat.read(batch.folder / f"清洁生产审核报告_{unit}_2022-07-01.ipynb", nbformat.NO_CONVERT)
    nbformat.validate(book)
    parameters = {"unit": unit, "as_of": "2022-07-01", "programme": "hebei-2021-2", "warehouse": ""}
    assert book.metadata.papermill.parameters == book.metadata.cpaudit.parameters == parameters
    assert book.metadata.cpaudit.snapshot == small_ds.version
    assert book.metadata.cpaudit.notebook == hashlib.sha256(batch.book.read_bytes()).hexdigest()
    assert book.metadata.cpaudit.program.version == __version__
    cells = [c for c in book.cells if c.cell_type == "code"]
    assert [c.execution_count for c in cells] == [*range(1, len(cells) + 1)]
    assert all(c.metadata.papermill.status == "completed" for c in cells)
    asked = [c.source for c in cells if c.metadata.get("tags") and "parameters" in c.metadata.tags[0]]
    assert len(asked) == 1, "no default stands beside what the report was made of"
    assert f'unit = "{unit}"' in asked[0]
    assert stored.page_of(json.loads(json.dumps(book))).title == views.city_report(small_ds, unit).title


@pytest.mark.parametrize("unit", UNITS)
def test_the_page_shows_every_section_figure_and_number_of_the_view(
    batch: Batch, small_ds: Dataset, pages: dict[str, Page], unit: str
) -> None:
    html = (batch.folder / f"清洁生产审核报告_{unit}_2022-07-01.html").read_text(encoding="utf-8")
    page = pages[unit]
    blocks = {kind: [x for x in page.blocks if type(x).__name__ == kind] for kind in ("Heading", "Figure", "Table")}
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", html) == [h.text for h in blocks["Heading"] if h.level == 2]  # type: ignore[union-attr]
    assert re.findall(r'data-figure="(.*?)"', html) == [f.id for f in blocks["Figure"]]  # type: ignore[union-attr]
    assert re.findall(r'data-table="(.*?)"', html) == [t.id for t in blocks["Table"]]  # type: ignore[union-attr]
    assert html.count("<h1>") == html.count("<header") == 1
    shown = dict(re.findall(r'data-key="(.*?)" data-value="(.*?)"', html))
    assert {key: float(value) if value else None for key, value in shown.items()} == pytest.approx(page.key_figures())
    assert figures_sorted(blocks_html(page)) in figures_sorted(html)  # in the order of the view, its tables' columns too
    assert "示范数据" in html
    assert f"快照版本 {small_ds.version}" in html


def test_the_index_lists_every_report_with_its_key_figures(batch: Batch, small_ds: Dataset, pages: dict[str, Page]) -> None:
    html = (batch.folder / "index.html").read_text(encoding="utf-8")
    rows = dict(re.findall(r'<tr data-unit="(.*?)">(.*?)</tr>', html))
    assert list(rows) == [*UNITS, FAILING]
    assert "示范数据" in html
    for unit in UNITS:
        cells = re.findall(r"<td[^>]*>(.*?)</td>", rows[unit])
        figures = pages[unit].key_figures()
        assert cells[0:3] == ["2022-07-01", "完成", f"{figures['listed']}"]
        assert cells[3].startswith(f"{figures['accepted']}（")
        assert [cells[4], cells[6]] == [f"{figures['overdue']}", small_ds.version]
        assert cells[5].startswith(f"{figures['attained']}")
    for link in re.findall(r'href="([^"]+)"', html):
        assert link.startswith("data:") or (batch.folder / unquote(link)).is_file(), link


def test_every_document_of_a_batch_of_invented_data_says_so(batch: Batch) -> None:
    made = [p for p in batch.folder.iterdir() if p.suffix in (".html", ".ipynb") and "_失败" not in p.stem]
    assert len(made) == 2 * len(UNITS) + 1
    for path in made:
        assert "示范数据" in path.read_text(encoding="utf-8"), path


def test_the_manifest_and_the_archive_hold_every_file(batch: Batch) -> None:
    said = json.loads((batch.folder / "manifest.json").read_text(encoding="utf-8"))
    files = [f for entry in said["reports"] for f in entry["files"].values()]
    files += [{"name": f"assets/{name}", "sha256": sha} for name, sha in said["assets"].items()]
    here = contents(batch.folder)
    assert {f["name"]: f["sha256"] for f in files} == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in here.items()
        if name not in ("manifest.json", "index.html", ".lock") and not name.endswith(".zip")
    }
    with zipfile.ZipFile(batch.folder / "清洁生产审核报告_2022-07-01.zip") as archive:
        sent = {name: archive.read(name) for name in archive.namelist()}
    assert sent == {name: content for name, content in here.items() if name != ".lock" and not name.endswith(".zip")}


def test_nothing_in_the_batch_names_another_host(batch: Batch) -> None:
    for path in [*batch.folder.glob("*.html"), *batch.folder.glob("assets/page.*")]:
        assert not re.search(r"""(src|href)=["']?(https?:)?//|@import|url\(["']?http""", path.read_text(encoding="utf-8")), path


# -- failures


def test_a_unit_that_fails_says_where_and_stops_nobody(batch: Batch) -> None:
    failed = batch.outcomes[FAILING]
    assert failed.status == "failed"
    assert "AssertionError" in failed.error
    assert "assert unit" in failed.error
    assert failed.error.endswith("。")
    assert [*failed.files] == ["failed"]
    executed = nbformat.read(failed.files["failed"], nbformat.NO_CONVERT)
    nbformat.validate(executed)
    assert any(o.output_type == "error" for c in executed.cells for o in c.get("outputs", ()))
    assert "Exception was encountered" not in failed.files["failed"].read_text(encoding="utf-8")
    index = (batch.folder / "index.html").read_text(encoding="utf-8")
    assert "失败的笔记本" in index
    assert "<img" not in index


def test_a_kernel_that_dies_is_a_failed_report_too(small: Path, tmp_path: Path) -> None:
    book = altered(tmp_path, "import os\nos._exit(9)")
    (outcome,) = reports.run(reports.Order(subjects=["唐山市"], warehouse=small, out=tmp_path / "out", notebook=book))
    assert outcome.status == "failed"
    assert "进程" in outcome.error
    assert not [*(tmp_path / "out").glob("清洁生产审核报告_唐山*")]
    assert "进程" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_after_ctrl_c_a_kernel_that_is_yet_to_start_is_ended_too(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the run goes on until the report is there, up to its limit of ten minutes, with nothing said."""
    from cpaudit.processes import kernel
    from cpaudit.reports import runner
    from cpaudit.reports.tasks import Made

    asked, codes, kill_all = threading.Event(), [], kernel.kill_all

    def kill() -> None:
        kill_all()
        asked.set()

    def make(_: object) -> Made:
        assert asked.wait(30), "Ctrl-C came while the kernel's libraries were loading"
        process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(10)"])
        kernel._live.add(process.pid)
        codes.append(process.wait())
        kernel._live.discard(process.pid)
        return Made(error="killed")

    def interrupted(_: object) -> Iterator[Any]:
        raise KeyboardInterrupt

    monkeypatch.setattr(kernel, "kill_all", kill)
    monkeypatch.setattr(runner, "make_in_kernel", make)
    monkeypatch.setattr(runner, "_results", interrupted)
    with pytest.raises(KeyboardInterrupt):
        reports.run(reports.Order(subjects=["唐山市"], warehouse=small, out=tmp_path / "out", engine="processes"))
    assert codes == [-signal.SIGKILL]


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.slow
def test_ending_the_run_leaves_no_half_file_and_no_kernel(sign: int, small: Path, tmp_path: Path) -> None:
    mark, out, scratch = tmp_path / "mark", tmp_path / "out", tmp_path / "t"
    scratch.mkdir()
    book = altered(tmp_path, f"import pathlib, time\npathlib.Path({str(mark)!r}).touch()\ntime.sleep(300)")
    script = (
        "import sys, pathlib; from cpaudit import reports;"
        "p = pathlib.Path;"
        "reports.run(reports.Order(subjects=['唐山市'], warehouse=p(sys.argv[1]), out=p(sys.argv[2]), notebook=p(sys.argv[3])))"
    )
    command = [sys.executable, "-c", script, str(small), str(out), str(book)]
    runner = subprocess.Popen(command, env={**os.environ, "TMPDIR": str(scratch)}, stderr=subprocess.PIPE)
    try:
        until(lambda: mark.exists() or runner.poll() is not None, 60)
        assert runner.returncode is None, runner.communicate()
        kernels = psutil.Process(runner.pid).children(recursive=True)
        assert kernels
        runner.send_signal(sign)
        runner.wait(180)
        until(lambda: not any(k.is_running() and k.status() != psutil.STATUS_ZOMBIE for k in kernels), 30)
    finally:
        runner.kill()
    assert {p.name for p in out.iterdir()} == {"assets", ".lock"}


def test_a_subject_of_any_length_has_a_file_name_that_systems_take() -> None:
    names = [sign * count for sign in ("示", "a", "𠀀", "\x1b") for count in (40, 120, 8000)]
    stems = [file_stem(find_kind("plant"), f"{name}_91130100000000001{n % 10}", "2022-11-15") for n, name in enumerate(names)]
    assert len(set(stems)) == len(stems)
    for stem in stems:
        assert len(f"{stem}_失败.ipynb".encode()) < 255
        assert stem.endswith("_2022-11-15")
        assert stem.isprintable()
