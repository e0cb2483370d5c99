"""Amounts: a cell's number in its field's unit, by the unit that the cell, the cell beside, the heading or the table says."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cpaudit.loaders.cells import texts, values
from cpaudit.loaders.cells.values import Wrong
from cpaudit.loaders.sheets.headings import column_field, column_unit
from cpaudit.quantities.conversion import converted, told, yearly
from cpaudit.quantities.spellings import meant

if TYPE_CHECKING:
    from cpaudit.fields import Field
    from cpaudit.loaders.tables.reader import Row, Sheet


def read(row: Row, column: str, label: str, plant_id: str | None) -> float | None:
    """Return a cell's number in its field's unit, None where it is blank or can't be used; what is wrong is told."""
    value, known = row[column], row.sheet.units
    if value is None or value == "":
        return None
    try:
        found = values.amount(value)
    except Wrong as wrong:
        row.tell(wrong.code, column, plant_id, field=label, value=value)
        return None
    if found is None:
        return None
    number, said = found
    about = _field(row.sheet, column)
    beside = texts.text(row.cells[known.beside[column]]) if column in known.beside else ""
    if said and beside and yearly(said, beside) != 1:
        row.tell("units_differ", column, plant_id, field=label, value=value, first=said, second=beside)
        return None
    if column in known.disputed and not said:
        return None  # which its heading was told
    written = said or beside
    if not written:
        scale = known.scales.get(column)
        return float(number) if scale is None else converted(float(number), scale)
    times = yearly(written, about.unit, about.also) if about and about.unit else None
    if times is None or about is None:
        row.tell(
            "number_unit" if meant(written) else "number_text",
            column,
            plant_id,
            field=label,
            value=f"{texts.shown(value)}{'' if said else beside}",
            unit=_unit(about),
        )
        return None
    if beside and column in known.said and times != known.scales.get(column, 1):
        holes = {"first": beside, "second": known.said[column].text}
        row.tell("units_differ", column, plant_id, field=label, value=value, **holes)
        return None
    row.sheet.load.said.add(row.place(column)[:3])
    return float((Fraction(repr(number)) if isinstance(number, float) else number) * times)


def check(sheet: Sheet) -> None:
    """Tell of headings whose unit can't be used, of units that disagree, and of columns that are converted."""
    what, known, tell = sheet.what, sheet.units, sheet.load.problems.add
    for at, (heading, column, written) in what.foreign.items():
        code = "heading_unit" if meant(written) else "heading_unit_unknown"
        expected = column_unit(what.layout, column)
        tell(code, sheet.place(what.header, at), heading=heading, value=heading, written=written, expected=expected)
    for column, at in what.columns.items():
        form, about = column_unit(what.layout, column), _field(sheet, column)
        if column in known.disputed:
            first, second = known.disputed[column]
            holes = {"first": first.unit, "first_text": first.text, "second": second.unit, "second_text": second.text}
            tell("column_units_differ", sheet.place(what.header, at), field=sheet.label(column), value=first.text, **holes)
        elif column in known.said and form and about:
            said = known.said[column]
            times = yearly(said.unit, form, about.also)
            if times is not None and times != 1:
                holes = {"written": said.unit, "expected": form, "factor": told(times), "text": said.text}
                tell("heading_converted", sheet.place(what.header, at), value=said.unit, **holes)


def _field(sheet: Sheet, column: str) -> Field | None:
    """Return the field that takes a column's amounts."""
    heading = sheet.what.layout.columns.get(column)
    return column_field(sheet.what.layout, heading.adds_to or column) if heading else None


def _unit(about: Field | None) -> str:
    return (about and about.unit) or "无"
