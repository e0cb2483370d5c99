"""Word documents written as XML by hand: tables with whatever Word puts around and into them."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

_SPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "v": "urn:schemas-microsoft-com:vml",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
}
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)


def run(text: str, look: str = "") -> str:
    """A run; ``look`` is XML of its properties."""
    return f"<w:r><w:rPr>{look}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>"


def paragraph(*runs: str) -> str:
    return f"<w:p>{''.join(r if r.startswith('<') else run(r) for r in runs)}</w:p>"


def cell(*content: Any, properties: str = "") -> str:
    """A cell with paragraphs; blank without any."""
    inside = "".join(c if str(c).startswith("<w:p>") or str(c).startswith("<w:tbl>") else paragraph(str(c)) for c in content)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inside or paragraph()}</w:tc>"


def row(*cells: Any, properties: str = "") -> str:
    said = "".join(c if str(c).startswith("<") else cell(*([] if c is None else [c])) for c in cells)
    return f"<w:tr><w:trPr>{properties}</w:trPr>{said}</w:tr>"


def table(*rows: Any) -> str:
    return f"<w:tbl><w:tblPr/>{''.join(r if isinstance(r, str) else row(*r) for r in rows)}</w:tbl>"


def control(content: str, properties: str = "") -> str:
    """A content control around a run, a cell, a row or a table."""
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"


def text_box(content: str) -> str:
    """A paragraph with a text box, in the newer and in the older form, as Word writes both."""
    inside = f"<w:txbxContent>{content}</w:txbxContent>"
    new = f"<mc:Choice Requires='wps'><w:drawing><wps:txbx>{inside}</wps:txbx></w:drawing></mc:Choice>"
    old = f"<mc:Fallback><w:pict><v:shape><v:textbox>{inside}</v:textbox></v:shape></w:pict></mc:Fallback>"
    return f"<w:p><w:r><mc:AlternateContent>{new}{old}</mc:AlternateContent></w:r></w:p>"


def document(path: Path, *blocks: str, styles: str = "", strict: bool = False) -> Path:
    """Write a document."""
    spaces = " ".join(f'xmlns:{prefix}="{_STRICT if strict and prefix == "w" else uri}"' for prefix, uri in _SPACES.items())
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("word/document.xml", f"<w:document {spaces}><w:body>{''.join(blocks)}</w:body></w:document>")
        if styles:
            archive.writestr("word/styles.xml", f"<w:styles {spaces}>{styles}</w:styles>")
    return path
