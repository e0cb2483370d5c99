"""The snapshots that a data set was opened among: another day is taken from the one that serves it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cpaudit import snapshots
from cpaudit.dataset import cuts, offered
from cpaudit.errors import SnapshotError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from cpaudit.dataset.data import Dataset
    from cpaudit.selection import Selection

#: Other days' snapshots that a whole keeps open.
_KEPT = 2


@dataclass(frozen=True, slots=True)
class Shelf:
    """A warehouse and one programme in it; ``units``, ``picks``: all that may be seen of its snapshots, None for everything."""

    warehouse: Path
    programme: str
    units: tuple[str, ...] | None = None
    picks: tuple[Selection | frozenset[str], ...] = ()


def opened(
    make: Callable[..., Dataset], warehouse: str | Path | None, day: dt.date | None, programme: str, *, projecting: bool
) -> Dataset:
    """Return the whole of the snapshot that serves a day (None: the newest), as read from the disk or inherited."""
    folder = Path(warehouse).resolve() if warehouse else snapshots.default_warehouse().resolve()
    programme = snapshots.meant(folder, programme)
    while True:
        days = snapshots.dates(folder, programme)
        if not days:
            make(*snapshots.read(folder, day, programme))  # says that there is none
        try:
            return _read(make, Shelf(folder, programme), snapshots.serving(days, day, projecting=projecting))
        except SnapshotError:
            if days == snapshots.dates(folder, programme):
                raise


def serving(whole: Dataset, shelf: Shelf | None, day: dt.date, *, projecting: bool) -> Dataset:
    """Return the whole that serves a day: this one, or that of another snapshot of its shelf.

    Raises:
        UsageError: the day is later than the data.
        SnapshotError: the snapshot that serves it is damaged.
    """
    own = max(whole.snapshot_day or whole.as_of, whole.as_of)
    days = snapshots.dates(shelf.warehouse, shelf.programme) if shelf else []
    served = snapshots.serving(sorted({*days, own}), day, projecting=projecting)
    if served == own or not shelf:
        return whole
    version = snapshots.version_folder(shelf.warehouse, shelf.programme, served).name
    if version not in whole._others:
        found = _read(type(whole).of_snapshot, shelf, served)
        while len(whole._others) >= _KEPT:
            whole._others.pop(next(iter(whole._others)))
        seen = found._view(cuts.Cut(picks=shelf.picks))
        whole._others[version] = found if shelf.units is None else seen.only(shelf.units)
    return whole._others[version]


def before(ds: Dataset, shelf: Shelf | None, warehouse: str | Path | None) -> tuple[Path, dt.date | None]:
    """Return the warehouse that is meant, and the day of the snapshot before a data set's, None where there is none."""
    folder = Path(warehouse) if warehouse else shelf.warehouse if shelf else snapshots.default_warehouse()
    days = snapshots.dates(folder, ds.programme.id)
    return folder, snapshots.before(days, ds.as_of, ds.snapshot_day or ds.as_of)


def previous(ds: Dataset) -> Dataset | None:
    """Return the plants of a data set as the last snapshot from before its day has them, None where there is none.

    Nothing is in it but what may be seen here.

    Raises:
        SnapshotError: it is damaged.
    """
    shelf = (ds._whole or ds)._shelf
    day = before(ds, shelf, None)[1] if shelf else None
    if not day:
        return None
    then = cuts.unpicked(ds.at(day))
    return then.reduced(ds.plants["plant_id"]) if cuts.picked(ds) else then


def narrowed(part: Dataset, cut: Dataset, units: tuple[str, ...]) -> Dataset:
    """Give the part of a data set that some units may see a shelf that shows no more than that."""
    if old := (cut._whole or cut)._shelf:
        seen = units if old.units is None else tuple(u for u in units if u in old.units)
        _put(part, Shelf(old.warehouse, old.programme, seen, (*old.picks, *cut._cut.picks)))
    return part


def seen(ds: Dataset) -> tuple[str, ...] | None:
    """Return the units that may be seen where a data set was cut down to some (``Dataset.only``), None where all may."""
    shelf = (ds._whole or ds)._shelf
    return shelf.units if shelf else None


def _read(make: Callable[..., Dataset], shelf: Shelf, served: dt.date) -> Dataset:
    asked = (shelf.warehouse, snapshots.version_folder(shelf.warehouse, shelf.programme, served).name)
    if not (found := offered.inherited.get(asked)):
        found = make(*snapshots.read(shelf.warehouse, None, shelf.programme, name=str(served)))
        _put(found, Shelf(shelf.warehouse, found.programme.id))
    return found


def _put(ds: Dataset, shelf: Shelf) -> None:
    any_ds: Any = ds
    object.__setattr__(any_ds, "_shelf", shelf)
