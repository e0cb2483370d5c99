"""Which unit sent a file: its name or its folders say so, else the title of its tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit.loaders.cells.texts import key
from cpaudit.programme import units

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cpaudit.loaders.opening.files import Source
    from cpaudit.loaders.opening.grids import Grid
    from cpaudit.loaders.sheets.regions import Found


def _named(text: str) -> list[str]:
    return [u.id for u in units().values() if u.short_name in text]


def named_in(name: str, home: str = "") -> str | None:
    """Return the unit that a file or one of its folders is named after, the one that it was given in last."""
    for part in (Path(name).stem, *reversed(Path(name).parts[:-1]), home):
        named = _named(part)
        if len(named) == 1:
            return named[0]
    return None


def named_in_path(source: Source) -> str | None:
    """Return the unit that a source is named after."""
    return named_in(source.name, source.home)


def titled(found: Iterable[tuple[Grid, Found]]) -> str | None:
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
                said.update(_named(key(text)))
    return said.pop() if len(said) == 1 else None
