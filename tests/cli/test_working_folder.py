"""A command may be started in a folder that others write to: not one of the files there is run, whatever its name."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cpaudit.errors import CpauditError
from cpaudit.render.paper.images import painter
from tests.support.service import PATIENCE, Service, Viewer, children, free_port, until

#: Modules that libraries try for and do without.
OPTIONAL = {"orjson", "numexpr", "bottleneck", "debugpy", "matplotlib", "xlrd", "snappy", "dask", "numba", "uvloop", "pycurl"}
#: What Python itself imports before the first line of a program started with -m, and without -P.
BEFORE_US = {"importlib", "warnings", "contextlib", "collections", "keyword", "operator", "reprlib", "functools", "types"}
SCRIPT = [sys.executable, "-P", "-m", "cpaudit"]


@cache
def every_name() -> set[str]:
    return {*sys.stdlib_module_names, *importlib.metadata.packages_distributions(), "sitecustomize", "usercustomize", *OPTIONAL}


def plant(folder: Path, ran: Path, but: set[str] | None = None) -> None:
    """Put a module of each name into a folder; one that is run notes its name in ``ran``, and fails."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted(every_name() - (but or set())):
        if name.isidentifier():
            code = f"import builtins\nbuiltins.open({str(ran)!r}, 'a').write(__name__ + '\\n')\nraise ImportError(__name__)\n"
            (folder / f"{name}.py").write_text(code, encoding="utf-8")


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    """The list of planted modules that were run; the test stands and falls with its emptiness."""
    return tmp_path / "ran"


@pytest.fixture
def here(tmp_path: Path, ran: Path) -> Path:
    plant(tmp_path / "here", ran)
    return tmp_path / "here"


@pytest.fixture(scope="session")
def warehouse(sixty: Path) -> Path:
    """A small programme's snapshot."""
    return sixty / "warehouse"


@pytest.fixture(scope="session")
def few(sixty: Path) -> Path:
    """A snapshot of three plants, whose pages and reports are soon made."""
    return sixty / "few"


def names(ran: Path) -> list[str]:
    return ran.read_text(encoding="utf-8").split() if ran.exists() else []


def test_the_trap_works(here: Path, ran: Path) -> None:
    subprocess.run([sys.executable, "-c", "import comm"], cwd=here, check=False, capture_output=True)
    assert names(ran) == ["comm"]


def test_a_program_started_with_m_leaves_the_folder_at_once(tmp_path: Path, ran: Path) -> None:
    plant(tmp_path / "here", ran, BEFORE_US | {"cpaudit"})
    for command in (["sample", "raw", "--plants", "60"], ["load", "raw", "--as-of", "2022-11-15"]):
        run = subprocess.run(
            [sys.executable, "-m", "cpaudit", *command], cwd=tmp_path / "here", check=False, capture_output=True, text=True
        )
        assert run.returncode == (1 if command[0] == "load" else 0), run.stderr
    assert names(ran) == []


@pytest.mark.parametrize(
    "commands",
    [
        [
            ["problems"],
            ["score", "--unit", "衡水市"],
            ["handover", "--out", "移交"],
            ["report", "--unit", "衡水市", "--format", "html,docx"],
        ],
        [["report", "--unit", "衡水市", "--engine", "processes"]],
        [["dashboards", "export", "看板", "--jobs", "2", "--no-plants"]],
    ],
    ids=lambda commands: "-".join(word for command in commands for word in command if word.isascii()),
)
def test_no_command_runs_what_lies_where_it_is_started(commands: list[list[str]], here: Path, ran: Path, few: Path) -> None:
    """An entry of PYTHONPATH that is empty or relative means that folder too, to all processes that a command starts."""
    code = f"import os; os.environ['PYTHONPATH'] = '.' + {os.pathsep!r}; from cpaudit.cli import main\n"
    code += "from cpaudit.serving.static import workers; workers._FEW = 0\n"  # an export starts processes for few pages, too
    code += f"for arguments in {commands!r}:\n    try: main(arguments)\n    except SystemExit as ended: assert not ended.code"
    start = [sys.executable, "-P", "-c", code]
    env = {**os.environ, "CPAUDIT_WAREHOUSE": str(few)}
    run = subprocess.run(start, cwd=here, check=False, capture_output=True, text=True, env=env)
    assert run.returncode == 0, run.stderr
    assert names(ran) == []


def test_a_browser_is_started_elsewhere_since_its_libraries_look_around_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chromium's loader of Vulkan drivers runs what a list names that it finds by a relative path."""
    stood, stand_in = tmp_path / "stood", tmp_path / "chromium"
    stand_in.write_text(f"#!/bin/sh\npwd -P > '{stood}'\nexit 1\n", encoding="utf-8")
    stand_in.chmod(0o755)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("CPAUDIT_CHROMIUM", "../chromium")
    with pytest.raises(CpauditError, match="不能启动"), painter():
        pass
    assert Path(stood.read_text(encoding="utf-8").strip()).samefile(sys.prefix)
    assert Path.cwd() == tmp_path / "here"


@pytest.mark.parametrize("forked", [True, False], ids=["forked", "plain kernels"])
def test_neither_the_dashboards_nor_their_kernels_run_what_lies_where_they_are_started(
    forked: bool, here: Path, ran: Path, warehouse: Path, tmp_path: Path
) -> None:
    """Also where the service is started by a line of Python, and where processes can't be forked.

    Nor what whoever starts it has for notebooks of their own: a profile, a file for each Python, another kernel.
    """
    port, log, own = free_port(), tmp_path / "log", tmp_path / "own"
    profile, spec = own / "profile_default" / "startup" / "mine.py", own / "kernels" / "python3" / "kernel.json"
    for file, content in (
        (profile, f"open({str(ran)!r}, 'a').write('profile\\n')"),
        (own / "mine.py", f"open({str(ran)!r}, 'a').write('PYTHONSTARTUP\\n')"),
        (spec, json.dumps({"argv": ["false", "{connection_file}"], "display_name": "other", "language": "python"})),
    ):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    env = {**os.environ, "IPYTHONDIR": str(own), "PYTHONSTARTUP": str(own / "mine.py"), "JUPYTER_PATH": str(own)}
    prelude = "" if forked else "from cpaudit.processes import warm; warm.can_fork = lambda: False; "
    code = f"import os; os.environ['PYTHONPATH'] = {os.pathsep!r}; {prelude}from cpaudit import serving; "
    code += f"serving.serve({port}, {str(warehouse)!r}, token='test-token')"
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-P", "-c", code], cwd=here, stdout=out, stderr=subprocess.STDOUT, env=env)
    try:
        until(lambda: process.poll() is not None or "看板已启动" in log.read_text(encoding="utf-8"), 60)
        service = Service(f"http://127.0.0.1:{port}/", process, log)
        assert "60" in Viewer(service).enter().text
        assert children(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30 * PATIENCE)
    assert names(ran) == []


# -- the analyst's desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A planted folder with planted notebooks, where ``cpaudit lab`` is started; beside it, ``ran``."""
    top = tmp_path_factory.mktemp("desk")
    plant(top / "here", top / "ran")
    plant(top / "here" / "notebooks", top / "ran")
    return top


@pytest.fixture(scope="module")
def kernel(desk: Path, warehouse: Path) -> Iterator[Any]:
    """A kernel of ``cpaudit lab``, started in a planted folder for a notebook in a planted folder."""
    from jupyter_client import BlockingKernelClient

    here, ran, runtime, log = desk / "here", desk / "ran", desk / "r", desk / "log"
    # It would run yarn, and yarn what a .yarnrc.yml in any folder above the installation names.
    programs = desk / "bin"
    programs.mkdir()
    (programs / "node").write_text(f"#!/bin/sh\necho node >> {ran}\nexit 1\n", encoding="utf-8")
    (programs / "node").chmod(0o755)
    env = {**os.environ, "JUPYTER_RUNTIME_DIR": str(runtime), "HOME": str(desk), "XDG_CONFIG_HOME": str(desk / "config")}
    env["PATH"] = os.pathsep.join([str(programs), os.environ["PATH"]])
    notebooks = str(here / "notebooks")
    command = [*SCRIPT, "lab", notebooks, "--no-browser", "--port", str(free_port()), "--warehouse", str(warehouse)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=here, stdout=out, stderr=subprocess.STDOUT, env=env)
    try:
        until(lambda: process.poll() is not None or "已启动" in log.read_text(encoding="utf-8"), 90)
        found = re.search(r"(http://[^/]*)/.*token=(\w+)", log.read_text(encoding="utf-8"))
        assert found, log.read_text(encoding="utf-8")
        asked = urllib.request.Request(
            f"{found[1]}/api/kernels",
            json.dumps({"name": "python3", "path": ""}).encode(),
            {"Authorization": f"token {found[2]}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked) as answer:
            kernel_id = json.load(answer)["id"]
        client = BlockingKernelClient(connection_file=str(next(runtime.glob(f"*{kernel_id}*.json"))))
        client.load_connection_file()
        client.start_channels(hb=False)  # a kernel that is slow to beat on a busy machine isn't dead
        client.wait_for_ready(timeout=60 * PATIENCE)
        yield client
        client.stop_channels()
    finally:
        process.terminate()
        process.wait(30 * PATIENCE)


def printed(kernel: Any, code: str) -> str:
    """Run a cell; return what it prints, or the name and text of its error."""
    said = []

    def hear(message: dict[str, Any]) -> None:
        content = message["content"]
        said.append(
            content["text"] if message["msg_type"] == "stream" else f"{content.get('ename', '')} {content.get('evalue', '')}"
        )

    kernel.execute_interactive(code, output_hook=hear, timeout=120 * PATIENCE, allow_stdin=False)
    return "".join(said).strip()


def test_jupyter_and_its_libraries_take_nothing_from_the_notebooks_folder(kernel: Any, desk: Path) -> None:
    assert printed(kernel, "import cpaudit as cp; print(len(cp.open().plants))") == "60"
    assert printed(kernel, "import pandas, plotly, openpyxl, IPython; print(cp.explore('progress').view is None)") == "False"
    code = "from pandas.compat._optional import import_optional_dependency as ask\nprint(ask('numexpr', errors='ignore'))"
    assert printed(kernel, code) == "None", "an optional library is not taken from beside the notebook"
    assert names(desk / "ran") == []


def test_a_notebook_imports_what_its_author_put_beside_it(kernel: Any, desk: Path) -> None:
    notebooks = desk / "here" / "notebooks"
    (notebooks / "our_helper.py").write_text("import our_other\nanswer = our_other.answer\n", encoding="utf-8")
    (notebooks / "our_other.py").write_text("answer = 42\n", encoding="utf-8")
    assert printed(kernel, "import our_helper; print(our_helper.answer)") == "42"
    assert printed(kernel, "import json; print(json.dumps([1]))") == "[1]"
    assert names(desk / "ran") == []


@pytest.mark.parametrize("template", ["lab", "base"])
def test_an_export_from_the_desk_takes_no_template_from_where_it_was_started(
    template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A template's conf.json names programs that are run."""
    from nbconvert import HTMLExporter
    from nbformat import v4

    from cpaudit.serving.lab.server import _configuration

    ran = tmp_path / "ran"
    (tmp_path / template).mkdir()
    started = {"type": "subprocess.Popen", "args": ["touch", str(ran)]}
    (tmp_path / template / "conf.json").write_text(json.dumps({"preprocessors": {"1": started}}), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exporter = HTMLExporter(config=_configuration(tmp_path, tmp_path / "home", 8888, False))
    assert "示例" in exporter.from_notebook_node(v4.new_notebook(cells=[v4.new_markdown_cell("示例")]))[0]
    assert not ran.exists()
