"""A Word file from elsewhere as parts that are safe to build papers on: what fetches or runs something is refused or left out.

Whatever isn't known to be harmless doesn't pass: parts by the kind of their relationship, references by what they lead to,
fields by their name, pictures by their first bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lxml import etree

from cpaudit.errors import UsageError
from cpaudit.render.stationery import archive, fields
from cpaudit.render.stationery.archive import R

if TYPE_CHECKING:
    from collections.abc import Callable

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml.{}+xml"
_THEME = "application/vnd.openxmlformats-officedocument.theme+xml"


def w(name: str) -> str:
    """Return a name of WordprocessingML as lxml writes it."""
    return f"{{{W}}}{name}"


#: Parts that are kept, by the last word of their relationship, with their content type.
_ALWAYS = ("styles", "numbering", "settings", "fontTable")
_KEPT = {**{kind: KIND.format(kind) for kind in (*_ALWAYS, "header", "footer")}, "theme": _THEME}
#: What other relationships lead to, as people call it.
_CALLED = {
    "oleObject": "嵌入的对象",
    "package": "嵌入的对象",
    "control": "控件",
    "chart": "图表",
    "aFChunk": "外部内容",
    "subDocument": "子文档",
    "hyperlink": "链接",
    "image": "链接到外部的图片",
}
#: First bytes of the pictures that are kept → their ending and type.
_PICTURES = {
    b"\x89PNG\r\n\x1a\n": ("png", "image/png"),
    b"\xff\xd8\xff": ("jpeg", "image/jpeg"),
    b"GIF8": ("gif", "image/gif"),
    b"BM": ("bmp", "image/bmp"),
    b"\x01\x00\x00\x00": ("emf", "image/x-emf"),
    b"\xd7\xcd\xc6\x9a": ("wmf", "image/x-wmf"),
}
#: Of a document's settings, those that concern how it looks; the others name templates, data sources and people.
_SETTINGS = frozenset(
    w(name)
    for name in (
        *("evenAndOddHeaders", "mirrorMargins", "gutterAtTop", "bordersDoNotSurroundHeader", "bordersDoNotSurroundFooter"),
        *("defaultTabStop", "autoHyphenation", "drawingGridHorizontalSpacing", "drawingGridVerticalSpacing", "compat"),
        *("displayHorizontalDrawingGridEvery", "displayVerticalDrawingGridEvery", "characterSpacingControl", "themeFontLang"),
        *("noLineBreaksAfter", "noLineBreaksBefore", "clrSchemeMapping", "decimalSymbol", "listSeparator"),
    )
)
_CHANGES = ("ins", "del", "moveFrom", "moveTo")
#: What is left out without a word, as it shows nothing: comments' marks, links of pictures, fonts inside the file.
_DROPPED = frozenset(
    (
        *("commentRangeStart", "commentRangeEnd", "commentReference", "proofErr", "permStart", "permEnd", "dataBinding"),
        *("hlinkClick", "hlinkHover", "svgBlip", "embedRegular", "embedBold", "embedItalic", "embedBoldItalic"),
    )
)
_PICTURES_MOST = 2 << 20


@dataclass(slots=True)
class Package:
    """A document and what belongs to it: ``parts`` name → root or bytes, ``rels`` name → id → (kind, name of the part)."""

    name: str
    document: str
    parts: dict[str, Any] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    rels: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)

    @property
    def body(self) -> Any:
        """The body of the document."""
        return self.parts[self.document].find(w("body"))

    def part(self, kind: str) -> Any:
        """Return the root of the document's part of a kind, None where there is none."""
        found = next((name for kind_, name in self.rels[self.document].values() if kind_ == kind), None)
        return self.parts.get(found) if found else None

    def stories(self) -> list[Any]:
        """Return the roots that hold text: the document, its headers and footers."""
        beside = [self.parts[n] for k, n in self.rels[self.document].values() if k in ("header", "footer")]
        return [self.parts[self.document], *beside]


def opened(content: bytes, name: str, prepare: Callable[[Package], object] | None = None) -> Package:
    """Return a Word file's harmless parts; ``prepare`` may take away what won't be used before the rest is looked at.

    Raises:
        UsageError: it is no such file, or holds what no paper may: one sentence that calls it by ``name``.
    """
    files = archive.unpacked(content, name)
    document = archive.main_part(files, name)
    package = Package(name, document)
    _take(package, files, document, KIND.format("document.main"))
    if package.parts[document].find(w("body")) is None:
        raise UsageError(f"模板 {name} 中没有正文，不是 Word 文档；请另存为 .docx 后重试。")
    if prepare:
        prepare(package)
    for part in [n for n, root in package.parts.items() if not isinstance(root, bytes)]:
        _clean(package, part)
    _forget_unused(package)
    if sum(len(p) for p in package.parts.values() if isinstance(p, bytes)) > _PICTURES_MOST:
        raise UsageError(f"模板 {name} 中的图片超过 {_PICTURES_MOST >> 20} MB，每份文件都会带着；请压缩图片后重试。")
    return package


def packed(package: Package) -> bytes:
    """Return the package as a file: the same bytes for the same parts."""
    types = ['<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>']
    types += ['<Default Extension="xml" ContentType="application/xml"/>']
    types += [f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in sorted(package.types.items())]
    files = {"[Content_Types].xml": f'<Types xmlns="{_TYPES}">{"".join(types)}</Types>'.encode()}
    files["_rels/.rels"] = _rels({"rId1": ("officeDocument", f"/{package.document}")})
    for name, part in package.parts.items():
        files[name] = (
            part if isinstance(part, bytes) else etree.tostring(part, xml_declaration=True, encoding="UTF-8", standalone=True)
        )
        if kept := package.rels.get(name):
            folder, _, last = name.rpartition("/")
            files[f"{folder}/_rels/{last}.rels"] = _rels({id: (kind, f"/{to}") for id, (kind, to) in kept.items()})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, said in files.items():
            made.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), said, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _rels(of: dict[str, tuple[str, str]]) -> bytes:
    said = "".join(f'<Relationship Id="{id}" Type="{R}/{kind}" Target="{to}"/>' for id, (kind, to) in of.items())
    return f'<Relationships xmlns="{_RELS}">{said}</Relationships>'.encode()


# -- what the file holds


def _take(package: Package, files: dict[str, bytes], part: str, kind: str) -> None:
    """Take a part and, by its relationships, those that belong to it."""
    if part in package.parts:
        return
    package.parts[part], package.types[part] = archive.parsed(files[part], package.name), kind
    package.rels[part] = {}
    for id, type_, to, outside in archive.relations(files, part, package.name):
        what = type_.rpartition("/")[2]
        if not outside and what in _KEPT and to in files and type_.startswith(R):
            package.rels[part][id] = what, to
            _take(package, files, to, _KEPT[what])
        elif not outside and what == "image" and to in files:
            ending = next((e for first, e in _PICTURES.items() if files[to].startswith(first)), None)
            if ending is None:
                package.rels[part][id] = "foreign", to
                continue
            package.rels[part][id], package.parts[to], package.types[to] = ("image", to), files[to], ending[1]
        else:
            package.rels[part][id] = what or "foreign", ""


# -- what its parts say


def _clean(package: Package, part: str) -> None:
    root = package.parts[part]
    if root.tag == w("settings"):
        for child in list(root):
            if child.tag not in _SETTINGS:
                root.remove(child)
    for element in list(root.iter()):
        if not isinstance(element.tag, str):  # comments and processing instructions
            _remove(element)
            continue
        name = etree.QName(element).localname
        if name in _DROPPED:
            _remove(element)
        elif name in _CHANGES and element.tag == w(name):
            raise UsageError(f"模板 {package.name} 中有未接受的修订，不知道该用哪一种；请接受或拒绝全部修订后重试。")
        elif element.tag in (w("footnoteReference"), w("endnoteReference")):
            raise UsageError(f"模板 {package.name} 中有脚注或尾注，不能使用；请删去后重试。")
        elif element.tag == w("hyperlink"):
            _unwrap(element)
    _references(package, part, root)
    if bad := fields.foreign(root):
        raise UsageError(f"模板 {package.name} 中有域 {bad}，打开文件时会取来别处的内容或改变；请改为文字或图片后重试。")


def _references(package: Package, part: str, root: Any) -> None:
    """See that every reference leads to a part that is kept: what isn't known to be harmless leads nowhere."""
    kept = package.rels[part]
    for element in root.iter():
        local = etree.QName(element).localname
        for key, value in list(element.attrib.items()):
            space, name = etree.QName(key).namespace, etree.QName(key).localname
            if space == R:
                kind, to = kept.get(value, ("foreign", ""))
                if not to or kind == "foreign":
                    said = _CALLED.get(kind, "链接到外部的内容") if value in kept else "失效的内容"
                    said = "不能识别的图片" if kind == "foreign" and to else said
                    raise UsageError(f"模板 {package.name} 中有{said}，不能使用；请删去，图片请嵌入为 PNG 或 JPEG 后重试。")
            elif space != W and name in ("href", "src", "althref", "relhref"):
                if local in ("imagedata", "fill", "stroke"):
                    raise UsageError(f"模板 {package.name} 中有链接到外部的图片，不能使用；请嵌入为 PNG 或 JPEG 后重试。")
                del element.attrib[key]  # a link on a shape


def _forget_unused(package: Package) -> None:
    """Leave out relationships that nothing leads by, and parts that none leads to."""
    for part, kept in package.rels.items():
        used = {v for e in package.parts[part].iter() for k, v in e.attrib.items() if k.startswith(f"{{{R}}}")}
        by_kind = (*_ALWAYS, "theme")
        package.rels[part] = {id: of for id, of in kept.items() if of[1] and (id in used or of[0] in by_kind)}
    lead = {package.document} | {to for kept in package.rels.values() for _, to in kept.values()}
    for part in [p for p in package.parts if p not in lead]:
        for known in (package.parts, package.types, package.rels):
            known.pop(part, None)


def _remove(element: Any) -> None:
    if (parent := element.getparent()) is not None:
        parent.remove(element)


def _unwrap(element: Any) -> None:
    parent = element.getparent()
    at = parent.index(element)
    for child in list(element):
        parent.insert(at, child)
        at += 1
    parent.remove(element)


def plain(text: str) -> str:
    """Return a name as styles and bookmarks are compared: without blanks, cases alike.

    >>> plain("Heading 1") == plain("heading1")
    True
    """
    return re.sub(r"\s+", "", text).casefold()
