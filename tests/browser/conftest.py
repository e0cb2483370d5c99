"""One real browser for the tests of a module; it may talk to this machine only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from cpaudit import snapshots
from cpaudit.fields import TABLES
from tests.builders import dataset, event, measurement, option, plant

ARGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
HOSTILE = "<img src=x onerror=globalThis.hacked=1>"


@dataclass
class Seen:
    """What a page did: the addresses it asked for, what it complained about, how many bytes its websockets received."""

    urls: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    received: int = 0

    def outside(self) -> list[str]:
        """Requests to anywhere but this machine."""
        return [u for u in self.urls if not u.startswith(("http://127.0.0.1:", "data:", "blob:", "file:"))]


def watch(page: Page) -> Seen:
    """Record from now on what the page does."""
    seen = Seen()
    page.on("request", lambda request: seen.urls.append(request.url))
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("console", lambda message: seen.errors.append(message.text) if message.type == "error" else None)

    def count(frame: str | bytes) -> None:
        seen.received += len(frame)

    page.on("websocket", lambda socket: socket.on("framereceived", count))
    return seen


def all_drawn(page: Page) -> int:
    """Wait until every figure is drawn; return how many there are."""
    page.wait_for_function(
        """() => { const plots = [...document.querySelectorAll(".cp-plot")];
        return plots.length > 0 && plots.every((p) => p.dataset.drawn === "true"); }"""
    )
    assert page.locator(".cp-plot").count() == page.locator(".cp-plot svg.main-svg:first-of-type").count()
    return page.locator(".cp-plot").count()


def key_figures(page: Page) -> dict[str, str]:
    """The key figures as the page shows them: id → value."""
    shown: dict[str, str] = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".cp-value")].map((v) => [v.dataset.key, v.dataset.value]))"""
    )
    return shown


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS.split())
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(90_000)  # a busy machine needs many times the usual five seconds
    yield opened
    context.close()


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
