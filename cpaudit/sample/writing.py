"""The returns of a world on a day, as files with the truth beside them, or as grids without any file."""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

from cpaudit.collecting import uncollected
from cpaudit.errors import UsageError
from cpaudit.programme import load_programme, units
from cpaudit.sample import placing
from cpaudit.sample.mess import planting, sending, spelling
from cpaudit.sample.mess.mistakes import Mistakes
from cpaudit.sample.workbooks import files, grids
from cpaudit.sample.workbooks.sheets import Sheet
from cpaudit.sample.workbooks.tables import build, returns
from cpaudit.sample.world import LISTED_ON, Plant, plants_of
from cpaudit.workspace.caches import lru_cache

_PROGRAMME = "hebei-2021-2"
_TRUTH = "truth.json"
_END = dt.date(2022, 11, 15)


def write(folder: Path, *, plants: int = 446, seed: int = 1080, as_of: dt.date = _END) -> dict[str, Any]:
    """Write rosters, system export and the units' returns into ``folder``, and ``truth.json``; return the truth.

    The truth: ``seed``, ``as_of``, ``plants`` (one entry per rostered plant), ``counts``; ``planted``: every mistake put in on
    purpose with kind, file (relative, with "/"), sheet ("" for CSV), cell (A1; "" for the sheet or file as a whole), plant,
    note, expect (found, doubted: something may be said of it, left: nothing is wrong) and within (cell, row, sheet or file:
    where it may be told); ``left_alone``: cells (file → sheet → A1, by blanks) that are only spelled in another way; and
    ``files``: what was written, with its SHA-256. The same arguments give the same bytes. All firms are invented; see
    data/sample/README.md.

    Raises:
        UsageError: fewer plants than three for each unit, or a file in the way that this didn't write.
    """
    return _put(Path(folder), _world(plants, seed), seed, as_of)


def history(folder: Path, *, plants: int = 446, seed: int = 1080, as_of: dt.date = _END) -> list[dict[str, Any]]:
    """Write what one world sent by the end of each month up to ``as_of``, into a folder per date; return the truths.

    At the dates before the last some units send late, in part, twice, as a scan, under another's title, or not at all.

    Raises:
        UsageError: see :func:`write`; or the date lies before the rosters were published.
    """
    world = _world(plants, seed)
    return [_put(Path(folder) / day.isoformat(), world, seed, day, past=day < as_of) for day in days(as_of)]


def days(as_of: dt.date) -> list[dt.date]:
    """Return the dates of a history: the ends of the months from the listing on, and the last day.

    >>> [str(day) for day in days(dt.date(2022, 2, 10))]
    ['2021-12-31', '2022-01-31', '2022-02-10']
    """
    if as_of < LISTED_ON:
        raise UsageError(f"示范名单 {LISTED_ON} 公布，数据日期不能早于这一天。")
    found, year, month = [], LISTED_ON.year, LISTED_ON.month
    while (end := dt.date(year, month, calendar.monthrange(year, month)[1])) < as_of:
        found.append(end)
        year, month = year + month // 12, month % 12 + 1
    return [*found, as_of]


def opened(*, plants: int = 446, seed: int = 1080, as_of: dt.date = _END) -> list[tuple[str, list[grids.Opened]]]:
    """Return what :func:`write` would write as it is once opened, in the order in which a folder is read: no file is made."""
    return grids.opened(_returns(_world(plants, seed), seed, as_of).sheets)


@lru_cache(maxsize=1)
@uncollected()
def _world(plants: int, seed: int) -> tuple[Plant, ...]:
    return tuple(plants_of(seed, plants, _PROGRAMME))


@uncollected()
def _returns(world: tuple[Plant, ...], seed: int, as_of: dt.date, *, past: bool = False) -> Mistakes:
    """Return every sheet, with its mistakes and spellings; at a date that is ``past`` some units didn't send as they should."""
    plants = list(world)
    kinds = sending.habits(load_programme(_PROGRAMME).units, as_of, seed) if past else {}
    month = as_of.replace(day=1) - dt.timedelta(days=1)
    told = {unit: max(month, LISTED_ON) for unit, kind in kinds.items() if kind == "sent_late"}
    sheets = sending.sort_out(build(plants, as_of, seed, told), kinds)
    mistakes = planting.plant(sheets, plants, as_of, seed)
    spelling.vary(mistakes, random.Random(f"{seed} spelling"))  # noqa: S311 - a game, not a secret

    def rebuild(unit: str, day: dt.date) -> list[Sheet]:
        return returns(unit, [p for p in plants if p.unit == unit], max(day, LISTED_ON), seed)

    sending.send(mistakes, kinds, {unit: units()[unit].name for unit in load_programme(_PROGRAMME).units}, rebuild)
    return mistakes


@uncollected()
def _put(folder: Path, world: tuple[Plant, ...], seed: int, as_of: dt.date, *, past: bool = False) -> dict[str, Any]:
    mistakes = _returns(world, seed, as_of, past=past)
    written = dict(files.contents(mistakes.sheets, as_of))
    by_name = mistakes.known_by_name()
    truth = {
        "seed": seed,
        "as_of": as_of.isoformat(),
        "plants": [_entry(p, as_of, by_name=id(p) in by_name) for p in world],
        "counts": _counts(world),
        "planted": mistakes.listed(),
        "left_alone": mistakes.left_alone(),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in written.items()},
    }
    content = (json.dumps(truth, ensure_ascii=False, indent=1) + "\n").encode()
    placing.put(folder, written, _known(folder / _TRUTH, content))
    (folder / _TRUTH).write_bytes(content)
    return truth


def _known(path: Path, truth: bytes) -> dict[str, str]:
    """Return the files that the truth beside them lists, with their SHA-256."""
    if not path.exists() and not path.is_symlink():
        return {}
    try:
        content = path.read_bytes()
        said = json.loads(content)
        listed = said["files"] if content != truth else {}
        ours = {"seed", "as_of", "plants", "planted", "files"} <= said.keys() and isinstance(listed, dict)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        ours = False
    if not ours:
        raise placing.in_the_way(path)
    return {n: str(d) for n, d in listed.items() if not Path(n).is_absolute() and ".." not in Path(n).parts}


def _entry(plant: Plant, as_of: dt.date, *, by_name: bool) -> dict[str, Any]:
    return {
        "plant_id": f"name:{plant.name}" if by_name else plant.plant_id,
        "uscc": None if by_name else plant.uscc,
        "name": plant.full_name,
        "unit": plant.unit,
        "county": plant.county,
        "industry": plant.industry,
        "roster": plant.roster,
        "status": plant.standing(as_of).status,
        "consultant": plant.consultant,
        "ownership": plant.ownership,
        "attained": plant.attained,
    }


def _counts(found: tuple[Plant, ...]) -> dict[str, Any]:
    rosters, by_unit = Counter(p.roster for p in found), Counter(p.unit for p in found)
    return {"plants": len(found), **rosters, "by_unit": dict(by_unit)}
