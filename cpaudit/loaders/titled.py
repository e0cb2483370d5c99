"""What a table says once for all its rows: the plant that its title, its sheet or its file is called after."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit.loaders.cells.texts import key

if TYPE_CHECKING:
    from cpaudit.loaders.tables.reader import Sheet


def filled_in(sheet: Sheet) -> bool:
    """Fill in what a table says once for all its rows: the layout's defaults, and the plant that its title or file names.

    Whether it is known what the rows are about; where not, that is told.
    """
    layout = sheet.what.layout
    sheet.given.update(layout.defaults)
    if not layout.titled:
        return True
    around = [key(text) for _, _, text in sheet.texts()]
    said = [*around, key(sheet.grid.sheet), *map(key, reversed(Path(sheet.file).with_suffix("").parts))]
    for text in said:
        named = {p for p in sheet.load.registry.plants.values() if key(p.name) in text}
        # of “甲公司” and “甲公司二厂” the longer one is meant
        named = {p for p in named if not any(p != q and key(p.name) in key(q.name) for q in named)}
        if len(named) == 1:
            plant = named.pop()
            sheet.given.update({layout.titled: plant.name, "uscc": plant.uscc})
            return True
    at = sheet.place(sheet.what.header, sheet.what.span[0])
    sheet.given_up.append("title_without_plant")
    sheet.load.arrivals.lost(at, layout)
    for row in sheet.rows():
        row.fate("rejected")
    sheet.load.problems.add("title_without_plant", at, sheet=sheet.grid.sheet or sheet.file)
    return False
