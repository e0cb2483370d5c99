"""The dashboard as its readers meet it: a real service, a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from cpaudit import Selection, snapshots, views
from cpaudit.dataset import Dataset
from cpaudit.fields import TABLES
from tests.support.browser import Seen, all_drawn, key_figures, watch
from tests.support.service import Service, Viewer, kill, running, until, warm_parents

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def service(small_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    shutil.copytree(small_warehouse, folder / "warehouse")
    with running(folder / "warehouse", folder / "log") as started:
        yield started


@pytest.fixture(scope="module")
def reader(tab: Page) -> tuple[Page, Seen]:
    """A reader who stays at the same tab, and what it did: opening a page takes longer than all looks at it."""
    return tab, watch(tab)


def reading(page: Page, service: Service) -> None:
    """See to it that the dashboard is open."""
    if not page.url.startswith(service.url):
        page.goto(service.link)
        live(page)
        all_drawn(page)


def live(page: Page) -> None:
    """Wait until the widgets have taken the page over."""
    page.locator(".cp-early").wait_for(state="detached")


def _expected(warehouse: Path, **selection: str) -> dict[str, float | int | None]:
    return views.progress_page(Dataset.open(warehouse), Selection.of(**selection)).key_figures()  # type: ignore[arg-type]


def _listed(page: Page) -> str:
    return key_figures(page)["listed"]


def test_the_page_draws_every_figure_without_asking_another_host(
    service: Service, reader: tuple[Page, Seen], small_warehouse: Path
) -> None:
    page, seen = reader
    page.goto(service.link)
    assert all_drawn(page) >= 3
    live(page)
    assert all_drawn(page) >= 3
    assert "token" not in page.url
    shown = key_figures(page)
    for key, value in _expected(small_warehouse).items():
        assert shown[key] == ("" if value is None else f"{value:g}"), key
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.locator("#cp-loading").count() == 0
    assert seen.outside() == []
    assert seen.errors == []
    assert page.evaluate("globalThis.hacked") is None


def test_choosing_a_unit_shows_its_numbers_and_links_to_them(
    service: Service, reader: tuple[Page, Seen], small_warehouse: Path
) -> None:
    page, seen = reader
    reading(page, service)
    page.get_by_label("辖区", exact=True).select_option(label="唐山市")
    page.wait_for_function("""() => document.querySelector('[data-key="listed"]').dataset.value === "4" """)
    all_drawn(page)
    assert page.url == service.url + "?unit=tangshan"
    assert {k: float(v) for k, v in key_figures(page).items() if v} == {
        k: v for k, v in _expected(small_warehouse, unit="tangshan").items() if v is not None
    }
    assert sum("plotly" in url for url in seen.urls) == 1, "the drawing library comes once"
    assert seen.received < 1_000_000, "and not a second time through the kernel's socket"
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    all_drawn(page)
    live(page)
    assert _listed(page) == "4"
    assert page.get_by_label("辖区", exact=True).locator("option:checked").inner_text() == "唐山市"
    page.get_by_role("button", name="恢复全部").click()
    page.wait_for_function("""() => document.querySelector('[data-key="listed"]').dataset.value === "12" """)
    assert page.url == service.url


def test_a_closed_tab_frees_its_kernel(service: Service, reader: tuple[Page, Seen]) -> None:
    page, _ = reader
    reading(page, service)
    kernel = page.evaluate("() => JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId")
    state = f"{service.url}state/{kernel}"
    assert page.request.get(state).ok
    page.goto("about:blank")
    until(lambda: page.request.get(state).status == 404, 20, every=0.2)
    assert " 403 " not in service.text()
    assert "Traceback" not in service.text()


def test_a_page_in_use_is_told_of_newer_data_and_keeps_its_own(service: Service, reader: tuple[Page, Seen]) -> None:
    page, _ = reader
    reading(page, service)
    ds = Dataset.open(service.log.parent / "warehouse")
    frames = {name: getattr(ds, name) for name in TABLES} | {"options": ds.options.iloc[:1]}
    snapshots.write(service.log.parent / "warehouse", "hebei-2021-2", ds.as_of, frames, demonstration=True, program_version="0")
    page.locator("#cp-newer").wait_for(state="visible")
    page.get_by_label("辖区", exact=True).select_option(label="唐山市")
    page.wait_for_function("""() => document.querySelector('[data-key="listed"]').dataset.value === "4" """)
    assert ds.version in page.locator(".cp-stamp").inner_text()


def test_a_link_that_cannot_be_understood_says_so_above_the_whole_programme_and_on_a_phone_all_fits(
    service: Service, page: Page
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(service.link + "&unit=atlantis")
    all_drawn(page)
    assert "没有叫“atlantis”的上报单位" in page.get_by_role("alert").filter(has_text="链接").inner_text()
    assert _listed(page) == "12"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".cp-plot svg.main-svg").first.bounding_box()["width"] <= 390  # type: ignore[index]


def test_a_page_whose_kernel_died_says_so_and_can_be_read_on(service: Service, page: Page) -> None:
    page.goto(service.link)
    live(page)
    assert page.locator("#cp-lost").is_hidden()
    for parent in warm_parents(service):
        kill(parent)
    page.locator("#cp-lost").wait_for(state="visible")
    assert "连接已断开" in page.locator("#cp-lost").inner_text()
    assert all_drawn(page) >= 3


def test_a_damaged_snapshot_reads_as_a_sentence_not_as_a_traceback(service: Service, page: Page) -> None:
    """The last one of this service."""
    for pointer in (service.log.parent / "warehouse").glob("*/*/current"):
        pointer.write_text("nonsense", encoding="utf-8")
    until(lambda: "已损坏" in Viewer(service).enter().text, 60, every=1)
    page.goto(service.link)
    page.wait_for_function("() => document.querySelector('#cp-loading') === null")
    assert "已损坏" in page.locator(".cp-failed").inner_text()
    assert "Traceback" not in page.content()
    assert "SnapshotError" not in page.content()
