"""What python-calamine doesn't tell of an .xls: error cells, formats, what is hidden or struck out, from its BIFF records.

An .xls is a compound file (a small file system, [MS-CFB]) that holds one stream of records ([MS-XLS]).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from cpaudit.loaders.opening.books import colours
from cpaudit.loaders.opening.books.biff_sheets import NOTES, RESULTS, SIZES, Notes, Results, Sizes
from cpaudit.loaders.opening.books.biff_texts import Font, font, rich, text
from cpaudit.loaders.opening.books.markup import Marks
from cpaudit.loaders.opening.books.number_formats import BUILT_IN, is_odd, seen, shows_no_text
from cpaudit.loaders.opening.books.rich import on
from cpaudit.loaders.opening.books.runs import CROSSED, MUTE, TINY, UNSEEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cpaudit.loaders.opening.books.colours import Colour
    from cpaudit.loaders.opening.books.rich import Text

_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_BOF, _EOF, _SHEET, _FORMAT, _XF = (0x0809, 0x0009, 0x0209, 0x0409), 0x0A, 0x85, 0x041E, 0xE0
_FONT, _SST, _CONTINUE, _LABEL, _PALETTE = (0x31, 0x0231), 0xFC, 0x3C, 0xFD, 0x92
_NUMBER, _RK, _MULRK, _BOOLERR, _FORMULA = 0x0203, 0x027E, 0xBD, 0x0205, 0x06
_OLD_LABEL = 0x0204
_CELLS = frozenset((_NUMBER, _RK, _BOOLERR, _FORMULA, _LABEL, _OLD_LABEL))
#: The version of a file since 1997, and the build of that year's Excel, which programs that calculate nothing give as theirs.
_BIFF8, _COPIED = 0x0600, 0x0DBB
_LOCKED = 0x2F  # from this record on everything is encrypted
_MARKS = 0xFFFFFFFA  # from here on a number marks something else than a sector


class Locked(ValueError):
    """The file is encrypted."""


def marks(content: bytes) -> list[Marks]:
    """Return what the file says of each of its sheets (charts and macro sheets included), in their order.

    Raises:
        Locked: it is protected by a password.
        ValueError, struct.error, IndexError, StopIteration: the file is damaged.
    """
    stream = _stream(content, "Workbook", "Book")
    sheets, formats = list[int](), {int(at): form for at, form in BUILT_IN.items()}
    styles, fonts = list[_Style](), list[Font]()
    own: dict[int, Colour | None] = {}
    strings, last = list[bytes](), 0
    for kind, body in _records(stream, 0):
        if kind == _LOCKED:
            raise Locked
        if kind == _SHEET:
            sheets.append(struct.unpack_from("<I", body)[0])
        elif kind == _FORMAT and len(body) > 5:
            formats[struct.unpack_from("<H", body)[0]] = text(body[2:])
        elif kind == _XF:
            styles.append(_Style.of(body))
        elif kind == _PALETTE:
            own = {8 + n: colours.of_hex(body[2 + 4 * n : 5 + 4 * n].hex()) for n in range((len(body) - 2) // 4)}
        elif kind in _FONT:
            fonts.append(Font.of(body))
        elif kind == _SST or (kind == _CONTINUE and last == _SST):
            strings.append(body)
        last = last if kind == _CONTINUE else kind
    grounds = [style.ground(own) for style in styles]
    forms = [
        seen(formats.get(style.format, ""), colours.indexed(font(fonts, style.font).colour, own), ground, own)
        for style, ground in zip(styles, grounds, strict=True)
    ]
    looks = _Styles(
        {at: form for at, form in enumerate(forms) if form and is_odd(form)},
        {at for at, style in enumerate(styles) if font(fonts, style.font).struck},
        {at for at, form in enumerate(forms) if form is None},
        {at for at, style in enumerate(styles) if font(fonts, style.font).tiny},
        {at for at, style in enumerate(styles) if style.crossed},
        {at for at, form in enumerate(forms) if form and shows_no_text(form)},
        grounds,
        rich(strings, fonts, own) if strings and any(f.gone or f.level or f.is_coloured for f in fonts) else {},
    )
    found = [_sheet(stream, start, looks) for start in sheets]
    calculated = any(results.calculated for _, results in found)
    for sheet, results in found:
        sheet.errors.update(dict.fromkeys(results.lacking(calculated), "="))
    return [sheet for sheet, _ in found]


class _Style(NamedTuple):
    """A cell's style: its font, its format, the pattern behind it (0: none, 1: one colour) and that colour's number."""

    font: int
    format: int
    pattern: int
    colour: int
    crossed: bool = False

    @classmethod
    def of(cls, body: bytes) -> _Style:
        """Return the style of an XF record; files from before 1997 have a shorter one."""
        index, form = struct.unpack_from("<2H", body)
        if len(body) >= 20:
            lines, more = struct.unpack_from("<2I", body, 10)
            return cls(index, form, more >> 26, body[18] & 0x7F, bool(lines >> 30 and more >> 21 & 0x0F))
        area = struct.unpack_from("<I", body, 8)[0] if len(body) >= 12 else 0
        return cls(index, form, area >> 16 & 0x3F, area & 0x7F)

    def ground(self, own: dict[int, Colour | None]) -> Colour | None:
        """Return what a cell stands on, None where that is a pattern."""
        return None if self.pattern > 1 else colours.indexed(self.colour, own) if self.pattern else colours.WHITE


class _Styles(NamedTuple):
    """The number formats that show more than the number, the styles that strike or hide the cell, and the strings in runs."""

    formats: dict[int, str]
    struck: set[int]
    unseen: set[int]
    tiny: set[int]
    crossed: set[int]
    mute: set[int]
    grounds: list[Colour | None]
    texts: dict[int, Text]

    def mark(self, found: Marks, place: tuple[int, int], style: int) -> None:
        """Note what a style does to a cell, whatever that holds."""
        if style in self.struck:
            found.struck.add(place)
        for those, how in ((self.unseen, UNSEEN), (self.tiny, TINY), (self.crossed, CROSSED)):
            if style in those:
                found.unseen[place] = how


def _sheet(stream: bytes, start: int, styles: _Styles) -> tuple[Marks, Results]:
    version, _, build = struct.unpack_from("<3H", stream, start + 4)
    found, results, sizes = Marks(), Results(build != _COPIED), Sizes()
    notes = Notes(old=version < _BIFF8)
    for kind, body in _records(stream, start):
        if kind in RESULTS:
            results.add(kind, body)
        if kind in NOTES:
            notes.add(kind, body)
        elif kind in SIZES:
            sizes.add(kind, body, found)
        elif kind in _CELLS:
            _cell(found, kind, body, styles)
        elif kind == _MULRK:
            row, column, last = *struct.unpack_from("<2H", body), struct.unpack_from("<H", body, len(body) - 2)[0]
            found.rows, found.columns = max(found.rows, row + 1), max(found.columns, last + 1)
            for at in range((len(body) - 6) // 6):
                style = struct.unpack_from("<H", body, 4 + 6 * at)[0]
                if style in styles.formats:
                    found.formats[row, column + at] = styles.formats[style]
                styles.mark(found, (row, column + at), style)
    found.comments.update(notes.found())
    sizes.hide(found)
    return found, results


def _cell(found: Marks, kind: int, body: bytes, styles: _Styles) -> None:
    row, column, style = struct.unpack_from("<3H", body)
    found.rows, found.columns = max(found.rows, row + 1), max(found.columns, column + 1)
    styles.mark(found, (row, column), style)
    if style in styles.mute and kind in (_LABEL, _OLD_LABEL):
        found.unseen[row, column] = MUTE
    if kind == _LABEL and (said := styles.texts.get(struct.unpack_from("<I", body, 6)[0])):
        found.texts[row, column] = on(said, styles.grounds[style] if style < len(styles.grounds) else colours.WHITE)
    no_number = kind == _FORMULA and body[12:14] == b"\xff\xff"
    if kind == _BOOLERR and body[7]:
        found.errors[row, column] = _ERRORS.get(body[6], "#N/A")
    elif no_number and body[6] == 2:
        found.errors[row, column] = _ERRORS.get(body[8], "#N/A")
    elif style in styles.formats and kind in (_NUMBER, _RK, _FORMULA) and not no_number:
        found.formats[row, column] = styles.formats[style]


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of one part of the stream, without the parts inside it (charts)."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        depth += (kind in _BOF) - (kind == _EOF)
        if depth == 1:
            yield kind, stream[at + 4 : at + 4 + size]
        elif depth < 1:
            return
        at += 4 + size


def _stream(content: bytes, *names: str) -> bytes:
    """Return a stream of a compound file.

    Raises:
        ValueError, struct.error, IndexError, StopIteration: there is none of these names, or the file is damaged.
    """
    size, small = (1 << shift for shift in struct.unpack_from("<2H", content, 30))
    directory, cutoff, mini, more = (struct.unpack_from("<I", content, at)[0] for at in (48, 56, 60, 68))

    def sector(number: int) -> bytes:
        return content[(number + 1) * size : (number + 2) * size]

    def words(part: bytes) -> tuple[int, ...]:
        return struct.unpack(f"<{len(part) // 4}I", part[: len(part) // 4 * 4])

    def chain(first: int, table: list[int]) -> list[int]:
        found = []
        while first < _MARKS:
            found.append(first)
            if len(found) > len(table):
                raise ValueError("a chain of sectors never ends")
            first = table[first]
        return found

    listed, seen = list(words(content[76:512])), 0
    while more < _MARKS and seen <= len(content) // size:
        *here, more = words(sector(more))
        listed += here
        seen += 1
    fat = [entry for number in listed if number < _MARKS for entry in words(sector(number))]

    def read(first: int) -> bytes:
        return b"".join(map(sector, chain(first, fat)))

    entries = read(directory)
    found = {}
    for at in range(0, len(entries) - 127, 128):
        length, (first, bytes_) = struct.unpack_from("<H", entries, at + 64)[0], struct.unpack_from("<II", entries, at + 116)
        found[entries[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")] = (first, bytes_)
    first, length = next(found[name] for name in names if name in found)
    if length >= cutoff:
        return read(first)[:length]
    # short streams lie in pieces inside the root's stream
    root, table = read(struct.unpack_from("<I", entries, 116)[0]), list(words(read(mini)))
    return b"".join(root[n * small : (n + 1) * small] for n in chain(first, table))[:length]
