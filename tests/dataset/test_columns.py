"""A table's columns hold what was given, whichever way they are made, and answers don't hang on how pandas keeps texts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpaudit import Dataset, Selection, views
from cpaudit.fields import TABLES, tables
from cpaudit.render.web import html
from tests.support.examples import examples

DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1))
NUMBERS = st.integers(-(10**6), 10**6) | st.floats(-1e9, 1e9)
#: What a record of each column may hold: what is meant, and what sheets and people write instead.
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "name": st.text(max_size=5) | st.integers(0, 3) | st.just(float("nan")),
    "listed_on": DAYS | DAYS.map(str) | DAYS.map(pd.Timestamp) | st.sampled_from(["2022/1/5", "1月", "01/02/2022", "2022-02-30"]),
    "hazardous_waste_t": NUMBERS | st.sampled_from(["1.5", "x", True]),
    "stricter_level": st.integers(1, 3) | st.sampled_from([1.0, 1.5, "2"]),
}


def as_pandas_has_it(records: list[dict[str, Any]], blank: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame(records)
    missing = {name: blank[name].array.take([-1] * len(frame), allow_fill=True) for name in blank if name not in frame}
    return pd.DataFrame({name: missing[name] if name in missing else frame[name].astype(blank[name].dtype) for name in blank})


@examples(200)
@given(data=st.data(), column=st.sampled_from(list(VALUES)))
def test_a_column_holds_what_pandas_makes_of_the_records(data: st.DataObject, column: str) -> None:
    one = st.fixed_dictionaries({"plant_id": st.just("p")}, optional={column: st.none() | VALUES[column]})
    plain = st.fixed_dictionaries({"plant_id": st.just("p"), column: st.none() | next(iter(VALUES[column].branches))})  # type: ignore[attr-defined]
    records = data.draw(st.lists(one, min_size=1, max_size=4) | st.lists(plain, min_size=1, max_size=4))
    plants = tables()["plants"]
    try:
        expected = as_pandas_has_it(records, plants.empty())
    except (TypeError, ValueError, OverflowError) as error:
        with pytest.raises(type(error)):
            plants.coerce(records)
    else:
        pd.testing.assert_frame_equal(plants.coerce(records), expected)


def test_a_frame_comes_back_as_it_is_and_no_change_of_it_reaches_the_other() -> None:
    plants = tables()["plants"]
    first = plants.coerce([{"plant_id": "p1", "name": "甲"}, {"plant_id": "p2"}])
    again = plants.coerce(first)
    pd.testing.assert_frame_equal(again, first)
    again.loc[0, "name"] = "乙"
    assert first["name"].tolist()[0] == "甲"
    moved = plants.coerce(first[list(first.columns[::-1])].iloc[1:])
    pd.testing.assert_frame_equal(moved, first.iloc[1:].reset_index(drop=True))


@pytest.mark.parametrize("rows", [[{"plant_id": "p1", "wage": 1}], pd.DataFrame({"wage": [1]})], ids=["records", "frame"])
def test_a_column_that_no_table_has_is_refused(rows: Any) -> None:
    with pytest.raises(ValueError, match="wage"):
        tables()["plants"].coerce(rows)


@pytest.mark.parametrize("page", ["progress", "attainment", "benefits"])
def test_a_page_is_the_same_however_pandas_keeps_texts(ds: Dataset, page: str) -> None:
    """Commands, reports and exports keep them as Python's own, notebooks as pandas is set there."""
    shown = []
    for storage in ("python", "pyarrow"):
        with pd.option_context("mode.string_storage", storage):
            kept = pd.StringDtype(storage, na_value=np.nan)
            tables_ = {name: getattr(ds, name) for name in TABLES}
            own = replace(ds, **{n: t.astype(dict.fromkeys(t.select_dtypes("str"), kept)) for n, t in tables_.items()})
            assert own.plants["name"].dtype.storage == storage  # type: ignore[union-attr]
            shown.append(html.page_document(views.PAGES[page].build(own, Selection.of(unit="石家庄市")), assets=None))
    assert shown[0] == shown[1]
