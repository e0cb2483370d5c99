"""The bookmarks of a letterhead: which there are, and each filled with what is known, else with what is left to fill in."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from lxml import etree

from cpaudit.errors import UsageError
from cpaudit.render.stationery.package import plain, w
from cpaudit.views.tables.handover import EMPTY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

#: The names of bookmarks → other spellings that mean the same. Any other bookmark is left as it is.
BOOKMARKS: dict[str, tuple[str, ...]] = {
    "标题": ("title", "公文标题"),
    "副标题": ("subtitle",),
    "发文机关": ("issuer", "发文机关标志"),
    "发文字号": ("number", "文号"),
    "主送": ("to", "主送机关"),
    "正文": ("body", "content"),
    "附件": ("enclosures", "附件说明"),
    "署名": ("signed", "发文机关署名", "落款"),
    "成文日期": ("date", "日期"),
    "抄送": ("copies", "抄送机关"),
    "密级": ("secrecy",),
    "紧急程度": ("urgency",),
    "签发人": ("approved",),
    "印发机关": ("printed_by",),
    "印发日期": ("printed_on",),
    "印章": ("seal",),
    "标志": ("logo",),
}
#: What a paper always says: a letterhead without a place for it would lose it.
REQUIRED = ("标题", "主送", "正文", "署名", "成文日期")
_MEANT = {plain(spelling): name for name, others in BOOKMARKS.items() for spelling in (name, *others)}


def bookmarks(roots: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Yield the bookmarks that are filled: what each is for, and the element where it begins."""
    for root in roots:
        for start in root.iter(w("bookmarkStart")):
            if name := _MEANT.get(plain(start.get(w("name"), ""))):
                yield name, start


def require(roots: Iterable[Any], file: str) -> None:
    """See that a letterhead has a place for everything that a paper always says.

    Raises:
        UsageError: it has none for some; one sentence that names the file and the bookmarks.
    """
    known = {name for name, _ in bookmarks(roots)}
    if lacking := [f"“{name}”（{BOOKMARKS[name][0]}）" for name in REQUIRED if name not in known]:
        raise UsageError(
            f"模板 {file} 中没有书签{'、'.join(lacking)}，这些内容没有地方写；请在 Word 或 WPS 中选中其位置，用“插入—书签”加上，"
            "或从 cpaudit letterhead 写出的模板改起。"
        )


def fill(roots: Sequence[Any], values: Mapping[str, Sequence[str] | None]) -> dict[str, Any]:
    """Fill every bookmark but that of the body; return the paragraphs of each by name. A value is a line or several.

    No line: the paper has nothing there, and its paragraph goes. None, or a name that isn't given: nobody knows, and it says what
    is to be filled in.
    """
    places: dict[str, Any] = {}
    for name, start in list(bookmarks(roots)):
        if start.getparent() is None or name == "标志":
            continue
        places.setdefault(name, paragraph_of(start))
        if name != "正文":
            lines = values.get(name)
            _fill(start, [EMPTY.format(_asked(name))] if lines is None else lines)
    return places


def _asked(name: str) -> str:
    return {"主送": "主送机关", "署名": "发文机关署名", "抄送": "抄送机关，没有的删去"}.get(name, name)


def paragraph_of(start: Any) -> Any:
    """Return the paragraph that a bookmark begins in, or before."""
    for parent in start.iterancestors(w("p")):
        return parent
    following = start.getnext()
    while following is not None and following.tag != w("p"):
        following = following.getnext()
    if following is None:
        following = etree.Element(w("p"))
        start.addnext(following)
    following.insert(1 if following.find(w("pPr")) is not None else 0, start)
    return following


def _fill(start: Any, lines: Sequence[str]) -> None:
    paragraph = paragraph_of(start)
    if not lines:
        holder = paragraph.getparent()
        if len(holder.findall(w("p"))) > 1 or holder.tag != w("tc"):
            holder.remove(paragraph)
            return
        row = holder.getparent()
        row.getparent().remove(row)
        return
    look = _emptied(start, paragraph)
    run = etree.Element(w("r"))
    if look is not None:
        run.append(deepcopy(look))
    start.addnext(run)
    before = "".join(t.text or "" for t in paragraph.iter(w("t")))
    before = before[: _length_before(paragraph, run)]
    last = paragraph
    for line in lines[1:]:
        more = deepcopy(paragraph)
        for each in [e for e in more if e.tag != w("pPr")]:
            more.remove(each)
        other = deepcopy(run)
        _say(other, "　" * len(before) + line)
        more.append(other)
        last.addnext(more)
        last = more
    _say(run, lines[0])


def _length_before(paragraph: Any, run: Any) -> int:
    count = 0
    for element in paragraph.iter():
        if element is run:
            break
        if element.tag == w("t"):
            count += len(element.text or "")
    return count


def _say(run: Any, text: str) -> None:
    said = etree.SubElement(run, w("t"))
    said.text = text
    said.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _emptied(start: Any, paragraph: Any) -> Any:
    """Take the runs out of a bookmark and the paragraphs that it reaches into; return how its text looked."""
    root = paragraph.getroottree().getroot()
    id, inside, ends = start.get(w("id")), False, None
    runs: list[Any] = []
    for element in root.iter(w("bookmarkStart"), w("bookmarkEnd"), w("r")):
        if element is start:
            inside = True
        elif inside and element.tag == w("bookmarkEnd") and element.get(w("id")) == id:
            ends = element
            break
        elif inside and element.tag == w("r"):
            runs.append(element)
    if ends is None:
        runs = []
    look = runs[0].find(w("rPr")) if runs else _beside(start, paragraph)
    look = deepcopy(look) if look is not None else None
    reached = {p for run in runs for p in run.iterancestors(w("p"))} - {paragraph, *paragraph.iterancestors()}
    for run in runs:
        if run.getparent() is not None:
            run.getparent().remove(run)
    for other in reached:
        if other.find(f".//{w('t')}") is None and other.getparent() is not None and ends not in list(other.iter()):
            other.getparent().remove(other)
    return look


def _beside(start: Any, paragraph: Any) -> Any:
    """Return the look of the run beside an empty bookmark, else that of the paragraph's mark."""
    for run in (*start.itersiblings(w("r")), *start.itersiblings(w("r"), preceding=True)):
        return run.find(w("rPr"))
    form = paragraph.find(w("pPr"))
    return form.find(w("rPr")) if form is not None else None


def like(paragraph: Any, text: str) -> Any:
    """Return a paragraph with text in the form of another, whose runs or mark say how it looks."""
    made = etree.Element(w("p"))
    form, runs = paragraph.find(w("pPr")), list(paragraph.iter(w("r")))
    if form is not None:
        made.append(deepcopy(form))
        for section in made.iter(w("sectPr")):
            section.getparent().remove(section)
    look = runs[0].find(w("rPr")) if runs else form.find(w("rPr")) if form is not None else None
    run = etree.SubElement(made, w("r"))
    if look is not None:
        run.append(deepcopy(look))
    _say(run, text)
    return made
