"""What a notebook keeps of a page is the page: every type, missing cell and figure, so that documents can be made from it."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpaudit import views
from cpaudit.dataset import Dataset
from cpaudit.errors import CpauditError
from cpaudit.render.notebook import show as notebook
from cpaudit.render.notebook import stored
from cpaudit.render.web import html
from cpaudit.selection import Selection
from cpaudit.views.page import Caveat, Column, Figure, Heading, KeyFigure, KeyFigures, Page, Table, Text
from tests.support.examples import examples
from tests.support.reports import figures_sorted


def executed(page: Page, *cells: dict[str, Any]) -> dict[str, Any]:
    """The JSON of a notebook that has shown the page, its keys sorted as all of Jupyter's writers do."""
    data = [{stored.MEDIA: stored.header_json(page)}, *map(notebook.bundle, page.blocks)]
    shown = {"cell_type": "code", "metadata": {}, "source": "", "outputs": [{"data": d} for d in data]}
    return dict(json.loads(json.dumps({"cells": [shown, *cells]}, sort_keys=True)))


def same(a: Any, b: Any) -> None:
    assert type(a) is type(b)
    if isinstance(a, Table):
        assert [*a.columns] == [*b.columns]
        pd.testing.assert_frame_equal(a.frame.reset_index(drop=True), b.frame, check_names=False, check_column_type=False)
        assert [[type(v) for v in a.frame[c]] for c in a.frame] == [[type(v) for v in b.frame[c]] for c in b.frame]
    if isinstance(a, Figure):
        assert json.loads(a.figure.to_json()) == json.loads(b.figure.to_json())
    if isinstance(a, Table | Figure):
        rest = [name for name in a.__dataclass_fields__ if name not in ("frame", "figure")]
        assert [getattr(a, name) for name in rest] == [getattr(b, name) for name in rest]
    else:
        assert a == b


@pytest.mark.parametrize("page_id", [*views.PAGES, "plant"])
def test_every_page_of_the_product_comes_back_from_a_notebook(ds: Dataset, page_id: str) -> None:
    if page_id == "plant":
        page = views.plant_page(ds)
    else:
        page = views.PAGES[page_id].build(ds, Selection.of(unit="唐山市") if page_id == "city" else Selection())
    back = stored.page_of(executed(page))
    assert (back.id, back.title, back.subtitle, back.stamp) == (page.id, page.title, page.subtitle, page.stamp)
    for a, b in zip(page.blocks, back.blocks, strict=True):
        same(a, b)
    assert figures_sorted(html.page_document(back)) == figures_sorted(html.page_document(page))


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1))
MOMENTS = st.none() | st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2030, 1, 1))
ROW = st.tuples(
    st.none() | TEXTS,
    st.none() | TEXTS | DAYS | st.floats() | st.booleans() | st.integers() | MOMENTS.map(pd.Timestamp),
    st.floats(),
    st.integers(-(2**53), 2**53),
    st.none() | st.integers(-(2**53), 2**53),
    st.booleans(),
    MOMENTS,
    st.sampled_from("甲乙"),
)
KINDS = ("str", "object", "float64", "int64", "Int64", "bool", "datetime64[us]", pd.CategoricalDtype([*"乙甲"], ordered=True))


@given(st.lists(ROW, max_size=4))
@examples(15)
def test_any_table_comes_back_with_its_types(rows: list[Any]) -> None:
    columns = zip(*rows, strict=True) if rows else [()] * len(KINDS)
    frame = pd.DataFrame({str(kind): pd.Series(list(c), dtype=kind) for kind, c in zip(KINDS, columns, strict=True)})  # type: ignore[call-overload]
    table = Table("t", "表", frame, {name: Column(name) for name in frame}, note="注", limit=2)
    same(table, stored.block_of(json.loads(json.dumps(stored.block_json(table)))))


def test_a_figure_lies_in_the_notebook_once() -> None:
    figure = Figure("f", "<甲>", go.Figure(go.Bar(y=[1.5], x=["唯一的企业"]), {"margin": {"l": 3}}), "图说", 1, "来源")
    bundle = json.dumps(notebook.bundle(figure), ensure_ascii=False)
    assert bundle.count("唯一的企业") == 1
    (back,) = stored.page_of(executed(Page("p", "页", "", None, (figure,)))).blocks
    same(figure, back)


def test_a_sentence_that_an_analyst_adds_stands_in_the_page_and_a_remark_for_colleagues_does_not() -> None:
    page = Page("p", "页", "", None, (Heading("进度"), Text("一"), Caveat("二"), KeyFigures((KeyFigure("n", "数", None),))))
    added = {"cell_type": "markdown", "metadata": {"tags": []}, "source": ["**据了解**，", "两家停产。\n\n1. 甲\n2. 乙"]}
    private = {"cell_type": "markdown", "metadata": {"tags": ["remove-cell"]}, "source": "同事请看"}
    back = stored.page_of(executed(page, added, private))
    assert back.blocks == (*page.blocks, Text("据了解，两家停产。"), Text("1. 甲\n2. 乙"))


def test_a_notebook_that_shows_no_page_is_no_report() -> None:
    with pytest.raises(CpauditError, match="没有页面数据"):
        stored.page_of({"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "source": ""}]})
