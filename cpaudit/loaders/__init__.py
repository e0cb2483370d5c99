"""Loaders: what units, province and system send → seven tidy tables, the problems in them, and a snapshot."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit import __version__, snapshots
from cpaudit.errors import ReadError
from cpaudit.fields import TABLES, tables
from cpaudit.loaders import checks, files, grids, own, plausible, returns, rosters
from cpaudit.loaders.decisions import NAME as DECISIONS
from cpaudit.loaders.decisions import Decisions
from cpaudit.loaders.known import register
from cpaudit.loaders.layouts import recognise
from cpaudit.loaders.problems import Place
from cpaudit.loaders.reader import Load, Sheet
from cpaudit.programme import load_programme, units

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd

__all__ = ["Loaded", "load", "read"]

_READERS = {
    "progress": returns.events,
    "system_export": returns.events,
    "unit_work": returns.unit_work,
    "measurements": returns.measurements,
    "options": returns.options,
}


@dataclass(frozen=True)
class Loaded:
    """What a load found: the seven tables, whether they call themselves 示范数据, and the snapshot, once written."""

    frames: dict[str, pd.DataFrame]
    demonstration: bool
    manifest: snapshots.Manifest | None = None


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

    ``known`` stands in for a roster: :func:`cpaudit.loaders.known.register`. ``decisions``: a file of them, see
    :class:`cpaudit.loaders.decisions.Decisions`.

    Rows that can't be used become problems and the rest is accepted; a file that can't be opened at all stops the load.

    Raises:
        ReadError: one sentence per file that can't be opened, or the fault of the file of decisions.
        UsageError: there is no such programme or file of decisions.
    """
    state = Load(load_programme(programme), as_of)
    sources, wrong = files.find([Path(p) for p in paths])
    opened = _open(sources, wrong, progress or (lambda _: None))
    sheets = [sheet for source in sources for sheet in _sheets(state, source, opened[source.name])]
    rosters.read([s for s in sheets if s.what.layout.id == "roster"])
    if not state.tables["plants"] and known is not None:
        register(state, sheets, known)
    elif not state.tables["plants"]:
        raise ReadError("没有读到企业名单，请把名单文件一并给出，并检查其表头。")
    if decisions:
        state.registry.decisions = Decisions.read(decisions, state.registry.plants)
    for sheet in sheets:
        if sheet.what.layout.id in _READERS:
            _READERS[sheet.what.layout.id](sheet)
    checks.channels(state)
    plausible.review(state)
    state.demonstration = any(rosters.demonstration(s) for s in sheets)
    _finish(state)
    return Loaded(_frames(state, sources, sheets), state.demonstration)


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
        Path(warehouse), programme, as_of, found.frames, demonstration=found.demonstration, program_version=__version__
    )
    return Loaded(found.frames, found.demonstration, manifest)


def _open(sources: Iterable[files.Source], wrong: list[str], progress: Callable[[str], None]) -> dict[str, list[grids.Grid]]:
    """Open every file before any is read, so that all that can't be are named at once."""
    opened = {}
    for source in sources:
        progress(source.name)
        sentence = files.fault(source)
        if sentence is None:
            try:
                opened[source.name] = grids.read(source)
            except ReadError as error:
                sentence = str(error)
        if sentence:
            wrong.append(sentence)
    if wrong:
        raise ReadError("\n".join(wrong))
    return opened


def _sheets(state: Load, source: files.Source, opened: list[grids.Grid]) -> list[Sheet]:
    """Return the sheets that are understood; tell of the others, and of headings that no layout knows."""
    found, unit = [], _sender(source.name)
    for grid in opened:
        if grid.empty():
            continue
        what = recognise(grid)
        if what is None and own.adds(grid.sheet):
            continue
        if what is None:
            state.problems.add("table_unknown", Place(source.name, grid.sheet, "", unit), sheet=grid.sheet or source.name)
            continue
        sheet = Sheet(state, source.name, None if what.layout.id in ("roster", "system_export") else unit, grid, what)
        for column, heading in what.unknown.items():
            state.problems.add("column_unknown", sheet.place(what.header, column), heading=heading, value=heading)
        found.append(sheet)
    return found


def _sender(name: str) -> str | None:
    """Return the unit that a file or one of its folders is named after."""
    for part in (Path(name).stem, *reversed(Path(name).parts[:-1])):
        named = [u.id for u in units().values() if u.short_name in part]
        if len(named) == 1:
            return named[0]
    return None


def _finish(state: Load) -> None:
    """Carry what returns say of a plant itself into the roster's row."""
    updates = {u["plant_id"]: u for u in state.tables.pop("_updates", [])}
    for plant in state.tables["plants"]:
        plant.update(updates.get(plant["plant_id"], {}))


def _frames(state: Load, sources: list[files.Source], sheets: list[Sheet]) -> dict[str, pd.DataFrame]:
    import pandas as pd

    rows: dict[str, list[dict[str, Any]]] = {**state.tables, "problems": state.problems.rows}
    rows["sources"] = [_source(state, source, [s for s in sheets if s.file == source.name]) for source in sources]
    frames = {}
    for name in TABLES:
        frame = tables()[name].coerce(pd.DataFrame(rows.get(name) or []))
        known = list(tables()[name].key)
        frames[name] = frame.drop_duplicates(known, keep="last").reset_index(drop=True) if known else frame
    return frames


def _source(state: Load, source: files.Source, sheets: list[Sheet]) -> dict[str, Any]:
    with source.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    rejected = {(p["sheet"], p["cell"]) for p in state.problems.rows if p["file"] == source.name and p["code"] in _REJECTING}
    return {
        "path": source.name,
        "sha256": digest,
        "layout": ";".join(s.what.layout.id for s in sheets),
        "unit": _sender(source.name),
        "sheets": ";".join(s.grid.sheet for s in sheets),
        "rows_read": sum(len(s.rows()) for s in sheets),
        "rows_rejected": len(rejected),
    }


#: Problems that cost a whole row.
_REJECTING = {
    *("plant_duplicate", "plant_not_on_roster", "plant_ambiguous", "plant_doubtful", "plant_decided_none"),
    "indicator_unknown",
}
