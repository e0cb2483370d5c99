"""A table as it is printed: cells with their place, merged ones being one object at several positions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

#: What stands for something in a cell that has no text (a picture, an equation, a formula without a value): 〔…〕.
UNREADABLE = "〔{}〕"

_UP = str.maketrans("0123456789+-=()nabcdefghijklmo", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐᵒ")
#: Characters that are set higher, as :func:`raised` writes them.
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐᵒ"
POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")


#: Signs that files keep as characters of the font Symbol.
_SYMBOLS = {0xF0A3: "≤", 0xF0B3: "≥", 0xF0B4: "×", 0xF0B1: "±", 0xF0B8: "÷", 0xF02D: "-", 0xF02A: "*", 0xF025: "%"}


def readable(text: str) -> str:
    """Return text whose characters all mean something outside of the file's own fonts; others become 〔字〕.

    >>> readable("\\uf0a30.5 \\ue001"), readable("(cid:12)\\x01")
    ('≤0.5 〔字〕', '〔字〕〔字〕')
    """
    said = re.sub(r"\(cid:\d+\)", UNREADABLE.format("字"), text.translate(_SYMBOLS))
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufffd]", UNREADABLE.format("字"), said)


def raised(text: str) -> str:
    """Return superscript text so that it can't be taken for digits of the line: m³, 10⁻⁷, 取水量¹.

    >>> raised("3"), raised("*")
    ('³', '*')
    """
    return text.translate(_UP)


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One printed cell. A merged cell is the same object at each position that it covers."""

    text: str
    place: str
    bold: bool = False
    #: What isn't read of it, and how that is set apart, as messages say it.
    left: str = ""
    how: str = ""
    #: Whether its text runs over its rules, so that nobody knows which of it is its own.
    over: bool = False


@dataclass(slots=True)
class PrintedTable:
    """A table: ``rows`` is a full grid; ``label`` names it in messages (第1个表, 第3页第1个表, the sheet's name)."""

    label: str
    rows: list[list[Cell]]
    row_places: list[str]
    caption: str = ""
    notes: list[str] = field(default_factory=list)
    #: Lines above it that nobody sees.
    unseen: list[str] = field(default_factory=list)

    def doubted(self) -> None:
        """Write into the cells whose text isn't all read, or isn't surely all theirs, that it isn't."""
        for cell in {id(c): c for row in self.rows for c in row}.values():
            why = "文字超出格线" if cell.over else f"有{cell.how}文字" if cell.left else ""
            if why:
                said = replace(cell, text=f"{cell.text}{UNREADABLE.format(why)}")
                self.rows = [[said if c is cell else c for c in row] for row in self.rows]

    @property
    def width(self) -> int:
        """How many columns the grid has."""
        return max(map(len, self.rows), default=0)


@dataclass(slots=True)
class Announcement:
    """What a file holds: its text outside of tables, its tables, and what couldn't be read."""

    name: str
    sha256: str
    lines: list[str] = field(default_factory=list)
    tables: list[PrintedTable] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
