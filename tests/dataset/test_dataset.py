"""A data set is true however it was cut: any chain of days and choices shows what the direct one shows, or is refused."""

from __future__ import annotations

import datetime as dt
import gc
import pickle
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cpaudit as cp
from cpaudit import Dataset, Selection
from cpaudit.analysis import attainment, progress
from cpaudit.errors import UsageError
from cpaudit.fields import TABLES
from cpaudit.vocabulary import LEVEL_CHOICES
from tests.support.examples import examples

JUNE, NOVEMBER = dt.date(2022, 6, 1), dt.date(2022, 11, 15)
FIELDS = ("units", "industries", "rosters", "levels", "statuses")

CHOICES = st.builds(
    Selection,
    as_of=st.none() | st.dates(dt.date(2022, 1, 1), NOVEMBER),
    units=st.sampled_from([(), ("shijiazhuang",), ("tangshan", "shijiazhuang")]),
    industries=st.sampled_from([(), ("cement",), ("cement", "brewing")]),
    rosters=st.sampled_from([(), ("mandatory",)]),
    levels=st.lists(st.sampled_from(list(LEVEL_CHOICES)), unique=True, max_size=3).map(tuple),
    statuses=st.sampled_from([(), ("active",), ("suspended", "active")]),
)


def tables(ds: Dataset) -> dict[str, pd.DataFrame]:
    return {name: getattr(ds, name) for name in TABLES}


def same(one: Dataset, other: Dataset) -> None:
    assert one.as_of == other.as_of
    for name, frame in tables(one).items():
        pd.testing.assert_frame_equal(frame, tables(other)[name])


@examples(10)
@given(chain=st.lists(st.tuples(st.booleans(), CHOICES), min_size=1, max_size=5))
def test_any_chain_of_cuts_shows_what_the_direct_one_shows(ds: Dataset, chain: list[tuple[bool, Selection]]) -> None:
    day, wanted, cut = None, dict[str, set[str]](), ds
    for only_day, choice in chain:
        day = choice.as_of or day
        for name in () if only_day else FIELDS:
            if values := getattr(choice, name):
                wanted[name] = wanted[name] & set(values) if name in wanted else set(values)
        try:
            cut = cut.select(as_of=choice.as_of) if only_day else cut.select(choice)
        except UsageError:  # there are no levels of an earlier day
            assert "levels" in wanted
            assert day is not None
            assert day < NOVEMBER
            return
    if not all(wanted.values()):  # nothing fits both: no single choice says so
        assert cut.plants.empty
        return
    direct = Selection(as_of=day, **{name: tuple(values) for name, values in wanted.items()})  # type: ignore[arg-type]
    same(cut, ds.select(direct))


@given(choice=CHOICES)
@examples(5)
def test_a_choice_is_honoured_in_every_part(ds: Dataset, choice: Selection) -> None:
    choice = replace(choice, as_of=None) if choice.levels else choice
    shown = ds.select(choice).plants
    whole = ds.at(choice.as_of) if choice.as_of else ds
    levels = attainment.plants(ds).set_index("plant_id")["level_after"]
    names = {**dict(zip((1, 2, 3, 4), LEVEL_CHOICES, strict=False))}
    expected = [
        row.plant_id
        for row in whole.plants.itertuples()
        if (not choice.units or row.unit in choice.units)
        and (not choice.industries or row.industry in choice.industries)
        and (not choice.rosters or row.roster in choice.rosters)
        and (not choice.statuses or row.status in choice.statuses)
        and (not choice.levels or names.get(levels[row.plant_id], "unknown") in choice.levels)
    ]
    assert shown["plant_id"].tolist() == expected


def test_a_data_set_opened_at_an_earlier_day_knows_the_later_one(ds: Dataset, warehouse: object) -> None:
    early = cp.open("2022-06-01", warehouse=str(warehouse))
    later = progress.summary(early.select(Selection.of(as_of="2022-11-15")))
    assert progress.summary(early)["accepted"].item() < later["accepted"].item()
    pd.testing.assert_frame_equal(later, progress.summary(ds))
    same(early.at(NOVEMBER), ds)


def test_what_was_cut_loose_refuses_a_later_day_in_one_sentence(ds: Dataset) -> None:
    loose = replace(ds.at(JUNE), version="mine")
    with pytest.raises(UsageError, match="只保留到 2022-06-01 的记录，不能看 2022-11-15 的情况"):
        loose.at(NOVEMBER)
    same(loose.at("2022-05-01"), replace(ds.at("2022-05-01"), version="mine"))


def test_what_a_unit_may_see_leads_to_nothing_else(ds: Dataset) -> None:
    mine = ds.at(JUNE).only(["tangshan"])
    for other in (mine, mine.at("2022-05-01"), mine.select(unit="石家庄"), pickle.loads(pickle.dumps(mine))):
        assert set(other.plants["unit"]) <= {"tangshan"}
    held, seen = [mine], set()
    while held:
        one = held.pop()
        if id(one) not in seen:
            seen.add(id(one))
            assert not isinstance(one, Dataset) or set(one.plants["unit"]) <= {"tangshan"}
            held += [x for x in gc.get_referents(one) if isinstance(x, Dataset | dict | tuple)]


def test_what_is_computed_of_a_data_set_is_computed_once_and_dies_with_it(warehouse: object) -> None:
    def alive() -> int:
        gc.collect()
        return sum(isinstance(x, Dataset) for x in gc.get_objects())

    before = alive()
    for day in ("2022-06-01", "2022-07-01", "2022-08-01"):
        opened = cp.open(day, warehouse=str(warehouse))
        part = opened.select(unit="石家庄", industry="制药")
        assert part is opened.select(unit="石家庄", industry="制药")
        cp.views.progress_page(opened)
        cp.views.quality_page(part)
        cp.analysis.bulletin.bulletin(opened, part)
    assert alive() > before
    del opened, part
    assert alive() == before


def test_the_benchmark_of_analyses_measures_what_nothing_is_remembered_of(ds: Dataset) -> None:
    from cpaudit.bench.analysis import forgetful

    progress.summary(ds, "unit")
    fresh = forgetful(ds)
    assert (bool(ds._memo), fresh._memo) == (True, {})
    assert fresh.plants is ds.plants


def test_dragging_through_the_days_keeps_few_of_them(warehouse: object) -> None:
    opened = cp.open(warehouse=str(warehouse))
    for days in range(60):
        opened.at(JUNE + dt.timedelta(days)).select(unit="唐山")
    gc.collect()
    assert sum(isinstance(x, Dataset) and x.version == opened.version and x._whole is opened for x in gc.get_objects()) < 20


def test_a_table_that_the_caller_changes_is_whole_at_the_next_call(ds: Dataset) -> None:
    told = progress.summary(ds, "unit")
    told.loc[:, "listed"] = 0
    assert progress.summary(ds, by="unit")["listed"].sum() == len(ds.plants)


def test_a_pickled_data_set_takes_its_tables_along(ds: Dataset) -> None:
    progress.summary(ds)
    copy = pickle.loads(pickle.dumps(ds.at(JUNE)))
    same(copy, ds.at(JUNE))
    same(copy.at(NOVEMBER), ds)
