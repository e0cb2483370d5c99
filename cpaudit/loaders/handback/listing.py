"""The sheet 问题清单 as XML: every problem with a link to its cell, and how earlier ones are read again."""

from __future__ import annotations

import io
import math
import re
import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.loaders.handback.package import MAIN, serialise, tag
from cpaudit.loaders.handback.styles import COLOURS
from cpaudit.loaders.sheets.own import LISTING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cpaudit.loaders.handback.styles import Styles

_HEADINGS = ("序号", "程度", "工作表", "单元格", "企业", "原值", "问题", "处理办法", "原底色")
_WIDTHS = (6, 8, 16, 9, 32, 24, 48, 40, 10)
#: What a sheet of ours says in its first cell.
TITLE = "问题清单（cpaudit check）"
_LONGEST = 2000
#: More links than this a spreadsheet program doesn't open.
_MOST_LINKS = 60_000
#: Characters that XML, and so a workbook, can't hold.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Problem(NamedTuple):
    """One row of the list; ``cell`` is '' where the problem is the file's or the sheet's, ``fill`` what was there before."""

    severity: str
    sheet: str
    cell: str
    plant: str
    value: str
    message: str
    hint: str
    fill: str = ""


def wide(text: str) -> list[int]:
    """Return how wide each line of a text is; a Chinese character takes the room of two digits."""
    return [sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line) for line in text.split("\n")]


def plain(text: str) -> str:
    """Return a text as a cell can hold it: no characters that XML forbids, not endless."""
    shown = _FORBIDDEN.sub("", text)
    shown = shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
    return re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", shown)  # which would be read as an escaped character


def sheet(
    problems: list[Problem], remarks: list[str], styles: Styles, labels: Mapping[str, str], sheets: set[str]
) -> tuple[bytes, int]:
    """Return the sheet, and the row (from 1) of its header; ``labels`` name the severities, links lead into ``sheets``."""
    from lxml import etree

    said = "、".join(f"{label} {n} 处" for s, label in labels.items() if (n := sum(p.severity == s for p in problems)))
    above = [TITLE, f"{said}。" if problems else "没有发现问题。", *remarks]
    header = len(above) + 1
    root = etree.Element(tag("worksheet"), nsmap={None: MAIN})
    properties = etree.SubElement(root, tag("sheetPr"))
    etree.SubElement(properties, tag("tabColor"), rgb="FFC00000" if any(p.severity == "error" for p in problems) else "FF70AD47")
    etree.SubElement(properties, tag("pageSetUpPr"), fitToPage="1")
    view = etree.SubElement(etree.SubElement(root, tag("sheetViews")), tag("sheetView"), showGridLines="0", workbookViewId="0")
    etree.SubElement(view, tag("pane"), ySplit=str(header), topLeftCell=f"A{header + 1}", activePane="bottomLeft", state="frozen")
    etree.SubElement(view, tag("selection"), pane="bottomLeft", activeCell=f"A{header + 1}", sqref=f"A{header + 1}")
    etree.SubElement(root, tag("sheetFormatPr"), defaultRowHeight="15")
    columns = etree.SubElement(root, tag("cols"))
    for at, width in enumerate(_WIDTHS, start=1):
        hidden = {"hidden": "1"} if at == len(_WIDTHS) else {}
        etree.SubElement(columns, tag("col"), {"min": str(at), "max": str(at), "width": str(width), "customWidth": "1", **hidden})
    data = etree.SubElement(root, tag("sheetData"))
    loose, title = styles.make(wrap=False), styles.make(bold=True, size=14, wrap=False)
    for at, text in enumerate(above, start=1):
        _row(data, at, [text], [title if at == 1 else loose])
    body, link = styles.make(border=True), styles.make(colour="FF0563C1", underline=True, border=True)
    _row(data, header, _HEADINGS, [styles.make(bold=True, fill="FFD9E1F2", border=True)] * len(_HEADINGS))
    by_severity = {s: styles.make(fill=colour, border=True) for s, colour in COLOURS.items()}
    links: list[dict[str, str]] = []
    for at, p in enumerate(problems, start=header + 1):
        cells = [str(at - header), labels[p.severity], p.sheet, p.cell, p.plant, p.value, p.message, p.hint, p.fill]
        _row(data, at, cells, [body, by_severity[p.severity], body, link if p.cell else body, body, body, body, body, body])
        if p.cell and p.sheet in sheets and len(links) < _MOST_LINKS:
            quoted = p.sheet.replace("'", "''")
            links.append({"ref": f"D{at}", "location": f"'{quoted}'!{p.cell}", "display": p.cell})
    if problems:
        etree.SubElement(root, tag("autoFilter"), ref=f"A{header}:H{header + len(problems)}")
    if links:
        home = etree.SubElement(root, tag("hyperlinks"))
        for attributes in links:
            etree.SubElement(home, tag("hyperlink"), attributes)
    etree.SubElement(root, tag("pageMargins"), left="0.4", right="0.4", top="0.5", bottom="0.5", header="0.3", footer="0.3")
    etree.SubElement(root, tag("pageSetup"), paperSize="9", orientation="landscape", fitToHeight="0")
    # numbers kept as text are meant: no green corners
    ignored = etree.SubElement(root, tag("ignoredErrors"))
    etree.SubElement(ignored, tag("ignoredError"), sqref=f"A1:I{header + max(1, len(problems))}", numberStoredAsText="1")
    return serialise(root), header


class Former(NamedTuple):
    """The list of an earlier check: the sheet's name, and number → sheet, cell, fill before it was marked."""

    name: str
    rows: dict[int, tuple[str, str, str]]

    def on(self, sheet: str) -> dict[int, tuple[str, str]]:
        """Return number → cell, fill of one sheet."""
        return {number: (cell, fill) for number, (named, cell, fill) in self.rows.items() if named == sheet}


def former(content: bytes, names: list[str]) -> Former | None:
    """Return the list that an earlier check left in a workbook; programs may have rewritten its XML since."""
    import python_calamine

    ours = [name for name in names if name.startswith(LISTING)]
    if not ours:
        return None
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    for name in ours:
        lines = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        if lines and str(lines[0][0]) == TITLE:
            return Former(name, dict(filter(None, map(_former_row, lines))))
    return None


def _former_row(line: Sequence[Any]) -> tuple[int, tuple[str, str, str]] | None:
    texts = [str(v) if v is not None else "" for v in (*line, *[None] * len(_HEADINGS))]
    if not texts[0].isdigit() or not re.fullmatch(r"[A-Z]{1,3}[1-9]\d{0,6}", texts[3]):
        return None
    return int(texts[0]), (texts[2], texts[3], texts[len(_HEADINGS) - 1])


def _row(data: Any, at: int, texts: list[str] | tuple[str, ...], styles: list[int]) -> None:
    from lxml import etree

    row = etree.SubElement(data, tag("row"), r=str(at))
    if len(texts) == len(_WIDTHS):  # not every program makes room for wrapped text by itself
        lines = max(
            sum(max(1, math.ceil(w / (width - 1))) for w in wide(t)) for t, width in zip(texts[:-1], _WIDTHS, strict=False)
        )
        row.set("ht", str(min(400, 15 * lines + 3)))
        row.set("customHeight", "1")
    elif at == 1:
        row.set("ht", "21")
        row.set("customHeight", "1")
    for letter, text, style in zip("ABCDEFGHI", texts, styles, strict=False):
        cell = etree.SubElement(row, tag("c"), r=f"{letter}{at}", s=str(style))
        if text:
            # Text that stands in the cell itself is never a formula, whatever its first character.
            cell.set("t", "inlineStr")
            written = etree.SubElement(etree.SubElement(cell, tag("is")), tag("t"))
            written.text = plain(text)
            written.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
