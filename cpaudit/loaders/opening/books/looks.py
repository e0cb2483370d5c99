"""The looks that an .xlsx gives its cells: number formats that show more than the number, what strikes a cell out or hides it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.loaders.opening.books import colours, streams
from cpaudit.loaders.opening.books.number_formats import BUILT_IN, is_odd, seen, shows_no_text
from cpaudit.loaders.opening.books.runs import MUTE, STRUCK, UNSEEN

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cpaudit.loaders.opening.books.colours import Colour

_LISTS = frozenset(("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "indexedColors"))
#: The styles of tables whose rows are light; the headings may not be.
_LIGHT_ROWS = ("TableStyleLight", "TableStyleMedium")
_STYLES, _THEME, _TRUE = "xl/styles.xml", "xl/theme/theme1.xml", ("1", "true")


class Styles(NamedTuple):
    """The styles, as a cell's ``s`` names them: number formats that show more than the number, and what strikes a cell out."""

    formats: dict[str, str]
    struck: frozenset[str] = frozenset()
    #: In the colour of what they stand on.
    unseen: frozenset[str] = frozenset()
    #: With a line from corner to corner.
    crossed: frozenset[str] = frozenset()
    #: In letters too low to be read.
    tiny: frozenset[str] = frozenset()
    #: Formats that show no text, or another one.
    mute: frozenset[str] = frozenset()
    #: What the cells of a style stand on; white where it isn't named, None where nobody knows.
    grounds: dict[str, Colour | None] = {}  # noqa: RUF012 - never written to
    #: Conditional looks that give a ground, by their number; "" is a scale of colours.
    filled: frozenset[str] = frozenset()
    #: Those that strike a text out, or let nobody see it, and how.
    hiding: dict[str, str] = {}  # noqa: RUF012 - never written to
    #: What colour the attributes of an element name.
    colour: Callable[[Mapping[str, str]], Colour | None] = lambda _: None

    def ground(self, style: str | None) -> Colour | None:
        """Return what a cell of a style stands on."""
        return self.grounds.get(style or "0", colours.WHITE)


def styles(archive: zipfile.ZipFile) -> Styles:
    """Return the styles that change what a cell says."""
    if _STYLES not in archive.namelist():
        return Styles({})
    theme = archive.read(_THEME) if _THEME in archive.namelist() else b""
    return _styles(archive.read(_STYLES), theme)


@streams.kept
def _styles(content: bytes, theme: bytes) -> Styles:
    read = _Read(_theme(theme))
    streams.parse(content, read.start)
    return read.styles()


class _Read:
    """What the styles' part says, taken in element by element."""

    def __init__(self, theme: dict[str, Colour | None]) -> None:
        self._theme, self._list = theme, ""
        self._own: dict[int, Colour | None] = {}
        self._formats, self._used = dict(BUILT_IN), list[tuple[str, str, str, str]]()
        #: Whether a border goes from corner to corner.
        self._crossed = list[bool]()
        self._slanted = False
        self._struck, self._tiny, self._letters = list[bool](), list[bool](), list[dict[str, str]]()
        #: The attributes of a fill's colour: {} where there is no fill, None where it is a pattern or a gradient.
        self._fills = list[dict[str, str] | None]()
        #: The conditional looks: the attributes of what matters of each, by its name.
        self._conditional, self._within = list[dict[str, dict[str, str]]](), ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take in the start of an element."""
        if name in _LISTS:
            self._list = name
        elif name == "numFmt" and self._list == "numFmts":
            self._formats[attributes["numFmtId"]] = attributes.get("formatCode", "")
        elif name == "rgbColor":
            self._own[len(self._own)] = colours.of_hex(attributes.get("rgb", ""))
        elif self._list == "fonts":
            self._font(name, attributes)
        elif self._list == "dxfs":
            self._condition(name, attributes)
        elif self._list == "fills":
            self._fill(name, attributes)
        elif self._list == "borders":
            self._border(name, attributes)
        elif name == "xf" and self._list == "cellXfs":
            form, font, fill, border = (attributes.get(of, "") for of in ("numFmtId", "fontId", "fillId", "borderId"))
            self._used.append((form, font, fill, border))

    def _condition(self, name: str, attributes: dict[str, str]) -> None:
        if name == "dxf":
            self._conditional.append({})
        elif name in ("font", "fill", "border"):
            self._within = name
        if self._conditional and (name in ("fill", "strike", "numFmt") or (name == "color" and self._within == "font")):
            self._conditional[-1][name] = attributes

    def _hides(self, look: dict[str, dict[str, str]]) -> str:
        """Return how a conditional look sets a cell apart, '' where it doesn't."""
        if "strike" in look and look["strike"].get("val", "1") in _TRUE:
            return STRUCK
        if "fill" not in look and colours.alike(self._colour(look.get("color")), colours.WHITE):
            return UNSEEN
        return MUTE if "numFmt" in look and shows_no_text(look["numFmt"].get("formatCode", "")) else ""

    def _font(self, name: str, attributes: dict[str, str]) -> None:
        if name == "font":
            self._struck.append(False)
            self._tiny.append(False)
            self._letters.append({"auto": "1"})
        elif name == "strike" and self._struck:
            self._struck[-1] = attributes.get("val", "1") in _TRUE
        elif name == "sz" and self._tiny:
            self._tiny[-1] = streams.is_tiny(attributes.get("val"))
        elif name == "color" and self._letters:
            self._letters[-1] = attributes

    def _border(self, name: str, attributes: dict[str, str]) -> None:
        if name == "border":
            self._crossed.append(False)
            self._slanted = any(attributes.get(way) in _TRUE for way in ("diagonalUp", "diagonalDown"))
        elif name == "diagonal" and self._crossed:
            self._crossed[-1] = self._slanted and attributes.get("style", "none") != "none"

    def _fill(self, name: str, attributes: dict[str, str]) -> None:
        if name == "fill":
            self._fills.append({})
        elif self._fills and name == "patternFill" and attributes.get("patternType", "none") != "none":
            # solid in no colour is black
            self._fills[-1] = {"auto": "1"} if attributes["patternType"] == "solid" else None
        elif self._fills and name == "gradientFill":
            self._fills[-1] = None
        elif name == "fgColor" and self._fills and self._fills[-1]:
            self._fills[-1] = attributes

    def styles(self) -> Styles:
        """Return the styles that change what a cell says."""
        grounds = [self._ground(fill) for *_, fill, _ in self._used]
        forms = [
            seen(self._formats.get(form, ""), self._colour(_at(self._letters, font)), ground, self._own)
            for (form, font, *_), ground in zip(self._used, grounds, strict=True)
        ]
        return Styles(
            {str(n): form for n, form in enumerate(forms) if form and is_odd(form)},
            _those(bool(_at(self._struck, font)) for _, font, *_ in self._used),
            _those(form is None for form in forms),
            _those(bool(_at(self._crossed, border)) for *_, border in self._used),
            _those(bool(_at(self._tiny, font)) for _, font, *_ in self._used),
            _those(bool(form and shows_no_text(form)) for form in forms),
            {str(n): ground for n, ground in enumerate(grounds) if ground != colours.WHITE},
            _those("fill" in look for look in self._conditional) | {""},
            {str(n): how for n, look in enumerate(self._conditional) if (how := self._hides(look))},
            self._colour,
        )

    def _ground(self, index: str) -> Colour | None:
        fill = _at(self._fills, index) if index else {}
        return self._colour(fill) if fill else None if fill is None else colours.WHITE

    def _colour(self, attributes: Mapping[str, str] | None) -> Colour | None:
        return colours.named(attributes, self._theme, self._own) if attributes else None


def grounded(archive: zipfile.ZipFile, part: str) -> list[str]:
    """Return the areas of a sheet that stand on the ground of a table's style: its headings, or all of it where it is dark."""
    found = list[str]()

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "table":
            found.append(attributes.get("ref", ""))
        elif name == "tableStyleInfo" and attributes.get("name", "").startswith(_LIGHT_ROWS) and found:
            first, _, last = found[-1].partition(":")
            found[-1] = f"{first}:{last.rstrip('0123456789')}{first.lstrip('ABCDEFGHIJKLMNOPQRSTUVWXYZ')}"

    for table in streams.related(archive, part, "table"):
        streams.elements(archive, table, start)
    return found


def _at(listed: Sequence[Any], index: str) -> Any:
    """Return what an entry names by number, None where it names none."""
    return listed[int(index)] if index.isdecimal() and int(index) < len(listed) else None


def _those(held: Iterable[bool]) -> frozenset[str]:
    return frozenset(str(n) for n, holds in enumerate(held) if holds)


@streams.kept
def _theme(content: bytes) -> dict[str, Colour | None]:
    """Return the colours of the theme, as programs write it where a workbook has none: white ground, black letters."""
    found: dict[str, Colour | None] = {"lt1": colours.WHITE, "dk1": colours.BLACK}
    inside = ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if name in colours.THEME:
            inside = name
        elif name in ("srgbClr", "sysClr") and inside:
            found[inside], inside = colours.of_hex(attributes.get("lastClr", attributes.get("val", ""))), ""

    if content:
        streams.parse(content, start)
    return found
