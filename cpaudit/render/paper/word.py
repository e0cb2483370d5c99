"""The make-up of Word documents in official style (GB/T 9704): paper, styles, page numbers, and bytes that don't change."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary
from xml.sax.saxutils import escape, quoteattr

from cpaudit.views import theme

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Fonts by name, none is shipped; ``_OTHERS`` says what a machine without them should take instead.
BODY, HEAD, SECOND, TITLE = "仿宋", "黑体", "楷体", "方正小标宋简体"
LATIN = "Times New Roman"
_OTHERS = {BODY: "FangSong,仿宋_GB2312", HEAD: "SimHei", SECOND: "KaiTi,楷体_GB2312", TITLE: "宋体,SimSun"}
#: Sizes in points: 二号, 三号, 四号 for page numbers, 小四 for captions, 五号.
TITLE_SIZE, TEXT_SIZE, FOOT_SIZE, CAPTION_SIZE, SMALL_SIZE = 22, 16, 14, 12, 10.5
LINE = 28
#: Margins of GB/T 9704 in millimetres: top, bottom, left, right; those of a page across the paper are its own.
_UPRIGHT, _ACROSS = (37, 35, 28, 26), (28, 26, 30, 30)
RED = theme.PRINTED_RED[1:].upper()
SMALL = "小字"
#: Document → its styles' ids, see :func:`_ids`.
_STYLES: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()
#: What XML cannot hold.
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def new(title: str, day: dt.date, badge: str = "") -> Any:
    """Return an empty document of this title and day; ``badge`` stands at the head of every page."""
    import docx

    document = docx.Document()
    core, when = document.core_properties, dt.datetime(day.year, day.month, day.day)
    core.title, core.author, core.comments, core.language = _ILLEGAL.sub("", title), "", "", "zh-CN"
    core.created = core.modified = when
    _styles(document)
    _fonts(document)
    paper(document.sections[0], _UPRIGHT)
    footer = document.sections[0].footer.paragraphs[0]
    _page_number(footer)
    if badge:
        head = document.sections[0].header.paragraphs[0]
        head.style = "小字"
        head.alignment = 2
        coloured(head.add_run(badge), RED)
    return document


def across(document: Any) -> None:
    """Go on on pages turned by a quarter."""
    from docx.enum.section import WD_ORIENT, WD_SECTION

    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE
    paper(section, _ACROSS, width=297, height=210)


def paper(section: Any, margins: Sequence[int], width: int = 210, height: int = 297) -> None:
    """Set a section's paper and margins (millimetres: top, bottom, left, right)."""
    from docx.shared import Mm

    section.page_width, section.page_height = Mm(width), Mm(height)
    for side, millimetres in zip(("top", "bottom", "left", "right"), margins, strict=True):
        setattr(section, f"{side}_margin", Mm(millimetres))


def line(document: Any, text: str, style: str = "公文正文", **form: Any) -> Any:
    """Add a paragraph; ``form`` sets properties of its format (``alignment``, ``space_before`` …, lengths in points)."""
    from docx.shared import Pt

    paragraph = document.add_paragraph(text)
    if style != "Normal":  # given a name, the library would go through all styles for each paragraph
        paragraph._p.style = _ids(document)[style]
    for name, value in form.items():
        setattr(paragraph.paragraph_format, name, value if name == "alignment" else Pt(value))
    return paragraph


def _ids(document: Any) -> dict[str, str]:
    """Return the styles' ids by name, looked up once for a document."""
    if document.part not in _STYLES:
        _STYLES[document.part] = {style.name: style.style_id for style in document.styles}
    return _STYLES[document.part]


def coloured(run: Any, colour: str) -> None:
    """Set the colour (RRGGBB) of a run."""
    from docx.shared import RGBColor

    run.font.color.rgb = RGBColor.from_string(colour)


def legal(text: str) -> str:
    """Return text as XML holds it.

    >>> legal("<a>\\x01&")
    '&lt;a&gt;&amp;'
    """
    return escape(_ILLEGAL.sub("", text))


def quoted(text: str) -> str:
    """Return text as the value of an XML attribute, in its quotes."""
    return quoteattr(_ILLEGAL.sub("", text))


def saved(document: Any) -> bytes:
    """Return the document's bytes; the archive's own dates are left out, so that the same document gives the same bytes."""
    whole, out = io.BytesIO(), io.BytesIO()
    document.save(whole)
    with zipfile.ZipFile(whole) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in made.namelist():
            kept.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), made.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _styles(document: Any) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    language = OxmlElement("w:lang")
    # Numbers and Latin words follow English rules of breaking: Chinese ones would break inside a number.
    language.set(qn("w:val"), "en-US")
    language.set(qn("w:eastAsia"), "zh-CN")
    defaults.append(language)
    kept = {"keep_with_next": True}
    wanted: dict[str, tuple[str, float, dict[str, Any]]] = {
        "Normal": (BODY, TEXT_SIZE, {"line_spacing": Pt(LINE), "space_before": Pt(0), "space_after": Pt(0)}),
        "公文正文": (BODY, TEXT_SIZE, {"first_line_indent": Pt(2 * TEXT_SIZE), "alignment": ALIGN.JUSTIFY}),
        "Title": (TITLE, TITLE_SIZE, {"alignment": ALIGN.CENTER, "line_spacing": Pt(36), "space_after": Pt(8)}),
        "Subtitle": (BODY, TEXT_SIZE, {"alignment": ALIGN.CENTER}),
        "Heading 1": (HEAD, TEXT_SIZE, {"first_line_indent": Pt(2 * TEXT_SIZE), "space_before": Pt(8), **kept}),
        "Heading 2": (SECOND, TEXT_SIZE, {"first_line_indent": Pt(2 * TEXT_SIZE), "space_before": Pt(4), **kept}),
        "Heading 3": (BODY, TEXT_SIZE, {"first_line_indent": Pt(2 * TEXT_SIZE), **kept}),
        "Caption": (HEAD, CAPTION_SIZE, {"alignment": ALIGN.CENTER, "line_spacing": Pt(18), "space_after": Pt(4)}),
        "小字": (BODY, SMALL_SIZE, {"line_spacing": Pt(16)}),
    }
    for name, (font, size, form) in wanted.items():
        known = name in [s.name for s in document.styles]
        style = document.styles[name] if known else document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        if name != "Normal":
            style.base_style = document.styles["Normal"]
        style.font.size, style.font.italic = Pt(size), False
        style.font.bold = name == "Heading 3"
        properties = style.element.get_or_add_rPr()
        fonts = properties.get_or_add_rFonts()
        for kind in list(fonts.attrib):
            if "heme" in kind:  # a theme's font would win over the named one
                del fonts.attrib[kind]
        for kind in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{kind}"), font if kind == "eastAsia" or font == HEAD else LATIN)
        for old in properties.findall(qn("w:color")) + properties.findall(qn("w:spacing")):
            properties.remove(old)
        if style.element.pPr is not None:
            for old in style.element.pPr.findall(qn("w:pBdr")):  # the line under a title
                style.element.pPr.remove(old)
        for key, value in form.items():
            setattr(style.paragraph_format, key, value)
        if "first_line_indent" in form:  # two characters, whatever their size
            style.element.pPr.find(qn("w:ind")).set(qn("w:firstLineChars"), "200")

    for kind in ("autoSpaceDE", "autoSpaceDN"):  # official papers set no space between Chinese and figures
        off = OxmlElement(f"w:{kind}")
        off.set(qn("w:val"), "0")
        document.styles["Normal"].element.get_or_add_pPr().insert_element_before(
            off, "w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr"
        )


def _fonts(document: Any) -> None:
    """Name the fonts and what may stand for them in the document's own table of fonts."""
    part = next(p for p in document.part.package.iter_parts() if str(p.partname) == "/word/fontTable.xml")
    said = "".join(
        f'<w:font w:name={quoteattr(name)}><w:altName w:val={quoteattr(others)}/><w:charset w:val="86"/></w:font>'
        for name, others in _OTHERS.items()
    )
    part._blob = part.blob.replace(b"</w:fonts>", said.encode() + b"</w:fonts>")


def _page_number(paragraph: Any) -> None:
    """Number the pages at the foot, between two dashes as on official papers."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls
    from docx.shared import Pt

    paragraph.style = "Normal"
    paragraph.alignment = 1
    paragraph.add_run("— ").font.size = Pt(FOOT_SIZE)
    size = f'<w:rPr><w:sz w:val="{2 * FOOT_SIZE}"/></w:rPr>'
    field = f'<w:fldSimple {nsdecls("w")} w:instr="PAGE"><w:r>{size}<w:t>1</w:t></w:r></w:fldSimple>'
    paragraph._p.append(parse_xml(field))
    paragraph.add_run(" —").font.size = Pt(FOOT_SIZE)
