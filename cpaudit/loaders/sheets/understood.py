"""What was understood of each sheet: row by row and column by column, what is used and what is left out and why."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cpaudit.loaders.cells.texts import shown
from cpaudit.loaders.opening.grids import filled, letters
from cpaudit.loaders.sheets.contacts import masked
from cpaudit.loaders.sheets.headings import column_field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from cpaudit.loaders.opening.grids import Grid
    from cpaudit.loaders.tables.reader import Sheet

#: Problems that cost a whole row: why it was left out, where other problems stand in it too.
REJECTING = frozenset(
    (
        *("plant_not_on_roster", "plant_ambiguous", "plant_doubtful", "plant_decided_none", "plant_of_other_unit"),
        *("plant_unsearched", "plant_disputed", "row_same_plant", "indicator_unknown", "indicator_in_parts", "system_stub"),
        *(
            "option_part",
            "option_unnamed",
            "sender_unknown",
            "row_unnamed",
            "row_named_nothing",
            "roster_row_of_others",
            "row_dropped",
            "row_in_one_cell",
            "row_columns_differ",
            "not_a_plant",
            "unit_blank",
        ),
        *("row_repeated", "plant_duplicate", "superseded", "contradiction"),
        *("row_quote", "row_length", "row_thousands", "row_garbled", "row_left_out", "row_cell_long"),
    )
)
#: Why a row is left out that has no problem of its own.
_WHOLE = "整表未采用"


@dataclass(frozen=True)
class Reading:
    """A sheet of a file and the tables found in it; none where it wasn't understood."""

    file: str
    grid: Grid
    sheets: tuple[Sheet, ...]


def rows(readings: Iterable[Reading], problems: pd.DataFrame) -> pd.DataFrame:
    """Return one row per row that holds anything.

    Columns: file, sheet, table (from 1; 0 outside the tables), layout, row (as the spreadsheet numbers it), kind (title, header,
    data, total, subtotal, note, unread), hidden, text (its first cell), left_out (why a data row isn't used, '' where it is).
    """
    import pandas as pd

    reasons: dict[tuple[str, str, int], str] = {}
    ranked = problems.assign(cost=problems["code"].isin(REJECTING)).sort_values("cost", kind="stable")
    for file, sheet, cell, message in ranked[["file", "sheet", "cell", "message"]].itertuples(index=False, name=None):
        at = re.sub(r"\D", "", cell) if isinstance(cell, str) else ""
        reasons[file, sheet if isinstance(sheet, str) else "", int(at or 0)] = message
    names = ["file", "sheet", "table", "layout", "row", "kind", "hidden", "text", "left_out"]
    return pd.DataFrame([line for reading in readings for line in _rows(reading, reasons)], columns=names)


def _rows(reading: Reading, reasons: dict[tuple[str, str, int], str]) -> Iterator[tuple[Any, ...]]:
    grid = reading.grid
    for number, sheet in enumerate(reading.sheets, start=1):
        left, right = sheet.what.span
        for at, kind in sheet.what.kinds.items():
            contacts = sheet.what.contacts
            text = masked(_first(v for n, v in enumerate(grid.rows[at][left:right], left) if n not in contacts))
            used = kind != "data" or sheet.fates.get(at) == "stored"
            reason = "" if used else reasons.get((reading.file, grid.sheet, at + 1), _WHOLE)
            yield (reading.file, grid.sheet, number, sheet.what.layout.id, at + 1, kind, at in grid.hidden_rows, text, reason)
    covered = {at for sheet in reading.sheets for at in sheet.what.kinds}
    for at, row in enumerate(grid.rows):
        if at not in covered and any(map(filled, row)):
            yield reading.file, grid.sheet, 0, "", at + 1, "unread", at in grid.hidden_rows, _first(row), ""


def columns(readings: Iterable[Reading]) -> pd.DataFrame:
    """Return one row per column that has a heading or holds anything in a data row.

    Columns: file, sheet, table (0: outside the tables), layout, column (letters), heading, field (the form's column; '' where the
    column isn't used), label (the field in Chinese), use (used, unused, unknown, repeated, unit, no_heading, unread), hidden,
    filled (data rows in which it holds anything), sample.
    """
    import pandas as pd

    names = ["file", "sheet", "table", "layout", "column", "heading", "field", "label", "use", "hidden", "filled", "sample"]
    return pd.DataFrame([line for reading in readings for line in _columns(reading)], columns=names)


def _columns(reading: Reading) -> Iterator[tuple[Any, ...]]:
    grid = reading.grid
    for number, sheet in enumerate(reading.sheets, start=1):
        what = sheet.what
        by_position = {at: name for name, at in what.columns.items()}
        data = [grid.rows[at] for at in what.rows("data")]
        for at in range(*what.span):
            held = [row[at] for row in data if filled(row[at])]
            heading = " ".join(str(grid.rows[n][at]) for n in range(what.first, what.header + 1) if filled(grid.rows[n][at]))
            if not held and not heading:
                continue
            name = by_position.get(at, "")
            heading_is, about = what.layout.columns.get(name), column_field(what.layout, name) if name else None
            use = "no_heading" if not heading else "unknown" if at in what.unknown or at in what.contacts else "unused"
            use = "repeated" if at in what.repeated else "unit" if at in what.foreign else use
            disputed = name in sheet.units.disputed
            if heading_is:
                use = "unused" if heading_is.unused else "unit" if disputed else "used"
            label = about.label if about else heading_is.headings[0] if heading_is else ""
            yield (
                *(reading.file, grid.sheet, number, what.layout.id, letters(at), " ".join(heading.split()), name, label, use),
                *(at in grid.hidden_columns, len(held), "" if at in what.contacts else masked(_first(held))),
            )
    within = {at for sheet in reading.sheets for at in range(*sheet.what.span)}
    outside = Counter(at for row in grid.rows for at, v in enumerate(row) if at not in within and filled(v))
    for at, count in sorted(outside.items()):
        sample = _first(row[at] for row in grid.rows)
        yield reading.file, grid.sheet, 0, "", letters(at), "", "", "", "unread", at in grid.hidden_columns, count, sample


def _first(cells: Iterable[Any]) -> str:
    return next((shown(v) for v in cells if filled(v)), "")
