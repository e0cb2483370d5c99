"""Cuts: which day of a snapshot is looked at, and which of its plants. Applied to the whole, however often one cuts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cpaudit.selection import Selection

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    import pandas as pd

    from cpaudit.dataset.data import Dataset

_COLUMNS = {"unit": "units", "industry": "industries", "roster": "rosters", "status": "statuses"}


@dataclass(frozen=True, slots=True)
class Cut:
    """What is left of a whole: ``day`` None is its own; a plant must be in every one of ``picks`` (selections or ids)."""

    day: dt.date | None = None
    picks: tuple[Selection | frozenset[str], ...] = ()

    def further(self, pick: Selection | frozenset[str]) -> Cut:
        """Return the cut with one more pick, which says nothing of a day."""
        pick = replace(pick, as_of=None) if isinstance(pick, Selection) else pick
        return self if pick == Selection() or pick in self.picks else replace(self, picks=(*self.picks, pick))


def picked(ds: Dataset) -> bool:
    """Return whether a data set holds only some plants of a whole: whom it lacks may be there."""
    return bool(ds._cut.picks)


def unpicked(ds: Dataset) -> Dataset:
    """Return the data set of the same day with every plant of its whole."""
    return (ds._whole or ds)._view(Cut(ds._cut.day))


#: What has no day of its own: it belongs to its snapshot's, and says nothing of an earlier one.
UNDATED = ("measurements", "options")


def at(frames: Mapping[str, pd.DataFrame], day: dt.date, own: dt.date) -> dict[str, pd.DataFrame]:
    """Return the tables that another day changes: later events are left out, the status is the one of that day.

    Before the snapshot's ``own`` day there are no values and no options, and no plants that were listed later. An event without
    a date that anybody can read stays: it may have been before.
    """
    import pandas as pd

    on = pd.Timestamp(day)
    history = frames["status_history"][~(frames["status_history"]["since"] > on)]
    found = {
        "events": frames["events"][~(frames["events"]["date"] > on)].reset_index(drop=True),
        "status_history": history.reset_index(drop=True),
        "plants": _with_status(frames["plants"], history, on),
    }
    if day < own:
        found |= {name: frames[name].head(0) for name in UNDATED}
        found = _listed({**frames, **found}, on)
    return found


def _listed(frames: Mapping[str, pd.DataFrame], day: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """Leave out plants that were listed after a day, and what units without any other owe."""
    later = frames["plants"]["listed_on"] > day
    if not later.any():
        return dict(frames)
    gone = set(frames["plants"]["plant_id"][later])
    here = set(frames["plants"]["unit"][~later])
    found = {name: frame[~frame["plant_id"].isin(gone)] if "plant_id" in frame else frame for name, frame in frames.items()}
    found["returns"] = found["returns"][found["returns"]["unit"].isin(here)]
    return {name: frame.reset_index(drop=True) for name, frame in found.items()}


def of(
    frames: Mapping[str, pd.DataFrame], picks: tuple[Selection | frozenset[str], ...], levels: Callable[[], pd.Series]
) -> dict[str, pd.DataFrame]:
    """Return the tables of the plants that all picks keep, {} where that is everything.

    ``levels``: each plant's level (a key of ``LEVEL_CHOICES``) by plant_id, asked for only where a pick names some. What
    belongs to a unit itself, not to one of its plants, is kept for the units picked, unless single plants are asked for.
    """
    keep, narrow = frames["plants"], False
    own: set[str] | None = None
    for pick in picks:
        if isinstance(pick, Selection):
            keep = _picked(keep, pick, levels)
            if pick.units:
                own = set(pick.units) if own is None else own & set(pick.units)
            narrow |= bool(pick.search or pick.levels or pick.statuses)
        else:
            keep, narrow = keep[keep["plant_id"].isin(pick)], True
    if len(keep) == len(frames["plants"]) and own is None and not narrow:
        return {}
    ids, units = set(keep["plant_id"]), set() if narrow else own

    def part(frame: pd.DataFrame) -> pd.DataFrame:
        mine = frame["plant_id"].isin(ids)
        if "unit" in frame:
            mine |= frame["plant_id"].isna() & (True if units is None else frame["unit"].isin(units))
        return frame[mine].reset_index(drop=True)

    return {name: part(frame) for name, frame in frames.items() if "plant_id" in frame}


def files_of(frames: Mapping[str, pd.DataFrame], units: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Return the files of some units, and the problems in them or of their plants."""
    problems, sources = frames["problems"], frames["sources"]
    of_plant = problems["unit"].isna() & problems["plant_id"].isin(frames["plants"]["plant_id"])
    return {
        "sources": sources[sources["unit"].isin(units)].reset_index(drop=True),
        "problems": problems[problems["unit"].isin(units) | of_plant].reset_index(drop=True),
    }


def _picked(plants: pd.DataFrame, pick: Selection, levels: Callable[[], pd.Series]) -> pd.DataFrame:
    for column, wanted in _COLUMNS.items():
        if values := getattr(pick, wanted):
            plants = plants[plants[column].isin(values)]
    if pick.search:
        from cpaudit.dataset.search import search

        plants = plants[plants["plant_id"].isin(search(plants, pick.search))]
    if pick.levels and len(plants):
        plants = plants[levels().reindex(plants["plant_id"]).isin(pick.levels).to_numpy(bool)]
    return plants


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
