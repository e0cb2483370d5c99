"""The pages of a template: one section upright, one across, each with its own headers, footers, paper and margins."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from cpaudit.render.stationery.package import w

if TYPE_CHECKING:
    from cpaudit.render.stationery.package import Package

_REFERENCES = ("headerReference", "footerReference")
_TWIPS = 20


def keep_pages(package: Package) -> None:
    """Take everything out of a reference document but its pages: the last upright section, behind the last one across.

    A section that names no header or footer of a kind has the one of the section before it.
    """
    body, inherited = package.body, dict[tuple[str, str], Any]()
    found: dict[bool, Any] = {}
    for section in body.iter(w("sectPr")):
        own = {(e.tag, e.get(w("type"), "default")): e for e in section if e.tag in map(w, _REFERENCES)}
        for at, reference in enumerate({k: v for k, v in inherited.items() if k not in own}.values()):
            section.insert(at, deepcopy(reference))
        inherited |= own
        found[_is_across(section)] = section
    upright, across = found.get(False), found.get(True)
    for child in list(body):
        body.remove(child)
    if across is not None and upright is not None:
        paragraph = etree_sub(body, "p")
        etree_sub(paragraph, "pPr").append(_plain(across, upright=False))
    if upright is None:
        upright = turned(across) if across is not None else etree_sub(body, "sectPr")
    body.append(_plain(upright, upright=True))


def etree_sub(parent: Any, name: str) -> Any:
    """Add an element of WordprocessingML to another and return it."""
    from lxml import etree

    return etree.SubElement(parent, w(name))


def _plain(section: Any, *, upright: bool) -> Any:
    """Return a section's page without what belongs to the text that was in it."""
    copy = deepcopy(section)
    for name in ("type", "cols", "lnNumType", "footnotePr", "endnotePr", "printerSettings", "sectPrChange"):
        for each in copy.findall(w(name)):
            copy.remove(each)
    numbers = copy.find(w("pgNumType"))
    if numbers is not None and not upright:
        numbers.attrib.pop(w("start"), None)
    return copy


def _is_across(section: Any) -> bool:
    size = section.find(w("pgSz"))
    return size is not None and int(size.get(w("w"), 0)) > int(size.get(w("h"), 0))


def turned(section: Any) -> Any:
    """Return a section's page turned by a quarter, its margins with it; a first page of its own there is none."""
    copy = deepcopy(section)
    size, margins = copy.find(w("pgSz")), copy.find(w("pgMar"))
    if size is not None:
        wide, high = size.get(w("w")), size.get(w("h"))
        across = int(high) > int(wide)
        size.set(w("w"), high)
        size.set(w("h"), wide)
        size.attrib.pop(w("orient"), None)
        if across:
            size.set(w("orient"), "landscape")
    if margins is not None:
        top, bottom, left, right = (margins.get(w(side), "1440") for side in ("top", "bottom", "left", "right"))
        for side, said in zip(("top", "bottom", "left", "right"), (right, left, top, bottom), strict=True):
            margins.set(w(side), said)
    for each in copy.findall(w("titlePg")):
        copy.remove(each)
    return copy


def room(section: Any) -> float:
    """Return the points between a section's margins."""
    size, margins = section.find(w("pgSz")), section.find(w("pgMar"))
    whole = int(size.get(w("w"), 11906)) if size is not None else 11906
    taken = sum(
        int(margins.get(w(side), 1800)) for side in ("left", "right", "gutter") if margins is not None and margins.get(w(side))
    )
    return max(whole - (taken or 3600), 2000) / _TWIPS
