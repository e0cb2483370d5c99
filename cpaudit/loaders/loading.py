"""A load: files and folders read, checked, and put in force as a snapshot."""

from __future__ import annotations

import gc
import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit import snapshots
from cpaudit.errors import ReadError
from cpaudit.fields import TABLES, UNREAD, tables
from cpaudit.loaders.cells.texts import key
from cpaudit.loaders.opening import files, grids
from cpaudit.loaders.opening import opener as opening
from cpaudit.loaders.plants.decisions import NAME as DECISIONS
from cpaudit.loaders.plants.decisions import Decisions
from cpaudit.loaders.plants.known import register
from cpaudit.loaders.problems import ProblemPlace
from cpaudit.loaders.sheets import as_written, regions, understood
from cpaudit.loaders.tables import checks, measurements, plausible, returns, rosters, slips
from cpaudit.loaders.tables.reader import Load, Sheet
from cpaudit.programme import load_programme, units
from cpaudit.version import VERSION

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pandas as pd

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
    """What a load found: the seven tables, whether they call themselves 示范数据, and the snapshot, once written."""

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


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pause the search for reference cycles: rows by the hundred thousand are kept to the end, and searched again and again."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


@_uncollected()
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

    Rows that can't be used become problems and the rest is accepted; a file that can't be opened at all stops the load.

    Raises:
        ReadError: one sentence per file that can't be opened, or the fault of the file of decisions.
        UsageError: there is no such programme.
    """
    state = Load(load_programme(programme), as_of)
    sources, wrong = files.find([Path(p) for p in paths])
    sources = [s for s in sources if not (decisions and decisions.exists() and s.path.samefile(decisions))]
    opened = _open(sources, wrong, progress or (lambda _: None))
    for name in files.unread([Path(p) for p in paths]):
        state.problems.add("file_unread", ProblemPlace(name, "", "", _sender(name, "")), value=name)
    readings = [reading for source in sources for reading in _readings(state, source, opened[source.name])]
    sheets = [sheet for reading in readings for sheet in reading.sheets]
    _rosters(sheets)
    alone = known is not None and (bool(state.tables["plants"]) or not len(known))
    if not state.tables["plants"] and known is not None:
        register(state, sheets, known)
    elif not state.tables["plants"]:
        raise ReadError("没有读到企业名单，请把名单文件一并给出，并检查其表头。")
    if decisions and not alone:  # which are about the plants of the whole roster
        state.registry.decisions = Decisions.read(decisions, state.registry.plants)
    for sheet in sheets:
        sheet.check()
        if _titled(sheet) and sheet.what.layout.id in _READERS:
            _READERS[sheet.what.layout.id](sheet)
    _settle(state)
    checks.channels(state)
    plausible.review(state)
    slips.review(state)
    state.demonstration = any(rosters.demonstration(s) for s in sheets)
    _finish(state)
    frames = _frames(state, sources, sheets, decisions if state.registry.decisions else None)
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
    own = Path(warehouse) / DECISIONS
    decisions = decisions or (own if own.exists() else None)
    found = read(paths, programme=programme, as_of=as_of, decisions=decisions, progress=progress)
    manifest = snapshots.write(
        Path(warehouse), programme, as_of, found.frames, demonstration=found.demonstration, program_version=VERSION
    )
    return replace(found, manifest=manifest)


def _open(sources: Iterable[files.Source], wrong: list[str], progress: Callable[[str], None]) -> dict[str, list[grids.Grid]]:
    """Open every file before any is read, so that all that can't be are named at once."""
    opened = {}
    for source in sources:
        progress(source.name)
        sentence = files.fault(source)
        if sentence is None:
            try:
                opened[source.name] = opening.read(source)
            except ReadError as error:
                sentence = str(error)
        if sentence:
            wrong.append(sentence)
    if wrong:
        raise ReadError("\n".join(wrong))
    return opened


def _readings(state: Load, source: files.Source, opened: list[grids.Grid]) -> list[understood.Reading]:
    """Return what stands in each sheet; tell of the sheets that aren't understood."""
    readings, unit = [], _sender(source.name, source.home)
    for grid, found in ((grid, regions.find(grid)) for grid in opened):
        for cell, code, holes in as_written.beside(grid, found.tables):
            state.problems.add(code, ProblemPlace(source.name, grid.sheet, cell, unit), **holes)
        if grid.empty():
            continue
        sheets = tuple(Sheet(state, source.name, None if t.layout.id in _OF_ALL_UNITS else unit, grid, t) for t in found.tables)
        readings.append(understood.Reading(source.name, grid, sheets))
        if sheets or grid.hidden or regions.other_sheet(grid.sheet):
            continue
        place, name = ProblemPlace(source.name, grid.sheet, "", unit), grid.sheet or source.name
        if found.nearest:
            missing = "、".join(found.nearest.columns[column].headings[0] for column in found.lacking)
            near = "、".join(f"“{said}”疑为“{found.nearest.columns[c].headings[0]}”" for c, said in found.near.items())
            holes = {"layout": found.nearest.label, "missing": missing, "near": f"（{near}）" if near else ""}
            state.problems.add("table_incomplete", place, sheet=name, **holes)
        else:
            state.problems.add("table_unknown", place, sheet=name)
    return readings


def _rosters(sheets: list[Sheet]) -> None:
    """Read the rosters; a unit's own list of plants counts as one where no roster is given, else it is held against it."""
    lists = [s for s in sheets if s.what.layout.id == "municipal_return"]
    listed = [s for s in sheets if s.what.layout.id == "roster"]
    rosters.read(listed or lists)
    for sheet in lists if listed else ():
        for row in sheet.rows():
            if plant_id := row.plant():
                rosters.note_listing(row, plant_id)


def _titled(sheet: Sheet) -> bool:
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
    sheet.load.problems.add("title_without_plant", at, sheet=sheet.grid.sheet or sheet.file)
    return False


def _sender(name: str, home: str) -> str | None:
    """Return the unit that a file or one of its folders is named after, the one that it was given in last."""
    for part in (Path(name).stem, *reversed(Path(name).parts[:-1]), home):
        named = [u.id for u in units().values() if u.short_name in part]
        if len(named) == 1:
            return named[0]
    return None


def _settle(state: Load) -> None:
    """Turn what the rows say into rows of the tables."""
    for table, things in state.claims.of.items():
        for claims in things.values():
            first = claims[0].row
            for claim in claims[1:]:
                if claim.row.sheet is first.sheet:
                    column = next(c for c in ("number", "indicator", "name") if c in first.sheet.what.columns)
                    said = claim.row.text(column)
                    claim.row.reject("row_repeated", column, None, value=said, first=first.place(column).cell)
            used = [c for c in claims if c.row is first or c.row.sheet is not first.sheet]
            for record in (r for claim in used for r in claim.records):
                if table == "status":
                    _status(state, dict(record))
                else:
                    state.tables["events" if table == "unit_work" else table].append(record)


def _status(state: Load, said: dict[str, Any]) -> None:
    at = {name: said.pop(name) for name in ("file", "sheet", "cell")}
    proof = said.pop("proof")
    state.tables["_updates"].append(said)
    if said["status"] not in ("active", UNREAD):
        change = {"plant_id": said["plant_id"], "status": said["status"], "since": said["status_since"], "proof": proof}
        state.tables["status_history"].append(change | at)


def _finish(state: Load) -> None:
    """Carry what returns say of a plant itself into the roster's row."""
    updates = {u["plant_id"]: u for u in state.tables.pop("_updates", [])}
    for plant in state.tables["plants"]:
        plant.update(updates.get(plant["plant_id"], {}))


def _frames(state: Load, sources: list[files.Source], sheets: list[Sheet], decisions: Path | None) -> dict[str, pd.DataFrame]:
    import pandas as pd

    rows: dict[str, list[dict[str, Any]]] = {**state.tables, "problems": state.problems.rows}
    rows["sources"] = [_source(state, source, [s for s in sheets if s.file == source.name]) for source in sources]
    if decisions:  # a source like any other: it changes what is loaded
        made = {"layout": "decisions", "unit": None, "rows_read": len(state.registry.decisions)}
        rows["sources"].append(_source(state, files.Source(decisions, f"判定文件/{files.printable(decisions.name)}"), []) | made)
    frames = {}
    for name in TABLES:
        frame = tables()[name].coerce(pd.DataFrame(rows.get(name) or []))
        known = list(tables()[name].key)
        frames[name] = frame.drop_duplicates(known, keep="last").reset_index(drop=True) if known else frame
    return frames


def _source(state: Load, source: files.Source, sheets: list[Sheet]) -> dict[str, Any]:
    with source.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    told = [p for p in state.problems.rows if p["file"] == source.name]
    rejected = {(p["sheet"], p["cell"]) for p in told if p["code"] in understood.REJECTING}
    return {
        "path": source.name,
        "sha256": digest,
        "layout": ";".join(s.what.layout.id for s in sheets),
        "unit": _sender(source.name, source.home),
        "sheets": ";".join(s.grid.sheet for s in sheets),
        "rows_read": sum(len(s.rows()) for s in sheets),
        "rows_rejected": len(rejected),
    }
