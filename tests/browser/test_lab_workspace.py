"""In a workspace the desk makes a dashboard, or a kind of report, of the notebook at hand."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, TimeoutError

import cpaudit as cp
from cpaudit import reports, serving
from cpaudit.cli import run
from tests.support.notebooks import write
from tests.support.service import until

pytestmark = pytest.mark.browser
QUESTION = "沿河的问题.ipynb"


def choose(page: Page, item: str) -> None:
    """Take an item of the menu 文件, once no dialog is in its way; a busy page may close the menu under the pointer."""
    page.locator(".jp-Dialog").wait_for(state="detached")
    for _ in range(5):
        page.get_by_role("menuitem", name="文件", exact=True).click()
        page.get_by_role("menuitem", name=item, exact=True).click()
        try:
            page.locator(".jp-Dialog").wait_for(timeout=15_000)
        except TimeoutError:
            page.keyboard.press("Escape")
        else:
            return


def test_a_notebook_becomes_a_dashboard_and_a_report(chromium: Browser, tmp_path: Path) -> None:
    home = tmp_path / "office"
    assert run(["init", str(home)]) == 0
    write(
        home / "notebooks" / QUESTION, "#: # 沿河的问题", "import cpaudit as cp\nds = cp.example()\ncp.page('一页', ds, '一段')"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "JUPYTER", "IPYTHON", "CPAUDIT"))}
    command = [sys.executable, "-P", "-m", "cpaudit", "lab", "--no-browser", "--port", port]
    with (tmp_path / "log").open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env={**kept, "HOME": str(tmp_path)}, cwd=home)
    try:
        until(lambda: process.poll() is not None or "已启动" in (tmp_path / "log").read_text(encoding="utf-8"), 90)
        said = (tmp_path / "log").read_text(encoding="utf-8")
        url = next(word for word in said.split("：") if word.startswith("http")).split()[0]
        with chromium.new_context(locale="zh-CN") as context:
            page = context.new_page()
            page.set_default_timeout(90_000)
            page.goto(url)
            page.get_by_role(
                "tab", name="00_start.ipynb", selected=True
            ).wait_for()  # opened last, it would be the notebook at hand
            page.locator(f'.cpaudit-questions [data-path="notebooks/{QUESTION}"]').click()
            page.get_by_role("tab", name=QUESTION, selected=True).wait_for()
            choose(page, "发布为看板")
            page.get_by_label("名称").fill('沿河"企业"')
            page.get_by_label("给谁看").fill("水处")
            page.get_by_role("button", name="发布").click()
            page.get_by_text("重新启动看板后").wait_for()
            page.get_by_role("button", name="知道了").click()
            choose(page, "做成报告")
            assert "cpaudit report --kind 沿河的问题" in page.locator(".jp-Dialog").inner_text()
            page.get_by_role("button", name="知道了").click()
            choose(page, "做成报告")
            page.get_by_text("没有覆盖").wait_for()
    finally:
        process.terminate()
        process.wait(180)
    with cp.project(home):
        (board,) = [d for d in serving.dashboards() if d.own]
        assert (board.title, board.readers, Path(board.notebook).name) == ('沿河"企业"', "水处", QUESTION)
        assert reports.find_kind("沿河的问题").parameters.model_fields.keys() == {"as_of", "programme", "warehouse"}
    copy = json.loads((home / "reports" / QUESTION).read_text(encoding="utf-8"))
    assert copy["cells"][0]["metadata"]["tags"] == ["parameters"]
