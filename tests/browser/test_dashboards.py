"""Every dashboard as leaders meet it: at the desk, on a phone, in the meeting room, on paper, in the dark, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from pypdfium2 import PdfDocument

from cpaudit.serving import dashboards
from docs import hooks, screens
from tests.support.browser import all_drawn, key_figures, watch
from tests.support.service import Service, running

pytestmark = pytest.mark.browser
IDS = [d.id for d in dashboards()]
_TEXT = "(e) => { const r = document.createRange(); r.selectNodeContents(e); return r.getBoundingClientRect().toJSON(); }"


@pytest.fixture(scope="module")
def service(small_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(small_warehouse, tmp_path_factory.mktemp("service") / "log") as started:
        yield started


def opened(page: Page, service: Service, address: str) -> None:
    page.goto(f"{service.url}{address}{'&' if '?' in address else '?'}token=test-token")
    page.locator(".cp-early").wait_for(state="detached")
    page.wait_for_function("() => document.querySelector('.cp-kpis, .cp-lead')")
    if page.locator(".cp-plot").count():
        all_drawn(page)


def on_paper(page: Page) -> None:
    """The PDF that the button makes says what it shows and when, holds every figure, and nothing that only a screen needs."""
    title = page.locator("h1").first.inner_text()
    labels = page.locator(".cp-plot").evaluate_all(
        """(plots) => plots.map((p) => [...p.querySelectorAll("svg text")].map((t) => t.textContent).find((t) => t.trim()))"""
    )
    with PdfDocument(page.pdf(format="A4")) as paper:
        sheets = ["".join(sheet.get_textpage().get_text_bounded().split()) for sheet in paper]
    whole = "".join(sheets)
    for said in (title, "数据日期 2022-07-01", "打印条件：", "辖区 全部单位"):
        assert "".join(said.split()) in sheets[0]
    for label in labels:
        assert "".join(label.split()) in whole
    for button in ("复制链接", "保存为PDF", "恢复全部", "全部筛选"):
        assert button not in whole


def violations(page: Page, *rules: str) -> list[str]:
    """What axe finds wrong, by all its rules or by these."""
    only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
    found = Axe().run(page, options={"resultTypes": ["violations"], **only}).response["violations"]
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
    assert violations(page, "color-contrast", "link-in-text-block") == [], "in the dark only the colours are others"
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 900})
    on_paper(page)
    assert seen.outside() == []
    assert seen.errors == []


def test_the_documentation_shows_each_dashboard_on_each_screen(
    service: Service, chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "ROOT", tmp_path)
    monkeypatch.setattr(screens, "SCREENS", {name: screens.SCREENS[name] for name in ("dark", "phone")})
    folder = tmp_path / "docs" / "images" / "gallery"
    screens.draw(chromium, service.link, IDS[:1], folder)
    shown = hooks.on_page_markdown("<!-- table: screens -->")
    for name in screens.SCREENS:
        drawn = screens.picture(IDS[0], name)
        assert 20_000 < (folder / drawn).stat().st_size < 400_000, "neither empty nor heavy"
        assert f"](images/gallery/{drawn})" in shown
    assert shown.count("\n![") == len(screens.SCREENS)
    assert shown.count("## ") == len(IDS)


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
    page.wait_for_function("() => document.querySelector('.cp-kpis, .cp-lead')")
    assert key_figures(page) == shown


def test_a_dark_phone_has_a_dark_page_from_the_start_and_unit_and_trade_first_the_other_filters_on_demand(
    service: Service, page: Page
) -> None:
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, service, "plant")
    grounds = page.evaluate(
        """() => ["html", "body", ".cp-view", ".cp-plot .main-svg"].map(
            (s) => getComputedStyle(document.querySelector(s)).backgroundColor)"""
    )
    assert set(grounds) <= {"rgb(22, 28, 36)", "rgba(0, 0, 0, 0)"}, grounds
    assert page.locator("html").evaluate("(e) => getComputedStyle(e).backgroundColor") == "rgb(22, 28, 36)"
    button, status = page.get_by_role("button", name="全部筛选"), page.get_by_label("状态", exact=True)
    assert page.get_by_label("辖区", exact=True).is_visible()
    assert status.is_hidden()
    title, switch = page.locator("h1").evaluate(_TEXT), page.locator(".cp-theme").bounding_box()
    assert switch
    assert title["right"] <= switch["x"], "the title runs under no button"
    button.click()
    assert status.is_visible()
    assert button.get_attribute("aria-expanded") == "true"
    page.set_viewport_size({"width": 1280, "height": 900})
    assert button.is_hidden()
    assert status.is_visible()


def test_in_the_meeting_room_type_and_figures_are_larger(service: Service, page: Page) -> None:
    page.set_viewport_size({"width": 3840, "height": 2160})
    opened(page, service, "progress")
    sizes = page.evaluate(
        """() => ["h1", ".cp-plot .xtick text, .cp-plot .ytick text", ".cp-filters label"].map(
            (s) => parseFloat(getComputedStyle(document.querySelector(s)).fontSize))"""
    )
    assert min(sizes) >= 28, sizes
    assert page.locator(".cp-plot").first.bounding_box()["width"] > 1000  # type: ignore[index]
