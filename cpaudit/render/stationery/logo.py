"""The office's logo: an SVG that leads nowhere, and the picture of it that Word documents hold."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lxml import etree

from cpaudit.errors import UsageError
from cpaudit.errors.absent import require
from cpaudit.render.stationery import letterhead

if TYPE_CHECKING:
    from collections.abc import Sequence

_HIGH_MM, _DOTS = 12, 400
_DRAWN = f"#set page(width: auto, height: auto, margin: 0pt, fill: none)\n#image(bytes(sys.inputs.svg), height: {_HIGH_MM}mm)"
_FOREIGN = ("script", "foreignObject", "iframe", "set", "animate", "handler")
_INSIDE = re.compile(r"#|data:image/(png|jpeg|gif);")
_ELSEWHERE = re.compile(r"url\(\s*['\"]?(?!#)|@import", re.IGNORECASE)
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def checked(content: bytes, name: str) -> bytes:
    """Return a logo that can be drawn and asks for nothing outside itself.

    Raises:
        UsageError: it is none; one sentence that calls it by ``name``.
    """
    try:
        root = etree.fromstring(content, _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        raise UsageError(f"模板 {name} 不是 SVG 图片，不能使用；请用绘图软件另存为 SVG 后重试。") from None
    refused = UsageError(f"模板 {name} 含有脚本或指向外部的内容，不能使用；请用绘图软件另存为不带链接的 SVG 后重试。")
    if root.getroottree().docinfo.internalDTD is not None and root.getroottree().docinfo.internalDTD.entities():
        raise refused
    for element in root.iter():
        if not isinstance(element.tag, str):
            if not isinstance(element, etree._Comment):
                raise refused
            continue
        if etree.QName(element).localname in _FOREIGN or _ELSEWHERE.search(element.text or ""):
            raise refused
        for key, value in element.attrib.items():
            local = etree.QName(key).localname
            if (
                (local in ("href", "src") and not _INSIDE.match(value.strip()))
                or local.startswith("on")
                or _ELSEWHERE.search(value)
            ):
                raise refused
    try:
        picture(content)
    except UsageError:
        raise UsageError(f"模板 {name} 画不出来，不能使用；请用绘图软件打开检查，另存为 SVG 后重试。") from None
    return content


@lru_cache(4)
def picture(svg: bytes) -> bytes:
    """Return a logo as PNG.

    Raises:
        UsageError: it can't be drawn.
    """
    require("print", "typst")
    import typst

    try:
        made = typst.Compiler(_DRAWN.encode(), sys_inputs={"svg": svg.decode()}).compile(format="png", ppi=_DOTS)
    except (typst.TypstError, UnicodeDecodeError, RuntimeError):
        raise UsageError("标志画不出来。") from None
    assert isinstance(made, bytes)
    return made


def put(document: Any, stories: Sequence[Any], svg: bytes, *, anywhere: bool) -> None:
    """Put the logo where the bookmarks 标志 are; ``anywhere``: into the header where there is none."""
    from docx.shared import Mm
    from docx.text.paragraph import Paragraph

    parts = {id(part.element): part for part in _parts(document)}
    places = [start for name, start in letterhead.bookmarks(stories) if name == "标志"]
    for start in places:
        paragraph = letterhead.paragraph_of(start)
        part = parts[id(paragraph.getroottree().getroot())]
        run = Paragraph(paragraph, _Parent(part)).add_run()
        run.add_picture(io.BytesIO(picture(svg)), height=Mm(_HIGH_MM))
        start.addnext(run._r)
    if anywhere and not places:
        for section in document.sections:
            if section.header.is_linked_to_previous:
                section.header.is_linked_to_previous = False
                section.header.paragraphs[0].add_run().add_picture(io.BytesIO(picture(svg)), height=Mm(_HIGH_MM))


def _parts(document: Any) -> list[Any]:
    beside = [rel.target_part for rel in document.part.rels.values() if rel.reltype.rpartition("/")[2] in ("header", "footer")]
    return [document.part, *beside]


class _Parent:
    """What python-docx asks of a paragraph's parent: the part that pictures belong to."""

    def __init__(self, part: Any) -> None:
        self.part = part
