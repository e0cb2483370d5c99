"""The runner: whatever makes a report gives the same bytes, what is unchanged isn't made again, runs don't disturb each other."""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from cpaudit import dataset, reports, snapshots
from cpaudit.cli import commands
from cpaudit.cli import run as command
from cpaudit.dataset import offered
from cpaudit.reports import plan as planning
from cpaudit.reports.engines import inheritance
from cpaudit.reports.engines.forks import pool
from cpaudit.reports.kinds import KINDS
from cpaudit.reports.runner import _key
from cpaudit.reports.tasks import Task, make_here, make_in_kernel
from tests.support.examples import TIMES
from tests.support.reports import AS_OF, CITY, FAILING, UNITS, Batch, altered, contents


def plan(warehouse: Path, *subjects: str, kind: str = "city", notebook: Path | None = None, **more: Any) -> list[Task]:
    order = reports.Order(subjects=subjects, kind=kind, warehouse=warehouse, out=Path(), notebook=notebook, seconds=300)
    return planning.plan(replace(order, **more))


# -- the same bytes


@pytest.mark.slow
def test_plain_kernels_leave_the_same_bytes_as_forked_processes(batch: Batch, small: Path, tmp_path: Path) -> None:
    out = tmp_path / "elsewhere"
    reports.run(reports.Order(subjects=[*UNITS, FAILING], warehouse=small, out=out, notebook=batch.book, engine="processes"))
    assert contents(out) == contents(batch.folder)


#: The city's notebook is that of the batch. In every run one with a subject and one without; ``CPAUDIT_EXAMPLES`` asks for all.
PUBLISHED = sorted(path.stem for path in CITY.parent.glob("*.ipynb") if path != CITY) if TIMES > 1 else ("plant", "province")


@pytest.mark.slow
def test_every_published_report_is_the_same_from_a_plain_kernel(small: Path) -> None:
    subjects = {"trade": ["水泥"], "plant": ["p1"], "batches": [], "": []}
    tasks = [task for kind in PUBLISHED for task in plan(small, *subjects[KINDS[kind].subject], kind=kind)]
    forks = pool(2, 300, look_up=(tasks[0].warehouse, AS_OF))
    try:
        with ThreadPoolExecutor(2) as kernels:
            pairs = [(forks.submit(make_here, task), kernels.submit(make_in_kernel, task)) for task in tasks]
            for forked, plain in pairs:
                assert forked.result().error == ""
                assert forked.result().files == plain.result().files
    finally:
        forks.shutdown(wait=False)


def test_what_all_reports_look_up_is_read_once_and_only_while_it_is_in_force(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offered, "inherited", {})
    home = tmp_path / "w"
    shutil.copytree(small, home)
    inheritance.adopt(pickle.loads(pickle.dumps(inheritance.gather(str(home), AS_OF, "hebei-2021-2"))))
    handed = dataset.Dataset.open(home, AS_OF)
    assert dataset.Dataset.open(home, AS_OF) is handed
    assert {"bulletin", "summary"} <= {name.rpartition(".")[2] for name, *_ in handed._memo}
    frames = snapshots.read(home)[1]
    frames["options"] = frames["options"].iloc[:1]
    snapshots.write(home, "hebei-2021-2", AS_OF, frames, demonstration=True, program_version="0")
    assert len(dataset.Dataset.open(home, AS_OF).options) == 1 < len(handed.options)


def test_the_rehearsal_is_a_report_and_starts_no_thread() -> None:
    """A fork would leave the threads behind, and the first query would wait for them for ever."""
    program = (
        "from cpaudit.processes import warm\nfrom cpaudit.reports.engines import forks, rehearsal\nfrom pathlib import Path\n"
        "warm.without_threads()\nwarm.preload()\nforks.definitions()\nmade = rehearsal.rehearse()\n"
        "names = [p.read_text().strip() for p in Path('/proc/self/task').glob('*/comm')]\n"
        "print(made.error, sorted(made.files), len(names))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["['html',", "'ipynb']", "1"]


@pytest.mark.slow
def test_a_second_run_leaves_the_same_bytes(batch: Batch, small: Path, tmp_path: Path) -> None:
    shutil.copytree(batch.folder, tmp_path / "again")
    reports.run(reports.Order(subjects=UNITS[:1], warehouse=small, out=tmp_path / "again", notebook=batch.book, force=True))
    assert contents(tmp_path / "again") == contents(batch.folder)


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_leaves_the_same_bytes(batch: Batch, small: Path, tmp_path: Path) -> None:
    from distributed import Client, LocalCluster

    killed: list[int] = []
    own = {"dashboard_address": None, "silence_logs": 50, "local_directory": str(tmp_path)}
    with LocalCluster(n_workers=2, threads_per_worker=1, **own) as cluster:
        with Client(cluster, set_as_default=False) as client:
            workers = list(client.run(os.getpid).values())

        def kill(*_: Any) -> None:
            if not killed:
                killed.append(workers[0])
                os.kill(workers[0], signal.SIGKILL)

        # The cluster's machines need not see the warehouse: what it is made from is sent along.
        out = tmp_path / "cluster"
        order = reports.Order(subjects=[*UNITS, FAILING], warehouse=small, out=out, notebook=batch.book)
        outcomes = reports.run(replace(order, engine="dask", scheduler=cluster.scheduler_address), kill)
    assert killed
    assert [o.status for o in outcomes] == ["ok", "ok", "failed"]
    assert contents(out) == contents(batch.folder)


@pytest.mark.parametrize("left", ["link", "pipe"])
def test_what_else_lies_beside_the_tables_is_not_sent_to_a_cluster(small: Path, tmp_path: Path, left: str) -> None:
    from cpaudit.reports.engines import cluster

    home = Path(shutil.copytree(small, tmp_path / "w"))
    [programme] = snapshots.programmes(home)
    day = snapshots.dates(home)[-1]
    before = cluster.pack(home, day, programme)
    (tmp_path / "secret").write_text("不该带走", encoding="utf-8")
    there = snapshots.version_folder(home, programme, day) / "x"
    there.symlink_to(tmp_path / "secret") if left == "link" else os.mkfifo(there)
    assert cluster.pack(home, day, programme) == before


# -- only what changed


@pytest.mark.slow
def test_what_is_unchanged_is_not_made_again(batch: Batch, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    shutil.copytree(batch.folder, out)
    (out / f"清洁生产审核报告_{UNITS[0]}_2022-07-01.html").write_text("改过")
    order = reports.Order(subjects=[*UNITS, FAILING], warehouse=small, out=out, notebook=batch.book)
    assert [o.status for o in reports.run(order)] == ["ok", "unchanged", "failed"]
    monkeypatch.setattr(subprocess.Popen, "__init__", lambda *a, **k: pytest.fail("a process was started"))
    assert [o.status for o in reports.run(replace(order, subjects=UNITS))] == ["unchanged"] * 2
    assert contents(out) == contents(batch.folder)


def test_notebook_parameters_snapshots_and_program_are_what_a_report_is_made_of(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def key(warehouse: Path = small, unit: str = "唐山", **more: Any) -> str:
        (task,) = plan(warehouse, unit, **more)
        return _key(task)

    first = key()
    assert key() == first
    moved = tmp_path / "moved"
    shutil.copytree(small, moved)
    assert key(moved) == first
    frames = snapshots.read(small)[1]
    frames["options"] = frames["options"].iloc[:1]
    snapshots.write(moved, "hebei-2021-2", snapshots.dates(small)[0], frames, demonstration=True, program_version="0")
    others = [key(moved), key(unit="石家庄"), key(notebook=altered(tmp_path, "1")), key(one_file=True)]
    others.append(key(as_of=planning.dt.date(2022, 6, 1)))
    monkeypatch.setattr(planning, "program", lambda: {"version": "next"})
    assert len({first, key(), *others}) == 7


def test_a_changed_snapshot_before_makes_the_report_anew_and_an_older_one_does_not(small: Path, tmp_path: Path) -> None:
    home = tmp_path / "w"
    shutil.copytree(small, home)
    frames = snapshots.read(small)[1]

    def key(day: str, options: int) -> str:
        """Change one snapshot; return what the report is made of afterwards."""
        changed = frames | {"options": frames["options"].iloc[:options]}
        date = planning.dt.date.fromisoformat(day)
        snapshots.write(home, "hebei-2021-2", date, changed, demonstration=True, program_version="0")
        (task,) = plan(home, "唐山", as_of=AS_OF)
        return _key(task)

    first = key("2022-06-01", 0)
    assert key("2022-06-01", 0) == first
    assert key("2022-06-01", 1) != first
    assert key("2022-06-01", 0) == key("2022-05-01", 0) == key("2022-05-01", 1) == key("2022-08-01", 0) == first


@pytest.mark.slow
def test_two_runs_into_one_folder_leave_both_their_reports(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    orders = [reports.Order(subjects=[unit], warehouse=small, out=out) for unit in UNITS]
    runs = [threading.Thread(target=reports.run, args=(order,)) for order in orders]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    said = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["reports"]
    assert [(entry["name"], entry["status"]) for entry in said] == [(name, "ok") for name in sorted(UNITS)]
    assert (out / "index.html").read_text(encoding="utf-8").count("data-unit") == 2


# -- limits and refusals


def test_a_report_that_takes_too_long_is_stopped_and_its_notebook_kept(small: Path, tmp_path: Path) -> None:
    book = altered(tmp_path, "import time\ntime.sleep(300)")
    (outcome,) = reports.run(reports.Order(subjects=["唐山市"], warehouse=small, out=tmp_path / "out", notebook=book, seconds=1))
    assert outcome.status == "failed"
    assert "超过 1 秒" in outcome.error
    assert outcome.files["failed"].exists()


def needs_nothing_beside_it(page: Path) -> None:
    started: list[tuple[str, dict[str, str | None]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            started.append((tag, dict(attrs)))

    Reader().feed(page.read_text(encoding="utf-8"))
    scripts = [given for tag, given in started if tag == "script" and given.get("type") != "application/json"]
    assert scripts == [{}, {}]  # plotly.js and the page's own, read to their ends
    assert {given.get("href", "")[:1] for tag, given in started if tag in ("a", "link")} <= {"", "#", "d"}  # type: ignore[index]


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["--unit", "北京市"], "没有叫“北京市”的上报单位，请从下列中选择：石家庄市", 2),
        (["--kind", "citty", "--all"], "可选 city（市级工作报告）", 2),
        (["--kind", "trade", "--unit", "唐山市"], "行业报告没有参数 --unit；请用 --trade", 2),
        (["--kind", "province", "--unit", "唐山市"], "全省一份", 2),
        (["--unit", "唐山市", "--format", "html,doc"], "可选 html、docx、pdf、xlsx", 2),
        (["--unit", "唐山市", "--engine", "spark"], "可选 local、processes、dask", 2),
        (["--unit", "唐山市", "--engine", "dask"], "--scheduler", 2),
        (["--unit", "唐山市", "--warehouse", "/nowhere"], "没有快照", 2),
        (["--unit", "唐山市", "--out", __file__], "无法写入", 3),
        ([], "--all", 2),
    ],
)
def test_bad_input_is_one_chinese_sentence_and_nothing_is_written(
    arguments: list[str], said: str, code: int, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = {"--warehouse": str(small), "--out": str(tmp_path / "out")}
    given = [word for option, value in usual.items() if option not in arguments for word in (option, value)]
    assert command(["report", *given, *arguments]) == code
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.err.count("\n") == 1
    assert shown.err.strip().endswith("。")
    assert not (tmp_path / "out").exists()


def test_the_help_lists_every_kind_with_its_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["report", "--help"]) == 0
    shown = capsys.readouterr().out
    for kind in KINDS.values():
        assert f"{kind.id} " in shown
        assert all(f"--{name.replace('_', '-')}" in shown for name in kind.parameters.model_fields)


def test_every_kind_comes_with_its_notebook_which_calls_its_builder() -> None:
    for kind in KINDS.values():
        cells = json.loads(kind.notebook.read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        assert f"cp.views.{kind.build().__name__}(" in code
        shown = re.findall(r'page\.section\("(.*?)"\)', code)
        assert shown == list(kind.sections)
    assert {kind.notebook for kind in KINDS.values()} == set(CITY.parent.glob("*.ipynb"))


def test_a_new_kind_is_one_entry(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The entry alone brings it into the help, the plan and the list of reports, under a name that says what it is."""
    monkeypatch.setitem(KINDS, "letter", replace(KINDS["city"], id="letter", label="催办单", title="催办单", bare=False))
    assert command(["report", "--help"]) == 0
    assert "letter" in capsys.readouterr().out
    (outcome,) = reports.run(
        reports.Order(
            subjects=["唐山"], kind="催办单", warehouse=small, out=tmp_path, notebook=CITY, engine="processes", archive=False
        )
    )
    assert not [*tmp_path.glob("*.zip")]
    assert outcome.files["html"].name.startswith("催办单_唐山市_")
    assert "催办单：唐山市" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_the_command_tells_what_it_did_and_a_page_in_one_file_needs_nothing_beside_it(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["report", "--unit", "唐山", "--warehouse", str(small), "--out", str(tmp_path / "out"), "--one-file"]
    assert [command(given), command(given)] == [0, 0]
    shown = capsys.readouterr()
    assert "生成报告：1/1 唐山市完成" in shown.err
    assert "生成报告：1/1 唐山市未变" in shown.err
    assert "1 份没有变化" in shown.out
    (page,) = (tmp_path / "out").glob("清洁生产审核报告_*.html")
    needs_nothing_beside_it(page)


GUIDE = (CITY.parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")
MENTIONS = re.findall(r"-m cpaudit (.*?)(?:\"|$| \|\|)", GUIDE, re.MULTILINE)


@pytest.mark.parametrize("mention", dict.fromkeys(MENTIONS))
def test_the_recipes_for_timers_are_commands_that_parse(mention: str) -> None:
    words = mention.split()
    parsed = commands().commands[words[0]].make_context(words[0], words[1:])  # type: ignore[attr-defined]
    assert parsed.params["warehouse" if words[0] == "load" else "out"]
