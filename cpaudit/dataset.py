"""A data set: the seven tables at one date. Everything above the loaders takes one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from cpaudit import snapshots
from cpaudit.errors import SnapshotError, UsageError
from cpaudit.programme import Programme, load_programme
from cpaudit.selection import Selection, parse_date

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    import pandas as pd

_T = TypeVar("_T")
_F = TypeVar("_F", bound="Callable[..., Any]")


@dataclass(frozen=True, eq=False)
class Dataset:
    """One snapshot in memory, seen at ``as_of``; columns of the tables: see the field dictionary.

    ``version`` is the hash of the snapshot's content; ``demonstration`` is true where a source calls itself 示范数据;
    ``written`` is when the snapshot was first written, by ``program_version``.
    """

    programme: Programme
    as_of: dt.date
    version: str
    demonstration: bool
    plants: pd.DataFrame
    events: pd.DataFrame
    measurements: pd.DataFrame
    options: pd.DataFrame
    status_history: pd.DataFrame
    sources: pd.DataFrame
    problems: pd.DataFrame
    program_version: str = ""
    written: dt.datetime | None = None
    _memo: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)

    def memo(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """Return what ``make`` gives, computed once for this data set under ``key``; it dies with the data set.

        What is kept is shared: never write into it. Functions of a data set are kept by :func:`remembered`.
        """
        if key not in self._memo:
            self._memo[key] = make()
        return self._memo[key]  # type: ignore[no-any-return]

    def __getstate__(self) -> dict[str, Any]:
        """Take tables along to another process, and nothing else of the memo: what runs with Polars survives no fork."""
        import pandas as pd

        tables = {key: value for key, value in self._memo.items() if isinstance(value, pd.DataFrame)}
        return self.__dict__ | {"_memo": tables}

    @classmethod
    def open(cls, warehouse: str | Path | None = None, as_of: dt.date | None = None) -> Dataset:
        """Open the newest snapshot not later than ``as_of`` (else the first one) and look at it as of that day.

        ``warehouse`` None takes :func:`cpaudit.snapshots.default_warehouse`. After :func:`offer_only` it is that data set.

        Raises:
            SnapshotError: there is none, or it is damaged.
        """
        if _offered:
            return _offered[-1].at(as_of) if as_of else _offered[-1]
        folder = Path(warehouse) if warehouse else snapshots.default_warehouse()
        if _inherited and (ready := _inherited.get((folder.resolve(), snapshots.version_in_force(folder, as_of), as_of))):
            return ready
        whole = cls._of(*snapshots.read(folder, as_of))
        return whole.at(as_of) if as_of else whole

    @classmethod
    def snapshot(cls, name: str, warehouse: str | Path | None = None) -> Dataset:
        """Open one snapshot as it was written, by its day (the version in force then) or its version.

        Raises:
            SnapshotError: it is damaged.
            UsageError: none, or several, go by that name.
        """
        if _offered:
            raise UsageError("这里只提供当前快照，不能打开其他快照。")
        return cls._of(*snapshots.read(Path(warehouse) if warehouse else snapshots.default_warehouse(), name=name))

    def before(self, warehouse: str | Path | None = None) -> Dataset | None:
        """Open the last snapshot of the same programme from before this day; None where there is none.

        Raises:
            SnapshotError: it is damaged.
        """
        folder = Path(warehouse) if warehouse else snapshots.default_warehouse()
        earlier = [day for day in snapshots.dates(folder) if day < self.as_of]
        found = Dataset.open(folder, earlier[-1]) if earlier else None
        return found if found and found.programme.id == self.programme.id else None

    @classmethod
    def _of(cls, manifest: snapshots.Manifest, frames: dict[str, pd.DataFrame]) -> Dataset:
        return cls(
            load_programme(manifest.programme),
            manifest.as_of,
            manifest.version,
            manifest.demonstration,
            **frames,
            program_version=manifest.program_version,
            written=manifest.written,
        )

    def labelled(self, table: str) -> pd.DataFrame:
        """返回一张给人看的表：中文列名（带单位），代码换成名称，级别成为有序类别；如 ``ds.labelled("plants")``。

        ``table``: plants, events, measurements, options, status_history, sources or problems. Tables of plants have the
        plant's name, unit and trade beside its id; measurements have the indicator's name, category, unit and benchmarks.
        See :func:`cpaudit.labelled`, which does the same for the results of analyses.

        Raises:
            UsageError: there is no table of that name.
        """
        from cpaudit import labels

        return labels.table(self, table)

    def at(self, as_of: dt.date) -> Dataset:
        """Return the data set as of another day: later events are left out, the status is the one of that day."""
        import pandas as pd

        day = pd.Timestamp(as_of)
        history = self.status_history[~(self.status_history["since"] > day)]
        return replace(
            self,
            as_of=as_of,
            events=self.events[self.events["date"] <= day].reset_index(drop=True),
            status_history=history.reset_index(drop=True),
            plants=_with_status(self.plants, history, day),
        )

    def only(self, units: Iterable[str]) -> Dataset:
        """Return what those units may see: their plants, the files and problems that are theirs, and nothing else."""
        mine = tuple(units)
        part = self.select(Selection(units=mine))
        of_plant = part.problems["unit"].isna() & part.problems["plant_id"].isin(part.plants["plant_id"])
        return replace(
            part,
            sources=part.sources[part.sources["unit"].isin(mine)].reset_index(drop=True),
            problems=part.problems[part.problems["unit"].isin(mine) | of_plant].reset_index(drop=True),
        )

    def select(self, selection: Selection) -> Dataset:
        """Return the part of the data set that the selection shows; sources stay whole.

        Levels are left alone: to know them takes an analysis (:func:`cpaudit.analysis.across.selected.selected`).
        """
        whole = self.at(selection.as_of) if selection.as_of and selection.as_of != self.as_of else self
        keep = whole.plants
        wanted = {
            "unit": selection.units,
            "industry": selection.industries,
            "roster": selection.rosters,
            "status": selection.statuses,
        }
        for column, values in wanted.items():
            if values:
                keep = keep[keep[column].isin(values)]
        if selection.search:
            from cpaudit.search import search

            keep = keep[keep["plant_id"].isin(search(keep, selection.search))]
        # What belongs to a unit itself, not to one of its plants, is shown unless single plants are asked for.
        narrow = bool(selection.search or selection.levels or selection.statuses)
        return whole.reduced(keep["plant_id"], () if narrow else selection.units or None)

    def reduced(self, plant_ids: Iterable[str], units: Iterable[str] | None = ()) -> Dataset:
        """Return the data set of these plants, and of what belongs to ``units`` themselves (None: all). Sources stay whole."""
        ids, own = set(plant_ids), units if units is None else set(units)
        if len(ids) == len(self.plants):
            return self

        def of_plants(frame: pd.DataFrame) -> pd.DataFrame:
            mine = frame["plant_id"].isin(ids)
            if "unit" in frame:
                mine |= frame["plant_id"].isna() & (True if own is None else frame["unit"].isin(own))
            return frame[mine].reset_index(drop=True)

        return replace(
            self,
            plants=of_plants(self.plants),
            events=of_plants(self.events),
            measurements=of_plants(self.measurements),
            options=of_plants(self.options),
            status_history=of_plants(self.status_history),
            problems=of_plants(self.problems),
        )


def remembered(compute: _F) -> _F:
    """Keep what a function of a data set gives in the data set's memo, by the function and its other arguments.

    Tables are handed out as copies, which the caller may change; anything else is shared.
    """
    name = f"{compute.__module__}.{compute.__qualname__}"

    @wraps(compute)
    def found(ds: Dataset, *args: Any, **kwargs: Any) -> Any:
        import pandas as pd

        key = (name, args, tuple(sorted(kwargs.items())))
        try:
            hash(key)
        except TypeError:  # lists are for the function itself to refuse
            return compute(ds, *args, **kwargs)
        value = ds.memo(key, lambda: compute(ds, *args, **kwargs))
        return value.copy(deep=False) if isinstance(value, pd.DataFrame) else value  # pandas copies what is written to

    return cast(_F, found)


#: Filled by :func:`offer_only`.
_offered: list[Dataset] = []


def offer_only(ds: Dataset) -> None:
    """Make ``ds`` all that this process can open from now on; a service does so for the process of one viewer."""
    _offered[:] = [ds]


#: Filled by :func:`inherit`: warehouse, version and day asked for → data set.
_inherited: dict[tuple[Path, str, dt.date | None], Dataset] = {}


def inherit(ready: Mapping[tuple[Path, str, dt.date | None], Dataset]) -> None:
    """Have :meth:`Dataset.open` give these data sets, open already, as long as their version is in force."""
    _inherited.update(ready)


class Absent:
    """Stands where a data set could not be opened: whoever uses it gets the sentence that says why."""

    def __init__(self, error: SnapshotError) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # what shells and copiers ask of any object
            raise AttributeError(name)
        raise self._error.with_traceback(None)


def open_dataset(as_of: str | dt.date | None = None, *, warehouse: str | Path | None = None) -> Dataset:
    """Open a data set as notebooks do: ``cp.open()`` takes the newest, ``cp.open("2022-06-01")`` that day's.

    Where there is none, or a damaged one, the error comes from what is returned, at its first use: so every cell of a
    notebook says why it shows nothing.

    Raises:
        UsageError: ``as_of`` is no date.
    """
    try:
        return Dataset.open(warehouse, parse_date(as_of) if isinstance(as_of, str) and as_of else (as_of or None))
    except SnapshotError as error:
        return cast(Dataset, Absent(error))


def _with_status(plants: pd.DataFrame, history: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Wind the status back: the last change not later than the day counts, “active” before the first."""
    later = plants["status_since"] > day
    if not later.any():
        return plants
    last = history.sort_values("since", kind="stable").drop_duplicates("plant_id", keep="last").set_index("plant_id")
    plants = plants.copy()
    ids = plants.loc[later, "plant_id"]
    plants.loc[later, "status"] = last["status"].reindex(ids).fillna("active").to_numpy()
    plants.loc[later, "status_since"] = last["since"].reindex(ids).to_numpy()
    return plants
