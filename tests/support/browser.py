"""What a page in a real browser did and shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Page

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
