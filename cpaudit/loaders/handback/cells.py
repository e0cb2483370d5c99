"""The cells of one sheet's XML: found or made at their place, and how large they are drawn."""

from __future__ import annotations

from functools import cache, reduce
from typing import Any

from cpaudit.loaders.handback.package import insert, tag
from cpaudit.loaders.opening.grids import address

#: The children of a worksheet in the order of the schema.
ORDER = (
    *("sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection"),
    *("protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells"),
    *("phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup"),
    *("headerFooter", "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing"),
    *("legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts"),
    "extLst",
)
#: Pixels of a column and a row where the sheet says nothing.
_WIDTH, _HEIGHT = 64, 20

Spot = tuple[int, int]


def spot(text: str) -> Spot:
    """Return row and column, counted from 0, of an address.

    >>> spot("C7")
    (6, 2)
    """
    letters = text.rstrip("0123456789")
    return int(text[len(letters) :]) - 1, _number(letters)


@cache
def _number(letters: str) -> int:
    return reduce(lambda number, letter: number * 26 + ord(letter) - 64, letters, 0) - 1


class Cells:
    """A sheet's cells by row and column, counted from 0."""

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        self._data = sheet.find(tag("sheetData"))
        if self._data is None:
            from lxml import etree

            self._data = etree.Element(tag("sheetData"))
            insert(sheet, self._data, ORDER)
        self._rows: dict[int, Any] = {}
        self._indexed: dict[int, dict[int, Any]] = {}
        at = -1
        for row in self._data.iter(tag("row")):
            at = int(row.get("r", at + 2)) - 1
            self._rows[at] = row
        self._widths = {
            at: (float(c.get("width", 0)), c.get("hidden") == "1", c.get("style"))
            for c in sheet.iterfind(f"{tag('cols')}/{tag('col')}")
            for at in range(int(c.get("min")) - 1, min(int(c.get("max")), 16_384))
        }
        said = sheet.find(tag("sheetFormatPr"))
        usual = {} if said is None else said.attrib
        self._width = int(float(usual["defaultColWidth"]) * 7) if "defaultColWidth" in usual else _WIDTH
        self._height = int(float(usual["defaultRowHeight"]) * 4 / 3) if "defaultRowHeight" in usual else _HEIGHT
        self._merged = [_area(m.get("ref")) for m in sheet.iterfind(f"{tag('mergeCells')}/{tag('mergeCell')}")]

    def shown(self, at: Spot) -> Spot:
        """Return the cell that shows what ``at`` holds: the first one of a merged area, else itself."""
        row, column = at
        for first, last in self._merged:
            if first[0] <= row <= last[0] and first[1] <= column <= last[1]:
                return first
        return at

    def style(self, at: Spot) -> int:
        """Return the style of a cell; of one that isn't there, its row's or column's."""
        row = self._rows.get(at[0])
        cell = self._cells_of(at[0]).get(at[1])
        if cell is not None:
            return int(cell.get("s", "0"))
        if row is not None and row.get("customFormat") == "1":
            return int(row.get("s", "0"))
        return int(self._widths.get(at[1], (0, False, None))[2] or 0)

    def set_style(self, at: Spot, style: int) -> None:
        """Give a cell a style; one that isn't there is made at its place."""
        from lxml import etree

        row = self._rows.get(at[0])
        if row is None:
            row = self._rows[at[0]] = etree.Element(tag("row"), r=str(at[0] + 1))
            after = min((r for r in self._rows if r > at[0]), default=None)
            if after is None:
                self._data.append(row)
            else:
                self._rows[after].addprevious(row)
        known = self._cells_of(at[0])
        cell = known.get(at[1])
        if cell is None:
            cell = etree.Element(tag("c"), r=address(*at))
            following = known.get(min((column for column in known if column > at[1]), default=-1))
            known[at[1]] = cell
            if following is None:
                # after the last cell, before what else a row may hold
                row.insert(sum(1 for _ in row.iterchildren(tag("c"))), cell)
            else:
                following.addprevious(cell)
            row.attrib.pop("spans", None)
        cell.set("s", str(style))

    def anchor(self, at: Spot, width: int, height: int) -> str:
        """Return the box of a note beside a cell, of so many pixels, as drawings say it: from and to, cell and offset."""
        left, top = at[1] + 1, max(at[0] - 1, 0)
        right, beyond = _reach(left, width + 12, self._column_width)
        bottom, below = _reach(top, height + 4, self._row_height)
        return f"{left}, 12, {top}, 4, {right}, {beyond}, {bottom}, {below}"

    def _cells_of(self, row: int) -> dict[int, Any]:
        """Return a row's cells by column."""
        if row not in self._indexed:
            if row not in self._rows:
                return {}
            at, found = -1, {}
            for cell in self._rows[row].iterchildren(tag("c")):
                at = spot(cell.get("r"))[1] if cell.get("r") else at + 1
                found[at] = cell
            self._indexed[row] = found
        return self._indexed[row]

    def _column_width(self, column: int) -> int:
        width, hidden, _ = self._widths.get(column, (0.0, False, None))
        return 0 if hidden else int(width * 7 + 5) if width else self._width

    def _row_height(self, row: int) -> int:
        element = self._rows.get(row)
        if element is None or (element.get("ht") is None and element.get("hidden") != "1"):
            return self._height
        return 0 if element.get("hidden") == "1" else int(float(element.get("ht")) * 4 / 3)


def _reach(start: int, size: int, measure: Any) -> tuple[int, int]:
    """Return in which row or column, and how far in, a box of so many pixels ends."""
    at = start
    while size > measure(at) and at < start + 1000:
        size -= measure(at)
        at += 1
    return at, size


def _area(ref: str) -> tuple[Spot, Spot]:
    first, _, last = ref.partition(":")
    return spot(first), spot(last or first)
