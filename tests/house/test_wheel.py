"""What people install: a wheel that holds what they run, and not what only developers do."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.paths import ROOT

pytestmark = pytest.mark.together


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel."""
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(out)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(out.glob("*.whl"))) as wheel:
        wheel.extractall(out / "site")
    return out / "site"


def command(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.path.insert(0, {str(site)!r}); from cpaudit.cli import main; main({list(arguments)!r})"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=site, env=os.environ | {"PYTHONUTF8": "1"}, capture_output=True, text=True, check=False
    )


def test_the_wheel_holds_definitions_notebooks_and_dashboards(site: Path) -> None:
    assert (site / "cpaudit/_reference/fields.yaml").is_file()
    assert (site / "cpaudit/_notebooks/01_progress.ipynb").is_file()
    assert (site / "cpaudit/render/assets/page.js").is_file()
    run = command(site, "systems", "list")
    assert run.returncode == 0, run.stderr
    assert "水泥" in run.stdout


def test_benchmarks_stay_in_the_checkout_and_the_command_says_so(site: Path) -> None:
    assert not (site / "cpaudit/bench").exists()
    run = command(site, "bench")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "测速程序不在安装包里，请在源代码目录中运行 make bench。\n"
