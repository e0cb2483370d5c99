"""A Word file from elsewhere opened within bounds: its parts as bytes, or one sentence why it can't be used."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from typing import Any

from lxml import etree

from cpaudit.errors import UsageError
from cpaudit.zips import directories

R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT = "http://purl.oclc.org/ooxml/"
_LARGEST, _MOST, _UNFOLDED = 20 << 20, 2000, 64 << 20
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def unpacked(content: bytes, name: str) -> dict[str, bytes]:
    """Return the files in an archive by name.

    Raises:
        UsageError: it is none, is broken, or unfolds to more than any template has.
    """
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise UsageError(f"模板 {name} 是旧版文档（.doc、.wps）或加了密码，不能使用；请去掉密码，另存为 .docx 后重试。")
    broken = UsageError(f"模板 {name} 已损坏或不是 Word 文档，不能使用；请在 Word 或 WPS 中打开，另存为 .docx 后重试。")
    if not content.startswith(b"PK") or len(content) > _LARGEST:
        raise broken
    files, room = dict[str, bytes](), _UNFOLDED
    try:
        with directories.opened(io.BytesIO(content), _MOST) as archive:
            for entry in archive.infolist():
                with archive.open(entry) as file:
                    said = file.read(room + 1)
                room -= len(said)
                if room < 0:
                    raise broken
                files[entry.filename.replace("\\", "/").lstrip("/")] = said
    except (
        directories.CrowdedError,
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        EOFError,
    ):
        raise broken from None
    return files


def main_part(files: dict[str, bytes], name: str) -> str:
    """Return the name of the main part; a document with macros, or in the strict form that few programs write, is refused."""
    types = files.get("[Content_Types].xml", b"")
    if b"macroEnabled" in types or b"vbaProject" in types or any(n.lower().endswith("vbaproject.bin") for n in files):
        raise UsageError(f"模板 {name} 含有宏，不能使用；请另存为不含宏的 .docx 后重试。")
    for _, kind, to, _ in relations(files, "", name):
        if kind.startswith(_STRICT):
            raise UsageError(f"模板 {name} 是“Strict Open XML”格式，不能使用；请另存为“Word 文档（.docx）”后重试。")
        if kind == f"{R}/officeDocument" and to in files and b"wordprocessingml" in types:
            return to
    raise UsageError(f"模板 {name} 已损坏或不是 Word 文档，不能使用；请在 Word 或 WPS 中打开，另存为 .docx 后重试。")


def relations(files: dict[str, bytes], part: str, name: str) -> list[tuple[str, str, str, bool]]:
    """Return a part's relationships: id, type, what it leads to, whether that lies outside."""
    folder, _, last = part.rpartition("/")
    at = f"{folder}/_rels/{last}.rels".lstrip("/") if part else "_rels/.rels"
    found = []
    for each in parsed(files[at], name) if at in files else ():
        outside, to = each.get("TargetMode") == "External", each.get("Target", "")
        inside = posixpath.normpath(posixpath.join("/", folder, to)).lstrip("/")
        found.append((each.get("Id", ""), each.get("Type", ""), to if outside else inside, outside))
    return found


def parsed(content: bytes, name: str) -> Any:
    """Return the root of a part; one that declares a document type is refused.

    Raises:
        UsageError: it is no XML.
    """
    try:
        root = etree.fromstring(content, _PARSER)
        if root.getroottree().docinfo.doctype:
            raise ValueError
        return root
    except (etree.XMLSyntaxError, ValueError):
        raise UsageError(f"模板 {name} 的内容已损坏，不能使用；请在 Word 或 WPS 中打开，另存为 .docx 后重试。") from None
