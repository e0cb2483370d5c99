"""A sheet as a grid of cells: what each holds and where it stands, whatever the file's format."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cpaudit.errors import ReadError

if TYPE_CHECKING:
    from cpaudit.loaders.files import Source


@dataclass(frozen=True, slots=True)
class CellError:
    """What a formula that failed shows, such as #DIV/0!; never a blank."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet's rows; ``sheet`` is '' for a CSV file. Values are text, numbers, datetimes, CellError or None."""

    sheet: str
    rows: list[list[Any]]

    def empty(self) -> bool:
        """Whether no cell holds anything."""
        return all(v is None or v == "" for row in self.rows for v in row)


def address(row: int, column: int) -> str:
    """Return the address of a cell counted from 0: (0, 0) is A1."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def read(source: Source) -> list[Grid]:
    """Return the sheets of a file.

    Raises:
        ReadError: the file is damaged or protected, in one sentence.
    """
    with source.path.open("rb") as file:
        head = file.read(4)
    if source.path.suffix.lower() == ".csv":
        return [_csv(source)]
    # By content: many an .xls is an .xlsx renamed.
    return _xlsx(source) if head.startswith(b"PK") else _xls(source)


def _xlsx(source: Source) -> list[Grid]:
    import openpyxl

    try:
        # A handle, since openpyxl goes by the name of a path: many an .xlsx is called .xls.
        with source.path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            return [Grid(sheet.title, _cells(sheet)) for sheet in book.worksheets]
    except Exception as error:  # a damaged workbook fails in openpyxl in many ways
        raise ReadError(f"{source.name} 已损坏，无法读取，请重新导出后再报送。") from error


def _cells(sheet: Any) -> list[list[Any]]:
    sheet.reset_dimensions()  # what a file says of its own size is often wrong
    return [[_value(cell) for cell in row] for row in sheet.iter_rows()]


def _value(cell: Any) -> Any:
    if cell.data_type == "e":
        return CellError(str(cell.value))
    if cell.data_type == "n" and isinstance(cell.value, (int, float)) and cell.number_format.endswith("%"):
        return round(cell.value * 100, 10)  # 0.95 that is shown as 95%
    return cell.value


def _xls(source: Source) -> list[Grid]:
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(source.path))
        names = book.sheet_names
        return [Grid(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in names]
    except python_calamine.PasswordError as error:
        raise ReadError(f"{source.name} 设有打开密码，请取消密码后再报送。") from error
    except Exception as error:
        raise ReadError(f"{source.name} 已损坏，无法读取，请重新导出后再报送。") from error


def _csv(source: Source) -> Grid:
    content = source.path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise ReadError(f"{source.name} 的文字编码无法识别，请另存为 UTF-8 的 CSV 再报送。")
    try:
        return Grid("", list(csv.reader(io.StringIO(text, newline=""))))
    except csv.Error as error:
        raise ReadError(f"{source.name} 的引号或换行不成对，无法分列，请用表格软件重新另存为 CSV 再报送。") from error


def is_date(value: Any) -> bool:
    """Whether a cell holds a date rather than text or a number."""
    return isinstance(value, dt.date)
