"""A data set: the eight tables at one date. Everything above the loaders takes one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from cpaudit import above, snapshots
from cpaudit import workspace as at_work
from cpaudit.dataset import assumed, card, cuts, dated, offered
from cpaudit.dataset import shelf as shelves
from cpaudit.errors import UsageError
from cpaudit.fields import TABLES
from cpaudit.programme import Programme, load_programme
from cpaudit.selection import Names, Selection, day_of, picks

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    import pandas as pd

    from cpaudit.views.plant import Plant

_T = TypeVar("_T")
#: Cuts of one whole kept ready: a page, its plants and its list ask for the same.
_VIEWS = 8


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """一份数据：某一天的八张表，从快照读入，其他功能都由它算起。

    One snapshot in memory, seen at ``as_of``; columns of the tables: see the field dictionary. ``version`` is the hash of
    the snapshot's content; ``demonstration`` is true where a source calls itself 示范数据; ``written`` is when the snapshot
    was first written, by ``program_version``; ``snapshot_day`` is its own day, whatever ``as_of`` is looked at.
    ``read_with``: the hash of the workspace's definitions that its files were read with ('': none, None: nobody knows).

    What is cut from a data set (:meth:`at`, :meth:`select`, :meth:`reduced`) remembers the whole and is computed from it,
    in any order and any number of times. What is made by :func:`dataclasses.replace` is a whole of its own.

    >>> import cpaudit as cp
    >>> ds = cp.example()
    >>> len(ds.plants), len(ds.select(unit="石家庄", industry="水泥").plants)
    (446, 10)
    >>> ds.labelled("plants").columns.tolist()[:2], len(ds.only(["xinji"]).plants), ds.before("没有快照的文件夹")
    (['企业编号', '统一社会信用代码'], 8, None)
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
    returns: pd.DataFrame
    sources: pd.DataFrame
    problems: pd.DataFrame
    program_version: str = ""
    written: dt.datetime | None = None
    snapshot_day: dt.date | None = None
    read_with: str | None = None
    _memo: dict[Hashable, Any] = field(default_factory=dict, init=False)
    _definitions: str = field(default_factory=at_work.digest, init=False)
    _cut: cuts.Cut = field(default=cuts.Cut(), init=False)
    _whole: Dataset | None = field(default=None, init=False)
    _views: dict[cuts.Cut, Dataset] = field(default_factory=dict, init=False)
    _shelf: shelves.Shelf | None = field(default=None, init=False)
    _others: dict[str, Dataset] = field(default_factory=dict, init=False)

    def memo(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """返回 ``make`` 的结果，每份数据只算一次，随数据一起释放。

        ``key``: under which it is kept. What is kept is shared: never write into it. Functions of a data set are kept by
        :func:`remembered`.
        """
        dated.require_same_definitions(self._definitions)
        if key not in self._memo:
            self._memo[key] = make()
        return self._memo[key]  # type: ignore[no-any-return]

    def __getstate__(self) -> dict[str, Any]:
        """Take tables along to another process, and nothing else of the memo: what runs with Polars survives no fork."""
        import pandas as pd

        tables = {key: value for key, value in self._memo.items() if isinstance(value, pd.DataFrame)}
        return self.__dict__ | {"_memo": tables, "_views": {}, "_others": {}}

    @classmethod
    def open(
        cls,
        warehouse: str | Path | None = None,
        as_of: str | dt.date | None = None,
        *,
        programme: str = "",
        assuming_nothing_more: bool = False,
    ) -> Dataset:
        """打开快照：不晚于 ``as_of`` 的最新一份（没有则取最早一份），并按这一天看。

        See :func:`cpaudit.snapshots.serving`. ``warehouse`` None takes the default one; after :func:`offer_only` it is that data
        set. ``programme`` '' takes the only one there. ``assuming_nothing_more``: as :meth:`assuming_nothing_more`.

        Raises:
            SnapshotError: there is none, or it is damaged.
            UsageError: ``as_of`` is no date, later than the data, before any plant was listed; several programmes, none named.
        """
        day = day_of(as_of)
        make, beyond = cls.of_snapshot, assuming_nothing_more
        whole = offered.the_only(programme) or shelves.opened(make, warehouse, day, programme, projecting=beyond)
        return whole._at(day, projecting=assuming_nothing_more) if day else whole

    @classmethod
    def snapshot(cls, name: str, warehouse: str | Path | None = None, *, programme: str = "") -> Dataset:
        """打开指定的一份快照，按日期或版本号。

        As it was written, by its day (the version in force then) or its version.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as empty:  # doctest: +ELLIPSIS
        ...     Dataset.snapshot("2022-06-01", empty)
        Traceback (most recent call last):
            ...
        cpaudit.errors...

        Raises:
            SnapshotError: it is damaged.
            UsageError: none, or several, go by that name.
        """
        if offered.only:
            raise UsageError("这里只提供当前快照，不能打开其他快照。")
        return cls.of_snapshot(*snapshots.read(Path(warehouse or snapshots.default_warehouse()), None, programme, name=name))

    def before(self, warehouse: str | Path | None = None) -> Dataset | None:
        """打开同一批次的上一份快照，没有时为 None。

        Open the same programme's last snapshot from before this day and before this data set's own; None where there is none.

        Raises:
            SnapshotError: it is damaged.
        """
        folder, day = shelves.before(self, (self._whole or self)._shelf, warehouse)
        return Dataset.open(folder, day, programme=self.programme.id) if day else None

    @classmethod
    def of_snapshot(cls, manifest: snapshots.Manifest, frames: dict[str, pd.DataFrame]) -> Dataset:
        """返回由快照的说明和各表组成的数据，见 :func:`cpaudit.snapshots.read`。"""
        programme = load_programme(manifest.programme)
        if "returns" not in frames:  # a snapshot from before there was a ledger
            frames = frames | {"returns": assumed.returns(programme, frames)}
        return cls(
            programme, manifest.as_of, manifest.version, manifest.demonstration, **frames, snapshot_day=manifest.as_of,
            program_version=manifest.program_version, written=manifest.written, read_with=manifest.definitions,
        )  # fmt: skip

    def labelled(self, table: str) -> pd.DataFrame:
        """返回一张给人看的表：中文列名（带单位），代码换成名称，级别成为有序类别；如 ``ds.labelled("plants")``。

        ``table``: plants, events, measurements, options, status_history, returns, sources or problems. Tables of plants have the
        plant's name, unit and trade beside its id; measurements have the indicator's name, category, unit and benchmarks.
        See :func:`cpaudit.labelled`, which does the same for the results of analyses.

        Raises:
            UsageError: there is no table of that name.
        """
        from cpaudit import labels

        return labels.table(self, table)

    def at(self, as_of: str | dt.date) -> Dataset:
        """返回另一天的数据，与 ``cp.open(那一天)`` 相同：之后的事件不计，状态为当天的状态。

        The plants are those of the same choice as here, made anew on that day, from the snapshot that serves it.

        >>> import cpaudit as cp
        >>> ds = cp.example()
        >>> ds.at("2022-06-01").at(ds.as_of) is ds
        True

        Raises:
            UsageError: no date; before any plant was listed; later than the data, or than what this was cut down to.
        """
        return self._at(day_of(as_of))

    def assuming_nothing_more(self, as_of: str | dt.date) -> Dataset:
        """返回假定此后没有新进展时某一天的情况，可以晚于数据；只用于推算。"""
        return self._at(day_of(as_of), projecting=True)

    def rewound(self, as_of: dt.date) -> Dataset:
        """返回由这份快照自身倒推到某一天的数据，不另开快照；供回测等分析用。"""
        return (self._whole or self)._view(replace(self._cut, day=as_of if as_of != (self._whole or self).as_of else None))

    def _at(self, day: dt.date | None, *, projecting: bool = False) -> Dataset:
        whole = self._whole or self
        if day is None:
            raise UsageError("请写明日期，如 2022-06-01。")
        dated.require_kept(whole, day)
        whole = shelves.serving(whole, whole._shelf, day, projecting=projecting)
        dated.require_listed(whole, day)
        return whole._view(replace(self._cut, day=None if day == whole.as_of else day))

    def select(
        self,
        selection: Selection | None = None,
        *,
        as_of: str | dt.date | None = None,
        unit: Names = "",
        industry: Names = "",
        roster: Names = "",
        level: Names | int = "",
        status: Names = "",
        search: str | int | None = "",
        **others: object,
    ) -> Dataset:
        """返回所选的一部分：单位、行业、名单、级别、状态、搜索和日期都算；来源文件保持完整。

        Either a ``selection``, or what :meth:`Selection.of` takes. All of it is honoured; levels are those of the day looked at.

        >>> import cpaudit as cp
        >>> ds = cp.example()
        >>> ds.select(industry="制药").select(unit="石家庄").at("2022-06-01").plants.shape == (
        ...     ds.select(as_of="2022-06-01", unit="石家庄", industry="制药").plants.shape)
        True

        Raises:
            UsageError: see :meth:`Selection.of` and :meth:`at`.
        """
        named = {"unit": unit, "industry": industry, "roster": roster, "level": level, "status": status, "search": search}
        found = self
        for pick in picks(selection, self.programme.units, as_of=as_of, **named, **others):
            found = found.at(pick.as_of) if pick.as_of else found
            found = (found._whole or found)._view(found._cut.further(pick))
        return found

    def reduced(self, plant_ids: Iterable[str]) -> Dataset:
        """返回指定企业的数据，不含单位自身的事项；来源文件保持完整。

        ``plant_ids``: those of plants here; others are left out.
        """
        return (self._whole or self)._view(self._cut.further(frozenset(plant_ids)))

    def only(self, units: Names) -> Dataset:
        """返回这些单位有权看到的数据：它们的企业、文件和问题，别的都没有。

        The result is a whole of its own: nothing but these units can be reached from it; no unit sees nothing.
        """
        mine = Selection(units=units).units
        part = self.select(Selection(units=mine)) if mine else self.reduced([])
        return shelves.narrowed(replace(part, **cast(Any, cuts.files_of(part.tables(), mine))), self, mine)

    def _view(self, cut: cuts.Cut) -> Dataset:
        """Return a cut of this whole, the same object for the same cut as long as it is one of the latest."""
        if cut == cuts.Cut():
            return self
        found = self._views.pop(cut, None) or self._made(cut)
        self._views[cut] = found
        while len(self._views) > _VIEWS:
            self._views.pop(next(iter(self._views)))
        return found

    def _made(self, cut: cuts.Cut) -> Dataset:
        if not cut.picks:
            assert cut.day
            day, frames = self, cuts.at(self.tables(), cut.day, self.snapshot_day or self.as_of)
        else:
            day = self._view(cuts.Cut(cut.day))
            if not (frames := cuts.of(day.tables(), cut.picks, lambda: above.ask("levels", day))):
                return day
        made = replace(day, as_of=cut.day or self.as_of, snapshot_day=self.snapshot_day or self.as_of, **cast(Any, frames))
        for name, value in (("_whole", self), ("_cut", cut)):
            object.__setattr__(made, name, value)
        return made

    def plant(self, text: str) -> Plant:
        """返回一家企业，可看它的进程、实测值、级别、怎样再上一级、问题和一企一档。

        ``text``: its name, social credit code, or a part of the name.

        >>> import cpaudit as cp; ds = cp.example()
        >>> ds.plant(ds.measurements["plant_id"].iloc[0]).measurements["period"].iloc[0]
        'before'

        Raises:
            UsageError: none is called that, or several are; its last line says which.
        """
        return cast("Plant", above.ask("plant", self, text))

    def __repr__(self) -> str:
        return card.text(self)

    def _repr_html_(self) -> str:
        return card.html(self)

    def tables(self) -> dict[str, pd.DataFrame]:
        """返回八张表，按名称。"""
        return {name: getattr(self, name) for name in TABLES}
