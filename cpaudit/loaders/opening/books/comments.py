"""Comments of a workbook's cells, and what is drawn over them. What a template explains or a check wrote is left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cpaudit.loaders.opening.books import markup, streams

if TYPE_CHECKING:
    import zipfile

#: Who writes the explanations of templates, and how what a check writes begins.
_OURS, _CHECKED = "填表说明", re.compile(r"(?:^|\n)【检查 \d+】.*", re.DOTALL)

#: Pieces of text that are kept of a comment: a line each. Longer ones are no one's remark.
_MOST = 1000
#: Bytes of a workbook's comments.
_LARGEST = 16_000_000

#: What places a drawing.
_ANCHORS = frozenset(("twoCellAnchor", "oneCellAnchor", "absoluteAnchor"))

_CORNERS = (("from", "row"), ("from", "col"), ("to", "row"), ("to", "col"))
#: A rectangle: its first row and column and its last, from 0.
Area = tuple[int, int, int, int]

#: (row, column) → text.
Comments = dict[tuple[int, int], str]
#: The place of comments that aren't read because there are too many.
TOO_MANY = (-1, -1)


def remark(by: str, said: str) -> str:
    """Return what someone wrote into a comment, without what a check added; '' where a form explains itself.

    >>> remark("王", "应为 13\\n【检查 1】…"), remark("填表说明", "按全称填写")
    ('应为 13', '')
    """
    return "" if by == _OURS else _CHECKED.sub("", said).strip()


def read(archive: zipfile.ZipFile, part: str, known: dict[str, Comments]) -> Comments:
    """Return (row, column) → the text of a sheet's comments; ``known``: those of the parts of this archive read before.

    Parts that are larger than offices' remarks get, one by one or together, aren't read: :data:`TOO_MANY` stands for them.
    """
    found: Comments = {}
    for home in streams.related(archive, part, "comments"):
        if home not in known:
            size = sum(archive.getinfo(one).file_size for one in (*known, home))
            known[home] = _comments(archive, home) if size <= _LARGEST else {TOO_MANY: ""}
        found |= known.get(home, {})
    return found


def drawn(archive: zipfile.ZipFile, part: str) -> list[Area]:
    """Return where something with text in it is drawn over a sheet (a text box, an arrow that says 作废)."""
    found: dict[Area, None] = {}
    for home in streams.related(archive, part, "drawing"):
        if archive.getinfo(home).file_size <= _LARGEST:
            found |= dict.fromkeys(_boxes(archive, home))
    return list(found)


def _boxes(archive: zipfile.ZipFile, home: str) -> list[Area]:
    anchors: list[dict[tuple[str, str], str]] = []
    said: list[bool] = []
    corner = wanted = ""

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal corner, wanted
        name = name.rpartition(":")[2]
        if name in _ANCHORS:
            anchors.append({})
            said.append(False)
        elif name in ("from", "to"):
            corner = name
        wanted = name if name in ("t", "row", "col") else ""

    def text(piece: str) -> None:
        if anchors and wanted == "t":
            said[-1] |= bool(piece.strip())
        elif anchors and wanted:
            anchors[-1][corner, wanted] = anchors[-1].get((corner, wanted), "") + piece.strip()

    parser = streams.new_parser(start)
    parser.CharacterDataHandler = text
    parser.EndElementHandler = lambda _: start("", {})
    with archive.open(home) as file:
        parser.ParseFile(file)
    return [_area(anchor) for anchor, holds in zip(anchors, said, strict=True) if holds]


def _area(anchor: dict[tuple[str, str], str]) -> Area:
    """Return where a drawing begins and ends; one without an end ends where it begins."""
    places = [int(said) if (said := anchor.get((corner, way), "")).isdecimal() else -1 for corner, way in _CORNERS]
    top, left, bottom, right = places
    return max(top, 0), max(left, 0), max(top, bottom, 0), max(left, right, 0)


def _comments(archive: zipfile.ZipFile, home: str) -> dict[tuple[int, int], str]:
    authors, found, at = list[list[str]](), dict[tuple[int, int], tuple[int, list[str]]](), (-1, -1)

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal at
        parser.CharacterDataHandler = None
        if name.endswith("author"):
            authors.append([])
            parser.CharacterDataHandler = authors[-1].append
        elif name.endswith("comment"):
            at = markup.place_of(attributes.get("ref", "").upper())
            found[at] = (int(attributes.get("authorId", "0")), [])
        elif name.rpartition(":")[2] == "t" and at in found:
            parser.CharacterDataHandler = keep

    def keep(text: str) -> None:
        if len(found[at][1]) < _MOST:
            found[at][1].append(text)

    def end(_: str) -> None:
        parser.CharacterDataHandler = None

    parser = streams.new_parser(start)
    parser.EndElementHandler = end
    with archive.open(home) as file:
        parser.ParseFile(file)
    names = ["".join(said) for said in authors]
    texts = {at: remark("".join(names[by : by + 1]), "".join(said)) for at, (by, said) in found.items()}
    return {at: text for at, text in texts.items() if text and min(at) >= 0}
