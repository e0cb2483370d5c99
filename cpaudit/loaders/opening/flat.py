"""CSV and other delimited text → a grid: encodings and separators as they come, and no row lost to another row's quote.

Python's csv module reads strictly, record by record. Where a quote never closes, closes inside a cell, or swallows what are rows
by themselves, the line that it stands in is refused, and reading goes on at the next line.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from typing import TYPE_CHECKING

from cpaudit.errors import ReadError
from cpaudit.loaders.opening.files import decode
from cpaudit.loaders.opening.grids import Grid, Refused, check_size, even

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cpaudit.loaders.opening.files import Source

#: Lines, and signs of each, that are looked at to tell the separator.
_HEAD, _WIDEST = 40, 4096
_SEPARATORS, _COMMAS = (",", "\t", ";", "，"), (",", "，")
#: What Excel writes above a table to name its separator.
_NAMED = re.compile(r"sep=(.)\s*", re.IGNORECASE)
#: A cell with more lines than this is an open quote.
_TALLEST = 200
_UNREADABLE = "\ufffd"
#: Longer than this is no cell of a spreadsheet.
_LONGEST = 32_767


def read(source: Source) -> list[Grid]:
    """Return the one grid of a text file; rows count as a spreadsheet counts them, a cell may have several lines.

    Raises:
        ReadError: no known encoding, or too many cells.
    """
    text = decode(source.path.read_bytes())
    if text is None:
        raise ReadError(f"{source.name} 的文字编码无法识别，请另存为 UTF-8 的 CSV 再报送。")
    text = text.rstrip("\0\x1a")  # with which some programs fill up the last block
    csv.field_size_limit(max(len(text), _LONGEST))
    lines = list(io.StringIO(text.replace("\0", _UNREADABLE), newline=""))
    named = _NAMED.fullmatch(lines[0]) if lines else None
    separator = named[1] if named else _separator(lines)
    check_size(source, "", 1, text.count(separator) + len(lines))  # before the cells are made
    reader = _Reader(lines, separator)
    if named:
        reader.add([None])
    reader.read(1 if named else 0)
    check_size(source, "", len(reader.rows), max(map(len, reader.rows), default=0))
    lengths = tuple(reader.lengths)
    return [Grid("", even(reader.rows), refused=reader.refused, lengths=lengths, commas=separator in _COMMAS)]


def _separator(lines: list[str]) -> str:
    """Return the sign that parts most lines into equally many cells; a comma where none does."""

    def parted(separator: str) -> int:
        lengths = Counter(len(_alone(line[:_WIDEST], separator)) for line in lines[:_HEAD])
        return max((times * (length - 1) for length, times in lengths.items()), default=0)

    return max(_SEPARATORS, key=parted)


def _alone(line: str, separator: str) -> list[str]:
    """Return the cells of one line, whatever its quotes."""
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=separator), [])
    except csv.Error:
        return line.split(separator)


class _Reader:
    """Reads records and keeps count of the cells of each."""

    def __init__(self, lines: list[str], separator: str) -> None:
        self.rows: list[list[str | None]] = []
        self.lengths: list[int] = []
        self.refused: dict[int, Refused] = {}
        self._lines, self._separator, self._at = lines, separator, 0
        self._counted: Counter[int] = Counter()

    def add(self, cells: list[str | None]) -> None:
        """Add a row."""
        self.rows.append(cells)
        self.lengths.append(len(cells))
        self._counted[len(cells)] += len(cells) > 1

    def read(self, at: int) -> None:
        """Read the lines from ``at`` on."""
        self._at = at
        while self._at < len(self._lines):
            reader, start = csv.reader(self._feed(), delimiter=self._separator, strict=True), self._at
            try:
                for cells in reader:
                    after = start + reader.line_num
                    if after - self._at > 1 and self._swallows(cells, after):
                        raise csv.Error
                    if any(len(cell) > _LONGEST for cell in cells):
                        self._refuse("row_cell_long", most=_LONGEST)
                    elif any(_UNREADABLE in cell for cell in cells):
                        self._refuse("row_garbled")
                    else:
                        self.add(list(cells))
                    self._at = after
            except csv.Error:  # told at the line where the record begins; the next line is read by itself
                self._refuse("row_quote")
                self._at += 1

    def _feed(self) -> Iterator[str]:
        """Yield the lines from here on, as far as a record may reach."""
        at = self._at
        while at < len(self._lines) and at - self._at < _TALLEST:
            yield self._lines[at]
            at += 1

    def _refuse(self, code: str, **holes: object) -> None:
        self.refused[len(self.rows)] = Refused(code, {"line": self._at + 1, **holes})
        self.rows.append([None])
        self.lengths.append(0)

    def _swallows(self, cells: list[str], after: int) -> bool:
        """Whether a record over several lines holds lines that are rows by themselves, or is longer than a row."""
        [(usual, _)] = self._counted.most_common(1) or [(0, 0)]
        if usual < 2:
            return False
        filled = max((n for n, cell in enumerate(cells, start=1) if cell), default=0)
        within = self._lines[self._at + 1 : after]
        return filled > usual or any(len(_alone(line, self._separator)) >= usual for line in within)
