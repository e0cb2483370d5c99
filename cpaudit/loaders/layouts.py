"""Layouts as data: which tables come in, how their headings read, and where in a sheet the header stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from cpaudit.loaders.values import key
from cpaudit.reference import Definition, read_definition, root

if TYPE_CHECKING:
    from cpaudit.loaders.grids import Grid

#: How far down a header is looked for: title rows and notes above it are few.
_DEEPEST = 20


class Heading(Definition):
    """The headings that name one column; the first is the one that templates print."""

    headings: tuple[str, ...]
    note: str = ""


class Title(Definition):
    """What the rows above the header (or a note below) say."""

    roster: dict[str, str] = Field(default_factory=dict)
    listed_on: str = ""
    size: str = ""


class Layout(Definition):
    """One kind of table."""

    id: str
    label: str
    table: str
    channel: Literal["online", "offline"] | None = None
    required: tuple[str, ...]
    distinctive: tuple[str, ...] = ()
    title: Title = Title()
    total: str = ""
    columns: dict[str, Heading]
    #: How headings begin that templates print for information; what stands under them isn't read.
    beside: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()
    answers: dict[str, int] = Field(default_factory=dict)


@cache
def layouts() -> dict[str, Layout]:
    """Return every layout: id → :class:`Layout`."""
    found = [read_definition(path, Layout) for path in sorted((root() / "layouts").glob("*.yaml"))]
    return {layout.id: layout for layout in found}


@dataclass(frozen=True, slots=True)
class Recognised:
    """A sheet that is understood: its layout, the header's row (from 0), column name → position, and headings unknown."""

    layout: Layout
    header: int
    columns: dict[str, int]
    unknown: dict[int, str]

    def body(self, grid: Grid) -> list[tuple[int, list[Any]]]:
        """Return (row, cells) below the header, up to the notes: rows with a single filled cell are none of the table."""
        rows = []
        for at, cells in enumerate(grid.rows[self.header + 1 :], start=self.header + 1):
            filled = sum(v is not None and v != "" for v in cells)
            if filled > 1:
                rows.append((at, cells))
        return rows


def recognise(grid: Grid) -> Recognised | None:
    """Return the layout that fits a sheet best, None where none has all that it requires."""
    best: Recognised | None = None
    for at, cells in enumerate(grid.rows[:_DEEPEST]):
        for layout in layouts().values():
            found = _match(layout, cells)
            if found and (best is None or len(found[0]) > len(best.columns)):
                best = Recognised(layout, at, *found)
    return best


def _match(layout: Layout, cells: list[Any]) -> tuple[dict[str, int], dict[int, str]] | None:
    names = _headings(layout.id)
    columns: dict[str, int] = {}
    unknown: dict[int, str] = {}
    for at, cell in enumerate(cells):
        said = key(cell)
        if said in names:
            columns.setdefault(names[said], at)
        elif said and not said.startswith(tuple(map(key, layout.beside))):
            unknown[at] = str(cell).strip()
    needed = {*layout.required, *layout.distinctive}
    return (columns, unknown) if needed <= columns.keys() else None


@cache
def _headings(layout_id: str) -> dict[str, str]:
    return {key(text): name for name, heading in layouts()[layout_id].columns.items() for text in heading.headings}
