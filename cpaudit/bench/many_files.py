"""Many small files, measured: the sample's returns cut into 200 files beside the same rows in 14."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import defaultdict
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cpaudit.bench.common import Scratch
    from cpaudit.loaders.sheets.understood import Reading
    from cpaudit.loaders.tables.reader import Sheet

    Tab = tuple[str, list[list[Any]]]

MANY = 200
_AS_OF = dt.date(2022, 11, 15)


def folders(scratch: Scratch) -> tuple[Path, Path]:
    """Return two folders with the rosters and all rows of the returns: one file a unit, and 200 in all.

    Both are written by the same hand, so that nothing but the number of files tells them apart.
    """
    from cpaudit import loaders

    found = loaders.read([scratch.raw], programme="hebei-2021-2", as_of=_AS_OF)
    sent: dict[str, list[Reading]] = defaultdict(list)
    for reading in found.read:
        if reading.sheets and PurePath(reading.file).parts[0] == "上报":
            sent[reading.sheets[0].unit or ""].append(reading)
    few, many = scratch.folder / "few_files", scratch.folder / "many_files"
    for folder in (few, many):
        shutil.copytree(scratch.raw / "名单", folder)
    for at, (unit, readings) in enumerate(sorted(sent.items())):
        rows = [(sheet, row.at) for reading in readings for sheet in reading.sheets for row in sheet.data()]
        _write(few / f"{unit}.xlsx", _tabs(rows))
        parts = MANY // len(sent) + (at < MANY % len(sent))
        for part in range(parts):
            held = rows[len(rows) * part // parts : len(rows) * (part + 1) // parts]
            _write(many / f"{unit}{part + 1:02}.xlsx", _tabs(held))
    return few, many


def _tabs(rows: Iterable[tuple[Sheet, int]]) -> Iterator[Tab]:
    """Yield each table that has one of the rows: what stands above it, and those rows."""
    of: dict[int, tuple[Sheet, list[int]]] = {}
    for sheet, at in rows:
        of.setdefault(id(sheet), (sheet, []))[1].append(at)
    for number, (sheet, held) in enumerate(of.values(), start=1):
        above = [at for at, kind in sheet.what.kinds.items() if kind in ("title", "header")]
        yield f"{sheet.grid.sheet[:20]}{number}", [sheet.grid.rows[at] for at in (*above, *held)]


def _write(path: Path, tabs: Iterable[Tab]) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"})
    for name, rows in tabs:
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(at, column, value if isinstance(value, (str, float, dt.date)) else str(value))
    book.close()
