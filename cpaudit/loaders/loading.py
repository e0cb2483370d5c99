"""A load: files and folders read, checked, and put in force as a snapshot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit import snapshots
from cpaudit.collecting import uncollected
from cpaudit.errors import ReadError
from cpaudit.fields import TABLES, tables
from cpaudit.loaders import account, senders, trial
from cpaudit.loaders.opening import grids, received
from cpaudit.loaders.plants import titled
from cpaudit.loaders.plants.decisions import Decisions, kept
from cpaudit.loaders.plants.known import register
from cpaudit.loaders.problems import ProblemPlace
from cpaudit.loaders.sheets import as_written, own, regions, understood
from cpaudit.loaders.tables import measurements, parts, refusal, returns, rosters
from cpaudit.loaders.tables.doubts import checks, exported, plausible, slips, statuses
from cpaudit.loaders.tables.gathered import Load
from cpaudit.loaders.tables.reader import Sheet
from cpaudit.loaders.tables.settle import settle
from cpaudit.programme import find_unit, load_programme
from cpaudit.version import VERSION

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    import pandas as pd

    from cpaudit.loaders.opening.files import Source

_READERS = {
    "progress": returns.events,
    "system_export": returns.events,
    "unit_work": returns.unit_work,
    "measurements": measurements.read,
    "options": returns.options,
    "credit_platform": returns.events,
    "performance": returns.options,
}
#: Layouts whose tables hold plants of several units: problems in them belong to none.
_OF_ALL_UNITS = {"roster", "system_export", "credit_platform"}


@dataclass(frozen=True)
class Loaded:
    """What a load found: the eight tables, whether they call themselves 示范数据, and the snapshot, once written."""

    frames: dict[str, pd.DataFrame]
    demonstration: bool
    manifest: snapshots.Manifest | None = None
    read: tuple[understood.Reading, ...] = ()

    def understood(self) -> pd.DataFrame:
        """Return row by row what was understood: see :func:`cpaudit.loaders.sheets.understood.rows`."""
        return understood.rows(self.read, self.frames["problems"])

    def columns(self) -> pd.DataFrame:
        """Return column by column what was understood: see :func:`cpaudit.loaders.sheets.understood.columns`."""
        return understood.columns(self.read)


@uncollected()
def read(
    paths: Sequence[Path],
    *,
    programme: str,
    as_of: dt.date,
    known: pd.DataFrame | None = None,
    decisions: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> Loaded:
    """Read files and folders; nothing is written.

    ``known`` stands in for a roster: :func:`cpaudit.loaders.plants.known.register`. ``decisions``: a file of them, see
    :class:`cpaudit.loaders.plants.decisions.Decisions`.

    Rows and files that can't be used become problems, and the rest is accepted.

    Raises:
        ReadError: a path doesn't exist, no file or no roster can be read (one sentence per file), or the fault of the file of
            decisions.
        UsageError: there is no such programme.
    """
    load_programme(programme)  # an unknown one is told before files are opened
    files = received.receive([Path(p) for p in paths], decisions, progress or (lambda _: None))
    return opened(files, programme=programme, as_of=as_of, known=known, decisions=decisions)


@uncollected()
def opened(
    files: Sequence[received.Received],
    *,
    programme: str,
    as_of: dt.date,
    known: pd.DataFrame | None = None,
    decisions: Path | None = None,
) -> Loaded:
    """Read files that are opened already: see :func:`read`."""
    state = Load(load_programme(programme), as_of)
    _tell_unread(state, files)
    readings = [reading for one in files if one.grids is not None for reading in _readings(state, one.source, one.grids)]
    sheets = [sheet for reading in readings for sheet in reading.sheets]
    _rosters(sheets)
    alone = known is not None and (bool(state.tables["plants"]) or not len(known))
    if not state.tables["plants"] and known is not None:
        register(state, sheets, known)
    elif not state.tables["plants"]:
        unread = [one.why for one in files if one.code == "file_unopened"]
        raise ReadError("\n".join([*unread, refusal.no_roster(state, sheets)]))
    if decisions and not alone:  # which are about the plants of the whole roster
        state.registry.decisions = Decisions.read(decisions, state.registry.plants)
    for sheet in sheets:
        sheet.check()
        if titled.filled_in(sheet) and sheet.what.layout.id in _READERS:
            _READERS[sheet.what.layout.id](sheet)
    trial.tell(state, readings, _READERS, known)
    state.registry.decisions.check_lines()
    parts.renumbered(state, sheets)
    settle(state, "events", "unit_work", "measurements", "options", "status")
    checks.channels(state)
    plausible.review(state)
    slips.review(state)
    state.demonstration = any(rosters.demonstration(s) for s in sheets)
    statuses.carry(state)
    owed = state.arrivals.rows(state.programme, state.tables["plants"])
    if known is None:  # a file that is checked alone says nothing of what else was sent
        exported.tell(state, owed)
    account.check_files(files, state.problems.rows)
    account.check(readings, state.problems.rows)
    state.tables["returns"] = owed
    frames = _frames(state, files, readings, decisions if state.registry.decisions else None)
    return Loaded(frames, state.demonstration, read=tuple(readings))


def load(
    paths: Sequence[Path],
    *,
    programme: str = "hebei-2021-2",
    as_of: dt.date,
    warehouse: Path = snapshots.DEFAULT_WAREHOUSE,
    decisions: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> Loaded:
    """Read files and put the result in force as the snapshot of ``as_of``.

    Without ``decisions`` the warehouse's own file of them is taken, where it has one.

    Raises:
        ReadError, UsageError: see :func:`read`; the last snapshot is untouched.
        SnapshotError: the warehouse can't be written.
    """
    found = read(paths, programme=programme, as_of=as_of, decisions=decisions or kept(Path(warehouse)), progress=progress)
    manifest = snapshots.write(
        Path(warehouse), programme, as_of, found.frames, demonstration=found.demonstration, program_version=VERSION
    )
    return replace(found, manifest=manifest)


def _tell_unread(state: Load, files: Sequence[received.Received]) -> None:
    """Tell of each file that isn't read, and of each unit of whose files none is."""
    of: dict[str, list[received.Received]] = {}
    for one in files:
        unit = senders.named_in_path(one.source, state.programme.units)
        if one.why:
            place = ProblemPlace(one.source.name, "", "", unit)
            state.problems.add(one.code, place, value=one.source.name, sentence=one.why.removesuffix("。"))
            if one.code != "file_ignored":
                state.arrivals.lost(place)
        archive = one.grids is None and not one.why
        if unit and one.code != "file_ignored" and not archive:
            of.setdefault(unit, []).append(one)
    for unit, sent in of.items():
        if all(one.why for one in sent):
            first, name = sent[0].source.name, find_unit(unit).name
            place = ProblemPlace(first, "", "", unit)
            state.problems.add("unit_nothing_read", place, unit=name, files=len(sent), first=first)


def _readings(state: Load, source: Source, opened: list[grids.Grid]) -> list[understood.Reading]:
    """Return what stands in each sheet; tell of the sheets that aren't understood, and of a file that gives nothing."""
    readings, unit = [], senders.named_in_path(source, state.programme.units)
    found = [(grid, regions.find(grid, state.form)) for grid in opened]
    titled = senders.titled(found, state.programme.units)
    before = len(state.problems.rows)
    if unit and titled and titled != unit:
        names = {"named": find_unit(unit).name, "titled": find_unit(titled).name}
        state.problems.add("sender_differs", ProblemPlace(source.name, "", "", unit), **names)
    for grid, seen in found:
        for cell, code, holes in as_written.beside(grid, seen.tables):
            state.problems.add(code, ProblemPlace(source.name, grid.sheet, cell, unit), **holes)
        if grid.empty():
            continue
        sheets = tuple(
            Sheet(state, source.name, None if t.layout.id in _OF_ALL_UNITS else unit or titled, grid, t) for t in seen.tables
        )
        readings.append(understood.Reading(source.name, grid, sheets))
        if not sheets:
            _unread(state, grid, seen, ProblemPlace(source.name, grid.sheet, "", unit))
    rows = sum(len(sheet.data()) for reading in readings for sheet in reading.sheets)
    if not rows and len(state.problems.rows) == before:
        state.problems.add("file_without_data", ProblemPlace(source.name, "", "", unit), value=source.name)
    return readings


def _unread(state: Load, grid: grids.Grid, found: regions.Found, place: ProblemPlace) -> None:
    """Tell of a sheet that isn't understood; of a cover or a page of instructions only where it looks like a table."""
    name = grid.sheet or place.file
    missing = "、".join(found.nearest.columns[column].headings[0] for column in found.lacking) if found.nearest else ""
    if grid.unread:
        state.problems.add("sheet_unread", place, sheet=name, sentence=grid.unread)
        state.arrivals.lost(place)
        return
    if own.adds(grid.sheet):
        return
    if regions.other_sheet(grid.sheet):
        if found.nearest:
            state.problems.add("sheet_cover_unread", place, sheet=name, layout=found.nearest.label)
    elif grid.hidden:
        state.problems.add("sheet_hidden_unread", place, sheet=name)
        state.arrivals.lost(place, found.nearest)
    elif found.nearest:
        near = "、".join(f"“{said}”疑为“{found.nearest.columns[c].headings[0]}”" for c, said in found.near.items())
        holes = {"layout": found.nearest.label, "missing": missing, "near": f"（{near}）" if near else ""}
        state.problems.add("table_incomplete", place, sheet=name, **holes)
        state.arrivals.lost(place, found.nearest)
    else:
        state.problems.add("table_unknown", place, sheet=name)
        state.arrivals.lost(place)


def _rosters(sheets: list[Sheet]) -> None:
    """Read the rosters; a unit's own list of plants counts as one where no roster is given, else it is held against it."""
    lists = [s for s in sheets if s.what.layout.id == "municipal_return"]
    listed = [s for s in sheets if s.what.layout.id == "roster"]
    rosters.read(listed or lists)
    for sheet in lists if listed else ():
        for row in sheet.rows():
            if plant_id := row.plant():
                rosters.note_listing(row, plant_id)
                row.fate("stored")


def _frames(
    state: Load, files: Sequence[received.Received], readings: list[understood.Reading], decisions: Path | None
) -> dict[str, pd.DataFrame]:
    rows: dict[str, list[dict[str, Any]]] = {**state.tables, "problems": state.problems.rows}
    rows["sources"] = account.sources(files, readings, state.problems.rows, state.programme.units)
    if decisions:  # a source like any other: it changes what is loaded
        [made] = account.sources([received.as_read(decisions, "判定文件/")], [], [])
        count = len(state.registry.decisions)
        rows["sources"].append(made | {"layout": "decisions", "unit": None, "rows_read": count, "rows_stored": count})
    frames = {name: tables()[name].coerce(rows.get(name) or []) for name in TABLES}
    account.unique(frames)
    return frames
