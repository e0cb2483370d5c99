"""Cell notes: a comments part and its old-style drawing, in which ours stand beside those of others."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.loaders.grids import address
from cpaudit.loaders.handback.cells import ORDER, Cells, Spot, spot
from cpaudit.loaders.handback.listing import wide
from cpaudit.loaders.handback.package import MAIN, RELATIONS, Unfit, insert, parse, serialise, tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cpaudit.loaders.handback.package import Package

AUTHOR = "cpaudit-check"
#: How each entry of ours begins; its number is that of the list of problems.
_OURS = re.compile(r"(?:^|\n)【检查 (\d+)】")
_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
#: Office's drawings of notes aren't always well-formed, so they are edited as text.
_SHAPE = re.compile(r"<(?P<p>[\w.-]+:)?shape\b(?:[^>]*/>|.*?</(?P=p)shape>)", re.S)
_VML = {
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "x": "urn:schemas-microsoft-com:office:excel",
}
_NEW_VML = "<xml {}></xml>".format(" ".join(f'xmlns:{p}="{n}"' for p, n in _VML.items()))
_SHAPE_TYPE = (
    '<v:shapetype id="_x0000_t202"{ns} coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_LAYOUT = '<o:shapelayout{ns} v:ext="edit"><o:idmap v:ext="edit" data="{data}"/></o:shapelayout>'
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
_BOX_PIXELS, _LINE_PIXELS, _LINE_UNITS = 300, 17, 44


class Entry(NamedTuple):
    """One problem in a note: its number in the list, what is wrong, what to do."""

    number: int
    what: str
    to_do: str

    def text(self) -> str:
        """Return the entry as the note says it."""
        return f"【检查 {self.number}】{self.what}" + (f"\n办法：{self.to_do}" if self.to_do else "")


class Notes:
    """The notes of one sheet."""

    def __init__(self, package: Package, part: str, sheet: Any) -> None:
        self._package, self._part, self._sheet = package, part, sheet
        self._comments = package.related(part, kind="comments")
        legacy = sheet.find(tag("legacyDrawing"))
        self._vml = None if legacy is None else package.related(part, identifier=legacy.get(tag("id", RELATIONS)))

    def remove(self) -> dict[Spot, int]:
        """Take out what earlier checks noted; return where, with the first number that stood there."""
        found: dict[Spot, int] = {}
        if self._comments is None or not ours(self._package, self._part):
            return found
        root = self._package.edit(self._comments)
        gone: set[Spot] = set()
        cut: dict[Spot, int] = {}
        for comment in list(_each(root)):
            if mine := _OURS.search(_text(comment)):
                at = spot(comment.get("ref"))
                found[at] = int(mine[1])
                if not _text(comment)[: mine.start()].strip():
                    comment.getparent().remove(comment)
                    gone.add(at)
                else:
                    cut[at] = -_rows(_text(comment)[mine.start() :].strip())
                    _cut(comment, mine.start())
        if self._vml and found:
            text = _SHAPE.sub(lambda shape: "" if _note_of(shape[0]) in gone else shape[0], self._read_vml())
            self._put_vml(_grown(text, cut))
        return found

    def add(self, notes: dict[Spot, list[Entry]], cells: Cells) -> None:
        """Put notes at cells; where somebody else's stands already, ours follow in it."""
        if not notes:
            return
        root = self._package.edit(self._comments or self._new_comments())
        present = {spot(c.get("ref")): c for c in _each(root)}
        home, author = root.find(tag("commentList")), _author(root)
        fresh, grown = [], {}
        for at, entries in sorted(notes.items()):
            if at not in present:
                home.append(_comment(at, author, entries))
                fresh.append(at)
            elif not _writer(root, present[at]).startswith("tc="):  # a conversation: programs write that text themselves
                _append(present[at], entries)
                grown[at] = _rows(_said(entries))
        if grown and self._vml:
            self._put_vml(_grown(self._read_vml(), grown))
        self._draw(fresh, notes, cells)

    def _new_comments(self) -> str:
        from lxml import etree

        part = self._package.unused("xl/comments{}.xml")
        root = etree.Element(tag("comments"), nsmap={None: MAIN})
        etree.SubElement(root, tag("authors"))
        etree.SubElement(root, tag("commentList"))
        self._package.put(part, serialise(root), _COMMENTS_TYPE)
        self._package.relate(self._part, "comments", part)
        self._comments = part
        return part

    def _draw(self, fresh: list[Spot], notes: dict[Spot, list[Entry]], cells: Cells) -> None:
        if not fresh:
            return
        if self._vml is None:
            self._new_vml()
        text = self._read_vml()
        end = text.rfind("</")
        root = re.search(r"<(?:[\w.-]+:)?xml\b[^>]*>", text)
        if root is None or end < 0:
            raise Unfit("a drawing of notes without its root")
        missing = "".join(f' xmlns:{p}="{n}"' for p, n in _VML.items() if f"xmlns:{p}=" not in root[0])
        ids, text, end = self._ids(text, len(fresh), missing, root.end())
        new = [] if re.search(r"""\bid=["']_x0000_t202["']""", text) else [_SHAPE_TYPE.format(ns=missing)]
        for order, (at, number) in enumerate(zip(fresh, ids, strict=True), start=1):
            height = _rows(_said(notes[at])) * _LINE_PIXELS + 14
            size = {"width": _BOX_PIXELS * 0.75, "height": height * 0.75, "anchor": cells.anchor(at, _BOX_PIXELS, height)}
            new.append(_NOTE.format(ns=missing, id=number, order=order, row=at[0], column=at[1], **size))
        self._put_vml(text[:end] + "".join(new) + text[end:])

    def _ids(self, text: str, count: int, missing: str, start: int) -> tuple[list[int], str, int]:
        """Return free ids for shapes, and the drawing (with where its content ends) that has their blocks for itself."""
        said = re.search(r"""idmap\b[^>]*\bdata=(["'])([\d,\s]*)\1""", text)
        blocks = [int(b) for b in re.findall(r"\d+", said[2])] if said else []
        used = {int(i) for i in re.findall(r"_x0000_s(\d+)", text)}
        taken = self._blocks_taken() | set(blocks)
        own = list(blocks)
        free = [i for b in own for i in range(b * _BLOCK + 1, (b + 1) * _BLOCK) if i not in used]
        while len(free) < count:
            block = next(b for b in range(1, len(taken) + 2) if b not in taken)
            taken.add(block)
            own.append(block)
            free += [i for i in range(block * _BLOCK + 1, (block + 1) * _BLOCK) if i not in used]
        data = ",".join(map(str, own))
        if said is None:
            text = text[:start] + _LAYOUT.format(ns=missing, data=data) + text[start:]
        else:
            text = text[: said.start(2)] + data + text[said.end(2) :]
        return free[:count], text, text.rfind("</")

    def _blocks_taken(self) -> set[int]:
        every = (self._package.read(p).decode("utf-8", "replace") for p in self._package.parts() if p.lower().endswith(".vml"))
        return {int(b) for text in every for said in re.findall(r"""idmap\b[^>]*\bdata=["']([\d,\s]*)""", text) for b in re.findall(r"\d+", said)}

    def _new_vml(self) -> None:
        from lxml import etree

        part = self._package.unused("xl/drawings/vmlDrawing{}.vml")
        self._package.declare_extension("vml", _VML_TYPE)
        self._package.put(part, _NEW_VML.encode())
        legacy = etree.Element(tag("legacyDrawing"), {tag("id", RELATIONS): self._package.relate(self._part, "vmlDrawing", part)})
        former = self._sheet.find(tag("legacyDrawing"))
        if former is not None:  # it leads nowhere
            self._sheet.remove(former)
        insert(self._sheet, legacy, ORDER)
        self._vml = part

    def _read_vml(self) -> str:
        assert self._vml
        try:
            return self._package.read(self._vml).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Unfit(str(error)) from error

    def _put_vml(self, text: str) -> None:
        assert self._vml
        self._package.put(self._vml, text.encode())


def ours(package: Package, part: str) -> bool:
    """Whether a sheet has notes of an earlier check."""
    comments = package.related(part, kind="comments")
    return comments is not None and any(_OURS.search(_text(c)) for c in _each(parse(package.read(comments))))


def _each(root: Any) -> Iterator[Any]:
    return root.iterfind(f"{tag('commentList')}/{tag('comment')}")  # type: ignore[no-any-return]


def _note_of(shape: str) -> Spot | None:
    """Return the cell of a shape that is a note."""
    row, column = re.search(r"Row>\s*(\d+)\s*<", shape), re.search(r"Column>\s*(\d+)\s*<", shape)
    is_note = re.search(r"""ObjectType=["']Note["']""", shape)
    return (int(row[1]), int(column[1])) if is_note and row and column else None


def _author(root: Any) -> str:
    """Return the number under which we stand among the authors."""
    from lxml import etree

    authors = root.find(tag("authors"))
    known = [a.text for a in authors]
    if AUTHOR not in known:
        etree.SubElement(authors, tag("author")).text = AUTHOR
        known.append(AUTHOR)
    return str(known.index(AUTHOR))


def _writer(root: Any, comment: Any) -> str:
    authors = root.find(tag("authors"))
    at = int(comment.get("authorId", "0"))
    return str(authors[at].text or "") if at < len(authors) else ""


def _comment(at: Spot, author: str, entries: list[Entry]) -> Any:
    from lxml import etree

    comment = etree.Element(tag("comment"), ref=address(*at), authorId=author)
    text = etree.SubElement(comment, tag("text"))
    _write(text, entries, "")
    return comment


def _append(comment: Any, entries: list[Entry]) -> None:
    from lxml import etree

    text = comment.find(tag("text"))
    plain = text.find(tag("t"))
    if plain is not None:  # text without runs: it becomes the first one
        run = etree.Element(tag("r"))
        text.replace(plain, run)
        run.append(plain)
    _write(text, entries, "\n")


def _write(text: Any, entries: list[Entry], before: str) -> None:
    from lxml import etree

    for at, entry in enumerate(entries):
        head, _, rest = entry.text().partition("\n")
        for said, bold in ((("\n" if at else before) + head, True), (f"\n{rest}" if rest else "", False)):
            if said:
                run = etree.SubElement(text, tag("r"))
                look = etree.SubElement(run, tag("rPr"))
                if bold:
                    etree.SubElement(look, tag("b"))
                etree.SubElement(look, tag("sz"), val="9")
                etree.SubElement(look, tag("color"), indexed="81")
                etree.SubElement(look, tag("rFont"), val="宋体")
                etree.SubElement(look, tag("charset"), val="134")
                written = etree.SubElement(run, tag("t"))
                written.text = said
                written.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    # phonetic readings stand after all runs
    for reading in [*text.iterfind(tag("rPh")), *text.iterfind(tag("phoneticPr"))]:
        text.append(reading)


def _runs(comment: Any) -> list[Any]:
    text = comment.find(tag("text"))
    return [] if text is None else [t for t in text.iter(tag("t")) if t.getparent().tag != tag("rPh")]


def _text(comment: Any) -> str:
    return "".join(t.text or "" for t in _runs(comment))


def _cut(comment: Any, length: int) -> None:
    """Keep so many characters of a note."""
    for written in _runs(comment):
        said = written.text or ""
        written.text = said[:length]
        length = max(0, length - len(said))
        run = written.getparent()
        if not written.text and run.tag == tag("r"):
            run.getparent().remove(run)


def _said(entries: list[Entry]) -> str:
    return "\n".join(entry.text() for entry in entries)


def _rows(text: str) -> int:
    """Return how many lines a text takes in the box; a Chinese character is two units wide."""
    return sum(max(1, math.ceil(w / _LINE_UNITS)) for w in wide(text))


def _grown(vml: str, rows: dict[Spot, int]) -> str:
    """Make the boxes of some notes so many rows higher (or lower)."""

    def grow(shape: re.Match[str]) -> str:
        more = rows.get(_note_of(shape[0]) or (-1, -1), 0)
        box = re.search(r"Anchor>([\d,\s]+)<", shape[0])
        edges = [int(e) for e in re.findall(r"\d+", box[1])] if box and more else []
        if not box or len(edges) != 8 or edges[6] + more <= edges[2]:
            return shape[0]
        edges[6] += more
        return shape[0][: box.start(1)] + ", ".join(map(str, edges)) + shape[0][box.end(1) :]

    return _SHAPE.sub(grow, vml)
