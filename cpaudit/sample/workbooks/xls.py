"""Real workbooks of Excel 97 (BIFF8 in a compound file), as old offices still send: text, numbers and dates, nothing more."""

from __future__ import annotations

import datetime as dt
from struct import pack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Value = str | float | dt.date | None

_SECTOR = 512
_LARGEST_RECORD = 8224
_MOST_ROWS = 65536
#: A stream below it would have to lie in smaller sectors of its own.
_SMALL_STREAM = 4096
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
#: So many sectors of the table are named in the header: 7 MB, twice what the largest sheet of ours takes.
_MOST_TABLES = 109
_EPOCH = dt.date(1899, 12, 30)
_DATE_FORMAT = 164
_PLAIN, _TITLE, _HEADER, _DATE = 15, 16, 17, 18


def workbook(sheets: Iterable[tuple[str, int, Sequence[Sequence[Value]]]]) -> bytes:
    """Return a workbook of sheets: name, how many rows of titles stand before the header (each merged over the table), rows.

    Raises:
        ValueError: there are more rows, or there is more content, than such a file can hold.
    """
    listed = [(name, titles, [list(row) for row in rows]) for name, titles, rows in sheets]
    texts = {v: None for _, _, rows in listed for row in rows for v in row if isinstance(v, str)}
    index = {text: at for at, text in enumerate(texts)}
    uses = sum(isinstance(v, str) for _, _, rows in listed for row in rows for v in row)
    bodies = [_sheet(titles, rows, index) for _, titles, rows in listed]
    before, after = _globals(), _shared(list(index), uses) + _record(0x0A)
    names = [_text(name, 1) for name, _, _ in listed]
    at = len(before) + sum(4 + 6 + len(name) for name in names) + len(after)
    bounds = b""
    for name, body in zip(names, bodies, strict=True):
        bounds += _record(0x85, pack("<IH", at, 0) + name)
        at += len(body)
    return _compound(before + bounds + after + b"".join(bodies))


def _record(kind: int, content: bytes = b"") -> bytes:
    return pack("<HH", kind, len(content)) + content


def _text(text: str, counted_in: int) -> bytes:
    """Return a text with its length before it, in one byte or two."""
    units = text.encode("utf-16-le")
    return pack("<B" if counted_in == 1 else "<H", len(units) // 2) + b"\x01" + units


def _globals() -> bytes:
    """Return what the sheets share: fonts, formats, looks."""

    def font(weight: int) -> bytes:
        return _record(0x31, pack("<HHHHHBBBB", 220, 0, 0x7FFF, weight, 0, 0, 0, 0x86, 0) + _text("宋体", 1))

    def look(font: int = 0, form: int = 0, kind: int = 0x0001, across: int = 0, edge: int = 0) -> bytes:
        colours = (0x40 << 16 | 0x40 << 23, 0x40 | 0x40 << 7) if edge else (0, 0)
        lines = edge * 0x1111 | colours[0]
        return _record(0xE0, pack("<HHHBBBBIIH", font, form, kind, across | 0x20, 0, 0, 0xF8, lines, colours[1], 0x20C0))

    # Readers count fonts as if there were a fifth one between; ours are the first and the second.
    fonts = font(400) + font(700) + font(400) * 2
    looks = look(kind=0xFFF5) * 15 + look() + look(font=1, across=2) + look(font=1, edge=1) + look(form=_DATE_FORMAT)
    return (
        _record(0x0809, pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6))
        + _record(0x42, pack("<H", 1200))
        + _record(0x3D, pack("<9H", 0, 0, 0x4000, 0x2000, 0x38, 0, 0, 1, 600))
        + fonts
        + _record(0x041E, pack("<H", _DATE_FORMAT) + _text("yyyy-mm-dd", 2))
        + looks
        + _record(0x0293, pack("<HBB", 0x8000, 0, 0xFF))
    )


def _shared(texts: Sequence[str], uses: int) -> bytes:
    """Return the texts that cells refer to; each lies in one record whole."""
    made, kind, content = b"", 0xFC, pack("<II", uses, len(texts))
    for text in texts:
        piece = _text(text, 2)
        if len(content) + len(piece) > _LARGEST_RECORD:
            made, kind, content = made + _record(kind, content), 0x3C, b""
        if len(piece) > _LARGEST_RECORD:
            raise ValueError(f"a text of {len(text)} characters")
        content += piece
    return made + _record(kind, content)


def _sheet(titles: int, rows: Sequence[Sequence[Value]], index: dict[str, int]) -> bytes:
    if len(rows) > _MOST_ROWS:
        raise ValueError(f"{len(rows)} rows")
    width = max(map(len, rows), default=0)
    made = [_record(0x0809, pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))]
    made.append(_record(0x0200, pack("<IIHHH", 0, len(rows), 0, width, 0)))
    for r, row in enumerate(rows):
        look = _TITLE if r < titles else _HEADER if r == titles else _PLAIN
        for c, value in enumerate(row):
            if isinstance(value, str):
                made.append(_record(0xFD, pack("<HHHI", r, c, look, index[value])))
            elif isinstance(value, dt.date):
                made.append(_record(0x0203, pack("<HHHd", r, c, _DATE, (value - _EPOCH).days)))
            elif value is not None:
                made.append(_record(0x0203, pack("<HHHd", r, c, look, value)))
    made.append(_record(0x023E, pack("<HHHHHHI", 0x06B6, 0, 0, 0x40, 0, 0, 0)))
    if titles and width > 1:
        merged = b"".join(pack("<HHHH", r, r, 0, width - 1) for r in range(titles))
        made.append(_record(0xE5, pack("<H", titles) + merged))
    return b"".join(made) + _record(0x0A)


def _compound(stream: bytes) -> bytes:
    """Return a compound file that holds one stream, the workbook."""
    stream = stream.ljust(_SMALL_STREAM, b"\0")
    content = stream.ljust(-(-len(stream) // _SECTOR) * _SECTOR, b"\0")
    taken = len(content) // _SECTOR
    tables = 1
    while tables * (_SECTOR // 4) < taken + 1 + tables:
        tables += 1
    if tables > _MOST_TABLES:
        raise ValueError(f"{len(stream)} bytes")
    # First the table of sectors, then the directory, then the stream.
    chain = [*range(tables + 2, tables + 1 + taken), _END]
    table = [*[_FAT] * tables, _END, *chain]
    table += [_FREE] * (tables * (_SECTOR // 4) - len(table))
    listed = [*range(tables), *[_FREE] * (_MOST_TABLES - tables)]
    header = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16) + pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += pack("<IIIIIIIII", 0, tables, tables, 0, _SMALL_STREAM, _END, 0, _END, 0) + pack(f"<{_MOST_TABLES}I", *listed)
    entries = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, tables + 1, len(stream))
    entries += _entry("", 0, _FREE, 0, 0) * 2
    return header + pack(f"<{len(table)}I", *table) + entries + content


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    units = f"{name}\0".encode("utf-16-le") if name else b""
    return (
        units.ljust(64, b"\0") + pack("<HBBIII", len(units), kind, 1, _FREE, _FREE, child) + bytes(36) + pack("<IQ", start, size)
    )
