"""The sample programme as a data set, for trying things out: built once, then kept in the user's cache."""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from cpaudit.errors import SnapshotError

if TYPE_CHECKING:
    from cpaudit.dataset import Dataset
    from cpaudit.loaders import Loaded

_PROGRAMME, _AS_OF = "hebei-2021-2", dt.date(2022, 11, 15)
#: What the example is made by; a change of any of it makes it anew.
_MAKERS = ("sample", "loaders", "indicators", "programme")


@cache
def example() -> Dataset:
    """返回示范数据：一批虚构企业的完整数据，不需要任何文件，可用来试各项功能。

    446 plants of the programme hebei-2021-2 as of 2022-11-15, all invented, with the mistakes that real returns have. Always
    the same content. The first call of a version builds it (several seconds) and keeps it in the user's cache folder, where
    that can be written; later ones read it from there. Within a process it is one object.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> ds.demonstration, str(ds.as_of), len(ds.plants)
    (True, '2022-11-15', 446)
    """
    from platformdirs import user_cache_path

    home = user_cache_path("cpaudit") / f"example-{_content()}"
    try:
        return _opened(home)
    except SnapshotError:  # not there yet, or damaged
        try:
            home.mkdir(parents=True, exist_ok=True)  # said before the work is done, not after it
            _build(home)
            return _opened(home)
        except (SnapshotError, OSError):  # a home that can't be written: only the next process builds it again
            with TemporaryDirectory() as folder:
                _build(Path(folder))
                return _opened(Path(folder))


def _opened(warehouse: Path) -> Dataset:
    from cpaudit import snapshots
    from cpaudit.dataset import Dataset

    return Dataset.of_snapshot(*snapshots.read(warehouse))


def _build(warehouse: Path) -> None:
    from cpaudit import snapshots
    from cpaudit.version import VERSION

    found = _read()
    snapshots.write(warehouse, _PROGRAMME, _AS_OF, found.frames, demonstration=found.demonstration, program_version=VERSION)


def _read(plants: int = 446) -> Loaded:
    """Read the sample's sheets as they are once opened; workbooks would take as long again to write and to open."""
    from cpaudit import loaders, sample
    from cpaudit.loaders.opening.files import Source
    from cpaudit.loaders.opening.grids import CellError, Grid
    from cpaudit.loaders.opening.received import Received

    def grid(sheet: Any) -> Grid:
        rows = [[CellError(v.shown) if hasattr(v, "shown") else v for v in row] for row in sheet.rows]
        return Grid(sheet.name, rows, merged=sheet.merged, lengths=sheet.lengths)

    files = [
        Received(Source(Path(name), name), None, [grid(sheet) for sheet in sheets])
        for name, sheets in sample.opened(plants=plants, as_of=_AS_OF)
    ]
    return loaders.opened(files, programme=_PROGRAMME, as_of=_AS_OF)


def _content() -> str:
    """Return the hash of what the example is made by and from: programs, and the definitions that ship."""
    from cpaudit.reference import root

    here = Path(__file__).parents[1]
    programs = [*here.glob("*.py"), *(path for room in _MAKERS for path in (here / room).rglob("*.py"))]
    found = hashlib.sha256()
    for path in sorted([*programs, *(p for p in root().rglob("*") if p.is_file())]):
        found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()[:12]
