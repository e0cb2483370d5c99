"""Cell notes: the comments of a sheet, in which ours stand beside those of others."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from cpaudit.loaders.handback import vml
from cpaudit.loaders.handback.cells import ORDER, Cells, Spot, spot
from cpaudit.loaders.handback.listing import wide
from cpaudit.loaders.handback.package import MAIN, RELATIONS, Unfit, insert, serialise, tag
from cpaudit.loaders.opening.grids import address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cpaudit.loaders.handback.package import Package

AUTHOR = "cpaudit-check"
#: How each entry of ours begins; its number is that of the list of problems.
_OURS = re.compile(r"(?:^|\n)【检查 (\d+)】")
_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
#: A box's width and a line's height in pixels, and how many digits a line holds.
_BOX, _LINE, _LINE_UNITS = 300, 17, 44


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
            self._put_vml(vml.grown(vml.without(self._read_vml(), gone), cut))
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
            self._put_vml(vml.grown(self._read_vml(), grown))
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
        boxes = {}
        for at in fresh:
            height = _rows(_said(notes[at])) * _LINE + 14
            boxes[at] = vml.Box(cells.anchor(at, _BOX, height), _BOX, height)
        drawings = [p for p in self._package.parts() if p.lower().endswith(".vml") and p != self._vml]
        others = [self._package.read(p).decode("utf-8", "replace") for p in drawings]
        self._put_vml(vml.with_notes(self._read_vml(), boxes, others))

    def _new_vml(self) -> None:
        from lxml import etree

        part = self._package.unused("xl/drawings/vmlDrawing{}.vml")
        self._package.declare_extension("vml", vml.CONTENT_TYPE)
        self._package.put(part, vml.EMPTY.encode())
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
    return comments is not None and any(_OURS.search(_text(c)) for c in _each(package.tree(comments)))


def check_apart(package: Package, sheets: set[str]) -> None:
    """Refuse sheets that share their notes: each would be marked on all of them, and hundreds would be searched for each.

    Raises:
        Unfit: two do.
    """
    homes = [home.lower() for part in sheets if part in package and (home := package.related(part, kind="comments"))]
    if len(set(homes)) < len(homes):
        raise Unfit("sheets that share their notes")


def _each(root: Any) -> Iterator[Any]:
    return root.iterfind(f"{tag('commentList')}/{tag('comment')}")  # type: ignore[no-any-return]


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
