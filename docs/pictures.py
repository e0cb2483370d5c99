"""Draws the pictures of notebooks and dashboards: all are run on the sample and opened in a browser.

``python docs/pictures.py`` writes ``docs/images/gallery/``, which isn't kept in git; ``make docs`` runs it first.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
NOTEBOOKS = DOCS.parent / "notebooks"
FOLDER = DOCS / "images" / "gallery"
AS_OF = dt.date(2022, 11, 15)
WIDTH, HEIGHT = 1120, 760
CHROMIUM = Path("/usr/bin/chromium")
ARGS = ["--no-sandbox", "--disable-gpu"]
_STATE = "application/vnd.jupyter.widget-state+json"


def notebooks() -> list[Path]:
    """Return the notebooks of the gallery in their order."""
    return sorted(NOTEBOOKS.glob("*.ipynb"))


def run(paths: Iterable[Path], warehouse: Path) -> dict[Path, dict[str, Any]]:
    """Run notebooks in the kernel of the analyst's desk, as “run all” does; the metadata of each tell its ``seconds``.

    They run one after the other in one kernel, which forgets all names before each: it imports the libraries once.
    """
    import nbformat
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    from cpaudit.serving.lab.server import kernel_specs

    books: dict[Path, Any] = {path: nbformat.read(path, nbformat.NO_CONVERT) for path in paths}

    async def execute(folder: str) -> None:
        sockets = {"connection_file": f"{folder}/kernel.json", "transport": "ipc", "ip": f"{folder}/kernel"}
        manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=kernel_specs()(), **sockets)
        place = {**os.environ, "CPAUDIT_WAREHOUSE": str(warehouse.resolve())}
        try:
            for book in books.values():
                client = NotebookClient(book, km=manager, timeout=300)
                async with client.async_setup_kernel(cleanup_kc=False, env=place):
                    await client.kc.execute_interactive("%reset -f", silent=True, allow_stdin=False)
                    began = time.monotonic()
                    for index, cell in enumerate(book.cells):
                        await client.async_execute_cell(cell, index)
                    book.metadata["seconds"] = time.monotonic() - began
                    client.set_widgets_metadata()
                client.kc.stop_channels()
        finally:
            if manager.has_kernel:
                await manager.shutdown_kernel(now=True)

    with tempfile.TemporaryDirectory(prefix="cpaudit-", dir="/tmp") as folder:  # a socket's path must be short
        asyncio.run(execute(folder))
    return books


def page(executed: dict[str, Any], name: str) -> str:
    """Return a run notebook's page as a document of its own: what it shows, in order, its widgets included."""
    from cpaudit.render.notebook.show import METADATA
    from cpaudit.render.web import html

    parts = []
    states = executed["metadata"].get("widgets", {}).get(_STATE, {"state": {}})["state"].values()
    parts += [s["state"]["html"] for s in states if s["state"].get("html")]
    for output in (o for cell in executed["cells"] for o in cell.get("outputs", ())):
        if output.get("metadata", {}).get(METADATA, {}).get("role") in ("header", "block"):
            parts.append("".join(output["data"]["text/html"]))
    return html.document(name, "\n".join(parts))


def draw(documents: dict[str, str], folder: Path) -> None:
    """Write ``folder/<name>.jpg`` for each document: the part that begins with its first section that has a figure."""
    from playwright.sync_api import sync_playwright

    from cpaudit.render.web import html

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        html.write_assets(Path(scratch) / "assets")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        shown = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="zh-CN")
        for name, document in documents.items():
            file = Path(scratch) / f"{name}.html"
            file.write_text(document, encoding="utf-8")
            shown.goto(file.as_uri())
            top = shown.evaluate(
                """() => {
                  const figure = document.querySelector(".cp-plot");
                  const before = [...document.querySelectorAll("h2")].filter((h) => figure
                    && h.compareDocumentPosition(figure) & Node.DOCUMENT_POSITION_FOLLOWING);
                  const start = before.at(-1) ?? figure ?? document.body;
                  scrollTo(0, start.getBoundingClientRect().top - 16);
                  return document.querySelectorAll(".cp-plot").length;
                }"""
            )
            if top:
                shown.wait_for_function("document.querySelector('.cp-plot').dataset.drawn === 'true'")
            shown.wait_for_timeout(150)
            shown.screenshot(path=folder / f"{name}.jpg", type="jpeg", quality=80)
        browser.close()


def make(paths: Iterable[Path], warehouse: Path, folder: Path) -> None:
    """Run the notebooks and draw their pictures."""
    draw({path.stem: page(book, path.name) for path, book in run(paths, warehouse).items()}, folder)


def main() -> None:
    """Make the sample, its snapshot and all pictures."""
    from playwright.sync_api import sync_playwright

    from cpaudit import loaders, sample, serving
    from cpaudit.bench import viewers
    from docs import screens

    if not CHROMIUM.exists():
        sys.exit(f"找不到 {CHROMIUM}，图库的图片无法生成，请先安装 chromium。")
    with tempfile.TemporaryDirectory() as scratch:
        raw, warehouse = Path(scratch) / "raw", Path(scratch) / "warehouse"
        sample.write(raw, as_of=AS_OF)
        loaders.load([raw], warehouse=warehouse, programme="hebei-2021-2", as_of=AS_OF)
        make(notebooks(), warehouse, FOLDER)
        with viewers.service(warehouse, Path(scratch)) as service, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
            screens.draw(browser, service.link, [d.id for d in serving.dashboards()], FOLDER)
            browser.close()
    print(f"图片已生成：{FOLDER}")


if __name__ == "__main__":
    sys.exit(main())
