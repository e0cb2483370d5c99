"""Tables of one plant that their title names: which one, where title, sheet, file and rows between don't disagree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit.loaders.cells.texts import key
from cpaudit.loaders.opening.grids import address, filled
from cpaudit.loaders.sheets.words import row_word, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cpaudit.loaders.plants.matching import Known
    from cpaudit.loaders.tables.reader import Sheet


def filled_in(sheet: Sheet) -> bool:
    """Fill in what a table says once for all its rows: the layout's defaults, and the plant that its title or file names.

    Whether it is known what the rows are about; where not, that is told.
    """
    layout = sheet.what.layout
    sheet.given.update(layout.defaults)
    if not layout.titled:
        return True
    code, holes = plant(sheet)
    if not code:
        return True
    at = sheet.place(sheet.what.header, sheet.what.span[0])
    sheet.given_up.append(code)
    sheet.load.arrivals.lost(at, layout)
    for row in sheet.rows():
        row.fate("rejected")
    sheet.load.problems.add(code, at, **holes)
    return False


def plant(sheet: Sheet) -> tuple[str, dict[str, str]]:
    """Give a table's rows the plant that it names; where none can be told, return the problem and what it says."""
    name = {"sheet": sheet.grid.sheet or sheet.file}
    found = {where: named for where, text in _texts(sheet) if (named := _named(sheet, text))}
    # of “甲公司” and “甲公司二厂” the longer one is meant
    one = [named[0] for named in found.values() if len(named) == 1]
    one = [p for p in one if not any(p != q and key(p.name) in key(q.name) for q in one)]
    if len({p.plant_id for p in one}) > 1:
        told = "、".join(f"{where}为“{named[0].name}”" for where, named in found.items() if len(named) == 1)
        return "title_plants_differ", {"told": told, "value": told}
    if not one:
        return "title_without_plant", name
    sheet.given.update({sheet.what.layout.titled: one[0].name, "uscc": one[0].uscc})
    return "", {}


def denial(sheet: Sheet) -> tuple[str, str]:
    """Return the word by which a table's title or name denies that the plants in it passed, and the text; "" twice if none."""
    for _, text in _texts(sheet, ("title",)):
        if found := next((word for word in words().denying if word in key(text)), ""):
            return found, text
    return "", ""


def _texts(sheet: Sheet, kinds: tuple[str, ...] = ("title", "note", "data")) -> Iterator[tuple[str, str]]:
    """Yield (where, text) of all that may name the plant: what stands alone in a row, the names of sheet, file and folders.

    A remark (注：与…共用) names nobody's rows.
    """
    for at in sheet.what.rows(*kinds):
        held = [(c, v) for c in range(*sheet.what.span) if filled(v := sheet.grid.rows[at][c])]
        said = [(c, v) for c, v in held if isinstance(v, str) and row_word(v) != "note"]
        if len(held) == 1 or sheet.what.kinds[at] == "title":
            yield from ((address(at, c), v) for c, v in said)
    yield "工作表名", sheet.grid.sheet
    parts = Path(sheet.file).with_suffix("").parts
    yield from (("文件名" if n == 0 else f"文件夹{n}", part) for n, part in enumerate(reversed(parts)))


def _named(sheet: Sheet, text: str) -> list[Known]:
    said = key(text)
    named = [p for p in sheet.load.registry.plants.values() if key(p.name) in said]
    return [p for p in named if not any(p != q and key(p.name) in key(q.name) for q in named)]
