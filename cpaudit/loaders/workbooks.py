"""Workbooks → grids: .xlsx and .xlsm, .xls and .et, as Excel, WPS and systems write them. Macros and links are never run."""

from __future__ import annotations

import zipfile
from typing import IO, TYPE_CHECKING, Any
from xml.parsers import expat

from cpaudit.errors import ReadError
from cpaudit.loaders import biff, markup
from cpaudit.loaders.grids import CellError, Grid, check_size, even

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cpaudit.loaders.files import Source


def xlsx(source: Source) -> list[Grid]:
    """Return the sheets of an .xlsx or .xlsm: values from python-calamine, what it hides from the sheets' XML.

    Raises:
        ReadError: damaged, too large, or a document type in its XML.
    """
    try:
        with zipfile.ZipFile(source.path) as archive:
            parts, percents = markup.parts(archive), markup.percent_styles(archive)
            marks = {}
            for sheet, part in parts.items():
                if part in archive.namelist():  # a sheet that holds a chart alone may have none
                    with archive.open(part) as file:
                        marks[sheet] = markup.marks(file, percents)
    except markup.Forbidden as error:
        raise ReadError(f"{source.name} 含有工作簿不应有的文档类型声明，可能不安全，未读取；请用表格软件另存为 .xlsx 再报送。") from error
    except (expat.ExpatError, KeyError) as error:
        raise ReadError(f"{source.name} 已损坏，无法读取，请重新导出后再报送。") from error
    for sheet, mark in marks.items():
        check_size(source, sheet, mark.rows, mark.columns)
    check_size(source, "", 1, sum(m.rows * m.columns for m in marks.values()))
    return [_marked(grid, marks[grid.sheet]) for grid in _grids(source) if grid.sheet in marks]


def _marked(grid: Grid, marks: markup.Marks) -> Grid:
    """Put back what calamine left blank, and read a percent as it is shown."""
    rows = grid.rows
    for (row, column), said in marks.errors.items():
        while len(rows) <= row:
            rows.append([])
        rows[row] += [None] * (column + 1 - len(rows[row]))
        rows[row][column] = CellError(said)
    for row, column in marks.percents:
        if row < len(rows) and column < len(rows[row]) and isinstance(rows[row][column], (int, float)):
            rows[row][column] = round(rows[row][column] * 100, 10)  # 0.95 that is shown as 95%
    hidden = {"hidden_rows": frozenset(marks.hidden_rows), "hidden_columns": frozenset(marks.hidden_columns)}
    return Grid(grid.sheet, even(rows), grid.hidden, merged=grid.merged, **hidden)


def xls(source: Source) -> list[Grid]:
    """Return the sheets of an .xls (BIFF), which many an .et is too.

    Raises:
        ReadError: damaged, or protected by a password.
    """
    marks = biff.marks(source.path.read_bytes())
    check_size(source, "", 1, sum(m.rows * m.columns for m in marks))  # the library makes all sheets on opening
    with source.path.open("rb") as file:
        names = _open(source, file).sheet_names
    by_name = dict(zip(names, marks, strict=False))
    return [_marked(grid, by_name.get(grid.sheet, markup.Marks())) for grid in _grids(source)]


def _grids(source: Source) -> Iterator[Grid]:
    import python_calamine

    with source.path.open("rb") as file:
        book = _open(source, file)
        for about in book.sheets_metadata:
            if about.typ == python_calamine.SheetTypeEnum.WorkSheet:
                hidden = about.visible != python_calamine.SheetVisibleEnum.Visible
                yield _grid(source, book.get_sheet_by_name(about.name), hidden)


def _open(source: Source, file: IO[bytes]) -> Any:
    import python_calamine

    try:
        return python_calamine.CalamineWorkbook.from_filelike(file)
    except python_calamine.PasswordError as error:
        raise ReadError(f"{source.name} 设有打开密码，请取消密码后再报送。") from error


def _grid(source: Source, sheet: Any, hidden: bool) -> Grid:
    last_row, last_column = sheet.end or (-1, -1)
    check_size(source, sheet.name, last_row + 1, last_column + 1)
    # From A1 on, else every address would be shifted.
    merged = tuple((*first, *last) for first, last in sheet.merged_cell_ranges or ())
    return Grid(sheet.name, sheet.to_python(skip_empty_area=False), hidden, merged=merged)
