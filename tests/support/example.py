"""``make example``: the data set that ships as ``cp.example()``, made anew from the sample's sheets.

They are read as they are once opened; workbooks would take as long again to write and to open.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

from cpaudit import loaders, sample, snapshots
from cpaudit.loaders import Loaded
from cpaudit.loaders.opening.files import Source
from cpaudit.loaders.opening.grids import CellError, Grid
from cpaudit.loaders.opening.received import Received
from cpaudit.version import VERSION
from tests.support.paths import ROOT

PROGRAMME, AS_OF = "hebei-2021-2", dt.date(2022, 11, 15)
HOME = ROOT / "data" / "example"


def read(plants: int = 446) -> Loaded:
    """Read the sample of so many plants."""

    def grid(sheet: Any) -> Grid:
        rows = [[CellError(v.shown) if hasattr(v, "shown") else v for v in row] for row in sheet.rows]
        return Grid(sheet.name, rows, merged=sheet.merged, lengths=sheet.lengths)

    files = [
        Received(Source(Path(name), name), None, [grid(sheet) for sheet in sheets])
        for name, sheets in sample.opened(plants=plants, as_of=AS_OF)
    ]
    return loaders.opened(files, programme=PROGRAMME, as_of=AS_OF)


def make(home: Path = HOME) -> None:
    """Put it in the place of the one that is there, unless that is the same."""
    found = read()
    day = home / PROGRAMME / AS_OF.isoformat()
    before = set(day.iterdir()) if day.exists() else set()
    snapshots.write(home, PROGRAMME, AS_OF, found.frames, demonstration=found.demonstration, program_version=VERSION)
    in_force = day / (day / "current").read_text().strip()
    for old in before - {in_force}:
        if old.is_dir():
            shutil.rmtree(old)
    (day / ".lock").unlink(missing_ok=True)


if __name__ == "__main__":
    make()
