"""Word templates as offices have them: the shipped ones changed by hand, part by part, as programs and people change them."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable

from cpaudit.render.stationery import house

REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "[Content_Types].xml"
_RELS = "word/_rels/document.xml.rels"
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
_SPACES = (
    f' xmlns:r="{REL}" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" xmlns:v="urn:schemas-microsoft-com:vml"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:o="urn:schemas-microsoft-com:office:office"'
)
Files = dict[str, bytes]


def files(content: bytes) -> Files:
    """The parts of a document by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Files) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def changed(content: bytes, *changes: Callable[[Files], object]) -> bytes:
    """A template after changes."""
    parts = files(content)
    for change in changes:
        change(parts)
    return packed(parts)


def reference(*changes: Callable[[Files], object]) -> bytes:
    return changed(house.reference(), *changes)


def letterhead(*changes: Callable[[Files], object]) -> bytes:
    return changed(house.letterhead(), *changes)


def said(part: str, old: str, new: str) -> Callable[[Files], object]:
    """Other words in a part."""

    def change(parts: Files) -> None:
        before = parts[part].decode()
        assert old in before, (part, old)
        parts[part] = before.replace(old, new).encode()

    return change


def styles(old: str, new: str) -> Callable[[Files], object]:
    return said("word/styles.xml", old, new)


def related(
    kind: str, target: str, *, outside: bool = False, id: str = "rId90", part: str = "document"
) -> Callable[[Files], object]:
    """A relationship more."""

    def change(parts: Files) -> None:
        at = f"word/_rels/{part}.xml.rels"
        mode = ' TargetMode="External"' if outside else ""
        one = f'<Relationship Id="{id}" Type="{REL}/{kind}" Target="{target}"{mode}/>'
        empty = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
        parts[at] = parts.get(at, empty.encode()).decode().replace("</Relationships>", f"{one}</Relationships>").encode()

    return change


def with_part(name: str, content: bytes, type_: str = "application/xml") -> Callable[[Files], object]:
    def change(parts: Files) -> None:
        parts[name] = content
        over = f'<Override PartName="/{name}" ContentType="{type_}"/>'
        parts[_TYPES] = parts[_TYPES].decode().replace("</Types>", f"{over}</Types>").encode()

    return change


def header(inside: str, kind: str = "default", name: str = "header7") -> Callable[[Files], object]:
    """A header with paragraphs of XML, on the last section."""

    def change(parts: Files) -> None:
        space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
        type_ = "application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"
        with_part(f"word/{name}.xml", f"<w:hdr {space}{_SPACES}>{inside}</w:hdr>".encode(), type_)(parts)
        related("header", f"{name}.xml", id=f"rId{name}")(parts)
        document = parts["word/document.xml"].decode()
        at = document.rindex("<w:footerReference")
        one = f'<w:headerReference w:type="{kind}" r:id="rId{name}"/>'
        parts["word/document.xml"] = (document[:at] + one + document[at:]).encode()

    return change


def settings(inside: str) -> Callable[[Files], object]:
    return said("word/settings.xml", "<w:defaultTabStop", f"{inside}<w:defaultTabStop")


def body(inside: str) -> Callable[[Files], object]:
    """Something more in the text, at its beginning."""
    return said("word/document.xml", "<w:body>", f"<w:body>{inside}")


def paragraph(*inside: str) -> str:
    return f"<w:p>{''.join(i if i.startswith('<') else f'<w:r><w:t>{i}</w:t></w:r>' for i in inside)}</w:p>"


def field(*codes: str) -> str:
    """A field whose code is cut over runs."""
    said_ = "".join(f'<w:r><w:instrText xml:space="preserve">{code}</w:instrText></w:r>' for code in codes)
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    return f"{mark.format('begin')}{said_}{mark.format('separate')}<w:r><w:t>值</w:t></w:r>{mark.format('end')}"


def picture(id: str = "rIdPic", how: str = "embed") -> str:
    blip = f'<a:blip r:{how}="{id}"/>'
    return (
        '<w:r><w:drawing><wp:inline><wp:extent cx="360000" cy="360000"/><wp:docPr id="9" name="徽"/><a:graphic><a:graphicData '
        'uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="9" name="徽"/>'
        f"<pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>{blip}<a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm>"
        '<a:off x="0" y="0"/><a:ext cx="360000" cy="360000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>'
        "</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )
