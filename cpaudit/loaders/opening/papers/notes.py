"""What lies over a PDF page beside its content: marks that strike text out, strokes drawn by hand, fields filled in."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cpaudit.loaders.opening.papers.strikes import Box, Stroke

#: How text is set apart that isn't the page's own.
FILLED = "填在表单域或文本框里的"
#: An annotation that is hidden, or isn't shown on a screen.
_HIDDEN = 0b10_0010


def struck(page: Any) -> Iterator[Box]:
    """Yield the areas that are marked as struck out, or to be blacked."""
    for kind, one in _shown(page):
        if kind in ("StrikeOut", "Redact"):
            yield one["x0"], one["top"], one["x1"], one["bottom"]


def strokes(page: Any) -> Iterator[list[Stroke]]:
    """Yield the lines drawn over a page, each in its pieces."""
    for kind, one in _shown(page):
        about = one["data"]
        drawn = [about.get("L")] if kind == "Line" else about.get("InkList") if kind == "Ink" else []
        for numbers in drawn or ():
            points = [(float(x), float(page.height) - float(y)) for x, y in zip(numbers[::2], numbers[1::2], strict=False)]
            yield list(pairwise(points))


def filled(page: Any) -> list[tuple[str, float, float]]:
    """Return the texts filled into fields and boxes over a page, and the middle of each."""
    found = []
    for kind, one in _shown(page):
        about = one["data"]
        said = about.get("V") if kind == "Widget" else about.get("Contents") if kind == "FreeText" else None
        text = _text(said)
        if text and text != "Off":
            found.append((text, (one["x0"] + one["x1"]) / 2, (one["top"] + one["bottom"]) / 2))
    return found


def _text(said: Any) -> str:
    if isinstance(said, bytes):
        return said.decode("utf-16" if said.startswith((b"\xfe\xff", b"\xff\xfe")) else "utf-8", "replace").strip()
    return str(getattr(said, "name", said or "")).strip()


def _shown(page: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for one in page.annots if page.page_obj.annots else ():
        if not int(one["data"].get("F") or 0) & _HIDDEN:
            yield getattr(one["data"].get("Subtype"), "name", ""), one
