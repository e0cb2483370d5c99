"""Rich text in an .xlsx: the runs of its shared and inline strings, where one is struck, raised, lowered or not to be seen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cpaudit.loaders.opening.books import colours
from cpaudit.loaders.opening.books.runs import STRUCK, TINY, UNSEEN, Run
from cpaudit.loaders.opening.books.streams import is_tiny

if TYPE_CHECKING:
    import zipfile
    from xml.parsers import expat

    from cpaudit.loaders.opening.books.colours import Colour
    from cpaudit.loaders.opening.books.looks import Styles

    Text = tuple[Run, ...]

_STRINGS, _CHUNK = "xl/sharedStrings.xml", 1 << 20
#: Without one of these words in it, a part holds no run that matters.
_LOOKS = re.compile(rb"strike|vertAlign|color |sz\s+val=[\"'][0-2](?:\.\d*)?[\"']")
_FALSE = frozenset(("0", "false", "none"))
_LEVELS = {"superscript": 1, "subscript": -1}


class Collector:
    """Collects the runs of one string from the parser's events; phonetic readings aren't part of it."""

    def __init__(self, styles: Styles) -> None:
        self._grounds = {colours.WHITE, *styles.grounds.values()}
        self._named = styles.colour
        self._runs: list[Run] = []
        self._gone: str | None = None
        self._colour: Colour | None = None
        self._level, self._reading = 0, False
        self.parts: list[str] = []
        self.open = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take in the start of an element inside the string."""
        if name == "r":
            self._gone, self._level, self._colour = None, 0, None
        elif name == "rPr":
            self._gone = ""  # a run's own look is whole
        elif name == "strike" and attributes.get("val", "1") not in _FALSE:
            self._gone = STRUCK
        elif name == "sz" and is_tiny(attributes.get("val")):
            self._gone = self._gone or TINY
        elif name == "vertAlign":
            self._level = _LEVELS.get(attributes.get("val", ""), 0)
        elif name == "color":
            colour = self._named(attributes)
            # Of all others nobody asks.
            self._colour = colour if any(colours.alike(colour, ground) for ground in self._grounds) else None
        elif name == "rPh":
            self._reading = True
        elif name == "t":
            self.parts.clear()
            self.open = not self._reading

    def end(self, name: str) -> None:
        """Take in the end of an element inside the string."""
        if name == "t" and self.open:
            self._runs.append(Run("".join(self.parts), self._gone, self._level, self._colour))
            self.open = False
        elif name == "rPh":
            self._reading = False

    def take(self) -> Text:
        """Return the runs, and begin anew."""
        runs = tuple(self._runs)
        self._runs.clear()
        self._gone, self._level, self._colour = None, 0, None
        return runs


def matters(text: Text) -> bool:
    """Whether a run is struck, raised or lowered, or has the colour of a ground."""
    return any(run.gone or run.level or run.colour for run in text)


def on(text: Text, ground: Colour | None) -> Text:
    """Return a text as it is seen where it stands."""
    return tuple(run._replace(gone=UNSEEN) if not run.gone and colours.alike(run.colour, ground) else run for run in text)


def shared(archive: zipfile.ZipFile, parser: expat.XMLParserType, styles: Styles, *, all_of_them: bool) -> dict[int, Text]:
    """Return the shared strings with a run that matters (``all_of_them``: all in runs), by their number."""
    if _STRINGS not in archive.namelist() or not (all_of_them or _looks(archive)):
        return {}
    found: dict[int, Text] = {}
    collector, at, several = Collector(styles), -1, False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal at, several
        name = name.rpartition(":")[2]
        if name == "si":
            at, several = at + 1, False
        several = several or name == "r"
        collector.start(name, attributes)
        if collector.open:
            parser.CharacterDataHandler = collector.parts.append

    def end(name: str) -> None:
        name = name.rpartition(":")[2]
        collector.end(name)
        parser.CharacterDataHandler = None
        if name == "si" and (text := collector.take()) and several and (all_of_them or matters(text)):
            found[at] = text

    parser.StartElementHandler, parser.EndElementHandler = start, end
    with archive.open(_STRINGS) as file:
        parser.ParseFile(file)
    return found


def _looks(archive: zipfile.ZipFile) -> bool:
    """Whether a look that matters is named in the shared strings at all: most workbooks are done with here."""
    with archive.open(_STRINGS) as file:
        held = file.read(2)
        if held in (b"\xff\xfe", b"\xfe\xff") or b"\0" in held:  # UTF-16, which is rare
            return True
        while chunk := file.read(_CHUNK):
            if _LOOKS.search(held + chunk):
                return True
            held = chunk[-24:]
    return False
