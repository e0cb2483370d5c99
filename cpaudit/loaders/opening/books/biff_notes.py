"""Comments of an .xls's cells, from the records of one sheet: which cell has which drawn note, and what is written in it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from cpaudit.loaders.opening.books.biff_texts import letters
from cpaudit.loaders.opening.books.comments import remark

if TYPE_CHECKING:
    from cpaudit.loaders.opening.books.comments import Comments

NOTE, OBJECT, TEXT, CONTINUE = 0x1C, 0x5D, 0x01B6, 0x3C
KINDS = frozenset((NOTE, OBJECT, TEXT, CONTINUE))
#: A comment of a file from before 1997 goes on in records that name no cell.
_GOES_ON = 0xFFFF


class Notes:
    """Gathers what the records of a sheet say of its comments, in their order."""

    def __init__(self, old: bool) -> None:
        self._old, self._object, self._left = old, 0, 0
        self._texts: dict[int, str] = {}
        self._notes: list[tuple[int, int, int, str]] = []

    def add(self, kind: int, body: bytes) -> None:
        """Take one record of :data:`KINDS`.

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
