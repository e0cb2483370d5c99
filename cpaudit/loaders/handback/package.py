"""An Office file as parts in a zip archive: those that are edited are written anew, all others byte for byte."""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
from typing import Any

from cpaudit.zips import directories

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_CONTENT_TYPES = "[Content_Types].xml"
#: What all parts may unfold to, and how much XML is made a tree, which takes twenty times the memory.
_MOST_BYTES, _MOST_PARSED = 300_000_000, 64_000_000
#: What parts of ours are stamped with, so that the same content gives the same bytes.
_STAMP = (1980, 1, 1, 0, 0, 0)


class Unfit(ValueError):
    """The file isn't a workbook that can be edited part by part."""


def tag(name: str, namespace: str = MAIN) -> str:
    """Return a qualified name: ``tag("row")`` is that of a worksheet's row."""
    return f"{{{namespace}}}{name}"


def parse(content: bytes) -> Any:
    """Parse XML without entities, documents from elsewhere or trees beyond measure.

    Raises:
        Unfit: it isn't XML, is too much of it, or declares a document type, which no workbook needs.
    """
    from lxml import etree

    if len(content) > _MOST_PARSED:
        raise Unfit(f"{len(content)} bytes of XML")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Unfit(str(error)) from error
    if root.getroottree().docinfo.doctype:
        raise Unfit("a document type declaration")
    return root


def serialise(root: Any) -> bytes:
    """Return XML as Office writes it."""
    from lxml import etree

    declaration = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
    return declaration + bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=False))


def insert(parent: Any, child: Any, order: tuple[str, ...]) -> None:
    """Put a child where the schema's sequence ``order`` (local names) wants it; Excel refuses any other place."""
    rank = {name: at for at, name in enumerate(order)}
    mine = rank[_local(child)]
    for at, sibling in enumerate(parent):
        # Office wraps what older versions don't know: the first known name inside tells where the wrapper belongs.
        inside = next((rank[n] for n in map(_local, sibling.iter()) if n in rank), -1)
        if inside > mine:
            parent.insert(at, child)
            return
    parent.append(child)


def _local(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


class Package:
    """The parts of one file."""

    def __init__(self, content: bytes) -> None:
        try:
            with directories.opened(io.BytesIO(content)) as archive:
                self._items = {i.filename: i for i in archive.infolist() if not i.filename.endswith("/")}
                if sum(item.file_size for item in self._items.values()) > _MOST_BYTES:
                    raise Unfit("parts that unfold without end")
                self._bytes = {name: archive.read(name) for name in self._items}
        except (zipfile.BadZipFile, directories.CrowdedError, OSError, RuntimeError, struct.error) as error:
            raise Unfit(str(error)) from error
        self._trees: dict[str, Any] = {}
        self._edited: set[str] = set()
        self._names = {name.lower(): name for name in self._bytes}

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._names

    def parts(self) -> list[str]:
        """Return the names of all parts."""
        return list(self._bytes)

    def read(self, part: str) -> bytes:
        """Return a part as it is in the file.

        Raises:
            Unfit: there is none of that name.
        """
        try:
            return self._bytes[self._names[part.lower()]]
        except KeyError:
            raise Unfit(f"no part {part}") from None

    def tree(self, part: str) -> Any:
        """Return a part's XML to look at; it is parsed once, however many lead to it."""
        name = self._names.get(part.lower(), part)
        if name not in self._trees:
            self._trees[name] = parse(self.read(part))
        return self._trees[name]

    def edit(self, part: str) -> Any:
        """Return a part's XML; it will be written anew."""
        tree = self.tree(part)
        self._edited.add(self._names[part.lower()])
        return tree

    def put(self, part: str, content: bytes, content_type: str = "") -> None:
        """Write a part, new or in place of the present one; a ``content_type`` is declared for it alone."""
        name = self._names.setdefault(part.lower(), part)
        self._trees.pop(name, None)
        self._edited.discard(name)
        self._bytes[name] = content
        if content_type:
            self._declare("Override", "PartName", f"/{name}", content_type)

    def declare_extension(self, extension: str, content_type: str) -> None:
        """Say what every part of an extension is, unless that is said already."""
        self._declare("Default", "Extension", extension, content_type)

    def _declare(self, element: str, attribute: str, value: str, content_type: str) -> None:
        from lxml import etree

        types = self.edit(_CONTENT_TYPES)
        if any(e.get(attribute, "").lower() == value.lower() for e in types.iter(tag(element, _TYPES))):
            return
        # extensions stand before single parts by custom
        at = 0 if element == "Default" else len(types)
        types.insert(at, etree.Element(tag(element, _TYPES), {attribute: value, "ContentType": content_type}))

    def content_type(self, part: str) -> str:
        """Return what a part is declared to be; '' where nothing is said."""
        types = self.tree(_CONTENT_TYPES)
        for element, attribute, value in (
            ("Override", "PartName", f"/{part}"),
            ("Default", "Extension", part.rpartition(".")[2]),
        ):
            for said in types.iter(tag(element, _TYPES)):
                if said.get(attribute, "").lower() == value.lower():
                    return str(said.get("ContentType", ""))
        return ""

    def unused(self, pattern: str) -> str:
        """Return the first name of a pattern (``xl/comments{}.xml``) that no part has."""
        return next(name for n in range(1, len(self._names) + 2) if (name := pattern.format(n)) not in self)

    def related(self, part: str, *, kind: str = "", identifier: str = "") -> str | None:
        """Return the part that ``part`` leads to by a kind of relation or by the relation's id."""
        rels = _rels(part)
        if rels not in self:
            return None
        for relation in self.tree(rels):
            fits = relation.get("Type", "").endswith(f"/{kind}") if kind else relation.get("Id") == identifier
            if fits and relation.get("TargetMode") != "External":
                return posixpath.normpath(posixpath.join("/", posixpath.dirname(part), relation.get("Target", ""))).lstrip("/")
        return None

    def relate(self, part: str, kind: str, target: str) -> str:
        """Lead from ``part`` to ``target``; return the relation's id."""
        from lxml import etree

        rels = _rels(part)
        if rels not in self:
            self.put(rels, _no_relations())
        relations = self.edit(rels)
        taken = {r.get("Id") for r in relations}
        identifier = next(i for n in range(1, len(taken) + 2) if (i := f"rId{n}") not in taken)
        path = posixpath.relpath(f"/{target}", f"/{posixpath.dirname(part)}")
        attributes = {"Id": identifier, "Type": f"{RELATIONS}/{kind}", "Target": path}
        etree.SubElement(relations, tag("Relationship", _PACKAGE_RELATIONS), attributes)
        return identifier

    def unrelate(self, part: str) -> None:
        """Let ``part`` lead nowhere any more."""
        if _rels(part) in self:
            self.put(_rels(part), _no_relations())

    def content(self) -> bytes:
        """Return the file."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self._bytes.items():
                item = self._items.get(name)
                stamped = zipfile.ZipInfo(name, item.date_time if item else _STAMP)
                stamped.compress_type = item.compress_type if item else zipfile.ZIP_DEFLATED
                archive.writestr(stamped, serialise(self._trees[name]) if name in self._edited else content)
        return out.getvalue()


def _rels(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _no_relations() -> bytes:
    from lxml import etree

    return serialise(etree.Element(tag("Relationships", _PACKAGE_RELATIONS), nsmap={None: _PACKAGE_RELATIONS}))
