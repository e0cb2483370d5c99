"""Letters and pages as Word documents in plain office style: 仿宋 body, 黑体 headings, margins of official papers."""

from __future__ import annotations

import datetime as dt
import io
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from cpaudit.render.html import cell_text
from cpaudit.views.page import Caveat, Heading, KeyFigures, Page, Table, Text

if TYPE_CHECKING:
    from cpaudit.views.handover import Letter

_BODY, _HEAD, _TITLE = "仿宋", "黑体", "宋体"
#: Sizes in points: 二号, 三号, 五号, and 四号 for page numbers.
_TITLE_SIZE, _TEXT_SIZE, _TABLE_SIZE, _FOOT_SIZE = 22, 16, 10.5, 14
_LINE = 28
#: A cover note is one page: its lines stand closer, and its signers side by side.
_NOTE_LINE = 24
#: Screens set a space between figures and Chinese; official papers don't.
_SPACES = re.compile(r"(?<=[\d%）]) (?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff]) (?=\d)")
#: Margins of GB/T 9704 in millimetres: top, bottom, left, right.
_MARGINS = (37, 35, 28, 26)


def letter(note: Letter) -> bytes:
    """Return a cover note as a document of one page."""
    document = _new(note.title)
    if note.badge:
        _line(document, note.badge, font=_HEAD, size=_TABLE_SIZE, align="center", color="C00000")
    line = partial(_line, document, spacing=_NOTE_LINE)
    line(note.number, align="center")
    line(note.title, font=_TITLE, size=_TITLE_SIZE, bold=True, align="center", after=8, spacing=_TITLE_SIZE * 1.3)
    if note.to:
        line(f"{note.to}：")
    for paragraph in note.paragraphs:
        line(paragraph, indent=True)
    for n, attachment in enumerate(note.attachments, start=1):
        number = f"{n}. " if len(note.attachments) > 1 else ""
        said = f"{'附件：' if n == 1 else '　　　'}{number}{attachment}"
        line(said, indent=True, before=_NOTE_LINE / 2 if n == 1 else 0)
    line("　　".join(note.signers), align="right", before=_NOTE_LINE)
    line(note.date, align="right")
    return _bytes(document)


def page(page: Page) -> bytes:
    """Return a page of texts, headings, caveats and tables as a document; figures have no place in it.

    Raises:
        TypeError: the page has another kind of block.
    """
    document = _new(page.title)
    _line(document, page.title, font=_TITLE, size=_TITLE_SIZE, bold=True, align="center", after=7)
    if page.subtitle:
        _line(document, page.subtitle, align="center", after=14)
    for block in page.blocks:
        match block:
            case Heading(text=text):
                _line(document, text, font=_HEAD, indent=True)
            case Text(text=text):
                for paragraph in text.split("\n\n"):
                    _line(document, paragraph, indent=not paragraph.endswith("："))  # a salutation begins at the margin
            case Caveat(text=text):
                _line(document, text, size=_TABLE_SIZE, color="C00000")
            case Table():
                _table(document, block)
            case KeyFigures(items=items):
                said = "，".join(
                    f"{i.label} {'—' if i.value is None else format(i.value, f',.{i.decimals}f')} {i.unit}" for i in items
                )
                _line(document, f"{said}。", indent=True)
            case _:
                raise TypeError(f"no place for {type(block).__name__} in a document of texts")
    return _bytes(document)


def _new(title: str) -> Any:
    import docx
    from docx.shared import Mm, Pt

    document = docx.Document()
    document.core_properties.title = title
    document.core_properties.author = ""
    document.core_properties.created = document.core_properties.modified = dt.datetime(2000, 1, 1)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for side, millimetres in zip(("top", "bottom", "left", "right"), _MARGINS, strict=True):
        setattr(section, f"{side}_margin", Mm(millimetres))
    style = document.styles["Normal"]
    style.font.name, style.font.size = _BODY, Pt(_TEXT_SIZE)
    _east_asian(style.element.get_or_add_rPr(), _BODY)
    _page_number(section)
    return document


def _page_number(section: Any) -> None:
    """Number the pages at the foot, between two dashes as on official papers."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    paragraph = _line(section.footer, "— ", font=_TITLE, size=_FOOT_SIZE, align="center")
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)
    paragraph.add_run(" —").font.size = Pt(_FOOT_SIZE)
    first = section.footer.paragraphs[0]._element  # a footer is born with an empty paragraph
    first.getparent().remove(first)


def _line(
    document: Any,
    text: str,
    *,
    font: str = _BODY,
    size: float = _TEXT_SIZE,
    bold: bool = False,
    align: str = "left",
    indent: bool = False,
    before: float = 0,
    after: float = 0,
    color: str = "",
    spacing: float = 0,
) -> Any:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt, RGBColor

    paragraph = document.add_paragraph()
    form = paragraph.paragraph_format
    form.alignment = {"center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT}.get(align)
    form.space_before, form.space_after = Pt(before), Pt(after)
    form.line_spacing = Pt(spacing or (max(_LINE, size * 1.5) if size > _TABLE_SIZE else size * 1.5))
    if indent:
        form.first_line_indent = Pt(2 * size)
    run = paragraph.add_run(_SPACES.sub("", text))
    run.font.name, run.font.size, run.bold = font, Pt(size), bold
    if color:
        run.font.color.rgb = RGBColor.from_string(color)
    _east_asian(run._element.get_or_add_rPr(), font)
    return paragraph


def _table(document: Any, table: Table) -> None:
    _line(document, table.title, font=_HEAD, size=_TABLE_SIZE + 1.5, align="center", before=7, after=4)
    if table.frame.empty:
        _line(document, table.empty, indent=True)
        return
    columns = list(table.columns.items())
    grid = document.add_table(rows=1, cols=len(columns), style="Table Grid")
    grid.autofit = True
    for cell, (_, column) in zip(grid.rows[0].cells, columns, strict=True):
        _cell(cell, column.heading, font=_HEAD, align="center")
    _repeat_header(grid.rows[0])
    for row in table.frame[list(table.columns)].itertuples(index=False, name=None):
        cells = grid.add_row().cells
        for cell, value, (_, column) in zip(cells, row, columns, strict=True):
            numeric = column.kind in ("integer", "number", "percent")
            _cell(cell, cell_text(value, column) or "—", align="right" if numeric else "left")
    _line(document, table.note, size=_TABLE_SIZE, before=4, after=7)


def _cell(cell: Any, text: str, *, font: str = _BODY, align: str = "left") -> None:
    paragraph = _line(cell, text, font=font, size=_TABLE_SIZE, align=align)
    first = cell.paragraphs[0]._element  # a cell is born with an empty paragraph
    first.getparent().remove(first)
    paragraph.paragraph_format.first_line_indent = None


def _repeat_header(row: Any) -> None:
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _east_asian(properties: Any, font: str) -> None:
    from docx.oxml.ns import qn

    properties.get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _bytes(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
