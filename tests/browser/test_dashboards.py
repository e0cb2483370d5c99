"""Every dashboard as leaders meet it: at the desk, on a phone, in the meeting room, on paper, in the dark, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from cpaudit.serving import dashboards
from tests.browser.conftest import all_drawn, key_figures, watch
from tests.service import Service, running

pytestmark = pytest.mark.browser
IDS = [d.id for d in dashboards()]


@pytest.fixture(scope="module")
def service(small_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(small_warehouse, tmp_path_factory.mktemp("service") / "log") as started:
        yield started


def opened(page: Page, service: Service, address: str) -> None:
    page.goto(f"{service.url}{address}{'&' if '?' in address else '?'}token=test-token")
    page.locator(".cp-early").wait_for(state="detached")
    page.wait_for_function("() => document.querySelector('.cp-kpis')")
    if page.locator(".cp-plot").count():
        all_drawn(page)


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found if v["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("name", IDS)
def test_each_dashboard_at_the_desk_on_a_phone_and_on_paper(service: Service, page: Page, name: str) -> None:
    seen = watch(page)
    opened(page, service, name)
    assert page.locator(".cp-menu a[aria-current]").get_attribute("href").endswith(f"/{name}")  # type: ignore[union-attr]
    assert page.locator(".cp-plot-failed").count() == 0
    assert "滑块" not in page.locator("body").inner_text(), "what analysts try out is not shown"
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("() => document.body.classList.contains('cp-dark')")
    assert violations(page) == []
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.emulate_media(media="print")
    page.evaluate("globalThis.dispatchEvent(new Event('beforeprint'))")
    printed = page.locator("#cp-printed")
    assert printed.is_visible()
    assert "截至日期" in printed.inner_text()
    assert page.locator(".cp-filters").is_hidden()
    assert page.locator(".cp-menu").is_hidden()
    assert seen.outside() == []
    assert seen.errors == []


def test_the_menu_keeps_the_selection_and_a_link_opens_what_was_seen(service: Service, page: Page) -> None:
    opened(page, service, "units?unit=tangshan")
    page.get_by_role("link", name="方案与效益").click()
    page.wait_for_url("**/benefits?unit=tangshan")
    page.locator(".cp-early").wait_for(state="detached")
    assert page.get_by_label("辖区", exact=True).locator("option:checked").inner_text() == "唐山市"
    page.get_by_label("辖区", exact=True).select_option(label="石家庄市")
    page.wait_for_url("**/benefits?unit=shijiazhuang*")
    page.wait_for_function("() => document.querySelector('.cp-menu a').search === '?unit=shijiazhuang'")
    shown, link = key_figures(page), page.url
    page.get_by_role("button", name="复制链接").click()
    page.get_by_text("已复制").wait_for()
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_function("() => document.querySelector('.cp-kpis')")
    assert key_figures(page) == shown


def test_in_the_meeting_room_type_and_figures_are_larger(service: Service, page: Page) -> None:
    page.set_viewport_size({"width": 3840, "height": 2160})
    opened(page, service, "progress")
    sizes = page.evaluate(
        """() => ["h1", ".cp-plot .xtick text, .cp-plot .ytick text", ".cp-filters label"].map(
            (s) => parseFloat(getComputedStyle(document.querySelector(s)).fontSize))"""
    )
    assert min(sizes) >= 28, sizes
    assert page.locator(".cp-plot").first.bounding_box()["width"] > 1000  # type: ignore[index]
