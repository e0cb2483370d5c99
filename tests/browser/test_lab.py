"""The analyst's desk as it is used: ``cpaudit lab``, a real JupyterLab, a real browser."""

from __future__ import annotations

import http.server
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import openpyxl
import pytest
from playwright.sync_api import Browser, Locator, Page

from cpaudit import Selection, views
from cpaudit.analysis import progress
from cpaudit.dataset import Dataset
from cpaudit.reference import shipped
from cpaudit.views.pages.what_if import WhatIf
from tests.support.browser import all_drawn, key_figures, watch
from tests.support.service import until

pytestmark = pytest.mark.browser

#: What a user may have set for a JupyterLab of their own: every line of it would spoil ours.
FOREIGN = "c.ServerApp.ip = '0.0.0.0'\nc.ServerApp.base_url = '/elsewhere/'\nc.IdentityProvider.token = ''\n"


class Desk:
    """A running ``cpaudit lab`` of a user with a home of their own."""

    def __init__(self, home: Path, warehouse: Path) -> None:
        self.home, self.folder = home, home / "我的 笔记本"
        own = home / ".jupyter"
        (own / "lab/user-settings/@jupyterlab/translation-extension").mkdir(parents=True)
        (own / "jupyter_server_config.py").write_text(FOREIGN)
        (own / "lab/user-settings/@jupyterlab/translation-extension/plugin.jupyterlab-settings").write_text('{"locale": "en"}')
        self.before = self.settings()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        log = home / "log"
        command = [sys.executable, "-m", "cpaudit", "lab", str(self.folder)]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "JUPYTER", "IPYTHON"))}
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [*command, "--no-browser", "--port", port, "--warehouse", str(warehouse)],
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**kept, "HOME": str(home)},
                cwd=home,
            )
        until(lambda: self.process.poll() is not None or "已启动" in log.read_text(encoding="utf-8"), 90)
        self.said = log.read_text(encoding="utf-8")
        assert self.process.poll() is None, self.said
        self.url = next(word for word in self.said.split("：") if word.startswith("http")).split()[0]
        self.root, _, self.token = self.url.partition("/lab")[0], *self.url.partition("token=")[1:]

    def settings(self) -> dict[str, bytes]:
        return {str(p): p.read_bytes() for p in (self.home / ".jupyter").rglob("*") if p.is_file()}

    def ask(self, address: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.root + address, json.dumps(body).encode() if body else None, headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(180)


@pytest.fixture(scope="module")
def desk(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for the module; its last test kills it."""
    running = Desk(tmp_path_factory.mktemp("desk"), warehouse)
    yield running
    running.stop()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A tab of its own: JupyterLab asks back before one that is not saved is left."""
    with chromium.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900}) as context:
        opened = context.new_page()
        opened.set_default_timeout(90_000)
        yield opened


def open_notebook(page: Page, path: str) -> Locator:
    """Open a notebook from the list of questions, run it whole, return its panel."""
    page.locator(f'.cpaudit-questions [data-path="{path}"]').click()
    panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    page.get_by_role("tab", name=path, selected=True).wait_for()
    page.locator("#jp-main-statusbar").get_by_text("| 空闲").wait_for()
    prompt = panel.locator(".jp-CodeCell .jp-InputPrompt").first
    # The line at the bottom may still speak of another notebook: JupyterLab runs nothing before the kernel has answered.
    for _ in range(30):
        page.get_by_role("menuitem", name="运行", exact=True).click()
        page.get_by_role("menuitem", name="运行所有单元格", exact=True).click()
        page.wait_for_timeout(1000)
        if prompt.inner_text() != "[ ]:":
            return panel
    raise AssertionError(f"{path} doesn't run")


def it_opens_in_chinese_on_its_first_notebook(page: Page, desk: Desk) -> None:
    page.goto(desk.url)
    questions = page.locator(".cpaudit-questions")
    questions.locator("li").first.wait_for()
    first = min(p.name for p in shipped("notebooks").glob("*.ipynb"))
    page.get_by_role("tab", name=first, selected=True).wait_for()
    menus = page.locator("#jp-MainMenu .lm-MenuBar-itemLabel").all_inner_texts()
    assert menus == ["文件", "编辑", "查看", "运行", "内核", "标签页", "设置", "帮助"]
    paths = {b.get_attribute("data-path") for b in questions.locator("[data-path]").all()}
    home = shipped("notebooks")
    assert paths == {p.relative_to(home).as_posix() for folder in (home, home / "reports") for p in folder.glob("*.ipynb")}
    titles = questions.locator("strong").all_inner_texts()
    assert [t for t in titles if t.isascii()] == []


def shown(page: Page) -> dict[str, float]:
    return {key: float(value) for key, value in key_figures(page).items() if value}


def reckoned(ds: Dataset, **selection: str) -> dict[str, float]:
    found = views.progress_page(ds, Selection.of(**selection)).key_figures()  # type: ignore[arg-type]
    return {key: float(value) for key, value in found.items() if value is not None}


def the_first_question_is_answered(page: Page, ds: Dataset) -> None:
    open_notebook(page, "01_progress.ipynb").locator(".cp-value").first.wait_for()
    all_drawn(page)
    assert shown(page) == reckoned(ds)


def a_filter_moves_the_whole_page(page: Page, ds: Dataset) -> None:
    page.get_by_label("辖区", exact=True).select_option(label="唐山市")
    listed = reckoned(ds, unit="唐山市")["listed"]
    page.wait_for_function(f"""document.querySelector('[data-key="listed"]').dataset.value === "{listed:g}" """)
    all_drawn(page)
    assert shown(page) == reckoned(ds, unit="唐山市")


def click_bar(page: Page, figure: str, key: str) -> None:
    at = page.evaluate(
        """([figure, key]) => {
            const plot = document.querySelector(`[data-figure="${figure}"] .cp-plot`);
            plot.scrollIntoView({block: "center"});
            const {left, top} = plot.getBoundingClientRect(), {xaxis, yaxis} = plot._fullLayout;
            const of = (data) => { while (Array.isArray(data)) data = data[0]; return data; };
            for (const trace of plot.calcdata) for (const bar of trace)
                if (of(bar.data ?? trace[0].trace.customdata?.[bar.i]) === key && bar.s)
                    return [left + xaxis._offset + xaxis.c2p(bar.b + bar.s / 2), top + yaxis._offset + yaxis.c2p(bar.p)];
            return null;
        }""",
        [figure, key],
    )
    assert at, f"no bar {key} in {figure}"
    page.mouse.click(*at)


def a_bar_leads_to_plants_a_plant_to_its_file_and_a_value_to_its_cell(page: Page, ds: Dataset) -> None:
    each = progress.plants(ds)
    accepted = each[(each["unit"] == "tangshan") & each["accepted_on"].notna()]
    click_bar(page, "advance_unit", "唐山市 · 已验收")
    dialog = page.locator(".cp-dialog")
    assert dialog.locator("h2").inner_text() == f"唐山市 · 已验收：{len(accepted)} 家企业"
    names = dialog.locator("tbody .cp-plant")
    names.first.wait_for()
    assert set(names.all_inner_texts()) == set(accepted["name"])
    name, plant = names.first.inner_text(), names.first.get_attribute("data-plant")
    names.first.click()
    page.get_by_role("heading", name=f"一企一档：{name}").wait_for()
    all_drawn(page)
    page.locator('[data-table="head"] tr[data-place] .cp-source').first.click()
    row = ds.plants.set_index("plant_id").loc[plant]
    assert dialog.locator(".cp-facts dd").all_inner_texts() == [row["file"], row["sheet"], row["cell"]]
    page.keyboard.press("Escape")
    page.get_by_role("button", name="返回审核进度总览").click()
    page.locator('[data-figure="advance_unit"]').wait_for()
    all_drawn(page)


def a_table_is_saved_as_a_workbook(page: Page, ds: Dataset) -> None:
    each = progress.plants(ds)
    late = each[(each["unit"] == "tangshan") & (each["n_overdue"] > 0)]
    with page.expect_download() as saved:
        page.locator('[data-table="overdue"]').get_by_role("button", name="保存为 xlsx").click()
    rows = list(openpyxl.load_workbook(io.BytesIO(Path(saved.value.path()).read_bytes()))["数据"].iter_rows(values_only=True))
    assert sorted(r[rows[0].index("企业名称")] for r in rows[1:]) == sorted(late["name"])


def a_slider_moves_the_level_of_a_plant(page: Page, desk: Desk, ds: Dataset) -> None:
    cement = ds.measurements[(ds.measurements["system"] == "demo_cement") & (ds.measurements["period"] == "after")]
    plant = WhatIf(ds, str(cement["plant_id"].iloc[0]))
    path = desk.folder / "04_plant.ipynb"
    path.write_text(path.read_text("utf-8").replace(r'"plant = \"\"', rf'"plant = \"{plant.plant_id}\"'), encoding="utf-8")
    panel = open_notebook(page, "04_plant.ipynb")
    page.get_by_role("heading", name=f"一企一档：{plant.name}").wait_for()
    tried = panel.locator(".cp-wi")
    first = tried.get_by_role("slider", name=plant.controls[0].name)
    first.scroll_into_view_if_needed()
    seen = tried.get_attribute("data-seq")
    first.focus()
    page.keyboard.press("Home")
    page.wait_for_function("(n) => document.querySelector('.cp-wi').dataset.seq !== n", arg=seen)
    page.wait_for_function("!document.querySelector('.cp-wi').hasAttribute('aria-busy')")
    worst = plant.evaluate([plant.controls[0].start, *plant.reported[1:]])
    points = [told.split("／")[0].strip() for told in tried.locator(".cp-wi-index dd").all_inner_texts()]
    assert points == [f"{y:.2f}" for process in worst.processes for y in process.points or ()]
    assert points != [f"{y:.2f}" for process in plant.evaluate(plant.reported).processes for y in process.points or ()]
    level = {1: "Ⅰ级", 2: "Ⅱ级", 3: "Ⅲ级", None: "无法判定"}.get(worst.level, "未达Ⅲ级")
    assert tried.locator(".cp-wi-level .cp-wi-badge").inner_text() == level


def a_table_that_a_cell_shows_sorts_and_is_saved(page: Page) -> None:
    table = open_notebook(page, "09_programme.ipynb").locator(".cp-table:has(tbody tr:nth-child(9))").first
    first = table.get_by_role("columnheader").first
    first.click()
    assert first.get_attribute("aria-sort") == "ascending"
    listed = table.locator("tbody tr").count()
    with page.expect_download() as saved:
        table.get_by_role("button", name="保存为 xlsx").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(saved.value.path()).read_bytes()))
    assert book["数据"].max_row == listed + 1


def a_new_question_comes_from_a_template(page: Page, desk: Desk) -> None:
    def new(name: str) -> None:
        page.get_by_role("menuitem", name="文件", exact=True).click()
        page.get_by_role("menuitem", name="从模板新建问题…").click()
        page.get_by_label("模板").select_option(label="两个日期对比")
        page.get_by_label("问题", exact=True).fill(name)
        page.get_by_role("button", name="新建", exact=True).click()

    new("七月以来推进了什么")
    page.get_by_role("tab", name="七月以来推进了什么.ipynb", selected=True).wait_for()
    made = json.loads((desk.folder / "七月以来推进了什么.ipynb").read_text(encoding="utf-8"))
    template = json.loads((shipped("notebooks") / "templates/02_dates.ipynb").read_text(encoding="utf-8"))
    assert "".join(made["cells"][0]["source"]).startswith("# 七月以来推进了什么\n")
    assert [c["source"] for c in made["cells"][1:]] == [c["source"] for c in template["cells"][1:]]
    page.locator(".cpaudit-questions").get_by_text("七月以来推进了什么").wait_for()
    for name, sorry in (("七月以来推进了什么", "已有名为"), ("../外面", "不能作文件名"), ("", "请写明问题")):
        new(name)
        page.locator(".jp-Dialog").get_by_text(sorry).wait_for()
        page.get_by_role("button", name="知道了").click()
    assert len(list(desk.folder.parent.glob("*.ipynb"))) == 0


def test_an_analyst_works_at_the_desk(desk: Desk, page: Page, ds: Dataset) -> None:
    seen = watch(page)
    it_opens_in_chinese_on_its_first_notebook(page, desk)
    the_first_question_is_answered(page, ds)
    a_bar_leads_to_plants_a_plant_to_its_file_and_a_value_to_its_cell(page, ds)
    a_filter_moves_the_whole_page(page, ds)
    a_table_is_saved_as_a_workbook(page, ds)
    a_slider_moves_the_level_of_a_plant(page, desk, ds)
    a_table_that_a_cell_shows_sorts_and_is_saved(page)
    a_new_question_comes_from_a_template(page, desk)
    assert page.locator(".jp-toast, .Toastify__toast").count() == 0, "no news, no advice"
    assert seen.outside() == []
    assert seen.errors == []
    assert [u for u in seen.urls if "/lab/api/news" in u or "/lab/api/update" in u or "/lab/api/extensions" in u] == []
    assert desk.settings() == desk.before, "what the user set for a JupyterLab of their own"


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Another host, and what was asked of it."""
    asked: list[str] = []

    class Counting(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_a_notebook_from_elsewhere_fetches_no_remote_picture(desk: Desk, page: Page, elsewhere: tuple[str, list[str]]) -> None:
    host, asked = elsewhere
    made = nbformat.v4.new_output("display_data", {"text/html": f'<img class="made" src="{host}/output.png">来自输出'})
    cells = [
        nbformat.v4.new_markdown_cell(f"来自文字 ![图]({host}/markdown.png)\n\n<video src='{host}/film.mp4'></video>"),
        nbformat.v4.new_code_cell("1", outputs=[made]),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), desk.folder / "外来.ipynb")
    page.goto(f"{desk.root}/lab/workspaces/other/tree/外来.ipynb?token={desk.token}")
    for name in ("markdown.png", "output.png"):
        picture = page.locator(f'img[src$="/{name}"]')
        picture.wait_for(state="attached")
        page.wait_for_function("image => image.complete", arg=picture.element_handle())
        assert picture.evaluate("image => image.naturalWidth") == 0
    assert asked == []


def test_the_desk_needs_its_token_and_its_kernels_end_when_it_is_killed(desk: Desk) -> None:
    """The last one of this desk."""
    with pytest.raises(urllib.error.HTTPError, match="403"), urllib.request.urlopen(f"{desk.root}/api/contents"):
        pass
    assert [spec["name"] for spec in desk.ask("/api/kernelspecs")["kernelspecs"].values()] == ["python3"]
    desk.ask("/api/kernels", {"name": "python3"})
    kernels = children(desk.process.pid)
    assert kernels
    os.kill(desk.process.pid, signal.SIGKILL)
    desk.process.wait(180)
    until(lambda: not any(map(alive, kernels)), 20)


def status_of(pid: int | str) -> list[str]:
    """The state and the parent of a process; nothing where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[:2]
    except OSError:
        return []


def children(pid: int) -> set[int]:
    return {int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and status_of(p.name)[1:] == [str(pid)]}


def alive(pid: int) -> bool:
    return status_of(pid)[:1] not in ([], ["Z"])
