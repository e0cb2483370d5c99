"""Columns that no field takes: each is told for what it is, none with data as a mere note; contacts are never quoted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpaudit.loaders.cells.texts import key
from cpaudit.loaders.opening.grids import filled, letters
from cpaudit.loaders.sheets.near import nearest
from cpaudit.loaders.tables.versions import is_time

if TYPE_CHECKING:
    from cpaudit.loaders.tables.reader import Sheet


def check(sheet: Sheet) -> None:
    """Tell of the columns of a table that aren't used."""
    what, tell = sheet.what, sheet.load.problems.add
    data = what.rows("data")
    for at, heading in what.unknown.items():
        if at in sheet.units.beside.values() or is_time(heading):
            continue
        place, holds = sheet.place(what.header, at), any(filled(sheet.grid.rows[row][at]) for row in data)
        column = near(sheet, heading)
        if not holds:
            tell("column_empty", place, heading=heading, value=heading)
        elif not column:
            tell("column_unknown", place, heading=heading, value=heading)
        elif column in what.columns:
            tell("column_beside", place, heading=heading, value=heading, field=sheet.label(column))
        else:
            tell("column_near", place, heading=heading, value=heading, field=sheet.label(column))
    for at in sorted(what.contacts):
        tell("column_contacts", sheet.place(what.header, at), value="")
    for at, (heading, column) in what.repeated.items():
        taken, unseen = what.columns[column], sheet.grid.hidden_columns
        code = "column_repeated_unseen" if at in unseen and taken not in unseen else "column_repeated"
        tell(code, sheet.place(what.header, at), heading=heading, value=heading, taken=letters(taken))
    headed = {*what.columns.values(), *what.unknown, *what.foreign, *what.repeated, *what.contacts, *sheet.units.beside.values()}
    for at in range(*what.span):
        blank = not any(filled(sheet.grid.rows[row][at]) for row in range(what.first, what.header + 1))
        if at not in headed and blank and any(filled(sheet.grid.rows[row][at]) for row in data):
            tell("column_unheaded", sheet.place(what.header, at), value="")


def near(sheet: Sheet, heading: str) -> str:
    """Return the column that an unknown heading may be meant for, '' where it is like none."""
    return nearest(sheet.what.layout.key, key(heading))


def doubtful(sheet: Sheet) -> dict[str, int]:
    """Return where the columns stand whose heading is only nearly the form's: what stands in them is unread."""
    found = {column: at for at, heading in sheet.what.unknown.items() if (column := near(sheet, heading))}
    return {column: at for column, at in found.items() if column not in sheet.what.columns}
