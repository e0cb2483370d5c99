"""Measures as pages show them: key figures, columns and words in sentences, called as measures.yaml and the programme say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cpaudit.fields import measure
from cpaudit.labels import measure_of, usual
from cpaudit.views.page import ROW, Column, KeyFigure, KeyFigures, Said, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cpaudit.dataset import Dataset
    from cpaudit.measures import Measure
    from cpaudit.programme import Programme
    from cpaudit.views.page import Block, Kind, Tone


def _known(id: str, ds: Dataset | None) -> Measure:
    return measure_of(ds.programme if ds else None, id)


def key_figure(
    id: str,
    value: float | None,
    of: int | None = None,
    *,
    key: str = "",
    note: str = "",
    tone: Tone = "plain",
    ds: Dataset | None = None,
) -> KeyFigure:
    """Return a measure's key figure; ``tone`` is for values above 0, ``key`` its id where that isn't the measure's."""
    known = _known(id, ds)
    return KeyFigure(key or id, known.label, value, known.unit, of, known.decimals, note, tone if value else "plain", measure=id)


def column(id: str, ds: Dataset | None = None) -> Column:
    """Return the column of a measure, in the words of a data set's programme.

    >>> column("accepted").heading, column("done_pct").kind
    ('已验收（家）', 'percent')
    """
    known = _known(id, ds)
    kind: Kind = "percent" if known.unit == "%" else "number" if known.decimals else "integer"
    return Column(known.label, kind, known.unit, known.decimals or 1, measure=id)


def label(id: str, ds: Dataset | None = None) -> str:
    """Return what a measure is called."""
    return _known(id, ds).label


def told(id: str, value: Any, of_plants: str = "", ds: Dataset | None = None) -> str:
    """Say a measure's value, or that nobody knows it (None); ``of_plants`` stands between its word and the number.

    >>> told("accepted", 1176), told("overdue", 3, "的企业")
    ('已验收 1,176 家', '有逾期的企业 3 家')
    """
    known = _known(id, ds)
    if value is None:
        return f"{known.label}{of_plants}无法判断"
    return f"{known.label}{of_plants} {value:,.{known.decimals}f} {known.unit}".replace(" %", "%")


def in_own_words(blocks: Iterable[Block], ds: Dataset) -> tuple[Block, ...]:
    """Return a page's blocks with measures and columns called and explained as the data set's programme calls its steps."""
    return tuple(
        table_in_own_words(block, ds)
        if isinstance(block, Table)
        else KeyFigures(tuple(_figure(item, ds.programme) for item in block.items))
        if isinstance(block, KeyFigures)
        else block
        for block in blocks
    )


def table_in_own_words(table: Table, ds: Dataset) -> Table:
    """Return a table with its columns called and its measures explained as the data set's programme calls its steps."""
    columns = {name: _column(name, column, ds.programme) for name, column in table.columns.items()}
    own = {id: measure_of(ds.programme, id) for id in table.measured()}
    told = {id: Said(said.label, said.definition) for id, said in own.items() if _differs(id, said)}
    return table if columns == table.columns and not told else replace(table, columns=columns, told=told)


def _differs(id: str, said: Measure) -> bool:
    try:
        return measure(id) != said
    except KeyError:  # a stage of the programme's own
        return True


def _figure(item: KeyFigure, programme: Programme) -> KeyFigure:
    if not item.measure:
        return item
    said = measure_of(programme, item.measure)
    return replace(item, label=said.label, said=Said(said.label, said.definition)) if _differs(item.measure, said) else item


def _column(name: str, column: Column, programme: Programme) -> Column:
    if column.measure and column.measure != ROW:
        said = measure_of(programme, column.measure)
        if not _differs(column.measure, said):
            return column
        usually = measure(column.measure).label if column.measure not in programme.stages or _shipped(column.measure) else ""
        return replace(
            column,
            label=said.label if column.label in (usually, said.label) else column.label,
            said=Said(said.label, said.definition),
        )
    try:
        own = usual(name, programme.words).label if column.label == usual(name).label else column.label
    except KeyError:  # of this table alone
        return column
    return column if own == column.label else replace(column, label=own)


def _shipped(id: str) -> bool:
    from cpaudit.measures import templates

    return id in templates()
