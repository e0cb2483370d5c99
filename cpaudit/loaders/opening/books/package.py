"""A workbook's archive as every library reads it: names and XML written in an unusual but allowed way are written plainly.

Office takes names of parts in any case, with backslashes, and XML in UTF-16; python-calamine would pass such a sheet by.
"""

from __future__ import annotations

import codecs
import posixpath
import re
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from cpaudit.loaders.opening.books import markup

if TYPE_CHECKING:
    from typing import IO

_OWN = ("[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml", "xl/styles.xml")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_ENCODING = re.compile(r"(<\?xml[^>]*?)\s+encoding=[\"'][^\"']*[\"']")
_TARGET = re.compile(r"(<(?:\w+:)?Relationship\b[^>]*?\bTarget=)([\"'])(.*?)\2")
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"<\0", b"\0<")


def plain(archive: zipfile.ZipFile, *, anew: bool = False) -> IO[bytes] | None:
    """Return the archive written anew in memory; None where nothing in it is unusual (and it isn't to be written ``anew``)."""
    items = archive.infolist()
    called = {_called(item.orig_filename): item for item in items}
    if not anew and not _unusual(archive, items):
        return None
    parts = {name: _xml(archive.read(item)) for name, item in called.items() if _is_xml(name)}
    parts |= {name: archive.read(item) for name, item in called.items() if not _is_xml(name)}
    lower = {name.lower(): name for name in parts}
    for name in _OWN:
        _rename(parts, lower, name)
    relations = "xl/_rels/workbook.xml.rels"
    if relations in parts:
        text, base = parts[relations].decode(), "/xl"

        def target(found: re.Match[str]) -> str:
            where = posixpath.normpath(posixpath.join(base, found[3].replace("\\", "/"))).lstrip("/")
            _rename(parts, lower, where)
            return f"{found[1]}{found[2]}/{where}{found[2]}" if where in parts else found[0]

        parts[relations] = _TARGET.sub(target, text).encode()
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as plainly:
        for name, content in parts.items():
            plainly.writestr(name, content)
    written.seek(0)
    return written


def _unusual(archive: zipfile.ZipFile, items: list[zipfile.ZipInfo]) -> bool:
    names = {item.orig_filename for item in items}
    if any(name != _called(name) for name in names) or not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return True
    for item in items:
        if _is_xml(item.orig_filename):
            with archive.open(item) as part:
                if part.read(4).startswith(_WIDE):
                    return True
    relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    if any("\\" in target or "./" in target for _, _, target in _TARGET.findall(relations)):
        return True
    return any(part not in names and part.lower() in {n.lower() for n in names} for part in markup.parts(archive).values())


def _called(name: str) -> str:
    return name.replace("\\", "/").lstrip("/")


def _is_xml(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels"))


def _xml(content: bytes) -> bytes:
    """Return XML in UTF-8, its CDATA sections as plain text."""
    if content.startswith(_WIDE):
        little = content.startswith((codecs.BOM_UTF16_LE, b"<\0"))
        text = content.decode("utf-16-le" if little else "utf-16-be").lstrip("\ufeff")
    elif b"<![CDATA[" in content:
        text = content.decode("utf-8-sig")
    else:
        return content
    text = _ENCODING.sub(r"\1", text, count=1)
    return _CDATA.sub(lambda found: escape(found[1]), text).encode()


def _rename(parts: dict[str, bytes], lower: dict[str, str], name: str) -> None:
    """Call a part as others call it, where the case alone differs."""
    if name not in parts and name.lower() in lower:
        parts[name] = parts.pop(lower[name.lower()])
        lower[name.lower()] = name
