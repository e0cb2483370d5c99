"""A page as a Word document in official style: every look from a named style, numbered captions, tables that break well."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, assert_never

from cpaudit.render.paper import formal, outline, word
from cpaudit.render.stationery import look
from cpaudit.render.stationery.chosen import PLAIN
from cpaudit.render.stationery.letterhead import like
from cpaudit.views.answers import Answers
from cpaudit.views.page import Caveat, Figure, Heading, KeyFigures, Table, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cpaudit.render.paper.images import Picture
    from cpaudit.render.stationery.chosen import Stationery
    from cpaudit.views.page import Page

#: A figure is never higher than this on its page (millimetres).
_HIGHEST = 185


def write(page: Page, images: Mapping[str, Picture] | None = None, on: Stationery = PLAIN) -> bytes:
    """Return the page as a document on the paper chosen; a figure without a picture is told by its text."""
    day = page.stamp.as_of if page.stamp else dt.date(2000, 1, 1)
    badge = "示范数据" if page.stamp and page.stamp.demonstration else ""
    items = list(outline.outline(page))
    own = page.formal and bool(on.letterhead)
    if own:
        parts, items = formal.parts(page, items)
        paper = word.under_letterhead(page.title, day, badge, on, parts.values(outline.subtitle(page)))
    else:
        paper = word.new(page.title, day, badge, on)
    if not own:
        word.line(paper, page.title, "Title")
        _below_the_title(paper, page)
    since = len(paper.body) - 1
    for item in items:
        if not item.annex and not (own and item.closing):
            _block(paper, item, images or {})
    word.put_in_place(paper, since)
    if own and page.stamp:
        word.line(paper, outline.stamp(page), "数据来源")
    for item in items:
        if own and item.closing and not item.annex:
            _block(paper, item, images or {})
    if annex := [item for item in items if item.annex]:
        word.across(paper)
        for item in annex:
            _block(paper, item, images or {})
    return word.saved(paper)


def _below_the_title(paper: word.Paper, page: Page) -> None:
    for part in outline.subtitle(page):
        word.line(paper, part, "Subtitle")
    if page.stamp:
        word.line(paper, outline.stamp(page), "数据来源")


def _block(paper: word.Paper, item: outline.Item, images: Mapping[str, Picture]) -> None:
    match item.block:
        case Heading(text=text, level=level):
            word.line(paper, text, f"heading {level - 1}")
        case Text(text=text, role=role):
            _text(paper, outline.paragraphs(text), role)
        case Answers(text=text):
            _text(paper, outline.paragraphs(text), "")
        case Caveat(text=text, tone=tone):
            word.line(paper, outline.close(text), "警示" if tone in ("warn", "bad") else "提示")
        case KeyFigures() as block:
            _key_figures(paper, block)
        case Figure() as block:
            _figure(paper, block, item.label, images)
        case Table() as block:
            _table(paper, block, item)
        case _:
            assert_never(item.block)


def _text(paper: word.Paper, paragraphs: Sequence[str], role: str) -> None:
    styles = {"to": ["主送机关"], "signed": [*["发文机关署名"] * (len(paragraphs) - 1), "成文日期"]}.get(role)
    for n, paragraph in enumerate(paragraphs):
        if styles:
            word.line(paper, paragraph, styles[min(n, len(styles) - 1)])
        elif paper.place is not None:  # as the letterhead has its text
            paper.body[-1].addprevious(like(paper.place, word.clean(paragraph)))
        else:  # a salutation begins at the margin
            word.line(paper, paragraph, "主送机关" if paragraph.endswith("：") else "公文正文")


def _figure(paper: word.Paper, block: Figure, label: str, images: Mapping[str, Picture]) -> None:
    from docx.shared import Pt

    title = f"{label}　{outline.close(block.title)}"
    if block.id not in images:
        word.line(paper, f"{title}。{outline.close(block.alt)}")
        return
    picture = images[block.id]
    place = word.line(paper, "", "图")
    width = min(paper.room, _HIGHEST / 25.4 * 72 * picture.width / picture.height)
    place.add_run().add_picture(io.BytesIO(picture.png), width=Pt(width))
    (about,) = place._p.xpath(".//wp:docPr")
    about.set("descr", block.alt)
    about.set("title", block.title)
    word.line(paper, title, "caption").paragraph_format.keep_with_next = bool(block.note)
    if block.note:
        word.line(paper, outline.close(block.note), "注释")


def _table(paper: word.Paper, block: Table, item: outline.Item) -> None:
    if block.frame.empty:
        word.line(paper, outline.close(f"{block.title}：{block.empty}"))
        return
    room = paper.room
    for caption, shown, note in outline.printed(block, item.label, room):
        word.line(paper, caption, "caption")
        rows = [(cells, shown.aligned) for cells in shown.rows]
        _grid(paper, block.title, shown.head, rows, [w * room for w in shown.widths], shown.size, shown.whole)
        word.line(paper, note, "注释")


def _key_figures(paper: word.Paper, block: KeyFigures) -> None:
    cells = [text for pair in outline.key_figures(block) for text in pair]
    cells += [""] * (-len(cells) % 4)
    rows = [(cells[at : at + 4], ("left", "right") * 2) for at in range(0, len(cells), 4)]
    # Word sets a table right under the line before it.
    word.line(paper, "", "表间")
    _grid(paper, "主要数字", (), rows, [paper.room / 4] * 4, look.SMALL, whole=True)
    word.line(paper, "", "表间")


def _grid(
    paper: word.Paper,
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
    styles = {place: paper.ids[f"{name}{look.SIZES[size]}"] for place, name in look.CELLS.items()}
    lines = [_row(head, ["head"] * len(head), twips, styles, kept=True)] if head else []
    lines += [_row(cells, aligned, twips, styles, kept=whole and n < len(rows)) for n, (cells, aligned) in enumerate(rows, 1)]
    shown = (
        f'w:val="{"0620" if head else "0600"}" w:firstRow="{int(bool(head))}" w:lastRow="0" w:firstColumn="0" w:lastColumn="0"'
    )
    table = parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="{paper.ids["公文表格"]}"/><w:tblW w:w="{sum(twips)}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/><w:tblLook {shown} w:noHBand="1" w:noVBand="1"/>'
        f"<w:tblCaption w:val={word.quoted(title)}/></w:tblPr><w:tblGrid>{columns}</w:tblGrid>{''.join(lines)}</w:tbl>"
    )
    paper.body[-1].addprevious(table)


def _row(cells: Sequence[str], aligned: Sequence[str], widths: Sequence[int], styles: Mapping[str, str], *, kept: bool) -> str:
    line = "<w:keepNext/>" if kept else ""
    made = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr><w:p><w:pPr><w:pStyle w:val="{styles[place]}"/>{line}</w:pPr>'
        f'<w:r><w:t xml:space="preserve">{word.legal(text)}</w:t></w:r></w:p></w:tc>'
        for text, place, width in zip(cells, aligned, widths, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if 'head' in aligned else ''}</w:trPr>{made}</w:tr>"
