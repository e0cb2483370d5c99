"""Small announcements made by hand, for tests of the import: a Word file, a PDF with text, a filled template."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

HEADER = ["一级指标", "权重", "二级指标", "单位", "权重", "Ⅰ级基准值", "II级基准值", "三级基准值"]


def docx(path: Path, *blocks: Any) -> Path:
    """A Word file of paragraphs (str) and tables (lists of rows). Equal neighbours that are not '' merge: see :func:`_merge`."""
    import docx as word

    document = word.Document()
    for block in blocks:
        if isinstance(block, str):
            document.add_paragraph(block)
            continue
        table = document.add_table(len(block), len(block[0]))
        for r, row in enumerate(block):
            for c, text in enumerate(row):
                if text is not UP and text is not LEFT:
                    table.cell(r, c).text = text
        _merge(table, block)
    document.save(str(path))
    return path


#: A position covered by the cell above, or by the one to the left.
UP, LEFT = "↑", "←"


def _merge(table: Any, rows: list[list[str]]) -> None:
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            if text in (UP, LEFT):
                continue
            right = next((n for n in range(c + 1, len(row)) if row[n] is not LEFT), len(row)) - 1
            low = next((n for n in range(r + 1, len(rows)) if rows[n][c] is not UP), len(rows)) - 1
            if (right, low) != (c, r):
                table.cell(r, c).merge(table.cell(low, right))


class Drawn(str):
    """Operators of a page as they are."""

    __slots__ = ()


def pdf(path: Path, *pages: list[Any], names: str = "", page: str = "", catalog: str = "") -> Path:
    """A PDF with text. A page is a list of lines (str) and ruled tables (lists of rows; UP and LEFT merge, ``a^b`` raises b).

    ``names``, ``page`` and ``catalog`` are written into the dictionaries of what is so called.
    """
    objects = ["", "", "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[4 0 R]>>"]
    objects.append(
        "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>"
        "/DW 1000/W[1 95 500]/FontDescriptor 5 0 R>>"
    )
    objects.append(
        "<</Type/FontDescriptor/FontName/STSong-Light/Flags 4/FontBBox[0 -200 1000 900]/ItalicAngle 0/Ascent 800/Descent -200"
        "/CapHeight 800/StemV 80>>"
    )
    kids = []
    for blocks in pages:
        content = zlib.compress(_drawn(blocks).encode("ascii")).decode("latin-1")
        kids.append(len(objects) + 1)
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 842 595]/Contents {len(objects) + 2} 0 R{page}"
            f"/Resources<</Font<</F 3 0 R>>{names}>>>>"
        )
        objects.append(f"<</Length {len(content)}/Filter/FlateDecode>>\nstream\n{content}\nendstream")
    objects[0] = f"<</Type/Catalog/Pages 2 0 R{catalog}>>"
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(f'{k} 0 R' for k in kids)}]>>"
    out, places = "%PDF-1.4\n", []
    for n, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{n} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{p:010d} 00000 n \n" for p in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<</Size {len(objects) + 1}/Root 1 0 R>>\n"
    path.write_bytes((out + f"startxref\n{out.index('xref')}\n%%EOF\n").encode("latin-1"))
    return path


_WIDE, _HIGH = 96, 26


def written(x: float, y: float, text: str, before: str = "") -> str:
    """The operators that write a text; ``before``: others, drawn first."""
    return f"q {before} {_written(x, y, text)} Q"


def _drawn(page: list[Any]) -> str:
    out, y = [], 560
    for block in page:
        if isinstance(block, Drawn):
            out.append(block)
            continue
        if isinstance(block, str):
            out.append(_written(40, y - 12, block))
            y -= 20
            continue
        for r, row in enumerate(block):
            for c, text in enumerate(row):
                if text in (UP, LEFT):
                    continue
                right = next((n for n in range(c + 1, len(row)) if row[n] is not LEFT), len(row))
                low = next((n for n in range(r + 1, len(block)) if block[n][c] is not UP), len(block))
                x, top = 40 + c * _WIDE, y - r * _HIGH
                out.append(f"{x} {y - low * _HIGH} {(right - c) * _WIDE} {(low - r) * _HIGH} re S")
                out += [_written(x + 3, top - 11 - 10 * n, line) for n, line in enumerate(text.split("\n"))]
        y -= len(block) * _HIGH + 10
    return "\n".join(out)


def _written(x: float, y: float, text: str) -> str:
    said, _, high = text.partition("^")
    shown = f"BT /F 9 Tf {x} {y} Td <{said.encode('utf-16-be').hex()}> Tj"
    if high:
        shown += f" /F 5 Tf 4 Ts <{high.encode('utf-16-be').hex()}> Tj 0 Ts"
    return shown + " ET"


def filled(path: Path, head: list[str], rows: list[list[str]], *, below: str = "") -> Path:
    """The template as a person fills it in: ``head`` are the lines above the table, ``below`` a note under it."""
    import openpyxl

    from cpaudit.loaders.announcements import template

    path.write_bytes(template())
    book = openpyxl.load_workbook(path)
    sheet = book["指标表"]
    for n, text in enumerate(head, start=1):
        sheet.cell(n, 2).value = text or None
    first = 2 + next(n for n in range(1, 20) if sheet.cell(n, 1).value == "一级指标") - 1
    for r, row in enumerate(rows):
        for c, text in enumerate(row, start=1):
            sheet.cell(first + r, c).value = text or None
    if below:
        sheet.cell(first + len(rows) + 1, 1).value = below
    book.save(path)
    return path
