"""A small programme that the tests of commands share."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpaudit import loaders, sample, snapshots
from tests.support.once import AS_OF, once


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
