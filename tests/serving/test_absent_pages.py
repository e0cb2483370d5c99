"""A page that is away: what its kernel says is kept for it, but not without end."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from cpaudit.serving.doors.access import Viewer
from cpaudit.serving.doors.allowance import Account
from cpaudit.serving.processes.kernels import Kernel, Kernels, Session

MEGABYTE = b"x" * (1 << 20)


class Channel:
    """Where a kernel's words arrive for a page, as Jupyter hands them on."""

    hears: Any = None

    def on_recv(self, hears: Any) -> None:
        self.hears = hears


def absent(megabytes: int) -> tuple[Session, Kernels, int]:
    """Have a kernel say so much to a page that is away; return the page, all pages, and how many messages are kept."""

    async def speak() -> tuple[Session, Kernels, int]:
        kernels, channel = Kernels(), Channel()
        kernels._kernels["k"] = SimpleNamespace()
        ended: list[str] = []

        async def end(kernel: Kernel) -> None:
            ended.append(kernel.id)

        kernels.end = end  # type: ignore[method-assign]
        session = Session(Viewer("away", None), "browser", Account(), Kernel("k", SimpleNamespace(provisioner=None), None, 0))
        kernels.sessions.append(session)
        kernels.start_buffering("k", "k:page", {"iopub": channel})
        for _ in range(megabytes):
            channel.hears([MEGABYTE])
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert ended == ([] if session in kernels.sessions else ["k"])
        return session, kernels, len(kernels._kernel_buffers["k"]["buffer"])

    return asyncio.run(speak())


def test_what_was_said_meanwhile_is_kept() -> None:
    session, kernels, kept = absent(10)
    assert session in kernels.sessions
    assert kept == 10


def test_too_much_ends_the_page_and_says_why() -> None:
    session, kernels, kept = absent(100)
    assert session not in kernels.sessions
    assert kept == 0
    assert "断开期间内容过多" in kernels.why("k", Viewer("away", None), "browser")
    assert kernels.why("k", Viewer("other", None), "browser") == ""
