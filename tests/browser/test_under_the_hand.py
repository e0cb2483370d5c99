"""Pages under the reader's hand: from a mark to a source cell, tables that sort, search and save, dark and print."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Download, Page

from cpaudit import Selection, views
from cpaudit.analysis import attainment, progress
from cpaudit.dataset import Dataset
from cpaudit.render.web import html
from cpaudit.render.widgets.page import Explorer, PageView, explore
from tests.support.browser import HOSTILE, all_drawn, watch
from tests.support.builders import dataset, event, plant

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(ds: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    html.write_assets(made / "assets")
    nasty = [plant(f"91130000000000000{i}", uscc=f"91130000000000000{i}", name=f"=1+{i}{HOSTILE}") for i in range(20)]
    small = dataset(plants=nasty, events=[event(p["plant_id"], "notified", "2022-01-05") for p in nasty])
    pages = {
        "progress": views.progress_page(ds),
        "attainment": views.attainment_page(ds),
        "plant": views.plant_page(ds, _measured(ds)),
        "quality": views.quality_page(ds),
        "hostile": views.progress_page(small),
    }
    for name, page in pages.items():
        (made / f"{name}.html").write_text(html.page_document(page), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def shown(tab: Page) -> Page:
    """The tab as the test before left it: pages only read."""
    return tab


def _measured(ds: Dataset) -> str:
    after = ds.measurements[(ds.measurements["period"] == "after") & (ds.measurements["state"] == "reported")]
    return str(after["plant_id"].value_counts().index[0])


def _open(page: Page, folder: Path, name: str) -> None:
    page.goto((folder / f"{name}.html").as_uri())
    all_drawn(page)


def _turn_to(page: Page, folder: Path, name: str) -> None:
    """Open a page unless it is there already, as the test before left it."""
    if page.url != (folder / f"{name}.html").as_uri():
        _open(page, folder, name)


def _click_mark(page: Page, figure: str, key: str) -> None:
    """Click the middle of the bar or cell whose key this is."""
    at = page.evaluate(
        """([figure, key]) => {
            const plot = document.querySelector(`[data-figure="${figure}"] .cp-plot`);
            plot.scrollIntoView({block: "center"});
            const of = (data) => { while (Array.isArray(data)) data = data[0]; return data; };
            const box = plot.getBoundingClientRect(), {xaxis, yaxis} = plot._fullLayout;
            const at = (x, y) => [box.left + xaxis._offset + xaxis.c2p(x), box.top + yaxis._offset + yaxis.c2p(y)];
            for (const trace of plot.calcdata) for (const mark of trace) {
                const t = trace[0].trace;
                if (t.type === "heatmap") {
                    const r = t.customdata.findIndex((row) => row.includes(key));
                    if (r >= 0) return at(t.customdata[r].indexOf(key), r);
                } else if (of(mark.data ?? t.customdata?.[mark.i]) === key && mark.s !== 0) {
                    return t.type === "bar" ? at(mark.b + mark.s / 2, mark.p) : at(mark.x, mark.y);
                }
            }
            return null;
        }""",
        [figure, key],
    )
    assert at, f"no mark {key} in {figure}"
    page.mouse.move(*at)
    page.mouse.click(*at)


def _workbook(download: Download) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(Path(download.path()).read_bytes()))


def _save(page: Page, act: Callable[[], None]) -> openpyxl.Workbook:
    with page.expect_download() as saved:
        act()
    assert saved.value.suggested_filename.endswith(".xlsx")
    return _workbook(saved.value)


def _names(page: Page) -> list[str]:
    return page.locator(".cp-dialog tbody .cp-plant").all_inner_texts()


def test_a_bar_leads_to_its_plants_and_a_plant_to_what_is_known_of_it(shown: Page, folder: Path, ds: Dataset) -> None:
    seen = watch(shown)
    _open(shown, folder, "attainment")
    each = attainment.plants(ds)
    missed = each[(each["unit"] == "tangshan") & (each["verdict"] == "not_attained") & ~each["left"]]
    _click_mark(shown, "attainment_unit", "唐山市 · 未达标")
    assert shown.locator(".cp-dialog h2").inner_text() == f"唐山市 · 未达标：{len(missed)} 家企业"
    assert _names(shown) == missed["name"].tolist()
    shown.locator(".cp-dialog tbody .cp-plant").first.press("Enter")
    assert shown.locator(".cp-dialog h2").inner_text() == missed["name"].iloc[0]
    assert missed["plant_id"].iloc[0][:18] in shown.locator(".cp-dialog .cp-facts").inner_text()
    shown.keyboard.press("Escape")
    shown.locator(".cp-dialog").wait_for(state="hidden")
    assert seen.errors == []


def test_a_value_of_the_plants_file_leads_to_its_cell(shown: Page, folder: Path, ds: Dataset) -> None:
    _open(shown, folder, "plant")
    mine = ds.measurements[(ds.measurements["plant_id"] == _measured(ds)) & (ds.measurements["period"] == "after")]
    places = json.loads(shown.locator('[data-figure^="bullets_"] .cp-behind').first.text_content() or "")["places"]
    # Where before and after coincide, one mark lies on the other: the one that moved furthest is nobody else's.
    moved = shown.evaluate(
        """() => {
            const [before, after] = ["审核前", "审核后"].map((name) =>
                document.querySelector('[data-figure^="bullets_"] .cp-plot')._fullData.find((t) => t.name === name));
            const far = (y, x) => Math.abs(x - (before.x[before.y.indexOf(y)] ?? x));
            return [...after.y].map((y, i) => [far(y, after.x[i]), y]).sort((a, b) => b[0] - a[0])[0][1];
        }"""
    )
    key = next(k for k in places if k == f"{moved} · 审核后")
    figure = shown.locator('[data-figure^="bullets_"]').first.get_attribute("data-figure")
    assert figure
    _click_mark(shown, figure, key)
    shown.locator(".cp-dialog .cp-facts").wait_for()
    told = shown.locator(".cp-dialog .cp-facts dd").all_inner_texts()
    assert ((mine["file"] == told[0]) & (mine["sheet"] == told[1]) & (mine["cell"] == told[2])).sum() == 1
    shown.keyboard.press("Escape")
    shown.locator('[data-table="head"] tr[data-place] .cp-source').first.click()
    row = ds.plants.set_index("plant_id").loc[_measured(ds)]
    assert shown.locator(".cp-dialog .cp-facts dd").all_inner_texts() == [row["file"], row["sheet"], row["cell"]]
    shown.keyboard.press("Escape")


def test_the_plants_of_a_figure_are_there_for_a_keyboard_too(shown: Page, folder: Path, ds: Dataset) -> None:
    _open(shown, folder, "progress")
    figure = shown.locator('[data-figure="heat_map"]')
    figure.get_by_role("button", name="企业名单").press("Enter")
    assert shown.locator(".cp-dialog h2").inner_text() == f"图中全部企业：{len(ds.plants)} 家企业"
    shown.get_by_label("图中的哪一部分").select_option(label=_with_count(ds))
    assert len(_names(shown)) == len(ds.plants[(ds.plants["unit"] == "handan") & (ds.plants["industry"] == "cement")])
    shown.locator(".cp-dialog").get_by_role("button", name="关闭").click()
    _click_mark(shown, "tile_map", "定州市")
    assert len(_names(shown)) == len(ds.plants[ds.plants["unit"] == "dingzhou"])
    shown.keyboard.press("Escape")


def _with_count(ds: Dataset) -> str:
    n = len(ds.plants[(ds.plants["unit"] == "handan") & (ds.plants["industry"] == "cement")])
    return f"邯郸市 · 水泥（{n} 家）"


def test_a_table_sorts_searches_shows_all_its_rows_and_is_saved(shown: Page, folder: Path, ds: Dataset) -> None:
    _turn_to(shown, folder, "progress")
    late = progress.plants(ds)
    late = late[late["n_overdue"] > 0]
    table = shown.locator('[data-table="overdue"]')
    assert table.locator("tbody tr").count() == 40
    heading = table.get_by_role("columnheader", name="最长逾期")
    heading.click()
    days = [int(t) for t in table.locator("tbody td:last-child").all_inner_texts()]
    assert days == sorted(late["worst_overdue_days"])[:40]
    heading.press("Enter")
    assert table.locator("tbody td:last-child").first.inner_text() == str(late["worst_overdue_days"].max())
    assert heading.get_attribute("aria-sort") == "descending"
    table.get_by_role("button", name="显示全部").click()
    assert table.locator("tbody tr").count() == len(late)
    name = str(late["name"].iloc[-1])
    table.get_by_role("searchbox").fill(str(late["uscc"].iloc[-1])[-6:])
    assert table.locator("tbody .cp-plant").all_inner_texts() == [name]
    table.get_by_role("searchbox").fill("")
    book = _save(shown, table.get_by_role("button", name="保存为 xlsx").click)
    rows = list(book["数据"].iter_rows(values_only=True))
    assert len(rows) == len(late) + 1
    assert {r[rows[0].index("企业名称")] for r in rows[1:]} == set(late["name"])
    assert sorted(r[-1] for r in rows[1:]) == sorted(late["worst_overdue_days"])
    assert rows[1][rows[0].index("最早期限")].year in (2021, 2022)
    told = dict(book["说明"].iter_rows(min_row=2, values_only=True))
    assert told["数据日期"] == "2022-11-15"
    assert told["注意"] == "示范数据"
    assert told["快照版本"] == ds.version


def test_the_data_of_a_figure_are_saved_as_drawn_and_the_picture_too(shown: Page, folder: Path, ds: Dataset) -> None:
    _turn_to(shown, folder, "progress")
    figure = shown.locator('[data-figure="advance_unit"]')
    book = _save(shown, figure.get_by_role("button", name="xlsx").click)
    rows = list(book["数据"].iter_rows(values_only=True))[1:]
    assert sum(r[1] for r in rows) == len(ds.plants)
    accepted = {r[2]: r[1] for r in rows if r[0] == "已验收"}
    assert accepted["唐山市"] == progress.summary(ds, "unit").set_index("unit").at["tangshan", "accepted"]
    for format, start in {"png": b"\x89PNG", "svg": b"<svg"}.items():
        with shown.expect_download() as saved:
            figure.get_by_role("button", name=format).click()
        content = Path(saved.value.path()).read_bytes()
        assert content.startswith(start)
        assert format == "png" or "各单位进展" in content.decode("utf-8")


def test_names_stay_text_in_lists_and_workbooks_and_codes_keep_their_digits(shown: Page, folder: Path) -> None:
    seen = watch(shown)
    _open(shown, folder, "hostile")
    shown.locator('[data-figure="funnel"]').get_by_role("button", name="企业名单").click()
    names = _names(shown)
    assert names[0] == f"=1+0{HOSTILE}"
    book = _save(shown, shown.locator(".cp-dialog").get_by_role("button", name="保存为 xlsx").click)
    cells = [c for row in book["数据"].iter_rows() for c in row]
    assert {c.data_type for c in cells if c.value is not None} <= {"s", "n", "inlineStr"}
    assert cells[len(book["数据"][1])].value == names[0]
    assert all(c.quotePrefix for c in cells if isinstance(c.value, str) and c.value.startswith("="))
    content = shown.evaluate(
        """async () => {
            const sheet = {name: "a", head: ["代码"], rows: [["911300000000000001"], ["-1"], [0.1]]};
            return [...new Uint8Array(await globalThis.cpaudit.workbook([sheet]).arrayBuffer())]; }"""
    )
    sheet = openpyxl.load_workbook(io.BytesIO(bytes(content)))["a"]
    assert [r[0].value for r in sheet.iter_rows(min_row=2)] == ["911300000000000001", "-1", 0.1]
    assert shown.evaluate("globalThis.hacked") is None
    assert seen.errors == []
    shown.keyboard.press("Escape")


def test_a_host_opens_the_file_itself_or_gives_its_address(shown: Page, folder: Path, ds: Dataset) -> None:
    _open(shown, folder, "progress")
    first = shown.locator('[data-table="overdue"] .cp-plant').first
    shown.evaluate("""document.addEventListener("cpaudit:plant", (e) => { e.preventDefault(); globalThis.asked = e.detail; })""")
    first.click()
    asked = shown.evaluate("globalThis.asked")
    assert asked == {"id": first.get_attribute("data-plant"), "name": first.inner_text()}
    assert not shown.locator(".cp-dialog").is_visible()
    text = (folder / "progress.html").read_text(encoding="utf-8").replace("<main ", '<main data-plant-link="of/{id}.html" ')
    (folder / "linked.html").write_text(text, encoding="utf-8")
    _open(shown, folder, "linked")
    first = shown.locator('[data-table="overdue"] .cp-plant').first
    assert first.get_attribute("href") == f"of/{first.get_attribute('data-plant')}.html"


def test_in_the_dark_every_text_can_be_read_and_paper_stays_white(shown: Page, folder: Path) -> None:
    shown.emulate_media(color_scheme="dark")
    _open(shown, folder, "progress")
    assert _poor(shown) == []
    shown.get_by_role("button", name="浅色").click()
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert _poor(shown) == []
    shown.get_by_role("button", name="深色").click()
    shown.emulate_media(color_scheme="dark", media="print")
    shown.evaluate("globalThis.dispatchEvent(new Event('beforeprint'))")
    ground = "(s) => getComputedStyle(document.querySelector(s)).backgroundColor"
    assert {shown.evaluate(ground, s) for s in ("body", ".cp-plot .main-svg")} == {"rgb(255, 255, 255)"}
    assert not shown.locator(".cp-tools").first.is_visible()
    shown.evaluate("globalThis.dispatchEvent(new Event('afterprint')); localStorage.clear()")
    shown.emulate_media(color_scheme="light", media="screen")


def _poor(page: Page) -> list[Any]:
    """Texts whose contrast against what lies under them is below 4.5 (texts on coloured marks are tested with the colours)."""
    found: list[Any] = page.evaluate(
        """() => {
            const rgb = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
            const linear = (v) => v / 255 <= .03928 ? v / 255 / 12.92 : ((v / 255 + .055) / 1.055) ** 2.4;
            const light = (c) => .2126 * linear(c[0]) + .7152 * linear(c[1]) + .0722 * linear(c[2]);
            const ratio = (a, b) => (Math.max(light(a), light(b)) + .05) / (Math.min(light(a), light(b)) + .05);
            const ground = (e) => {
                for (; e; e = e.parentElement) {
                    const c = rgb(getComputedStyle(e).backgroundColor);
                    if (c.length === 3 || c[3] > 0) return c;
                }
                return [255, 255, 255];
            };
            const texts = "h1, h2, p, td, th, dt, dd, li, figcaption, button, a, .cp-level, "
                + ".xtick text, .ytick text, .legendtext, .xtitle, .ytitle";
            return [...document.querySelectorAll(texts)].filter((e) => e.textContent.trim() && e.getBoundingClientRect().width)
                .map((e) => {
                    const style = getComputedStyle(e), svg = e instanceof SVGElement;
                    return [e.textContent.trim().slice(0, 20),
                        ratio(rgb(svg ? style.fill : style.color), ground(svg ? e.closest(".main-svg") : e))];
                }).filter(([, r]) => r < 4.5);
        }"""
    )
    return found


# -- the widget, without a notebook around it: a model of the browser bound to an Explorer of this process


@pytest.fixture
def bound(shown: Page, folder: Path) -> Callable[[Explorer], None]:
    """Show an explorer's view in the page; what the view sends is answered, what the explorer changes is shown."""
    head = f'<meta charset="utf-8"><style>{html.style()}</style><script src="assets/plotly.min.js"></script>'
    (folder / "widget.html").write_text(f"<!DOCTYPE html>{head}<body>", encoding="utf-8")
    names = ("html", "directory", "back", "busy", "message", "query")

    def bind(explorer: Explorer) -> None:
        shown.goto((folder / "widget.html").as_uri())
        shown.evaluate(
            """async ([state, source]) => {
                const heard = {};
                globalThis.sent = [];
                globalThis.model = { get: (k) => state[k], send: (m) => globalThis.sent.push(m),
                    on: (names, act) => names.split(" ").forEach((n) => (heard[n] ||= []).push(act)), off() {} };
                globalThis.change = (more) => {
                    Object.assign(state, more);
                    for (const k of Object.keys(more)) (heard["change:" + k] || []).forEach((act) => act());
                };
                const view = (await import(URL.createObjectURL(new Blob([source], {type: "text/javascript"})))).default;
                const el = document.createElement("div");
                document.body.append(el);
                view.render({ model: globalThis.model, el });
            }""",
            [{n: getattr(explorer.view, n) for n in names}, str(PageView._esm)],
        )
        all_drawn(shown)

    return bind


def _pass_on(page: Page, explorer: Explorer) -> None:
    """Hand the view's messages to the explorer, and what that changes back to the view."""
    before = {n: getattr(explorer.view, n) for n in ("html", "directory", "back", "message", "query")}
    for message in page.evaluate("globalThis.sent.splice(0)"):
        explorer.view._handle_custom_msg(message, [])
    now = {n: getattr(explorer.view, n) for n in before}
    page.evaluate("(more) => globalThis.change(more)", {n: v for n, v in now.items() if v != before[n]})
    all_drawn(page)


def test_in_a_notebook_a_plants_file_opens_in_the_view_and_leads_back(
    shown: Page, bound: Callable[[Explorer], None], ds: Dataset
) -> None:
    seen = watch(shown)
    explorer = explore("progress", ds, Selection.of(unit="唐山"))
    bound(explorer)
    shown.evaluate("document.querySelector('[data-figure=\"curve\"] .cp-plot').marked = true")
    explorer_before = explorer.view.html
    first = shown.locator('[data-table="overdue"] .cp-plant').first
    name, code = first.inner_text(), first.get_attribute("data-plant")
    first.click()
    _pass_on(shown, explorer)
    assert shown.locator("h1").inner_text() == f"一企一档：{name}"
    assert explorer.view.query == f"unit=tangshan&plant={code}"
    shown.get_by_role("button", name="返回审核进度总览").click()
    _pass_on(shown, explorer)
    assert shown.locator("h1").inner_text() == "唐山市审核进度"
    assert explorer.view.html == explorer_before
    assert seen.errors == []


def test_a_figure_that_stays_keeps_its_drawing(shown: Page, bound: Callable[[Explorer], None], ds: Dataset) -> None:
    explorer = explore("progress", ds)
    bound(explorer)
    shown.evaluate("document.querySelector('[data-figure=\"funnel\"] .cp-plot').marked = true")
    explorer.select(Selection.of(industry="水泥"))
    shown.evaluate("(h) => globalThis.change({html: h})", explorer.view.html)
    all_drawn(shown)
    assert shown.evaluate("document.querySelector('[data-figure=\"funnel\"] .cp-plot').marked")
    n = int((ds.plants["industry"] == "cement").sum())
    assert str(n) in shown.locator('[data-figure="funnel"] .bartext').first.inner_html()
