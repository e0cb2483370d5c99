"""Help pages as a terminal shows them: Chinese counts double, and no word, path or number is broken at the end of a line."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: What is kept together: a word of Latin letters, digits and signs; a Chinese character with what may begin no line.
_PIECES = re.compile(r"\s+|[“（《【〔]*(?:[\x21-\x7e]+|[^\s])[，。；：、！？”）》】〕…]*")
_FURTHEST = 30


def width(text: str) -> int:
    """Return how many columns a text takes.

    >>> width("目录 data")
    9
    """
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def lines(text: str, room: int) -> list[str]:
    """Return a paragraph as lines of at most so many columns.

    >>> lines("快照目录，默认 data/warehouse", 16)
    ['快照目录，默认', 'data/warehouse']
    """
    found, line = [], ""
    for piece in _PIECES.findall(" ".join(text.split())):
        if line and width(line) + width(piece.rstrip()) > room:
            found.append(line.rstrip())
            line = ""
        line += piece if line or piece.strip() else ""
    return [*found, line.rstrip()] if line.strip() else found


class Formatter(click.HelpFormatter):
    """click's, which counts characters and not columns."""

    def write_heading(self, heading: str) -> None:
        """Write the heading of a section."""
        self.write(f"{'':>{self.current_indent}}{heading}：\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs."""
        indent = " " * self.current_indent
        for paragraph in re.split(r"\n\s*\n", text.strip()):
            self.write("".join(f"{indent}{line}\n" for line in lines(paragraph, self.width - len(indent))))

    def write_dl(
        self, rows: Iterable[tuple[str, str]] | Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write what is called how on the left, and what it is on the right."""
        rows = list(rows)
        indent = " " * self.current_indent
        left = min(max((width(name) for name, _ in rows), default=0), col_max, _FURTHEST) + col_spacing
        room = max(self.width - len(indent) - left, 20)
        for name, told in rows:
            first, *others = lines(told, room) or [""]
            if width(name) > left - col_spacing:
                self.write(f"{indent}{name}\n")
                others = [first, *others] if first else others
            else:
                self.write(f"{indent}{name}{' ' * (left - width(name))}{first}".rstrip() + "\n")
            self.write("".join(f"{indent}{' ' * left}{line}\n" for line in others))


class Context(click.Context):
    """A command's context, whose help page is laid out here."""

    formatter_class = Formatter
