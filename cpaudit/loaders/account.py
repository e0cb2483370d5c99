"""The account of a load: each file, sheet and row ends somewhere, and it is said where; else nothing may be written."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from cpaudit.errors import ProgramFault
from cpaudit.fields import tables
from cpaudit.loaders import senders
from cpaudit.loaders.sheets import regions
from cpaudit.loaders.tables.claims import FATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from cpaudit.loaders.opening.received import Received
    from cpaudit.loaders.sheets.understood import Reading

_ROW = re.compile(r"\D+")


def check(readings: Iterable[Reading], problems: list[dict[str, Any]]) -> None:
    """See that every data row has a fate, that every row left out has its problem, and every sheet left out its own.

    Raises:
        ProgramFault: something was lost without a word.
    """
    told = {(p["file"], p["sheet"], _ROW.sub("", p["cell"])) for p in problems}
    for reading in readings:
        file, grid = reading.file, reading.grid
        silent = regions.other_sheet(grid.sheet)
        if not reading.sheets and not silent and (file, grid.sheet, "") not in told:
            raise ProgramFault(f"{file} 的工作表“{grid.sheet}”没有读取，也没有说明；")
        for sheet in reading.sheets:
            for row in sheet.data():
                fate = sheet.fates.get(row.at)
                if fate is None:
                    raise ProgramFault(f"{file} 的工作表“{grid.sheet}”第 {row.at + 1} 行读到了，却没有去向；")
                if fate != "stored" and not sheet.given_up and (file, grid.sheet, str(row.at + 1)) not in told:
                    raise ProgramFault(f"{file} 的工作表“{grid.sheet}”第 {row.at + 1} 行未采用，却没有说明原因；")


def unique(frames: Mapping[str, pd.DataFrame]) -> None:
    """Hold each table against its key.

    Raises:
        ProgramFault: two rows of one key; they should have been settled.
    """
    for name, frame in frames.items():
        known = list(tables()[name].key)
        if known and len(frame) > 1 and frame.duplicated(known).any():
            row = frame[frame.duplicated(known, keep=False)].iloc[0]
            about = "、".join(str(row[column]) for column in known)
            raise ProgramFault(f"{tables()[name].label}中“{about}”有两条记录；")


def check_files(files: Iterable[Received], problems: list[dict[str, Any]]) -> None:
    """See that every file that isn't read has its problem.

    Raises:
        ProgramFault: one was lost without a word.
    """
    told = {p["file"] for p in problems if p["code"].startswith("file_")}
    for one in files:
        if one.why and one.source.name not in told:
            raise ProgramFault(f"{one.source.name} 没有读取，也没有说明；")


def sources(
    files: Iterable[Received], readings: Iterable[Reading], problems: list[dict[str, Any]], of: senders.Units = None
) -> list[dict[str, Any]]:
    """Return what became of each file: rows of ``sources``."""
    read, said = defaultdict[str, list["Reading"]](list), defaultdict[str, set[str]](set)
    for reading in readings:
        read[reading.file].append(reading)
    for problem in problems:
        if not problem["cell"]:
            said[problem["file"]].add(problem["sheet"])
    return [_source(one, read.get(one.source.name, []), said.get(one.source.name, set()), of) for one in files]


def _source(one: Received, readings: list[Reading], said: set[str], of: senders.Units) -> dict[str, Any]:
    name = one.source.name
    sheets = [sheet for reading in readings for sheet in reading.sheets]
    fates = Counter(fate for sheet in sheets for fate in sheet.fates.values())
    read = [r for r in readings if r.sheets]
    return {
        "path": name,
        "sha256": one.sha256,
        "read": "no" if one.why else "yes",
        "reason": one.why or None,
        "layout": ";".join(s.what.layout.id for s in sheets),
        "unit": senders.named_in_path(one.source, of) or next((s.unit for s in sheets if s.unit), None),
        "sheets": ";".join(s.grid.sheet for s in sheets),
        "sheets_read": len(read),
        "sheets_said": sum(r.grid.sheet in said for r in readings if not r.sheets),
        "rows_read": sum(len(s.data()) for s in sheets),
        **{f"rows_{fate}": fates[fate] for fate in FATES},
    }
