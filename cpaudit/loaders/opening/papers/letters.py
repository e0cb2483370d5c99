"""What a Word document says of the look of its letters: by themselves, by their style, by the document as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.loaders.opening.books.runs import LOWEST, Run

if TYPE_CHECKING:
    from lxml import etree

#: How properties are turned off.
FALSE = frozenset(("0", "false", "off"))
#: What letters and their outlines are filled with; how it is named clear, light, or changed from what it is named.
_FILLS = frozenset(("textFill", "textOutline"))
_CLEAR, _LIGHT = 90_000, ("bg1", "lt1", "background1", "light1")
_CHANGED = frozenset(("lumMod", "lumOff", "shade", "tint", "alpha"))
#: A point, in which heights are given.
TWIPS = 20
#: Letters narrower (percent of their width) nobody reads.
_NARROW = 10


def name_of(element: etree._Element) -> str:
    """Return an element's name without its namespace (there are two: transitional and strict)."""
    return str(element.tag).rpartition("}")[2]


def attribute(element: etree._Element, name: str) -> str | None:
    """Return an attribute, whatever its namespace."""
    return next((str(value) for key, value in element.attrib.items() if str(key).rpartition("}")[2] == name), None)


def child(element: etree._Element, name: str) -> etree._Element | None:
    """Return the first child of a name."""
    return next((one for one in element if name_of(one) == name), None)


def value_of(element: etree._Element, properties: str, name: str) -> str | None:
    """Return the value of a property, '' where it is given without one, None where it isn't given."""
    holder = child(element, properties)
    found = None if holder is None else child(holder, name)
    return None if found is None else attribute(found, "val") or ""


class Looks:
    """What the document's styles say of the look of text."""

    #: A run that ends a line.
    line = Run("\n")

    def __init__(self, styles: etree._Element | None) -> None:
        self._styles = {attribute(s, "styleId"): s for s in styles if name_of(s) == "style"} if styles is not None else {}
        self._known: dict[str, dict[str, str]] = {}
        #: What all text has that says nothing else, and the style of paragraphs that name none.
        self._all = {} if styles is None else _own(next(styles.iterfind("{*}docDefaults/{*}rPrDefault/{*}rPr"), None))
        said = (name for name, one in self._styles.items() if attribute(one, "type") == "paragraph" and _is_default(one))
        self._usual = next(said, None)

    def of(self, properties: etree._Element | None, style: str | None) -> dict[str, str]:
        """Return the properties of a run by name, on top of those of its style."""
        own = _own(properties)
        return {**self._all, **self._of_style(style or self._usual), **self._of_style(own.get("rStyle")), **own}

    def shades(self, style: str | None) -> bool:
        """Whether a style of tables gives cells a ground."""
        found = self._styles.get(style)
        return style is not None and found is not None and next(found.iter("{*}shd"), None) is not None

    def _of_style(self, style: str | None, depth: int = 0) -> dict[str, str]:
        found = self._styles.get(style)
        if style is None or found is None or depth > 20:
            return {}
        if style not in self._known:
            own = _own(child(found, "rPr"))
            based = child(found, "basedOn")
            below = self._of_style(attribute(based, "val"), depth + 1) if based is not None else {}
            self._known[style] = {**below, **own}
        return self._known[style]


def _own(properties: etree._Element | None) -> dict[str, str]:
    """Return the properties of a run by name; of what its letters are filled with (Word 2010 and later) the colour."""
    if properties is None:
        return {}
    own = {name_of(p): attribute(p, "val") or "" for p in properties}
    if own.get("color") in ("", "auto"):
        own["color"] = _of_theme(child(properties, "color"))
    for name in _FILLS & own.keys():
        filling = child(properties, name)
        own[name] = "" if filling is None else _filling(filling)
    return own


def _of_theme(colour: etree._Element | None) -> str:
    """Return the digits of a colour that is named by its place in the theme alone, as far as that is the ground's."""
    named = {str(key).rpartition("}")[2]: str(said) for key, said in ({} if colour is None else colour.attrib).items()}
    changed = any(named.get(way, "FF").upper() != "FF" for way in ("themeTint", "themeShade"))
    return "FFFFFF" if named.get("themeColor") in _LIGHT and not changed else named.get("val", "")


def _filling(element: etree._Element) -> str:
    """Return what letters (or their outlines) are filled with: "none", six digits, or '' of what nobody knows."""
    inside = {name_of(one): one for one in element.iter()}
    clear = "" if (alpha := inside.get("alpha")) is None else (attribute(alpha, "val") or "")  # how much shines through
    if "noFill" in inside or (clear.isdecimal() and int(clear) >= _CLEAR):
        return "none"
    if "gradFill" in inside:
        return ""
    if "srgbClr" in inside and not inside.keys() & _CHANGED:
        return attribute(inside["srgbClr"], "val") or ""
    theme = attribute(inside["schemeClr"], "val") if "schemeClr" in inside and not inside.keys() & _CHANGED else None
    return "FFFFFF" if theme in _LIGHT else ""


def is_low(properties: etree._Element | None) -> bool:
    """Whether the lines of a paragraph are held so low that nothing of them is seen."""
    spacing = None if properties is None else child(properties, "spacing")
    line = "" if spacing is None or attribute(spacing, "lineRule") != "exact" else attribute(spacing, "line") or ""
    return line.isdecimal() and int(line) < LOWEST * TWIPS


def _is_default(style: etree._Element) -> bool:
    return attribute(style, "default") not in (None, *FALSE)


def is_tiny(look: dict[str, str]) -> bool:
    """Whether a run's letters are too low, or too narrow, to be read: sizes are in half points, widths in percents."""
    size, width = look.get("sz", ""), look.get("w", "").rstrip("%")
    low = size.replace(".", "", 1).isdecimal() and float(size) < 2 * LOWEST
    return low or (width.isdecimal() and 0 < int(width) < _NARROW)
