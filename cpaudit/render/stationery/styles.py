"""The styles that papers are written in, found in a template by any of their names; those that it lacks are supplied."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from cpaudit.errors import UsageError
from cpaudit.render.stationery.package import plain, w

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: How a style is called in files → what people call it; both are looked for. Word and WPS write the first, whatever they show.
NAMES = {
    "Normal": "正文",
    "Title": "标题",
    "Subtitle": "副标题",
    "heading 1": "标题 1",
    "heading 2": "标题 2",
    "heading 3": "标题 3",
    "caption": "题注",
}
#: What a reference document must have itself: with the house's in their place a paper would be half in the office's form.
REQUIRED = ("Normal", "Title", "heading 1", "heading 2")


def called(name: str) -> str:
    """Return a style's name as a sentence has it.

    >>> called("heading 1"), called("公文正文")
    ('“标题 1”（heading 1）', '“公文正文”')
    """
    return f"“{NAMES[name]}”（{name}）" if name in NAMES else f"“{name}”"


def ids(root: Any) -> dict[str, str]:
    """Return the ids of the styles in a part of styles: name → id; those of :data:`NAMES` under the name there.

    A style's own name comes before what others give as their second name.
    """
    ours = {plain(zh): name for name, zh in NAMES.items()} | {plain(name): name for name in NAMES}
    first, second = dict[str, str](), dict[str, str]()
    for style, names in _named(root):
        id = style.get(w("styleId"), "")
        first.setdefault(ours.get(plain(names[0]), names[0]), id)
        for other in names[1:]:
            second.setdefault(ours.get(plain(other), other), id)
    return second | first


def _named(root: Any) -> Iterator[tuple[Any, list[str]]]:
    for style in root.iterchildren(w("style")):
        if style.get(w("type")) not in ("paragraph", "table"):
            continue
        said = [e.get(w("val"), "") for e in (style.find(w("name")), style.find(w("aliases"))) if e is not None]
        names = [n.strip() for n in ",".join(said).split(",") if n.strip()]
        if names:
            yield style, names


def require(root: Any, name: str, wanted: Iterable[str] = REQUIRED) -> None:
    """See that a template has the styles that it must have.

    Raises:
        UsageError: it lacks some; one sentence that names the file and them.
    """
    known = ids(root) if root is not None else {}
    if lacking := [called(each) for each in wanted if each not in known]:
        raise UsageError(
            f"模板 {name} 中没有样式{'、'.join(lacking)}，报告无法按它排版；请在 Word 或 WPS 中把该样式应用到一段文字上、改好后"
            "保存，或从 cpaudit letterhead 写出的模板改起。"
        )


def supply(root: Any, *sources: Any) -> dict[str, str]:
    """Add the styles of ``sources`` that a part of styles lacks, of the first that has one; return the ids of all by name.

    What a style is based on and followed by is told by name: the template's own where it has it.
    """
    known = ids(root)
    taken = {s.get(w("styleId")) for s in root.iterchildren(w("style"))}
    for source in sources:
        names = {id: name for name, id in ids(source).items()}
        added: list[Any] = []
        for style, _ in _named(source):
            name = names.get(style.get(w("styleId"), ""), "")
            if not name or name in known:
                continue
            copy, id = deepcopy(style), style.get(w("styleId"))
            while id in taken:
                id += "0"
            copy.set(w("styleId"), id)
            copy.attrib.pop(w("default"), None)
            taken.add(id)
            known[name] = id
            added.append(copy)
            root.append(copy)
        for copy in added:
            for tag in ("basedOn", "next", "link"):
                if (other := copy.find(w(tag))) is not None:
                    id = known.get(names.get(other.get(w("val"), ""), ""))
                    copy.remove(other) if id is None else other.set(w("val"), id)
            for numbering in copy.iter(w("numPr")):
                numbering.getparent().remove(numbering)
    return known


def size_of(root: Any, id: str) -> float | None:
    """Return the size in points that a style states itself."""
    for style in root.iterchildren(w("style")):
        if style.get(w("styleId")) == id and (said := style.find(f"{w('rPr')}/{w('sz')}")) is not None:
            return int(said.get(w("val"))) / 2
    return None
