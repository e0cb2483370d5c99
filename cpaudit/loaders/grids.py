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
        book = openpyxl.load_workbook(source.path, read_only=True, data_only=True)
        try:
            return [Grid(sheet.title, [[_value(cell) for cell in row] for row in sheet.iter_rows()]) for sheet in book.worksheets]
        finally:
            book.close()
    except Exception as error:  # a damaged workbook fails in openpyxl in many ways
        raise ReadError(f"{source.name} 已损坏，无法读取，请重新导出后再报送。") from error


def _value(cell: Any) -> Any:
    return CellError(str(cell.value)) if cell.data_type == "e" else cell.value


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
    return Grid("", list(csv.reader(io.StringIO(text, newline=""))))


def is_date(value: Any) -> bool:
    """Whether a cell holds a date rather than text or a number."""
    return isinstance(value, dt.date)
