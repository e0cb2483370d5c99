"""The what-if sliders in a real page: a plain Voila server for one notebook, and how long a repaint takes.

``python -m tests.support.what_if_page WAREHOUSE [PLANT]`` prints median and 95th percentile.
"""

from __future__ import annotations

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
from playwright.sync_api import Page, sync_playwright

import cpaudit

#: Move sliders one after the other by the keyboard's own event and wait until what came of it is painted.
REPAINTS = """async (moves) => {
  const root = document.querySelector(".cp-wi"), sliders = [...root.querySelectorAll("input[type=range]")], took = [];
  for (let n = 0; n < moves; n++) {
    const slider = sliders[n % sliders.length], before = root.dataset.seq;
    const top = Number(slider.max), to = (Number(slider.value) + 1 + Math.floor(top / 3)) % (top + 1);
    const start = performance.now();
    slider.value = to;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((done) => {
      const seen = new MutationObserver(() => { if (root.dataset.seq !== before) { seen.disconnect(); done(); } });
      seen.observe(root, { attributes: true });
    });
    await new Promise((done) => requestAnimationFrame(() => {
      const painted = new MessageChannel();
      painted.port1.onmessage = done;
      painted.port2.postMessage(0);
    }));
    took.push(performance.now() - start);
  }
  return took;
}"""


@contextlib.contextmanager
def served(warehouse: Path, plant: str) -> Iterator[str]:
    """Serve a notebook of one what-if cell; yield its address."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        cells = [nbformat.v4.new_code_cell(f"import cpaudit as cp\nds = cp.open()\ncp.what_if(ds, {plant!r})")]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        nbformat.write(notebook, Path(folder) / "what_if.ipynb")
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        start = "from cpaudit.startup import skip_iri_grammar; skip_iri_grammar(); from voila.app import main; main()"
        options = ["what_if.ipynb", "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1"]
        command = [sys.executable, "-c", start, *options]
        log = Path(folder) / "log"
        with log.open("wb") as out:
            server = subprocess.Popen(
                command,
                cwd=folder,
                env=os.environ | {"CPAUDIT_WAREHOUSE": str(warehouse), "PYTHONPATH": str(Path(cpaudit.__file__).parents[1])},
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            for _ in range(600):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/voila/static/voila.js", timeout=5).close()
                    break
                assert server.poll() is None, log.read_text()
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.wait(20)


def opened(page: Page, address: str) -> None:
    """Open the page; what Voila's own template asks other hosts for (formulas, icons) is refused at once."""
    page.route(lambda url: not url.startswith(address), lambda route: route.abort())
    page.goto(address, wait_until="commit")
    page.locator(".cp-wi[data-seq]").wait_for()


def repaints(page: Page, moves: int) -> list[float]:
    """Return how long each of so many moves took from the event to the paint, in milliseconds."""
    took: list[float] = page.evaluate(REPAINTS, moves)
    return took


def _measure(warehouse: Path, plant: str) -> None:
    from tests.support.browser import ARGS

    with served(warehouse, plant) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS.split())
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(120_000)
        opened(page, address)
        repaints(page, 5)
        took = sorted(repaints(page, 120))
        print(f"median {statistics.median(took):.0f} ms, p95 {took[int(0.95 * len(took))]:.0f} ms, n = {len(took)}")
        if shots := os.environ.get("SHOTS"):
            page.get_by_role("button", name="恢复实测值").click()
            page.wait_for_timeout(500)
            page.get_by_role("button", name="达到下一级的最省路").click()
            page.wait_for_timeout(1000)
            page.screenshot(path=f"{shots}-1280.png", full_page=True)
            page.set_viewport_size({"width": 390, "height": 844})
            page.wait_for_timeout(500)
            page.screenshot(path=f"{shots}-390.png", full_page=True)
        browser.close()


if __name__ == "__main__":
    _measure(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
