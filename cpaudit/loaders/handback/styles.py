"""A workbook's styles: the look of a cell with another fill, and the few looks of our own sheet."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from cpaudit.loaders.handback.package import MAIN, Unfit, insert, parse, tag

if TYPE_CHECKING:
    from cpaudit.loaders.handback.package import Package

#: Fill by severity: red, yellow, blue, each a shade beside the usual one, so that nobody else's fill is taken for ours.
COLOURS = {"error": "FFFFC7C7", "warning": "FFFFEB9B", "note": "FFDDEBF8"}
_ORDER = (
    "numFmts",
    "fonts",
    "fills",
    "borders",
    "cellStyleXfs",
    "cellXfs",
    "cellStyles",
    "dxfs",
    "tableStyles",
    "colors",
    "extLst",
)
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
#: The least that a workbook without styles needs; the two fills are fixed by the format.
_LEAST = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>'
).encode()


class Styles:
    """The style sheet of a package, edited by adding what isn't there yet."""

    def __init__(self, package: Package, book: str) -> None:
        part = package.related(book, kind="styles")
        if part is None or part not in package:
            part = part or "xl/styles.xml"
            package.put(part, _LEAST, _TYPE)
            if package.related(book, kind="styles") is None:
                package.relate(book, "styles", part)
        self._root = package.edit(part)
        least = parse(_LEAST)
        for name in ("fonts", "fills", "borders", "cellXfs"):
            if self._root.find(tag(name)) is None:
                insert(self._root, copy.deepcopy(least.find(tag(name))), _ORDER)
        self._known: dict[str, dict[tuple[Any, ...], int]] = {}
        self._filled: dict[tuple[int, str], int] = {}
        self._marks = {colour: self._add("fills", _solid(argb)) for colour, argb in COLOURS.items()}

    def marked(self, style: int, severity: str) -> int:
        """Return the style that looks like ``style`` but for the fill of a severity."""
        return self._refilled(style, str(self._marks[severity]))

    def fill(self, style: int) -> str:
        """Return the fill of a style as text that :meth:`restored` takes; '' where it has none or one of our marks."""
        fill = self._fill(style)
        return "" if fill is None or _is_mark(fill) else _text(fill)

    def restored(self, style: int, fill: str) -> int:
        """Return the style that looks like a marked one did before; a fill that is none of our marks stays as it is."""
        present = self._fill(style)
        if present is None or not _is_mark(present):
            return style
        try:
            former = parse(fill.encode()) if fill else None
        except Unfit:  # someone wrote into the hidden column
            former = None
        known = former is not None and former.tag == tag("fill")
        return self._refilled(style, str(self._add("fills", former)) if known else "0")

    def make(
        self,
        *,
        bold: bool = False,
        size: int = 11,
        colour: str = "",
        underline: bool = False,
        fill: str = "",
        border: bool = False,
        wrap: bool = True,
    ) -> int:
        """Return a style for text at the top of its cell, which is never read as a formula."""
        from lxml import etree

        base = self._root.find(tag("fonts"))[0].find(tag("name"))
        font = etree.Element(tag("font"))
        if bold:
            etree.SubElement(font, tag("b"))
        if underline:
            etree.SubElement(font, tag("u"))
        etree.SubElement(font, tag("sz"), val=str(size))
        if colour:
            etree.SubElement(font, tag("color"), rgb=colour)
        etree.SubElement(font, tag("name"), val=base.get("val") if base is not None else "宋体")
        sides = etree.Element(tag("border"))
        for side in ("left", "right", "top", "bottom"):
            edge = etree.SubElement(sides, tag(side), style="thin")
            etree.SubElement(edge, tag("color"), rgb="FFBFBFBF")
        etree.SubElement(sides, tag("diagonal"))
        ids = {
            "numFmtId": "49",  # text
            "fontId": str(self._add("fonts", font)),
            "fillId": str(self._add("fills", _solid(fill)) if fill else 0),
            "borderId": str(self._add("borders", sides) if border else 0),
        }
        applied = dict.fromkeys(("applyNumberFormat", "applyFont", "applyFill", "applyBorder", "applyAlignment"), "1")
        xf = etree.Element(tag("xf"), {**ids, "xfId": "0", "quotePrefix": "1", **applied})
        etree.SubElement(xf, tag("alignment"), vertical="top", wrapText=str(int(wrap)))
        return self._add("cellXfs", xf)

    def _refilled(self, style: int, fill: str) -> int:
        if (style, fill) not in self._filled:
            xf = copy.deepcopy(self._xf(style))
            xf.set("fillId", fill)
            xf.attrib.pop("applyFill", None)
            if fill != "0":
                xf.set("applyFill", "1")
            self._filled[style, fill] = self._add("cellXfs", xf)
        return self._filled[style, fill]

    def _fill(self, style: int) -> Any:
        at, fills = int(self._xf(style).get("fillId", "0")), self._root.find(tag("fills"))
        return fills[at] if 0 < at < len(fills) else None

    def _xf(self, style: int) -> Any:
        known = self._root.find(tag("cellXfs"))
        return known[style] if style < len(known) else known[0]

    def _add(self, container: str, element: Any) -> int:
        """Return the place of an equal element, which is added where there is none."""
        home = self._root.find(tag(container))
        known = self._known.setdefault(container, {})
        if not known:
            for at, present in enumerate(home):
                known.setdefault(_likeness(present), at)
        like = _likeness(element)
        if like not in known:
            known[like] = len(home)
            home.append(element)
            home.set("count", str(len(home)))
        return known[like]


def _text(element: Any) -> str:
    """Return an element as XML of its own."""
    from lxml import etree

    bare = copy.deepcopy(element)
    bare.tail = None
    etree.cleanup_namespaces(bare)
    return str(etree.tostring(bare, encoding="unicode"))


def _likeness(element: Any) -> tuple[Any, ...]:
    """Return what two elements share that say the same, whatever their prefixes."""
    return (element.tag, *sorted(element.attrib.items()), (element.text or "").strip(), *map(_likeness, element))


def _is_mark(fill: Any) -> bool:
    colour = fill.find(f"{tag('patternFill')}/{tag('fgColor')}")
    return colour is not None and colour.get("rgb") in COLOURS.values()


def _solid(argb: str) -> Any:
    pattern = f'<patternFill patternType="solid"><fgColor rgb="{argb}"/><bgColor indexed="64"/></patternFill>'
    return parse(f'<fill xmlns="{MAIN}">{pattern}</fill>'.encode())
