"""Amounts: a cell's number in its field's unit, by the unit that the cell, the cell beside, the heading or the table says."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cpaudit.loaders.cells import texts, values
from cpaudit.loaders.cells.values import Wrong
from cpaudit.loaders.opening.grids import Shown
from cpaudit.loaders.sheets.headings import column_field, column_unit, meaning
from cpaudit.loaders.sheets.stated import heading_of
from cpaudit.quantities.conversion import converted, told, yearly
from cpaudit.quantities.spellings import meant

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    if said == "¥":
        return _money(row, column, label, plant_id, number)
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
    if not _shown_otherwise(row, column, label, plant_id, times):
        row.sheet.load.said.add(row.place(column)[:3])
    return float((Fraction(repr(number)) if isinstance(number, float) else number) * times)


def _money(row: Row, column: str, label: str, plant_id: str | None, number: Fraction | float) -> float | None:
    """Return an amount shown with the sign ¥, which people set without a thought: it counts where its column is in 元."""
    about, known = _field(row.sheet, column), row.sheet.units
    times = yearly("元", about.unit, about.also) if about and about.unit else None
    if times is None:
        row.tell("number_unit", column, plant_id, field=label, value=texts.shown(row[column]), unit=_unit(about))
        return None
    if number and times != known.scales.get(column, 1):
        second = known.said[column].text if column in known.said else f"表式规定的{column_unit(row.sheet.what.layout, column)}"
        row.tell("units_differ", column, plant_id, field=label, value=row[column], first="¥（元）", second=second)
        return None
    return converted(float(number), times)


def _shown_otherwise(row: Row, column: str, label: str, plant_id: str | None, times: Fraction) -> bool:
    """Whether a number's format and its heading say different amounts, which is told once for a column and unit."""
    value, known = row[column], row.sheet.units
    if not isinstance(value, Shown) or column not in known.said:
        return False
    by_heading = Fraction(repr(value.stored)) * known.scales.get(column, 1)
    if by_heading == Fraction(repr(value.number)) * times:
        return False
    if (column, value.unit) not in row.sheet.shown:
        row.sheet.shown.add((column, value.unit))
        row.tell("unit_shown", column, plant_id, field=label, value=value, unit=value.unit, text=known.said[column].text)
    return True


def check(sheet: Sheet) -> None:
    """Tell of headings whose unit can't be used, of units that disagree, and of columns that are converted."""
    what, known, tell = sheet.what, sheet.units, sheet.load.problems.add
    for at, (heading, column, written) in what.foreign.items():
        code = "heading_unit" if meant(written) else "heading_unit_unknown"
        expected = column_unit(what.layout, column)
        tell(code, sheet.place(what.header, at), heading=heading, value=heading, written=written, expected=expected)
    for said in known.unknown:
        place = sheet.place(*(said.at or (what.header, what.span[0])))
        tell("unit_unknown", place, unit=said.unit, text=said.text, value=said.text)
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
        elif form and about and column not in known.beside and _asked(sheet, column) and any(map(_bare, _cells(sheet, at))):
            tell("unit_unsaid", sheet.place(what.header, at), value=heading_of(sheet.grid, what, at), unit=form)


def _asked(sheet: Sheet, column: str) -> bool:
    """Whether the form's own heading says a unit: it doesn't of scores, which have but one."""
    own = meaning(sheet.what.layout.key, texts.key(sheet.label(column)))
    return bool(own and own.unit)


def _cells(sheet: Sheet, at: int) -> Iterator[object]:
    return (row.cells[at] for row in sheet.data())


def _bare(value: object) -> bool:
    """Whether a cell holds a number that says no unit itself; 0 needs none."""
    try:
        found = values.amount(value)
    except Wrong:
        return False
    return found is not None and found[1] == "" and found[0] != 0


def _field(sheet: Sheet, column: str) -> Field | None:
    """Return the field that takes a column's amounts."""
    heading = sheet.what.layout.columns.get(column)
    return column_field(sheet.what.layout, heading.adds_to or column) if heading else None


def _unit(about: Field | None) -> str:
    return (about and about.unit) or "无"
