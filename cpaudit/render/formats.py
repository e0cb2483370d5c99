"""The formats that offices use, each a pure function of a frozen page (and its figures' pictures) to bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cpaudit.render.paper.images import Picture
    from cpaudit.render.stationery.chosen import Stationery
    from cpaudit.views.page import Page


@dataclass(frozen=True, slots=True)
class Format:
    """A format: what it is called, how its files end, whether it shows figures and needs them as PNG besides SVG.

    ``write(page, images, on)`` returns the file; ``on``: the stationery, the house's where it isn't given. ``images`` are those
    of :meth:`cpaudit.render.paper.images.Painter.draw`, by the figures' ids; a figure without a picture is told by its text
    instead. The same page, images and stationery give the same bytes.
    """

    id: str
    label: str
    write: Callable[..., bytes]
    needs_images: bool
    needs_png: bool = False

    @property
    def suffix(self) -> str:
        """The ending of its files, with the dot."""
        return f".{self.id}"


def _docx(page: Page, images: Mapping[str, Picture], on: Stationery | None = None) -> bytes:
    from cpaudit.render.paper import docx

    return docx.write(page, images, *([on] if on else []))


def _pdf(page: Page, images: Mapping[str, Picture], on: Stationery | None = None) -> bytes:
    from cpaudit.render.paper import pdf

    return pdf.write(page, images, *([on] if on else []))


def _xlsx(page: Page, images: Mapping[str, Picture], on: Stationery | None = None) -> bytes:
    from cpaudit.render.paper import xlsx

    return xlsx.write(page)


FORMATS = {
    f.id: f
    for f in (
        Format("docx", "Word 文档", _docx, needs_images=True, needs_png=True),
        Format("pdf", "PDF 文档", _pdf, needs_images=True),
        Format("xlsx", "Excel 附表", _xlsx, needs_images=False),
    )
}
