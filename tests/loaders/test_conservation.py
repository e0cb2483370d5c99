"""Nothing sent is lost without a word: every row that a reader of another make finds is stored, or said at its row."""

from __future__ import annotations

import datetime as dt
import os
import random
import re
from pathlib import Path

import pandas as pd

from cpaudit import loaders
from tests.support import mangled
from tests.support.workbooks import ROSTER, book

#: How many files, other ones in every run; ``CPAUDIT_FUZZ=2000`` tries more, ``CPAUDIT_FUZZ_SEED`` those of a run that failed.
FILES = int(os.environ.get("CPAUDIT_FUZZ", "75"))
_A_LOAD = 150
#: Notes that say why a row isn't stored; the others say how its cells were read.
_DECIDED = ("row_repeated", "plant_duplicate", "superseded", "row_dropped", "row_same_plant")
#: Of what a unit itself did.
_ITS_OWN = "辖区"
_STORED = ("events", "measurements", "options", "plants")


def test_every_row_of_mangled_files_is_stored_or_said(tmp_path: Path) -> None:
    seed = int(os.environ.get("CPAUDIT_FUZZ_SEED", random.SystemRandom().randrange(10**6)))
    print(f"seed {seed}: CPAUDIT_FUZZ={FILES} CPAUDIT_FUZZ_SEED={seed}")
    lost, seen = list[str](), 0
    for first in range(0, FILES, _A_LOAD):
        folder = tmp_path / str(first)
        folder.mkdir()
        sent = [mangled.write(folder, number, seed) for number in range(first, min(first + _A_LOAD, FILES))]
        listed = [p for _, these, kind in sent if kind != "名单" for p in these]
        rows = [[n, p.unit, None, p.name, p.code, "化工"] for n, p in enumerate(listed, start=1)]
        book(folder / "名单.xlsx", {"名单": [["强制类企业名单"], ROSTER, *rows]})
        found = loaders.read([folder], programme="hebei-2021-2", as_of=dt.date(2022, 11, 15)).frames
        account = found["sources"]
        for path, these, kind in sent:
            inside = mangled.lines(path, these)
            seen += len(inside)
            gone = _lost(found, path.name, inside)
            if kind in mangled.COUNTED:  # no row of it stands in a table: as many must have been stored as aren't said
                [counted] = account.loc[account["path"] == path.name, ["rows_stored", "rows_repeated"]].sum(axis=1)
                gone = gone if counted < len(gone) else []
            lost += gone
        parts = account[["rows_stored", "rows_repeated", "rows_rejected", "rows_held"]].sum(axis=1)
        assert (account["rows_read"] == parts).all()
        assert set(account["path"]) == {"名单.xlsx", *(path.name for path, _, _ in sent)}
    assert seen > 2 * FILES
    assert not lost, "\n".join([f"seed {seed}, {len(lost)} of {seen} rows:", *lost])


def _lost(found: dict[str, pd.DataFrame], file: str, inside: list[mangled.Line]) -> list[str]:
    """Say which of a file's rows are nowhere, or are another plant's in the snapshot."""
    stored: dict[int, set[str]] = {}
    for table in _STORED:
        frame = found[table]
        for cell, plant_id in frame.loc[frame["file"] == file, ["cell", "plant_id"]].itertuples(index=False, name=None):
            own = plant_id if isinstance(plant_id, str) else _ITS_OWN
            stored.setdefault(int(re.sub(r"\D", "", cell)), set()).add(own)
    problems = found["problems"][found["problems"]["file"] == file]
    said_of = problems[(problems["severity"] != "note") | problems["code"].isin(_DECIDED)]
    told = {re.sub(r"\D", "", cell) for cell in said_of["cell"].fillna("")}
    for message in problems.loc[problems["code"] == "rows_above", "message"]:  # one problem for them all, which names each
        told |= set(re.findall(r"\d+", message.partition("（")[2]))
    whole = problems["code"].str.match("file_|sheet_|table_|title_without_plant").any()
    said = []
    for line in inside:
        kept = stored.get(line.row, set())
        sites = {plant for plant in kept if plant.startswith(f"{line.plant.code}@")}  # one code with two names is two plants
        if (
            kept - sites - {line.plant.code, f"name:{line.plant.name}", _ITS_OWN}
        ):  # a roster's row with no code is known by its name
            said.append(f"{file} row {line.row}: {line.cells} became {kept}")
        elif not kept and str(line.row) not in told and not whole:
            said.append(f"{file} row {line.row}: {line.cells} is nowhere")
    return said
