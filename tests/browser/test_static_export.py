"""The exported dashboards: opened from a folder, without any service."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page

from cpaudit import Selection, serving, views
from cpaudit.dataset import Dataset
from tests.support.browser import HOSTILE, all_drawn, key_figures, watch
from tests.support.builders import dataset, event, measurement, option, plant

pytestmark = pytest.mark.browser

_PLANTS = [
    plant("p0", unit="tangshan", name=HOSTILE),
    plant("p1", name="示例酒厂甲"),
    plant("p2", name="示例水泥乙", industry="cement"),
    plant("p3", unit="tangshan", name="示例酒厂丁"),
]


@pytest.fixture(scope="module")
def ds() -> Dataset:
    notified = [event(p["plant_id"], "notified", "2022-01-05", unit=p["unit"]) for p in _PLANTS]
    return dataset(
        plants=_PLANTS,
        events=[*notified, event("p1", "assessed", "2022-06-20")],
        measurements=[measurement("p0", "demo_brewing", "B1", "after", 1.0)],
        options=[option("p0", "ZG1"), option("p2", "ZG1")],
    )


@pytest.fixture(scope="module")
def exported(ds: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("看板 目录")
    serving.export(ds, folder)
    return folder


def _opened(page: Page, exported: Path, link: str = "index.html") -> None:
    name, _, query = link.partition("?")
    page.goto((exported / name).as_uri() + (f"?{query}" if query else ""))
    page.wait_for_function("document.querySelector('.cp-view').getAttribute('aria-busy') !== 'true'")
    all_drawn(page)


def _choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).select_option(label=option)
    page.wait_for_function("document.querySelector('.cp-view').getAttribute('aria-busy') === 'false'")


def _shows(page: Page, ds: Dataset, selection: Selection, page_id: str = "progress") -> None:
    """The page shows the very key figures that its function gives."""
    expected = views.PAGES[page_id].build(ds, selection).key_figures()
    assert {k: float(v) for k, v in key_figures(page).items() if v} == {k: v for k, v in expected.items() if v is not None}


def test_every_dashboard_opens_from_a_folder_and_asks_for_nothing_else(exported: Path, ds: Dataset, page: Page) -> None:
    seen = watch(page)
    first, *others = serving.dashboards()
    for board in (*others, first):
        _opened(page, exported, "index.html" if board == first else f"{board.id}.html")
        assert page.locator(".cp-filters select").count() >= 2
    _shows(page, ds, Selection())
    assert seen.outside() == []
    assert not [url for url in seen.urls if url.startswith("http")]
    assert seen.errors == []
    assert page.evaluate("globalThis.hacked") is None


def test_unit_and_trade_filter_by_link_by_hand_and_by_the_way_back(exported: Path, ds: Dataset, page: Page) -> None:
    seen = watch(page)
    _opened(page, exported)
    _choose(page, "辖区", "石家庄市")
    all_drawn(page)
    _shows(page, ds, Selection.of(unit="shijiazhuang"))
    _choose(page, "行业", "水泥")
    all_drawn(page)
    _shows(page, ds, Selection.of(unit="shijiazhuang", industry="cement"))
    assert page.evaluate("location.search") == "?unit=shijiazhuang&industry=cement"
    page.reload()
    page.wait_for_function("document.querySelector('.cp-value[data-key=listed]')?.dataset.value === '1'")
    assert page.get_by_label("行业", exact=True).input_value() == "cement"
    page.go_back()
    page.wait_for_function("document.querySelector('.cp-value[data-key=listed]')?.dataset.value === '2'")
    assert page.get_by_label("行业", exact=True).input_value() == ""
    page.get_by_role("button", name="恢复全部").click()
    page.wait_for_function("document.querySelector('.cp-value[data-key=listed]')?.dataset.value === '4'")
    assert page.evaluate("location.search") == ""
    assert seen.errors == []


def test_a_link_by_name_or_after_the_hash_restores_the_page(exported: Path, ds: Dataset, page: Page) -> None:
    _opened(page, exported, "index.html?unit=唐山市")
    _shows(page, ds, Selection.of(unit="tangshan"))
    page.goto("about:blank")
    page.goto((exported / "index.html").as_uri() + "#industry=brewing")
    page.wait_for_function("document.querySelector('.cp-value[data-key=listed]')?.dataset.value === '3'")
    page.goto("about:blank")
    _opened(page, exported, "index.html?as_of=2022-01-01&status=closed")
    assert "其他条件没有生效" in page.get_by_role("alert").inner_text()
    _shows(page, ds, Selection())


@pytest.mark.parametrize(
    "odd",
    [
        "?constructor=1",
        "?__proto__=x&toString=y",
        "?plant=constructor",
        "?unit=%FF%00&industry=../../x",
        "?unit=<img src=x onerror=hacked=1>",
        "#=&%&unit=javascript:hacked=1",
        "?plant=" + "p" * 20_000,
        "?" + "unit=x&" * 5_000,
    ],
)
def test_whatever_a_link_says_a_page_or_a_sentence_is_shown(exported: Path, page: Page, odd: str) -> None:
    seen = watch(page)
    page.goto((exported / "index.html").as_uri() + odd)
    page.wait_for_function("document.querySelector('.cp-view').getAttribute('aria-busy') !== 'true'")
    assert page.locator(".cp-page h1").inner_text()
    assert seen.errors == []
    assert page.evaluate("globalThis.hacked") is None


def test_a_combination_without_plants_says_so(exported: Path, page: Page) -> None:
    seen = watch(page)
    _opened(page, exported, "index.html?unit=tangshan")
    _choose(page, "行业", "水泥")
    assert "唐山市、水泥没有企业列入名单" in page.locator(".cp-page").inner_text()
    assert page.locator(".cp-value").count() == 0
    page.reload()
    page.get_by_text("唐山市、水泥没有企业列入名单").wait_for()
    assert seen.errors == []


def test_a_plant_behind_a_figure_opens_its_file_and_the_way_leads_back(exported: Path, ds: Dataset, page: Page) -> None:
    seen = watch(page)
    _opened(page, exported, "index.html?unit=tangshan")
    page.get_by_role("button", name="企业名单").first.click()
    page.locator("dialog .cp-plant", has_text=HOSTILE).click()
    page.get_by_role("heading", level=1, name="一企一档").wait_for()
    all_drawn(page)
    _shows_plant(page, ds, "p0")
    assert HOSTILE in page.locator("h1").inner_text()
    assert page.evaluate("location.search") == "?unit=tangshan&plant=p0"
    page.locator("#cp-back").click()
    page.wait_for_function("document.querySelector('.cp-value[data-key=listed]')?.dataset.value === '2'")
    page.go_back()
    page.get_by_role("heading", level=1, name="一企一档").wait_for()
    page.reload()
    page.get_by_role("heading", level=1, name="一企一档").wait_for()
    assert page.evaluate("globalThis.hacked") is None
    assert seen.errors == []


def test_the_dashboard_of_one_plant_shows_whichever_is_chosen(exported: Path, ds: Dataset, page: Page) -> None:
    seen = watch(page)
    _opened(page, exported, "plant.html")
    _shows_plant(page, ds, "p0")
    _choose(page, "辖区", "石家庄市")
    all_drawn(page)
    _shows_plant(page, ds, "p1")
    _choose(page, "企业", "示例水泥乙")
    all_drawn(page)
    _shows_plant(page, ds, "p2")
    assert "示例水泥乙" in page.locator("h1").inner_text()
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    all_drawn(page)
    _shows_plant(page, ds, "p2")
    assert page.get_by_label("企业", exact=True).locator("option:checked").inner_text() == "示例水泥乙"
    assert seen.outside() == []
    assert seen.errors == []


def _shows_plant(page: Page, ds: Dataset, plant_id: str) -> None:
    expected = views.PAGES["plant"].build(ds, Selection(), plant=plant_id).key_figures()
    assert {k: float(v) for k, v in key_figures(page).items() if v} == {k: v for k, v in expected.items() if v is not None}


def test_a_missing_or_newer_file_is_told_in_words_and_the_page_stays(exported: Path, tmp_path: Path, page: Page) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(exported, copy)
    (copy / "data" / "progress" / "tangshan" / "all.js").unlink()
    newer = copy / "data" / "progress" / "shijiazhuang" / "all.js"
    newer.write_text(newer.read_text(encoding="utf-8").replace('all","', 'all","x', 1), encoding="utf-8")
    _opened(page, copy)
    _choose(page, "辖区", "唐山市")
    assert "文件没有找到" in page.get_by_role("alert").inner_text()
    _choose(page, "辖区", "石家庄市")
    assert "已经更新，请刷新" in page.get_by_role("alert").inner_text()
    assert key_figures(page)["listed"] == "4"
    assert page.get_by_label("辖区", exact=True).input_value() == ""


def test_the_menu_begins_where_the_page_begins_however_wide_the_screen(exported: Path, page: Page) -> None:
    for width in (1000, 1300, 1800):
        page.set_viewport_size({"width": width, "height": 700})
        _opened(page, exported)
        left = [page.locator(at).first.bounding_box()["x"] for at in (".cp-menu a", ".cp-header")]  # type: ignore[index]
        assert abs(left[0] - left[1]) < 1, width


def test_on_a_phone_nothing_is_wider_than_the_screen_and_on_paper_there_is_no_bar_nor_menu(exported: Path, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    _opened(page, exported)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.emulate_media(media="print")
    assert not page.locator(".cp-filters").is_visible()
    assert page.locator(".cp-menu:visible").count() == 0
    assert page.locator("h1").is_visible()
    assert page.pdf()[:4] == b"%PDF"
