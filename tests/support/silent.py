"""A data set from which returns are taken away, as if they had never come, and every text that the workbench makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from cpaudit.dataset import Dataset

TABLES = {"events": ("progress", "export"), "measurements": ("measurements",), "options": ("options",)}


def without(ds: Dataset, plants: Iterable[str], tables: Iterable[str] = tuple(TABLES), period: str = "") -> Dataset:
    """The data set without what some plants sent: all of it, some tables, or the values of one period."""
    gone, given = set(plants), ds.returns["plant_id"]
    kinds = {kind for table in tables for kind in TABLES[table]}
    lost = given.isin(gone) & ds.returns["kind"].isin(kinds)
    if period:
        lost &= ds.returns["period"].eq(period)
    asked = ds.returns["owed"].eq("yes")
    returns = ds.returns[~lost | asked].copy()
    returns.loc[lost & asked, ["state", "milestones", "file", "sheet", "cell"]] = ["nothing", None, None, None, None]
    unsaid = found_in(ds, ds.returns[lost], gone)
    frames: dict[str, Any] = {"returns": returns.reset_index(drop=True), "problems": ds.problems[~unsaid].reset_index(drop=True)}
    for table in tables:
        rows = getattr(ds, table)
        mine = rows["plant_id"].isin(gone) & (rows["period"].eq(period) if period else True)
        frames[table] = rows[~mine].reset_index(drop=True)
    if "events" in tables:
        known = ds.plants.copy()
        known.loc[known["plant_id"].isin(gone), ["status", "status_since", "own_deadline", "permit_no", "consultant"]] = [
            "active",
            pd.NaT,
            pd.NaT,
            None,
            None,
        ]
        history = ds.status_history
        frames |= {"plants": known, "status_history": history[~history["plant_id"].isin(gone)].reset_index(drop=True)}
    return replace(ds, **frames)


def found_in(ds: Dataset, lost: pd.DataFrame, gone: set[str]) -> pd.Series:
    """Which problems were found in what never came: at the plants' own rows, or at another's row that repeats theirs."""
    place = [ds.problems["file"].fillna(""), ds.problems["sheet"].fillna("")]
    there = pd.MultiIndex.from_arrays(place).isin(list(zip(lost["file"].fillna(""), lost["sheet"].fillna(""), strict=True)))
    named = [f"“{name}”" for name in ds.plants.loc[ds.plants["plant_id"].isin(gone), "name"]]
    repeats = ds.problems["message"].map(lambda message: any(name in message for name in named)).astype(bool)
    return (ds.problems["plant_id"].isin(gone) | (ds.problems["code"].eq("answers_repeated") & repeats)) & there


def without_unit(ds: Dataset, unit: str) -> Dataset:
    """The data set without anything of a unit: what its plants sent, and what it sent of itself."""
    part = without(ds, ds.plants.loc[ds.plants["unit"] == unit, "plant_id"])
    own = part.returns["unit"].eq(unit) & part.returns["plant_id"].isna()
    returns = part.returns.copy()
    returns.loc[own, ["state", "milestones", "file", "sheet", "cell"]] = ["nothing", None, None, None, None]
    events = part.events[~(part.events["unit"].eq(unit) & part.events["plant_id"].isna())].reset_index(drop=True)
    return replace(part, returns=returns, events=events)


def without_step(ds: Dataset, unit: str, step: str) -> Dataset:
    """The data set where no table and no export of a unit has a column for one step; whether or when it was done isn't told."""
    mine = ds.returns["unit"].eq(unit) & ds.returns["plant_id"].notna() & ds.returns["milestones"].notna()
    returns, told = ds.returns.copy(), ds.returns.loc[mine, "milestones"]
    returns.loc[mine, "milestones"] = [";".join(one for one in said.split(";") if one != step) or None for said in told]
    gone = ds.events["unit"].eq(unit) & ds.events["plant_id"].notna() & ds.events["milestone"].eq(step)
    return replace(ds, returns=returns, events=ds.events[~gone].reset_index(drop=True))


#: A unit that something is missing of, but not of its first plant.
NEAR = "zhangjiakou"
#: A county of it of which nothing came.
COUNTY = "130731"
#: What is missing, of a unit each, and which of its plants that concerns.
CASES: dict[str, tuple[str, Callable[[pd.DataFrame], list[str]]]] = {
    "unit": ("xinji", lambda mine: mine["plant_id"].tolist()),
    "county": (NEAR, lambda mine: mine["plant_id"][mine["county"] == COUNTY].tolist()),
    "plant": ("dingzhou", lambda mine: mine["plant_id"].head(1).tolist()),
    "table": ("xiongan", lambda mine: mine["plant_id"].tolist()),
    "period": ("qinhuangdao", lambda mine: mine["plant_id"].tolist()),
    "step": (NEAR, lambda mine: mine["plant_id"].tolist()),
}
UNITS = tuple(dict.fromkeys(unit for unit, _ in CASES.values()))
#: The step of which a unit's tables have no column.
STEP = "assessed"


def silenced(ds: Dataset) -> Dataset:
    """The data set where a unit, a county's plants, one plant, a table, a period and a step's column of a unit's never came.

    Elsewhere some plants stopped after their acceptance, one status and one result of an acceptance aren't understood.
    """
    cut = ds
    for case, (unit, take) in CASES.items():
        gone = take(ds.plants[ds.plants["unit"] == unit])
        if case == "unit":
            cut = without_unit(cut, unit)
        elif case == "table":
            cut = without(cut, gone, ("events",))
        elif case == "step":
            cut = without_step(cut, unit, STEP)
        elif case == "period":
            cut = without(cut, gone, ("measurements",), "after")
        else:
            cut = without(cut, gone)
    passed = cut.events[(cut.events["milestone"] == "accepted") & (cut.events["result"] == "passed")]["plant_id"]
    plants = cut.plants.copy()
    mine = plants["unit"].eq(NEAR) & plants["county"].ne(COUNTY)
    stopped = mine & plants["plant_id"].isin(passed)
    plants.loc[plants.index[stopped][:3], "status"] = "closed"
    going = plants.index[mine & ~stopped & plants["status"].eq("active")]
    plants.loc[going[:1], "status"] = "unread"
    end = cut.events[cut.events["plant_id"].isin(plants["plant_id"][going[-1:]])].tail(1)
    events = pd.concat([cut.events, end.assign(milestone="accepted", result="unread")], ignore_index=True)
    return replace(cut, plants=plants, events=events)


def texts(page: Any) -> Iterator[str]:
    """Every text of a page: prose, captions, notes, key figures, and each row of its tables as a line."""
    for block in page.blocks:
        yield from (str(getattr(block, name)) for name in ("text", "title", "note", "alt") if getattr(block, name, ""))
        for item in getattr(block, "items", ()):
            if hasattr(item, "label"):  # a key figure; answers are among the texts
                yield f"{item.label} {item.value}"
        frame = getattr(block, "frame", None)
        if isinstance(frame, pd.DataFrame):
            labels = [column.label for column in block.columns.values()]
            if frame.empty:
                yield block.empty
            for row in frame[list(block.columns)].astype(object).itertuples(index=False, name=None):
                yield " ".join(f"{label}:{value}" for label, value in zip(labels, row, strict=True) if not pd.isna(value))
