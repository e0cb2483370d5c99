"""Workbooks → grids: .xlsx and .xlsm, .xls and .et, as Excel, WPS and systems write them. Macros and links are never run."""

from __future__ import annotations

import os
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from cpaudit.errors import ReadError
from cpaudit.loaders.opening import biff, markup
from cpaudit.loaders.opening.grids import CellError, Grid, LeftOut, Shown, check_size, even, filled
from cpaudit.loaders.opening.runs import STRUCK, Run, compose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cpaudit.loaders.opening.files import Source


def xlsx(source: Source) -> list[Grid]:
    """Return the sheets of an .xlsx or .xlsm: values from python-calamine, what it hides from the sheets' XML.

    Raises:
        ReadError: damaged, too large, or a document type in its XML.
    """
    try:
        with zipfile.ZipFile(source.path) as archive:
            parts, looks = markup.parts(archive), markup.styles(archive)
            texts = markup.rich_texts(archive, looks)
            marks = {}
            for sheet, part in parts.items():
                if part in archive.namelist():  # a sheet that holds a chart alone may have none
                    with archive.open(part) as file:
                        marks[sheet] = markup.marks(file, looks, texts)
    except markup.Forbidden as error:
        sentence = "含有工作簿不应有的文档类型声明，可能不安全，未读取；请用表格软件另存为 .xlsx 再报送。"
        raise ReadError(f"{source.name} {sentence}") from error
    except (expat.ExpatError, KeyError) as error:
        raise ReadError(f"{source.name} 已损坏，无法读取，请重新导出后再报送。") from error
    for sheet, mark in marks.items():
        check_size(source, sheet, mark.rows, mark.columns)
    check_size(source, "", 1, sum(m.rows * m.columns for m in marks.values()))
    return [_marked(grid, marks[grid.sheet]) for grid in _grids(source) if grid and grid.sheet in marks]


def _marked(grid: Grid, marks: markup.Marks) -> Grid:
    """Put back what calamine left blank, read a percent as it is shown, and leave out what is struck."""
    rows, left_out = grid.rows, dict[tuple[int, int], LeftOut]()
    for (row, column), said in marks.errors.items():
        while len(rows) <= row:
            rows.append([])
        rows[row] += [None] * (column + 1 - len(rows[row]))
        rows[row][column] = CellError(said)
    for row, column in marks.percents:
        if row < len(rows) and column < len(rows[row]) and isinstance(rows[row][column], (int, float)):
            rows[row][column] = Shown(round(rows[row][column] * 100, 10), "%")
    for row, column in marks.struck | marks.texts.keys():
        if not (row < len(rows) and column < len(rows[row]) and filled(value := rows[row][column])):
            continue
        runs = marks.texts.get((row, column), (Run(str(value), None),))
        read, left = compose(runs, STRUCK if (row, column) in marks.struck else "")
        if left or (row, column) in marks.texts:
            rows[row][column] = read
        if left:
            left_out[row, column] = left
    hidden_rows, hidden_columns = frozenset(marks.hidden_rows), frozenset(marks.hidden_columns)
    return Grid(grid.sheet, even(rows), grid.hidden, hidden_rows, hidden_columns, grid.merged, left_out)


def xls(source: Source) -> list[Grid]:
    """Return the sheets of an .xls (BIFF), which many an .et is too.

    Raises:
        ReadError: damaged, too large, or protected by a password.
    """
    marks = biff.marks(source.path.read_bytes())
    check_size(source, "", 1, sum(m.rows * m.columns for m in marks))  # the library makes all sheets on opening
    grids = _grids(source)
    return [_marked(grid, mark) for grid, mark in zip(grids, marks, strict=True) if grid]


def _grids(source: Source) -> list[Grid | None]:
    """Return the sheets' values; None for what is no worksheet."""
    found: list[Grid | None] = []
    with _library(source) as calamine, source.path.open("rb") as file:
        book = calamine.CalamineWorkbook.from_filelike(file)
        for about in book.sheets_metadata:
            if about.typ != calamine.SheetTypeEnum.WorkSheet:
                found.append(None)
                continue
            sheet = book.get_sheet_by_name(about.name)
            last_row, last_column = sheet.end or (-1, -1)
            check_size(source, about.name, last_row + 1, last_column + 1)
            hidden = about.visible != calamine.SheetVisibleEnum.Visible
            merged = tuple((*first, *last) for first, last in sheet.merged_cell_ranges or ())
            # From A1 on, else every address would be shifted.
            found.append(Grid(about.name, sheet.to_python(skip_empty_area=False), hidden, merged=merged))
    return found


@contextmanager
def _library(source: Source) -> Iterator[Any]:
    """Give python-calamine; where a damaged file makes its Rust code panic, that is one sentence and no trace on stderr."""
    import python_calamine

    try:
        kept = os.dup(2)
    except OSError:  # a program without a terminal has none
        kept = None
    try:
        if kept is not None:
            with Path(os.devnull).open("w") as nothing:
                os.dup2(nothing.fileno(), 2)
        yield python_calamine
    except python_calamine.PasswordError as error:
        raise ReadError(f"{source.name} 设有打开密码，请取消密码后再报送。") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # which is no Exception
            raise
        raise ReadError(f"{source.name} 已损坏，无法读取，请重新导出后再报送。") from None
    finally:
        if kept is not None:
            os.dup2(kept, 2)
            os.close(kept)
