"""Cells of an .xlsx that say nothing beside their value, cut out of a sheet's XML by one expression, quicker than a parser goes.

What is left is the same document without them: the parser still sees every row, and each cell that is an error, a formula, a
percent, struck out, in runs of several looks, or written in any other way than programs write plain values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from cpaudit.loaders.opening.grids import MOST_CELLS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_CHUNK = 1 << 20
#: Nothing that XML forbids, no markup but the named signs and numbers that are surely letters: the parser need not see it.
_PLAIN = rb"[^<&\x00-\x08\x0b\x0c\x0e-\x1f]*"
_TEXT = _PLAIN + rb"(?:&(?:amp|lt|gt|quot|#(?:[1-9]\d{3}|[1-4]\d{4}|65[0-4]\d\d));" + _PLAIN + rb")*"
_FORBIDDEN = (b"]]>", b"\xef\xbf\xbe", b"\xef\xbf\xbf")  # the latter are U+FFFE and U+FFFF
#: More styles (or strings) than this that aren't plain would make the expression slow; then every cell with one is left in.
_MOST = 100


@dataclass(slots=True)
class PlainCells:
    """Where the cells stood that were cut out: the last row, counted from 1, and the columns by their letters."""

    rows: int = 0
    columns: set[str] = field(default_factory=set)
    #: The addresses of all cells with content, also of those that weren't cut out, and one that stands there twice, if any.
    addresses: set[bytes] = field(default_factory=set)
    twice: str = ""

    def note(self, addresses: list[bytes]) -> None:
        """Note where cells stand; beyond what a sheet may hold, nothing more."""
        if len(self.addresses) > MOST_CELLS:
            return
        fresh = set(addresses)
        if not self.twice and (len(fresh) < len(addresses) or not self.addresses.isdisjoint(fresh)):
            seen = set(self.addresses)
            for address in addresses:
                if address in seen:
                    self.twice = address.decode()
                    break
                seen.add(address)
        self.addresses |= fresh


def cut(part: IO[bytes], styles: frozenset[str], found: PlainCells, strings: Collection[int] = ()) -> Iterator[bytes]:
    """Yield a sheet's XML without its plain cells, which are noted in ``found``; ``styles`` and ``strings`` aren't plain.

    A comment or the like, in which a cell would be mere text, ends the cutting.
    """
    plain, held, cutting = _pattern(styles, strings), b"", True
    while chunk := part.read(_CHUNK):
        held += chunk
        at = held.rfind(b"<")  # no tag is cut in two
        piece, held = (held[:at], held[at:]) if at > 0 else (held, b"")
        cutting = cutting and b"<!" not in piece and b"<?" not in piece[1:]
        yield _without(plain, piece, found) if cutting and _sound(piece) else piece
    yield held


def _without(plain: re.Pattern[bytes], piece: bytes, found: PlainCells) -> bytes:
    parts = plain.split(piece)  # what is left, address, letters, digits, what is left, …
    found.note(parts[1::4])
    found.columns.update(letters.decode() for letters in set(parts[2::4]))
    found.rows = max(found.rows, max(map(int, set(parts[3::4])), default=0))
    return b"".join(parts[::4])


def _sound(piece: bytes) -> bool:
    """Whether a piece is text that XML allows, as far as the expression doesn't see to that itself."""
    try:
        piece.decode()
    except UnicodeDecodeError:
        return False
    return not any(sign in piece for sign in _FORBIDDEN)


def _pattern(styles: frozenset[str], strings: Collection[int]) -> re.Pattern[bytes]:
    """Return what matches a plain cell between two tags, the next cell saying its own address: nothing hangs on the one cut."""
    style = b""
    if len(styles) <= _MOST:
        but = b"|".join(re.escape(style.encode()) for style in sorted(styles))
        style = rb'(?: s="' + (rb"(?!(?:" + but + rb')")' if but else b"") + rb'\d+")?'
    shared = rb"s|"
    if strings:
        but = b"|".join(rb"%d" % string for string in sorted(strings)) if len(strings) <= _MOST else rb"\d+"
        shared = rb's(?!"><v>(?:' + but + rb")<)|"
    value = rb"<v>" + _TEXT + rb'</v>|<is><t(?: xml:space="preserve")?>' + _TEXT + rb"</t></is>"
    kind = rb'(?: t="(?:' + shared + rb'n|b|str|inlineStr)")?'
    cell = rb'<c(?<=><c) r="(([A-Z]{1,3})(\d{1,7}))"' + style + kind + rb">(?:" + value + rb")</c>"
    return re.compile(cell + rb'(?=<c r="|</row>)')
