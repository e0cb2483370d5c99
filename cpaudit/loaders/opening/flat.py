"""CSV and other delimited text → a grid: encodings and separators as they come."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from cpaudit.errors import ReadError
from cpaudit.loaders.opening.files import decode
from cpaudit.loaders.opening.grids import Grid, check_size, even

if TYPE_CHECKING:
    from cpaudit.loaders.opening.files import Source

#: What is looked at to tell the separator.
_HEAD = 4096


def read(source: Source) -> list[Grid]:
    """Return the one grid of a text file.

    Raises:
        ReadError: no known encoding, an open quote, or too many cells.
    """
    text = decode(source.path.read_bytes())
    if text is None:
        raise ReadError(f"{source.name} 的文字编码无法识别，请另存为 UTF-8 的 CSV 再报送。")
    head = text[:_HEAD]
    separator = max(",\t;", key=head.count)  # a comma where none occurs
    lines = text.count("\n") + text.count("\r")
    check_size(source, "", 1, text.count(separator) + lines)  # before the cells are made
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise ReadError(f"{source.name} 的引号或换行不成对，无法分列，请用表格软件重新另存为 CSV 再报送。") from error
    check_size(source, "", len(rows), max(map(len, rows), default=0))
    return [Grid("", even(rows))]
