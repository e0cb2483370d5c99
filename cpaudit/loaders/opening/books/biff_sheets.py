"""What the records of one sheet of an .xls say beside its values: comments, sizes of rows and columns, results of formulas."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cpaudit.loaders.opening.books.biff_texts import letters
from cpaudit.loaders.opening.books.comments import remark
from cpaudit.loaders.opening.books.runs import LOWEST, NARROWEST

if TYPE_CHECKING:
    from cpaudit.loaders.opening.books.comments import Comments
    from cpaudit.loaders.opening.books.markup import Marks

NOTE, OBJECT, TEXT, CONTINUE = 0x1C, 0x5D, 0x01B6, 0x3C
NOTES = frozenset((NOTE, OBJECT, TEXT, CONTINUE))
#: A comment of a file from before 1997 goes on in records that name no cell.
_GOES_ON = 0xFFFF
_ROW, _COLUMNS = 0x0208, 0x7D
#: How high rows and how wide columns are that don't say so.
_HEIGHT, _WIDTHS = 0x0225, (0x55, 0x99)
#: A point of height, a digit of width.
_TWIPS, _DIGIT = 20, 256
SIZES = frozenset((_ROW, _COLUMNS, _HEIGHT, *_WIDTHS))
#: A formula, the text that it came to, and that a sheet was saved without being calculated.
_FORMULA, _STRING, _UNCALCULATED = 0x06, (0x0207, 0x07), 0x5E
RESULTS = frozenset((_FORMULA, *_STRING, _UNCALCULATED))
#: Results that are a text (which follows) and nothing, the constant "" in a formula, the flag that it is calculated on opening.
_TEXT_RESULT, _NO_RESULT, _NO_TEXT, _ON_OPENING = 0, 3, b"\x17\0", 0x02
#: How a formula ends that comes to a number: signs of arithmetic; SUM by itself; a function, by what it is called with.
_ARITHMETIC, _SUM = frozenset((3, 4, 5, 6, 7, 0x12, 0x13, 0x14)), b"\x19\x10"
_CALLS = frozenset((0x21, 0x22, 0x41, 0x42, 0x61, 0x62))
#: COUNT, SUM, AVERAGE, MIN, MAX, ABS, INT, ROUND, PRODUCT, ROUNDUP, ROUNDDOWN, SUMPRODUCT, SUMIF
_NUMBERS = frozenset((0, 4, 5, 6, 7, 24, 25, 27, 183, 212, 213, 228, 345))


class Notes:
    """Gathers what the records of a sheet say of its comments, in their order."""

    def __init__(self, old: bool) -> None:
        self._old, self._object, self._left = old, 0, 0
        self._texts: dict[int, str] = {}
        self._notes: list[tuple[int, int, int, str]] = []

    def add(self, kind: int, body: bytes) -> None:
        """Take one record of :data:`NOTES`.

        Raises:
            struct.error, IndexError: it is damaged.
        """
        if kind == CONTINUE:
            if self._left:
                said = letters(body[1:], bool(body[0] & 1))[: self._left]
                self._texts[self._object] += said
                self._left -= len(said.encode("utf-16-le")) // 2
            return
        self._left = 0
        if kind == OBJECT and len(body) >= 8:
            self._object = struct.unpack_from("<H", body, 6)[0]
        elif kind == TEXT:
            self._left = struct.unpack_from("<H", body, 10)[0]
            self._texts[self._object] = ""
        elif kind == NOTE and self._old:
            self._note_of_old(body)
        elif kind == NOTE:
            row, column, _, about, length = struct.unpack_from("<5H", body)
            self._notes.append((row, column, about, letters(body[11:], bool(body[10] & 1))[:length]))

    def _note_of_old(self, body: bytes) -> None:
        row, column, _ = struct.unpack_from("<3H", body)
        about = len(self._notes) if row == _GOES_ON else len(self._notes) + 1
        self._texts[about] = self._texts.get(about, "") + body[6:].decode("gb18030", "replace")
        if row != _GOES_ON:
            self._notes.append((row, column, about, ""))

    def found(self) -> Comments:
        """Return (row, column) → the text of its comment, without what a check or a form wrote."""
        said = {(row, column): remark(by, self._texts.get(about, "")) for row, column, about, by in self._notes}
        return {at: text for at, text in said.items() if text}


@dataclass(slots=True)
class Sizes:
    """Whether the rows and columns of a sheet that don't say their size have none, and which say it."""

    rows: bool = False
    columns: bool = False
    high: set[int] = field(default_factory=set)
    wide: set[int] = field(default_factory=set)

    def add(self, kind: int, body: bytes, found: Marks) -> None:
        """Take a record of :data:`SIZES`. No height is hidden by another name."""
        if kind == _ROW:
            at, height, options = *struct.unpack_from("<H4xH", body), struct.unpack_from("<I", body, 12)[0]
            self.high.add(at)
            if options & 0x20 or height < LOWEST * _TWIPS:
                found.hidden_rows.add(at)
        elif kind == _COLUMNS:
            first, last, width, _, options = struct.unpack_from("<5H", body)
            those = range(first, min(last, 255) + 1)
            self.wide.update(those)
            if options & 1 or width < NARROWEST * _DIGIT:
                found.hidden_columns.update(those)
        elif kind == _HEIGHT:
            self.rows = bool(body[0] & 0x02) or struct.unpack_from("<H", body, 2)[0] < LOWEST * _TWIPS
        else:
            self.columns = not struct.unpack_from("<H", body)[0]

    def hide(self, found: Marks) -> None:
        """Note what is hidden by that."""
        if self.rows:
            found.hidden_rows.update(set(range(found.rows)) - self.high)
        if self.columns:
            found.hidden_columns.update(set(range(found.columns)) - self.wide)


@dataclass(slots=True)
class Results:
    """What the formulas of a sheet came to. A program that calculates nothing leaves them blank, or 0 and to be calculated.

    ``excel``: the file says a program by which blanks are results.
    """

    excel: bool
    calculated: bool = False
    #: Cells whose formula has no result, if no other in the workbook has; those of which it is sure.
    _waiting: set[tuple[int, int]] = field(default_factory=set)
    _surely: set[tuple[int, int]] = field(default_factory=set)
    _zeros: set[tuple[int, int]] = field(default_factory=set)
    #: A cell whose text has to follow, and that the sheet wasn't calculated.
    _text_of: tuple[int, int] | None = None
    _stale: bool = False

    def add(self, kind: int, body: bytes) -> None:
        """Take a record of :data:`RESULTS`."""
        if kind in _STRING:
            self._text_of = None
        elif kind == _UNCALCULATED:
            self._stale = True
        else:
            self._formula(body)

    def lacking(self, calculated: bool) -> set[tuple[int, int]]:
        """Return the cells without a result; ``calculated``: some formula of the workbook has one."""
        self._end()
        return self._surely | (set() if calculated else self._waiting) | (self._zeros if self._stale else set())

    def _formula(self, body: bytes) -> None:
        self._end()
        row, column = struct.unpack_from("<2H", body)
        if body[12:14] == b"\xff\xff":
            if body[6] == _TEXT_RESULT:
                self._text_of = (row, column)
            elif body[6] == _NO_RESULT and _is_number(body):
                self._surely.add((row, column))
            elif body[6] == _NO_RESULT and not (self.excel and _NO_TEXT in body[22:]):
                self._waiting.add((row, column))
            self.calculated |= body[6] != _NO_RESULT
        elif any(body[6:14]):
            self.calculated = True
        else:
            self._zeros.add((row, column))
            if struct.unpack_from("<H", body, 14)[0] & _ON_OPENING:
                self._waiting.add((row, column))

    def _end(self) -> None:
        if self._text_of:
            self._surely.add(self._text_of)
        self._text_of = None


def _is_number(body: bytes) -> bool:
    """Whether a formula comes to a number, whatever its cells hold: blank is none."""
    size = struct.unpack_from("<H", body, 20)[0] if len(body) > 21 else 0
    said = body[22 : 22 + size]
    called = len(said) > 3 and not _CALLS.isdisjoint(said[-4:-2])
    call = called and struct.unpack_from("<H", said, len(said) - 2)[0] in _NUMBERS
    return bool(said) and (said[-1] in _ARITHMETIC or said[-4:-2] == _SUM or call)
