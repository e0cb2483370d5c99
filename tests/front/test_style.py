"""One's own figures look like the house's: the template, the tile map, the bars."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio
import pytest

import cpaudit as cp
from cpaudit import views
from cpaudit.analysis import progress
from cpaudit.dataset import Dataset
from cpaudit.errors import UsageError
from cpaudit.views import theme
from cpaudit.views.page import Figure


@pytest.fixture
def style() -> Iterator[None]:
    before = pio.templates.default
    pio.templates.default = cp.style.TEMPLATE
    yield
    pio.templates.default = before


def house(ds: Dataset, id: str) -> go.Figure:
    blocks = views.progress_page(ds).blocks
    return go.Figure(next(b.figure for b in blocks if isinstance(b, Figure) and b.id == id))


@pytest.mark.usefixtures("style")
def test_a_plot_of_pandas_looks_like_the_houses(ds: Dataset) -> None:
    drawn = pd.Series([3, 5], ["甲", "乙"]).plot(kind="bar", backend="plotly").layout.template.layout
    ours = house(ds, "funnel").layout.template.layout
    for look in ("font", "colorway", "paper_bgcolor", "xaxis", "legend"):
        assert drawn[look] == ours[look]


def test_the_tile_map_of_ones_own_numbers_is_the_houses(ds: Dataset) -> None:
    share = progress.summary(ds, "unit").set_index("unit")["accepted_pct"]
    mine, ours = cp.tile_map(share, unit="%"), house(ds, "tile_map")
    assert mine.data[1].z == ours.data[1].z
    assert mine.data[1].colorscale == ours.data[1].colorscale
    by_name = cp.tile_map(share.rename(lambda unit: cp.programme.find_unit(unit).name), unit="%")
    assert by_name.data[1].z == mine.data[1].z


def test_units_without_a_number_are_grey_and_wrong_ones_are_told() -> None:
    drawn = cp.tile_map(pd.Series({"唐山": 4.0, "定州": float("nan")}), unit="家")
    texts = " ".join(note.text for note in drawn.layout.annotations)
    assert "4 家" in texts
    assert texts.count("无数据") == 13
    with pytest.raises(UsageError, match=r"(?s)没有叫“北京”的上报单位.*石家庄市"):
        cp.tile_map(pd.Series({"北京": 1}))
    with pytest.raises(UsageError, match="唐山市有不止一个数"):
        cp.tile_map(pd.Series([1, 2], ["唐山", "唐山市"]))


def test_bars_take_the_colours_of_what_they_are_called() -> None:
    drawn = cp.bars(pd.DataFrame({"达标": [3], "我的": [2]}, index=["水泥"]))
    colours = {bar.name: bar.marker.color for bar in drawn.data}
    assert colours["达标"] == theme.VERDICT_COLOURS["attained"]
    assert colours["达标"] != colours["我的"]
    assert [bar.x for bar in drawn.data] == [(3,), (2,)]


def test_ones_own_page_says_what_every_page_says(ds: Dataset) -> None:
    page = cp.page("我的页", ds, "一段话。", ("各单位", progress.summary(ds, "unit")), ("图", cp.bars(pd.Series([1], ["甲"]))))
    assert page.stamp is not None
    assert (page.stamp.version, page.stamp.demonstration) == (ds.version, True)
    kinds = [type(block).__name__ for block in page.blocks]
    assert kinds == ["Caveat", "Text", "Table", "Figure"]
