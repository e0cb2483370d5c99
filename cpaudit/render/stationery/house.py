"""The templates that ship, in the house's styles: the reference document, the letterhead, the page of a plain letter."""

from __future__ import annotations

import zlib
from functools import cache
from xml.sax.saxutils import escape

from lxml import etree

from cpaudit.render.stationery import look, sections
from cpaudit.render.stationery.archive import R
from cpaudit.render.stationery.package import KIND, Package, W, opened, packed

_COMPAT = "http://schemas.microsoft.com/office/word"


def _mm(millimetres: float) -> int:
    return round(millimetres / 25.4 * 1440)


def _page(*, across: bool = False) -> str:
    """Return a section: A4 with the standard's margins, numbered at the foot."""
    wide, high, (top, bottom, left, right) = (297, 210, (28, 26, 30, 30)) if across else (210, 297, (37, 35, 28, 26))
    turn = ' w:orient="landscape"' if across else ""
    return (
        f'<w:sectPr><w:footerReference w:type="default" r:id="rId4"/><w:pgSz w:w="{_mm(wide)}" w:h="{_mm(high)}"{turn}/>'
        f'<w:pgMar w:top="{_mm(top)}" w:right="{_mm(right)}" w:bottom="{_mm(bottom)}" w:left="{_mm(left)}" w:header="851" '
        'w:footer="1361" w:gutter="0"/></w:sectPr>'
    )


def _line(style: str, *parts: str) -> str:
    """Return a paragraph; a part ``[名]`` is a bookmark with what is to be filled in."""
    said = ""
    for part in parts:
        text = f"〔待填：{part[1:-1]}〕" if part.startswith("[") else part
        inside = f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
        id = zlib.crc32(part.encode()) >> 1
        mark = f'<w:bookmarkStart w:id="{id}" w:name="{part[1:-1]}"/>{inside}<w:bookmarkEnd w:id="{id}"/>'
        said += mark if part.startswith("[") else inside
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{said}</w:p>'


@cache
def reference() -> bytes:
    """Return the reference document that ships: every style shown once, on the house's pages."""
    cells = ("CellHead", "表头"), ("CellLeft", "表格文字"), ("CellRight", "表格数字"), ("CellCenter", "表格居中")
    shown = (
        ("Mark", "示范标记"), ("Title", "标题（二号小标宋，居中）"), ("Subtitle", "副标题"),
        ("Source", "数据来源：日期、依据、版本"),
        ("Recipient", "主送机关："), ("Heading1", "一、标题 1（黑体）"), ("Heading2", "（一）标题 2（楷体）"),
        ("Heading3", "1. 标题 3"), ("Body", "公文正文：三号仿宋，首行空两字，行距28磅。"), ("Caption", "题注：图1、表1的名称"),
        ("Note", "注释：表下的说明"), ("Remark", "提示"), ("Warning", "警示：使用前须知"), ("Enclosure", "附件：附件说明"),
        ("Signer", "发文机关署名"), ("Dated", "成文日期"), ("Copies", "抄送机关"),
    )  # fmt: skip
    across = "".join(_line(id, said) for id, said in (("Normal", "这一页的页面用于横排的附表。"), *cells))
    upright = "".join(_line(id, said) for id, said in shown)
    return _packed(f"{across}<w:p><w:pPr>{_page(across=True)}</w:pPr></w:p>{upright}", 28)


@cache
def pages() -> bytes:
    """Return the reference document as one that came from elsewhere is used: its pages and styles, no text."""
    return packed(opened(reference(), "reference.docx", sections.keep_pages))


@cache
def letterhead() -> bytes:
    """Return the letterhead that ships: the red head, and a bookmark for each part that is filled."""
    lines = [
        _line("IssuerMark", "[发文机关]", "文件"),
        _line("IssueNumber", "[发文字号]"),
        _line("RedLine"),
        _line("Title", "[标题]"),
        _line("Recipient", "[主送]", "："),
        _line("Body", "[正文]"),
        _line("Body"),
        _line("Enclosure", "附件：", "[附件]"),
        # The seal lies over name and date: room for it above them.
        _line("Body"),
        _line("Body"),
        _line("Signer", "[署名]"),
        _line("Dated", "[成文日期]"),
        _copies(),
    ]
    return _packed("".join(lines), 28)


@cache
def plain_letter() -> bytes:
    """Return the paper of a letter where the office has none: a page of it, for paper that has its head printed."""
    lines = [
        _line("IssueNumber", "[发文字号]"),
        _line("Title", "[标题]"),
        _line("Recipient", "[主送]", "："),
        _line("Body", "[正文]"),
        _line("Enclosure", "附件：", "[附件]"),
        _line("Signer", "[署名]"),
        _line("Dated", "[成文日期]"),
        _line("Recipient", "抄送：", "[抄送]"),
    ]
    return _packed("".join(lines), 24)


def _copies() -> str:
    """Return the lines at the end (版记) with whom else it goes to, between rules."""
    rules = "".join(f'<w:{side} w:val="single" w:sz="8" w:space="0" w:color="auto"/>' for side in ("top", "bottom"))
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>{rules}</w:tblBorders></w:tblPr><w:tblGrid>'
        '<w:gridCol w:w="8844"/></w:tblGrid><w:tr><w:tc><w:tcPr><w:tcW w:w="5000" w:type="pct"/></w:tcPr>'
        f"{_line('Copies', '抄送：', '[抄送]', '。')}</w:tc></w:tr></w:tbl>{_line('Normal')}"
    )


def _packed(body: str, line: float) -> bytes:
    """Return a document of this body, of the house's styles and nothing else; the same bytes each time."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:charset w:val="86"/></w:font>'
        for name, others in look.OTHERS.items()
    )
    number = '<w:r><w:t xml:space="preserve">— </w:t></w:r><w:fldSimple w:instr="PAGE"><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    said = {
        "document": f'<w:document xmlns:w="{W}" xmlns:r="{R}"><w:body>{body}{_page()}</w:body></w:document>',
        "styles": look.styles(line),
        "settings": f'<w:settings xmlns:w="{W}"><w:defaultTabStop w:val="420"/><w:characterSpacingControl w:val='
        f'"compressPunctuation"/><w:compat><w:compatSetting w:name="compatibilityMode" w:uri="{_COMPAT}" w:val="15"/></w:compat>'
        "</w:settings>",
        "fontTable": f'<w:fonts xmlns:w="{W}">{fonts}</w:fonts>',
        "footer": f'<w:ftr xmlns:w="{W}"><w:p><w:pPr><w:pStyle w:val="PageNumber"/></w:pPr>{number}'
        '<w:r><w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>',
    }
    names = {kind: f"word/{kind}.xml" for kind in said}
    made = Package("", names["document"])
    for kind, text in said.items():
        made.parts[names[kind]] = etree.fromstring(text)
        made.types[names[kind]] = KIND.format("document.main" if kind == "document" else kind)
    made.rels[names["document"]] = {f"rId{n}": (kind, names[kind]) for n, kind in enumerate(said) if n}
    return packed(made)
