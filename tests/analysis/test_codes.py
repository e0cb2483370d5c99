"""Counting by code gives what looking at the texts one by one would."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from cpaudit.analysis.basis.codes import positions, sums
from cpaudit.analysis.doubts.numbers import group_median
from tests.support.examples import examples

WORDS = st.one_of(st.none(), st.sampled_from(["唐山", "石家庄", "a", "A", ""]))


@examples(25)
@given(st.lists(WORDS, max_size=12), st.lists(st.sampled_from(["石家庄", "a", "邯郸"]), unique=True))
def test_each_text_stands_where_the_list_has_it(texts: list[str | None], known: list[str]) -> None:
    found = positions(pd.Series(texts, dtype="str"), known)
    assert found.tolist() == [known.index(t) if t in known else -1 for t in texts]


@examples(25)
@given(st.lists(st.tuples(WORDS, st.integers(0, 1000)), max_size=12))
def test_sums_by_group_add_up_to_the_sum_of_all(rows: list[tuple[str | None, int]]) -> None:
    numbers = {"n": np.array([n for _, n in rows], dtype=int)}
    by_group = sums(numbers, pd.Series([word for word, _ in rows], dtype="str"))["n"]
    expected: Counter[str | None] = Counter()
    for word, n in rows:
        expected[word] += n
    assert {None if pd.isna(k) else k: n for k, n in by_group.items()} == dict(expected)
    assert sums(numbers)["n"].tolist() == [sum(n for _, n in rows)] == [by_group.sum()]


@examples(25)
@given(st.lists(st.tuples(st.integers(0, 300), st.floats(-1e6, 1e6)), min_size=1, max_size=40))
def test_the_median_of_a_group_is_that_of_its_values(rows: list[tuple[int, float]]) -> None:
    group, values = np.array([g for g, _ in rows]), np.array([v for _, v in rows])
    found = group_median(group, values, 301)
    for g in range(301):
        mine = values[group == g]
        assert np.isnan(found[g]) if not len(mine) else found[g] == np.median(mine)
