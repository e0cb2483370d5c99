"""Units that a table is said to be in: in its title or a note, a group of headings, the sheet's name, or a cell beside."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cpaudit.loaders.cells.folding import simplified
from cpaudit.loaders.cells.texts import text
from cpaudit.loaders.opening.grids import filled
from cpaudit.loaders.sheets.headings import column_field, column_unit
from cpaudit.loaders.sheets.regions import titles
from cpaudit.loaders.sheets.statements import alone, in_place_of_unit, is_money, statements
from cpaudit.quantities.conversion import yearly
from cpaudit.quantities.spellings import meant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from cpaudit.loaders.opening.grids import Grid
    from cpaudit.loaders.sheets.regions import Recognised

_EMPTY = re.compile(r"(?:单\s*位|计量)\s*:?$")
#: Headings of a column that names the unit of the one at its left.
_BESIDE = frozenset(("单位", "计量单位", "金额单位", "数值单位"))
_MONEY = frozenset(("金额单位", "货币单位", "币种单位"))


class Said(NamedTuple):
    """A unit as it is written, the text that says so, and where that stands, if in the sheet."""

    unit: str
    text: str
    at: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Units:
    """What is known of a table's units, by column name."""

    #: The unit that its plain numbers are in, where it isn't the form's.
    said: dict[str, Said] = field(default_factory=dict)
    #: The ratio of that unit to the field's, where it isn't 1.
    scales: dict[str, Fraction] = field(default_factory=dict)
    #: Columns of which two units are said: none of their plain numbers is taken.
    disputed: dict[str, tuple[Said, Said]] = field(default_factory=dict)
    #: Column → position of the cells that name the unit of its numbers.
    beside: dict[str, int] = field(default_factory=dict)
    #: What stands in a unit's place and is none, where it puts no column in doubt.
    unknown: list[Said] = field(default_factory=list)


def units(grid: Grid, table: Recognised, file: str) -> Units:
    """Return the units of a table's amounts; of two that are said and differ, none is chosen."""
    found, layout = Units(), table.layout
    around, measured = list(_around(grid, table, file)), False
    for name, at in table.columns.items():
        about, form = column_field(layout, layout.columns[name].adds_to or name), column_unit(layout, name)
        if about is None or not about.unit or not form:
            continue
        heading = table.units.get(name, "")
        own = [Said(heading, heading_of(grid, table, at))] if heading else []
        fitting: dict[Fraction, Said] = {}
        for one in (*own, *_groups(grid, table, at), *_commented(grid, table, at), *around):
            times = yearly(one.unit, about.unit, about.also)
            if times is not None:
                fitting.setdefault(times, one)
            elif is_money(one.unit) if "元" in about.unit else meant(one.unit) is None and not heading:
                found.disputed.setdefault(name, (one, Said(form, heading_of(grid, table, at))))
        if len(fitting) > 1:
            first, second, *_ = fitting.values()
            found.disputed[name] = (first, second)
        elif fitting:
            ((_, found.said[name]),) = fitting.items()
        times = next(iter(fitting), None) or yearly(form, about.unit, about.also)
        if times is not None and times != 1:
            found.scales[name] = times
        if (beside := _unit_column(table, name)) is not None:
            found.beside[name] = beside
        measured = True
    if measured:
        told = {first for first, _ in found.disputed.values()}
        found.unknown.extend(one for one in dict.fromkeys(around) if meant(one.unit) is None and one not in told)
    return found


def _around(grid: Grid, table: Recognised, file: str) -> Iterator[Said]:
    """Yield what stands around a table: title and notes, the cell beside “单位：”, the names of sheet and file."""
    for row, column, said in titles(grid, table):
        at = (row, column)
        yield from (Said(unit, text(said), at) for unit in (*statements(said), *alone(said)))
        if _EMPTY.search(text(simplified(said))):
            beside = next((v for v in grid.rows[row][column + 1 : table.span[1]] if filled(v)), None)
            if isinstance(beside, str):
                yield from (Said(unit, f"{text(said)}{text(beside)}", at) for unit in in_place_of_unit(beside))
    yield from (Said(unit, grid.sheet) for unit in statements(grid.sheet))
    name = Path(file).stem
    yield from (Said(unit, name) for unit in statements(name, tail=False))


def _unit_column(table: Recognised, column: str) -> int | None:
    """Return where the cells stand that name a column's unit: beside it, or behind a run of columns of its kind without units.

    金额单位 is that of all sums of money.
    """
    at, own = table.columns[column], column_unit(table.layout, column) or ""
    for money in (at for at, heading in table.unknown.items() if text(heading) in _MONEY and "元" in own):
        return money
    names = {position: name for name, position in table.columns.items()}
    while at + 1 in names and not table.units.get(column) and not table.units.get(names[at + 1]):
        form = column_unit(table.layout, names[at + 1])
        if not form or yearly(form, own) is None:
            return None
        at += 1
    return at + 1 if text(table.unknown.get(at + 1, "")) in _BESIDE else None


def _groups(grid: Grid, table: Recognised, at: int) -> Iterator[Said]:
    """Yield the units that the groups above a column's own heading say."""
    rows = range(table.first, table.header + 1)
    own = max((r for r in rows if filled(grid.rows[r][at])), default=table.first)
    for row in range(table.first, own):
        over = next((v for c in range(at, table.span[0] - 1, -1) if filled(v := grid.rows[row][c])), None)
        if isinstance(over, str):
            yield from (Said(unit, text(over)) for unit in statements(over))


def _commented(grid: Grid, table: Recognised, at: int) -> Iterator[Said]:
    """Yield the units that the comments at a column's headings say; nothing else of them is quoted."""
    for row in range(table.first, table.header + 1):
        yield from (Said(unit, f"批注：{unit}") for unit in statements(grid.comments.get((row, at), "")))


def heading_of(grid: Grid, table: Recognised, at: int) -> str:
    """Return a column's heading as it stands."""
    return " ".join(text(v) for r in range(table.first, table.header + 1) if filled(v := grid.rows[r][at]))
