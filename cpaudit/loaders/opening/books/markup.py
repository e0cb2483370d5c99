"""What python-calamine doesn't tell of an .xlsx: error cells, formulas without a result, formats, what is hidden or struck.

Each sheet's XML is streamed once, its plain cells passed by.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from cpaudit.loaders.opening.books import rich
from cpaudit.loaders.opening.books.conditional import Rule, Rules, corners
from cpaudit.loaders.opening.books.plain_cells import PlainCells, cut
from cpaudit.loaders.opening.books.runs import CROSSED, LOWEST, MUTE, NARROWEST, TINY, UNSEEN
from cpaudit.loaders.opening.books.streams import elements, new_parser
from cpaudit.loaders.opening.grids import letters

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterable
    from xml.parsers import expat

    from cpaudit.loaders.opening.books.looks import Styles
    from cpaudit.loaders.opening.books.rich import Text

_NAMES = frozenset(("row", "c", "v", "is", "f", "t", "col", "sheetData", "sheetFormatPr"))
_DIGITS, _TRUE, _MOST_COLUMNS = "0123456789", ("1", "true"), 16_384


def parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return each sheet's name and the part of the archive that holds it: "" where none does, or another has its name."""
    targets: dict[str, str] = {}
    found: dict[str, str] = {}

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            targets[attributes["Id"]] = posixpath.normpath(posixpath.join("/xl", attributes["Target"])).lstrip("/")

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            key = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            called, again = attributes["name"], attributes["name"] in found
            found[f"{called}（第 {len(found) + 1} 张）" if again else called] = "" if again else targets.get(key, "")

    elements(archive, "xl/_rels/workbook.xml.rels", relation)
    elements(archive, "xl/workbook.xml", sheet)
    return found


def rich_texts(archive: zipfile.ZipFile, styles: Styles) -> dict[int, Text]:
    """Return the shared strings of which not every run is read alike."""
    return rich.shared(archive, new_parser(None), styles, all_of_them=bool(styles.struck or styles.unseen or styles.tiny))


@dataclass(slots=True)
class Marks:
    """What one sheet's XML says beside its values; rows and columns count from 0, cells are (row, column)."""

    #: The rows and columns up to the last cell with content.
    rows: int = 0
    columns: int = 0
    #: What the cell shows, or "=" where a formula was saved without its result.
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    #: The number formats that show more than the number.
    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    struck: set[tuple[int, int]] = field(default_factory=set)
    #: Cells that show nothing of what they hold, and why.
    unseen: dict[tuple[int, int], str] = field(default_factory=dict)
    #: Cells whose text has runs that aren't all read alike.
    texts: dict[tuple[int, int], Text] = field(default_factory=dict)
    #: What the comments at its cells say, where they are part of the sheet.
    comments: dict[tuple[int, int], str] = field(default_factory=dict)
    #: The rules of its conditional formats.
    conditional: list[Rule] = field(default_factory=list)
    #: Cells on another ground than white, where a conditional format may hide what stands there.
    grounded: set[tuple[int, int]] = field(default_factory=set)
    #: How many times the sheet holds data: more than once is damage.
    bodies: int = 0
    #: A cell that stands there twice, "" where none does.
    twice: str = ""
    #: Whether text stands in a CDATA section, which python-calamine passes by.
    cdata: bool = False


def marks(part: IO[bytes], looks: Styles, texts: dict[int, Text]) -> Marks:  # noqa: PLR0915 - one pass in one closure
    """Return what a sheet's XML says beside its values. One pass in one closure: it runs for every element left.

    ``texts``: the shared strings of :func:`rich_texts`.

    Raises:
        streams.Forbidden: it declares a document type.
        expat.ExpatError: it isn't XML.
    """
    found, plain, rows, columns, said = Marks(), PlainCells(), {""}, {""}, list[str]()
    row, cell, held, kind, style, watched, main = 0, "", "", None, None, False, ""
    rules, sizes = Rules(looks), _Sizes(found)
    odd = looks.struck | looks.crossed | looks.unseen | looks.tiny | looks.mute | looks.formats.keys()
    odd |= looks.grounds.keys() if looks.hiding else frozenset()

    def start(name: str, attributes: dict[str, str]) -> None:  # noqa: PLR0912 - quicker than a table of functions
        nonlocal row, cell, held, kind, style, watched, main
        if name not in _NAMES:
            prefix, _, name = name.rpartition(":")
            if name == "worksheet":
                main = prefix
            if rules.start(name, attributes, own=prefix == main):
                parser.CharacterDataHandler = rules.text
                return
            if prefix != main or name not in _NAMES:
                return
        if name == "c":
            if watched:
                end_watch()
            try:
                cell = attributes["r"].upper()
            except KeyError:
                cell = f"{letters(place_of(cell)[1] + 1)}{row}"  # beside the last one
            kind, style, held = attributes.get("t"), attributes.get("s"), ""
        elif name in ("v", "is", "f"):
            column = cell.rstrip(_DIGITS)
            columns.add(column)
            rows.add(cell[len(column) :])
            if cell != held:  # an element of a cell that holds something: its first
                plain.note([cell.encode()])
                held = cell
            if style in odd:
                _styled(found, looks, place_of(cell), style, kind)
            if name == "is":
                _follow_inline(parser, found.texts, place_of(cell), looks, style)
            elif watched or kind == "e" or (name == "f" and kind != "str") or (texts and kind == "s"):
                watched = True
                said.clear()
                # a formula's own text says nothing, its value does
                parser.CharacterDataHandler = said.append if name == "v" else None
        elif name == "row":
            if watched:
                end_watch()
            row, cell = int(attributes.get("r") or row + 1), ""
            sizes.row(row - 1, attributes)
        elif name == "col":
            sizes.column(attributes)
        elif name == "sheetFormatPr":
            sizes.default(attributes)
        elif name == "sheetData":
            found.bodies += 1

    def end_watch() -> None:
        nonlocal watched
        shown = "".join(said).strip()
        if kind == "s" and shown:
            if shown.isdecimal() and int(shown) in texts:
                found.texts[place_of(cell)] = rich.on(texts[int(shown)], looks.ground(style))
        elif kind == "e" or not shown:
            found.errors[place_of(cell)] = (shown or "#N/A") if kind == "e" else "="
        watched, parser.CharacterDataHandler = False, None
        said.clear()

    parser = new_parser(start)
    parser.StartCdataSectionHandler = lambda: setattr(found, "cdata", True)
    for piece in cut(part, odd, plain, texts.keys()):
        parser.Parse(piece)
    parser.Parse(b"", True)
    if watched:
        end_watch()
    found.rows = max(plain.rows, *(int(number or 0) for number in rows))
    found.columns = max(map(column_number, columns | plain.columns)) + 1
    found.twice = plain.twice
    found.conditional = rules.close()
    sizes.unsaid()
    return found


def ground(marks: Marks, areas: Iterable[str]) -> None:
    """Take nothing in these areas for unseen: another ground than its style's may be behind it."""
    for area in areas:
        top, left, bottom, right = corners(area)
        for at in [at for at in (*marks.unseen, *marks.texts) if top <= at[0] <= bottom and left <= at[1] <= right]:
            if marks.unseen.get(at) == UNSEEN:
                del marks.unseen[at]
            if at in marks.texts:
                marks.texts[at] = tuple(run._replace(gone="") if run.gone == UNSEEN else run for run in marks.texts[at])


class _Sizes:
    """Which rows and columns of a sheet are hidden: by name, without a height or width, or as all that don't say theirs."""

    def __init__(self, found: Marks) -> None:
        self._found, self._rows, self._columns = found, False, False
        self._said = set[int]()

    def default(self, attributes: dict[str, str]) -> None:
        """Take what holds of all that don't say theirs."""
        self._rows = attributes.get("zeroHeight") in _TRUE or _nothing(attributes.get("defaultRowHeight"))
        self._columns = _nothing(attributes.get("defaultColWidth"), NARROWEST)

    def row(self, at: int, attributes: dict[str, str]) -> None:
        """Take a row."""
        height, hidden = attributes.get("ht"), attributes.get("hidden")
        if hidden in _TRUE or _nothing(height) or (self._rows and height is None and hidden is None):
            self._found.hidden_rows.add(at)

    def column(self, attributes: dict[str, str]) -> None:
        """Take a run of columns."""
        those = range(int(attributes["min"]) - 1, min(int(attributes["max"]), _MOST_COLUMNS))
        if self._columns:
            self._said.update(those)
        width = attributes.get("width")
        if attributes.get("hidden") in _TRUE or _nothing(width, NARROWEST) or (self._columns and width is None):
            self._found.hidden_columns.update(those)

    def unsaid(self) -> None:
        """Take the columns that said nothing."""
        if self._columns:
            self._found.hidden_columns.update(set(range(self._found.columns)) - self._said)


def _nothing(size: str | None, least: float = LOWEST) -> bool:
    """Whether a row's height (points) or a column's width (digits) is next to none: it is hidden by another name."""
    try:
        return size is not None and float(size) < least
    except ValueError:
        return False


def _styled(found: Marks, looks: Styles, place: tuple[int, int], style: str | None, kind: str | None) -> None:
    if kind in (None, "n") and (form := looks.formats.get(style or "")):
        found.formats[place] = form
    if style in looks.struck:
        found.struck.add(place)
    if looks.hiding and style in looks.grounds:
        found.grounded.add(place)
    if style in looks.crossed:
        found.unseen[place] = CROSSED
    elif style in looks.tiny:
        found.unseen[place] = TINY
    elif style in looks.unseen:
        found.unseen[place] = UNSEEN
    elif style in looks.mute and kind in ("s", "str", "inlineStr"):
        found.unseen[place] = MUTE


def _follow_inline(
    parser: expat.XMLParserType, texts: dict[tuple[int, int], Text], place: tuple[int, int], looks: Styles, style: str | None
) -> None:
    """Note the runs of a cell's own text where they aren't all read alike; then go on as before."""
    before, inline = parser.StartElementHandler, rich.Collector(looks)

    def start(name: str, attributes: dict[str, str]) -> None:
        inline.start(name.rpartition(":")[2], attributes)
        if inline.open:
            parser.CharacterDataHandler = inline.parts.append

    def end(name: str) -> None:
        name = name.rpartition(":")[2]
        inline.end(name)
        parser.CharacterDataHandler = None
        if name == "is":
            parser.StartElementHandler, parser.EndElementHandler = before, None
            if len(text := inline.take()) > 1 or rich.matters(text):
                texts[place] = rich.on(text, looks.ground(style))

    parser.StartElementHandler, parser.EndElementHandler = start, end


def place_of(cell: str) -> tuple[int, int]:
    """Return the row and column of an address, from 0; of none -1."""
    column = cell.rstrip(_DIGITS)
    return int(cell[len(column) :] or 0) - 1, column_number(column)


def column_number(letters: str) -> int:
    """Return the column of its letters, from 0.

    >>> column_number("AA")
    26
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
