"""Figures as pictures for documents: one warm headless browser draws many, without any network."""

from __future__ import annotations

import base64
import json
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cpaudit import startup
from cpaudit.errors import CpauditError
from cpaudit.errors.absent import require
from cpaudit.render.web.html import plotly_bundle
from cpaudit.views import theme
from cpaudit.views.page import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cpaudit.views.page import Page

#: CSS pixels across a figure: on the 156 mm between a paper's margins its 13-pixel text becomes 8 points.
WIDTH = 720
#: Device pixels of a CSS pixel in the PNG: about 230 dots an inch on paper.
SCALE = 2
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
#: Where they are installed on systems whose PATH knows of none.
_WINDOWS = (r"Microsoft\Edge\Application\msedge.exe", r"Google\Chrome\Application\chrome.exe", r"Chromium\Application\chrome.exe")
_WINDOWS_HOMES = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
_MACOS = tuple(f"/Applications/{name}.app/Contents/MacOS/{name}" for name in ("Google Chrome", "Microsoft Edge", "Chromium"))
_ARGS = ("--disable-gpu", "--disable-extensions", "--disable-background-networking", "--no-first-run", "--hide-scrollbars")
_READY = "() => Plotly.toImage({data: [{y: [1]}], layout: {}}, {format: 'svg', width: 9, height: 9}).then(() => null)"
#: Plotly draws ids from Math.random: a fixed row of numbers gives the same picture the same bytes.
_DRAW = """async ({figures, width, scale, ground}) => {
  const drawn = [];
  for (const {figure, height, png} of figures) {
    let seed = 1;
    Math.random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const url = await Plotly.toImage(figure, {format: "svg", width, height});
    const svg = decodeURIComponent(url.slice(url.indexOf(",") + 1));
    let picture = "";
    if (png) {
      const image = new Image();
      image.src = url;
      await image.decode();
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [width * scale, height * scale];
      const context = canvas.getContext("2d");
      context.fillStyle = ground;
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.drawImage(image, 0, 0, canvas.width, canvas.height);
      picture = canvas.toDataURL("image/png").split(",")[1];
    }
    drawn.push({svg, png: picture});
  }
  return drawn;
}"""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn figure: ``svg`` as text, ``png`` (empty where it wasn't asked for), its size in CSS pixels."""

    svg: str
    png: bytes
    width: int
    height: int


class Painter:
    """Draws the figures of pages; made by :func:`painter`."""

    def __init__(self, evaluate: Callable[[str, Any], Any]) -> None:
        """Take what runs a script with an argument in the browser's page."""
        self._evaluate = evaluate

    def draw(self, page: Page, *, png: bool = True) -> dict[str, Picture]:
        """Return the pictures of the page's figures, by the figures' ids: one call to the browser for all."""
        return self.figures((b for b in page.blocks if isinstance(b, Figure)), png=png)

    def figures(self, figures: Iterable[Figure], *, png: bool = True) -> dict[str, Picture]:
        """Return the pictures of ``figures`` by their ids."""
        wanted = list(figures)
        if not wanted:
            return {}
        specs = [{"figure": _json(f), "height": f.height, "png": png} for f in wanted]
        drawn = self._evaluate(_DRAW, {"figures": specs, "width": WIDTH, "scale": SCALE, "ground": theme.GROUND})
        return {f.id: Picture(d["svg"], base64.b64decode(d["png"]), WIDTH, f.height) for f, d in zip(wanted, drawn, strict=True)}


def browser() -> str:
    """Return the browser's path: ``CPAUDIT_CHROMIUM`` or the first known one on the PATH.

    Raises:
        CpauditError: there is none, or nothing to drive it.
    """
    require("print", "playwright")
    named = os.environ.get("CPAUDIT_CHROMIUM", "")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, [*_NAMES, *_installed()])), None)
    if not found:
        what = f"环境变量 CPAUDIT_CHROMIUM 所指的 {named} 不是可运行的程序" if named else "没有找到 Chromium 浏览器"
        raise CpauditError(f"{what}，无法绘制报告的插图；请安装 chromium，或用环境变量 CPAUDIT_CHROMIUM 写明其路径。")
    return os.path.abspath(found)  # noqa: PTH100 - what it is called by stays, a link too


def _installed() -> list[str]:
    """Return where a browser may lie that isn't on the PATH."""
    if sys.platform == "darwin":
        return list(_MACOS)
    homes = [home for name in _WINDOWS_HOMES if (home := os.environ.get(name))]
    return [f"{home}\\{path}" for home in homes for path in _WINDOWS]


@contextmanager
def painter() -> Iterator[Painter]:
    """Give a painter whose browser runs until the end of the block. It may be used from any thread, a notebook's included.

    Raises:
        CpauditError: there is no browser, or it doesn't start.
    """
    path = browser()
    from playwright.sync_api import Error, sync_playwright

    # The browser's calls belong to one thread, where no event loop (as in a notebook) runs.
    with ThreadPoolExecutor(1, "painter") as thread:

        def start() -> tuple[Any, Any]:
            with startup.elsewhere():  # the browser is a child of the driver's
                driver = sync_playwright().start()
            try:
                root = hasattr(os, "geteuid") and os.geteuid() == 0
                args = [*_ARGS, *(["--no-sandbox"] if root else [])]
                page = driver.chromium.launch(executable_path=path, args=args).new_context(offline=True).new_page()
                page.add_script_tag(path=str(plotly_bundle()))
                page.evaluate(_READY)
            except Error as error:
                driver.stop()
                reason = str(error).partition("\n")[0]
                raise CpauditError(f"浏览器 {path} 不能启动（{reason}），无法绘制报告的插图；请检查其安装。") from error
            return driver, page

        driver, page = thread.submit(start).result()
        try:
            yield Painter(lambda script, given: thread.submit(page.evaluate, script, given).result())
        finally:
            thread.submit(driver.stop).result()


def _json(figure: Figure) -> dict[str, Any]:
    content = json.loads(figure.figure.to_json())
    return {"data": content["data"], "layout": content["layout"]}
