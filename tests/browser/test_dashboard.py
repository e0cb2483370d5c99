"""The dashboard as its readers meet it: a real service, a real browser."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page

from cpaudit import Selection, views
from cpaudit.dataset import Dataset
from tests.browser.conftest import all_drawn, key_figures, watch

pytestmark = pytest.mark.browser


@dataclass
class Service:
    url: str
    pid: int


def _start(warehouse: Path, log: Path) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = f"from cpaudit import serving; serving.serve({port}, {str(warehouse)!r})"
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-c", code], stdout=out, stderr=subprocess.STDOUT)
    _until(lambda: process.poll() is not None or "看板已启动" in log.read_text(encoding="utf-8"), 60)
    assert process.poll() is None, log.read_text(encoding="utf-8")
    return process, f"http://127.0.0.1:{port}/"


def _until(condition: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def _kernels_of(pid: int) -> set[int]:
    """The processes that the service started, by /proc."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            if parent == pid:
                found.add(int(entry.name))
    return found


def _alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture(scope="module")
def service(small_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    process, url = _start(small_warehouse, tmp_path_factory.mktemp("service") / "log")
    yield Service(url, process.pid)
    process.terminate()
    process.wait(30)


def _expected(warehouse: Path, **selection: str) -> dict[str, float | int | None]:
    return views.progress_page(Dataset.open(warehouse), Selection.of(**selection)).key_figures()  # type: ignore[arg-type]


def _listed(page: Page) -> str:
    return key_figures(page)["listed"]


def test_the_page_draws_every_figure_without_asking_another_host(service: Service, page: Page, small_warehouse: Path) -> None:
    seen = watch(page)
    page.goto(service.url)
    assert all_drawn(page) >= 3
    shown = key_figures(page)
    for key, value in _expected(small_warehouse).items():
        assert shown[key] == ("" if value is None else f"{value:g}"), key
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.locator("#cp-loading").count() == 0
    assert seen.outside() == []
    assert seen.errors == []
    assert page.evaluate("globalThis.hacked") is None


def test_choosing_a_unit_shows_its_numbers_and_links_to_them(service: Service, page: Page, small_warehouse: Path) -> None:
    seen = watch(page)
    page.goto(service.url)
    all_drawn(page)
    page.get_by_label("辖区", exact=True).select_option(label="唐山市")
    page.wait_for_function("""document.querySelector('[data-key="listed"]').dataset.value === "4" """)
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
    assert _listed(page) == "4"
    assert page.get_by_label("辖区", exact=True).locator("option:checked").inner_text() == "唐山市"
    page.get_by_role("button", name="恢复全部").click()
    page.wait_for_function("""document.querySelector('[data-key="listed"]').dataset.value === "12" """)
    assert page.url == service.url


def test_a_link_that_cannot_be_understood_says_so_above_the_whole_programme(service: Service, page: Page) -> None:
    page.goto(service.url + "?unit=atlantis")
    all_drawn(page)
    assert "没有叫“atlantis”的上报单位" in page.get_by_role("alert").filter(has_text="链接").inner_text()
    assert _listed(page) == "12"


def test_on_a_phone_nothing_is_wider_than_the_screen(service: Service, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(service.url)
    all_drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".cp-plot svg.main-svg").first.bounding_box()["width"] <= 390  # type: ignore[index]


def test_code_notebooks_folders_and_other_hosts_never_show(service: Service) -> None:
    status, text = _get(service.url)
    assert status == 200
    assert "explore(" not in text
    assert "import cpaudit" not in text
    for host in ("cdn.", "jsdelivr", "unpkg", "googleapis"):
        assert host not in text
    hidden = [
        "voila/tree",
        "voila/render/01_progress.ipynb",
        "voila/files/01_progress.ipynb",
        "voila/api/contents",
        "01_progress.ipynb",
    ]
    for address in hidden:
        status, text = _get(service.url + address)
        assert status == 404, address
        assert "没有这个页面" in text
        assert "Traceback" not in text


def test_a_missing_snapshot_reads_as_a_sentence_not_as_a_traceback(service: Service, small_warehouse: Path, page: Page) -> None:
    away = small_warehouse.with_name("away")
    small_warehouse.rename(away)
    try:
        page.goto(service.url)
        failed = page.locator(".cp-failed")
        failed.wait_for()
        page.wait_for_function("document.querySelector('#cp-loading') === null")
        assert "没有快照" in failed.inner_text()
        assert "Traceback" not in page.content()
        assert "SnapshotError" not in page.content()
    finally:
        away.rename(small_warehouse)


def test_no_kernel_outlives_a_service_that_was_killed(small_warehouse: Path, tmp_path: Path, page: Page) -> None:
    process, url = _start(small_warehouse, tmp_path / "log")
    try:
        page.goto(url)
        page.locator(".cp-view").wait_for()
        kernels = _kernels_of(process.pid)
        assert kernels
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
    _until(lambda: not any(map(_alive, kernels)), 20)
