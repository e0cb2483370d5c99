"""A sheet that a misspelt heading keeps from being read: what else is wrong in it is told at once, and nothing of it is taken."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cpaudit.loaders.cells.texts import key
from cpaudit.loaders.plants import titled
from cpaudit.loaders.plants.identity import Registry
from cpaudit.loaders.plants.known import register
from cpaudit.loaders.sheets import regions
from cpaudit.loaders.tables.gathered import Load
from cpaudit.loaders.tables.reader import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pandas as pd

    from cpaudit.loaders.opening.grids import Grid
    from cpaudit.loaders.sheets.regions import Found
    from cpaudit.loaders.sheets.understood import Reading

    Readers = Mapping[str, Callable[[Sheet], None]]


def tell(state: Load, readings: Iterable[Reading], readers: Readers, known: pd.DataFrame | None) -> None:
    """Tell of the errors below headings that are like those of a form; ``readers``: layout → what reads it."""
    units = {(p["file"], p["sheet"]): p["unit"] for p in state.problems.rows if p["code"] == "table_incomplete"}
    for reading in readings:
        about = (reading.file, reading.grid.sheet)
        if not reading.sheets and about in units:
            found = regions.find(reading.grid, state.form)
            sheets = _sheets(state, reading.file, units[about], reading.grid, found)
            _read(state, [s for s in sheets if s.what.layout.id in readers], readers, known)


def _sheets(state: Load, file: str, unit: str | None, grid: Grid, found: Found) -> list[Sheet]:
    """Return the tables of a sheet whose headings are put right, where each that it lacks has one that is like it."""
    layout = found.nearest
    if layout is None or set(found.lacking) != set(found.near):
        return []
    right = {key(said): layout.columns[column].headings[0] for column, said in found.near.items()}
    rows = [[right.get(key(v), v) if isinstance(v, str) else v for v in row] for row in grid.rows]
    copy = replace(grid, rows=rows, refused=dict(grid.refused), left_out=dict(grid.left_out))
    trial = Load(state.programme, state.as_of, registry=state.registry, disputed=state.disputed)
    trial.tables["plants"] = state.tables["plants"]
    return [Sheet(trial, file, unit, copy, table) for table in regions.find(copy, state.form).tables]


def _read(state: Load, sheets: list[Sheet], readers: Readers, known: pd.DataFrame | None) -> None:
    for sheet in sheets[:1]:
        if known is not None and not len(known):  # nobody knows a roster: the rows are about whomever they name
            sheet.load.registry, sheet.load.tables["plants"] = Registry(), []
            register(sheet.load, sheets, known)
    for sheet in sheets:
        sheet.check()
        if titled.filled_in(sheet):
            readers[sheet.what.layout.id](sheet)
    if sheets:
        state.problems.rows += [problem for problem in sheets[0].load.problems.rows if problem["severity"] == "error"]
