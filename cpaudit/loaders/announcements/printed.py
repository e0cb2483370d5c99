"""A table as it is printed: cells with their place, merged ones being one object at several positions."""

from __future__ import annotations

from dataclasses import dataclass, field

#: What stands for something in a cell that has no text (a picture, an equation, a formula without a value): 〔…〕.
UNREADABLE = "〔{}〕"

_UP = str.maketrans("0123456789+-=()nabcdefghijklmo", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐᵒ")
#: Characters that are set higher, as :func:`raised` writes them.
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐᵒ"
POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")


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


@dataclass(slots=True)
class PrintedTable:
    """A table: ``rows`` is a full grid; ``label`` names it in messages (第1个表, 第3页第1个表, the sheet's name)."""

    label: str
    rows: list[list[Cell]]
    row_places: list[str]
    caption: str = ""
    notes: list[str] = field(default_factory=list)

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
