"""The exported dashboard: opened from a folder, without any service."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from cpaudit import Selection, serving, views
from cpaudit.dataset import Dataset
from tests.browser.conftest import all_drawn, key_figures, watch

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def exported(small_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("看板")
    serving.export(Dataset.open(small_warehouse), folder)
    return folder


def test_it_opens_from_a_folder_and_draws_everything(exported: Path, small_warehouse: Path, page: Page) -> None:
    seen = watch(page)
    page.goto((exported / "index.html").as_uri())
    assert all_drawn(page) >= 3
    expected = views.progress_page(Dataset.open(small_warehouse), Selection()).key_figures()
    assert {k: float(v) for k, v in key_figures(page).items() if v} == {k: v for k, v in expected.items() if v is not None}
    assert seen.outside() == []
    assert seen.errors == []
    assert page.evaluate("globalThis.hacked") is None


def test_choosing_a_unit_leads_to_its_page_and_back(exported: Path, small_warehouse: Path, page: Page) -> None:
    page.goto((exported / "index.html").as_uri())
    page.get_by_label("辖区", exact=True).select_option(label="唐山市")
    page.wait_for_url("**/tangshan.html")
    all_drawn(page)
    expected = views.progress_page(Dataset.open(small_warehouse), Selection.of(unit="tangshan")).key_figures()
    assert {k: float(v) for k, v in key_figures(page).items() if v} == {k: v for k, v in expected.items() if v is not None}
    page.get_by_label("辖区", exact=True).select_option(label="全省")
    page.wait_for_url("**/index.html")
    assert key_figures(page)["listed"] == "12"


def test_on_a_phone_nothing_is_wider_than_the_screen(exported: Path, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto((exported / "index.html").as_uri())
    all_drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
