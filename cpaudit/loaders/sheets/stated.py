"""Units that a table is said to be in: in its title or a note, a group of headings, the sheet's name, or a cell beside."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cpaudit.loaders.cells.texts import text
from cpaudit.loaders.opening.grids import filled
from cpaudit.loaders.sheets.headings import column_field, column_unit
from cpaudit.loaders.sheets.regions import titles
from cpaudit.quantities.conversion import yearly
from cpaudit.quantities.spellings import meant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from cpaudit.loaders.opening.grids import Grid
    from cpaudit.loaders.sheets.regions import Recognised

#: “单位：元”, “金额单位为万元”, “以元为单位”, “按千元计”, “金额：元”; never “填报单位：元氏县”, which is no unit.
_STATED = re.compile(
    r"单\s*位\s*(?:均?[为是]|:)?\s*\(?([^()\s。.]+)|[以按]([^以按\s]{1,8}?)(?:为单位|计)|金额\s*(?:均?为|:)\s*([^()\s。,]+)"
)
_TAIL = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]{1,20})[)\]】〕]$")
_EMPTY = re.compile(r"单\s*位\s*:?$")
_PARTS = re.compile(r"[、,;和及]")
#: An amount of money that no list has: foreign, or misspelt.
_OTHER_MONEY = re.compile(r"[万亿]?[\u4e00-\u9fff]{1,2}元")
#: Headings of a column that names the unit of the one at its left.
_BESIDE = frozenset(("单位", "计量单位", "金额单位", "数值单位"))


class Said(NamedTuple):
    """A unit as it is written, and the text that says so."""

    unit: str
    text: str


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


def units(grid: Grid, table: Recognised, file: str) -> Units:
    """Return the units of a table's amounts; of two that are said and differ, none is chosen."""
    found, layout = Units(), table.layout
    around = list(_around(grid, table, file))
    for name, at in table.columns.items():
        about, form = column_field(layout, layout.columns[name].adds_to or name), column_unit(layout, name)
        if about is None or not about.unit or not form:
            continue
        heading = table.units.get(name, "")
        own = [Said(heading, _heading(grid, table, at))] if heading else []
        fitting: dict[Fraction, Said] = {}
        for one in (*own, *_groups(grid, table, at), *around):
            times = yearly(one.unit, about.unit, about.also)
            if times is not None:
                fitting.setdefault(times, one)
            elif "元" in about.unit and meant(one.unit) is None:
                found.disputed.setdefault(name, (one, Said(form, _heading(grid, table, at))))
        if len(fitting) > 1:
            first, second, *_ = fitting.values()
            found.disputed[name] = (first, second)
        elif fitting:
            ((_, found.said[name]),) = fitting.items()
        times = next(iter(fitting), None) or yearly(form, about.unit, about.also)
        if times is not None and times != 1:
            found.scales[name] = times
        if at + 1 in table.unknown and text(table.unknown[at + 1]) in _BESIDE:
            found.beside[name] = at + 1
    return found


def statements(said: str, *, tail: bool = True) -> Iterator[str]:
    """Yield the units that a text says its table is in.

    >>> list(statements("附表（单位：万元、吨）")), list(statements("填报单位：元氏县")), list(statements("方案表（元）"))
    (['万元', '吨'], [], ['元'])
    """
    whole = text(said)
    for match in _STATED.finditer(whole):
        for part in _PARTS.split(next(filter(None, match.groups()))):
            if meant(part) or _OTHER_MONEY.fullmatch(part):
                yield part
    if tail and (end := _TAIL.search(whole)) and "单位" not in end[1]:
        yield from (part for part in _PARTS.split(end[1]) if meant(part, exact=True))


def _around(grid: Grid, table: Recognised, file: str) -> Iterator[Said]:
    """Yield what stands around a table: title and notes, the cell beside “单位：”, the names of sheet and file."""
    for row, column, said in titles(grid, table):
        yield from (Said(unit, text(said)) for unit in statements(said))
        if _EMPTY.search(text(said)):
            beside = next((v for v in grid.rows[row][column + 1 : table.span[1]] if filled(v)), None)
            if isinstance(beside, str):
                yield from (Said(unit, f"{text(said)}{text(beside)}") for unit in _PARTS.split(text(beside)) if meant(unit))
    yield from (Said(unit, grid.sheet) for unit in statements(grid.sheet))
    name = Path(file).stem
    yield from (Said(unit, name) for unit in statements(name, tail=False))


def _groups(grid: Grid, table: Recognised, at: int) -> Iterator[Said]:
    """Yield the units that the groups above a column's own heading say."""
    rows = range(table.first, table.header + 1)
    own = max((r for r in rows if filled(grid.rows[r][at])), default=table.first)
    for row in range(table.first, own):
        over = next((v for c in range(at, table.span[0] - 1, -1) if filled(v := grid.rows[row][c])), None)
        if isinstance(over, str):
            yield from (Said(unit, text(over)) for unit in statements(over))


def _heading(grid: Grid, table: Recognised, at: int) -> str:
    return " ".join(text(v) for r in range(table.first, table.header + 1) if filled(v := grid.rows[r][at]))
