"""The old-style drawing that shows a sheet's notes, edited as text: what Office writes there isn't always well-formed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from cpaudit.loaders.handback.cells import Spot
from cpaudit.loaders.handback.package import Unfit

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_SPACES = {
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "x": "urn:schemas-microsoft-com:office:excel",
}
EMPTY = "<xml {}></xml>".format(" ".join(f'xmlns:{prefix}="{name}"' for prefix, name in _SPACES.items()))
#: No pattern looks further than the next tag: a drawing made to be slow holds nobody up.
_TAG = re.compile(r"<(?P<closes>/?)(?P<space>[\w.-]*+:)?shape\b[^<>]*+>?+")
_IDS = re.compile(r"""<(?:[\w.-]*+:)?idmap\b(?:(?!\bdata=)[^<>])*\bdata=(["'])([\d,\s]*+)\1""")
_LAYOUT = '<o:shapelayout{ns} v:ext="edit"><o:idmap v:ext="edit" data="{data}"/></o:shapelayout>'
_TYPE = (
    '<v:shapetype id="_x0000_t202"{ns} coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_NOTE = (
    '<v:shape{ns} id="_x0000_s{id}" type="#_x0000_t202" style="position:absolute;margin-left:60pt;margin-top:2pt;'
    'width:{width}pt;height:{height}pt;z-index:{order};visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
    '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>'
    "<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)
#: Ids of shapes come in blocks of 1024, which a drawing has for itself.
_BLOCK = 1024


class Box(NamedTuple):
    """Where a note's box is drawn (from and to, as cell and offset) and how large it is, in pixels."""

    anchor: str
    width: int
    height: int


def without(drawing: str, gone: set[Spot]) -> str:
    """Return a drawing without the notes of some cells."""
    return _edited(drawing, lambda shape: "" if _cell(shape) in gone else shape)


def grown(drawing: str, rows: Mapping[Spot, int]) -> str:
    """Return a drawing in which the boxes of some cells' notes are so many rows higher (or lower)."""

    def grow(shape: str) -> str:
        more = rows.get(_cell(shape) or (-1, -1), 0)
        box = re.search(r"Anchor>([\d,\s]{8,200})<", shape)
        edges = [int(e) for e in re.findall(r"\d+", box[1])] if box and more else []
        if not box or len(edges) != 8 or edges[6] + more <= edges[2]:
            return shape
        edges[6] += more
        return shape[: box.start(1)] + ", ".join(map(str, edges)) + shape[box.end(1) :]

    return _edited(drawing, grow)


def _edited(drawing: str, edit: Callable[[str], str]) -> str:
    """Return a drawing with each shape as ``edit`` returns it."""
    parts, done = [], 0
    for start, end in _shapes(drawing):
        parts += [drawing[done:start], edit(drawing[start:end])]
        done = end
    return "".join(parts) + drawing[done:]


def _shapes(drawing: str) -> Iterator[tuple[int, int]]:
    """Yield where shapes begin and end; what begins and never ends is none."""
    tags = list(_TAG.finditer(drawing))
    ends = {tag["space"]: tag.start() for tag in tags if tag["closes"] and tag[0].endswith(">")}
    begun: re.Match[str] | None = None
    for tag in tags:
        if tag["closes"]:
            if begun and tag["space"] == begun["space"] and tag[0].endswith(">"):
                yield begun.start(), tag.end()
                begun = None
        elif begun is None and tag[0].endswith("/>"):
            yield tag.span()
        elif begun is None and ends.get(tag["space"], -1) > tag.start():
            begun = tag


def with_notes(drawing: str, boxes: Mapping[Spot, Box], others: list[str]) -> str:
    """Return a drawing with a box for the notes of some more cells; ``others`` are the package's other drawings.

    Raises:
        Unfit: it has no root.
    """
    root = re.search(r"<(?:[\w.-]*+:)?xml\b[^<>]*+>", drawing)
    if root is None or "</" not in drawing:
        raise Unfit("a drawing of notes without its root")
    missing = "".join(f' xmlns:{p}="{name}"' for p, name in _SPACES.items() if f"xmlns:{p}=" not in root[0])
    ids, data = _ids(drawing, len(boxes), others)
    said = _IDS.search(drawing)
    if said:
        drawing = drawing[: said.start(2)] + data + drawing[said.end(2) :]
    else:
        drawing = drawing[: root.end()] + _LAYOUT.format(ns=missing, data=data) + drawing[root.end() :]
    new = [] if re.search(r"""\bid=["']_x0000_t202["']""", drawing) else [_TYPE.format(ns=missing)]
    for order, ((at, box), number) in enumerate(zip(boxes.items(), ids, strict=True), start=1):
        size = {"width": box.width * 0.75, "height": box.height * 0.75, "anchor": box.anchor}
        new.append(_NOTE.format(ns=missing, id=number, order=order, row=at[0], column=at[1], **size))
    end = drawing.rfind("</")
    return drawing[:end] + "".join(new) + drawing[end:]


def _ids(drawing: str, count: int, others: list[str]) -> tuple[list[int], str]:
    """Return free ids for shapes, and the blocks that the drawing then has for itself."""
    own = _blocks(drawing)
    taken = {block for other in others for block in _blocks(other)} | set(own)
    used = {int(i) for i in re.findall(r"_x0000_s(\d{1,9})\b", drawing)}

    def free(blocks: Iterable[int]) -> Iterator[int]:
        return (i for b in blocks for i in range(b * _BLOCK + 1, (b + 1) * _BLOCK) if i not in used)

    ids = list(islice(free(own), count))
    while len(ids) < count:
        block = next(b for b in range(1, len(taken) + 2) if b not in taken)
        taken.add(block)
        own.append(block)
        ids += islice(free([block]), count - len(ids))
    return ids, ",".join(map(str, own))


def _blocks(drawing: str) -> list[int]:
    said = _IDS.search(drawing)
    return [int(block) for block in re.findall(r"\b\d{1,6}\b", said[2])] if said else []


def _cell(shape: str) -> Spot | None:
    """Return the cell of a shape that is a note."""
    row, column = (re.search(rf"{name}>\s*+(\d{{1,9}}+)\s*+<", shape) for name in ("Row", "Column"))
    is_note = re.search(r"""ObjectType=["']Note["']""", shape)
    return (int(row[1]), int(column[1])) if is_note and row and column else None
