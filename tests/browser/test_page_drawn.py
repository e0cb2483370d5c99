"""What a reader sees: every figure drawn, nothing asked of another host, nothing wider than the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from cpaudit import views
from cpaudit.dataset import Dataset
from cpaudit.render.web import html
from tests.support.browser import HOSTILE, Seen, all_drawn, watch
from tests.support.builders import dataset, event, plant

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(ds: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both pages of the sample, and both of a small data set with hostile names, with their assets."""
    made = tmp_path_factory.mktemp("pages")
    html.write_assets(made / "assets")
    plants = [plant(f"p{i}", name=f"{HOSTILE}{i}", permit_class="key") for i in range(5)]
    small = dataset(plants=plants, events=[event("p1", "accepted", "2022-06-01"), event("p2", "assessed", "2022-06-01")])
    pages = {
        "progress": views.progress_page(ds),
        "city": views.city_report(ds, "唐山市"),
        "hostile": views.progress_page(small),
        "hostile_city": views.city_report(small, "石家庄市"),
        "empty": views.city_report(small, "雄安新区"),
    }
    for name, page in pages.items():
        (made / f"{name}.html").write_text(html.page_document(page), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def city(tab: Page, folder: Path) -> tuple[Page, Seen]:
    """The sample's report, loaded once for several looks at it, and what it did."""
    seen = watch(tab)
    tab.goto((folder / "city.html").as_uri())
    all_drawn(tab)
    return tab, seen


def _drawn_and_fitting(page: Page, seen: Seen, figures: int, width: int) -> None:
    assert all_drawn(page) == figures
    marks = page.evaluate(
        """() => [...document.querySelectorAll(".cp-plot")].map(
            (p) => p.querySelectorAll(".point, .js-line, .heatmaplayer image, .annotation-text").length)"""
    )
    assert all(marks), marks
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.errors == []
    assert seen.outside() == []
    assert page.evaluate("globalThis.hacked") is None


def _cut_off(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll(".cp-plot")].flatMap((plot) => {
            const box = plot.getBoundingClientRect();
            return [...plot.querySelectorAll(".ytick text, .xtick text, .legendtext, .annotation-text")].filter((t) => {
                const b = t.getBoundingClientRect();
                const across = b.left < box.left - 1 || b.right > box.right + 1;
                return b.width && (across || b.top < box.top - 1 || b.bottom > box.bottom + 1);
            }).map((t) => t.textContent);
        })"""
    )
    return found


def test_every_figure_of_a_report_is_drawn_and_fits(city: tuple[Page, Seen]) -> None:
    _drawn_and_fitting(*city, 6, 1280)


def test_the_figures_have_no_button_that_sends_them_away(city: tuple[Page, Seen]) -> None:
    page, _ = city
    assert page.locator(".modebar-btn").count() == 0
    first = page.locator(".cp-figure").first.locator(".cp-tools button").all_inner_texts()
    assert first == ["企业名单", "png", "svg", "xlsx"]


def test_figures_are_drawn_once_and_new_ones_on_request(city: tuple[Page, Seen]) -> None:
    page, _ = city
    before = all_drawn(page)
    page.evaluate(
        """() => {
            const copy = document.querySelector(".cp-figure").cloneNode(true), plot = copy.querySelector(".cp-plot");
            plot.removeAttribute("data-drawn");
            plot.textContent = "";
            plot.className = "cp-plot";
            document.querySelector("main").append(copy);
            return globalThis.cpaudit.draw(copy.parentNode);
        }"""
    )
    assert all_drawn(page) == before + 1
    page.evaluate("document.querySelector('main').lastElementChild.remove()")
    assert all_drawn(page) == before


def test_on_paper_figures_have_the_width_of_the_paper(city: tuple[Page, Seen]) -> None:
    """The last look at this page: it stays as it is printed."""
    page, _ = city
    page.emulate_media(media="print")
    page.evaluate("globalThis.dispatchEvent(new Event('beforeprint'))")
    widths = page.evaluate(
        """() => [...document.querySelectorAll(".cp-plot .main-svg:first-of-type")].map((s) => s.width.baseVal.value)"""
    )
    assert set(widths) == {680}
    assert page.locator(".cp-scroll").first.evaluate("e => getComputedStyle(e).overflowX") == "visible"


@pytest.mark.parametrize(
    ("name", "figures", "width"), [("progress", 7, 1280), ("hostile", 7, 1280), ("hostile_city", 2, 390), ("city", 6, 390)]
)
def test_every_figure_is_drawn_and_fits(page: Page, folder: Path, name: str, figures: int, width: int) -> None:
    seen = watch(page)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto((folder / f"{name}.html").as_uri())
    _drawn_and_fitting(page, seen, figures, width)
    if name != "progress":
        return
    assert _cut_off(page) == [], "labels stay inside their figure"
    page.set_viewport_size({"width": 390, "height": 900})
    page.reload()
    _drawn_and_fitting(page, seen, figures, 390)


def test_without_the_drawing_library_a_sentence_stands_there(page: Page, folder: Path) -> None:
    page.route("**/plotly.min.js", lambda route: route.abort())
    page.goto((folder / "city.html").as_uri())
    page.locator(".cp-plot-failed").first.wait_for()
    assert "绘图组件没有加载" in page.locator(".cp-plot").first.inner_text()
    assert page.locator(".cp-value").first.is_visible()


def test_a_unit_without_plants_has_a_readable_page(page: Page, folder: Path) -> None:
    seen = watch(page)
    page.goto((folder / "empty.html").as_uri())
    assert "雄安新区没有企业列入" in page.locator("main").inner_text()
    assert seen.errors == []
