"""The parts of an official paper that a letterhead has places for, taken out of a page's text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpaudit.render.paper import outline
from cpaudit.views.page import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cpaudit.render.paper.outline import Item
    from cpaudit.views.page import Page


@dataclass(frozen=True, slots=True)
class Parts:
    """What a page says of itself as an official paper; '' and () where it doesn't say."""

    title: str
    to: str = ""
    signers: tuple[str, ...] = ()
    date: str = ""

    def values(self, below: Sequence[str]) -> Mapping[str, Sequence[str] | None]:
        """Return them by bookmark; what isn't said is None. ``below``: the lines under the title."""
        return {
            "副标题": below,
            "标题": [self.title],
            "主送": [self.to] if self.to else None,
            "附件": [],
            "署名": ["　　".join(self.signers)] if self.signers else None,
            "成文日期": [self.date] if self.date else None,
        }


def parts(page: Page, items: Sequence[Item]) -> tuple[Parts, list[Item]]:
    """Return the parts of a page, and what is left of its outline."""
    to, signed = "", list[str]()
    left = []
    for item in items:
        match item.block:
            case Text(text=text, role="to"):
                to = outline.close(text).strip().removesuffix("：")
            case Text(text=text, role="signed"):
                signed = outline.paragraphs(text)
            case _:
                left.append(item)
    return Parts(page.title, to, tuple(signed[:-1]), signed[-1] if signed else ""), left
