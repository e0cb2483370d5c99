"""A workbook of the cells that were read, for files whose own format can't carry notes (.xls, .csv, .docx)."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import TYPE_CHECKING

from cpaudit.loaders.handback.listing import plain, wide

if TYPE_CHECKING:
    from cpaudit.loaders.opening.grids import Grid

_NARROWEST, _WIDEST = 9, 40
_LONGEST_NAME = 31


def workbook(grids: list[Grid], otherwise: str) -> tuple[bytes, dict[str, str]]:
    """Return the workbook, and the name that each sheet has in it; ``otherwise`` names the sheet of a file without sheets."""
    import xlsxwriter

    out = io.BytesIO()
    safe = {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, safe)
    book.set_properties({"created": dt.datetime(2000, 1, 1)})
    lined, days = {"border": 1, "border_color": "#BFBFBF"}, {"num_format": "yyyy-mm-dd"}
    in_table = (book.add_format(lined), book.add_format({**lined, **days}))
    loose = (None, book.add_format(days))
    names: dict[str, str] = {}
    for grid in grids:
        names[grid.sheet] = _name(grid.sheet or otherwise, set(names.values()))
        page = book.add_worksheet(names[grid.sheet])
        for row, values in enumerate(grid.rows):
            # a title or a note stands alone in its row
            cell, day = in_table if sum(v not in (None, "") for v in values) > 1 else loose
            for column, value in enumerate(values):
                if value is None or value == "":
                    continue
                if isinstance(value, (dt.datetime, dt.date)):
                    page.write_datetime(row, column, value, day)
                elif isinstance(value, (int, float)) and not isinstance(value, bool):
                    page.write_number(row, column, value, cell)
                else:
                    page.write_string(row, column, plain(str(value)), cell)
        for column, width in enumerate(_widths(grid)):
            page.set_column(column, column, width)
    if not grids:
        book.add_worksheet(_name(otherwise, set()))
    book.close()
    return out.getvalue(), names


def _name(wanted: str, taken: set[str]) -> str:
    """Return a name that a sheet may have: without the signs of references, not too long, once."""
    bare = re.sub(r"[\[\]:*?/\\]", "_", plain(wanted)).strip("'") or "表"
    names = (bare[: _LONGEST_NAME - len(tail)] + tail for n in range(len(taken) + 1) for tail in [f"_{n + 1}" if n else ""])
    return next(n for n in names if n.lower() not in {t.lower() for t in taken})


def _widths(grid: Grid) -> list[int]:
    columns = max((len(row) for row in grid.rows), default=0)
    widths = [_NARROWEST] * columns
    for row in grid.rows[:200]:
        filled = [v for v in row if v not in (None, "")]
        if len(filled) < 2:  # a title runs over the columns beside it
            continue
        for at, value in enumerate(row):
            text = "2022-06-01" if isinstance(value, dt.date) else "" if value is None else str(value)
            widths[at] = min(_WIDEST, max(widths[at], *(units + 2 for units in wide(text))))
    return widths
