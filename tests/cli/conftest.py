"""A small programme that the tests of commands share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import cpaudit as cp
from cpaudit import loaders, sample, snapshots
from cpaudit.cli import run
from tests.support.once import AS_OF, once
from tests.support.workspaces import own


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand in an empty folder, with nothing said by the environment; afterwards no workspace is in force."""
    for name in [name for name in os.environ if name.startswith("CPAUDIT_") and name != "CPAUDIT_PLAIN"]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    yield
    cp.project(None)


@pytest.fixture
def office(nowhere: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A workspace with a unit, a trade, a system and an alias of its own."""
    assert run(["init", "office"]) == 0
    capsys.readouterr()
    return own(tmp_path / "office")


@pytest.fixture(scope="session")
def sixty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with 60 plants: ``raw``, a ``warehouse`` with its snapshot, and ``few`` with one of three plants. Read only."""

    def make(folder: Path) -> None:
        sample.write(folder / "raw", plants=60, as_of=AS_OF)
        loaders.load([folder / "raw"], as_of=AS_OF, warehouse=folder / "warehouse")
        manifest, frames = snapshots.read(folder / "warehouse")
        mine = frames["plants"][frames["plants"]["unit"] == "hengshui"]
        frames["plants"] = mine[mine["industry"] == mine["industry"].mode()[0]].head(3)  # one unit, one trade: soon exported
        snapshots.write(folder / "few", manifest.programme, AS_OF, frames, demonstration=True, program_version="0")

    return once(tmp_path_factory, "sixty", make)
