"""The make-up of Word documents: begun on the paper that is chosen, written in its named styles, the same bytes each time."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from cpaudit.render.stationery import house, letterhead, logo, sections, styles
from cpaudit.render.stationery.chosen import PLAIN
from cpaudit.render.stationery.package import w

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cpaudit.render.stationery.chosen import Stationery

#: What XML cannot hold.
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(slots=True)
class Paper:
    """A document being written: python-docx's own, its styles' ids by name, what a page across looks like.

    ``place``: the paragraph of a letterhead that the text takes the place of, None where there is none: then it is the end.
    """

    document: Any
    ids: dict[str, str]
    turned: Any
    badge: str = ""
    place: Any = None

    @property
    def body(self) -> Any:
        """The body of the document."""
        return self.document.element.body

    @property
    def room(self) -> float:
        """The points between the margins of the section that is being written."""
        return sections.room(self.body[-1])

    def size(self, name: str) -> float | None:
        """Return the points that a style states itself."""
        return styles.size_of(self.document.styles.element, self.ids[name])


def new(title: str, day: dt.date, badge: str = "", on: Stationery = PLAIN) -> Paper:
    """Return an empty paper of this title and day, on the reference document; ``badge`` stands at the head of every page."""
    paper = _begun(on.reference or house.pages(), title, day, badge, (house.pages(),), on)
    first = paper.body[0]
    if first.tag == w("p"):  # the page across, see sections.keep_pages
        paper.turned = first.find(f"{w('pPr')}/{w('sectPr')}")
        paper.body.remove(first)
    return paper


def under_letterhead(
    title: str, day: dt.date, badge: str, on: Stationery, values: Mapping[str, Sequence[str] | None], *, plain: bool = False
) -> Paper:
    """Return a paper under the letterhead, its parts filled; ``plain``: where the office has none, the house's without head."""
    own = on.letterhead or (house.plain_letter() if plain else house.letterhead())
    paper = _begun(own, title, day, badge, (on.reference, house.pages()) if on.reference else (house.pages(),), on)
    legal_ = {name: None if lines is None else [_ILLEGAL.sub("", line) for line in lines] for name, lines in values.items()}
    places = letterhead.fill(_stories(paper.document), legal_)
    paper.place = places["正文"]
    if "副标题" not in places:
        for text in reversed(legal_.get("副标题") or ()):
            places["标题"].addnext(line(paper, text, "Subtitle")._p)
    return paper


def _begun(content: bytes, title: str, day: dt.date, badge: str, more: Sequence[bytes], on: Stationery) -> Paper:
    import docx

    document = docx.Document(io.BytesIO(content))
    core, when = document.core_properties, dt.datetime(day.year, day.month, day.day)
    core.title, core.author, core.comments, core.language = _ILLEGAL.sub("", title), "", "", "zh-CN"
    core.last_modified_by = ""
    core.created = core.modified = when
    others = [docx.Document(io.BytesIO(each)).styles.element for each in more if each != content]
    paper = Paper(document, styles.supply(document.styles.element, *others), None, badge)
    if on.logo:
        logo.put(document, _stories(document), on.logo, anywhere=content == house.pages())
    return paper


def _stories(document: Any) -> list[Any]:
    beside = [rel.target_part for rel in document.part.rels.values() if rel.reltype.rpartition("/")[2] in ("header", "footer")]
    return [document.element, *(part.element for part in beside)]


def across(paper: Paper) -> None:
    """Go on on pages turned by a quarter."""
    from docx.oxml import OxmlElement

    now = paper.body[-1]
    paragraph = OxmlElement("w:p")
    paragraph.get_or_add_pPr().append(deepcopy(now))
    now.addprevious(paragraph)
    turned = paper.turned if paper.turned is not None else sections.turned(now)
    paper.body.replace(now, deepcopy(turned))


def line(paper: Paper, text: str, style: str = "公文正文") -> Any:
    """Add a paragraph of a style."""
    paragraph = paper.document.add_paragraph(clean(text))
    paragraph._p.style = paper.ids[style]
    return paragraph


def put_in_place(paper: Paper, since: int) -> None:
    """Move what was added behind the first ``since`` elements to where the letterhead has its text."""
    added = list(paper.body)[since:-1]
    if paper.place is None:
        return
    for element in added:
        paper.place.addprevious(element)
    paper.place.getparent().remove(paper.place)


def clean(text: str) -> str:
    """Return text without what XML cannot hold."""
    return _ILLEGAL.sub("", text)


def legal(text: str) -> str:
    """Return text as XML holds it.

    >>> legal("<a>\\x01&")
    '&lt;a&gt;&amp;'
    """
    return escape(_ILLEGAL.sub("", text))


def quoted(text: str) -> str:
    """Return text as the value of an XML attribute, in its quotes."""
    return quoteattr(_ILLEGAL.sub("", text))


def saved(paper: Paper) -> bytes:
    """Return the document's bytes; the archive's own dates are left out, so that the same document gives the same bytes."""
    if paper.badge:
        _mark(paper)
    whole, out = io.BytesIO(), io.BytesIO()
    paper.document.save(whole)
    with zipfile.ZipFile(whole) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in made.namelist():
            kept.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), made.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _mark(paper: Paper) -> None:
    """Write the badge into every header that a page of the document may have; a section without one has that before it."""
    marked, known = set[str](), set[str]()
    odd = paper.document.settings.odd_and_even_pages_header_footer
    for section in paper.document.sections:
        kinds = {"default": section.header, **({"even": section.even_page_header} if odd else {})}
        kinds |= {"first": section.first_page_header} if section.different_first_page_header_footer else {}
        for kind, header in kinds.items():
            new = header.is_linked_to_previous
            if new and kind in known:
                continue
            header.is_linked_to_previous = False
            known.add(kind)
            if str(header.part.partname) not in marked:
                marked.add(str(header.part.partname))
                paragraph = header.paragraphs[0] if new else header.add_paragraph()
                paragraph._p.style = paper.ids["示范标记"]
                paragraph.add_run(paper.badge)
