"""One real browser for the tests of a module; it may talk to this machine only."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, ViewportSize, sync_playwright

from cpaudit import snapshots
from cpaudit.fields import TABLES
from tests.support.browser import ARGS, HOSTILE
from tests.support.builders import dataset, event, measurement, option, plant

SIZE: ViewportSize = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS.split())
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def tab(chromium: Browser) -> Iterator[Page]:
    """One tab for the module: a new one costs seconds, most of them for fonts."""
    context = chromium.new_context(locale="zh-CN", viewport=SIZE, accept_downloads=True, reduced_motion="reduce")
    opened = context.new_page()
    opened.set_default_timeout(90_000)  # a busy machine needs many times the usual five seconds
    yield opened
    context.close()


@pytest.fixture
def page(tab: Page) -> Page:
    """The module's tab as a new one is: empty, without cookies, nothing kept, nothing emulated."""
    with contextlib.suppress(Error):  # an empty page keeps nothing
        tab.evaluate("localStorage.clear(); sessionStorage.clear()")
    tab.unroute_all()
    tab.goto("about:blank")
    tab.context.clear_cookies()
    tab.emulate_media(media="null", color_scheme="light", reduced_motion="reduce")
    tab.set_viewport_size(SIZE)
    return tab


@pytest.fixture(scope="module")
def small_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot of 12 plants in two units; one has a hostile name."""
    plants = [
        plant(f"p{i:02}", unit="tangshan" if i % 3 == 0 else "shijiazhuang", name=HOSTILE if i == 0 else f"示例企业{i:02}")
        for i in range(12)
    ]
    notified = [event(p["plant_id"], "notified", "2022-01-05", unit=p["unit"]) for p in plants[:9]]
    assessed = [event(p["plant_id"], "assessed", "2022-06-20", unit=p["unit"]) for p in plants[:4]]
    ds = dataset(
        plants=plants,
        events=notified + assessed,
        measurements=[measurement("p00", "demo_brewing", "B1", "after", 1.0)],
        options=[option(p["plant_id"], "ZG1") for p in plants[:5]],
    )
    folder = tmp_path_factory.mktemp("warehouse")
    frames = {name: getattr(ds, name) for name in TABLES}
    snapshots.write(folder, "hebei-2021-2", ds.as_of, frames, demonstration=True, program_version="0")
    return folder
