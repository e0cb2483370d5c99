"""Where snapshots lie: the warehouse and the programme meant when none is named, and the folder of a programme's day."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit import durable
from cpaudit.errors import UsageError
from cpaudit.snapshots.content import VERSION, programme_of

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where snapshots lie unless a command says otherwise, relative to the working directory.
DEFAULT_WAREHOUSE = Path("data/warehouse")

#: Name the warehouse and the programme for whole programs that are started elsewhere (Voila, JupyterLab), and for a shell.
WAREHOUSE_VARIABLE = "CPAUDIT_WAREHOUSE"
PROGRAMME_VARIABLE = "CPAUDIT_PROGRAMME"

#: The file that names a day's version in force.
POINTER = "current"


def default_warehouse() -> Path:
    """Return the warehouse meant when none is named: the environment's, else the nearest ``data/warehouse`` upwards."""
    named = os.environ.get(WAREHOUSE_VARIABLE)
    if named:
        return Path(named)
    here = Path.cwd()
    return next((p / DEFAULT_WAREHOUSE for p in (here, *here.parents) if (p / DEFAULT_WAREHOUSE).is_dir()), DEFAULT_WAREHOUSE)


def programmes(warehouse: Path) -> list[str]:
    """Return the programmes that have snapshots, damaged ones too as far as it can be told of which they are."""
    shelves = {p.name for p in _entries(warehouse) if not _day(p) and p.is_dir() and any(map(_day, _entries(p)))}
    return sorted(shelves | {its for its in unsorted(warehouse).values() if its})


def meant(warehouse: Path, programme: str = "") -> str:
    """Return the programme that is meant: the one named, else the only one there, else the environment's.

    '' where nothing lies there that says of which programme it is.

    Raises:
        UsageError: there are several, and nobody says which.
    """
    if programme:
        if Path(programme).name != programme or programme.startswith(".") or _day(Path(programme)):
            raise UsageError(f"“{programme}”不是批次编号，请改正；批次编号如 hebei-2021-2。")
        return programme
    known = programmes(warehouse)
    if len(known) < 2:
        return known[0] if known else ""
    if (preset := os.environ.get(PROGRAMME_VARIABLE, "")) in known:
        return preset
    said = f"--programme（Python 里是 programme=…，或设环境变量 {PROGRAMME_VARIABLE}）"
    raise UsageError.among(f"{warehouse} 中有 {len(known)} 个批次的快照，没有用 {said} 指定看哪一个", known)


def home(warehouse: Path, programme: str, day: dt.date) -> Path:
    """Return the folder of a programme's day: where it was kept before each programme had a shelf, if it lies there still."""
    old = warehouse / day.isoformat()
    if not programme:
        return old
    new = warehouse / programme / day.isoformat()
    return old if not os.path.lexists(new) and os.path.lexists(old) and programme_in(old) in (programme, None) else new


def days(warehouse: Path, programme: str) -> list[dt.date]:
    """Return the days that have a folder, oldest first.

    One from before the shelves of which nobody can tell the programme counts for each: no older one stands in for it.
    """
    old = {day for day, its in unsorted(warehouse).items() if its is None or its == programme}
    on_shelf = {day for p in _entries(warehouse / programme) if (day := _day(p))} if programme else set()
    return sorted(old | on_shelf)


def shelf_of(warehouse: Path, version: Path) -> str:
    """Return the programme on whose shelf a version's folder lies; '' where it lies on none.

    >>> [shelf_of(Path("w"), Path("w") / at) for at in ("hebei-2021-2/2022-11-15/0123456789ab", "2022-11-15/0123456789ab")]
    ['hebei-2021-2', '']
    """
    shelf = version.parent.parent
    return "" if shelf == warehouse else shelf.name


def unsorted(warehouse: Path) -> dict[dt.date, str | None]:
    """Return the days that lie where all lay before each programme had a shelf: day → programme, None where it can't be told."""
    return {day: programme_in(p) for p in _entries(warehouse) if (day := _day(p))}


def migrate(warehouse: Path) -> None:
    """Put the days from before the shelves on the shelf of their programme, each at once; what can't be told stays.

    Raises:
        OSError: the warehouse can't be written.
    """
    for day, programme in unsorted(warehouse).items():
        new = warehouse / programme / day.isoformat() if programme else None
        if new and not os.path.lexists(new):
            new.parent.mkdir(exist_ok=True)
            try:
                durable.move(warehouse / day.isoformat(), new)
            except FileNotFoundError:  # another writer did
                continue
            durable.sync(warehouse)


def programme_in(day: Path) -> str | None:
    """Return of which programme the version in force in a day's folder is, None where it can't be told.

    Where it is lost which one is in force, all of them say.
    """
    version = pointer(day)
    said = {programme_of(each) for each in ([day / version] if version else versions(day))}
    return said.pop() if len(said) == 1 else None


def versions(home: Path) -> list[Path]:
    """Return the folders of a day's versions."""
    return sorted(p for p in home.iterdir() if VERSION.fullmatch(p.name) and p.is_dir()) if home.is_dir() else []


def pointer(home: Path) -> str | None:
    """Return the version in force, None where the pointer is missing or damaged."""
    if not (home / POINTER).is_file():  # a pipe would be waited for
        return None
    try:
        said = durable.small(home / POINTER).decode().strip()
    except (OSError, UnicodeDecodeError):
        return None
    return said if VERSION.fullmatch(said) else None


def _entries(folder: Path) -> Iterator[Path]:
    yield from folder.iterdir() if folder.is_dir() else ()


def _day(path: Path) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(path.name)
    except ValueError:
        return None
    return day if path.name == day.isoformat() else None
