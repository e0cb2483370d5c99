"""A page as a Word document in official style: real styles, numbered captions, tables that break well, an annex across."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any, assert_never

from cpaudit.render.paper import outline, word
from cpaudit.views import theme
from cpaudit.views.answers import Answers
from cpaudit.views.page import Caveat, Figure, Heading, KeyFigures, Table, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cpaudit.render.paper.images import Picture
    from cpaudit.views.page import Page

#: A figure is never higher than this on its page (millimetres).
_HIGHEST = 185
_GREY = theme.PRINTED_HEAD[1:].upper()


def write(page: Page, images: Mapping[str, Picture] | None = None) -> bytes:
    """Return the page as a document; a figure without a picture is told by its text."""
    day = page.stamp.as_of if page.stamp else dt.date(2000, 1, 1)
    document = word.new(page.title, day, "示范数据" if page.stamp and page.stamp.demonstration else "")
    word.line(document, page.title, "Title")
    for part in outline.subtitle(page):
        word.line(document, part, "Subtitle")
    if page.stamp:
        word.line(document, outline.stamp(page), "小字", alignment=1, space_before=6, space_after=10)
    annex = False
    for item in outline.outline(page):
        if item.annex and not annex:
            word.across(document)
            annex = True
        _block(document, item, images or {})
    return word.saved(document)


def _block(document: Any, item: outline.Item, images: Mapping[str, Picture]) -> None:
    match item.block:
        case Heading(text=text, level=level):
            word.line(document, text, f"Heading {level - 1}")
        case Text(text=text) | Answers(text=text):
            for paragraph in outline.paragraphs(text):
                # A salutation begins at the margin.
                word.line(document, paragraph, "Normal" if paragraph.endswith("：") else "公文正文")
        case Caveat(text=text, tone=tone):
            added = word.line(document, outline.close(text), "小字", space_before=4, space_after=4)
            if tone in ("warn", "bad"):
                word.coloured(added.runs[0], word.RED)
        case KeyFigures() as block:
            _key_figures(document, block)
        case Figure() as block:
            _figure(document, block, item.label, images)
        case Table() as block:
            _table(document, block, item)
        case _:
            assert_never(item.block)


def _figure(document: Any, block: Figure, label: str, images: Mapping[str, Picture]) -> None:
    from docx.shared import Mm

    title = f"{label}　{outline.close(block.title)}"
    if block.id not in images:
        word.line(document, f"{title}。{outline.close(block.alt)}")
        return
    picture = images[block.id]
    place = document.add_paragraph(style="小字")
    place.alignment = 1
    place.paragraph_format.keep_with_next = True
    place.paragraph_format.line_spacing = 1.0
    width = min(156.0, _HIGHEST * picture.width / picture.height)
    place.add_run().add_picture(io.BytesIO(picture.png), width=Mm(width))
    (about,) = place._p.xpath(".//wp:docPr")
    about.set("descr", block.alt)
    about.set("title", block.title)
    word.line(document, title, "Caption").paragraph_format.keep_with_next = bool(block.note)
    if block.note:
        word.line(document, outline.close(block.note), "小字", space_after=10)


def _table(document: Any, block: Table, item: outline.Item) -> None:
    if block.frame.empty:
        word.line(document, outline.close(f"{block.title}：{block.empty}"))
        return
    room = outline.ACROSS if item.annex else outline.UPRIGHT
    for caption, shown, note in outline.printed(block, item.label, room):
        word.line(document, caption, "Caption", space_before=8).paragraph_format.keep_with_next = True
        rows = [(cells, shown.aligned) for cells in shown.rows]
        _grid(document, block.title, shown.head, rows, [w * room for w in shown.widths], shown.size, shown.whole)
        word.line(document, note, "小字", space_before=3, space_after=10)


def _key_figures(document: Any, block: KeyFigures) -> None:
    cells = [text for pair in outline.key_figures(block) for text in pair]
    cells += [""] * (-len(cells) % 4)
    rows = [(cells[at : at + 4], ("left", "right") * 2) for at in range(0, len(cells), 4)]
    # Word sets a table right under the line before it.
    word.line(document, "", "小字", line_spacing=6)
    _grid(document, "主要数字", (), rows, [outline.UPRIGHT / 4] * 4, word.SMALL_SIZE, whole=True)
    word.line(document, "", "小字")


def _grid(
    document: Any,
    title: str,
    head: Sequence[str],
    rows: Sequence[tuple[Sequence[str], Sequence[str]]],
    widths: Sequence[float],
    size: float,
    whole: bool,
) -> None:
    """Add a table, ``whole`` on one page; written as XML, since a long list through python-docx's cells takes minutes."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    twips = [round(w * 20) for w in widths]
    columns = "".join(f'<w:gridCol w:w="{w}"/>' for w in twips)
    lines = [_row(head, ["center"] * len(head), twips, size, head=True, kept=True)] if head else []
    lines += [_row(cells, aligned, twips, size, kept=whole and n < len(rows)) for n, (cells, aligned) in enumerate(rows, 1)]
    margins = "".join(f'<w:{side} w:w="60" w:type="dxa"/>' for side in ("left", "right"))
    known = document.styles["Table Grid"].style_id
    table = parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="{known}"/><w:tblW w:w="{sum(twips)}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/><w:tblCellMar>{margins}</w:tblCellMar>'
        f"<w:tblCaption w:val={word.quoted(title)}/></w:tblPr><w:tblGrid>{columns}</w:tblGrid>{''.join(lines)}</w:tbl>"
    )
    document.element.body.insert(len(document.element.body) - 1, table)


def _row(
    cells: Sequence[str],
    aligned: Sequence[str],
    widths: Sequence[int],
    size: float,
    *,
    head: bool = False,
    kept: bool = False,
) -> str:
    font = f'<w:rFonts w:ascii="{word.HEAD}" w:hAnsi="{word.HEAD}" w:eastAsia="{word.HEAD}"/>' if head else ""
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{_GREY}"/>' if head else ""
    form = f'<w:rPr>{font}<w:sz w:val="{round(2 * size)}"/></w:rPr>'
    line = f'{"<w:keepNext/>" if kept else ""}<w:spacing w:line="{round(size * 27)}" w:lineRule="exact"/>'
    made = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}<w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{word.SMALL}"/>{line}<w:jc w:val="{place}"/></w:pPr>'
        f'<w:r>{form}<w:t xml:space="preserve">{word.legal(text)}</w:t></w:r></w:p></w:tc>'
        for text, place, width in zip(cells, aligned, widths, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if head else ''}</w:trPr>{made}</w:tr>"
