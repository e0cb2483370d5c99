"""Which column of a printed table is which: by words, and two columns called 权重 by their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from cpaudit.loaders.announcements.words import Role, key, words
from cpaudit.workspace.caches import cache

if TYPE_CHECKING:
    from cpaudit.loaders.opening.papers.printed import Cell, PrintedTable

#: Rows above a header are titles and the template's head block.
_DEEPEST = 20
#: Rows that a header may take.
_TALLEST = 3


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each role's columns stand (``name`` may span several), the three levels, and how many rows the header takes."""

    roles: dict[Role, tuple[int, ...]]
    levels: tuple[int, int, int]
    depth: int

    def first(self, role: Role) -> int | None:
        """Return the role's first column."""
        return self.roles[role][0] if role in self.roles else None


def find(table: PrintedTable) -> tuple[int, Columns] | None:
    """Return the row in which a table's header begins, and its columns; None where there is none."""
    for at in range(min(len(table.rows), _DEEPEST)):
        if found := recognise(table, at):
            return at, found
    return None


def recognise(table: PrintedTable, at: int) -> Columns | None:
    """Return the columns if a header begins in row ``at``: it needs the indicator's name and three levels."""
    low = max((_extent(table, at, c) for c in range(len(table.rows[at]))), default=1)
    for depth in range(low, min(low + 2, _TALLEST + 1)):
        found = _columns(table, at, depth) if at + depth <= len(table.rows) else None
        # A header of several rows begins with a heading; else the row above a header would be taken for a part of it.
        if found and (depth == 1 or key(table.rows[at][found.roles["name"][0]].text) in _roles()):
            return found
    return None


def _extent(table: PrintedTable, at: int, column: int) -> int:
    """Over how many rows a header cell reaches."""
    cell, rows = table.rows[at][column], 1
    while (
        at + rows < len(table.rows)
        and column < len(table.rows[at + rows])
        and table.rows[at + rows][column] is cell
        and cell.text
    ):
        rows += 1
    return rows


def _columns(table: PrintedTable, at: int, depth: int) -> Columns | None:
    roles: dict[str, list[int]] = {}
    for column in range(table.width):
        cells: list[Cell] = []
        for row in table.rows[at : at + depth]:
            if column < len(row) and row[column] not in cells:
                cells.append(row[column])
        texts = [key(c.text) for c in cells]
        # “一级指标” over “权重” is one heading; “基准值” over “Ⅰ级” is told by its last line.
        for said in ("".join(texts), *reversed(texts)):
            if role := _roles().get(said):
                roles.setdefault(role, []).append(column)
                break
    if "name" not in roles or not {"I", "II", "III"} <= roles.keys():
        return None
    for column in roles.pop("either_weight", []):
        roles.setdefault("group_weight" if column < roles["name"][0] else "weight", []).append(column)
    levels = (roles.pop("I")[0], roles.pop("II")[0], roles.pop("III")[0])
    return Columns({cast("Role", r): tuple(c) for r, c in roles.items()}, levels, depth)


@cache
def _roles() -> dict[str, str]:
    """Every heading's key → its role; a level's heading → I, II or III."""
    found: dict[str, str] = {key(h): role for role, some in words().headings.items() for h in some}
    found |= {key(h): "either_weight" for h in words().either_weight}
    for level, spellings in words().levels.items():
        found |= {key(h.format(n=n)): level for h in words().level_headings for n in spellings}
    return found
