"""What stands behind a mark: exactly the plants that it counts, and the cell that its value was read from."""

from __future__ import annotations

from typing import Any

import pytest

from cpaudit import Selection, views
from cpaudit.dataset import Dataset
from cpaudit.views.page import Figure, Page, Table


def first(data: Any) -> str:
    while isinstance(data, list | tuple):
        data = data[0]
    return str(data)


def figures(page: Page) -> dict[str, Figure]:
    return {b.id: b for b in page.blocks if isinstance(b, Figure)}


@pytest.fixture(scope="module")
def pages(ds: Dataset) -> dict[str, Page]:
    chosen = {"benchmarking": Selection.of(industry="水泥"), "city": Selection.of(unit="唐山")}
    return {id: spec.build(ds, chosen.get(id, Selection())) for id, spec in views.PAGES.items()}


def test_every_mark_that_can_be_chosen_has_plants_or_a_place_and_the_page_knows_them(pages: dict[str, Page]) -> None:
    for page in pages.values():
        known = {entry.id for entry in page.directory}
        for figure in figures(page).values():
            assert figure.behind or figure.places, figure.id
            assert {p for plants in figure.behind.values() for p in plants} <= known
            drawn = set()
            for trace in figure.figure.data:
                for data in [trace.link.customdata, trace.node.customdata] if trace.type == "sankey" else [trace.customdata]:
                    rows = data if data is not None else []
                    drawn |= {first(d) for row in rows for d in (row if trace.type == "heatmap" else [row])}
            assert (set(figure.behind) | set(figure.places)) & drawn, figure.id


@pytest.mark.parametrize(
    ("page", "figure"),
    [("progress", "advance_unit"), ("progress", "funnel"), ("attainment", "attainment_unit"), ("attainment", "stopping")],
)
def test_a_bar_counts_the_plants_behind_it(pages: dict[str, Page], page: str, figure: str) -> None:
    shown = figures(pages[page])[figure]
    for trace in shown.figure.data:
        for n, data in zip(trace.x, trace.customdata, strict=True):
            assert len(shown.behind.get(first(data), ())) == n, first(data)


def test_a_stream_of_levels_counts_the_plants_behind_it(pages: dict[str, Page]) -> None:
    shown = figures(pages["attainment"])["level_flow"]
    link = shown.figure.data[0].link
    assert [len(shown.behind[key]) for key in link.customdata] == list(link.value)


def test_a_day_of_the_calendar_counts_the_plants_that_still_have_it_before_them(pages: dict[str, Page]) -> None:
    shown = figures(pages["progress"])["due_dates"]
    for trace in shown.figure.data:
        for key, n, _ in trace.customdata:
            assert len(shown.behind.get(key, ())) == n


def test_rows_that_name_a_plant_lead_to_that_plant(pages: dict[str, Page], ds: Dataset) -> None:
    names = ds.plants.set_index("plant_id")["name"]
    found = 0
    for page in pages.values():
        for table in (b for b in page.blocks if isinstance(b, Table) and b.plants):
            column = next(name for name, c in table.columns.items() if c.plant)
            assert table.frame[column].tolist() == names.reindex(table.plants).tolist()
            found += 1
    assert found >= 6


def test_a_row_of_the_plants_file_says_where_it_was_read(pages: dict[str, Page], ds: Dataset) -> None:
    tables = {b.id: b for b in pages["plant"].blocks if isinstance(b, Table)}
    plant_id = pages["plant"].directory[0].id
    row = ds.plants.set_index("plant_id").loc[plant_id]
    assert tables["head"].places[0] == (row["file"], row["sheet"], row["cell"])
    options = ds.options[ds.options["plant_id"] == plant_id].set_index("number")
    for number, place in zip(tables["options"].frame["number"], tables["options"].places, strict=True):
        assert place == tuple(options.loc[number, ["file", "sheet", "cell"]])
