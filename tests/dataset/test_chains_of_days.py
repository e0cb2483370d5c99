"""However one gets to a day, it shows what opening it shows, or refuses: held against plain lists that know no data set."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cpaudit as cp
from cpaudit import Dataset, Selection, snapshots
from cpaudit.errors import UsageError
from cpaudit.fields import TABLES
from tests.support.builders import dataset, event, measurement, option, plant
from tests.support.examples import examples

_FROM = dt.date(2021, 12, 1)
_UNITS = ("tangshan", "shijiazhuang", "baoding")
_STEPS = ("notified", "plan_disclosed", "assessed", "accepted")


class Told(NamedTuple):
    """What one sees of a data set."""

    plants: dict[str, str]
    events: list[tuple[str, str, dt.date]]
    values: set[str]
    options: set[str]
    ledger: set[str]


@dataclass(repr=False)
class World:
    """A warehouse, and what was put into each snapshot, as plain rows."""

    home: Path
    snapshots: dict[dt.date, dict[str, list[dict[str, Any]]]]

    def serving(self, day: dt.date) -> dt.date:
        return max((d for d in self.snapshots if d <= day), default=min(self.snapshots))

    def too_early(self, day: dt.date, units: set[str], ids: set[str]) -> bool:
        """Whether none of some plants was listed yet."""
        own = self.serving(day)
        listed = [p["listed_on"] for p in self.snapshots[own]["plants"] if p["unit"] in units and p["plant_id"] in ids]
        return day < own and bool(listed) and str(day) < min(listed)

    def told(self, day: dt.date, units: set[str], ids: set[str]) -> Told:
        """What a day shows of some plants."""
        own = self.serving(day)
        rows = self.snapshots[own]
        early = day < own
        listed = [p for p in rows["plants"] if not early or p["listed_on"] <= str(day)]
        mine = {p["plant_id"] for p in listed if p["unit"] in units and p["plant_id"] in ids}
        state = dict.fromkeys(mine, "active")
        for change in sorted(rows["status_history"], key=lambda change: change["since"]):
            if change["plant_id"] in mine and change["since"] <= str(day):
                state[change["plant_id"]] = change["status"]
        kept = [e for e in rows["events"] if e["plant_id"] in mine and e["date"] <= str(day)]
        return Told(
            state,
            sorted((e["plant_id"], e["milestone"], dt.date.fromisoformat(e["date"])) for e in kept),
            set() if early else {m["plant_id"] for m in rows["measurements"]} & mine,
            set() if early else {o["plant_id"] for o in rows["options"]} & mine,
            mine,
        )


def seen(ds: Dataset) -> Told:
    return Told(
        dict(zip(ds.plants["plant_id"], ds.plants["status"], strict=True)),
        sorted(zip(ds.events["plant_id"], ds.events["milestone"], ds.events["date"].dt.date, strict=True)),
        set(ds.measurements["plant_id"]),
        set(ds.options["plant_id"]),
        set(ds.returns["plant_id"].dropna()),
    )


def world(home: Path, seed: int) -> World:
    """Some snapshots of a programme that goes on: later ones know more plants, events, changes, values."""
    chance = random.Random(seed)

    def day(until: int = 300) -> str:
        return str(_FROM + dt.timedelta(days=chance.randrange(until)))

    ids = [f"p{n}" for n in range(8)]
    plants = [plant(i, unit=chance.choice(_UNITS), listed_on=day(120), industry="cement") for i in ids]
    events = [event(i, step, day()) for i in ids for step in _STEPS if chance.random() < 0.7]
    left = [{"plant_id": i, "status": "suspended", "since": day()} for i in ids if chance.random() < 0.3]
    days = sorted(_FROM + dt.timedelta(days=n) for n in chance.sample(range(60, 300), chance.randint(1, 3)))
    written = {}
    for on in days:
        gone = {change["plant_id"]: change for change in left if change["since"] <= str(on)}
        soon = str(on + dt.timedelta(days=30))  # a roster may be known before its day
        rows = {
            "plants": [p | _status(gone.get(p["plant_id"])) for p in plants if p["listed_on"] <= soon],
            "events": [e for e in events if e["date"] <= str(on)],
            "status_history": list(gone.values()),
        }
        known = {p["plant_id"] for p in rows["plants"]}
        rows = {name: [row for row in listed if row["plant_id"] in known] for name, listed in rows.items()}
        values = [i for i in sorted(known) if chance.random() < 0.6]
        rows["measurements"] = [measurement(i, "demo_cement", "kiln_scale", "after", 2600.0) for i in values]
        rows["options"] = [option(i, "WD1") for i in values]
        if not known:
            continue
        made = dataset(on, **rows)
        frames = {name: getattr(made, name) for name in TABLES}
        snapshots.write(home, "hebei-2021-2", on, frames, demonstration=True, program_version="0")
        written[on] = rows
    return World(home, written)


def _status(change: dict[str, Any] | None) -> dict[str, Any]:
    return {"status": change["status"], "status_since": change["since"]} if change else {}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> list[World]:
    made = (world(tmp_path_factory.mktemp("chain"), seed) for seed in range(8))
    return [w for w in made if w.snapshots]


_DAYS = st.integers(-30, 330).map(lambda n: _FROM + dt.timedelta(days=n))
_STEP = st.one_of(
    st.tuples(st.sampled_from(["at", "select", "assuming"]), _DAYS),
    st.tuples(st.just("unit"), st.sets(st.sampled_from(_UNITS), min_size=1)),
    st.tuples(st.just("plants"), st.sets(st.sampled_from([f"p{n}" for n in range(8)]), min_size=1)),
    st.tuples(st.just("only"), st.sets(st.sampled_from(_UNITS), min_size=2)),
)


@examples(12)
@given(which=st.integers(0, 7), first=st.none() | _DAYS, steps=st.lists(_STEP, max_size=5))
def test_any_way_to_a_day_shows_what_the_day_shows(
    worlds: list[World], which: int, first: dt.date | None, steps: list[tuple[str, Any]]
) -> None:
    here = worlds[which % len(worlds)]
    newest = max(here.snapshots)
    day, units, ids = first or newest, set(_UNITS), {f"p{n}" for n in range(8)}
    reach = units, ids
    if day > newest or here.too_early(day, *reach):
        with pytest.raises(UsageError, match=str(day)):
            cp.open(day, warehouse=here.home)
        return
    ds = cp.open(day, warehouse=here.home)
    kept: dt.date | None = None  # what was cut loose on a day before the first snapshot knows no later one
    for name, what in steps:
        match name:
            case "unit":
                ds, units = ds.select(unit=sorted(what)), units & what
            case "plants":
                ds, ids = ds.reduced(what & set(ds.plants["plant_id"])), ids & what & set(ds.plants["plant_id"])
            case "only":
                ds, units = ds.only(sorted(what)), units & what
                kept, reach = day if day < min(here.snapshots) else None, (units, ids)
            case _:
                late = what > newest and name != "assuming"
                if late or here.too_early(what, *reach) or (kept and what > kept):
                    with pytest.raises(UsageError, match=str(what)):
                        _to(ds, name, what)
                else:
                    ds, day = _to(ds, name, what), what
        assert ds.as_of == day
        assert seen(ds) == here.told(day, units, ids)


def _to(ds: Dataset, name: str, day: dt.date) -> Dataset:
    match name:
        case "at":
            return ds.at(day)
        case "assuming":
            return ds.assuming_nothing_more(day)
        case _:
            return ds.select(Selection(as_of=day))
