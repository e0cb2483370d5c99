"""Which unit sent a file: its name or its folders say so, else the title of its tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit.loaders.cells.texts import key
from cpaudit.programme import units
from cpaudit.workspace.caches import lru_cache

#: A programme's units; None are those of units.csv.
Units = tuple[str, ...] | None

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cpaudit.loaders.opening.files import Source
    from cpaudit.loaders.opening.grids import Grid
    from cpaudit.loaders.sheets.regions import Found


@lru_cache(maxsize=4096)
def _named(text: str, of: Units) -> tuple[str, ...]:
    """Return the units whose short name a text holds; of 临夏 and 临夏州 in one text the longer one alone."""
    said = {unit: units()[unit].short_name for unit in (tuple(units()) if of is None else of)}
    found = {unit: name for unit, name in said.items() if name in text}
    return tuple(unit for unit, name in found.items() if not any(name != other and name in other for other in found.values()))


@lru_cache(maxsize=4096)  # each file is asked about again and again
def named_in(name: str, home: str = "", of: Units = None) -> str | None:
    """Return the unit that a file or one of its folders is named after, the one that it was given in last.

    ``of``: the units of the programme; None are those of units.csv.
    """
    for part in (Path(name).stem, *reversed(Path(name).parts[:-1]), home):
        named = _named(part, of)
        if len(named) == 1:
            return named[0]
    return None


def named_in_path(source: Source, of: Units = None) -> str | None:
    """Return the unit that a source is named after."""
    return named_in(source.name, source.home, of)


def titled(found: Iterable[tuple[Grid, Found]], of: Units = None) -> str | None:
    """Return the unit that the titles and the names of a file's sheets say, where all say the same.

    A title that names a plant, as those of performance tables do, says nothing of the sender.
    """
    said: set[str] = set()
    for grid, seen in found:
        for table in seen.tables:
            if table.layout.titled:
                continue
            texts = [grid.sheet, *(str(v) for at in table.rows("title") for v in grid.rows[at] if isinstance(v, str))]
            for text in texts:
                said.update(_named(key(text), of))
    return said.pop() if len(said) == 1 else None
