"""A look back into the raw files: is a file still what was read, and what stands in a cell."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from cpaudit.errors import ReadError
from cpaudit.loaders.opening import files, folders, grids
from cpaudit.loaders.opening import opener as opening

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

SAME, CHANGED, MISSING = "一致", "文件已改动", "找不到文件"


def look(found: pd.DataFrame, folder: Path, whole_rows: pd.Series) -> pd.DataFrame:
    """Return ``found`` (file, sheet, cell, sha256) with check (of the file against its hash) and raw (what the cell holds).

    Where ``whole_rows`` is true, raw is the row's filled cells. A place without a file gets nulls.
    """
    with folders.found([folder]) as there:
        return _look(found, folder, whole_rows, {s.name: s.path for s in there.sources})


def _look(found: pd.DataFrame, folder: Path, whole_rows: pd.Series, unpacked: dict[str, Path]) -> pd.DataFrame:
    import pandas as pd

    checks: dict[str, str] = {}
    sheets: dict[tuple[str, str], grids.Grid] = {}
    for name, sha256 in found[["file", "sha256"]].dropna(subset="file").drop_duplicates("file").itertuples(index=False):
        path = _path(folder, name) or unpacked.get(name) or unpacked.get(name.partition("/")[2])
        if path is None:
            checks[name] = MISSING
            continue
        if files.too_large(path.stat().st_size):  # what rows came from was not
            checks[name] = CHANGED
            continue
        with path.open("rb") as file:
            checks[name] = SAME if hashlib.file_digest(file, "sha256").hexdigest() == sha256 else CHANGED
        source = files.Source(path, name)
        try:
            if files.fault(source) is None:
                sheets |= {(name, grid.sheet): grid for grid in opening.read(source)}
        except ReadError:  # it was readable once; that it changed is told
            continue
    places = zip(found["file"], found["sheet"].fillna(""), found["cell"], whole_rows, strict=True)
    raw = [_content(sheets.get((file, sheet)), cell, whole) for file, sheet, cell, whole in places]
    return found.assign(check=found["file"].map(checks), raw=pd.Series(raw, found.index, dtype="str"))


def _path(folder: Path, name: str) -> Path | None:
    """Return the file called so when it was read: under the folder, or under its parent where several folders were read."""
    for home in (folder, folder.parent):
        path = (home / name).resolve()
        if path.is_relative_to(folder.resolve()) and path.is_file():
            return path
    return None


def _content(grid: grids.Grid | None, cell: object, whole: bool) -> str | None:
    at = re.fullmatch(r"([A-Z]+)(\d+)", cell) if isinstance(cell, str) else None
    if grid is None or at is None:
        return None
    row, column = int(at[2]) - 1, -1
    for letter in at[1]:
        column = (column + 1) * 26 + ord(letter) - ord("A")
    cells = grid.rows[row] if row < len(grid.rows) else []
    shown = cells if whole else cells[column : column + 1]
    return " | ".join(str(v).removesuffix(" 00:00:00") for v in shown if v is not None and v != "")
