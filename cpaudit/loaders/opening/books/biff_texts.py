"""The shared strings of an .xls that are written in runs of several looks, from its SST record and the ones that continue it."""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from cpaudit.loaders.opening.books import colours
from cpaudit.loaders.opening.books.runs import LOWEST, STRUCK, TINY, Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cpaudit.loaders.opening.books.colours import Colour


#: The number of the colour that letters have by themselves.
_AUTOMATIC = 0x7FFF


class Font(NamedTuple):
    """What a font does to its text: strikes it out, raises it (1) or lowers it (-1), its colour's number, how low it is."""

    struck: bool
    level: int
    colour: int = _AUTOMATIC
    tiny: bool = False

    @classmethod
    def of(cls, body: bytes) -> Font:
        """Return the font of a FONT record."""
        raised = struct.unpack_from("<H", body, 8)[0] if len(body) > 9 else 0
        height, _, colour = struct.unpack_from("<3H", body)
        return cls(bool(body[2] & 0x08), {1: 1, 2: -1}.get(raised, 0), colour, 0 < height < LOWEST * 20)

    @property
    def gone(self) -> str:
        """How its text is set apart."""
        return STRUCK if self.struck else TINY if self.tiny else ""

    @property
    def is_coloured(self) -> bool:
        """Whether it has another colour than what letters have by themselves."""
        return self.colour != _AUTOMATIC


def font(fonts: Sequence[Font], index: int) -> Font:
    """Return a font by the number that records know it by: there is none called 4."""
    at = index - (index > 4)
    return fonts[at] if at < len(fonts) else Font(False, 0)


def letters(said: bytes, wide: bool) -> str:
    """Return the letters of a string, two bytes each or one.

    >>> letters(b"\\x2d\\x4e", True), letters(b"ab", False)
    ('中', 'ab')
    """
    return said.decode("utf-16-le" if wide else "latin-1", "replace")


def text(said: bytes) -> str:
    """Return a string of BIFF8, or of an older file, whose letters are those of its country."""
    count, wide = struct.unpack_from("<HB", said)
    if len(said) == 3 + count * (2 if wide & 1 else 1):
        return said[3:].decode("utf-16-le" if wide & 1 else "latin-1", "replace")
    return said[1:].decode("gb18030", "replace")


class _Reader:
    """Reads through an SST record and its continuations, in which a string's letters begin with their width anew."""

    def __init__(self, parts: Sequence[bytes]) -> None:
        self._parts, self._part, self._at = parts, 0, 0

    def take(self, size: int) -> bytes:
        taken = b""
        while len(taken) < size:
            self._turn()
            piece = self._parts[self._part][self._at : self._at + size - len(taken)]
            self._at += len(piece)
            taken += piece
        return taken

    def letters(self, count: int, wide: bool) -> str:
        said = ""
        while len(said) < count:
            if self._turn():
                wide = bool(self.take(1)[0] & 1)
            size = 2 if wide else 1
            piece = self._parts[self._part][self._at : self._at + size * (count - len(said))]
            piece = piece[: len(piece) // size * size]
            if not piece:
                raise ValueError("a letter is cut in two")
            self._at += len(piece)
            said += piece.decode("utf-16-le" if wide else "latin-1", "surrogatepass")
        return said

    def _turn(self) -> bool:
        """Go on to the next part where this one ends; whether it was so."""
        turned = False
        while self._at >= len(self._parts[self._part]):
            self._part, self._at, turned = self._part + 1, 0, True
        return turned


def rich(parts: Sequence[bytes], fonts: Sequence[Font], own: Mapping[int, Colour | None]) -> dict[int, tuple[Run, ...]]:
    """Return the strings in runs, by their number: ``parts`` are the SST record and its continuations.

    ``own``: the workbook's own colours.

    Raises:
        IndexError, ValueError, struct.error: the record is damaged.
    """
    found: dict[int, tuple[Run, ...]] = {}
    reader = _Reader(parts)
    _, unique = struct.unpack("<2I", reader.take(8))
    for number in range(min(unique, sum(map(len, parts)) // 3)):
        count, flags = struct.unpack("<HB", reader.take(3))
        runs = struct.unpack("<H", reader.take(2))[0] if flags & 0x08 else 0
        more = struct.unpack("<I", reader.take(4))[0] if flags & 0x04 else 0
        said = reader.letters(count, bool(flags & 0x01)) if count else ""
        looks = [struct.unpack("<2H", reader.take(4)) for _ in range(runs)]
        reader.take(more)
        if looks:
            found[number] = tuple(_runs(said, looks, fonts, own))
    return found


def _runs(said: str, looks: list[tuple[int, ...]], fonts: Sequence[Font], own: Mapping[int, Colour | None]) -> list[Run]:
    """Return the runs of a text; up to the first look it has its cell's."""
    units = said.encode("utf-16-le", "surrogatepass")
    starts = [0, *(at for at, _ in looks), len(units) // 2]
    kinds = [None, *(font(fonts, index) for _, index in looks)]
    runs = []
    for (start, end), kind in zip(pairwise(starts), kinds, strict=True):
        text = units[2 * start : 2 * end].decode("utf-16-le", "replace")
        colour = colours.indexed(kind.colour, own) if kind and kind.is_coloured else None
        runs.append(Run(text, None) if kind is None else Run(text, kind.gone, kind.level, colour))
    return [run for run in runs if run.text]
