"""A sheet as a grid of plain cells with addresses, whatever the file's format."""

from __future__ import annotations

import csv
import datetime as dt
import io
import warnings
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from cpaudit.errors import ReadError

if TYPE_CHECKING:
    from pathlib import Path

    from cpaudit.loaders.files import RawFile

#: What a cell can hold: text, a number, a date, nothing. Dates always come as datetime.
Value = str | float | int | bool | dt.datetime | None


class CellError(str):
    """The text of an error cell, such as ``#DIV/0!``: not empty, and not data."""


class Percent(float):
    """A number that the sheet shows as a percentage: 0.95, seen as 95%."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet; ``sheet`` is empty for a CSV file. Rows start at the sheet's first line, so indices give addresses."""

    file: str
    sheet: str
    rows: list[list[Value]]
    hidden: bool = False


@cache
def column_letters(index: int) -> str:
    """Return the letters of a column counted from 0.

    >>> column_letters(27)
    'AB'
    """
    head, tail = divmod(index, 26)
    return (column_letters(head - 1) if head else "") + chr(ord("A") + tail)


def address(row: int, column: int) -> str:
    """Return the address of a cell, both counted from 0.

    >>> address(6, 2)
    'C7'
    """
    return f"{column_letters(column)}{row + 1}"


def read(file: RawFile) -> list[Grid]:
    """Return the sheets of a file.

    Raises:
        ReadError: the file is damaged or protected; the sentence names it and the way out.
    """
    readers = {"xlsx": _xlsx, "xls": _xls, "csv": _csv}
    return readers[file.kind](file.path, file.name)


def _xlsx(path: Path, name: str) -> list[Grid]:
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of drop-downs and styles, which don't matter here
        try:
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                return [_worksheet(name, sheet) for sheet in book.worksheets]
            finally:
                book.close()
        except Exception:  # a damaged part can fail anywhere inside: zip, XML, styles
            raise ReadError(f"{name} 已损坏（内容无法解析），请向报送单位重新索取。") from None


def _worksheet(name: str, sheet: Any) -> Grid:
    sheet.reset_dimensions()  # some programs write a wrong extent, which would cut the sheet
    rows = [[_openpyxl_value(cell) for cell in row] for row in sheet.iter_rows()]
    return Grid(name, sheet.title, rows, sheet.sheet_state != "visible")


def _openpyxl_value(cell: Any) -> Value:
    value = cell.value
    if value is None or isinstance(value, str):
        return CellError(value) if value is not None and cell.data_type == "e" else value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Percent(value) if "%" in cell.number_format else value
    return _as_datetime(value)


def _xls(path: Path, name: str) -> list[Grid]:
    import python_calamine as calamine

    try:
        with calamine.CalamineWorkbook.from_path(str(path)) as book:
            return [
                Grid(
                    name,
                    meta.name,
                    [
                        [_as_datetime(v) if v != "" else None for v in row]
                        for row in book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
                    ],
                    meta.visible != calamine.SheetVisibleEnum.Visible,
                )
                for meta in book.sheets_metadata
                if meta.typ == calamine.SheetTypeEnum.WorkSheet
            ]
    except calamine.PasswordError:
        raise ReadError(f"{name} 设有打开密码，无法读取，请取消密码保护后重新报送。") from None
    except Exception as error:
        if "password" in str(error).lower() or "encrypt" in str(error).lower():
            raise ReadError(f"{name} 设有打开密码，无法读取，请取消密码保护后重新报送。") from None
        raise ReadError(f"{name} 已损坏（内容无法解析），请向报送单位重新索取。") from None


def _as_datetime(value: Any) -> Any:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)
    if isinstance(value, (dt.time, dt.timedelta)):
        return str(value)
    return value


def _csv(path: Path, name: str) -> list[Grid]:
    text = _decode(path.read_bytes(), name)
    first = text[:4096]
    delimiter = max(",\t;", key=first.count)
    try:
        rows: list[list[Value]] = [[v or None for v in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error:
        raise ReadError(f"{name} 不是完整的 CSV 文件（引号不配对），请重新导出。") from None
    return [Grid(name, "", rows)]


def _decode(content: bytes, name: str) -> str:
    encodings = ["utf-16"] if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise ReadError(f"{name} 的文字编码无法识别，请另存为 UTF-8 或 GBK 编码的 CSV 文件。")
