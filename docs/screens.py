"""Draws the dashboards as readers meet them: at the desk, in the dark, on a phone, in the meeting room.

``docs/pictures.py`` runs it; the pictures lie beside those of the gallery.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from playwright.sync_api import Browser

_DRAWN = """() => { const plots = [...document.querySelectorAll(".cp-plot")];
    return plots.length > 0 && plots.every((p) => p.dataset.drawn === "true"); }"""


class Screen(NamedTuple):
    """What a reader looks at: its size in CSS pixels, and how many pixels of the picture one of them takes."""

    label: str
    width: int
    height: int
    scale: float = 1
    dark: bool = False


SCREENS = {
    "desk": Screen("电脑", 1440, 900),
    "dark": Screen("深色", 1440, 900, dark=True),
    "room": Screen("会议室大屏（3840 × 2160）", 3840, 2160, 0.375),
    "phone": Screen("手机", 390, 844, 2),
}


def picture(dashboard: str, screen: str) -> str:
    """Return the name of a picture's file."""
    return f"dashboard-{dashboard}-{screen}.jpg"


def draw(browser: Browser, link: str, dashboards: Iterable[str], folder: Path) -> None:
    """Write a picture of each dashboard on each screen; ``link`` is the one that the service gives at its start."""
    folder.mkdir(parents=True, exist_ok=True)
    address, _, token = link.partition("?")
    wanted = list(dashboards)
    for name, screen in SCREENS.items():
        context = browser.new_context(
            viewport={"width": screen.width, "height": screen.height},
            device_scale_factor=screen.scale,
            color_scheme="dark" if screen.dark else "light",
            is_mobile=name == "phone",
            locale="zh-CN",
        )
        shown = context.new_page()
        shown.set_default_timeout(120_000)
        for dashboard in wanted:
            shown.goto(f"{address}{dashboard}?{token}")
            shown.locator(".cp-early").wait_for(state="detached")
            shown.wait_for_function(_DRAWN)
            shown.wait_for_timeout(150)
            shown.screenshot(path=folder / picture(dashboard, name), type="jpeg", quality=80, scale="device")
        context.close()
