"""What people install: a wheel that holds what they run, and not what only developers do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from cpaudit.version import VERSION
from tests.support.paths import ROOT

pytestmark = pytest.mark.together


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wheel and sdist of the checkout."""
    return build(ROOT, tmp_path_factory.mktemp("built"))


def build(source: Path, out: Path, *targets: str) -> Path:
    """Build as ``make release`` does."""
    wanted = [argument for target in targets or ("wheel", "sdist") for argument in ("--target", target)]
    command = [sys.executable, "-m", "hatchling", "build", *wanted, "--directory", str(out)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, env=os.environ | {"SOURCE_DATE_EPOCH": "1767225600"})
    return out


@pytest.fixture(scope="module")
def site(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel."""
    out = tmp_path_factory.mktemp("wheel")
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
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
    assert (site / "cpaudit/_workspace/cpaudit.toml").is_file()
    assert (site / "cpaudit/render/assets/page.js").is_file()
    run = command(site, "systems", "list")
    assert run.returncode == 0, run.stderr
    assert "水泥" in run.stdout


def test_benchmarks_stay_in_the_checkout_and_the_command_says_so(site: Path) -> None:
    assert not (site / "cpaudit/bench").exists()
    run = command(site, "bench")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "测速程序不在安装包里，请在源代码目录中运行 make bench。\n"


def test_built_elsewhere_and_later_from_what_is_shipped_it_is_the_same_bytes(built: Path, tmp_path: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as shipped:
        shipped.extractall(tmp_path)
    source = next(tmp_path.glob("cpaudit-*"))
    for each in source.rglob("*"):
        os.utime(each, (1_000_000_000, 1_000_000_000))
    again = build(source, tmp_path / "again")
    assert sorted(each.name for each in again.iterdir()) == sorted(each.name for each in built.iterdir())
    for each in built.iterdir():
        assert (again / each.name).read_bytes() == each.read_bytes(), each.name


def test_installed_from_the_wheel_in_a_clean_environment_the_command_is_there(built: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", symlinks=True)
    python = tmp_path / "venv/bin/python"
    wheel = next(built.glob("*.whl"))
    install = ["install", "--quiet", "--no-index", "--no-deps", "--no-compile", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), *install], check=True, capture_output=True)
    # Only what it needs of others is lent from here; a path is not a place where other paths are looked for.
    lent = next(tmp_path.glob("venv/lib/python*/site-packages"))
    (lent / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    where = subprocess.run(
        [python, "-P", "-c", "import cpaudit; print(cpaudit.__file__)"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert Path(where.stdout.strip()).is_relative_to(tmp_path)
    run = subprocess.run([tmp_path / "venv/bin/cpaudit", "--version"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout == f"cpaudit {wheel.name.split('-')[1]}\n"


def test_the_version_is_the_changelog_s_newest() -> None:
    log = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[([^]]+)\]", log, re.MULTILINE)
    assert next(each for each in versions if each != "Unreleased") == VERSION
