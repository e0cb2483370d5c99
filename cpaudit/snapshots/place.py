"""Where snapshots lie: the warehouse and the programme meant when none is named, and the folder of a programme's day."""

from __future__ import annotations

import datetime as dt
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from cpaudit import durable, workspace
from cpaudit.errors import SnapshotError, UsageError
from cpaudit.snapshots.content import VERSION, programme_of

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where snapshots lie unless a command says otherwise, relative to the working directory.
DEFAULT_WAREHOUSE = Path("data/warehouse")

#: Name the warehouse and the programme for whole programs that are started elsewhere (Voila, JupyterLab), and for a shell.
WAREHOUSE_VARIABLE = "CPAUDIT_WAREHOUSE"
PROGRAMME_VARIABLE = "CPAUDIT_PROGRAMME"

#: The programme that files are read for where nothing says which.
USUAL = "hebei-2021-2"
#: Every system takes a folder's name of so many bytes.
_LONGEST = 200
#: What a file system puts into its uppermost folder for itself.
_NEVER = ("", "lost+found")

#: The file that names a day's version in force.
POINTER = "current"


def default_warehouse() -> Path:
    """Return the warehouse meant when none is named: by the environment, the workspace, or ``data/warehouse`` upwards.

    Not one in a folder above that everybody may write to, ``/tmp`` say: anybody may have put it there, to be filled.
    """
    named = os.environ.get(WAREHOUSE_VARIABLE)
    if named:
        return Path(named)
    if own := workspace.place("warehouse"):
        return own
    here = Path.cwd()
    places = (here, *(p for p in here.parents if not _anybody_s(p)))
    return next((p / DEFAULT_WAREHOUSE for p in places if (p / DEFAULT_WAREHOUSE).is_dir()), DEFAULT_WAREHOUSE)


def _anybody_s(folder: Path) -> bool:
    return os.name == "posix" and bool(folder.stat().st_mode & stat.S_IWOTH)


def programmes(warehouse: Path) -> list[str]:
    """Return the programmes that have snapshots, damaged ones too as far as it can be told of which they are.

    Raises:
        SnapshotError: a folder may not be entered, so that nobody can tell whether it holds some.
    """
    shelves = {p.name for p in _entries(warehouse) if can_be_called(p.name) and p.is_dir() and any(map(written, _homes(p)))}
    return sorted(shelves | {its for its in unsorted(warehouse).values() if its})


def can_be_called(name: str) -> bool:
    """Return whether a programme can have that id: a folder is called so.

    >>> [can_be_called(name) for name in ("hebei-2021-2", "../hebei", ".hebei", "2022-11-15", "lost+found")]
    [True, False, False, False, False]
    """
    if not name.isprintable() or len(name.encode()) > _LONGEST or Path(name).name != name or name in _NEVER:
        return False
    return not (name.startswith(".") or "\\" in name or _day(Path(name)))


def meant(warehouse: Path, programme: str = "") -> str:
    """Return the programme that is meant: the one named, by the caller, the environment or the workspace, else the only one.

    '' where nothing lies there that says of which programme it is.

    Raises:
        UsageError: there are several, and nobody says which; what is said is no programme's id.
    """
    preset = "" if programme else os.environ.get(PROGRAMME_VARIABLE, "")
    home = None if programme or preset else workspace.current()
    own = home.settings.programme if home else ""
    if programme := programme or preset or own:
        if not can_be_called(programme):
            where = f"（环境变量 {PROGRAMME_VARIABLE}）" if preset else f"（{workspace.FILE} 的 programme）" if own else ""
            raise UsageError(f"“{programme[:_LONGEST]}”{where}不是批次编号，请改正；批次编号如 hebei-2021-2。")
        return programme
    known = programmes(warehouse)
    if len(known) < 2:
        return known[0] if known else ""
    said = f"--programme（Python 里是 programme=…，或设环境变量 {PROGRAMME_VARIABLE}）"
    raise UsageError.among(f"{warehouse} 中有 {len(known)} 个批次的快照，没有用 {said} 指定看哪一个", known)


def read_for(warehouse: Path, programme: str = "") -> str:
    """Return the programme that files are read for: the one that is meant (see :func:`meant`), else the one that ships.

    Raises:
        UsageError: as :func:`meant`.
    """
    return meant(warehouse, programme) or USUAL


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
    on_shelf = {day for p in _homes(warehouse / programme) if (day := _day(p))} if programme else set()
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
    return {day: programme_in(p) for p in _homes(warehouse) if (day := _day(p))}


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
    its = said.pop() if len(said) == 1 else None
    return its if its and can_be_called(its) else None


def versions(home: Path) -> list[Path]:
    """Return the folders of a day's versions."""
    try:
        return sorted(p for p in home.iterdir() if VERSION.fullmatch(p.name) and p.is_dir()) if enterable(home) else []
    except FileNotFoundError:  # removed meanwhile
        return []


def pointer(home: Path) -> str | None:
    """Return the version in force, None where the pointer is missing or damaged."""
    try:
        if not (home / POINTER).is_file():  # a pipe would be waited for
            return None
        said = durable.small(home / POINTER).decode().strip()
    except (OSError, UnicodeDecodeError):
        return None
    return said if VERSION.fullmatch(said) else None


def written(home: Path) -> bool:
    """Return whether a day's snapshot was ever whole: it has its pointer, or has lost it, or the whole folder.

    Where somebody is writing the first version of a day, or died at that or at removing it, a draft beside the versions holds
    a pointer. Any other draft says nothing of the day: a later writer died there.
    """
    if (os.path.lexists(home) and not enterable(home)) or (home / POINTER).exists():
        return True
    return bool(versions(home)) and not any((left / POINTER).exists() for left in durable.drafts(home))


def enterable(home: Path) -> bool:
    """Return whether what lies there is a folder that this user may look into."""
    return home.is_dir() and os.access(home, os.R_OK | os.X_OK)


def _homes(shelf: Path) -> Iterator[Path]:
    """Return what is called like a day."""
    return filter(_day, _entries(shelf))


def _entries(folder: Path) -> Iterator[Path]:
    try:
        yield from folder.iterdir() if folder.is_dir() else ()
    except FileNotFoundError:  # removed meanwhile
        return
    except PermissionError:
        raise SnapshotError(f"{folder} 不能进入（没有权限），不能确定那里有没有快照；请取得读取权限，或把它移走。") from None


def _day(path: Path) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(path.name)
    except ValueError:
        return None
    return day if path.name == day.isoformat() else None
