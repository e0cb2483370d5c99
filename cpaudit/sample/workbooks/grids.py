"""Sheets as they are once their files are opened, without the files: what a reader of each format gives for each cell."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any

from cpaudit.sample.workbooks.files import sent, text
from cpaudit.sample.workbooks.sheets import Cell, FormulaError, Sheet


@dataclass(frozen=True)
class Opened:
    """A sheet: its rows, of one length; which rows are merged titles; how long the rows of a text file are."""

    name: str
    rows: list[list[Any]]
    merged: tuple[tuple[int, int, int, int], ...]
    lengths: tuple[int, ...]


def opened(sheets: list[Sheet]) -> list[tuple[str, list[Opened]]]:
    """Return file → its sheets, in the order in which a folder is read: a folder's files before its folders."""
    files = [(file, list(group)) for file, group in groupby(sheets, key=lambda s: s.file)]
    found = [(file, [_opened(s) for s in content]) for file, content in files if sent(file, content)]
    return sorted(found, key=lambda each: (PurePosixPath(each[0]).parts[:-1], each[0]))


def _opened(sheet: Sheet) -> Opened:
    width = len(sheet.columns)
    kind = PurePosixPath(sheet.file).suffix
    if kind == ".csv":
        rows: list[list[Any]] = [[*map(text, line), *[""] * (width - len(line))] for line in sheet.grid()]
        while rows and not any(rows[-1]):
            rows.pop()
        return Opened(sheet.name, rows, (), tuple(map(len, rows)))
    rows = [[_cell(v, kind) for v in line] + [None] * (width - len(line)) for line in sheet.grid()]
    titles = tuple((r, 0, r, width - 1) for r in range(len(sheet.titles))) if width > 1 else ()
    return Opened(sheet.name, rows, titles, ())


def _cell(value: Cell, kind: str) -> Any:
    if isinstance(value, FormulaError) and kind == ".xls":
        return value.shown
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (int(value) if float(value).is_integer() else value) if kind == ".xls" else float(value)
    if isinstance(value, dt.datetime):
        return value.date()
    return value
