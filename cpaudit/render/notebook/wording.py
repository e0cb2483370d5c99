"""Sentences of shipped reports in an office's own words: wording.yaml, whose holes are filled with what stood there."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Self, TypeVar

from pydantic import model_validator

from cpaudit.reference import Definition, read_definition, root
from cpaudit.views.page import Caveat, Figure, Heading, Page, Table, Text
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from cpaudit.views.page import Block

_HOLE = re.compile(r"\{(\w+)\}")
#: What a hole doesn't reach beyond: the end of a clause that could be another sentence.
_WITHIN = r"[^。；\n]+"
#: The parts of a page that are written for readers.
_WRITTEN = ("text", "title", "subtitle", "note", "alt")
_B = TypeVar("_B", bound="Block | Page")


class Sentence(Definition):
    """A sentence as it ships (``says``), and as it is to be written; both with the same named holes."""

    says: str
    write: str

    @model_validator(mode="after")
    def _holes_can_be_filled(self) -> Self:
        known = _HOLE.findall(self.says)
        if not _HOLE.sub("", self.says).strip("，。、：；（）“” "):
            raise ValueError(f"“{self.says}”除了空以外没有文字，会与任何句子相符；请写出原句")
        if twice := next((name for name in known if known.count(name) > 1), ""):
            raise ValueError(f"“{self.says}”中的空 {{{twice}}} 写了两次，请用不同的名称")
        if "}{" in self.says:
            raise ValueError(f"“{self.says}”中两个空紧挨着，无从分开；请合为一个")
        if unknown := next((name for name in _HOLE.findall(self.write) if name not in known), ""):
            raise ValueError(f"“{self.write}”中的空 {{{unknown}}} 在原句中没有；可用的空：{'、'.join(known) or '没有'}")
        return self

    @property
    def pattern(self) -> re.Pattern[str]:
        """What finds the sentence in a text."""
        parts = _HOLE.split(self.says)
        found = "".join(f"(?P<{part}>{_WITHIN}?)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
        return re.compile(found if parts[-1] else rf"{found}(?=[。；\n]|$)")


class _Wording(Definition):
    sentences: tuple[Sentence, ...] = ()


@cache
def sentences() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return what is said otherwise: what finds a sentence, and what is written in its place.

    Raises:
        DefinitionError: wording.yaml is wrong.
    """
    return tuple((s.pattern, s.write) for s in read_definition(root() / "wording.yaml", _Wording).sentences)


def said(text: str) -> str:
    """Return a text in the words of the workspace."""
    for pattern, write in sentences():
        text = pattern.sub(lambda found, write=write: _HOLE.sub(lambda hole: found[hole[1]], write), text)  # type: ignore[misc]
    return text


def reworded(part: _B) -> _B:
    """Return a block, or a page's header, in the words of the workspace; numbers in tables and key figures stay as they are."""
    if not sentences() or not isinstance(part, Text | Heading | Caveat | Figure | Table | Page):
        return part
    mine = {f.name: said(getattr(part, f.name)) for f in fields(part) if f.name in _WRITTEN}
    return replace(part, **mine)  # type: ignore[arg-type]
