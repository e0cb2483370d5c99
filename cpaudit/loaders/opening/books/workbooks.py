"""Workbooks → grids: .xlsx and .xlsm, .xls and .et, as Excel, WPS and systems write them. Macros and links are never run."""

from __future__ import annotations

import datetime as dt
import zipfile
from contextlib import contextmanager, nullcontext
from typing import IO, TYPE_CHECKING, Any
from xml.parsers import expat

from cpaudit.errors import ReadError
from cpaudit.loaders.opening.books import biff, comments, conditional, looks, markup, number_formats, package, streams
from cpaudit.loaders.opening.books.runs import CROSSED, STRUCK, Run, compose, parts
from cpaudit.loaders.opening.grids import CellError, Grid, LeftOut, check_size, even, filled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cpaudit.loaders.opening.files import Source

#: More sheets than this has no return.
_MOST_SHEETS = 255
_PROTECTED = "设有打开密码，请取消密码后再报送。"
_LOST = "工作簿列出了它，却找不到或读不出内容"


def xlsx(source: Source, archive: zipfile.ZipFile) -> list[Grid]:
    """Return the sheets of an .xlsx or .xlsm: values from python-calamine, what it hides from the sheets' XML.

    Raises:
        ReadError: damaged, too large, or a document type in its XML.
    """
    try:
        return _parts(source, archive) or _parts(source, archive, anew=True) or []
    except streams.Forbidden as error:
        sentence = "含有工作簿不应有的文档类型声明，可能不安全，未读取；请用表格软件另存为 .xlsx 再报送。"
        raise ReadError(f"{source.name} {sentence}") from error
    except (expat.ExpatError, KeyError) as error:
        raise ReadError(f"{source.name} 已损坏，无法读取，请重新导出后再报送。") from error


def _parts(source: Source, whole: zipfile.ZipFile, *, anew: bool = False) -> list[Grid] | None:
    """Return the sheets; None where the archive has to be written anew first."""
    written = package.plain(whole, anew=anew)
    with written or source.path.open("rb") as file, zipfile.ZipFile(written) if written else nullcontext(whole) as archive:
        parts, styles = markup.parts(archive), looks.styles(archive)
        texts = markup.rich_texts(archive, styles)
        _check_sheets(source, parts)
        marks, notes, remarks = {}, dict[str, comments.Comments](), dict[str, comments.Comments]()
        drawn = dict[str, list[comments.Area]]()
        for sheet, part in parts.items():
            if part in archive.namelist():  # a sheet that holds a chart alone may have none
                with archive.open(part) as content:
                    marks[sheet] = markup.marks(content, styles, texts)
                notes[sheet], drawn[sheet] = comments.read(archive, part, remarks), comments.drawn(archive, part)
                if marks[sheet].unseen or marks[sheet].texts:
                    markup.ground(marks[sheet], (*_dressed(marks[sheet], styles), *looks.grounded(archive, part)))
        if not anew and any(mark.cdata for mark in marks.values()):
            return None
        for sheet, mark in marks.items():
            check_size(source, sheet, mark.rows, mark.columns)
        check_size(source, "", 1, sum(m.rows * m.columns for m in marks.values()))
        file.seek(0)
        found = dict(_grids(source, file))
    asked = {sheet: _hidden_by_rules(mark, found[sheet], styles) for sheet, mark in marks.items()}
    read = {sheet: _whole(grid, marks.get(sheet)) for sheet, grid in found.items() if grid}
    for sheet, grid in read.items():
        grid.comments.update(notes.get(sheet, {}))
        grid.drawn.extend(drawn.get(sheet, ()))
        grid.conditional.extend(asked.get(sheet, ()))
    # What the workbook lists is read or said; a sheet that is a chart holds no cells.
    return [read.get(sheet) or Grid(sheet, [], unread=_LOST) for sheet in parts if sheet in read or sheet not in found]


def _dressed(marks: markup.Marks, styles: looks.Styles) -> list[str]:
    """Return the areas to which a condition may give another ground."""
    return [area for rule in marks.conditional if rule.look in styles.filled for area in rule.areas]


def _hidden_by_rules(marks: markup.Marks, grid: Grid | None, styles: looks.Styles) -> list[str]:
    """Mark the cells that a condition surely strikes out or hides; return the areas of which that can't be said."""
    if grid is None or not marks.conditional:
        return []
    dressed = [conditional.corners(area) for area in _dressed(marks, styles)]

    def grounded(at: int, column: int) -> bool:
        within = (top <= at <= bottom and left <= column <= right for top, left, bottom, right in dressed)
        return (at, column) in marks.grounded or any(within)

    gone, asked = conditional.judged(marks.conditional, grid.rows, styles.hiding, grounded)
    marks.struck |= {place for place, how in gone.items() if how == STRUCK}
    marks.unseen |= {place: how for place, how in gone.items() if how != STRUCK and place not in marks.unseen}
    return asked


def _check_sheets(source: Source, parts: dict[str, str]) -> None:
    """Refuse more sheets than a return has, and one part that is shown as many sheets."""
    if len(parts) > _MOST_SHEETS or len(set(parts.values()) - {""}) < len([p for p in parts.values() if p]):
        raise ReadError(f"{source.name} 的工作表过多或重复（{len(parts)} 张），不是正常的工作簿，未读取；请重新导出后再报送。")


def _whole(grid: Grid, mark: markup.Marks | None) -> Grid:
    """Return a sheet with its marks, or why nothing of it is taken."""
    if mark is None or grid.unread:
        return Grid(grid.sheet, [], grid.hidden, unread=_LOST)
    if mark.bodies > 1:
        return Grid(grid.sheet, [], grid.hidden, unread=f"其中有 {mark.bodies} 份数据（sheetData），不知以哪份为准")
    if mark.twice:
        return Grid(grid.sheet, [], grid.hidden, unread=f"其中的 {mark.twice} 格写了两次，不知以哪次为准")
    if mark.rows and not grid.rows and not mark.errors:
        return Grid(grid.sheet, [], grid.hidden, unread=_LOST)
    return _marked(grid, mark)


def _marked(grid: Grid, marks: markup.Marks) -> Grid:
    """Put back what calamine left blank, read a number as its format shows it, and leave out what is struck."""
    rows, left_out = grid.rows, dict[tuple[int, int], LeftOut]()
    for (row, column), said in marks.errors.items():
        while len(rows) <= row:
            rows.append([])
        rows[row] += [None] * (column + 1 - len(rows[row]))
        rows[row][column] = CellError(said)
    for (row, column), form in marks.formats.items():
        if row < len(rows) and column < len(rows[row]) and type(value := rows[row][column]) in (int, float):
            rows[row][column] = number_formats.shown(value, form) or value
        elif row < len(rows) and column < len(rows[row]) and isinstance(value := rows[row][column], dt.date):
            rows[row][column] = number_formats.shown_day(value, form) or value
    for row, column in marks.struck | marks.unseen.keys() | marks.texts.keys():
        if not (row < len(rows) and column < len(rows[row]) and filled(value := rows[row][column])):
            continue
        if marks.unseen.get((row, column)) == CROSSED and parts(str(value)):
            continue
        runs = marks.texts.get((row, column), (Run(str(value), None),))
        read, left = compose(runs, STRUCK if (row, column) in marks.struck else marks.unseen.get((row, column), ""))
        if left or (row, column) in marks.texts:
            rows[row][column] = read
        if left:
            left_out[row, column] = left
    rows = even(rows)
    # Sheets are hidden down to their last row, a million of them: those that hold nothing are nobody's concern.
    hidden_rows = frozenset(row for row in marks.hidden_rows if row < len(rows))
    hidden_columns = frozenset(column for column in marks.hidden_columns if rows and column < len(rows[0]))
    return Grid(grid.sheet, rows, grid.hidden, hidden_rows, hidden_columns, grid.merged, left_out, marks.comments)


def xls(source: Source) -> list[Grid]:
    """Return the sheets of an .xls (BIFF), which many an .et is too.

    Raises:
        ReadError: damaged, too large, or protected by a password.
    """
    try:
        marks = biff.marks(source.path.read_bytes())
    except biff.Locked as error:
        raise ReadError(f"{source.name} {_PROTECTED}") from error
    check_size(source, "", 1, sum(m.rows * m.columns for m in marks))  # the library makes all sheets on opening
    with source.path.open("rb") as file:
        found = _grids(source, file)
    return [_marked(grid, mark) for (_, grid), mark in zip(found, marks, strict=True) if grid]


def _grids(source: Source, file: IO[bytes]) -> list[tuple[str, Grid | None]]:
    """Return the sheets' names and values; None for what is no worksheet."""
    found: list[tuple[str, Grid | None]] = []
    with _library(source) as calamine:
        book = calamine.CalamineWorkbook.from_filelike(file)
        for about in book.sheets_metadata:
            if about.typ != calamine.SheetTypeEnum.WorkSheet:
                found.append((about.name, None))
                continue
            try:
                sheet = book.get_sheet_by_name(about.name)
            except calamine.WorksheetNotFound:
                found.append((about.name, Grid(about.name, [], unread=_LOST)))
                continue
            last_row, last_column = sheet.end or (-1, -1)
            check_size(source, about.name, last_row + 1, last_column + 1)
            hidden = about.visible != calamine.SheetVisibleEnum.Visible
            merged = tuple((*first, *last) for first, last in sheet.merged_cell_ranges or ())
            # From A1 on, else every address would be shifted.
            grid = Grid(about.name, sheet.to_python(skip_empty_area=False), hidden, merged=merged)
            found.append((about.name, grid))
    return found


@contextmanager
def _library(source: Source) -> Iterator[Any]:
    """Give python-calamine; where a damaged file makes its Rust code panic, that is one sentence."""
    import python_calamine

    try:
        yield python_calamine
    except python_calamine.PasswordError as error:
        raise ReadError(f"{source.name} {_PROTECTED}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # which is no Exception
            raise
        raise ReadError(f"{source.name} 已损坏，无法读取，请重新导出后再报送。") from None
