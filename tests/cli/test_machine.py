"""What a person with Python alone can do: try it, start it by a click, carry it to a machine without a network."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

from cpaudit import snapshots, startup
from cpaudit.cli import run
from cpaudit.desk import bundling, opening
from cpaudit.errors import CpauditError, UsageError
from cpaudit.fields import TABLES
from cpaudit.render.paper import images
from tests.support.builders import dataset, plant
from tests.support.paths import ROOT

Told = pytest.CaptureFixture[str]


pytestmark = pytest.mark.usefixtures("nowhere")


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    given = [sys.executable, "-P", "-m", "cpaudit", *arguments]
    return subprocess.run(given, capture_output=True, check=False, env={**os.environ, **environment})


# -- the demonstration


@pytest.mark.slow
def test_the_demonstration_goes_from_files_to_reports_and_dashboards(tmp_path: Path) -> None:
    ran = command("demo", "试 用", "--plants", "60")
    assert ran.returncode == 0, ran.stderr.decode()
    home = tmp_path / "试 用"
    assert [d.isoformat() for d in snapshots.dates(home / "data/warehouse", "hebei-2021-2")][-1] == "2022-11-15"
    assert (home / "output/reports/index.html").is_file()
    assert (home / "output/dashboards/index.html").is_file()
    assert len(list((home / "output/reports").glob("清洁生产审核报告_*.html"))) == 14
    said = ran.stdout.decode()
    assert "示范数据" in said.rpartition("全部完成")[2]
    assert list(tmp_path.iterdir()) == [home]


def test_the_demonstration_is_not_mixed_with_real_data(tmp_path: Path, capsys: Told) -> None:
    ds = dataset(plants=[plant("t1", unit="tangshan")])
    frames = {name: getattr(ds, name) for name in TABLES}
    snapshots.write(tmp_path / "data/warehouse", "hebei-2021-2", ds.as_of, frames, demonstration=False, program_version="0")
    assert run(["demo"]) == 2
    assert "真实数据" in capsys.readouterr().err
    assert not (tmp_path / "data/sample").exists()


def test_make_demo_is_the_same_command() -> None:
    recipe = re.search(r"^demo:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert recipe
    assert [line.strip() for line in recipe[1].splitlines()] == ["@$(PY) -P -m cpaudit demo"]


@pytest.mark.parametrize("present", ["python3.11", "python3.12", "python3.13", "python3.14", "python3"])
def test_make_takes_whichever_python_it_finds_and_none_that_does_not_run(present: str, tmp_path: Path) -> None:
    """A name that stands for no program, as version managers leave them, is passed by."""
    for name in ("python3.11", "python3.12", "python3.13", "python3.14", "python3"):
        runs = f'exec "{sys.executable}" "$@"' if name == present else "exit 127"
        (tmp_path / name).write_text(f"#!/bin/sh\n{runs}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}:/usr/bin:/bin"
    show = ["make", "-C", str(ROOT), "--no-print-directory", "--eval", "shown:;@echo $(PYTHON)", "shown"]
    ran = subprocess.run(show, capture_output=True, text=True, check=True, env={**os.environ, "PATH": path})
    assert ran.stdout.strip() == present


# -- started by a click


def test_a_port_that_is_taken_gives_way() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert opening.free_port(port) > port


def test_files_to_start_it_by_a_double_click_are_written_for_both_systems(tmp_path: Path, capsys: Told) -> None:
    assert run(["init", "工作 区"]) == 0
    assert run(["desktop", "--shortcut", "工作 区", "--project", "工作 区"]) == 0
    batch = (tmp_path / "工作 区/清洁生产审核-笔记本.bat").read_bytes().decode()
    assert batch.startswith("@echo off\r\nchcp 65001 >nul\r\n")
    assert "\n" not in batch.replace("\r\n", "")
    assert 'cd /d "%~dp0"' in batch
    assert '-P -m cpaudit desktop "lab" "--project" "."' in batch
    assert "100%% D:\\审核" in opening.batch("100% D:\\审核", "python.exe", ["lab"])
    assert run(["desktop", "dashboards", "--shortcut", "桌面", "--project", "工作 区", "--warehouse", "w 1"]) == 0
    script = tmp_path / "桌面/清洁生产审核-看板.command"
    assert os.access(script, os.X_OK)
    assert f"cd '{tmp_path / '工作 区'}' || exit 3\n" in script.read_text(encoding="utf-8")
    capsys.readouterr()
    assert run(["desktop", "--shortcut", 'a"b', "--project", "-", "--warehouse", 'a"b']) == 2


def test_the_file_starts_this_python_in_the_workspace(tmp_path: Path) -> None:
    python = tmp_path / "py thon"
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$PWD" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    home = tmp_path / "a 'b' $c"
    home.mkdir()
    script = tmp_path / "start.command"
    script.write_text(opening.script(str(home), str(python), ["lab", "--project", "."]), encoding="utf-8")
    ran = subprocess.run(["sh", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == [str(home), "-P", "-m", "cpaudit", "desktop", "lab", "--project", "."]


@pytest.mark.slow
def test_the_dashboards_open_in_a_browser_by_themselves(sixty: Path, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > "{tmp_path}/opened"\n', encoding="utf-8")
    browser.chmod(0o755)
    given = [sys.executable, "-P", "-m", "cpaudit", "desktop", "dashboards", "--warehouse", str(sixty / "few")]
    environment = {**os.environ, "BROWSER": f"{browser} %s"}
    process = subprocess.Popen(given, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout
        said = process.stdout.readline()
        found = re.search(r"http://\S+", said)
        assert found, said
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        assert opener.open(found[0], timeout=60).status == 200
        assert (tmp_path / "opened").read_text(encoding="utf-8").strip() == found[0]
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0


# -- carried to another machine


def wheel(folder: Path, name: str, version: str, *needs: str) -> Path:
    path = folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {each}" for each in needs)]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name.replace('-', '_')}/__init__.py", "x" * 1000)
        archive.writestr(f"{name.replace('-', '_')}-{version}.dist-info/METADATA", "\n".join([*lines, "", ""]))
    return path


NEEDS = {
    "pandas": ["numpy", 'colorama; sys_platform == "win32"', 'uvloop; sys_platform != "win32"'],
    "jupyterlab": ["tornado[more]"],
    "tornado": ['pytest; extra == "test"', 'certifi; extra == "more"'],
}
OWN = ["pandas>=3", 'jupyterlab>=4; extra == "lab"', 'playwright; extra == "print"']


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A registry of a few small wheels; returns what was asked of it."""
    asked: list[str] = []
    names = ("pandas", "numpy", "colorama", "uvloop", "jupyterlab", "tornado", "certifi", "playwright", "pytest")
    lock = "".join(f"{name}==1.0 \\\n    --hash=sha256:{'0' * 64}\n" for name in names)
    shipped = bundling.shipped
    lock_file = Path("requirements.lock")
    lock_file.write_text(lock, encoding="utf-8")
    monkeypatch.setattr(bundling, "shipped", lambda name: lock_file if name == "requirements.lock" else shipped(name))
    monkeypatch.setattr(bundling, "own_wheel", lambda folder: wheel(folder, "cpaudit", "0.2.0", *OWN))

    def fetch(lines: list[str], _target: bundling.Target, folder: Path) -> None:
        for line in lines:
            assert "--hash=sha256:" in line
            name = line.partition("==")[0]
            asked.append(name)
            wheel(folder, name, "1.0", *NEEDS.get(name, []))

    monkeypatch.setattr(bundling, "download", fetch)
    return asked


def test_a_bundle_has_what_that_machine_needs_each_with_its_hash_and_says_how_large_it_is(
    fetched: list[str], tmp_path: Path, capsys: Told
) -> None:
    assert (
        run(["bundle", "包 一", "--platform", "win_amd64", "--python", "3.12", "--without", "print", "--without", "service"]) == 0
    )
    assert sorted(fetched) == ["certifi", "colorama", "jupyterlab", "numpy", "pandas", "tornado"]
    home = tmp_path / "包 一"
    said = dict(
        line.split(" --hash=sha256:") for line in (home / "requirements.txt").read_text(encoding="utf-8").split("\n") if line
    )
    there = {p.name.split("-")[0]: hashlib.sha256(p.read_bytes()).hexdigest() for p in (home / "wheels").iterdir()}
    assert {line.split("==")[0]: digest for line, digest in said.items()} == there
    told = capsys.readouterr().out
    assert "7 个安装包共" in told
    assert "MB" in told
    assert "win_amd64、Python 3.12" in (home / "说明.txt").read_text(encoding="utf-8")
    batch = (home / "install.bat").read_bytes()
    assert batch.count(b"\n") == batch.count(b"\r\n") > 10
    assert b"py -3.12" in batch
    assert b"--require-hashes" in batch
    assert b"--no-index" in batch


def test_for_another_system_it_is_another_bundle(fetched: list[str], tmp_path: Path) -> None:
    assert run(["bundle", "b", "--platform", "linux_x86_64"]) == 0
    assert "uvloop" in fetched
    assert "playwright" in fetched
    assert "colorama" not in fetched
    assert os.access(tmp_path / "b/install.sh", os.X_OK)


def test_what_is_not_locked_or_cannot_be_had_leaves_nothing_behind(
    fetched: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    before = set(tmp_path.iterdir())
    monkeypatch.setitem(NEEDS, "numpy", ["unknown-thing"])
    assert run(["bundle", "b"]) == 3
    assert "unknown-thing" in capsys.readouterr().err
    monkeypatch.setattr(bundling, "download", lambda *_: (_ for _ in ()).throw(CpauditError("没有网络。")))
    assert run(["bundle", "b"]) == 3
    assert set(tmp_path.iterdir()) == before
    Path("c").mkdir()
    Path("c/mine").touch()
    assert run(["bundle", "c"]) == 2


def test_every_pin_of_the_real_lock_is_chosen_for_each_machine() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for platform in bundling.PLATFORMS:
        for python in bundling.PYTHONS:
            found = bundling.pins(text, bundling.Target(platform, python).environment())
            assert ("pywinpty" in found) == platform.startswith("win")
            assert {"pandas", "numpy", "scipy", "polars", "pyarrow"} <= found.keys()
            assert all(line.count("==") == 1 and "--hash=sha256:" in hashes for line, hashes in found.values())


def test_the_program_s_own_wheel_is_made_again_of_what_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    info = site / f"cpaudit-{bundling.VERSION}.dist-info"
    (site / "cpaudit/_notebooks").mkdir(parents=True)
    info.mkdir()
    (site / "cpaudit/__init__.py").write_text("x = 1\n", encoding="utf-8")
    (site / "cpaudit/_notebooks/题 一.ipynb").write_text("{}", encoding="utf-8")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: cpaudit\nVersion: {bundling.VERSION}\n", encoding="utf-8")
    (info / "INSTALLER").write_text("pip", encoding="utf-8")
    (info / "WHEEL").write_text("Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n", encoding="utf-8")
    rows = ["cpaudit/__init__.py,,", "cpaudit/_notebooks/题 一.ipynb,,", "../../bin/cpaudit,,"]
    rows += [f"{info.name}/{name},," for name in ("METADATA", "WHEEL", "INSTALLER", "RECORD")]
    (info / "RECORD").write_text("\n".join(rows), encoding="utf-8")
    monkeypatch.setattr(startup, "HOME", str(site))
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    made = bundling.own_wheel(tmp_path)
    target = tmp_path / "venv"
    install = ["install", "--quiet", "--no-index", "--no-deps", "--target", str(target), str(made)]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True, capture_output=True)
    assert (target / "cpaudit/_notebooks/题 一.ipynb").read_text(encoding="utf-8") == "{}"


# -- parts left out


BLOCK = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name.partition(".")[0] in {absent!r} else real(name, package)
"""
EXTRA = ("jupyterlab", "voila", "ipywidgets", "anywidget", "playwright", "typst", "prometheus_client", "jupyterlab_server")


def test_what_each_part_needs_is_what_the_project_says() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    assert set(bundling.EXTRAS) == set(re.findall(r"\w+", extras["all"][0])) - {"cpaudit"}
    told = (ROOT / "docs/install.md").read_text(encoding="utf-8")
    for name in bundling.EXTRAS:
        assert f"`{name}`" in told


@pytest.mark.slow
def test_without_any_extra_files_are_read_and_reports_and_dashboards_are_written(sixty: Path, tmp_path: Path) -> None:
    lacking = tmp_path / "lacking"
    lacking.mkdir()
    (lacking / "sitecustomize.py").write_text(BLOCK.format(absent=EXTRA), encoding="utf-8")
    told = {"PYTHONPATH": str(lacking)}
    ran = command("load", str(sixty / "raw"), "--as-of", "2022-11-15", "--warehouse", "w", **told)
    assert ran.returncode <= 1, ran.stderr.decode()
    few = str(sixty / "few")
    ran = command("report", "--unit", "衡水", "--format", "html,xlsx", "--out", "r", "--warehouse", few, **told)
    assert ran.returncode == 0, ran.stderr.decode()
    ran = command("dashboards", "export", "d", "--no-plants", "--warehouse", few, **told)
    assert ran.returncode == 0, ran.stderr.decode()
    wanted = {
        "service": ("dashboards", "--warehouse", few),
        "lab": ("lab", "--warehouse", few, "--no-browser", "n"),
        "print": ("report", "--unit", "衡水", "--format", "docx", "--out", "p", "--warehouse", few),
    }
    for extra, arguments in wanted.items():
        ran = command(*arguments, **told)
        assert ran.returncode == 2, (arguments, ran.stderr.decode())
        assert f"pip install 'cpaudit[{extra}]'" in ran.stderr.decode()


# -- consoles and browsers


def test_a_console_in_gbk_gets_gbk_and_the_nearest_of_what_it_has_not(tmp_path: Path) -> None:
    ran = command("systems", "show", "demo_cement", PYTHONIOENCODING="gbk", PYTHONUTF8="0")
    assert ran.returncode == 0, ran.stderr
    assert "指标" in (said := ran.stdout.decode("gbk"))
    assert "\\x" not in said
    wrong = command("systems", "show", "没有²🙂", PYTHONIOENCODING="gbk:strict", PYTHONUTF8="0")
    assert wrong.returncode == 2
    assert "没有2\\U0001f642" in wrong.stderr.decode("gbk")
    piped = command("systems", "list", "--format", "json", PYTHONIOENCODING="gbk", PYTHONUTF8="0")
    assert "体系" in piped.stdout.decode("utf-8")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "gb18030", "big5"])
def test_no_console_stops_a_command(encoding: str) -> None:
    ran = command("systems", "show", "demo_cement", PYTHONIOENCODING=encoding, PYTHONUTF8="0", LANG="C")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout


def test_a_browser_is_found_where_systems_keep_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROGRAMFILES(X86)", str(tmp_path))
    monkeypatch.delenv("CPAUDIT_CHROMIUM", raising=False)
    asked: list[str] = []
    monkeypatch.setattr(images.shutil, "which", asked.append)
    with pytest.raises(CpauditError):
        images.browser()
    assert f"{tmp_path}\\Microsoft\\Edge\\Application\\msedge.exe" in asked
    monkeypatch.setattr(images.sys, "platform", "darwin")
    assert any(name.startswith("/Applications/Google Chrome.app/") for name in images._installed())


def test_a_workspace_written_on_windows_is_the_same_here(tmp_path: Path, capsys: Told) -> None:
    """Line ends of its editors, paths of its kind."""
    assert run(["init", "office"]) == 0
    for path in (tmp_path / "office").rglob("*"):
        if path.suffix in (".toml", ".yaml", ".csv", ".md"):
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    capsys.readouterr()
    assert run(["definitions", "check", "--project", "office"]) == 0
    toml = tmp_path / "office/cpaudit.toml"
    toml.write_bytes(toml.read_bytes().replace(b'# incoming = "incoming"', rb"incoming = 'D:\audit\in'"))
    assert run(["load", "--project", "office"]) == 3
    assert "D:\\audit\\in" in capsys.readouterr().err


def test_names_that_are_too_long_and_folders_for_files_are_said(tmp_path: Path, capsys: Told) -> None:
    with pytest.raises(UsageError):
        opening.write_shortcuts(tmp_path, "lab", {"--warehouse": 'a"b'})
    assert run(["demo", "名" * 300]) == 3
    assert "过长" in capsys.readouterr().err
