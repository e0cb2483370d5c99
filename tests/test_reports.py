"""City reports: right parameters or nothing starts; whole files or none; one unit's failure is its own."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
import psutil
import pytest

from cpaudit import __version__, reports, snapshots, views
from cpaudit.dataset import Dataset
from cpaudit.errors import CpauditError, SnapshotError, UsageError
from cpaudit.fields import TABLES
from cpaudit.render.notebook import stored
from cpaudit.render.web.html import blocks_html
from cpaudit.views import Page
from tests import builders as b
from tests.test_stored import figures_sorted

UNITS = ["石家庄市", "唐山市"]
FAILING = "秦皇岛市"
AS_OF = dt.date(2022, 7, 1)
CITY = Path(__file__).parents[1] / "notebooks" / "reports" / "city.ipynb"


def write_warehouse(folder: Path) -> Path:
    """A snapshot of three plants in two units."""
    ds = b.dataset(
        AS_OF,
        plants=[b.plant("p1"), b.plant("p2"), b.plant("p3", unit="tangshan", county="130202")],
        events=[
            b.event("p1", "notified", "2021-12-25"),
            b.event("p1", "accepted", "2022-06-20"),
            b.event("p3", "notified", "2022-01-20", unit="tangshan"),
        ],
        options=[b.option("p1", "WD1"), b.option("p1", "ZG1")],
    )
    frames = {name: getattr(ds, name) for name in TABLES}
    snapshots.write(folder, "hebei-2021-2", AS_OF, frames, demonstration=True, program_version="0")
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_warehouse(tmp_path_factory.mktemp("small"))


@contextmanager
def elsewhere(desk: Path) -> Iterator[None]:
    """A desk where everything is different: another python3 kernel, a profile that raises, a folder that hides pandas."""
    spec = desk / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": ["false", "{connection_file}"], "display_name": "other", "language": "python"}))
    startup = desk / "ipython" / "profile_default" / "startup" / "00.py"
    startup.parent.mkdir(parents=True)
    startup.write_text("import os; os._exit(1)")
    (desk / "pandas.py").write_text("raise RuntimeError")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(desk)
        patch.setenv("JUPYTER_PATH", str(desk / "jupyter"))
        patch.setenv("IPYTHONDIR", str(desk / "ipython"))
        yield


@dataclass(frozen=True)
class Batch:
    folder: Path
    book: Path
    outcomes: dict[str, reports.Outcome]


#: What a notebook may do besides showing a page: both ways to run one must record it alike.
ODD = """import sys, asyncio
from IPython.display import display, clear_output
print("一"); print("二", end=""); print("错", file=sys.stderr)
shown = display("旧", display_id=True); shown.update("新")
clear_output(wait=True); print("清")
await asyncio.sleep(0)
!echo 外部
try: input()
except Exception as error: print(type(error).__name__)
[{*"甲乙丙丁"}, __name__, sys.stdout.isatty()]"""


@pytest.fixture(scope="module")
def batch(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """Two reports that are made, one of which had failed before, and a third that fails."""
    folder = tmp_path_factory.mktemp("reports") / "报告"
    folder.mkdir()
    (folder / "清洁生产审核报告_唐山市_2022-07-01_失败.ipynb").write_text("{}")
    book = altered(folder.parent, ODD, f'assert unit != "{FAILING}", "<img src=x onerror=alert(1)>"')
    steps: list[str] = []
    with elsewhere(tmp_path_factory.mktemp("desk")):
        outcomes = reports.run(
            ["石家庄", "130200", FAILING],
            warehouse=small,
            out=folder,
            notebook=book,
            progress=lambda o, done, total: steps.append(f"{o.name} {o.status} {done}/{total}"),
        )
    assert {tuple(s.split()[:2]) for s in steps} == {(UNITS[0], "ok"), (UNITS[1], "ok"), (FAILING, "failed")}
    assert [s.split()[2] for s in steps] == ["1/3", "2/3", "3/3"]
    assert [*reports.outcome_table(outcomes).frame["status"]] == ["完成", "完成", "失败"]
    return Batch(folder, book, {o.name: o for o in outcomes})


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def ds(small: Path) -> Dataset:
    return Dataset.open(small)


@pytest.fixture(scope="module")
def pages(ds: Dataset) -> dict[str, Page]:
    """What the view itself says of each unit."""
    return {unit: views.city_report(ds, unit) for unit in UNITS}


def altered(folder: Path, *lines: str) -> Path:
    """A copy of the report notebook with more cells after its parameters."""
    book = nbformat.read(CITY, nbformat.NO_CONVERT)
    book.cells[2:2] = [nbformat.v4.new_code_cell(line, id=f"more-{at}") for at, line in enumerate(lines)]
    path = folder / "altered.ipynb"
    nbformat.write(book, path)
    return path


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
    sentence = str(caught.value)
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
        reports.run(units, **{"warehouse": small, "out": tmp_path / "out"} | options)
    assert str(caught.value).endswith("。")
    assert not (tmp_path / "out").exists()


def test_a_snapshot_of_another_programme_is_refused(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(snapshots.in_force(small), programme="hebei-2020-1")
    monkeypatch.setattr("cpaudit.snapshots.in_force", lambda *given: other)
    with pytest.raises(UsageError, match=r"hebei-2020-1.*hebei-2021-2"):
        reports.run(["石家庄市"], programme="hebei-2021-2", warehouse=small, out=tmp_path)


# -- what a batch leaves


def test_a_batch_leaves_whole_files_only(batch: Batch) -> None:
    assert [(o.name, o.status, o.error) for o in batch.outcomes.values()][:2] == [(unit, "ok", "") for unit in UNITS]
    names = {f"清洁生产审核报告_{unit}_2022-07-01.{kind}" for unit in UNITS for kind in ("html", "ipynb")}
    names |= {f"清洁生产审核报告_{FAILING}_2022-07-01_失败.ipynb", "清洁生产审核报告_2022-07-01.zip"}
    names |= {"index.html", "manifest.json", "assets", ".lock"}
    assert {p.name for p in batch.folder.iterdir()} == names
    assert {p.name for p in (batch.folder / "assets").iterdir()} >= {"plotly.min.js", "page.css", "page.js"}


@pytest.mark.parametrize("unit", UNITS)
def test_the_executed_notebook_is_the_evidence(batch: Batch, ds: Dataset, unit: str) -> None:
    book = nbformat.read(batch.folder / f"清洁生产审核报告_{unit}_2022-07-01.ipynb", nbformat.NO_CONVERT)
    nbformat.validate(book)
    parameters = {"unit": unit, "as_of": "2022-07-01", "programme": "hebei-2021-2", "warehouse": ""}
    assert book.metadata.papermill.parameters == book.metadata.cpaudit.parameters == parameters
    assert book.metadata.cpaudit.snapshot == ds.version
    assert book.metadata.cpaudit.notebook == hashlib.sha256(batch.book.read_bytes()).hexdigest()
    assert book.metadata.cpaudit.program.version == __version__
    cells = [c for c in book.cells if c.cell_type == "code"]
    assert [c.execution_count for c in cells] == [*range(1, len(cells) + 1)]
    assert all(c.metadata.papermill.status == "completed" for c in cells)
    assert stored.page_of(json.loads(json.dumps(book))).title == views.city_report(ds, unit).title


@pytest.mark.parametrize("unit", UNITS)
def test_the_page_shows_every_section_figure_and_number_of_the_view(
    batch: Batch, ds: Dataset, pages: dict[str, Page], unit: str
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
    assert f"快照版本 {ds.version}" in html


def test_the_index_lists_every_report_with_its_key_figures(batch: Batch, ds: Dataset, pages: dict[str, Page]) -> None:
    html = (batch.folder / "index.html").read_text(encoding="utf-8")
    rows = dict(re.findall(r'<tr data-unit="(.*?)">(.*?)</tr>', html))
    assert list(rows) == [*UNITS, FAILING]
    assert "示范数据" in html
    for unit in UNITS:
        cells = re.findall(r"<td[^>]*>(.*?)</td>", rows[unit])
        figures = pages[unit].key_figures()
        assert cells[0:3] == ["2022-07-01", "完成", f"{figures['listed']}"]
        assert cells[3].startswith(f"{figures['accepted']}（")
        assert [cells[4], cells[6]] == [f"{figures['overdue']}", ds.version]
        assert cells[5].startswith(f"{figures['attained']}")
    for link in re.findall(r'href="([^"]+)"', html):
        assert link.startswith("data:") or (batch.folder / unquote(link)).is_file(), link


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
    (outcome,) = reports.run(["唐山市"], warehouse=small, out=tmp_path / "out", notebook=book)
    assert outcome.status == "failed"
    assert "内核" in outcome.error
    assert not [*(tmp_path / "out").glob("清洁生产审核报告_唐山*")]
    assert "内核" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_ending_the_run_leaves_no_half_file_and_no_kernel(sign: int, small: Path, tmp_path: Path) -> None:
    mark, out, scratch = tmp_path / "mark", tmp_path / "out", tmp_path / "t"
    scratch.mkdir()
    book = altered(tmp_path, f"import pathlib, time\npathlib.Path({str(mark)!r}).touch()\ntime.sleep(300)")
    script = (
        "import sys, pathlib; from cpaudit import reports;"
        "p = pathlib.Path;"
        "reports.run(['唐山市'], warehouse=p(sys.argv[1]), out=p(sys.argv[2]), notebook=p(sys.argv[3]))"
    )
    command = [sys.executable, "-c", script, str(small), str(out), str(book)]
    runner = subprocess.Popen(command, env={**os.environ, "TMPDIR": str(scratch)}, stderr=subprocess.PIPE)
    try:
        _until(lambda: mark.exists() or runner.poll() is not None)
        assert runner.returncode is None, runner.communicate()
        kernels = psutil.Process(runner.pid).children(recursive=True)
        assert kernels
        runner.send_signal(sign)
        runner.wait(30)
        _until(lambda: not any(k.is_running() and k.status() != psutil.STATUS_ZOMBIE for k in kernels))
    finally:
        runner.kill()
    assert {p.name for p in out.iterdir()} == {"assets", ".lock"}


def _until(holds: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
