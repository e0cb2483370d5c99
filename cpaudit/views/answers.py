"""Answers: what a page opens with, one sentence and the questions that readers come with, answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Link:
    """Words of an answer that lead somewhere: to a unit's own page, a plant's file, or a table of the page."""

    text: str
    unit: str = ""
    plant: str = ""
    table: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A question that readers come with, and its answer; ``points`` are items of a list below it."""

    id: str
    question: str
    text: str
    points: tuple[str, ...] = ()
    tone: Literal["plain", "good", "warn", "bad"] = "plain"
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """What a page opens with: one sentence that says it all, and the answers."""

    lead: str
    items: tuple[Answer, ...]

    @property
    def text(self) -> str:
        """All of it as paragraphs, for media without links."""
        said = (f"{i.question}？{i.text}{'；'.join(i.points) + '。' if i.points else ''}" for i in self.items)
        return "\n\n".join([self.lead, *said])
